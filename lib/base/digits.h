/* SPDX-License-Identifier: Apache-2.0 */
/* Digits of hex and base64, made by arithmetic: a table look-up would show a secret's octets to the cache. */
#ifndef IMSTLS_BASE_DIGITS_H
#define IMSTLS_BASE_DIGITS_H

/* All ones when a <= b, else zero; both below 2^16. */
static inline unsigned imstls_i_mask_le(unsigned a, unsigned b)
{
  return ((b - a) >> 16 & 1) - 1;
}

static inline char imstls_i_hex_digit(unsigned value)
{
  return (char)('0' + value + (imstls_i_mask_le(10, value) & ('a' - '0' - 10)));
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
