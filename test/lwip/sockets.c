/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets of lwIP at its own address: each test has an lwIP, and waits in lwip_poll() until there is something. */
#define _GNU_SOURCE 1 /* RTLD_NEXT */
#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/sockets.h>
#include <lwip/sys.h>

#include <imstls/error.h>
#include <imstls/net.h>

#include "net_bench.h"
#include "stack.h"

static imstls_net_lwip_part lwip;
static const imstls_net *net;

static int family_of(int i) { return i == 0 ? 4 : 6; }

static void wait_for(imstls_socket s, short events)
{
  struct pollfd fd = { .fd = (int)s, .events = events };
  ck_assert_int_eq(lwip_poll(&fd, 1, 10000), 1);
}

static void wait_until(imstls_socket s, bool write) { wait_for(s, write ? POLLOUT : POLLIN); }

static void end_writing(imstls_socket s) { ck_assert_int_eq(lwip_shutdown((int)s, SHUT_WR), 0); }

static void must(bool holds, const char *what, int line) { ck_assert_msg(holds, "net_bench.c:%d: %s", line, what); }

static net_bench bench = {
  .own = { "10.77.0.2", "fd77::2" }, .wait_for = wait_until, .end_writing = end_writing, .must = must
};

static void setup(void)
{
  stack_start(NULL);
  lwip = (imstls_net_lwip_part)IMSTLS_NET_LWIP_INIT;
  bench.net = net = imstls_net_lwip(&lwip);
}

static imstls_address own(int family) { return net_own(&bench, family); }
static int send_text(imstls_socket s, const char *text) { return net_send_text(&bench, s, text); }

static int nodelay(imstls_socket s)
{
  int value = 0;
  socklen_t len = sizeof value;
  ck_assert_int_eq(lwip_getsockopt((int)s, IPPROTO_TCP, TCP_NODELAY, &value, &len), 0);
  return value;
}

START_TEST(tcp)
{
  net_pair p = net_make_pair(&bench, family_of(_i));
  ck_assert_int_ne(nodelay(p.a), 0);
  ck_assert_int_ne(nodelay(p.b), 0);
  net_bench_tcp(&bench, &p);
}
END_TEST

START_TEST(refused)
{
  imstls_address remote = own(family_of(_i)), local;
  remote.port = 9;
  imstls_socket s = net_open_to(&bench, IMSTLS_NET_TCP, &remote);
  ck_assert_int_eq(net_finish(&bench, s, &local), IMSTLS_ERR_CONNECT);
  ck_assert_int_eq(lwip.last_error, ECONNRESET);
  net->close(net->user, s);
}
END_TEST

/* lwIP says by a reset that octets were thrown away unread. */
START_TEST(reset)
{
  uint8_t octet;
  net_pair p = net_make_pair(&bench, 4);
  ck_assert_int_eq(send_text(p.a, "x"), 1);
  wait_for(p.b, POLLIN);
  net->close(net->user, p.b);
  wait_for(p.a, POLLIN);
  ck_assert_int_eq(net->recv(net->user, p.a, &octet, 1, NULL), IMSTLS_ERR_CONNECTION);
  ck_assert_int_eq(lwip.last_error, ECONNRESET);
  ck_assert_int_eq(send_text(p.a, "x"), IMSTLS_ERR_CONNECTION);
}
END_TEST

START_TEST(closed)
{
  uint8_t octet;
  net_pair p = net_make_pair(&bench, 4);
  net->close(net->user, p.b);
  wait_for(p.a, POLLIN);
  ck_assert_int_eq(net->recv(net->user, p.a, &octet, 1, NULL), IMSTLS_CLOSED);
}
END_TEST

