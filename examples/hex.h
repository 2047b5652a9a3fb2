/* SPDX-License-Identifier: Apache-2.0 */
/* Octets as hex digits, for the small examples: keys on a command line, random names. */
#ifndef HEX_H
#define HEX_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Exactly `len` octets. False: another length, or something that is no digit. */
static inline bool hex_read(const char *hex, uint8_t *out, size_t len)
{
  static const char digits[] = "0123456789abcdefABCDEF";
  if (strlen(hex) != 2 * len)
    return false;
  for (size_t i = 0; i < 2 * len; i++) {
    const char *at = strchr(digits, hex[i]);
    if (!at)
      return false;
    unsigned value = (unsigned)(at - digits);
    if (value > 15)
      value -= 6;
    out[i / 2] = (uint8_t)(i % 2 == 0 ? value << 4 : out[i / 2] | value);
  }
  return true;
}

/* 2 * len digits and a NUL. */
static inline void hex_write(const uint8_t *octets, size_t len, char *out)
{
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < len; i++) {
    out[2 * i] = digits[octets[i] >> 4];
    out[2 * i + 1] = digits[octets[i] & 15];
  }
  out[2 * len] = '\0';
}

#endif
