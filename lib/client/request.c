/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the trusted, registered links that are not the registration's: to the host, or answered sensibly; and
 * the way back of an answer, which is the link that the request came on (RFC 3261 18.2.2). */
#include "client/client.h"

#include "client/served.h"
#include "crypto/crypto.h"
#include "sip/build.h"

/* Over UDP an answer leaves our client port for the server port that Via names (TS 33.203 7.1). Who asks us over UDP
 * while we use TCP, or names the port that it sent from, is answered there. */
static bool goes_aside(const imstls_client *c)
{
  const imstls_i_flow *flow = c->flow;
  imstls_sip_via via;
  uint32_t port = 0;
  if (!flow->from_side || flow->transport != IMSTLS_NET_UDP)
    return flow->from_side;
  return imstls_sip_via_parse(c->m.first[IMSTLS_HDR_VIA], &via) == IMSTLS_OK && via.port.ptr &&
         imstls_sip_number(via.port, &port) == IMSTLS_OK && port == flow->asker.port;
}

static bool branch_of(const imstls_sip_message *m, uint8_t hash[32])
{
  imstls_sip_via via;
  if (imstls_sip_via_parse(m->first[IMSTLS_HDR_VIA], &via) || !via.branch.ptr)
    return false;
  imstls_bytes part = { (const uint8_t *)via.branch.ptr, via.branch.len };
  return imstls_i_sha256(&part, 1, hash) == IMSTLS_OK;
}

/* The host took a request that came elsewhere than on the flow. */
static void remember(imstls_client *c, enum link link)
{
  uint8_t hash[32];
  imstls_i_serving *s = c->serving; /* where requests come elsewhere than on the flow there is one */
  if (!branch_of(&c->m, hash))
    return;
  imstls_i_asked *asked = &s->asked[s->asked_at];
  s->asked_at = (uint8_t)((s->asked_at + 1) % ASKED_MAX);
  memcpy(asked->branch, hash, sizeof asked->branch);
  asked->link = (uint8_t)link;
  asked->generation = s->generation;
  asked->asker = c->flow->asker;
}

static const imstls_i_asked *asked_before(const imstls_client *c, const char *message, size_t len)
{
  imstls_sip_message m = { .size = sizeof m };
  uint8_t hash[32];
  if (!c->serving)
    return NULL;
  if (len < 8 || memcmp(message, "SIP/2.0 ", 8) != 0 || imstls_sip_parse(&m, message, len) || !branch_of(&m, hash))
    return NULL;
  for (size_t i = 0; i < ASKED_MAX; i++) {
    const imstls_i_asked *asked = &c->serving->asked[i];
    bool there = asked->link != LINK_SERVED || asked->generation == c->serving->generation;
    if (asked->link != LINK_FLOW && there && memcmp(asked->branch, hash, sizeof asked->branch) == 0)
      return asked;
  }
  return NULL;
}

/* A message that is whole goes out on `link`, at the next look: no callback runs here. */
static int put_out(imstls_client *c, const char *message, size_t len, enum link link, const imstls_address *asker)
{
  imstls_i_flow *flow = c->flow;
  if (link == LINK_SERVED)
    return imstls_i_served_send(c, message, len);
  if (len > c->tx.cap)
    return IMSTLS_ERR_TX_TOO_LONG;
  if (flow->tx_len)
    return IMSTLS_WANT_WRITE;
  if (message != c->tx.ptr)
    memcpy(c->tx.ptr, message, len);
  flow->tx_len = len;
  flow->tx_done = 0;
  flow->untold = true;
  if (link == LINK_SIDE)
    flow->answer_to = *asker;
  return IMSTLS_OK;
}

int imstls_i_host_message(imstls_client *c, const char *message, size_t len)
{
  const imstls_i_asked *asked = asked_before(c, message, len);
  bool aside = asked && asked->link == LINK_SIDE && c->flow->side != NO_SOCKET;
  if (asked && !aside && asked->link == LINK_SIDE)
    asked = NULL; /* that port is closed: our flow is what is left */
  return put_out(c, message, len, asked ? (enum link)asked->link : LINK_FLOW, asked ? &asked->asker : NULL);
}

/* What is written there is not sent yet; NULL: the last answer is still leaving, so the peer repeats its request, or
 * gives up. */
static const imstls_i_buffer *room(imstls_client *c, enum link link, char tag[17])
{
  if (imstls_i_random_hex(c, tag, 16)) /* a callback, which may send: the room is looked for after it */
    return NULL;
  if (link == LINK_SERVED ? c->serving->tx_len : c->flow->tx_len)
    return NULL;
  return link == LINK_SERVED ? &c->serving->tx : &c->tx;
}

static void reply(imstls_client *c, unsigned status, const char *reason, imstls_text extra, enum link link)
{
  char tag[17];
  size_t len = 0;
  const imstls_i_buffer *to = room(c, link, tag);
  if (!to || imstls_sip_reply(&c->m, status, reason, tag, extra, to->ptr, to->cap, &len))
    return;
  (void)put_out(c, to->ptr, len, link, &c->flow->asker);
}

