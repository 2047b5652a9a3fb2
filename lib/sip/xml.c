/* SPDX-License-Identifier: Apache-2.0 */
/* XML 1.0 (W3C, fifth edition; numbers in comments are its productions and clauses) and Namespaces in XML 1.0. A scan
 * takes the text left and the end of the text, as in lex.h, and gives NULL for what may not stand there. */
#include "sip/xml.h"

#include "sip/lex.h"

/* ["prefix:"] local */
typedef struct qname {
  imstls_text whole, prefix, local; /* no prefix: ptr NULL */
} qname;

typedef struct attribute {
  qname name;
  imstls_text value;
} attribute;

/* What the start tag of an element does to the prefix that stands for the namespace. */
typedef struct rebinding {
  imstls_text taken; /* the prefix that it gives to the namespace; ptr NULL: none */
  bool is_dropped;   /* it gives the inherited one to something else */
} rebinding;

/* Absent is like nothing. */
static bool same_present(imstls_text a, imstls_text b) { return a.ptr && b.ptr && imstls_i_same(a, b); }

/* [2] in UTF-8, whose octets above 0x7f pass. */
static bool may_stand(char c) { return (unsigned char)c >= ' ' || c == '\t' || c == '\r' || c == '\n'; }

/* [2] */
static bool is_character(uint32_t code)
{
  if (code < ' ')
    return code == '\t' || code == '\r' || code == '\n';
  bool is_never = (code >= 0xd800 && code <= 0xdfff) || code == 0xfffe || code == 0xffff;
  return !is_never && code <= 0x10ffff;
}

/* [4] without ':' */
static bool begins_name(char c)
{
  return imstls_i_sip_is(c, IMSTLS_I_NAME) && !imstls_i_is_digit(c) && c != '-' && c != '.';
}

static bool starts_with(const char *at, const char *end, imstls_text mark)
{
  return (size_t)(end - at) >= mark.len && memcmp(at, mark.ptr, mark.len) == 0;
}

/* Past the first `mark`. */
static const char *after(const char *at, const char *end, imstls_text mark)
{
  for (; at < end; at++) {
    if (*at == *mark.ptr && starts_with(at, end, mark))
      return at + mark.len;
    if (!may_stand(*at))
      return NULL;
  }
  return NULL;
}

static const char *ncname(const char *at, const char *end)
{
  return at < end && begins_name(*at) ? imstls_i_sip_span(at, end, IMSTLS_I_NAME) : NULL;
}

static const char *read_name(const char *at, const char *end, qname *name)
{
  const char *from = at, *local = at;
  name->prefix = imstls_i_text(NULL, 0);
  at = ncname(at, end);
  if (at && at < end && *at == ':') {
    name->prefix = imstls_i_sip_between(from, at);
    local = at + 1;
    at = ncname(local, end);
  }
  if (!at)
    return NULL;
  name->local = imstls_i_sip_between(local, at);
  name->whole = imstls_i_sip_between(from, at);
  return at;
}

/* --- references [66], [68] --- */

/* "#" digits, or "#x" hex digits */
static bool read_number(imstls_text text, uint32_t *code)
{
  bool is_hex = text.len > 1 && text.ptr[1] == 'x';
  unsigned base = is_hex ? 16 : 10;
  size_t first = is_hex ? 2 : 1;
  uint32_t number = 0;
  for (size_t i = first; i < text.len; i++) {
    unsigned digit = imstls_i_hex_value(text.ptr[i]);
    if (digit >= base)
      return false;
    number = number * base + digit;
    if (number > 0x10ffff)
      return false;
  }
  *code = number;
  return text.len > first && is_character(number);
}

static bool read_entity(imstls_text name, uint32_t *code)
{
  static const imstls_text names[] = { { "lt", 2 }, { "gt", 2 }, { "amp", 3 }, { "quot", 4 }, { "apos", 4 } };
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (imstls_i_same(name, names[i])) {
      *code = (unsigned char)"<>&\"'"[i];
      return true;
    }
  }
  return false;
}

