/* SPDX-License-Identifier: Apache-2.0 */
/* NAPTR, then SRV, then addresses; each answer leads to the next question. */
#define _DEFAULT_SOURCE 1

#include "port/cares/part.h"

#if defined(IMSTLS_WITH_CARES)

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum { TYPE_SRV = 33, TYPE_NAPTR = 35, CLASS_IN = 1, SPARE_MS = 1000 };

static void go_on(imstls_cares *part);

static void finish(imstls_cares *part) { part->lookup->busy = false; }

void imstls_i_lookup_end(imstls_cares *part)
{
  part->lookup->busy = false;
  part->lookup->count = 0;
}

/* Does an answer still count? Those of a channel that is closed come too. */
static bool counts(const imstls_cares *part, int status)
{
  return part->lookup->busy && status != ARES_EDESTRUCTION && status != ARES_ECANCELLED;
}

/* ---- NAPTR ---- */

static void take_naptr(imstls_i_lookup *l, const struct ares_naptr_reply *list)
{
  for (int i = 0; list && i < NAPTR_LOOKED_AT; list = list->next, i++) {
    imstls_i_naptr_seen seen = { list->order,
                                 list->preference,
                                 (const char *)list->flags,
                                 (const char *)list->service,
                                 (const char *)list->regexp,
                                 list->replacement };
    imstls_i_naptr_take(l->naptr, &l->naptr_count, l->service, &seen);
  }
}

static void on_naptr(void *user, int status, int timeouts, unsigned char *answer, int len)
{
  imstls_cares *part = user;
  struct ares_naptr_reply *list = NULL;
  (void)timeouts;
  if (!counts(part, status))
    return;
  if (status == ARES_SUCCESS && ares_parse_naptr_reply(answer, len, &list) == ARES_SUCCESS)
    take_naptr(part->lookup, list);
  ares_free_data(list);
  go_on(part);
}

/* ---- SRV ---- */

static int take_srv(imstls_cares *part, const struct ares_srv_reply *list)
{
  imstls_i_lookup *l = part->lookup;
  imstls_i_draw draw = { part->config.random, part->config.random_user };
  l->srv_count = l->srv_at = 0;
  l->decided = l->decided || list != NULL;
  for (int i = 0; list && i < SRV_MAX; list = list->next, i++)
    l->srv_count += imstls_i_srv_take(&l->srv[l->srv_count], list->host, list->priority, list->weight, list->port);
  return imstls_i_srv_order(l->srv, l->srv_count, &draw);
}

static void on_srv(void *user, int status, int timeouts, unsigned char *answer, int len)
{
  imstls_cares *part = user;
  struct ares_srv_reply *list = NULL;
  int error = IMSTLS_OK;
  (void)timeouts;
  if (!counts(part, status))
    return;
  if (status == ARES_SUCCESS && ares_parse_srv_reply(answer, len, &list) == ARES_SUCCESS)
    error = take_srv(part, list);
  ares_free_data(list);
  if (error)
    finish(part);
  else
    go_on(part);
}

/* ---- addresses ---- */

static bool from_system(const struct ares_addrinfo_node *node, imstls_address *out)
{
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  *out = (imstls_address){ .family = 4 };
  if (node->ai_family == AF_INET && node->ai_addrlen >= sizeof v4) {
    memcpy(&v4, node->ai_addr, sizeof v4);
    memcpy(out->ip, &v4.sin_addr, 4);
    return true;
  }
  if (node->ai_family != AF_INET6 || node->ai_addrlen < sizeof v6)
    return false;
  memcpy(&v6, node->ai_addr, sizeof v6);
  memcpy(out->ip, &v6.sin6_addr, 16);
  out->family = 6;
  return true;
}

/* One that leads nowhere, or was had already. */
static bool is_idle(const imstls_i_lookup *l, const imstls_address *one)
{
  static const uint8_t zeros[16];
  if (memcmp(one->ip, zeros, sizeof zeros) == 0)
    return true;
  for (size_t i = 0; i < l->count; i++) {
    const imstls_address *had = &l->addresses[i];
    bool same = had->family == one->family && had->port == one->port;
    if (same && memcmp(had->ip, one->ip, sizeof one->ip) == 0)
      return true;
  }
  return false;
}

static int rank(imstls_cares *part, const imstls_address *address)
{
  bool preferred = address->family == (part->config.prefer ? part->config.prefer : 6);
  return (imstls_i_channel_has_route(part, address) ? 0 : 2) + (preferred ? 0 : 1);
}

