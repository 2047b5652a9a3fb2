/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold before a row of the table is taken. 0: it holds; below 0: it does not, and why; above 0: the row is
 * for another case. */
#include "client/client.h"

enum { OTHER_CASE = 1, HELD_MS = 60000, HOUR_MS = 3600000 };

int imstls_i_is_tls(imstls_client *c) { return c->flow->kind == FLOW_TLS ? IMSTLS_OK : OTHER_CASE; }

int imstls_i_answer_waits(imstls_client *c)
{
  return c->waiting_answer && c->flow->kind == FLOW_ESP ? IMSTLS_OK : OTHER_CASE;
}

int imstls_i_no_answer_waits(imstls_client *c) { return c->waiting_answer ? OTHER_CASE : IMSTLS_OK; }

bool imstls_i_has_held(const imstls_client *c) { return c->bound && c->now - c->bound_since >= HELD_MS; }

/* A registration that is lost comes back at once; when it did not hold, once: then it waits its turn (RFC 5626 4.5). */
int imstls_i_may_return(imstls_client *c)
{
  if (!c->bound || c->retry_after_s || c->brief > BRIEF_MAX)
    return OTHER_CASE;
  return !c->quick_used || imstls_i_has_held(c) ? IMSTLS_OK : OTHER_CASE;
}

/* Nobody is accused: the card rests. */
int imstls_i_is_rate(imstls_client *c) { return c->why == IMSTLS_ERR_AKA_RATE ? IMSTLS_OK : OTHER_CASE; }

int imstls_i_is_leaving(imstls_client *c) { return c->leaving ? IMSTLS_OK : OTHER_CASE; }

/* A REGISTER in clear leaves only where the policy starts with agreement or allowed the fallback. */
int imstls_i_plain_allowed(imstls_client *c)
{
  if (c->flow->kind != FLOW_PLAIN)
    return OTHER_CASE;
  return c->cfg.policy.flow == IMSTLS_FLOW_AGREE_FIRST || c->fell_back ? IMSTLS_OK : IMSTLS_ERR_NOT_TRUSTED;
}

/* Figure 5: only what happens before the handshake is complete, never a certificate, token, AKA or SIP error. */
int imstls_i_may_fall_back(imstls_client *c)
{
  if (c->cfg.policy.fallback != IMSTLS_FALLBACK_IPSEC || c->fell_back || c->waiting_answer || c->flow->kind != FLOW_TLS)
    return OTHER_CASE;
  bool refused = c->why == IMSTLS_ERR_CONNECT || c->why == IMSTLS_ERR_TLS_REFUSED || c->why == IMSTLS_ERR_TLS_ALERT;
  return refused ? IMSTLS_OK : OTHER_CASE;
}

/* May RES go out on this channel? TLS: the token over its certificate, or PKI where the policy takes it, or the PSK. */
int imstls_i_channel_proven(imstls_client *c)
{
  c->c_token[0] = c->c_token2[0] = '\0';
  if (c->flow->kind == FLOW_ESP)
    return IMSTLS_OK; /* SAs that were keyed by this registration's AKA */
  if (c->agreed == IMSTLS_MECHANISM_IPSEC_3GPP)
    return OTHER_CASE; /* figure 3: RES is for ESP; why it may not go there was said */
  if (c->flow->kind != FLOW_TLS)
    return IMSTLS_ERR_NOT_TRUSTED;
  if (c->flow->psk)
    return IMSTLS_OK;
  if (c->cfg.policy.psk == IMSTLS_PSK_ONLY)
    return IMSTLS_ERR_NOT_TRUSTED;
  if (c->cfg.policy.trust == IMSTLS_TRUST_TOKEN_AND_PKI && !c->flow->pki)
    return IMSTLS_ERR_PKI;
  int error = IMSTLS_OK;
  if (c->challenge.s_token.ptr)
    error = imstls_i_check_token(c);
  else if (imstls_i_token_due(c))
    error = IMSTLS_ERR_S_TOKEN_MISSING;
  return error ? error : imstls_i_token2_check(c);
}

