/* SPDX-License-Identifier: Apache-2.0 */
#include "tls_pair.h"

imstls_mbedtls *part;
const imstls_tls *tls;
tls_peer peer;
const uint8_t psk[32] = { 1, 2, 0, 4 };

void start_part(int version, const char *ca)
{
  static uint8_t der[16384];
  imstls_mbedtls_config config = IMSTLS_MBEDTLS_CONFIG_INIT;
  config.max_version = version;
  if (ca)
    config.ca = (imstls_bytes){ der, read_file(ca, der, sizeof der) };
  ck_assert_int_eq(imstls_mbedtls_new(&part, &config), IMSTLS_OK);
  tls = imstls_mbedtls_tls(part);
}

void setup(void) { start_part(12, "pcscf-ec.der"); }
void teardown(void) { imstls_mbedtls_free(part); }

imstls_tls_open how_cert(void)
{
  imstls_tls_open how = { .size = sizeof how, .io = { &peer, our_send, our_recv }, .suites = IMSTLS_TLS_CERT };
  how.exporter = 1;
  how.wall_s = WALL_S;
  how.server_name = NAME;
  return how;
}

imstls_tls_open how_psk(uint32_t suites, const char *identity)
{
  imstls_tls_open how = how_cert();
  how.suites = suites;
  how.psk = psk;
  how.psk_len = sizeof psk;
  how.psk_identity = (imstls_text){ identity, strlen(identity) };
  return how;
}

int handshake_of(const imstls_tls *of, int s)
{
  int ret = IMSTLS_WANT_READ;
  for (int i = 0; i < 40000; i++) {
    ret = of->handshake(of->user, s);
    if (ret != IMSTLS_WANT_READ && ret != IMSTLS_PENDING)
      break;
    peer_handshake(&peer);
  }
  for (int i = 0; i < 4; i++)
    peer_handshake(&peer);
  return ret;
}

int meet(const imstls_tls_open *how, const tls_peer_how *server)
{
  peer_start(&peer, part, server);
  int s = tls->open(tls->user, how);
  ck_assert_int_ge(s, 0);
  return s;
}

int handshake(int s) { return handshake_of(tls, s); }

imstls_tls_facts facts_of(int s)
{
  imstls_tls_facts facts = { .size = sizeof facts };
  ck_assert_int_eq(tls->facts(tls->user, s, &facts), IMSTLS_OK);
  return facts;
}

void leave(int s)
{
  tls->close(tls->user, s);
  peer_end(&peer);
}

void expect_cert(const imstls_tls_facts *facts, const char *name)
{
  static uint8_t der[16384];
  size_t len = read_file(name, der, sizeof der);
  ck_assert_uint_eq(facts->cert.len, len);
  ck_assert_mem_eq(facts->cert.ptr, der, len);
}

void talk_over(const imstls_tls *of, int s)
{
  uint8_t buf[16];
  int n;
  ck_assert_int_eq(of->write(of->user, s, (const uint8_t *)"hello", 5), 5);
  while ((n = mbedtls_ssl_read(&peer.ssl, buf, sizeof buf)) == MBEDTLS_ERR_SSL_WANT_READ)
    continue;
  ck_assert_int_eq(n, 5);
  ck_assert_int_eq(mbedtls_ssl_write(&peer.ssl, (const uint8_t *)"world!", 6), 6);
  while ((n = of->read(of->user, s, buf, sizeof buf)) == IMSTLS_WANT_READ)
    continue;
  ck_assert_int_eq(n, 6);
  ck_assert_mem_eq(buf, "world!", 6);
  ck_assert_int_eq(of->read(of->user, s, buf, sizeof buf), IMSTLS_WANT_READ);
}

void talk(int s) { talk_over(tls, s); }

static mbedtls_ssl_config lent_conf;
mbedtls_ssl_context lent_ssl;

void lend_start(const tls_peer_how *server, int version)
{
  peer_start(&peer, part, server);
  mbedtls_ssl_config_init(&lent_conf);
  mbedtls_ssl_init(&lent_ssl);
  ck_assert_int_eq(mbedtls_ssl_config_defaults(&lent_conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                               MBEDTLS_SSL_PRESET_DEFAULT),
                   0);
  mbedtls_ssl_conf_rng(&lent_conf, peer_random, part);
  mbedtls_ssl_conf_authmode(&lent_conf, MBEDTLS_SSL_VERIFY_OPTIONAL);
  imstls_i_mbedtls_versions(&lent_conf, 12, version);
#if IMSTLS_I_TLS13
  mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(&lent_conf,
                                                           MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
  ck_assert_int_eq(mbedtls_ssl_setup(&lent_ssl, &lent_conf), 0);
  ck_assert_int_eq(mbedtls_ssl_set_hostname(&lent_ssl, NULL), 0);
  mbedtls_ssl_set_bio(&lent_ssl, &peer, our_bio_send, our_bio_recv, NULL);
}

void lend_end(void)
{
  mbedtls_ssl_free(&lent_ssl);
  mbedtls_ssl_config_free(&lent_conf);
  peer_end(&peer);
}
