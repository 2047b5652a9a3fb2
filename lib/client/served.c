/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that the network opens to us: over TLS with the PSK of the registration, and in ESP to our protected
 * server port (TS 33.203 7.1). They carry requests, never the registration, and their failures end nothing but
 * themselves. One is served at a time; a second one may be in its handshake, and takes over when that succeeds. */
#include "client/served.h"

#include "access/access.h"

/* A handshake costs a key exchange before the newcomer has proven anything: after one that failed the next one waits,
 * so that strangers in a row cost little. */
enum { GREETING_MS = 5000, REST_MS = 500 };

static bool is_link(const imstls_i_served *link) { return link->socket != NO_SOCKET; }

static void tell(imstls_client *c, const imstls_address *remote, int error)
{
  char text[56];
  imstls_event event = imstls_i_event(IMSTLS_EVENT_SERVED);
  event.line = imstls_i_text(text, imstls_address_format(remote, 1, text));
  event.flag = c->flow->kind == FLOW_TLS;
  event.error = error;
  imstls_i_tell_event(c, &event);
}

static void close_link(imstls_client *c, imstls_i_served *link)
{
  if (link->session != NO_SESSION)
    c->tls.close(c->tls.user, link->session);
  if (is_link(link))
    c->net.close(c->net.user, link->socket);
  *link = (imstls_i_served){ .client = c, .socket = NO_SOCKET, .session = NO_SESSION };
}

/* The one that is served, with all that came and was to leave there. */
static void close_serving(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  close_link(c, &s->links[s->at]);
  imstls_wipe(s->rx.ptr, s->rx_used);
  imstls_wipe(s->tx.ptr, s->tx_len);
  memset(&s->framer, 0, sizeof s->framer);
  s->skip = (imstls_i_skip){ 0 };
  s->rx_used = s->tx_len = s->tx_done = 0;
  s->untold = false;
  s->generation++; /* what was asked there cannot be answered any more */
}

static imstls_i_served *greeting(imstls_client *c) { return &c->serving->links[!c->serving->at]; }

void imstls_i_served_init(imstls_client *c)
{
  if (!c->serving)
    return;
  c->serving->listener = NO_SOCKET;
  for (int i = 0; i < 2; i++)
    c->serving->links[i] = (imstls_i_served){ .client = c, .socket = NO_SOCKET, .session = NO_SESSION };
  c->serving->greet_until = NEVER;
}

static void stop_listening(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  if (s->listener != NO_SOCKET)
    c->net.close(c->net.user, s->listener);
  s->listener = NO_SOCKET;
  s->port = 0;
}

void imstls_i_served_stop(imstls_client *c)
{
  if (!c->serving)
    return;
  close_serving(c);
  close_link(c, greeting(c));
  c->serving->greet_until = NEVER;
  c->serving->rest_until = 0;
  stop_listening(c);
  imstls_wipe(c->serving->psk, sizeof c->serving->psk);
  c->serving->keyed = c->serving->more = false;
  memset(c->serving->asked, 0, sizeof c->serving->asked);
}

/* A new AKA run: a new PSK, and an end to what the old one opened. */
void imstls_i_served_key(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  if (!c->cfg.serving.port || c->flow->kind != FLOW_TLS)
    return;
  close_serving(c);
  close_link(c, greeting(c));
  s->greet_until = NEVER;
  s->keyed = imstls_i_psk(&c->card, s->psk);
  if (s->keyed)
    return;
  imstls_event event = imstls_i_event(IMSTLS_EVENT_POLICY);
  event.error = IMSTLS_ERR_UNSUPPORTED;
  event.line = IMSTLS_I_LIT("no connection can be served: the USIM gives no octets of CK and IK");
  imstls_i_tell_event(c, &event);
}

/* 0: nothing is to be served here. */
static uint16_t port_wanted(const imstls_client *c)
{
  if (!c->serving->rx.cap)
    return 0; /* the host cannot accept */
  if (c->flow->kind == FLOW_ESP)
    return c->sa.ours.port_s;
  return c->flow->kind == FLOW_TLS && c->serving->keyed ? c->cfg.serving.port : 0;
}

