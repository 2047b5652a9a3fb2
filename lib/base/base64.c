/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>

#include "base/base.h"

/* 0 to 63; above: not in the alphabet. By a table, since what is decoded is public. */
static unsigned base64_value(char c)
{
  /* clang-format off */
  static const uint8_t values[128] = {
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 62, 64, 64, 64, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 64, 64, 64,
    64,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 64,
    64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 64, 64, 64, 64, 64,
  };
  /* clang-format on */
  return (unsigned)values[c & 0x7f] | ((unsigned char)c & 0x80u);
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
  size_t i = 0;
  for (; digits - i >= 4 && len + 3 <= cap; i += 4, len += 3) { /* whole groups */
    unsigned a = base64_value(text.ptr[i]), b = base64_value(text.ptr[i + 1]);
    unsigned c = base64_value(text.ptr[i + 2]), d = base64_value(text.ptr[i + 3]);
    if ((a | b | c | d) > 63)
      return -1;
    out[len] = (uint8_t)(a << 2 | b >> 4);
    out[len + 1] = (uint8_t)(b << 4 | c >> 2);
    out[len + 2] = (uint8_t)(c << 6 | d);
  }
  for (; i < digits; i++) {
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
