/* SPDX-License-Identifier: Apache-2.0 */
#include "link/link.h"

enum { STALL_MS = 30000 };

void imstls_i_link_init(imstls_i_link *link, imstls_i_wire *wire)
{
  memset(link, 0, sizeof *link);
  link->wire = wire;
  link->socket = link->beside = NO_SOCKET;
  link->session = NO_SESSION;
}

int imstls_i_link_open(imstls_i_link *link, const imstls_net_open *how)
{
  const imstls_net *net = link->wire->net;
  link->datagrams = how->kind == IMSTLS_NET_UDP;
  link->generation = imstls_i_wire_count(link->wire);
  if (net->open(net->user, how, &link->socket) == IMSTLS_OK)
    return IMSTLS_OK;
  link->socket = NO_SOCKET;
  return IMSTLS_ERR_CONNECT;
}

int imstls_i_link_open_beside(imstls_i_link *link, const imstls_net_open *how)
{
  const imstls_net *net = link->wire->net;
  link->beside_generation = imstls_i_wire_count(link->wire);
  if (net->open(net->user, how, &link->beside) == IMSTLS_OK)
    return IMSTLS_OK;
  link->beside = NO_SOCKET;
  return IMSTLS_ERR_CONNECT;
}

void imstls_i_link_pass_beside(imstls_i_link *from, imstls_i_link *to)
{
  to->beside = from->beside;
  to->beside_generation = from->beside_generation;
  from->beside = NO_SOCKET;
}

int imstls_i_link_accept(imstls_i_link *link, imstls_socket listener, imstls_address *remote)
{
  const imstls_net *net = link->wire->net;
  int result = net->accept(net->user, listener, &link->socket, remote);
  if (result != IMSTLS_OK) {
    link->socket = NO_SOCKET;
    return result;
  }
  link->generation = imstls_i_wire_count(link->wire);
  imstls_i_spend_read(&link->wire->budget, 0);
  return IMSTLS_OK;
}

static int io_send(void *ctx, const uint8_t *data, size_t len)
{
  imstls_i_link *link = ctx;
  const imstls_net *net = link->wire->net;
  int n = net->send(net->user, link->socket, data, len);
  link->want_write = n == IMSTLS_WANT_WRITE;
  return n;
}

static int io_recv(void *ctx, uint8_t *data, size_t cap)
{
  imstls_i_link *link = ctx;
  const imstls_net *net = link->wire->net;
  return net->recv(net->user, link->socket, data, cap, NULL);
}

int imstls_i_link_secure(imstls_i_link *link, imstls_tls_open *how)
{
  const imstls_tls *tls = link->wire->tls;
  how->io = (imstls_tls_io){ link, io_send, io_recv };
  int session = tls->open(tls->user, how);
  if (session < 0)
    return session;
  link->session = session;
  return IMSTLS_OK;
}

int imstls_i_link_handshake(imstls_i_link *link)
{
  const imstls_tls *tls = link->wire->tls;
  if (link->session == NO_SESSION)
    return IMSTLS_OK;
  int result = tls->handshake(tls->user, link->session);
  imstls_i_spend_read(&link->wire->budget, result);
  link->want_write = result == IMSTLS_WANT_WRITE;
  link->more = result == IMSTLS_PENDING;
  return result;
}

void imstls_i_link_close(imstls_i_link *link)
{
  imstls_i_wire *wire = link->wire;
  if (link->session != NO_SESSION)
    wire->tls->close(wire->tls->user, link->session);
  if (imstls_i_link_is_open(link))
    wire->net->close(wire->net->user, link->socket);
  if (link->beside != NO_SOCKET)
    wire->net->close(wire->net->user, link->beside);
  imstls_wipe(link->rx.ptr, link->rx.len);
  imstls_i_queue_drop_ours(&link->tx);
  *link = (imstls_i_link){ .wire = wire,
                           .socket = NO_SOCKET,
                           .beside = NO_SOCKET,
                           .session = NO_SESSION,
                           .rx = { link->rx.ptr, link->rx.cap, 0 },
                           .tx = link->tx };
}

