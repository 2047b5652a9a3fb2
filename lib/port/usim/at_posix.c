/* SPDX-License-Identifier: Apache-2.0 */
/* The serial line of a modem: a terminal, or a socket. */
#include "port/usim/at.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <imstls/error.h>

#include "port/posix/descriptor.h"

static bool is_not_now(void) { return errno == EAGAIN || errno == EWOULDBLOCK; }

/* A socket whose peer has gone must not end the process by SIGPIPE. */
static ssize_t write_fd(int fd, const char *data, size_t len)
{
  ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
  return n < 0 && errno == ENOTSOCK ? write(fd, data, len) : n;
}

int imstls_i_at_write(int fd, const char *data, size_t len)
{
  ssize_t n;
  do {
    n = write_fd(fd, data, len);
  } while (n < 0 && errno == EINTR);
  if (n >= 0)
    return (int)n;
  return is_not_now() ? 0 : -1;
}

int imstls_i_at_read(int fd, char *out, size_t cap)
{
  ssize_t n;
  do {
    n = read(fd, out, cap);
  } while (n < 0 && errno == EINTR);
  if (n > 0)
    return (int)n;
  return n < 0 && is_not_now() ? 0 : -1;
}

static bool baud_code(uint32_t baud, speed_t *code)
{
  static const struct {
    uint32_t baud;
    speed_t code;
  } table[] = { { 0, B115200 },    { 9600, B9600 },     { 19200, B19200 },   { 38400, B38400 },
                { 57600, B57600 }, { 115200, B115200 }, { 230400, B230400 }, { 460800, B460800 } };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    if (table[i].baud != baud)
      continue;
    *code = table[i].code;
    return true;
  }
  return false;
}

static bool make_raw(int fd, speed_t speed)
{
  struct termios t;
  if (tcgetattr(fd, &t) != 0)
    return false;
  t.c_iflag &= (tcflag_t) ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXOFF);
  t.c_oflag &= (tcflag_t)~OPOST;
  t.c_lflag &= (tcflag_t) ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  t.c_cflag &= (tcflag_t) ~(CSIZE | PARENB | CSTOPB);
  t.c_cflag |= CS8 | CREAD | CLOCAL;
  t.c_cc[VMIN] = 1; /* so that nothing to read is EAGAIN and an end is an end */
  t.c_cc[VTIME] = 0;
  return cfsetispeed(&t, speed) == 0 && cfsetospeed(&t, speed) == 0 && tcsetattr(fd, TCSANOW, &t) == 0;
}

int imstls_usim_at_open(const char *device, uint32_t baud)
{
  speed_t speed = B115200;
  if (!device || !baud_code(baud, &speed))
    return IMSTLS_ERR_USAGE;
  int fd = imstls_i_fd_move_up(open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (fd < 0)
    return IMSTLS_ERR_USIM_IO;
  if (make_raw(fd, speed))
    return fd;
  close(fd);
  return IMSTLS_ERR_USIM_IO;
}
