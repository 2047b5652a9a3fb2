/* SPDX-License-Identifier: Apache-2.0 */
/* Security agreement (RFC 3329; TS 33.203 annex H): lists, the choice, the mirror, and what a bid-down would change. */
#include <imstls/secagree.h>

#include "access/access.h"
#include "sip/lex.h"

/* More than any network sends; they bound the work that a list can cause. */
enum { PARAMETERS_MAX = 32, ENTRIES_MAX = 64 };

/* At most ten digits, as many as an SPI has (TS 33.203 annex H). */
static bool number_of(imstls_text text, uint32_t max, uint32_t *out)
{
  return text.len <= 10 && imstls_i_number(text, max, out);
}

/* qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ) (RFC 3261 25.1), in thousandths; ".5" is met too. */
static bool qvalue_of(imstls_text text, int32_t *out)
{
  size_t point = text.len > 1 && text.ptr[0] == '.' ? 0 : 1;
  if (text.len < 1 || text.len > point + 4)
    return false;
  char whole = point ? text.ptr[0] : '0';
  if (whole != '0' && whole != '1')
    return false;
  if (text.len > point && text.ptr[point] != '.')
    return false;
  int32_t q = whole - '0';
  for (size_t i = point + 1; i < point + 4; i++) {
    char digit = i < text.len ? text.ptr[i] : '0';
    if (!imstls_i_is_digit(digit))
      return false;
    q = q * 10 + (digit - '0');
  }
  *out = q;
  return q <= 1000;
}

static imstls_text *text_field(imstls_mechanism *m, imstls_text name)
{
  if (imstls_i_is(name, "alg"))
    return &m->alg;
  if (imstls_i_is(name, "ealg"))
    return &m->ealg;
  if (imstls_i_is(name, "prot"))
    return &m->prot;
  return imstls_i_is(name, "mod") ? &m->mod : NULL;
}

static bool take_port(imstls_text value, uint16_t *port)
{
  uint32_t number;
  if (!number_of(value, UINT16_MAX, &number))
    return false;
  *port = (uint16_t)number;
  return true;
}

static bool take_parameter(imstls_mechanism *m, imstls_text name, imstls_text value)
{
  imstls_text *field = text_field(m, name);
  if (field) {
    *field = value;
    return value.len != 0;
  }
  if (imstls_i_is(name, "q"))
    return qvalue_of(value, &m->q);
  if (imstls_i_is(name, "spi-c"))
    return number_of(value, UINT32_MAX, &m->spi_c);
  if (imstls_i_is(name, "spi-s"))
    return number_of(value, UINT32_MAX, &m->spi_s);
  if (imstls_i_is(name, "port-c"))
    return take_port(value, &m->port_c);
  if (imstls_i_is(name, "port-s"))
    return take_port(value, &m->port_s);
  if (imstls_i_is(name, "mediasec"))
    m->media = 1;
  return true;
}

static bool take_parameters(imstls_mechanism *m, imstls_text params)
{
  const char *from = params.ptr;
  imstls_text name;
  imstls_text value;
  uint64_t met = 0;
  size_t count = 0;
  int result;
  while ((result = imstls_sip_param_next(&params, &name, &value)) == IMSTLS_OK) {
    if (count++ == PARAMETERS_MAX || imstls_i_sip_came_before(&met, from, name, IMSTLS_I_VALUE))
      return false;
    if (!take_parameter(m, name, value))
      return false;
  }
  return result == IMSTLS_END;
}

static int32_t mechanism_id(imstls_text name)
{
  if (imstls_i_is(name, "tls"))
    return IMSTLS_MECHANISM_TLS;
  return imstls_i_is(name, "ipsec-3gpp") ? IMSTLS_MECHANISM_IPSEC_3GPP : IMSTLS_MECHANISM_OTHER;
}

static imstls_mechanism unreadable(imstls_text raw)
{
  return (imstls_mechanism){ .size = sizeof(imstls_mechanism), .raw = raw, .q = -1, .malformed = 1 };
}

static imstls_mechanism read_entry(imstls_text raw)
{
  const char *end = raw.ptr + raw.len;
  const char *name_end = imstls_i_sip_span(raw.ptr, end, IMSTLS_I_TOKEN);
  imstls_mechanism m = { .size = sizeof m, .raw = raw, .q = -1 };
  m.name = imstls_i_sip_between(raw.ptr, name_end);
  m.id = mechanism_id(m.name);
  bool read = m.name.len != 0 && take_parameters(&m, imstls_i_sip_between(name_end, end));
  return read ? m : unreadable(raw);
}

int imstls_secagree_next(imstls_text *rest, imstls_mechanism *out)
{
  if (!rest || !out)
    return IMSTLS_ERR_USAGE;
  imstls_text item;
  int result = imstls_sip_list_next(rest, &item);
  if (result == IMSTLS_OK)
    *out = read_entry(item);
  if (result != IMSTLS_ERR_SIP_MALFORMED)
    return result;
  *out = unreadable(imstls_i_sip_trim(rest->ptr, rest->ptr + rest->len)); /* nobody can tell where it ends */
  *rest = imstls_i_text(rest->ptr + rest->len, 0);
  return IMSTLS_OK;
}

/* A fold must not be sent as the start of a line, so it becomes a space; other control characters have no such form. */
static bool can_be_mirrored(imstls_text value)
{
  for (size_t i = 0; i < value.len; i++) {
    unsigned char c = (unsigned char)value.ptr[i];
    bool white = c == '\t' || c == '\r' || c == '\n';
    if ((c < ' ' && !white) || c == 0x7f)
      return false;
  }
  return true;
}

