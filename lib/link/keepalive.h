/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 5626 3.5.1: CRLFCRLF asks whether the peer is there, CRLF answers. A peer that never answered one is not held to
 * it, unless it named a Flow-Timer. */
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
/* The next ping: after `interval_ms`, or when that is 0 at 80 to 100 % of the Flow-Timer (RFC 5626 4.4.1), or in 95 to
 * 120 s. */
void imstls_i_keepalive_arm(imstls_i_keepalive *k, uint64_t now, uint32_t interval_ms, uint32_t flow_timer_s,
                            uint32_t random);
void imstls_i_keepalive_pinged(imstls_i_keepalive *k, uint64_t now, bool must_answer);
void imstls_i_keepalive_heard(imstls_i_keepalive *k); /* an empty line came */

#endif