static int list_fits(imstls_client *c)
{
  if (c->cfg.policy.sec_agree == IMSTLS_SEC_AGREE_OFF || c->dialog.no_sec_agree)
    return IMSTLS_OK;
  int error = imstls_secagree_collect(&c->m, IMSTLS_HDR_SECURITY_SERVER, c->fresh.ptr, c->fresh.cap, &c->fresh.len);
  if (error)
    return error;
  imstls_text fresh = imstls_i_text(c->fresh.ptr, c->fresh.len), list = imstls_i_text(c->list.ptr, c->list.len);
  if (!fresh.len && c->listed)
    return IMSTLS_ERR_SECAGREE_CHANGED; /* there was one before */
  if (!fresh.len) /* TS 24.229 5.1.1.5.1; without it only where the policy says so and PKI vouches for the channel */
    return c->cfg.policy.sec_agree == IMSTLS_SEC_AGREE_OPTIONAL && (c->flow->pki || c->flow->trust)
               ? IMSTLS_OK
               : IMSTLS_ERR_SECAGREE_NONE;
  if (c->listed) { /* RFC 3329 2.4: one registration, one set of mechanisms */
    error = imstls_secagree_same(list, fresh);
    if (error)
      return error;
  }
  imstls_mechanism chosen = { .size = sizeof chosen };
  error = imstls_secagree_choose(fresh, imstls_i_text(c->offer.ptr, c->offer.len), &chosen);
  bool has_tls = imstls_secagree_has(fresh, IMSTLS_MECHANISM_TLS);
  if (c->flow->kind == FLOW_TLS && !has_tls && (error || chosen.id == IMSTLS_MECHANISM_TLS))
    return error == IMSTLS_ERR_SECAGREE_MALFORMED ? error : IMSTLS_ERR_BID_DOWN;
  if (error)
    return error;
  imstls_i_log(c, "chosen by q, then list order:", chosen.id == IMSTLS_MECHANISM_TLS ? "tls" : "ipsec-3gpp");
  c->agreed = chosen.id;
  return IMSTLS_OK;
}

static bool rand_seen(const imstls_client *c)
{
  for (uint8_t i = 0; i < c->rand_count; i++)
    if (memcmp(c->rands[i], c->challenge.rand, IMSTLS_RAND_LEN) == 0)
      return true;
  for (size_t i = 0; i < AUTS_AN_HOUR; i++) {
    const imstls_i_auts *past = &c->auts[i];
    if (past->at != NEVER && memcmp(past->rand, c->challenge.rand, IMSTLS_RAND_LEN) == 0)
      return true;
  }
  return false;
}

static int token_fits(imstls_client *c)
{
  int state = imstls_i_token_state(c);
  bool psk_possible = c->cfg.policy.psk != IMSTLS_PSK_OFF && c->flow->kind != FLOW_TLS;
  if (state == IMSTLS_S_TOKEN_MALFORMED)
    return IMSTLS_ERR_S_TOKEN_MALFORMED;
  if (c->agreed != IMSTLS_MECHANISM_TLS || psk_possible || (c->flow->kind == FLOW_TLS && c->flow->psk))
    return IMSTLS_OK; /* whether one is due shows with the channel */
  bool plain_due = c->flow->kind != FLOW_TLS && c->cfg.policy.trust != IMSTLS_TRUST_TOKEN_OR_PKI;
  if (state == IMSTLS_S_TOKEN_MISSING && (imstls_i_token_due(c) || plain_due))
    return IMSTLS_ERR_S_TOKEN_MISSING;
  return imstls_i_token2_fits(c);
}

