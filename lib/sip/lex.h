/* SPDX-License-Identifier: Apache-2.0 */
/* sip/: character classes and the few scans that every parser here is made of (RFC 3261 25.1).
 * A scan takes the text left and the end of the text; it never looks at `*end`. */
#ifndef IMSTLS_SIP_LEX_H
#define IMSTLS_SIP_LEX_H

#include <imstls/sip.h>

#include "base/base.h"

enum {
  IMSTLS_I_TOKEN = 1, /* token */
  IMSTLS_I_SPACE = 2, /* SP, HTAB and, in a field that was split, the CR and LF of a fold */
  IMSTLS_I_URI = 4,   /* what may stand in a URI, and octets above 0x7f */
  IMSTLS_I_VALUE = 8, /* an unquoted parameter value: visible, no separator that would end it */
  IMSTLS_I_AUTH = 16, /* an unquoted authentication value */
  IMSTLS_I_HOST = 32, /* host name or IPv4 address */
  IMSTLS_I_NAME = 64, /* XML [4a] without ':', nearly all characters above 0x7f taken for letters */
  IMSTLS_I_DATA = 128 /* XML [2] in UTF-8, whose octets above 0x7f pass, without quotes, '<' and '&' */
};

extern const uint8_t imstls_i_sip_class[256];

/* What is inline here the compiler may call instead, where size counts: lex.c has it as well. */

inline bool imstls_i_sip_is(char c, unsigned classes) { return (imstls_i_sip_class[(unsigned char)c] & classes) != 0; }

/* Past the octets of these classes; four a round, since most octets of a message pass through here. */
inline const char *imstls_i_sip_span(const char *at, const char *end, unsigned classes)
{
  for (; end - at >= 4; at += 4) {
    if (!imstls_i_sip_is(at[0], classes))
      return at;
    if (!imstls_i_sip_is(at[1], classes))
      return at + 1;
    if (!imstls_i_sip_is(at[2], classes))
      return at + 2;
    if (!imstls_i_sip_is(at[3], classes))
      return at + 3;
  }
  while (at < end && imstls_i_sip_is(*at, classes))
    at++;
  return at;
}

inline const char *imstls_i_sip_skip_space(const char *at, const char *end)
{
  while (at < end && imstls_i_sip_is(*at, IMSTLS_I_SPACE))
    at++;
  return at;
}

inline imstls_text imstls_i_sip_between(const char *from, const char *to)
{
  return (imstls_text){ from, (size_t)(to - from) };
}

/* memchr between two pointers. */
inline const char *imstls_i_sip_seek(const char *at, const char *end, char c)
{
  return at < end ? memchr(at, c, (size_t)(end - at)) : NULL;
}

/* Brings the two cases of a letter together, and some other octets too: for marks and first guesses, not to compare. */
static inline char imstls_i_sip_fold(char c) { return (char)(c | 0x20); }

/* Without white space at both ends; the pointer of an empty text stays inside. */
inline imstls_text imstls_i_sip_trim(const char *from, const char *to)
{
  while (to > from && imstls_i_sip_is(to[-1], IMSTLS_I_SPACE))
    to--;
  while (from < to && imstls_i_sip_is(*from, IMSTLS_I_SPACE))
    from++;
  return imstls_i_sip_between(from, to);
}

/* From after an opening quote to the closing one; NULL when it is missing. */
const char *imstls_i_sip_quote_end(const char *at, const char *end);

/* From an octet outside quotes and brackets to the first comma outside of them, or to the end. NULL: one of them is not
 * closed. */
const char *imstls_i_sip_element_end(const char *at, const char *end);

/* Past white space and commas: elements without anything in them are no elements (RFC 9110 5.6.1.2). */
inline const char *imstls_i_sip_skip_empty(const char *at, const char *end, char separator)
{
  while (at < end && (*at == separator || imstls_i_sip_is(*at, IMSTLS_I_SPACE)))
    at++;
  return at;
}

static inline const char *imstls_i_sip_skip_commas(const char *at, const char *end)
{
  return imstls_i_sip_skip_empty(at, end, ',');
}

/* Past the comma that must stand here, and past empty elements after it; `at` itself when it is the end. NULL: not. */
const char *imstls_i_sip_after_comma(const char *at, const char *end);

/* Past white space and semicolons: parameters without anything in them are none. */
static inline const char *imstls_i_sip_skip_semicolons(const char *at, const char *end)
{
  return imstls_i_sip_skip_empty(at, end, ';');
}

/* name *SP ["=" *SP (quoted / unquoted)] *SP, `unquoted` being classes. Past the last white space; NULL: it is none of
 * this. A value is what is between quotes, absent without '='. */
const char *imstls_i_sip_name_value(const char *at, const char *end, unsigned unquoted, imstls_text *name,
                                    imstls_text *value, int *quoted);

/* Did a parameter of this name come before it, the list beginning at `from`? Names that came are marked in `met`, zero
 * at first; `unquoted` as above. */
bool imstls_i_sip_came_before(uint64_t *met, const char *from, imstls_text name, unsigned unquoted);

