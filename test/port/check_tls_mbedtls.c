/* SPDX-License-Identifier: Apache-2.0 */
/* The client part against an mbedTLS server in the same process. */
#include "tls_pair.h"

Suite *tls_mbedtls_suite(void);

static const char *const good_certs[] = { "pcscf-ec", "mitm-ec", "pcscf-ec384", "pcscf-rsa" };

START_TEST(certificate_is_what_the_server_sent)
{
  char file[64];
  tls_peer_how server = { .cert = good_certs[_i] };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  imstls_tls_facts facts = facts_of(s);
  snprintf(file, sizeof file, "%s.der", good_certs[_i]);
  expect_cert(&facts, file);
  ck_assert_int_eq(facts.resumed, 0);
  ck_assert_int_eq(facts.extended_ms, 1);
  ck_assert_int_eq(facts.psk, 0);
  ck_assert_int_eq(facts.pki, 0);
  ck_assert_uint_eq(facts.version, 12);
  ck_assert_uint_eq(facts.cert_is_final, 1);
  ck_assert_int_eq(strncmp(facts.suite, "TLS_ECDHE_", 10), 0);
  talk(s);
  leave(s);
}
END_TEST

START_TEST(tls13_certificate)
{
#if IMSTLS_I_TLS13
  uint8_t binding[32];
  teardown();
  start_part(13, NULL);
  tls_peer_how server = { .cert = good_certs[_i], .version = 13 };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  imstls_tls_facts facts = facts_of(s);
  ck_assert_uint_eq(facts.version, 13);
  ck_assert_int_eq(facts.extended_ms, 1);
  ck_assert_int_eq(facts.resumed, 0);
  ck_assert_int_eq(facts.psk, 0);
  ck_assert_uint_eq(facts.cert_is_final, 1);
  ck_assert_str_eq(facts.suite, "TLS_AES_128_GCM_SHA256");
  ck_assert_int_eq(tls->exporter(tls->user, s, binding), IMSTLS_I_EXPORT_KEYING ? IMSTLS_OK : IMSTLS_ERR_UNSUPPORTED);
  talk(s);
  leave(s);
#endif
}
END_TEST

START_TEST(tls13_psk)
{
#if IMSTLS_I_TLS13
  teardown();
  start_part(13, NULL);
  tls_peer_how server = { .version = 13, .psk = psk, .psk_len = sizeof psk, .identity = "impi" };
  imstls_tls_open how = how_psk(IMSTLS_TLS_PSK, "impi");
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  imstls_tls_facts facts = facts_of(s);
  ck_assert_uint_eq(facts.version, 13);
  ck_assert_int_eq(facts.psk, 1);
  ck_assert_int_eq(facts.resumed, 0);
  ck_assert_uint_eq(facts.cert.len, 0);
  talk(s);
  leave(s);
#endif
}
END_TEST

START_TEST(key_too_short)
{
  tls_peer_how server = { .cert = "rsa1024" };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_ERR_TLS_CERT);
  ck_assert_int_eq(tls->handshake(tls->user, s), IMSTLS_ERR_TLS_CERT);
  ck_assert_int_ne(tls->last_error(tls->user), 0);
  imstls_tls_facts facts = { .size = sizeof facts };
  ck_assert_int_eq(tls->facts(tls->user, s, &facts), IMSTLS_ERR_STATE);
  leave(s);
}
END_TEST

/* What is made of a certificate. */
static const struct {
  const char *file;
  size_t max;
  int error;
} verdicts[] = {
  { "pcscf-ec.der", 4096, IMSTLS_OK },
  { "pcscf-ec.der", 354, IMSTLS_OK },
  { "pcscf-ec.der", 353, IMSTLS_ERR_CERT_TOO_LONG },
  { "expired.der", 4096, IMSTLS_OK },
  { "sha1.der", 4096, IMSTLS_OK },
  { "ku-sign.der", 4096, IMSTLS_OK },
  { "ku-encipher.der", 4096, IMSTLS_ERR_TLS_CERT },
  { "eku-server.der", 4096, IMSTLS_OK },
  { "eku-sip.der", 4096, IMSTLS_OK },
  { "eku-client.der", 4096, IMSTLS_ERR_TLS_CERT },
  { "rsa1024.der", 4096, IMSTLS_ERR_TLS_CERT },
  { "ec224.der", 4096, IMSTLS_ERR_TLS_CERT },
  { "pcscf-ec384.der", 4096, IMSTLS_OK },
  { "ec521.der", 4096, IMSTLS_OK },
  { "ec256k1.der", 4096, IMSTLS_ERR_TLS_CERT },
};

