/* SPDX-License-Identifier: Apache-2.0 */
#include "client/judge.h"

#include "access/access.h"
#include "client/event.h"
#include "client/optional/optional.h"
#include "client/register.h"
#include "client/secure.h"

/* ---- may RES go out on this channel? ---- */

/* That of the handshake, as TLS has it now. */
static int take_certificate(imstls_client *c, imstls_bytes *cert)
{
  *cert = imstls_i_server_cert(c);
  return cert->len ? IMSTLS_OK : IMSTLS_ERR_TLS_PROPERTIES;
}

static int check_token(imstls_client *c, imstls_i_tokens *tokens)
{
  imstls_bytes cert;
  const imstls_challenge *challenge = &c->authentication.challenge;
  int error = take_certificate(c, &cert);
  if (error)
    return error;
  return imstls_i_token_check_server_keys(&c->run.result, c->cfg.policy.token_key, challenge->digest, cert,
                                          challenge->s_token, tokens->c_token);
}

static bool token_is_due(const imstls_client *c)
{
  bool pki = c->cfg.policy.trust == IMSTLS_TRUST_TOKEN_OR_PKI && c->flow->pki;
  return imstls_i_token_owed(imstls_i_flow_channel(c->flow), pki);
}

/* PKI would have done instead of what is missing, had the time been known: then the clock is the error to tell. */
static int blame_clock(const imstls_client *c, int error)
{
  if (!c->flow->no_clock)
    return error;
  bool token = error == IMSTLS_ERR_S_TOKEN_MISSING && c->cfg.policy.trust == IMSTLS_TRUST_TOKEN_OR_PKI;
  return token ? IMSTLS_ERR_CLOCK : error;
}

/* The token over the certificate of this very session, or PKI where the policy takes it. */
static int check_certificate(imstls_client *c, imstls_i_tokens *tokens)
{
  if (c->cfg.policy.psk == IMSTLS_PSK_ONLY)
    return IMSTLS_ERR_NOT_TRUSTED;
  if (c->cfg.policy.trust == IMSTLS_TRUST_TOKEN_AND_PKI && !c->flow->pki)
    return c->flow->no_clock ? IMSTLS_ERR_CLOCK : IMSTLS_ERR_PKI;
  int error = IMSTLS_OK;
  if (c->authentication.challenge.s_token.ptr)
    error = check_token(c, tokens);
  else if (token_is_due(c))
    error = blame_clock(c, IMSTLS_ERR_S_TOKEN_MISSING);
  return error ? error : imstls_i_token2_judge(c, tokens);
}

static int check_channel(imstls_client *c, imstls_i_tokens *tokens)
{
  switch (imstls_i_flow_channel(c->flow)) {
  case IMSTLS_CHANNEL_IPSEC: /* SAs, or a PSK, that were keyed by this registration's AKA */
  case IMSTLS_CHANNEL_PSK: return IMSTLS_OK;
  case IMSTLS_CHANNEL_CERT: return check_certificate(c, tokens);
  default: return IMSTLS_ERR_NOT_TRUSTED;
  }
}

imstls_i_input imstls_i_judge_channel(imstls_client *c)
{
  imstls_i_tokens tokens = { .c_token = "" };
  int error = check_channel(c, &tokens);
  if (!error)
    imstls_i_credentials_set_tokens(&c->credentials, &tokens);
  imstls_wipe(&tokens, sizeof tokens);
  if (error == IMSTLS_ERR_USIM)
    return imstls_i_judge_card(error); /* its key handle failed */
  return imstls_i_input_of(error ? IN_REFUSED : IN_PROVEN, error);
}

/* ---- 401: all that can be known before the card is asked; the first fault in this order is the one reported ---- */

static int judge_list(imstls_client *c)
{
  bool over_tls = c->flow->kind == FLOW_TLS; /* PKI, a PSK or the s_token that is due then vouches for it */
  imstls_i_agreement_terms terms = {
    .off = c->cfg.policy.sec_agree == IMSTLS_SEC_AGREE_OFF || c->demands.without_agreement,
    .optional = c->cfg.policy.sec_agree == IMSTLS_SEC_AGREE_OPTIONAL && over_tls,
    .over_tls = over_tls,
    .in_clear = c->flow->kind == FLOW_PLAIN,
  };
  int error = imstls_i_agreement_judge(&c->agreement, &c->message, &terms);
  if (!error && c->agreement.judged.len)
    imstls_i_log(
        c, "chosen by q, then list order:", c->agreement.mechanism == IMSTLS_MECHANISM_TLS ? "tls" : "ipsec-3gpp");
  return error;
}

