/* SPDX-License-Identifier: Apache-2.0 */
/* TLS 1.2 and 1.3 in one offer: the second try with 1.2 alone, and an attacker who would like one. */
#include "s_server.h"
#include "suite.h"
#include "tls_pair.h"

static void start_versions(int min, int max)
{
  imstls_mbedtls_config config = IMSTLS_MBEDTLS_CONFIG_INIT;
  config.min_version = min;
  config.max_version = max;
  ck_assert_int_eq(imstls_mbedtls_new(&part, &config), IMSTLS_OK);
  tls = imstls_mbedtls_tls(part);
}

START_TEST(settings)
{
  static const struct {
    int min, max, result;
  } rows[] = { { 0, 0, IMSTLS_OK },
               { 12, 12, IMSTLS_OK },
               { 12, 13, IMSTLS_I_TLS13 ? IMSTLS_OK : IMSTLS_ERR_UNSUPPORTED },
               { 13, 13, IMSTLS_I_TLS13 ? IMSTLS_OK : IMSTLS_ERR_UNSUPPORTED },
               { 13, 0, IMSTLS_I_TLS13 ? IMSTLS_OK : IMSTLS_ERR_USAGE },
               { 13, 12, IMSTLS_ERR_USAGE },
               { 11, 12, IMSTLS_ERR_UNSUPPORTED },
               { 14, 13, IMSTLS_ERR_UNSUPPORTED },
               { -1, 12, IMSTLS_ERR_UNSUPPORTED } };
  for (size_t i = 0; i < COUNT(rows); i++) {
    imstls_mbedtls *made = NULL;
    imstls_mbedtls_config config = IMSTLS_MBEDTLS_CONFIG_INIT;
    config.min_version = rows[i].min;
    config.max_version = rows[i].max;
    ck_assert_msg(imstls_mbedtls_new(&made, &config) == rows[i].result, "row %zu", i);
    imstls_mbedtls_free(made);
  }
  start_versions(0, 0);
  imstls_tls_open how = how_cert();
  static const uint32_t versions[] = { 1, 11, 13, 14, UINT32_MAX };
  for (size_t i = 0; i < COUNT(versions); i++) {
    how.max_version = versions[i];
    ck_assert_int_eq(tls->open(tls->user, &how), IMSTLS_ERR_USAGE);
  }
  how.size = offsetof(imstls_tls_open, max_version); /* of a program that does not know it */
  tls->close(tls->user, tls->open(tls->user, &how));
  teardown();
}
END_TEST

#if IMSTLS_I_TLS13

static s_server server;
static s_link to_server;

/* What a session with s_server comes to; the version in `version`. */
static int try_server(uint32_t max_version, uint32_t *version)
{
  imstls_tls_open how = how_cert();
  how.io = s_link_open(&to_server, &server);
  how.max_version = max_version;
  int s = tls->open(tls->user, &how);
  ck_assert_int_ge(s, 0);
  int ret = s_link_handshake(&to_server, tls, s);
  if (ret == IMSTLS_OK) {
    imstls_tls_facts facts = facts_of(s);
    expect_cert(&facts, "pcscf-rsa.der");
    *version = facts.version;
  }
  tls->close(tls->user, s);
  s_link_close(&to_server);
  return ret;
}

/* OpenSSL with an RSA certificate and its own preference, and what the first and the second try come to. */
START_TEST(openssl)
{
  static const struct {
    const char *options[3];
    int first, second;
    uint32_t version;
  } rows[] = { { { "-tls1_2", "-serverpref" }, IMSTLS_ERR_TLS_PSS, IMSTLS_OK, 12 },
               { { "-tls1_2" }, IMSTLS_OK, IMSTLS_OK, 12 },
               { { "-serverpref" }, IMSTLS_OK, IMSTLS_ERR_TLS_DOWNGRADE, 13 },
               { { "-tls1_3" }, IMSTLS_OK, IMSTLS_ERR_TLS_ALERT, 13 } };
  for (size_t i = 0; i < COUNT(rows); i++) {
    const char *options[8] = { "-cert", "test/certs/pcscf-rsa.pem", "-key", "test/certs/pcscf-rsa.key.pem" };
    uint32_t version = 0;
    memcpy(options + 4, rows[i].options, sizeof rows[i].options);
    s_server_start(&server, options);
    start_versions(0, 13);
    ck_assert_int_eq(try_server(0, &version), rows[i].first);
    ck_assert_int_eq(try_server(12, &version), rows[i].second);
    ck_assert_uint_eq(version, rows[i].version);
    teardown();
    s_server_end(&server);
  }
}
END_TEST

