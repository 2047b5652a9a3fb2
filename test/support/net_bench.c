/* SPDX-License-Identifier: Apache-2.0 */
#include "net_bench.h"

#include <string.h>

#include <imstls/error.h>

#define MUST(holds) bench->must((holds), #holds, __LINE__)

imstls_address net_own(const net_bench *bench, int family)
{
  imstls_address address;
  const char *text = bench->own[family == 4 ? 0 : 1];
  MUST(imstls_address_parse((imstls_text){ text, strlen(text) }, &address) == IMSTLS_OK);
  return address;
}

imstls_socket net_open_bound(const net_bench *bench, int kind, int family, imstls_address *local)
{
  const imstls_net *net = bench->net;
  imstls_socket s = -1;
  imstls_net_open how = { .size = sizeof how, .kind = kind, .local = net_own(bench, family) };
  MUST(net->open(net->user, &how, &s) == IMSTLS_OK);
  MUST(net->connected(net->user, s, local) == IMSTLS_OK);
  MUST(local->family == family && local->port != 0);
  MUST(memcmp(local->ip, how.local.ip, family == 4 ? 4 : 16) == 0);
  return s;
}

imstls_socket net_open_to(const net_bench *bench, int kind, const imstls_address *remote)
{
  imstls_socket s = -1;
  imstls_net_open how = { .size = sizeof how, .kind = kind, .remote = *remote };
  MUST(bench->net->open(bench->net->user, &how, &s) == IMSTLS_OK);
  return s;
}

int net_finish(const net_bench *bench, imstls_socket s, imstls_address *local)
{
  int ret;
  while ((ret = bench->net->connected(bench->net->user, s, local)) == IMSTLS_PENDING)
    bench->wait_for(s, true);
  return ret;
}

net_pair net_make_pair(const net_bench *bench, int family)
{
  const imstls_net *net = bench->net;
  imstls_address listening, local, remote;
  net_pair pair = { .listener = net_open_bound(bench, IMSTLS_NET_TCP_LISTEN, family, &listening) };
  MUST(net->accept(net->user, pair.listener, &pair.b, &remote) == IMSTLS_WANT_READ);
  pair.a = net_open_to(bench, IMSTLS_NET_TCP, &listening);
  MUST(net_finish(bench, pair.a, &local) == IMSTLS_OK);
  bench->wait_for(pair.listener, false);
  MUST(net->accept(net->user, pair.listener, &pair.b, &remote) == IMSTLS_OK);
  MUST(memcmp(&remote, &local, sizeof local) == 0);
  return pair;
}

void net_close_pair(const net_bench *bench, const net_pair *pair)
{
  bench->net->close(bench->net->user, pair->a);
  bench->net->close(bench->net->user, pair->b);
  bench->net->close(bench->net->user, pair->listener);
}

int net_send_text(const net_bench *bench, imstls_socket s, const char *text)
{
  return bench->net->send(bench->net->user, s, (const uint8_t *)text, strlen(text));
}

void net_bench_tcp(const net_bench *bench, const net_pair *pair)
{
  const imstls_net *net = bench->net;
  uint8_t buf[16];
  MUST(net->recv(net->user, pair->a, buf, sizeof buf, NULL) == IMSTLS_WANT_READ);
  MUST(net->recv(net->user, pair->b, buf, sizeof buf, NULL) == IMSTLS_WANT_READ);
  MUST(net_send_text(bench, pair->a, "hello") == 5);
  bench->wait_for(pair->b, false);
  MUST(net->recv(net->user, pair->b, buf, 2, NULL) == 2);
  MUST(net->recv(net->user, pair->b, buf + 2, sizeof buf - 2, NULL) == 3);
  MUST(memcmp(buf, "hello", 5) == 0);
  /* Half closed: the end is read, the other direction still works. */
  bench->end_writing(pair->a);
  bench->wait_for(pair->b, false);
  MUST(net->recv(net->user, pair->b, buf, sizeof buf, NULL) == IMSTLS_CLOSED);
  MUST(net_send_text(bench, pair->b, "late") == 4);
  bench->wait_for(pair->a, false);
  MUST(net->recv(net->user, pair->a, buf, sizeof buf, NULL) == 4);
}

