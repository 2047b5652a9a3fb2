/* SPDX-License-Identifier: Apache-2.0 */
#include "aka/sqn.h"

static bool usable(const imstls_sqn *sqn)
{
  return sqn != NULL && sqn->size >= sizeof *sqn && sqn->ind_bits <= 5;
}

/* IND of the highest SQN: of equal SEQ the larger IND makes the larger SQN. Nothing accepted yet: 0. */
static size_t highest(const imstls_sqn *sqn)
{
  size_t best = 0;
  for (size_t i = 1; i < (size_t)1 << sqn->ind_bits; i++)
    if (sqn->seq[i] != 0 && sqn->seq[i] >= sqn->seq[best])
      best = i;
  return best;
}

int imstls_i_sqn_judge(const imstls_sqn *sqn, const uint8_t value[6], imstls_i_sqn_entry *entry)
{
  if (!usable(sqn))
    return IMSTLS_ERR_USAGE;
  uint64_t number = 0;
  for (size_t i = 0; i < 6; i++)
    number = number << 8 | value[i];
  entry->seq = number >> sqn->ind_bits;
  entry->ind = (size_t)(number & (((uint64_t)1 << sqn->ind_bits) - 1));
  uint64_t seq_ms = sqn->seq[highest(sqn)];

  if (entry->seq > seq_ms && entry->seq - seq_ms > sqn->delta) /* C.2.1: protection against wrap around */
    return IMSTLS_ERR_AKA_SYNC;
  if (sqn->age != 0 && entry->seq < seq_ms && seq_ms - entry->seq >= sqn->age) /* C.2.2: age limit */
    return IMSTLS_ERR_AKA_SYNC;
  return entry->seq > sqn->seq[entry->ind] ? IMSTLS_OK : IMSTLS_ERR_AKA_SYNC;
}

int imstls_sqn_accept(imstls_sqn *sqn, const uint8_t value[6])
{
  imstls_i_sqn_entry entry;
  if (value == NULL)
    return IMSTLS_ERR_USAGE;
  int ret = imstls_i_sqn_judge(sqn, value, &entry);
  if (ret == IMSTLS_OK)
    sqn->seq[entry.ind] = entry.seq;
  return ret;
}

void imstls_sqn_highest(const imstls_sqn *sqn, uint8_t value[6])
{
  uint64_t number = 0;
  if (usable(sqn)) {
    size_t ind = highest(sqn);
    number = sqn->seq[ind] << sqn->ind_bits | ind;
  }
  for (size_t i = 0; i < 6; i++)
    value[i] = (uint8_t)(number >> (40 - 8 * i));
}
