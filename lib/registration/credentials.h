/* SPDX-License-Identifier: Apache-2.0 */
/* What a REGISTER proves itself with, made from a challenge and the USIM's answer (TS 33.203 6.1; RFC 3310; token.h).
 * Whoever asks for it has judged before whether the channel is proven. */
#ifndef IMSTLS_REGISTRATION_CREDENTIALS_H
#define IMSTLS_REGISTRATION_CREDENTIALS_H

#include <imstls/aka.h>
#include <imstls/config.h>
#include <imstls/digest.h>
#include <imstls/sip.h>
#include <imstls/token.h>

#include "base/base.h"

/* The tokens that prove this UE to the P-CSCF; empty: none is due. */
typedef struct imstls_i_tokens {
  char c_token[IMSTLS_TOKEN_TEXT_LEN + 1];
  char c_token2[IMSTLS_TOKEN2_TEXT_LEN + 1];
  bool by_exporter; /* c_token2 is bound to the session, not to the certificate */
} imstls_i_tokens;

typedef struct imstls_i_credentials {
  imstls_i_buffer authorization; /* the last good value, without tokens */
  imstls_i_tokens tokens;        /* for the next SM7 alone */
  char rspauth[65];              /* what Authentication-Info must hold; empty: it is not checked */
  bool proven;                   /* a good challenge was answered in this attempt */
  bool held;                     /* the USIM has answered, and RES waits until the channel that was agreed stands */
} imstls_i_credentials;

/* Who answers, for what. */
typedef struct imstls_i_answerer {
  const imstls_config *cfg;
  imstls_text uri; /* the Request-URI */
  const imstls_challenge *challenge;
  const imstls_aka_result *aka;
} imstls_i_answerer;

/* Authorization to a good challenge, or to one that failed. Both run the randomness callback. IMSTLS_OK;
 * IMSTLS_ERR_RANDOM; IMSTLS_ERR_CHALLENGE_TOO_LONG; IMSTLS_ERR_CRYPTO; IMSTLS_ERR_USIM. */
int imstls_i_credentials_answer(imstls_i_credentials *cr, const imstls_i_answerer *who);
int imstls_i_credentials_answer_bad(imstls_i_credentials *cr, const imstls_i_answerer *who);

static inline void imstls_i_credentials_hold(imstls_i_credentials *cr) { cr->held = true; }

static inline void imstls_i_credentials_set_tokens(imstls_i_credentials *cr, const imstls_i_tokens *tokens)
{
  cr->tokens = *tokens;
}

/* IMSTLS_OK, also when Authentication-Info is absent, as is usual; IMSTLS_ERR_RSPAUTH. */
int imstls_i_credentials_check_rspauth(const imstls_i_credentials *cr, const imstls_sip_message *m);
void imstls_i_credentials_accepted(imstls_i_credentials *cr);
/* The tokens: RES has left, or will not. */
void imstls_i_credentials_used(imstls_i_credentials *cr);
void imstls_i_credentials_restart(imstls_i_credentials *cr); /* a new Call-ID within the attempt */
void imstls_i_credentials_wipe(imstls_i_credentials *cr);

#endif
