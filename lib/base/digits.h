/* SPDX-License-Identifier: Apache-2.0 */
/* Digits of hex and base64, made by arithmetic: a table look-up would show a secret's octets to the cache. */
#ifndef IMSTLS_BASE_DIGITS_H
#define IMSTLS_BASE_DIGITS_H

#include <stdint.h>

/* All ones when a <= b, else zero; both below 2^16. */
static inline unsigned imstls_i_mask_le(unsigned a, unsigned b) { return ((b - a) >> 16 & 1) - 1; }

/* Both digits of an octet at once: in each half, 6 more carries what is above 9 into the next four bits. */
static inline void imstls_i_hex_pair(uint8_t octet, char out[2])
{
  unsigned pair = (unsigned)(octet >> 4) | (octet & 15u) << 8;
  pair += 0x3030 + ((pair + 0x0606) >> 4 & 0x0101) * ('a' - '0' - 10);
  out[0] = (char)(pair & 0xff);
  out[1] = (char)(pair >> 8);
}

static inline char imstls_i_base64_digit(unsigned value)
{
  /* A-Z, a-z, 0-9, +, /: start from 'A' and add the gap at each border passed. */
  unsigned c = 'A' + value;
  c += imstls_i_mask_le(26, value) & ('a' - 'Z' - 1);
  c -= imstls_i_mask_le(52, value) & ('z' + 1 - '0');
  c -= imstls_i_mask_le(62, value) & ('9' + 1 - '+');
  c += imstls_i_mask_le(63, value) & ('/' - '+' - 1);
  return (char)c;
}

#endif
