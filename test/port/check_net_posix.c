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
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <imstls/error.h>
#include <imstls/net.h>

#include "without_std.h"

Suite *net_posix_suite(void);

static imstls_net_posix_part posix;
static const imstls_net *net;

static void setup(void)
{
  posix = (imstls_net_posix_part)IMSTLS_NET_POSIX_INIT;
  net = imstls_net_posix(&posix);
}

static imstls_address loopback(int family)
{
  imstls_address address;
  imstls_text text = family == 4 ? (imstls_text){ "127.0.0.1", 9 } : (imstls_text){ "::1", 3 };
  ck_assert_int_eq(imstls_address_parse(text, &address), IMSTLS_OK);
  return address;
}

static void wait_for(imstls_socket s, short events)
{
  struct pollfd fd = { .fd = (int)s, .events = events };
  ck_assert_int_eq(poll(&fd, 1, 10000), 1);
}

/* A machine without IPv6 has nothing to test there. */
static bool has(int family)
{
  imstls_socket s;
  imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_UDP, .local = loopback(family) };
  if (net->open(net->user, &how, &s) != IMSTLS_OK)
    return false;
  net->close(net->user, s);
  return true;
}

static imstls_socket open_bound(int kind, int family, imstls_address *local)
{
  imstls_socket s = -1;
  imstls_net_open how = { .size = sizeof how, .kind = kind, .local = loopback(family) };
  ck_assert_int_eq(net->open(net->user, &how, &s), IMSTLS_OK);
  ck_assert_int_eq(net->connected(net->user, s, local), IMSTLS_OK);
  ck_assert_uint_eq(local->family, (unsigned)family);
  ck_assert_uint_ne(local->port, 0);
  return s;
}

static int connect_to(int kind, const imstls_address *remote, imstls_socket *s, imstls_address *local)
{
  imstls_net_open how = { .size = sizeof how, .kind = kind, .remote = *remote };
  int ret = net->open(net->user, &how, s);
  if (ret != IMSTLS_OK)
    return ret;
  while ((ret = net->connected(net->user, *s, local)) == IMSTLS_PENDING)
    wait_for(*s, POLLOUT);
  return ret;
}

/* A connected pair. */
static void make_pair(int family, imstls_socket *a, imstls_socket *b)
{
  imstls_address listening, local, remote;
  imstls_socket listener = open_bound(IMSTLS_NET_TCP_LISTEN, family, &listening);
  ck_assert_int_eq(net->accept(net->user, listener, b, &remote), IMSTLS_WANT_READ);
  ck_assert_int_eq(connect_to(IMSTLS_NET_TCP, &listening, a, &local), IMSTLS_OK);
  wait_for(listener, POLLIN);
  ck_assert_int_eq(net->accept(net->user, listener, b, &remote), IMSTLS_OK);
  ck_assert_mem_eq(&remote, &local, sizeof local);
  net->close(net->user, listener);
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
  imstls_socket a, b;
  uint8_t buf[16];
  if (!has(family_of(_i)))
    return;
  make_pair(family_of(_i), &a, &b);
  ck_assert_int_eq(option(a, IPPROTO_TCP, TCP_NODELAY), 1);
  ck_assert_int_eq(option(b, IPPROTO_TCP, TCP_NODELAY), 1);
  ck_assert_int_eq(option(a, IPPROTO_TCP, TCP_USER_TIMEOUT), 32000);
  ck_assert_int_eq(option(b, IPPROTO_TCP, TCP_USER_TIMEOUT), 32000);
  ck_assert_int_eq(net->recv(net->user, a, buf, sizeof buf, NULL), IMSTLS_WANT_READ);
  ck_assert_int_eq(net->send(net->user, a, (const uint8_t *)"hello", 5), 5);
  wait_for(b, POLLIN);
  ck_assert_int_eq(net->recv(net->user, b, buf, 2, NULL), 2);
  ck_assert_int_eq(net->recv(net->user, b, buf + 2, sizeof buf - 2, NULL), 3);
  ck_assert_mem_eq(buf, "hello", 5);
  /* Half closed: the end is read, the other direction still works. */
  ck_assert_int_eq(shutdown((int)a, SHUT_WR), 0);
  wait_for(b, POLLIN);
  ck_assert_int_eq(net->recv(net->user, b, buf, sizeof buf, NULL), IMSTLS_CLOSED);
  ck_assert_int_eq(net->send(net->user, b, (const uint8_t *)"late", 4), 4);
  wait_for(a, POLLIN);
  ck_assert_int_eq(net->recv(net->user, a, buf, sizeof buf, NULL), 4);
  net->close(net->user, a);
  net->close(net->user, b);
}
END_TEST

