/* SPDX-License-Identifier: Apache-2.0 */
#include "client/served.h"

#include "access/access.h"
#include "client/client.h"
#include "client/event.h"
#include "crypto/crypto.h"
#include "sip/lex.h"

/* A handshake costs a key exchange before the newcomer has proven anything: after one that failed the next one waits,
 * so that strangers in a row cost little. */
enum { GREETING_MS = 5000, REST_MS = 500 };

static void tell(imstls_client *c, const imstls_address *remote, int error)
{
  char text[56];
  imstls_event event = imstls_i_event(IMSTLS_EVENT_SERVED);
  event.line = imstls_i_text(text, imstls_address_format(remote, 1, text));
  event.flag = c->flow->kind == FLOW_TLS;
  event.error = error;
  imstls_i_tell_event(c, &event);
}

/* The one that is served, with all that came and was to leave there. */
static void close_served(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  imstls_i_link_close(&s->links[s->at]);
  s->generation++; /* what was asked there cannot be answered any more */
  imstls_i_tell_queue_unsent(c, &s->links[s->at].tx, IMSTLS_ERR_CONNECTION);
}

static imstls_i_link *newcomer(imstls_client *c) { return &c->serving->links[!c->serving->at]; }

static void close_newcomer(imstls_client *c)
{
  imstls_i_link_close(newcomer(c));
  c->serving->greet_until = NEVER;
}

void imstls_i_served_init(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  if (!s)
    return;
  s->listener = NO_SOCKET;
  imstls_i_link_init(&s->links[0], &c->wire);
  imstls_i_link_init(&s->links[1], &c->wire);
  s->greet_until = NEVER;
}

static void stop_listening(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  if (s->listener != NO_SOCKET)
    c->net.close(c->net.user, s->listener);
  s->listener = NO_SOCKET;
  s->port = 0;
}

static void close_all(imstls_client *c)
{
  close_served(c);
  close_newcomer(c);
}

void imstls_i_served_stop(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  if (!s)
    return;
  close_all(c);
  stop_listening(c);
  s->rest_until = 0;
  imstls_wipe(s->psk, sizeof s->psk);
  s->keyed = s->more = false;
  memset(s->open_requests, 0, sizeof s->open_requests);
}

/* A new AKA run: a new PSK, and an end to what the old one opened. */
void imstls_i_served_key(imstls_client *c)
{
  if (!c->cfg.serving.port || c->flow->kind != FLOW_TLS)
    return;
  close_all(c);
  c->serving->keyed = imstls_i_psk(&c->run.result, c->serving->psk);
  if (!c->serving->keyed)
    imstls_i_tell_line(c, IMSTLS_EVENT_POLICY, IMSTLS_ERR_UNSUPPORTED,
                       IMSTLS_I_LIT("no connection can be served: the USIM gives no octets of CK and IK"));
}

/* 0: nothing is to be served here. */
static uint16_t port_wanted(const imstls_client *c)
{
  if (!c->net.accept)
    return 0;
  if (c->flow->kind == FLOW_ESP)
    return c->sa.sa.ours.port_s;
  return c->flow->kind == FLOW_TLS && c->serving->keyed ? c->cfg.serving.port : 0;
}

static void listen_on(imstls_client *c, uint16_t port)
{
  bool esp = c->flow->kind == FLOW_ESP;
  imstls_net_open how = { .size = sizeof how,
                          .kind = IMSTLS_NET_TCP_LISTEN,
                          .mark = c->cfg.network.mark,
                          .local = esp ? c->sa.sa.ue : c->flow->local,
                          .interface_name = c->cfg.network.local_interface,
                          .abort_on_close = esp };
  how.local.port = port;
  c->serving->listener_generation = imstls_i_wire_count(&c->wire);
  if (c->net.open(c->net.user, &how, &c->serving->listener) == IMSTLS_OK) {
    c->serving->port = port;
    return;
  }
  c->serving->listener = NO_SOCKET;
  tell(c, &how.local, IMSTLS_ERR_CONNECT);
}

