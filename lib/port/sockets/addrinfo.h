/* SPDX-License-Identifier: Apache-2.0 */
/* What a resolver of sockets found, for all systems with a struct addrinfo: see sockaddr.h. */
#ifndef IMSTLS_PORT_SOCKETS_ADDRINFO_H
#define IMSTLS_PORT_SOCKETS_ADDRINFO_H

#include "port/sockets/sockaddr.h"

/* Those of the family, or of all others; 0: all. As the resolver has them in order (RFC 6724). */
static inline size_t imstls_i_addrinfo_pass(const struct addrinfo *list, uint32_t family, bool other,
                                            imstls_address *out, size_t cap)
{
  size_t n = 0;
  for (; list && n < cap; list = list->ai_next) {
    imstls_i_sockaddr address;
    imstls_address one;
    if (list->ai_addrlen > sizeof address)
      continue;
    memset(&address, 0, sizeof address);
    memcpy(&address, list->ai_addr, list->ai_addrlen);
    if (!imstls_i_sockaddr_take(&address, &one))
      continue;
    if (family != 0 && (one.family == family) == other)
      continue;
    one.port = 0;
    out[n++] = one;
  }
  return n;
}

/* How many: those of the preferred family first, 4 or 6; 0: none is preferred. */
static inline size_t imstls_i_addrinfo_take(const struct addrinfo *list, uint32_t prefer, imstls_address *out,
                                            size_t cap)
{
  size_t n = imstls_i_addrinfo_pass(list, prefer, false, out, cap);
  if (prefer != 0)
    n += imstls_i_addrinfo_pass(list, prefer, true, out + n, cap - n);
  return n;
}

#endif
