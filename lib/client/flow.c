/* SPDX-License-Identifier: Apache-2.0 */
#include "client/flow.h"

#include <imstls/digest.h>

#include "client/client.h"
#include "client/event.h"
#include "client/guards.h"
#include "client/register.h"
#include "client/secure.h"
#include "crypto/crypto.h"
#include "registration/random.h"

static uint16_t port_for(const imstls_client *c, enum flow_kind kind)
{
  bool tls_first = c->cfg.policy.flow == IMSTLS_FLOW_TLS_FIRST;
  bool is_first = (kind == FLOW_TLS) == tls_first && !c->target.fell_back;
  uint16_t own = c->target.pcscf[c->target.at].port;
  if (is_first && own)
    return own;
  if (c->resolver.kind == kind && c->resolver.addresses[c->resolver.at].port)
    return c->resolver.addresses[c->resolver.at].port;
  return kind == FLOW_TLS ? c->cfg.network.tls_port : c->cfg.network.plain_port;
}

static void set_deadline(imstls_client *c, uint32_t ms)
{
  imstls_i_progress_wait_until(&c->progress, c->wire.now + ms);
}

static void reset(imstls_i_flow *flow)
{
  *flow = (imstls_i_flow){ .link = flow->link };
  imstls_i_keepalive_init(&flow->keepalive);
}

void imstls_i_flow_init(imstls_client *c)
{
  c->flow = &c->flows[0];
  c->old_flow = &c->flows[1];
  for (int i = 0; i < 2; i++) {
    imstls_i_link_init(&c->flows[i].link, &c->wire);
    reset(&c->flows[i]);
  }
}

void imstls_i_flow_close(imstls_i_flow *flow)
{
  imstls_i_link_close(&flow->link);
  reset(flow);
}

/* ---- names ---- */

static void take_addresses(imstls_i_resolver *r, size_t count)
{
  r->count = count <= ADDRESS_MAX ? (uint8_t)count : 0;
  r->asked = false;
  r->answered = true;
}

int imstls_i_flow_service(const imstls_i_flow *flow)
{
  if (flow->kind == FLOW_TLS)
    return IMSTLS_SERVICE_SIPS_TCP;
  return flow->transport == IMSTLS_NET_UDP ? IMSTLS_SERVICE_SIP_UDP : IMSTLS_SERVICE_SIP_TCP;
}

static int ask_resolver(imstls_client *c, size_t *count)
{
  imstls_i_resolver *r = &c->resolver;
  imstls_net_query query = { .size = sizeof query,
                             .host = imstls_i_target_host(&c->target),
                             .request = r->ticket,
                             .service = imstls_i_flow_service(c->flow),
                             .port = c->target.pcscf[c->target.at].port };
  if (!c->net.resolve)
    return IMSTLS_ERR_RESOLVE;
  void *user = c->net.resolve_user ? c->net.resolve_user : c->net.user;
  return c->net.resolve(user, &query, r->addresses, ADDRESS_MAX, count);
}

/* No address is seen as a loss at the next look, so that the table hears of it. */
static void resolve(imstls_client *c)
{
  imstls_i_resolver *r = &c->resolver;
  const char *host = imstls_i_target_host(&c->target);
  size_t count = 0;
  r->at = r->count = 0;
  r->kind = c->flow->kind;
  r->asked = r->answered = false;
  if (imstls_address_parse(imstls_i_text(host, strlen(host)), &r->addresses[0]) == IMSTLS_OK) {
    take_addresses(r, 1);
    return;
  }
  r->ticket++;
  r->asked = true;
  int result = ask_resolver(c, &count);
  bool answered_within = r->answered; /* imstls_client_resolved may have come from within: it counts */
  if (result == IMSTLS_PENDING || answered_within)
    return;
  take_addresses(r, result == IMSTLS_OK ? count : 0);
}

int imstls_i_flow_resolved(imstls_client *c, uint32_t ticket, const imstls_address *addresses, size_t count)
{
  imstls_i_resolver *r = &c->resolver;
  if (!r->asked || ticket != r->ticket)
    return IMSTLS_ERR_STATE;
  count = count < ADDRESS_MAX ? count : ADDRESS_MAX;
  if (count)
    memcpy(r->addresses, addresses, count * sizeof *addresses);
  take_addresses(r, count);
  return IMSTLS_OK;
}