/* A peer that does not read, and then does: nothing is lost. */
void net_bench_full(const net_bench *bench, const net_pair *pair)
{
  static uint8_t octets[16384], seen[16384];
  const imstls_net *net = bench->net;
  size_t out = 0, in = 0;
  int n;
  memset(octets, 0x5a, sizeof octets);
  while ((n = net->send(net->user, pair->a, octets, sizeof octets)) > 0)
    out += (size_t)n;
  MUST(n == IMSTLS_WANT_WRITE);
  MUST(out > 0);
  while (in < out) {
    bench->wait_for(pair->b, false);
    while ((n = net->recv(net->user, pair->b, seen, sizeof seen, NULL)) > 0)
      in += (size_t)n;
    MUST(n == IMSTLS_WANT_READ);
  }
  MUST(in == out);
  bench->wait_for(pair->a, true);
  MUST(net_send_text(bench, pair->a, "more") > 0);
}

/* The next datagram that is whole. */
static int received(const net_bench *bench, imstls_socket s, uint8_t *buf, size_t cap, imstls_address *from)
{
  int n;
  while ((n = bench->net->recv(bench->net->user, s, buf, cap, from)) == IMSTLS_WANT_READ)
    bench->wait_for(s, false);
  return n;
}

void net_bench_udp(const net_bench *bench, int family)
{
  const imstls_net *net = bench->net;
  imstls_address here, there, from = { 0 };
  uint8_t buf[8];
  imstls_socket a = net_open_bound(bench, IMSTLS_NET_UDP, family, &here);
  imstls_socket b = net_open_bound(bench, IMSTLS_NET_UDP, family, &there);
  MUST(net->recv(net->user, b, buf, sizeof buf, &from) == IMSTLS_WANT_READ);
  /* One that does not fit is as good as lost. */
  MUST(net->send_to(net->user, a, (const uint8_t *)"too long", 8, &there) == 8);
  MUST(net->send_to(net->user, a, (const uint8_t *)"fits", 4, &there) == 4);
  MUST(received(bench, b, buf, 4, &from) == 4 && memcmp(buf, "fits", 4) == 0);
  MUST(memcmp(&from, &here, sizeof here) == 0);
  MUST(net->recv(net->user, b, buf, sizeof buf, &from) == IMSTLS_WANT_READ);
  /* Connected: sends without an address, and is answered. */
  imstls_socket c = net_open_to(bench, IMSTLS_NET_UDP, &there);
  MUST(net->connected(net->user, c, &here) == IMSTLS_OK);
  MUST(net_send_text(bench, c, "one") == 3);
  MUST(received(bench, b, buf, sizeof buf, &from) == 3 && from.port == here.port);
  MUST(net->send_to(net->user, b, (const uint8_t *)"back", 4, &from) == 4);
  MUST(received(bench, c, buf, sizeof buf, NULL) == 4 && memcmp(buf, "back", 4) == 0);
  net->close(net->user, a);
  net->close(net->user, b);
  net->close(net->user, c);
}

/* Two that differ, none, and one that is none; the part tells why in its own way. */
void net_bench_families(const net_bench *bench)
{
  static const uint8_t families[][2] = { { 4, 6 }, { 6, 4 }, { 0, 0 }, { 5, 5 }, { 0, 5 } };
  for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
    imstls_socket s = -1;
    imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_TCP };
    how.remote = (imstls_address){ .family = families[i][0], .port = 9 };
    how.local = (imstls_address){ .family = families[i][1] };
    MUST(bench->net->open(bench->net->user, &how, &s) == IMSTLS_ERR_CONNECT && s == -1);
  }
}