START_TEST(certificate_verdicts)
{
  uint8_t der[4096];
  size_t len = read_file(verdicts[_i].file, der, sizeof der);
  imstls_i_mbedtls_cert cert = { .max = verdicts[_i].max };
  mbedtls_x509_crt crt;
  mbedtls_x509_crt_init(&crt);
  ck_assert_int_eq(mbedtls_x509_crt_parse_der(&crt, der, len), 0);
  ck_assert_int_eq(imstls_i_mbedtls_take_chain(&cert, &crt), verdicts[_i].error);
  ck_assert(cert.seen);
  ck_assert_int_eq(cert.error, verdicts[_i].error);
  ck_assert_uint_eq(cert.len, verdicts[_i].error == IMSTLS_OK ? len : 0);
  mbedtls_x509_crt_free(&crt);
  ck_assert_int_eq(imstls_i_mbedtls_keep_cert(&cert, (imstls_bytes){ NULL, 0 }), IMSTLS_OK);
  ck_assert(!cert.der && cert.len == 0);
}
END_TEST

static const struct {
  const char *ca, *cert, *key, *name;
  int token, pki;
} pki_cases[] = {
  { "pcscf-ec.der", "pcscf-ec", NULL, NAME, 0, 1 },
  { "pcscf-ec.der", "pcscf-ec", NULL, "PCSCF.Visited1.net", 0, 1 },
  { "pcscf-ec.der", "pcscf-ec", NULL, "other.visited1.net", 0, IMSTLS_ERR_PKI },
  { "pcscf-ec.der", "pcscf-ec", NULL, NAME ".", 0, 1 },
  { "pcscf-ec.der", "pcscf-ec", NULL, "192.0.2.1", 0, IMSTLS_ERR_PKI },
  { "ip-ec.der", "ip-ec", "pcscf-ec", "192.0.2.1", 0, 1 },
  { "ip-ec.der", "ip-ec", "pcscf-ec", "2001:db8::1", 0, 1 },
  { "ip-ec.der", "ip-ec", "pcscf-ec", "192.0.2.2", 0, IMSTLS_ERR_PKI },
  { "ip-ec.der", "ip-ec", "pcscf-ec", NAME, 0, 1 },
  { "pcscf-ec.der", "pcscf-ec", NULL, NULL, 0, IMSTLS_ERR_PKI },
  { "mitm-ec.der", "pcscf-ec", NULL, NAME, 0, IMSTLS_ERR_PKI },
  { NULL, "pcscf-ec", NULL, NAME, 0, IMSTLS_ERR_PKI },
  { "expired.der", "expired", "pcscf-ec", NAME, 0, IMSTLS_ERR_PKI },
  { "eku-sip.der", "eku-server", "pcscf-ec", NAME, 0, 1 },
  { "sha1.der", "sha1", "pcscf-rsa", NAME, 0, IMSTLS_ERR_PKI },
};

START_TEST(pki_verdicts)
{
  teardown();
  start_part(12, pki_cases[_i].ca);
  tls_peer_how server = { .cert = pki_cases[_i].cert, .key = pki_cases[_i].key };
  imstls_tls_open how = how_cert();
  how.server_name = pki_cases[_i].name;
  how.verify_pki = 1;
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK); /* PKI alone never ends a handshake */
  imstls_tls_facts facts = facts_of(s);
  ck_assert_int_eq(facts.pki, pki_cases[_i].pki);
  ck_assert_uint_gt(facts.cert.len, 0);
  leave(s);
}
END_TEST

