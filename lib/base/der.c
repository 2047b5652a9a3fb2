/* SPDX-License-Identifier: Apache-2.0 */
#include "base/der.h"

enum { LONG_TAG = 0x1f, LONG_LENGTH = 0x80, LENGTH_OCTETS_MAX = 3 };

/* The octets after the tag: one below 0x80, or how many follow, and those (X.690 8.1.3, 10.1). Gives how many octets
 * they are; 0: not in the one form that DER allows. A second form would let two readers see two certificates. */
static size_t read_length(imstls_bytes in, size_t *len)
{
  *len = in.ptr[0];
  if (*len < LONG_LENGTH)
    return 1;
  size_t octets = *len & ~(size_t)LONG_LENGTH;
  if (octets == 0 || octets > LENGTH_OCTETS_MAX || octets > in.len - 1)
    return 0;
  *len = 0;
  for (size_t i = 1; i <= octets; i++)
    *len = *len << 8 | in.ptr[i];
  bool leading_zero = in.ptr[1] == 0;
  return leading_zero || *len < LONG_LENGTH ? 0 : 1 + octets;
}

bool imstls_i_der_next(imstls_bytes *in, imstls_i_der *out)
{
  if (in->len < 2 || (in->ptr[0] & LONG_TAG) == LONG_TAG)
    return false;
  size_t len;
  size_t length_octets = read_length((imstls_bytes){ in->ptr + 1, in->len - 1 }, &len);
  size_t head = 1 + length_octets;
  if (length_octets == 0 || len > in->len - head)
    return false;
  *out = (imstls_i_der){ in->ptr[0], { in->ptr + head, len } };
  in->ptr += head + len;
  in->len -= head + len;
  return true;
}

bool imstls_i_der_take(imstls_bytes *in, uint8_t tag, imstls_bytes *body)
{
  imstls_bytes rest = *in;
  imstls_i_der element;
  if (!imstls_i_der_next(&rest, &element) || element.tag != tag)
    return false;
  *body = element.body;
  *in = rest;
  return true;
}

bool imstls_i_der_is_oid(imstls_bytes oid, const uint8_t *want, size_t len)
{
  return oid.len == len && memcmp(oid.ptr, want, len) == 0;
}