/* The first parameter of this name; what cannot be read before it is passed over. False: there is none. */
bool imstls_i_sip_seek_param(imstls_text params, imstls_text name, imstls_text *value);

/* scheme ":" something, of allowed octets. */
bool imstls_i_sip_is_uri(imstls_text uri);

/* The next address of a list, as it stands there. As imstls_sip_address_next. */
int imstls_i_sip_address_item(imstls_text *rest, imstls_text *item);

/* Has a From or a To a tag? 1, 0, or -1: it is no single address. */
int imstls_i_sip_has_tag(imstls_text value);

/* How many URIs of a list may be of our user and yet spelled otherwise than ours: honest lists have one an identity. */
enum { IMSTLS_I_URI_SPELLINGS = 64 };

/* Do both lead to the same place? RFC 3261 19.1.4, but that a default port need not be said, and that of one with more
 * than 8 parameters nothing is known. Two that differ behind the same user take one off `left`; at 0 they are told
 * apart. */
bool imstls_i_sip_uri_same(imstls_text a, imstls_text b, unsigned *left);

/* May this be a GRUU of `aor`, a URI of any scheme (RFC 5627 3.1)? It is a SIP URI of plain ASCII with `gr`, whose host
 * is that of `aor` or `domain`; a public one gives `gr` a value and has the user of a SIP `aor`. */
bool imstls_i_sip_is_gruu(imstls_text uri, imstls_text aor, imstls_text domain, bool is_public);

/* As imstls_sip_stamp for a request of our own: the flow's Via stands in the place of its Via. */
struct imstls_outbound;
int imstls_i_sip_stamp_own(const imstls_sip_message *message, const struct imstls_outbound *flow, char *out, size_t cap,
                           size_t *len);

/* The branch of a Via; absent: it has none, or cannot be read. */
imstls_text imstls_i_sip_branch(imstls_text via);

/* Can each Via of a message be read? A response repeats them all. */
bool imstls_i_sip_vias_read(const imstls_sip_message *m);

/* The value below the topmost Via, in its field or in the next; ptr NULL: there is none. */
imstls_text imstls_i_sip_second_via(const imstls_sip_message *m);

/* The octets that imstls_sip_stamp put in front of the other Vias: without them a response is one to the message
 * before. IMSTLS_OK; IMSTLS_END: there are none; IMSTLS_ERR_CRYPTO. */
int imstls_i_sip_find_stamp(const imstls_sip_message *message, imstls_text *stamped);

/* The parameters of the first value of a Via field, for imstls_sip_param_next; empty: none, or it cannot be read. */
imstls_text imstls_i_sip_via_params(imstls_text value);

/* A Via as far as it can be read, at least its sent-by: past that and the white space after it; NULL: not so far. */
const char *imstls_i_sip_via_front(const char *at, const char *end);

/* --- header fields --- */

typedef struct imstls_i_sip_field {
  imstls_text name;
  imstls_text value;
  const char *next; /* after its line end */
} imstls_i_sip_field;

/* The LF that ends the field (RFC 3261 7.3.1: folds belong to it); NULL when there is none. */
inline const char *imstls_i_sip_line_end(const char *at, const char *end)
{
  for (;;) {
    const char *lf = imstls_i_sip_seek(at, end, '\n');
    bool last = !lf || lf + 1 == end || (lf[1] != ' ' && lf[1] != '\t');
    if (last)
      return lf;
    at = lf + 1;
  }
}

/* A CR that no LF follows is a line end to some parsers and an octet to others: refused, so that nobody reads another
 * message than we do. */
inline bool imstls_i_sip_stray_cr(const char *at, const char *stop)
{
  while ((at = imstls_i_sip_seek(at, stop, '\r')) != NULL) {
    if (*++at != '\n')
      return true;
  }
  return false;
}

/* Splits the field that begins at `at` and is ended by the LF at `lf`. False: not name ":" value, or a stray CR. */
inline bool imstls_i_sip_split(const char *at, const char *lf, imstls_i_sip_field *field)
{
  const char *name_end = imstls_i_sip_span(at, lf, IMSTLS_I_TOKEN);
  const char *colon = name_end;
  while (*colon == ' ' || *colon == '\t')
    colon++;
  if (name_end == at || *colon != ':')
    return false;
  const char *stop = lf[-1] == '\r' ? lf - 1 : lf;
  if (imstls_i_sip_stray_cr(colon + 1, stop))
    return false;
  field->name = imstls_i_sip_between(at, name_end);
  const char *from = colon + 1;
  if (stop - from >= 2 && *from == ' ' && !imstls_i_sip_is(from[1], IMSTLS_I_SPACE) &&
      !imstls_i_sip_is(stop[-1], IMSTLS_I_SPACE)) {
    field->value = imstls_i_sip_between(from + 1, stop); /* as nearly everybody writes it */
  } else {
    field->value = imstls_i_sip_trim(from, stop);
  }
  field->next = lf + 1;
  return true;
}

/* IMSTLS_HDR_... of a name that is a token, long or compact. */
int imstls_i_sip_header_id(imstls_text name);

#endif
