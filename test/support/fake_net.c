/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets: the stream of the flow, and datagrams beside it. */
#include "fake.h"

#include <check.h>
#include <string.h>

#include "base/base.h"
#include "client/client.h"
#include "fake_parts.h"

static int resolve(void *user, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count)
{
  struct fake *f = user;
  ck_assert(cap >= 1 && query->host[0]);
  f->last_query = *query;
  f->resolve_request = query->request;
  if (fake_fails(f))
    return IMSTLS_ERR_RESOLVE;
  ck_assert_int_eq(imstls_address_parse(IMSTLS_I_LIT("192.0.2.7"), out), IMSTLS_OK);
  *count = 1;
  return f->resolve_result;
}

static int net_open(void *user, const imstls_net_open *how, imstls_socket *out)
{
  struct fake *f = user;
  bool aside = !how->remote.family;
  if (!aside)
    f->last_open = *how;
  if (fake_fails(f) || f->open_error)
    return IMSTLS_ERR_CONNECT;
  if (aside) {
    *out = f->side_socket = ++f->opened;
    return IMSTLS_OK;
  }
  f->closed = false;
  f->coming_len = f->coming_at = 0;
  if (f->fail_at)
    f->sent_seen = f->sent_len; /* half a request may have been left there */
  f->opened++;
  *out = f->opened;
  return IMSTLS_OK;
}

static int connected(void *user, imstls_socket s, imstls_address *local)
{
  struct fake *f = user;
  (void)s;
  if (fake_fails(f))
    return IMSTLS_ERR_CONNECT;
  if (f->connect_result)
    return f->connect_result;
  imstls_text text = f->last_open.remote.family == 6 ? IMSTLS_I_LIT("2001:db8::9") : IMSTLS_I_LIT("192.0.2.9");
  ck_assert_int_eq(imstls_address_parse(text, local), IMSTLS_OK);
  uint16_t free_port = f->local_port ? f->local_port : 40001;
  local->port = f->last_open.local.port ? f->last_open.local.port : free_port;
  return IMSTLS_OK;
}

int fake_take_out(struct fake *f, const uint8_t *data, size_t len)
{
  if (f->closed)
    return IMSTLS_ERR_CONNECTION;
  if (f->deaf)
    return IMSTLS_WANT_WRITE;
  if (f->write_cut && len > f->write_cut)
    len = f->write_cut;
  if (f->deaf_after) {
    len = len < f->deaf_after ? len : f->deaf_after;
    f->deaf_after -= len;
    f->deaf = f->deaf_after == 0;
  }
  ck_assert(f->sent_len + len <= sizeof f->sent);
  memcpy(f->sent + f->sent_len, data, len);
  f->sent_len += len;
  if (f->client && f->client->flow->trust == IMSTLS_TRUST_BY_NONE && f->untrusted_len + len <= sizeof f->untrusted) {
    memcpy(f->untrusted + f->untrusted_len, data, len);
    f->untrusted_len += len;
  }
  return (int)len;
}

int fake_give_in(struct fake *f, uint8_t *data, size_t cap)
{
  size_t len = f->coming_len - f->coming_at;
  f->reads++;
  if (!len && f->read_result)
    return f->read_result;
  if (!len)
    return f->closed ? IMSTLS_CLOSED : IMSTLS_WANT_READ;
  len = len < cap ? len : cap;
  if (f->cut && len > f->cut)
    len = f->cut;
  memcpy(data, f->coming + f->coming_at, len);
  f->coming_at += len;
  return (int)len;
}

static int net_send(void *user, imstls_socket s, const uint8_t *data, size_t len)
{
  (void)s;
  return fake_fails(user) ? IMSTLS_ERR_CONNECTION : fake_take_out(user, data, len);
}

static int net_recv(void *user, imstls_socket s, uint8_t *data, size_t cap, imstls_address *from)
{
  struct fake *f = user;
  if (from)
    *from = f->last_open.remote;
  if (fake_fails(f))
    return IMSTLS_ERR_CONNECTION;
  if (s == f->side_socket && f->aside) {
    size_t len = strlen(f->aside);
    ck_assert(from && len <= cap);
    memcpy(data, f->aside, len);
    f->aside = NULL;
    from->port = f->aside_from ? f->aside_from : 5063;
    return (int)len;
  }
  if (s == f->side_socket && f->last_open.kind != IMSTLS_NET_UDP)
    return IMSTLS_WANT_READ; /* what comes is for the stream */
  return fake_give_in(f, data, cap);
}

static int net_send_to(void *user, imstls_socket s, const uint8_t *data, size_t len, const imstls_address *to)
{
  struct fake *f = user;
  ck_assert(s == f->side_socket && to->family);
  f->answered_aside++;
  f->aside_port = to->port;
  return fake_fails(f) ? IMSTLS_ERR_CONNECTION : fake_take_out(f, data, len);
}

static void net_close(void *user, imstls_socket s)
{
  struct fake *f = user;
  ck_assert(s > 0);
  f->closes++;
}

static imstls_net the_net;

void fake_use_net(struct fake *f)
{
  the_net = (imstls_net){ .size = sizeof the_net,
                          .user = f,
                          .resolve = resolve,
                          .open = net_open,
                          .connected = connected,
                          .send = net_send,
                          .recv = net_recv,
                          .close = net_close,
                          .send_to = net_send_to };
  f->config.ports.net = &the_net;
}
