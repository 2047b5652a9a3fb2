/* SPDX-License-Identifier: Apache-2.0 */
/* Elements, parameters and numbers inside a field's value. Each call works on what the one before left over. */
#include "sip/lex.h"

int imstls_sip_list_next(imstls_text *rest, imstls_text *item)
{
  if (!rest || !item)
    return IMSTLS_ERR_USAGE;
  if (!rest->ptr)
    return IMSTLS_END;
  const char *end = rest->ptr + rest->len;
  const char *at = imstls_i_sip_skip_commas(rest->ptr, end);
  if (at == end)
    return IMSTLS_END;
  const char *stop = imstls_i_sip_element_end(at, end);
  if (!stop)
    return IMSTLS_ERR_SIP_MALFORMED;
  *item = imstls_i_sip_trim(at, stop);
  *rest = imstls_i_sip_between(imstls_i_sip_skip_commas(stop, end), end);
  return IMSTLS_OK;
}

/* From an octet outside quotes to the next ';' outside of them, or to the end. */
static const char *parameter_end(const char *at, const char *end)
{
  for (; at < end && *at != ';'; at++) {
    if (*at != '"')
      continue;
    at = imstls_i_sip_quote_end(at + 1, end);
    if (!at)
      return end;
  }
  return at;
}

int imstls_sip_param_next(imstls_text *rest, imstls_text *name, imstls_text *value)
{
  if (!rest || !name || !value)
    return IMSTLS_ERR_USAGE;
  if (!rest->ptr)
    return IMSTLS_END;
  const char *end = rest->ptr + rest->len;
  const char *at = imstls_i_sip_skip_space(rest->ptr, end);
  if (at == end)
    return IMSTLS_END;
  bool begins = *at == ';';
  const char *from = imstls_i_sip_skip_semicolons(at, end);
  if (from == end)
    return IMSTLS_END;
  int quoted;
  at = imstls_i_sip_name_value(from, end, IMSTLS_I_VALUE, name, value, &quoted);
  bool ends = at && (at == end || *at == ';');
  if (!begins || !ends) {
    *rest = imstls_i_sip_between(parameter_end(from, end), end);
    return IMSTLS_ERR_SIP_MALFORMED;
  }
  *rest = imstls_i_sip_between(at, end);
  return IMSTLS_OK;
}

int imstls_sip_auth_param_next(imstls_text *rest, imstls_text *name, imstls_text *value, int *quoted)
{
  if (!rest || !name || !value)
    return IMSTLS_ERR_USAGE;
  if (!rest->ptr)
    return IMSTLS_END;
  const char *end = rest->ptr + rest->len;
  const char *at = imstls_i_sip_skip_commas(rest->ptr, end);
  if (at == end)
    return IMSTLS_END;
  int in_quotes;
  at = imstls_i_sip_name_value(at, end, IMSTLS_I_AUTH, name, value, &in_quotes);
  if (!at || !value->ptr)
    return IMSTLS_ERR_SIP_MALFORMED;
  if (at < end && *at++ != ',')
    return IMSTLS_ERR_SIP_MALFORMED;
  if (quoted)
    *quoted = in_quotes;
  *rest = imstls_i_sip_between(at, end);
  return IMSTLS_OK;
}

int imstls_sip_param_find(imstls_text params, const char *name, imstls_text *value)
{
  if (!name || !value)
    return IMSTLS_ERR_USAGE;
  imstls_text found;
  imstls_text with;
  int result;
  while ((result = imstls_sip_param_next(&params, &found, &with)) == IMSTLS_OK) {
    if (!imstls_text_is(found, name))
      continue;
    *value = with;
    return IMSTLS_OK;
  }
  return result;
}

bool imstls_i_sip_seek_param(imstls_text params, imstls_text name, imstls_text *value)
{
  imstls_text found;
  int result;
  while ((result = imstls_sip_param_next(&params, &found, value)) != IMSTLS_END) {
    if (result == IMSTLS_OK && imstls_i_same_nocase(found, name))
      return true;
  }
  return false;
}

int imstls_sip_number(imstls_text value, uint32_t *number)
{
  if (!number)
    return IMSTLS_ERR_USAGE;
  if (!value.ptr)
    return IMSTLS_ERR_SIP_MALFORMED;
  const char *end = value.ptr + value.len;
  const char *at = imstls_i_sip_skip_space(value.ptr, end);
  uint64_t n;
  at = imstls_i_digits(at, end, &n);
  if (!at || n > UINT32_MAX)
    return IMSTLS_ERR_SIP_MALFORMED;
  at = imstls_i_sip_skip_space(at, end);
  if (at < end && *at != ';' && *at != '(')
    return IMSTLS_ERR_SIP_MALFORMED;
  *number = (uint32_t)n;
  return IMSTLS_OK;
}
