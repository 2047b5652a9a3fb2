/* SPDX-License-Identifier: Apache-2.0 */
/* Octets in and out, and the handshake. */
#include "port/tls_mbedtls_i.h"

enum { IO_MAX = 1 << 20 }; /* results are ints */

imstls_mbedtls_session *imstls_i_mbedtls_session(void *user, int session)
{
  imstls_mbedtls *part = user;
  if (!part || session < 0 || (uint32_t)session >= part->config.sessions) return NULL;
  return part->sessions[session].open ? &part->sessions[session] : NULL;
}

int imstls_i_mbedtls_send(void *session, const unsigned char *data, size_t len)
{
  imstls_mbedtls_session *s = session;
  int ret = s->io.send(s->io.ctx, data, len < IO_MAX ? len : IO_MAX);
  if (ret == IMSTLS_WANT_WRITE) return MBEDTLS_ERR_SSL_WANT_WRITE;
  if (ret <= 0 || (size_t)ret > len) {
    s->io_error = IMSTLS_ERR_CONNECTION;
    return MBEDTLS_ERR_NET_SEND_FAILED;
  }
  if (s->server) imstls_i_tls_watch_feed(&s->watch, data, (size_t)ret);
  return ret;
}

int imstls_i_mbedtls_recv(void *session, unsigned char *data, size_t cap)
{
  imstls_mbedtls_session *s = session;
  int ret = s->io.recv(s->io.ctx, data, cap < IO_MAX ? cap : IO_MAX);
  if (ret == IMSTLS_WANT_READ) return MBEDTLS_ERR_SSL_WANT_READ;
  if (ret == IMSTLS_CLOSED) return MBEDTLS_ERR_SSL_CONN_EOF;
  if (ret <= 0 || (size_t)ret > cap) {
    s->io_error = IMSTLS_ERR_CONNECTION;
    return MBEDTLS_ERR_NET_RECV_FAILED;
  }
  if (!s->server) imstls_i_tls_watch_feed(&s->watch, data, (size_t)ret);
  return ret;
}

static int fail(imstls_mbedtls_session *s, int ret)
{
  int error = s->io_error != IMSTLS_OK ? s->io_error : imstls_i_mbedtls_result(ret, s->established);
  if (s->cert.error != IMSTLS_OK) error = s->cert.error;
  if (error > IMSTLS_ERR_USAGE && error != IMSTLS_CLOSED) return error; /* progress */
  s->part->last_error = ret;
  s->failed = error;
  return error;
}

/* What must hold after every handshake, whoever is on the other side. */
static int complete(const imstls_mbedtls_session *s)
{
  if (s->server) return IMSTLS_OK;
  if (imstls_i_mbedtls_psk(s)) {
    /* CBC with MAC-then-encrypt is not what we offered it for (RFC 7366). */
    const char *suite = mbedtls_ssl_get_ciphersuite(&s->ssl);
    return suite && strstr(suite, "-CBC-") && !s->watch.encrypt_then_mac ? IMSTLS_ERR_TLS : IMSTLS_OK;
  }
  /* The certificate is either of this handshake or of the session that was resumed, never neither or both. */
  if (s->cert.len == 0 || s->cert.seen == imstls_i_mbedtls_resumed(s)) return IMSTLS_ERR_TLS;
  const mbedtls_x509_crt *kept = mbedtls_ssl_get_peer_cert(&s->ssl);
  bool same = !kept || (kept->raw.len == s->cert.len && memcmp(kept->raw.p, s->cert.der, s->cert.len) == 0);
  return same ? IMSTLS_OK : IMSTLS_ERR_TLS;
}

int imstls_i_mbedtls_handshake(void *user, int session)
{
  imstls_mbedtls_session *s = imstls_i_mbedtls_session(user, session);
  if (!s) return IMSTLS_ERR_TLS;
  if (s->failed != IMSTLS_OK) return s->failed;
  if (s->established) return IMSTLS_OK;
  int ret = mbedtls_ssl_handshake(&s->ssl);
  if (ret != 0) return fail(s, ret);
  ret = complete(s);
  if (ret != IMSTLS_OK) {
    s->part->last_error = MBEDTLS_ERR_SSL_INTERNAL_ERROR;
    return s->failed = ret;
  }
  s->established = true;
  return IMSTLS_OK;
}

/* Before the handshake is done mbedTLS would run it inside read and write, past the checks of complete(). */
static imstls_mbedtls_session *established(void *user, int session, int *error)
{
  imstls_mbedtls_session *s = imstls_i_mbedtls_session(user, session);
  *error = !s || !s->established ? IMSTLS_ERR_TLS : s->failed;
  return *error == IMSTLS_OK ? s : NULL;
}

/* A TLS 1.3 ticket arrives between records of data. */
static bool ticket_came(imstls_mbedtls_session *s, int ret)
{
#if IMSTLS_I_TLS13
  if (ret != MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) return false;
  s->has_ticket = true;
  return true;
#else
  (void)s;
  (void)ret;
  return false;
#endif
}

int imstls_i_mbedtls_read(void *user, int session, uint8_t *data, size_t cap)
{
  int ret;
  imstls_mbedtls_session *s = established(user, session, &ret);
  if (!s) return ret;
  if (!data || cap == 0) return IMSTLS_ERR_TLS;
  do {
    ret = mbedtls_ssl_read(&s->ssl, data, cap < IO_MAX ? cap : IO_MAX);
  } while (ticket_came(s, ret));
  /* 0 is an end without close_notify: it may be an attacker's (RFC 5246 7.2.1). */
  return ret > 0 ? ret : fail(s, ret == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : ret);
}

int imstls_i_mbedtls_write(void *user, int session, const uint8_t *data, size_t len)
{
  int ret;
  imstls_mbedtls_session *s = established(user, session, &ret);
  if (!s) return ret;
  if (!data || len == 0) return IMSTLS_ERR_TLS;
  ret = mbedtls_ssl_write(&s->ssl, data, len < IO_MAX ? len : IO_MAX);
  return ret > 0 ? ret : fail(s, ret == 0 ? MBEDTLS_ERR_SSL_WANT_WRITE : ret);
}
