/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted, and how often it is told. */
#include "registration/stats.h"

#include "registration_help.h"

/* Each is counted; eight are told a second, and the next event of its reason counts those that were not. */
START_TEST(dropped)
{
  imstls_i_stats s = { .told = 0 };
  for (int i = 0; i < 8; i++)
    ck_assert_uint_eq(imstls_i_stats_dropped(&s, IMSTLS_DROPPED_VIA, 5000), 1);
  for (int i = 0; i < 100; i++)
    ck_assert_uint_eq(imstls_i_stats_dropped(&s, IMSTLS_DROPPED_VIA, 5999), 0);
  ck_assert_uint_eq(imstls_i_stats_dropped(&s, IMSTLS_DROPPED_TAG, 5999), 0);
  ck_assert_uint_eq(imstls_i_stats_dropped(&s, IMSTLS_DROPPED_VIA, 6000), 101);
  ck_assert_uint_eq(imstls_i_stats_dropped(&s, IMSTLS_DROPPED_TAG, 6000), 2);
  ck_assert_uint_eq(imstls_i_stats_dropped(&s, IMSTLS_DROPPED_TAG, 6000), 1);
  ck_assert_uint_eq(s.counts.dropped[IMSTLS_DROPPED_VIA], 109);
  ck_assert_uint_eq(s.counts.dropped[IMSTLS_DROPPED_TAG], 3);
  ck_assert_uint_eq(s.counts.dropped[IMSTLS_DROPPED_EARLY], 0);
}
END_TEST

/* A minute of a flood costs the application 480 events. */
START_TEST(flood)
{
  imstls_i_stats s = { .told = 0 };
  uint32_t told = 0, counted = 0;
  for (uint64_t now = 1; now < 60001; now++) {
    uint32_t count = imstls_i_stats_dropped(&s, (int)(now % 9), now);
    told += count > 0;
    counted += count;
  }
  ck_assert_uint_le(told, 8 * 61);
  ck_assert_uint_le(counted, 60000);
  ck_assert_uint_gt(counted, 55000);
}
END_TEST

SUITE_OF(stats, dropped, flood)
