/* SPDX-License-Identifier: Apache-2.0 */
/* Example P-CSCF: sockets and the loop. One thread, poll(), nothing blocks. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "pcscf.h"
#include "pcscf_options.h"
#include "standard.h"

enum { IDLE_MS = 300000 }; /* without a registration */

static int wake[2]; /* a signal writes into it */

static void on_signal(int number)
{
  (void)number;
  int error = errno;
  if (write(wake[1], "", 1) < 0)
    errno = 0; /* full: it will wake anyway */
  errno = error;
}

uint64_t now_ms(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- flows ---- */

void flow_send(struct flow *flow, const char *data, size_t len)
{
  if (flow->kind == FLOW_UDP) {
    (void)sendto(flow->fd, data, len, MSG_NOSIGNAL, (struct sockaddr *)&flow->peer, flow->peer_len);
    flow->tx_len = len < sizeof flow->tx ? len : 0; /* kept for a request that comes again */
    memcpy(flow->tx, data, flow->tx_len);
    return;
  }
  if (len > sizeof flow->tx - flow->tx_len) {
    flow->closing = true; /* a peer that does not read */
    return;
  }
  memcpy(flow->tx + flow->tx_len, data, len);
  flow->tx_len += len;
}

void flow_close(struct pcscf *p, size_t slot)
{
  struct flow *flow = p->flows[slot];
  sip_flow_ended(p, flow);
  session_close(flow->session);
  close(flow->fd);
  imstls_wipe(flow, sizeof *flow);
  free(flow);
  p->flows[slot] = NULL;
}

static void accept_one(struct pcscf *p, const struct listener *from)
{
  int fd = accept(from->fd, NULL, NULL), one = 1;
  size_t slot = 0;
  if (fd < 0)
    return;
  while (slot < p->options.connections && p->flows[slot])
    slot++;
  struct flow *flow = slot < p->options.connections ? calloc(1, sizeof *flow) : NULL;
  if (!flow) {
    say(p, "refused", "why", "too many connections", NULL);
    close(fd);
    return;
  }
  (void)fcntl(fd, F_SETFL, O_NONBLOCK);
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  flow->kind = from->kind;
  flow->fd = fd;
  flow->number = ++p->opened;
  flow->sa = from->sa;
  flow->idle_at = now_ms() + IDLE_MS;
  flow->framer.size = sizeof flow->framer;
  p->flows[slot] = flow;
  if (flow->kind == FLOW_TLS && !(flow->session = session_open(p->tls, flow)))
    flow_close(p, slot);
}

static void refuse_octets(struct pcscf *p, struct flow *flow, const char *why)
{
  say(p, "refused", "why", why, NULL);
  flow->closing = true;
}

/* Takes whole messages off the buffer. */
static void take_messages(struct pcscf *p, struct flow *flow)
{
  imstls_sip_message message = { .size = sizeof message };
  size_t at = 0, skip, len;
  int error = IMSTLS_OK;
  while (!flow->closing && at < flow->rx_len) {
    error = imstls_sip_frame(&flow->framer, flow->rx + at, flow->rx_len - at, sizeof flow->rx, &skip, &len);
    if (error != IMSTLS_OK && error != IMSTLS_PENDING)
      break;
    if (skip >= 4) { /* RFC 5626 3.5.1: ping, pong */
      flow_send(flow, "\r\n", 2);
      if (p->options.outbound)
        say(p, "pinged", NULL);
    }
    at += skip;
    if (error == IMSTLS_PENDING)
      break;
    flow->framer.size = sizeof flow->framer;
    error = imstls_sip_parse(&message, flow->rx + at, len);
    if (error)
      break;
    flow->idle_at = now_ms() + IDLE_MS;
    sip_receive(p, flow, &message);
    at += len;
  }
  memmove(flow->rx, flow->rx + at, flow->rx_len - at);
  flow->rx_len -= at;
  if (error != IMSTLS_OK && error != IMSTLS_PENDING)
    refuse_octets(p, flow, imstls_error_name(error));
}

static int flow_read(struct flow *flow)
{
  size_t room = sizeof flow->rx - flow->rx_len;
  if (flow->session)
    return session_read(flow->session, flow->rx + flow->rx_len, room);
  ssize_t n = recv(flow->fd, flow->rx + flow->rx_len, room, 0);
  return n >= 0 ? (int)n : errno == EAGAIN || errno == EINTR ? IO_AGAIN : IO_FAILED;
}

static int flow_write(struct flow *flow)
{
  if (flow->session)
    return session_write(flow->session, flow->tx, flow->tx_len);
  ssize_t n = send(flow->fd, flow->tx, flow->tx_len, MSG_NOSIGNAL);
  return n >= 0 ? (int)n : errno == EAGAIN || errno == EINTR ? IO_WRITE : IO_FAILED;
}

/* True: the handshake is done. */
static bool secure(struct pcscf *p, struct flow *flow, bool *ended)
{
  if (flow->kind != FLOW_TLS || flow->secured)
    return true;
  if (fault_on_connection(p, flow)) {
    session_close(flow->session);
    flow->session = NULL;
    return true;
  }
  int n = session_handshake(flow->session, flow);
  *ended = n == IO_FAILED;
  if (n)
    return false;
  flow->secured = true;
  say(p, "tls", "version", session_version(flow->session), "suite", session_suite(flow->session), "#resumed",
      session_resumed(flow->session) ? "true" : "false", NULL);
  return true;
}

/* True: the connection is over. */
static bool serve(struct pcscf *p, struct flow *flow, short ready)
{
  bool ended = false;
  int n = IO_AGAIN;
  if (!ready && !flow->tx_len)
    return flow->closing;
  if (!secure(p, flow, &ended))
    return ended;
  while (!flow->closing && ready && (n = flow_read(flow)) > 0) {
    flow->rx_len += (size_t)n;
    take_messages(p, flow);
  }
  ended = n == 0 || n == IO_FAILED;
  while (flow->tx_len && (n = flow_write(flow)) > 0) {
    memmove(flow->tx, flow->tx + n, flow->tx_len - (size_t)n);
    flow->tx_len -= (size_t)n;
  }
  return ended || n == IO_FAILED || (flow->closing && !flow->tx_len);
}

static void serve_datagram(struct pcscf *p, const struct listener *from)
{
  static struct flow plain; /* lives for one datagram */
  imstls_sip_message message = { .size = sizeof message };
  struct flow *flow = from->flow ? from->flow : &plain;
  struct sockaddr_storage peer;
  socklen_t peer_len = sizeof peer;
  ssize_t n = recvfrom(from->fd, flow->rx, sizeof flow->rx, 0, (struct sockaddr *)&peer, &peer_len);
  if (!from->flow) {
    flow->kind = FLOW_UDP;
    flow->fd = from->fd;
    flow->peer = peer;
    flow->peer_len = peer_len;
  }
  if (n > 0 && imstls_sip_parse(&message, flow->rx, (size_t)n) == IMSTLS_OK)
    sip_receive(p, flow, &message);
}

/* ---- the loop ---- */

static int timeout_ms(const struct pcscf *p)
{
  uint64_t now = now_ms(), at = now + 500;
  for (size_t i = 0; i < p->options.registrations; i++) {
    uint64_t notify_at = p->regs[i].watcher.notify_at;
    if (notify_at && notify_at < at)
      at = notify_at;
  }
  for (size_t i = 0; i < p->options.connections; i++) {
    const struct flow *f = p->flows[i];
    if (f && f->idle_at < at)
      at = f->idle_at;
    if (f && f->greet_at && f->greet_at < at)
      at = f->greet_at;
  }
  return at > now ? (int)(at - now) : 0;
}

static bool has_registration(const struct pcscf *p, const struct flow *flow)
{
  for (size_t i = 0; i < p->options.registrations; i++)
    if (p->regs[i].registered && p->regs[i].flow == flow)
      return true;
  return false;
}

static void serve_flow(struct pcscf *p, size_t slot, short ready)
{
  struct flow *flow = p->flows[slot];
  if (flow->greet_at && now_ms() >= flow->greet_at) {
    flow->greet_at = 0;
    sip_greet(p, flow);
  }
  bool ended = serve(p, flow, ready), is_time = now_ms() >= flow->idle_at;
  if (ended || (is_time && !has_registration(p, flow)))
    flow_close(p, slot);
  else if (is_time)
    flow->idle_at = now_ms() + IDLE_MS;
}

/* True: somebody asked for the end. */
static bool turn(struct pcscf *p)
{
  struct pollfd *fds = p->polled;
  size_t n = 0, flows = 0, listeners;
  register_tick(p);
  subscribe_tick(p);
  sas_tick(p);
  fds[n++] = (struct pollfd){ .fd = wake[0], .events = POLLIN };
  listeners = p->listener_count;
  for (size_t i = 0; i < listeners; i++)
    fds[n++] = (struct pollfd){ .fd = p->listeners[i].fd, .events = POLLIN };
  for (size_t i = 0; i < p->options.connections; i++)
    if (p->flows[i]) {
      short events = (short)(POLLIN | (p->flows[i]->tx_len ? POLLOUT : 0));
      p->slots[flows++] = i;
      fds[n++] = (struct pollfd){ .fd = p->flows[i]->fd, .events = events };
    }
  if (poll(fds, n, timeout_ms(p)) < 0)
    return errno != EINTR;
  if (fds[0].revents)
    return true;
  for (size_t i = 0; i < flows; i++)
    serve_flow(p, p->slots[i], fds[1 + listeners + i].revents);
  for (size_t i = 0; i < listeners; i++)
    if (fds[1 + i].revents && p->listeners[i].kind == FLOW_UDP)
      serve_datagram(p, &p->listeners[i]);
    else if (fds[1 + i].revents)
      accept_one(p, &p->listeners[i]);
  return false;
}

static bool everything_sent(const struct pcscf *p)
{
  for (size_t i = 0; i < p->options.connections; i++)
    if (p->flows[i] && p->flows[i]->tx_len)
      return false;
  return true;
}

/* ---- listening ---- */

int listen_on(struct sockaddr_storage *bound, int type)
{
  int one = 1;
  socklen_t len = bound->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  int fd = socket(bound->ss_family, type, 0);
  if (fd < 0)
    return -1;
  if (type == SOCK_STREAM)
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)bound, len) || (type == SOCK_STREAM && listen(fd, 64)) ||
      fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
    close(fd);
    return -1;
  }
  len = sizeof *bound;
  (void)getsockname(fd, (struct sockaddr *)bound, &len);
  return fd;
}

