/* SPDX-License-Identifier: Apache-2.0 */
/* Encoders write in place, so that no copy of a secret is left elsewhere. */
#include "base/base.h"
#include "base/digits.h"

extern inline void imstls_i_put(imstls_i_writer *w, const char *ptr, size_t len);
extern inline void imstls_i_put_text(imstls_i_writer *w, imstls_text text);
extern inline void imstls_i_put_str(imstls_i_writer *w, const char *str);

/* Room for `len` octets, or NULL: counting only, full, or full before. */
static char *reserve(imstls_i_writer *w, size_t len)
{
  size_t start = w->len;
  bool fits = len <= w->cap - start;
  w->len = len > SIZE_MAX - start ? SIZE_MAX : start + len;
  if (!fits) {
    w->cap = w->len;
    w->failed = w->buf != NULL;
  }
  return w->buf && !w->failed ? w->buf + start : NULL;
}

void imstls_i_put_any(imstls_i_writer *w, const char *ptr, size_t len)
{
  char *out = reserve(w, len);
  if (out && len != 0)
    memcpy(out, ptr, len);
}

void imstls_i_put_uint(imstls_i_writer *w, uint64_t value)
{
  size_t len = 1;
  for (uint64_t limit = 10; len < 20 && value >= limit; limit *= 10) /* 2^64-1 has 20 digits */
    len++;
  char *out = reserve(w, len);
  if (!out)
    return;
  while (len-- > 0) {
    out[len] = (char)('0' + value % 10);
    value /= 10;
  }
}

void imstls_i_put_hex(imstls_i_writer *w, const uint8_t *ptr, size_t len)
{
  char *out = reserve(w, len > SIZE_MAX / 2 ? SIZE_MAX : 2 * len);
  for (size_t i = 0; out && i < len; i++)
    imstls_i_hex_pair(ptr[i], out + 2 * i);
}

void imstls_i_put_base64(imstls_i_writer *w, const uint8_t *ptr, size_t len)
{
  size_t quads = len / 3 + (len % 3 != 0);
  char *out = reserve(w, quads > SIZE_MAX / 4 ? SIZE_MAX : 4 * quads);
  for (size_t i = 0; out && i < len; i += 3, out += 4) {
    size_t n = len - i < 3 ? len - i : 3;
    unsigned bits = (unsigned)ptr[i] << 16;
    bits |= n > 1 ? (unsigned)ptr[i + 1] << 8 : 0;
    bits |= n > 2 ? (unsigned)ptr[i + 2] : 0;
    out[0] = imstls_i_base64_digit(bits >> 18);
    out[1] = imstls_i_base64_digit(bits >> 12 & 63);
    out[2] = '=';
    out[3] = '=';
    if (n > 1)
      out[2] = imstls_i_base64_digit(bits >> 6 & 63);
    if (n > 2)
      out[3] = imstls_i_base64_digit(bits & 63);
  }
}
