/* SPDX-License-Identifier: Apache-2.0 */
/* Finds where a message ends on a stream without understanding it: the empty line after the header fields, and the
 * Content-Length among them. Each octet of them is looked at once, however many pieces they come in, and none is needed
 * again: what does not fit its buffer can be dropped as it comes. */
#include "sip/lex.h"

/* Where the scan stands in a header block. */
enum place {
  BEFORE = 0, /* the start line */
  LINE,       /* a line that does not matter here */
  NAME,       /* a name that may become Content-Length */
  COLON,      /* after that name */
  BLANK,      /* before its digits */
  DIGITS,
  AFTER, /* after them */
  BODY,
  BROKEN
};
enum line_end { NO_END = 0, LF_SEEN, EMPTY_CR }; /* EMPTY_CR: a CR right after the line end */

static bool in_length(const imstls_sip_framer *framer) { return framer->place >= BLANK && framer->place <= AFTER; }

static int broken(imstls_sip_framer *framer)
{
  framer->place = BROKEN;
  return IMSTLS_ERR_SIP_MALFORMED;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* A field is complete. RFC 3261 18.3, 20.14; lines that are no header fields are left for the parser to refuse. */
static int end_field(imstls_sip_framer *framer)
{
  if (!in_length(framer))
    return IMSTLS_OK;
  if (framer->place == BLANK)
    return broken(framer);
  if (framer->has_length && framer->body_len != framer->number)
    return broken(framer);
  framer->has_length = 1;
  framer->body_len = framer->number;
  return IMSTLS_OK;
}

static void begin_field(imstls_sip_framer *framer, char c)
{
  char letter = imstls_i_lower(c);
  framer->line_end = NO_END;
  framer->matched = 1;
  framer->place = letter == 'c' ? NAME : LINE;
  if (letter == 'l')
    framer->place = COLON;
}

/* RFC 3261 7.3.1: the line before goes on. */
static void fold(imstls_sip_framer *framer)
{
  framer->line_end = NO_END;
  if (framer->place == COLON)
    framer->place = LINE;
  if (framer->place == DIGITS)
    framer->place = AFTER;
}

/* The octet after a line end. OK: the header block ends here. */
static int after_line(imstls_sip_framer *framer, char c)
{
  if (framer->line_end == EMPTY_CR) {
    if (c == '\n')
      return IMSTLS_OK;
    framer->line_end = NO_END; /* a line that begins with a lone CR */
    framer->place = LINE;
    return IMSTLS_PENDING;
  }
  if (is_blank(c)) {
    fold(framer);
    return IMSTLS_PENDING;
  }
  int result = end_field(framer);
  if (result != IMSTLS_OK || c == '\n')
    return result;
  if (c == '\r') {
    framer->line_end = EMPTY_CR;
    framer->place = LINE;
  } else {
    begin_field(framer, c);
  }
  return IMSTLS_PENDING;
}

/* The letters of a name as far as they are there. */
static const char *in_name(imstls_sip_framer *framer, const char *at, const char *end)
{
  static const char name[] = "content-length";
  while (at < end && framer->place == NAME) {
    if (imstls_i_lower(*at) != name[framer->matched]) {
      framer->place = LINE;
      break;
    }
    at++;
    if (++framer->matched == sizeof name - 1)
      framer->place = COLON;
  }
  return at;
}

/* May a line that begins so be empty, or Content-Length? Some others are looked at for nothing. */
static bool may_matter(char c)
{
  char folded = imstls_i_sip_fold(c);
  return folded == 'c' || folded == 'l' || c == '\r' || c == '\n';
}

/* From inside a line that does not matter to the end of the last such line that is there. */
static const char *in_line(const char *at, const char *end)
{
  const char *lf;
  while ((lf = imstls_i_sip_seek(at, end, '\n')) != NULL) {
    at = lf + 1;
    if (at == end || may_matter(*at))
      return lf;
  }
  return end;
}

static void after_name(imstls_sip_framer *framer, char c)
{
  if (is_blank(c))
    return;
  framer->place = c == ':' ? BLANK : LINE;
  framer->number = 0;
  framer->lone_cr = 0;
}

static void add_digit(imstls_sip_framer *framer, char c)
{
  framer->place = DIGITS;
  framer->number = framer->number * 10 + (uint64_t)(c - '0');
  if (framer->number > UINT32_MAX)
    framer->number = (uint64_t)UINT32_MAX + 1;
}

/* Digits between white space. A CR in it must belong to a line end, or others would read another length. */
static int in_value(imstls_sip_framer *framer, char c)
{
  if (framer->lone_cr)
    return broken(framer);
  if (c == '\r') {
    framer->lone_cr = 1;
    return IMSTLS_PENDING;
  }
  if (imstls_i_is_digit(c) && framer->place != AFTER) {
    add_digit(framer, c);
    return IMSTLS_PENDING;
  }
  if (!is_blank(c))
    return broken(framer);
  if (framer->place == DIGITS)
    framer->place = AFTER;
  return IMSTLS_PENDING;
}

static int look_at(imstls_sip_framer *framer, char c)
{
  if (framer->line_end != NO_END)
    return after_line(framer, c);
  if (c == '\n') {
    framer->line_end = LF_SEEN;
    framer->lone_cr = 0;
    return IMSTLS_PENDING;
  }
  if (in_length(framer))
    return in_value(framer, c);
  if (framer->place == COLON)
    after_name(framer, c);
  return IMSTLS_PENDING;
}

/* Up to and past the empty line; PENDING: all that there is was looked at. */
static int find_header_end(imstls_sip_framer *framer, const char **cursor, const char *end)
{
  const char *at = *cursor;
  int result = framer->place == BROKEN ? IMSTLS_ERR_SIP_MALFORMED : IMSTLS_PENDING;
  if (framer->place == BEFORE)
    framer->place = LINE;
  while (result == IMSTLS_PENDING && at < end) {
    if (framer->line_end == NO_END)
      at = in_name(framer, at, end);
    if (framer->line_end == NO_END && framer->place == LINE)
      at = in_line(at, end);
    if (at == end)
      break;
    result = look_at(framer, *at++);
  }
  if (result == IMSTLS_OK)
    framer->place = BODY;
  *cursor = at;
  return result;
}

static int read_header(imstls_sip_framer *framer, const char *buf, size_t len, size_t max)
{
  const char *at = buf + framer->scanned;
  int result = find_header_end(framer, &at, buf + (len < max ? len : max));
  framer->scanned = (size_t)(at - buf);
  return result == IMSTLS_PENDING && len >= max ? IMSTLS_ERR_SIP_OVERSIZED : result;
}

static void begin_anew(imstls_sip_framer *framer)
{
  size_t size = framer->size;
  memset(framer, 0, sizeof *framer);
  framer->size = size;
}

int imstls_sip_frame(imstls_sip_framer *framer, const char *buf, size_t len, size_t max, size_t *skip,
                     size_t *message_len)
{
  bool unusable = !framer || !skip || !message_len || (!buf && len > 0);
  if (unusable)
    return IMSTLS_ERR_USAGE;
  *skip = 0;
  if (framer->place == BEFORE) { /* RFC 3261 7.5 */
    while (*skip < len && (buf[*skip] == '\r' || buf[*skip] == '\n'))
      ++*skip;
  }
  if (*skip == len)
    return IMSTLS_PENDING;
  buf += *skip;
  len -= *skip;
  if (framer->scanned > len)
    return IMSTLS_ERR_USAGE;
  int result = framer->place == BODY ? IMSTLS_OK : read_header(framer, buf, len, max);
  if (result != IMSTLS_OK)
    return result;
  size_t header_len = framer->scanned;
  if (framer->body_len > UINT32_MAX || framer->body_len > max - header_len)
    return IMSTLS_ERR_SIP_OVERSIZED;
  if (framer->body_len > len - header_len)
    return IMSTLS_PENDING;
  *message_len = header_len + (size_t)framer->body_len;
  begin_anew(framer);
  return IMSTLS_OK;
}

int imstls_sip_skip(imstls_sip_framer *framer, const char *buf, size_t len, size_t *taken)
{
  bool unusable = !framer || !taken || (!buf && len > 0);
  if (unusable)
    return IMSTLS_ERR_USAGE;
  if (framer->place == BEFORE || framer->scanned > len)
    return IMSTLS_ERR_USAGE;
  *taken = len;
  if (len == 0)
    return IMSTLS_PENDING;
  const char *at = buf + framer->scanned;
  const char *end = buf + len;
  framer->scanned = 0; /* what was looked at is dropped */
  int result = framer->place == BODY ? IMSTLS_OK : find_header_end(framer, &at, end);
  if (result != IMSTLS_OK)
    return result;
  if (framer->body_len > UINT32_MAX)
    return IMSTLS_ERR_SIP_OVERSIZED;
  bool goes_on = framer->body_len > (uint64_t)(end - at);
  size_t n = goes_on ? (size_t)(end - at) : (size_t)framer->body_len;
  framer->body_len -= n;
  if (goes_on)
    return IMSTLS_PENDING;
  *taken = (size_t)(at - buf) + n;
  begin_anew(framer);
  return IMSTLS_OK;
}
