/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the header block: line ends by memchr, each name looked at once, values only trimmed. */
#include "sip/lex.h"

#define BIT(id) (1u << (id))

/* Quotes mean something in these; Call-ID and free text may hold a lone one. In the lists of which one element may be
 * odd without harm to the others (Contact, WWW- and Proxy-Authenticate, Security-*, Service-Route, P-Associated-URI) it
 * is for whoever reads them to pass over the rest of such a field. */
static const uint32_t structured = BIT(IMSTLS_HDR_VIA) | BIT(IMSTLS_HDR_FROM) | BIT(IMSTLS_HDR_TO) |
                                   BIT(IMSTLS_HDR_AUTHORIZATION) | BIT(IMSTLS_HDR_AUTHENTICATION_INFO) |
                                   BIT(IMSTLS_HDR_RECORD_ROUTE) | BIT(IMSTLS_HDR_ROUTE) | BIT(IMSTLS_HDR_EVENT) |
                                   BIT(IMSTLS_HDR_CONTENT_TYPE) | BIT(IMSTLS_HDR_PROXY_AUTHORIZATION);

/* No comma list, so a second field contradicts the first (RFC 3261 7.3.1). Content-Length is looked at by itself, and
 * of two Expires, which are met, the smaller one counts. */
static const uint32_t single = BIT(IMSTLS_HDR_FROM) | BIT(IMSTLS_HDR_TO) | BIT(IMSTLS_HDR_CALL_ID) |
                               BIT(IMSTLS_HDR_CSEQ) | BIT(IMSTLS_HDR_MIN_EXPIRES) | BIT(IMSTLS_HDR_RETRY_AFTER) |
                               BIT(IMSTLS_HDR_MAX_FORWARDS) | BIT(IMSTLS_HDR_FLOW_TIMER) | BIT(IMSTLS_HDR_EVENT) |
                               BIT(IMSTLS_HDR_CONTENT_TYPE);

_Static_assert(IMSTLS_HDR_COUNT <= 32, "the sets above hold 32 ids");
_Static_assert(IMSTLS_SIP_HEADERS_MAX <= UINT8_MAX, "count[] holds one octet each");

static bool quotes_balanced(imstls_text value)
{
  const char *end = value.ptr + value.len;
  const char *at = value.ptr;
  while ((at = imstls_i_sip_seek(at, end, '"')) != NULL) {
    at = imstls_i_sip_quote_end(at + 1, end);
    if (!at)
      return false;
    at++;
  }
  return true;
}

static bool is_version(const char *at, size_t len)
{
  if (len == 7 && memcmp(at, "SIP/2.0", 7) == 0)
    return true;
  return imstls_i_same_nocase(imstls_i_text(at, len), IMSTLS_I_LIT("SIP/2.0")); /* case: RFC 3261 7.1 */
}

