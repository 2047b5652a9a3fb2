/* SPDX-License-Identifier: Apache-2.0 */
#include "client/incoming.h"

#include "client/event.h"
#include "client/judge.h"
#include "client/traffic/request.h"

static imstls_i_input none(void) { return imstls_i_input_of(IN_NONE, IMSTLS_OK); }

static imstls_i_input lost(int error) { return imstls_i_input_of(IN_LOST, error); }

/* The message at the front. */
static int write_one(imstls_client *c, imstls_i_link *link, char *octets, const imstls_i_queued *what)
{
  bool asks = what->kind == OUT_APPLICATION && link == &c->flow->link;
  imstls_i_asked asked = { .method = "" };
  if (!what->told) {
    imstls_i_queue_told(&link->tx);
    imstls_i_tell_sent(c, octets, what->len);
  }
  if (asks)
    imstls_i_asked_by(imstls_i_text(octets, what->len), what->stamp != 0, &asked);
  int result = imstls_i_link_send_next(link);
  if (result)
    return result;
  imstls_i_spend_send(&c->wire.budget);
  imstls_i_left_flow(c, &asked);
  return IMSTLS_OK;
}

int imstls_i_write_out(imstls_client *c, imstls_i_link *link)
{
  imstls_i_queued what;
  char *octets;
  bool on_flow = link == &c->flow->link;
  int result = IMSTLS_OK;
  while (!result && (octets = imstls_i_queue_next(&link->tx, &what)) != NULL) {
    if (on_flow && !imstls_i_may_leave(c, &what))
      return IMSTLS_OK;
    if (!imstls_i_may_send(&c->wire.budget))
      return IMSTLS_PENDING;
    if (on_flow && imstls_i_is_stale(c, &what))
      imstls_i_stamp_anew(c, imstls_i_text(octets, what.len));
    else
      result = write_one(c, link, octets, &what);
  }
  return result;
}

/* A response to what has not left, or not wholly, is none. */
static bool is_response_to_register(const imstls_client *c)
{
  const imstls_i_link *link = &c->flow->link;
  bool left = link->datagrams || !imstls_i_queue_holds_register(&link->tx);
  return left && imstls_i_transaction_matches(&c->transaction, &c->message) == MATCHES;
}

/* In the words of IMSTLS_DROPPED_... */
static int why_no_response(const imstls_client *c)
{
  switch (imstls_i_transaction_matches(&c->transaction, &c->message)) {
  case OTHER_CALL_ID: return IMSTLS_DROPPED_CALL_ID;
  case OTHER_VIA: return IMSTLS_DROPPED_VIA;
  case OTHER_CSEQ: return IMSTLS_DROPPED_CSEQ;
  case OTHER_TAG: return IMSTLS_DROPPED_TAG;
  case OTHER_MESSAGE: return IMSTLS_DROPPED_EARLY;
  default: return IMSTLS_DROPPED_LATE;
  }
}

/* A response to a REGISTER of ours that is not, or not any more, waited for: no application's business. */
static bool is_stray_response(const imstls_client *c)
{
  return imstls_i_transaction_is_ours(&c->transaction, &c->message);
}

static imstls_i_input take_response(imstls_client *c)
{
  imstls_i_tell_received(c, &c->message);
  imstls_i_transaction_heard(&c->transaction, &c->cfg.timers);
  if (c->message.status < 200)
    return none();
  imstls_i_transaction_end(&c->transaction); /* RFC 3261 17.1.2.2 */
  imstls_i_queue_drop_register(&c->flow->link.tx);
  return imstls_i_judge_response(c);
}

/* One whole message on the flow. */
static imstls_i_input take(imstls_client *c, imstls_text text)
{
  int result = imstls_sip_parse(&c->message, text.ptr, text.len);
  if (result == IMSTLS_OK && is_response_to_register(c))
    return take_response(c);
  bool datagram = c->from->datagrams || c->from->from_beside;
  if (result && !c->binding.bound && !datagram)
    return lost(result); /* a P-CSCF that cannot speak SIP is none; a datagram can come from anybody */
  if (result)
    imstls_i_odd_message(c, text, result);
  else if (!imstls_i_is_trusted(c) || is_stray_response(c)) /* whoever that is, it has no business here yet */
    imstls_i_drop(c, why_no_response(c), c->message.line);
  else
    imstls_i_request(c);
  return none();
}

/* It does not fit the receive buffer; `front` is what came so far. */
static imstls_i_input too_long(imstls_client *c, imstls_text front)
{
  if (!imstls_i_is_trusted(c))
    return lost(IMSTLS_ERR_RX_TOO_LONG);
  imstls_i_odd_message(c, front, IMSTLS_ERR_RX_TOO_LONG);
  int error = imstls_i_link_skip(c->from);
  return error ? lost(error) : none();
}

/* At most one message; `idle` becomes false when there may be another. */
static imstls_i_input from_stream(imstls_client *c, bool *idle)
{
  imstls_text text = { NULL, 0 };
  imstls_i_input in = none();
  c->from = &c->flow->link;
  int result = imstls_i_link_receive(c->from, &text);
  imstls_i_flow_listen_for_pongs(c);
  if (imstls_i_in_progress(result))
    return in;
  *idle = false;
  if (result == IMSTLS_OK)
    return take(c, text);
  if (result == IMSTLS_ERR_SIP_OVERSIZED)
    return too_long(c, text);
  return lost(result);
}

/* Our protected server port over UDP. */
static imstls_i_input from_server_port(imstls_client *c, bool *idle)
{
  imstls_text text = { NULL, 0 };
  c->from = &c->flow->link;
  int result = imstls_i_flow_receive_beside(c, &text);
  if (result == IMSTLS_WANT_READ)
    return none();
  if (result && result != IMSTLS_END)
    return lost(result);
  *idle = false;
  return result == IMSTLS_END ? none() : take(c, text);
}

void imstls_i_incoming_done(imstls_client *c)
{
  if (!c->from)
    return;
  imstls_i_link_taken(c->from);
  c->from = NULL;
}

imstls_i_input imstls_i_incoming(imstls_client *c)
{
  bool idle = false;
  while (!idle && !imstls_i_is_ending(c)) {
    int result = imstls_i_write_out(c, &c->flow->link);
    if (result && !imstls_i_in_progress(result))
      return lost(result);
    if (c->binding.bound && !imstls_i_link_may_take(&c->flow->link))
      return none(); /* answers are still leaving: the next request waits in the stream */
    idle = true;
    imstls_i_input in = none();
    if (c->flow->link.beside != NO_SOCKET)
      in = from_server_port(c, &idle);
    if (in.what == IN_NONE) {
      imstls_i_incoming_done(c);
      in = from_stream(c, &idle);
    }
    if (in.what != IN_NONE)
      return in;
    imstls_i_incoming_done(c);
  }
  return none();
}
