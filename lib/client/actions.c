/* SPDX-License-Identifier: Apache-2.0 */
#include "client/actions.h"

#include "client/event.h"
#include "client/register.h"
#include "client/resume.h"
#include "registration/pin.h"

/* ---- beginnings and ends ---- */

/* RES, CK, IK and what was made of them. The Authorization stays for refreshes on the trusted channel. */
static void wipe_keys(imstls_client *c)
{
  imstls_i_aka_wipe(&c->run);
  imstls_i_credentials_used(&c->credentials);
}

static void drop_everything(imstls_client *c)
{
  imstls_i_aka_cancel(&c->run, &c->usim);
  imstls_i_flow_cancel_resolver(c);
  wipe_keys(c);
  imstls_i_flow_close(c->flow);
  imstls_i_flow_close(c->old_flow);
  imstls_i_served_stop(c);
  imstls_i_sa_drop(&c->sa, &c->ipsec);
  imstls_i_transaction_clear(&c->transaction);
  imstls_i_credentials_wipe(&c->credentials);
  imstls_i_authentication_wipe(&c->authentication);
  imstls_i_agreement_forget(&c->agreement);
  imstls_i_binding_end(&c->binding);
  imstls_i_progress_end(&c->progress);
}

void imstls_i_abort(imstls_client *c, int error)
{
  imstls_i_progress_fail(&c->progress, error);
  imstls_i_resume_forget(c); /* whatever went wrong, the next attempt starts with nothing */
  drop_everything(c);
  imstls_i_progress_enter(&c->progress, IMSTLS_STATE_STOPPED);
  imstls_i_tell(c, IMSTLS_EVENT_FAILED, error);
}

