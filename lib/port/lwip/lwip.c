/* SPDX-License-Identifier: Apache-2.0 */
/* TCP and UDP over the sockets of lwIP. */
#include "port/lwip/part.h"

#if !defined(IMSTLS_WITH_LWIP)

const imstls_net *imstls_net_lwip(imstls_net_lwip_part *part)
{
  (void)part;
  return NULL;
}

#else

enum { BACKLOG = 4, DATAGRAM_TRIES = 8, IO_MAX = 1 << 14 };

static int failed(imstls_net_lwip_part *part, int result)
{
  part->last_error = errno;
  return result;
}

static bool set_int(int s, int level, int option, int value)
{
  return lwip_setsockopt(s, level, option, &value, sizeof value) == 0;
}

static int get_int(int s, int option)
{
  int value = 0;
  socklen_t len = sizeof value;
  return lwip_getsockopt(s, SOL_SOCKET, option, &value, &len) == 0 ? value : -1;
}

static bool set_flags(int s) { return lwip_fcntl(s, F_SETFL, O_NONBLOCK) == 0; }

/* A TLS handshake takes longer with Nagle's algorithm; one flight is one send anyway. */
static bool set_stream(int s) { return set_int(s, IPPROTO_TCP, TCP_NODELAY, 1); }

static bool set_interface(int s, const char *name)
{
  struct ifreq request;
  size_t len = strlen(name);
  memset(&request, 0, sizeof request);
  if (len >= sizeof request.ifr_name) {
    errno = ENODEV;
    return false;
  }
  memcpy(request.ifr_name, name, len);
  return lwip_setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, &request, sizeof request) == 0;
}

/* Marks are something that lwIP does not have; and its SO_LINGER aborts what is not acknowledged yet, but ends an idle
 * connection in peace, which sends, and sends again, after the security associations went. */
static bool is_possible(const imstls_net_open *how)
{
  bool in_esp = how->kind != IMSTLS_NET_UDP && how->abort_on_close;
  if (how->mark == 0 && !in_esp)
    return true;
  errno = ENOPROTOOPT;
  return false;
}

/* A failure must not send over another path. */
static bool set_path(int s, const imstls_net_open *how)
{
  return !how->interface_name || !how->interface_name[0] || set_interface(s, how->interface_name);
}

/* All that is set before it has an address. */
static bool prepare(int s, const imstls_net_open *how)
{
  bool stream = how->kind != IMSTLS_NET_UDP;
  if (!is_possible(how) || !set_flags(s))
    return false;
  return set_path(s, how) && (!stream || set_stream(s));
}

#if SO_REUSE

/* The port of a connection that just ended can be used again: IPsec prescribes ports. */
static bool share_port(int s) { return set_int(s, SOL_SOCKET, SO_REUSEADDR, 1); }

#else

/* Such a port is refused by `bind` until its time is over. */
static bool share_port(int s)
{
  (void)s;
  return true;
}

#endif

#if LWIP_IPV6

static bool set_only_v6(int s) { return set_int(s, IPPROTO_IPV6, IPV6_V6ONLY, 1); }

#else

static bool set_only_v6(int s)
{
  (void)s;
  return false;
}

#endif

static bool bind_local(int s, const imstls_net_open *how, uint8_t family)
{
  imstls_address local;
  imstls_i_sockaddr address;
  if (!imstls_i_open_binds(how, family, &local))
    return true;
  if (how->kind != IMSTLS_NET_UDP && !share_port(s))
    return false;
  if (family == 6 && !set_only_v6(s))
    return false;
  socklen_t len = imstls_i_sockaddr_put(&local, &address);
  return lwip_bind(s, &address.any, len) == 0;
}

static bool start(int s, const imstls_net_open *how)
{
  imstls_i_sockaddr address;
  if (how->kind == IMSTLS_NET_TCP_LISTEN)
    return lwip_listen(s, BACKLOG) == 0;
  if (how->remote.family == 0)
    return how->kind == IMSTLS_NET_UDP;
  socklen_t len = imstls_i_sockaddr_put(&how->remote, &address);
  return lwip_connect(s, &address.any, len) == 0 || errno == EINPROGRESS;
}

static int open_socket(void *user, const imstls_net_open *how, imstls_socket *out)
{
  imstls_net_lwip_part *part = user;
  int type = how->kind == IMSTLS_NET_UDP ? SOCK_DGRAM : SOCK_STREAM;
  uint8_t family = imstls_i_open_family(how);
  if (family == 0) {
    part->last_error = EAFNOSUPPORT;
    return IMSTLS_ERR_CONNECT;
  }
  int s = lwip_socket(imstls_i_sockaddr_family(family), type, 0);
  if (s < 0)
    return failed(part, IMSTLS_ERR_CONNECT);
  bool started = prepare(s, how) && bind_local(s, how, family) && start(s, how);
  if (!started) {
    failed(part, IMSTLS_ERR_CONNECT);
    lwip_close(s);
    return IMSTLS_ERR_CONNECT;
  }
  *out = s;
  return IMSTLS_OK;
}

