/* SPDX-License-Identifier: Apache-2.0 */
/* DER (X.690) as far as certificates need it: one element after the other, never beyond the octets at hand. */
#ifndef IMSTLS_BASE_DER_H
#define IMSTLS_BASE_DER_H

#include "base/base.h"

enum {
  IMSTLS_I_DER_BOOLEAN = 0x01,
  IMSTLS_I_DER_INTEGER = 0x02,
  IMSTLS_I_DER_BIT_STRING = 0x03,
  IMSTLS_I_DER_OCTET_STRING = 0x04,
  IMSTLS_I_DER_OID = 0x06,
  IMSTLS_I_DER_UTF8_STRING = 0x0c,
  IMSTLS_I_DER_PRINTABLE_STRING = 0x13,
  IMSTLS_I_DER_IA5_STRING = 0x16,
  IMSTLS_I_DER_SEQUENCE = 0x30,
  IMSTLS_I_DER_SET = 0x31,
  IMSTLS_I_DER_CONTEXT = 0x80,             /* [0]; add the number */
  IMSTLS_I_DER_CONTEXT_CONSTRUCTED = 0xa0, /* [0] around other elements; add the number */
};

typedef struct imstls_i_der {
  uint8_t tag;
  imstls_bytes body;
} imstls_i_der;

/* Takes the next element off `in`. False, and `in` is left alone: it is cut short, its tag has more than one octet, or
 * its length is indefinite, longer than it need be or above 2^24-1. */
bool imstls_i_der_next(imstls_bytes *in, imstls_i_der *out);

/* The same for an element with this tag alone. */
bool imstls_i_der_take(imstls_bytes *in, uint8_t tag, imstls_bytes *body);

/* Is this object identifier the one of these octets? */
bool imstls_i_der_is_oid(imstls_bytes oid, const uint8_t *want, size_t len);

#endif
