/* SPDX-License-Identifier: Apache-2.0 */
/* One channel to the P-CSCF: name, connection, TLS, octets in both directions. */
#include "client/client.h"

#include "access/access.h"

enum { PONG_WAIT_MS = 10000 /* RFC 5626 4.4.1 */, DATAGRAM_MAX = 1300, PSK_IDENTITY_MAX = 128 };

static uint16_t port_for(const imstls_client *c, enum flow_kind kind)
{
  bool first = (kind == FLOW_TLS) == (c->cfg.policy.flow == IMSTLS_FLOW_TLS_FIRST) && !c->fell_back;
  uint16_t own = c->pcscf[c->pcscf_at].port;
  if (first && own)
    return own;
  if (kind == FLOW_TLS)
    return c->cfg.network.tls_port;
  return c->cfg.network.plain_port;
}

/* RFC 3261 18.1.1: what might not fit a datagram goes over TCP. */
static int transport_for(imstls_client *c, enum request kind)
{
  bool udp = c->cfg.network.transport == IMSTLS_NET_UDP && imstls_i_register_len(c, kind) <= DATAGRAM_MAX;
  return udp ? IMSTLS_NET_UDP : IMSTLS_NET_TCP;
}

static int open_socket(imstls_client *c, const imstls_address *local, const imstls_address *remote, imstls_socket *out)
{
  imstls_net_open how = { .size = sizeof how,
                          .kind = c->flow->transport,
                          .mark = c->cfg.network.mark,
                          .remote = *remote,
                          .local = *local,
                          .interface_name = c->cfg.network.local_interface,
                          .abort_on_close = c->flow->kind == FLOW_ESP };
  return c->net.open(c->net.user, &how, out) == IMSTLS_OK ? IMSTLS_OK : IMSTLS_ERR_CONNECT;
}

static int open_address(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  flow->remote = c->addresses[c->address_at];
  flow->remote.port = port_for(c, flow->kind);
  char text[56];
  size_t len = imstls_address_format(&flow->remote, 1, text);
  imstls_event event = imstls_i_event(IMSTLS_EVENT_CONNECTING);
  event.line = imstls_i_text(text, len);
  imstls_i_tell_event(c, &event);
  flow->phase = PHASE_CONNECTING;
  c->deadline = c->now + c->cfg.timers.connect_ms;
  return open_socket(c, &c->cfg.network.local, &flow->remote, &flow->socket);
}

int imstls_i_flow_open(imstls_client *c, enum flow_kind kind)
{
  imstls_i_flow *flow = c->flow;
  imstls_i_flow_close(c, flow);
  flow->kind = kind;
  flow->transport = kind == FLOW_PLAIN ? transport_for(c, REQ_FIRST) : IMSTLS_NET_TCP;
  flow->phase = PHASE_RESOLVING;
  c->deadline = c->now + c->cfg.timers.connect_ms;
  c->address_at = c->address_count = 0;
  c->resolving = c->resolved = false;
  const char *host = c->pcscf[c->pcscf_at].host;
  if (imstls_address_parse(imstls_i_text(host, strlen(host)), &c->addresses[0]) == IMSTLS_OK) {
    c->address_count = 1;
    c->resolved = true;
    return IMSTLS_OK;
  }
  size_t count = 0;
  c->request++;
  c->resolving = true;
  int result = IMSTLS_ERR_RESOLVE;
  if (c->net.resolve)
    result = c->net.resolve(c->net.user, c->request, host, c->addresses, ADDRESS_MAX, &count);
  if (result == IMSTLS_PENDING || c->resolved) /* imstls_client_resolved may have come from within: it counts */
    return IMSTLS_OK;
  c->resolving = false;
  c->resolved = true;
  c->address_count = result == IMSTLS_OK && count <= ADDRESS_MAX ? (uint8_t)count : 0;
  return IMSTLS_OK; /* no address: seen as lost at the next look, so that the table hears of it */
}

