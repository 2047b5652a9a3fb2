/* SPDX-License-Identifier: Apache-2.0 */
/* Responses to requests that are not SIP as it should be, or of which only the front part is there. What is repeated of
 * such a request was read first: a response is well formed whatever it answers. */
#include "sip/build.h"
#include "sip/lex.h"

/* What could be read; ptr NULL: nothing. */
typedef struct odd {
  imstls_text line, method; /* the start line, and its first word */
  const char *fields, *end; /* header fields, as far as they are there */
  imstls_text number, of;   /* CSeq's */
  imstls_text from, to, call_id;
  bool via;    /* the topmost can be read */
  bool tagged; /* To has a tag */
} odd;

/* Neither control characters nor line ends, folds apart. */
static bool is_plain(imstls_text value)
{
  for (size_t i = 0; i < value.len; i++) {
    unsigned char c = (unsigned char)value.ptr[i];
    if (c == 0x7f || (c < ' ' && !imstls_i_sip_is(value.ptr[i], IMSTLS_I_SPACE)))
      return false;
  }
  return true;
}

static bool is_visible(imstls_text value)
{
  for (size_t i = 0; i < value.len; i++) {
    if (value.ptr[i] <= ' ' || value.ptr[i] > '~')
      return false;
  }
  return value.len > 0;
}

static bool is_address(imstls_text value, bool *tagged)
{
  imstls_sip_address address;
  imstls_text rest = value;
  imstls_text name;
  imstls_text with;
  *tagged = false;
  if (!is_plain(value) || imstls_sip_address_next(&rest, &address) != IMSTLS_OK || rest.len > 0)
    return false;
  if (address.uri.len == 1)
    return false; /* "*" is for Contact */
  int result;
  while ((result = imstls_sip_param_next(&address.params, &name, &with)) == IMSTLS_OK) {
    if (imstls_text_is(name, "tag"))
      *tagged = true;
  }
  return result == IMSTLS_END;
}

static bool is_via(imstls_text value)
{
  return is_plain(value) && imstls_i_sip_via_front(value.ptr, value.ptr + value.len) != NULL;
}

static void read_cseq(odd *o, imstls_text value)
{
  uint64_t number;
  const char *end = value.ptr + value.len;
  const char *at = imstls_i_digits(value.ptr, end, &number);
  if (!at)
    return;
  const char *method = imstls_i_sip_skip_space(at, end);
  if (method == at || method == end || imstls_i_sip_span(method, end, IMSTLS_I_TOKEN) != end)
    return;
  o->number = imstls_i_sip_between(value.ptr, at);
  o->of = imstls_i_sip_between(method, end);
}

static bool is_empty_line(const char *at, const char *lf) { return lf == at || (lf == at + 1 && *at == '\r'); }

/* The next field that is one and surely whole: the octet after its line end is there. */
static bool next_field(const char **at, const char *end, imstls_i_sip_field *field)
{
  for (;;) {
    const char *from = *at;
    const char *lf = imstls_i_sip_line_end(from, end);
    if (!lf || lf + 1 == end || is_empty_line(from, lf))
      return false;
    *at = lf + 1;
    if (imstls_i_sip_split(from, lf, field))
      return true;
  }
}

/* The first field of a kind counts. */
static void read_field(odd *o, const imstls_i_sip_field *field, uint32_t *met)
{
  int id = imstls_i_sip_header_id(field->name);
  bool tagged;
  if ((*met & (1u << id)) != 0)
    return;
  *met |= 1u << id;
  switch (id) {
  case IMSTLS_HDR_VIA: o->via = is_via(field->value); break;
  case IMSTLS_HDR_FROM:
    if (is_address(field->value, &tagged))
      o->from = field->value;
    break;
  case IMSTLS_HDR_TO:
    if (is_address(field->value, &o->tagged))
      o->to = field->value;
    break;
  case IMSTLS_HDR_CALL_ID:
    if (is_visible(field->value))
      o->call_id = field->value;
    break;
  case IMSTLS_HDR_CSEQ: read_cseq(o, field->value); break;
  default: break;
  }
}

/* False: there is no request to be seen. */
static bool read_odd(odd *o, const char *buf, size_t len)
{
  const char *end = buf + len;
  memset(o, 0, sizeof *o);
  while (buf < end && (*buf == '\r' || *buf == '\n'))
    buf++; /* RFC 3261 7.5 */
  const char *lf = imstls_i_sip_seek(buf, end, '\n');
  if (!lf || lf == buf)
    return false;
  o->line = imstls_i_sip_between(buf, lf[-1] == '\r' ? lf - 1 : lf);
  const char *space = imstls_i_sip_span(buf, lf, IMSTLS_I_TOKEN);
  if (space == buf || *space != ' ')
    return false; /* also every response: "/" is in no method */
  o->method = imstls_i_sip_between(buf, space);
  o->fields = lf + 1;
  o->end = end;
  uint32_t met = 0;
  imstls_i_sip_field field;
  const char *at = o->fields;
  while (next_field(&at, end, &field))
    read_field(o, &field, &met);
  return true;
}

