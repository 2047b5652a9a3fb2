/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads on one part: each opens, verifies, talks, fails and closes sessions of its own, with peers of its own.
 * `make tsan` runs it under ThreadSanitizer, with mbedTLS built for that. */
#include <pthread.h>

#include <mbedtls/pem.h>

#include "base/base.h"
#include "suite.h"
#include "tls_pair.h"

#if IMSTLS_I_LOCKS

enum { THREADS = 4, ROUNDS = 12, SESSIONS = THREADS + 1 };

typedef struct worker {
  pthread_t thread;
  tls_peer peer;
  int number;
  const char *fault; /* NULL: none */
} worker;

static pthread_barrier_t barrier;

static int shake_hands(worker *w, int s)
{
  for (int i = 0; i < 400; i++) {
    int ret = tls->handshake(tls->user, s);
    if (!imstls_i_in_progress(ret))
      return ret;
    peer_handshake(&w->peer);
  }
  return IMSTLS_ERR_TIMEOUT;
}

static const char *talk_with(worker *w, int s)
{
  uint8_t data[16];
  static const uint8_t hello[] = "hello";
  if (tls->write(tls->user, s, hello, 5) != 5)
    return "write";
  int n;
  while ((n = mbedtls_ssl_read(&w->peer.ssl, data, sizeof data)) == MBEDTLS_ERR_SSL_WANT_READ)
    continue;
  if (n != 5 || mbedtls_ssl_write(&w->peer.ssl, data, 5) != 5)
    return "the peer";
  while ((n = tls->read(tls->user, s, data, sizeof data)) == IMSTLS_WANT_READ)
    continue;
  return n == 5 && memcmp(data, hello, 5) == 0 ? NULL : "read";
}

/* The chain and its dates are verified with the trust anchor that all of them share. */
static const char *good_session(worker *w, int s)
{
  uint8_t record[4096], random[32];
  size_t len = 0;
  imstls_tls_facts facts = { .size = sizeof facts };
  if (shake_hands(w, s) != IMSTLS_OK)
    return "handshake";
  peer_handshake(&w->peer);
  if (tls->facts(tls->user, s, &facts) != IMSTLS_OK || facts.pki != 1)
    return "facts";
  const char *fault = talk_with(w, s);
  if (fault)
    return fault;
  if (facts.version == 12 && tls->save(tls->user, s, record, sizeof record, &len) != IMSTLS_OK)
    return "save";
  return imstls_mbedtls_random(part, random, sizeof random) == IMSTLS_OK ? NULL : "random";
}

/* Each session has its own code, whatever the others fail with meanwhile. */
static const char *bad_session(worker *w, int s)
{
  char text[128];
  uint8_t alert[] = { 21, 3, 3, 0, 2, 2, 40 };
  bool by_alert = w->number % 2;
  if (!by_alert)
    alert[1] = 9; /* no version of TLS */
  pipe_put(&w->peer.to_us, alert, sizeof alert);
  pthread_barrier_wait(&barrier); /* all of them fail at once, and look */
  for (int i = 0; w->number == 0 && i < 2000; i++)
    (void)tls->last_error(tls->user);
  if (shake_hands(w, s) != (by_alert ? IMSTLS_ERR_TLS_ALERT : IMSTLS_ERR_TLS))
    return "failure";
  int code = tls->failure(tls->user, s, text, sizeof text);
  if (tls->last_error(tls->user) == 0)
    return "last error";
  return (code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) == by_alert ? NULL : "code";
}

static const char *one_round(worker *w, int round)
{
  tls_peer_how server = { .cert = w->number % 2 ? "pcscf-ec" : "eku-server", .key = "pcscf-ec" };
  server.version = part->config.max_version;
  imstls_tls_open how = how_cert();
  how.io.ctx = &w->peer;
  how.verify_pki = 1;
  peer_start(&w->peer, part, &server);
  int s = tls->open(tls->user, &how);
  const char *fault = s < 0 ? "open" : round % 3 == 2 ? bad_session(w, s) : good_session(w, s);
  if (s >= 0)
    tls->close(tls->user, s);
  peer_end(&w->peer);
  return fault;
}

static void *work(void *user)
{
  worker *w = user;
  pthread_barrier_wait(&barrier);
  for (int round = 0; round < ROUNDS; round++) {
    const char *fault = one_round(w, round);
    w->fault = w->fault ? w->fault : fault;
  }
  return NULL;
}