START_TEST(psk_client)
{
  const char *const certs[] = { NULL, "pcscf-ec" };
  uint32_t suites = _i < 2 ? IMSTLS_TLS_PSK : IMSTLS_TLS_PSK | IMSTLS_TLS_CERT;
  tls_peer_how server = { .psk = psk, .psk_len = sizeof psk, .identity = "impi", .cert = certs[_i % 2] };
  imstls_tls_open how = how_psk(suites, "impi");
  how.verify_pki = 1;
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  imstls_tls_facts facts = facts_of(s);
  if (certs[_i % 2] == NULL || suites == IMSTLS_TLS_PSK) {
    ck_assert_int_eq(facts.psk, 1);
    ck_assert_uint_eq(facts.cert.len, 0);
    ck_assert_int_eq(strncmp(facts.suite, "TLS_ECDHE_PSK_", 14), 0);
  }
  ck_assert_int_eq(facts.pki == 1, facts.psk == 0);
  ck_assert_int_eq(facts.extended_ms, 1);
  uint8_t record[4096];
  size_t len;
  if (facts.psk)
    ck_assert_int_eq(tls->save(tls->user, s, record, sizeof record, &len), IMSTLS_ERR_UNSUPPORTED);
  talk(s);
  leave(s);
}
END_TEST

/* A server without the PSK takes the certificate suites of the same ClientHello. */
START_TEST(psk_offered_certificate_chosen)
{
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_psk(IMSTLS_TLS_PSK | IMSTLS_TLS_CERT, "impi");
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  imstls_tls_facts facts = facts_of(s);
  ck_assert_int_eq(facts.psk, 0);
  expect_cert(&facts, "pcscf-ec.der");
  leave(s);
}
END_TEST

static const int cbc_suites[] = { 0xC037, 0 };

START_TEST(cbc_needs_encrypt_then_mac)
{
  tls_peer_how server = { .psk = psk, .psk_len = sizeof psk, .identity = "impi", .suites = cbc_suites, .no_etm = _i };
  imstls_tls_open how = how_psk(IMSTLS_TLS_PSK, "impi");
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), _i ? IMSTLS_ERR_TLS : IMSTLS_OK);
  leave(s);
}
END_TEST

static const struct {
  const char *identity;
  uint8_t first; /* octet of the peer's PSK */
  int result;
} psk_servers[] = { { "pcscf:impi", 1, IMSTLS_OK },
                    { "impi", 1, IMSTLS_ERR_TLS },
                    { "pcscf:impi2", 1, IMSTLS_ERR_TLS },
                    { "pcscf:imp", 1, IMSTLS_ERR_TLS },
                    { "pcscf:impi", 9, IMSTLS_ERR_TLS } };

START_TEST(psk_server)
{
  uint8_t key[32];
  memcpy(key, psk, sizeof key);
  key[0] = psk_servers[_i].first;
  tls_peer_how client = { .client = 1, .psk = key, .psk_len = sizeof key, .identity = psk_servers[_i].identity };
  imstls_tls_open how = how_psk(IMSTLS_TLS_PSK, "pcscf:impi");
  how.role = IMSTLS_TLS_SERVER;
  int s = meet(&how, &client);
  int ret = handshake(s);
  if (psk_servers[_i].result == IMSTLS_OK) {
    ck_assert_int_eq(ret, IMSTLS_OK);
    imstls_tls_facts facts = facts_of(s);
    ck_assert_int_eq(facts.psk, 1);
    ck_assert_int_eq(facts.resumed, 0);
    ck_assert_int_eq(facts.extended_ms, 1);
    talk(s);
  } else {
    ck_assert_int_le(ret, IMSTLS_ERR_TLS);
    ck_assert_int_eq(peer.done, 0);
  }
  leave(s);
}
END_TEST

START_TEST(extended_master_secret_missing)
{
  uint8_t out[4096];
  size_t len;
  tls_peer_how server = { .cert = "pcscf-ec", .no_extended_ms = 1 };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  ck_assert_int_eq(facts_of(s).extended_ms, 0);
  ck_assert_int_eq(tls->exporter(tls->user, s, out), IMSTLS_ERR_UNSUPPORTED);
  ck_assert_int_eq(tls->save(tls->user, s, out, sizeof out, &len), IMSTLS_ERR_UNSUPPORTED);
  leave(s);
}
END_TEST

