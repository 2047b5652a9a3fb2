/* SPDX-License-Identifier: Apache-2.0 */
/* What happened? One input at a time: the host's wishes, the card, timers, the flow, messages. */
#include "client/client.h"

static enum input lost(imstls_client *c, int error)
{
  c->why = error;
  return IN_LOST;
}

static enum input from_host(imstls_client *c)
{
  static const enum input order[] = { IN_REGISTER, IN_MOVED, IN_DEREGISTER };
  for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
    uint32_t bit = (uint32_t)1 << order[i];
    if (!(c->wanted & bit))
      continue;
    /* who is registered leaves with a REGISTER of its own, once nothing else is under way */
    if (order[i] == IN_DEREGISTER && c->bound && c->state != IMSTLS_STATE_REGISTERED)
      continue;
    c->wanted &= ~bit;
    return order[i];
  }
  return IN_NONE;
}

static int amf_fits(imstls_client *c)
{
  int bit = c->challenge.autn[6] >> 7; /* TS 33.102 annex H: AMF separation bit */
  imstls_i_log(c, "AMF separation bit", bit ? "1" : "0");
  if (c->cfg.policy.amf_separation == IMSTLS_AMF_REQUIRE_0 && bit)
    return IMSTLS_ERR_AKA_AMF;
  return c->cfg.policy.amf_separation == IMSTLS_AMF_REQUIRE_1 && !bit ? IMSTLS_ERR_AKA_AMF : IMSTLS_OK;
}

static enum input card_bad(imstls_client *c, int value, int error)
{
  c->dialog.bad++;
  c->judging = false;
  imstls_event event = imstls_i_event(IMSTLS_EVENT_CHALLENGE);
  event.line = c->challenge.algorithm;
  event.value = value;
  event.error = error;
  imstls_i_tell_event(c, &event);
  return IN_CARD_BAD;
}

static enum input from_card(imstls_client *c)
{
  c->card_done = c->card_busy = false;
  c->deadline = NEVER;
  c->why = c->card_error;
  if (c->card_error)
    return IN_CARD_FAILED;
  if (c->card.verdict == IMSTLS_AKA_MAC_FAILURE)
    return card_bad(c, IMSTLS_AUTN_MAC_FAILURE, IMSTLS_ERR_AKA_MAC);
  if (c->card.verdict == IMSTLS_AKA_SYNC_FAILURE)
    return card_bad(c, IMSTLS_AUTN_SYNC_FAILURE, IMSTLS_ERR_AKA_SYNC);
  c->why = amf_fits(c);
  if (!c->why && (c->card.verdict != IMSTLS_AKA_OK || c->card.res_len < 4 || c->card.res_len > IMSTLS_RES_MAX))
    c->why = IMSTLS_ERR_USIM_DATA;
  return c->why ? IN_CARD_FAILED : IN_CARD_OK;
}

static enum input from_state_timer(imstls_client *c)
{
  c->deadline = NEVER;
  switch (c->state) {
  case IMSTLS_STATE_CONNECTING: return lost(c, IMSTLS_ERR_CONNECT);
  case IMSTLS_STATE_SECURING: return lost(c, IMSTLS_ERR_TIMEOUT);
  case IMSTLS_STATE_CHALLENGED: c->why = IMSTLS_ERR_USIM_TIMEOUT; return IN_CARD_FAILED;
  default: return IN_DUE;
  }
}

static void retransmit(imstls_client *c)
{
  uint32_t t2 = c->cfg.timers.t2_ms;
  c->e_ms = c->e_ms * 2 < t2 ? c->e_ms * 2 : t2;
  c->timer_e = c->now + c->e_ms;
  c->flow->tx_done = 0; /* the same datagram again (RFC 3261 17.1.2.2, Timer E) */
}

static void arm_ping(imstls_client *c)
{
  uint32_t random = 0, low = 95000, span = 25000;
  if (c->cfg.timers.keepalive_ms == UINT32_MAX || c->flow->transport == IMSTLS_NET_UDP ||
      c->cfg.ports.random(c->cfg.ports.random_user, (uint8_t *)&random, sizeof random)) {
    c->flow->ping_at = NEVER;
    return;
  }
  if (c->flow_timer_s && c->flow_timer_s < 86400) { /* RFC 5626 4.4.1: 80 to 100 % of Flow-Timer */
    low = c->flow_timer_s * 800;
    span = c->flow_timer_s * 200;
  }
  if (c->cfg.timers.keepalive_ms) {
    low = c->cfg.timers.keepalive_ms;
    span = 1;
  }
  c->flow->ping_at = c->now + low + random % (span ? span : 1);
}

