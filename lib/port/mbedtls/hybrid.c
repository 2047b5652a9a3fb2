/* SPDX-License-Identifier: Apache-2.0 */
/* TLS 1.2 and 1.3 in one ClientHello. Its signature algorithms serve both, and mbedTLS takes RSA-PSS in 1.3 alone: a
 * server of 1.2 that insists on it gets a second try with 1.2 alone (Mbed-TLS#10668). What it said until then is in
 * clear and not signed, so anybody can ask for that try; then the server's random tells (RFC 8446 4.1.3), which its
 * signature and Finished cover: from a server that can do better, nobody gets TLS 1.2 by it. */
#include "port/mbedtls/tls.h"

#if IMSTLS_I_TLS13

/* ServerECDHParams, then the signature's algorithm (RFC 8422 5.4; RFC 8446 4.2.3). */
static bool is_signed_by_pss(const uint8_t *body, size_t len)
{
  enum { NAMED_CURVE = 3, POINT_AT = 4 };
  if (len < POINT_AT || body[0] != NAMED_CURVE)
    return false;
  size_t at = POINT_AT + (size_t)body[3];
  if (len < at + 2)
    return false;
  unsigned algorithm = (unsigned)body[at] << 8 | body[at + 1];
  bool rsae = algorithm >= 0x0804 && algorithm <= 0x0806;
  return rsae || (algorithm >= 0x0809 && algorithm <= 0x080b);
}

static bool refused_pss(const mbedtls_ssl_context *ssl)
{
  enum { HEADER = 4 };
  if (!imstls_i_mbedtls_has_message(ssl, MBEDTLS_SSL_HS_SERVER_KEY_EXCHANGE))
    return false;
  size_t len = ssl->IMSTLS_I_MEMBER(in_msglen);
  return len > HEADER && is_signed_by_pss(ssl->IMSTLS_I_MEMBER(in_msg) + HEADER, len - HEADER);
}

int imstls_i_mbedtls_version_error(const imstls_mbedtls_session *s, int ret)
{
  bool hybrid = !s->server && s->max_version == 13;
  if (!hybrid || ret != MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER)
    return IMSTLS_OK;
  if (s->watch.marked)
    return IMSTLS_ERR_TLS_DOWNGRADE; /* mbedTLS has seen it too */
  return s->watch.no_better && refused_pss(&s->ssl) ? IMSTLS_ERR_TLS_PSS : IMSTLS_OK;
}

#else

int imstls_i_mbedtls_version_error(const imstls_mbedtls_session *s, int ret)
{
  (void)s;
  (void)ret;
  return IMSTLS_OK;
}

#endif

bool imstls_i_mbedtls_is_lowered(const imstls_mbedtls_session *s)
{
  return s->part->config.max_version == 13 && s->max_version == 12;
}

bool imstls_i_mbedtls_is_downgraded(const imstls_mbedtls_session *s)
{
  bool due = imstls_i_mbedtls_is_lowered(s) && imstls_i_mbedtls_has_server_hello(&s->ssl);
  return due && !s->watch.no_better;
}
