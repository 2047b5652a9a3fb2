/* SPDX-License-Identifier: Apache-2.0 */
/* IP literals as octets and back, without the system's resolver: the client runs where there is none. */
#include "base/base.h"

enum { GROUPS = 8, TEXT_MAX = 55 };

/* RFC 3986 3.2.2: no leading zeros, which some readers take for octal. */
static bool parse_v4(imstls_text text, uint8_t out[4])
{
  const char *at = text.ptr;
  const char *end = text.ptr + text.len;
  for (int i = 0; i < 4; i++) {
    uint64_t value;
    const char *first = at;
    at = imstls_i_digits(first, end, &value);
    if (!at || value > 255)
      return false;
    if (*first == '0' && at - first > 1)
      return false;
    out[i] = (uint8_t)value;
    if (i < 3 && (at == end || *at++ != '.'))
      return false;
  }
  return at == end;
}

/* One to four hex digits. Gives how many; 0: none, or too many. */
static size_t parse_group(imstls_text text, uint16_t *out)
{
  size_t n = 0;
  unsigned value = 0;
  while (n < text.len && imstls_i_hex_value(text.ptr[n]) < 16) {
    if (n == 4)
      return 0;
    value = value << 4 | imstls_i_hex_value(text.ptr[n++]);
  }
  *out = (uint16_t)value;
  return n;
}

typedef struct groups {
  uint16_t group[GROUPS];
  size_t count;
  bool has_gap;
  size_t gap; /* groups before "::" */
} groups;

static imstls_text skip(imstls_text t, size_t n) { return imstls_i_text(t.ptr + n, t.len - n); }

/* Dotted decimal as the last 32 bits. */
static bool parse_tail_v4(imstls_text text, groups *g)
{
  uint8_t ip[4];
  if (g->count > GROUPS - 2 || !parse_v4(text, ip))
    return false;
  g->group[g->count++] = (uint16_t)(ip[0] << 8 | ip[1]);
  g->group[g->count++] = (uint16_t)(ip[2] << 8 | ip[3]);
  return true;
}

static bool starts_gap(imstls_text t) { return t.len >= 2 && t.ptr[0] == ':' && t.ptr[1] == ':'; }

/* Takes off what stands between two groups: a colon that another group follows, or "::", once. */
static bool take_separator(imstls_text *text, groups *g)
{
  if (starts_gap(*text)) {
    if (g->has_gap)
      return false;
    g->has_gap = true;
    g->gap = g->count;
    *text = skip(*text, 2);
    return true;
  }
  if (text->ptr[0] != ':' || text->len == 1)
    return false;
  *text = skip(*text, 1);
  return true;
}

static bool parse_groups(imstls_text text, groups *g)
{
  if (starts_gap(text) && !take_separator(&text, g))
    return false;
  while (text.len > 0) {
    uint16_t value = 0;
    size_t n = parse_group(text, &value);
    if (n < text.len && text.ptr[n] == '.')
      return parse_tail_v4(text, g);
    if (n == 0 || g->count == GROUPS)
      return false;
    g->group[g->count++] = value;
    text = skip(text, n);
    if (text.len > 0 && !take_separator(&text, g))
      return false;
  }
  return true;
}

/* RFC 4291 2.2: "::" stands for one group at least. */
static bool is_complete(const groups *g)
{
  if (g->has_gap)
    return g->count < GROUPS;
  return g->count == GROUPS;
}

static bool parse_v6(imstls_text text, uint8_t out[16])
{
  groups g = { .count = 0 };
  if (!parse_groups(text, &g) || !is_complete(&g))
    return false;
  memset(out, 0, 16);
  for (size_t i = 0; i < g.count; i++) {
    bool after_gap = g.has_gap && i >= g.gap;
    size_t at = after_gap ? GROUPS - g.count + i : i;
    out[2 * at] = (uint8_t)(g.group[i] >> 8);
    out[2 * at + 1] = (uint8_t)g.group[i];
  }
  return true;
}

/* Between brackets, or bare. False: one bracket alone. */
static bool strip_brackets(imstls_text *text)
{
  if (text->len == 0 || text->ptr[0] != '[')
    return true;
  if (text->len < 2 || text->ptr[text->len - 1] != ']')
    return false;
  *text = imstls_i_text(text->ptr + 1, text->len - 2);
  return true;
}

