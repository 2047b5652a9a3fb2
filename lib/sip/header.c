/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/lex.h"

/* Long names, as nearly everybody writes them: the same octets are compared soonest (RFC 3261 7.3.3, 20). */
typedef struct known {
  char name[20];
  uint8_t len;
} known;

#define KNOWN(s)                                                                                                       \
  {                                                                                                                    \
    s, sizeof(s) - 1                                                                                                   \
  }
static const known names[IMSTLS_HDR_COUNT] = {
  [IMSTLS_HDR_VIA] = KNOWN("Via"),
  [IMSTLS_HDR_FROM] = KNOWN("From"),
  [IMSTLS_HDR_TO] = KNOWN("To"),
  [IMSTLS_HDR_CALL_ID] = KNOWN("Call-ID"),
  [IMSTLS_HDR_CSEQ] = KNOWN("CSeq"),
  [IMSTLS_HDR_CONTACT] = KNOWN("Contact"),
  [IMSTLS_HDR_CONTENT_LENGTH] = KNOWN("Content-Length"),
  [IMSTLS_HDR_EXPIRES] = KNOWN("Expires"),
  [IMSTLS_HDR_MIN_EXPIRES] = KNOWN("Min-Expires"),
  [IMSTLS_HDR_RETRY_AFTER] = KNOWN("Retry-After"),
  [IMSTLS_HDR_WWW_AUTHENTICATE] = KNOWN("WWW-Authenticate"),
  [IMSTLS_HDR_AUTHORIZATION] = KNOWN("Authorization"),
  [IMSTLS_HDR_AUTHENTICATION_INFO] = KNOWN("Authentication-Info"),
  [IMSTLS_HDR_SECURITY_CLIENT] = KNOWN("Security-Client"),
  [IMSTLS_HDR_SECURITY_SERVER] = KNOWN("Security-Server"),
  [IMSTLS_HDR_SECURITY_VERIFY] = KNOWN("Security-Verify"),
  [IMSTLS_HDR_SERVICE_ROUTE] = KNOWN("Service-Route"),
  [IMSTLS_HDR_P_ASSOCIATED_URI] = KNOWN("P-Associated-URI"),
  [IMSTLS_HDR_REQUIRE] = KNOWN("Require"),
  [IMSTLS_HDR_PROXY_REQUIRE] = KNOWN("Proxy-Require"),
  [IMSTLS_HDR_SUPPORTED] = KNOWN("Supported"),
  [IMSTLS_HDR_UNSUPPORTED] = KNOWN("Unsupported"),
  [IMSTLS_HDR_RECORD_ROUTE] = KNOWN("Record-Route"),
  [IMSTLS_HDR_ROUTE] = KNOWN("Route"),
  [IMSTLS_HDR_MAX_FORWARDS] = KNOWN("Max-Forwards"),
  [IMSTLS_HDR_FLOW_TIMER] = KNOWN("Flow-Timer"),
  [IMSTLS_HDR_EVENT] = KNOWN("Event"),
  [IMSTLS_HDR_CONTENT_TYPE] = KNOWN("Content-Type"),
  [IMSTLS_HDR_PROXY_AUTHENTICATE] = KNOWN("Proxy-Authenticate"),
  [IMSTLS_HDR_PROXY_AUTHORIZATION] = KNOWN("Proxy-Authorization"),
};

static int compact_id(char c)
{
  switch (imstls_i_sip_fold(c)) {
  case 'v': return IMSTLS_HDR_VIA;
  case 'f': return IMSTLS_HDR_FROM;
  case 't': return IMSTLS_HDR_TO;
  case 'm': return IMSTLS_HDR_CONTACT;
  case 'i': return IMSTLS_HDR_CALL_ID;
  case 'l': return IMSTLS_HDR_CONTENT_LENGTH;
  case 'c': return IMSTLS_HDR_CONTENT_TYPE;
  case 'k': return IMSTLS_HDR_SUPPORTED;
  case 'o': return IMSTLS_HDR_EVENT;
  default: return IMSTLS_HDR_OTHER;
  }
}

/* Names of 11 to 13 characters differ in their first. */
static int middle_candidate(size_t len, char first)
{
  switch (first) {
  case 'a': return IMSTLS_HDR_AUTHORIZATION;
  case 'c': return IMSTLS_HDR_CONTENT_TYPE;
  case 'm': return len == 11 ? IMSTLS_HDR_MIN_EXPIRES : IMSTLS_HDR_MAX_FORWARDS;
  case 'p': return IMSTLS_HDR_PROXY_REQUIRE;
  case 'r': return len == 11 ? IMSTLS_HDR_RETRY_AFTER : IMSTLS_HDR_RECORD_ROUTE;
  case 's': return IMSTLS_HDR_SERVICE_ROUTE;
  case 'u': return IMSTLS_HDR_UNSUPPORTED;
  default: return IMSTLS_HDR_OTHER;
  }
}

static int seven_candidate(char third)
{
  switch (third) {
  case 'l': return IMSTLS_HDR_CALL_ID;
  case 'n': return IMSTLS_HDR_CONTACT;
  case 'p': return IMSTLS_HDR_EXPIRES;
  case 'q': return IMSTLS_HDR_REQUIRE;
  default: return IMSTLS_HDR_OTHER;
  }
}

static int fifteen_candidate(char tenth)
{
  switch (tenth) {
  case 'c': return IMSTLS_HDR_SECURITY_CLIENT;
  case 's': return IMSTLS_HDR_SECURITY_SERVER;
  case 'v': return IMSTLS_HDR_SECURITY_VERIFY;
  default: return IMSTLS_HDR_OTHER;
  }
}

