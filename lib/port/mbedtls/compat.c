/* SPDX-License-Identifier: Apache-2.0 */
#include "port/mbedtls/compat.h"

/* Everest's X25519 costs less than P-256 does, mbedTLS's own more: where Everest is built in it comes before the curves
 * of TS 33.210 6.2, else after them. A TLS 1.3 server without X25519 then asks for another key share. */
#if defined(MBEDTLS_ECDH_VARIANT_EVEREST_ENABLED)
#define EVEREST 1
#else
#define EVEREST 0
#endif

#if MBEDTLS_VERSION_NUMBER >= 0x03020000

/* For RSA what mbedTLS's TLS 1.2 can verify comes first: PSS it offers for both versions and refuses in 1.2. TLS 1.3
 * has no PKCS #1 in handshakes (RFC 8446 4.2.3), so PSS is taken there all the same. */
static const uint16_t signatures[] = {
  MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
  MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
  MBEDTLS_TLS1_3_SIG_ECDSA_SECP521R1_SHA512,
  MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
  MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
  MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
#if defined(MBEDTLS_RSA_C) && defined(MBEDTLS_PKCS1_V21)
  MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
  MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
  MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
#endif
  MBEDTLS_TLS1_3_SIG_NONE,
};

static const uint16_t groups[] = {
#if EVEREST
  MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
#endif
  MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
#if !EVEREST
  MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
#endif
  MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1, MBEDTLS_SSL_IANA_TLS_GROUP_NONE,
};

void imstls_i_mbedtls_algorithms(mbedtls_ssl_config *conf)
{
  mbedtls_ssl_conf_sig_algs(conf, signatures);
  mbedtls_ssl_conf_groups(conf, groups);
}

#else

static const int hashes[] = {
  MBEDTLS_MD_SHA256,
#if defined(MBEDTLS_SHA512_C)
  MBEDTLS_MD_SHA384,
  MBEDTLS_MD_SHA512,
#endif
  MBEDTLS_MD_NONE,
};

/* A curve that mbedTLS was built without would fail every ClientHello. */
static const mbedtls_ecp_group_id curves[] = {
#if defined(MBEDTLS_ECP_DP_CURVE25519_ENABLED) && EVEREST
  MBEDTLS_ECP_DP_CURVE25519,
#endif
#if defined(MBEDTLS_ECP_DP_SECP256R1_ENABLED)
  MBEDTLS_ECP_DP_SECP256R1,
#endif
#if defined(MBEDTLS_ECP_DP_SECP384R1_ENABLED)
  MBEDTLS_ECP_DP_SECP384R1,
#endif
#if defined(MBEDTLS_ECP_DP_CURVE25519_ENABLED) && !EVEREST
  MBEDTLS_ECP_DP_CURVE25519,
#endif
#if defined(MBEDTLS_ECP_DP_SECP521R1_ENABLED)
  MBEDTLS_ECP_DP_SECP521R1,
#endif
  MBEDTLS_ECP_DP_NONE,
};

void imstls_i_mbedtls_algorithms(mbedtls_ssl_config *conf)
{
  mbedtls_ssl_conf_sig_hashes(conf, hashes);
  mbedtls_ssl_conf_curves(conf, curves);
}

#endif

#if defined(MBEDTLS_SSL_KEEP_PEER_CERTIFICATE)

mbedtls_x509_crt *imstls_i_mbedtls_peer_chain(mbedtls_ssl_context *ssl, mbedtls_x509_crt *scratch)
{
  (void)scratch;
  return ssl->IMSTLS_I_MEMBER(session_negotiate)->IMSTLS_I_MEMBER(peer_cert);
}

imstls_bytes imstls_i_mbedtls_own_cert(const mbedtls_ssl_session *session)
{
  const mbedtls_x509_crt *crt = session->IMSTLS_I_MEMBER(peer_cert);
  return crt ? (imstls_bytes){ crt->raw.p, crt->raw.len } : (imstls_bytes){ NULL, 0 };
}

#else

imstls_bytes imstls_i_mbedtls_own_cert(const mbedtls_ssl_session *session)
{
  (void)session;
  return (imstls_bytes){ NULL, 0 };
}

enum { HANDSHAKE_HEADER = 4 };

static size_t get24(const uint8_t *p) { return (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2]; }

/* The message is still whole, since no later record was read, and mbedTLS found its lengths right (RFC 5246 7.4.2).
 * Certificates that it left out are left out again. */
mbedtls_x509_crt *imstls_i_mbedtls_peer_chain(mbedtls_ssl_context *ssl, mbedtls_x509_crt *scratch)
{
  const uint8_t *message = ssl->IMSTLS_I_MEMBER(in_msg);
  size_t len = ssl->IMSTLS_I_MEMBER(in_hslen);
  bool handshake = ssl->IMSTLS_I_MEMBER(in_msgtype) == MBEDTLS_SSL_MSG_HANDSHAKE;
  if (!handshake || len < HANDSHAKE_HEADER + 3 || message[0] != MBEDTLS_SSL_HS_CERTIFICATE)
    return NULL;
  for (size_t at = HANDSHAKE_HEADER + 3; len - at >= 3;) {
    size_t n = get24(message + at);
    at += 3;
    if (n > len - at)
      break;
    (void)mbedtls_x509_crt_parse_der_nocopy(scratch, message + at, n);
    at += n;
  }
  return scratch;
}

#endif
