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

enum { WAIT_S = 10 };

static imstls_net_winsock_part part = IMSTLS_NET_WINSOCK_INIT;
static const imstls_net *net;
static int checks;

#define MUST(holds) must((holds), __LINE__, #holds)
static void must(bool holds, int line, const char *what)
{
  checks++;
  if (holds)
    return;
  fprintf(stderr, "winsock_test.c:%d: %s; last_error %d\n", line, what, (int)part.last_error);
  exit(1);
}

static imstls_address loopback(int family)
{
  imstls_address address;
  imstls_text text = family == 4 ? (imstls_text){ "127.0.0.1", 9 } : (imstls_text){ "::1", 3 };
  MUST(imstls_address_parse(text, &address) == IMSTLS_OK);
  return address;
}

static void wait_for(imstls_socket s, bool writes)
{
  fd_set set, excepts;
  struct timeval limit = { WAIT_S, 0 };
  FD_ZERO(&set);
  FD_SET((SOCKET)s, &set);
  excepts = set;
  MUST(select(0, writes ? NULL : &set, writes ? &set : NULL, writes ? &excepts : NULL, &limit) > 0);
}

static imstls_socket open_bound(int kind, int family, imstls_address *local)
{
  imstls_socket s = -1;
  imstls_net_open how = { .size = sizeof how, .kind = kind, .local = loopback(family) };
  MUST(net->open(net->user, &how, &s) == IMSTLS_OK);
  MUST(net->connected(net->user, s, local) == IMSTLS_OK);
  MUST(local->family == family && local->port != 0);
  return s;
}

static int connect_to(int kind, const imstls_address *remote, imstls_socket *s, imstls_address *local)
{
  imstls_net_open how = { .size = sizeof how, .kind = kind, .remote = *remote };
  int ret = net->open(net->user, &how, s);
  while (ret == IMSTLS_OK || ret == IMSTLS_PENDING) {
    ret = net->connected(net->user, *s, local);
    if (ret != IMSTLS_PENDING)
      return ret;
    wait_for(*s, true);
  }
  return ret;
}

static void make_pair(int family, imstls_socket *a, imstls_socket *b)
{
  imstls_address listening, local, remote;
  imstls_socket listener = open_bound(IMSTLS_NET_TCP_LISTEN, family, &listening);
  MUST(net->accept(net->user, listener, b, &remote) == IMSTLS_WANT_READ);
  MUST(connect_to(IMSTLS_NET_TCP, &listening, a, &local) == IMSTLS_OK);
  wait_for(listener, false);
  MUST(net->accept(net->user, listener, b, &remote) == IMSTLS_OK);
  MUST(memcmp(&remote, &local, sizeof local) == 0);
  net->close(net->user, listener);
}

static int option(imstls_socket s, int level, int name)
{
  int value = 0, len = sizeof value; /* Wine writes one octet of it */
  MUST(getsockopt((SOCKET)s, level, name, (char *)&value, &len) == 0);
  return value;
}

static void tcp(int family)
{
  imstls_socket a, b;
  uint8_t buf[16];
  make_pair(family, &a, &b);
  MUST(option(a, IPPROTO_TCP, TCP_NODELAY) != 0 && option(b, IPPROTO_TCP, TCP_NODELAY) != 0);
  MUST(net->recv(net->user, a, buf, sizeof buf, NULL) == IMSTLS_WANT_READ);
  MUST(net->send(net->user, a, (const uint8_t *)"hello", 5) == 5);
  wait_for(b, false);
  MUST(net->recv(net->user, b, buf, 2, NULL) == 2);
  MUST(net->recv(net->user, b, buf + 2, sizeof buf - 2, NULL) == 3);
  MUST(memcmp(buf, "hello", 5) == 0);
  /* Half closed: the end is read, the other direction still works. */
  MUST(shutdown((SOCKET)a, SD_SEND) == 0);
  wait_for(b, false);
  MUST(net->recv(net->user, b, buf, sizeof buf, NULL) == IMSTLS_CLOSED);
  MUST(net->send(net->user, b, (const uint8_t *)"late", 4) == 4);
  wait_for(a, false);
  MUST(net->recv(net->user, a, buf, sizeof buf, NULL) == 4);
  net->close(net->user, a);
  net->close(net->user, b);
}

