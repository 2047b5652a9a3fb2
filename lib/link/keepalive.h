/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 5626 3.5.1: CRLFCRLF asks whether the peer is there, CRLF answers. A peer that never answered one is not held to
 * it, unless it said that it does. */
#ifndef IMSTLS_LINK_KEEPALIVE_H
#define IMSTLS_LINK_KEEPALIVE_H

#include "base/base.h"

typedef struct imstls_i_keepalive {
  uint64_t ping_at; /* NEVER: not armed */
  uint64_t pong_by; /* the peer is dead then; NEVER: nothing is expected */
  bool pinged;      /* since the last octet came */
  bool pongs;       /* this peer is known to answer pings */
} imstls_i_keepalive;

void imstls_i_keepalive_init(imstls_i_keepalive *k);
/* The next ping: at 80 to 100 % of what the peer asked for (RFC 5626 4.4.1), of 10 s at least, and `interval_ms` at the
 * latest; without anything asked (0, or a day and more) after `interval_ms`, or when that is 0 in 95 to 120 s. */
void imstls_i_keepalive_arm(imstls_i_keepalive *k, uint64_t now, uint32_t interval_ms, uint32_t asked_s,
                            uint32_t random);
/* What the peer asks for was said anew: the next ping is armed anew too. */
static inline void imstls_i_keepalive_disarm(imstls_i_keepalive *k) { k->ping_at = NEVER; }
void imstls_i_keepalive_pinged(imstls_i_keepalive *k, uint64_t now, bool must_answer);
void imstls_i_keepalive_heard(imstls_i_keepalive *k); /* an empty line came */

#endif