/* More than the peer's window takes: some of it cannot be acknowledged, and so lwIP aborts when this one is closed. */
static imstls_socket knock(const imstls_address *listening)
{
  static const uint8_t octets[1000];
  struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
  imstls_address local;
  imstls_socket s = net_open_to(&bench, IMSTLS_NET_TCP, listening);
  ck_assert_int_eq(net_finish(&bench, s, &local), IMSTLS_OK);
  for (int sent = 0; sent <= TCP_WND;) {
    wait_for(s, POLLOUT);
    int n = net->send(net->user, s, octets, sizeof octets);
    ck_assert_int_ne(n, IMSTLS_ERR_CONNECTION);
    sent += n > 0 ? n : 0;
  }
  ck_assert_int_eq(lwip_setsockopt((int)s, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
  return s;
}

/* Who knocks and is gone does not end the listener. */
START_TEST(gone_before_accept)
{
  imstls_address listening, local;
  imstls_socket b = -1, listener = net_open_bound(&bench, IMSTLS_NET_TCP_LISTEN, 4, &listening);
  net->close(net->user, knock(&listening));
  /* the reset came before this connection did */
  imstls_socket a = net_open_to(&bench, IMSTLS_NET_TCP, &listening);
  ck_assert_int_eq(net_finish(&bench, a, &local), IMSTLS_OK);
  ck_assert_int_eq(net->accept(net->user, listener, &b, NULL), IMSTLS_WANT_READ);
  ck_assert_int_eq(lwip.last_error, ENOTCONN);
  wait_for(listener, POLLIN);
  ck_assert_int_eq(net->accept(net->user, listener, &b, NULL), IMSTLS_OK);
  ck_assert_int_eq(send_text(a, "x"), 1);
  wait_for(b, POLLIN);
}
END_TEST

static imstls_socket leaves = -1; /* a peer that goes as soon as it is accepted */
static int left = -1;             /* what it was connected to */

/* In place of lwIP's, which it calls: the first that a part does with what it accepted. */
int lwip_fcntl(int s, int command, int value)
{
  static int (*of_lwip)(int, int, int);
  if (!of_lwip)
    *(void **)&of_lwip = dlsym(RTLD_NEXT, "lwip_fcntl");
  if (leaves >= 0) {
    struct pollfd fd = { .fd = s };
    net->close(net->user, leaves);
    leaves = -1;
    left = s;
    ck_assert_int_eq(lwip_poll(&fd, 1, 10000), 1);
    ck_assert_int_ne(fd.revents & POLLERR, 0);
  }
  return of_lwip(s, command, value);
}

/* lwIP takes no options then: that one is given up, and the listener goes on. */
START_TEST(gone_while_accepted)
{
  imstls_address listening, local;
  imstls_socket b = -1, listener = net_open_bound(&bench, IMSTLS_NET_TCP_LISTEN, 4, &listening);
  imstls_socket peer = knock(&listening);
  wait_for(listener, POLLIN);
  leaves = peer;
  ck_assert_int_eq(net->accept(net->user, listener, &b, NULL), IMSTLS_WANT_READ);
  ck_assert_int_eq(lwip.last_error, EINVAL);
  ck_assert_int_eq(b, -1);
  ck_assert_int_ge(left, 0);
  ck_assert_int_eq(lwip_fcntl(left, F_GETFL, 0), -1); /* closed */
  ck_assert_int_eq(errno, EBADF);
  imstls_socket a = net_open_to(&bench, IMSTLS_NET_TCP, &listening);
  ck_assert_int_eq(net_finish(&bench, a, &local), IMSTLS_OK);
  wait_for(listener, POLLIN);
  ck_assert_int_eq(net->accept(net->user, listener, &b, NULL), IMSTLS_OK);
}
END_TEST

static _Thread_local bool memory_is_short; /* for what this thread asks of lwIP, which works in it */
void *__libc_malloc(size_t size);

/* In place of the system's, which lwIP of Debian has its pools and heap from. */
void *malloc(size_t size) { return memory_is_short ? NULL : __libc_malloc(size); }

static int send_short_of_memory(imstls_socket s, const imstls_address *to)
{
  memory_is_short = true;
  int n =
      to ? net->send_to(net->user, s, (const uint8_t *)"x", 1, to) : net->send(net->user, s, (const uint8_t *)"x", 1);
  memory_is_short = false;
  return n;
}

/* Pools and heap are empty for a while: that ends nothing. */
START_TEST(short_of_memory)
{
  imstls_address here, there;
  uint8_t octet = 0;
  imstls_socket a = net_open_bound(&bench, IMSTLS_NET_UDP, 4, &here);
  imstls_socket b = net_open_bound(&bench, IMSTLS_NET_UDP, 4, &there);
  ck_assert_int_eq(send_short_of_memory(a, &there), IMSTLS_WANT_WRITE);
  ck_assert_int_eq(errno, ENOMEM);
  ck_assert_int_eq(net->send_to(net->user, a, (const uint8_t *)"x", 1, &there), 1);
  wait_for(b, POLLIN);
  net_pair p = net_make_pair(&bench, 4);
  ck_assert_int_eq(send_short_of_memory(p.a, NULL), IMSTLS_WANT_WRITE);
  ck_assert_int_eq(send_text(p.a, "y"), 1);
  wait_for(p.b, POLLIN);
  ck_assert_int_eq(net->recv(net->user, p.b, &octet, 1, NULL), 1);
  ck_assert_uint_eq(octet, 'y');
}
END_TEST

/* A socket that cannot be had is a failure of this attempt, and the next one succeeds. */
START_TEST(no_socket)
{
  imstls_socket s = -1;
  imstls_net_open how = { .size = sizeof how, .kind = _i == 0 ? IMSTLS_NET_TCP_LISTEN : IMSTLS_NET_UDP };
  how.local = own(4);
  memory_is_short = true;
  int ret = net->open(net->user, &how, &s);
  memory_is_short = false;
  ck_assert_int_eq(ret, IMSTLS_ERR_CONNECT);
  ck_assert_int_eq(lwip.last_error, ENOBUFS);
  ck_assert_int_eq(s, -1);
  ck_assert_int_eq(net->open(net->user, &how, &s), IMSTLS_OK);
}
END_TEST

START_TEST(no_listener)
{
  imstls_address local;
  imstls_socket b = -1, listener = net_open_bound(&bench, IMSTLS_NET_TCP_LISTEN, 4, &local);
  net->close(net->user, listener);
  ck_assert_int_eq(net->accept(net->user, listener, &b, NULL), IMSTLS_ERR_CONNECTION);
  ck_assert_int_eq(lwip.last_error, EBADF);
  net_pair p = net_make_pair(&bench, 4);
  ck_assert_int_eq(net->accept(net->user, p.a, &b, NULL), IMSTLS_ERR_CONNECTION);
}
END_TEST

START_TEST(full)
{
  net_pair p = net_make_pair(&bench, 4);
  net_bench_full(&bench, &p);
}
END_TEST

START_TEST(udp)
{
  imstls_address there, from;
  uint8_t octet;
  net_bench_udp(&bench, family_of(_i));
  /* An empty one is as good as lost. */
  imstls_socket b = net_open_bound(&bench, IMSTLS_NET_UDP, family_of(_i), &there);
  imstls_socket a = net_open_to(&bench, IMSTLS_NET_UDP, &there);
  ck_assert_int_eq(lwip_send((int)a, "", 0, 0), 0);
  wait_for(b, POLLIN);
  ck_assert_int_eq(net->recv(net->user, b, &octet, 1, &from), IMSTLS_WANT_READ);
}
END_TEST

/* What listens at every address of IPv6 has nothing of IPv4. */
START_TEST(only_v6)
{
  imstls_socket s = -1;
  imstls_address local, remote = own(4);
  imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_TCP_LISTEN, .local = { .family = 6 } };
  ck_assert_int_eq(net->open(net->user, &how, &s), IMSTLS_OK);
  ck_assert_int_eq(net->connected(net->user, s, &local), IMSTLS_OK);
  remote.port = local.port;
  ck_assert_int_eq(net_finish(&bench, net_open_to(&bench, IMSTLS_NET_TCP, &remote), &local), IMSTLS_ERR_CONNECT);
  ck_assert_int_eq(lwip.last_error, ECONNRESET);
}
END_TEST

/* The port of a connection that ended serves another one. */
START_TEST(port_again)
{
  imstls_address listening[2], local;
  imstls_socket listener[2], b = -1, s = -1;
  for (int i = 0; i < 2; i++)
    listener[i] = net_open_bound(&bench, IMSTLS_NET_TCP_LISTEN, 4, &listening[i]);
  for (int i = 0; i < 2; i++) {
    imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_TCP, .remote = listening[i] };
    how.local.port = 5062;
    ck_assert_int_eq(net->open(net->user, &how, &s), IMSTLS_OK);
    ck_assert_int_eq(net_finish(&bench, s, &local), IMSTLS_OK);
    ck_assert_uint_eq(local.port, 5062);
    wait_for(listener[i], POLLIN);
    ck_assert_int_eq(net->accept(net->user, listener[i], &b, NULL), IMSTLS_OK);
    net->close(net->user, s);
  }
}
END_TEST