/* From the '&'. */
static const char *reference(const char *at, const char *end, uint32_t *code)
{
  const char *stop = imstls_i_sip_seek(at, end, ';');
  if (!stop)
    return NULL;
  imstls_text name = imstls_i_sip_between(at + 1, stop);
  bool is_number = name.len != 0 && name.ptr[0] == '#';
  bool is_known = is_number ? read_number(name, code) : read_entity(name, code);
  return is_known ? stop + 1 : NULL;
}

/* RFC 3629 3 */
static void put_character(imstls_i_writer *w, uint32_t code)
{
  static const uint8_t first[] = { 0, 0xc0, 0xe0, 0xf0 };
  char octets[4];
  size_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  for (size_t i = more; i > 0; i--) {
    octets[i] = (char)(0x80 | (code & 0x3f));
    code >>= 6;
  }
  octets[0] = (char)(first[more] | code);
  imstls_i_put(w, octets, more + 1);
}

bool imstls_i_xml_decode(imstls_text text, imstls_i_writer *w)
{
  const char *at = text.ptr, *end = text.len ? at + text.len : at;
  uint32_t code;
  while (at < end) {
    const char *sign = imstls_i_sip_seek(at, end, '&');
    imstls_i_put_text(w, imstls_i_sip_between(at, sign ? sign : end));
    if (!sign)
      break;
    at = reference(sign, end, &code);
    if (!at)
      return false;
    put_character(w, code);
  }
  return true;
}

/* --- tags --- */

/* [10], [14]: no markup, and references alone begin with '&'. */
static bool is_data(imstls_text text)
{
  const char *at = text.ptr, *end = text.ptr + text.len;
  uint32_t code;
  while (at && (at = imstls_i_sip_span(at, end, IMSTLS_I_DATA)) < end) {
    bool is_quote = *at == '"' || *at == '\'';
    if (!is_quote && *at != '&')
      return false;
    at = is_quote ? at + 1 : reference(at, end, &code);
  }
  return at != NULL;
}

/* [41], but that the value may be anything. */
static const char *read_attribute(const char *at, const char *end, attribute *a)
{
  at = read_name(at, end, &a->name);
  if (!at)
    return NULL;
  at = imstls_i_sip_skip_space(at, end);
  if (at == end || *at != '=')
    return NULL;
  at = imstls_i_sip_skip_space(at + 1, end);
  if (at == end || (*at != '"' && *at != '\''))
    return NULL;
  const char *stop = imstls_i_sip_seek(at + 1, end, *at);
  if (!stop)
    return NULL;
  a->value = imstls_i_sip_between(at + 1, stop);
  return stop + 1;
}

bool imstls_i_xml_attribute(imstls_text *rest, imstls_text *name, imstls_text *value)
{
  attribute a;
  const char *end = rest->ptr + rest->len;
  const char *at = read_attribute(imstls_i_sip_skip_space(rest->ptr, end), end, &a);
  if (!at)
    return false;
  *rest = imstls_i_sip_between(at, end);
  *name = a.name.whole;
  *value = a.value;
  return true;
}

/* The names that one tag gave to attributes, as places behind `from`. */
typedef struct names {
  const char *from;
  uint32_t marks; /* few names share one, so those that came are seldom compared */
  size_t count;
  struct {
    uint16_t at, len;
  } name[IMSTLS_REGINFO_ATTRIBUTES];
} names;
_Static_assert(IMSTLS_REGINFO_MAX <= UINT16_MAX + 1, "a place in a document is too much for 16 bits");

static bool came_before(const names *met, imstls_text name)
{
  for (size_t i = 0; i < met->count; i++) {
    if (imstls_i_same(imstls_i_text(met->from + met->name[i].at, met->name[i].len), name))
      return true;
  }
  return false;
}

