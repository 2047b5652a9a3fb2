/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors that a program prints to. Where it was started without 0, 1 or 2, the next thing that is opened gets that
 * number, and what the program prints goes there. */
#ifndef IMSTLS_PORT_DESCRIPTOR_H
#define IMSTLS_PORT_DESCRIPTOR_H

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* The same file under a number of 3 or more, closed when another program is started; O_NONBLOCK and the like stay.
 * -1 with errno: `fd` was -1, or there is no such number; `fd` is closed then. */
static inline int imstls_i_fd_move_up(int fd)
{
  if (fd < 0 || fd > 2)
    return fd;
  int moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  int error = errno;
  (void)close(fd);
  errno = error;
  return moved;
}

#endif
