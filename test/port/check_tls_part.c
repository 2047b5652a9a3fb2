/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS part itself: sessions that are lent to it, what it allocates and when, and what it does without memory. */
#include "tls_pair.h"

#include <mbedtls/platform.h>

Suite *tls_part_suite(void);

START_TEST(lent_session)
{
  uint8_t buf[8];
  imstls_mbedtls_lender lender = IMSTLS_MBEDTLS_LENDER_INIT;
  imstls_mbedtls_lent lent = { sizeof lent, &lent_ssl, 0, 1 };
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_facts facts = { .size = sizeof facts };
  lend_start(&server, 12);
  if (_i == 1)
    lent.resumed = lent.extended_ms = -1;
  if (_i == 2)
    lent.resumed = lent.extended_ms = 7;
  const imstls_tls *lt = imstls_mbedtls_lend(&lender, &lent);
  imstls_tls_open how = how_cert();
  how.verify_pki = 1;
  ck_assert_int_eq(lt->handshake(lt->user, 0), IMSTLS_ERR_TLS);
  how.suites = IMSTLS_TLS_PSK;
  ck_assert_int_eq(lt->open(lt->user, &how), IMSTLS_ERR_UNSUPPORTED);
  how.suites = IMSTLS_TLS_CERT;
  ck_assert_int_eq(lt->open(lt->user, &how), 0);
  ck_assert_int_eq(lt->open(lt->user, &how), IMSTLS_ERR_CAPACITY);
  ck_assert_int_eq(handshake_of(lt, 0), IMSTLS_OK);
  ck_assert_int_eq(lt->facts(lt->user, 0, &facts), IMSTLS_OK);
  if (KEEPS_CERTIFICATE)
    expect_cert(&facts, "pcscf-ec.der");
  else
    ck_assert_uint_eq(facts.cert.len, 0);
  ck_assert_int_eq(facts.resumed, _i == 0 ? 0 : -1);
  ck_assert_int_eq(facts.extended_ms, _i == 0 ? 1 : -1);
  ck_assert_int_eq(facts.pki, IMSTLS_ERR_PKI);
  ck_assert_uint_eq(facts.version, 12);
  ck_assert_uint_eq(facts.cert_is_final, 0); /* the application may renegotiate */
  talk_over(lt, 0);
  lt->close(lt->user, 0);
  ck_assert_int_eq(mbedtls_ssl_read(&peer.ssl, buf, sizeof buf), MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY);
  lend_end();
}
END_TEST

START_TEST(lent_session_with_a_short_key)
{
  imstls_mbedtls_lender lender = IMSTLS_MBEDTLS_LENDER_INIT;
  imstls_mbedtls_lent lent = { sizeof lent, &lent_ssl, 0, 1 };
  tls_peer_how server = { .cert = "rsa1024" };
  lend_start(&server, 12);
  const imstls_tls *lt = imstls_mbedtls_lend(&lender, &lent);
  imstls_tls_open how = how_cert();
  ck_assert_int_eq(lt->open(lt->user, &how), 0);
  ck_assert_int_eq(handshake_of(lt, 0), KEEPS_CERTIFICATE ? IMSTLS_ERR_TLS_CERT : IMSTLS_OK);
  lend_end();
  ck_assert_ptr_null(imstls_mbedtls_lend(NULL, &lent));
  ck_assert_ptr_null(imstls_mbedtls_lend(&lender, NULL));
  imstls_mbedtls_lender smaller = IMSTLS_MBEDTLS_LENDER_INIT;
  smaller.size--;
  ck_assert_ptr_null(imstls_mbedtls_lend(&smaller, &lent));
  ck_assert(!smaller.tls.open);
  lent.size--;
  ck_assert_ptr_null(imstls_mbedtls_lend(&lender, &lent));
}
END_TEST

/* ---- memory ---- */

#if defined(MBEDTLS_PLATFORM_MEMORY) && !defined(MBEDTLS_PLATFORM_CALLOC_MACRO)
static long allocations, failing;

static void *failing_calloc(size_t count, size_t size) { return ++allocations == failing ? NULL : calloc(count, size); }

/* Every allocation fails once. */
START_TEST(failing_allocations)
{
  imstls_tls_open how = _i == 0 ? how_cert() : how_psk(IMSTLS_TLS_PSK, "impi");
  tls_peer_how server = { .cert = "pcscf-ec", .psk = _i ? psk : NULL, .psk_len = sizeof psk, .identity = "impi" };
  long total = 0;
  for (long n = 0; n <= total; n += n < 40 ? 1 : 7) {
    int ret = IMSTLS_ERR_MEMORY;
    imstls_mbedtls *ours = NULL;
    imstls_mbedtls_config config = IMSTLS_MBEDTLS_CONFIG_INIT;
    config.max_version = 12;
    peer_start(&peer, part, &server);
    allocations = 0;
    failing = n;
    mbedtls_platform_set_calloc_free(failing_calloc, free);
    if (imstls_mbedtls_new(&ours, &config) == IMSTLS_OK) {
      const imstls_tls *of = imstls_mbedtls_tls(ours);
      int s = of->open(of->user, &how);
      ret = s < 0 ? s : handshake_of(of, s);
      if (s >= 0)
        of->close(of->user, s);
    }
    mbedtls_platform_set_calloc_free(calloc, free);
    imstls_mbedtls_free(ours);
    peer_end(&peer);
    if (n == 0) {
      ck_assert_int_eq(ret, IMSTLS_OK);
      total = allocations;
    }
  }
  ck_assert_int_gt(total, 20);
}
END_TEST