static bool is_listener(int s) { return get_int(s, SO_ACCEPTCONN) > 0; }

static bool is_stream(int s) { return get_int(s, SO_TYPE) == SOCK_STREAM; }

/* A stream can be written to once its connection stands or failed. */
static int check_stream(imstls_net_lwip_part *part, int s)
{
  int ready = imstls_i_lwip_writable(s);
  if (ready == 0)
    return IMSTLS_PENDING;
  int error = ready > 0 ? get_int(s, SO_ERROR) : -1;
  if (error < 0)
    return failed(part, IMSTLS_ERR_CONNECT);
  if (error == 0)
    return IMSTLS_OK;
  part->last_error = error;
  return IMSTLS_ERR_CONNECT;
}

static int connected(void *user, imstls_socket s, imstls_address *local)
{
  imstls_net_lwip_part *part = user;
  imstls_i_sockaddr address;
  socklen_t len = sizeof address;
  int error = is_stream((int)s) && !is_listener((int)s) ? check_stream(part, (int)s) : IMSTLS_OK;
  if (error != IMSTLS_OK)
    return error;
  memset(&address, 0, sizeof address);
  if (lwip_getsockname((int)s, &address.any, &len) != 0)
    return failed(part, IMSTLS_ERR_CONNECT);
  if (local && !imstls_i_sockaddr_take(&address, local))
    return IMSTLS_ERR_CONNECT;
  return IMSTLS_OK;
}

/* The peer may be gone again before we came, which lwIP says in two ways: the listener is well. */
static bool is_well(void)
{
  bool gone = errno == ECONNABORTED || errno == ENOTCONN;
  return errno == EAGAIN || errno == EWOULDBLOCK || gone;
}

static int accept_one(void *user, imstls_socket listener, imstls_socket *out, imstls_address *remote)
{
  imstls_net_lwip_part *part = user;
  imstls_i_sockaddr address;
  socklen_t len = sizeof address;
  imstls_address from;
  memset(&address, 0, sizeof address);
  int s = lwip_accept((int)listener, &address.any, &len);
  if (s < 0) {
    failed(part, IMSTLS_ERR_CONNECTION);
    return is_well() ? IMSTLS_WANT_READ : IMSTLS_ERR_CONNECTION;
  }
  bool set = set_flags(s) && set_stream(s);
  bool fit = set && imstls_i_sockaddr_take(&address, &from);
  if (!fit) {
    /* lwIP refuses options once a reset came, which is nothing that a peer may end the listener with. */
    failed(part, IMSTLS_WANT_READ);
    lwip_close(s);
    return IMSTLS_WANT_READ;
  }
  if (remote)
    *remote = from;
  *out = s;
  return IMSTLS_OK;
}

/* ENOMEM: lwIP's pools and heap are empty for a while. */
static int sent(imstls_net_lwip_part *part, ssize_t n)
{
  if (n > 0)
    return (int)n;
  bool full = errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == ENOMEM;
  if (n < 0 && full)
    return IMSTLS_WANT_WRITE;
  return failed(part, IMSTLS_ERR_CONNECTION);
}

static int send_octets(void *user, imstls_socket s, const uint8_t *data, size_t len)
{
  return sent(user, lwip_send((int)s, data, len, 0));
}

static int send_to(void *user, imstls_socket s, const uint8_t *data, size_t len, const imstls_address *to)
{
  imstls_i_sockaddr address;
  socklen_t address_len = imstls_i_sockaddr_put(to, &address);
  return sent(user, lwip_sendto((int)s, data, len, 0, &address.any, address_len));
}

/* A datagram that is empty or does not fit is as good as lost: the next one, but not for ever. */
static int recv_octets(void *user, imstls_socket s, uint8_t *data, size_t cap, imstls_address *from)
{
  for (int i = 0; i < DATAGRAM_TRIES; i++) {
    imstls_i_sockaddr address;
    struct iovec io = { data, cap < IO_MAX ? cap : IO_MAX };
    struct msghdr message = { .msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &io, .msg_iovlen = 1 };
    memset(&address, 0, sizeof address);
    ssize_t n = lwip_recvmsg((int)s, &message, 0);
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
    lwip_close((int)s);
}

const imstls_net *imstls_net_lwip(imstls_net_lwip_part *part)
{
  if (!part || part->size < sizeof *part)
    return NULL;
  part->net = (imstls_net){
    .size = sizeof(imstls_net),
    .user = part,
    .resolve = imstls_i_lwip_resolve,
    .open = open_socket,
    .connected = connected,
    .accept = accept_one,
    .send = send_octets,
    .recv = recv_octets,
    .close = close_socket,
    .send_to = send_to,
  };
  part->last_error = 0;
  return &part->net;
}

#endif
