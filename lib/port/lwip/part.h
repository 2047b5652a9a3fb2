/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of lwIP 2.1 and later: what its builds differ in, as functions. */
#ifndef IMSTLS_PORT_LWIP_PART_H
#define IMSTLS_PORT_LWIP_PART_H

#include <imstls/error.h>
#include <imstls/net.h>

#if defined(IMSTLS_WITH_LWIP)

#include <stdbool.h>

#include <lwip/sockets.h>

#include <lwip/errno.h>

#if !LWIP_SOCKET || !LWIP_TCP
#error "libimstls needs lwIP's sockets and TCP: LWIP_SOCKET and LWIP_TCP in lwipopts.h"
#endif
#if !LWIP_SOCKET_POLL && !LWIP_SOCKET_SELECT
#error "libimstls needs LWIP_SOCKET_POLL or LWIP_SOCKET_SELECT in lwipopts.h"
#endif

typedef union imstls_i_lwip_address {
  struct sockaddr any;
  struct sockaddr_storage room;
} imstls_i_lwip_address;

/* ---- lwip_address.c ---- */

/* lwIP's number of family 4 or 6; -1: there is no such family, or lwIP was built without it. */
int imstls_i_lwip_family(uint8_t family);
/* Its length. The family is one that imstls_i_lwip_family knows. */
socklen_t imstls_i_lwip_put(const imstls_address *from, imstls_i_lwip_address *to);
/* False: of another family. */
bool imstls_i_lwip_take(const imstls_i_lwip_address *from, imstls_address *to);
/* imstls_net.resolve */
int imstls_i_lwip_resolve(void *user, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count);

/* ---- lwip_wait.c ---- */

/* 1: it can be written to, or its connection failed; 0: not yet; negative: it cannot be told, see errno. */
int imstls_i_lwip_writable(int s);

#endif
#endif