void imstls_i_flow_close(imstls_client *c, imstls_i_flow *flow)
{
  if (flow->session != NO_SESSION && flow->kind == FLOW_TLS)
    c->tls.close(c->tls.user, flow->session);
  if (flow->socket != NO_SOCKET)
    c->net.close(c->net.user, flow->socket);
  if (flow->side != NO_SOCKET)
    c->net.close(c->net.user, flow->side);
  if (flow == c->flow) {
    if (flow->rx_used)
      imstls_wipe(c->rx.ptr, flow->rx_used);
    imstls_wipe(c->tx.ptr, flow->tx_len);
    c->cert.len = 0;
    c->consume = 0;
  }
  memset(flow, 0, sizeof *flow);
  flow->client = c;
  flow->session = NO_SESSION;
  flow->socket = flow->side = NO_SOCKET;
  flow->ping_at = flow->pong_by = NEVER;
}

/* Our server port stays through re-authentications: one socket serves old and new SAs. */
static int open_side(imstls_client *c)
{
  imstls_i_flow *flow = c->flow, *old = c->old;
  flow->side_port = c->sa.ours.port_s;
  if (old->side != NO_SOCKET && old->side_port == flow->side_port) {
    flow->side = old->side;
    old->side = NO_SOCKET;
    return IMSTLS_OK;
  }
  imstls_net_open how = { .size = sizeof how,
                          .kind = IMSTLS_NET_UDP,
                          .mark = c->cfg.network.mark,
                          .local = c->sa.ue,
                          .interface_name = c->cfg.network.local_interface };
  how.local.port = flow->side_port;
  return c->net.open(c->net.user, &how, &flow->side) == IMSTLS_OK ? IMSTLS_OK : IMSTLS_ERR_CONNECT;
}

/* In ESP: between the protected ports that the agreement named (TS 33.203 7.1). Over UDP what leaves our client port is
 * answered to our server port; requests come there over UDP whatever we use. */
int imstls_i_flow_open_esp(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  imstls_i_flow_close(c, flow);
  imstls_address ue_c = c->sa.ue, pcscf_s = c->sa.pcscf;
  ue_c.port = c->sa.ours.port_c;
  pcscf_s.port = c->sa.theirs.port_s;
  flow->kind = FLOW_ESP;
  flow->local = c->sa.ue; /* tells how long the request will be */
  flow->local.port = c->sa.ours.port_s;
  flow->transport = c->net.send_to ? transport_for(c, REQ_ANSWER) : IMSTLS_NET_TCP;
  flow->phase = PHASE_CONNECTING;
  flow->asking_port[0] = c->sa.theirs.port_c;
  flow->asking_port[1] = c->old->asking_port[0];
  flow->remote = pcscf_s;
  c->deadline = c->now + c->cfg.timers.connect_ms;
  int error = open_socket(c, &ue_c, &pcscf_s, &flow->socket);
  return !error && c->net.send_to ? open_side(c) : error;
}

static int io_send(void *ctx, const uint8_t *data, size_t len)
{
  imstls_i_flow *flow = ctx;
  imstls_client *c = flow->client;
  int n = c->net.send(c->net.user, flow->socket, data, len);
  flow->want_write = n == IMSTLS_WANT_WRITE;
  return n;
}

static int io_recv(void *ctx, uint8_t *data, size_t cap)
{
  imstls_i_flow *flow = ctx;
  imstls_client *c = flow->client;
  return c->net.recv(c->net.user, flow->socket, data, cap, NULL);
}

const char *imstls_i_flow_server_name(const imstls_client *c)
{
  imstls_address scratch;
  if (c->cfg.network.server_name)
    return c->cfg.network.server_name;
  const char *host = c->pcscf[c->pcscf_at].host;
  return imstls_address_parse(imstls_i_text(host, strlen(host)), &scratch) == IMSTLS_OK ? NULL : host;
}