/* Registered: the network may call. Our port stays through re-authentications. */
void imstls_i_served_start(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  if (!s)
    return;
  uint16_t port = port_wanted(c);
  bool open = s->listener != NO_SOCKET;
  if (port == s->port && (open || !port))
    return;
  close_all(c);
  stop_listening(c);
  if (port)
    listen_on(c, port);
}

/* Each role has an identity of its own: a UE that is looped to its own port is refused (RFC 9257 4.1). */
static int begin_tls(imstls_client *c, imstls_i_link *link)
{
  char identity[262]; /* "pcscf:" and an IMPI of 255 */
  imstls_i_writer w = imstls_i_writer_make(identity, sizeof identity);
  IMSTLS_I_PUT_LIT(&w, "pcscf:");
  imstls_i_put_str(&w, c->cfg.identity.impi);
  imstls_tls_open how = { .size = sizeof how,
                          .role = IMSTLS_TLS_SERVER,
                          .suites = IMSTLS_TLS_PSK,
                          .psk = c->serving->psk,
                          .psk_len = sizeof c->serving->psk,
                          .psk_identity = imstls_i_text(identity, w.len) };
  int error = imstls_i_link_secure(link, &how);
  if (!error)
    c->serving->greet_until = c->wire.now + GREETING_MS;
  return error;
}

/* One that is in its handshake keeps its place until GREETING_MS are over: who comes next waits in the backlog. */
static bool may_accept(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  if (c->wire.now < s->rest_until || !imstls_i_may_read(&c->wire.budget))
    return false;
  s->rest_until = 0;
  return s->listener != NO_SOCKET && !imstls_i_link_is_open(newcomer(c));
}

static void accept_one(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  imstls_i_link *link = newcomer(c);
  imstls_address *remote = &s->remote[!s->at];
  if (!may_accept(c) || imstls_i_link_accept(link, s->listener, remote))
    return;
  s->more = true;
  bool esp = c->flow->kind == FLOW_ESP;
  if (esp && !imstls_i_flow_may_ask(c->flow, remote)) {
    imstls_i_drop(c, IMSTLS_DROPPED_SOURCE, imstls_i_text(NULL, 0));
    close_newcomer(c);
    return;
  }
  int error = esp ? IMSTLS_OK : begin_tls(c, link);
  if (!error)
    return;
  tell(c, remote, error);
  close_newcomer(c);
}

/* The newcomer has proven itself, by the PSK or by the SAs: the one before it is history. */
static void promote(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  imstls_i_link *before = &s->links[s->at];
  close_served(c);
  imstls_i_link_hand_over(before, newcomer(c));
  s->at = !s->at;
  s->greet_until = NEVER;
  tell(c, &s->remote[s->at], IMSTLS_OK);
}

/* In ESP there is no handshake: the SAs have proven it. */
static int shake_hands(imstls_client *c, imstls_i_link *link)
{
  int result = imstls_i_link_handshake(link);
  if (result || link->session == NO_SESSION)
    return result;
  imstls_tls_facts facts = { .size = sizeof facts };
  result = c->tls.facts(c->tls.user, link->session, &facts);
  return result == IMSTLS_OK && facts.psk != 1 ? IMSTLS_ERR_TLS_PROPERTIES : result;
}

static void go_on_greeting(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  imstls_i_link *link = newcomer(c);
  if (!imstls_i_link_is_open(link))
    return;
  int result = shake_hands(c, link);
  if (imstls_i_in_progress(result) && c->wire.now < s->greet_until) {
    s->more = s->more || result == IMSTLS_PENDING;
    return;
  }
  s->more = true;
  if (result == IMSTLS_OK) {
    promote(c);
    return;
  }
  tell(c, &s->remote[!s->at], imstls_i_in_progress(result) ? IMSTLS_ERR_TIMEOUT : result);
  close_newcomer(c);
  s->rest_until = c->wire.now + REST_MS;
}