static uint32_t mark_of(imstls_text name)
{
  size_t ends = 2 * (size_t)name.ptr[0] + (size_t)name.ptr[name.len - 1];
  return UINT32_C(1) << ((ends + name.len) % 32);
}

/* What a document may cost: one for an element or an attribute, and one for a name that has to be compared. */
static bool spend(imstls_xml_private *x)
{
  if (x->left == 0)
    return false;
  x->left--;
  return true;
}

static int take_name(imstls_xml_private *x, names *met, imstls_text name)
{
  uint32_t mark = mark_of(name);
  if ((met->marks & mark) != 0) {
    if (!spend(x))
      return IMSTLS_ERR_SIP_OVERSIZED;
    if (came_before(met, name))
      return IMSTLS_ERR_SIP_MALFORMED;
  }
  if (met->count == IMSTLS_REGINFO_ATTRIBUTES || !spend(x))
    return IMSTLS_ERR_SIP_OVERSIZED;
  met->marks |= mark;
  met->name[met->count].at = (uint16_t)(name.ptr - met->from);
  met->name[met->count++].len = (uint16_t)name.len;
  return IMSTLS_OK;
}

/* "xmlns:..." (Namespaces 3). False: a reserved prefix, none taken back (5), or two for our namespace. */
static bool bind_prefix(const imstls_xml_level_private *now, imstls_text ns, const attribute *a, rebinding *change)
{
  imstls_text prefix = a->name.local;
  bool is_reserved = imstls_i_same(prefix, IMSTLS_I_LIT("xml")) || imstls_i_same(prefix, IMSTLS_I_LIT("xmlns"));
  if (is_reserved || a->value.len == 0)
    return false;
  bool is_inherited = same_present(prefix, imstls_i_text(now->prefix, now->prefix_len));
  if (!imstls_i_same(a->value, ns)) {
    change->is_dropped = change->is_dropped || is_inherited;
    return true;
  }
  if (is_inherited)
    return true;
  bool is_second = change->taken.ptr != NULL;
  change->taken = prefix;
  return !is_second;
}

static bool declare(imstls_xml_level_private *now, imstls_text ns, const attribute *a, rebinding *change)
{
  bool is_default = !a->name.prefix.ptr && imstls_i_same(a->name.local, IMSTLS_I_LIT("xmlns"));
  bool is_prefix = same_present(a->name.prefix, IMSTLS_I_LIT("xmlns"));
  if (!is_default && !is_prefix)
    return true;
  if (imstls_i_sip_seek(a->value.ptr, a->value.ptr + a->value.len, '&'))
    return false;
  if (is_prefix)
    return bind_prefix(now, ns, a, change);
  now->is_default = imstls_i_same(a->value, ns);
  return true;
}

/* The declarations of a tag hold together, whatever their order. */
static bool rebind(imstls_xml_level_private *now, const rebinding *change)
{
  if (now->prefix && change->taken.ptr && !change->is_dropped)
    return false;
  if (change->is_dropped || change->taken.ptr) {
    now->prefix = change->taken.ptr;
    now->prefix_len = (uint16_t)change->taken.len;
  }
  return true;
}

/* [40], [44]: from after the name to the '>' or '/'. */
static int read_attributes(imstls_xml_private *x, const char **place, imstls_xml_level_private *now)
{
  names met;
  rebinding change = { { NULL, 0 }, false };
  attribute a;
  met.from = *place;
  met.marks = 0;
  met.count = 0;
  for (;;) {
    const char *at = imstls_i_sip_skip_space(*place, x->end);
    if (at < x->end && (*at == '>' || *at == '/')) {
      *place = at;
      return rebind(now, &change) ? IMSTLS_OK : IMSTLS_ERR_SIP_MALFORMED;
    }
    const char *next = at > *place ? read_attribute(at, x->end, &a) : NULL;
    if (!next || !is_data(a.value) || !declare(now, x->ns, &a, &change))
      return IMSTLS_ERR_SIP_MALFORMED;
    int result = take_name(x, &met, a.name.whole);
    if (result)
      return result;
    *place = next;
  }
}

