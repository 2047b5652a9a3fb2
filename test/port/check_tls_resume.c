/* SPDX-License-Identifier: Apache-2.0 */
/* Resumption, lent sessions, and failing allocations of the mbedTLS part. */
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

/* ---- lent sessions ---- */

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

/* ---- every allocation fails once ---- */

#if defined(MBEDTLS_PLATFORM_MEMORY) && !defined(MBEDTLS_PLATFORM_CALLOC_MACRO)
static long allocations, failing;

static void *failing_calloc(size_t count, size_t size) { return ++allocations == failing ? NULL : calloc(count, size); }

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

/* ---- the watcher ---- */

/* ServerHello: TLS 1.2, empty session id, suite C02B, extensions `ext`. */
static size_t hello_record(uint8_t *out, const uint8_t *ext, size_t ext_len)
{
  size_t body = 2 + 32 + 1 + 2 + 1 + 2 + ext_len;
  const uint8_t head[] = { 22, 3, 3, 0, (uint8_t)(4 + body), 2, 0, 0, (uint8_t)body, 3, 3 };
  memset(out, 7, 64);
  memcpy(out, head, sizeof head);
  memcpy(out + 43, (const uint8_t[]){ 0, 0xC0, 0x2B, 0, 0, (uint8_t)ext_len }, 6);
  memcpy(out + 49, ext, ext_len);
  return 49 + ext_len;
}

static const uint8_t both[] = { 0, 22, 0, 0, 0, 23, 0, 0 };

START_TEST(watch_sees_extensions)
{
  uint8_t data[128];
  size_t len = hello_record(data, both, sizeof both);
  for (size_t cut = 0; cut <= len; cut++) {
    imstls_i_tls_watch w = { .stopped = false };
    imstls_i_tls_watch_feed(&w, data, cut);
    ck_assert_int_eq(w.extended_ms, cut == len);
    imstls_i_tls_watch_feed(&w, data + cut, len - cut);
    ck_assert(w.extended_ms && w.encrypt_then_mac && !w.tls13 && !w.psk && !w.full);
    imstls_i_tls_watch_feed(&w, (const uint8_t[]){ 22, 3, 3, 0, 4, 14, 0, 0, 0 }, 9);
    ck_assert(w.full);
  }
  imstls_i_tls_watch none = { .stopped = false };
  imstls_i_tls_watch_feed(&none, data, hello_record(data, both, 4));
  ck_assert(!none.extended_ms && none.encrypt_then_mac);
}
END_TEST

/* A hello in two records with an empty one between, and a message of 300 octets in one with ServerHelloDone: in pieces
 * of any size they say the same. */
START_TEST(watch_sees_pieces)
{
  enum { RECORD = 5, OTHER = 300 };
  uint8_t hello[128], data[600];
  size_t hello_len = hello_record(hello, both, sizeof both) - RECORD;
  for (size_t cut = 1; cut < hello_len; cut++) {
    const uint8_t between[] = { 22, 3, 3, 0, 0, 22, 3, 3, 0, (uint8_t)(hello_len - cut) };
    const uint8_t other[] = { 22, 3, 3, (OTHER + 8) >> 8, (OTHER + 8) & 0xff, 11, 0, OTHER >> 8, OTHER & 0xff };
    memset(data, 0, sizeof data);
    memcpy(data, hello, RECORD + cut);
    data[4] = (uint8_t)cut;
    size_t len = RECORD + cut;
    memcpy(data + len, between, sizeof between);
    len += sizeof between;
    memcpy(data + len, hello + RECORD + cut, hello_len - cut);
    len += hello_len - cut;
    memcpy(data + len, other, sizeof other);
    len += sizeof other + OTHER;
    data[len] = 14;
    len += 4;
    for (size_t piece = 1; piece <= len; piece += piece < 20 ? 1 : 97) {
      imstls_i_tls_watch w = { .stopped = false };
      for (size_t at = 0; at < len; at += piece) {
        ck_assert(!w.full);
        imstls_i_tls_watch_feed(&w, data + at, piece < len - at ? piece : len - at);
      }
      ck_assert(w.extended_ms && w.encrypt_then_mac && w.no_better && w.full && !w.stopped);
    }
  }
}
END_TEST

