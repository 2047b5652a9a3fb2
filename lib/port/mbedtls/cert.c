/* SPDX-License-Identifier: Apache-2.0 */
/* The server's certificate: what is fatal under every policy, what only PKI trust cares about. */
#include "port/mbedtls/tls.h"

#include <mbedtls/asn1.h>
#include <mbedtls/ecp.h>

#include "access/cert_name.h"

/* Keys as TS 33.310 6.1 wants them; signature hashes without SHA-1, which counts under PKI trust alone. */
const mbedtls_x509_crt_profile imstls_i_mbedtls_profile = {
  MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
      MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
  IMSTLS_I_PROFILE_KEYS,
  MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) | MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1) |
      MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
  2048,
};

/* id-kp-sipDomain, RFC 5924: a certificate for SIP need not name serverAuth as well. */
static const char sip_domain[] = "\x2b\x06\x01\x05\x05\x07\x03\x14";

enum { SEQUENCE = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE };

/* What a chain may cost, whoever sends it: without these, four certificates held a step for seconds. */
enum { CHAIN_MAX = 10, CHAIN_OCTETS_MAX = 64 * 1024, MODULUS_OCTETS_MAX = 512, EXPONENT_OCTETS_MAX = 4 };

/* Octets of the magnitude of the INTEGER at `*at`, which moves behind it; negative: there is none. */
static int integer_octets(uint8_t **at, const uint8_t *end)
{
  size_t len;
  int ret = mbedtls_asn1_get_tag(at, end, &len, MBEDTLS_ASN1_INTEGER);
  if (ret != 0)
    return ret;
  const uint8_t *p = *at;
  *at += len;
  while (len > 0 && *p == 0) {
    p++;
    len--;
  }
  return (int)len;
}

/* SubjectPublicKeyInfo (RFC 5280 4.1): the algorithm's parameters, and the content of the BIT STRING. */
static bool split_key(const mbedtls_x509_crt *crt, mbedtls_asn1_buf *params, mbedtls_asn1_buf *key)
{
  mbedtls_asn1_buf algorithm;
  uint8_t *p = crt->pk_raw.p;
  const uint8_t *end = p + crt->pk_raw.len;
  size_t len;
  if (mbedtls_asn1_get_tag(&p, end, &len, SEQUENCE) != 0 || mbedtls_asn1_get_alg(&p, end, &algorithm, params) != 0)
    return false;
  if (mbedtls_asn1_get_bitstring_null(&p, end, &key->len) != 0)
    return false;
  key->p = p;
  return true;
}

/* RSAPublicKey (RFC 8017 A.1.1). */
static bool rsa_within_limits(const mbedtls_x509_crt *crt)
{
  mbedtls_asn1_buf params, key;
  size_t len;
  if (!split_key(crt, &params, &key))
    return false;
  uint8_t *p = key.p;
  const uint8_t *end = p + key.len;
  if (mbedtls_asn1_get_tag(&p, end, &len, SEQUENCE) != 0)
    return false;
  int modulus = integer_octets(&p, end);
  int exponent = modulus < 0 ? modulus : integer_octets(&p, end);
  return exponent > 0 && exponent <= EXPONENT_OCTETS_MAX && modulus <= MODULUS_OCTETS_MAX;
}

static bool chain_within_limits(const mbedtls_x509_crt *chain)
{
  size_t count = 0, octets = 0;
  for (const mbedtls_x509_crt *crt = chain; crt; crt = crt->next) {
    count++;
    octets += crt->raw.len;
    if (count > CHAIN_MAX || octets > CHAIN_OCTETS_MAX)
      return false;
    if (imstls_i_mbedtls_is_rsa(&crt->pk) && !rsa_within_limits(crt))
      return false;
  }
  return true;
}

static bool curve_is(const mbedtls_asn1_buf *params, const char *oid, size_t len)
{
  return params->tag == MBEDTLS_ASN1_OID && params->len == len && memcmp(params->p, oid, len) == 0;
}
#define CURVE_IS(params, oid) curve_is((params), (oid), sizeof(oid) - 1)

/* Type and size of the key, as the profile has them: secp256r1, secp384r1 and secp521r1 by name (RFC 5480 2.1.1.1). A
 * certificate that mbedTLS could not read has no key. */
static bool key_fit(const mbedtls_x509_crt *crt)
{
  mbedtls_asn1_buf params, key;
  if (imstls_i_mbedtls_is_rsa(&crt->pk))
    return mbedtls_pk_get_bitlen(&crt->pk) >= imstls_i_mbedtls_profile.rsa_min_bitlen;
  if (!imstls_i_mbedtls_is_ecdsa(&crt->pk) || !split_key(crt, &params, &key))
    return false;
  return CURVE_IS(&params, "\x2a\x86\x48\xce\x3d\x03\x01\x07") || CURVE_IS(&params, "\x2b\x81\x04\x00\x22") ||
         CURVE_IS(&params, "\x2b\x81\x04\x00\x23");
}

static bool usage_fit(const mbedtls_x509_crt *crt)
{
  /* Every certificate suite offered signs its key exchange (RFC 5246 7.4.2). */
  if (mbedtls_x509_crt_check_key_usage(crt, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) != 0)
    return false;
  return mbedtls_x509_crt_check_extended_key_usage(crt, MBEDTLS_OID_SERVER_AUTH, sizeof(MBEDTLS_OID_SERVER_AUTH) - 1) ==
             0 ||
         mbedtls_x509_crt_check_extended_key_usage(crt, sip_domain, sizeof sip_domain - 1) == 0;
}