static int open_by(const char *interface_name, uint32_t mark)
{
  imstls_socket s = -1;
  imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_UDP, .local = own(4), .mark = mark };
  how.interface_name = interface_name;
  int ret = net->open(net->user, &how, &s);
  net->close(net->user, s);
  return ret;
}

START_TEST(paths)
{
  ck_assert_int_eq(open_by("tp0", 0), IMSTLS_OK);
  ck_assert_int_eq(open_by("", 0), IMSTLS_OK);
  ck_assert_int_eq(open_by("tp1", 0), IMSTLS_ERR_CONNECT);
  ck_assert_int_eq(lwip.last_error, ENODEV);
  lwip.last_error = 0;
  ck_assert_int_eq(open_by("a name that no interface can have, since it is too long", 0), IMSTLS_ERR_CONNECT);
  ck_assert_int_eq(lwip.last_error, ENODEV);
  ck_assert_int_eq(open_by(NULL, 1), IMSTLS_ERR_CONNECT);
  ck_assert_int_eq(lwip.last_error, ENOPROTOOPT);
}
END_TEST

/* 0: connects, 1: listens */
START_TEST(no_abort)
{
  imstls_socket s = -1;
  imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_TCP, .remote = own(4), .abort_on_close = 1 };
  if (_i == 1)
    how = (imstls_net_open){ .size = sizeof how, .kind = IMSTLS_NET_TCP_LISTEN, .local = own(4), .abort_on_close = 1 };
  ck_assert_int_eq(net->open(net->user, &how, &s), IMSTLS_ERR_CONNECT);
  ck_assert_int_eq(lwip.last_error, ENOPROTOOPT);
}
END_TEST

