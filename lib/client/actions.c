/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of the table do. 0, or the error that ends the registration. */
#include "client/client.h"

#include "client/ipsec.h"
#include "client/served.h"

/* RES, CK, IK and what was made of them. The Authorization stays for refreshes on the trusted channel. */
void imstls_i_wipe_keys(imstls_client *c)
{
  if (c->card.keys.release)
    c->card.keys.release(c->card.keys.user);
  imstls_wipe(&c->card, sizeof c->card);
  imstls_wipe(c->c_token, sizeof c->c_token);
  imstls_wipe(c->c_token2, sizeof c->c_token2);
  c->waiting_answer = false;
}

static void cancel_requests(imstls_client *c)
{
  if (c->card_busy && c->usim.cancel)
    c->usim.cancel(c->usim.user, c->request);
  c->card_busy = c->card_done = c->resolving = c->resolved = false;
  c->request++;
}

static void drop_everything(imstls_client *c)
{
  cancel_requests(c);
  imstls_i_wipe_keys(c);
  imstls_i_flow_close(c, c->flow);
  imstls_i_flow_close(c, c->old);
  imstls_i_served_stop(c);
  imstls_i_ipsec_drop(c);
  imstls_wipe(&c->dialog, sizeof c->dialog);
  imstls_wipe(c->auth.ptr, c->auth.cap);
  imstls_wipe(c->challenge_text.ptr, c->challenge_text.cap);
  c->auth.len = c->list.len = c->routes.len = 0;
  c->service_route_len = 0;
  c->listed = c->bound = c->leaving = c->judging = false;
  c->timer_f = c->timer_e = NEVER;
  c->refresh_at = c->bound_until = NEVER;
  c->send_wanted = 0;
  c->sent = REQ_NONE;
  c->awaiting = false;
}

void imstls_i_abort(imstls_client *c, int error)
{
  c->error = c->why = error;
  imstls_i_resume_forget(c); /* whatever went wrong, the next attempt starts with nothing */
  drop_everything(c);
  imstls_i_enter(c, IMSTLS_STATE_STOPPED);
  imstls_i_tell(c, IMSTLS_EVENT_FAILED);
}

static void tell_challenge(imstls_client *c, int verdict, int error)
{
  imstls_event event = imstls_i_event(IMSTLS_EVENT_CHALLENGE);
  event.line = c->challenge.algorithm;
  event.value = verdict;
  event.error = error;
  imstls_i_tell_event(c, &event);
  c->judging = false;
}

static int s_token_verdict(int error)
{
  switch (error) {
  case IMSTLS_ERR_S_TOKEN_MISSING: return IMSTLS_S_TOKEN_MISSING;
  case IMSTLS_ERR_S_TOKEN_MALFORMED:
  case IMSTLS_ERR_S_TOKEN_DOUBLED: return IMSTLS_S_TOKEN_MALFORMED;
  case IMSTLS_ERR_S_TOKEN_MISMATCH: return IMSTLS_S_TOKEN_MISMATCH;
  case IMSTLS_ERR_S_TOKEN2_MISMATCH: return IMSTLS_S_TOKEN_OK; /* it was right, and not enough */
  case IMSTLS_ERR_S_TOKEN2_MISSING: return IMSTLS_S_TOKEN_NOT_APPLICABLE;
  default: return -1;
  }
}

/* The end of a registration for a reason that the host must tell apart. */
int imstls_i_refuse(imstls_client *c)
{
  int verdict = s_token_verdict(c->why);
  bool ran = c->state == IMSTLS_STATE_CHALLENGED && !c->card_error; /* refused for what came after AUTN */
  if (c->judging)
    tell_challenge(c, ran ? IMSTLS_AUTN_OK : IMSTLS_AUTN_NOT_RUN, c->why);
  if (verdict >= 0 || c->why == IMSTLS_ERR_PKI || c->why == IMSTLS_ERR_NOT_TRUSTED) {
    imstls_event event = imstls_i_event(IMSTLS_EVENT_TRUST);
    event.value = IMSTLS_TRUST_BY_NONE;
    event.s_token = verdict >= 0 ? verdict : IMSTLS_S_TOKEN_NOT_APPLICABLE;
    event.error = c->why;
    imstls_i_tell_event(c, &event);
  }
  return c->why ? c->why : IMSTLS_ERR_INTERNAL;
}

int imstls_i_begin(imstls_client *c)
{
  drop_everything(c);
  c->error = 0;
  c->sip_status = c->retry_after_s = 0; /* what an earlier attempt was told */
  int error = imstls_i_new_dialog(c);
  if (error)
    return error;
  bool tls = c->cfg.policy.flow == IMSTLS_FLOW_TLS_FIRST && !c->fell_back;
  return imstls_i_flow_open(c, tls ? FLOW_TLS : FLOW_PLAIN);
}