bool imstls_i_mbedtls_chain_fit(const mbedtls_x509_crt *chain)
{
  return chain_within_limits(chain) && key_fit(chain) && usage_fit(chain);
}

int imstls_i_mbedtls_keep_cert(imstls_i_mbedtls_cert *cert, imstls_bytes der)
{
  mbedtls_free(cert->der);
  cert->der = NULL;
  cert->len = 0;
  if (der.len == 0)
    return IMSTLS_OK;
  if (der.len > cert->max)
    return IMSTLS_ERR_CERT_TOO_LONG;
  cert->der = mbedtls_calloc(1, der.len);
  if (!cert->der)
    return IMSTLS_ERR_MEMORY;
  memcpy(cert->der, der.ptr, der.len);
  cert->len = der.len;
  return IMSTLS_OK;
}

/* One stored for resumption is none of this handshake. */
int imstls_i_mbedtls_take_chain(imstls_i_mbedtls_cert *cert, const mbedtls_x509_crt *chain)
{
  bool fit = imstls_i_mbedtls_chain_fit(chain);
  imstls_bytes der = { chain->raw.p, fit ? chain->raw.len : 0 };
  cert->seen = true;
  cert->error = imstls_i_mbedtls_keep_cert(cert, der);
  if (!fit)
    cert->error = IMSTLS_ERR_TLS_CERT;
  return cert->error;
}

static bool keys_fit(const mbedtls_x509_crt *chain)
{
  for (const mbedtls_x509_crt *crt = chain; crt; crt = crt->next)
    if (!key_fit(crt))
      return false;
  return true;
}

/* Issuers that are out of date are left out of both lists for the length of the call: as the time of a session never
 * changes, each slice sees the same lists. */
static int verify_with(imstls_mbedtls_session *s, mbedtls_x509_crt *const *all, size_t count)
{
  const imstls_mbedtls *part = s->part;
  mbedtls_x509_crt *chain = all[0];
  mbedtls_x509_crt *anchors = imstls_i_mbedtls_link_valid(part->anchors, part->anchor_count, s->wall_s);
  chain->next = imstls_i_mbedtls_link_valid(all + 1, count - 1, s->wall_s);
  int ret =
      mbedtls_x509_crt_verify_restartable(chain, anchors, NULL, &imstls_i_mbedtls_profile, NULL, &s->cert.pki_flags,
                                          imstls_i_mbedtls_judge_dates, s, imstls_i_mbedtls_restart(s));
  imstls_i_mbedtls_link_all(all, count);
  imstls_i_mbedtls_link_all(part->anchors, part->anchor_count);
  return ret == MBEDTLS_ERR_ECP_IN_PROGRESS ? IMSTLS_PENDING : IMSTLS_OK;
}

/* The links, for a PKI policy alone; the result is in the facts and ends nothing. A key that the profile refuses is
 * refused before anything is verified with it. The trust anchors are every session's: one chain at a time is verified
 * with them. IMSTLS_PENDING: a slice is done. */
static int verify_links(imstls_mbedtls_session *s, mbedtls_x509_crt *chain)
{
  mbedtls_x509_crt *all[CHAIN_MAX];
  size_t count = 0;
  s->cert.pki_flags = MBEDTLS_X509_BADCERT_BAD_KEY;
  if (!keys_fit(chain))
    return IMSTLS_OK;
  for (mbedtls_x509_crt *crt = chain; crt; crt = crt->next)
    all[count++] = crt;
  if (!imstls_i_mbedtls_lock(s->part))
    return IMSTLS_OK;
  int result = verify_with(s, all, count);
  imstls_i_mbedtls_unlock(s->part);
  return result;
}

/* Without the time there is no verdict to come to. */
static bool links_count(const imstls_mbedtls_session *s)
{
  return s->verify_pki && s->part->anchor_count > 0 && s->wall_s >= 0;
}

int imstls_i_mbedtls_judge(imstls_mbedtls_session *s)
{
  mbedtls_x509_crt scratch;
  mbedtls_x509_crt_init(&scratch);
  mbedtls_x509_crt *chain = imstls_i_mbedtls_peer_chain(&s->ssl, &scratch);
  int error = IMSTLS_OK;
  if (chain)
    error = imstls_i_mbedtls_take_chain(&s->cert, chain);
  if (chain && error == IMSTLS_OK && links_count(s))
    error = verify_links(s, chain);
  mbedtls_x509_crt_free(&scratch);
  return error;
}

/* 1, 0 or an error, as in imstls_tls_facts.pki. A resumed session shows no chain, so PKI cannot vouch for it. */
int imstls_i_mbedtls_pki(const imstls_mbedtls_session *s)
{
  if (!s->verify_pki)
    return 0;
  if (s->part->anchor_count == 0 || !s->cert.seen || s->cert.error != IMSTLS_OK)
    return IMSTLS_ERR_PKI;
  if (s->wall_s < 0)
    return IMSTLS_ERR_CLOCK;
  if (s->cert.pki_flags != 0)
    return IMSTLS_ERR_PKI;
  imstls_bytes der = { s->cert.der, s->cert.len };
  imstls_text name = { s->server_name, strlen(s->server_name) };
  return imstls_i_cert_name_matches(der, name) ? 1 : IMSTLS_ERR_PKI;
}
