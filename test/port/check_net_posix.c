/* SPDX-License-Identifier: Apache-2.0 */
/* POSIX sockets over the loopback interface. No test waits for a fixed time: poll() until there is something. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <imstls/error.h>
#include <imstls/net.h>

#include "net_bench.h"
#include "port/sockets/addrinfo.h"
#include "without_std.h"

Suite *net_posix_suite(void);

static imstls_net_posix_part posix;
static const imstls_net *net;

static void wait_for(imstls_socket s, short events)
{
  struct pollfd fd = { .fd = (int)s, .events = events };
  ck_assert_int_eq(poll(&fd, 1, 10000), 1);
}

static void wait_until(imstls_socket s, bool write) { wait_for(s, write ? POLLOUT : POLLIN); }

static void end_writing(imstls_socket s) { ck_assert_int_eq(shutdown((int)s, SHUT_WR), 0); }

static void must(bool holds, const char *what, int line) { ck_assert_msg(holds, "net_bench.c:%d: %s", line, what); }

static net_bench bench = {
  .own = { "127.0.0.1", "::1" }, .wait_for = wait_until, .end_writing = end_writing, .must = must
};

static void setup(void)
{
  posix = (imstls_net_posix_part)IMSTLS_NET_POSIX_INIT;
  bench.net = net = imstls_net_posix(&posix);
}

/* A machine without IPv6 has nothing to test there. */
static bool has(int family)
{
  imstls_socket s;
  imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_UDP, .local = net_own(&bench, family) };
  if (net->open(net->user, &how, &s) != IMSTLS_OK)
    return false;
  net->close(net->user, s);
  return true;
}

static int option(imstls_socket s, int level, int name)
{
  int value = -1;
  socklen_t len = sizeof value;
  ck_assert_int_eq(getsockopt((int)s, level, name, &value, &len), 0);
  return value;
}

static int family_of(int i) { return i == 0 ? 4 : 6; }

START_TEST(tcp)
{
  if (!has(family_of(_i)))
    return;
  net_pair pair = net_make_pair(&bench, family_of(_i));
  ck_assert_int_eq(option(pair.a, IPPROTO_TCP, TCP_NODELAY), 1);
  ck_assert_int_eq(option(pair.b, IPPROTO_TCP, TCP_NODELAY), 1);
  ck_assert_int_eq(option(pair.a, IPPROTO_TCP, TCP_USER_TIMEOUT), 32000);
  ck_assert_int_eq(option(pair.b, IPPROTO_TCP, TCP_USER_TIMEOUT), 32000);
  net_bench_tcp(&bench, &pair);
  net_close_pair(&bench, &pair);
}
END_TEST