void imstls_i_flow_cancel_resolver(imstls_client *c)
{
  c->resolver.asked = c->resolver.answered = false;
  c->resolver.ticket++;
}

/* ---- connections ---- */

imstls_net_open imstls_i_flow_how_to_open(const imstls_client *c, const imstls_address *local)
{
  return (imstls_net_open){ .size = sizeof(imstls_net_open),
                            .kind = c->flow->transport,
                            .mark = c->cfg.network.mark,
                            .local = *local,
                            .interface_name = c->cfg.network.local_interface };
}

int imstls_i_flow_open_link(imstls_client *c, const imstls_address *local)
{
  imstls_net_open how = imstls_i_flow_how_to_open(c, local);
  how.remote = c->flow->remote;
  how.abort_on_close = c->flow->kind == FLOW_ESP;
  return imstls_i_link_open(&c->flow->link, &how);
}

static int open_address(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  flow->remote = c->resolver.addresses[c->resolver.at];
  flow->remote.port = port_for(c, flow->kind);
  char text[56];
  size_t len = imstls_address_format(&flow->remote, 1, text);
  imstls_i_tell_line(c, IMSTLS_EVENT_CONNECTING, IMSTLS_OK, imstls_i_text(text, len));
  flow->phase = PHASE_CONNECTING;
  set_deadline(c, c->cfg.timers.connect_ms);
  return imstls_i_flow_open_link(c, &c->cfg.network.local);
}

int imstls_i_flow_open(imstls_client *c, enum flow_kind kind)
{
  imstls_i_flow *flow = c->flow;
  imstls_i_flow_close(flow);
  flow->kind = (uint8_t)kind;
  flow->transport = kind == FLOW_PLAIN ? imstls_i_transport_for(c, REGISTER_FIRST) : IMSTLS_NET_TCP;
  flow->phase = PHASE_RESOLVING;
  set_deadline(c, c->cfg.timers.connect_ms);
  resolve(c);
  return IMSTLS_OK;
}

imstls_i_flow *imstls_i_flow_begin_switch(imstls_client *c, enum flow_kind kind)
{
  imstls_i_flow *before = c->flow;
  c->flow = c->old_flow;
  c->old_flow = before;
  imstls_i_flow_close(c->flow);
  imstls_i_link_hand_over(&before->link, &c->flow->link);
  c->flow->kind = (uint8_t)kind;
  return before;
}

/* Who agreed is who is connected to: a name may have other addresses by now. */
int imstls_i_flow_switch_to_tls(imstls_client *c)
{
  imstls_i_resolver *r = &c->resolver;
  (void)imstls_i_flow_begin_switch(c, FLOW_TLS);
  c->flow->transport = IMSTLS_NET_TCP;
  c->flow->phase = PHASE_RESOLVING; /* and resolved */
  r->addresses[0] = r->addresses[r->at];
  r->at = 0;
  take_addresses(r, 1);
  set_deadline(c, c->cfg.timers.connect_ms);
  return IMSTLS_OK;
}

/* Where something else may follow, the user waits less. */
static uint32_t handshake_limit(const imstls_client *c)
{
  uint32_t ms = c->cfg.timers.handshake_ms, fallback_ms = c->cfg.timers.fallback_ms;
  return imstls_i_may_fall_back(c, IMSTLS_ERR_TIMEOUT) && fallback_ms < ms ? fallback_ms : ms;
}

int imstls_i_flow_start_tls(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  int error = imstls_i_secure_begin(c, &flow->offered);
  if (error) {
    imstls_i_progress_tls_failed(&c->progress, c->tls.last_error ? c->tls.last_error(c->tls.user) : 0);
    return error;
  }
  flow->phase = PHASE_SECURING;
  set_deadline(c, handshake_limit(c));
  return IMSTLS_OK;
}

int imstls_i_flow_lower_tls(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  imstls_i_flow_close(flow);
  flow->kind = FLOW_TLS;
  flow->transport = IMSTLS_NET_TCP;
  flow->lowered = true;
  flow->phase = PHASE_RESOLVING; /* and resolved: at the address that is tried */
  set_deadline(c, c->cfg.timers.connect_ms);
  return IMSTLS_OK;
}

/* ---- on the way to an open flow ---- */