/* RFC 4279 5.3: identities of 128 octets are borne everywhere. Roles have identities of their own (RFC 9257 4.1). */
static int psk_identity(imstls_client *c, char text[PSK_IDENTITY_MAX], imstls_text *out)
{
  *out = imstls_i_text(c->cfg.identity.impi, strlen(c->cfg.identity.impi));
  if (!c->cfg.callbacks.psk_identity)
    return IMSTLS_OK;
  int n = c->cfg.callbacks.psk_identity(c->cfg.callbacks.user, text, PSK_IDENTITY_MAX);
  if (n < 1 || n > PSK_IDENTITY_MAX || (n >= 6 && memcmp(text, "pcscf:", 6) == 0))
    return IMSTLS_ERR_USIM;
  *out = imstls_i_text(text, (size_t)n);
  return IMSTLS_OK;
}

int imstls_i_flow_secure(imstls_client *c)
{
  imstls_tls_open how = { .size = sizeof how, .io = { c->flow, io_send, io_recv }, .role = IMSTLS_TLS_CLIENT };
  how.server_name = imstls_i_flow_server_name(c);
  how.suites = IMSTLS_TLS_CERT;
  how.verify_pki = c->cfg.policy.trust != IMSTLS_TRUST_TOKEN;
  how.exporter = c->cfg.policy.token2 != IMSTLS_TOKEN2_OFF;
  uint8_t psk[32];
  char identity[PSK_IDENTITY_MAX];
  if (c->cfg.policy.psk == IMSTLS_PSK_ONLY && c->card.keys.mac)
    return IMSTLS_ERR_UNSUPPORTED; /* a PSK is octets */
  if (c->cfg.policy.psk != IMSTLS_PSK_OFF && c->waiting_answer && !c->card.keys.mac) {
    int error = psk_identity(c, identity, &how.psk_identity);
    if (error)
      return error;
    if (!imstls_i_psk(&c->card, psk))
      return IMSTLS_ERR_INTERNAL; /* an answer waits, and its keys are octets */
    how.psk = psk;
    how.psk_len = sizeof psk;
    how.suites = c->cfg.policy.psk == IMSTLS_PSK_ONLY ? IMSTLS_TLS_PSK : IMSTLS_TLS_CERT | IMSTLS_TLS_PSK;
  }
  if (!c->waiting_answer)
    how.resume = imstls_i_resume_load(c);
  c->flow->offered_resume = how.resume.len > 0;
  c->flow->offered_psk = how.psk_len > 0;
  int session = c->tls.open(c->tls.user, &how);
  imstls_wipe(psk, sizeof psk);
  if (how.resume.len)
    imstls_wipe(c->rx.ptr, c->rx.cap);
  if (session < 0)
    return session;
  c->flow->session = session;
  c->flow->phase = PHASE_SECURING;
  c->deadline = c->now + c->cfg.timers.handshake_ms;
  return IMSTLS_OK;
}

/* What the handshake showed. Nothing is trusted by it: that is for the guards. */
static int take_facts(imstls_client *c)
{
  imstls_tls_facts facts = { .size = sizeof facts };
  int result = c->tls.facts(c->tls.user, c->flow->session, &facts);
  if (result)
    return result;
  if (facts.cert.len > c->cert.cap)
    return IMSTLS_ERR_CERT_TOO_LONG;
  if (facts.cert.len)
    memcpy(c->cert.ptr, facts.cert.ptr, facts.cert.len);
  c->cert.len = facts.cert.len;
  c->flow->psk = facts.psk == 1;
  c->flow->resumed = facts.resumed == 1;
  c->flow->pki = facts.pki == 1;
  imstls_event event = imstls_i_event(IMSTLS_EVENT_TLS);
  event.cert = (imstls_bytes){ (const uint8_t *)c->cert.ptr, c->cert.len };
  event.version = facts.version;
  event.flag = c->flow->resumed;
  facts.suite[sizeof facts.suite - 1] = '\0';
  event.line = imstls_i_text(facts.suite, strlen(facts.suite));
  imstls_i_tell_event(c, &event);
  if (!facts.psk && (facts.resumed < 0 || facts.extended_ms < 0))
    return IMSTLS_ERR_TLS_PROPERTIES; /* unknown: not fit for tokens */
  if (facts.resumed == 1 && (!c->flow->offered_resume || facts.extended_ms != 1))
    return IMSTLS_ERR_TLS_PROPERTIES; /* not asked for, or open to a triple handshake (RFC 7627) */
  if (facts.psk && !c->flow->offered_psk)
    return IMSTLS_ERR_TLS_PROPERTIES; /* keyed with what we never gave */
  if (facts.resumed == 1)
    c->flow->trust = IMSTLS_TRUST_BY_RESUMPTION; /* only trusted sessions are ever saved */
  return facts.psk || facts.cert.len ? IMSTLS_OK : IMSTLS_ERR_TLS_CERT;
}

