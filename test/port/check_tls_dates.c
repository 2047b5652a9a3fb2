/* SPDX-License-Identifier: Apache-2.0 */
/* Dates of certificates, by the time that the application tells and by nothing else. The system's clock stands wherever
 * it stands: all but the calendar's own tests would find another answer with it for some of the times here. */
#include <time.h>

#include "base/base.h"
#include "tls_pair.h"

Suite *tls_dates_suite(void);

static const int versions[] = { 12,
#if IMSTLS_I_TLS13
                                13
#endif
};
enum { VERSIONS = sizeof versions / sizeof versions[0] };

/* ---- calendar ---- */

/* Seconds as GNU date has them: `date -u -d "9999-12-31 23:59:59" +%s`. */
static const struct {
  mbedtls_x509_time at;
  int64_t seconds;
} moments[] = {
  { { 1970, 1, 1, 0, 0, 0 }, 0 },
  { { 1969, 12, 31, 23, 59, 59 }, -1 },
  { { 1950, 1, 1, 0, 0, 0 }, -631152000 }, /* the first that UTCTime knows */
  { { 1900, 2, 28, 23, 59, 59 }, -2203891201 },
  { { 1900, 3, 1, 0, 0, 0 }, -2203891200 }, /* no leap year */
  { { 2000, 2, 29, 0, 0, 0 }, 951782400 },  /* a leap year */
  { { 2000, 3, 1, 0, 0, 0 }, 951868800 },
  { { 2038, 1, 19, 3, 14, 7 }, INT32_MAX },
  { { 2038, 1, 19, 3, 14, 8 }, (int64_t)INT32_MAX + 1 },
  { { 2100, 2, 28, 23, 59, 59 }, 4107542399 },
  { { 2100, 3, 1, 0, 0, 0 }, 4107542400 },
  { { 2106, 2, 7, 6, 28, 16 }, (int64_t)UINT32_MAX + 1 },
  { { 9999, 12, 31, 23, 59, 59 }, 253402300799 }, /* "no end", RFC 5280 4.1.2.5 */
  { { 0, 1, 1, 0, 0, 0 }, -62167219200 },
  { { 0, 2, 29, 0, 0, 0 }, -62162121600 },
  { { 0, 3, 1, 0, 0, 0 }, -62162035200 },
};

START_TEST(single_moments) { ck_assert_int_eq(imstls_i_mbedtls_seconds(&moments[_i].at), moments[_i].seconds); }
END_TEST

static void same_as_the_system(int64_t seconds)
{
  time_t t = (time_t)seconds;
  struct tm tm;
  if (t != seconds || !gmtime_r(&t, &tm)) /* time_t of 32 bits */
    return;
  mbedtls_x509_time at = { tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec };
  ck_assert_int_eq(imstls_i_mbedtls_seconds(&at), seconds);
}

START_TEST(calendar_of_the_system)
{
  enum { DAY = 86400, WEEK_AND_MORE = 7 * DAY + 3661 };
  for (int64_t t = -62167219200; t <= 253402300799; t += WEEK_AND_MORE)
    same_as_the_system(t);
  for (int64_t t = -2208988800; t <= 4133980800; t += DAY) /* each day from 1900 to 2100 */
    same_as_the_system(t);
}
END_TEST

/* ---- sessions ---- */

/* test/certs/README.md has the periods of the four. */
enum { LEAF_BEGINS = 1325376000, OLD_ENDS = 1546300799, NEW_BEGINS = 1577836800, IN_OLD = 1400000000 };
#define ROOT_ENDS INT64_C(2429913599)

static const struct {
  int64_t wall_s;
  int pki;
} times[] = {
  { LEAF_BEGINS - 1, IMSTLS_ERR_PKI },
  { LEAF_BEGINS, 1 },
  { OLD_ENDS, 1 },
  { OLD_ENDS + 1, IMSTLS_ERR_PKI },
  { NEW_BEGINS - 1, IMSTLS_ERR_PKI },
  { NEW_BEGINS, 1 },
  { ROOT_ENDS, 1 },
  { ROOT_ENDS + 1, IMSTLS_ERR_PKI },
  { 0, IMSTLS_ERR_PKI },
  { INT64_MAX, IMSTLS_ERR_PKI },
  { -1, IMSTLS_ERR_CLOCK },
  { INT64_MIN, IMSTLS_ERR_CLOCK },
};
enum { TIMES = sizeof times / sizeof times[0] };

