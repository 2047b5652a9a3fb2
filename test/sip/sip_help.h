/* SPDX-License-Identifier: Apache-2.0 */
/* What the suites of lib/sip/ share: parsing from blocks of the exact size, and texts compared with literals. */
#ifndef TEST_SIP_HELP_H
#define TEST_SIP_HELP_H

#include <check.h>
#include <stdbool.h>

#include <imstls/error.h>
#include <imstls/sip.h>

#include "heap.h"

/* A message and the block that its views point into. */
typedef struct parsed {
  char *block;
  size_t len;
  int rc;
  imstls_sip_message m;
} parsed;

static inline parsed parse(const void *ptr, size_t len)
{
  parsed p;
  p.block = heap_copy(ptr, len);
  p.len = len;
  p.rc = imstls_sip_parse(&p.m, p.block, len);
  return p;
}

/* The result alone. */
static inline int parse_rc(const void *ptr, size_t len)
{
  parsed p = parse(ptr, len);
  free(p.block);
  return p.rc;
}

static inline bool text_eq(imstls_text text, const char *ptr, size_t len)
{
  return text.ptr != NULL && text.len == len && memcmp(text.ptr, ptr, len) == 0;
}

static inline bool is(imstls_text text, const char *word) { return text_eq(text, word, strlen(word)); }

#define LEN(literal) (sizeof(literal) - 1)

/* The five headers that every message has. */
#define FIVE                                                                                                           \
  "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1\r\n"                                                                     \
  "From: <sip:a@example.org>;tag=1\r\n"                                                                                \
  "To: <sip:a@example.org>\r\n"                                                                                        \
  "Call-ID: c1\r\n"
#define OK_LINE "SIP/2.0 200 OK\r\n"
#define CSEQ "CSeq: 1 REGISTER\r\n"

#endif