/* A write to a connection that is gone is an error, not a signal. */
START_TEST(no_sigpipe)
{
  struct linger at_once = { 1, 0 };
  int ret = 0;
  signal(SIGPIPE, SIG_DFL);
  net_pair pair = net_make_pair(&bench, 4);
  ck_assert_int_eq(setsockopt((int)pair.b, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  net->close(net->user, pair.b);
  wait_for(pair.a, POLLIN);
  for (int i = 0; i < 3 && ret >= 0; i++)
    ret = net->send(net->user, pair.a, (const uint8_t *)"x", 1);
  ck_assert_int_eq(ret, IMSTLS_ERR_CONNECTION);
  ck_assert_int_eq(net->send(net->user, pair.a, (const uint8_t *)"x", 1), IMSTLS_ERR_CONNECTION);
  ck_assert_int_eq(posix.last_errno, EPIPE);
  net->close(net->user, pair.a);
  net->close(net->user, pair.listener);
}
END_TEST

START_TEST(reset_while_reading)
{
  uint8_t buf[4];
  struct linger at_once = { 1, 0 };
  net_pair pair = net_make_pair(&bench, 4);
  ck_assert_int_eq(setsockopt((int)pair.b, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  net->close(net->user, pair.b);
  wait_for(pair.a, POLLIN);
  ck_assert_int_eq(net->recv(net->user, pair.a, buf, sizeof buf, NULL), IMSTLS_ERR_CONNECTION);
  ck_assert_int_eq(posix.last_errno, ECONNRESET);
  net->close(net->user, pair.a);
  net->close(net->user, pair.listener);
}
END_TEST

START_TEST(full_buffer)
{
  net_pair pair = net_make_pair(&bench, 4);
  net_bench_full(&bench, &pair);
  net_close_pair(&bench, &pair);
}
END_TEST

START_TEST(refused)
{
  imstls_address local;
  imstls_socket s = -1;
  if (!has(family_of(_i)))
    return;
  /* A port that nobody listens on: bound, but no listener. */
  imstls_socket holder = net_open_bound(&bench, IMSTLS_NET_UDP, family_of(_i), &local);
  net->close(net->user, holder);
  s = net_open_to(&bench, IMSTLS_NET_TCP, &local);
  ck_assert_int_eq(net_finish(&bench, s, NULL), IMSTLS_ERR_CONNECT);
  ck_assert_int_eq(posix.last_errno, ECONNREFUSED);
  net->close(net->user, s);
}
END_TEST

START_TEST(udp)
{
  imstls_address there, from;
  uint8_t octet;
  if (!has(family_of(_i)))
    return;
  net_bench_udp(&bench, family_of(_i));
  /* An empty one is as good as lost, and what is connected says where from. */
  imstls_address local;
  imstls_socket b = net_open_bound(&bench, IMSTLS_NET_UDP, family_of(_i), &there);
  imstls_socket a = net_open_to(&bench, IMSTLS_NET_UDP, &there);
  ck_assert_int_eq(net->connected(net->user, a, &local), IMSTLS_OK);
  ck_assert_int_eq((int)send((int)a, "", 0, 0), 0);
  ck_assert_int_eq(net_send_text(&bench, a, "x"), 1);
  wait_for(b, POLLIN);
  ck_assert_int_eq(net->recv(net->user, b, &octet, 1, &from), 1);
  ck_assert_mem_eq(&from, &local, sizeof from);
  net->close(net->user, a);
  net->close(net->user, b);
}
END_TEST

/* In ESP a connection ends by an abort: the peer sees a reset, and nothing is resent later. */
START_TEST(abort_on_close)
{
  imstls_address listening;
  imstls_socket listener = net_open_bound(&bench, IMSTLS_NET_TCP_LISTEN, 4, &listening), s, peer;
  imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_TCP, .remote = listening, .abort_on_close = 1 };
  ck_assert_int_eq(net->open(net->user, &how, &s), IMSTLS_OK);
  ck_assert_int_eq(net_finish(&bench, s, NULL), IMSTLS_OK);
  wait_for(listener, POLLIN);
  ck_assert_int_eq(net->accept(net->user, listener, &peer, NULL), IMSTLS_OK);
  net->close(net->user, s);
  wait_for(peer, POLLIN);
  uint8_t octet;
  ck_assert_int_eq(net->recv(net->user, peer, &octet, 1, NULL), IMSTLS_ERR_CONNECTION);
  ck_assert_int_eq(posix.last_errno, ECONNRESET);
  net->close(net->user, peer);
  net->close(net->user, listener);
}
END_TEST

START_TEST(abort_of_the_accepted)
{
  for (uint32_t abort = 0; abort < 2; abort++) {
    imstls_address listening;
    imstls_socket listener, s, peer;
    imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_TCP_LISTEN, .abort_on_close = abort };
    ck_assert_int_eq(imstls_address_parse((imstls_text){ "127.0.0.1", 9 }, &how.local), IMSTLS_OK);
    ck_assert_int_eq(net->open(net->user, &how, &listener), IMSTLS_OK);
    ck_assert_int_eq(net->connected(net->user, listener, &listening), IMSTLS_OK);
    s = net_open_to(&bench, IMSTLS_NET_TCP, &listening);
    ck_assert_int_eq(net_finish(&bench, s, NULL), IMSTLS_OK);
    wait_for(listener, POLLIN);
    ck_assert_int_eq(net->accept(net->user, listener, &peer, NULL), IMSTLS_OK);
    net->close(net->user, peer);
    wait_for(s, POLLIN);
    uint8_t octet;
    int want = abort ? IMSTLS_ERR_CONNECTION : IMSTLS_CLOSED;
    ck_assert_int_eq(net->recv(net->user, s, &octet, 1, NULL), want);
    net->close(net->user, s);
    net->close(net->user, listener);
  }
}
END_TEST

START_TEST(local_address)
{
  imstls_address listening, wanted, local;
  imstls_socket listener = net_open_bound(&bench, IMSTLS_NET_TCP_LISTEN, 4, &listening), s;
  imstls_socket holder =
      net_open_bound(&bench, IMSTLS_NET_UDP, 4, &wanted); /* a free port number, most likely free for TCP too */
  imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_TCP, .remote = listening, .local = wanted };
  if (net->open(net->user, &how, &s) == IMSTLS_OK) {
    ck_assert_int_eq(net_finish(&bench, s, &local), IMSTLS_OK);
    ck_assert_uint_eq(local.port, wanted.port);
    net->close(net->user, s);
  }
  /* One that is not ours. */
  how = (imstls_net_open){ .size = sizeof how, .kind = IMSTLS_NET_TCP, .remote = listening };
  ck_assert_int_eq(imstls_address_parse((imstls_text){ "192.0.2.1", 9 }, &how.local), IMSTLS_OK);
  ck_assert_int_eq(net->open(net->user, &how, &s), IMSTLS_ERR_CONNECT);
  ck_assert_int_eq(posix.last_errno, EADDRNOTAVAIL);
  net->close(net->user, holder);
  net->close(net->user, listener);
}
END_TEST

START_TEST(families)
{
  net_bench_families(&bench);
  ck_assert_int_eq(posix.last_errno, EAFNOSUPPORT);
}
END_TEST

/* A path that cannot be had is a failure, never another path. */
START_TEST(interface)
{
  imstls_socket s;
  imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_UDP, .local = net_own(&bench, 4) };
  how.interface_name = "none0";
  ck_assert_int_eq(net->open(net->user, &how, &s), IMSTLS_ERR_CONNECT);
  ck_assert(posix.last_errno == ENODEV || posix.last_errno == EPERM);
  how.interface_name = "";
  ck_assert_int_eq(net->open(net->user, &how, &s), IMSTLS_OK);
  net->close(net->user, s);
}
END_TEST

