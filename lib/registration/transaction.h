/* SPDX-License-Identifier: Apache-2.0 */
/* The REGISTER that is under way: what tells its response from every other message, and its timers (RFC 3261
 * 17.1.2). */
#ifndef IMSTLS_REGISTRATION_TRANSACTION_H
#define IMSTLS_REGISTRATION_TRANSACTION_H

#include <imstls/config.h>
#include <imstls/sip.h>

#include "base/base.h"

/* Which REGISTER it is. */
enum register_kind {
  REGISTER_NONE = 0,
  REGISTER_FIRST,      /* SM1: without credentials */
  REGISTER_ANSWER,     /* SM7: RES */
  REGISTER_BAD_ANSWER, /* to a challenge that failed: AUTS, or nothing */
  REGISTER_REFRESH,
  REGISTER_DEREGISTER
};

typedef struct imstls_i_transaction {
  char call_id[33];  /* of this attempt */
  char from_tag[17]; /* likewise */
  char branch[33];   /* of the REGISTER under way, with its cookie */
  uint32_t cseq;     /* 0: nothing was sent in this attempt */
  enum register_kind kind;
  bool open;        /* its final response has not come */
  uint64_t timer_e; /* when it is repeated over UDP; NEVER: not */
  uint64_t timer_f; /* when it has failed; NEVER: nothing is waited for */
  uint64_t silent;  /* when nothing at all was heard for long; NEVER: something was, or it does not matter */
  uint32_t e_ms;    /* present interval of Timer E */
} imstls_i_transaction;

/* New Call-ID and tag. Runs the randomness callback. IMSTLS_OK; IMSTLS_ERR_RANDOM. */
int imstls_i_transaction_renew(imstls_i_transaction *t, const imstls_config_ports *ports);
/* Branch and CSeq of the next REGISTER, likewise. */
int imstls_i_transaction_begin(imstls_i_transaction *t, const imstls_config_ports *ports, enum register_kind kind);

typedef struct imstls_i_transaction_timers {
  uint64_t now;
  bool reliable; /* over a stream nothing is repeated */
  bool brief;    /* a deregistration is not waited for as long */
  bool first;    /* there is no registration yet: silence matters */
} imstls_i_transaction_timers;

/* It was queued. */
void imstls_i_transaction_start(imstls_i_transaction *t, const imstls_config_timers *cfg,
                                const imstls_i_transaction_timers *how);
/* Is it a response to the REGISTER under way? The first thing that is not. */
enum match { MATCHES = 0, OTHER_MESSAGE, OTHER_CALL_ID, OTHER_VIA, OTHER_CSEQ, OTHER_TAG, NOT_AWAITED };
enum match imstls_i_transaction_matches(const imstls_i_transaction *t, const imstls_sip_message *m);
/* A response to a REGISTER of this attempt, awaited or not. */
bool imstls_i_transaction_is_ours(const imstls_i_transaction *t, const imstls_sip_message *m);
void imstls_i_transaction_end(imstls_i_transaction *t); /* its final response is here */
void imstls_i_transaction_clear(imstls_i_transaction *t);

/* A provisional response: somebody works on it. What is repeated over UDP is so at intervals of T2 (RFC 3261
 * 17.1.2.2). */
static inline void imstls_i_transaction_heard(imstls_i_transaction *t, const imstls_config_timers *cfg)
{
  t->silent = NEVER;
  t->e_ms = cfg->t2_ms;
}
/* Nothing was heard for answer_ms; said once. */
bool imstls_i_transaction_is_silent(imstls_i_transaction *t, uint64_t now);

/* Timer F ran out. */
bool imstls_i_transaction_failed(imstls_i_transaction *t, uint64_t now);
/* Timer E ran out: the datagram is due once more. */
bool imstls_i_transaction_repeats(imstls_i_transaction *t, const imstls_config_timers *cfg, uint64_t now);

#endif
