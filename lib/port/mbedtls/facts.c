/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a session, in libimstls's own terms. */
#include "port/mbedtls/tls.h"

/* mbedTLS writes "TLS-ECDHE-RSA-WITH-AES-128-GCM-SHA256" and "TLS1-3-AES-128-GCM-SHA256". */
void imstls_i_mbedtls_suite_name(const char *name, char out[48])
{
  size_t len = 0;
  if (!name)
    name = "";
  if (strncmp(name, "TLS1-3-", 7) == 0) {
    memcpy(out, "TLS_", 4);
    len = 4;
    name += 7;
  }
  for (; *name && len < 47; name++)
    out[len++] = *name == '-' ? '_' : *name;
  out[len] = 0;
}

bool imstls_i_mbedtls_is_tls13(const mbedtls_ssl_context *ssl)
{
  const char *version = mbedtls_ssl_get_version(ssl);
  return version && strcmp(version, "TLSv1.3") == 0;
}

bool imstls_i_mbedtls_suite_has(const mbedtls_ssl_context *ssl, const char *word)
{
  const char *suite = mbedtls_ssl_get_ciphersuite(ssl);
  return suite && imstls_i_holds(imstls_i_text(suite, strlen(suite)), imstls_i_text(word, strlen(word)));
}

/* TLS 1.2 alone: in 1.3 the suite does not say it. */
bool imstls_i_mbedtls_suite_psk(const mbedtls_ssl_context *ssl)
{
  return imstls_i_mbedtls_suite_has(ssl, "-PSK-") || imstls_i_mbedtls_suite_has(ssl, "-ECJPAKE-");
}

bool imstls_i_mbedtls_extended_ms(const imstls_mbedtls_session *s)
{
  return imstls_i_mbedtls_is_tls13(&s->ssl) || s->watch.extended_ms;
}

/* A ticket and a PSK are never offered together. */
bool imstls_i_mbedtls_resumed(const imstls_mbedtls_session *s)
{
  if (!s->offered_resume || s->server)
    return false;
  return imstls_i_mbedtls_is_tls13(&s->ssl) ? s->watch.psk : !s->watch.full;
}

bool imstls_i_mbedtls_psk(const imstls_mbedtls_session *s)
{
  if (!s->offered_psk)
    return false;
  if (!imstls_i_mbedtls_is_tls13(&s->ssl))
    return imstls_i_mbedtls_suite_psk(&s->ssl);
  return s->server || s->watch.psk;
}

int imstls_i_mbedtls_facts(void *user, int session, imstls_tls_facts *facts)
{
  imstls_mbedtls_session *s = imstls_i_mbedtls_session(user, session);
  bool not_ready = !s || !s->established || !facts || facts->size < offsetof(imstls_tls_facts, suite);
  if (not_ready)
    return IMSTLS_ERR_STATE;
  imstls_tls_facts known = { .size = facts->size };
  known.psk = imstls_i_mbedtls_psk(s);
  known.resumed = imstls_i_mbedtls_resumed(s);
  known.extended_ms = imstls_i_mbedtls_extended_ms(s);
  known.version = imstls_i_mbedtls_is_tls13(&s->ssl) ? 13 : 12;
  known.pki = known.psk ? 0 : imstls_i_mbedtls_pki(s);
  if (!known.psk && s->cert.len > 0)
    known.cert = (imstls_bytes){ s->cert.der, s->cert.len };
  known.cert_is_final = 1; /* renegotiation is off */
  imstls_i_mbedtls_suite_name(mbedtls_ssl_get_ciphersuite(&s->ssl), known.suite);
  memcpy(facts, &known, facts->size < sizeof known ? facts->size : sizeof known);
  return IMSTLS_OK;
}
