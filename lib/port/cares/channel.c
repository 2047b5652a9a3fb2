/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets of c-ares are opened here: with numbers of 3 or more, through the interface that was asked for, and
 * counted, so that a loop tells one from the next that has its number. */
#define _DEFAULT_SOURCE 1 /* SO_BINDTODEVICE, SO_MARK */

#include "port/cares/part.h"

#if defined(IMSTLS_WITH_CARES)

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "port/posix/descriptor.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

enum { TRY_MS = 700, TRIES = 2 };

static bool set_path(const imstls_cares *part, int fd)
{
#ifdef SO_BINDTODEVICE
  const char *name = part->interface_name;
  if (name[0] && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name)) != 0)
    return false;
#else
  if (part->interface_name[0])
    return false;
#endif
#ifdef SO_MARK
  uint32_t mark = part->config.mark;
  return !mark || setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) == 0;
#else
  return !part->config.mark;
#endif
}

static int open_socket(const imstls_cares *part, int family, int type, int protocol)
{
  int on = 1, fd = imstls_i_fd_move_up(socket(family, type, protocol));
  if (fd < 0)
    return -1;
  bool good = fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && set_path(part, fd);
  if (good && type == SOCK_STREAM)
    good = setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
  if (good)
    return fd;
  (void)close(fd);
  return -1;
}

static imstls_i_dns_socket *find(imstls_cares *part, int fd)
{
  for (size_t i = 0; i < SOCKETS; i++)
    if (part->sockets[i].fd == fd)
      return &part->sockets[i];
  return NULL;
}

/* ---- what c-ares calls ---- */

static ares_socket_t on_socket(int family, int type, int protocol, void *user)
{
  imstls_cares *part = user;
  imstls_i_dns_socket *place = find(part, -1);
  if (!place) {
    errno = EMFILE;
    return -1;
  }
  place->fd = open_socket(part, family, type, protocol);
  place->generation = ++part->generation;
  return place->fd;
}

static int on_close(ares_socket_t fd, void *user)
{
  imstls_i_dns_socket *place = find(user, fd);
  if (place)
    place->fd = -1;
  return close(fd);
}

static int on_connect(ares_socket_t fd, const struct sockaddr *to, ares_socklen_t len, void *user)
{
  (void)user;
  return connect(fd, to, len);
}

/* Whoever sends without end gets so many reads in a call, and no more. */
static ares_ssize_t on_receive(ares_socket_t fd, void *out, size_t cap, int flags, struct sockaddr *from,
                               ares_socklen_t *from_len, void *user)
{
  imstls_cares *part = user;
  if (part->reads >= READS) {
    errno = EWOULDBLOCK;
    return -1;
  }
  part->reads++;
  return recvfrom(fd, out, cap, flags, from, from_len);
}

static ares_ssize_t on_send(ares_socket_t fd, const struct iovec *data, int count, void *user)
{
  struct iovec pieces[8];
  struct msghdr message = { .msg_iov = pieces };
  (void)user;
  while ((int)message.msg_iovlen < count && message.msg_iovlen < 8) {
    pieces[message.msg_iovlen] = data[message.msg_iovlen];
    message.msg_iovlen++;
  }
  return sendmsg(fd, &message, MSG_NOSIGNAL);
}

static const struct ares_socket_functions functions = { on_socket, on_close, on_connect, on_receive, on_send };

/* ---- a channel ---- */

/* The name as it is, and no other: no domains of the system behind it, no aliases of the environment. */
int imstls_i_channel_open(imstls_cares *part)
{
  char lookups[] = "fb"; /* the hosts file, then the DNS */
  struct ares_options options = {
    .flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES, .timeout = TRY_MS, .tries = TRIES, .ndots = 0, .lookups = lookups
  };
  int mask =
      ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS | ARES_OPT_DOMAINS | ARES_OPT_LOOKUPS;
  int result = ares_init_options(&part->channel, &options, mask);
  if (result != ARES_SUCCESS) {
    part->channel = NULL;
    return result == ARES_ENOMEM ? IMSTLS_ERR_MEMORY : IMSTLS_ERR_RESOLVE;
  }
  ares_set_socket_functions(part->channel, &functions, part);
  if (!part->servers[0] || ares_set_servers_ports_csv(part->channel, part->servers) == ARES_SUCCESS)
    return IMSTLS_OK;
  imstls_i_channel_close(part);
  return IMSTLS_ERR_CONFIG;
}

void imstls_i_channel_close(imstls_cares *part)
{
  if (part->channel)
    ares_destroy(part->channel);
  part->channel = NULL;
}

size_t imstls_i_channel_waits(const imstls_cares *part, imstls_wait out[SOCKETS])
{
  ares_socket_t fds[SOCKETS];
  size_t count = 0;
  /* as ares_getsock(3) has them, whose macros shift into the sign */
  uint32_t bits = part->channel ? (uint32_t)ares_getsock(part->channel, fds, SOCKETS) : 0;
  for (uint32_t i = 0; i < SOCKETS; i++) {
    uint32_t reads = bits & (uint32_t)1 << i ? IMSTLS_WAIT_READ : 0;
    uint32_t writes = bits & (uint32_t)1 << (i + SOCKETS) ? IMSTLS_WAIT_WRITE : 0;
    if (!reads && !writes)
      continue;
    imstls_wait wait = { fds[i], reads | writes, 0 };
    for (size_t k = 0; k < SOCKETS; k++)
      if (part->sockets[k].fd == fds[i])
        wait.generation = part->sockets[k].generation;
    out[count++] = wait;
  }
  return count;
}

void imstls_i_channel_process(imstls_cares *part)
{
  imstls_wait waits[SOCKETS];
  struct pollfd ready[SOCKETS];
  size_t count = imstls_i_channel_waits(part, waits);
  for (size_t i = 0; i < count; i++) {
    short reads = waits[i].events & IMSTLS_WAIT_READ ? POLLIN : 0;
    short writes = waits[i].events & IMSTLS_WAIT_WRITE ? POLLOUT : 0;
    ready[i] = (struct pollfd){ .fd = (int)waits[i].socket, .events = (short)(reads | writes) };
  }
  if (poll(ready, (nfds_t)count, 0) < 0)
    count = 0;
  part->reads = 0;
  for (size_t i = 0; i < count; i++) {
    bool fails = (ready[i].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
    bool reads = fails || (ready[i].revents & POLLIN) != 0;
    bool writes = fails || (ready[i].revents & POLLOUT) != 0;
    const imstls_i_dns_socket *still = find(part, ready[i].fd);
    if (still && still->generation == waits[i].generation) /* an answer before this one may have closed it */
      ares_process_fd(part->channel, reads ? ready[i].fd : ARES_SOCKET_BAD, writes ? ready[i].fd : ARES_SOCKET_BAD);
  }
  ares_process_fd(part->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* timeouts */
}

bool imstls_i_channel_has_route(imstls_cares *part, const imstls_address *to)
{
  struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(5061) };
  struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(5061) };
  bool is_v4 = to->family == 4;
  memcpy(&v4.sin_addr, to->ip, 4);
  memcpy(&v6.sin6_addr, to->ip, 16);
  int fd = open_socket(part, is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
  if (fd < 0)
    return false;
  const struct sockaddr *address = is_v4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6;
  bool has_route = connect(fd, address, is_v4 ? sizeof v4 : sizeof v6) == 0;
  (void)close(fd);
  return has_route;
}

#endif