/* ACK gets no response, ever (RFC 3261 17.1.1.3). */
static bool is_due(const odd *o, bool whole)
{
  if (!o->via || !o->number.ptr)
    return false;
  if (imstls_i_same(o->method, IMSTLS_I_LIT("ACK")) || imstls_i_same(o->of, IMSTLS_I_LIT("ACK")))
    return false;
  return whole || (o->from.ptr && o->to.ptr && o->call_id.ptr);
}

/* The start line ends in another version of SIP than ours. */
static bool is_other_version(imstls_text line)
{
  const char *end = line.ptr + line.len;
  const char *word = end;
  while (word > line.ptr && word[-1] != ' ')
    word--;
  imstls_text version = imstls_i_sip_between(word, end);
  if (version.len < 7 || imstls_text_is(version, "SIP/2.0"))
    return false;
  if (!imstls_i_same_nocase(imstls_i_text(word, 4), IMSTLS_I_LIT("SIP/")))
    return false;
  uint64_t number;
  const char *dot = imstls_i_digits(word + 4, end, &number);
  return dot && dot < end && *dot == '.' && imstls_i_digits(dot + 1, end, &number) == end;
}

static uint32_t choose_status(const odd *o, int why, const char **reason)
{
  *reason = "Message Too Large";
  if (why != IMSTLS_ERR_SIP_MALFORMED)
    return 513;
  *reason = "Version Not Supported";
  if (is_other_version(o->line))
    return 505;
  *reason = "Not Implemented";
  if (!imstls_i_sip_is_known_method(o->method))
    return 501;
  *reason = "Bad Request";
  return 400;
}

/* Each as far as it can be read, in a field of its own. */
static void put_vias(const odd *o, imstls_i_writer *w)
{
  imstls_i_sip_field field;
  const char *at = o->fields;
  while (next_field(&at, o->end, &field)) {
    if (imstls_i_sip_header_id(field.name) != IMSTLS_HDR_VIA || !is_plain(field.value))
      continue;
    const char *end = field.value.ptr + field.value.len;
    const char *from = field.value.ptr;
    const char *stop;
    while ((stop = imstls_i_sip_via_front(from, end)) != NULL) {
      imstls_i_sip_open(w, "Via");
      imstls_i_put_unfolded(w, imstls_i_sip_trim(from, stop));
      imstls_i_sip_close(w);
      if (stop == end || *stop != ',')
        break;
      from = imstls_i_sip_skip_space(stop + 1, end);
    }
  }
}

/* RFC 3323 4.1.1.3 has the address of nobody. */
static void put_address(imstls_i_writer *w, imstls_text address)
{
  if (address.ptr)
    imstls_i_put_unfolded(w, address);
  else
    IMSTLS_I_PUT_LIT(w, "<sip:anonymous@anonymous.invalid>");
}

static void put_response(const odd *o, imstls_i_writer *w, const char *to_tag)
{
  imstls_text tag = imstls_i_text(to_tag, strlen(to_tag));
  put_vias(o, w);
  imstls_i_sip_open(w, "From");
  put_address(w, o->from);
  IMSTLS_I_PUT_LIT(w, "\r\nTo: ");
  put_address(w, o->to);
  if (!o->to.ptr || !o->tagged) {
    IMSTLS_I_PUT_LIT(w, ";tag=");
    imstls_i_put_text(w, tag);
  }
  IMSTLS_I_PUT_LIT(w, "\r\nCall-ID: ");
  imstls_i_put_text(w, o->call_id.ptr ? o->call_id : tag);
  IMSTLS_I_PUT_LIT(w, "\r\nCSeq: ");
  imstls_i_put_text(w, o->number);
  IMSTLS_I_PUT_LIT(w, " ");
  imstls_i_put_text(w, o->of);
  imstls_i_sip_close(w);
  imstls_i_sip_finish(w, imstls_i_text(NULL, 0));
}

int imstls_sip_refuse(const char *buf, size_t len, int why, const char *to_tag, char *out, size_t cap, size_t *out_len,
                      uint32_t *status)
{
  odd o;
  const char *reason;
  bool unusable = !buf || !to_tag || !out_len || !status;
  if (unusable)
    return IMSTLS_ERR_USAGE;
  if (!imstls_i_sip_is_token(to_tag) || (!out && cap > 0))
    return IMSTLS_ERR_USAGE;
  if (!read_odd(&o, buf, len) || !is_due(&o, why == IMSTLS_ERR_SIP_MALFORMED))
    return IMSTLS_END;
  imstls_i_writer w = imstls_i_writer_make(out, cap);
  uint32_t code = choose_status(&o, why, &reason);
  imstls_i_sip_status_line(&w, code, imstls_i_text(reason, strlen(reason)));
  put_response(&o, &w, to_tag);
  *out_len = w.len;
  if (w.failed || w.len > cap)
    return IMSTLS_ERR_CAPACITY;
  *status = code;
  return IMSTLS_OK;
}