/* A setting decides: with 1.2 at most there is nothing to try again, and no server's random matters; with 1.3 at least
 * there is no second try. */
START_TEST(settings_decide)
{
  static const char *const old[] = {
    "-cert", "test/certs/pcscf-rsa.pem", "-key", "test/certs/pcscf-rsa.key.pem", "-tls1_2", "-serverpref", NULL
  };
  const char *able[] = { old[0], old[1], old[2], old[3], NULL };
  uint32_t version = 0;
  start_versions(0, 12);
  for (int i = 0; i < 2; i++) {
    s_server_start(&server, i ? able : old);
    ck_assert_int_eq(try_server(0, &version), IMSTLS_OK);
    ck_assert_int_eq(try_server(12, &version), IMSTLS_OK);
    ck_assert_uint_eq(version, 12);
    s_server_end(&server);
  }
  teardown();
  start_versions(13, 13);
  s_server_start(&server, old);
  ck_assert_int_eq(try_server(0, &version), IMSTLS_ERR_TLS_ALERT);
  imstls_tls_open how = how_cert();
  how.max_version = 12;
  ck_assert_int_eq(tls->open(tls->user, &how), IMSTLS_ERR_UNSUPPORTED);
  s_server_end(&server);
  teardown();
}
END_TEST

/* ---- the attacker between the two: he may write what he likes into what nobody has signed ---- */

enum { RANDOM_END = 5 + 4 + 2 + 24, RECORD = 5, HEADER = 4 };

/* The record of a handshake message in what comes to us. */
static uint8_t *record_of(uint8_t type)
{
  pipe_half *p = &peer.to_us;
  for (size_t at = p->begin; at < p->end; at += RECORD + ((size_t)p->data[at + 3] << 8) + p->data[at + 4])
    if (p->data[at] == 22 && p->data[at + RECORD] == type)
      return p->data + at;
  ck_abort_msg("no message %u", type);
  return NULL;
}

/* The flight of a server of TLS `version` waits in the pipe. */
static int first_flight(const char *cert, int version, uint32_t max_version)
{
  tls_peer_how how_server = { .cert = cert, .version = version };
  imstls_tls_open how = how_cert();
  how.max_version = max_version;
  int s = meet(&how, &how_server);
  ck_assert_int_eq(tls->handshake(tls->user, s), IMSTLS_WANT_READ);
  peer_handshake(&peer);
  return s;
}

static void sign_as(unsigned algorithm)
{
  uint8_t *body = record_of(12) + RECORD + HEADER;
  size_t at = 4u + body[3];
  body[at] = (uint8_t)(algorithm >> 8);
  body[at + 1] = (uint8_t)algorithm;
}

static void mark(const char *text) { memcpy(peer.to_us.data + peer.to_us.begin + RANDOM_END, text, 8); }

/* What the first flight must look like to be worth a second try. */
START_TEST(forged_first_flight)
{
  static const struct {
    unsigned algorithm;
    const char *random_end; /* NULL: the server's own */
    int result;
  } rows[] = { { 0x0804, NULL, IMSTLS_ERR_TLS_PSS },
               { 0x0805, NULL, IMSTLS_ERR_TLS_PSS },
               { 0x0806, NULL, IMSTLS_ERR_TLS_PSS },
               { 0x0809, NULL, IMSTLS_ERR_TLS_PSS },
               { 0x080b, NULL, IMSTLS_ERR_TLS_PSS },
               { 0x0803, NULL, IMSTLS_ERR_TLS },
               { 0x0807, NULL, IMSTLS_ERR_TLS },
               { 0x0808, NULL, IMSTLS_ERR_TLS },
               { 0x080c, NULL, IMSTLS_ERR_TLS },
               { 0x0201, NULL, IMSTLS_ERR_TLS },
               { 0x0904, NULL, IMSTLS_ERR_TLS },
               { 0x0000, NULL, IMSTLS_ERR_TLS },
               { 0x0804, "DOWNGRD\x01", IMSTLS_ERR_TLS_DOWNGRADE },
               { 0x0804, "DOWNGRD\x00", IMSTLS_ERR_TLS_DOWNGRADE },
               { 0x0804, "DOWNGRE\x01", IMSTLS_ERR_TLS_PSS },
               { 0x0401, "DOWNGRD\x01", IMSTLS_ERR_TLS_DOWNGRADE } };
  for (size_t i = 0; i < COUNT(rows); i++) {
    start_versions(0, 13);
    int s = first_flight("pcscf-rsa", 12, 0);
    sign_as(rows[i].algorithm);
    if (rows[i].random_end)
      mark(rows[i].random_end);
    int ret = handshake(s);
    ck_assert_msg(ret == rows[i].result, "row %zu: %d", i, ret);
    ck_assert_int_eq(tls->handshake(tls->user, s), rows[i].result);
    leave(s);
    teardown();
  }
}
END_TEST

