/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <imstls/outbound.h>

#include "bridge.h"

enum { ROOM = 32768 };

const char bridge_sdp[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                          "m=audio 9 RTP/AVP 8\r\na=inactive\r\n";

struct out {
  char data[ROOM];
  size_t len;
};

static void put(struct out *o, imstls_text text)
{
  size_t n =
      text.len < sizeof o->data - o->len ? text.len : 0; /* what does not fit makes a message that nobody reads */
  memcpy(o->data + o->len, text.ptr ? text.ptr : "", n);
  o->len += n;
}

static void put_str(struct out *o, const char *text) { put(o, (imstls_text){ text, strlen(text) }); }

/* ---- opening ---- */

/* A free port on loopback. -1: none. */
static int take_port(struct sockaddr_in *at, char text[32])
{
  socklen_t len = sizeof *at;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  *at = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  if (fd < 0 || bind(fd, (struct sockaddr *)at, len) || getsockname(fd, (struct sockaddr *)at, &len)) {
    if (fd >= 0)
      close(fd);
    return -1;
  }
  snprintf(text, 32, "127.0.0.1:%u", ntohs(at->sin_port));
  return fd;
}

static int on_message(void *user, imstls_client *client, const imstls_sip_message *m);

int bridge_open(struct bridge *b, int argc, char **argv)
{
  struct sockaddr_in own;
  *b = (struct bridge){ .fd = -1, .net = IMSTLS_NET_POSIX_INIT };
  int status = account_open(&b->account, argc, argv);
  if (status)
    return status;
  int stack = take_port(&b->to, b->stack); /* found here, since not every stack tells which one it took */
  b->fd = take_port(&own, b->proxy);
  if (stack >= 0)
    close(stack);
  snprintf(b->proxy_uri, sizeof b->proxy_uri, "sip:%s", b->proxy);
  b->account.config.ports.net = imstls_net_posix(&b->net);
  b->account.config.limits.tx_len = 16384; /* an INVITE with its SDP */
  b->account.config.callbacks.on_message = on_message;
  b->account.config.callbacks.user = b;
  int error = stack < 0 || b->fd < 0 ? IMSTLS_ERR_CONNECT : imstls_client_new(&b->client, &b->account.config);
  if (!error)
    error = imstls_client_register(b->client);
  return error ? account_close(&b->account, b->client, error) : 0;
}

int bridge_close(struct bridge *b)
{
  close(b->fd);
  return account_close(&b->account, b->client, imstls_client_error(b->client));
}

/* ---- to the stack ---- */

/* The response comes to us by our Via, and every later request of the dialog by our Record-Route, as with any proxy. */
static void push(struct out *o, const struct bridge *b, const imstls_sip_message *m)
{
  char lines[400];
  imstls_sip_via via = { .more = 0 };
  (void)imstls_sip_via_parse(m->first[IMSTLS_HDR_VIA], &via);
  int branch = via.branch.len < 200 ? (int)via.branch.len : 200; /* the same for CANCEL and INVITE */
  put(o, m->line);
  snprintf(lines, sizeof lines, "\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKbridge%.*s\r\nRecord-Route: <sip:%s;lr>\r\n",
           b->proxy, branch, via.branch.ptr ? via.branch.ptr : "", b->proxy);
  put_str(o, lines);
  put(o, m->headers);
}

static int on_message(void *user, imstls_client *client, const imstls_sip_message *m)
{
  static struct out o;
  const struct bridge *b = user;
  (void)client;
  o.len = 0;
  if (!m->status)
    push(&o, b, m);
  else { /* the caller reads the route set backwards: ours last is its first */
    put(&o, m->line);
    put_str(&o, "\r\n");
    put(&o, m->headers);
    put_str(&o, "Record-Route: <sip:");
    put_str(&o, b->proxy);
    put_str(&o, ";lr>\r\n");
  }
  put_str(&o, "\r\n");
  put(&o, m->body);
  (void)sendto(b->fd, o.data, o.len, 0, (const struct sockaddr *)&b->to, sizeof b->to);
  return 1;
}

/* ---- from the stack ---- */

/* Copies all but the first value of the first field with this id. */
static void put_without_first(struct out *o, const imstls_sip_message *m, int id)
{
  imstls_sip_field field = { .id = 0 };
  imstls_text item;
  put(o, m->line);
  put_str(o, "\r\n");
  for (bool gone = false; imstls_sip_field_next(m, &field) == IMSTLS_OK; gone = gone || field.id == id) {
    imstls_text rest = field.value, none;
    if (gone || field.id != id) {
      put(o, field.raw);
      continue;
    }
    (void)imstls_sip_list_next(&rest, &none);
    if (imstls_sip_list_next(&rest, &item) == IMSTLS_OK) {
      put(o, field.name);
      put_str(o, ": ");
      put(o, (imstls_text){ item.ptr, (size_t)(field.value.ptr + field.value.len - item.ptr) });
      put_str(o, "\r\n");
    }
  }
  put_str(o, "\r\n");
  put(o, m->body);
}

/* Does the route of a request begin with us? */
static bool is_routed_by_us(const struct bridge *b, const imstls_sip_message *m)
{
  imstls_text rest = m->first[IMSTLS_HDR_ROUTE];
  imstls_sip_address first;
  size_t len = strlen(b->proxy);
  if (!rest.ptr || imstls_sip_address_next(&rest, &first) || first.uri.len < 4 + len)
    return false;
  return memcmp(first.uri.ptr + 4, b->proxy, len) == 0;
}

void bridge_read(struct bridge *b)
{
  static char data[ROOM];
  static struct out o;
  imstls_sip_message m = { .size = sizeof m };
  ssize_t n = recv(b->fd, data, sizeof data, MSG_DONTWAIT);
  if (n <= 0 || imstls_sip_parse(&m, data, (size_t)n))
    return; /* a keep-alive of the stack's */
  o.len = 0;
  if (m.status || is_routed_by_us(b, &m))
    put_without_first(&o, &m, m.status ? IMSTLS_HDR_VIA : IMSTLS_HDR_ROUTE);
  else
    put(&o, m.raw);
  (void)imstls_client_send_stamped(b->client, o.data, o.len); /* not now: UDP, so the stack will say it again */
}

/* What somebody wrote must not steer the terminal. */
bool bridge_show(const char *text, size_t len)
{
  fputs("message: ", stdout);
  for (size_t i = 0; i < len; i++)
    putchar(text[i] < ' ' || text[i] > '~' ? '.' : text[i]);
  putchar('\n');
  return len == 4 && memcmp(text, "call", 4) == 0;
}

/* ---- the loop ---- */

static bool is_armed(const struct bridge *b, const imstls_wait *waits, size_t count)
{
  bool same = count == b->count;
  for (size_t i = 0; same && i < count; i++) /* a socket that is closed and one with its number differ by generation */
    same = waits[i].socket == b->armed[i].socket && waits[i].events == b->armed[i].events &&
           waits[i].generation == b->armed[i].generation;
  return same;
}

static void arm(struct bridge *b, const struct bridge_loop *loop, const imstls_wait *waits, size_t count)
{
  for (size_t i = 0; i < b->count; i++)
    loop->drop(i, (int)b->armed[i].socket);
  for (size_t i = 0; i < count; i++)
    loop->add(i, (int)waits[i].socket, waits[i].events & IMSTLS_WAIT_READ, waits[i].events & IMSTLS_WAIT_WRITE);
  memcpy(b->armed, waits, count * sizeof *waits);
  b->count = count;
}

int bridge_step(struct bridge *b, const struct bridge_loop *loop)
{
  imstls_wait waits[BRIDGE_WAITS];
  if (b->wants_end && !b->leaves)
    b->leaves = imstls_client_deregister(b->client) == IMSTLS_OK;
  (void)imstls_client_step(b->client);
  size_t count = imstls_client_waits(b->client, waits, BRIDGE_WAITS);
  if (!is_armed(b, waits, count))
    arm(b, loop, waits, count);
  if (imstls_client_state(b->client) == IMSTLS_STATE_STOPPED)
    return -1;
  int64_t ms = imstls_client_timeout_ms(b->client);
  return ms >= 0 && ms < 1000 ? (int)ms : 1000;
}