static int opened(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  if (flow->kind == FLOW_ESP) /* Via and Contact name the protected server port (TS 24.229 5.1.1.5.1) */
    flow->local.port = c->sa.sa.ours.port_s;
  flow->phase = PHASE_OPEN;
  imstls_i_progress_wait_until(&c->progress, NEVER);
  return IMSTLS_OK;
}

static int try_address(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  int result = IMSTLS_OK;
  if (flow->phase == PHASE_RESOLVING)
    result = c->resolver.count ? open_address(c) : IMSTLS_ERR_RESOLVE;
  if (result == IMSTLS_OK)
    result = c->net.connected(c->net.user, flow->link.socket, &flow->local);
  return result == IMSTLS_OK ? opened(c) : result;
}

static int connect_on(imstls_client *c)
{
  imstls_i_resolver *r = &c->resolver;
  for (;;) {
    int result = try_address(c);
    if (result == IMSTLS_OK || result == IMSTLS_PENDING)
      return result;
    if (r->at + 1 >= r->count)
      return result == IMSTLS_ERR_RESOLVE ? result : IMSTLS_ERR_CONNECT;
    imstls_i_link_close(&c->flow->link);
    r->at++;
    c->flow->phase = PHASE_RESOLVING;
    c->flow->lowered = false; /* another address has earned nothing */
  }
}

static int take_cert(imstls_client *c, const imstls_tls_facts *facts)
{
  imstls_i_flow *flow = c->flow;
  if (facts->cert.len > c->cfg.limits.cert_max)
    return IMSTLS_ERR_CERT_TOO_LONG;
  flow->has_cert = facts->cert.len > 0;
  flow->cert_is_final = facts->cert_is_final == 1;
  return flow->cert_is_final ? IMSTLS_OK : imstls_i_sha256(&facts->cert, 1, flow->cert_hash);
}

static void tell_tls(imstls_client *c, imstls_tls_facts *facts)
{
  imstls_event event = imstls_i_event(IMSTLS_EVENT_TLS);
  event.cert = facts->cert;
  event.version = facts->version;
  event.flag = c->flow->resumed;
  facts->suite[sizeof facts->suite - 1] = '\0';
  event.line = imstls_i_text(facts->suite, strlen(facts->suite));
  imstls_i_tell_event(c, &event);
}

/* Only trusted sessions are ever saved, and what made them so still counts, no longer than it did. */
static void resume_trust(imstls_i_flow *flow)
{
  int by = flow->offered.record.trust;
  flow->trust = IMSTLS_TRUST_BY_RESUMPTION;
  flow->pki = by == IMSTLS_TRUST_BY_PKI || by == IMSTLS_TRUST_BY_TOKEN_AND_PKI;
  flow->record = flow->offered.record;
}

/* What the handshake showed. Nothing is trusted by it, but for a session that was trusted when it was saved. */
static int take_facts(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  imstls_tls_facts facts = { .size = sizeof facts };
  int error = c->tls.facts(c->tls.user, flow->link.session, &facts);
  if (!error)
    error = take_cert(c, &facts);
  if (error)
    return error;
  flow->psk = facts.psk == 1;
  flow->resumed = facts.resumed == 1;
  flow->pki = facts.pki == 1;
  flow->no_clock = facts.pki == IMSTLS_ERR_CLOCK;
  tell_tls(c, &facts);
  error = imstls_i_secure_judge(flow, &facts);
  if (error)
    return error;
  if (flow->resumed)
    resume_trust(flow);
  return facts.psk || facts.cert.len ? IMSTLS_OK : IMSTLS_ERR_TLS_CERT;
}

/* The end of a connection in its handshake refuses TLS, but where that P-CSCF is known to speak it. */
static int why_ended(const imstls_client *c)
{
  return imstls_i_target_speaks_tls(&c->target) ? IMSTLS_ERR_CONNECTION : IMSTLS_ERR_TLS_REFUSED;
}

static int secure_on(imstls_client *c)
{
  int result = imstls_i_link_handshake(&c->flow->link);
  if (imstls_i_in_progress(result))
    return IMSTLS_PENDING;
  if (result == IMSTLS_OK)
    result = take_facts(c);
  if (result == IMSTLS_OK)
    return opened(c);
  bool ended = result == IMSTLS_ERR_CONNECTION || result == IMSTLS_ERR_TLS_REFUSED;
  return ended ? why_ended(c) : result;
}