void add_listener(struct pcscf *p, int fd, enum flow_kind kind, unsigned sa, struct flow *flow)
{
  p->listeners[p->listener_count++] = (struct listener){ fd, kind, sa, flow };
}

static uint16_t port_of(const struct sockaddr_storage *a)
{
  return ntohs(a->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)(const void *)a)->sin6_port
                                        : ((const struct sockaddr_in *)(const void *)a)->sin_port);
}

/* TCP and UDP on one port; with port 0 the one that TCP got may be taken for UDP: then another. */
static bool listen_plain(struct pcscf *p, struct sockaddr_storage *bound)
{
  for (int i = 0; i < 20; i++) {
    (void)address_parse(p->options.listen_plain, bound);
    int tcp = listen_on(bound, SOCK_STREAM);
    int udp = tcp < 0 ? -1 : listen_on(bound, SOCK_DGRAM);
    if (udp >= 0) {
      add_listener(p, tcp, FLOW_TCP, 0, NULL);
      add_listener(p, udp, FLOW_UDP, 0, NULL);
      return true;
    }
    if (tcp < 0)
      return false;
    close(tcp);
  }
  return false;
}

static int start(struct pcscf *p)
{
  struct sockaddr_storage tls, plain;
  char text[2][80] = { "", "" }, port[2][8] = { "0", "0" };
  (void)address_parse(p->options.listen, &tls);
  int fd = listen_on(&tls, SOCK_STREAM);
  const char *option = "--listen", *failed = fd < 0 ? p->options.listen : NULL;
  if (fd >= 0)
    add_listener(p, fd, FLOW_TLS, 0, NULL);
  if (!failed && p->options.listen_plain && !listen_plain(p, &plain))
    option = "--listen-plain", failed = p->options.listen_plain;
  if (failed) {
    fprintf(stderr, "pcscf: %s: %s: %s\n", option, failed, errno ? strerror(errno) : "cannot listen");
    return EXIT_USAGE;
  }
  address_write(&tls, text[0], sizeof text[0]);
  snprintf(port[0], sizeof port[0], "%u", port_of(&tls));
  if (p->options.listen_plain) {
    address_write(&plain, text[1], sizeof text[1]);
    snprintf(port[1], sizeof port[1], "%u", port_of(&plain));
    say(p, "ready", "@address", text[0], "@plain_address", text[1], "#port", port[0], "#plain_port", port[1], NULL);
  } else
    say(p, "ready", "@address", text[0], "#port", port[0], NULL);
  return 0;
}

