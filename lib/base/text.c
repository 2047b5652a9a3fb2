/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

extern inline bool imstls_i_same(imstls_text a, imstls_text b);

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet)) /* the same octet eight times */

/* Eight octets at once, since names of headers and parameters are compared all the time. Two octets that differ in the
 * case bit alone are the same when they are letters: 'a' and above carries into the top bit when 0x80 - 'a' is added,
 * what is above 'z' also when 0x80 - 'z' - 1 is. */
static bool same_eight(uint64_t a, uint64_t b)
{
  uint64_t differ = a ^ b;
  if (differ == 0)
    return true;
  if (differ & ~EACH(0x20))
    return false;
  uint64_t lower = a | EACH(0x20);
  uint64_t low_bits = lower & EACH(0x7f);
  uint64_t from_a = low_bits + EACH(0x80 - 'a');
  uint64_t above_z = low_bits + EACH(0x80 - 'z' - 1);
  uint64_t letter = from_a & ~above_z & ~lower;
  return (differ << 2 & ~letter) == 0; /* the case bit as the top bit of its octet */
}

static uint64_t eight_at(const char *at)
{
  uint64_t octets;
  memcpy(&octets, at, sizeof octets);
  return octets;
}

/* The first and the last four of 4 to 8 octets. */
static uint64_t four_and_four(const char *at, size_t len)
{
  uint32_t first, last;
  memcpy(&first, at, sizeof first);
  memcpy(&last, at + len - sizeof last, sizeof last);
  return (uint64_t)first << 32 | last;
}

bool imstls_i_same_letters(const char *a, const char *b, size_t len)
{
  if (len < 4) {
    for (size_t i = 0; i < len; i++)
      if (a[i] != b[i] && imstls_i_lower(a[i]) != imstls_i_lower(b[i]))
        return false;
    return true;
  }
  if (len < 8)
    return same_eight(four_and_four(a, len), four_and_four(b, len));
  for (size_t at = 0; at + 8 < len; at += 8)
    if (!same_eight(eight_at(a + at), eight_at(b + at)))
      return false;
  return same_eight(eight_at(a + len - 8), eight_at(b + len - 8)); /* may overlap the eight before */
}

int imstls_text_is(imstls_text text, const char *word)
{
  if (!word || !text.ptr)
    return 0;
  return imstls_i_same_nocase(text, imstls_i_text(word, strlen(word)));
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

void imstls_i_put_unfolded(imstls_i_writer *w, imstls_text value)
{
  if (!value.len)
    return;
  const char *at = value.ptr;
  const char *end = value.ptr + value.len;
  while (at < end) {
    const char *fold = memchr(at, '\n', (size_t)(end - at));
    if (!fold)
      break;
    const char *stop = fold;
    while (stop > at && is_space(stop[-1]))
      stop--;
    imstls_i_put(w, at, (size_t)(stop - at));
    IMSTLS_I_PUT_LIT(w, " ");
    while (fold < end && is_space(*fold))
      fold++;
    at = fold;
  }
  imstls_i_put(w, at, (size_t)(end - at));
}

bool imstls_i_holds(imstls_text where, imstls_text what)
{
  for (size_t i = 0; what.len > 0 && i + what.len <= where.len; i++)
    if (memcmp(where.ptr + i, what.ptr, what.len) == 0)
      return true;
  return false;
}