void imstls_i_halt(imstls_client *c)
{
  imstls_i_progress_want_nothing(&c->progress);
  if (c->progress.state == IMSTLS_STATE_STOPPED)
    return;
  drop_everything(c);
  imstls_i_progress_fail(&c->progress, IMSTLS_OK);
  imstls_i_progress_enter(&c->progress, IMSTLS_STATE_STOPPED);
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

static void tell_distrust(imstls_client *c, int error)
{
  int verdict = s_token_verdict(error);
  bool no_pki = error == IMSTLS_ERR_PKI || error == IMSTLS_ERR_CLOCK;
  bool by_policy = no_pki || error == IMSTLS_ERR_NOT_TRUSTED;
  if (verdict < 0 && !by_policy)
    return;
  imstls_event event = imstls_i_event(IMSTLS_EVENT_TRUST);
  event.value = IMSTLS_TRUST_BY_NONE;
  event.s_token = verdict >= 0 ? verdict : IMSTLS_S_TOKEN_NOT_APPLICABLE;
  event.error = error;
  imstls_i_tell_event(c, &event);
}

/* What came is refused: each reason is told by its own event and error. */
static void tell_refusal(imstls_client *c, int error)
{
  bool ran = c->progress.state == IMSTLS_STATE_CHALLENGED && !c->run.error; /* refused for what came after AUTN */
  if (c->authentication.untold)
    imstls_i_tell_challenge(c, ran ? IMSTLS_AUTN_OK : IMSTLS_AUTN_NOT_RUN, error);
  tell_distrust(c, error);
}

int imstls_i_refuse(imstls_client *c, int error)
{
  tell_refusal(c, error);
  return error ? error : IMSTLS_ERR_INTERNAL;
}

/* The application's, its settings' or a defect: another attempt would end in the same way. All else is an attempt's end
 * alone, since a stranger may have caused it. */
bool imstls_i_is_ours(int error)
{
  switch (error) {
  case IMSTLS_ERR_USAGE:
  case IMSTLS_ERR_STATE:
  case IMSTLS_ERR_CONFIG:
  case IMSTLS_ERR_UNSUPPORTED:
  case IMSTLS_ERR_INTERNAL:
  case IMSTLS_ERR_USIM:
  case IMSTLS_ERR_RANDOM: return true;
  default: return false;
  }
}

/* ---- the first REGISTER ---- */

/* A new Call-ID. */
static int renew(imstls_client *c)
{
  imstls_i_agreement_forget(&c->agreement);
  return imstls_i_transaction_renew(&c->transaction, &c->cfg.ports);
}

int imstls_i_begin(imstls_client *c, int error)
{
  drop_everything(c);
  imstls_i_progress_begin(&c->progress);
  imstls_i_target_begin(&c->target);
  imstls_i_authentication_begin(&c->authentication);
  imstls_i_demands_begin(&c->demands, c->cfg.policy.expires_s);
  error = renew(c);
  if (error)
    return error;
  bool tls = c->cfg.policy.flow == IMSTLS_FLOW_TLS_FIRST && !c->target.fell_back;
  return imstls_i_flow_open(c, tls ? FLOW_TLS : FLOW_PLAIN);
}

int imstls_i_fall_back(imstls_client *c, int error)
{
  imstls_i_tell_line(c, IMSTLS_EVENT_POLICY, error,
                     IMSTLS_I_LIT("TLS was refused: falling back to security agreement in clear"));
  imstls_i_target_fall_back(&c->target);
  return imstls_i_flow_open(c, FLOW_PLAIN);
}

int imstls_i_start_tls(imstls_client *c, int error)
{
  (void)error;
  return imstls_i_flow_start_tls(c);
}

static bool offers_ipsec(const imstls_client *c)
{
  imstls_text offer = imstls_i_text(c->cfg.policy.offer, strlen(c->cfg.policy.offer));
  bool can = c->ipsec.size && c->cfg.policy.sec_agree != IMSTLS_SEC_AGREE_OFF;
  return can && imstls_secagree_has(offer, IMSTLS_MECHANISM_IPSEC_3GPP);
}

/* Security-Client is new in every REGISTER but the answer: fresh SPIs and ports. */
static int offer_and_send(imstls_client *c, enum register_kind kind)
{
  int error = IMSTLS_OK;
  if (offers_ipsec(c))
    error = imstls_i_sa_reserve(&c->sa, &c->ipsec, &c->flow->local, &c->flow->remote);
  if (!error)
    error = imstls_i_agreement_offer(&c->agreement, c->cfg.policy.offer, &c->sa.sa.ours);
  return error ? error : imstls_i_register_send(c, kind);
}

int imstls_i_send_first(imstls_client *c, int error)
{
  (void)error;
  return offer_and_send(c, REGISTER_FIRST);
}

/* The same attempt still: what was counted and followed stays so. */
int imstls_i_restart(imstls_client *c, int error)
{
  imstls_i_authentication_told(&c->authentication);
  imstls_i_demands_restart(&c->demands, c->cfg.policy.expires_s);
  imstls_i_credentials_restart(&c->credentials);
  error = renew(c);
  return error ? error : offer_and_send(c, REGISTER_FIRST);
}

int imstls_i_repeat(imstls_client *c, int error)
{
  (void)error;
  uint32_t status = c->message.status;
  imstls_i_demands_follow(&c->demands, &c->message);
  bool about_agreement = status != 423 && status != 439;
  if (about_agreement && !c->binding.bound)
    imstls_i_agreement_reopen(&c->agreement);
  return imstls_i_register_send(c, c->binding.bound ? REGISTER_REFRESH : REGISTER_FIRST);
}

/* ---- challenge and answer ---- */

/* The peer's SPIs and ports out of the entry that is chosen. */
static int take_agreement(imstls_client *c)
{
  imstls_mechanism chosen = { .size = sizeof chosen };
  imstls_i_agreement_take(&c->agreement);
  if (c->agreement.mechanism != IMSTLS_MECHANISM_IPSEC_3GPP)
    return IMSTLS_OK;
  int error = imstls_i_agreement_chosen(&c->agreement, &chosen);
  return error ? error : imstls_i_sa_take(&c->sa, &chosen);
}

int imstls_i_ask_card(imstls_client *c, int error)
{
  error = imstls_i_authentication_keep(&c->authentication, &c->message);
  if (!error)
    error = take_agreement(c);
  if (error)
    return error;
  imstls_i_authentication_count(&c->authentication, c->wire.now);
  imstls_i_credentials_used(&c->credentials);
  imstls_i_aka_ask(&c->run, &c->usim, c->authentication.challenge.rand, c->authentication.challenge.autn);
  imstls_i_progress_wait_until(&c->progress, c->wire.now + c->cfg.timers.usim_ms);
  return IMSTLS_OK;
}

/* The agreed channel is another one: RES, IK and token wait until it stands. */
int imstls_i_switch_channel(imstls_client *c, int error)
{
  imstls_i_tell_challenge(c, IMSTLS_AUTN_OK, IMSTLS_OK);
  if (!c->flow->trust)
    imstls_i_demands_leave_channel(&c->demands, c->cfg.policy.expires_s);
  imstls_i_flow_close(c->old_flow);
  imstls_i_credentials_hold(&c->credentials);
  if (c->agreement.mechanism != IMSTLS_MECHANISM_IPSEC_3GPP)
    return imstls_i_flow_open(c, FLOW_TLS);
  error = imstls_i_sa_install(&c->sa, &c->ipsec, &c->run.result);
  return error ? error : imstls_i_flow_switch_to_esp(c);
}

static int why_trusted(const imstls_client *c)
{
  switch (imstls_i_flow_channel(c->flow)) {
  case IMSTLS_CHANNEL_IPSEC: return IMSTLS_TRUST_BY_IPSEC;
  case IMSTLS_CHANNEL_PSK: return IMSTLS_TRUST_BY_PSK;
  default: break;
  }
  if (!c->credentials.tokens.c_token[0])
    return IMSTLS_TRUST_BY_PKI;
  return c->flow->pki ? IMSTLS_TRUST_BY_TOKEN_AND_PKI : IMSTLS_TRUST_BY_TOKEN;
}

static int s_token_of(int trust)
{
  switch (trust) {
  case IMSTLS_TRUST_BY_TOKEN:
  case IMSTLS_TRUST_BY_TOKEN_AND_PKI: return IMSTLS_S_TOKEN_OK;
  case IMSTLS_TRUST_BY_PKI: return IMSTLS_S_TOKEN_MISSING;
  default: return IMSTLS_S_TOKEN_NOT_APPLICABLE;
  }
}

static void trust_flow(imstls_client *c)
{
  imstls_event event = imstls_i_event(IMSTLS_EVENT_TRUST);
  event.value = why_trusted(c);
  event.s_token = s_token_of(event.value);
  imstls_i_flow_trust(c, event.value);
  imstls_i_tell_event(c, &event);
}

static imstls_text mechanism(const imstls_client *c)
{
  return c->flow->kind == FLOW_ESP ? IMSTLS_I_LIT("ipsec-3gpp") : IMSTLS_I_LIT("tls");
}

static imstls_i_answerer answerer(const imstls_client *c)
{
  return (imstls_i_answerer){
    .cfg = &c->cfg, .uri = imstls_i_request_uri(c), .challenge = &c->authentication.challenge, .aka = &c->run.result
  };
}

/* A first success is remembered where the policy pins. This one is as good without the pin. */
static void pin_token2(imstls_client *c)
{
  bool due = c->credentials.tokens.c_token2[0] && c->cfg.policy.token2 == IMSTLS_TOKEN2_PINNED;
  if (due && imstls_i_pin_store(&c->cfg))
    imstls_i_tell_line(c, IMSTLS_EVENT_POLICY, IMSTLS_ERR_STORAGE, IMSTLS_I_LIT("s_token2 pin not stored"));
}

/* SM7. Whatever was proven, RES is of no use after it. */
int imstls_i_answer(imstls_client *c, int error)
{
  imstls_i_answerer who = answerer(c);
  bool was_trusted = c->flow->trust || c->binding.bound;
  if (!c->credentials.held)
    imstls_i_tell_challenge(c, IMSTLS_AUTN_OK, IMSTLS_OK);
  if (!was_trusted)
    imstls_i_demands_forget_hearsay(&c->demands);
  trust_flow(c);
  if (c->agreement.has_list)
    imstls_i_tell_line(c, IMSTLS_EVENT_AGREED, IMSTLS_OK, mechanism(c));
  imstls_i_authentication_succeeded(&c->authentication);
  pin_token2(c);
  error = imstls_i_credentials_answer(&c->credentials, &who);
  if (!error)
    error = imstls_i_register_send(c, REGISTER_ANSWER);
  imstls_i_served_key(c);
  wipe_keys(c);
  return error;
}

int imstls_i_answer_bad(imstls_client *c, int error)
{
  imstls_i_answerer who = answerer(c);
  if (error == IMSTLS_ERR_AKA_SYNC)
    imstls_i_authentication_sent_auts(&c->authentication, c->wire.now);
  error = imstls_i_credentials_answer_bad(&c->credentials, &who);
  if (!error)
    error = offer_and_send(c, REGISTER_BAD_ANSWER);
  wipe_keys(c);
  return error;
}

/* ---- registered ---- */

static void tell_registered(imstls_client *c, int type)
{
  imstls_event event = imstls_i_event(type);
  event.expires_s = c->binding.granted_s;
  event.service_route = imstls_i_binding_service_route(&c->binding);
  event.associated_uri = imstls_i_binding_associated_uri(&c->binding);
  event.line = mechanism(c);
  event.value = c->flow->trust;
  imstls_i_tell_event(c, &event);
}

/* Once, as long as it stays so. */
static void tell_count(imstls_client *c, int error, uint32_t count, const char *what)
{
  char line[80];
  imstls_i_writer w = imstls_i_writer_make(line, sizeof line);
  if (!count)
    return;
  imstls_i_put_uint(&w, count);
  imstls_i_put_str(&w, what);
  imstls_i_tell_line(c, IMSTLS_EVENT_POLICY, error, imstls_i_text(line, w.len));
}

int imstls_i_accept(imstls_client *c, int error)
{
  int type = c->binding.bound ? IMSTLS_EVENT_REFRESHED : IMSTLS_EVENT_REGISTERED;
  char room[CONTACT_URI_MAX];
  imstls_i_own_contact own = imstls_i_register_contact(c, room);
  uint32_t odd = c->binding.odd, left_out = c->binding.left_out;
  error = imstls_i_binding_take(&c->binding, &own, &c->message, c->wire.now);
  if (error)
    return error;
  imstls_i_credentials_accepted(&c->credentials);
  imstls_i_authentication_accepted(&c->authentication);
  imstls_i_demands_accepted(&c->demands);
  imstls_i_target_accepted(&c->target);
  imstls_i_flow_close(c->old_flow);
  imstls_i_sa_keep(&c->sa, &c->ipsec, c->binding.granted_s, c->flow->kind == FLOW_ESP);
  imstls_i_served_start(c);
  imstls_i_resume_save(c);
  tell_registered(c, type);
  if (c->binding.odd != odd)
    tell_count(c, IMSTLS_ERR_SIP_MALFORMED, c->binding.odd, " entries of the 200 cannot be read");
  if (c->binding.left_out != left_out)
    tell_count(c, IMSTLS_ERR_ROUTE_TOO_LONG, c->binding.left_out, " identities of P-Associated-URI left out");
  if (imstls_i_binding_is_too_brief(&c->binding))
    imstls_i_tell_line(c, IMSTLS_EVENT_POLICY, IMSTLS_OK,
                       IMSTLS_I_LIT("granted less than 20 s again and again: not refreshed any more"));
  return IMSTLS_OK;
}

int imstls_i_refresh(imstls_client *c, int error)
{
  (void)error;
  return offer_and_send(c, REGISTER_REFRESH);
}

int imstls_i_deregister(imstls_client *c, int error)
{
  (void)error;
  imstls_i_progress_deregister(&c->progress);
  return offer_and_send(c, REGISTER_DEREGISTER);
}

/* The USIM gave no answer to a re-authentication: the registration lives until its end, and is refreshed once more
 * before that. */
int imstls_i_stay(imstls_client *c, int error)
{
  tell_refusal(c, error);
  imstls_i_aka_cancel(&c->run, &c->usim);
  wipe_keys(c);
  imstls_i_binding_postpone(&c->binding, c->wire.now);
  imstls_i_tell_line(c, IMSTLS_EVENT_POLICY, error, IMSTLS_I_LIT("no answer of the USIM: registered until the end"));
  return IMSTLS_OK;
}

/* A deregistration without answer counts as done: the network forgets by itself. */
int imstls_i_left(imstls_client *c, int error)
{
  (void)error;
  bool was_bound = c->binding.bound;
  drop_everything(c);
  imstls_i_progress_fail(&c->progress, IMSTLS_OK);
  imstls_i_progress_want_nothing(&c->progress);
  if (was_bound)
    imstls_i_tell(c, IMSTLS_EVENT_DEREGISTERED, IMSTLS_OK);
  return IMSTLS_OK;
}

/* ---- failures ---- */

/* A registration ends. One that held makes good the failures before it and may come back at once. One that did not is a
 * failure itself: what ends it each time cannot drive an endless loop of AKA runs. */
static void settle(imstls_client *c)
{
  if (imstls_i_binding_has_held(&c->binding, c->wire.now))
    imstls_i_target_held(&c->target);
}

/* The network is not authentic, the server not the right one, or the agreement not ours: the range of these codes.
 * imstls_error_class would bring the texts of all errors along. */
static bool is_security(int error)
{
  bool in_range = error <= IMSTLS_ERR_AKA_MAC && error > IMSTLS_ERR_AKA_MAC - 100;
  return in_range && error != IMSTLS_ERR_AKA_RATE; /* nobody is accused */
}

/* Who was refused is not trusted again for a session of before. `now`: as imstls_i_target_refused. */
static void distrust(imstls_client *c, int error, uint64_t now)
{
  if (!is_security(error))
    return;
  imstls_i_target_refused(&c->target, error, now);
  imstls_i_resume_forget(c);
}

/* A 200 that is of no use leaves a binding at the registrar, for days perhaps: first of all it is taken back. */
int imstls_i_give_back(imstls_client *c, int error)
{
  imstls_i_progress_fail(&c->progress, error);
  return offer_and_send(c, REGISTER_DEREGISTER);
}

int imstls_i_gave_back(imstls_client *c, int error)
{
  (void)error;
  return imstls_i_retry(c, c->progress.error);
}

/* Registered, and now not any more: at once from the start, on a new flow with nothing of the old one. Who was refused
 * for a security reason is not the first to be asked. */
int imstls_i_lost(imstls_client *c, int error)
{
  tell_refusal(c, error);
  if (c->binding.bound)
    imstls_i_tell(c, IMSTLS_EVENT_LOST, error);
  settle(c);
  distrust(c, error, c->wire.now);
  imstls_i_target_use_quick(&c->target); /* until a registration held */
  imstls_i_target_end_fallback(&c->target);
  return imstls_i_begin(c, IMSTLS_OK);
}

int imstls_i_moved(imstls_client *c, int error)
{
  imstls_i_target_moved(&c->target);
  return imstls_i_lost(c, error);
}

/* An established flow that broke is tried once more at once; all else takes its turn with back-off. */
static int take_turn(imstls_client *c, int error, uint64_t *wait_ms)
{
  bool broke = error == IMSTLS_ERR_CONNECTION && c->transaction.cseq && !c->target.quick_used;
  *wait_ms = 0;
  if (!broke)
    return imstls_i_target_next(&c->target, &c->cfg, c->wire.now, error, wait_ms);
  imstls_i_target_use_quick(&c->target);
  return IMSTLS_OK;
}

int imstls_i_retry(imstls_client *c, int error)
{
  uint64_t wait_ms;
  tell_refusal(c, error);
  settle(c);
  if (c->binding.bound)
    imstls_i_tell(c, IMSTLS_EVENT_LOST, error);
  distrust(c, error, NEVER);
  int ended = take_turn(c, error, &wait_ms);
  drop_everything(c);
  imstls_i_target_end_fallback(&c->target);
  imstls_i_progress_fail(&c->progress, error);
  if (ended)
    return ended;
  imstls_i_progress_wait_until(&c->progress, c->wire.now + wait_ms);
  imstls_event event = imstls_i_event(IMSTLS_EVENT_RETRY);
  event.error = error;
  event.sip_status = c->progress.sip_status;
  event.expires_s = (uint32_t)((wait_ms + 999) / 1000);
  imstls_i_tell_event(c, &event);
  return IMSTLS_OK;
}
