/* SPDX-License-Identifier: Apache-2.0 */
#include "link/keepalive.h"

/* RFC 5626 4.4.1. A peer that asks for pings more often than each may be answered gets them no more often than that. */
enum { PONG_WAIT_MS = 10000, ASKED_MIN_S = 10, ASKED_MAX_S = 86400, LOW_MS = 95000, SPAN_MS = 25000 };

void imstls_i_keepalive_init(imstls_i_keepalive *k) { *k = (imstls_i_keepalive){ .ping_at = NEVER, .pong_by = NEVER }; }

void imstls_i_keepalive_arm(imstls_i_keepalive *k, uint64_t now, uint32_t interval_ms, uint32_t asked_s,
                            uint32_t random)
{
  bool asked = asked_s && asked_s < ASKED_MAX_S;
  uint32_t low = LOW_MS, span = SPAN_MS;
  if (asked) {
    uint32_t least_s = asked_s > ASKED_MIN_S ? asked_s : ASKED_MIN_S;
    low = least_s * 800;
    span = least_s * 200;
  }
  uint32_t wait_ms = low + random % span;
  if (interval_ms && (!asked || interval_ms < wait_ms))
    wait_ms = interval_ms;
  k->ping_at = now + wait_ms;
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