/* Lengths of the point that point anywhere. */
START_TEST(forged_point)
{
  for (unsigned len = 0; len < 256; len += len < 250 ? 7 : 1) {
    start_versions(0, 13);
    int s = first_flight("pcscf-rsa", 12, 0);
    sign_as(0x0804);
    record_of(12)[RECORD + HEADER + 3] = (uint8_t)len;
    int ret = handshake(s);
    ck_assert(ret == IMSTLS_ERR_TLS || ret == IMSTLS_ERR_TLS_PSS);
    leave(s);
    teardown();
  }
}
END_TEST

/* No second try where none is of use: it was one already, or a setting says so. */
START_TEST(no_second_try)
{
  static const struct {
    int max;
    uint32_t asked;
  } rows[] = { { 12, 0 }, { 12, 12 }, { 13, 12 } };
  for (size_t i = 0; i < COUNT(rows); i++) {
    start_versions(0, rows[i].max);
    int s = first_flight("pcscf-rsa", 12, rows[i].asked);
    sign_as(0x0804);
    ck_assert_int_eq(handshake(s), IMSTLS_ERR_TLS);
    leave(s);
    teardown();
  }
}
END_TEST

/* With 1.3 at least, whatever the first flight looks like: here it is one that somebody else got. */
START_TEST(nothing_below_tls13)
{
  static uint8_t flight[8192];
  start_versions(0, 13);
  int s = first_flight("pcscf-rsa", 12, 0);
  sign_as(0x0804);
  size_t len = peer.to_us.end - peer.to_us.begin;
  ck_assert_uint_le(len, sizeof flight);
  memcpy(flight, peer.to_us.data + peer.to_us.begin, len);
  leave(s);
  teardown();
  start_versions(13, 13);
  tls_peer_how how_server = { .cert = "pcscf-rsa", .version = 12 };
  imstls_tls_open how = how_cert();
  s = meet(&how, &how_server);
  pipe_put(&peer.to_us, flight, len);
  ck_assert_int_eq(tls->handshake(tls->user, s), IMSTLS_ERR_TLS);
  leave(s);
  teardown();
}
END_TEST

/* On the second connection the server can do better and says so; the alert is illegal_parameter (RFC 8446 4.1.3). */
START_TEST(server_can_do_better)
{
  static const char *const certs[] = { "pcscf-ec", "pcscf-rsa" };
  for (size_t i = 0; i < COUNT(certs); i++) {
    start_versions(0, 13);
    int s = first_flight(certs[i], 13, 12);
    ck_assert_mem_eq(peer.to_us.data + peer.to_us.begin + RANDOM_END, "DOWNGRD\x01", 8);
    size_t before = peer.to_peer.total;
    ck_assert_int_eq(tls->handshake(tls->user, s), IMSTLS_ERR_TLS_DOWNGRADE);
    ck_assert_uint_eq(peer.to_peer.total, before + 7); /* nothing but the alert */
    const uint8_t *alert = peer.to_peer.data + peer.to_peer.end - 7;
    ck_assert(alert[0] == 21 && alert[5] == 2 && alert[6] == 47);
    leave(s);
    teardown();
  }
}
END_TEST

/* He takes the mark away, or changes any bit of it: then the signature over the randoms does not hold, and of a PSK
 * suite Finished. */
START_TEST(mark_is_covered)
{
  for (int psk_suite = 0; psk_suite < 2; psk_suite++)
    for (size_t octet = 0; octet < 8; octet++) {
      start_versions(0, 13);
      tls_peer_how how_server = { .cert = "pcscf-rsa", .version = 13 };
      tls_peer_how psk_server = { .psk = psk, .psk_len = sizeof psk, .identity = "impi", .version = 13 };
      imstls_tls_open how = psk_suite ? how_psk(IMSTLS_TLS_PSK, "impi") : how_cert();
      how.max_version = 12;
      int s = meet(&how, psk_suite ? &psk_server : &how_server);
      peer.to_us.flip = RANDOM_END + 1 + octet;
      int ret = handshake(s);
      ck_assert_msg(ret <= IMSTLS_ERR_TLS, "octet %zu: %d", octet, ret);
      ck_assert_int_eq(ret == IMSTLS_ERR_TLS_DOWNGRADE, octet == 7);
      leave(s);
      teardown();
    }
}
END_TEST

