/* SPDX-License-Identifier: Apache-2.0 */
#include "client/actions.h"

#include "client/endings.h"
#include "client/event.h"
#include "client/optional/optional.h"
#include "client/register.h"
#include "client/secure.h"
#include "client/traffic/reg_event.h"

/* ---- the first REGISTER ---- */

/* A new Call-ID. */
static int renew(imstls_client *c)
{
  imstls_i_agreement_forget(&c->agreement);
  return imstls_i_transaction_renew(&c->transaction, &c->cfg.ports);
}

int imstls_i_begin(imstls_client *c, int error)
{
  imstls_i_drop_everything(c);
  imstls_i_settings_use(c);
  imstls_i_stats_attempt(&c->stats);
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

int imstls_i_lower_tls(imstls_client *c, int error)
{
  imstls_i_tell_line(c, IMSTLS_EVENT_POLICY, error,
                     IMSTLS_I_LIT("the server insists on RSA-PSS in TLS 1.2: once more with 1.2 alone"));
  return imstls_i_flow_lower_tls(c);
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
  imstls_i_demands_restart(&c->demands);
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
  error = imstls_i_authentication_keep(&c->authentication);
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
  imstls_i_tell_unanswered(c, IMSTLS_OK);
  if (c->agreement.mechanism != IMSTLS_MECHANISM_IPSEC_3GPP)
    return imstls_i_flow_switch_to_tls(c);
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
  int trust = why_trusted(c);
  imstls_i_flow_trust(c, trust);
  imstls_i_tell_trust(c, trust, s_token_of(trust), IMSTLS_OK);
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
  imstls_i_token2_pin(c);
  error = imstls_i_credentials_answer(&c->credentials, &who);
  if (!error)
    error = imstls_i_register_send(c, REGISTER_ANSWER);
  imstls_i_served_key(c);
  imstls_i_wipe_keys(c);
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
  imstls_i_wipe_keys(c);
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
  (void)error;
  int type = c->binding.bound ? IMSTLS_EVENT_REFRESHED : IMSTLS_EVENT_REGISTERED;
  imstls_i_own_contact own = imstls_i_register_self(c);
  uint32_t odd = c->binding.odd, left_out = c->binding.left_out;
  bool was_barred = c->binding.barred;
  imstls_i_binding_take(&c->binding, &own, &c->message, c->wire.now);
  imstls_i_credentials_accepted(&c->credentials);
  imstls_i_authentication_accepted(&c->authentication);
  imstls_i_demands_accepted(&c->demands);
  imstls_i_target_accepted(&c->target);
  if (c->flow->kind == FLOW_TLS)
    imstls_i_target_spoke_tls(&c->target);
  imstls_i_flow_close(c->old_flow);
  imstls_i_flow_accepted(c);
  imstls_i_sa_keep(&c->sa, &c->ipsec, c->binding.granted_s, c->flow->kind == FLOW_ESP);
  imstls_i_served_start(c);
  imstls_i_session_save(c);
  if (type == IMSTLS_EVENT_REGISTERED)
    imstls_i_stats_registered(&c->stats);
  imstls_i_reg_event_registered(c, type == IMSTLS_EVENT_REGISTERED);
  tell_registered(c, type);
  imstls_i_tell_flow(c);
  if (c->binding.barred && !was_barred)
    imstls_i_tell_line(c, IMSTLS_EVENT_POLICY, IMSTLS_OK, IMSTLS_I_LIT("the identity that was registered is barred"));
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
  imstls_i_tell_refusal(c, error);
  imstls_i_aka_cancel(&c->run, &c->usim);
  imstls_i_wipe_keys(c);
  imstls_i_binding_postpone(&c->binding, c->wire.now);
  imstls_i_tell_line(c, IMSTLS_EVENT_POLICY, error, IMSTLS_I_LIT("no answer of the USIM: registered until the end"));
  return IMSTLS_OK;
}

/* A 200 that is of no use leaves a binding at the registrar, for days perhaps: first of all it is taken back. */
int imstls_i_give_back(imstls_client *c, int error)
{
  imstls_i_progress_fail(&c->progress, error);
  return offer_and_send(c, REGISTER_DEREGISTER);
}
