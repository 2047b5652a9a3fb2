/* SPDX-License-Identifier: Apache-2.0 */
/* The clients' side: one UDP socket and connections over TCP, none of which can hold the others up. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway.h"

enum {
  CONNECTIONS = 32,
  DATAGRAM_MAX = 65536,
  DATAGRAMS = 16,        /* in one turn */
  TX_MAX = 2 * TEXT_MAX, /* that a client leaves unread */
  LINE_MAX_LEN = 8192,   /* start line */
  SKIP_MAX = 262144,     /* of a message that does not fit */
  GREETING_MS = 10000,   /* to the first whole message */
  PIECE_MS = 30000,      /* for a message, and for a client that does not read */
  PORT_TRIES = 16
};

struct connection {
  int fd; /* -1: free */
  unsigned number;
  union address from;
  uint16_t port; /* where it listens; 0: not known yet */
  bool connecting, spoke, skipping;
  size_t skipped, rx_len, tx_len, polled;
  uint64_t rx_until, tx_until; /* 0: nothing is waited for */
  imstls_sip_framer framer;
  char rx[MESSAGE_MAX], tx[TX_MAX];
};

struct sockets {
  int udp, listener;
  unsigned numbers;
  struct connection all[CONNECTIONS];
};

/* ---- opening ---- */

static int make(int type, const union address *at)
{
  int one = 1, fd = socket(at->any.sa_family, type, 0);
  if (fd < 0)
    return -1;
  if (type == SOCK_STREAM)
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
      bind(fd, &at->any, address_len(at)) == 0)
    return fd;
  close(fd);
  return -1;
}

/* Both transports at the same port. */
static bool open_both(struct sockets *s, union address *at)
{
  union address bound = *at;
  socklen_t len = sizeof bound;
  s->listener = -1;
  s->udp = make(SOCK_DGRAM, at);
  if (s->udp >= 0 && getsockname(s->udp, &bound.any, &len) == 0)
    s->listener = make(SOCK_STREAM, &bound);
  if (s->listener >= 0 && listen(s->listener, CONNECTIONS) == 0) {
    *at = bound;
    return true;
  }
  int error = errno;
  if (s->udp >= 0)
    close(s->udp);
  if (s->listener >= 0)
    close(s->listener);
  errno = error;
  return false;
}

int sockets_open(struct sockets **sockets, union address *at)
{
  static struct sockets only;
  bool any_port = address_port(at) == 0, open = false;
  for (int i = 0; i < PORT_TRIES && !open; i++) {
    open = open_both(&only, at);
    if (!any_port)
      break;
  }
  for (size_t i = 0; i < CONNECTIONS; i++)
    only.all[i].fd = -1;
  if (open)
    *sockets = &only;
  else
    fprintf(stderr, "%s: --sip: %s\n", program, strerror(errno));
  return open ? 0 : EXIT_USAGE;
}

static void end(struct connection *c)
{
  if (c->fd >= 0)
    close(c->fd);
  c->fd = -1;
}

void sockets_close(struct sockets *s)
{
  if (!s)
    return;
  for (size_t i = 0; i < CONNECTIONS; i++)
    end(&s->all[i]);
  close(s->udp);
  close(s->listener);
}

/* ---- connections ---- */

/* One that has never said anything gives its place to a new one. */
static struct connection *free_place(struct sockets *s)
{
  struct connection *silent = NULL;
  for (size_t i = 0; i < CONNECTIONS; i++) {
    struct connection *c = &s->all[i];
    if (c->fd < 0)
      return c;
    bool may_go = !c->spoke && !c->connecting;
    if (may_go && (!silent || c->number < silent->number))
      silent = c;
  }
  if (silent)
    end(silent);
  return silent;
}

