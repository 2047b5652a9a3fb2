/* SPDX-License-Identifier: Apache-2.0 */
#include "link/keepalive.h"

enum { PONG_WAIT_MS = 10000 /* RFC 5626 4.4.1 */, FLOW_TIMER_MAX_S = 86400, LOW_MS = 95000, SPAN_MS = 25000 };

void imstls_i_keepalive_init(imstls_i_keepalive *k) { *k = (imstls_i_keepalive){ .ping_at = NEVER, .pong_by = NEVER }; }

void imstls_i_keepalive_arm(imstls_i_keepalive *k, uint64_t now, uint32_t interval_ms, uint32_t flow_timer_s,
                            uint32_t random)
{
  uint32_t low = LOW_MS, span = SPAN_MS;
  if (flow_timer_s && flow_timer_s < FLOW_TIMER_MAX_S) {
    low = flow_timer_s * 800;
    span = flow_timer_s * 200;
  }
  if (interval_ms) {
    low = interval_ms;
    span = 1;
  }
  k->ping_at = now + low + random % span;
}

void imstls_i_keepalive_pinged(imstls_i_keepalive *k, uint64_t now, bool must_answer)
{
  k->pinged = true;
  bool waits = k->pong_by != NEVER; /* for the answer to an earlier one: this one gives it no more time */
  if (!waits && (k->pongs || must_answer))
    k->pong_by = now + PONG_WAIT_MS;
}

void imstls_i_keepalive_heard(imstls_i_keepalive *k)
{
  k->pongs = k->pongs || k->pinged;
  k->pinged = false;
  k->pong_by = NEVER;
}
