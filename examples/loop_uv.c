/* SPDX-License-Identifier: Apache-2.0 */
/* libuv, in feed mode over its streams: `loop_uv IMPI DOMAIN K OPC PCSCF[:PORT]`. The end of standard input
 * deregisters. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "account.h"
#include "where.h"

/* What libuv closes it gives back later, so each connection has memory of its own. */
struct connection {
  uv_tcp_t tcp; /* first: a handle is its connection */
  uv_getaddrinfo_t lookup;
  uv_connect_t connect;
  uint32_t number;
  bool looking_up, closed;
  size_t in_len;
  char in[4096]; /* what the client has not taken yet */
};

struct out {
  uv_write_t request;
  uint8_t octets[4096];
};

static struct {
  uv_loop_t *loop;
  uv_timer_t timer;
  uv_poll_t input;
  imstls_client *client;
  struct connection *connections[2];
  int error;
} app;

static void forget(uv_handle_t *handle) { free(handle); }
static void written(uv_write_t *request, int status) { (void)status, free(request); }
static void turn(void);

static void room(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
  struct connection *c = (struct connection *)handle;
  (void)wanted;
  *out = uv_buf_init(c->in, sizeof c->in); /* it is read once it is empty */
}

/* A number that is not meant any more is refused: a late answer does no harm. */
static void fail(struct connection *c)
{
  (void)imstls_client_disconnected(app.client, c->number);
  turn();
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buffer)
{
  struct connection *c = (struct connection *)stream;
  (void)buffer;
  (void)uv_read_stop(stream); /* until the client has taken it */
  c->in_len = len > 0 ? (size_t)len : 0;
  if (len < 0)
    fail(c);
  else
    turn();
}

static void on_connect(uv_connect_t *request, int status)
{
  struct connection *c = request->data;
  imstls_address local;
  uv_os_fd_t fd;
  if (status || uv_fileno((uv_handle_t *)&c->tcp, &fd) || !where_local(fd, &local)) {
    fail(c);
    return;
  }
  (void)imstls_client_connected(app.client, c->number, &local);
  turn();
}

static void on_lookup(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
  struct connection *c = request->data;
  c->looking_up = false;
  if (c->closed)
    uv_close((uv_handle_t *)&c->tcp, forget);
  else if (status || uv_tcp_connect(&c->connect, &c->tcp, list->ai_addr, on_connect))
    fail(c);
  uv_freeaddrinfo(list);
}

static void feed(struct connection *c)
{
  int taken = imstls_client_feed(app.client, c->number, (uint8_t *)c->in, c->in_len);
  if (taken < 0)
    return; /* not connected yet */
  c->in_len -= (size_t)taken;
  memmove(c->in, c->in + taken, c->in_len);
  if (!c->in_len)
    (void)uv_read_start((uv_stream_t *)&c->tcp, room, on_read);
}

static void send_out(struct connection *c)
{
  for (;;) {
    struct out *out = malloc(sizeof *out);
    int len = out ? imstls_client_pull(app.client, c->number, out->octets, sizeof out->octets) : 0;
    uv_buf_t buffer = uv_buf_init(out ? (char *)out->octets : NULL, len > 0 ? (unsigned)len : 0);
    if (len <= 0 || uv_write(&out->request, (uv_stream_t *)&c->tcp, &buffer, 1, written)) {
      free(out);
      return;
    }
  }
}

static void on_timer(uv_timer_t *timer)
{
  (void)timer;
  turn();
}

/* A step, what came of it, and the next deadline. */
static void turn(void)
{
  app.error = app.error ? app.error : imstls_client_step(app.client);
  for (size_t i = 0; i < 2; i++)
    if (app.connections[i]) {
      send_out(app.connections[i]);
      feed(app.connections[i]);
    }
  int64_t ms = imstls_client_timeout_ms(app.client);
  if (ms >= 0)
    (void)uv_timer_start(&app.timer, on_timer, (uint64_t)ms, 0);
  else
    (void)uv_timer_stop(&app.timer);
  if (app.error || imstls_client_state(app.client) == IMSTLS_STATE_STOPPED)
    uv_stop(app.loop);
}

static void on_input(uv_poll_t *input, int status, int events)
{
  (void)status, (void)events;
  if (!where_input_ended())
    return;
  (void)uv_poll_stop(input);
  (void)imstls_client_deregister(app.client);
  turn();
}

static void open_connection(const imstls_event *event)
{
  struct connection *c = calloc(1, sizeof *c);
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
  struct where where;
  app.connections[app.connections[0] != NULL] = c;
  if (!c || uv_tcp_init(app.loop, &c->tcp)) /* then it is closed as it is: nothing more is under way */
    abort();
  c->number = event->connection;
  c->lookup.data = c->connect.data = c;
  if (where_split(event->line, &where))
    c->looking_up = !uv_getaddrinfo(app.loop, &c->lookup, on_lookup, where.host, where.port, &hints);
  if (!c->looking_up)
    (void)imstls_client_disconnected(app.client, c->number);
}

static void close_connection(uint32_t number)
{
  struct connection **at = &app.connections[!app.connections[0] || app.connections[0]->number != number], *c = *at;
  *at = NULL;
  send_out(c); /* what TLS says last: at once, or never */
  c->closed = true;
  if (!c->looking_up)
    uv_close((uv_handle_t *)&c->tcp, forget);
}

static void on_event(void *user, imstls_client *client, const imstls_event *event)
{
  account_show(user, client, event);
  if (event->type == IMSTLS_EVENT_OPEN)
    open_connection(event);
  if (event->type == IMSTLS_EVENT_CLOSE)
    close_connection(event->connection);
}

int main(int argc, char **argv)
{
  static struct account account;
  int status = account_open(&account, argc, argv);
  if (status)
    return status;
  account.config.callbacks.on_event = on_event;
  app.loop = uv_default_loop();
  (void)uv_timer_init(app.loop, &app.timer);
  if (uv_poll_init(app.loop, &app.input, STDIN_FILENO) == 0) /* refused for a plain file: then nothing ends it */
    (void)uv_poll_start(&app.input, UV_READABLE, on_input);
  app.error = imstls_client_new(&app.client, &account.config); /* config.ports.net is NULL: feed mode */
  if (!app.error)
    app.error = imstls_client_register(app.client);
  if (!app.error) {
    turn();
    (void)uv_run(app.loop, UV_RUN_DEFAULT);
  }
  return account_close(&account, app.client, app.error);
}
