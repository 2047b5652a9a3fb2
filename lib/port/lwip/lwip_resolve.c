/* SPDX-License-Identifier: Apache-2.0 */
/* Names, where lwIP was built with DNS. */
#include "port/lwip/part.h"

#if defined(IMSTLS_WITH_LWIP)

#include <lwip/netdb.h>

#if LWIP_DNS

#include "port/sockets/addrinfo.h"

/* lwIP gives one address for each question: how many. */
static size_t ask(imstls_net_lwip_part *part, const char *host, uint8_t family, imstls_address *out, size_t cap)
{
  struct addrinfo hints, *list = NULL;
  memset(&hints, 0, sizeof hints);
  hints.ai_family = imstls_i_sockaddr_family(family);
  hints.ai_socktype = SOCK_STREAM;
  if (hints.ai_family < 0)
    return 0;
  part->last_error = lwip_getaddrinfo(host, NULL, &hints, &list);
  if (part->last_error != 0)
    return 0;
  size_t n = imstls_i_addrinfo_take(list, 0, out, cap);
  lwip_freeaddrinfo(list);
  return n;
}

int imstls_i_lwip_resolve(void *user, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count)
{
  imstls_net_lwip_part *part = user;
  uint8_t first = part->prefer == 6 ? 6 : 4;
  *count = ask(part, query->host, first, out, cap);
  *count += ask(part, query->host, first == 6 ? 4 : 6, out + *count, cap - *count);
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
