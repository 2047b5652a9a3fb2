/* SPDX-License-Identifier: Apache-2.0 */
/* Which P-CSCF is next, and when (RFC 5626 4.5; TS 24.229 5.1.1.2.1). */
#include "client/client.h"

enum { HOST_MAX = 253, RETRY_AFTER_MAX_S = 1800 /* nobody who is not trusted can silence us longer */ };

uint64_t imstls_i_backoff_ms(uint64_t base_ms, uint64_t max_ms, uint32_t failures, uint32_t random)
{
  uint64_t bound = base_ms;
  for (uint32_t i = 0; i < failures && bound < max_ms; i++)
    bound *= 2;
  if (bound > max_ms)
    bound = max_ms;
  return bound / 2 + bound * (random % 1001) / 2000;
}

/* The first P-CSCF after the last one that may be asked now; false: none. */
static bool find_ready(imstls_client *c)
{
  for (unsigned i = 1; i <= c->pcscf_count; i++) {
    uint8_t at = (uint8_t)((c->pcscf_at + i) % c->pcscf_count);
    if (c->pcscf[at].not_before <= c->now) {
      c->pcscf_at = at;
      return true;
    }
  }
  return false;
}

static uint64_t earliest(imstls_client *c)
{
  uint64_t at = NEVER;
  for (uint8_t i = 0; i < c->pcscf_count; i++)
    if (c->pcscf[i].not_before < at) {
      at = c->pcscf[i].not_before;
      c->pcscf_at = i;
    }
  return at > c->now ? at - c->now : 0;
}

int imstls_i_target_next(imstls_client *c, uint64_t *wait_ms)
{
  uint32_t after = c->retry_after_s < RETRY_AFTER_MAX_S ? c->retry_after_s : RETRY_AFTER_MAX_S;
  c->pcscf[c->pcscf_at].not_before = c->now + (uint64_t)after * 1000;
  c->retry_after_s = 0;
  *wait_ms = 0;
  c->tried++;
  if (c->tried < c->pcscf_count && find_ready(c))
    return IMSTLS_OK;
  c->tried = 0;
  uint32_t failures = c->failures++;
  if (c->cfg.policy.attempts && c->failures >= c->cfg.policy.attempts)
    return c->why;
  uint32_t random = 0;
  if (c->cfg.ports.random(c->cfg.ports.random_user, (uint8_t *)&random, sizeof random))
    return IMSTLS_ERR_RANDOM;
  uint64_t base = c->cfg.timers.backoff_base_ms;
  uint64_t max = c->cfg.timers.backoff_max_ms;
  uint64_t wait = imstls_i_backoff_ms(base, max, failures, random);
  uint64_t soonest = find_ready(c) ? 0 : earliest(c);
  *wait_ms = wait > soonest ? wait : soonest;
  return IMSTLS_OK;
}

/* One HOST[:PORT]; IPv6 in brackets. */
static int parse_one(imstls_text item, imstls_i_pcscf *out, size_t *host_len)
{
  imstls_text host = item, port = { 0 };
  size_t bracket = 0;
  if (item.len && item.ptr[0] == '[') {
    while (bracket < item.len && item.ptr[bracket] != ']')
      bracket++;
    if (bracket == item.len)
      return IMSTLS_ERR_CONFIG;
    host = imstls_i_text(item.ptr + 1, bracket - 1);
  }
  for (size_t i = bracket; i < item.len; i++)
    if (item.ptr[i] == ':') {
      port = imstls_i_text(item.ptr + i + 1, item.len - i - 1);
      if (!bracket)
        host.len = i;
      break;
    }
  if (bracket && item.len > bracket + 1 && !port.ptr)
    return IMSTLS_ERR_CONFIG;
  uint32_t number = 0;
  if (port.ptr && (!imstls_i_number(port, 65535, &number) || !number))
    return IMSTLS_ERR_CONFIG;
  if (!host.len || host.len > HOST_MAX)
    return IMSTLS_ERR_CONFIG;
  for (size_t i = 0; i < host.len; i++)
    if ((unsigned char)host.ptr[i] <= ' ' || host.ptr[i] == '/' || host.ptr[i] == '[' || host.ptr[i] == 0x7f)
      return IMSTLS_ERR_CONFIG;
  *out = (imstls_i_pcscf){ .host = host.ptr, .port = (uint16_t)number };
  *host_len = host.len;
  return IMSTLS_OK;
}

int imstls_i_target_parse(imstls_client *c, char *list)
{
  size_t from = 0, len = strlen(list), host_len = 0;
  for (size_t i = 0; i <= len; i++) {
    if (i < len && list[i] != ',')
      continue;
    while (from < i && list[from] == ' ')
      from++;
    size_t end = i;
    while (end > from && list[end - 1] == ' ')
      end--;
    imstls_i_pcscf *next = &c->pcscf[c->pcscf_count];
    if (c->pcscf_count == PCSCF_MAX || parse_one(imstls_i_text(list + from, end - from), next, &host_len))
      return IMSTLS_ERR_CONFIG;
    list[(size_t)(next->host - list) + host_len] = '\0';
    c->pcscf_count++;
    from = i + 1;
  }
  return IMSTLS_OK;
}
