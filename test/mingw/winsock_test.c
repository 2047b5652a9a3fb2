/* SPDX-License-Identifier: Apache-2.0 */
/* The Winsock part over the loopback interface, as test/port/check_net_posix.c tries the POSIX part. A program without
 * libcheck, which Debian has not for Windows: `make mingw` runs it under Wine. Nothing waits for a fixed time. */
#include <winsock2.h>
#include <ws2tcpip.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <imstls/imstls.h>

#include "net_bench.h"

enum { WAIT_S = 10 };

static imstls_net_winsock_part part = IMSTLS_NET_WINSOCK_INIT;
static const imstls_net *net;
static int checks;

static void must_in(bool holds, const char *what, const char *file, int line)
{
  checks++;
  if (holds)
    return;
  fprintf(stderr, "%s:%d: %s; last_error %d\n", file, line, what, (int)part.last_error);
  exit(1);
}

#define MUST(holds) must_in((holds), #holds, "winsock_test.c", __LINE__)

static void wait_until(imstls_socket s, bool write)
{
  fd_set set, excepts;
  struct timeval limit = { WAIT_S, 0 };
  FD_ZERO(&set);
  FD_SET((SOCKET)s, &set);
  excepts = set;
  MUST(select(0, write ? NULL : &set, write ? &set : NULL, write ? &excepts : NULL, &limit) > 0);
}

static void end_writing(imstls_socket s) { MUST(shutdown((SOCKET)s, SD_SEND) == 0); }

static void must(bool holds, const char *what, int line) { must_in(holds, what, "net_bench.c", line); }

static net_bench bench = {
  .own = { "127.0.0.1", "::1" }, .wait_for = wait_until, .end_writing = end_writing, .must = must
};

static int option(imstls_socket s, int level, int name)
{
  int value = 0, len = sizeof value; /* Wine writes one octet of it */
  MUST(getsockopt((SOCKET)s, level, name, (char *)&value, &len) == 0);
  return value;
}

static void tcp(int family)
{
  net_pair pair = net_make_pair(&bench, family);
  MUST(option(pair.a, IPPROTO_TCP, TCP_NODELAY) != 0 && option(pair.b, IPPROTO_TCP, TCP_NODELAY) != 0);
  net_bench_tcp(&bench, &pair);
  net_close_pair(&bench, &pair);
}

static void reset(void)
{
  uint8_t buf[4];
  struct linger at_once = { 1, 0 };
  net_pair pair = net_make_pair(&bench, 4);
  MUST(setsockopt((SOCKET)pair.b, SOL_SOCKET, SO_LINGER, (const char *)&at_once, sizeof at_once) == 0);
  net->close(net->user, pair.b);
  wait_until(pair.a, false);
  int end = net->recv(net->user, pair.a, buf, sizeof buf, NULL);
  MUST(end == IMSTLS_ERR_CONNECTION || end == IMSTLS_CLOSED); /* Wine ends the stream before it resets */
  MUST(net->send(net->user, pair.a, (const uint8_t *)"x", 1) == IMSTLS_ERR_CONNECTION);
  MUST(part.last_error == WSAECONNRESET);
  net->close(net->user, pair.a);
  net->close(net->user, pair.listener);
}

static void full_buffer(void)
{
  net_pair pair = net_make_pair(&bench, 4);
  net_bench_full(&bench, &pair);
  net_close_pair(&bench, &pair);
}

static void refused(void)
{
  imstls_address local;
  imstls_socket s = -1;
  /* A port that nobody listens on. */
  net->close(net->user, net_open_bound(&bench, IMSTLS_NET_UDP, 4, &local));
  s = net_open_to(&bench, IMSTLS_NET_TCP, &local);
  MUST(net_finish(&bench, s, NULL) == IMSTLS_ERR_CONNECT);
  MUST(part.last_error == WSAECONNREFUSED);
  net->close(net->user, s);
}

/* A listener has its port alone, and what would choose another path is refused. */
static void opening(void)
{
  imstls_address local;
  imstls_socket listener = net_open_bound(&bench, IMSTLS_NET_TCP_LISTEN, 4, &local), s = -1;
  imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_TCP_LISTEN, .local = local };
  MUST(net->open(net->user, &how, &s) == IMSTLS_ERR_CONNECT);
  how = (imstls_net_open){ .size = sizeof how, .kind = IMSTLS_NET_TCP, .remote = local, .interface_name = "eth0" };
  MUST(net->open(net->user, &how, &s) == IMSTLS_ERR_CONNECT && part.last_error == WSAENOPROTOOPT);
  how = (imstls_net_open){ .size = sizeof how, .kind = IMSTLS_NET_TCP, .remote = local, .mark = 7 };
  MUST(net->open(net->user, &how, &s) == IMSTLS_ERR_CONNECT && part.last_error == WSAENOPROTOOPT);
  net_bench_families(&bench);
  MUST(part.last_error == WSAEAFNOSUPPORT);
  how = (imstls_net_open){ .size = sizeof how, .kind = IMSTLS_NET_TCP, .remote = local, .abort_on_close = 1 };
  MUST(net->open(net->user, &how, &s) == IMSTLS_OK);
  struct linger how_long = { 0, 1 };
  int len = sizeof how_long;
  MUST(getsockopt((SOCKET)s, SOL_SOCKET, SO_LINGER, (char *)&how_long, &len) == 0);
  MUST(how_long.l_onoff != 0 && how_long.l_linger == 0);
  net->close(net->user, s);
  net->close(net->user, listener);
  net->close(net->user, -1);
  MUST(imstls_net_winsock(NULL) == NULL);
  imstls_net_winsock_part small = { .size = sizeof small - 1 };
  MUST(imstls_net_winsock(&small) == NULL);
}

static void names(void)
{
  imstls_address out[8];
  size_t count = 0;
  imstls_net_query query = { .size = sizeof query, .host = "localhost", .service = IMSTLS_SERVICE_SIPS_TCP };
  part.prefer = 4;
  MUST(net->resolve(net->user, &query, out, 8, &count) == IMSTLS_OK);
  MUST(count > 0 && out[0].family == 4 && out[0].ip[0] == 127 && out[0].port == 0);
  query.host = "no-such-name.invalid";
  MUST(net->resolve(net->user, &query, out, 8, &count) == IMSTLS_ERR_RESOLVE && count == 0);
}

static void clocks(void)
{
  uint64_t first = imstls_net_winsock_now_ms(NULL);
  Sleep(40);
  uint64_t passed = imstls_net_winsock_now_ms(NULL) - first;
  MUST(passed >= 20 && passed < 10000);
  MUST(imstls_net_winsock_wall_s(NULL) > 1700000000);
  MUST(imstls_net_winsock_wait(NULL, 0) == IMSTLS_ERR_USAGE);
}

static void modem(void)
{
  MUST(imstls_usim_at_open("COM3", 0) == IMSTLS_ERR_UNSUPPORTED);
  MUST(imstls_usim_at_open(NULL, 0) == IMSTLS_ERR_USAGE);
}

int main(void)
{
  WSADATA data;
  bench.net = net = imstls_net_winsock(&part);
  MUST(net != NULL);
  MUST(WSAStartup(MAKEWORD(2, 2), &data) == 0);
  tcp(4);
  tcp(6);
  reset();
  full_buffer();
  refused();
  net_bench_udp(&bench, 4);
  net_bench_udp(&bench, 6);
  opening();
  names();
  clocks();
  modem();
  WSACleanup();
  printf("winsock: %d checks\n", checks);
  return 0;
}
