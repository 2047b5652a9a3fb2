/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <mbedtls/ssl_ticket.h>
#include <string.h>
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
#include <psa/crypto.h>
#endif

half up, down;
mbedtls_x509_crt server_cert;
static mbedtls_ssl_config conf;
static mbedtls_ssl_ticket_context tickets;
static mbedtls_pk_context key;
static const int suites[] = { 0x1301, MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0 };

int put(half *h, const uint8_t *data, size_t len)
{
  if (h->begin == h->end)
    h->begin = h->end = 0;
  MUST(len <= sizeof h->data - h->end);
  memcpy(h->data + h->end, data, len);
  h->end += len;
  return (int)len;
}

int get(half *h, uint8_t *data, size_t cap)
{
  size_t len = h->end - h->begin;
  if (!len)
    return MBEDTLS_ERR_SSL_WANT_READ;
  len = len < cap ? len : cap;
  memcpy(data, h->data + h->begin, len);
  h->begin += len;
  return (int)len;
}

static int send_down(void *ctx, const unsigned char *data, size_t len)
{
  (void)ctx;
  return put(&down, data, len);
}
static int recv_up(void *ctx, unsigned char *data, size_t cap)
{
  (void)ctx;
  return get(&up, data, cap);
}

/* P-256 in the handshake, as servers choose. */
static void use_p256(void)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03010000
  static const uint16_t groups[] = { MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, 0 };
  mbedtls_ssl_conf_groups(&conf, groups);
#else
  static const mbedtls_ecp_group_id groups[] = { MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_NONE };
  mbedtls_ssl_conf_curves(&conf, groups);
#endif
}

static void use_version(int version)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03020000
  mbedtls_ssl_conf_max_tls_version(&conf, version == 13 ? MBEDTLS_SSL_VERSION_TLS1_3 : MBEDTLS_SSL_VERSION_TLS1_2);
#else
  MUST(version == 12);
#endif
}

void server_init(const char *certs, const char *key_file, int version)
{
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  MUST(psa_crypto_init() == PSA_SUCCESS);
#endif
  mbedtls_ssl_config_init(&conf);
  mbedtls_ssl_ticket_init(&tickets);
  mbedtls_x509_crt_init(&server_cert);
  mbedtls_pk_init(&key);
  MUST(!mbedtls_x509_crt_parse_file(&server_cert, certs));
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  MUST(!mbedtls_pk_parse_keyfile(&key, key_file, NULL, seeded, NULL));
#else
  MUST(!mbedtls_pk_parse_keyfile(&key, key_file, NULL));
#endif
  MUST(!mbedtls_ssl_config_defaults(&conf, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM, 0));
  mbedtls_ssl_conf_rng(&conf, seeded, NULL);
  mbedtls_ssl_conf_ciphersuites(&conf, suites);
  use_p256();
  use_version(version);
  MUST(!mbedtls_ssl_conf_own_cert(&conf, &server_cert, &key));
  MUST(!mbedtls_ssl_ticket_setup(&tickets, seeded, NULL, MBEDTLS_CIPHER_AES_256_GCM, 86400));
  mbedtls_ssl_conf_session_tickets_cb(&conf, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse, &tickets);
}

void server_start(mbedtls_ssl_context *ssl)
{
  up.begin = up.end = down.begin = down.end = 0;
  mbedtls_ssl_init(ssl);
  MUST(!mbedtls_ssl_setup(ssl, &conf));
  mbedtls_ssl_set_bio(ssl, NULL, send_down, recv_up, NULL);
}

int server_secured(mbedtls_ssl_context *ssl)
{
  if (ssl->MEMBER(state) == MBEDTLS_SSL_HANDSHAKE_OVER)
    return 1;
  int ret = mbedtls_ssl_handshake(ssl);
  MUST(ret == 0 || ret == MBEDTLS_ERR_SSL_WANT_READ);
  return ret == 0;
}

void server_write(mbedtls_ssl_context *ssl, const char *data, size_t len)
{
  for (size_t done = 0; done < len;) {
    int n = mbedtls_ssl_write(ssl, (const unsigned char *)data + done, len - done);
    MUST(n > 0);
    done += (size_t)n;
  }
}

void server_turn(mbedtls_ssl_context *ssl, world *w)
{
  static char request[8192], answer[8192];
  if (!server_secured(ssl))
    return;
  int n = mbedtls_ssl_read(ssl, (unsigned char *)request, sizeof request);
  if (n > 0)
    server_write(ssl, answer, world_answer(w, request, (size_t)n, answer, sizeof answer));
}