static bool is_ours(const imstls_xml_level_private *now, imstls_text prefix)
{
  imstls_text bound = imstls_i_text(now->prefix, now->prefix_len);
  return prefix.ptr ? same_present(prefix, bound) : now->is_default != 0;
}

/* [40], [44] */
static int open_element(imstls_xml_private *x, imstls_i_xml_piece *piece)
{
  static const imstls_xml_level_private outside;
  qname name;
  const char *at = read_name(x->at + 1, x->end, &name);
  bool is_second_root = x->depth == 0 && x->rooted;
  if (!at || is_second_root || same_present(name.prefix, IMSTLS_I_LIT("xmlns")))
    return IMSTLS_ERR_SIP_MALFORMED;
  if (x->depth == IMSTLS_REGINFO_DEPTH || !spend(x))
    return IMSTLS_ERR_SIP_OVERSIZED;
  imstls_xml_level_private *now = &x->open[x->depth];
  *now = x->depth ? x->open[x->depth - 1] : outside;
  now->name = name.whole.ptr;
  now->name_len = (uint16_t)name.whole.len;
  const char *from = at;
  int result = read_attributes(x, &at, now);
  if (result)
    return result;
  *piece = (imstls_i_xml_piece){ name.local, imstls_i_sip_between(from, at), is_ours(now, name.prefix) };
  x->closing = *at == '/';
  at += x->closing;
  if (at == x->end || *at != '>')
    return IMSTLS_ERR_SIP_MALFORMED;
  x->at = at + 1;
  x->depth++;
  x->rooted = 1;
  return IMSTLS_I_XML_OPEN;
}

/* [42]: the name that was opened last, whole, since white space or '>' follows it. */
static int close_element(imstls_xml_private *x)
{
  const char *at = x->at + 2;
  const imstls_xml_level_private *last = x->depth ? &x->open[x->depth - 1] : NULL;
  if (!last || !starts_with(at, x->end, imstls_i_text(last->name, last->name_len)))
    return IMSTLS_ERR_SIP_MALFORMED;
  at = imstls_i_sip_skip_space(at + last->name_len, x->end);
  if (at == x->end || *at != '>')
    return IMSTLS_ERR_SIP_MALFORMED;
  x->at = at + 1;
  x->depth--;
  return IMSTLS_I_XML_CLOSE;
}

/* --- the rest of the markup --- */

/* [15]: "--" is nowhere but at its end. */
static const char *comment(const char *at, const char *end)
{
  if (!starts_with(at, end, IMSTLS_I_LIT("<!--")))
    return NULL; /* no document type [28] */
  at = after(at + 4, end, IMSTLS_I_LIT("--"));
  return at && at < end && *at == '>' ? at + 1 : NULL;
}

/* [16], [17] */
static const char *instruction(const char *at, const char *end)
{
  const char *from = at + 2;
  at = ncname(from, end);
  if (!at || imstls_i_is(imstls_i_sip_between(from, at), "xml"))
    return NULL;
  bool is_apart = at < end && imstls_i_sip_is(*at, IMSTLS_I_SPACE);
  return is_apart || starts_with(at, end, IMSTLS_I_LIT("?>")) ? after(at, end, IMSTLS_I_LIT("?>")) : NULL;
}

/* [18]; outside the root there is none. */
static int cdata(imstls_xml_private *x, imstls_i_xml_piece *piece)
{
  const char *from = x->at + 9;
  const char *at = after(from, x->end, IMSTLS_I_LIT("]]>"));
  if (!at || x->depth == 0)
    return IMSTLS_ERR_SIP_MALFORMED;
  piece->text = imstls_i_sip_between(from, at - 3);
  x->at = at;
  return IMSTLS_I_XML_CDATA;
}

