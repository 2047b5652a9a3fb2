/* SPDX-License-Identifier: Apache-2.0 */
/* TCP and UDP over Winsock 2.2. */
#include <winsock2.h>
#include <ws2tcpip.h>

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include <imstls/error.h>
#include <imstls/net.h>

#include "port/sockets/addrinfo.h"

enum { BACKLOG = 4, DATAGRAM_TRIES = 8, IO_MAX = 1 << 20 };

static int failed(imstls_net_winsock_part *part, int result)
{
  part->last_error = WSAGetLastError();
  return result;
}

static int resolve(void *user, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count)
{
  imstls_net_winsock_part *part = user;
  struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
  struct addrinfo *list = NULL;
  *count = 0;
  if (getaddrinfo(query->host, NULL, &hints, &list) != 0)
    return failed(part, IMSTLS_ERR_RESOLVE);
  *count = imstls_i_addrinfo_take(list, part->prefer, out, cap);
  freeaddrinfo(list);
  return *count > 0 ? IMSTLS_OK : IMSTLS_ERR_RESOLVE;
}

/* Never waits, and is not handed to programs that this one starts. */
static bool set_flags(SOCKET s)
{
  u_long on = 1;
  return ioctlsocket(s, (long)FIONBIO, &on) == 0 && SetHandleInformation((HANDLE)s, HANDLE_FLAG_INHERIT, 0);
}

static bool set_int(SOCKET s, int level, int option, int value)
{
  return setsockopt(s, level, option, (const char *)&value, sizeof value) == 0;
}

static bool get_int(SOCKET s, int level, int option, int *value)
{
  int len = sizeof *value;
  return getsockopt(s, level, option, (char *)value, &len) == 0;
}

static bool set_abort(SOCKET s)
{
  struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
  return setsockopt(s, SOL_SOCKET, SO_LINGER, (const char *)&at_once, sizeof at_once) == 0;
}

/* A TLS handshake takes 45 ms longer with Nagle's algorithm; one flight is one send anyway. */
static bool set_stream(SOCKET s, bool aborts)
{
  if (aborts && !set_abort(s))
    return false;
  return set_int(s, IPPROTO_TCP, TCP_NODELAY, 1);
}

/* Interface and mark choose the routing table: nothing is sent over another path instead. */
static bool path_is_free(const imstls_net_open *how)
{
  bool named = how->interface_name && how->interface_name[0];
  if (named || how->mark != 0) {
    WSASetLastError(WSAENOPROTOOPT);
    return false;
  }
  return true;
}

/* All that is set before it has an address. */
static bool prepare(SOCKET s, const imstls_net_open *how)
{
  bool stream = how->kind != IMSTLS_NET_UDP;
  if (!set_flags(s) || !path_is_free(how))
    return false;
  return !stream || set_stream(s, how->abort_on_close != 0);
}

/* SO_REUSEADDR of Windows would let another program take the port of a socket that is in use; a listener has its port
 * to itself. */
static bool bind_local(SOCKET s, const imstls_net_open *how, uint8_t family)
{
  imstls_address local;
  imstls_i_sockaddr address;
  if (!imstls_i_open_binds(how, family, &local))
    return true;
  if (how->kind == IMSTLS_NET_TCP_LISTEN && !set_int(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1))
    return false;
  if (family == 6 && !set_int(s, IPPROTO_IPV6, IPV6_V6ONLY, 1))
    return false;
  int len = imstls_i_sockaddr_put(&local, &address);
  return bind(s, &address.any, len) == 0;
}

static bool start(SOCKET s, const imstls_net_open *how)
{
  imstls_i_sockaddr address;
  if (how->kind == IMSTLS_NET_TCP_LISTEN)
    return listen(s, BACKLOG) == 0;
  if (how->remote.family == 0)
    return how->kind == IMSTLS_NET_UDP;
  int len = imstls_i_sockaddr_put(&how->remote, &address);
  return connect(s, &address.any, len) == 0 || WSAGetLastError() == WSAEWOULDBLOCK;
}

static int open_socket(void *user, const imstls_net_open *how, imstls_socket *out)
{
  imstls_net_winsock_part *part = user;
  int type = how->kind == IMSTLS_NET_UDP ? SOCK_DGRAM : SOCK_STREAM;
  uint8_t family = imstls_i_open_family(how);
  if (family == 0) {
    part->last_error = WSAEAFNOSUPPORT;
    return IMSTLS_ERR_CONNECT;
  }
  SOCKET s = socket(imstls_i_sockaddr_family(family), type, 0);
  if (s == INVALID_SOCKET)
    return failed(part, IMSTLS_ERR_CONNECT);
  bool started = prepare(s, how) && bind_local(s, how, family) && start(s, how);
  if (!started) {
    failed(part, IMSTLS_ERR_CONNECT);
    closesocket(s);
    return IMSTLS_ERR_CONNECT;
  }
  *out = (imstls_socket)s;
  return IMSTLS_OK;
}

static bool is_listener(SOCKET s)
{
  int value = 0;
  return get_int(s, SOL_SOCKET, SO_ACCEPTCONN, &value) && value != 0;
}

static bool is_stream(SOCKET s)
{
  int value = 0;
  return get_int(s, SOL_SOCKET, SO_TYPE, &value) && value == SOCK_STREAM;
}

