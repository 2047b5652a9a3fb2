/* SPDX-License-Identifier: Apache-2.0 */
/* Resumption by the mbedTLS part: what a record holds, and what becomes of one that is broken. */
#include "tls_pair.h"

#include <mbedtls/ssl_ticket.h>

Suite *tls_resume_suite(void);

static mbedtls_ssl_ticket_context tickets;
static uint8_t record[16384];
static size_t record_len;

static void start_tickets(void)
{
  mbedtls_ssl_ticket_init(&tickets);
  ck_assert_int_eq(mbedtls_ssl_ticket_setup(&tickets, peer_random, part, MBEDTLS_CIPHER_AES_256_GCM, 3600), 0);
}

static void setup_tickets(void)
{
  setup();
  start_tickets();
}

static void teardown_tickets(void)
{
  mbedtls_ssl_ticket_free(&tickets);
  teardown();
}

static tls_peer_how ticket_server(const char *cert)
{
  return (tls_peer_how){ .cert = cert, .tickets = &tickets, .version = part->config.max_version };
}

/* One full handshake, saved. */
static void keep_session_with(const tls_peer_how *server)
{
  imstls_tls_open how = how_cert();
  int s = meet(&how, server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  ck_assert_int_eq(facts_of(s).resumed, 0);
  talk(s);
  ck_assert_int_eq(tls->save(tls->user, s, record, sizeof record, &record_len), IMSTLS_OK);
  leave(s);
}

static void keep_session(void)
{
  tls_peer_how server = ticket_server("pcscf-ec");
  keep_session_with(&server);
}

static int resume_with(const uint8_t *data, size_t len, const tls_peer_how *server)
{
  imstls_tls_open how = how_cert();
  how.resume = (imstls_bytes){ data, len };
  how.verify_pki = 1;
  int s = meet(&how, server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  return s;
}

static void check_resumption(void)
{
  tls_peer_how server = ticket_server("pcscf-ec");
  keep_session();
  int s = resume_with(record, record_len, &server);
  imstls_tls_facts facts = facts_of(s);
  ck_assert_int_eq(facts.resumed, 1);
  ck_assert_int_eq(facts.extended_ms, 1);
  ck_assert_int_eq(facts.psk, 0);
  ck_assert_int_eq(facts.pki, IMSTLS_ERR_PKI); /* no chain was shown */
  expect_cert(&facts, "pcscf-ec.der");
  talk(s);
  leave(s);
  /* A server that knows nothing of it: a full handshake and its own certificate. */
  server = (tls_peer_how){ .cert = "mitm-ec", .version = part->config.max_version };
  s = resume_with(record, record_len, &server);
  facts = facts_of(s);
  ck_assert_int_eq(facts.resumed, 0);
  expect_cert(&facts, "mitm-ec.der");
  leave(s);
}

START_TEST(resumption_keeps_the_certificate) { check_resumption(); }
END_TEST

START_TEST(resumption_in_tls13)
{
#if IMSTLS_I_TLS13
  size_t len;
  teardown_tickets();
  start_part(13, "pcscf-ec.der");
  start_tickets();
  check_resumption();
  /* Before a ticket came there is nothing to resume from. */
  tls_peer_how server = { .cert = "pcscf-ec", .version = 13 };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  ck_assert_int_eq(tls->save(tls->user, s, record, sizeof record, &len), IMSTLS_ERR_UNSUPPORTED);
  leave(s);
#endif
}
END_TEST

/* A record that is cut or no record at all leads to a full handshake. */
START_TEST(broken_records)
{
  tls_peer_how server = ticket_server("pcscf-ec");
  keep_session();
  for (size_t len = 0; len < record_len; len += len < 16 ? 1 : 53) {
    uint8_t *cut = malloc(len + 1);
    memcpy(cut, record, len);
    int s = resume_with(cut, len, &server);
    ck_assert_int_eq(facts_of(s).resumed, 0);
    leave(s);
    free(cut);
  }
  for (size_t i = 0; i < 8; i++) { /* magic and length of the certificate */
    record[i] ^= 0x80;
    int s = resume_with(record, record_len, &server);
    ck_assert_int_eq(facts_of(s).resumed, 0);
    leave(s);
    record[i] ^= 0x80;
  }
}
END_TEST

static size_t times_in_record(const uint8_t *der, size_t len, size_t *at)
{
  size_t times = 0;
  for (size_t i = 0; i + len <= record_len; i++)
    if (memcmp(record + i, der, len) == 0) {
      times++;
      *at = i;
    }
  return times;
}

/* Nothing in a record can disagree on the certificate: it is there once, whoever wrote it. */
START_TEST(certificate_in_the_record)
{
  uint8_t der[4096];
  size_t at = 0, len = read_file("pcscf-ec.der", der, sizeof der);
  keep_session();
  ck_assert_uint_eq(times_in_record(der, len, &at), 1);
  tls_peer_how server = ticket_server("pcscf-ec");
  record[at + len - 3] ^= 1; /* in its signature */
  der[len - 3] ^= 1;
  int s = resume_with(record, record_len, &server);
  imstls_tls_facts facts = facts_of(s);
  ck_assert_int_eq(facts.resumed, 1);
  ck_assert_uint_eq(facts.cert.len, len);
  ck_assert_mem_eq(facts.cert.ptr, der, len);
  leave(s);
}
END_TEST

/* A record of somebody else's making that has one beside the session's own: they must agree. */
START_TEST(two_certificates_in_the_record)
{
  static uint8_t other[16384];
  size_t len = read_file("pcscf-ec.der", other + 8, 4096), session_len;
  keep_session();
  if (!KEEPS_CERTIFICATE)
    return; /* it is never in the session */
  session_len = record_len - 8;
  memcpy(other, record, 8);
  other[6] = (uint8_t)(len >> 8);
  other[7] = (uint8_t)len;
  memcpy(other + 8 + len, record + 8, session_len);
  for (int i = 0; i < 2; i++) {
    tls_peer_how server = ticket_server("pcscf-ec");
    imstls_tls_open how = how_cert();
    how.resume = (imstls_bytes){ other, 8 + len + session_len };
    int s = meet(&how, &server);
    ck_assert_int_eq(handshake(s), i ? IMSTLS_ERR_TLS : IMSTLS_OK);
    leave(s);
    other[8 + 100] ^= 1;
  }
}
END_TEST

/* Post-quantum ones come. This one fits a record of 16 KiB once. */
START_TEST(long_certificate)
{
  static uint8_t der[16384];
  size_t at = 0, len = read_file("long-ec.der", der, sizeof der);
  ck_assert_uint_eq(len, 15000);
  for (int version = 12; version <= (IMSTLS_I_TLS13 ? 13 : 12); version++) {
    teardown_tickets();
    start_part(version, "pcscf-ec.der");
    start_tickets();
    tls_peer_how server = ticket_server("long-ec");
    server.key = "pcscf-ec";
    keep_session_with(&server);
    ck_assert_uint_eq(times_in_record(der, len, &at), 1);
    int s = resume_with(record, record_len, &server);
    imstls_tls_facts facts = facts_of(s);
    ck_assert_int_eq(facts.resumed, 1);
    expect_cert(&facts, "long-ec.der");
    leave(s);
  }
}
END_TEST

START_TEST(save_needs_room)
{
  size_t len, need;
  tls_peer_how server = ticket_server("pcscf-ec");
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  ck_assert_int_eq(tls->save(tls->user, s, record, sizeof record, &len), IMSTLS_ERR_UNSUPPORTED);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  ck_assert_int_eq(tls->save(tls->user, s, record, sizeof record, &need), IMSTLS_OK);
  for (size_t cap = 0; cap < need; cap++) {
    uint8_t *out = malloc(cap + 1);
    ck_assert_int_eq(tls->save(tls->user, s, out, cap, &len), IMSTLS_ERR_CAPACITY);
    for (size_t i = 0; i < cap; i++)
      ck_assert_uint_eq(out[i], 0);
    free(out);
  }
  uint8_t *out = malloc(need);
  ck_assert_int_eq(tls->save(tls->user, s, out, need, &len), IMSTLS_OK);
  ck_assert_uint_eq(len, need);
  free(out);
  leave(s);
}
END_TEST

Suite *tls_resume_suite(void)
{
  Suite *suite = suite_create("tls_resume");
  TCase *tc = tcase_create("all");
  tcase_add_checked_fixture(tc, setup_tickets, teardown_tickets);
  tcase_set_timeout(tc, 240);
  tcase_add_test(tc, resumption_keeps_the_certificate);
  tcase_add_test(tc, resumption_in_tls13);
  tcase_add_test(tc, broken_records);
  tcase_add_test(tc, certificate_in_the_record);
  tcase_add_test(tc, two_certificates_in_the_record);
  tcase_add_test(tc, long_certificate);
  tcase_add_test(tc, save_needs_room);
  suite_add_tcase(suite, tc);
  return suite;
}
