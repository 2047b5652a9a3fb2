/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted over the life of a client, and how often a dropped message is told. */
#ifndef IMSTLS_REGISTRATION_STATS_H
#define IMSTLS_REGISTRATION_STATS_H

#include <imstls/client.h>

#include "base/base.h"

typedef struct imstls_i_stats {
  imstls_stats counts;                   /* as the application gets them */
  uint32_t untold[IMSTLS_DROPPED_COUNT]; /* dropped since the last event that told of this reason */
  uint64_t second;                       /* when the present second of events began */
  uint8_t told;                          /* events in it */
} imstls_i_stats;

static inline void imstls_i_stats_sent(imstls_i_stats *s) { s->counts.sent++; }
static inline void imstls_i_stats_received(imstls_i_stats *s) { s->counts.received++; }
static inline void imstls_i_stats_attempt(imstls_i_stats *s) { s->counts.attempts++; }
static inline void imstls_i_stats_registered(imstls_i_stats *s) { s->counts.registrations++; }
static inline void imstls_i_stats_lost(imstls_i_stats *s) { s->counts.losses++; }

/* A message was dropped for this reason, IMSTLS_DROPPED_... How many there were since one was told last; 0: it is not
 * told, there were enough in this second. */
uint32_t imstls_i_stats_dropped(imstls_i_stats *s, int why, uint64_t now);

#endif
