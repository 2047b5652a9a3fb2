/* SPDX-License-Identifier: Apache-2.0 */
/* name-addr and addr-spec with header parameters (RFC 3261 20, 25.1). */
#include "sip/lex.h"

/* What stands before '<'. Unquoted it may be any words, but nothing that could be taken for a URI. */
static bool display_name(const char *from, const char *bracket, imstls_text *display)
{
  imstls_text text = imstls_i_sip_trim(from, bracket);
  if (text.len == 0) {
    *display = imstls_i_text(NULL, 0);
    return true;
  }
  const char *end = text.ptr + text.len;
  *display = text;
  if (*text.ptr == '"')
    return imstls_i_sip_quote_end(text.ptr + 1, end) == end - 1;
  for (const char *at = text.ptr; at < end; at++) {
    if (*at == ':' || *at == '@' || *at == '"')
      return false;
  }
  return true;
}

/* The '<' of a name-addr; NULL for an addr-spec. `from` is not white space. */
static const char *find_bracket(const char *from, const char *end)
{
  if (*from == '"') {
    from = imstls_i_sip_quote_end(from + 1, end);
    if (!from)
      return NULL;
  }
  for (; from < end && *from != ',' && *from != ';'; from++) {
    if (*from == '<')
      return from;
  }
  return NULL;
}

/* display-name "<" URI ">": no white space inside (RFC 4475 3.1.2.14). */
static const char *name_addr(const char *from, const char *bracket, const char *end, imstls_sip_address *address)
{
  const char *close = imstls_i_sip_seek(bracket, end, '>');
  if (!close || !display_name(from, bracket, &address->display))
    return NULL;
  address->uri = imstls_i_sip_between(bracket + 1, close);
  return imstls_i_sip_is_uri(address->uri) ? close + 1 : NULL;
}

/* Without brackets the URI ends at ';', and has no '?' (RFC 3261 20.10). */
static const char *addr_spec(const char *from, const char *end, imstls_sip_address *address)
{
  const char *stop = from;
  while (stop < end && *stop != ',' && *stop != ';')
    stop++;
  address->uri = imstls_i_sip_trim(from, stop);
  address->display = imstls_i_text(NULL, 0);
  if (address->uri.len == 1 && *from == '*')
    return stop;
  if (!imstls_i_sip_is_uri(address->uri) || memchr(from, '?', (size_t)(stop - from)) != NULL)
    return NULL;
  return stop;
}

/* The address that begins at `from`: to its comma or the end; NULL: it cannot be read. */
static const char *read_address(const char *from, const char *end, imstls_sip_address *address)
{
  const char *bracket = find_bracket(from, end);
  const char *at = bracket ? name_addr(from, bracket, end, address) : addr_spec(from, end, address);
  if (!at)
    return NULL;
  at = imstls_i_sip_skip_space(at, end);
  if (at < end && *at != ';' && *at != ',')
    return NULL;
  const char *stop = imstls_i_sip_element_end(at, end);
  if (stop)
    address->params = imstls_i_sip_trim(at, stop);
  return stop;
}

int imstls_sip_address_next(imstls_text *rest, imstls_sip_address *address)
{
  if (!rest || !address)
    return IMSTLS_ERR_USAGE;
  if (!rest->ptr)
    return IMSTLS_END;
  const char *end = rest->ptr + rest->len;
  const char *from = imstls_i_sip_skip_commas(rest->ptr, end);
  if (from == end)
    return IMSTLS_END;
  imstls_sip_address found;
  const char *stop = read_address(from, end, &found);
  bool read = stop != NULL;
  if (!read)
    stop = imstls_i_sip_element_end(from, end);
  *rest = imstls_i_sip_between(stop ? imstls_i_sip_skip_commas(stop, end) : end, end);
  if (!read)
    return IMSTLS_ERR_SIP_MALFORMED;
  *address = found;
  return IMSTLS_OK;
}

int imstls_i_sip_address_item(imstls_text *rest, imstls_text *item)
{
  imstls_sip_address address;
  const char *from = rest->ptr;
  int result = imstls_sip_address_next(rest, &address);
  if (result != IMSTLS_OK)
    return result;
  const char *end = address.params.ptr + address.params.len;
  *item = imstls_i_sip_trim(imstls_i_sip_skip_commas(from, end), end);
  return IMSTLS_OK;
}

int imstls_i_sip_has_tag(imstls_text value)
{
  imstls_sip_address address;
  imstls_text tag;
  if (imstls_sip_address_next(&value, &address) != IMSTLS_OK || value.len > 0)
    return -1;
  int result = imstls_sip_param_find(address.params, "tag", &tag);
  if (result == IMSTLS_END)
    return 0;
  return result == IMSTLS_OK ? 1 : -1;
}
