/* SPDX-License-Identifier: Apache-2.0 */
/* From a client to the network. */
#include <string.h>

#include "gateway.h"

/* The message with the Via that says where it came from. */
struct arrival {
  struct gateway *g;
  const struct peer *from;
  imstls_sip_message m;
  struct key key;
};

/* What may be its start line, or a part of it. */
static imstls_text front_of(imstls_text text)
{
  size_t len = 0;
  while (len < text.len && len < 120 && text.ptr[len] != '\r' && text.ptr[len] != '\n')
    len++;
  return (imstls_text){ text.ptr, len };
}

static void refuse_unreadable(struct gateway *g, const struct peer *from, imstls_text text, int why)
{
  static char out[TEXT_MAX];
  uint32_t status;
  size_t len;
  if (imstls_sip_refuse(text.ptr, text.len, why, g->tag, out, sizeof out, &len, &status) == IMSTLS_OK)
    (void)sockets_send(g->sockets, from, out, len);
  show_refused(g, front_of(text), why == IMSTLS_ERR_SIP_MALFORMED ? "malformed" : "too large");
}

static bool has_tag(const imstls_sip_message *m)
{
  imstls_text tag;
  return text_tag(m->first[IMSTLS_HDR_TO], &tag);
}

/* Requests of the network in a dialog go to the client that is in it, by the Contact that it gave there. */
static void note_dialog(const struct arrival *a, imstls_text tag)
{
  imstls_text contact;
  struct key key;
  if (text_contact(&a->m, &contact) && key_of_dialog(&a->m, tag, &key))
    dialog_note(a->g->dialogs, &key, a->from, contact, phone_now());
}

static void keep_line(struct transaction *t, imstls_text line)
{
  snprintf(t->line, sizeof t->line, "%.*s", (int)(line.len < sizeof t->line ? line.len : sizeof t->line - 1), line.ptr);
}

/* As far as IMSTLS_EVENT_UNANSWERED tells it. */
static void keep_branch(struct transaction *t, const imstls_sip_message *m)
{
  imstls_sip_via via;
  size_t max = sizeof t->branch - 1;
  if (imstls_sip_via_parse(m->first[IMSTLS_HDR_VIA], &via) == IMSTLS_OK)
    snprintf(t->branch, sizeof t->branch, "%.*s", (int)(via.branch.len < max ? via.branch.len : max), via.branch.ptr);
}

static bool rewrite(const struct arrival *a, struct transaction *t)
{
  static const struct change how = { .take_own = true, .hop = true, .take_credentials = true };
  return text_change(&a->m, &a->g->own, &how, t->text, sizeof t->text, &t->len);
}

static void refuse(const struct arrival *a, unsigned status, const char *reason)
{
  char extra[40] = "";
  if (status == 503)
    snprintf(extra, sizeof extra, "Retry-After: %d\r\n", RETRY_AFTER_S);
  send_reply(a->g, a->from, &a->m, status, reason, extra);
}

/* ---- ACK and CANCEL ---- */

/* No ACK can be challenged: that of a stranger has no dialog. */
static bool may_ack(const struct arrival *a)
{
  imstls_text tag;
  struct key key;
  if (!a->g->digest)
    return true;
  bool has_key = text_tag(a->m.first[IMSTLS_HDR_FROM], &tag) && key_of_dialog(&a->m, tag, &key);
  return has_key && dialog_find(a->g->dialogs, &key);
}

/* To a refusal it has the branch of its INVITE, and goes once; to a 2xx it is a request of its own, as often as the
 * client sends it. */
static void take_ack(struct arrival *a)
{
  struct transaction *t = transaction_find(&a->g->transactions, OUT, &a->key);
  static struct transaction alone; /* which does not wait: the other side repeats its 2xx */
  bool refused = t && t->status >= 300;
  bool early = t && t->status < 200;
  bool repeated = refused && t->acked;
  if (early || repeated || !text_hops(&a->m))
    return;
  if (refused) {
    t->acked = true;
    t->repeat_at = 0;
    if (t->ours)
      return;
  } else if (!may_ack(a))
    return;
  else {
    t = &alone;
    memset(t, 0, offsetof(struct transaction, text));
    t->direction = OUT;
    t->status = 200; /* nothing answers it */
    t->peer = *a->from;
  }
  if (!rewrite(a, t))
    return;
  keep_line(t, a->m.line);
  send_to_network(a->g, t);
}

/* The INVITE waits for the network still: both are answered here. */
static bool cancelled_before(const struct arrival *a)
{
  struct key key;
  struct transaction *invite =
      key_of_request(&a->m, "INVITE", &key) ? transaction_find(&a->g->transactions, OUT, &key) : NULL;
  if (!invite) {
    refuse(a, 481, "Call/Transaction Does Not Exist");
    return true;
  }
  if (invite->status || !invite->owed)
    return false;
  send_reply(a->g, a->from, &a->m, 200, "OK", "");
  send_refusal(a->g, invite, "487 Request Terminated");
  return true;
}

/* ---- other requests ---- */