static void start_shared_part(int version)
{
  static uint8_t der[2][4096];
  static char pem[1 << 14];
  imstls_mbedtls_config config = IMSTLS_MBEDTLS_CONFIG_INIT;
  size_t len = 0;
  static const char *const anchors[] = { "pcscf-ec.der", "eku-sip.der" };
  for (size_t i = 0; i < 2; i++) {
    size_t n = read_file(anchors[i], der[i], sizeof der[i]), written = 0;
    ck_assert_int_eq(mbedtls_pem_write_buffer("-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n", der[i], n,
                                              (unsigned char *)pem + len, sizeof pem - len, &written),
                     0);
    len += written - 1;
  }
  config.ca = (imstls_bytes){ (const uint8_t *)pem, len + 1 };
  config.sessions = SESSIONS;
  config.max_version = version;
  ck_assert_int_eq(imstls_mbedtls_new(&part, &config), IMSTLS_OK);
  tls = imstls_mbedtls_tls(part);
}

static void run_threads(int version)
{
  static worker workers[THREADS];
  start_shared_part(version);
  ck_assert_uint_eq(part->anchor_count, 2);
  ck_assert_int_eq(pthread_barrier_init(&barrier, NULL, THREADS), 0);
  for (int i = 0; i < THREADS; i++) {
    workers[i].number = i;
    ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
  }
  for (int i = 0; i < THREADS; i++)
    pthread_join(workers[i].thread, NULL);
  for (int i = 0; i < THREADS; i++)
    ck_assert_msg(!workers[i].fault, "thread %d: %s", i, workers[i].fault);
  for (int i = 0; i < SESSIONS; i++)
    ck_assert(!part->sessions[i]);
  pthread_barrier_destroy(&barrier);
  teardown();
}

START_TEST(one_part) { run_threads(12); }
END_TEST

START_TEST(one_part_tls13)
{
#if IMSTLS_I_TLS13
  run_threads(13);
#endif
}
END_TEST

/* A mutex that cannot be made is no part, and one that fails later lets nothing by. */
static int (*real_lock)(mbedtls_threading_mutex_t *mutex);
static int no_lock(mbedtls_threading_mutex_t *mutex)
{
  (void)mutex;
  return MBEDTLS_ERR_THREADING_MUTEX_ERROR;
}

START_TEST(no_mutex)
{
  imstls_mbedtls *made = NULL;
  imstls_mbedtls_config config = IMSTLS_MBEDTLS_CONFIG_INIT;
  config.max_version = 12;
  real_lock = mbedtls_mutex_lock;
  mbedtls_mutex_lock = no_lock;
  ck_assert_int_eq(imstls_mbedtls_new(&made, &config), IMSTLS_ERR_MEMORY);
  mbedtls_mutex_lock = real_lock;
  setup();
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  how.verify_pki = 1;
  int s = meet(&how, &server);
  ck_assert_int_eq(tls->handshake(tls->user, s), IMSTLS_WANT_READ);
  peer_handshake(&peer);
  mbedtls_mutex_lock = no_lock;
  ck_assert_int_eq(tls->open(tls->user, &how), IMSTLS_ERR_CAPACITY);
  ck_assert_int_eq(imstls_i_mbedtls_lock(part), false);
  mbedtls_mutex_lock = real_lock;
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  ck_assert_int_eq(facts_of(s).pki, 1);
  leave(s);
  teardown();
}
END_TEST

/* What is closed meanwhile gives its place back, and can be opened again when the mutex is well. */
START_TEST(closed_without_mutex)
{
  setup();
  imstls_tls_open how = how_cert();
  how.io.ctx = &peer;
  for (int round = 0; round < 3; round++) {
    for (uint32_t i = 0; i < part->config.sessions; i++)
      ck_assert_int_eq(tls->open(tls->user, &how), (int)i);
    real_lock = mbedtls_mutex_lock;
    mbedtls_mutex_lock = no_lock;
    for (uint32_t i = 0; i < part->config.sessions; i++)
      tls->close(tls->user, (int)i);
    mbedtls_mutex_lock = real_lock;
  }
  teardown();
}
END_TEST

#else

START_TEST(one_part) {}
END_TEST
START_TEST(one_part_tls13) {}
END_TEST
START_TEST(no_mutex) {}
END_TEST
START_TEST(closed_without_mutex) {}
END_TEST

#endif

SUITE_OF(tls_threads, one_part, one_part_tls13, no_mutex, closed_without_mutex)
