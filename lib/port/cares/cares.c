/* SPDX-License-Identifier: Apache-2.0 */
#include <imstls/cares.h>
#include <imstls/error.h>

#if !defined(IMSTLS_WITH_CARES)

int imstls_cares_new(imstls_cares **out, const imstls_cares_config *config)
{
  return !out || !config ? IMSTLS_ERR_USAGE : IMSTLS_ERR_UNSUPPORTED;
}

void imstls_cares_free(imstls_cares *part) { (void)part; }

int imstls_cares_resolve(void *part, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count)
{
  (void)part;
  (void)query;
  (void)out;
  (void)cap;
  *count = 0;
  return IMSTLS_ERR_RESOLVE;
}

size_t imstls_cares_waits(const imstls_cares *part, imstls_wait *out, size_t cap)
{
  (void)part;
  (void)out;
  (void)cap;
  return 0;
}

int64_t imstls_cares_timeout_ms(imstls_cares *part)
{
  (void)part;
  return -1;
}

int imstls_cares_process(imstls_cares *part, imstls_client *client)
{
  (void)part;
  (void)client;
  return IMSTLS_ERR_UNSUPPORTED;
}

#else

#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <imstls/client.h>

#include "base/base.h"
#include "port/cares/part.h"

enum { TIMEOUT_MS = 8000 };

/* NULL stands for "". */
static bool copy(const char *from, char *to, size_t cap)
{
  size_t len = from ? strlen(from) : 0;
  if (len >= cap)
    return false;
  if (len)
    memcpy(to, from, len);
  to[len] = '\0';
  return true;
}

/* c-ares takes any number and cuts it to 16 bits. A colon that no other follows, up to the comma, begins a port. */
static bool ports_fit(const char *servers)
{
  while (*servers) {
    size_t len = strcspn(servers, ",");
    const char *end = servers + len, *bracket = memchr(servers, ']', len);
    const char *colon = memchr(bracket ? bracket : servers, ':', (size_t)(end - (bracket ? bracket : servers)));
    bool has_port = colon && !memchr(colon + 1, ':', (size_t)(end - colon - 1));
    uint32_t port = 0;
    if (has_port && (!imstls_i_number(imstls_i_text(colon + 1, (size_t)(end - colon - 1)), 65535, &port) || !port))
      return false;
    servers = end + (*end == ',');
  }
  return true;
}

static bool is_usable(const imstls_cares_config *config)
{
  return config && config->size >= sizeof *config && config->random && config->now_ms;
}

static int fill(imstls_cares *part, const imstls_cares_config *config)
{
  bool has_family = config->prefer == 0 || config->prefer == 4 || config->prefer == 6;
  bool fits = copy(config->servers, part->servers, sizeof part->servers) &&
              copy(config->interface_name, part->interface_name, sizeof part->interface_name);
  if (!fits || !has_family || !ports_fit(part->servers))
    return IMSTLS_ERR_CONFIG;
  memcpy(&part->config, config, sizeof part->config);
  part->config.servers = part->servers;
  part->config.interface_name = part->interface_name;
  if (!part->config.timeout_ms)
    part->config.timeout_ms = TIMEOUT_MS;
  for (size_t i = 0; i < SOCKETS; i++)
    part->sockets[i].fd = -1;
  if (!part->servers[0])
    return IMSTLS_OK;
  int error = imstls_i_channel_open(part); /* can they be read? It takes 72 KiB of memory for a while */
  imstls_i_channel_close(part);
  return error;
}

int imstls_cares_new(imstls_cares **out, const imstls_cares_config *config)
{
  if (!out || !is_usable(config))
    return IMSTLS_ERR_USAGE;
  imstls_cares *part = calloc(1, sizeof *part);
  if (!part)
    return IMSTLS_ERR_MEMORY;
  int error = fill(part, config);
  if (error)
    free(part);
  else
    *out = part;
  return error;
}

/* What is asked is given up: the answers that come of that count no more. */
static void stop(imstls_cares *part)
{
  if (!part->lookup)
    return;
  imstls_i_lookup_end(part);
  imstls_i_channel_close(part); /* answers to it come here */
  free(part->lookup);
  part->lookup = NULL;
}

void imstls_cares_free(imstls_cares *part)
{
  if (!part)
    return;
  stop(part);
  free(part);
}

int imstls_cares_resolve(void *user, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count)
{
  imstls_cares *part = user;
  *count = 0;
  stop(part);
  part->lookup = calloc(1, sizeof *part->lookup);
  if (!part->lookup || imstls_i_channel_open(part) || !imstls_i_lookup_begin(part, query)) {
    stop(part);
    return IMSTLS_ERR_RESOLVE;
  }
  if (part->lookup->busy)
    return IMSTLS_PENDING;
  *count = part->lookup->count < cap ? part->lookup->count : cap;
  memcpy(out, part->lookup->addresses, *count * sizeof *out);
  stop(part);
  return *count ? IMSTLS_OK : IMSTLS_ERR_RESOLVE;
}

size_t imstls_cares_waits(const imstls_cares *part, imstls_wait *out, size_t cap)
{
  imstls_wait all[SOCKETS];
  size_t count = part ? imstls_i_channel_waits(part, all) : 0;
  for (size_t i = 0; out && i < count && i < cap; i++)
    out[i] = all[i];
  return count;
}

int64_t imstls_cares_timeout_ms(imstls_cares *part)
{
  if (!part || !part->channel)
    return -1;
  uint64_t now = part->config.now_ms(part->config.clock_user);
  int64_t left = part->lookup->deadline > now ? (int64_t)(part->lookup->deadline - now) : 0;
  struct timeval limit = { .tv_sec = 0 };
  if (!ares_timeout(part->channel, NULL, &limit))
    return left;
  int64_t ms = (int64_t)limit.tv_sec * 1000 + limit.tv_usec / 1000 + 1;
  return ms < left ? ms : left;
}

int imstls_cares_process(imstls_cares *part, imstls_client *client)
{
  if (!part || !client)
    return IMSTLS_ERR_USAGE;
  if (!part->channel)
    return IMSTLS_OK;
  imstls_i_channel_process(part);
  imstls_i_lookup *l = part->lookup;
  bool over = part->config.now_ms(part->config.clock_user) >= l->deadline;
  if (l->busy && !over)
    return IMSTLS_OK;
  /* the client may have another question by now, and forgets this one then */
  (void)imstls_client_resolved(client, l->request, l->addresses, l->count);
  stop(part);
  return IMSTLS_OK;
}

#endif
