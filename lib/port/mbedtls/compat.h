/* SPDX-License-Identifier: Apache-2.0 */
/* Where mbedTLS 2.28, 3.6 and 4 differ. Only lib/port/mbedtls/ includes it. */
#ifndef IMSTLS_PORT_MBEDTLS_COMPAT_H
#define IMSTLS_PORT_MBEDTLS_COMPAT_H

#include <stdbool.h>

#include <imstls/types.h>

#include <mbedtls/version.h>
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#include <mbedtls/build_info.h>
#elif !defined(MBEDTLS_CONFIG_FILE)
#include <mbedtls/config.h>
#else
#include MBEDTLS_CONFIG_FILE
#endif
#include <mbedtls/net_sockets.h> /* error numbers alone */
#include <mbedtls/oid.h>
#include <mbedtls/platform.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "port/mbedtls/needs.h"

/* Mutexes by mbedTLS's own hooks, whatever stands behind them. */
#if defined(MBEDTLS_THREADING_C)
#define IMSTLS_I_LOCKS 1
#include <mbedtls/threading.h>
#else
#define IMSTLS_I_LOCKS 0
#endif

#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && MBEDTLS_VERSION_NUMBER >= 0x03060000
#define IMSTLS_I_TLS13 1
#else
#define IMSTLS_I_TLS13 0
#endif

/* mbedTLS 4 draws its randomness from PSA alone. */
#if MBEDTLS_VERSION_NUMBER >= 0x04000000
#define IMSTLS_I_PSA_RANDOM 1
#else
#define IMSTLS_I_PSA_RANDOM 0
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#endif

#if IMSTLS_I_TLS13 || IMSTLS_I_PSA_RANDOM || defined(MBEDTLS_USE_PSA_CRYPTO)
#define IMSTLS_I_PSA 1
#include <psa/crypto.h>
#else
#define IMSTLS_I_PSA 0
#endif

/* A chain that does not outlive its message cannot be verified in slices. */
#if defined(MBEDTLS_ECDSA_C) && defined(MBEDTLS_ECP_RESTARTABLE) && defined(MBEDTLS_SSL_KEEP_PEER_CERTIFICATE)
#define IMSTLS_I_RESTARTABLE 1
#else
#define IMSTLS_I_RESTARTABLE 0
#endif

/* Members that mbedTLS 3 has no getter for. */
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#define IMSTLS_I_MEMBER(name) MBEDTLS_PRIVATE(name)
#else
#define IMSTLS_I_MEMBER(name) name
#endif

/* mbedTLS 2.28 has no such code, and no use for it. */
#if defined(MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER)
#define IMSTLS_I_ILLEGAL_PARAMETER MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER
#else
#define IMSTLS_I_ILLEGAL_PARAMETER MBEDTLS_ERR_SSL_BAD_HS_SERVER_HELLO
#endif

/* 3.x has names of its own, also for the PSK of TLS 1.3. */
#if defined(MBEDTLS_KEY_EXCHANGE_SOME_PSK_ENABLED) || defined(MBEDTLS_SSL_HANDSHAKE_WITH_PSK_ENABLED)
#define IMSTLS_I_HAS_PSK 1
#else
#define IMSTLS_I_HAS_PSK 0
#endif

#if defined(MBEDTLS_SSL_KEYING_MATERIAL_EXPORT)
#define IMSTLS_I_EXPORT_KEYING 1
#else
#define IMSTLS_I_EXPORT_KEYING 0
#endif

/* What kind of key it is. mbedTLS 4 tells by what a key can do, and a profile lists what signs certificates. */
#if MBEDTLS_VERSION_NUMBER >= 0x04000000
#define IMSTLS_I_PROFILE_KEYS                                                                                          \
  (MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_SIGALG_RSA_PKCS1V15) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_SIGALG_RSA_PSS) |            \
   MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_SIGALG_ECDSA))
static inline bool imstls_i_mbedtls_is_rsa(const mbedtls_pk_context *key)
{
  return mbedtls_pk_can_do_psa(key, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256), PSA_KEY_USAGE_VERIFY_HASH) == 1;
}
static inline bool imstls_i_mbedtls_is_ecdsa(const mbedtls_pk_context *key)
{
  return mbedtls_pk_can_do_psa(key, PSA_ALG_ECDSA(PSA_ALG_SHA_256), PSA_KEY_USAGE_VERIFY_HASH) == 1;
}
#else
#define IMSTLS_I_PROFILE_KEYS                                                                                          \
  (MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSA) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECKEY) |                                     \
   MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECDSA) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSASSA_PSS))
static inline bool imstls_i_mbedtls_is_rsa(const mbedtls_pk_context *key)
{
  return mbedtls_pk_can_do(key, MBEDTLS_PK_RSA) == 1;
}
static inline bool imstls_i_mbedtls_is_ecdsa(const mbedtls_pk_context *key)
{
  return mbedtls_pk_can_do(key, MBEDTLS_PK_ECDSA) == 1;
}
#endif