int imstls_i_fall_back(imstls_client *c)
{
  imstls_event event = imstls_i_event(IMSTLS_EVENT_POLICY);
  event.error = c->why;
  event.line = IMSTLS_I_LIT("TLS was refused: falling back to security agreement in clear");
  imstls_i_tell_event(c, &event);
  c->fell_back = true;
  return imstls_i_flow_open(c, FLOW_PLAIN);
}

int imstls_i_start_tls(imstls_client *c) { return imstls_i_flow_secure(c); }

int imstls_i_send_first(imstls_client *c)
{
  int error = imstls_i_ipsec_offer(c);
  return error ? error : imstls_i_send_register(c, REQ_FIRST);
}

int imstls_i_restart(imstls_client *c)
{
  uint32_t followed = c->dialog.followed;
  uint8_t challenges = c->dialog.challenges, bad = c->dialog.bad, auts = c->dialog.auts;
  int error = imstls_i_new_dialog(c);
  c->judging = false;
  c->dialog.followed = followed; /* a new Call-ID, and still the same attempt */
  c->dialog.challenges = challenges;
  c->dialog.bad = bad;
  c->dialog.auts = auts;
  return error ? error : imstls_i_send_first(c);
}

/*
 * What the network made of our REGISTER before it was trusted, when it is about to be. Until then anybody on the way
 * could say it, so nothing of it is in SM7 or later, but for what the peer that is trusted now has said itself:
 *
 * - Expires (423): stays when it was said on this channel, inside the TLS that the token, the PKI or the PSK vouches
 *   for; it only ever grew, to EXPIRES_RAISED_MAX_S at most. Said in clear, or before the SAs, it ended with that
 *   channel (imstls_i_switch_channel).
 * - reg-id (439): is back. One forged answer would take the flow's failover away for the whole registration; a
 *   registrar that means it says so to SM7 again, at the price of one more challenge.
 * - agreement (420): was dropped only at the word of whom PKI vouches for (guards.c, may_drop_agreement), which is no
 *   hearsay.
 *
 * Each may be followed once more: the trusted peer has not been heard yet.
 */
static void forget_hearsay(imstls_client *c)
{
  bool trusted_already = c->flow->trust || c->bound;
  if (trusted_already)
    return;
  c->dialog.no_reg_id = false;
  c->dialog.followed = 0;
}

/* RFC 3261 10.2.8: it may be raised, and is never lowered. */
static void raise_expires(imstls_client *c)
{
  uint32_t least = 0;
  (void)imstls_sip_number(c->m.first[IMSTLS_HDR_MIN_EXPIRES], &least);
  if (least > c->dialog.expires_s)
    c->dialog.expires_s = least;
}

int imstls_i_repeat(imstls_client *c)
{
  imstls_i_dialog *d = &c->dialog;
  switch (c->sip_status) {
  case 420:
    d->followed |= FOLLOWED_420;
    d->no_sec_agree = true;
    break;
  case 421: d->followed |= FOLLOWED_421; break;
  case 423:
    d->followed |= FOLLOWED_423;
    raise_expires(c);
    break;
  case 439:
    d->followed |= FOLLOWED_439;
    d->no_reg_id = true;
    break;
  default: d->followed |= FOLLOWED_494; break;
  }
  bool agreement = c->sip_status != 423 && c->sip_status != 439; /* these two change nothing about the list */
  if (agreement && !c->bound)
    c->listed = false;
  return imstls_i_send_register(c, c->bound ? REQ_REFRESH : REQ_FIRST);
}

static int keep_challenge(imstls_client *c)
{
  /* The card may be slow: the challenge must not lean on the receive buffer. All views of a challenge lie in one
   * value. */
  imstls_text value = { 0 };
  const char *at = c->challenge.nonce.ptr;
  while (imstls_sip_next(&c->m, IMSTLS_HDR_WWW_AUTHENTICATE, &value) == IMSTLS_OK)
    if (at >= value.ptr && at < value.ptr + value.len)
      break;
  if (!value.ptr || value.len > c->challenge_text.cap)
    return IMSTLS_ERR_CHALLENGE_TOO_LONG;
  memcpy(c->challenge_text.ptr, value.ptr, value.len);
  c->challenge_text.len = value.len;
  c->challenge = (imstls_challenge){ .size = sizeof c->challenge };
  return imstls_challenge_parse(imstls_i_text(c->challenge_text.ptr, value.len), &c->challenge);
}