START_TEST(names)
{
  const imstls_net_query localhost = { .size = sizeof localhost, .host = "localhost", .request = 1 };
  const imstls_net_query nobody = { .size = sizeof nobody, .host = "", .request = 1 };
  imstls_address out[8];
  size_t count = 9;
  ck_assert_int_eq(net->resolve(net->user, &localhost, out, 8, &count), IMSTLS_OK);
  ck_assert(count >= 1 && count <= 8);
  for (size_t i = 0; i < count; i++)
    ck_assert(out[i].port == 0 && (out[i].family == 4 || out[i].family == 6));
  posix.prefer = 4;
  ck_assert_int_eq(net->resolve(net->user, &localhost, out, 1, &count), IMSTLS_OK);
  ck_assert_uint_eq(count, 1);
  ck_assert_uint_eq(out[0].family, 4);
  ck_assert_int_eq(net->resolve(net->user, &nobody, out, 8, &count), IMSTLS_ERR_RESOLVE);
  ck_assert_uint_eq(count, 0);
  ck_assert_int_eq(net->resolve(net->user, &localhost, out, 0, &count), IMSTLS_ERR_RESOLVE);
}
END_TEST

/* What a resolver answered: families mixed, one that sockets do not have, and one whose address has no room. */
static struct addrinfo *answered(struct addrinfo list[6], imstls_i_sockaddr rooms[6])
{
  static const uint8_t of[6] = { 6, 4, 0, 4, 6, 4 };
  for (uint8_t i = 0; i < 6; i++) {
    imstls_address one = { .family = of[i], .port = 5061, .ip = { 10, i } };
    socklen_t len = sizeof rooms[i];
    memset(&rooms[i], 0, sizeof rooms[i]);
    if (one.family != 0)
      len = imstls_i_sockaddr_put(&one, &rooms[i]);
    list[i] = (struct addrinfo){ .ai_addr = &rooms[i].any, .ai_addrlen = len };
    list[i].ai_next = i < 5 ? &list[i + 1] : NULL;
  }
  list[3].ai_addrlen = sizeof rooms[3] + 1;
  return list;
}

/* The preferred family first, within a family as the resolver has it, as many as there is room for; no ports. */
START_TEST(order)
{
  static const struct {
    uint32_t prefer;
    uint8_t which[4];
  } t[] = { { 0, { 0, 1, 4, 5 } }, { 4, { 1, 5, 0, 4 } }, { 6, { 0, 4, 1, 5 } } };
  struct addrinfo list[6];
  imstls_i_sockaddr rooms[6];
  for (size_t cap = 0; cap <= 4; cap++) {
    imstls_address *out = malloc(cap != 0 ? cap * sizeof *out : 1);
    ck_assert_uint_eq(imstls_i_addrinfo_take(answered(list, rooms), t[_i].prefer, out, cap), cap);
    for (size_t i = 0; i < cap; i++) {
      ck_assert_uint_eq(out[i].ip[1], t[_i].which[i]);
      ck_assert_uint_eq(out[i].port, 0);
    }
    free(out);
  }
  imstls_address all[8];
  ck_assert_uint_eq(imstls_i_addrinfo_take(answered(list, rooms), t[_i].prefer, all, 8), 4);
  ck_assert_uint_eq(imstls_i_addrinfo_take(NULL, t[_i].prefer, all, 8), 0);
}
END_TEST

