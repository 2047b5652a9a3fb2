/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMSTLS_AKA_SQN_H
#define IMSTLS_AKA_SQN_H

#include <imstls/aka.h>

#include "base/base.h"

/* An SQN taken apart, or a place in the array: seq[ind] = seq. */
typedef struct imstls_i_sqn_entry {
  uint64_t seq;
  size_t ind;
} imstls_i_sqn_entry;

/* imstls_sqn_accept() without the change. */
int imstls_i_sqn_judge(const imstls_sqn *sqn, const uint8_t value[6], imstls_i_sqn_entry *entry);

#endif
