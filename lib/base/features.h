/* SPDX-License-Identifier: Apache-2.0 */
/* What this build has: lib/features.mk says what may be left out, and passes what is, as a sum of these. */
#ifndef IMSTLS_BASE_FEATURES_H
#define IMSTLS_BASE_FEATURES_H

#include <stdbool.h>

enum imstls_i_feature {
  FEATURE_diagnose = 1 << 0,
  FEATURE_feed = 1 << 1,
  FEATURE_ipsec = 1 << 2,
  FEATURE_pki = 1 << 3,
  FEATURE_psk = 1 << 4,
  FEATURE_regevent = 1 << 5,
  FEATURE_resume = 1 << 6,
  FEATURE_sentences = 1 << 7,
  FEATURE_served = 1 << 8,
  FEATURE_stamp = 1 << 9,
  FEATURE_token2 = 1 << 10,
  FEATURE_tuak = 1 << 11,
  FEATURE_udp = 1 << 12,
  FEATURE_refuse = 1 << 13,
  FEATURE_unanswered = 1 << 14,
  FEATURE_trace = 1 << 15,
};

#ifndef IMSTLS_WITHOUT
#define IMSTLS_WITHOUT 0
#endif

static inline bool imstls_i_has(enum imstls_i_feature feature) { return ((IMSTLS_WITHOUT) & (int)feature) == 0; }

#endif