/* A stream can be written to once its connection stands, and is exceptional once that failed. */
static int check_stream(imstls_net_winsock_part *part, SOCKET s)
{
  fd_set writes, excepts;
  struct timeval now = { 0, 0 };
  int error = 0;
  FD_ZERO(&writes);
  FD_SET(s, &writes);
  excepts = writes;
  int ready = select(0, NULL, &writes, &excepts, &now);
  if (ready == 0)
    return IMSTLS_PENDING;
  if (ready < 0 || !get_int(s, SOL_SOCKET, SO_ERROR, &error))
    return failed(part, IMSTLS_ERR_CONNECT);
  if (error == 0 && FD_ISSET(s, &writes))
    return IMSTLS_OK;
  part->last_error = error;
  return IMSTLS_ERR_CONNECT;
}

static int connected(void *user, imstls_socket socket_number, imstls_address *local)
{
  imstls_net_winsock_part *part = user;
  SOCKET s = (SOCKET)socket_number;
  imstls_i_sockaddr address;
  int len = sizeof address;
  int error = is_stream(s) && !is_listener(s) ? check_stream(part, s) : IMSTLS_OK;
  if (error != IMSTLS_OK)
    return error;
  memset(&address, 0, sizeof address);
  if (getsockname(s, &address.any, &len) != 0)
    return failed(part, IMSTLS_ERR_CONNECT);
  if (local && !imstls_i_sockaddr_take(&address, local))
    return IMSTLS_ERR_CONNECT;
  return IMSTLS_OK;
}

static bool inherit(SOCKET listener, SOCKET s)
{
  struct linger how;
  int len = sizeof how;
  if (getsockopt(listener, SOL_SOCKET, SO_LINGER, (char *)&how, &len) != 0)
    return false;
  return set_flags(s) && set_stream(s, how.l_onoff != 0);
}

static int accept_one(void *user, imstls_socket listener, imstls_socket *out, imstls_address *remote)
{
  imstls_net_winsock_part *part = user;
  imstls_i_sockaddr address;
  int len = sizeof address;
  memset(&address, 0, sizeof address);
  SOCKET s = accept((SOCKET)listener, &address.any, &len);
  if (s == INVALID_SOCKET) {
    /* The peer may be gone again before we came: the listener is well. */
    int why = WSAGetLastError();
    bool again = why == WSAEWOULDBLOCK || why == WSAECONNRESET || why == WSAECONNABORTED;
    return again ? IMSTLS_WANT_READ : failed(part, IMSTLS_ERR_CONNECTION);
  }
  imstls_address from;
  bool fit = inherit((SOCKET)listener, s) && imstls_i_sockaddr_take(&address, &from);
  if (!fit) {
    failed(part, IMSTLS_ERR_CONNECTION);
    closesocket(s);
    return IMSTLS_ERR_CONNECTION;
  }
  if (remote)
    *remote = from;
  *out = (imstls_socket)s;
  return IMSTLS_OK;
}

static int sent(imstls_net_winsock_part *part, int n)
{
  if (n > 0)
    return n;
  int why = n < 0 ? WSAGetLastError() : 0;
  if (why == WSAEWOULDBLOCK || why == WSAENOBUFS)
    return IMSTLS_WANT_WRITE;
  return failed(part, IMSTLS_ERR_CONNECTION);
}

static int send_octets(void *user, imstls_socket s, const uint8_t *data, size_t len)
{
  return sent(user, send((SOCKET)s, (const char *)data, len < IO_MAX ? (int)len : IO_MAX, 0));
}

static int send_to(void *user, imstls_socket s, const uint8_t *data, size_t len, const imstls_address *to)
{
  imstls_i_sockaddr address;
  int address_len = imstls_i_sockaddr_put(to, &address);
  int n = sendto((SOCKET)s, (const char *)data, len < IO_MAX ? (int)len : IO_MAX, 0, &address.any, address_len);
  return sent(user, n);
}

static bool has_peer(SOCKET s)
{
  imstls_i_sockaddr address;
  int len = sizeof address;
  return getpeername(s, &address.any, &len) == 0;
}

/* One that does not fit, or what became of one that was sent from a socket that is for many peers: neither says that
 * the socket is broken. */
static bool is_lost_datagram(SOCKET s, int why)
{
  bool came_back = why == WSAECONNRESET || why == WSAENETRESET;
  return why == WSAEMSGSIZE || (came_back && !has_peer(s));
}

/* A datagram that is empty or does not fit is as good as lost: the next one, but not for ever. */
static int recv_octets(void *user, imstls_socket socket_number, uint8_t *data, size_t cap, imstls_address *from)
{
  SOCKET s = (SOCKET)socket_number;
  for (int i = 0; i < DATAGRAM_TRIES; i++) {
    imstls_i_sockaddr address;
    int len = sizeof address;
    memset(&address, 0, sizeof address);
    int n = recvfrom(s, (char *)data, cap < IO_MAX ? (int)cap : IO_MAX, 0, &address.any, &len);
    int why = n < 0 ? WSAGetLastError() : 0;
    if (why == WSAEWOULDBLOCK)
      return IMSTLS_WANT_READ;
    if (n < 0 && is_lost_datagram(s, why))
      continue;
    if (n < 0) {
      WSASetLastError(why);
      return failed(user, IMSTLS_ERR_CONNECTION);
    }
    if (n == 0 && is_stream(s))
      return IMSTLS_CLOSED;
    if (n == 0)
      continue;
    if (from && len > 0)
      (void)imstls_i_sockaddr_take(&address, from);
    return n;
  }
  return IMSTLS_WANT_READ;
}

static void close_socket(void *user, imstls_socket s)
{
  (void)user;
  if (s >= 0)
    closesocket((SOCKET)s);
}

const imstls_net *imstls_net_winsock(imstls_net_winsock_part *part)
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
  part->last_error = 0;
  return &part->net;
}
