/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client.h"
#include "client/event.h"

static imstls_i_feed_connection *of(imstls_client *c, imstls_socket s) { return &c->feed.connections[s]; }

/* NULL: there is no connection of this number, or not any more. */
static imstls_i_feed_connection *find(imstls_client *c, uint32_t number)
{
  for (size_t i = 0; number && i < FEED_CONNECTIONS; i++)
    if (c->feed.connections[i].number == number)
      return &c->feed.connections[i];
  return NULL;
}

/* The application resolves by itself: any address stands for "what OPEN named". */
static int feed_resolve(void *user, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count)
{
  (void)user;
  (void)query;
  (void)cap;
  memset(out, 0, sizeof *out);
  out->family = 4;
  *count = 1;
  return IMSTLS_OK;
}

/* The closed one with the lowest number: what the other one said last may still be pulled. NO_SOCKET: there is none. */
static imstls_socket find_free(const imstls_i_feed *feed)
{
  imstls_socket found = NO_SOCKET;
  for (imstls_socket i = 0; i < FEED_CONNECTIONS; i++) {
    const imstls_i_feed_connection *one = &feed->connections[i];
    bool earlier = found == NO_SOCKET || one->number < feed->connections[found].number;
    if (!one->open && one->in.cap && earlier)
      found = i;
  }
  return found;
}

/* 0: no other connection lives. */
static uint32_t living(const imstls_i_feed *feed, imstls_socket but)
{
  for (imstls_socket i = 0; i < FEED_CONNECTIONS; i++)
    if (i != but && feed->connections[i].open)
      return feed->connections[i].number;
  return 0;
}

static void tell_open(imstls_client *c, imstls_socket s, uint16_t port)
{
  char text[270];
  imstls_i_writer w = imstls_i_writer_make(text, sizeof text);
  const char *host = imstls_i_target_host(&c->target);
  bool v6 = strchr(host, ':') != NULL;
  imstls_i_put_str(&w, v6 ? "[" : "");
  imstls_i_put_str(&w, host);
  imstls_i_put_str(&w, v6 ? "]:" : ":");
  imstls_i_put_uint(&w, port);
  imstls_event event = imstls_i_event(IMSTLS_EVENT_OPEN);
  event.line = imstls_i_text(text, w.len);
  event.connection = of(c, s)->number;
  event.replaces = living(&c->feed, s);
  event.value = imstls_i_flow_service(c->flow);
  event.flag = !event.replaces && !c->target.pcscf[c->target.at].port;
  imstls_i_tell_event(c, &event);
}

static int feed_open(void *user, const imstls_net_open *how, imstls_socket *out)
{
  imstls_client *c = user;
  imstls_socket s = find_free(&c->feed);
  if (how->kind != IMSTLS_NET_TCP || s == NO_SOCKET)
    return IMSTLS_ERR_CONNECT;
  imstls_i_feed_connection *one = of(c, s);
  c->feed.last_number = c->feed.last_number == UINT32_MAX ? 1 : c->feed.last_number + 1;
  one->number = c->feed.last_number;
  one->in.len = one->out.len = one->taken = 0;
  one->open = true;
  one->connected = one->ended = false;
  *out = s;
  tell_open(c, s, how->remote.port);
  return IMSTLS_OK;
}

static int feed_is_connected(void *user, imstls_socket s, imstls_address *local)
{
  const imstls_i_feed_connection *one = of(user, s);
  if (one->ended)
    return IMSTLS_ERR_CONNECT;
  if (!one->connected)
    return IMSTLS_PENDING;
  *local = one->local;
  return IMSTLS_OK;
}

static int feed_send(void *user, imstls_socket s, const uint8_t *data, size_t len)
{
  imstls_i_feed_connection *one = of(user, s);
  imstls_i_buffer *b = &one->out;
  size_t room = b->cap - b->len;
  if (one->ended)
    return IMSTLS_ERR_CONNECTION;
  if (!room)
    return IMSTLS_WANT_WRITE;
  len = len < room ? len : room;
  memcpy(b->ptr + b->len, data, len);
  b->len += len;
  return (int)len;
}

