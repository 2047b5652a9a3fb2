/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/authentication.h"

#include "access/access.h"

enum { CHALLENGES_MAX = 4, BAD_IN_A_ROW_MAX = 2, AUTS_A_REGISTRATION = 2 };
enum { MINUTE_MS = 60000, HOUR_MS = 3600000 };

void imstls_i_authentication_init(imstls_i_authentication *a)
{
  for (size_t i = 0; i < CARD_RUNS_A_MINUTE; i++)
    a->runs[i] = NEVER;
  for (size_t i = 0; i < AUTS_AN_HOUR; i++)
    a->auts[i].at = NEVER;
}

void imstls_i_authentication_wipe(imstls_i_authentication *a)
{
  imstls_i_buffer_wipe(&a->text);
  a->untold = false;
}

int imstls_i_authentication_read(imstls_i_authentication *a, const imstls_sip_message *m, uint32_t algorithms)
{
  a->untold = true;
  a->challenge = (imstls_challenge){ .size = sizeof a->challenge };
  return imstls_challenge_choose(m, algorithms, &a->challenge);
}

static bool rand_was_seen(const imstls_i_authentication *a)
{
  for (uint8_t i = 0; i < a->rand_count; i++)
    if (memcmp(a->rands[i], a->challenge.rand, IMSTLS_RAND_LEN) == 0)
      return true;
  for (size_t i = 0; i < AUTS_AN_HOUR; i++) {
    const imstls_i_auts *past = &a->auts[i];
    if (past->at != NEVER && memcmp(past->rand, a->challenge.rand, IMSTLS_RAND_LEN) == 0)
      return true;
  }
  return false;
}

static bool is_recent(uint64_t at, uint64_t now, uint64_t ms) { return at != NEVER && now - at < ms; }

int imstls_i_authentication_may_ask(const imstls_i_authentication *a, uint64_t now)
{
  if (a->challenges >= CHALLENGES_MAX)
    return IMSTLS_ERR_SIP_CHALLENGES;
  if (rand_was_seen(a))
    return IMSTLS_ERR_AKA_REPEATED; /* one answer, and one AUTS, for each RAND */
  return is_recent(a->runs[a->run_at], now, MINUTE_MS) ? IMSTLS_ERR_AKA_RATE : IMSTLS_OK;
}

int imstls_i_authentication_keep(imstls_i_authentication *a)
{
  size_t len = a->challenge.value.len;
  if (len > a->text.cap)
    return IMSTLS_ERR_CHALLENGE_TOO_LONG;
  imstls_i_challenge_move(&a->challenge, a->text.ptr);
  a->text.len = len;
  return IMSTLS_OK;
}

void imstls_i_authentication_count(imstls_i_authentication *a, uint64_t now)
{
  memcpy(a->rands[a->rand_at], a->challenge.rand, IMSTLS_RAND_LEN);
  a->rand_at = (uint8_t)((a->rand_at + 1) % RAND_RING);
  if (a->rand_count < RAND_RING)
    a->rand_count++;
  a->runs[a->run_at] = now;
  a->run_at = (uint8_t)((a->run_at + 1) % CARD_RUNS_A_MINUTE);
  a->challenges++;
}

/* Each AUTS tells whoever asked a little of the SQN, and anybody can ask who has an old challenge of this USIM. */
static int auts_may_leave(const imstls_i_authentication *a, uint64_t now)
{
  bool hour_is_full = is_recent(a->auts[a->auts_at].at, now, HOUR_MS);
  return hour_is_full || a->auts_sent >= AUTS_A_REGISTRATION ? IMSTLS_ERR_AKA_RATE : IMSTLS_OK;
}

int imstls_i_authentication_failed(imstls_i_authentication *a, bool sync, uint64_t now)
{
  a->bad++;
  if (a->bad > BAD_IN_A_ROW_MAX)
    return sync ? IMSTLS_ERR_AKA_SYNC : IMSTLS_ERR_AKA_MAC;
  return sync ? auts_may_leave(a, now) : IMSTLS_OK;
}

void imstls_i_authentication_sent_auts(imstls_i_authentication *a, uint64_t now)
{
  imstls_i_auts *auts = &a->auts[a->auts_at];
  auts->at = now;
  memcpy(auts->rand, a->challenge.rand, IMSTLS_RAND_LEN);
  a->auts_at = (uint8_t)((a->auts_at + 1) % AUTS_AN_HOUR);
  a->auts_sent++;
}