/* The one header that a name of this length and letters could be. */
static int candidate(const char *name, size_t len)
{
  switch (len) {
  case 2: return IMSTLS_HDR_TO;
  case 3: return IMSTLS_HDR_VIA;
  case 4: return imstls_i_sip_fold(*name) == 'f' ? IMSTLS_HDR_FROM : IMSTLS_HDR_CSEQ;
  case 5: return imstls_i_sip_fold(*name) == 'r' ? IMSTLS_HDR_ROUTE : IMSTLS_HDR_EVENT;
  case 7: return seven_candidate(imstls_i_sip_fold(name[2]));
  case 9: return IMSTLS_HDR_SUPPORTED;
  case 10: return IMSTLS_HDR_FLOW_TIMER;
  case 11:
  case 12:
  case 13: return middle_candidate(len, imstls_i_sip_fold(*name));
  case 14: return IMSTLS_HDR_CONTENT_LENGTH;
  case 15: return fifteen_candidate(imstls_i_sip_fold(name[9]));
  case 16: return imstls_i_sip_fold(*name) == 'w' ? IMSTLS_HDR_WWW_AUTHENTICATE : IMSTLS_HDR_P_ASSOCIATED_URI;
  case 18: return IMSTLS_HDR_PROXY_AUTHENTICATE;
  case 19: return imstls_i_sip_fold(*name) == 'p' ? IMSTLS_HDR_PROXY_AUTHORIZATION : IMSTLS_HDR_AUTHENTICATION_INFO;
  default: return IMSTLS_HDR_OTHER;
  }
}

int imstls_i_sip_header_id(imstls_text name)
{
  if (name.len == 1)
    return compact_id(*name.ptr);
  int id = candidate(name.ptr, name.len);
  if (names[id].len != name.len)
    return IMSTLS_HDR_OTHER;
  return imstls_i_same_letters(name.ptr, names[id].name, name.len) ? id : IMSTLS_HDR_OTHER;
}

/* Compact letters of names that have no id (RFC 3261 20, 3515, 3841, 3892, 4028, 8224, 6665). */
static char compact_letter(const char *name)
{
  static const struct {
    const char *name;
    char letter;
  } others[] = {
    { "Accept-Contact", 'a' },   { "Referred-By", 'b' },    { "Request-Disposition", 'd' },
    { "Content-Encoding", 'e' }, { "Reject-Contact", 'j' }, { "Refer-To", 'r' },
    { "Subject", 's' },          { "Allow-Events", 'u' },   { "Session-Expires", 'x' },
    { "Identity", 'y' },
  };
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    if (imstls_text_is(imstls_i_text(name, strlen(name)), others[i].name))
      return others[i].letter;
  }
  return 0;
}

int imstls_sip_find(const imstls_sip_message *message, const char *name, imstls_text *value)
{
  if (!message || !name || !value)
    return IMSTLS_ERR_USAGE;
  int id = imstls_i_sip_header_id(imstls_i_text(name, strlen(name)));
  if (id != IMSTLS_HDR_OTHER) {
    if (message->count[id] == 0)
      return IMSTLS_END;
    *value = message->first[id];
    return IMSTLS_OK;
  }
  char letter = compact_letter(name);
  const char *end = message->headers.ptr + message->headers.len;
  imstls_i_sip_field field;
  for (const char *at = message->headers.ptr, *lf; at < end; at = lf + 1) {
    lf = imstls_i_sip_line_end(at, end);
    char first = imstls_i_sip_fold(*at);
    bool may_match = first == imstls_i_sip_fold(*name) || (letter != 0 && first == letter);
    if (!may_match || !imstls_i_sip_split(at, lf, &field))
      continue;
    bool matches = imstls_text_is(field.name, name) ||
                   (letter != 0 && field.name.len == 1 && imstls_i_sip_fold(*field.name.ptr) == letter);
    if (matches) {
      *value = field.value;
      return IMSTLS_OK;
    }
  }
  return IMSTLS_END;
}

int imstls_sip_next(const imstls_sip_message *message, int id, imstls_text *value)
{
  bool unusable = !message || !value || id <= IMSTLS_HDR_OTHER || id >= IMSTLS_HDR_COUNT;
  if (unusable)
    return IMSTLS_ERR_USAGE;
  if (message->count[id] == 0)
    return IMSTLS_END;
  if (!value->ptr) {
    *value = message->first[id];
    return IMSTLS_OK;
  }
  if (message->count[id] == 1)
    return IMSTLS_END;
  const char *end = message->headers.ptr + message->headers.len;
  const char *lf = imstls_i_sip_line_end(value->ptr + value->len, end);
  if (!lf)
    return IMSTLS_END;
  imstls_i_sip_field field;
  for (const char *at = lf + 1; at < end; at = field.next) {
    if (!imstls_i_sip_split(at, imstls_i_sip_line_end(at, end), &field))
      return IMSTLS_END;
    if (imstls_i_sip_header_id(field.name) == id) {
      *value = field.value;
      return IMSTLS_OK;
    }
  }
  return IMSTLS_END;
}

int imstls_sip_field_next(const imstls_sip_message *message, imstls_sip_field *field)
{
  if (!message || !field)
    return IMSTLS_ERR_USAGE;
  const char *end = message->headers.ptr + message->headers.len;
  const char *at = field->raw.ptr ? field->raw.ptr + field->raw.len : message->headers.ptr;
  imstls_i_sip_field found;
  if (at >= end || !imstls_i_sip_split(at, imstls_i_sip_line_end(at, end), &found))
    return IMSTLS_END;
  field->id = imstls_i_sip_header_id(found.name);
  field->reserved = 0;
  field->name = found.name;
  field->value = found.value;
  field->raw = imstls_i_sip_between(at, found.next);
  return IMSTLS_OK;
}