static void drop_taken(imstls_i_feed_connection *one)
{
  if (one->taken)
    imstls_i_buffer_drop(&one->in, one->taken);
  one->taken = 0;
}

/* TLS takes a record in two pieces at least: nothing moves up for each. */
static int feed_recv(void *user, imstls_socket s, uint8_t *data, size_t cap, imstls_address *from)
{
  imstls_i_feed_connection *one = of(user, s);
  size_t left = one->in.len - one->taken;
  (void)from;
  if (!left)
    return one->ended ? IMSTLS_CLOSED : IMSTLS_WANT_READ;
  cap = cap < left ? cap : left;
  memcpy(data, one->in.ptr + one->taken, cap);
  one->taken += cap;
  if (cap == left)
    drop_taken(one);
  return (int)cap;
}

/* What is left in `out` (close_notify) may still be pulled. */
static void feed_close(void *user, imstls_socket s)
{
  imstls_client *c = user;
  imstls_i_feed_connection *one = of(c, s);
  one->open = one->connected = false;
  imstls_event event = imstls_i_event(IMSTLS_EVENT_CLOSE);
  event.connection = one->number;
  imstls_i_tell_event(c, &event);
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

void imstls_i_feed_seen(imstls_client *c) { c->feed.news = false; }

size_t imstls_i_feed_waits(const imstls_i_feed *feed, imstls_wait out[FEED_CONNECTIONS])
{
  size_t count = 0;
  for (size_t i = 0; i < FEED_CONNECTIONS; i++) {
    const imstls_i_feed_connection *one = &feed->connections[i];
    uint32_t events = one->in.len - one->taken < one->in.cap ? IMSTLS_WAIT_READ : 0;
    if (one->out.len || !one->connected)
      events |= IMSTLS_WAIT_WRITE;
    if (one->open && !one->ended)
      out[count++] = (imstls_wait){ (imstls_socket)one->number, events, one->number };
  }
  return count;
}

static bool is_awaited(const imstls_i_feed_connection *one) { return one->open && !one->connected && !one->ended; }

int imstls_client_connected(imstls_client *client, uint32_t connection, const imstls_address *local)
{
  if (!client || !local)
    return IMSTLS_ERR_USAGE;
  imstls_i_feed_connection *one = find(client, connection);
  if (!one || !is_awaited(one))
    return IMSTLS_ERR_STATE;
  one->local = *local;
  one->connected = true;
  client->feed.news = true;
  return IMSTLS_OK;
}

int imstls_client_feed(imstls_client *client, uint32_t connection, const uint8_t *data, size_t len)
{
  if (!client || (!data && len))
    return IMSTLS_ERR_USAGE;
  imstls_i_feed_connection *one = find(client, connection);
  if (!one || !one->connected || one->ended)
    return IMSTLS_ERR_STATE;
  imstls_i_buffer *b = &one->in;
  drop_taken(one);
  size_t room = b->cap - b->len;
  len = len < room ? len : room;
  if (!len)
    return 0;
  memcpy(b->ptr + b->len, data, len);
  b->len += len;
  client->feed.news = true;
  return (int)len;
}

int imstls_client_pull(imstls_client *client, uint32_t connection, uint8_t *out, size_t cap)
{
  if (!client || (!out && cap))
    return IMSTLS_ERR_USAGE;
  imstls_i_feed_connection *one = find(client, connection);
  if (!one)
    return IMSTLS_ERR_STATE;
  imstls_i_buffer *b = &one->out;
  cap = cap < b->len ? cap : b->len;
  if (!cap)
    return 0;
  if (b->len == b->cap)
    client->feed.news = true; /* something may have found no room */
  memcpy(out, b->ptr, cap);
  imstls_i_buffer_drop(b, cap);
  return (int)cap;
}

int imstls_client_disconnected(imstls_client *client, uint32_t connection)
{
  if (!client)
    return IMSTLS_ERR_USAGE;
  imstls_i_feed_connection *one = find(client, connection);
  if (!one || !one->open)
    return IMSTLS_ERR_STATE;
  one->ended = true;
  client->feed.news = true;
  return IMSTLS_OK;
}
