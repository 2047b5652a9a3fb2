/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and ports as texts. */
#include <arpa/inet.h>
#include <string.h>

#include "gateway.h"

uint16_t address_port(const union address *address)
{
  return ntohs(address->any.sa_family == AF_INET6 ? address->v6.sin6_port : address->v4.sin_port);
}

void address_set_port(union address *address, uint16_t port)
{
  if (address->any.sa_family == AF_INET6)
    address->v6.sin6_port = htons(port);
  else
    address->v4.sin_port = htons(port);
}

socklen_t address_len(const union address *address)
{
  return address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
}

bool address_parse(const char *text, union address *out)
{
  char bare[80];
  const char *colon = strrchr(text, ':');
  size_t len = colon ? (size_t)(colon - text) : 0, digits = colon ? strlen(colon + 1) : 0;
  bool six = len > 2 && text[0] == '[' && text[len - 1] == ']';
  memset(out, 0, sizeof *out);
  bool has_host = len > 0 && len < sizeof bare;
  bool has_port = digits >= 1 && digits <= 5 && strspn(colon + 1, "0123456789") == digits;
  if (!has_host || !has_port)
    return false;
  unsigned long port = 0;
  for (const char *at = colon + 1; *at; at++)
    port = port * 10 + (unsigned long)(*at - '0');
  snprintf(bare, sizeof bare, "%.*s", (int)(six ? len - 2 : len), six ? text + 1 : text);
  if (port > UINT16_MAX)
    return false;
  out->any.sa_family = six ? AF_INET6 : AF_INET;
  address_set_port(out, (uint16_t)port);
  return inet_pton(six ? AF_INET6 : AF_INET, bare, six ? (void *)&out->v6.sin6_addr : (void *)&out->v4.sin_addr) == 1;
}

void address_format(const union address *address, char out[64])
{
  char host[INET6_ADDRSTRLEN] = "";
  bool six = address->any.sa_family == AF_INET6;
  (void)inet_ntop(six ? AF_INET6 : AF_INET,
                  six ? (const void *)&address->v6.sin6_addr : (const void *)&address->v4.sin_addr, host, sizeof host);
  snprintf(out, 64, six ? "[%s]:%u" : "%s:%u", host, (unsigned)address_port(address));
}

bool address_is_loopback(const union address *address)
{
  if (address->any.sa_family == AF_INET6)
    return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
  return ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
}

/* Nobody can be told to come there. */
bool address_is_any(const union address *address)
{
  if (address->any.sa_family == AF_INET6)
    return IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
  return address->v4.sin_addr.s_addr == htonl(INADDR_ANY);
}

bool address_same_host(const union address *a, const union address *b)
{
  if (a->any.sa_family != b->any.sa_family)
    return false;
  if (a->any.sa_family == AF_INET6)
    return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr) == 0;
  return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
}