/* Versions are 12 or 13. */
static inline void imstls_i_mbedtls_versions(mbedtls_ssl_config *conf, int min, int max)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
  mbedtls_ssl_conf_min_tls_version(conf, min == 13 ? MBEDTLS_SSL_VERSION_TLS1_3 : MBEDTLS_SSL_VERSION_TLS1_2);
  mbedtls_ssl_conf_max_tls_version(conf, max == 13 ? MBEDTLS_SSL_VERSION_TLS1_3 : MBEDTLS_SSL_VERSION_TLS1_2);
#else
  (void)min;
  (void)max;
  mbedtls_ssl_conf_min_version(conf, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
  mbedtls_ssl_conf_max_version(conf, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
}

/* A server that is asked sends no longer records (RFC 6066 4), where mbedTLS has no room for the longest. mbedTLS's own
 * call takes no length above MBEDTLS_SSL_OUT_CONTENT_LEN, below which its records stay anyway. */
static inline void imstls_i_mbedtls_ask_for_short_records(mbedtls_ssl_config *conf)
{
#if defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH) && MBEDTLS_SSL_IN_CONTENT_LEN < 16384
  static const uint16_t lengths[] = { 0, 512, 1024, 2048, 4096 }; /* by their codes */
  unsigned char code = MBEDTLS_SSL_MAX_FRAG_LEN_4096;
  while (lengths[code] > MBEDTLS_SSL_IN_CONTENT_LEN)
    code--;
  conf->IMSTLS_I_MEMBER(mfl_code) = code;
#else
  (void)conf;
#endif
}

/* A TLS 1.3 ticket arrived between records of data. */
static inline bool imstls_i_mbedtls_is_ticket(int ret)
{
#if IMSTLS_I_TLS13
  return ret == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
#else
  (void)ret;
  return false;
#endif
}

/* A record that is made and has not left whole. */
static inline bool imstls_i_mbedtls_unsent(const mbedtls_ssl_context *ssl)
{
  return ssl->IMSTLS_I_MEMBER(out_left) > 0;
}

static inline bool imstls_i_mbedtls_has_server_hello(const mbedtls_ssl_context *ssl)
{
  return ssl->IMSTLS_I_MEMBER(state) > MBEDTLS_SSL_SERVER_HELLO;
}

static inline bool imstls_i_mbedtls_awaits_certificate(const mbedtls_ssl_context *ssl)
{
  return ssl->IMSTLS_I_MEMBER(state) == MBEDTLS_SSL_SERVER_CERTIFICATE;
}

static inline bool imstls_i_mbedtls_handshake_over(const mbedtls_ssl_context *ssl)
{
  return ssl->IMSTLS_I_MEMBER(state) == MBEDTLS_SSL_HANDSHAKE_OVER;
}

static inline bool imstls_i_mbedtls_has_handshake(const mbedtls_ssl_context *ssl)
{
  return ssl->IMSTLS_I_MEMBER(in_msgtype) == MBEDTLS_SSL_MSG_HANDSHAKE;
}

/* The record that was read last holds a part of a handshake message alone, of its header even. */
static inline bool imstls_i_mbedtls_is_fragment(const mbedtls_ssl_context *ssl)
{
  enum { HEADER = 4 };
  size_t len = ssl->IMSTLS_I_MEMBER(in_msglen);
  return imstls_i_mbedtls_has_handshake(ssl) && (len < HEADER || len < ssl->IMSTLS_I_MEMBER(in_hslen));
}

/* It begins with a handshake message of this type. */
static inline bool imstls_i_mbedtls_has_message(const mbedtls_ssl_context *ssl, uint8_t type)
{
  bool any = imstls_i_mbedtls_has_handshake(ssl) && ssl->IMSTLS_I_MEMBER(in_msglen) > 0;
  return any && ssl->IMSTLS_I_MEMBER(in_msg)[0] == type;
}

/* The certificate that a session holds, or empty. */
imstls_bytes imstls_i_mbedtls_own_cert(const mbedtls_ssl_session *session);

/* The chain of the Certificate message that the last step of the handshake took, or NULL. Where mbedTLS does not keep
 * it, `scratch` (initialized, freed by the caller) holds it and points into mbedTLS's buffer. */
mbedtls_x509_crt *imstls_i_mbedtls_peer_chain(mbedtls_ssl_context *ssl, mbedtls_x509_crt *scratch);

/* Signatures of the key exchange without SHA-1, and groups: those that cost the least first. The tables are in
 * compat.c. */
void imstls_i_mbedtls_algorithms(mbedtls_ssl_config *conf);

#endif
