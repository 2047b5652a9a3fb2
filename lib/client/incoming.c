/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that arrived: cut from the stream, matched, classified. */
#include "client/client.h"

/* RFC 3261 17.1.3 and 18.1.2: top Via branch and CSeq; Call-ID and From tag besides; one Via alone. */
static bool is_ours(imstls_client *c)
{
  const imstls_sip_message *m = &c->m;
  imstls_sip_via via;
  imstls_sip_address from;
  imstls_text rest = m->first[IMSTLS_HDR_FROM], tag;
  const imstls_i_dialog *d = &c->dialog;
  if (!c->awaiting || c->send_wanted || m->cseq != d->cseq || !imstls_i_same(m->method, IMSTLS_I_LIT("REGISTER")))
    return false;
  if (!imstls_i_same(m->first[IMSTLS_HDR_CALL_ID], imstls_i_text(d->call_id, strlen(d->call_id))))
    return false;
  if (m->count[IMSTLS_HDR_VIA] != 1 || imstls_sip_via_parse(m->first[IMSTLS_HDR_VIA], &via) || via.more)
    return false;
  if (!imstls_i_same(via.branch, imstls_i_text(d->branch, strlen(d->branch))))
    return false;
  return imstls_sip_address_next(&rest, &from) == IMSTLS_OK &&
         imstls_sip_param_find(from.params, "tag", &tag) == IMSTLS_OK &&
         imstls_i_same(tag, imstls_i_text(d->from_tag, strlen(d->from_tag)));
}

static enum input refused(imstls_client *c)
{
  c->why = IMSTLS_ERR_SIP_REJECTED;
  if (c->m.status != 503 || imstls_sip_number(c->m.first[IMSTLS_HDR_RETRY_AFTER], &c->retry_after_s))
    c->retry_after_s = 0;
  return IN_REFUSED;
}

static enum input classify(imstls_client *c)
{
  uint32_t status = c->m.status;
  if (status < 200)
    return IN_NONE;
  c->sip_status = status;
  switch (status) {
  case 401: return IN_CHALLENGE;
  case 200: return IN_ACCEPTED;
  case 305:
  case 420:
  case 421:
  case 423:
  case 439:
  case 494: c->why = IMSTLS_ERR_SIP_REJECTED; return IN_REPEAT;
  default: return refused(c);
  }
}

/* What was kept for retransmission makes room. */
static void drop_datagram(imstls_client *c)
{
  if (c->flow->transport != IMSTLS_NET_UDP)
    return;
  imstls_wipe(c->tx.ptr, c->flow->tx_len);
  c->flow->tx_len = c->flow->tx_done = 0;
}

static enum input judge(imstls_client *c)
{
  if (c->m.status && is_ours(c)) {
    imstls_i_tell_received(c);
    enum input in = classify(c);
    if (in != IN_NONE) { /* the transaction is over (RFC 3261 17.1.2.2) */
      c->timer_f = c->timer_e = NEVER;
      c->awaiting = false;
      drop_datagram(c);
    }
    return in;
  }
  if (!c->bound || !c->flow->trust) { /* whoever that is, it has no business here yet */
    c->dropped++;
    return IN_NONE;
  }
  imstls_i_request(c, LINK_FLOW);
  return IN_NONE;
}

static enum input broken(imstls_client *c, int error)
{
  c->why = error;
  return IN_LOST;
}

void imstls_i_drop_front(imstls_i_buffer *b, size_t *used, size_t n)
{
  memmove(b->ptr, b->ptr + n, *used - n);
  imstls_wipe(b->ptr + *used - n, n);
  *used -= n;
}

static void drop_front(imstls_client *c, size_t n)
{
  imstls_i_flow *flow = c->flow;
  imstls_i_drop_front(&c->rx, &flow->rx_used, n);
  flow->from_side = flow->from_side && flow->rx_used;
}

void imstls_i_consume(imstls_client *c)
{
  size_t n = c->consume;
  c->consume = 0;
  if (n)
    drop_front(c, n);
  memset(&c->m, 0, sizeof c->m);
}

static bool is_datagram(const imstls_i_flow *flow) { return flow->transport == IMSTLS_NET_UDP || flow->from_side; }

enum { SKIP_MAX = 262144, SKIP_MS = 30000 };

int imstls_i_skip_some(imstls_client *c, imstls_i_skip *skip, imstls_sip_framer *framer, imstls_i_buffer *b,
                       size_t *used)
{
  size_t n = 0;
  if (!skip->until)
    *skip = (imstls_i_skip){ .until = c->now + SKIP_MS };
  int result = imstls_sip_skip(framer, b->ptr, *used, &n);
  imstls_i_drop_front(b, used, n);
  skip->octets += n;
  /* body_len: what is known to come */
  if (skip->octets > SKIP_MAX || framer->body_len > SKIP_MAX - skip->octets)
    return IMSTLS_ERR_RX_TOO_LONG;
  if (result == IMSTLS_OK)
    *skip = (imstls_i_skip){ 0 };
  return result;
}

static bool is_trusted(const imstls_client *c) { return c->bound && c->flow->trust; }

/* It does not fit rx. */
static enum input too_long(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  if (!is_trusted(c))
    return broken(c, IMSTLS_ERR_RX_TOO_LONG);
  imstls_i_odd_message(c, imstls_i_text(c->rx.ptr, flow->rx_used), IMSTLS_ERR_RX_TOO_LONG, LINK_FLOW);
  int result = imstls_i_skip_some(c, &flow->skip, &flow->framer, &c->rx, &flow->rx_used);
  flow->more = true;
  return result == IMSTLS_PENDING || result == IMSTLS_OK ? IN_NONE : broken(c, result);
}

/* One whole message at the start of rx. */
static enum input take(imstls_client *c, size_t len)
{
  c->flow->more = true;
  imstls_i_spend_message(c);
  c->consume = len;
  memset(&c->m, 0, sizeof c->m);
  c->m.size = sizeof c->m;
  int result = imstls_sip_parse(&c->m, c->rx.ptr, len);
  if (result == IMSTLS_OK)
    return judge(c);
  if (!c->bound && !is_datagram(c->flow))
    return broken(c, result); /* a P-CSCF that cannot speak SIP is none; a datagram can come from anybody */
  c->dropped++;
  if (is_trusted(c))
    imstls_i_odd_message(c, imstls_i_text(c->rx.ptr, len), result, LINK_FLOW);
  return IN_NONE;
}

enum input imstls_i_next_message(imstls_client *c)
{
  imstls_i_flow *flow = c->flow;
  size_t lead = 0, len = 0;
  int result = IMSTLS_OK;
  if (!flow->rx_used)
    return IN_NONE;
  if (is_datagram(flow))
    return take(c, flow->rx_used);
  if (flow->skip.until)
    result = imstls_i_skip_some(c, &flow->skip, &flow->framer, &c->rx, &flow->rx_used);
  flow->framer.size = sizeof flow->framer;
  if (result == IMSTLS_OK)
    result = imstls_sip_frame(&flow->framer, c->rx.ptr, flow->rx_used, c->rx.cap, &lead, &len);
  if (lead) { /* a pong, or somebody's ping */
    flow->pongs = flow->pongs || flow->pinged;
    flow->pinged = false;
    flow->pong_by = NEVER;
    drop_front(c, lead);
  }
  if (result == IMSTLS_PENDING)
    return IN_NONE;
  if (result == IMSTLS_ERR_SIP_OVERSIZED)
    return too_long(c);
  return result ? broken(c, result) : take(c, len);
}