/* A connection each, beside what any program has open. */
static bool may_open(size_t connections)
{
  enum { OTHERS = 16 + MAX_LISTENERS };
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit))
    return false;
  rlim_t due = (rlim_t)connections + OTHERS;
  if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < due)
    limit.rlim_cur = due;
  return (limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= due) && setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static int make_room(struct pcscf *p)
{
  size_t connections = p->options.connections;
  p->flows = calloc(connections, sizeof(struct flow *));
  p->regs = calloc(p->options.registrations, sizeof *p->regs);
  p->polled = calloc(1 + MAX_LISTENERS + connections, sizeof *p->polled);
  p->slots = calloc(connections, sizeof *p->slots);
  if (p->flows && p->regs && p->polled && p->slots)
    return 0;
  fprintf(stderr, "pcscf: no memory\n");
  p->options.connections = p->options.registrations = 0;
  return EXIT_INTERNAL;
}

static void finish(struct pcscf *p)
{
  sas_close(p); /* first: what TCP says afterwards would leave in clear */
  for (size_t i = 0; i < p->options.connections; i++)
    if (p->flows[i])
      flow_close(p, i);
  for (size_t i = 0; i < p->listener_count; i++)
    close(p->listeners[i].fd);
  tls_close(p->tls);
  if (p->regs)
    imstls_wipe(p->regs, p->options.registrations * sizeof *p->regs);
  free(p->flows);
  free(p->regs);
  free(p->polled);
  free(p->slots);
  imstls_wipe(p, sizeof *p);
}

int main(int argc, char **argv)
{
  static struct pcscf pcscf;
  struct pcscf *p = &pcscf;
  struct sigaction action = { .sa_handler = on_signal };
  if (!open_standard())
    return EXIT_INTERNAL;
  p->start_ms = now_ms();
  int status = options_parse(&p->options, argc, argv);
  if (status)
    return status < 0 ? EXIT_DONE : status;
  if (pipe(wake))
    return EXIT_INTERNAL;
  (void)fcntl(wake[1], F_SETFL, O_NONBLOCK);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  if (!may_open(p->options.connections)) {
    fprintf(stderr, "pcscf: --connections: more than this process may open files\n");
    return EXIT_USAGE;
  }
  status = make_room(p);
  if (!status)
    status = home_open(&p->home, &p->options);
  if (!status)
    status = tls_open(p);
  if (!status)
    status = sas_open(p);
  if (!status)
    status = start(p);
  while (!status && !turn(p))
    if (p->options.count && p->completed >= p->options.count && everything_sent(p))
      break;
  finish(p);
  return status;
}