/* After ChangeCipherSpec, a second hello or broken lengths nothing more is believed. */
START_TEST(watch_stops)
{
  uint8_t data[128];
  size_t len = hello_record(data, both, sizeof both);
  imstls_i_tls_watch w = { .stopped = false };
  imstls_i_tls_watch_feed(&w, (const uint8_t[]){ 20, 3, 3, 0, 1, 1 }, 6);
  imstls_i_tls_watch_feed(&w, data, len);
  ck_assert(!w.extended_ms);
  w = (imstls_i_tls_watch){ .stopped = false };
  imstls_i_tls_watch_feed(&w, data, len);
  imstls_i_tls_watch_feed(&w, data, len);
  ck_assert(!w.extended_ms && w.stopped);
  w = (imstls_i_tls_watch){ .stopped = false };
  data[48]++;
  imstls_i_tls_watch_feed(&w, data, len);
  ck_assert(!w.extended_ms && w.stopped);
}
END_TEST

/* RFC 8446 4.1.3: what the version and the end of the random say of what the server could have chosen. */
START_TEST(watch_sees_versions)
{
  static const uint8_t tls13[] = { 0, 43, 0, 2, 3, 4 };
  static const struct {
    const char *end; /* of the random */
    uint8_t minor, ext_len;
    bool marked, no_better;
  } rows[] = { { "\7\7\7\7\7\7\7\7", 3, 0, false, true },  { "\7\7\7\7\7\7\7\7", 3, 6, false, false },
               { "\7\7\7\7\7\7\7\7", 2, 0, false, false }, { "\7\7\7\7\7\7\7\7", 4, 0, false, false },
               { "DOWNGRD\1", 3, 0, true, false },         { "DOWNGRD\0", 3, 0, true, false },
               { "DOWNGRD\1", 2, 0, true, false },         { "\7DOWNGRD", 3, 0, false, true },
               { "DOWNGR\7\1", 3, 0, false, true } };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    uint8_t data[128];
    size_t len = hello_record(data, tls13, rows[i].ext_len);
    data[10] = rows[i].minor;
    memcpy(data + 11 + 24, rows[i].end, 8);
    imstls_i_tls_watch w = { .stopped = false };
    ck_assert(!w.no_better);
    imstls_i_tls_watch_feed(&w, data, len - 1);
    ck_assert(!w.no_better);
    imstls_i_tls_watch_feed(&w, data + len - 1, 1);
    ck_assert_msg(w.marked == rows[i].marked && w.no_better == rows[i].no_better, "row %zu", i);
    imstls_i_tls_watch_feed(&w, data, len);
    ck_assert(!w.no_better && !w.marked);
  }
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

Suite *tls_resume_suite(void)
{
  Suite *suite = suite_create("tls_resume");
  TCase *tc = tcase_create("resume");
  tcase_add_checked_fixture(tc, setup_tickets, teardown_tickets);
  tcase_set_timeout(tc, 240);
  tcase_add_test(tc, resumption_keeps_the_certificate);
  tcase_add_test(tc, resumption_in_tls13);
  tcase_add_test(tc, broken_records);
  tcase_add_test(tc, certificate_in_the_record);
  tcase_add_test(tc, two_certificates_in_the_record);
  tcase_add_test(tc, long_certificate);
  tcase_add_test(tc, save_needs_room);
  tcase_add_loop_test(tc, lent_session, 0, 3);
  tcase_add_test(tc, lent_session_with_a_short_key);
#if defined(MBEDTLS_PLATFORM_MEMORY) && !defined(MBEDTLS_PLATFORM_CALLOC_MACRO)
  tcase_add_loop_test(tc, failing_allocations, 0, 2);
  tcase_add_test(tc, memory_of_a_certificate);
  tcase_add_test(tc, memory_of_a_session);
  tcase_add_test(tc, memory_of_a_seed);
#endif
  tcase_add_test(tc, watch_sees_extensions);
  tcase_add_test(tc, watch_sees_pieces);
  tcase_add_test(tc, watch_stops);
  tcase_add_test(tc, watch_sees_versions);
  tcase_add_test(tc, suite_names);
  suite_add_tcase(suite, tc);
  return suite;
}