/* Presence and form. Whether one is due on another channel shows with that channel. */
static int judge_token(imstls_client *c)
{
  int form = imstls_i_token_form(c->authentication.challenge.s_token);
  bool over_tls = c->flow->kind == FLOW_TLS;
  bool psk_possible = over_tls ? c->flow->psk : c->cfg.policy.psk != IMSTLS_PSK_OFF;
  if (form && form != IMSTLS_ERR_S_TOKEN_MISSING)
    return form;
  if (c->agreement.mechanism != IMSTLS_MECHANISM_TLS || psk_possible)
    return IMSTLS_OK;
  bool is_due = over_tls ? token_is_due(c) : c->cfg.policy.trust != IMSTLS_TRUST_TOKEN_OR_PKI;
  return form && is_due ? form : imstls_i_token2_presence(c);
}

/* Once more from the start (TS 24.229 5.1.1.5.1). */
static bool may_restart(const imstls_client *c, int error)
{
  bool no_list = error == IMSTLS_ERR_SECAGREE_NONE && !c->message.count[IMSTLS_HDR_SECURITY_SERVER];
  bool first = c->transaction.kind == REGISTER_FIRST && !c->binding.bound;
  return no_list && first && imstls_i_demands_may_restart(&c->demands);
}

static imstls_i_input judge_challenge(imstls_client *c)
{
  int error = imstls_i_authentication_read(&c->authentication, &c->message, c->cfg.policy.algorithms);
  if (!error)
    error = judge_list(c);
  if (!error)
    error = judge_token(c);
  if (!error)
    error = imstls_i_authentication_may_ask(&c->authentication, c->wire.now);
  if (!error)
    return imstls_i_input_of(IN_CHALLENGE, IMSTLS_OK);
  if (error == IMSTLS_ERR_AKA_RATE)
    return imstls_i_input_of(IN_RATE, error);
  if (may_restart(c, error))
    return imstls_i_input_of(IN_CHALLENGE_NO_LIST, error);
  return imstls_i_input_of(IN_REFUSED, blame_clock(c, error));
}

/* ---- every other final response ---- */

/* A 200 counts only after a good challenge was answered, or on a channel that is trusted already. */
static int check_200(const imstls_client *c)
{
  enum register_kind kind = c->transaction.kind;
  if (c->flow->kind == FLOW_PLAIN)
    return IMSTLS_ERR_UNPROTECTED;
  bool answered = kind == REGISTER_ANSWER && c->credentials.proven;
  bool refreshed = kind == REGISTER_REFRESH && c->binding.bound;
  bool resumed = c->flow->trust == IMSTLS_TRUST_BY_RESUMPTION;
  bool expected = answered || refreshed || resumed;
  if (!c->flow->trust || !expected)
    return IMSTLS_ERR_NO_CHALLENGE;
  return kind == REGISTER_ANSWER ? imstls_i_credentials_check_rspauth(&c->credentials, &c->message) : IMSTLS_OK;
}

static imstls_i_input judge_200(imstls_client *c)
{
  char room[CONTACT_URI_MAX];
  int error = check_200(c);
  if (error)
    return imstls_i_input_of(IN_ACCEPTED_BAD, error);
  imstls_i_own_contact own = imstls_i_register_contact(c, room);
  error = imstls_i_binding_find(&c->binding, &own, &c->message);
  return imstls_i_input_of(error ? IN_UNUSABLE : IN_ACCEPTED, error);
}

/* RFC 3261 20.33; TS 24.229 5.1.1.2.1: any final refusal may name a time. */
static void take_retry_after(imstls_client *c)
{
  uint32_t seconds;
  bool named = c->message.status >= 400 && !imstls_sip_number(c->message.first[IMSTLS_HDR_RETRY_AFTER], &seconds);
  if (named)
    imstls_i_target_retry_after(&c->target, seconds);
}

static imstls_i_input judge_demand(imstls_client *c)
{
  imstls_i_demander who = { .vouched = c->flow->pki || c->flow->trust, .in_esp = c->flow->kind == FLOW_ESP };
  int error = imstls_i_demands_judge(&c->demands, &c->cfg, &c->message, &who);
  if (!error)
    return imstls_i_input_of(IN_REPEAT, IMSTLS_OK);
  take_retry_after(c);
  imstls_i_progress_refused(&c->progress, c->message.status);
  return imstls_i_input_of(IN_REFUSED, error);
}

/* On a trusted channel 403, 404 and 6xx after our answer are the network's last word. */
static imstls_i_input judge_refusal(imstls_client *c)
{
  uint32_t status = c->message.status;
  take_retry_after(c);
  imstls_i_progress_refused(&c->progress, status);
  bool last = status == 403 || status == 404 || status >= 600;
  bool to_answer = c->flow->trust && c->transaction.kind == REGISTER_ANSWER;
  return imstls_i_input_of(last && to_answer ? IN_FINAL : IN_REFUSED, IMSTLS_ERR_SIP_REJECTED);
}

