/* SPDX-License-Identifier: Apache-2.0 */
/* sip/: character classes and the few scans that every parser here is made of (RFC 3261 25.1).
 * A scan takes the text left and the end of the text; it never looks at `*end`. */
#ifndef IMSTLS_SIP_LEX_H
#define IMSTLS_SIP_LEX_H

#include <imstls/sip.h>

#include "base/base.h"

enum {
  IMSTLS_I_TOKEN = 1,    /* token */
  IMSTLS_I_SPACE = 2,    /* SP, HTAB and, in a field that was split, the CR and LF of a fold */
  IMSTLS_I_URI = 4,      /* what may stand in a URI, and octets above 0x7f */
  IMSTLS_I_VALUE = 8,    /* an unquoted parameter value: visible, no separator that would end it */
  IMSTLS_I_AUTH = 16,    /* an unquoted authentication value */
  IMSTLS_I_HOST = 32     /* host name or IPv4 address */
};

extern const uint8_t imstls_i_sip_class[256];

static inline bool imstls_i_sip_is(char c, unsigned classes)
{
  return (imstls_i_sip_class[(unsigned char)c] & classes) != 0;
}

/* Past the octets of these classes. */
static inline const char *imstls_i_sip_span(const char *at, const char *end, unsigned classes)
{
  while (at < end && imstls_i_sip_is(*at, classes)) at++;
  return at;
}

static inline const char *imstls_i_sip_skip_space(const char *at, const char *end)
{
  return imstls_i_sip_span(at, end, IMSTLS_I_SPACE);
}

static inline imstls_text imstls_i_sip_between(const char *from, const char *to)
{
  return (imstls_text){ from, (size_t)(to - from) };
}

/* memchr between two pointers. */
static inline const char *imstls_i_sip_seek(const char *at, const char *end, char c)
{
  return at < end ? memchr(at, c, (size_t)(end - at)) : NULL;
}

/* Without white space at both ends; the pointer of an empty text stays inside. */
imstls_text imstls_i_sip_trim(const char *from, const char *to);

/* From after an opening quote to the closing one; NULL when it is missing. */
const char *imstls_i_sip_quote_end(const char *at, const char *end);

/* From an octet outside quotes and brackets to the first of `,` and, with `semicolon`, of `;`, or to the end. Whole
 * quoted strings and <...> are passed over. NULL: one of them is not closed. */
const char *imstls_i_sip_element_end(const char *at, const char *end, bool semicolon);

/* Past a comma that must be followed by something other than white space; `at` itself when it is the end. NULL: not. */
const char *imstls_i_sip_after_comma(const char *at, const char *end);

/* Digits; past the last one, or NULL when there is none. What exceeds 2^32-1 gives 2^32. */
const char *imstls_i_sip_digits(const char *at, const char *end, uint64_t *number);

/* The whole of `value` as a number: -1 when it is none, 2^32 when it is larger than 2^32-1. */
int64_t imstls_i_sip_whole_number(imstls_text value);

/* scheme ":" something, of allowed octets. */
bool imstls_i_sip_is_uri(imstls_text uri);

/* --- header fields --- */

typedef struct imstls_i_sip_field {
  imstls_text name;
  imstls_text value;
  const char *next; /* after its line end */
} imstls_i_sip_field;

/* The LF that ends the field (RFC 3261 7.3.1: folds belong to it); NULL when there is none. */
const char *imstls_i_sip_line_end(const char *at, const char *end);

/* Splits the field that begins at `at` and is ended by the LF at `lf`. False: not name ":" value, or a stray CR. */
bool imstls_i_sip_split(const char *at, const char *lf, imstls_i_sip_field *field);

/* IMSTLS_HDR_... of a name that is a token, long or compact. */
int imstls_i_sip_header_id(imstls_text name);

#endif
