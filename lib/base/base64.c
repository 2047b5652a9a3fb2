/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>

#include "base/base.h"

/* 0 to 63; 64: not in the alphabet. */
static unsigned base64_value(char c)
{
  if (c >= 'A' && c <= 'Z')
    return (unsigned)(c - 'A');
  if (c >= 'a' && c <= 'z')
    return (unsigned)(c - 'a') + 26;
  if (imstls_i_is_digit(c))
    return (unsigned)(c - '0') + 52;
  if (c == '+')
    return 62;
  return c == '/' ? 63 : 64;
}

/* Length without padding; SIZE_MAX: padding that does not fill the last group, or a lone last digit. */
static size_t digits_of(imstls_text text)
{
  size_t len = text.len;
  while (len > 0 && text.len - len < 2 && text.ptr[len - 1] == '=')
    len--;
  if (len != text.len && text.len % 4 != 0)
    return SIZE_MAX;
  return len % 4 == 1 ? SIZE_MAX : len;
}

long imstls_i_base64_decode(imstls_text text, uint8_t *out, size_t cap)
{
  size_t digits = digits_of(text);
  if (digits > LONG_MAX)
    return -1;
  uint32_t bits = 0;
  unsigned have = 0;
  size_t len = 0;
  for (size_t i = 0; i < digits; i++) {
    unsigned value = base64_value(text.ptr[i]);
    if (value > 63)
      return -1;
    bits = bits << 6 | value;
    have += 6;
    if (have < 8)
      continue;
    have -= 8;
    if (len < cap)
      out[len] = (uint8_t)(bits >> have);
    len++;
    bits &= (1u << have) - 1;
  }
  return bits == 0 ? (long)len : -1; /* RFC 4648 3.5: bits beyond the last octet are zero */
}