static void reset(void)
{
  imstls_socket a, b;
  uint8_t buf[4];
  struct linger at_once = { 1, 0 };
  make_pair(4, &a, &b);
  MUST(setsockopt((SOCKET)b, SOL_SOCKET, SO_LINGER, (const char *)&at_once, sizeof at_once) == 0);
  net->close(net->user, b);
  wait_for(a, false);
  int end = net->recv(net->user, a, buf, sizeof buf, NULL);
  MUST(end == IMSTLS_ERR_CONNECTION || end == IMSTLS_CLOSED); /* Wine ends the stream before it resets */
  MUST(net->send(net->user, a, (const uint8_t *)"x", 1) == IMSTLS_ERR_CONNECTION);
  MUST(part.last_error == WSAECONNRESET);
  net->close(net->user, a);
}

static void full_buffer(void)
{
  static const uint8_t much[65536];
  imstls_socket a, b;
  int ret;
  make_pair(4, &a, &b);
  while ((ret = net->send(net->user, a, much, sizeof much)) > 0)
    continue;
  MUST(ret == IMSTLS_WANT_WRITE);
  net->close(net->user, a);
  net->close(net->user, b);
}

static void refused(void)
{
  imstls_address local;
  imstls_socket s = -1;
  /* A port that nobody listens on. */
  net->close(net->user, open_bound(IMSTLS_NET_UDP, 4, &local));
  MUST(connect_to(IMSTLS_NET_TCP, &local, &s, NULL) == IMSTLS_ERR_CONNECT);
  MUST(part.last_error == WSAECONNREFUSED);
  net->close(net->user, s);
}

static void udp(int family)
{
  uint8_t buf[16];
  imstls_address a_local, b_local, from;
  imstls_socket b, a = open_bound(IMSTLS_NET_UDP, family, &a_local);
  MUST(connect_to(IMSTLS_NET_UDP, &a_local, &b, &b_local) == IMSTLS_OK);
  MUST(net->recv(net->user, a, buf, sizeof buf, &from) == IMSTLS_WANT_READ);
  MUST(net->send(net->user, b, (const uint8_t *)"0123456789abcdefg", 17) == 17); /* does not fit, and is lost */
  MUST(net->send(net->user, b, (const uint8_t *)"one", 3) == 3);
  wait_for(a, false);
  int n = net->recv(net->user, a, buf, sizeof buf, &from);
  MUST(n == 3 && memcmp(buf, "one", 3) == 0);
  MUST(memcmp(&from, &b_local, sizeof from) == 0);
  MUST(net->send_to(net->user, a, (const uint8_t *)"two", 3, &from) == 3);
  wait_for(b, false);
  MUST(net->recv(net->user, b, buf, sizeof buf, NULL) == 3 && memcmp(buf, "two", 3) == 0);
  net->close(net->user, a);
  net->close(net->user, b);
}

/* A listener has its port alone, and what would choose another path is refused. */
static void opening(void)
{
  imstls_address local;
  imstls_socket listener = open_bound(IMSTLS_NET_TCP_LISTEN, 4, &local), s = -1;
  imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_TCP_LISTEN, .local = local };
  MUST(net->open(net->user, &how, &s) == IMSTLS_ERR_CONNECT);
  how = (imstls_net_open){ .size = sizeof how, .kind = IMSTLS_NET_TCP, .remote = local, .interface_name = "eth0" };
  MUST(net->open(net->user, &how, &s) == IMSTLS_ERR_CONNECT && part.last_error == WSAENOPROTOOPT);
  how = (imstls_net_open){ .size = sizeof how, .kind = IMSTLS_NET_TCP, .remote = local, .mark = 7 };
  MUST(net->open(net->user, &how, &s) == IMSTLS_ERR_CONNECT && part.last_error == WSAENOPROTOOPT);
  how = (imstls_net_open){ .size = sizeof how, .kind = IMSTLS_NET_TCP };
  MUST(net->open(net->user, &how, &s) == IMSTLS_ERR_CONNECT && part.last_error == WSAEAFNOSUPPORT);
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
  net = imstls_net_winsock(&part);
  MUST(net != NULL);
  MUST(WSAStartup(MAKEWORD(2, 2), &data) == 0);
  tcp(4);
  tcp(6);
  reset();
  full_buffer();
  refused();
  udp(4);
  udp(6);
  opening();
  names();
  clocks();
  modem();
  WSACleanup();
  printf("winsock: %d checks\n", checks);
  return 0;
}