static enum input lost(imstls_client *c, int error)
{
  c->why = error;
  return IN_LOST;
}

static enum input opened(imstls_client *c)
{
  c->flow->phase = PHASE_OPEN;
  c->deadline = NEVER;
  return IN_SECURED;
}

static enum input progress_connect(imstls_client *c)
{
  if (c->flow->phase == PHASE_RESOLVING && !c->resolved)
    return IN_NONE;
  int result = IMSTLS_OK;
  if (c->flow->phase == PHASE_RESOLVING)
    result = c->address_count ? open_address(c) : IMSTLS_ERR_RESOLVE;
  if (result == IMSTLS_OK)
    result = c->net.connected(c->net.user, c->flow->socket, &c->flow->local);
  if (result == IMSTLS_PENDING)
    return IN_NONE;
  if (result == IMSTLS_OK) {
    if (c->flow->kind == FLOW_ESP) /* Via and Contact name the protected server port (TS 24.229 5.1.1.5.1) */
      c->flow->local.port = c->sa.ours.port_s;
    c->flow->phase = PHASE_OPEN;
    c->deadline = NEVER;
    return IN_CONNECTED;
  }
  if (c->address_at + 1 >= c->address_count)
    return lost(c, result == IMSTLS_ERR_RESOLVE ? result : IMSTLS_ERR_CONNECT);
  if (c->flow->socket != NO_SOCKET)
    c->net.close(c->net.user, c->flow->socket);
  c->flow->socket = NO_SOCKET;
  c->address_at++;
  c->flow->phase = PHASE_RESOLVING; /* the next address, at the next look */
  c->flow->more = true;
  return IN_NONE;
}

enum input imstls_i_flow_progress(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  flow->more = false;
  if (flow->phase == PHASE_RESOLVING || flow->phase == PHASE_CONNECTING)
    return progress_connect(c);
  if (flow->phase != PHASE_SECURING)
    return IN_NONE;
  int result = c->tls.handshake(c->tls.user, flow->session);
  imstls_i_spend_read(c, result);
  flow->more = result == IMSTLS_PENDING;
  flow->want_write = result == IMSTLS_WANT_WRITE;
  if (imstls_i_in_progress(result))
    return IN_NONE;
  if (result == IMSTLS_OK)
    result = take_facts(c);
  if (result == IMSTLS_OK)
    return opened(c);
  c->tls_error = c->tls.last_error ? c->tls.last_error(c->tls.user) : 0;
  return lost(c, result == IMSTLS_ERR_CONNECTION ? IMSTLS_ERR_TLS_REFUSED : result);
}

/* The P-CSCF's protected ports alone: not every kernel drops what others send in clear. */
bool imstls_i_flow_may_ask(const imstls_i_flow *flow, const imstls_address *a)
{
  bool port = a->port == flow->remote.port || a->port == flow->asking_port[0] || a->port == flow->asking_port[1];
  return port && a->family == flow->remote.family && memcmp(a->ip, flow->remote.ip, a->family == 6 ? 16 : 4) == 0;
}

