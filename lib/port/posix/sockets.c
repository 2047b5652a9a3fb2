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
#include "port/sockets/addrinfo.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

enum { UNACKNOWLEDGED_MS = 32000 }; /* 64*T1 of RFC 3261: as long as a request may go without an answer */
enum { BACKLOG = 4, DATAGRAM_TRIES = 8, IO_MAX = 1 << 20 };

static int failed(imstls_net_posix_part *part, int result)
{
  part->last_errno = errno;
  return result;
}

static int resolve(void *user, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count)
{
  imstls_net_posix_part *part = user;
  struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
  struct addrinfo *list = NULL;
  *count = 0;
  if (getaddrinfo(query->host, NULL, &hints, &list) != 0)
    return failed(part, IMSTLS_ERR_RESOLVE);
  *count = imstls_i_addrinfo_take(list, part->prefer, out, cap);
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

/* In ESP: what TCP resends after its security associations went would leave in clear. */
static bool set_abort(int fd)
{
  struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
  return setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0;
}

/* A TLS handshake takes 45 ms longer with Nagle's algorithm; one flight is one send anyway. */
static bool set_stream(int fd, bool aborts)
{
  if (aborts && !set_abort(fd))
    return false;
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

/* All that is set before it has an address. */
static bool prepare(int fd, const imstls_net_open *how)
{
  bool stream = how->kind != IMSTLS_NET_UDP;
  if (!set_flags(fd) || !set_path(fd, how))
    return false;
  return !stream || set_stream(fd, how->abort_on_close != 0);
}

static bool bind_local(int fd, const imstls_net_open *how, uint8_t family)
{
  imstls_address local;
  imstls_i_sockaddr address;
  if (!imstls_i_open_binds(how, family, &local))
    return true;
  /* The port of a connection that just ended can be used again: IPsec prescribes ports. */
  if (how->kind != IMSTLS_NET_UDP && !set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1))
    return false;
  if (family == 6 && !set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
    return false;
  socklen_t len = imstls_i_sockaddr_put(&local, &address);
  return bind(fd, &address.any, len) == 0;
}

static bool start(int fd, const imstls_net_open *how)
{
  imstls_i_sockaddr address;
  if (how->kind == IMSTLS_NET_TCP_LISTEN)
    return listen(fd, BACKLOG) == 0;
  if (how->remote.family == 0)
    return how->kind == IMSTLS_NET_UDP;
  socklen_t len = imstls_i_sockaddr_put(&how->remote, &address);
  return connect(fd, &address.any, len) == 0 || errno == EINPROGRESS || errno == EINTR;
}

static int open_socket(void *user, const imstls_net_open *how, imstls_socket *out)
{
  imstls_net_posix_part *part = user;
  int type = how->kind == IMSTLS_NET_UDP ? SOCK_DGRAM : SOCK_STREAM;
  uint8_t family = imstls_i_open_family(how);
  errno = EAFNOSUPPORT;
  if (family == 0)
    return failed(part, IMSTLS_ERR_CONNECT);
  int fd = imstls_i_fd_move_up(socket(imstls_i_sockaddr_family(family), type, 0));
  if (fd < 0)
    return failed(part, IMSTLS_ERR_CONNECT);
  bool started = prepare(fd, how) && bind_local(fd, how, family) && start(fd, how);
  if (!started) {
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
  imstls_i_sockaddr address;
  socklen_t len = sizeof address;
  int error = is_stream((int)s) && !is_listener((int)s) ? check_stream(part, (int)s) : IMSTLS_OK;
  if (error != IMSTLS_OK)
    return error;
  memset(&address, 0, sizeof address);
  if (getsockname((int)s, &address.any, &len) != 0)
    return failed(part, IMSTLS_ERR_CONNECT);
  if (local && !imstls_i_sockaddr_take(&address, local))
    return IMSTLS_ERR_CONNECT;
  return IMSTLS_OK;
}

/* Not every system hands it from the listener to what is accepted. */
static bool inherit(int listener, int fd)
{
  struct linger how;
  socklen_t len = sizeof how;
  if (getsockopt(listener, SOL_SOCKET, SO_LINGER, &how, &len) != 0)
    return false;
  return set_flags(fd) && set_stream(fd, how.l_onoff != 0);
}

static int accept_one(void *user, imstls_socket listener, imstls_socket *out, imstls_address *remote)
{
  imstls_net_posix_part *part = user;
  imstls_i_sockaddr address;
  socklen_t len = sizeof address;
  memset(&address, 0, sizeof address);
  int fd = imstls_i_fd_move_up(accept((int)listener, &address.any, &len));
  if (fd < 0) {
    /* The peer may be gone again before we came (accept(2), ECONNABORTED): the listener is well. */
    bool again = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ECONNABORTED;
    return again ? IMSTLS_WANT_READ : failed(part, IMSTLS_ERR_CONNECTION);
  }
  imstls_address from;
  bool fit = inherit((int)listener, fd) && imstls_i_sockaddr_take(&address, &from);
  if (!fit) {
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
  imstls_i_sockaddr address;
  socklen_t address_len = imstls_i_sockaddr_put(to, &address);
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
    imstls_i_sockaddr address;
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
      (void)imstls_i_sockaddr_take(&address, from);
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
