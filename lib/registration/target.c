/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/target.h"

#include "registration/random.h"

enum {
  HOST_MAX = 253,
  RETRY_AFTER_MAX_S = 1800, /* nobody who is not trusted can silence us longer */
  SPREAD_MIN_MS = 500
};

uint64_t imstls_i_backoff_ms(uint64_t base_ms, uint64_t max_ms, uint32_t failures, uint32_t random)
{
  uint64_t bound = base_ms;
  for (uint32_t i = 0; i < failures && bound < max_ms; i++)
    bound *= 2;
  if (bound > max_ms)
    bound = max_ms;
  return bound / 2 + bound * (random % 1001) / 2000;
}

static void forgive(imstls_i_target *t)
{
  for (uint8_t i = 0; i < t->count; i++)
    t->pcscf[i].refused = false;
}

void imstls_i_target_accepted(imstls_i_target *t)
{
  forgive(t);
  t->security_error = IMSTLS_OK;
  t->obeyed = false;
}

/* The first P-CSCF after the last one, and not that one itself, that may be asked now; false: none. */
static bool find_other(imstls_i_target *t, uint64_t now, bool refused)
{
  for (unsigned i = 1; i < t->count; i++) {
    uint8_t at = (uint8_t)((t->at + i) % t->count);
    if (t->pcscf[at].not_before <= now && t->pcscf[at].refused == refused) {
      t->at = at;
      return true;
    }
  }
  return false;
}

/* Those that were refused come last. */
static bool find_next(imstls_i_target *t, uint64_t now)
{
  return find_other(t, now, false) || find_other(t, now, true);
}

/* At the end of a round the last one takes its turn again. */
static bool find_ready(imstls_i_target *t, uint64_t now)
{
  return find_next(t, now) || t->pcscf[t->at].not_before <= now;
}

void imstls_i_target_refused(imstls_i_target *t, int error, uint64_t now)
{
  t->pcscf[t->at].refused = true;
  if (!t->security_error)
    t->security_error = error;
  if (now != NEVER)
    (void)find_other(t, now, false);
}

bool imstls_i_target_has_other(const imstls_i_target *t, uint64_t now)
{
  for (uint8_t i = 0; i < t->count; i++)
    if (i != t->at && t->pcscf[i].not_before <= now)
      return t->tried + 1 < t->count;
  return false;
}

/* The one that may be asked first, with `named` among those alone that asked for a time. -1: there is none. */
static int find_earliest(const imstls_i_target *t, bool named)
{
  int first = -1;
  for (uint8_t i = 0; i < t->count; i++) {
    bool counts = t->pcscf[i].named || !named;
    if (counts && (first < 0 || t->pcscf[i].not_before < t->pcscf[first].not_before))
      first = i;
  }
  return first;
}

/* That one is next: how long that is from now. */
static uint64_t take(imstls_i_target *t, int which, uint64_t now)
{
  uint64_t at = t->pcscf[which].not_before;
  t->at = (uint8_t)which;
  return at > now ? at - now : 0;
}

/* As long as it was asked for and a tenth at random, so that not all who were sent away come back in one moment. */
static uint64_t named_ms(const imstls_i_target *t, uint32_t random)
{
  uint32_t after_s = t->retry_after_s < RETRY_AFTER_MAX_S ? t->retry_after_s : RETRY_AFTER_MAX_S;
  uint32_t spread_ms = after_s * 100 > SPREAD_MIN_MS ? after_s * 100 : SPREAD_MIN_MS;
  return (uint64_t)after_s * 1000 + random % spread_ms;
}

static int rest_a_while(imstls_i_target *t, const imstls_config *cfg, uint64_t now)
{
  uint32_t random = 0;
  if (!t->retry_named)
    return IMSTLS_OK;
  int error = imstls_i_random_number(&cfg->ports, &random);
  t->pcscf[t->at].not_before = now + named_ms(t, random);
  imstls_i_target_begin(t);
  t->pcscf[t->at].named = true;
  return error;
}

/* Between two rounds. A time that the network named is the wait where it is shorter than the back-off or nobody else
 * can be asked, once until a registration stands: after that the back-off is a floor under it, so that no stranger
 * drives a storm by naming none. */
