/* SPDX-License-Identifier: Apache-2.0 */
/* libevent, in feed mode over its bufferevents: `loop_event IMPI DOMAIN K OPC PCSCF[:PORT]`. The end of standard input
 * deregisters. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <unistd.h>

#include "account.h"
#include "where.h"

static struct {
  struct event_base *base;
  struct evdns_base *dns; /* names are resolved without blocking */
  struct event *timer, *input;
  imstls_client *client;
  struct connection {
    uint32_t number; /* 0: none */
    struct bufferevent *stream;
  } connections[2];
  int error;
} app;

static struct connection *find(uint32_t number) { return &app.connections[app.connections[0].number != number]; }

/* What finds no room in the client stays in the bufferevent, and what that cannot hold in the socket. */
static void feed(const struct connection *c)
{
  struct evbuffer *in = bufferevent_get_input(c->stream);
  size_t len = evbuffer_get_contiguous_space(in);
  int taken = len ? imstls_client_feed(app.client, c->number, evbuffer_pullup(in, (ev_ssize_t)len), len) : 0;
  if (taken > 0)
    evbuffer_drain(in, (size_t)taken);
}

static void send_out(const struct connection *c)
{
  uint8_t out[4096];
  for (int len; (len = imstls_client_pull(app.client, c->number, out, sizeof out)) > 0;)
    bufferevent_write(c->stream, out, (size_t)len);
}

/* A step, what came of it, and the next deadline. */
static void turn(void)
{
  app.error = imstls_client_step(app.client);
  for (struct connection *c = app.connections; c < app.connections + 2; c++)
    if (c->stream) {
      send_out(c);
      feed(c);
    }
  int64_t ms = imstls_client_timeout_ms(app.client);
  struct timeval limit = { .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000) };
  event_del(app.timer);
  if (ms >= 0)
    event_add(app.timer, &limit);
  if (app.error || imstls_client_state(app.client) == IMSTLS_STATE_STOPPED)
    event_base_loopbreak(app.base);
}

static void on_timer(evutil_socket_t fd, short what, void *user)
{
  (void)fd, (void)what, (void)user;
  turn();
}

static void on_input(evutil_socket_t fd, short what, void *user)
{
  (void)fd, (void)what, (void)user;
  if (!where_input_ended())
    return;
  event_del(app.input);
  imstls_client_deregister(app.client);
  turn();
}

static void on_read(struct bufferevent *stream, void *user)
{
  (void)stream, (void)user;
  turn(); /* feeds */
}

static void on_stream(struct bufferevent *stream, short what, void *user)
{
  const struct connection *c = user;
  imstls_address local;
  if (what & BEV_EVENT_CONNECTED && where_local(bufferevent_getfd(stream), &local))
    imstls_client_connected(app.client, c->number, &local);
  else
    imstls_client_disconnected(app.client, c->number);
  turn();
}

static void open_connection(const imstls_event *event)
{
  struct connection *c = find(0);
  struct where where;
  *c = (struct connection){ event->connection,
                            bufferevent_socket_new(app.base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS) };
  bufferevent_setcb(c->stream, on_read, NULL, on_stream, c);
  bufferevent_setwatermark(c->stream, EV_READ, 0, 16384);
  bufferevent_enable(c->stream, EV_READ);
  if (!where_split(event->line, &where) ||
      bufferevent_socket_connect_hostname(c->stream, app.dns, AF_UNSPEC, where.host, where.port_number))
    imstls_client_disconnected(app.client, event->connection);
}

static void on_event(void *user, imstls_client *client, const imstls_event *event)
{
  account_show(user, client, event);
  if (event->type == IMSTLS_EVENT_OPEN)
    open_connection(event);
  if (event->type != IMSTLS_EVENT_CLOSE)
    return;
  struct connection *c = find(event->connection);
  send_out(c); /* what TLS says last: at once, or never */
  (void)evbuffer_write(bufferevent_get_output(c->stream), bufferevent_getfd(c->stream));
  bufferevent_free(c->stream);
  *c = (struct connection){ 0 };
}

int main(int argc, char **argv)
{
  static struct account account;
  int status = account_open(&account, argc, argv);
  if (status)
    return status;
  account.config.callbacks.on_event = on_event;
  app.base = event_base_new();
  app.dns = evdns_base_new(app.base, EVDNS_BASE_INITIALIZE_NAMESERVERS);
  app.timer = evtimer_new(app.base, on_timer, NULL);
  app.input = event_new(app.base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, NULL);
  event_add(app.input, NULL);
  app.error = imstls_client_new(&app.client, &account.config); /* config.ports.net is NULL: feed mode */
  if (!app.error)
    app.error = imstls_client_register(app.client);
  if (!app.error) {
    turn();
    event_base_dispatch(app.base);
  }
  return account_close(&account, app.client, app.error);
}