/* imstls_client_usim_done may come from within: the first answer counts. */
static void ask(imstls_client *c)
{
  c->request++;
  c->card_busy = true;
  c->card_done = false;
  int result = c->usim.authenticate(c->usim.user, c->request, c->challenge.rand, c->challenge.autn, &c->card);
  if (result == IMSTLS_PENDING || c->card_done)
    return;
  c->card_error = result;
  c->card_busy = false;
  c->card_done = true;
}

int imstls_i_ask_card(imstls_client *c)
{
  int error = keep_challenge(c);
  if (error)
    return error;
  if (c->fresh.len && !c->dialog.no_sec_agree && c->cfg.policy.sec_agree != IMSTLS_SEC_AGREE_OFF) {
    memcpy(c->list.ptr, c->fresh.ptr, c->fresh.len);
    c->list.len = c->fresh.len;
    c->listed = true;
  }
  error = imstls_i_ipsec_take(c);
  if (error)
    return error;
  memcpy(c->rands[c->rand_at], c->challenge.rand, IMSTLS_RAND_LEN);
  c->rand_at = (uint8_t)((c->rand_at + 1) % RAND_RING);
  c->rand_count = (uint8_t)(c->rand_count < RAND_RING ? c->rand_count + 1 : RAND_RING);
  c->card_runs[c->card_run_at] = c->now;
  c->card_run_at = (uint8_t)((c->card_run_at + 1) % CARD_RUNS_A_MINUTE);
  c->dialog.challenges++;
  c->timer_f = c->timer_e = NEVER;
  imstls_i_wipe_keys(c);
  c->card.size = sizeof c->card;
  ask(c);
  c->deadline = c->now + c->cfg.timers.usim_ms;
  return IMSTLS_OK;
}

/* The agreed channel is another one: RES, IK and token wait until it stands. */
int imstls_i_switch_channel(imstls_client *c)
{
  tell_challenge(c, IMSTLS_AUTN_OK, 0);
  if (!c->flow->trust)
    c->dialog.expires_s = c->cfg.policy.expires_s; /* forget_hearsay says why */
  imstls_i_flow_close(c, c->old);
  if (c->agreed == IMSTLS_MECHANISM_IPSEC_3GPP)
    return imstls_i_ipsec_switch(c);
  c->waiting_answer = true;
  return imstls_i_flow_open(c, FLOW_TLS);
}

static void trust_flow(imstls_client *c)
{
  imstls_event event = imstls_i_event(IMSTLS_EVENT_TRUST);
  event.s_token = IMSTLS_S_TOKEN_NOT_APPLICABLE;
  if (c->flow->kind == FLOW_ESP)
    event.value = IMSTLS_TRUST_BY_IPSEC;
  else if (c->flow->psk)
    event.value = IMSTLS_TRUST_BY_PSK;
  else if (c->c_token[0]) {
    event.s_token = IMSTLS_S_TOKEN_OK;
    event.value = c->flow->pki ? IMSTLS_TRUST_BY_TOKEN_AND_PKI : IMSTLS_TRUST_BY_TOKEN;
  } else {
    event.s_token = IMSTLS_S_TOKEN_MISSING;
    event.value = IMSTLS_TRUST_BY_PKI;
  }
  c->flow->trust = event.value;
  imstls_i_tell_event(c, &event);
}

static void tell_agreed(imstls_client *c)
{
  const char *name = c->flow->kind == FLOW_ESP ? "ipsec-3gpp" : "tls";
  imstls_event event = imstls_i_event(IMSTLS_EVENT_AGREED);
  event.line = imstls_i_text(name, strlen(name));
  memcpy(c->mechanism, name, strlen(name) + 1);
  if (c->listed)
    imstls_i_tell_event(c, &event);
}

/* SM7. Whatever was proven, RES is of no use after it. */
int imstls_i_answer(imstls_client *c)
{
  if (!c->waiting_answer)
    tell_challenge(c, IMSTLS_AUTN_OK, 0);
  forget_hearsay(c);
  trust_flow(c);
  tell_agreed(c);
  c->dialog.bad = 0;
  c->dialog.proven = true;
  imstls_i_token2_pin(c);
  int error = imstls_i_make_answer(c);
  if (!error)
    error = imstls_i_send_register(c, REQ_ANSWER);
  imstls_i_served_key(c);
  imstls_i_wipe_keys(c);
  return error;
}

static void count_auts(imstls_client *c)
{
  imstls_i_auts *auts = &c->auts[c->auts_at];
  auts->at = c->now;
  memcpy(auts->rand, c->challenge.rand, IMSTLS_RAND_LEN);
  c->auts_at = (uint8_t)((c->auts_at + 1) % AUTS_AN_HOUR);
  c->dialog.auts++;
}