/* Registered: the network may call. Our port stays through re-authentications. */
void imstls_i_served_start(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  uint16_t port = s ? port_wanted(c) : 0;
  if (!s)
    return;
  if (port == s->port && (s->listener != NO_SOCKET || !port))
    return;
  close_serving(c);
  close_link(c, greeting(c));
  stop_listening(c);
  if (!port)
    return;
  imstls_net_open how = { .size = sizeof how,
                          .kind = IMSTLS_NET_TCP_LISTEN,
                          .mark = c->cfg.network.mark,
                          .local = c->flow->kind == FLOW_ESP ? c->sa.ue : c->flow->local,
                          .interface_name = c->cfg.network.local_interface,
                          .abort_on_close = c->flow->kind == FLOW_ESP };
  how.local.port = port;
  if (c->net.open(c->net.user, &how, &s->listener) == IMSTLS_OK) {
    s->port = port;
    return;
  }
  s->listener = NO_SOCKET;
  tell(c, &how.local, IMSTLS_ERR_CONNECT);
}

static int io_send(void *ctx, const uint8_t *data, size_t len)
{
  imstls_i_served *link = ctx;
  int n = link->client->net.send(link->client->net.user, link->socket, data, len);
  link->want_write = n == IMSTLS_WANT_WRITE;
  return n;
}

static int io_recv(void *ctx, uint8_t *data, size_t cap)
{
  imstls_i_served *link = ctx;
  return link->client->net.recv(link->client->net.user, link->socket, data, cap, NULL);
}

/* Each role has an identity of its own: a UE that is looped to its own port is refused (RFC 9257 4.1). */
static int greet(imstls_client *c, imstls_i_served *link)
{
  char identity[262]; /* "pcscf:" and an IMPI of 255 */
  imstls_i_writer w = imstls_i_writer_make(identity, sizeof identity);
  IMSTLS_I_PUT_LIT(&w, "pcscf:");
  imstls_i_put_str(&w, c->cfg.identity.impi);
  imstls_tls_open how = { .size = sizeof how,
                          .io = { link, io_send, io_recv },
                          .role = IMSTLS_TLS_SERVER,
                          .suites = IMSTLS_TLS_PSK,
                          .psk = c->serving->psk,
                          .psk_len = sizeof c->serving->psk,
                          .psk_identity = imstls_i_text(identity, w.len) };
  int session = c->tls.open(c->tls.user, &how);
  if (session < 0)
    return session;
  link->session = session;
  c->serving->greet_until = c->now + GREETING_MS;
  return IMSTLS_OK;
}

/* One that is in its handshake keeps its place until GREETING_MS are over: who comes next waits in the backlog. */
static bool take_connection(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  imstls_i_served *link = greeting(c);
  if (c->now < s->rest_until)
    return false;
  s->rest_until = 0;
  if (s->listener == NO_SOCKET || is_link(link))
    return false;
  int result = c->net.accept(c->net.user, s->listener, &link->socket, &link->remote);
  if (result != IMSTLS_OK) {
    link->socket = NO_SOCKET;
    return false;
  }
  imstls_i_spend_read(c, 0);
  bool esp = c->flow->kind == FLOW_ESP;
  if (esp && !imstls_i_flow_may_ask(c->flow, &link->remote)) {
    c->dropped++;
    close_link(c, link);
    return true;
  }
  result = esp ? IMSTLS_OK : greet(c, link);
  if (result) {
    tell(c, &link->remote, result);
    close_link(c, link);
  }
  return true;
}

/* The newcomer has proven itself, by the PSK or by the SAs: the one before it is history. */
static void promote(imstls_client *c)
{
  close_serving(c);
  c->serving->at = !c->serving->at;
  c->serving->greet_until = NEVER;
  tell(c, &c->serving->links[c->serving->at].remote, IMSTLS_OK);
}

