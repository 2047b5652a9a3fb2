/* SPDX-License-Identifier: Apache-2.0 */
#include "port/xfrm/netlink.h"

#if defined(IMSTLS_WITH_LIBMNL)

#include <errno.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include "port/posix/descriptor.h"

int imstls_i_xfrm_open(imstls_i_xfrm_link *l)
{
  l->seq = 0;
  int fd = imstls_i_fd_move_up(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM));
  if (fd < 0) {
    return errno;
  }
  l->socket = mnl_socket_fdopen(fd);
  if (!l->socket) {
    int error = errno;
    (void)close(fd);
    return error;
  }
  /* An error answer would carry our message, and with it the keys; old kernels do not know the option. */
  int on = 1;
  (void)mnl_socket_setsockopt(l->socket, NETLINK_CAP_ACK, &on, sizeof on);
  if (mnl_socket_bind(l->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
    int error = errno;
    mnl_socket_close(l->socket);
    return error;
  }
  return 0;
}

void imstls_i_xfrm_close(imstls_i_xfrm_link *l)
{
  mnl_socket_close(l->socket);
  imstls_wipe(l->message, sizeof l->message);
}

/* The kernel answers before sendto returns, so recv does not wait. The answer takes the place of what was asked; one
 * that is longer than any of ours is ENOSPC. */
static int receive(imstls_i_xfrm_link *l, mnl_cb_t seen, void *user)
{
  int more = MNL_CB_OK;
  int error = 0;
  while (more > MNL_CB_STOP && error == 0) {
    ssize_t n = mnl_socket_recvfrom(l->socket, l->message, sizeof l->message);
    if (n >= 0) {
      more = mnl_cb_run(l->message, (size_t)n, l->seq, mnl_socket_get_portid(l->socket), seen, user);
    }
    bool ended = (n < 0 && errno != EINTR) || (n >= 0 && more < MNL_CB_STOP);
    if (ended) {
      error = errno;
    }
  }
  imstls_wipe(l->message, sizeof l->message); /* the kernel's description of an SA holds its keys */
  return error;
}

static int talk(imstls_i_xfrm_link *l, size_t len, mnl_cb_t seen, void *user)
{
  if (len == 0) {
    return EMSGSIZE;
  }
  if (mnl_socket_sendto(l->socket, l->message, len) < 0) {
    return errno;
  }
  return receive(l, seen, user);
}

int imstls_i_xfrm_talk(imstls_i_xfrm_link *l, size_t len) { return talk(l, len, NULL, NULL); }

static int see_added(const struct nlmsghdr *nlh, void *user)
{
  if (imstls_i_xfrm_read_added(nlh, nlh->nlmsg_len, user)) {
    return MNL_CB_OK;
  }
  errno = EPROTO;
  return MNL_CB_ERROR;
}

int imstls_i_xfrm_ask(imstls_i_xfrm_link *l, const imstls_i_xfrm_flow *flow, uint64_t *added_s)
{
  return talk(l, imstls_i_xfrm_get_sa(imstls_i_xfrm_buf(l), ++l->seq, flow), see_added, added_s);
}

#endif