/* Up to the line end, or as much as there is. */
static imstls_text start_line(imstls_text front)
{
  size_t from = 0;
  while (from < front.len && (front.ptr[from] == '\r' || front.ptr[from] == '\n'))
    from++;
  size_t to = from;
  while (to < front.len && front.ptr[to] != '\n')
    to++;
  if (to > from && front.ptr[to - 1] == '\r')
    to--;
  return imstls_i_text(front.ptr + from, to - from);
}

/* A message, or the front part of one, that cannot be read: answered where an answer is due and can be made. */
void imstls_i_odd_message(imstls_client *c, imstls_text front, int why, enum link link)
{
  char tag[17];
  size_t len = 0;
  imstls_event event = imstls_i_event(IMSTLS_EVENT_DROPPED);
  event.line = start_line(front);
  event.error = why;
  if (!event.line.len)
    return; /* a ping in a datagram */
  if (link == LINK_FLOW && goes_aside(c))
    link = LINK_SIDE;
  const imstls_i_buffer *to = room(c, link, tag);
  if (to && imstls_sip_refuse(front.ptr, front.len, why, tag, to->ptr, to->cap, &len, &event.sip_status) == IMSTLS_OK)
    (void)put_out(c, to->ptr, len, link, &c->flow->asker);
  imstls_i_tell_event(c, &event);
}

/* No extension is known here (RFC 3261 8.2.2.3). What is longer than any list of option tags is not repeated. */
static void reply_unsupported(imstls_client *c, enum link link)
{
  char extra[256];
  imstls_i_writer w = imstls_i_writer_make(extra, sizeof extra);
  imstls_text value = { NULL, 0 };
  while (imstls_sip_next(&c->m, IMSTLS_HDR_REQUIRE, &value) == IMSTLS_OK) {
    imstls_i_sip_open(&w, "Unsupported");
    imstls_i_put_unfolded(&w, value);
    imstls_i_sip_close(&w);
  }
  reply(c, 420, "Bad Extension", imstls_i_text(extra, w.failed ? 0 : w.len), link);
}

static bool vias_read(const imstls_sip_message *m)
{
  imstls_text value = { NULL, 0 }, item;
  imstls_sip_via via;
  while (imstls_sip_next(m, IMSTLS_HDR_VIA, &value) == IMSTLS_OK) {
    imstls_text rest = value;
    int result;
    while ((result = imstls_sip_list_next(&rest, &item)) == IMSTLS_OK)
      if (imstls_sip_via_parse(item, &via))
        return false;
    if (result != IMSTLS_END)
      return false;
  }
  return true;
}

static bool is_address(imstls_text value)
{
  imstls_sip_address address;
  imstls_text tag;
  if (imstls_sip_address_next(&value, &address) || value.len)
    return false;
  int result = imstls_sip_param_find(address.params, "tag", &tag);
  return result == IMSTLS_OK || result == IMSTLS_END;
}

/* What the parser leaves to its caller, and a response repeats. */
static bool can_be_answered(const imstls_sip_message *m)
{
  return vias_read(m) && is_address(m->first[IMSTLS_HDR_FROM]) && is_address(m->first[IMSTLS_HDR_TO]);
}

static bool is_known_scheme(imstls_text uri)
{
  static const char *const known[] = { "sip:", "sips:", "tel:" };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    size_t len = strlen(known[i]);
    if (uri.len > len && imstls_text_is(imstls_i_text(uri.ptr, len), known[i]))
      return true;
  }
  return false;
}

/* In the order of RFC 3261 8.2. */
static void answer(imstls_client *c, enum link link)
{
  imstls_text allow = IMSTLS_I_LIT("Allow: OPTIONS\r\n");
  if (!imstls_i_sip_is_known_method(c->m.method))
    reply(c, 501, "Not Implemented", imstls_i_text(NULL, 0), link);
  else if (!imstls_i_same(c->m.method, IMSTLS_I_LIT("OPTIONS")))
    reply(c, 405, "Method Not Allowed", allow, link);
  else if (!is_known_scheme(c->m.uri))
    reply(c, 416, "Unsupported URI Scheme", imstls_i_text(NULL, 0), link);
  else if (c->m.count[IMSTLS_HDR_REQUIRE])
    reply_unsupported(c, link);
  else
    reply(c, 200, "OK", allow, link);
}

void imstls_i_request(imstls_client *c, enum link link)
{
  if (!c->m.status && !can_be_answered(&c->m)) {
    imstls_i_odd_message(c, c->m.raw, IMSTLS_ERR_SIP_MALFORMED, link);
    return;
  }
  if (link == LINK_FLOW && goes_aside(c))
    link = LINK_SIDE;
  imstls_i_tell_received(c);
  if (c->cfg.callbacks.on_message && c->cfg.callbacks.on_message(c->cfg.callbacks.user, c, &c->m)) {
    if (link != LINK_FLOW)
      remember(c, link);
    return;
  }
  if (!c->m.status && !imstls_i_same(c->m.method, IMSTLS_I_LIT("ACK")))
    answer(c, link);
}