/* Those of one name: first what there is a route to, then the family that is preferred (RFC 6724 5, rules 1 and 6). */
static void take_addresses(imstls_cares *part, const struct ares_addrinfo_node *node)
{
  imstls_i_lookup *l = part->lookup;
  int ranks[ADDRESSES];
  size_t first = l->count;
  for (; node && l->count < ADDRESSES; node = node->ai_next) {
    imstls_address one;
    bool read = from_system(node, &one);
    one.port = l->port;
    if (!read || is_idle(l, &one))
      continue;
    int its = rank(part, &one);
    size_t at = l->count++;
    for (; at > first && ranks[at - 1] > its; at--) {
      ranks[at] = ranks[at - 1];
      l->addresses[at] = l->addresses[at - 1];
    }
    ranks[at] = its;
    l->addresses[at] = one;
  }
}

/* Nobody waits long for further addresses when there is one to try. */
static void hurry(imstls_cares *part)
{
  imstls_i_lookup *l = part->lookup;
  uint64_t at = part->config.now_ms(part->config.clock_user) + SPARE_MS;
  if (l->count && at < l->deadline)
    l->deadline = at;
}

static void on_addresses(void *user, int status, int timeouts, struct ares_addrinfo *info)
{
  imstls_cares *part = user;
  bool counted = counts(part, status), first = !part->lookup->count;
  (void)timeouts;
  if (counted && status == ARES_SUCCESS && info)
    take_addresses(part, info->nodes);
  if (counted && first)
    hurry(part);
  if (info)
    ares_freeaddrinfo(info);
  if (counted)
    go_on(part);
}

static void ask_addresses(imstls_cares *part, const char *name, uint16_t port)
{
  const struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC,
                                             .ai_socktype = SOCK_STREAM,
                                             .ai_flags = ARES_AI_NOSORT };
  part->lookup->port = port;
  part->lookup->asked += 2; /* A and AAAA */
  ares_getaddrinfo(part->channel, name, NULL, &hints, on_addresses, part);
}

/* ---- one question after the other ---- */

static void ask(imstls_cares *part, const char *name, int type, ares_callback answer)
{
  part->lookup->asked++;
  ares_query(part->channel, name, CLASS_IN, type, answer, part);
}

/* True: SRV records are asked for. */
static bool ask_next_srv(imstls_cares *part)
{
  imstls_i_lookup *l = part->lookup;
  char name[DNS_NAME_MAX + 1];
  if (l->naptr_at < l->naptr_count) {
    ask(part, l->naptr[l->naptr_at++].replacement, TYPE_SRV, on_srv);
    return true;
  }
  if (l->naptr_count || l->asked_srv || !imstls_i_srv_name(l->service, l->host, name))
    return false;
  l->asked_srv = true;
  ask(part, name, TYPE_SRV, on_srv);
  return true;
}

static void go_on(imstls_cares *part)
{
  imstls_i_lookup *l = part->lookup;
  bool found = l->count && l->srv_at == l->srv_count; /* what comes after in NAPTR is for when there is nothing */
  if (found || l->count == ADDRESSES || l->asked + 2 > QUESTIONS) {
    finish(part);
    return;
  }
  if (l->srv_at < l->srv_count) {
    const imstls_i_srv *one = &l->srv[l->srv_at++];
    ask_addresses(part, one->target, one->port);
    return;
  }
  if (!l->by_name && ask_next_srv(part))
    return;
  bool asks = !l->decided && !l->by_name;
  l->by_name = true;
  if (asks)
    ask_addresses(part, l->host, 0);
  else
    finish(part);
}

bool imstls_i_lookup_begin(imstls_cares *part, const imstls_net_query *query)
{
  imstls_i_lookup *l = part->lookup;
  bool known = query->service >= IMSTLS_SERVICE_SIPS_TCP && query->service <= IMSTLS_SERVICE_SIP_UDP;
  if (!known || !imstls_i_is_dns_name(query->host, true))
    return false;
  memcpy(l->host, query->host, strlen(query->host));
  l->busy = true;
  l->request = query->request;
  l->service = query->service;
  l->deadline = part->config.now_ms(part->config.clock_user) + part->config.timeout_ms;
  if (!query->port) {
    ask(part, l->host, TYPE_NAPTR, on_naptr);
    return true;
  }
  l->by_name = true;
  ask_addresses(part, l->host, 0);
  return true;
}

#endif