int imstls_i_flow_progress(imstls_client *c)
{
  switch (c->flow->phase) {
  case PHASE_RESOLVING: return c->resolver.answered ? connect_on(c) : IMSTLS_PENDING;
  case PHASE_CONNECTING: return connect_on(c);
  case PHASE_SECURING: return secure_on(c);
  default: return IMSTLS_PENDING;
  }
}

/* ---- what is known of it ---- */

void imstls_i_flow_trust(imstls_client *c, int by)
{
  int64_t now_s = imstls_i_wall_s(c);
  c->flow->trust = (uint8_t)by;
  c->flow->record = (imstls_i_record){ .trust = (uint8_t)by, .since_s = now_s };
  if (now_s >= 0)
    c->flow->record.until_s = now_s + c->cfg.policy.session_age_s;
}

void imstls_i_flow_resume(imstls_client *c) { imstls_i_link_resume(&c->flow->link); }

/* It says anew how often a ping is wanted. */
void imstls_i_flow_accepted(imstls_client *c)
{
  c->flow->registered = true;
  imstls_i_keepalive_disarm(&c->flow->keepalive);
}

/* The TLS library's code for the end of the flow, and its words; 0: TLS has not failed, or has no code. */
static int tls_failure(imstls_client *c, char *text, size_t cap)
{
  text[0] = '\0';
  if (c->flow->link.session == NO_SESSION)
    return 0;
  if (c->tls.failure)
    return c->tls.failure(c->tls.user, c->flow->link.session, text, cap);
  return c->tls.last_error ? c->tls.last_error(c->tls.user) : 0;
}

void imstls_i_flow_note_failure(imstls_client *c)
{
  char text[128];
  int code = tls_failure(c, text, sizeof text);
  text[sizeof text - 1] = '\0';
  imstls_i_progress_tls_failed(&c->progress, code);
  if (code)
    imstls_i_log_code(c, "TLS failed with", code, text);
}

/* ---- keeping it alive ---- */

static void arm_ping(imstls_client *c)
{
  uint32_t random = 0, interval_ms = c->cfg.timers.keepalive_ms;
  imstls_i_keepalive *k = &c->flow->keepalive;
  bool never = interval_ms == UINT32_MAX || c->flow->transport == IMSTLS_NET_UDP;
  if (never || imstls_i_random_number(&c->cfg.ports, &random))
    k->ping_at = NEVER;
  else
    imstls_i_keepalive_arm(k, c->wire.now, interval_ms, c->binding.ping_s, random);
}

static void ping(imstls_client *c)
{
  imstls_i_queue *tx = &c->flow->link.tx;
  if (!imstls_i_queue_is_empty(tx) || imstls_i_queue_put(tx, OUT_PING, IMSTLS_I_LIT("\r\n\r\n"), NULL))
    return; /* what leaves keeps it alive as well */
  imstls_i_keepalive_pinged(&c->flow->keepalive, c->wire.now, c->binding.pongs_due);
}

int imstls_i_flow_keep_alive(imstls_client *c)
{
  imstls_i_keepalive *k = &c->flow->keepalive;
  if (c->wire.now >= k->pong_by)
    return IMSTLS_ERR_CONNECTION;
  if (imstls_i_link_is_overdue(&c->flow->link))
    return IMSTLS_ERR_RX_TOO_LONG;
  if (imstls_i_link_is_stalled(&c->flow->link))
    return IMSTLS_ERR_CONNECTION;
  if (!c->binding.bound || c->flow->phase != PHASE_OPEN)
    return IMSTLS_OK;
  if (k->ping_at == NEVER)
    arm_ping(c);
  if (c->wire.now < k->ping_at)
    return IMSTLS_OK;
  arm_ping(c);
  ping(c);
  return IMSTLS_OK;
}

void imstls_i_flow_listen_for_pongs(imstls_client *c)
{
  if (imstls_i_link_heard_crlf(&c->flow->link))
    imstls_i_keepalive_heard(&c->flow->keepalive);
}

uint64_t imstls_i_flow_deadline(const imstls_client *c)
{
  const imstls_i_keepalive *k = &c->flow->keepalive;
  uint64_t at = imstls_i_earlier(k->pong_by, imstls_i_link_deadline(&c->flow->link));
  return c->binding.bound ? imstls_i_earlier(at, k->ping_at) : at;
}