static enum input from_timers(imstls_client *c)
{
  if (c->now >= c->deadline)
    return from_state_timer(c);
  if (c->now >= c->timer_f) {
    c->timer_f = NEVER;
    return lost(c, IMSTLS_ERR_TIMEOUT); /* also over a stream: a flow that swallows requests is dead */
  }
  if (c->now >= c->timer_e)
    retransmit(c);
  if (c->now >= c->flow->pong_by)
    return lost(c, IMSTLS_ERR_CONNECTION);
  if (c->flow->skip.until && c->now >= c->flow->skip.until)
    return lost(c, IMSTLS_ERR_RX_TOO_LONG);
  if (c->bound && c->now >= c->bound_until)
    return lost(c, IMSTLS_ERR_TIMEOUT);
  if (c->state == IMSTLS_STATE_REGISTERED && c->now >= c->refresh_at) {
    c->refresh_at = NEVER;
    return IN_DUE;
  }
  if (c->bound && c->flow->ping_at == NEVER && c->flow->phase == PHASE_OPEN)
    arm_ping(c);
  if (c->bound && c->now >= c->flow->ping_at) {
    arm_ping(c);
    int result = imstls_i_flow_ping(c);
    if (result && result != IMSTLS_WANT_WRITE)
      return lost(c, result);
  }
  return IN_NONE;
}

/* Octets, IMSTLS_WANT_READ: none for now, or an error. */
static int read_some(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  flow->more = !imstls_i_may_read(c);
  if (flow->more)
    return IMSTLS_WANT_READ; /* in the next step */
  int n = imstls_i_flow_read(c);
  flow->more = n > 0 || n == IMSTLS_PENDING;
  if (n == IMSTLS_WANT_WRITE || n == IMSTLS_PENDING)
    return IMSTLS_WANT_READ;
  bool failed = n < 0 && n != IMSTLS_WANT_READ;
  bool known = flow->kind == FLOW_TLS && c->tls.last_error;
  if (failed)
    c->tls_error = known ? c->tls.last_error(c->tls.user) : 0;
  return n;
}

/* True: the flow broke. */
static bool send_rest(imstls_client *c)
{
  if (c->flow->tx_done >= c->flow->tx_len)
    return false;
  int result = imstls_i_flow_write(c);
  if (!result || result == IMSTLS_WANT_WRITE)
    return false;
  c->why = result;
  return true;
}

static enum input from_stream(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  flow->more = false;
  if (send_rest(c))
    return IN_LOST;
  if (c->send_wanted && !flow->tx_len) {
    int error = imstls_i_send_register(c, (enum request)c->send_wanted);
    if (error)
      return lost(c, error);
    flow->more = true;
  }
  while (imstls_i_may_take(c) && !imstls_i_is_ending(c)) {
    if (send_rest(c))
      return IN_LOST;
    if (c->bound && flow->tx_done < flow->tx_len)
      return IN_NONE; /* an answer is still leaving: the next request waits in the stream */
    enum input in = imstls_i_next_message(c);
    if (in != IN_NONE)
      return in;
    if (c->consume) {
      imstls_i_consume(c);
      continue;
    }
    int n = read_some(c);
    if (n == IMSTLS_WANT_READ)
      return IN_NONE;
    if (n < 0)
      return lost(c, n);
  }
  flow->more = true;
  return IN_NONE;
}

enum input imstls_i_next_input(imstls_client *c)
{
  enum input in = from_host(c);
  if (in == IN_NONE && c->card_done)
    in = from_card(c);
  if (in == IN_NONE)
    in = from_timers(c);
  if (in == IN_NONE && c->flow->phase != PHASE_CLOSED && c->flow->phase != PHASE_OPEN)
    in = imstls_i_flow_progress(c);
  else if (in == IN_NONE && c->flow->phase == PHASE_OPEN)
    in = from_stream(c);
  return in;
}
