/* SPDX-License-Identifier: Apache-2.0 */
#include "s_server.h"

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <imstls/error.h>

enum { OPTIONS_MAX = 24, WAIT_MS = 20000 };

static void become(const char *const options[], int keys, int says)
{
  char *argv[OPTIONS_MAX + 5] = { "openssl", "s_server", "-accept", "127.0.0.1:0" };
  for (size_t i = 0; options[i]; i++)
    argv[4 + i] = (char *)(uintptr_t)options[i];
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
  dup2(keys, 0);
  dup2(says, 1);
  dup2(says, 2);
  execvp("openssl", argv);
  _exit(127);
}

/* One line, without its end; false: it has none any more. */
static int read_line(int fd, char line[256])
{
  size_t len = 0;
  struct pollfd ready = { .fd = fd, .events = POLLIN };
  while (len < 255 && poll(&ready, 1, WAIT_MS) == 1 && read(fd, line + len, 1) == 1) {
    if (line[len] == '\n') {
      line[len] = '\0';
      return 1;
    }
    len++;
  }
  return 0;
}

void s_server_start(s_server *server, const char *const options[])
{
  int keys[2], says[2];
  char line[256];
  unsigned port = 0;
  ck_assert(pipe(keys) == 0 && pipe(says) == 0);
  server->pid = fork();
  ck_assert_int_ge(server->pid, 0);
  if (server->pid == 0) {
    close(keys[1]);
    close(says[0]);
    become(options, keys[0], says[1]);
  }
  close(keys[0]);
  close(says[1]);
  server->keys = keys[1];
  server->says = says[0];
  while (port == 0 && read_line(server->says, line))
    if (sscanf(line, "ACCEPT 127.0.0.1:%u", &port) != 1)
      port = 0;
  ck_assert_msg(port, "openssl s_server did not start");
  server->port = (uint16_t)port;
}

void s_server_type(const s_server *server, const char *line)
{
  ck_assert_int_eq(write(server->keys, line, strlen(line)), (ssize_t)strlen(line));
}

void s_server_end(s_server *server)
{
  int status;
  kill(server->pid, SIGKILL);
  waitpid(server->pid, &status, 0);
  close(server->keys);
  close(server->says);
}

static int io_send(void *ctx, const uint8_t *data, size_t len)
{
  const s_link *link = ctx;
  return link->net->send(link->net->user, link->socket, data, len);
}

static int io_recv(void *ctx, uint8_t *data, size_t cap)
{
  const s_link *link = ctx;
  return link->net->recv(link->net->user, link->socket, data, cap, NULL);
}

static void wait_for(const s_link *link, short events)
{
  struct pollfd ready = { .fd = (int)link->socket, .events = events };
  ck_assert_int_eq(poll(&ready, 1, WAIT_MS), 1);
}

imstls_tls_io s_link_open(s_link *link, const s_server *server)
{
  imstls_net_open how = { .size = sizeof how,
                          .kind = IMSTLS_NET_TCP,
                          .remote = { .family = 4, .ip = { 127, 0, 0, 1 }, .port = server->port } };
  link->part = (imstls_net_posix_part)IMSTLS_NET_POSIX_INIT;
  link->net = imstls_net_posix(&link->part);
  ck_assert_int_eq(link->net->open(link->net->user, &how, &link->socket), IMSTLS_OK);
  wait_for(link, POLLOUT);
  ck_assert_int_eq(link->net->connected(link->net->user, link->socket, NULL), IMSTLS_OK);
  return (imstls_tls_io){ link, io_send, io_recv };
}

void s_link_close(s_link *link) { link->net->close(link->net->user, link->socket); }

static int in_progress(const s_link *link, int ret)
{
  if (ret == IMSTLS_WANT_READ || ret == IMSTLS_WANT_WRITE)
    wait_for(link, ret == IMSTLS_WANT_READ ? POLLIN : POLLOUT);
  return ret == IMSTLS_WANT_READ || ret == IMSTLS_WANT_WRITE || ret == IMSTLS_PENDING;
}

int s_link_handshake(const s_link *link, const imstls_tls *tls, int session)
{
  int ret;
  while (in_progress(link, ret = tls->handshake(tls->user, session)))
    continue;
  return ret;
}

int s_link_read(const s_link *link, const imstls_tls *tls, int session, uint8_t *data, size_t cap)
{
  int ret;
  while (in_progress(link, ret = tls->read(tls->user, session, data, cap)))
    continue;
  return ret;
}