static int shake(imstls_client *c, imstls_i_served *link)
{
  if (link->session == NO_SESSION)
    return IMSTLS_OK; /* in ESP */
  int result = c->tls.handshake(c->tls.user, link->session);
  imstls_i_spend_read(c, result);
  imstls_tls_facts facts = { .size = sizeof facts };
  if (result == IMSTLS_OK)
    result = c->tls.facts(c->tls.user, link->session, &facts);
  return result == IMSTLS_OK && facts.psk != 1 ? IMSTLS_ERR_TLS_PROPERTIES : result;
}

static bool go_on_greeting(imstls_client *c)
{
  imstls_i_served *link = greeting(c);
  if (!is_link(link))
    return false;
  int result = shake(c, link);
  link->want_write = result == IMSTLS_WANT_WRITE;
  if (result == IMSTLS_OK) {
    promote(c);
    return true;
  }
  if (imstls_i_in_progress(result) && c->now < c->serving->greet_until)
    return result == IMSTLS_PENDING;
  tell(c, &link->remote, imstls_i_in_progress(result) ? IMSTLS_ERR_TIMEOUT : result);
  close_link(c, link);
  c->serving->greet_until = NEVER;
  c->serving->rest_until = c->now + REST_MS;
  return true;
}

static int read_some(imstls_client *c, imstls_i_served *link)
{
  imstls_i_serving *s = c->serving;
  uint8_t *to = (uint8_t *)s->rx.ptr + s->rx_used;
  size_t room = imstls_i_budget_room(c, s->rx.cap - s->rx_used);
  int n = link->session == NO_SESSION ? io_recv(link, to, room) : c->tls.read(c->tls.user, link->session, to, room);
  imstls_i_spend_read(c, n);
  if (n <= 0)
    return n ? n : IMSTLS_ERR_CONNECTION;
  s->rx_used += (size_t)n;
  return IMSTLS_OK;
}

static int write_rest(imstls_client *c, imstls_i_served *link)
{
  imstls_i_serving *s = c->serving;
  if (s->untold) {
    s->untold = false;
    imstls_i_tell_sent(c, s->tx.ptr, s->tx_len);
  }
  while (s->tx_done < s->tx_len) {
    const uint8_t *from = (const uint8_t *)s->tx.ptr + s->tx_done;
    size_t len = s->tx_len - s->tx_done;
    bool esp = link->session == NO_SESSION;
    int n = esp ? io_send(link, from, len) : c->tls.write(c->tls.user, link->session, from, len);
    link->want_write = n == IMSTLS_WANT_WRITE;
    if (n <= 0)
      return n ? n : IMSTLS_ERR_CONNECTION;
    s->tx_done += (size_t)n;
  }
  imstls_wipe(s->tx.ptr, s->tx_len);
  s->tx_len = s->tx_done = 0;
  return IMSTLS_OK;
}

static bool holds(imstls_text where, const char *what)
{
  size_t len = strlen(what);
  for (size_t i = 0; len && i + len <= where.len; i++)
    if (memcmp(where.ptr + i, what, len) == 0)
      return true;
  return false;
}

/* Our own request, come back. */
static bool is_own(const imstls_client *c)
{
  imstls_text contact = c->m.first[IMSTLS_HDR_CONTACT];
  return holds(contact, c->contact_user) || (c->cfg.device.instance_id && holds(contact, c->cfg.device.instance_id));
}

/* One whole message at the start of rx; what cannot be read is answered as such, and passed over. */
static int take(imstls_client *c, size_t len)
{
  imstls_i_serving *s = c->serving;
  c->m = (imstls_sip_message){ .size = sizeof c->m };
  imstls_i_spend_message(c);
  int result = imstls_sip_parse(&c->m, s->rx.ptr, len);
  bool own = result == IMSTLS_OK && is_own(c);
  if (result)
    imstls_i_odd_message(c, imstls_i_text(s->rx.ptr, len), result, LINK_SERVED);
  else if (!own)
    imstls_i_request(c, LINK_SERVED);
  memset(&c->m, 0, sizeof c->m);
  if (own || result)
    c->dropped++;
  if (own)
    return IMSTLS_ERR_SELFIE;
  imstls_i_drop_front(&s->rx, &s->rx_used, len);
  return IMSTLS_OK;
}