int imstls_i_answer_bad(imstls_client *c)
{
  c->dialog.proven = false;
  if (c->card.verdict == IMSTLS_AKA_SYNC_FAILURE)
    count_auts(c);
  int error = imstls_i_ipsec_offer(c);
  if (!error)
    error = imstls_i_make_bad_answer(c);
  if (!error)
    error = imstls_i_send_register(c, REQ_BAD);
  imstls_i_wipe_keys(c);
  return error;
}

static void tell_brief(imstls_client *c)
{
  imstls_event event = imstls_i_event(IMSTLS_EVENT_POLICY);
  event.line = IMSTLS_I_LIT("granted less than 20 s again and again: not refreshed any more");
  imstls_i_tell_event(c, &event);
}

int imstls_i_accept(imstls_client *c)
{
  int error = imstls_i_take_200(c, &c->m);
  if (error)
    return error;
  imstls_i_flow_close(c, c->old);
  imstls_i_ipsec_keep(c);
  imstls_event event = imstls_i_event(c->bound ? IMSTLS_EVENT_REFRESHED : IMSTLS_EVENT_REGISTERED);
  c->bound_since = c->bound ? c->bound_since : c->now;
  c->bound = true;
  c->dialog.challenges = 0;
  c->dialog.auts = 0;
  c->dialog.followed = 0;
  imstls_i_served_start(c);
  imstls_i_resume_save(c);
  event.expires_s = c->granted_s;
  event.service_route = imstls_client_service_route(c);
  event.associated_uri = imstls_client_associated_uri(c);
  event.line = imstls_i_text(c->mechanism, strlen(c->mechanism));
  event.value = c->flow->trust;
  imstls_i_tell_event(c, &event);
  if (c->brief > BRIEF_MAX)
    tell_brief(c);
  return IMSTLS_OK;
}

int imstls_i_refresh(imstls_client *c)
{
  int error = imstls_i_ipsec_offer(c);
  return error ? error : imstls_i_send_register(c, REQ_REFRESH);
}

int imstls_i_leave(imstls_client *c)
{
  c->leaving = true;
  int error = imstls_i_ipsec_offer(c);
  return error ? error : imstls_i_send_register(c, REQ_DEREGISTER);
}

/* A deregistration without answer counts as done: the network forgets by itself. */
int imstls_i_left(imstls_client *c)
{
  bool was = c->bound;
  drop_everything(c);
  c->error = c->why = IMSTLS_OK;
  c->wanted = 0;
  if (was)
    imstls_i_tell(c, IMSTLS_EVENT_DEREGISTERED);
  return IMSTLS_OK;
}

/* A registration ends. One that held makes good the failures before it and may come back at once. One that did not is a
 * failure itself: what ends it each time cannot drive an endless loop of AKA runs. */
static void settle(imstls_client *c)
{
  if (!imstls_i_has_held(c))
    return;
  c->failures = c->tried = 0;
  c->quick_used = false;
}

/* Registered, and now not any more: at once from the start, on a new flow with nothing of the old one. */
int imstls_i_lost(imstls_client *c)
{
  if (c->bound)
    imstls_i_tell(c, IMSTLS_EVENT_LOST);
  settle(c);
  c->quick_used = true; /* until a registration held */
  c->fell_back = false;
  return imstls_i_begin(c);
}

/* What failed elsewhere says nothing of the network that the host is in now. */
int imstls_i_moved(imstls_client *c)
{
  c->failures = c->tried = 0;
  return imstls_i_lost(c);
}

/* An established flow that broke is tried once more at once; all else takes its turn with back-off. */
int imstls_i_retry(imstls_client *c)
{
  settle(c);
  bool broke = c->why == IMSTLS_ERR_CONNECTION && c->dialog.cseq && !c->quick_used;
  uint64_t wait = 0;
  int why = c->why;
  if (c->bound)
    imstls_i_tell(c, IMSTLS_EVENT_LOST);
  if (c->judging)
    tell_challenge(c, IMSTLS_AUTN_NOT_RUN, why);
  drop_everything(c);
  c->fell_back = false;
  c->error = why;
  if (broke)
    c->quick_used = true;
  else {
    int error = imstls_i_target_next(c, &wait);
    if (error)
      return error;
  }
  c->deadline = c->now + wait;
  imstls_event event = imstls_i_event(IMSTLS_EVENT_RETRY);
  event.error = why;
  event.sip_status = c->sip_status;
  event.expires_s = (uint32_t)((wait + 999) / 1000);
  imstls_i_tell_event(c, &event);
  return IMSTLS_OK;
}