void imstls_i_served_greet(imstls_client *c)
{
  c->serving->more = false;
  accept_one(c);
  go_on_greeting(c);
}

void imstls_i_served_failed(imstls_client *c, int error)
{
  tell(c, &c->serving->remote[c->serving->at], error);
  close_served(c);
  c->serving->more = true;
}

imstls_i_link *imstls_i_served_link(const imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  if (!s || !imstls_i_link_is_open(&s->links[s->at]))
    return NULL;
  return &s->links[s->at];
}

void imstls_i_served_resume(imstls_client *c)
{
  imstls_i_link *link = imstls_i_served_link(c);
  if (!link)
    return;
  imstls_i_link_resume(link);
  imstls_i_served_has_more(c, true);
}

void imstls_i_served_has_more(imstls_client *c, bool more) { c->serving->more = c->serving->more || more; }

static bool hash_branch(const imstls_sip_message *m, uint8_t hash[32])
{
  imstls_text branch = imstls_i_sip_branch(m->first[IMSTLS_HDR_VIA]);
  if (!branch.ptr)
    return false;
  imstls_bytes part = { (const uint8_t *)branch.ptr, branch.len };
  return imstls_i_sha256(&part, 1, hash) == IMSTLS_OK;
}

void imstls_i_served_show(imstls_client *c, enum route route)
{
  imstls_i_serving *s = c->serving; /* where requests come elsewhere than on the flow there is one */
  imstls_i_open_request *to = &s->open_requests[s->open_request_at];
  uint8_t hash[32];
  to->route = ROUTE_FLOW;
  if (!hash_branch(&c->message, hash))
    return;
  *to = (imstls_i_open_request){ .route = (uint8_t)route, .from = c->flow->link.from, .generation = s->generation };
  memcpy(to->branch, hash, sizeof to->branch);
}

void imstls_i_served_remember(imstls_client *c)
{
  imstls_i_serving *s = c->serving;
  s->open_request_at = (uint8_t)((s->open_request_at + 1) % OPEN_REQUESTS_MAX);
}

const imstls_i_open_request *imstls_i_served_find(const imstls_client *c, const imstls_sip_message *response)
{
  const imstls_i_serving *s = c->serving;
  uint8_t hash[32];
  if (!s || !hash_branch(response, hash))
    return NULL;
  for (size_t i = 0; i < OPEN_REQUESTS_MAX; i++) {
    const imstls_i_open_request *open = &s->open_requests[i];
    bool is_gone = open->route == ROUTE_SERVED && open->generation != s->generation;
    if (open->route != ROUTE_FLOW && !is_gone && memcmp(open->branch, hash, sizeof open->branch) == 0)
      return open;
  }
  return NULL;
}

size_t imstls_i_served_waits(const imstls_client *c, imstls_wait out[3])
{
  const imstls_i_serving *s = c->serving;
  size_t count = 0;
  if (!s)
    return 0;
  bool takes = !imstls_i_link_is_open(&s->links[!s->at]) && !s->rest_until;
  if (s->listener != NO_SOCKET && takes)
    out[count++] = (imstls_wait){ s->listener, IMSTLS_WAIT_READ, s->listener_generation };
  for (const imstls_i_link *link = s->links; link < s->links + 2; link++)
    if (imstls_i_link_is_open(link))
      out[count++] = (imstls_wait){ link->socket, imstls_i_link_events(link), link->generation };
  return count;
}

uint64_t imstls_i_served_deadline(const imstls_client *c)
{
  const imstls_i_serving *s = c->serving;
  if (!s)
    return NEVER;
  uint64_t at = imstls_i_earlier(s->greet_until, imstls_i_link_deadline(&s->links[s->at]));
  return s->rest_until ? imstls_i_earlier(at, s->rest_until) : at;
}
