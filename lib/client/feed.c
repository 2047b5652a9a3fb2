/* SPDX-License-Identifier: Apache-2.0 */
/* A network without sockets: the host feeds octets in and pulls octets out. */
#include "client/client.h"

enum { THE_SOCKET = 0 };

static void shift(imstls_i_buffer *b, size_t n)
{
  memmove(b->ptr, b->ptr + n, b->len - n);
  b->len -= n;
}

/* The host resolves by itself: any address stands for "what OPEN named". */
static int feed_resolve(void *user, uint32_t request, const char *host, imstls_address *out, size_t cap, size_t *count)
{
  (void)user;
  (void)request;
  (void)host;
  (void)cap;
  memset(out, 0, sizeof *out);
  out->family = 4;
  *count = 1;
  return IMSTLS_OK;
}

static int feed_open(void *user, const imstls_net_open *how, imstls_socket *out)
{
  imstls_client *c = user;
  if (how->kind != IMSTLS_NET_TCP || c->feed_open)
    return IMSTLS_ERR_CONNECT;
  c->feed_in.len = c->feed_out.len = 0;
  c->feed_open = true;
  c->feed_connected = c->feed_ended = false;
  *out = THE_SOCKET;
  char text[270];
  imstls_i_writer w = imstls_i_writer_make(text, sizeof text);
  bool v6 = strchr(c->pcscf[c->pcscf_at].host, ':') != NULL;
  imstls_i_put_str(&w, v6 ? "[" : "");
  imstls_i_put_str(&w, c->pcscf[c->pcscf_at].host);
  imstls_i_put_str(&w, v6 ? "]:" : ":");
  imstls_i_put_uint(&w, how->remote.port);
  imstls_event event = imstls_i_event(IMSTLS_EVENT_OPEN);
  event.line = imstls_i_text(text, w.len);
  imstls_i_tell_event(c, &event);
  return IMSTLS_OK;
}

static int feed_is_connected(void *user, imstls_socket s, imstls_address *local)
{
  imstls_client *c = user;
  (void)s;
  if (c->feed_ended)
    return IMSTLS_ERR_CONNECT;
  if (!c->feed_connected)
    return IMSTLS_PENDING;
  *local = c->feed_local;
  return IMSTLS_OK;
}

static int feed_send(void *user, imstls_socket s, const uint8_t *data, size_t len)
{
  imstls_client *c = user;
  imstls_i_buffer *b = &c->feed_out;
  size_t room = b->cap - b->len;
  (void)s;
  if (c->feed_ended)
    return IMSTLS_ERR_CONNECTION;
  if (!room)
    return IMSTLS_WANT_WRITE;
  len = len < room ? len : room;
  memcpy(b->ptr + b->len, data, len);
  b->len += len;
  return (int)len;
}

static int feed_recv(void *user, imstls_socket s, uint8_t *data, size_t cap, imstls_address *from)
{
  imstls_client *c = user;
  imstls_i_buffer *b = &c->feed_in;
  (void)s;
  (void)from;
  if (!b->len)
    return c->feed_ended ? IMSTLS_CLOSED : IMSTLS_WANT_READ;
  cap = cap < b->len ? cap : b->len;
  memcpy(data, b->ptr, cap);
  shift(b, cap);
  return (int)cap;
}

static void feed_close(void *user, imstls_socket s)
{
  imstls_client *c = user;
  (void)s;
  if (!c->feed_open)
    return;
  c->feed_open = c->feed_connected = false;
  imstls_i_tell(c, IMSTLS_EVENT_CLOSE); /* what is left in feed_out (close_notify) may still be pulled */
}

const imstls_net imstls_i_feed_net = {
  .size = sizeof(imstls_net),
  .resolve = feed_resolve,
  .open = feed_open,
  .connected = feed_is_connected,
  .send = feed_send,
  .recv = feed_recv,
  .close = feed_close,
};

int imstls_client_connected(imstls_client *client, const imstls_address *local)
{
  if (!client || !local)
    return IMSTLS_ERR_USAGE;
  if (!client->feed_open || client->feed_connected)
    return IMSTLS_ERR_STATE;
  client->feed_local = *local;
  client->feed_connected = true;
  return IMSTLS_OK;
}

int imstls_client_feed(imstls_client *client, const uint8_t *data, size_t len)
{
  if (!client || (!data && len))
    return IMSTLS_ERR_USAGE;
  if (!client->feed_connected || client->feed_ended)
    return IMSTLS_ERR_STATE;
  imstls_i_buffer *b = &client->feed_in;
  size_t room = b->cap - b->len;
  len = len < room ? len : room;
  if (len)
    memcpy(b->ptr + b->len, data, len);
  b->len += len;
  return (int)len;
}

int imstls_client_pull(imstls_client *client, uint8_t *out, size_t cap)
{
  if (!client || (!out && cap))
    return IMSTLS_ERR_USAGE;
  imstls_i_buffer *b = &client->feed_out;
  cap = cap < b->len ? cap : b->len;
  if (!cap)
    return 0;
  memcpy(out, b->ptr, cap);
  shift(b, cap);
  return (int)cap;
}

int imstls_client_disconnected(imstls_client *client)
{
  if (!client)
    return IMSTLS_ERR_USAGE;
  if (!client->feed_open)
    return IMSTLS_ERR_STATE;
  client->feed_ended = true;
  return IMSTLS_OK;
}