/* Trust anchors of several files, as the PEM that a bundle is. */
static void start_with_anchors(int version, const char *const files[], size_t count)
{
  char bundle[4096];
  uint8_t der[1024];
  imstls_mbedtls_config config = IMSTLS_MBEDTLS_CONFIG_INIT;
  imstls_i_writer w = imstls_i_writer_make(bundle, sizeof bundle);
  for (size_t i = 0; i < count; i++) {
    IMSTLS_I_PUT_LIT(&w, "-----BEGIN CERTIFICATE-----\n");
    imstls_i_put_base64(&w, der, read_file(files[i], der, sizeof der));
    IMSTLS_I_PUT_LIT(&w, "\n-----END CERTIFICATE-----\n");
  }
  imstls_i_put(&w, "", 1);
  ck_assert(!w.failed);
  teardown();
  config.max_version = version;
  config.ca = (imstls_bytes){ (const uint8_t *)bundle, w.len };
  ck_assert_int_eq(imstls_mbedtls_new(&part, &config), IMSTLS_OK);
  ck_assert_uint_eq(part->anchor_count, count);
  tls = imstls_mbedtls_tls(part);
}

static int pki_at(int64_t wall_s, const tls_peer_how *server, size_t size)
{
  imstls_tls_open how = how_cert();
  how.size = size;
  how.verify_pki = 1;
  how.wall_s = wall_s;
  int s = meet(&how, server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  int pki = facts_of(s).pki;
  talk(s);
  leave(s);
  return pki;
}

static int pki_now(int64_t wall_s, const tls_peer_how *server)
{
  return pki_at(wall_s, server, sizeof(imstls_tls_open));
}

static const char *const both_ways[2][2] = { { "dates-int-old", "dates-int-new" },
                                             { "dates-int-new", "dates-int-old" } };

/* Each certificate of the path has a bound that no other has; the server shows both intermediates, in any order. */
START_TEST(bounds_of_a_path)
{
  static const char *const root[] = { "dates-root.der" };
  tls_peer_how server = { .cert = "dates-leaf", .key = "pcscf-ec", .version = versions[_i / 2] };
  memcpy(server.issuers, both_ways[_i % 2], sizeof both_ways[0]);
  start_with_anchors(server.version, root, 1);
  for (size_t i = 0; i < TIMES; i++)
    ck_assert_int_eq(pki_now(times[i].wall_s, &server), times[i].pki);
}
END_TEST

/* A bundle with an issuer and its renewal, in any order. Here the root's end is no bound. */
START_TEST(renewed_anchor)
{
  static const char *const anchors[2][2] = { { "dates-int-old.der", "dates-int-new.der" },
                                             { "dates-int-new.der", "dates-int-old.der" } };
  tls_peer_how server = { .cert = "dates-leaf", .key = "pcscf-ec", .version = versions[_i / 2] };
  start_with_anchors(server.version, anchors[_i % 2], 2);
  for (size_t i = 0; i < TIMES; i++)
    ck_assert_int_eq(pki_now(times[i].wall_s, &server), times[i].wall_s == ROOT_ENDS + 1 ? 1 : times[i].pki);
}
END_TEST

/* The end entity is itself the trust anchor. */
START_TEST(bounds_of_an_anchored_leaf)
{
  enum { BEGINS = 1577836800, EXPIRED = 1609459200 };
  const int64_t ends = 2524607999;
  tls_peer_how server = { .cert = "pcscf-ec" };
  ck_assert_int_eq(pki_now(BEGINS - 1, &server), IMSTLS_ERR_PKI);
  ck_assert_int_eq(pki_now(BEGINS, &server), 1);
  ck_assert_int_eq(pki_now(ends, &server), 1);
  ck_assert_int_eq(pki_now(ends + 1, &server), IMSTLS_ERR_PKI);
  teardown();
  start_part(12, "expired.der");
  server = (tls_peer_how){ .cert = "expired", .key = "pcscf-ec" };
  ck_assert_int_eq(pki_now(EXPIRED, &server), 1);
  ck_assert_int_eq(pki_now(EXPIRED + 1, &server), IMSTLS_ERR_PKI);
}
END_TEST

/* A good date makes nothing else good: an issuer's wrong signature, an issuer of somebody else. */
START_TEST(other_faults_stay)
{
  static const char *const root[] = { "chain-root.der" };
  start_with_anchors(12, root, 1);
  tls_peer_how server = { .cert = "chain-leaf", .issuers = { "chain-int-bad" } };
  ck_assert_int_eq(pki_now(WALL_S, &server), IMSTLS_ERR_PKI);
  server.issuers[0] = "dates-int-new";
  ck_assert_int_eq(pki_now(WALL_S, &server), IMSTLS_ERR_PKI);
  server.issuers[0] = "chain-int";
  ck_assert_int_eq(pki_now(WALL_S, &server), 1);
}
END_TEST

/* All flags of mbedTLS but the two of the date are as they were, whatever the date is. */
START_TEST(callback_leaves_other_flags)
{
  imstls_mbedtls_session session = { .wall_s = _i == 0 ? LEAF_BEGINS - 1 : _i == 1 ? IN_OLD : INT64_MAX };
  const uint32_t ours[] = { MBEDTLS_X509_BADCERT_FUTURE, 0, MBEDTLS_X509_BADCERT_EXPIRED };
  const uint32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
  uint8_t der[1024];
  mbedtls_x509_crt crt;
  mbedtls_x509_crt_init(&crt);
  ck_assert_int_eq(mbedtls_x509_crt_parse_der(&crt, der, read_file("dates-leaf.der", der, sizeof der)), 0);
  for (int bit = 0; bit < 32; bit++) {
    uint32_t flags = UINT32_C(1) << bit;
    uint32_t others = flags & ~dates;
    ck_assert_int_eq(imstls_i_mbedtls_judge_dates(&session, &crt, 0, &flags), 0);
    ck_assert_uint_eq(flags, others | ours[_i]);
  }
  mbedtls_x509_crt_free(&crt);
}
END_TEST

#if defined(MBEDTLS_SSL_KEEP_PEER_CERTIFICATE)
/* mbedTLS's list of what the server showed is its own to free. */
START_TEST(shown_chain_stays_whole)
{
  static const char *const root[] = { "dates-root.der" };
  tls_peer_how server = { .cert = "dates-leaf", .key = "pcscf-ec", .issuers = { "dates-int-old", "dates-int-new" } };
  size_t count = 0;
  start_with_anchors(12, root, 1);
  imstls_tls_open how = how_cert();
  how.verify_pki = 1;
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  for (const mbedtls_x509_crt *crt = mbedtls_ssl_get_peer_cert(&part->sessions[s]->ssl); crt; crt = crt->next)
    count++;
  ck_assert_uint_eq(count, 3);
  leave(s);
}
END_TEST
#endif

/* The part's own list is whole after each session, for the next one may have another time. */
START_TEST(lists_are_whole_again)
{
  static const char *const anchors[] = { "dates-int-old.der", "pcscf-rsa.der", "dates-int-new.der" };
  tls_peer_how server = { .cert = "dates-leaf", .key = "pcscf-ec" };
  start_with_anchors(12, anchors, 3);
  for (int round = 0; round < 2; round++) {
    ck_assert_int_eq(pki_now(0, &server), IMSTLS_ERR_PKI);
    ck_assert_int_eq(pki_now(IN_OLD, &server), 1);
    ck_assert_int_eq(pki_now(WALL_S, &server), 1);
  }
  const mbedtls_x509_crt *crt = &part->ca;
  for (size_t i = 0; i < 3; i++, crt = crt->next)
    ck_assert_ptr_eq(crt, part->anchors[i]);
  ck_assert_ptr_null(crt);
}
END_TEST

#if defined(MBEDTLS_ECP_RESTARTABLE) && !IMSTLS_I_PSA
/* Each slice finds the lists that the one before saw, though they are whole in between. */
START_TEST(dates_in_slices)
{
  static const char *const root[] = { "dates-root.der" };
  static const struct {
    int64_t wall_s;
    int pki;
  } sliced[] = { { IN_OLD, 1 }, { WALL_S, 1 }, { OLD_ENDS + 1, IMSTLS_ERR_PKI } };
  tls_peer_how server = { .cert = "dates-leaf", .key = "pcscf-ec", .version = 12 };
  memcpy(server.issuers, both_ways[_i % 2], sizeof both_ways[0]);
  imstls_tls_open how = how_cert();
  int pending = 0, ret;
  start_with_anchors(12, root, 1);
  how.verify_pki = 1;
  how.wall_s = sliced[_i / 2].wall_s;
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
  ck_assert_int_eq(facts_of(s).pki, sliced[_i / 2].pki);
  leave(s);
}
END_TEST
#endif

/* A program that was built before the time was asked for. */
START_TEST(older_caller)
{
  enum { OLD_SIZE = offsetof(imstls_tls_open, exporter) + sizeof(uint32_t) };
  tls_peer_how server = { .cert = "pcscf-ec" };
  ck_assert_int_eq(pki_at(WALL_S, &server, OLD_SIZE), IMSTLS_ERR_CLOCK);
  ck_assert_int_eq(pki_at(WALL_S, &server, offsetof(imstls_tls_open, wall_s) + sizeof(int64_t) - 1), IMSTLS_ERR_CLOCK);
  imstls_tls_open how = how_cert();
  how.size = OLD_SIZE - 1;
  ck_assert_int_eq(tls->open(tls->user, &how), IMSTLS_ERR_USAGE);
  imstls_mbedtls_lender lender = IMSTLS_MBEDTLS_LENDER_INIT;
  imstls_mbedtls_lent lent = { sizeof lent, &lent_ssl, 0, 1 };
  const imstls_tls *lt = imstls_mbedtls_lend(&lender, &lent);
  ck_assert_int_eq(lt->open(lt->user, &how), IMSTLS_ERR_USAGE);
  how.size = OLD_SIZE;
  ck_assert_int_eq(lt->open(lt->user, &how), 0);
}
END_TEST

/* Nothing of a chain is verified when the time is unknown; without trust anchors or where PKI is not asked for, the
 * time does not matter. */
START_TEST(time_that_is_not_needed)
{
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  how.wall_s = -1;
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  ck_assert_int_eq(facts_of(s).pki, 0);
  leave(s);
  server.cert = "pcscf-rsa"; /* not anchored */
  how.verify_pki = 1;
  s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  ck_assert_uint_eq(part->sessions[s]->cert.pki_flags, 0);
  ck_assert_int_eq(facts_of(s).pki, IMSTLS_ERR_CLOCK);
  leave(s);
  teardown();
  start_part(12, NULL);
  ck_assert_int_eq(pki_now(-1, &server), IMSTLS_ERR_PKI);
}
END_TEST

Suite *tls_dates_suite(void)
{
  Suite *suite = suite_create("tls_dates");
  TCase *tc = tcase_create("dates");
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_set_timeout(tc, 60);
  LOOP(tc, single_moments, moments);
  tcase_add_test(tc, calendar_of_the_system);
  tcase_add_loop_test(tc, bounds_of_a_path, 0, 2 * VERSIONS);
  tcase_add_loop_test(tc, renewed_anchor, 0, 2 * VERSIONS);
  tcase_add_test(tc, bounds_of_an_anchored_leaf);
  tcase_add_test(tc, other_faults_stay);
  tcase_add_loop_test(tc, callback_leaves_other_flags, 0, 3);
#if defined(MBEDTLS_SSL_KEEP_PEER_CERTIFICATE)
  tcase_add_test(tc, shown_chain_stays_whole);
#endif
  tcase_add_test(tc, lists_are_whole_again);
#if defined(MBEDTLS_ECP_RESTARTABLE) && !IMSTLS_I_PSA
  tcase_add_loop_test(tc, dates_in_slices, 0, 6);
#endif
  tcase_add_test(tc, older_caller);
  tcase_add_test(tc, time_that_is_not_needed);
  suite_add_tcase(suite, tc);
  return suite;
}
