/* SPDX-License-Identifier: Apache-2.0 */
/* A link over a network and TLS of the test's own: octets come in pieces of any size, and all calls are counted. */
#ifndef LINK_HELP_H
#define LINK_HELP_H

#include <stdlib.h>

#include "link/link.h"
#include "suite.h"

enum { STREAM = 7, BESIDE = 8, SESSION = 3, RX_CAP = 256 };

typedef struct ends {
  imstls_net net;
  imstls_tls tls;
  imstls_i_wire wire;
  imstls_i_link link;
  const char *in;       /* what comes, over the socket or TLS */
  size_t in_len, piece; /* and how much a read brings at most */
  int then;             /* what a read says when nothing is left */
  bool whole;           /* one datagram: all of it in one read */
  const char *beside;   /* the datagram that waits at the UDP port; NULL: `beside_then` */
  int beside_then;
  char out[512];
  size_t out_len, accepts; /* octets that one write takes; 0: `refuses` */
  int refuses;
  int result; /* of open, accept, handshake */
  int reads, sockets_closed, sessions_closed, sent_to;
  size_t asked; /* room of the last read */
} ends;

static inline int bring(ends *e, uint8_t *data, size_t cap)
{
  e->reads++;
  e->asked = cap;
  size_t n = e->in_len < e->piece || e->whole ? e->in_len : e->piece;
  if (n > cap)
    n = cap;
  if (!n)
    return e->then;
  memcpy(data, e->in, n);
  e->in += n;
  e->in_len -= n;
  return (int)n;
}

static inline int net_recv(void *user, imstls_socket s, uint8_t *data, size_t cap, imstls_address *from)
{
  ends *e = user;
  if (s == STREAM)
    return bring(e, data, cap);
  ck_assert_int_eq(s, BESIDE);
  e->reads++;
  if (!e->beside)
    return e->beside_then;
  size_t len = strlen(e->beside);
  memcpy(data, e->beside, len < cap ? len : cap);
  *from = (imstls_address){ .family = 4, .ip = { 192, 0, 2, 9 }, .port = 5063 };
  e->beside = NULL;
  return (int)len;
}

static inline int tls_read(void *user, int session, uint8_t *data, size_t cap)
{
  ck_assert_int_eq(session, SESSION);
  return bring(user, data, cap);
}

static inline int accept_octets(ends *e, const uint8_t *data, size_t len)
{
  if (!e->accepts)
    return e->refuses;
  size_t n = len < e->accepts ? len : e->accepts;
  memcpy(e->out + e->out_len, data, n);
  e->out_len += n;
  return (int)n;
}

static inline int net_send(void *user, imstls_socket s, const uint8_t *data, size_t len)
{
  ck_assert_int_eq(s, STREAM);
  return accept_octets(user, data, len);
}

static inline int tls_write(void *user, int session, const uint8_t *data, size_t len)
{
  ck_assert_int_eq(session, SESSION);
  return accept_octets(user, data, len);
}

static inline int net_send_to(void *user, imstls_socket s, const uint8_t *data, size_t len, const imstls_address *to)
{
  ends *e = user;
  ck_assert_int_eq(s, BESIDE);
  ck_assert_int_eq(to->port, 5063);
  e->sent_to++;
  return accept_octets(e, data, len);
}

static inline int net_open(void *user, const imstls_net_open *how, imstls_socket *out)
{
  *out = how->local.port ? BESIDE : STREAM; /* also when it fails: nobody may take it */
  return ((ends *)user)->result;
}

static inline int net_accept(void *user, imstls_socket listener, imstls_socket *out, imstls_address *remote)
{
  (void)listener;
  *out = STREAM;
  remote->family = 6;
  return ((ends *)user)->result;
}

static inline void net_close(void *user, imstls_socket s)
{
  ends *e = user;
  ck_assert(s == STREAM || s == BESIDE);
  e->sockets_closed += s == STREAM ? 1 : 100;
}

static inline int tls_open(void *user, const imstls_tls_open *how)
{
  (void)how;
  int result = ((ends *)user)->result;
  return result ? result : SESSION;
}

static inline int tls_handshake(void *user, int session)
{
  ck_assert_int_eq(session, SESSION);
  return ((ends *)user)->result;
}

static inline void tls_close(void *user, int session)
{
  ck_assert_int_eq(session, SESSION);
  ((ends *)user)->sessions_closed++;
}

static inline imstls_i_buffer exact_buffer(size_t cap)
{
  char *block = calloc(1, cap);
  ck_assert_ptr_nonnull(block);
  return (imstls_i_buffer){ block, cap, 0 };
}

static inline void new_step(ends *e) { e->wire.budget = imstls_i_budget_of_a_step(); }

/* Open, with buffers: over TCP, or over TLS. */
static inline ends *make_ends(bool tls)
{
  ends *e = calloc(1, sizeof *e);
  ck_assert_ptr_nonnull(e);
  e->net = (imstls_net){ .size = sizeof e->net, .user = e, .open = net_open, .accept = net_accept, .send = net_send };
  e->net.recv = net_recv;
  e->net.close = net_close;
  e->net.send_to = net_send_to;
  e->tls = (imstls_tls){ .size = sizeof e->tls, .user = e, .open = tls_open, .handshake = tls_handshake };
  e->tls.read = tls_read;
  e->tls.write = tls_write;
  e->tls.close = tls_close;
  e->wire = (imstls_i_wire){ .net = &e->net, .tls = &e->tls, .now = 1000 };
  e->then = e->beside_then = IMSTLS_WANT_READ;
  e->piece = e->accepts = 100000;
  new_step(e);
  imstls_i_link_init(&e->link, &e->wire);
  e->link.rx = exact_buffer(RX_CAP);
  imstls_i_buffer tx = exact_buffer(512);
  e->link.tx = (imstls_i_queue){ .ptr = tx.ptr, .cap = tx.cap, .longest = 100 };
  e->link.socket = STREAM;
  if (tls)
    e->link.session = SESSION;
  return e;
}

static inline void free_ends(ends *e)
{
  free(e->link.rx.ptr);
  free(e->link.tx.ptr);
  free(e);
}

static inline void bring_text(ends *e, const char *text)
{
  e->in = text;
  e->in_len = strlen(text);
}

static inline bool is(imstls_text text, const char *want)
{
  return text.len == strlen(want) && !memcmp(text.ptr, want, text.len);
}

#endif
