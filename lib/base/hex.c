/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"
#include "base/digits.h"

unsigned imstls_i_hex_value(char c)
{
  unsigned letter = ((unsigned char)c | 0x20u) - 'a'; /* of either case */
  if (imstls_i_is_digit(c))
    return (unsigned)(c - '0');
  return letter < 6 ? letter + 10 : 16;
}

bool imstls_i_hex_decode(imstls_text text, uint8_t *out, size_t out_len)
{
  if (text.len % 2 != 0 || text.len / 2 != out_len)
    return false;
  unsigned any = 0;
  for (size_t i = 0; i < out_len; i++) {
    unsigned high = imstls_i_hex_value(text.ptr[2 * i]), low = imstls_i_hex_value(text.ptr[2 * i + 1]);
    out[i] = (uint8_t)(high << 4 | low);
    any |= high | low;
  }
  return any <= 15;
}

void imstls_i_hex_encode(const uint8_t *ptr, size_t len, char *out)
{
  for (size_t i = 0; i < len; i++)
    imstls_i_hex_pair(ptr[i], out + 2 * i);
  out[2 * len] = '\0';
}
