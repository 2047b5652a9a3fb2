/* SPDX-License-Identifier: Apache-2.0 */
/* From the network to a client. */
#include <string.h>

#include "gateway.h"

static struct gateway *gateway_of(struct phone *p) { return (struct gateway *)p; /* its first member */ }

static void keep_line(struct transaction *t, imstls_text line)
{
  snprintf(t->line, sizeof t->line, "%.*s", (int)(line.len < sizeof t->line ? line.len : sizeof t->line - 1), line.ptr);
}

static bool begins_dialog(const imstls_sip_message *m)
{
  return text_is(m->method, "INVITE") || text_is(m->method, "SUBSCRIBE") || text_is(m->method, "REFER");
}

/* We are on the way of each later request of the client's (RFC 3261 12.1): first when it is asked, last when it hears
 * the answer. The network knows us by our Contact, and needs no Record-Route. */
static const char *own_route(const struct gateway *g, const struct peer *client)
{
  return client->tcp ? g->own.over_tcp : g->own.over_udp;
}

/* ---- responses ---- */

static bool is_repeated(const struct transaction *t, const imstls_sip_message *m)
{
  bool accepted = t->invite && t->status < 300 && m->status >= 200 && m->status < 300; /* RFC 6026 7.2 */
  return t->status >= 200 && !accepted;
}

static void take_response(struct gateway *g, struct transaction *t, const imstls_sip_message *m)
{
  uint64_t now = phone_now();
  bool passes = m->status > 100 && m->status < 300 && begins_dialog(m);
  struct change how = { .last = passes ? own_route(g, &t->peer) : NULL };
  if (t->ours)
    return;
  if (is_repeated(t, m)) {
    if (t->acked)
      send_to_network(g, t);
    return;
  }
  t->repeat_at = 0;
  t->ends_at = now + (m->status < 200 && t->invite ? RINGING_MS : TRANSACTION_MS);
  if (m->status == 100) { /* of one hop alone, and ours went out long ago */
    return;
  }
  if (!text_change(m, &g->own, &how, t->text, sizeof t->text, &t->len)) {
    show_refused(g, m->line, "too large");
    return;
  }
  t->status = m->status;
  (void)send_to_client(g, t);
}

/* ---- requests ---- */

static bool name_of(const imstls_sip_message *m, const char *instead, struct key *out)
{
  char method[32];
  snprintf(method, sizeof method, "%.*s", (int)(m->method.len < 32 ? m->method.len : 0), m->method.ptr);
  return key_of_request(m, instead ? instead : method, out);
}

static bool has_tag(const imstls_sip_message *m)
{
  imstls_text tag;
  return text_tag(m->first[IMSTLS_HDR_TO], &tag);
}

/* Whom it is for: who is in that dialog, else who is registered. False: nobody. */
static bool find_client(struct gateway *g, const imstls_sip_message *m, struct transaction *t)
{
  imstls_text tag;
  struct key key;
  struct dialog *d = NULL;
  const struct binding *b = register_client(g);
  if (text_tag(m->first[IMSTLS_HDR_TO], &tag) && key_of_dialog(m, tag, &key))
    d = dialog_find(g->dialogs, &key);
  if (d)
    d->used_at = phone_now();
  if (!d && !b)
    return false;
  t->peer = d ? d->peer : b->peer;
  memcpy(t->contact, d ? d->contact : b->contact, sizeof t->contact);
  return true;
}

static void new_branch(struct gateway *g, struct transaction *t)
{
  snprintf(t->branch, sizeof t->branch, "z9hG4bK%.12s%x", g->secret, ++g->branches);
}

/* The request as the client is to see it, in t->text. */
static bool rewrite(struct gateway *g, const imstls_sip_message *m, struct transaction *t)
{
  char via[160];
  bool begins = begins_dialog(m) && !has_tag(m);
  snprintf(via, sizeof via, "SIP/2.0/%s %s;branch=%s;rport", t->peer.tcp ? "TCP" : "UDP", g->own.host_port, t->branch);
  struct change how = {
    .uri = { t->contact, strlen(t->contact) }, .via = via, .first = begins ? own_route(g, &t->peer) : NULL, .hop = true
  };
  keep_line(t, m->line);
  return text_change(m, &g->own, &how, t->text, sizeof t->text, &t->len);
}

