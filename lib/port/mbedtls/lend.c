/* SPDX-License-Identifier: Apache-2.0 */
/* A session that the application made. What it states is believed; what can be looked at is looked at. */
#include "port/mbedtls/tls.h"

#include <limits.h>

enum { LENT = 1, LENT_PKI = 2 };

static mbedtls_ssl_context *lent(void *user, int session)
{
  imstls_mbedtls_lender *lender = user;
  return session == 0 && (lender->in_use & LENT) ? lender->lent.ssl : NULL;
}

/* The PSK of an AKA run cannot be put into a session that exists already. */
static int lent_open(void *user, const imstls_tls_open *how)
{
  imstls_mbedtls_lender *lender = user;
  if (!imstls_i_mbedtls_how_fits(how))
    return IMSTLS_ERR_USAGE;
  if (!(how->suites & IMSTLS_TLS_CERT) || how->role != IMSTLS_TLS_CLIENT)
    return IMSTLS_ERR_UNSUPPORTED;
  if (lender->in_use != 0)
    return IMSTLS_ERR_CAPACITY;
  lender->in_use = LENT | (how->verify_pki ? LENT_PKI : 0);
  lender->last = 0;
  return 0;
}

static int result(imstls_mbedtls_lender *lender, int ret, bool done)
{
  int error = imstls_i_mbedtls_result(lender->lent.ssl, ret, done);
  if (error <= IMSTLS_ERR_USAGE)
    lender->last = ret;
  return error;
}

/* The same demands as on our own sessions. Without a certificate facts() shows none, and no token can be checked. */
static bool peer_fit(const mbedtls_ssl_context *ssl)
{
  const mbedtls_x509_crt *chain = mbedtls_ssl_get_peer_cert(ssl);
  return !chain || imstls_i_mbedtls_chain_fit(chain);
}

static int lent_handshake(void *user, int session)
{
  imstls_mbedtls_lender *lender = user;
  mbedtls_ssl_context *ssl = lent(user, session);
  if (!ssl)
    return IMSTLS_ERR_TLS;
  int ret = mbedtls_ssl_handshake(ssl);
  if (ret != 0)
    return result(lender, ret, false);
  return peer_fit(ssl) ? IMSTLS_OK : IMSTLS_ERR_TLS_CERT;
}

/* After a ticket of TLS 1.3 the result is PENDING: the next call goes on. */
static int lent_read(void *user, int session, uint8_t *data, size_t cap)
{
  mbedtls_ssl_context *ssl = lent(user, session);
  if (!ssl || !data || cap == 0)
    return IMSTLS_ERR_TLS;
  int ret = mbedtls_ssl_read(ssl, data, cap < INT_MAX ? cap : INT_MAX);
  return ret > 0 ? ret : result(user, ret == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : ret, true);
}

static int lent_write(void *user, int session, const uint8_t *data, size_t len)
{
  mbedtls_ssl_context *ssl = lent(user, session);
  if (!ssl || !data || len == 0)
    return IMSTLS_ERR_TLS;
  int ret = mbedtls_ssl_write(ssl, data, len < INT_MAX ? len : INT_MAX);
  return ret > 0 ? ret : result(user, ret == 0 ? MBEDTLS_ERR_SSL_WANT_WRITE : ret, true);
}

static void lent_close(void *user, int session)
{
  mbedtls_ssl_context *ssl = lent(user, session);
  if (ssl)
    (void)mbedtls_ssl_close_notify(ssl);
}

static int stated(int32_t value) { return value == 0 || value == 1 ? value : -1; }

static int lent_facts(void *user, int session, imstls_tls_facts *facts)
{
  imstls_mbedtls_lender *lender = user;
  mbedtls_ssl_context *ssl = lent(user, session);
  if (!ssl || !facts || facts->size < offsetof(imstls_tls_facts, suite))
    return IMSTLS_ERR_STATE;
  imstls_tls_facts known = { .size = facts->size };
  const mbedtls_x509_crt *crt = mbedtls_ssl_get_peer_cert(ssl);
  const char *version = mbedtls_ssl_get_version(ssl);
  known.version = imstls_i_mbedtls_is_tls13(ssl) ? 13 : version && strcmp(version, "TLSv1.2") == 0 ? 12 : 0;
  known.resumed = stated(lender->lent.resumed);
  known.extended_ms = known.version == 13 ? 1 : stated(lender->lent.extended_ms);
  /* How the application set up verification is unknown, and its result alone proves nothing. */
  known.pki = lender->in_use & LENT_PKI ? IMSTLS_ERR_PKI : 0;
  if (crt && !imstls_i_mbedtls_suite_psk(ssl))
    known.cert = (imstls_bytes){ crt->raw.p, crt->raw.len };
  imstls_i_mbedtls_suite_name(mbedtls_ssl_get_ciphersuite(ssl), known.suite);
  memcpy(facts, &known, facts->size < sizeof known ? facts->size : sizeof known);
  return IMSTLS_OK;
}

static int lent_last_error(void *user) { return ((imstls_mbedtls_lender *)user)->last; }

static int lent_failure(void *user, int session, char *text, size_t cap)
{
  int code = lent(user, session) ? lent_last_error(user) : 0;
  (void)imstls_mbedtls_error_text(code, text, cap);
  return code;
}

const imstls_tls *imstls_mbedtls_lend(imstls_mbedtls_lender *lender, const imstls_mbedtls_lent *from)
{
  bool too_small = lender && from && (lender->size < sizeof *lender || from->size < sizeof *from);
  bool unusable = !lender || !from || too_small || !from->ssl;
  if (unusable)
    return NULL;
  *lender = (imstls_mbedtls_lender){ .size = lender->size, .lent = *from };
  lender->tls = (imstls_tls){
    .size = sizeof(imstls_tls),
    .user = lender,
    .open = lent_open,
    .handshake = lent_handshake,
    .read = lent_read,
    .write = lent_write,
    .close = lent_close,
    .facts = lent_facts,
    .last_error = lent_last_error,
    .failure = lent_failure,
  };
  return &lender->tls;
}
