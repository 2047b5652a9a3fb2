/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets of a part at this machine's own addresses, and what holds for those of every part. Neither a system's
 * header nor libcheck, which is not everywhere. */
#ifndef TEST_NET_BENCH_H
#define TEST_NET_BENCH_H

#include <stdbool.h>

#include <imstls/net.h>

typedef struct net_bench {
  const imstls_net *net;
  const char *own[2];                            /* an address of IPv4, and of IPv6 */
  void (*wait_for)(imstls_socket s, bool write); /* until it can be read, or written */
  void (*end_writing)(imstls_socket s);
  void (*must)(bool holds, const char *what, int line); /* does not return unless it holds */
} net_bench;

/* A connected pair; `b` is the accepted one. */
typedef struct net_pair {
  imstls_socket listener, a, b;
} net_pair;

imstls_address net_own(const net_bench *bench, int family);
imstls_socket net_open_bound(const net_bench *bench, int kind, int family, imstls_address *local);
imstls_socket net_open_to(const net_bench *bench, int kind, const imstls_address *remote);
/* Until it is connected, or is not: what `connected` says then. */
int net_finish(const net_bench *bench, imstls_socket s, imstls_address *local);
net_pair net_make_pair(const net_bench *bench, int family);
void net_close_pair(const net_bench *bench, const net_pair *pair);
int net_send_text(const net_bench *bench, imstls_socket s, const char *text);

void net_bench_tcp(const net_bench *bench, const net_pair *pair);
void net_bench_full(const net_bench *bench, const net_pair *pair);
void net_bench_udp(const net_bench *bench, int family);
void net_bench_families(const net_bench *bench);

#endif
