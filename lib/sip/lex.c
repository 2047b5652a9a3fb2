/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/lex.h"

extern inline bool imstls_i_sip_is(char c, unsigned classes);
extern inline const char *imstls_i_sip_span(const char *at, const char *end, unsigned classes);
extern inline const char *imstls_i_sip_skip_space(const char *at, const char *end);
extern inline imstls_text imstls_i_sip_between(const char *from, const char *to);
extern inline const char *imstls_i_sip_seek(const char *at, const char *end, char c);
extern inline const char *imstls_i_sip_line_end(const char *at, const char *end);
extern inline imstls_text imstls_i_sip_trim(const char *from, const char *to);
extern inline const char *imstls_i_sip_skip_empty(const char *at, const char *end, char separator);
extern inline bool imstls_i_sip_stray_cr(const char *at, const char *stop);
extern inline bool imstls_i_sip_split(const char *at, const char *lf, imstls_i_sip_field *field);

/* Sixteen a row; the sums of the classes in lex.h. */
const uint8_t imstls_i_sip_class[256] = {
  /* clang-format off */
    0,   0,   0,   0,   0,   0,   0,   0,   0, 130, 130,   0,   0, 130,   0,   0,
    0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
  130, 157,   0, 156, 156, 157,  28,  29, 156, 156, 157, 157, 132, 253, 253, 156,
  253, 253, 253, 253, 253, 253, 253, 253, 253, 253, 156, 148,  16, 156, 144, 156,
  156, 253, 253, 253, 253, 253, 253, 253, 253, 253, 253, 253, 253, 253, 253, 253,
  253, 253, 253, 253, 253, 253, 253, 253, 253, 253, 253, 156, 156, 156, 156, 253,
  157, 253, 253, 253, 253, 253, 253, 253, 253, 253, 253, 253, 253, 253, 253, 253,
  253, 253, 253, 253, 253, 253, 253, 253, 253, 253, 253, 156, 156, 156, 157, 128,
  196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196,
  196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196,
  196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196,
  196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196,
  196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196,
  196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196,
  196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196,
  196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196, 196,
  /* clang-format on */
};

/* Jumps from quote to quote: a quote is escaped when an odd run of backslashes leads to it. The runs before two quotes
 * never overlap, so the cost stays linear. */
const char *imstls_i_sip_quote_end(const char *at, const char *end)
{
  for (const char *from = at; (at = imstls_i_sip_seek(at, end, '"')) != NULL; at++) {
    const char *run = at;
    while (run > from && run[-1] == '\\')
      run--;
    if (((at - run) & 1) == 0)
      return at;
    from = at + 1;
  }
  return NULL;
}

const char *imstls_i_sip_element_end(const char *at, const char *end)
{
  enum { PLAIN = IMSTLS_I_SPACE | IMSTLS_I_VALUE | IMSTLS_I_NAME }; /* nearly all that ends nothing and opens nothing */
  for (; (at = imstls_i_sip_span(at, end, PLAIN)) < end && *at != ','; at++) {
    if (*at == '"')
      at = imstls_i_sip_quote_end(at + 1, end);
    else if (*at == '<')
      at = imstls_i_sip_seek(at + 1, end, '>');
    if (!at)
      return NULL;
  }
  return at;
}

const char *imstls_i_sip_name_value(const char *at, const char *end, unsigned unquoted, imstls_text *name,
                                    imstls_text *value, int *quoted)
{
  const char *from = at;
  at = imstls_i_sip_span(at, end, IMSTLS_I_TOKEN);
  if (at == from)
    return NULL;
  *name = imstls_i_sip_between(from, at);
  *value = imstls_i_text(NULL, 0);
  *quoted = 0;
  at = imstls_i_sip_skip_space(at, end);
  if (at == end || *at != '=')
    return at;
  from = imstls_i_sip_skip_space(at + 1, end);
  if (from == end)
    return NULL;
  if (*from == '"') {
    at = imstls_i_sip_quote_end(++from, end);
    if (!at)
      return NULL;
    *value = imstls_i_sip_between(from, at);
    *quoted = 1;
    return imstls_i_sip_skip_space(at + 1, end);
  }
  at = imstls_i_sip_span(from, end, unquoted);
  if (at == from)
    return NULL;
  *value = imstls_i_sip_between(from, at);
  return imstls_i_sip_skip_space(at, end);
}

/* Few names share a mark, so the list is seldom read again. */
bool imstls_i_sip_came_before(uint64_t *met, const char *from, imstls_text name, unsigned unquoted)
{
  size_t ends = 2 * (size_t)imstls_i_sip_fold(name.ptr[0]) + (size_t)imstls_i_sip_fold(name.ptr[name.len - 1]);
  uint64_t mark = (uint64_t)1 << ((ends + name.len) % 64);
  bool marked = (*met & mark) != 0;
  *met |= mark;
  while (marked && from < name.ptr) {
    imstls_text earlier;
    imstls_text value;
    int quoted;
    if (!imstls_i_sip_is(*from, IMSTLS_I_TOKEN)) {
      from++; /* between two parameters */
      continue;
    }
    from = imstls_i_sip_name_value(from, name.ptr, unquoted, &earlier, &value, &quoted);
    if (!from)
      return false;
    if (imstls_i_same_nocase(earlier, name))
      return true;
  }
  return false;
}

const char *imstls_i_sip_after_comma(const char *at, const char *end)
{
  if (at == end)
    return at;
  return *at == ',' ? imstls_i_sip_skip_commas(at + 1, end) : NULL;
}

bool imstls_i_sip_is_uri(imstls_text uri)
{
  const char *at = uri.ptr;
  const char *end = uri.ptr + uri.len;
  if (at == end || imstls_i_lower(*at) < 'a' || imstls_i_lower(*at) > 'z')
    return false;
  at = imstls_i_sip_span(at, end, IMSTLS_I_TOKEN);
  if (end - at < 2 || *at != ':')
    return false;
  return imstls_i_sip_span(at, end, IMSTLS_I_URI) == end;
}
