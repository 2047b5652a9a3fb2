/* SPDX-License-Identifier: Apache-2.0 */
/* Results of mbedTLS in libimstls's own numbers, and in words. */
#include "port/mbedtls/tls.h"

#if defined(MBEDTLS_ERROR_C)
#include <mbedtls/error.h>
#endif

enum { KEY_UPDATE = 24 }; /* RFC 8446 4.6.3 */

/* X.509 and public key modules of mbedTLS. */
static bool is_certificate_error(int ret)
{
  int high = -ret & 0xFF80;
  if (ret <= -0x10000)
    return false;
#if defined(MBEDTLS_ERR_SSL_BAD_CERTIFICATE)
  if (ret == MBEDTLS_ERR_SSL_BAD_CERTIFICATE)
    return true;
#else
  if (ret == MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE)
    return true;
#endif
  return (high >= 0x2080 && high <= 0x3000 && ret != MBEDTLS_ERR_X509_ALLOC_FAILED) || high == 0x3C80 || high == 0x3B80;
}

/* What mbedTLS lacks, told by the message that it was given. IMSTLS_ERR_TLS: nothing of that. */
static int lacking(const mbedtls_ssl_context *ssl, int ret)
{
  bool unread = ret == MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE || ret == MBEDTLS_ERR_SSL_INVALID_RECORD;
  if (unread && imstls_i_mbedtls_is_fragment(ssl))
    return IMSTLS_ERR_TLS_FRAGMENTED;
  bool key_update = imstls_i_mbedtls_is_tls13(ssl) && imstls_i_mbedtls_has_message(ssl, KEY_UPDATE);
  if (ret == MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE && key_update)
    return IMSTLS_ERR_TLS_KEY_UPDATE;
  return IMSTLS_ERR_TLS;
}

int imstls_i_mbedtls_result(const mbedtls_ssl_context *ssl, int ret, bool done)
{
  if (imstls_i_mbedtls_is_ticket(ret))
    return IMSTLS_PENDING; /* no share was left to go on after it */
  switch (ret) {
  case 0: return IMSTLS_OK;
  case MBEDTLS_ERR_SSL_WANT_READ: return IMSTLS_WANT_READ;
  case MBEDTLS_ERR_SSL_WANT_WRITE: return IMSTLS_WANT_WRITE;
  case MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS:
  case MBEDTLS_ERR_SSL_ASYNC_IN_PROGRESS: return IMSTLS_PENDING;
  case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY: return done ? IMSTLS_CLOSED : IMSTLS_ERR_TLS_REFUSED;
  case MBEDTLS_ERR_SSL_CONN_EOF: return done ? IMSTLS_ERR_CONNECTION : IMSTLS_ERR_TLS_REFUSED;
  case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE: return IMSTLS_ERR_TLS_ALERT;
  case MBEDTLS_ERR_NET_RECV_FAILED:
  case MBEDTLS_ERR_NET_SEND_FAILED:
  case MBEDTLS_ERR_NET_CONN_RESET: return IMSTLS_ERR_CONNECTION;
  default: return is_certificate_error(ret) ? IMSTLS_ERR_TLS_CERT : lacking(ssl, ret);
  }
}

size_t imstls_mbedtls_error_text(int code, char *out, size_t cap)
{
  if (!out || cap == 0)
    return 0;
  out[0] = '\0';
#if defined(MBEDTLS_ERROR_C)
  if (code != 0)
    mbedtls_strerror(code, out, cap);
#else
  (void)code;
#endif
  return strlen(out);
}

int imstls_i_mbedtls_failure(void *user, int session, char *text, size_t cap)
{
  const imstls_mbedtls_session *s = imstls_i_mbedtls_session(user, session);
  int code = s ? s->code : 0;
  (void)imstls_mbedtls_error_text(code, text, cap);
  return code;
}