/* A datagram needs rx for itself: it waits while a message of the stream is not complete. */
static int read_side(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  if (flow->side == NO_SOCKET || flow->rx_used)
    return IMSTLS_WANT_READ;
  int n = c->net.recv(c->net.user, flow->side, (uint8_t *)c->rx.ptr, c->rx.cap, &flow->asker);
  imstls_i_spend_read(c, n);
  if (n <= 0)
    return n;
  if (!imstls_i_flow_may_ask(flow, &flow->asker)) {
    c->dropped++;
    return IMSTLS_WANT_READ;
  }
  flow->rx_used = (size_t)n;
  flow->from_side = true;
  return n;
}

/* One datagram at a time, and whole; of a stream as much as this step may still take. */
static size_t room_to_read(const imstls_client *c)
{
  const imstls_i_flow *flow = c->flow;
  size_t room = c->rx.cap - flow->rx_used;
  if (flow->transport != IMSTLS_NET_UDP)
    return imstls_i_budget_room(c, room);
  return flow->rx_used ? 0 : room;
}

int imstls_i_flow_read(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  int aside = read_side(c);
  if (aside != IMSTLS_WANT_READ)
    return aside > 0 ? aside : IMSTLS_ERR_CONNECTION;
  size_t room = room_to_read(c);
  if (!room)
    return IMSTLS_WANT_READ;
  uint8_t *to = (uint8_t *)c->rx.ptr + flow->rx_used;
  int n = flow->kind == FLOW_TLS ? c->tls.read(c->tls.user, flow->session, to, room) : io_recv(flow, to, room);
  imstls_i_spend_read(c, n);
  if (n > 0)
    flow->rx_used += (size_t)n;
  if (n == IMSTLS_CLOSED || n == 0)
    return IMSTLS_ERR_CONNECTION;
  return n;
}

/* Over UDP, from our server port: lost is lost, the peer repeats its request. */
static void answer_side(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  (void)c->net.send_to(c->net.user, flow->side, (const uint8_t *)c->tx.ptr, flow->tx_len, &flow->answer_to);
  flow->tx_done = flow->tx_len;
  flow->answer_to.family = 0;
}

int imstls_i_flow_write(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  if (flow->untold) {
    flow->untold = false;
    imstls_i_tell_sent(c, c->tx.ptr, flow->tx_len);
  }
  if (flow->answer_to.family)
    answer_side(c);
  while (flow->tx_done < flow->tx_len) {
    const uint8_t *from = (const uint8_t *)c->tx.ptr + flow->tx_done;
    size_t len = flow->tx_len - flow->tx_done;
    int n = flow->kind == FLOW_TLS ? c->tls.write(c->tls.user, flow->session, from, len) : io_send(flow, from, len);
    flow->want_write = n == IMSTLS_WANT_WRITE;
    if (n == IMSTLS_WANT_WRITE || n == IMSTLS_WANT_READ || n == IMSTLS_PENDING)
      return IMSTLS_WANT_WRITE;
    if (n <= 0)
      return n ? n : IMSTLS_ERR_CONNECTION;
    flow->tx_done += (size_t)n;
  }
  bool kept = flow->transport == IMSTLS_NET_UDP && c->timer_e != NEVER && !c->send_wanted; /* to be sent again */
  if (flow->tx_len && !kept) {
    imstls_wipe(c->tx.ptr, flow->tx_len); /* it held the response */
    flow->tx_len = flow->tx_done = 0;
  }
  return IMSTLS_OK;
}

/* RFC 5626 3.5.1: CRLFCRLF asks, CRLF answers. A peer that never answered one is not held to it. */
int imstls_i_flow_ping(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  if (flow->tx_len)
    return IMSTLS_OK;
  memcpy(c->tx.ptr, "\r\n\r\n", 4);
  flow->tx_len = 4;
  flow->pinged = true;
  flow->tx_done = 0;
  if (flow->pongs || c->flow_timer_s)
    flow->pong_by = c->now + PONG_WAIT_MS;
  return imstls_i_flow_write(c);
}