static bool is_list_header(int id)
{
  return id == IMSTLS_HDR_SECURITY_SERVER || id == IMSTLS_HDR_SECURITY_CLIENT || id == IMSTLS_HDR_SECURITY_VERIFY;
}

int imstls_secagree_collect(const imstls_sip_message *message, int id, char *out, size_t cap, size_t *len)
{
  bool unusable = !message || !len || (!out && cap != 0) || !is_list_header(id);
  if (unusable)
    return IMSTLS_ERR_USAGE;
  char none;
  imstls_i_writer w = imstls_i_writer_make(cap != 0 ? out : &none, cap);
  imstls_text value = { NULL, 0 };
  for (const char *comma = ""; imstls_sip_next(message, id, &value) == IMSTLS_OK;) {
    if (!can_be_mirrored(value))
      return IMSTLS_ERR_SECAGREE_MALFORMED;
    if (!value.len)
      continue;
    imstls_i_put_str(&w, comma); /* RFC 3261 7.3.1: several fields are one list */
    imstls_i_put_unfolded(&w, value);
    comma = ", ";
  }
  if (w.failed)
    return IMSTLS_ERR_SECAGREE_TOO_LONG;
  *len = w.len;
  return IMSTLS_OK;
}

static imstls_text with_default(imstls_text value, const char *word)
{
  return value.ptr ? value : imstls_i_text(word, strlen(word));
}

/* Defaults of TS 33.203 annex H; they are what a missing parameter means. */
static imstls_text ealg_of(const imstls_mechanism *m) { return with_default(m->ealg, "null"); }
static imstls_text prot_of(const imstls_mechanism *m) { return with_default(m->prot, "esp"); }
static imstls_text mod_of(const imstls_mechanism *m) { return with_default(m->mod, "trans"); }

static bool serves(const imstls_mechanism *server, const imstls_mechanism *ours)
{
  if (ours->media || ours->id != server->id)
    return false;
  if (server->id == IMSTLS_MECHANISM_TLS)
    return true;
  if (!server->alg.ptr || !imstls_i_same_nocase(server->alg, ours->alg))
    return false;
  if (!imstls_i_same_nocase(ealg_of(server), ealg_of(ours)))
    return false;
  return imstls_i_is(prot_of(server), "esp") && imstls_i_is(mod_of(server), "trans");
}

static bool was_offered(const imstls_mechanism *server, imstls_text offered)
{
  imstls_mechanism ours;
  if (server->media || server->id == IMSTLS_MECHANISM_OTHER)
    return false;
  while (imstls_secagree_next(&offered, &ours) == IMSTLS_OK) {
    if (serves(server, &ours))
      return true;
  }
  return false;
}

int imstls_secagree_choose(imstls_text server, imstls_text offered, imstls_mechanism *out)
{
  if (!out)
    return IMSTLS_ERR_USAGE;
  imstls_mechanism best = { .size = 0, .q = -2 };
  imstls_mechanism entry;
  while (imstls_secagree_next(&server, &entry) == IMSTLS_OK) {
    bool better = entry.q > best.q; /* equal q: the first in the list stays */
    if (better && was_offered(&entry, offered))
      best = entry;
  }
  if (best.size == 0)
    return IMSTLS_ERR_SECAGREE_NONE;
  *out = best;
  return IMSTLS_OK;
}

/* What cannot be read is compared as it stands: nobody can tell a harmless difference from another one. */
static bool same_entry(const imstls_mechanism *a, const imstls_mechanism *b)
{
  if (a->malformed || b->malformed)
    return a->malformed == b->malformed && imstls_i_same(a->raw, b->raw);
  if (a->q != b->q || !imstls_i_same_nocase(a->name, b->name))
    return false;
  if (!imstls_i_same_nocase(a->alg, b->alg) || !imstls_i_same_nocase(ealg_of(a), ealg_of(b)))
    return false;
  return imstls_i_same_nocase(prot_of(a), prot_of(b)) && imstls_i_same_nocase(mod_of(a), mod_of(b));
}

/* The next entry that is not about media. */
static int next_access(imstls_text *rest, imstls_mechanism *out)
{
  int result;
  do {
    result = imstls_secagree_next(rest, out);
  } while (result == IMSTLS_OK && out->media);
  return result;
}

static bool holds(imstls_text list, const imstls_mechanism *wanted)
{
  imstls_mechanism entry;
  while (next_access(&list, &entry) == IMSTLS_OK) {
    if (same_entry(&entry, wanted))
      return true;
  }
  return false;
}

static bool is_bounded(imstls_text list)
{
  imstls_mechanism entry;
  size_t count = 0;
  while (imstls_secagree_next(&list, &entry) == IMSTLS_OK) {
    if (++count > ENTRIES_MAX)
      return false;
  }
  return true;
}

static bool is_subset(imstls_text a, imstls_text b)
{
  imstls_mechanism entry;
  while (next_access(&a, &entry) == IMSTLS_OK) {
    if (!holds(b, &entry))
      return false;
  }
  return true;
}

int imstls_secagree_same(imstls_text a, imstls_text b)
{
  if (!is_bounded(a) || !is_bounded(b))
    return IMSTLS_ERR_SECAGREE_MALFORMED;
  return is_subset(a, b) && is_subset(b, a) ? IMSTLS_OK : IMSTLS_ERR_SECAGREE_CHANGED;
}

int imstls_secagree_has(imstls_text list, int id)
{
  imstls_mechanism entry;
  int found = 0;
  while (next_access(&list, &entry) == IMSTLS_OK)
    found |= entry.id == id;
  return id != IMSTLS_MECHANISM_OTHER ? found : 0;
}
