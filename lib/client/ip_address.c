/* SPDX-License-Identifier: Apache-2.0 */
/* IP literals as octets and back, without the system's resolver: the client runs where there is none. */
#include "base/base.h"
#include <imstls/net.h>

enum { GROUPS = 8 };

/* RFC 3986 3.2.2: no leading zeros, which some readers take for octal. */
static bool parse_v4(imstls_text text, uint8_t out[4])
{
  size_t at = 0;
  for (int i = 0; i < 4; i++) {
    unsigned value = 0;
    size_t begin = at;
    while (at < text.len && imstls_i_is_digit(text.ptr[at]) && at - begin < 3) {
      value = value * 10 + (unsigned)(text.ptr[at++] - '0');
    }
    if (at == begin || value > 255 || (at - begin > 1 && text.ptr[begin] == '0')) return false;
    out[i] = (uint8_t)value;
    if (i < 3 && (at >= text.len || text.ptr[at++] != '.')) return false;
  }
  return at == text.len;
}

static int hex_value(char c)
{
  c = imstls_i_lower(c);
  if (imstls_i_is_digit(c)) return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One to four hex digits. Gives how many; 0: none, or too many. */
static size_t parse_group(imstls_text text, uint16_t *out)
{
  size_t n = 0;
  unsigned value = 0;
  while (n < text.len && hex_value(text.ptr[n]) >= 0) {
    if (n == 4) return 0;
    value = value << 4 | (unsigned)hex_value(text.ptr[n++]);
  }
  *out = (uint16_t)value;
  return n;
}

typedef struct groups {
  uint16_t group[GROUPS];
  size_t count;
  size_t gap; /* where "::" stands; GROUPS + 1: nowhere */
} groups;

static imstls_text skip(imstls_text t, size_t n) { return (imstls_text){ t.ptr + n, t.len - n }; }

/* Dotted decimal as the last 32 bits. */
static bool parse_tail_v4(groups *g, imstls_text text)
{
  uint8_t ip[4];
  if (g->count > GROUPS - 2 || !parse_v4(text, ip)) return false;
  g->group[g->count++] = (uint16_t)(ip[0] << 8 | ip[1]);
  g->group[g->count++] = (uint16_t)(ip[2] << 8 | ip[3]);
  return true;
}

static bool starts_gap(imstls_text t) { return t.len >= 2 && t.ptr[0] == ':' && t.ptr[1] == ':'; }

static bool parse_groups(imstls_text text, groups *g)
{
  if (starts_gap(text)) {
    g->gap = 0;
    text = skip(text, 2);
  }
  while (text.len > 0) {
    uint16_t value = 0;
    size_t n = parse_group(text, &value);
    if (n < text.len && text.ptr[n] == '.') return parse_tail_v4(g, text);
    if (n == 0 || g->count == GROUPS) return false;
    g->group[g->count++] = value;
    text = skip(text, n);
    if (starts_gap(text)) {
      if (g->gap <= GROUPS) return false;
      g->gap = g->count;
      text = skip(text, 2);
    } else if (text.len > 0) {
      if (text.ptr[0] != ':' || text.len == 1) return false;
      text = skip(text, 1);
    }
  }
  return true;
}

/* RFC 4291 2.2. */
static bool parse_v6(imstls_text text, uint8_t out[16])
{
  groups g = { { 0 }, 0, GROUPS + 1 };
  if (!parse_groups(text, &g)) return false;
  bool gap = g.gap <= GROUPS;
  if (gap ? g.count >= GROUPS : g.count != GROUPS) return false;
  size_t before = gap ? g.gap : g.count;
  memset(out, 0, 16);
  for (size_t i = 0; i < g.count; i++) {
    size_t at = i < before ? i : GROUPS - g.count + i;
    out[2 * at] = (uint8_t)(g.group[i] >> 8);
    out[2 * at + 1] = (uint8_t)g.group[i];
  }
  return true;
}

/* RFC 4007 11: "%" and the zone, here its number. */
static bool parse_scope(imstls_text text, uint32_t *out)
{
  uint64_t value = 0;
  if (text.len == 0 || text.len > 10) return false;
  for (size_t i = 0; i < text.len; i++) {
    if (!imstls_i_is_digit(text.ptr[i])) return false;
    value = value * 10 + (uint64_t)(text.ptr[i] - '0');
  }
  if (value > UINT32_MAX) return false;
  *out = (uint32_t)value;
  return true;
}

int imstls_address_parse(imstls_text text, imstls_address *out)
{
  imstls_address address = { 0 };
  if (!text.ptr || text.len == 0 || !out) return IMSTLS_ERR_USAGE;
  bool brackets = text.ptr[0] == '[';
  if (brackets) {
    if (text.len < 2 || text.ptr[text.len - 1] != ']') return IMSTLS_ERR_USAGE;
    text = (imstls_text){ text.ptr + 1, text.len - 2 };
  } else if (parse_v4(text, address.ip)) {
    address.family = 4;
    *out = address;
    return IMSTLS_OK;
  }
  const char *percent = text.len > 0 ? memchr(text.ptr, '%', text.len) : NULL;
  size_t len = percent ? (size_t)(percent - text.ptr) : text.len;
  if (percent && !parse_scope(skip(text, len + 1), &address.scope)) return IMSTLS_ERR_USAGE;
  if (!parse_v6((imstls_text){ text.ptr, len }, address.ip)) return IMSTLS_ERR_USAGE;
  address.family = 6;
  *out = address;
  return IMSTLS_OK;
}

static void put_v4(imstls_i_writer *w, const uint8_t ip[4])
{
  for (int i = 0; i < 4; i++) {
    if (i > 0) IMSTLS_I_PUT_LIT(w, ".");
    imstls_i_put_uint(w, ip[i]);
  }
}

/* Lower-case hex without leading zeros, RFC 5952 4.1 and 4.3. */
static void put_group(imstls_i_writer *w, unsigned value)
{
  static const char digits[] = "0123456789abcdef";
  bool begun = false;
  for (int shift = 12; shift >= 0; shift -= 4) {
    unsigned digit = value >> shift & 15;
    if (digit == 0 && !begun && shift > 0) continue;
    begun = true;
    imstls_i_put(w, &digits[digit], 1);
  }
}

/* The first longest run of at least two zero groups, RFC 5952 4.2. */
static size_t longest_zeros(const uint16_t group[GROUPS], size_t *run)
{
  size_t best = 0;
  *run = 1;
  for (size_t i = 0; i < GROUPS; i++) {
    size_t n = 0;
    while (i + n < GROUPS && group[i + n] == 0) n++;
    if (n > *run) {
      best = i;
      *run = n;
    }
  }
  if (*run < 2) *run = 0;
  return best;
}

static void put_v6(imstls_i_writer *w, const uint8_t ip[16])
{
  static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  uint16_t group[GROUPS];
  size_t run;
  if (memcmp(ip, mapped, sizeof mapped) == 0) { /* RFC 5952 5 */
    IMSTLS_I_PUT_LIT(w, "::ffff:");
    put_v4(w, ip + 12);
    return;
  }
  for (size_t i = 0; i < GROUPS; i++) group[i] = (uint16_t)(ip[2 * i] << 8 | ip[2 * i + 1]);
  size_t zeros = longest_zeros(group, &run);
  for (size_t i = 0; i < GROUPS; i++) {
    if (run > 0 && i == zeros) {
      IMSTLS_I_PUT_LIT(w, "::");
      i += run - 1;
      continue;
    }
    if (i > 0 && (run == 0 || i != zeros + run)) IMSTLS_I_PUT_LIT(w, ":");
    put_group(w, group[i]);
  }
}

size_t imstls_address_format(const imstls_address *address, int with_port, char out[56])
{
  if (!address || !out || (address->family != 4 && address->family != 6)) return 0;
  bool brackets = with_port && address->family == 6;
  imstls_i_writer w = imstls_i_writer_make(out, 55);
  if (brackets) IMSTLS_I_PUT_LIT(&w, "[");
  if (address->family == 4) put_v4(&w, address->ip);
  else put_v6(&w, address->ip);
  if (brackets) IMSTLS_I_PUT_LIT(&w, "]");
  if (with_port) {
    IMSTLS_I_PUT_LIT(&w, ":");
    imstls_i_put_uint(&w, address->port);
  }
  out[w.len] = 0;
  return w.len;
}