/* [14] */
static int text(imstls_xml_private *x, imstls_i_xml_piece *piece)
{
  const char *at = imstls_i_sip_seek(x->at, x->end, '<');
  at = at ? at : x->end;
  piece->text = imstls_i_sip_between(x->at, at);
  bool ends_cdata = imstls_i_sip_seek(x->at, at, '>') && after(x->at, at, IMSTLS_I_LIT("]]>"));
  if (ends_cdata || !is_data(piece->text))
    return IMSTLS_ERR_SIP_MALFORMED;
  x->at = at;
  return IMSTLS_I_XML_TEXT;
}

/* White space outside the root [27], comments and instructions are passed over. */
int imstls_i_xml_next(imstls_xml_private *x, imstls_i_xml_piece *piece)
{
  if (x->closing) {
    x->closing = 0;
    x->depth--;
    return IMSTLS_I_XML_CLOSE;
  }
  while (x->at) {
    if (x->depth == 0)
      x->at = imstls_i_sip_skip_space(x->at, x->end);
    if (x->at == x->end)
      return x->rooted && x->depth == 0 ? IMSTLS_END : IMSTLS_ERR_SIP_MALFORMED;
    if (*x->at != '<')
      return x->depth ? text(x, piece) : IMSTLS_ERR_SIP_MALFORMED;
    switch (x->end - x->at > 1 ? x->at[1] : '\0') {
    case '/': return close_element(x);
    case '?': x->at = instruction(x->at, x->end); break;
    case '!':
      if (starts_with(x->at, x->end, IMSTLS_I_LIT("<![CDATA[")))
        return cdata(x, piece);
      x->at = comment(x->at, x->end);
      break;
    default: return open_element(x, piece);
    }
  }
  return IMSTLS_ERR_SIP_MALFORMED;
}

/* [23], [32], [80]: what it says, in this order. */
static bool may_declare(unsigned *place, const attribute *a)
{
  unsigned before = *place;
  if (imstls_i_same(a->name.whole, IMSTLS_I_LIT("version"))) {
    *place = 1;
    return before == 0 && imstls_i_same(a->value, IMSTLS_I_LIT("1.0"));
  }
  if (imstls_i_same(a->name.whole, IMSTLS_I_LIT("encoding"))) {
    *place = 2;
    return before == 1 && (imstls_i_is(a->value, "UTF-8") || imstls_i_is(a->value, "US-ASCII"));
  }
  *place = 3;
  bool is_word = imstls_i_same(a->value, IMSTLS_I_LIT("yes")) || imstls_i_same(a->value, IMSTLS_I_LIT("no"));
  return (before == 1 || before == 2) && is_word && imstls_i_same(a->name.whole, IMSTLS_I_LIT("standalone"));
}

/* From after "<?xml". */
static const char *declaration(const char *at, const char *end)
{
  attribute a;
  for (unsigned place = 0;;) {
    const char *from = at;
    at = imstls_i_sip_skip_space(at, end);
    if (place > 0 && starts_with(at, end, IMSTLS_I_LIT("?>")))
      return at + 2;
    at = at > from ? read_attribute(at, end, &a) : NULL;
    if (!at || !may_declare(&place, &a))
      return NULL;
  }
}

bool imstls_i_xml_begin(imstls_xml_private *x, imstls_text body, imstls_text ns)
{
  const char *end = body.ptr + body.len;
  const char *at = body.ptr;
  if (starts_with(at, end, IMSTLS_I_LIT("\xef\xbb\xbf"))) /* the mark of UTF-8 */
    at += 3;
  if (end - at > 5 && starts_with(at, end, IMSTLS_I_LIT("<?xml")) && imstls_i_sip_is(at[5], IMSTLS_I_SPACE))
    at = declaration(at + 5, end);
  uint32_t left = IMSTLS_REGINFO_FREE + (uint32_t)(body.len / IMSTLS_REGINFO_SPARSE);
  *x = (imstls_xml_private){ .at = at, .end = end, .ns = ns, .left = left };
  return at != NULL;
}