START_TEST(families)
{
  net_bench_families(&bench);
  ck_assert_int_eq(lwip.last_error, EAFNOSUPPORT);
}
END_TEST

START_TEST(names)
{
  imstls_address out[2];
  size_t count = 1;
  imstls_net_query query = { .size = sizeof query, .host = "pcscf.example.net" };
  ck_assert_int_eq(net->resolve(net->user, &query, out, 2, &count), IMSTLS_ERR_RESOLVE);
  ck_assert_uint_eq(count, 0);
  ck_assert_int_eq(lwip.last_error, ENOSYS);
}
END_TEST

START_TEST(parts)
{
  imstls_net_lwip_part small = IMSTLS_NET_LWIP_INIT;
  small.size--;
  ck_assert_ptr_null(imstls_net_lwip(NULL));
  ck_assert_ptr_null(imstls_net_lwip(&small));
  ck_assert_int_eq(imstls_net_lwip_wait(NULL, 0), IMSTLS_ERR_USAGE);
}
END_TEST

/* sys_now begins anew after 2^32 ms, the clock does not. */
START_TEST(clock_goes_on)
{
  uint32_t before = sys_now();
  lwip.clock_ms = (uint64_t)5 << 32 | before;
  uint64_t now = imstls_net_lwip_now_ms(&lwip);
  ck_assert_uint_ge(now, (uint64_t)5 << 32 | before);
  ck_assert_uint_lt(now, ((uint64_t)5 << 32 | before) + 60000);
  lwip.clock_ms = ((uint64_t)5 << 32 | before) - 86400000;
  ck_assert_uint_ge(imstls_net_lwip_now_ms(&lwip), (uint64_t)5 << 32 | before);
  lwip.clock_ms = ((uint64_t)5 << 32 | before) + ((uint64_t)1 << 31);
  now = imstls_net_lwip_now_ms(&lwip);
  ck_assert_uint_ge(now, (uint64_t)6 << 32 | before);
  ck_assert_uint_lt(now, ((uint64_t)6 << 32 | before) + 60000);
}
END_TEST

int main(void)
{
  Suite *suite = suite_create("lwip");
  TCase *test = tcase_create("sockets");
  tcase_add_checked_fixture(test, setup, NULL);
  tcase_set_timeout(test, 60);
  tcase_add_loop_test(test, tcp, 0, 2);
  tcase_add_loop_test(test, refused, 0, 2);
  tcase_add_test(test, reset);
  tcase_add_test(test, closed);
  tcase_add_test(test, gone_before_accept);
  tcase_add_test(test, gone_while_accepted);
  tcase_add_test(test, short_of_memory);
  tcase_add_loop_test(test, no_socket, 0, 2);
  tcase_add_test(test, no_listener);
  tcase_add_test(test, full);
  tcase_add_loop_test(test, udp, 0, 2);
  tcase_add_test(test, only_v6);
  tcase_add_test(test, port_again);
  tcase_add_test(test, paths);
  tcase_add_loop_test(test, no_abort, 0, 2);
  tcase_add_test(test, families);
  tcase_add_test(test, names);
  tcase_add_test(test, parts);
  tcase_add_test(test, clock_goes_on);
  suite_add_tcase(suite, test);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int bad = srunner_ntests_failed(runner);
  srunner_free(runner);
  return bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
