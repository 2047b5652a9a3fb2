/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file mbedtls.h
 * \brief The ready-made TLS part: libimstls's own mbedTLS sessions, or one that the application brings.
 * The only public header that names mbedTLS types.
 *
 * Where mbedTLS has MBEDTLS_ECP_RESTARTABLE, an application that calls mbedtls_ecp_set_max_ops gets the handshake in
 * slices: one a step (IMSTLS_PENDING in between). The limit is global to mbedTLS, so libimstls does not set it.
 *
 * The share of one call of the part: 32 KiB taken from the network in at most 128 calls of it, 32 calls that send, 4
 * session tickets of TLS 1.3; a handshake message of 8 KiB ends it. A peer that sends 256 KiB without an end of the
 * handshake, or after it 256 KiB without an octet of data, ends the session (IMSTLS_ERR_TLS).
 *
 * Threads: where mbedTLS was built with MBEDTLS_THREADING_C, as Debian's is, one part serves clients of many threads.
 * It locks with mbedTLS's own mutex hooks, for moments, and under a PKI policy for as long as a chain is verified; a
 * session belongs to the thread of its client, and `random` and `keylog` may be called by several threads at once.
 * Without MBEDTLS_THREADING_C a part belongs to one thread at a time, and where mbedTLS uses PSA (TLS 1.3 does), all
 * of mbedTLS. imstls_mbedtls_new fills lists that are global to mbedTLS: the first one returns before a second thread
 * calls it. A lender belongs to one client.
 *
 * Certificates, before any key of theirs is worked with: at most 10 of them and 64 KiB, RSA keys of at most 4096 bits
 * with public exponents of at most 32 (IMSTLS_ERR_TLS_CERT). Of the end entity the key's type and size and its usage
 * count under every policy; signatures, dates and issuers are looked at under a PKI policy alone. The signature that
 * proves the end entity's key is verified always. Dates are compared with imstls_tls_open.wall_s alone, whether mbedTLS
 * has MBEDTLS_HAVE_TIME_DATE or not; issuers that are out of date at that time are passed over, so that of a renewed
 * one the valid certificate is found.
 */
#ifndef IMSTLS_MBEDTLS_H
#define IMSTLS_MBEDTLS_H

#include <mbedtls/ssl.h>

