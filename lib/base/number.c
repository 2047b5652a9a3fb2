/* SPDX-License-Identifier: Apache-2.0 */
/* Decimal numbers as texts hold them: what is too large is told apart from what is no number. */
#include "base/base.h"

const char *imstls_i_digits(const char *at, const char *end, uint64_t *number)
{
  const char *first = at;
  uint64_t n = 0;
  for (; at < end && imstls_i_is_digit(*at); at++) {
    n = n * 10 + (uint64_t)(*at - '0');
    if (n > UINT32_MAX)
      n = (uint64_t)UINT32_MAX + 1;
  }
  *number = n;
  return at == first ? NULL : at;
}

int64_t imstls_i_whole_number(imstls_text text)
{
  uint64_t number;
  if (!text.len)
    return -1; /* absent: there is no pointer to reckon with */
  const char *end = text.ptr + text.len;
  const char *at = imstls_i_digits(text.ptr, end, &number);
  return at && at == end ? (int64_t)number : -1;
}

bool imstls_i_number(imstls_text text, uint32_t max, uint32_t *out)
{
  int64_t number = imstls_i_whole_number(text);
  if (number < 0 || number > max)
    return false;
  *out = (uint32_t)number;
  return true;
}
