/* SPDX-License-Identifier: Apache-2.0 */
/* TCP and UDP over POSIX sockets. */
#define _DEFAULT_SOURCE 1 /* SO_BINDTODEVICE, SO_MARK */

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <imstls/error.h>
#include <imstls/net.h>

#include "port/posix/descriptor.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

enum { UNACKNOWLEDGED_MS = 32000 }; /* 64*T1 of RFC 3261: as long as a request may go without an answer */
enum { BACKLOG = 4, DATAGRAM_TRIES = 8, IO_MAX = 1 << 20 };

typedef union sock_address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  struct sockaddr_storage room;
} sock_address;

static int failed(imstls_net_posix_part *part, int result)
{
  part->last_errno = errno;
  return result;
}

static socklen_t to_system(const imstls_address *from, sock_address *to)
{
  memset(to, 0, sizeof *to);
  if (from->family == 4) {
    to->v4.sin_family = AF_INET;
    to->v4.sin_port = htons(from->port);
    memcpy(&to->v4.sin_addr, from->ip, 4);
    return sizeof to->v4;
  }
  to->v6.sin6_family = AF_INET6;
  to->v6.sin6_port = htons(from->port);
  to->v6.sin6_scope_id = from->scope;
  memcpy(&to->v6.sin6_addr, from->ip, 16);
  return sizeof to->v6;
}

static bool from_system(const sock_address *from, imstls_address *to)
{
  memset(to, 0, sizeof *to);
  if (from->any.sa_family == AF_INET) {
    to->family = 4;
    to->port = ntohs(from->v4.sin_port);
    memcpy(to->ip, &from->v4.sin_addr, 4);
    return true;
  }
  if (from->any.sa_family != AF_INET6)
    return false;
  to->family = 6;
  to->port = ntohs(from->v6.sin6_port);
  to->scope = from->v6.sin6_scope_id;
  memcpy(to->ip, &from->v6.sin6_addr, 16);
  return true;
}

/* One pass for each family, the preferred first; within a family as the resolver says (RFC 6724). */
static size_t take_addresses(const struct addrinfo *list, uint32_t family, bool other, imstls_address *out, size_t cap)
{
  size_t n = 0;
  for (; list && n < cap; list = list->ai_next) {
    sock_address address;
    imstls_address one;
    if (list->ai_addrlen > sizeof address)
      continue;
    memset(&address, 0, sizeof address);
    memcpy(&address, list->ai_addr, list->ai_addrlen);
    if (!from_system(&address, &one))
      continue;
    if (family != 0 && (one.family == family) == other)
      continue;
    one.port = 0;
    out[n++] = one;
  }
  return n;
}

static int resolve(void *user, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count)
{
  imstls_net_posix_part *part = user;
  struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
  struct addrinfo *list = NULL;
  *count = 0;
  if (getaddrinfo(query->host, NULL, &hints, &list) != 0)
    return failed(part, IMSTLS_ERR_RESOLVE);
  *count = take_addresses(list, part->prefer, false, out, cap);
  if (part->prefer != 0)
    *count += take_addresses(list, part->prefer, true, out + *count, cap - *count);
  freeaddrinfo(list);
  return *count > 0 ? IMSTLS_OK : IMSTLS_ERR_RESOLVE;
}

static bool set_flags(int fd)
{
  int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

static bool set_int(int fd, int level, int option, int value)
{
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/* A TLS handshake takes 45 ms longer with Nagle's algorithm; one flight is one send anyway. */
static bool set_stream(int fd)
{
#ifdef SO_NOSIGPIPE
  if (!set_int(fd, SOL_SOCKET, SO_NOSIGPIPE, 1))
    return false;
#endif
#ifdef TCP_USER_TIMEOUT
  /* Where a NAT or a network drops without a word, Linux would otherwise send again for a quarter of an hour. */
  if (!set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS))
    return false;
#endif
  return set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

/* Interface and mark choose the routing table: a failure must not send over another path. */
static bool set_path(int fd, const imstls_net_open *how)
{
  if (how->interface_name && how->interface_name[0]) {
#ifdef SO_BINDTODEVICE
    socklen_t len = (socklen_t)strlen(how->interface_name);
    if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, how->interface_name, len) != 0)
      return false;
#else
    errno = ENOPROTOOPT;
    return false;
#endif
  }
  if (how->mark != 0) {
#ifdef SO_MARK
    if (setsockopt(fd, SOL_SOCKET, SO_MARK, &how->mark, sizeof how->mark) != 0)
      return false;
#else
    errno = ENOPROTOOPT;
    return false;
#endif
  }
  return true;
}