void imstls_i_link_hand_over(imstls_i_link *from, imstls_i_link *to)
{
  imstls_wipe(from->rx.ptr, from->rx.len);
  imstls_i_queue_drop_ours(&from->tx);
  to->rx = from->rx;
  to->rx.len = 0;
  to->tx = from->tx;
  from->handed_up = 0;
  from->rx = (imstls_i_buffer){ 0 };
  from->tx = (imstls_i_queue){ 0 };
}

/* Lost is lost: the peer repeats its request. */
static int send_beside(const imstls_i_link *link, const uint8_t *data, const imstls_i_queued *what)
{
  const imstls_net *net = link->wire->net;
  if (link->beside != NO_SOCKET)
    (void)net->send_to(net->user, link->beside, data, what->len, &what->to);
  return (int)what->len;
}

/* Octets that left of what is left of the message. */
static int send_some(imstls_i_link *link, const uint8_t *data, const imstls_i_queued *what)
{
  const imstls_tls *tls = link->wire->tls;
  size_t done = link->tx.done, len = what->len - done;
  if (what->to.family)
    return send_beside(link, data, what);
  if (link->session == NO_SESSION)
    return io_send(link, data + done, len);
  int n = tls->write(tls->user, link->session, data + done, len);
  link->want_write = n == IMSTLS_WANT_WRITE;
  return n;
}

int imstls_i_link_send_next(imstls_i_link *link)
{
  imstls_i_queued what;
  const char *octets = imstls_i_queue_next(&link->tx, &what);
  if (!octets)
    return IMSTLS_OK;
  if (!link->tx.leaving)
    link->stalls_at = 0; /* what was refused is there no more */
  bool keep = link->datagrams && imstls_i_is_register(what.kind);
  for (size_t left = what.len - link->tx.done; left;) {
    int n = send_some(link, (const uint8_t *)octets, &what);
    if (n <= 0) {
      imstls_i_queue_left(&link->tx, 0, keep);
      if (n == IMSTLS_PENDING)
        return n; /* TLS goes on in the next step */
      if (!link->stalls_at)
        link->stalls_at = link->wire->now + STALL_MS;
      if (imstls_i_in_progress(n))
        return IMSTLS_WANT_WRITE;
      return n ? n : IMSTLS_ERR_CONNECTION;
    }
    link->stalls_at = 0;
    left -= (size_t)n;
    imstls_i_queue_left(&link->tx, (size_t)n, keep);
  }
  return IMSTLS_OK;
}

bool imstls_i_link_is_refused(const imstls_i_link *link) { return link->stalls_at && link->tx.leaving; }

bool imstls_i_link_is_stalled(const imstls_i_link *link)
{
  return imstls_i_link_is_refused(link) && link->wire->now >= link->stalls_at;
}

static bool is_held(const imstls_i_link *link)
{
  const imstls_i_hold *hold = &link->hold;
  return hold->until && !hold->resumed && link->wire->now < hold->until;
}

bool imstls_i_link_may_take(const imstls_i_link *link)
{
  if (is_held(link))
    return false;
  return imstls_i_queue_is_empty(&link->tx) || imstls_i_queue_has_room(&link->tx, OUT_ANSWER, ANSWER_ROOM);
}

uint32_t imstls_i_link_events(const imstls_i_link *link)
{
  uint32_t reads = imstls_i_link_may_take(link) ? IMSTLS_WAIT_READ : 0;
  return reads | (link->want_write ? IMSTLS_WAIT_WRITE : 0);
}

uint64_t imstls_i_link_deadline(const imstls_i_link *link)
{
  uint64_t at = link->skip.until ? link->skip.until : NEVER;
  if (is_held(link))
    at = imstls_i_earlier(at, link->hold.until);
  return imstls_i_link_is_refused(link) ? imstls_i_earlier(at, link->stalls_at) : at;
}
