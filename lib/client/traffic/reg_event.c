/* SPDX-License-Identifier: Apache-2.0 */
#include "client/traffic/reg_event.h"

#include "client/register.h"
#include "client/traffic/answer.h"
#include "client/traffic/reg_event_told.h"
#include "sip/lex.h"
#include "sip/reginfo.h"

enum { ANSWER_MS = 1000 }; /* an answer to NOTIFY leaves in this time, or not at all */

/* ---- from registration to registration ---- */

void imstls_i_reg_event_ended(imstls_client *c)
{
  if (c->subscription)
    imstls_i_subscription_end(c->subscription);
}

static bool is_same_place(const imstls_address *a, const imstls_address *b)
{
  bool same = a->family == b->family && a->port == b->port;
  return same && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

/* A SUBSCRIBE refreshes what the network knows of our Contact, too (RFC 3261 12.2). */
void imstls_i_reg_event_registered(imstls_client *c, bool anew)
{
  imstls_i_subscription *s = c->subscription;
  if (!s)
    return;
  if (anew)
    imstls_i_subscription_begin(s, c->wire.now);
  else if (!is_same_place(&s->local, &c->flow->local))
    imstls_i_subscription_hasten(s, c->wire.now);
}

static void end_dialog(imstls_client *c, enum again again)
{
  imstls_i_renewal renewal = { .again = again };
  renewal.named = imstls_sip_number(c->message.first[IMSTLS_HDR_RETRY_AFTER], &renewal.after_s) == IMSTLS_OK;
  imstls_i_subscription_over(c->subscription, &c->cfg, c->wire.now, &renewal);
}

static void end_unanswered(imstls_client *c)
{
  imstls_i_renewal renewal = { .again = AGAIN_LATER };
  imstls_i_reg_event_failed(c, IMSTLS_ERR_TIMEOUT, 0);
  imstls_i_subscription_over(c->subscription, &c->cfg, c->wire.now, &renewal);
}

/* ---- responses to SUBSCRIBE ---- */

static void take_refusal(imstls_client *c)
{
  imstls_i_subscription *s = c->subscription;
  uint32_t status = c->message.status;
  imstls_i_reg_event_failed(c, IMSTLS_ERR_SIP_REJECTED, status);
  if (s->notified && status != 481)
    imstls_i_subscription_not_refreshed(s, c->wire.now);
  else
    end_dialog(c, imstls_i_subscription_again_on(status));
}

static void take_response(imstls_client *c)
{
  imstls_i_subscription *s = c->subscription;
  uint32_t status = c->message.status;
  if (!s->request.open || c->message.cseq != s->request.cseq || status < 200)
    return;
  if (status < 300)
    imstls_i_subscription_accepted(s, &c->message, c->wire.now);
  else
    take_refusal(c);
}

/* ---- NOTIFY ---- */

/* Where nobody says why (Kamailio's S-CSCF leaves all contacts out), it may as well be tried: the next such end of a
 * registration that did not hold waits (imstls_i_may_return). */
static int32_t action_of(const imstls_reginfo_verdict *v)
{
  bool asks_to_wait = v->ours && v->contact.event == IMSTLS_REGINFO_PROBATION;
  return v->action == IMSTLS_REGINFO_WAIT && !asks_to_wait ? IMSTLS_REGINFO_REREGISTER : v->action;
}

static void set_verdict(imstls_client *c, const imstls_reginfo_verdict *v)
{
  int32_t action = action_of(v);
  int64_t after_s = action == IMSTLS_REGINFO_WAIT ? v->contact.retry_after_s : -1;
  imstls_i_verdict verdict = { .action = action,
                               .named = after_s >= 0,
                               .retry_after_s = after_s >= 0 ? (uint32_t)after_s : 0,
                               .by = c->wire.now + ANSWER_MS };
  imstls_i_subscription_judged(c->subscription, &verdict);
}

/* Who leaves does what it was about to (TS 24.229 5.1.1.6), and the first word counts. */
static void follow(imstls_client *c, const imstls_reginfo_verdict *v)
{
  if (c->progress.deregisters || c->subscription->verdict.action)
    return;
  switch (v->action) {
  case IMSTLS_REGINFO_NOTHING: return;
  case IMSTLS_REGINFO_REFRESH:
    imstls_i_binding_shorten(&c->binding, v->contact.expires_s < 0 ? 0 : (uint32_t)v->contact.expires_s, c->wire.now);
    return;
  default: set_verdict(c, v); return;
  }
}

/* By the URI that we registered, and by what another one made of it in the 200. */
static int judge(const imstls_client *c, imstls_reginfo_verdict *v)
{
  imstls_text registered = imstls_i_text(c->sending.contact, strlen(c->sending.contact));
  imstls_text taken = imstls_i_text(c->binding.texts.ptr, c->binding.taken_len);
  return imstls_i_reginfo_judge(c->message.body, registered, taken, v);
}

static bool is_reginfo(imstls_text type)
{
  const char *end = type.ptr + type.len;
  const char *semicolon = imstls_i_sip_seek(type.ptr, end, ';');
  return imstls_text_is(imstls_i_sip_trim(type.ptr, semicolon ? semicolon : end), "application/reginfo+xml");
}

/* The status of the answer. */
static unsigned take_document(imstls_client *c)
{
  imstls_reginfo_verdict v;
  if (!c->message.body.len)
    return 200;
  if (!c->message.first[IMSTLS_HDR_CONTENT_TYPE].ptr || !is_reginfo(c->message.first[IMSTLS_HDR_CONTENT_TYPE]))
    return 415;
  int error = judge(c, &v);
  if (error) {
    imstls_i_reg_event_failed(c, error, 0);
    return 400;
  }
  bool full = v.state == IMSTLS_REGINFO_FULL;
  if (imstls_i_subscription_takes(c->subscription, v.version, full, c->wire.now)) {
    follow(c, &v);
    imstls_i_reg_event_tell(c, &v.contact, v.ours != 0);
  }
  return 200;
}

/* RFC 6665 4.1.3, 8.2.3 */
static void take_state(imstls_client *c)
{
  imstls_i_subscription *s = c->subscription;
  imstls_text state, params, value;
  uint32_t expires_s;
  if (imstls_sip_find(&c->message, "Subscription-State", &state))
    return;
  const char *end = state.ptr + state.len;
  const char *stop = imstls_i_sip_span(state.ptr, end, IMSTLS_I_TOKEN);
  params = imstls_i_sip_between(stop, end);
  if (!imstls_text_is(imstls_i_sip_between(state.ptr, stop), "terminated")) {
    bool named = imstls_sip_param_find(params, "expires", &value) == IMSTLS_OK;
    if (named && imstls_i_number(value, UINT32_MAX, &expires_s))
      imstls_i_subscription_granted(s, expires_s, c->wire.now);
    return;
  }
  imstls_i_renewal renewal = { .again = AGAIN_LATER };
  if (imstls_sip_param_find(params, "reason", &value) == IMSTLS_OK)
    renewal.again = imstls_i_subscription_again_after(value);
  if (imstls_sip_param_find(params, "retry-after", &value) == IMSTLS_OK)
    renewal.named = imstls_i_number(value, UINT32_MAX, &renewal.after_s);
  imstls_i_subscription_over(s, &c->cfg, c->wire.now, &renewal);
}

static unsigned take_notify(imstls_client *c)
{
  switch (imstls_i_subscription_order(c->subscription, &c->message)) {
  case ORDER_OLD: return 500;
  case ORDER_REPEATED: return 200;
  default: break;
  }
  imstls_i_subscription_notified(c->subscription, &c->message, c->wire.now);
  unsigned status = take_document(c);
  take_state(c);
  return status;
}

static void answer(imstls_client *c, unsigned status)
{
  const imstls_text accept = IMSTLS_I_LIT("Accept: application/reginfo+xml\r\n"), nothing = { NULL, 0 };
  switch (status) {
  case 400: imstls_i_reply(c, 400, "Bad Request", nothing); break;
  case 415: imstls_i_reply(c, 415, "Unsupported Media Type", accept); break;
  case 500: imstls_i_reply(c, 500, "Server Internal Error", nothing); break;
  default: imstls_i_reply(c, 200, "OK", nothing); break;
  }
}

bool imstls_i_reg_event_take(imstls_client *c)
{
  const imstls_i_subscription *s = c->subscription;
  if (!s)
    return false;
  bool is_response = imstls_i_subscription_is_response(s, &c->message);
  bool is_notify = imstls_i_subscription_is_notify(s, &c->message);
  if (is_response)
    take_response(c);
  else if (is_notify)
    answer(c, take_notify(c));
  return is_response || is_notify;
}

/* ---- what is due ---- */

static bool has_answered(const imstls_client *c)
{
  const imstls_i_link *served = imstls_i_served_link(c);
  return imstls_i_queue_is_empty(&c->flow->link.tx) && (!served || imstls_i_queue_is_empty(&served->tx));
}

bool imstls_i_reg_event_is_ready(const imstls_client *c)
{
  return c->subscription && c->subscription->verdict.action && has_answered(c);
}

static imstls_i_input verdict(imstls_client *c)
{
  switch (c->subscription->verdict.action) {
  case IMSTLS_REGINFO_REREGISTER: return imstls_i_input_of(IN_ANEW, IMSTLS_ERR_DEREGISTERED);
  case IMSTLS_REGINFO_WAIT: return imstls_i_input_of(IN_PAUSE, IMSTLS_ERR_DEREGISTERED);
  default: return imstls_i_input_of(IN_DISMISSED, IMSTLS_ERR_DEREGISTERED);
  }
}

imstls_i_input imstls_i_reg_event_look(imstls_client *c)
{
  imstls_i_subscription *s = c->subscription;
  imstls_i_input none = imstls_i_input_of(IN_NONE, IMSTLS_OK);
  uint64_t now = c->wire.now;
  if (imstls_i_reg_event_is_ready(c) || (s && now >= s->verdict.by))
    return verdict(c);
  if (!s || !imstls_i_application_may_send(c))
    return none;
  if (imstls_i_subscription_ran_out(s, now))
    end_unanswered(c);
  else if (imstls_i_subscription_failed(s, now)) {
    imstls_i_reg_event_failed(c, IMSTLS_ERR_TIMEOUT, 0);
    imstls_i_subscription_not_refreshed(s, now);
  }
  return none;
}

/* The default identity as a SIP URI (TS 24.229 5.1.1.3). */
static imstls_text identity(const imstls_client *c)
{
  imstls_text rest = imstls_i_binding_associated_uri(&c->binding);
  imstls_sip_address found;
  int result;
  while ((result = imstls_sip_address_next(&rest, &found)) != IMSTLS_END) {
    bool is_sip = found.uri.len > 4 && imstls_text_is(imstls_i_text(found.uri.ptr, 4), "sip:");
    if (result == IMSTLS_OK && is_sip)
      return found.uri;
  }
  return imstls_i_text(c->cfg.identity.impu, strlen(c->cfg.identity.impu));
}

/* Without it there is no dialog: the next try follows, or, where it would end in the same way, none. */
static void give_up(imstls_client *c, int error, enum again again)
{
  imstls_i_renewal renewal = { .again = again };
  imstls_i_reg_event_failed(c, error, 0);
  imstls_i_subscription_over(c->subscription, &c->cfg, c->wire.now, &renewal);
}

bool imstls_i_reg_event_request(imstls_client *c, imstls_text *request)
{
  imstls_i_subscription *s = c->subscription;
  if (!s || !imstls_i_application_may_send(c))
    return false;
  bool again = imstls_i_subscription_repeats(s, &c->cfg.timers, c->wire.now);
  if (!again && !imstls_i_subscription_is_due(s, c->wire.now))
    return false;
  int error = again ? IMSTLS_OK : imstls_i_subscription_next(s, &c->cfg.ports, identity(c));
  *request = imstls_i_subscription_request(s);
  if (!error && !request->ptr)
    error = IMSTLS_ERR_ROUTE_TOO_LONG;
  if (error)
    give_up(c, error, error == IMSTLS_ERR_RANDOM ? AGAIN_LATER : AGAIN_NOT);
  return !error;
}

void imstls_i_reg_event_sent(imstls_client *c, int result)
{
  imstls_i_subscription *s = c->subscription;
  bool reliable = c->flow->transport != IMSTLS_NET_UDP;
  if (s->request.open)
    return; /* it was repeated */
  switch (result) {
  case IMSTLS_OK: imstls_i_subscription_sent(s, &c->cfg.timers, c->wire.now, &c->flow->local, reliable); break;
  case IMSTLS_NOT_READY:
  case IMSTLS_WANT_WRITE: imstls_i_subscription_postpone(s, c->wire.now); break;
  default: give_up(c, result, AGAIN_NOT); break;
  }
}

uint64_t imstls_i_reg_event_deadline(const imstls_client *c)
{
  const imstls_i_subscription *s = c->subscription;
  if (!s)
    return NEVER;
  uint64_t at = imstls_i_application_may_send(c) ? imstls_i_subscription_deadline(s) : NEVER;
  return imstls_i_earlier(at, s->verdict.by);
}