static void begin(struct sockets *s, struct connection *c, int fd, const union address *from)
{
  int one = 1;
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one); /* a client that is gone without a word */
  memset(c, 0, offsetof(struct connection, rx));
  c->fd = fd;
  c->number = ++s->numbers ? s->numbers : ++s->numbers;
  c->from = *from;
  c->rx_until = phone_now() + GREETING_MS;
  c->polled = SIZE_MAX;
}

static struct peer peer_of(const struct connection *c)
{
  return (struct peer){ .from = c->from, .tcp = true, .port = c->port, .connection = c->number };
}

static void accept_one(struct sockets *s, take_fn *take, void *user)
{
  union address from;
  socklen_t len = sizeof from;
  memset(&from, 0, sizeof from);
  int fd = accept(s->listener, &from.any, &len);
  if (fd < 0)
    return;
  struct connection *c = free_place(s);
  if (c && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0) {
    begin(s, c, fd, &from);
    return;
  }
  struct peer peer = { .from = from, .tcp = true };
  take(user, &peer, (imstls_text){ "", 0 }, TAKEN_TOO_MANY);
  close(fd);
}

static void flush(struct connection *c)
{
  if (c->connecting || c->fd < 0)
    return;
  ssize_t n = send(c->fd, c->tx, c->tx_len, MSG_NOSIGNAL);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n < 0) {
    end(c);
    return;
  }
  c->tx_len -= (size_t)n;
  memmove(c->tx, c->tx + n, c->tx_len);
  c->tx_until = c->tx_len ? phone_now() + PIECE_MS : 0;
}

/* Where the client listens: a loopback client is a stranger's way to nowhere else. */
static struct connection *call(struct sockets *s, const struct peer *to)
{
  union address at = to->from;
  struct connection *c = to->port ? free_place(s) : NULL;
  int fd = c ? socket(at.any.sa_family, SOCK_STREAM, 0) : -1;
  if (fd < 0)
    return NULL;
  address_set_port(&at, to->port);
  bool begun = fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
               (connect(fd, &at.any, address_len(&at)) == 0 || errno == EINPROGRESS);
  if (!begun) {
    close(fd);
    return NULL;
  }
  begin(s, c, fd, &at);
  c->port = to->port;
  c->connecting = true;
  return c;
}

/* Its own, else another one of the same client, else a new one. */
static struct connection *way_to(struct sockets *s, const struct peer *to)
{
  struct connection *other = NULL;
  for (size_t i = 0; i < CONNECTIONS; i++) {
    struct connection *c = &s->all[i];
    if (c->fd >= 0 && c->number == to->connection)
      return c;
    bool same_port = to->port && c->port == to->port;
    if (c->fd >= 0 && same_port && address_same_host(&c->from, &to->from))
      other = c;
  }
  return other ? other : call(s, to);
}

bool sockets_send(struct sockets *s, const struct peer *to, const char *text, size_t len)
{
  if (!to->tcp) /* what gets lost is sent again */
    return sendto(s->udp, text, len, 0, &to->from.any, address_len(&to->from)) == (ssize_t)len || errno == EAGAIN;
  struct connection *c = way_to(s, to);
  if (!c)
    return false;
  if (len > sizeof c->tx - c->tx_len) {
    end(c); /* it does not read */
    return false;
  }
  memcpy(c->tx + c->tx_len, text, len);
  c->tx_len += len;
  if (!c->tx_until)
    c->tx_until = phone_now() + PIECE_MS;
  flush(c);
  return true;
}

/* ---- what comes ---- */

static bool is_blank(const char *text, size_t len)
{
  for (size_t i = 0; i < len; i++)
    if (text[i] != '\r' && text[i] != '\n' && text[i] != '\0')
      return false;
  return true;
}