/* Nothing is derived from the master secret that nobody wants. */
START_TEST(exporter_for_who_asks)
{
  for (uint32_t asked = 0; asked < 2; asked++) {
    uint8_t out[32];
    tls_peer_how server = { .cert = "pcscf-ec" };
    imstls_tls_open how = how_cert();
    how.exporter = asked;
    int s = meet(&how, &server);
    ck_assert_int_eq(handshake(s), IMSTLS_OK);
    ck_assert_int_eq(tls->exporter(tls->user, s, out), asked ? IMSTLS_OK : IMSTLS_ERR_UNSUPPORTED);
    leave(s);
  }
}
END_TEST

START_TEST(cut_everywhere)
{
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  peer.to_us.step = peer.to_peer.step = 1;
  peer.to_us.stutter = 1;
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  imstls_tls_facts facts = facts_of(s);
  expect_cert(&facts, "pcscf-ec.der");
  ck_assert_int_eq(facts.extended_ms, 1);
  leave(s);
}
END_TEST

/* No prefix of the server's octets makes a session, nor a flipped bit. */
START_TEST(prefixes_and_flips)
{
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  size_t total = peer.to_us.total;
  int flips_passed = 0;
  leave(s);
  for (size_t at = 1; at < total; at += 41) {
    s = meet(&how, &server);
    peer.to_us.cut_after = at;
    ck_assert_int_eq(handshake(s), IMSTLS_ERR_TLS_REFUSED);
    leave(s);
    s = meet(&how, &server);
    peer.to_us.flip = at;
    /* The version in a plaintext record header is nobody's concern; the rest is covered by Finished. */
    if (handshake(s) == IMSTLS_OK) {
      imstls_tls_facts facts = facts_of(s);
      expect_cert(&facts, "pcscf-ec.der");
      ck_assert_int_eq(facts.extended_ms, 1);
      flips_passed++;
    }
    leave(s);
  }
  ck_assert_int_lt(flips_passed, 4);
}
END_TEST

static const struct {
  uint8_t record[7];
  int before, after;
} alerts[] = {
  { { 21, 3, 3, 0, 2, 2, 40 }, IMSTLS_ERR_TLS_ALERT, IMSTLS_ERR_TLS },
  { { 21, 3, 3, 0, 2, 1, 0 }, IMSTLS_ERR_TLS_REFUSED, IMSTLS_ERR_TLS },
};

START_TEST(alerts_in_the_handshake)
{
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  pipe_put(&peer.to_us, alerts[_i].record, 7);
  ck_assert_int_eq(tls->handshake(tls->user, s), alerts[_i].before);
  ck_assert_int_eq(tls->handshake(tls->user, s), alerts[_i].before);
  leave(s);
  /* Afterwards an unprotected alert is a broken record. */
  s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  uint8_t buf[8];
  pipe_put(&peer.to_us, alerts[_i].record, 7);
  ck_assert_int_eq(tls->read(tls->user, s, buf, sizeof buf), alerts[_i].after);
  ck_assert_int_eq(tls->write(tls->user, s, buf, sizeof buf), alerts[_i].after);
  leave(s);
}
END_TEST

START_TEST(ends_of_a_session)
{
  uint8_t buf[8];
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  ck_assert_int_eq(tls->read(tls->user, s, buf, sizeof buf), IMSTLS_ERR_TLS);
  ck_assert_int_eq(tls->write(tls->user, s, buf, sizeof buf), IMSTLS_ERR_TLS);
  ck_assert_uint_eq(peer.to_peer.total, 0);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  if (_i == 0)
    ck_assert_int_eq(mbedtls_ssl_close_notify(&peer.ssl), 0);
  if (_i == 1)
    peer.to_us.cut_after = 1;
  if (_i == 2)
    peer.to_us.broken = 1;
  int ret = tls->read(tls->user, s, buf, sizeof buf);
  ck_assert_int_eq(ret, _i == 0 ? IMSTLS_CLOSED : IMSTLS_ERR_CONNECTION);
  leave(s);
  if (_i != 2)
    return;
  s = meet(&how, &server);
  peer.to_us.broken = 1;
  ck_assert_int_eq(tls->handshake(tls->user, s), IMSTLS_ERR_CONNECTION);
  leave(s);
}
END_TEST