/* There and back, scope and port too. */
START_TEST(addresses)
{
  static const imstls_address all[] = {
    { .family = 4, .port = 0x1234, .ip = { 192, 0, 2, 1 } },
    { .family = 6, .port = 65535, .scope = 7, .ip = { 0xfe, 0x80, [15] = 1 } },
  };
  imstls_i_sockaddr system;
  imstls_address back;
  ck_assert_uint_eq(imstls_i_sockaddr_put(&all[_i], &system),
                    _i == 0 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
  uint16_t port = 0;
  if (_i == 0)
    port = ((const struct sockaddr_in *)&system)->sin_port;
  else
    port = ((const struct sockaddr_in6 *)&system)->sin6_port;
  ck_assert_uint_eq(port, htons((uint16_t)all[_i].port));
  ck_assert(imstls_i_sockaddr_take(&system, &back));
  ck_assert_mem_eq(&back, &all[_i], sizeof back);
  system.any.sa_family = AF_UNIX;
  ck_assert(!imstls_i_sockaddr_take(&system, &back));
}
END_TEST

static bool fresh(imstls_socket s) { return moved_up((int)s) && (fcntl((int)s, F_GETFL) & O_NONBLOCK) != 0; }

/* Every kind that is opened, and what is accepted; they work under their new numbers. */
static bool sockets_are_fresh(void)
{
  imstls_socket listener = -1, a = -1, b = -1, datagrams = -1;
  imstls_address local;
  uint8_t octet = 0;
  imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_TCP_LISTEN, .local = { .family = 4 } };
  memcpy(how.local.ip, "\x7f\0\0\1", 4);
  if (net->open(net->user, &how, &listener) != IMSTLS_OK)
    return false;
  if (net->connected(net->user, listener, &local) != IMSTLS_OK)
    return false;
  imstls_net_open to = { .size = sizeof to, .kind = IMSTLS_NET_TCP, .remote = local };
  if (net->open(net->user, &to, &a) != IMSTLS_OK)
    return false;
  struct pollfd wait = { .fd = (int)listener, .events = POLLIN };
  if (poll(&wait, 1, 10000) != 1 || net->accept(net->user, listener, &b, NULL) != IMSTLS_OK)
    return false;
  how.kind = IMSTLS_NET_UDP;
  if (net->open(net->user, &how, &datagrams) != IMSTLS_OK)
    return false;
  if (net->send(net->user, b, (const uint8_t *)"x", 1) != 1)
    return false;
  wait.fd = (int)a;
  if (poll(&wait, 1, 10000) != 1 || net->recv(net->user, a, &octet, 1, NULL) != 1 || octet != 'x')
    return false;
  return fresh(listener) && fresh(a) && fresh(b) && fresh(datagrams);
}

/* _i: which of 0, 1 and 2 are closed */
START_TEST(not_standard_output) { ck_assert_int_eq(without_std((unsigned)_i, sockets_are_fresh), 0); }
END_TEST

START_TEST(clocks)
{
  uint64_t before = imstls_net_posix_now_ms(NULL);
  ck_assert_uint_gt(before, 0);
  ck_assert_uint_ge(imstls_net_posix_now_ms(NULL), before);
  ck_assert_int_gt(imstls_net_posix_wall_s(NULL), 1577836800);
  ck_assert_ptr_null(imstls_net_posix(NULL));
  imstls_net_posix_part smaller = IMSTLS_NET_POSIX_INIT;
  smaller.size--;
  ck_assert_ptr_null(imstls_net_posix(&smaller));
  ck_assert(!smaller.net.open);
  ck_assert_int_eq(imstls_net_posix_wait(NULL, 0), IMSTLS_ERR_USAGE);
}
END_TEST

Suite *net_posix_suite(void)
{
  Suite *suite = suite_create("net_posix");
  TCase *tc = tcase_create("loopback");
  tcase_add_checked_fixture(tc, setup, NULL);
  tcase_add_loop_test(tc, tcp, 0, 2);
  tcase_add_test(tc, no_sigpipe);
  tcase_add_test(tc, reset_while_reading);
  tcase_add_test(tc, full_buffer);
  tcase_add_loop_test(tc, refused, 0, 2);
  tcase_add_loop_test(tc, udp, 0, 2);
  tcase_add_test(tc, abort_on_close);
  tcase_add_test(tc, abort_of_the_accepted);
  tcase_add_test(tc, local_address);
  tcase_add_test(tc, families);
  tcase_add_test(tc, interface);
  tcase_add_test(tc, names);
  tcase_add_loop_test(tc, order, 0, 3);
  tcase_add_loop_test(tc, addresses, 0, 2);
  tcase_add_loop_test(tc, not_standard_output, 1, 8);
  tcase_add_test(tc, clocks);
  suite_add_tcase(suite, tc);
  return suite;
}
