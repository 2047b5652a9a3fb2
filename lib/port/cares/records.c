/* SPDX-License-Identifier: Apache-2.0 */
#include "port/cares/records.h"

#include <string.h>

#include <imstls/net.h>

static const struct {
  const char *naptr, *srv;
} services[] = { [IMSTLS_SERVICE_SIPS_TCP] = { "SIPS+D2T", "_sips._tcp." },
                 [IMSTLS_SERVICE_SIP_TCP] = { "SIP+D2T", "_sip._tcp." },
                 [IMSTLS_SERVICE_SIP_UDP] = { "SIP+D2U", "_sip._udp." } };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static bool may_stand(char c, bool service) { return is_digit(c) || is_letter(c) || c == '-' || (service && c == '_'); }

/* The last label of a host name is no number (RFC 1123 2.1): that would be an address, in one of its odd forms. */
bool imstls_i_is_dns_name(const char *name, bool service)
{
  size_t len = strlen(name), label = 0;
  bool has_letter = false;
  if (len && name[len - 1] == '.')
    len--; /* of the root */
  if (len == 0 || len > DNS_NAME_MAX)
    return false;
  for (size_t i = 0; i <= len; i++) {
    bool ends = i == len || name[i] == '.';
    if (ends && (label == 0 || label > 63))
      return false;
    if (!ends && !may_stand(name[i], service))
      return false;
    if (label == 0)
      has_letter = false;
    if (!ends)
      has_letter = has_letter || !is_digit(name[i]);
    label = ends ? 0 : label + 1;
  }
  return has_letter;
}

static bool copy_name(const char *from, char out[DNS_NAME_MAX + 1])
{
  size_t len = strlen(from);
  if (len && from[len - 1] == '.')
    len--;
  if (len == 0 || len > DNS_NAME_MAX)
    return false;
  memcpy(out, from, len);
  out[len] = '\0';
  return true;
}

bool imstls_i_srv_name(int32_t service, const char *host, char out[DNS_NAME_MAX + 1])
{
  const char *prefix = services[service].srv;
  size_t len = strlen(prefix);
  if (len + strlen(host) > DNS_NAME_MAX)
    return false;
  memcpy(out, prefix, len + 1);
  return copy_name(host, out + len);
}

static bool text_is(const char *text, const char *word)
{
  return imstls_text_is((imstls_text){ text, strlen(text) }, word) != 0;
}

static bool is_before(const imstls_i_naptr *a, const imstls_i_naptr *b)
{
  return a->order < b->order || (a->order == b->order && a->preference < b->preference);
}

void imstls_i_naptr_take(imstls_i_naptr *list, size_t *count, int32_t service, const imstls_i_naptr_seen *seen)
{
  imstls_i_naptr one = { .order = seen->order, .preference = seen->preference };
  if (!text_is(seen->service, services[service].naptr) || !text_is(seen->flags, "s") || seen->regexp[0])
    return;
  if (!imstls_i_is_dns_name(seen->replacement, true) || !copy_name(seen->replacement, one.replacement))
    return;
  size_t at = *count;
  while (at > 0 && is_before(&one, &list[at - 1]))
    at--;
  if (at == NAPTR_MAX)
    return;
  *count += *count < NAPTR_MAX;
  memmove(&list[at + 1], &list[at], (*count - at - 1) * sizeof *list);
  list[at] = one;
}

bool imstls_i_srv_take(imstls_i_srv *out, const char *target, uint16_t priority, uint16_t weight, uint16_t port)
{
  *out = (imstls_i_srv){ .priority = priority, .weight = weight, .port = port };
  return port != 0 && imstls_i_is_dns_name(target, false) && copy_name(target, out->target);
}

/* Those without weight first, so that each of them has a small chance. */
static bool goes_before(const imstls_i_srv *a, const imstls_i_srv *b)
{
  return a->priority < b->priority || (a->priority == b->priority && a->weight == 0 && b->weight != 0);
}

static void move_up(imstls_i_srv *list, size_t from, size_t to)
{
  imstls_i_srv one = list[from];
  memmove(&list[to + 1], &list[to], (from - to) * sizeof *list);
  list[to] = one;
}

static void sort(imstls_i_srv *list, size_t count)
{
  for (size_t i = 1; i < count; i++) {
    size_t to = i;
    while (to > 0 && goes_before(&list[i], &list[to - 1]))
      to--;
    move_up(list, i, to);
  }
}

/* RFC 2782, "Weight": a number up to the sum of the weights, and the first one at which the running sum reaches it. */
static int draw_first(imstls_i_srv *list, size_t count, const imstls_i_draw *draw)
{
  uint8_t octets[4] = { 0 };
  uint32_t sum = 0, running = 0, number = 0;
  for (size_t i = 0; i < count; i++)
    sum += list[i].weight;
  int error = draw->random(draw->user, octets, sizeof octets);
  if (error)
    return error;
  for (size_t i = 0; i < sizeof octets; i++)
    number = number << 8 | octets[i];
  number %= sum + 1;
  size_t at = 0;
  for (running = list[0].weight; running < number; running += list[at].weight)
    at++;
  move_up(list, at, 0);
  return 0;
}

int imstls_i_srv_order(imstls_i_srv *list, size_t count, const imstls_i_draw *draw)
{
  sort(list, count);
  for (size_t i = 0; i < count; i++) {
    size_t end = i;
    while (end < count && list[end].priority == list[i].priority)
      end++;
    int error = end - i > 1 ? draw_first(list + i, end - i, draw) : 0;
    if (error)
      return error;
  }
  return 0;
}