/* In ESP: what TCP resends after its security associations went would leave in clear. */
static bool set_abort(int fd)
{
  struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
  return setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0;
}

static bool bind_local(int fd, const imstls_net_open *how, uint8_t family)
{
  sock_address address;
  if (how->local.family == 0 && how->local.port == 0 && how->kind != IMSTLS_NET_TCP_LISTEN)
    return true;
  /* The port of a connection that just ended can be used again: IPsec prescribes ports. */
  if (how->kind != IMSTLS_NET_UDP && !set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1))
    return false;
  if (family == 6 && !set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
    return false;
  imstls_address local = how->local;
  local.family = family;
  socklen_t len = to_system(&local, &address);
  return bind(fd, &address.any, len) == 0;
}

static bool start(int fd, const imstls_net_open *how)
{
  sock_address address;
  if (how->kind == IMSTLS_NET_TCP_LISTEN)
    return listen(fd, BACKLOG) == 0;
  if (how->remote.family == 0)
    return how->kind == IMSTLS_NET_UDP;
  socklen_t len = to_system(&how->remote, &address);
  return connect(fd, &address.any, len) == 0 || errno == EINPROGRESS || errno == EINTR;
}

static int open_socket(void *user, const imstls_net_open *how, imstls_socket *out)
{
  imstls_net_posix_part *part = user;
  bool udp = how->kind == IMSTLS_NET_UDP;
  uint8_t family = how->remote.family != 0 ? how->remote.family : how->local.family;
  bool mixed = how->local.family != 0 && how->local.family != family;
  errno = EAFNOSUPPORT;
  if ((family != 4 && family != 6) || mixed)
    return failed(part, IMSTLS_ERR_CONNECT);
  int fd = imstls_i_fd_move_up(socket(family == 4 ? AF_INET : AF_INET6, udp ? SOCK_DGRAM : SOCK_STREAM, 0));
  if (fd < 0)
    return failed(part, IMSTLS_ERR_CONNECT);
  bool good = set_flags(fd) && (udp || set_stream(fd)) && (udp || !how->abort_on_close || set_abort(fd)) &&
              set_path(fd, how) && bind_local(fd, how, family) && start(fd, how);
  if (!good) {
    failed(part, IMSTLS_ERR_CONNECT);
    close(fd);
    return IMSTLS_ERR_CONNECT;
  }
  *out = fd;
  return IMSTLS_OK;
}

static bool is_listener(int fd)
{
  int value = 0;
  socklen_t len = sizeof value;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) == 0 && value != 0;
}

static bool is_stream(int fd)
{
  int value = 0;
  socklen_t len = sizeof value;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len) == 0 && value == SOCK_STREAM;
}

