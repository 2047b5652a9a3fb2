/* SPDX-License-Identifier: Apache-2.0 */
#include "aka/sqn.h"

static bool usable(const imstls_sqn *sqn) { return sqn && sqn->size >= sizeof *sqn && sqn->ind_bits <= 5; }

/* The highest SQN: of equal SEQ the larger IND makes the larger one. Nothing accepted yet: all zero. */
static imstls_i_sqn_entry highest(const imstls_sqn *sqn)
{
  size_t count = (size_t)1 << sqn->ind_bits;
  imstls_i_sqn_entry best = { sqn->seq[0], 0 };
  for (size_t i = 1; i < count; i++)
    if (sqn->seq[i] >= best.seq && sqn->seq[i] != 0)
      best = (imstls_i_sqn_entry){ sqn->seq[i], i };
  return best;
}

static uint64_t highest_seq(const imstls_sqn *sqn)
{
  size_t count = (size_t)1 << sqn->ind_bits;
  uint64_t best = sqn->seq[0];
  if (count > 1 && sqn->seq[1] > best)
    best = sqn->seq[1];
  for (size_t i = 2; i < count; i += 2) { /* a power of two */
    uint64_t pair = sqn->seq[i] > sqn->seq[i + 1] ? sqn->seq[i] : sqn->seq[i + 1];
    best = pair > best ? pair : best;
  }
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
  if (entry->seq <= sqn->seq[entry->ind])
    return IMSTLS_ERR_AKA_SYNC;
  if (sqn->age == 0 && entry->seq - sqn->seq[entry->ind] <= sqn->delta)
    return IMSTLS_OK; /* within the jump of its own entry, so of the highest too */
  uint64_t seq_ms = highest_seq(sqn);

  if (entry->seq > seq_ms && entry->seq - seq_ms > sqn->delta) /* C.2.1: protection against wrap around */
    return IMSTLS_ERR_AKA_SYNC;
  if (sqn->age != 0 && entry->seq < seq_ms && seq_ms - entry->seq >= sqn->age) /* C.2.2: age limit */
    return IMSTLS_ERR_AKA_SYNC;
  return IMSTLS_OK;
}

int imstls_sqn_accept(imstls_sqn *sqn, const uint8_t value[6])
{
  imstls_i_sqn_entry entry;
  if (!value)
    return IMSTLS_ERR_USAGE;
  int error = imstls_i_sqn_judge(sqn, value, &entry);
  if (!error)
    sqn->seq[entry.ind] = entry.seq;
  return error;
}

void imstls_sqn_highest(const imstls_sqn *sqn, uint8_t value[6])
{
  uint64_t number = 0;
  if (!value)
    return;
  if (usable(sqn)) {
    imstls_i_sqn_entry top = highest(sqn);
    number = top.seq << sqn->ind_bits | top.ind;
  }
  for (size_t i = 0; i < 6; i++)
    value[i] = (uint8_t)(number >> (40 - 8 * i));
}