static int rest_between(imstls_i_target *t, const imstls_config *cfg, uint64_t now, uint32_t failures,
                        uint64_t *wait_ms)
{
  uint32_t random = 0;
  int error = imstls_i_random_number(&cfg->ports, &random);
  uint64_t wait = imstls_i_backoff_ms(cfg->timers.backoff_base_ms, cfg->timers.backoff_max_ms, failures, random);
  bool ready = find_ready(t, now);
  int named = t->obeyed ? -1 : find_earliest(t, true);
  bool sooner = named >= 0 && (!ready || t->pcscf[named].not_before < now + wait);
  if (sooner) {
    t->obeyed = true;
    *wait_ms = take(t, named, now);
    return error;
  }
  uint64_t soonest = ready ? 0 : take(t, find_earliest(t, false), now);
  *wait_ms = wait > soonest ? wait : soonest;
  return error;
}

int imstls_i_target_next(imstls_i_target *t, const imstls_config *cfg, uint64_t now, int why, imstls_i_turn *turn)
{
  *turn = (imstls_i_turn){ 0 };
  int error = rest_a_while(t, cfg, now);
  if (error)
    return error;
  t->tried++;
  if (t->tried < t->count && find_next(t, now))
    return IMSTLS_OK;
  t->tried = 0;
  turn->round_ended = true;
  forgive(t);
  uint32_t failures = t->failures++;
  if (cfg->policy.attempts && t->failures >= cfg->policy.attempts)
    return t->security_error ? t->security_error : why;
  return rest_between(t, cfg, now, failures, &turn->wait_ms);
}

int imstls_i_target_pause(imstls_i_target *t, const imstls_config *cfg, int why, bool held, imstls_i_turn *turn)
{
  uint32_t random = 0;
  *turn = (imstls_i_turn){ .round_ended = true };
  int error = imstls_i_random_number(&cfg->ports, &random);
  uint64_t named = t->retry_named ? named_ms(t, random) : 0;
  bool obeyed = held && t->retry_named;
  uint64_t backoff = imstls_i_backoff_ms(cfg->timers.backoff_base_ms, cfg->timers.backoff_max_ms, t->failures, random);
  turn->wait_ms = obeyed || named > backoff ? named : backoff;
  t->tried = 0;
  imstls_i_target_begin(t);
  if (held)
    return error;
  t->failures++;
  bool used_up = cfg->policy.attempts && t->failures >= cfg->policy.attempts;
  return used_up ? why : error;
}

static bool is_host_octet(char c)
{
  bool printable = (unsigned char)c > ' ' && c != 0x7f;
  return printable && c != '/' && c != '[';
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
  bool junk = bracket && item.len > bracket + 1 && item.ptr[bracket + 1] != ':';
  if (junk || (bracket && !memchr(host.ptr, ':', host.len)))
    return IMSTLS_ERR_CONFIG; /* brackets are for IPv6, and a port follows them or nothing */
  uint32_t number = 0;
  if (port.ptr && (!imstls_i_number(port, 65535, &number) || !number))
    return IMSTLS_ERR_CONFIG;
  if (!host.len || host.len > HOST_MAX)
    return IMSTLS_ERR_CONFIG;
  for (size_t i = 0; i < host.len; i++)
    if (!is_host_octet(host.ptr[i]))
      return IMSTLS_ERR_CONFIG;
  *out = (imstls_i_pcscf){ .host = host.ptr, .port = (uint16_t)number };
  *host_len = host.len;
  return IMSTLS_OK;
}

/* Takes one off the list; NULL is left behind the last one. */
static int parse_next(const char **list, imstls_i_pcscf *out, size_t *host_len)
{
  const char *from = *list;
  const char *comma = strchr(from, ',');
  const char *end = comma ? comma : from + strlen(from);
  *list = comma ? comma + 1 : NULL;
  while (from < end && *from == ' ')
    from++;
  while (end > from && end[-1] == ' ')
    end--;
  return parse_one(imstls_i_text(from, (size_t)(end - from)), out, host_len);
}

bool imstls_i_target_is_list(const char *list)
{
  imstls_i_pcscf pcscf;
  size_t host_len = 0;
  for (unsigned count = 0; list; count++)
    if (count == PCSCF_MAX || parse_next(&list, &pcscf, &host_len))
      return false;
  return true;
}

void imstls_i_target_parse(imstls_i_target *t, char *list)
{
  size_t host_len = 0;
  for (const char *rest = list; rest;) {
    imstls_i_pcscf *next = &t->pcscf[t->count++];
    (void)parse_next(&rest, next, &host_len);
    list[(size_t)(next->host - list) + host_len] = '\0';
  }
}

void imstls_i_target_replace(imstls_i_target *t, char *list)
{
  t->count = t->at = t->tried = 0;
  t->obeyed = false;
  imstls_i_target_parse(t, list);
}