/* A start line as far as it is there: "SIP/2.0 ..." or "... SIP/2.0". Browsers reach loopback too, and say HTTP. */
static bool may_be_sip(const char *text, size_t len)
{
  static const char version[] = "SIP/2.0";
  const char *lf = memchr(text, '\n', len);
  size_t line = lf ? (size_t)(lf - text) : len;
  if (!lf)
    return len < LINE_MAX_LEN;
  if (line && text[line - 1] == '\r')
    line--;
  bool response = line > 7 && imstls_text_is((imstls_text){ text, 7 }, version) && text[7] == ' ';
  bool request = line > 8 && imstls_text_is((imstls_text){ text + line - 7, 7 }, version) && text[line - 8] == ' ';
  return response || request;
}

static void drop(struct connection *c, size_t n)
{
  c->rx_len -= n;
  memmove(c->rx, c->rx + n, c->rx_len);
}

static uint16_t listening_port(const char *text, size_t len)
{
  imstls_sip_message m;
  imstls_sip_via via;
  uint32_t port;
  if (imstls_sip_parse(&m, text, len) || m.status || imstls_sip_via_parse(m.first[IMSTLS_HDR_VIA], &via))
    return 0;
  return via.port.ptr && imstls_sip_number(via.port, &port) == IMSTLS_OK ? (uint16_t)port : 5060;
}

/* Who takes it may answer, and an answer may end this connection and give its place to another one. */
static void whole(struct connection *c, const char *text, size_t len, take_fn *take, void *user)
{
  uint16_t port = listening_port(text, len);
  c->port = port ? port : c->port;
  c->spoke = true;
  struct peer peer = peer_of(c);
  take(user, &peer, (imstls_text){ text, len }, TAKEN_WHOLE);
  if (c->fd >= 0 && c->number == peer.connection)
    drop(c, len);
}

/* It does not fit: answered once, then passed over. False: the next message is not to be found. */
static bool skip(struct connection *c)
{
  size_t taken = 0;
  int result = imstls_sip_skip(&c->framer, c->rx, c->rx_len, &taken);
  drop(c, taken);
  c->skipped += taken;
  c->skipping = result == IMSTLS_PENDING;
  return (result == IMSTLS_OK || result == IMSTLS_PENDING) && c->skipped + c->framer.body_len <= SKIP_MAX;
}

/* One message or a piece; false: more octets are needed, or the connection is over. */
static bool take_one(struct connection *c, take_fn *take, void *user)
{
  size_t blank = 0, len = 0;
  struct peer peer = peer_of(c);
  if (c->skipping) {
    if (!skip(c))
      end(c);
    return c->fd >= 0 && !c->skipping;
  }
  int result = imstls_sip_frame(&c->framer, c->rx, c->rx_len, sizeof c->rx, &blank, &len);
  if (blank >= 4 && c->tx_len + 2 <= sizeof c->tx) { /* RFC 5626 3.5.1: a ping wants its pong */
    memcpy(c->tx + c->tx_len, "\r\n", 2);
    c->tx_len += 2;
    flush(c);
  }
  drop(c, blank);
  bool sip = c->fd >= 0 && (!c->rx_len || may_be_sip(c->rx, c->rx_len));
  if (sip && result == IMSTLS_PENDING)
    return false;
  if (sip && result == IMSTLS_OK) {
    whole(c, c->rx, len, take, user);
    return c->fd >= 0 && c->number == peer.connection;
  }
  if (c->fd < 0)
    return false;
  enum taken taken = !sip ? TAKEN_NOT_SIP : result == IMSTLS_ERR_SIP_OVERSIZED ? TAKEN_TOO_LONG : TAKEN_UNREADABLE;
  take(user, &peer, (imstls_text){ c->rx, c->rx_len }, taken);
  if (c->number != peer.connection)
    return false;
  c->skipped = 0;
  if (taken != TAKEN_TOO_LONG || c->fd < 0 || !skip(c))
    end(c);
  return c->fd >= 0 && !c->skipping;
}

