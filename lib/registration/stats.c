/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/stats.h"

enum { TOLD_A_SECOND = 8, SECOND_MS = 1000 };

uint32_t imstls_i_stats_dropped(imstls_i_stats *s, int why, uint64_t now)
{
  s->counts.dropped[why]++;
  s->untold[why]++;
  if (now - s->second >= SECOND_MS) {
    s->second = now;
    s->told = 0;
  }
  if (s->told >= TOLD_A_SECOND)
    return 0;
  s->told++;
  uint32_t count = s->untold[why];
  s->untold[why] = 0;
  return count;
}
