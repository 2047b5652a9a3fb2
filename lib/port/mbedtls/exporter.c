/* SPDX-License-Identifier: Apache-2.0 */
/* Exporter (RFC 5705, RFC 9266) and key log. mbedTLS shows the secrets once, in a callback during the handshake: the
 * exporter's value is worked out there, so that no master secret is kept. */
#include "port/mbedtls/tls.h"

#define LABEL "EXPORTER-Channel-Binding"

/* 2.28 shows them where it was built with that alone. */
#if MBEDTLS_VERSION_NUMBER >= 0x03000000 || defined(MBEDTLS_SSL_EXPORT_KEYS)

/* "LABEL <client random> <secret>"; the line holds 32 + 64 octets as hex at most. */
static void log_line(const imstls_mbedtls_session *s, const char *name, const uint8_t random[32], const uint8_t *secret,
                     size_t len)
{
  char line[40 + 64 + 128 + 4];
  if (!s->part->config.keylog || len > 64)
    return;
  imstls_i_writer w = imstls_i_writer_make(line, sizeof line - 1);
  imstls_i_put_str(&w, name);
  IMSTLS_I_PUT_LIT(&w, " ");
  imstls_i_put_hex(&w, random, 32);
  IMSTLS_I_PUT_LIT(&w, " ");
  imstls_i_put_hex(&w, secret, len);
  if (!w.failed) {
    line[w.len] = 0;
    s->part->config.keylog(s->part->config.keylog_user, line);
  }
  imstls_wipe(line, sizeof line);
}

/* TLS 1.2: PRF(master secret, label, client random || server random || length of the context, zero) (RFC 5705 4). */
static void see_master(imstls_mbedtls_session *s, mbedtls_tls_prf_types prf, const uint8_t *master, size_t len,
                       const uint8_t client_random[32], const uint8_t server_random[32])
{
  uint8_t seed[66] = { 0 };
  memcpy(seed, client_random, 32);
  memcpy(seed + 32, server_random, 32);
  s->exporter_known = s->exporter_wanted && mbedtls_ssl_tls_prf(prf, master, len, LABEL, seed, sizeof seed, s->exporter,
                                                                sizeof s->exporter) == 0;
  if (!s->exporter_known)
    imstls_wipe(s->exporter, sizeof s->exporter);
  log_line(s, "CLIENT_RANDOM", client_random, master, len);
}

#endif

#if MBEDTLS_VERSION_NUMBER >= 0x03000000

static void on_keys(void *session, mbedtls_ssl_key_export_type type, const unsigned char *secret, size_t len,
                    const unsigned char client_random[32], const unsigned char server_random[32],
                    mbedtls_tls_prf_types prf)
{
  const char *name = NULL;
  switch (type) {
  case MBEDTLS_SSL_KEY_EXPORT_TLS12_MASTER_SECRET:
    see_master(session, prf, secret, len, client_random, server_random);
    return;
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_CLIENT_HANDSHAKE_TRAFFIC_SECRET: name = "CLIENT_HANDSHAKE_TRAFFIC_SECRET"; break;
  case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_SERVER_HANDSHAKE_TRAFFIC_SECRET: name = "SERVER_HANDSHAKE_TRAFFIC_SECRET"; break;
  case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_CLIENT_APPLICATION_TRAFFIC_SECRET: name = "CLIENT_TRAFFIC_SECRET_0"; break;
  case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_SERVER_APPLICATION_TRAFFIC_SECRET: name = "SERVER_TRAFFIC_SECRET_0"; break;
#endif
  default: return;
  }
  log_line(session, name, client_random, secret, len);
}

void imstls_i_mbedtls_keys_conf(imstls_mbedtls_session *s) { (void)s; }
void imstls_i_mbedtls_keys_ssl(imstls_mbedtls_session *s) { mbedtls_ssl_set_export_keys_cb(&s->ssl, on_keys, s); }

#elif defined(MBEDTLS_SSL_EXPORT_KEYS)

static int on_keys(void *session, const unsigned char *master, const unsigned char *keys, size_t mac_len,
                   size_t key_len, size_t iv_len, const unsigned char client_random[32],
                   const unsigned char server_random[32], mbedtls_tls_prf_types prf)
{
  (void)keys;
  (void)mac_len;
  (void)key_len;
  (void)iv_len;
  see_master(session, prf, master, 48, client_random, server_random);
  return 0;
}

void imstls_i_mbedtls_keys_conf(imstls_mbedtls_session *s)
{
  mbedtls_ssl_conf_export_keys_ext_cb(&s->conf, on_keys, s);
}
void imstls_i_mbedtls_keys_ssl(imstls_mbedtls_session *s) { (void)s; }

#else

void imstls_i_mbedtls_keys_conf(imstls_mbedtls_session *s) { (void)s; }
void imstls_i_mbedtls_keys_ssl(imstls_mbedtls_session *s) { (void)s; }

#endif

int imstls_i_mbedtls_exporter(void *user, int session, uint8_t out[32])
{
  imstls_mbedtls_session *s = imstls_i_mbedtls_session(user, session);
  bool not_ready = !s || !s->established || s->failed != IMSTLS_OK || !out;
  if (not_ready)
    return IMSTLS_ERR_UNSUPPORTED;
#if IMSTLS_I_EXPORT_KEYING
  if (imstls_i_mbedtls_is_tls13(&s->ssl)) {
    static const unsigned char empty[1] = { 0 };
    int ret = mbedtls_ssl_export_keying_material(&s->ssl, out, 32, LABEL, sizeof LABEL - 1, empty, 0, 1);
    return ret == 0 ? IMSTLS_OK : IMSTLS_ERR_UNSUPPORTED;
  }
#endif
  /* RFC 9266 3: TLS 1.2 with the extended master secret alone. */
  if (!s->exporter_known || !s->watch.extended_ms)
    return IMSTLS_ERR_UNSUPPORTED;
  memcpy(out, s->exporter, sizeof s->exporter);
  return IMSTLS_OK;
}