static int skip_some(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  return imstls_i_skip_some(c, &s->skip, &s->framer, &s->rx, &s->rx_used);
}

/* IMSTLS_OK: one message was taken, or what was too long has ended; IMSTLS_PENDING: more octets are needed. */
static int next_message(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  size_t lead = 0, len = 0;
  if (!s->rx_used)
    return IMSTLS_PENDING;
  if (s->skip.until)
    return skip_some(c);
  s->framer.size = sizeof s->framer;
  int result = imstls_sip_frame(&s->framer, s->rx.ptr, s->rx_used, s->rx.cap, &lead, &len);
  if (lead)
    imstls_i_drop_front(&s->rx, &s->rx_used, lead);
  if (result == IMSTLS_ERR_SIP_OVERSIZED) {
    imstls_i_odd_message(c, imstls_i_text(s->rx.ptr, s->rx_used), IMSTLS_ERR_RX_TOO_LONG, LINK_SERVED);
    return skip_some(c);
  }
  return result == IMSTLS_OK ? take(c, len) : result;
}

static int take_message(imstls_client *c)
{
  int result = next_message(c);
  return result == IMSTLS_PENDING ? IMSTLS_WANT_READ : result;
}

static bool serve(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  imstls_i_served *link = &s->links[s->at];
  if (!is_link(link))
    return false;
  bool overdue = s->skip.until && c->now >= s->skip.until;
  int result = overdue ? IMSTLS_ERR_RX_TOO_LONG : write_rest(c, link);
  while (result == IMSTLS_OK && !imstls_i_is_ending(c) && imstls_i_may_take(c)) {
    result = take_message(c);
    if (result == IMSTLS_OK)
      result = write_rest(c, link);
    else if (result == IMSTLS_WANT_READ)
      result = imstls_i_may_read(c) ? read_some(c, link) : IMSTLS_PENDING;
  }
  if (result == IMSTLS_OK || result == IMSTLS_PENDING)
    return true;
  if (imstls_i_in_progress(result))
    return false;
  tell(c, &link->remote, result == IMSTLS_CLOSED ? IMSTLS_ERR_CONNECTION : result);
  close_serving(c);
  return true;
}

bool imstls_i_served_work(imstls_client *c)
{
  if (!c->serving)
    return false;
  if (imstls_i_is_ending(c))
    return false;
  bool taken = take_connection(c), greeted = go_on_greeting(c), served = serve(c);
  return c->serving->more = taken || greeted || served;
}

int imstls_i_served_send(imstls_client *c, const char *message, size_t len)
{
  imstls_i_serving *s = c->serving;
  if (s->tx_len)
    return IMSTLS_WANT_WRITE;
  if (len > s->tx.cap)
    return IMSTLS_ERR_TX_TOO_LONG;
  if (message != s->tx.ptr)
    memcpy(s->tx.ptr, message, len);
  s->tx_len = len;
  s->tx_done = 0;
  s->untold = s->more = true;
  return IMSTLS_OK;
}

size_t imstls_i_served_waits(const imstls_client *c, imstls_wait out[3])
{
  const imstls_i_serving *s = c->serving;
  size_t count = 0;
  if (!s)
    return 0;
  bool takes = !is_link(&s->links[!s->at]) && !s->rest_until;
  if (s->listener != NO_SOCKET && takes)
    out[count++] = (imstls_wait){ s->listener, IMSTLS_WAIT_READ, 0 };
  for (const imstls_i_served *link = s->links; link < s->links + 2; link++)
    if (is_link(link))
      out[count++] = (imstls_wait){ link->socket, IMSTLS_WAIT_READ | (link->want_write ? IMSTLS_WAIT_WRITE : 0), 0 };
  return count;
}
