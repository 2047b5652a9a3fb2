/* SPDX-License-Identifier: Apache-2.0 */
/* tls-server-end-point (RFC 5929 4.1): which hash did the certificate's signature use? */
#include <imstls/token.h>

#include "base/der.h"
#include "crypto/crypto.h"

enum { TAG_HASH = IMSTLS_I_DER_CONTEXT_CONSTRUCTED + 0, TAG_MASK = IMSTLS_I_DER_CONTEXT_CONSTRUCTED + 1 };
enum { HASH_NONE = 0 };

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

static unsigned bits_in_row(uint8_t last, const oid_row *row)
{
  for (size_t i = 0; i < sizeof row->hash / sizeof row->hash[0]; i++)
    if (row->hash[i].last == last)
      return row->hash[i].bits;
  return HASH_NONE;
}

static unsigned bits_of(imstls_bytes oid, const oid_row *rows, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    size_t prefix_len = rows[i].prefix_len;
    if (oid.len == prefix_len + 1 && memcmp(oid.ptr, rows[i].prefix, prefix_len) == 0)
      return bits_in_row(oid.ptr[prefix_len], &rows[i]);
  }
  return HASH_NONE;
}

/* Hash of an AlgorithmIdentifier of a hash function. */
static unsigned hash_identifier(imstls_bytes in)
{
  imstls_bytes sequence, oid;
  if (!imstls_i_der_take(&in, IMSTLS_I_DER_SEQUENCE, &sequence))
    return HASH_NONE;
  if (!imstls_i_der_take(&sequence, IMSTLS_I_DER_OID, &oid))
    return HASH_NONE;
  return bits_of(oid, hashes, sizeof hashes / sizeof hashes[0]);
}

/* RSASSA-PSS-params (RFC 4055 3.1): hash and mask function name a hash each; only when they agree is there one. */
static unsigned pss_bits(imstls_bytes params)
{
  imstls_bytes sequence, hash, mask, mask_sequence, oid;
  if (!imstls_i_der_take(&params, IMSTLS_I_DER_SEQUENCE, &sequence))
    return HASH_NONE;
  if (!imstls_i_der_take(&sequence, TAG_HASH, &hash) || !imstls_i_der_take(&sequence, TAG_MASK, &mask))
    return HASH_NONE;
  if (!imstls_i_der_take(&mask, IMSTLS_I_DER_SEQUENCE, &mask_sequence))
    return HASH_NONE;
  if (!imstls_i_der_take(&mask_sequence, IMSTLS_I_DER_OID, &oid))
    return HASH_NONE;
  unsigned bits = hash_identifier(hash);
  return bits == hash_identifier(mask_sequence) ? bits : HASH_NONE;
}

/* Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature } (RFC 5280 4.1) */
static bool read_algorithm(imstls_bytes der, imstls_bytes *oid, imstls_bytes *params)
{
  imstls_bytes certificate, unused;
  if (!imstls_i_der_take(&der, IMSTLS_I_DER_SEQUENCE, &certificate) || der.len != 0)
    return false;
  if (!imstls_i_der_take(&certificate, IMSTLS_I_DER_SEQUENCE, &unused))
    return false;
  if (!imstls_i_der_take(&certificate, IMSTLS_I_DER_SEQUENCE, params))
    return false;
  if (!imstls_i_der_take(&certificate, IMSTLS_I_DER_BIT_STRING, &unused) || certificate.len != 0)
    return false;
  return imstls_i_der_take(params, IMSTLS_I_DER_OID, oid);
}

static unsigned signature_bits(imstls_bytes oid, imstls_bytes params)
{
  if (imstls_i_der_is_oid(oid, oid_rsa_pss, sizeof oid_rsa_pss))
    return pss_bits(params);
  return bits_of(oid, signatures, sizeof signatures / sizeof signatures[0]);
}

int imstls_token2_end_point(const uint8_t *cert, size_t cert_len, uint8_t out[64], size_t *out_len)
{
  if (!cert || !out || !out_len)
    return IMSTLS_ERR_USAGE;
  imstls_bytes der = { cert, cert_len }, oid, params;
  if (!read_algorithm(der, &oid, &params))
    return IMSTLS_ERR_TLS_CERT;
  unsigned bits = signature_bits(oid, params);
  /* SHA-256 stands in for MD5 and SHA-1 (RFC 5929 4.1), and by our rule for all that name no hash we have. */
  bool wide = bits == 384 || bits == 512;
  int error = wide ? imstls_i_sha512((int)bits, der, out) : imstls_i_sha256(&der, 1, out);
  if (!error)
    *out_len = wide ? bits / 8 : IMSTLS_I_SHA256_LEN;
  return error;
}
