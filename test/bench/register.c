/* SPDX-License-Identifier: Apache-2.0 */
/* Whole registrations over an mbedTLS server in memory: full handshake, resumed one, and bare handshakes beside them.
 * register CERT KEY CA: DER, PEM, DER */
#include "world.h"

#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/x509_crt.h>
#include <string.h>

#include <imstls/mbedtls.h>

typedef struct half {
  uint8_t data[65536];
  size_t begin, end;
} half;

static half up, down;
static mbedtls_ssl_config server_conf;
static mbedtls_ssl_ticket_context tickets;
static mbedtls_x509_crt server_cert, ca;
static mbedtls_pk_context server_key;
static const int suites[] = { MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0 };

static int put(half *h, const uint8_t *data, size_t len)
{
  if (h->begin == h->end) h->begin = h->end = 0;
  MUST(len <= sizeof h->data - h->end);
  memcpy(h->data + h->end, data, len);
  h->end += len;
  return (int)len;
}

static int get(half *h, uint8_t *data, size_t cap)
{
  size_t len = h->end - h->begin;
  if (!len) return MBEDTLS_ERR_SSL_WANT_READ;
  len = len < cap ? len : cap;
  memcpy(data, h->data + h->begin, len);
  h->begin += len;
  return (int)len;
}

static int send_down(void *ctx, const unsigned char *data, size_t len) { (void)ctx; return put(&down, data, len); }
static int recv_up(void *ctx, unsigned char *data, size_t cap) { (void)ctx; return get(&up, data, cap); }
static int send_up(void *ctx, const unsigned char *data, size_t len) { (void)ctx; return put(&up, data, len); }
static int recv_down(void *ctx, unsigned char *data, size_t cap) { (void)ctx; return get(&down, data, cap); }

/* P-256 in the handshake, as servers choose. */
static void use_p256(mbedtls_ssl_config *conf)
{
#if MBEDTLS_VERSION_NUMBER >= 0x03010000
  static const uint16_t groups[] = { MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, 0 };
  mbedtls_ssl_conf_groups(conf, groups);
#else
  static const mbedtls_ecp_group_id groups[] = { MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_NONE };
  mbedtls_ssl_conf_curves(conf, groups);
#endif
}

static void server_init(char **files)
{
  mbedtls_ssl_config_init(&server_conf);
  mbedtls_ssl_ticket_init(&tickets);
  mbedtls_x509_crt_init(&server_cert);
  mbedtls_x509_crt_init(&ca);
  mbedtls_pk_init(&server_key);
  MUST(!mbedtls_x509_crt_parse_file(&server_cert, files[1]) && !mbedtls_x509_crt_parse_file(&ca, files[3]));
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
  MUST(!mbedtls_pk_parse_keyfile(&server_key, files[2], NULL, seeded, NULL));
#else
  MUST(!mbedtls_pk_parse_keyfile(&server_key, files[2], NULL));
#endif
  MUST(!mbedtls_ssl_config_defaults(&server_conf, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM, 0));
  mbedtls_ssl_conf_rng(&server_conf, seeded, NULL);
  mbedtls_ssl_conf_ciphersuites(&server_conf, suites);
  use_p256(&server_conf);
  MUST(!mbedtls_ssl_conf_own_cert(&server_conf, &server_cert, &server_key));
  MUST(!mbedtls_ssl_ticket_setup(&tickets, seeded, NULL, MBEDTLS_CIPHER_AES_256_GCM, 86400));
  mbedtls_ssl_conf_session_tickets_cb(&server_conf, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse, &tickets);
}

static void server_start(mbedtls_ssl_context *ssl)
{
  up.begin = up.end = down.begin = down.end = 0;
  mbedtls_ssl_init(ssl);
  MUST(!mbedtls_ssl_setup(ssl, &server_conf));
  mbedtls_ssl_set_bio(ssl, NULL, send_down, recv_up, NULL);
}

/* The server's turn: handshake, then an answer to each REGISTER. */
static void server_turn(mbedtls_ssl_context *ssl, world *w)
{
  static char request[8192], answer[8192];
  if (ssl->state != MBEDTLS_SSL_HANDSHAKE_OVER) {
    int ret = mbedtls_ssl_handshake(ssl);
    MUST(ret == 0 || ret == MBEDTLS_ERR_SSL_WANT_READ);
    if (ret) return;
  }
  int n = mbedtls_ssl_read(ssl, (unsigned char *)request, sizeof request);
  if (n <= 0) return;
  size_t len = world_answer(w, request, (size_t)n, answer, sizeof answer);
  MUST(mbedtls_ssl_write(ssl, (unsigned char *)answer, len) == (int)len);
}