/* The ACK to a refusal is a part of its INVITE, every other one goes where its dialog says. */
static void take_ack(struct gateway *g, const imstls_sip_message *m)
{
  static struct transaction alone;
  struct key key;
  struct transaction *t = name_of(m, "INVITE", &key) ? transaction_find(&g->transactions, IN, &key) : NULL;
  bool refused = t && t->status >= 300;
  bool ends_here = refused && (t->acked || t->ours);
  if (ends_here || !text_hops(m))
    return;
  if (refused) {
    t->acked = true;
    t->repeat_at = 0;
  } else {
    t = &alone;
    memset(t, 0, offsetof(struct transaction, text));
    t->direction = IN;
    t->status = 200; /* nothing answers it */
    new_branch(g, t);
    if (!find_client(g, m, t))
      return;
  }
  t->owed = false;
  if (rewrite(g, m, t))
    (void)send_to_client(g, t);
}

static void deliver(struct gateway *g, const imstls_sip_message *m, struct transaction *t)
{
  if (!rewrite(g, m, t)) {
    t->used = false;
    send_network_reply(g, m, 513, "Message Too Large");
    return;
  }
  if (t->invite)
    send_network_reply(g, m, 100, "Trying");
  if (send_to_client(g, t))
    return;
  t->used = false;
  send_network_reply(g, m, 480, "Temporarily Unavailable");
}

static void begin(struct gateway *g, const imstls_sip_message *m, const struct key *own,
                  const struct transaction *invite)
{
  struct transaction *t = transaction_new(&g->transactions, IN, own, phone_now());
  if (!t) {
    send_network_reply(g, m, 503, "Service Unavailable");
    return;
  }
  t->invite = text_is(m->method, "INVITE");
  if (invite) {
    t->peer = invite->peer;
    memcpy(t->contact, invite->contact, sizeof t->contact);
    memcpy(t->branch, invite->branch, sizeof t->branch);
  } else {
    new_branch(g, t);
    if (!find_client(g, m, t)) {
      t->used = false;
      send_network_reply(g, m, 480, "Temporarily Unavailable");
      return;
    }
  }
  deliver(g, m, t);
}

static void take_request(struct gateway *g, const imstls_sip_message *m)
{
  struct key own, of_invite;
  bool cancel = text_is(m->method, "CANCEL");
  if (!name_of(m, NULL, &own) || !name_of(m, "INVITE", &of_invite)) {
    send_network_reply(g, m, 400, "Bad Request");
    return;
  }
  struct transaction *t = transaction_find(&g->transactions, IN, &own), *invite = NULL;
  if (cancel)
    invite = transaction_find(&g->transactions, IN, &of_invite);
  if (t && t->acked)
    return; /* too late */
  if (t && t->status)
    send_to_network(g, t);
  else if (t && t->invite)
    send_network_reply(g, m, 100, "Trying");
  else if (t)
    return;
  else if (!text_hops(m))
    send_network_reply(g, m, 483, "Too Many Hops");
  else if (cancel && !invite)
    send_network_reply(g, m, 481, "Call/Transaction Does Not Exist");
  else
    begin(g, m, &own, invite);
}

int in_take(struct phone *p, const imstls_sip_message *m)
{
  struct gateway *g = gateway_of(p);
  struct key own;
  if (text_is(m->method, "ACK") && !m->status)
    take_ack(g, m);
  else if (!m->status)
    take_request(g, m);
  else if (name_of(m, NULL, &own)) {
    struct transaction *t = transaction_find(&g->transactions, OUT, &own);
    if (t)
      take_response(g, t, m);
    else
      show_refused(g, m->line, "no request");
  }
  return 1;
}

void in_unreached(struct gateway *g, const struct peer *client)
{
  for (size_t i = 0; i < TRANSACTIONS; i++) {
    struct transaction *t = &g->transactions.all[i];
    bool waits = t->used && t->direction == IN && !t->status && t->peer.tcp;
    if (waits && t->peer.port == client->port && address_same_host(&t->peer.from, &client->from))
      send_end_to_network(g, t, "480 Temporarily Unavailable");
  }
}

/* ---- what the client answers ---- */

bool in_answered(struct gateway *g, const struct peer *from, const imstls_sip_message *m)
{
  static const struct change how = { .take_via = true, .take_own = true };
  imstls_sip_via via;
  if (imstls_sip_via_parse(m->first[IMSTLS_HDR_VIA], &via) || !via.branch.ptr)
    return false;
  struct transaction *t = transaction_by_branch(&g->transactions, via.branch, text_is(m->method, "CANCEL"));
  if (!t)
    return false;
  t->peer = *from;
  t->repeat_at = 0;
  if (t->ours)
    return true;
  if (is_repeated(t, m)) {
    if (t->acked)
      (void)sockets_send(g->sockets, &t->peer, t->text, t->len);
    return true;
  }
  t->ends_at = phone_now() + (m->status < 200 && t->invite ? RINGING_MS : TRANSACTION_MS);
  if (m->status == 100)
    return true;
  if (!text_change(m, &g->own, &how, t->text, sizeof t->text, &t->len))
    return true;
  t->status = m->status;
  send_to_network(g, t);
  return true;
}
