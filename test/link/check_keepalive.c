/* SPDX-License-Identifier: Apache-2.0 */
/* When a flow is pinged, and when it counts as dead (RFC 5626 3.5.1, 4.4.1). */
#include "link/keepalive.h"
#include "suite.h"

enum { NOW = 5000 };

/* Bounds by hand: 80 to 100 % of what was asked, 10 s at least, else 95 to 120 s; a setting is the longest
 * wait, and the wait itself where nothing was asked. */
static const struct {
  uint32_t interval_ms, asked_s;
  uint64_t least, most;
} rows[] = {
  { 0, 0, 95000, 120000 },
  { 0, 1, 8000, 10000 },
  { 0, 10, 8000, 10000 },
  { 0, 11, 8800, 11000 },
  { 0, 30, 24000, 30000 },
  { 0, 120, 96000, 120000 },
  { 0, 86399, 69119200, 86399000 },
  { 0, 86400, 95000, 120000 },
  { 0, UINT32_MAX, 95000, 120000 },
  { 1, 0, 1, 1 },
  { 7000, 120, 7000, 7000 },
  { 7000, 1, 7000, 7000 },
  { 200000, 120, 96000, 120000 },
  { 200000, 1, 8000, 10000 },
  { 200000, UINT32_MAX, 200000, 200000 },
  { UINT32_MAX - 1, 0, UINT32_MAX - 1, UINT32_MAX - 1 },
};

START_TEST(bounds)
{
  imstls_i_keepalive k;
  imstls_i_keepalive_init(&k);
  ck_assert(k.ping_at == NEVER && k.pong_by == NEVER && !k.pinged && !k.pongs);
  for (size_t i = 0; i < COUNT(rows); i++) {
    uint64_t low = NEVER, high = 0;
    for (uint32_t n = 0; n < 4000; n++) {
      uint32_t random = n < 2000 ? n * 43201u : UINT32_MAX - n * 7919u;
      imstls_i_keepalive_arm(&k, NOW, rows[i].interval_ms, rows[i].asked_s, random);
      uint64_t wait = k.ping_at - NOW;
      ck_assert_msg(wait >= rows[i].least && wait <= rows[i].most, "row %zu: %lu", i, (unsigned long)wait);
      low = imstls_i_earlier(low, wait);
      high = wait > high ? wait : high;
    }
    uint64_t span = rows[i].most - rows[i].least;
    ck_assert_uint_le(low - rows[i].least, span / 20); /* the whole of it is used */
    ck_assert_uint_le(rows[i].most - high, span / 20 + 1);
  }
}
END_TEST

/* Who never answered a ping need not, unless it said so; who did must, within 10 s. */
START_TEST(pongs)
{
  imstls_i_keepalive k;
  imstls_i_keepalive_init(&k);
  imstls_i_keepalive_pinged(&k, NOW, false);
  ck_assert_uint_eq(k.pong_by, NEVER);
  imstls_i_keepalive_heard(&k);
  ck_assert_uint_eq(k.pong_by, NEVER);
  imstls_i_keepalive_pinged(&k, NOW, false);
  ck_assert_uint_eq(k.pong_by, NOW + 10000);
  imstls_i_keepalive_heard(&k);
  ck_assert_uint_eq(k.pong_by, NEVER);
  imstls_i_keepalive_init(&k);
  imstls_i_keepalive_pinged(&k, NOW, true);
  ck_assert_uint_eq(k.pong_by, NOW + 10000);
  imstls_i_keepalive_heard(&k);
  ck_assert_uint_eq(k.pong_by, NEVER);
}
END_TEST

/* An empty line that nobody asked for, such as the peer's own ping, makes nobody one who answers. */
START_TEST(unasked)
{
  imstls_i_keepalive k;
  imstls_i_keepalive_init(&k);
  imstls_i_keepalive_heard(&k);
  ck_assert(!k.pongs);
  imstls_i_keepalive_pinged(&k, NOW, false);
  ck_assert_uint_eq(k.pong_by, NEVER);
  imstls_i_keepalive_heard(&k);
  imstls_i_keepalive_heard(&k);
  ck_assert(k.pongs && !k.pinged);
}
END_TEST

SUITE_OF(keepalive, bounds, pongs, unasked)
