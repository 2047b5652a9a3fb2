/* SPDX-License-Identifier: Apache-2.0 */
/* tls-server-end-point (RFC 5929 4.1): which hash did the certificate's signature use? Just enough DER (X.690) for
 * that, bounded by the octets at hand. */
#include <imstls/token.h>

#include "access/access.h"
#include "crypto/crypto.h"

enum { TAG_OID = 0x06, TAG_BIT_STRING = 0x03, TAG_SEQUENCE = 0x30, TAG_CONTEXT_0 = 0xa0, TAG_CONTEXT_1 = 0xa1 };
enum { HASH_NONE = 0 };

/* Takes one element with this tag off `in`. Lengths are definite, in at most four octets. */
static bool take(imstls_bytes *in, uint8_t tag, imstls_bytes *content)
{
  if (in->len < 2 || in->ptr[0] != tag) {
    return false;
  }
  size_t len = in->ptr[1];
  size_t head = 2;
  if (len >= 0x80) {
    size_t octets = len & 0x7f;
    if (octets < 1 || octets > 4 || in->len - 2 < octets) {
      return false;
    }
    len = 0;
    for (size_t i = 0; i < octets; i++) {
      len = len << 8 | in->ptr[2 + i];
    }
    head += octets;
  }
  if (len > in->len - head) {
    return false;
  }
  *content = (imstls_bytes){ in->ptr + head, len };
  in->ptr += head + len;
  in->len -= head + len;
  return true;
}

/* What follows a common prefix of object identifiers, as a table of last octets and hash sizes in bits. */
typedef struct oid_row {
  uint8_t prefix_len;
  uint8_t prefix[10];
  struct {
    uint8_t last;
    uint16_t bits;
  } hash[3];
} oid_row;

/* RFC 4055 5 and RFC 5758 3.2 */
static const oid_row signatures[] = {
  { 8, { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01 }, { { 11, 256 }, { 12, 384 }, { 13, 512 } } },
  { 7, { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03 }, { { 2, 256 }, { 3, 384 }, { 4, 512 } } },
};
/* RFC 4055 2.1 */
static const oid_row hashes[] = {
  { 8, { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02 }, { { 1, 256 }, { 2, 384 }, { 3, 512 } } },
};
static const uint8_t oid_rsa_pss[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 10 };

static unsigned bits_of(imstls_bytes oid, const oid_row *rows, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    const oid_row *row = &rows[i];
    if (oid.len != (size_t)row->prefix_len + 1 || memcmp(oid.ptr, row->prefix, row->prefix_len) != 0) {
      continue;
    }
    for (size_t k = 0; k < sizeof row->hash / sizeof row->hash[0]; k++) {
      if (row->hash[k].last == oid.ptr[row->prefix_len]) {
        return row->hash[k].bits;
      }
    }
  }
  return HASH_NONE;
}

/* Hash of an AlgorithmIdentifier of a hash function. */
static unsigned hash_identifier(imstls_bytes in)
{
  imstls_bytes sequence;
  imstls_bytes oid;
  if (!take(&in, TAG_SEQUENCE, &sequence) || !take(&sequence, TAG_OID, &oid)) {
    return HASH_NONE;
  }
  return bits_of(oid, hashes, sizeof hashes / sizeof hashes[0]);
}

/* RSASSA-PSS-params (RFC 4055 3.1): hash and mask function name a hash each; only when they agree is there one. */
static unsigned pss_bits(imstls_bytes params)
{
  imstls_bytes sequence;
  imstls_bytes explicit0;
  imstls_bytes explicit1;
  imstls_bytes mask;
  imstls_bytes oid;
  if (!take(&params, TAG_SEQUENCE, &sequence) || !take(&sequence, TAG_CONTEXT_0, &explicit0) ||
      !take(&sequence, TAG_CONTEXT_1, &explicit1) || !take(&explicit1, TAG_SEQUENCE, &mask) ||
      !take(&mask, TAG_OID, &oid)) {
    return HASH_NONE;
  }
  unsigned bits = hash_identifier(explicit0);
  return bits == hash_identifier(mask) ? bits : HASH_NONE;
}

/* Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature } (RFC 5280 4.1) */
static bool signature_bits(imstls_bytes der, unsigned *bits)
{
  imstls_bytes certificate;
  imstls_bytes tbs;
  imstls_bytes algorithm;
  imstls_bytes signature;
  imstls_bytes oid;
  if (!take(&der, TAG_SEQUENCE, &certificate) || der.len != 0 || !take(&certificate, TAG_SEQUENCE, &tbs) ||
      !take(&certificate, TAG_SEQUENCE, &algorithm) || !take(&certificate, TAG_BIT_STRING, &signature) ||
      certificate.len != 0 || !take(&algorithm, TAG_OID, &oid)) {
    return false;
  }
  if (oid.len == sizeof oid_rsa_pss && memcmp(oid.ptr, oid_rsa_pss, sizeof oid_rsa_pss) == 0) {
    *bits = pss_bits(algorithm);
    return true;
  }
  *bits = bits_of(oid, signatures, sizeof signatures / sizeof signatures[0]);
  return true;
}

int imstls_token2_end_point(const uint8_t *cert, size_t cert_len, uint8_t out[64], size_t *out_len)
{
  if (cert == NULL || out == NULL || out_len == NULL) {
    return IMSTLS_ERR_USAGE;
  }
  imstls_bytes der = { cert, cert_len };
  unsigned bits = HASH_NONE;
  if (!signature_bits(der, &bits)) {
    return IMSTLS_ERR_TLS_CERT;
  }
  /* SHA-256 stands in for MD5 and SHA-1 (RFC 5929 4.1), and by our rule for all that name no hash we have. */
  bool wide = bits == 384 || bits == 512;
  int rc = wide ? imstls_i_sha512((int)bits, &der, 1, out) : imstls_i_sha256(&der, 1, out);
  if (rc == IMSTLS_OK) {
    *out_len = wide ? bits / 8 : IMSTLS_I_SHA256_LEN;
  }
  return rc;
}
