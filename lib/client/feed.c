/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client.h"
#include "client/event.h"

enum { THE_SOCKET = 0 };

/* The application resolves by itself: any address stands for "what OPEN named". */
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
  if (how->kind != IMSTLS_NET_TCP || c->feed.open)
    return IMSTLS_ERR_CONNECT;
  c->feed.in.len = c->feed.out.len = 0;
  c->feed.open = true;
  c->feed.connected = c->feed.ended = false;
  *out = THE_SOCKET;
  char text[270];
  imstls_i_writer w = imstls_i_writer_make(text, sizeof text);
  const char *host = imstls_i_target_host(&c->target);
  bool v6 = strchr(host, ':') != NULL;
  imstls_i_put_str(&w, v6 ? "[" : "");
  imstls_i_put_str(&w, host);
  imstls_i_put_str(&w, v6 ? "]:" : ":");
  imstls_i_put_uint(&w, how->remote.port);
  imstls_i_tell_line(c, IMSTLS_EVENT_OPEN, IMSTLS_OK, imstls_i_text(text, w.len));
  return IMSTLS_OK;
}

static int feed_is_connected(void *user, imstls_socket s, imstls_address *local)
{
  imstls_client *c = user;
  (void)s;
  if (c->feed.ended)
    return IMSTLS_ERR_CONNECT;
  if (!c->feed.connected)
    return IMSTLS_PENDING;
  *local = c->feed.local;
  return IMSTLS_OK;
}

static int feed_send(void *user, imstls_socket s, const uint8_t *data, size_t len)
{
  imstls_client *c = user;
  imstls_i_buffer *b = &c->feed.out;
  size_t room = b->cap - b->len;
  (void)s;
  if (c->feed.ended)
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
  imstls_i_buffer *b = &c->feed.in;
  (void)s;
  (void)from;
  if (!b->len)
    return c->feed.ended ? IMSTLS_CLOSED : IMSTLS_WANT_READ;
  cap = cap < b->len ? cap : b->len;
  memcpy(data, b->ptr, cap);
  imstls_i_buffer_drop(b, cap);
  return (int)cap;
}

static void feed_close(void *user, imstls_socket s)
{
  imstls_client *c = user;
  (void)s;
  if (!c->feed.open)
    return;
  c->feed.open = c->feed.connected = false;
  imstls_i_tell(c, IMSTLS_EVENT_CLOSE, IMSTLS_OK); /* what is left in feed.out (close_notify) may still be pulled */
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
  if (!client->feed.open || client->feed.connected)
    return IMSTLS_ERR_STATE;
  client->feed.local = *local;
  client->feed.connected = true;
  return IMSTLS_OK;
}

int imstls_client_feed(imstls_client *client, const uint8_t *data, size_t len)
{
  if (!client || (!data && len))
    return IMSTLS_ERR_USAGE;
  if (!client->feed.connected || client->feed.ended)
    return IMSTLS_ERR_STATE;
  imstls_i_buffer *b = &client->feed.in;
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
  imstls_i_buffer *b = &client->feed.out;
  cap = cap < b->len ? cap : b->len;
  if (!cap)
    return 0;
  memcpy(out, b->ptr, cap);
  imstls_i_buffer_drop(b, cap);
  return (int)cap;
}

int imstls_client_disconnected(imstls_client *client)
{
  if (!client)
    return IMSTLS_ERR_USAGE;
  if (!client->feed.open)
    return IMSTLS_ERR_STATE;
  client->feed.ended = true;
  return IMSTLS_OK;
}
