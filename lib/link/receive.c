/* SPDX-License-Identifier: Apache-2.0 */
/* From octets to messages. */
#include "link/link.h"

enum { SKIP_MAX = 262144, SKIP_MS = 30000 };
/* Less than a pong or a REGISTER's answer behind it may take. */
enum { HOLD_MS = 4000 };

bool imstls_i_link_is_overdue(const imstls_i_link *link)
{
  return link->skip.until && link->wire->now >= link->skip.until;
}

int imstls_i_link_skip(imstls_i_link *link)
{
  imstls_i_skip *skip = &link->skip;
  size_t n = 0;
  if (!skip->until)
    *skip = (imstls_i_skip){ .until = link->wire->now + SKIP_MS };
  if (imstls_i_link_is_overdue(link))
    return IMSTLS_ERR_RX_TOO_LONG;
  int result = imstls_sip_skip(&link->framer, link->rx.ptr, link->rx.len, &n);
  imstls_i_buffer_drop(&link->rx, n);
  skip->octets += n;
  /* body_len: what is known to come */
  if (skip->octets > SKIP_MAX || link->framer.body_len > SKIP_MAX - skip->octets)
    return IMSTLS_ERR_RX_TOO_LONG;
  if (result == IMSTLS_OK)
    *skip = (imstls_i_skip){ 0 };
  return result == IMSTLS_PENDING ? IMSTLS_OK : result;
}

static int hand_up(imstls_i_link *link, size_t len, imstls_text *message)
{
  imstls_i_spend_message(&link->wire->budget);
  link->handed_up = (uint32_t)len;
  *message = imstls_i_text(link->rx.ptr, len);
  return IMSTLS_OK;
}

/* IMSTLS_PENDING: more octets are needed. */
static int next_in_rx(imstls_i_link *link, imstls_text *message)
{
  size_t lead = 0, len = 0;
  if (link->skip.until) {
    int error = imstls_i_link_skip(link);
    if (error)
      return error;
  }
  if (!link->rx.len || link->skip.until)
    return IMSTLS_PENDING;
  if (link->datagrams)
    return hand_up(link, link->rx.len, message);
  link->framer.size = sizeof link->framer;
  int result = imstls_sip_frame(&link->framer, link->rx.ptr, link->rx.len, link->rx.cap, &lead, &len);
  if (lead) {
    link->crlf = true;
    imstls_i_buffer_drop(&link->rx, lead);
  }
  if (result == IMSTLS_ERR_SIP_OVERSIZED)
    *message = imstls_i_buffer_text(&link->rx);
  return result == IMSTLS_OK ? hand_up(link, len, message) : result;
}

static int read_octets(imstls_i_link *link, uint8_t *to, size_t room)
{
  const imstls_tls *tls = link->wire->tls;
  const imstls_net *net = link->wire->net;
  if (link->session != NO_SESSION)
    return tls->read(tls->user, link->session, to, room);
  return net->recv(net->user, link->socket, to, room, NULL);
}

/* One datagram at a time, and whole; of a stream as much as this step may still take. */
static int read_some(imstls_i_link *link)
{
  imstls_i_budget *budget = &link->wire->budget;
  size_t room = link->rx.cap - link->rx.len;
  if (!link->datagrams)
    room = imstls_i_budget_room(budget, room);
  if (!room)
    return IMSTLS_WANT_READ;
  int n = read_octets(link, (uint8_t *)link->rx.ptr + link->rx.len, room);
  imstls_i_spend_read(budget, n);
  bool is_empty = n == 0 && link->datagrams; /* anybody can send such a one */
  if (n > 0 || is_empty) {
    link->rx.len += (size_t)n;
    return IMSTLS_OK;
  }
  return n == IMSTLS_CLOSED || n == 0 ? IMSTLS_ERR_CONNECTION : n;
}

static int receive(imstls_i_link *link, imstls_text *message)
{
  for (;;) {
    if (!imstls_i_may_take(&link->wire->budget))
      return IMSTLS_PENDING;
    int result = next_in_rx(link, message);
    if (result != IMSTLS_PENDING)
      return result;
    if (!imstls_i_may_read(&link->wire->budget))
      return IMSTLS_PENDING;
    result = read_some(link);
    if (result != IMSTLS_OK)
      return result == IMSTLS_WANT_WRITE ? IMSTLS_WANT_READ : result;
  }
}

int imstls_i_link_receive(imstls_i_link *link, imstls_text *message)
{
  imstls_i_link_taken(link);
  int result = receive(link, message);
  link->more = result != IMSTLS_WANT_READ; /* a message may have others behind it */
  return result;
}

int imstls_i_link_receive_beside(imstls_i_link *link, imstls_text *message)
{
  imstls_i_wire *wire = link->wire;
  bool spent = !imstls_i_may_take(&wire->budget) || !imstls_i_may_read(&wire->budget);
  if (link->beside == NO_SOCKET || link->rx.len || spent)
    return IMSTLS_WANT_READ;
  int n = wire->net->recv(wire->net->user, link->beside, (uint8_t *)link->rx.ptr, link->rx.cap, &link->from);
  imstls_i_spend_read(&wire->budget, n);
  if (imstls_i_in_progress(n) || n == 0) /* anybody can send an empty one */
    return IMSTLS_WANT_READ;
  if (n < 0)
    return IMSTLS_ERR_CONNECTION;
  link->rx.len = (size_t)n;
  link->from_beside = true;
  return hand_up(link, link->rx.len, message);
}

void imstls_i_link_taken(imstls_i_link *link)
{
  if (link->handed_up) {
    imstls_i_buffer_drop(&link->rx, link->handed_up);
    link->hold = (imstls_i_hold){ 0 };
  }
  link->handed_up = 0;
  link->from_beside = false;
}

bool imstls_i_link_hold(imstls_i_link *link, size_t unused)
{
  imstls_i_hold *hold = &link->hold;
  uint64_t now = link->wire->now;
  if (hold->until && now >= hold->until)
    link->holds_none = true;
  if (link->holds_none || link->datagrams || link->from_beside)
    return false;
  imstls_i_buffer_drop(&link->rx, unused);
  link->handed_up = 0;
  hold->resumed = false;
  if (!hold->until)
    hold->until = now + HOLD_MS;
  return true;
}

void imstls_i_link_resume(imstls_i_link *link)
{
  link->hold.resumed = true;
  link->holds_none = false;
}

bool imstls_i_link_heard_crlf(imstls_i_link *link)
{
  bool heard = link->crlf;
  link->crlf = false;
  return heard;
}