/* A stream can be written to once its connection stands or failed. */
static int check_stream(imstls_net_posix_part *part, int fd)
{
  struct pollfd wait = { .fd = fd, .events = POLLOUT };
  int error = 0;
  socklen_t len = sizeof error;
  int ready = poll(&wait, 1, 0);
  if (ready == 0 || (ready < 0 && errno == EINTR))
    return IMSTLS_PENDING;
  if (ready < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
    return failed(part, IMSTLS_ERR_CONNECT);
  if (error == 0)
    return IMSTLS_OK;
  part->last_errno = error;
  return IMSTLS_ERR_CONNECT;
}

static int connected(void *user, imstls_socket s, imstls_address *local)
{
  imstls_net_posix_part *part = user;
  sock_address address;
  socklen_t len = sizeof address;
  int error = is_stream((int)s) && !is_listener((int)s) ? check_stream(part, (int)s) : IMSTLS_OK;
  if (error != IMSTLS_OK)
    return error;
  memset(&address, 0, sizeof address);
  if (getsockname((int)s, &address.any, &len) != 0)
    return failed(part, IMSTLS_ERR_CONNECT);
  if (local && !from_system(&address, local))
    return IMSTLS_ERR_CONNECT;
  return IMSTLS_OK;
}

/* Not every system hands it from the listener to what is accepted. */
static bool inherit_abort(int listener, int fd)
{
  struct linger how;
  socklen_t len = sizeof how;
  if (getsockopt(listener, SOL_SOCKET, SO_LINGER, &how, &len) != 0)
    return false;
  return !how.l_onoff || set_abort(fd);
}

static int accept_one(void *user, imstls_socket listener, imstls_socket *out, imstls_address *remote)
{
  imstls_net_posix_part *part = user;
  sock_address address;
  socklen_t len = sizeof address;
  memset(&address, 0, sizeof address);
  int fd = imstls_i_fd_move_up(accept((int)listener, &address.any, &len));
  if (fd < 0) {
    /* The peer may be gone again before we came (accept(2), ECONNABORTED): the listener is well. */
    bool again = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ECONNABORTED;
    return again ? IMSTLS_WANT_READ : failed(part, IMSTLS_ERR_CONNECTION);
  }
  imstls_address from;
  bool unfit = !set_flags(fd) || !set_stream(fd) || !inherit_abort((int)listener, fd) || !from_system(&address, &from);
  if (unfit) {
    failed(part, IMSTLS_ERR_CONNECTION);
    close(fd);
    return IMSTLS_ERR_CONNECTION;
  }
  if (remote)
    *remote = from;
  *out = fd;
  return IMSTLS_OK;
}

static int sent(imstls_net_posix_part *part, ssize_t n)
{
  if (n > 0)
    return (int)n;
  bool would_block = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS);
  if (would_block)
    return IMSTLS_WANT_WRITE;
  return failed(part, IMSTLS_ERR_CONNECTION);
}

static int send_octets(void *user, imstls_socket s, const uint8_t *data, size_t len)
{
  ssize_t n;
  do {
    n = send((int)s, data, len < IO_MAX ? len : IO_MAX, MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  return sent(user, n);
}

static int send_to(void *user, imstls_socket s, const uint8_t *data, size_t len, const imstls_address *to)
{
  sock_address address;
  socklen_t address_len = to_system(to, &address);
  ssize_t n;
  do {
    n = sendto((int)s, data, len, MSG_NOSIGNAL, &address.any, address_len);
  } while (n < 0 && errno == EINTR);
  return sent(user, n);
}

/* A datagram that is empty or does not fit is as good as lost: the next one, but not for ever. */
static int recv_octets(void *user, imstls_socket s, uint8_t *data, size_t cap, imstls_address *from)
{
  for (int i = 0; i < DATAGRAM_TRIES; i++) {
    sock_address address;
    struct iovec io = { data, cap < IO_MAX ? cap : IO_MAX };
    struct msghdr message = { .msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &io, .msg_iovlen = 1 };
    memset(&address, 0, sizeof address);
    ssize_t n = recvmsg((int)s, &message, 0);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return IMSTLS_WANT_READ;
    if (n < 0)
      return failed(user, IMSTLS_ERR_CONNECTION);
    if (n == 0 && is_stream((int)s))
      return IMSTLS_CLOSED;
    if (n == 0 || (message.msg_flags & MSG_TRUNC))
      continue;
    if (from && message.msg_namelen > 0)
      (void)from_system(&address, from);
    return (int)n;
  }
  return IMSTLS_WANT_READ;
}

static void close_socket(void *user, imstls_socket s)
{
  (void)user;
  if (s >= 0)
    close((int)s);
}

const imstls_net *imstls_net_posix(imstls_net_posix_part *part)
{
  if (!part || part->size < sizeof *part)
    return NULL;
  part->net = (imstls_net){
    .size = sizeof(imstls_net),
    .user = part,
    .resolve = resolve,
    .open = open_socket,
    .connected = connected,
    .accept = accept_one,
    .send = send_octets,
    .recv = recv_octets,
    .close = close_socket,
    .send_to = send_to,
  };
  part->last_errno = 0;
  return &part->net;
}
