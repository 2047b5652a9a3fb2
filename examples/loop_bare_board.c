/* SPDX-License-Identifier: Apache-2.0 */
/* The board of loop_bare.c, played by POSIX. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <imstls/net.h>

#include "loop_bare.h"
#include "where.h"

static struct {
  int fd; /* -1: none */
  int button;
  bool waits_to_send, pressed;
} board;

void board_start(void)
{
  board.fd = -1;
  board.button = STDIN_FILENO;
}

uint64_t board_now_ms(void *user) { return imstls_net_posix_now_ms(user); }

void board_sleep(int64_t ms)
{
  short events = board.waits_to_send ? POLLIN | POLLOUT : POLLIN;
  struct pollfd fds[2] = { { .fd = board.fd, .events = events }, { .fd = board.button, .events = POLLIN } };
  if (poll(fds, 2, ms < 60000 ? (int)ms : 60000) > 0 && fds[1].revents && where_input_ended()) {
    board.pressed = true;
    board.button = -1;
  }
}

bool board_shall_end(void)
{
  bool pressed = board.pressed;
  board.pressed = false;
  return pressed;
}

void board_open(imstls_text text)
{
  struct where where;
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *list = NULL;
  board.waits_to_send = true;
  if (!where_split(text, &where) || getaddrinfo(where.host, where.port, &hints, &list) != 0)
    return;
  board.fd = socket(list->ai_family, list->ai_socktype, 0);
  bool begun = board.fd >= 0 && fcntl(board.fd, F_SETFL, O_NONBLOCK) == 0 &&
               (connect(board.fd, list->ai_addr, list->ai_addrlen) == 0 || errno == EINPROGRESS);
  freeaddrinfo(list);
  if (!begun)
    board_close();
}

int board_connected(imstls_address *local)
{
  struct pollfd one = { .fd = board.fd, .events = POLLOUT };
  if (board.fd < 0)
    return BOARD_GONE;
  if (poll(&one, 1, 0) == 0)
    return BOARD_NOTHING;
  board.waits_to_send = false;
  return where_local(board.fd, local) ? 1 : BOARD_GONE;
}

static int result(ssize_t n)
{
  if (n > 0)
    return (int)n;
  return n < 0 && (errno == EAGAIN || errno == EINTR) ? BOARD_NOTHING : BOARD_GONE;
}

int board_recv(uint8_t *out, size_t cap) { return result(recv(board.fd, out, cap, MSG_PEEK)); }

void board_taken(size_t len)
{
  uint8_t gone[1460];
  if (len > 0)
    (void)recv(board.fd, gone, len < sizeof gone ? len : sizeof gone, 0);
}

int board_send(const uint8_t *octets, size_t len)
{
  int n = result(send(board.fd, octets, len, MSG_NOSIGNAL));
  board.waits_to_send = n == BOARD_NOTHING;
  return n;
}

void board_close(void)
{
  if (board.fd >= 0)
    close(board.fd);
  board.fd = -1;
  board.waits_to_send = false;
}
