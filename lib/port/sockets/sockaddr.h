/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses as sockets have them, for all systems with a struct sockaddr: POSIX, Winsock and lwIP. Two of them do not
 * meet in one file, so whoever includes this has included the headers of his before; where that was built without a
 * family he says so by IMSTLS_I_WITHOUT_IPV4 or _IPV6. */
#ifndef IMSTLS_PORT_SOCKETS_SOCKADDR_H
#define IMSTLS_PORT_SOCKETS_SOCKADDR_H

#include <stdbool.h>
#include <string.h>

#include <imstls/net.h>

typedef union imstls_i_sockaddr {
  struct sockaddr any;
  struct sockaddr_storage room;
} imstls_i_sockaddr;

/* In octets, as it goes over the wire, whatever the system's order is. */
static inline void imstls_i_port_put(uint32_t port, void *to)
{
  uint8_t octets[2] = { (uint8_t)(port >> 8), (uint8_t)port };
  memcpy(to, octets, sizeof octets);
}

static inline uint16_t imstls_i_port_take(const void *from)
{
  uint8_t octets[2];
  memcpy(octets, from, sizeof octets);
  return (uint16_t)(octets[0] << 8 | octets[1]);
}

#if !defined(IMSTLS_I_WITHOUT_IPV4)

enum { IMSTLS_I_FAMILY_4 = AF_INET };

static inline socklen_t imstls_i_sockaddr_put_4(const imstls_address *from, imstls_i_sockaddr *to)
{
  struct sockaddr_in v4;
  memset(&v4, 0, sizeof v4);
  v4.sin_family = AF_INET;
  imstls_i_port_put(from->port, &v4.sin_port);
  memcpy(&v4.sin_addr, from->ip, 4);
  memcpy(to, &v4, sizeof v4);
  return sizeof v4;
}

static inline bool imstls_i_sockaddr_take_4(const imstls_i_sockaddr *from, imstls_address *to)
{
  struct sockaddr_in v4;
  if (from->any.sa_family != AF_INET)
    return false;
  memcpy(&v4, from, sizeof v4);
  to->family = 4;
  to->port = imstls_i_port_take(&v4.sin_port);
  memcpy(to->ip, &v4.sin_addr, 4);
  return true;
}

#else

enum { IMSTLS_I_FAMILY_4 = -1 };

static inline socklen_t imstls_i_sockaddr_put_4(const imstls_address *from, imstls_i_sockaddr *to)
{
  (void)from;
  (void)to;
  return 0;
}

static inline bool imstls_i_sockaddr_take_4(const imstls_i_sockaddr *from, imstls_address *to)
{
  (void)from;
  (void)to;
  return false;
}

#endif
#if !defined(IMSTLS_I_WITHOUT_IPV6)

enum { IMSTLS_I_FAMILY_6 = AF_INET6 };

static inline socklen_t imstls_i_sockaddr_put_6(const imstls_address *from, imstls_i_sockaddr *to)
{
  struct sockaddr_in6 v6;
  memset(&v6, 0, sizeof v6);
  v6.sin6_family = AF_INET6;
  imstls_i_port_put(from->port, &v6.sin6_port);
  v6.sin6_scope_id = from->scope;
  memcpy(&v6.sin6_addr, from->ip, 16);
  memcpy(to, &v6, sizeof v6);
  return sizeof v6;
}

static inline bool imstls_i_sockaddr_take_6(const imstls_i_sockaddr *from, imstls_address *to)
{
  struct sockaddr_in6 v6;
  if (from->any.sa_family != AF_INET6)
    return false;
  memcpy(&v6, from, sizeof v6);
  to->family = 6;
  to->port = imstls_i_port_take(&v6.sin6_port);
  to->scope = v6.sin6_scope_id;
  memcpy(to->ip, &v6.sin6_addr, 16);
  return true;
}

#else

enum { IMSTLS_I_FAMILY_6 = -1 };

static inline socklen_t imstls_i_sockaddr_put_6(const imstls_address *from, imstls_i_sockaddr *to)
{
  (void)from;
  (void)to;
  return 0;
}

static inline bool imstls_i_sockaddr_take_6(const imstls_i_sockaddr *from, imstls_address *to)
{
  (void)from;
  (void)to;
  return false;
}

#endif

/* The system's number of family 4 or 6; -1: there is no such family, or it was built without. */
static inline int imstls_i_sockaddr_family(uint8_t family)
{
  if (family == 4)
    return IMSTLS_I_FAMILY_4;
  return family == 6 ? IMSTLS_I_FAMILY_6 : -1;
}

/* Its length. The family is one that imstls_i_sockaddr_family knows. */
static inline socklen_t imstls_i_sockaddr_put(const imstls_address *from, imstls_i_sockaddr *to)
{
  memset(to, 0, sizeof *to);
  return from->family == 4 ? imstls_i_sockaddr_put_4(from, to) : imstls_i_sockaddr_put_6(from, to);
}

/* False: of another family. */
static inline bool imstls_i_sockaddr_take(const imstls_i_sockaddr *from, imstls_address *to)
{
  memset(to, 0, sizeof *to);
  return imstls_i_sockaddr_take_4(from, to) || imstls_i_sockaddr_take_6(from, to);
}

/* Of the socket that is to be opened, 4 or 6; 0: neither end names one that the system has, or the two ends differ. */
static inline uint8_t imstls_i_open_family(const imstls_net_open *how)
{
  uint8_t family = how->remote.family != 0 ? how->remote.family : how->local.family;
  bool mixed = how->local.family != 0 && how->local.family != family;
  return mixed || imstls_i_sockaddr_family(family) < 0 ? 0 : family;
}

/* What binds it: the address and port to come from. False: the system chooses both. */
static inline bool imstls_i_open_binds(const imstls_net_open *how, uint8_t family, imstls_address *local)
{
  *local = how->local;
  local->family = family;
  return how->local.family != 0 || how->local.port != 0 || how->kind == IMSTLS_NET_TCP_LISTEN;
}

#endif