/* SIP-Version SP Status-Code SP Reason-Phrase (7.2); the SP before an empty reason may be missing. */
static bool status_line(imstls_sip_message *m)
{
  const char *at = m->line.ptr + 8;
  size_t len = m->line.len - 8;
  bool no_status = len < 3 || at[0] < '1' || at[0] > '6' || !imstls_i_is_digit(at[1]) || !imstls_i_is_digit(at[2]);
  if (no_status)
    return false;
  if (len > 3 && at[3] != ' ')
    return false;
  m->status = (uint32_t)((at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0'));
  m->reason = len > 3 ? imstls_i_text(at + 4, len - 4) : imstls_i_text(at + 3, 0);
  return true;
}

/* Method SP Request-URI SP SIP-Version, single spaces (7.1). The line end after the line stops each scan as well. */
static bool request_line(imstls_sip_message *m)
{
  const char *at = m->line.ptr;
  const char *end = at + m->line.len;
  const char *space = imstls_i_sip_span(at, end, IMSTLS_I_TOKEN);
  if (space == at || *space != ' ')
    return false;
  m->method = imstls_i_sip_between(at, space);
  at = space + 1;
  space = imstls_i_sip_span(at, end, IMSTLS_I_URI);
  if (*space != ' ')
    return false;
  m->uri = imstls_i_sip_between(at, space);
  return imstls_i_sip_is_uri(m->uri) && is_version(space + 1, (size_t)(end - space - 1));
}

static bool start_line(imstls_sip_message *m)
{
  if (memchr(m->line.ptr, '\r', m->line.len) != NULL)
    return false;
  if (m->line.len > 8 && m->line.ptr[7] == ' ' && is_version(m->line.ptr, 7))
    return status_line(m);
  return request_line(m);
}

/* 1*DIGIT LWS Method; below 2^31 (8.1.1.5); in a request its method (8.1.1.5), in a response it is the only one. */
static bool cseq(imstls_sip_message *m)
{
  imstls_text value = m->first[IMSTLS_HDR_CSEQ];
  const char *end = value.ptr + value.len;
  uint64_t number;
  const char *at = imstls_i_digits(value.ptr, end, &number);
  if (!at || number > INT32_MAX)
    return false;
  const char *method = imstls_i_sip_skip_space(at, end);
  if (method == at || method == end || imstls_i_sip_span(method, end, IMSTLS_I_TOKEN) != end)
    return false;
  m->cseq = (uint32_t)number;
  imstls_text name = imstls_i_sip_between(method, end);
  if (m->status == 0)
    return imstls_i_same(name, m->method);
  m->method = name;
  return true;
}

static bool add_field(imstls_sip_message *m, const imstls_i_sip_field *field)
{
  int id = imstls_i_sip_header_id(field->name);
  if (id == IMSTLS_HDR_OTHER)
    return true;
  if ((structured & BIT(id)) != 0 && !quotes_balanced(field->value))
    return false;
  if (m->count[id]++ == 0) {
    m->first[id] = field->value;
    return true;
  }
  if (id != IMSTLS_HDR_CONTENT_LENGTH)
    return (single & BIT(id)) == 0;
  return imstls_i_whole_number(field->value) == imstls_i_whole_number(m->first[id]);
}

/* No LF follows: is that because the line has no end within its limit? */
static int unended(const char *at, const char *end)
{
  return (size_t)(end - at) > IMSTLS_SIP_LINE_MAX + 1 ? IMSTLS_ERR_SIP_OVERSIZED : IMSTLS_ERR_SIP_MALFORMED;
}

/* Octets from `at` to the LF, its CR not counted. */
static bool too_long(const char *at, const char *lf)
{
  size_t len = (size_t)(lf - at);
  if (len <= IMSTLS_SIP_LINE_MAX)
    return false;
  return len > IMSTLS_SIP_LINE_MAX + 1 || lf[-1] != '\r';
}

/* Reads fields up to the empty line, and past it. */
static int fields(imstls_sip_message *m, const char **cursor, const char *end)
{
  const char *at = *cursor;
  m->headers.ptr = at;
  for (unsigned seen = 0;; seen++) {
    const char *lf = imstls_i_sip_line_end(at, end);
    if (!lf)
      return unended(at, end);
    if (lf == at || (lf == at + 1 && *at == '\r')) {
      m->headers.len = (size_t)(at - m->headers.ptr);
      *cursor = lf + 1;
      return IMSTLS_OK;
    }
    if (too_long(at, lf) || seen == IMSTLS_SIP_HEADERS_MAX)
      return IMSTLS_ERR_SIP_OVERSIZED;
    imstls_i_sip_field field;
    if (!imstls_i_sip_split(at, lf, &field) || !add_field(m, &field))
      return IMSTLS_ERR_SIP_MALFORMED;
    at = field.next;
  }
}

/* RFC 3261 8.1.1: what every message has. */
static bool complete(const imstls_sip_message *m)
{
  return m->first[IMSTLS_HDR_VIA].len > 0 && m->first[IMSTLS_HDR_FROM].len > 0 && m->first[IMSTLS_HDR_TO].len > 0 &&
         m->first[IMSTLS_HDR_CALL_ID].len > 0 && m->first[IMSTLS_HDR_CSEQ].len > 0;
}

/* 18.3: what is missing is an error, what is left over belongs to no message. */
static bool body(imstls_sip_message *m, const char *at, const char *end)
{
  int64_t len = 0;
  if (m->count[IMSTLS_HDR_CONTENT_LENGTH] != 0)
    len = imstls_i_whole_number(m->first[IMSTLS_HDR_CONTENT_LENGTH]);
  if (len < 0 || len > end - at)
    return false;
  m->body = imstls_i_text(at, (size_t)len);
  m->raw = imstls_i_sip_between(m->line.ptr, at + len);
  return true;
}

int imstls_sip_parse(imstls_sip_message *message, const char *buf, size_t len)
{
  if (!message || !buf)
    return IMSTLS_ERR_USAGE;
  memset(message, 0, sizeof *message);
  message->size = sizeof *message;
  const char *end = buf + len;
  while (buf < end && (*buf == '\r' || *buf == '\n'))
    buf++; /* 7.5 */
  const char *lf = imstls_i_sip_seek(buf, end, '\n');
  if (!lf)
    return unended(buf, end);
  if (too_long(buf, lf))
    return IMSTLS_ERR_SIP_OVERSIZED;
  message->line = imstls_i_sip_between(buf, lf[-1] == '\r' ? lf - 1 : lf);
  if (!start_line(message))
    return IMSTLS_ERR_SIP_MALFORMED;
  const char *at = lf + 1;
  int result = fields(message, &at, end);
  if (result != IMSTLS_OK)
    return result;
  if (!complete(message) || !cseq(message) || !body(message, at, end))
    return IMSTLS_ERR_SIP_MALFORMED;
  return IMSTLS_OK;
}