static void receive(struct connection *c, take_fn *take, void *user)
{
  ssize_t n = recv(c->fd, c->rx + c->rx_len, sizeof c->rx - c->rx_len, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n <= 0) {
    end(c);
    return;
  }
  bool waiting = c->rx_len > 0 || c->skipping;
  c->rx_len += (size_t)n;
  while (c->fd >= 0 && c->rx_len > 0 && take_one(c, take, user))
    waiting = false;
  bool piece = c->rx_len > 0 || c->skipping;
  if (c->spoke && !piece)
    c->rx_until = 0;
  else if (c->spoke && !waiting)
    c->rx_until = phone_now() + PIECE_MS;
}

static void turn(struct connection *c, uint32_t events, take_fn *take, void *user)
{
  int error = 0;
  socklen_t len = sizeof error;
  if (c->connecting && (events & IMSTLS_WAIT_WRITE)) {
    c->connecting = false;
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) || error) {
      struct peer peer = peer_of(c);
      end(c);
      take(user, &peer, (imstls_text){ "", 0 }, TAKEN_UNREACHED);
      return;
    }
    c->spoke = true; /* it was our wish */
    c->rx_until = 0;
  }
  if (c->fd >= 0 && c->tx_len && (events & IMSTLS_WAIT_WRITE))
    flush(c);
  if (c->fd >= 0 && (events & IMSTLS_WAIT_READ))
    receive(c, take, user);
}

static void datagram(struct sockets *s, take_fn *take, void *user)
{
  static char text[DATAGRAM_MAX];
  struct peer peer = { .tcp = false };
  for (int i = 0; i < DATAGRAMS; i++) {
    socklen_t from_len = sizeof peer.from;
    ssize_t n = recvfrom(s->udp, text, sizeof text, 0, &peer.from.any, &from_len);
    if (n < 0)
      return;
    size_t len = (size_t)n;
    if (is_blank(text, len))
      continue; /* a ping, which wants nothing (RFC 5626 has STUN for it) */
    enum taken taken = len > MESSAGE_MAX ? TAKEN_TOO_LONG : TAKEN_WHOLE;
    if (!may_be_sip(text, len))
      taken = TAKEN_NOT_SIP;
    take(user, &peer, (imstls_text){ text, len }, taken);
  }
}

size_t sockets_wait(struct sockets *s, struct waiting *all)
{
  size_t n = 2;
  all[0] = (struct waiting){ .socket = s->udp, .wants = IMSTLS_WAIT_READ };
  all[1] = (struct waiting){ .socket = s->listener, .wants = IMSTLS_WAIT_READ };
  for (size_t i = 0; i < CONNECTIONS; i++) {
    struct connection *c = &s->all[i];
    c->polled = SIZE_MAX;
    if (c->fd < 0)
      continue;
    c->polled = n;
    uint32_t writes = c->tx_len || c->connecting ? IMSTLS_WAIT_WRITE : 0;
    all[n++] = (struct waiting){ .socket = c->fd, .wants = IMSTLS_WAIT_READ | writes };
  }
  return n;
}

uint64_t sockets_due(const struct sockets *s)
{
  uint64_t at = 0;
  for (size_t i = 0; i < CONNECTIONS; i++) {
    const struct connection *c = &s->all[i];
    uint64_t both[2] = { c->rx_until, c->tx_until };
    for (int k = 0; k < 2; k++) {
      bool waits = c->fd >= 0 && both[k];
      if (waits && (!at || both[k] < at))
        at = both[k];
    }
  }
  return at;
}

void sockets_turn(struct sockets *s, const struct waiting *all, size_t count, take_fn *take, void *user)
{
  uint64_t now = phone_now();
  for (size_t i = 0; i < CONNECTIONS; i++) {
    struct connection *c = &s->all[i];
    if (c->fd >= 0 && c->polled < count && all[c->polled].ready)
      turn(c, all[c->polled].ready, take, user);
    bool late = (c->rx_until && now >= c->rx_until) || (c->tx_until && now >= c->tx_until);
    if (c->fd >= 0 && late)
      end(c);
  }
  if (all[0].ready)
    datagram(s, take, user);
  if (all[1].ready)
    accept_one(s, take, user);
}
