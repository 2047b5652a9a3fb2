/* SPDX-License-Identifier: Apache-2.0 */
/* Equality of SIP URIs (RFC 3261 19.1.4), and which of them name a device (RFC 5627 3.1). */
#include "sip/lex.h"

enum { PARAMETERS_MAX = 8 };

typedef struct uri {
  imstls_text scheme, user, host; /* absent: ptr NULL */
  imstls_text params;             /* from the first ';' on, or empty */
  uint32_t headers_len;           /* octets from '?' on to the end */
  uint32_t port;                  /* 0: none is said that could be one */
} uri;

static const char *seek_or_end(const char *at, const char *end, char c)
{
  const char *found = imstls_i_sip_seek(at, end, c);
  return found ? found : end;
}

/* host [":" port]; the colons of an IPv6 address stand in brackets. */
static void split_host(imstls_text text, uri *u)
{
  const char *end = text.ptr + text.len;
  const char *bracket = imstls_i_sip_seek(text.ptr, end, ']');
  const char *colon = seek_or_end(bracket ? bracket : text.ptr, end, ':');
  u->host = imstls_i_sip_between(text.ptr, colon);
  if (colon < end)
    (void)imstls_i_number(imstls_i_sip_between(colon + 1, end), UINT16_MAX, &u->port);
}

/* An unescaped '@' stands nowhere but after the user. False: no scheme. */
static bool split(imstls_text text, uri *u)
{
  *u = (uri){ .scheme = { NULL, 0 } };
  const char *end = text.ptr + text.len;
  const char *colon = imstls_i_sip_seek(text.ptr, end, ':');
  if (!colon)
    return false;
  u->scheme = imstls_i_sip_between(text.ptr, colon);
  const char *at = colon + 1;
  const char *sign = imstls_i_sip_seek(at, end, '@');
  if (sign) {
    u->user = imstls_i_sip_between(at, sign);
    at = sign + 1;
  }
  const char *question = seek_or_end(at, end, '?');
  const char *semicolon = seek_or_end(at, question, ';');
  split_host(imstls_i_sip_between(at, semicolon), u);
  u->params = imstls_i_sip_between(semicolon, question);
  u->headers_len = (uint32_t)(end - question);
  return true;
}

/* The next octet of a text with escapes, "%" HEX HEX. */
static unsigned next_octet(const char **at, const char *end)
{
  const char *from = *at;
  bool escaped = end - from >= 3 && *from == '%';
  unsigned high = escaped ? imstls_i_hex_value(from[1]) : 16;
  unsigned low = escaped ? imstls_i_hex_value(from[2]) : 16;
  if (high > 15 || low > 15) {
    *at = from + 1;
    return (unsigned char)*from;
  }
  *at = from + 3;
  return high << 4 | low;
}

static bool same_escaped(imstls_text a, imstls_text b, bool any_case)
{
  if (!a.len || !b.len) /* absent ones too, which have no end to reckon with */
    return a.len == b.len;
  const char *at = a.ptr, *end = a.ptr + a.len;
  const char *bt = b.ptr, *b_end = b.ptr + b.len;
  while (at < end && bt < b_end) {
    char x = (char)next_octet(&at, end);
    char y = (char)next_octet(&bt, b_end);
    bool same = any_case ? imstls_i_lower(x) == imstls_i_lower(y) : x == y;
    if (!same)
      return false;
  }
  return at == end && bt == b_end;
}

static bool same_host(imstls_text a, imstls_text b)
{
  imstls_address x;
  imstls_address y;
  if (imstls_address_parse(a, &x) || imstls_address_parse(b, &y))
    return imstls_i_same_nocase(a, b);
  return x.family == y.family && memcmp(x.ip, y.ip, x.family == 4 ? 4 : sizeof x.ip) == 0;
}

static bool same_end(imstls_text a, imstls_text b, size_t len)
{
  return memcmp(a.ptr + a.len - len, b.ptr + b.len - len, len) == 0;
}

/* A port that is not said is the default of the transport: 19.1.4 tells two URIs apart that lead to the same place, and
 * registrars add or drop it. */
static uint32_t port_of(const uri *u)
{
  imstls_text transport = { NULL, 0 };
  if (u->port)
    return u->port;
  (void)imstls_sip_param_find(u->params, "transport", &transport);
  return imstls_i_is(u->scheme, "sips") || imstls_text_is(transport, "tls") ? 5061 : 5060;
}

/* They count also when one URI alone has them. */
static bool is_decisive(imstls_text name)
{
  static const char *const names[] = { "transport", "user", "ttl", "method", "maddr" };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (imstls_text_is(name, names[i]))
      return true;
  }
  return false;
}

/* Of one with more parameters than any registrar adds nothing is known: each is sought in the other one. */
static bool params_fit(imstls_text a, imstls_text b)
{
  imstls_text name;
  imstls_text value;
  imstls_text other;
  int result;
  for (unsigned count = 0; (result = imstls_sip_param_next(&a, &name, &value)) != IMSTLS_END; count++) {
    if (result != IMSTLS_OK || count == PARAMETERS_MAX)
      return false;
    bool both = imstls_i_sip_seek_param(b, name, &other);
    if (both ? !same_escaped(value, other, true) : is_decisive(name))
      return false;
  }
  return true;
}

/* Most URIs that are compared are those of others, whose user tells them apart. */
bool imstls_i_sip_uri_same(imstls_text a, imstls_text b, unsigned *left)
{
  uri x;
  uri y;
  if (!b.len || !split(a, &x)) /* absent, it has no end to reckon with */
    return false;
  if (imstls_i_same(a, b))
    return true; /* as it is most often */
  if (!split(b, &y) || !imstls_i_same_nocase(x.scheme, y.scheme))
    return false;
  if (!x.user.ptr != !y.user.ptr || !same_escaped(x.user, y.user, false) || *left == 0)
    return false;
  --*left;
  if (x.headers_len != y.headers_len || !same_end(a, b, x.headers_len))
    return false;
  bool same_place = port_of(&x) == port_of(&y) && same_host(x.host, y.host);
  return same_place && params_fit(x.params, y.params) && params_fit(y.params, x.params);
}

/* What stands in a URI that is written into our own Contact. */
static bool is_plain(imstls_text text)
{
  for (size_t i = 0; i < text.len; i++) {
    if ((unsigned char)text.ptr[i] > '~' || text.ptr[i] == '\\')
      return false;
  }
  return text.len > 0 && imstls_i_sip_is_uri(text);
}

static bool is_sip(const uri *u) { return imstls_i_is(u->scheme, "sip") || imstls_i_is(u->scheme, "sips"); }

bool imstls_i_sip_is_gruu(imstls_text text, imstls_text aor, imstls_text domain, bool is_public)
{
  uri u;
  uri of = { .scheme = { NULL, 0 } };
  imstls_text gr;
  if (!is_plain(text) || !split(text, &u))
    return false;
  if (!is_sip(&u) || u.headers_len > 0)
    return false;
  if (!imstls_i_sip_seek_param(u.params, IMSTLS_I_LIT("gr"), &gr) || (is_public && gr.len == 0))
    return false;
  bool of_sip = split(aor, &of) && is_sip(&of);
  if (is_public && of_sip && !same_escaped(u.user, of.user, false))
    return false;
  return same_host(u.host, domain) || (of_sip && same_host(u.host, of.host));
}