imstls_i_input imstls_i_judge_response(imstls_client *c)
{
  uint32_t status = c->message.status;
  imstls_i_progress_heard(&c->progress, status);
  if (c->transaction.kind == REGISTER_DEREGISTER && !c->progress.deregisters)
    return imstls_i_input_of(IN_GIVEN_BACK, c->progress.error); /* whatever it is, no more can be done */
  if (status == 401)
    return judge_challenge(c);
  if (status == 200)
    return judge_200(c);
  return imstls_i_demands_are_in(status) ? judge_demand(c) : judge_refusal(c);
}

/* ---- the USIM's answer ---- */

/* TS 33.102 annex H: the AMF separation bit. */
static int check_amf(const imstls_client *c)
{
  int bit = c->authentication.challenge.autn[6] >> 7;
  imstls_i_log(c, "AMF separation bit", bit ? "1" : "0");
  if (c->cfg.policy.amf_separation == IMSTLS_AMF_REQUIRE_0 && bit)
    return IMSTLS_ERR_AKA_AMF;
  return c->cfg.policy.amf_separation == IMSTLS_AMF_REQUIRE_1 && !bit ? IMSTLS_ERR_AKA_AMF : IMSTLS_OK;
}

static imstls_i_input judge_failed_run(imstls_client *c, bool sync)
{
  int verdict = sync ? IMSTLS_AUTN_SYNC_FAILURE : IMSTLS_AUTN_MAC_FAILURE;
  int failure = sync ? IMSTLS_ERR_AKA_SYNC : IMSTLS_ERR_AKA_MAC;
  imstls_i_tell_challenge(c, verdict, failure);
  int error = imstls_i_authentication_failed(&c->authentication, sync, c->wire.now);
  if (!error)
    return imstls_i_input_of(IN_AKA_BAD, failure);
  return imstls_i_input_of(error == IMSTLS_ERR_AKA_RATE ? IN_RATE : IN_REFUSED, error);
}

/* Figure 3: the SAs prove the keys, so no token is due; but one that came over TLS and is wrong ends everything. */
static imstls_i_input judge_switch_to_ipsec(imstls_client *c)
{
  imstls_i_tokens unused = { .c_token = "" }; /* SM7 in ESP carries none */
  int error = IMSTLS_OK;
  if (imstls_i_flow_channel(c->flow) == IMSTLS_CHANNEL_CERT && c->authentication.challenge.s_token.ptr)
    error = check_token(c, &unused);
  imstls_wipe(&unused, sizeof unused);
  return imstls_i_input_of(error ? IN_REFUSED : IN_SWITCH, error);
}

static imstls_i_input judge_good_run(imstls_client *c)
{
  if (c->agreement.mechanism == IMSTLS_MECHANISM_IPSEC_3GPP)
    return judge_switch_to_ipsec(c);
  bool other_channel = c->flow->kind != FLOW_TLS || c->flow->psk; /* a new AKA run: a new PSK, a new session */
  if (c->agreement.mechanism == IMSTLS_MECHANISM_TLS && other_channel)
    return imstls_i_input_of(IN_SWITCH, IMSTLS_OK);
  return imstls_i_judge_channel(c);
}

static bool is_whole(const imstls_aka_result *result)
{
  return result->verdict == IMSTLS_AKA_OK && result->res_len >= 4 && result->res_len <= IMSTLS_RES_MAX;
}

/* An AMF that does not fit may be a replay of another network's vector: whoever sent it is refused. */
imstls_i_input imstls_i_judge_run(imstls_client *c)
{
  const imstls_aka_result *result = &c->run.result;
  int error = imstls_i_aka_look(&c->run);
  imstls_i_progress_wait_until(&c->progress, NEVER);
  if (error)
    return imstls_i_judge_card(error);
  if (result->verdict == IMSTLS_AKA_MAC_FAILURE)
    return judge_failed_run(c, false);
  if (result->verdict == IMSTLS_AKA_SYNC_FAILURE)
    return judge_failed_run(c, true);
  error = check_amf(c);
  if (error)
    return imstls_i_input_of(IN_REFUSED, error);
  return is_whole(result) ? judge_good_run(c) : imstls_i_judge_card(IMSTLS_ERR_USIM_DATA);
}

imstls_i_input imstls_i_judge_card(int error)
{
  switch (error) {
  case IMSTLS_ERR_USIM:
  case IMSTLS_ERR_USIM_PIN:
  case IMSTLS_ERR_USIM_PIN_TRIES:
  case IMSTLS_ERR_USIM_APP:
  case IMSTLS_ERR_USIM_STORAGE:
  case IMSTLS_ERR_UNSUPPORTED: return imstls_i_input_of(IN_CARD_FINAL, error);
  default: return imstls_i_input_of(IN_CARD_SILENT, error);
  }
}
