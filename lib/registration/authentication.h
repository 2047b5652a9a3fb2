/* SPDX-License-Identifier: Apache-2.0 */
/* The challenge that is being judged or answered, and what bounds challenges: the card is asked so often and no more,
 * whoever sends them. */
#ifndef IMSTLS_REGISTRATION_AUTHENTICATION_H
#define IMSTLS_REGISTRATION_AUTHENTICATION_H

#include <imstls/digest.h>
#include <imstls/sip.h>

#include "base/base.h"

enum { RAND_RING = 8, CARD_RUNS_A_MINUTE = 6, AUTS_AN_HOUR = 8 };

/* An AUTS that left. As many are kept as may leave in an hour: no RAND gets a second one within it. */
typedef struct imstls_i_auts {
  uint64_t at; /* NEVER: none */
  uint8_t rand[IMSTLS_RAND_LEN];
} imstls_i_auts;

typedef struct imstls_i_authentication {
  imstls_challenge challenge; /* views into the message, or into `text` once it was kept */
  imstls_i_buffer text;       /* the value of its header field */
  bool untold;                /* the application has not been told of it yet */
  uint8_t challenges;         /* that the card was asked about in this registration or re-authentication */
  uint8_t bad;                /* of these, bad ones in a row */
  uint8_t auts_sent;          /* likewise */
  uint8_t rand_at, rand_count;
  uint8_t run_at;  /* the oldest of `runs` */
  uint8_t auts_at; /* the oldest of `auts` */
  uint8_t rands[RAND_RING][IMSTLS_RAND_LEN];
  uint64_t runs[CARD_RUNS_A_MINUTE]; /* when the card was asked; NEVER: not */
  imstls_i_auts auts[AUTS_AN_HOUR];
} imstls_i_authentication;

/* What bounds the card ends with the client alone. */
void imstls_i_authentication_init(imstls_i_authentication *a);
/* an attempt */
static inline void imstls_i_authentication_begin(imstls_i_authentication *a)
{
  a->challenges = a->bad = a->auts_sent = 0;
  a->untold = false;
}

/* by a 200 */
static inline void imstls_i_authentication_accepted(imstls_i_authentication *a) { a->challenges = a->auts_sent = 0; }

void imstls_i_authentication_wipe(imstls_i_authentication *a);

/* The challenge of a 401; views into `m`. As imstls_challenge_choose. */
int imstls_i_authentication_read(imstls_i_authentication *a, const imstls_sip_message *m, uint32_t algorithms);
/* May the card be asked? IMSTLS_OK; IMSTLS_ERR_SIP_CHALLENGES; IMSTLS_ERR_AKA_REPEATED; IMSTLS_ERR_AKA_RATE. */
int imstls_i_authentication_may_ask(const imstls_i_authentication *a, uint64_t now);
/* The card may be slow: the challenge must not lean on the message. IMSTLS_OK; IMSTLS_ERR_CHALLENGE_TOO_LONG. */
int imstls_i_authentication_keep(imstls_i_authentication *a);
void imstls_i_authentication_count(imstls_i_authentication *a, uint64_t now); /* the card is asked now */
static inline void imstls_i_authentication_told(imstls_i_authentication *a) { a->untold = false; }

/* The run showed a MAC failure, or an old SQN (`sync`): may that be answered? IMSTLS_OK; IMSTLS_ERR_AKA_MAC or
 * IMSTLS_ERR_AKA_SYNC: too many in a row; IMSTLS_ERR_AKA_RATE: too many AUTS. */
int imstls_i_authentication_failed(imstls_i_authentication *a, bool sync, uint64_t now);
void imstls_i_authentication_sent_auts(imstls_i_authentication *a, uint64_t now);
static inline void imstls_i_authentication_succeeded(imstls_i_authentication *a) { a->bad = 0; }

#endif