static int card_may_run(const imstls_client *c)
{
  if (c->dialog.challenges >= CHALLENGES_MAX)
    return IMSTLS_ERR_SIP_CHALLENGES;
  if (rand_seen(c))
    return IMSTLS_ERR_AKA_REPEATED; /* one answer, and one AUTS, for each RAND */
  uint64_t oldest = c->card_runs[c->card_run_at];
  return oldest != NEVER && c->now - oldest < 60000 ? IMSTLS_ERR_AKA_RATE : IMSTLS_OK;
}

/* All that can be known of a 401 before the card is asked; the first fault in this order is the one reported. */
int imstls_i_challenge_fits(imstls_client *c)
{
  c->judging = true;
  c->challenge = (imstls_challenge){ .size = sizeof c->challenge };
  uint32_t allowed = c->cfg.policy.algorithms;
  int error = imstls_challenge_choose(&c->m, allowed, &c->challenge);
  if (error)
    return error;
  c->agreed = c->flow->kind == FLOW_TLS ? IMSTLS_MECHANISM_TLS : IMSTLS_MECHANISM_OTHER;
  error = list_fits(c);
  if (!error && c->flow->kind == FLOW_PLAIN && c->agreed == IMSTLS_MECHANISM_OTHER)
    error = IMSTLS_ERR_SECAGREE_NONE;
  if (!error)
    error = token_fits(c);
  return error ? error : card_may_run(c);
}

/* A first 401 without any list: once more from the start (TS 24.229 5.1.1.5.1). */
int imstls_i_may_restart(imstls_client *c)
{
  bool empty = c->why == IMSTLS_ERR_SECAGREE_NONE && !c->m.count[IMSTLS_HDR_SECURITY_SERVER];
  if (!empty || c->bound || (c->dialog.followed & FOLLOWED_NO_LIST))
    return OTHER_CASE;
  c->dialog.followed |= FOLLOWED_NO_LIST;
  return IMSTLS_OK;
}

/* Figure 3: the SAs prove the keys, so no token is due; but one that came over TLS and is wrong ends everything. */
static int token_before_ipsec(imstls_client *c)
{
  if (c->flow->kind != FLOW_TLS || c->flow->psk || !c->challenge.s_token.ptr)
    return IMSTLS_OK;
  int error = imstls_i_check_token(c);
  imstls_wipe(c->c_token, sizeof c->c_token); /* SM7 in ESP carries none */
  return error;
}

int imstls_i_switch_due(imstls_client *c)
{
  if (c->agreed == IMSTLS_MECHANISM_IPSEC_3GPP)
    return token_before_ipsec(c);
  if (c->flow->psk && c->agreed == IMSTLS_MECHANISM_TLS) /* a new AKA run: a new PSK, a new session */
    return IMSTLS_OK;
  return c->agreed == IMSTLS_MECHANISM_TLS && c->flow->kind != FLOW_TLS ? IMSTLS_OK : OTHER_CASE;
}

/* Each AUTS tells whoever asked a little of the SQN, and anybody can ask who has an old challenge of this USIM. */
static int auts_may_leave(const imstls_client *c)
{
  uint64_t oldest = c->auts[c->auts_at].at;
  bool hour_full = oldest != NEVER && c->now - oldest < HOUR_MS;
  return hour_full || c->dialog.auts >= AUTS_A_REGISTRATION ? IMSTLS_ERR_AKA_RATE : IMSTLS_OK;
}

int imstls_i_may_answer_bad(imstls_client *c)
{
  bool sync = c->card.verdict == IMSTLS_AKA_SYNC_FAILURE;
  if (c->dialog.bad > BAD_IN_A_ROW_MAX)
    return sync ? IMSTLS_ERR_AKA_SYNC : IMSTLS_ERR_AKA_MAC;
  return sync ? auts_may_leave(c) : IMSTLS_OK;
}

