/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of the families that lwIP was built with, and names where it was built with DNS. */
#include "port/lwip/part.h"

#if defined(IMSTLS_WITH_LWIP)

#include <string.h>

#include <lwip/def.h>
#include <lwip/netdb.h>

#if LWIP_IPV4

enum { FAMILY_4 = AF_INET };

static socklen_t put_v4(const imstls_address *from, imstls_i_lwip_address *to)
{
  struct sockaddr_in v4;
  memset(&v4, 0, sizeof v4);
  v4.sin_family = AF_INET;
  v4.sin_port = lwip_htons(from->port);
  memcpy(&v4.sin_addr, from->ip, 4);
  memcpy(to, &v4, sizeof v4);
  return sizeof v4;
}

static bool take_v4(const imstls_i_lwip_address *from, imstls_address *to)
{
  struct sockaddr_in v4;
  if (from->any.sa_family != AF_INET)
    return false;
  memcpy(&v4, from, sizeof v4);
  to->family = 4;
  to->port = lwip_ntohs(v4.sin_port);
  memcpy(to->ip, &v4.sin_addr, 4);
  return true;
}

#else

enum { FAMILY_4 = -1 };

static socklen_t put_v4(const imstls_address *from, imstls_i_lwip_address *to)
{
  (void)from;
  (void)to;
  return 0;
}

static bool take_v4(const imstls_i_lwip_address *from, imstls_address *to)
{
  (void)from;
  (void)to;
  return false;
}

#endif

#if LWIP_IPV6

enum { FAMILY_6 = AF_INET6 };

static socklen_t put_v6(const imstls_address *from, imstls_i_lwip_address *to)
{
  struct sockaddr_in6 v6;
  memset(&v6, 0, sizeof v6);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = lwip_htons(from->port);
  v6.sin6_scope_id = from->scope;
  memcpy(&v6.sin6_addr, from->ip, 16);
  memcpy(to, &v6, sizeof v6);
  return sizeof v6;
}

static bool take_v6(const imstls_i_lwip_address *from, imstls_address *to)
{
  struct sockaddr_in6 v6;
  if (from->any.sa_family != AF_INET6)
    return false;
  memcpy(&v6, from, sizeof v6);
  to->family = 6;
  to->port = lwip_ntohs(v6.sin6_port);
  to->scope = v6.sin6_scope_id;
  memcpy(to->ip, &v6.sin6_addr, 16);
  return true;
}

#else

enum { FAMILY_6 = -1 };

static socklen_t put_v6(const imstls_address *from, imstls_i_lwip_address *to)
{
  (void)from;
  (void)to;
  return 0;
}

static bool take_v6(const imstls_i_lwip_address *from, imstls_address *to)
{
  (void)from;
  (void)to;
  return false;
}

#endif

int imstls_i_lwip_family(uint8_t family)
{
  if (family == 4)
    return FAMILY_4;
  return family == 6 ? FAMILY_6 : -1;
}

socklen_t imstls_i_lwip_put(const imstls_address *from, imstls_i_lwip_address *to)
{
  memset(to, 0, sizeof *to);
  return from->family == 4 ? put_v4(from, to) : put_v6(from, to);
}

bool imstls_i_lwip_take(const imstls_i_lwip_address *from, imstls_address *to)
{
  memset(to, 0, sizeof *to);
  return take_v4(from, to) || take_v6(from, to);
}

#if LWIP_DNS

/* lwIP gives one address for each question. */
static bool ask(imstls_net_lwip_part *part, const char *host, uint8_t family, imstls_address *out)
{
  imstls_i_lwip_address address;
  struct addrinfo hints, *list = NULL;
  memset(&hints, 0, sizeof hints);
  hints.ai_family = imstls_i_lwip_family(family);
  hints.ai_socktype = SOCK_STREAM;
  if (hints.ai_family < 0)
    return false;
  part->last_error = lwip_getaddrinfo(host, NULL, &hints, &list);
  if (part->last_error != 0 || !list)
    return false;
  memset(&address, 0, sizeof address);
  memcpy(&address, list->ai_addr, list->ai_addrlen < sizeof address ? list->ai_addrlen : sizeof address);
  lwip_freeaddrinfo(list);
  bool good = imstls_i_lwip_take(&address, out);
  out->port = 0;
  return good;
}

int imstls_i_lwip_resolve(void *user, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count)
{
  imstls_net_lwip_part *part = user;
  uint8_t first = part->prefer == 6 ? 6 : 4;
  *count = 0;
  if (*count < cap && ask(part, query->host, first, &out[*count]))
    ++*count;
  if (*count < cap && ask(part, query->host, first == 6 ? 4 : 6, &out[*count]))
    ++*count;
  return *count > 0 ? IMSTLS_OK : IMSTLS_ERR_RESOLVE;
}

#else

int imstls_i_lwip_resolve(void *user, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count)
{
  imstls_net_lwip_part *part = user;
  (void)query;
  (void)out;
  (void)cap;
  *count = 0;
  part->last_error = ENOSYS;
  return IMSTLS_ERR_RESOLVE;
}

#endif
#endif