/* An extension that nobody asked for makes the hello of the flight longer than it is looked at. */
static void stretch_hello(void)
{
  enum { MORE = 520, EXTENSION = 4 + MORE };
  static uint8_t rest[sizeof peer.to_us.data];
  pipe_half *p = &peer.to_us;
  uint8_t *hello = p->data + p->begin;
  size_t len = ((size_t)hello[3] << 8) + hello[4], left = p->end - p->begin - RECORD - len;
  size_t extensions = RECORD + HEADER + 34 + 1u + hello[RECORD + HEADER + 34] + 3;
  uint8_t *at = hello + RECORD + len;
  memcpy(rest, at, left);
  memset(at, 0, EXTENSION);
  memcpy(at, (const uint8_t[]){ 0xff, 0x55, MORE >> 8, MORE & 255 }, 4);
  memcpy(at + EXTENSION, rest, left);
  p->end += EXTENSION;
  const size_t fields[] = { 3, RECORD + 2, extensions };
  for (size_t i = 0; i < COUNT(fields); i++) {
    size_t value = ((size_t)hello[fields[i]] << 8) + hello[fields[i] + 1] + EXTENSION;
    hello[fields[i]] = (uint8_t)(value >> 8);
    hello[fields[i] + 1] = (uint8_t)value;
  }
}

/* What cannot be read to its end tells nothing: it earns no second try, and stands none. */
START_TEST(hello_is_too_long)
{
  for (int second = 0; second < 2; second++) {
    start_versions(0, 13);
    int s = first_flight("pcscf-rsa", 12, second ? 12 : 0);
    if (!second)
      sign_as(0x0804);
    stretch_hello();
    ck_assert_int_eq(handshake(s), second ? IMSTLS_ERR_TLS_DOWNGRADE : IMSTLS_ERR_TLS);
    leave(s);
    teardown();
  }
}
END_TEST

/* An honest server of TLS 1.2: the second try works, and nothing of before is resumed. */
START_TEST(second_try)
{
  static const char *const certs[] = { "pcscf-ec", "pcscf-rsa" };
  uint8_t record[4096];
  size_t len = 0;
  for (size_t i = 0; i < COUNT(certs); i++) {
    char file[32];
    start_versions(0, 13);
    tls_peer_how how_server = { .cert = certs[i], .version = 12 };
    imstls_tls_open how = how_cert();
    int s = meet(&how, &how_server);
    ck_assert_int_eq(handshake(s), IMSTLS_OK);
    ck_assert_int_eq(tls->save(tls->user, s, record, sizeof record, &len), IMSTLS_OK);
    leave(s);
    how.max_version = 12;
    how.resume = (imstls_bytes){ record, len };
    s = meet(&how, &how_server);
    ck_assert_int_eq(tls->handshake(tls->user, s), IMSTLS_WANT_READ);
    ck_assert_uint_eq(peer.to_peer.data[RECORD + HEADER + 34], 0); /* no session id */
    ck_assert_int_eq(handshake(s), IMSTLS_OK);
    imstls_tls_facts facts = facts_of(s);
    ck_assert_uint_eq(facts.version, 12);
    ck_assert_int_eq(facts.resumed, 0);
    snprintf(file, sizeof file, "%s.der", certs[i]);
    expect_cert(&facts, file);
    talk(s);
    leave(s);
    teardown();
  }
}
END_TEST

#else

#define EMPTY(name)                                                                                                    \
  START_TEST(name) {}                                                                                                  \
  END_TEST
EMPTY(openssl)
EMPTY(settings_decide)
EMPTY(forged_first_flight)
EMPTY(forged_point)
EMPTY(no_second_try)
EMPTY(nothing_below_tls13)
EMPTY(server_can_do_better)
EMPTY(mark_is_covered)
EMPTY(hello_is_too_long)
EMPTY(second_try)

#endif

SUITE_OF(tls_hybrid, settings, openssl, settings_decide, forged_first_flight, forged_point, no_second_try,
         nothing_below_tls13, server_can_do_better, mark_is_covered, hello_is_too_long, second_try)
