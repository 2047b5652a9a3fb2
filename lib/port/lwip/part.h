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

#if !LWIP_IPV4
#define IMSTLS_I_WITHOUT_IPV4
#endif
#if !LWIP_IPV6
#define IMSTLS_I_WITHOUT_IPV6
#endif
#include "port/sockets/sockaddr.h"

/* ---- lwip_resolve.c ---- */

/* imstls_net.resolve */
int imstls_i_lwip_resolve(void *user, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count);

/* ---- lwip_wait.c ---- */

/* 1: it can be written to, or its connection failed; 0: not yet; negative: it cannot be told, see errno. */
int imstls_i_lwip_writable(int s);

#endif
#endif
