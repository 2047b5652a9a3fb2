/* SPDX-License-Identifier: Apache-2.0 */
/* Finds where a message ends on a stream without understanding it. Each octet is looked at once while the empty line is
 * awaited and the header block once more for Content-Length, however many pieces it comes in. */
#include "sip/lex.h"

/* Octets of a field whose LF is at `lf`, or that goes on beyond `lf`, its CR not counted. */
static bool too_long(const char *field, const char *lf)
{
  size_t len = (size_t)(lf - field);
  if (lf[-1] == '\r') len--; /* an octet precedes: no message begins with a line end */
  return len > IMSTLS_SIP_LINE_MAX;
}

static bool is_empty(const char *field, const char *lf) { return lf == field || (lf == field + 1 && *field == '\r'); }

/* Goes on from `scanned` to the empty line. */
static int find_header_end(imstls_sip_framer *framer, const char *buf, size_t len, size_t *header_len)
{
  const char *end = buf + len;
  for (;;) {
    const char *field = buf + framer->field;
    const char *lf = imstls_i_sip_seek(buf + framer->scanned, end, '\n');
    framer->scanned = lf == NULL ? len : (size_t)(lf - buf);
    if (too_long(field, buf + framer->scanned)) return IMSTLS_ERR_SIP_OVERSIZED;
    if (lf == NULL) return IMSTLS_PENDING;
    if (is_empty(field, lf)) {
      *header_len = (size_t)(lf - buf) + 1;
      return IMSTLS_OK;
    }
    if (lf + 1 == end) return IMSTLS_PENDING; /* the next octet tells whether the line is folded */
    framer->scanned++;
    if (lf[1] == ' ' || lf[1] == '\t') continue;
    framer->field = framer->scanned;
    if (framer->fields++ == IMSTLS_SIP_HEADERS_MAX + 1) return IMSTLS_ERR_SIP_OVERSIZED; /* 1: the start line */
  }
}

/* RFC 3261 18.3, 20.14; absent: no body. Lines that are no header fields are left for the parser to refuse. */
static int content_length(const char *at, const char *end, size_t *body_len)
{
  int64_t found = -1;
  for (const char *lf; (lf = imstls_i_sip_line_end(at, end)) != NULL; at = lf + 1) {
    imstls_i_sip_field field;
    if (imstls_i_lower(*at) != 'c' && imstls_i_lower(*at) != 'l') continue;
    if (!imstls_i_sip_split(at, lf, &field)) continue;
    if (imstls_i_sip_header_id(field.name) != IMSTLS_HDR_CONTENT_LENGTH) continue;
    int64_t number = imstls_i_sip_whole_number(field.value);
    if (number < 0 || (found >= 0 && found != number)) return IMSTLS_ERR_SIP_MALFORMED;
    found = number;
  }
  *body_len = found < 0 ? 0 : found > UINT32_MAX ? SIZE_MAX : (size_t)found;
  return IMSTLS_OK;
}

static int read_header(imstls_sip_framer *framer, const char *buf, size_t len, size_t max)
{
  size_t header_len;
  int result = find_header_end(framer, buf, len, &header_len);
  if (result == IMSTLS_PENDING) return len >= max ? IMSTLS_ERR_SIP_OVERSIZED : IMSTLS_PENDING;
  if (result != IMSTLS_OK) return result;
  if (header_len > max) return IMSTLS_ERR_SIP_OVERSIZED;
  result = content_length(buf, buf + header_len, &framer->body_len);
  if (result == IMSTLS_OK) framer->header_len = header_len;
  return result;
}

int imstls_sip_frame(imstls_sip_framer *framer, const char *buf, size_t len, size_t max, size_t *skip,
                     size_t *message_len)
{
  if (framer == NULL || skip == NULL || message_len == NULL || (buf == NULL && len > 0)) return IMSTLS_ERR_USAGE;
  *skip = 0;
  if (framer->scanned == 0) { /* RFC 3261 7.5 */
    while (*skip < len && (buf[*skip] == '\r' || buf[*skip] == '\n')) ++*skip;
  }
  if (*skip == len) return IMSTLS_PENDING;
  buf += *skip;
  len -= *skip;
  if (framer->scanned > len) return IMSTLS_ERR_USAGE;
  if (framer->header_len == 0) {
    int result = read_header(framer, buf, len, max);
    if (result != IMSTLS_OK) return result;
  }
  if (framer->body_len > max - framer->header_len) return IMSTLS_ERR_SIP_OVERSIZED;
  if (framer->body_len > len - framer->header_len) return IMSTLS_PENDING;
  *message_len = framer->header_len + framer->body_len;
  size_t size = framer->size;
  memset(framer, 0, sizeof *framer);
  framer->size = size;
  return IMSTLS_OK;
}