static int rspauth_right(imstls_client *c)
{
  imstls_text rest = c->m.first[IMSTLS_HDR_AUTHENTICATION_INFO], name, value;
  if (!rest.ptr || c->sent != REQ_ANSWER || !c->dialog.rspauth[0])
    return IMSTLS_OK;
  size_t len = strlen(c->dialog.rspauth);
  while (imstls_sip_auth_param_next(&rest, &name, &value, NULL) == IMSTLS_OK)
    if (imstls_text_is(name, "rspauth"))
      return value.len == len && imstls_i_equal_ct(value.ptr, c->dialog.rspauth, len) ? IMSTLS_OK : IMSTLS_ERR_RSPAUTH;
  return IMSTLS_OK; /* absence is normal */
}

/* A 200 counts only after a good challenge was answered, or on a channel that is trusted already. */
int imstls_i_accepted_proven(imstls_client *c)
{
  uint32_t expires_s;
  if (c->flow->kind == FLOW_PLAIN)
    return IMSTLS_ERR_UNPROTECTED;
  bool answered = c->sent == REQ_ANSWER && c->dialog.proven;
  bool refreshed = c->bound && c->sent == REQ_REFRESH;
  if (!c->flow->trust || !(answered || refreshed || c->flow->trust == IMSTLS_TRUST_BY_RESUMPTION))
    return IMSTLS_ERR_NO_CHALLENGE;
  int error = rspauth_right(c);
  return error ? error : imstls_i_own_binding(c, &c->m, &expires_s);
}

static uint32_t followed_bit(uint32_t status)
{
  switch (status) {
  case 420: return FOLLOWED_420;
  case 421: return FOLLOWED_421;
  case 423: return FOLLOWED_423;
  case 439: return FOLLOWED_439;
  case 494: return FOLLOWED_494;
  default: return 0;
  }
}

/* Below what we asked it changes nothing; above the bound nobody gets us. */
static bool expires_fit(const imstls_client *c)
{
  uint32_t least;
  if (imstls_sip_number(c->m.first[IMSTLS_HDR_MIN_EXPIRES], &least))
    return false;
  return least <= c->dialog.expires_s || least <= EXPIRES_RAISED_MAX_S;
}

/* Without agreement only where its list may be missing too: PKI vouches for whoever says so, or the channel is trusted
 * (list_fits). In clear there would be nothing to agree on. */
static bool may_drop_agreement(const imstls_client *c)
{
  return c->cfg.policy.sec_agree == IMSTLS_SEC_AGREE_OPTIONAL && (c->flow->pki || c->flow->trust);
}

/* Each is followed once before trust, when anybody can send them, and once after it. What becomes of what they said:
 * actions.c, forget_hearsay. */
int imstls_i_may_repeat(imstls_client *c)
{
  uint32_t bit = followed_bit(c->sip_status);
  bool agreement = c->sip_status == 421 || c->sip_status == 494;
  int refusal = agreement ? IMSTLS_ERR_SECAGREE_LOOP : IMSTLS_ERR_SIP_REJECTED;
  if (!bit || (c->dialog.followed & bit) || c->flow->kind == FLOW_ESP)
    return refusal;
  if (agreement && c->cfg.policy.sec_agree == IMSTLS_SEC_AGREE_OFF)
    return IMSTLS_ERR_SECAGREE_NONE;
  if (c->sip_status == 420 && !may_drop_agreement(c))
    return refusal; /* the only extension we require is the one that protects us */
  if (c->sip_status == 439 && !c->cfg.device.reg_id)
    return refusal;
  if (c->sip_status == 423 && !expires_fit(c))
    return refusal;
  return IMSTLS_OK;
}

/* On a trusted channel 403, 404 and 6xx after our answer are the network's last word. */
int imstls_i_is_final(imstls_client *c)
{
  bool last = c->sip_status == 403 || c->sip_status == 404 || c->sip_status >= 600;
  if (!last || !c->flow->trust || c->sent != REQ_ANSWER)
    return OTHER_CASE;
  c->why = IMSTLS_ERR_SIP_REJECTED;
  return IMSTLS_OK;
}