/* A write to a connection that is gone is an error, not a signal. */
START_TEST(no_sigpipe)
{
  imstls_socket a, b;
  struct linger at_once = { 1, 0 };
  int ret = 0;
  signal(SIGPIPE, SIG_DFL);
  make_pair(4, &a, &b);
  ck_assert_int_eq(setsockopt((int)b, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  net->close(net->user, b);
  wait_for(a, POLLIN);
  for (int i = 0; i < 3 && ret >= 0; i++)
    ret = net->send(net->user, a, (const uint8_t *)"x", 1);
  ck_assert_int_eq(ret, IMSTLS_ERR_CONNECTION);
  ck_assert_int_eq(net->send(net->user, a, (const uint8_t *)"x", 1), IMSTLS_ERR_CONNECTION);
  ck_assert_int_eq(posix.last_errno, EPIPE);
  net->close(net->user, a);
}
END_TEST

START_TEST(reset_while_reading)
{
  imstls_socket a, b;
  uint8_t buf[4];
  struct linger at_once = { 1, 0 };
  make_pair(4, &a, &b);
  ck_assert_int_eq(setsockopt((int)b, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  net->close(net->user, b);
  wait_for(a, POLLIN);
  ck_assert_int_eq(net->recv(net->user, a, buf, sizeof buf, NULL), IMSTLS_ERR_CONNECTION);
  ck_assert_int_eq(posix.last_errno, ECONNRESET);
  net->close(net->user, a);
}
END_TEST

START_TEST(full_buffer)
{
  imstls_socket a, b;
  static uint8_t much[65536];
  int ret;
  make_pair(4, &a, &b);
  while ((ret = net->send(net->user, a, much, sizeof much)) > 0)
    continue;
  ck_assert_int_eq(ret, IMSTLS_WANT_WRITE);
  net->close(net->user, a);
  net->close(net->user, b);
}
END_TEST

START_TEST(refused)
{
  imstls_address local;
  imstls_socket s = -1;
  if (!has(family_of(_i)))
    return;
  /* A port that nobody listens on: bound, but no listener. */
  imstls_socket holder = open_bound(IMSTLS_NET_UDP, family_of(_i), &local);
  net->close(net->user, holder);
  ck_assert_int_eq(connect_to(IMSTLS_NET_TCP, &local, &s, NULL), IMSTLS_ERR_CONNECT);
  ck_assert_int_eq(posix.last_errno, ECONNREFUSED);
  net->close(net->user, s);
}
END_TEST

START_TEST(udp)
{
  uint8_t buf[16];
  imstls_address a_local, b_local, from;
  imstls_socket b;
  if (!has(family_of(_i)))
    return;
  imstls_socket a = open_bound(IMSTLS_NET_UDP, family_of(_i), &a_local);
  ck_assert_int_eq(connect_to(IMSTLS_NET_UDP, &a_local, &b, &b_local), IMSTLS_OK);
  ck_assert_int_eq(net->recv(net->user, a, buf, sizeof buf, &from), IMSTLS_WANT_READ);
  ck_assert_int_eq((int)send((int)b, "", 0, 0), 0);
  ck_assert_int_eq(net->send(net->user, b, (const uint8_t *)"0123456789abcdefXYZ", 19), 19);
  ck_assert_int_eq(net->send(net->user, b, (const uint8_t *)"fits", 4), 4);
  wait_for(a, POLLIN);
  /* The empty and the long one count as lost. */
  ck_assert_int_eq(net->recv(net->user, a, buf, sizeof buf, &from), 4);
  ck_assert_mem_eq(buf, "fits", 4);
  ck_assert_mem_eq(&from, &b_local, sizeof from);
  ck_assert_int_eq(net->send_to(net->user, a, (const uint8_t *)"back", 4, &from), 4);
  wait_for(b, POLLIN);
  ck_assert_int_eq(net->recv(net->user, b, buf, sizeof buf, NULL), 4);
  net->close(net->user, a);
  net->close(net->user, b);
}
END_TEST

/* In ESP a connection ends by an abort: the peer sees a reset, and nothing is resent later. */
START_TEST(abort_on_close)
{
  imstls_address listening;
  imstls_socket listener = open_bound(IMSTLS_NET_TCP_LISTEN, 4, &listening), s, peer;
  imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_TCP, .remote = listening, .abort_on_close = 1 };
  ck_assert_int_eq(net->open(net->user, &how, &s), IMSTLS_OK);
  while (net->connected(net->user, s, NULL) == IMSTLS_PENDING)
    wait_for(s, POLLOUT);
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
    ck_assert_int_eq(connect_to(IMSTLS_NET_TCP, &listening, &s, NULL), IMSTLS_OK);
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
  imstls_socket listener = open_bound(IMSTLS_NET_TCP_LISTEN, 4, &listening), s;
  imstls_socket holder = open_bound(IMSTLS_NET_UDP, 4, &wanted); /* a free port number, most likely free for TCP too */
  imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_TCP, .remote = listening, .local = wanted };
  if (net->open(net->user, &how, &s) == IMSTLS_OK) {
    int ret;
    while ((ret = net->connected(net->user, s, &local)) == IMSTLS_PENDING)
      wait_for(s, POLLOUT);
    ck_assert_int_eq(ret, IMSTLS_OK);
    ck_assert_uint_eq(local.port, wanted.port);
    net->close(net->user, s);
  }
  /* Families that differ, no family, and an address that is not ours. */
  how.local.family = 6;
  ck_assert_int_eq(net->open(net->user, &how, &s), IMSTLS_ERR_CONNECT);
  how.remote.family = how.local.family = 0;
  ck_assert_int_eq(net->open(net->user, &how, &s), IMSTLS_ERR_CONNECT);
  how = (imstls_net_open){ .size = sizeof how, .kind = IMSTLS_NET_TCP, .remote = listening };
  ck_assert_int_eq(imstls_address_parse((imstls_text){ "192.0.2.1", 9 }, &how.local), IMSTLS_OK);
  ck_assert_int_eq(net->open(net->user, &how, &s), IMSTLS_ERR_CONNECT);
  ck_assert_int_eq(posix.last_errno, EADDRNOTAVAIL);
  net->close(net->user, holder);
  net->close(net->user, listener);
}
END_TEST

/* A path that cannot be had is a failure, never another path. */
START_TEST(interface)
{
  imstls_socket s;
  imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_UDP, .local = loopback(4) };
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
  tcase_add_test(tc, interface);
  tcase_add_test(tc, names);
  tcase_add_loop_test(tc, not_standard_output, 1, 8);
  tcase_add_test(tc, clocks);
  suite_add_tcase(suite, tc);
  return suite;
}
