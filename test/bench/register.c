/* SPDX-License-Identifier: Apache-2.0 */
/* Whole registrations over an mbedTLS server in memory: full handshake, resumed one, and bare handshakes beside them.
 * register CERTS KEY VERSION [CA]: the server's chain, PEM or DER; 12 or 13; without CA the full registration alone */
#include "server.h"

#include <stdlib.h>
#include <string.h>

#include <imstls/mbedtls.h>

static mbedtls_x509_crt ca;

static int send_up(void *ctx, const unsigned char *data, size_t len)
{
  (void)ctx;
  return put(&up, data, len);
}
static int recv_down(void *ctx, unsigned char *data, size_t cap)
{
  (void)ctx;
  return get(&down, data, cap);
}

/* The client's turn, the only thing collected: in, step until it rests, out. */
static void client_turn(world *w)
{
  static uint8_t octets[65536];
  int moved;
  do {
    moved = 0;
    int n = down.begin < down.end ? (int)(down.end - down.begin) : 0;
    CALLGRIND_TOGGLE_COLLECT;
    if (n)
      n = imstls_client_feed(w->client, w->connection, down.data + down.begin, (size_t)n);
    int result = imstls_client_step(w->client);
    int out = imstls_client_pull(w->client, w->connection, octets, sizeof octets);
    CALLGRIND_TOGGLE_COLLECT;
    MUST(result == IMSTLS_OK && n >= 0 && out >= 0);
    down.begin += (size_t)n;
    if (out)
      put(&up, octets, (size_t)out);
    moved = n > 0 || out > 0;
    if (w->open_wanted) {
      CALLGRIND_TOGGLE_COLLECT;
      world_open(w);
      CALLGRIND_TOGGLE_COLLECT;
      moved = 1;
    }
  } while (moved || imstls_client_timeout_ms(w->client) == 0);
}

static void register_once(world *w, const char *name)
{
  mbedtls_ssl_context ssl;
  server_start(&ssl);
  CALLGRIND_ZERO_STATS;
  CALLGRIND_TOGGLE_COLLECT;
  int result = imstls_client_register(w->client);
  CALLGRIND_TOGGLE_COLLECT;
  MUST(result == IMSTLS_OK);
  for (int i = 0; i < 100 && imstls_client_state(w->client) != IMSTLS_STATE_REGISTERED; i++) {
    client_turn(w);
    server_turn(&ssl, w);
  }
  CALLGRIND_DUMP_STATS_AT(name);
  MUST(imstls_client_state(w->client) == IMSTLS_STATE_REGISTERED);
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
  if (!ret)
    ret = mbedtls_ssl_set_hostname(&client, "pcscf1.visited.example");
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
  MUST(argc == 4 || argc == 5);
  config.max_version = atoi(argv[3]);
  server_init(argv[1], argv[2], config.max_version);
  config.random = seeded;
  MUST(imstls_mbedtls_new(&part, &config) == IMSTLS_OK);
  world_init(&w, imstls_mbedtls_tls(part));
  w.cert = (imstls_bytes){ server_cert.raw.p, server_cert.raw.len };
  MUST(imstls_client_new(&w.client, &w.config) == IMSTLS_OK);
  register_once(&w, "full");
  if (argc == 5) {
    MUST(w.record_len > 0);
    register_once(&w, "resumed");
    mbedtls_x509_crt_init(&ca);
    MUST(!mbedtls_x509_crt_parse_file(&ca, argv[4]));
    bare("bare", 0);
    bare("pki", 1);
  }
  imstls_client_free(w.client);
  imstls_mbedtls_free(part);
  return 0;
}
