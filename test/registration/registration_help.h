/* SPDX-License-Identifier: Apache-2.0 */
/* Messages and randomness for the suites of lib/registration/. */
#ifndef REGISTRATION_HELP_H
#define REGISTRATION_HELP_H

#include <stdio.h>
#include <stdlib.h>

#include <imstls/config.h>
#include <imstls/sip.h>

#include "base/base.h"
#include "heap.h"
#include "suite.h"

static inline imstls_text text_of(const char *str) { return imstls_i_text(str, strlen(str)); }

static inline bool is(imstls_text text, const char *want) { return imstls_i_same(text, text_of(want)); }

/* A message in a block of its exact size; it and its views live until the next one. */
static inline imstls_sip_message parsed(const char *text)
{
  static char *block;
  imstls_sip_message m = { .size = sizeof m };
  free(block);
  block = heap_copy(text, strlen(text));
  ck_assert_msg(imstls_sip_parse(&m, block, strlen(text)) == IMSTLS_OK, "%s", text);
  return m;
}

/* A response to the REGISTER 7 with these header lines more. */
static inline imstls_sip_message response(unsigned status, const char *lines)
{
  char text[4096];
  int n =
      snprintf(text, sizeof text,
               "SIP/2.0 %u Text\r\nVia: SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bKbranch\r\n"
               "From: <sip:a@example.org>;tag=tag1tag1tag1tag1\r\nTo: <sip:a@example.org>;tag=2\r\nCall-ID: call1\r\n"
               "CSeq: 7 REGISTER\r\n%s\r\n",
               status, lines);
  ck_assert(n > 0 && (size_t)n < sizeof text);
  return parsed(text);
}

/* Octets that count up, each call further; `fails` times it has none. */
typedef struct dice {
  uint8_t next;
  int calls, fails;
} dice;

static inline int roll(void *user, uint8_t *out, size_t len)
{
  dice *d = user;
  d->calls++;
  if (d->fails) {
    d->fails--;
    return IMSTLS_ERR_RANDOM;
  }
  for (size_t i = 0; i < len; i++)
    out[i] = d->next++;
  return IMSTLS_OK;
}

static inline imstls_config_ports ports_of(dice *d)
{
  return (imstls_config_ports){ .size = sizeof(imstls_config_ports), .random = roll, .random_user = d };
}

#endif
