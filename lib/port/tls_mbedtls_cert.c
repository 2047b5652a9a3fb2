/* SPDX-License-Identifier: Apache-2.0 */
/* The server's certificate: what is fatal under every policy, what only PKI trust cares about. */
#include "port/tls_mbedtls_i.h"

#include "access/cert_name.h"

/* Keys as TS 33.310 6.1 wants them; signature hashes without SHA-1, which counts under PKI trust alone. */
const mbedtls_x509_crt_profile imstls_i_mbedtls_profile = {
  MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
    MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
  MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSA) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECKEY) |
    MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECDSA) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSASSA_PSS),
  MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) | MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1) |
    MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
  2048,
};

/* id-kp-sipDomain, RFC 5924: a certificate for SIP need not name serverAuth as well. */
static const char sip_domain[] = "\x2b\x06\x01\x05\x05\x07\x03\x14";

bool imstls_i_mbedtls_cert_fit(const mbedtls_x509_crt *crt, uint32_t flags)
{
  if (flags & (MBEDTLS_X509_BADCERT_BAD_KEY | MBEDTLS_X509_BADCERT_BAD_PK)) return false;
  /* Every certificate suite offered signs its key exchange (RFC 5246 7.4.2). */
  if (mbedtls_x509_crt_check_key_usage(crt, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) != 0) return false;
  return mbedtls_x509_crt_check_extended_key_usage(crt, MBEDTLS_OID_SERVER_AUTH,
                                                   sizeof(MBEDTLS_OID_SERVER_AUTH) - 1) == 0 ||
         mbedtls_x509_crt_check_extended_key_usage(crt, sip_domain, sizeof sip_domain - 1) == 0;
}

/* Called from the root (highest depth) down to the server's own certificate. Not trusted, expired and the like pass
 * here: the token decides, or imstls_i_mbedtls_pki(). */
int imstls_i_mbedtls_verify(void *user, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
  imstls_i_mbedtls_cert *cert = user;
  cert->pki_flags |= *flags & ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH;
  if (depth > 0) return 0;
  cert->seen = true;
  cert->error = IMSTLS_OK;
  cert->len = 0; /* one stored for resumption is none of this handshake */
  if (!imstls_i_mbedtls_cert_fit(crt, *flags)) cert->error = IMSTLS_ERR_TLS_CERT;
  else if (crt->raw.len > cert->max) cert->error = IMSTLS_ERR_CERT_TOO_LONG;
  if (cert->error != IMSTLS_OK) return MBEDTLS_ERR_X509_FATAL_ERROR;
  memcpy(cert->der, crt->raw.p, crt->raw.len);
  cert->len = crt->raw.len;
  return 0;
}

/* 2020-01-01: a clock before that was never set. */
static bool clock_known(void)
{
#if defined(MBEDTLS_HAVE_TIME_DATE)
  return mbedtls_time(NULL) >= 1577836800;
#else
  return false;
#endif
}

/* 1, 0 or an error, as in imstls_tls_facts.pki. A resumed session shows no chain, so PKI cannot vouch for it. */
int imstls_i_mbedtls_pki(const imstls_mbedtls_session *s)
{
  if (!s->verify_pki) return 0;
  if (!s->part->has_ca || !s->cert.seen || s->cert.error != IMSTLS_OK) return IMSTLS_ERR_PKI;
  if (!clock_known()) return IMSTLS_ERR_CLOCK;
  const uint32_t ours = MBEDTLS_X509_BADCERT_CN_MISMATCH | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE;
  if (s->cert.pki_flags != 0 || (mbedtls_ssl_get_verify_result(&s->ssl) & ~ours) != 0) return IMSTLS_ERR_PKI;
  imstls_bytes der = { s->cert.der, s->cert.len };
  imstls_text name = { s->server_name, strlen(s->server_name) };
  return imstls_i_cert_name_matches(der, name) ? 1 : IMSTLS_ERR_PKI;
}