#include <imstls/tls.h>
#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup ports
 * @{ */

struct imstls_mbedtls_session;

/** Settings of the part. Everything but `size` may be zero. */
typedef struct imstls_mbedtls_config {
  size_t size;
  /** 12, 13, or 0: what mbedTLS has. With 13, mbedTLS 3.6 cannot speak TLS 1.2 to a server with an RSA certificate that
   *  insists on RSA-PSS: it offers PSS for TLS 1.3 and refuses it in 1.2 (IMSTLS_ERR_TLS_PSS). The client then tries
   *  once more with 1.2 alone */
  int32_t max_version;
  /** sessions at once, of all clients together, at most 65536; 0: 2. A client needs 2, and 4 with
   *  imstls_config_serving.port. About 3 KiB are allocated when one is opened, beside what mbedTLS itself needs then,
   *  and freed when it is closed */
  uint32_t sessions;
  const char *ca_file; /**< PEM trust anchors for PKI policies, or NULL */
  imstls_bytes ca;     /**< the same as DER or terminated PEM (`len` counts the NUL), or empty */
  /** longest end-entity certificate that is taken, at most 1048576 octets; 0: 16384. Memory of its length is allocated
   *  when it comes, and freed with its session */
  uint32_t cert_max;
  int32_t min_version; /**< 12 (also 0) or 13; with 13, TLS 1.2 is never offered, and there is no second try with it */
  int (*random)(void *user, uint8_t *out, size_t len); /**< 0 on success; NULL: CTR_DRBG on mbedTLS's entropy */
  void *random_user;
  /** \brief  NSS key log lines, such as "CLIENT_RANDOM ..."; NULL: none. For debugging alone: the line opens the
   *  traffic. */
  void (*keylog)(void *user, const char *line);
  void *keylog_user;
} imstls_mbedtls_config;
#define IMSTLS_MBEDTLS_CONFIG_INIT                                                                                     \
  {                                                                                                                    \
    sizeof(imstls_mbedtls_config), 0, 0, 0, { 0, 0 }, 0, 0, 0, 0, 0, 0                                                 \
  }

/** The part; its content is private. */
typedef struct imstls_mbedtls imstls_mbedtls;

/**
 * \brief  Makes the part. It allocates with mbedTLS's calloc, as mbedTLS itself does.
 * \param  out     written
 * \param  config  copied; NULL for the defaults
 * \return IMSTLS_OK; IMSTLS_ERR_MEMORY; IMSTLS_ERR_RANDOM: no entropy; IMSTLS_ERR_PKI: the trust anchors cannot be
 *         read; IMSTLS_ERR_UNSUPPORTED: a version that mbedTLS lacks; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_mbedtls_new(imstls_mbedtls **out, const imstls_mbedtls_config *config);

/**
 * \brief  What imstls_config_ports.tls takes.
 * \param  part  made by imstls_mbedtls_new
 * \return borrowed from `part`; NULL when part is NULL
 */
IMSTLS_API const imstls_tls *imstls_mbedtls_tls(imstls_mbedtls *part);

/**
 * \brief  Randomness of the part's DRBG, for imstls_config_ports.random.
 * \param  part  an imstls_mbedtls
 * \param  out   written
 * \param  len   octets
 * \return IMSTLS_OK; IMSTLS_ERR_RANDOM
 */
IMSTLS_API int imstls_mbedtls_random(void *part, uint8_t *out, size_t len);

/**
 * \brief  Frees the part after the last client that uses it.
 * \param  part  may be NULL
 */
IMSTLS_API void imstls_mbedtls_free(imstls_mbedtls *part);

/**
 * \brief  mbedTLS's own words for one of its codes, such as imstls_client_tls_error gives.
 * \param  code  of mbedTLS
 * \param  out   written, with a NUL; "" for 0, and where mbedTLS was built without MBEDTLS_ERROR_C
 * \param  cap   octets of `out`, 1 at least; 128 are enough
 * \return octets without the NUL
 */
IMSTLS_API size_t imstls_mbedtls_error_text(int code, char *out, size_t cap);

/** What an application states of a session it lends. Unknown is -1, and then the session is not fit for tokens. */
typedef struct imstls_mbedtls_lent {
  size_t size;
  mbedtls_ssl_context *ssl; /**< set up, its BIO set, the handshake done or not; borrowed */
  int32_t resumed;          /**< 1, 0 or -1 */
  int32_t extended_ms;      /**< 1, 0 or -1 */
} imstls_mbedtls_lent;

/** A lent session as an imstls_tls: `open` hands it out once, `close` closes it but frees nothing. */
typedef struct imstls_mbedtls_lender {
  size_t size;
  imstls_tls tls; /**< filled by imstls_mbedtls_lend */
  imstls_mbedtls_lent lent;
  int32_t in_use; /**< this and what follows is private */
  int32_t last;
} imstls_mbedtls_lender;
#define IMSTLS_MBEDTLS_LENDER_INIT IMSTLS_SIZED(imstls_mbedtls_lender)

/**
 * \brief  Lends an application's own mbedTLS session to one client. The client's `io` is not used: the application's
 *  BIO is.
 * mbedTLS goes on inside one call for as long as that BIO has octets, so the BIO bounds what a step may cost: after
 * some octets (32 KiB, as the part itself does) or some calls it says MBEDTLS_ERR_SSL_WANT_READ, and the application
 * calls imstls_client_step again. Where mbedTLS lacks MBEDTLS_SSL_KEEP_PEER_CERTIFICATE it has no certificate to show,
 * and such a session is not fit for tokens.
 * \param  lender  begun with IMSTLS_MBEDTLS_LENDER_INIT; kept by reference
 * \param  lent    copied
 * \return what imstls_config_ports.tls takes; NULL: an argument or `ssl` is NULL, or a `size` is too small
 */
IMSTLS_API const imstls_tls *imstls_mbedtls_lend(imstls_mbedtls_lender *lender, const imstls_mbedtls_lent *lent);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