START_TEST(close_says_goodbye)
{
  uint8_t buf[8];
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  tls->close(tls->user, s);
  tls->close(tls->user, s);
  ck_assert_int_eq(mbedtls_ssl_read(&peer.ssl, buf, sizeof buf), MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
  ck_assert(!part->sessions[s]);
  peer_end(&peer);
}
END_TEST

static char key_line[512];
static void keep_line(void *user, const char *line) { snprintf(user, sizeof key_line, "%s", line); }

START_TEST(key_log)
{
  imstls_mbedtls_config config = IMSTLS_MBEDTLS_CONFIG_INIT;
  teardown();
  config.keylog = keep_line;
  config.keylog_user = key_line;
  config.max_version = 12;
  ck_assert_int_eq(imstls_mbedtls_new(&part, &config), IMSTLS_OK);
  tls = imstls_mbedtls_tls(part);
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  ck_assert_int_eq(strncmp(key_line, "CLIENT_RANDOM ", 14), 0);
  ck_assert_uint_eq(strlen(key_line), 14 + 64 + 1 + 96);
  leave(s);
}
END_TEST

static int no_random(void *user, uint8_t *out, size_t len)
{
  (void)user;
  (void)out;
  (void)len;
  return -1;
}

START_TEST(part_settings)
{
  imstls_mbedtls *other = NULL;
  imstls_mbedtls_config config = IMSTLS_MBEDTLS_CONFIG_INIT;
  uint8_t out[3000];
  ck_assert_int_eq(imstls_mbedtls_new(NULL, NULL), IMSTLS_ERR_USAGE);
  config.max_version = 11;
  ck_assert_int_eq(imstls_mbedtls_new(&other, &config), IMSTLS_ERR_UNSUPPORTED);
  config.max_version = 0;
  config.size = 1;
  ck_assert_int_eq(imstls_mbedtls_new(&other, &config), IMSTLS_ERR_USAGE);
  config.size = sizeof config;
  config.sessions = 65537;
  ck_assert_int_eq(imstls_mbedtls_new(&other, &config), IMSTLS_ERR_USAGE);
  config.sessions = 0;
  config.ca = (imstls_bytes){ (const uint8_t *)"junk", 5 };
  ck_assert_int_eq(imstls_mbedtls_new(&other, &config), IMSTLS_ERR_PKI);
  config.ca = (imstls_bytes){ NULL, 0 };
  config.ca_file = "test/certs/none.pem";
  ck_assert_int_eq(imstls_mbedtls_new(&other, &config), IMSTLS_ERR_PKI);
  config.ca_file = "test/certs/pcscf-ec.pem";
  config.random = no_random;
  ck_assert_int_eq(imstls_mbedtls_new(&other, &config), IMSTLS_OK);
  ck_assert_int_eq(imstls_mbedtls_random(other, out, 4), IMSTLS_ERR_RANDOM);
  imstls_mbedtls_free(other);
  ck_assert_ptr_null(imstls_mbedtls_tls(NULL));
  imstls_mbedtls_free(NULL);
  memset(out, 0, sizeof out);
  ck_assert_int_eq(imstls_mbedtls_random(part, out, sizeof out), IMSTLS_OK);
  ck_assert_int_ne(out[2990] | out[2991] | out[2992] | out[2993] | out[2994] | out[2995], 0);
}
END_TEST

START_TEST(open_settings)
{
  enum { LONGEST = 261 }; /* "pcscf:" and an IMPI of 255 octets */
  char longest[LONGEST + 2];
  int first, second;
  imstls_tls_open how = how_cert();
  how.suites = 0;
  ck_assert_int_eq(tls->open(tls->user, &how), IMSTLS_ERR_USAGE);
  how = how_cert();
  how.role = IMSTLS_TLS_SERVER;
  ck_assert_int_eq(tls->open(tls->user, &how), IMSTLS_ERR_UNSUPPORTED);
  how = how_psk(IMSTLS_TLS_PSK, "");
  ck_assert_int_eq(tls->open(tls->user, &how), IMSTLS_ERR_USAGE);
  how = how_psk(IMSTLS_TLS_PSK, "impi");
  how.psk_len = MBEDTLS_PSK_MAX_LEN + 1;
  ck_assert_int_eq(tls->open(tls->user, &how), IMSTLS_ERR_UNSUPPORTED);
  memset(longest, 'i', LONGEST + 1);
  longest[LONGEST + 1] = '\0';
  how = how_psk(IMSTLS_TLS_PSK, longest);
  ck_assert_int_eq(tls->open(tls->user, &how), IMSTLS_ERR_UNSUPPORTED);
  how = how_psk(IMSTLS_TLS_PSK, longest + 1);
  ck_assert_int_eq(first = tls->open(tls->user, &how), 0);
  tls->close(tls->user, first);
  how = how_cert();
  ck_assert_int_eq(first = tls->open(tls->user, &how), 0);
  ck_assert_int_eq(second = tls->open(tls->user, &how), 1);
  ck_assert_int_eq(tls->open(tls->user, &how), IMSTLS_ERR_CAPACITY);
  tls->close(tls->user, first);
  ck_assert_int_eq(tls->open(tls->user, &how), first);
  tls->close(tls->user, first);
  tls->close(tls->user, second);
  ck_assert_int_eq(tls->handshake(tls->user, 7), IMSTLS_ERR_TLS);
  ck_assert_int_eq(tls->handshake(tls->user, -1), IMSTLS_ERR_TLS);
}
END_TEST

START_TEST(suite_names)
{
  char out[48];
  imstls_i_mbedtls_suite_name("TLS-PSK-WITH-AES-128-CCM-8", out);
  ck_assert_str_eq(out, "TLS_PSK_WITH_AES_128_CCM_8");
  imstls_i_mbedtls_suite_name("TLS1-3-CHACHA20-POLY1305-SHA256", out);
  ck_assert_str_eq(out, "TLS_CHACHA20_POLY1305_SHA256");
  imstls_i_mbedtls_suite_name(NULL, out);
  ck_assert_str_eq(out, "");
}
END_TEST

#if defined(MBEDTLS_ECP_RESTARTABLE) && !IMSTLS_I_PSA
START_TEST(elliptic_curves_in_slices)
{
  int pending = 0, ret;
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  do {
    mbedtls_ecp_set_max_ops(200);
    ret = tls->handshake(tls->user, s);
    mbedtls_ecp_set_max_ops(0);
    pending += ret == IMSTLS_PENDING;
    peer_handshake(&peer);
  } while (ret == IMSTLS_WANT_READ || ret == IMSTLS_PENDING);
  ck_assert_int_eq(ret, IMSTLS_OK);
  ck_assert_int_gt(pending, 3);
  leave(s);
}
END_TEST
#endif

Suite *tls_mbedtls_suite(void)
{
  Suite *suite = suite_create("tls_mbedtls");
  TCase *tc = tcase_create("client");
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_set_timeout(tc, 60);
  LOOP(tc, certificate_is_what_the_server_sent, good_certs);
  LOOP(tc, tls13_certificate, good_certs);
  tcase_add_test(tc, tls13_psk);
  tcase_add_test(tc, key_too_short);
  LOOP(tc, certificate_verdicts, verdicts);
  LOOP(tc, pki_verdicts, pki_cases);
  tcase_add_loop_test(tc, psk_client, 0, 4);
  tcase_add_test(tc, psk_offered_certificate_chosen);
  tcase_add_loop_test(tc, cbc_needs_encrypt_then_mac, 0, 2);
  LOOP(tc, psk_server, psk_servers);
  tcase_add_test(tc, extended_master_secret_missing);
  tcase_add_test(tc, exporter_for_who_asks);
  tcase_add_test(tc, cut_everywhere);
  tcase_add_test(tc, prefixes_and_flips);
  LOOP(tc, alerts_in_the_handshake, alerts);
  tcase_add_loop_test(tc, ends_of_a_session, 0, 3);
  tcase_add_test(tc, close_says_goodbye);
  tcase_add_test(tc, key_log);
  tcase_add_test(tc, part_settings);
  tcase_add_test(tc, open_settings);
  tcase_add_test(tc, suite_names);
#if defined(MBEDTLS_ECP_RESTARTABLE) && !IMSTLS_I_PSA
  tcase_add_test(tc, elliptic_curves_in_slices);
#endif
  suite_add_tcase(suite, tc);
  return suite;
}