/* RFC 4007 11: "%" and the zone, here its number. */
static bool take_scope(imstls_text *text, uint32_t *scope)
{
  const char *percent = text->len > 0 ? memchr(text->ptr, '%', text->len) : NULL;
  if (!percent)
    return true;
  size_t len = (size_t)(percent - text->ptr);
  if (!imstls_i_number(skip(*text, len + 1), UINT32_MAX, scope))
    return false;
  text->len = len;
  return true;
}

int imstls_address_parse(imstls_text text, imstls_address *out)
{
  if (!text.ptr || !out)
    return IMSTLS_ERR_USAGE;
  imstls_address address = { .family = 4 };
  if (parse_v4(text, address.ip)) {
    *out = address;
    return IMSTLS_OK;
  }
  address.family = 6;
  if (!strip_brackets(&text) || !take_scope(&text, &address.scope) || !parse_v6(text, address.ip))
    return IMSTLS_ERR_USAGE;
  *out = address;
  return IMSTLS_OK;
}

static void put_v4(imstls_i_writer *w, const uint8_t ip[4])
{
  char text[16];
  size_t len = 0;
  for (int i = 0; i < 4; i++) {
    unsigned octet = ip[i];
    if (octet >= 100)
      text[len++] = (char)('0' + octet / 100);
    if (octet >= 10)
      text[len++] = (char)('0' + octet / 10 % 10);
    text[len++] = (char)('0' + octet % 10);
    text[len++] = '.';
  }
  imstls_i_put(w, text, len - 1);
}

/* Lower-case hex without leading zeros, RFC 5952 4.1 and 4.3. */
static void put_group(imstls_i_writer *w, const uint8_t octets[2])
{
  char hex[5];
  size_t zeros = 0;
  imstls_i_hex_encode(octets, 2, hex);
  while (zeros < 3 && hex[zeros] == '0')
    zeros++;
  imstls_i_put(w, hex + zeros, 4 - zeros);
}

static bool is_zero(const uint8_t ip[16], size_t group) { return ip[2 * group] == 0 && ip[2 * group + 1] == 0; }

/* The first longest run of at least two zero groups, RFC 5952 4.2. Gives its length; 0: there is none. */
static size_t longest_zeros(const uint8_t ip[16], size_t *first)
{
  size_t longest = 1;
  for (size_t i = 0; i < GROUPS; i++) {
    size_t n = 0;
    while (i + n < GROUPS && is_zero(ip, i + n))
      n++;
    if (n > longest) {
      *first = i;
      longest = n;
    }
  }
  return longest < 2 ? 0 : longest;
}

static void put_groups(imstls_i_writer *w, const uint8_t ip[16], size_t from, size_t to)
{
  for (size_t i = from; i < to; i++) {
    if (i > from)
      IMSTLS_I_PUT_LIT(w, ":");
    put_group(w, ip + 2 * i);
  }
}

static void put_v6(imstls_i_writer *w, const uint8_t ip[16])
{
  static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  if (memcmp(ip, mapped, sizeof mapped) == 0) { /* RFC 5952 5 */
    IMSTLS_I_PUT_LIT(w, "::ffff:");
    put_v4(w, ip + sizeof mapped);
    return;
  }
  size_t zeros = GROUPS;
  size_t run = longest_zeros(ip, &zeros);
  put_groups(w, ip, 0, zeros);
  if (run > 0) {
    IMSTLS_I_PUT_LIT(w, "::");
    put_groups(w, ip, zeros + run, GROUPS);
  }
}

size_t imstls_address_format(const imstls_address *address, int with_port, char out[56])
{
  bool unusable = !address || !out || (address->family != 4 && address->family != 6);
  if (unusable)
    return 0;
  bool brackets = with_port && address->family == 6;
  imstls_i_writer w = imstls_i_writer_make(out, TEXT_MAX);
  if (brackets)
    IMSTLS_I_PUT_LIT(&w, "[");
  if (address->family == 4)
    put_v4(&w, address->ip);
  else
    put_v6(&w, address->ip);
  if (brackets)
    IMSTLS_I_PUT_LIT(&w, "]");
  if (with_port) {
    IMSTLS_I_PUT_LIT(&w, ":");
    imstls_i_put_uint(&w, address->port);
  }
  out[w.len] = '\0';
  return w.len;
}