/* Answered by what was answered before, if there is that. */
static void take_again(const struct arrival *a, struct transaction *t)
{
  if (t->acked)
    return; /* too late */
  if (t->status)
    (void)sockets_send(a->g->sockets, a->from, t->text, t->len);
  else if (t->invite)
    send_reply(a->g, a->from, &a->m, 100, "Trying", "");
}

static void begin(const struct arrival *a)
{
  struct gateway *g = a->g;
  uint64_t now = phone_now();
  struct transaction *t = transaction_new(&g->transactions, OUT, &a->key, now);
  imstls_text tag;
  if (!t) {
    refuse(a, 503, "Service Unavailable");
    return;
  }
  t->invite = text_is(a->m.method, "INVITE");
  t->peer = *a->from;
  keep_line(t, a->m.line);
  keep_branch(t, &a->m);
  if (!rewrite(a, t)) {
    t->used = false;
    refuse(a, 513, "Message Too Large");
    return;
  }
  if (t->invite)
    send_reply(g, a->from, &a->m, 100, "Trying", "");
  if (text_tag(a->m.first[IMSTLS_HDR_FROM], &tag))
    note_dialog(a, tag);
  send_to_network(g, t);
}

/* What it is refused for here; 0: nothing. */
static unsigned why_not(const struct arrival *a, const char **reason)
{
  bool waits = imstls_client_registered(a->g->phone.client) || has_tag(&a->m);
  if (!text_hops(&a->m)) {
    *reason = "Too Many Hops";
    return 483;
  }
  if (!waits) {
    *reason = "Service Unavailable";
    return 503;
  }
  return 0;
}

static bool may(const struct arrival *a)
{
  char challenge[300], field[400];
  bool registers = text_is(a->m.method, "REGISTER");
  if (!a->g->digest || digest_allows(a->g->digest, &a->m, challenge))
    return true;
  snprintf(field, sizeof field, "%s: %s\r\n", registers ? "WWW-Authenticate" : "Proxy-Authenticate", challenge);
  send_reply(a->g, a->from, &a->m, registers ? 401 : 407, registers ? "Unauthorized" : "Proxy Authentication Required",
             field);
  return false;
}

static void take_request(struct arrival *a)
{
  struct gateway *g = a->g;
  const char *reason;
  bool cancel = text_is(a->m.method, "CANCEL"), user = true;
  struct transaction *t = transaction_find(&g->transactions, OUT, &a->key);
  if (t) {
    take_again(a, t);
    return;
  }
  if (!cancel && !may(a))
    return;
  unsigned status = why_not(a, &reason);
  if (text_is(a->m.method, "REGISTER"))
    register_take(g, a->from, &a->m);
  else if (text_is(a->m.method, "OPTIONS") && text_is_own(&g->own, a->m.uri, &user) && !user)
    send_reply(g, a->from, &a->m, 200, "OK", "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, MESSAGE\r\n");
  else if (cancel && cancelled_before(a))
    return;
  else if (status)
    refuse(a, status, reason);
  else
    begin(a);
}

/* An ACK is named as its INVITE, everything else for itself. */
static bool name_of(const imstls_sip_message *m, struct key *out)
{
  char method[32];
  if (m->method.len >= sizeof method)
    return false;
  snprintf(method, sizeof method, "%.*s", (int)m->method.len, m->method.ptr);
  return key_of_request(m, strcmp(method, "ACK") == 0 ? "INVITE" : method, out);
}

static void take_response(const struct arrival *a)
{
  imstls_text tag;
  if (text_tag(a->m.first[IMSTLS_HDR_TO], &tag))
    note_dialog(a, tag);
  if (!in_answered(a->g, a->from, &a->m))
    show_refused(a->g, a->m.line, "no request");
}

void out_take(void *user, const struct peer *from, imstls_text text, enum taken taken)
{
  static char arrived[TEXT_MAX];
  struct arrival a = { .g = user, .from = from };
  size_t len = 0;
  if (taken == TAKEN_UNREACHED) {
    in_unreached(a.g, from);
    return;
  }
  if (taken == TAKEN_NOT_SIP || taken == TAKEN_TOO_MANY) {
    show_refused(a.g, front_of(text), taken == TAKEN_NOT_SIP ? "not SIP" : "too many connections");
    return;
  }
  int error = taken == TAKEN_TOO_LONG     ? IMSTLS_ERR_SIP_OVERSIZED
              : taken == TAKEN_UNREADABLE ? IMSTLS_ERR_SIP_MALFORMED
                                          : imstls_sip_parse(&a.m, text.ptr, text.len);
  bool request = !error && !a.m.status;
  if (request && (!text_arrived(&a.m, from, arrived, sizeof arrived, &len) || imstls_sip_parse(&a.m, arrived, len)))
    error = IMSTLS_ERR_SIP_MALFORMED;
  if (request && !error && !name_of(&a.m, &a.key))
    error = IMSTLS_ERR_SIP_MALFORMED;
  if (error)
    refuse_unreadable(a.g, from, text, error);
  else if (a.m.status)
    take_response(&a);
  else if (text_is(a.m.method, "ACK"))
    take_ack(&a);
  else
    take_request(&a);
}