static size_t allocated, refused_size;
static int refused_after; /* of that size */

static void *sized_calloc(size_t count, size_t size)
{
  allocated += count * size;
  if (count * size == refused_size && refused_after-- == 0)
    return NULL;
  return calloc(count, size);
}

/* Memory for a certificate is taken when it comes: as long as it is, beside mbedTLS's own copy. */
START_TEST(memory_of_a_certificate)
{
  size_t with_max[2];
  for (int i = 0; i < 2; i++) {
    imstls_mbedtls *ours = NULL;
    imstls_mbedtls_config config = IMSTLS_MBEDTLS_CONFIG_INIT;
    config.sessions = 64;
    config.cert_max = i ? 1 << 20 : 1;
    allocated = refused_size = 0;
    mbedtls_platform_set_calloc_free(sized_calloc, free);
    ck_assert_int_eq(imstls_mbedtls_new(&ours, &config), IMSTLS_OK);
    mbedtls_platform_set_calloc_free(calloc, free);
    with_max[i] = allocated;
    imstls_mbedtls_free(ours);
  }
  ck_assert_uint_eq(with_max[0], with_max[1]);
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  ck_assert_int_eq(tls->handshake(tls->user, s), IMSTLS_WANT_READ);
  peer_handshake(&peer);
  refused_size = 354; /* of pcscf-ec.der */
  refused_after = KEEPS_CERTIFICATE;
  mbedtls_platform_set_calloc_free(sized_calloc, free);
  ck_assert_int_eq(tls->handshake(tls->user, s), IMSTLS_ERR_MEMORY);
  mbedtls_platform_set_calloc_free(calloc, free);
  ck_assert_int_eq(tls->last_error(tls->user), MBEDTLS_ERR_X509_ALLOC_FAILED);
  const uint8_t *alert = peer.to_peer.data + peer.to_peer.end - 7;
  ck_assert(alert[0] == 21 && alert[5] == 2 && alert[6] == 80); /* internal_error */
  leave(s);
}
END_TEST

static const uint8_t *watched;
static size_t watched_size;
static int watched_wiped; /* -1: not freed */

static void *looking_calloc(size_t count, size_t size)
{
  void *block = calloc(count, size);
  if (count * size == watched_size)
    watched = block;
  return block;
}

static void looking_free(void *block)
{
  if (block && block == watched) {
    watched_wiped = 1;
    for (size_t i = 0; i < watched_size; i++)
      watched_wiped = watched_wiped && watched[i] == 0;
    watched = NULL;
  }
  free(block);
}

static void watch_block(size_t size)
{
  watched = NULL;
  watched_size = size;
  watched_wiped = -1;
  mbedtls_platform_set_calloc_free(looking_calloc, looking_free);
}

/* Memory of a session is there as long as the session, and goes back without what was in it. */
START_TEST(memory_of_a_session)
{
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  watch_block(sizeof(imstls_mbedtls_session));
  int s = meet(&how, &server);
  ck_assert(s >= 0 && watched == (const void *)part->sessions[s]);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  ck_assert_int_eq(watched_wiped, -1);
  leave(s);
  mbedtls_platform_set_calloc_free(calloc, free);
  ck_assert_int_eq(watched_wiped, 1);
  ck_assert(!part->sessions[s]);
}
END_TEST

#if IMSTLS_I_PSA_RANDOM
enum { ENTROPY_BLOCK = 0 }; /* it is PSA's */
#else
enum { ENTROPY_BLOCK = sizeof(mbedtls_entropy_context) };
#endif

START_TEST(memory_of_a_seed)
{
  imstls_mbedtls *ours = NULL;
  watch_block(ENTROPY_BLOCK);
  ck_assert_int_eq(imstls_mbedtls_new(&ours, NULL), IMSTLS_OK);
  mbedtls_platform_set_calloc_free(calloc, free);
  imstls_mbedtls_free(ours);
  ck_assert_int_eq(watched_wiped, ENTROPY_BLOCK ? 1 : -1);
}
END_TEST
#endif

Suite *tls_part_suite(void)
{
  Suite *suite = suite_create("tls_part");
  TCase *tc = tcase_create("all");
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_set_timeout(tc, 240);
  tcase_add_loop_test(tc, lent_session, 0, 3);
  tcase_add_test(tc, lent_session_with_a_short_key);
#if defined(MBEDTLS_PLATFORM_MEMORY) && !defined(MBEDTLS_PLATFORM_CALLOC_MACRO)
  tcase_add_loop_test(tc, failing_allocations, 0, 2);
  tcase_add_test(tc, memory_of_a_certificate);
  tcase_add_test(tc, memory_of_a_session);
  tcase_add_test(tc, memory_of_a_seed);
#endif
  suite_add_tcase(suite, tc);
  return suite;
}
