/* SPDX-License-Identifier: Apache-2.0 */
/* The watcher: what the octets of a handshake say, in whatever pieces they come. */
#include "tls_pair.h"

Suite *tls_watch_suite(void);

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

Suite *tls_watch_suite(void)
{
  Suite *suite = suite_create("tls_watch");
  TCase *tc = tcase_create("all");
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_set_timeout(tc, 60);
  tcase_add_test(tc, watch_sees_extensions);
  tcase_add_test(tc, watch_sees_pieces);
  tcase_add_test(tc, watch_stops);
  tcase_add_test(tc, watch_sees_versions);
  suite_add_tcase(suite, tc);
  return suite;
}