/* The client's turn, the only thing collected: in, step until it rests, out. 1: it sent something. */
static int client_turn(world *w)
{
  static uint8_t octets[65536];
  int sent = 0, moved;
  do {
    moved = 0;
    int n = down.begin < down.end ? (int)(down.end - down.begin) : 0;
    CALLGRIND_TOGGLE_COLLECT;
    if (n) n = imstls_client_feed(w->client, down.data + down.begin, (size_t)n);
    int result = imstls_client_step(w->client);
    int out = imstls_client_pull(w->client, octets, sizeof octets);
    CALLGRIND_TOGGLE_COLLECT;
    MUST(result == IMSTLS_OK && n >= 0 && out >= 0);
    down.begin += (size_t)n;
    if (out) put(&up, octets, (size_t)out);
    sent |= out > 0;
    moved = n > 0 || out > 0;
    if (w->open_wanted) {
      CALLGRIND_TOGGLE_COLLECT;
      world_open(w);
      CALLGRIND_TOGGLE_COLLECT;
      moved = 1;
    }
  } while (moved || imstls_client_timeout_ms(w->client) == 0);
  return sent;
}

static void register_once(world *w, const char *name)
{
  mbedtls_ssl_context ssl;
  server_start(&ssl);
  w->trips = 0;
  CALLGRIND_ZERO_STATS;
  CALLGRIND_TOGGLE_COLLECT;
  int result = imstls_client_register(w->client);
  CALLGRIND_TOGGLE_COLLECT;
  MUST(result == IMSTLS_OK);
  for (int i = 0; i < 100 && imstls_client_state(w->client) != IMSTLS_STATE_REGISTERED; i++) {
    if (client_turn(w)) w->trips++; /* what it sent waits for the server */
    server_turn(&ssl, w);
  }
  CALLGRIND_DUMP_STATS_AT(name);
  MUST(imstls_client_state(w->client) == IMSTLS_STATE_REGISTERED);
  printf("trips %s %u\n", name, w->trips);
  imstls_client_stop(w->client);
  w->open_wanted = 0;
  mbedtls_ssl_free(&ssl);
}

static void bare(const char *name, int verify)
{
  mbedtls_ssl_config conf;
  mbedtls_ssl_context client, server;
  mbedtls_ssl_config_init(&conf);
  MUST(!mbedtls_ssl_config_defaults(&conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, 0));
  mbedtls_ssl_conf_rng(&conf, seeded, NULL);
  mbedtls_ssl_conf_authmode(&conf, verify ? MBEDTLS_SSL_VERIFY_REQUIRED : MBEDTLS_SSL_VERIFY_NONE);
  mbedtls_ssl_conf_ca_chain(&conf, &ca, NULL);
  mbedtls_ssl_init(&client);
  server_start(&server);
  CALLGRIND_ZERO_STATS;
  CALLGRIND_TOGGLE_COLLECT;
  int ret = mbedtls_ssl_setup(&client, &conf);
  if (!ret) ret = mbedtls_ssl_set_hostname(&client, "pcscf1.visited.example");
  CALLGRIND_TOGGLE_COLLECT;
  MUST(!ret);
  mbedtls_ssl_set_bio(&client, NULL, send_up, recv_down, NULL);
  for (ret = MBEDTLS_ERR_SSL_WANT_READ; ret == MBEDTLS_ERR_SSL_WANT_READ;) {
    CALLGRIND_TOGGLE_COLLECT;
    ret = mbedtls_ssl_handshake(&client);
    CALLGRIND_TOGGLE_COLLECT;
    int other = mbedtls_ssl_handshake(&server);
    MUST(other == 0 || other == MBEDTLS_ERR_SSL_WANT_READ);
  }
  MUST(!ret);
  CALLGRIND_DUMP_STATS_AT(name);
  mbedtls_ssl_free(&client);
  mbedtls_ssl_free(&server);
  mbedtls_ssl_config_free(&conf);
}

int main(int argc, char **argv)
{
  static world w;
  imstls_mbedtls *part;
  imstls_mbedtls_config config = IMSTLS_MBEDTLS_CONFIG_INIT;
  MUST(argc == 4);
  server_init(argv);
  config.random = seeded;
  config.max_version = 12;
  MUST(imstls_mbedtls_new(&part, &config) == IMSTLS_OK);
  world_init(&w, imstls_mbedtls_tls(part));
  w.cert = (imstls_bytes){ server_cert.raw.p, server_cert.raw.len };
  MUST(imstls_client_new(&w.client, &w.config) == IMSTLS_OK);
  register_once(&w, "full");
  MUST(w.record_len > 0);
  register_once(&w, "resumed");
  bare("bare", 0);
  bare("pki", 1);
  imstls_client_free(w.client);
  imstls_mbedtls_free(part);
  return 0;
}
