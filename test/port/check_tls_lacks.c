/* SPDX-License-Identifier: Apache-2.0 */
/* What a version of mbedTLS cannot do, told apart; against OpenSSL where it can be made to ask for it. */
#include "s_server.h"
#include "suite.h"
#include "tls_pair.h"

#if defined(MBEDTLS_ERROR_C)
#include <mbedtls/error.h>
#endif

#define CERT "-cert", "test/certs/pcscf-rsa.pem", "-key", "test/certs/pcscf-rsa.key.pem"

/* mbedTLS joins handshake messages from 3.6.3 on (Mbed-TLS#9269). */
enum { JOINS = MBEDTLS_VERSION_NUMBER >= 0x03060300 };

static s_server server;
static s_link to_server;

static int open_to_server(const char *const options[], int version)
{
  s_server_start(&server, options);
  start_part(version, NULL);
  imstls_tls_open how = how_cert();
  how.io = s_link_open(&to_server, &server);
  int s = tls->open(tls->user, &how);
  ck_assert_int_ge(s, 0);
  return s;
}

static void close_server(int s)
{
  tls->close(tls->user, s);
  teardown();
  s_link_close(&to_server);
  s_server_end(&server);
}

/* The code of the session, and mbedTLS's own words for it. */
static void ck_failure(const imstls_tls *of, int s, int code)
{
  char text[128], due[128] = "";
  memset(text, 'x', sizeof text);
  ck_assert_int_eq(of->failure(of->user, s, text, sizeof text), code);
#if defined(MBEDTLS_ERROR_C)
  if (code != 0)
    mbedtls_strerror(code, due, sizeof due);
#endif
  ck_assert_str_eq(text, due);
}

/* A certificate of 750 octets in records of 512. */
START_TEST(certificate_in_pieces)
{
  static const char *const options[] = { CERT, "-tls1_2", "-max_send_frag", "512", NULL };
  int s = open_to_server(options, 12);
  ck_failure(tls, s, 0);
  ck_assert_int_eq(s_link_handshake(&to_server, tls, s), JOINS ? IMSTLS_OK : IMSTLS_ERR_TLS_FRAGMENTED);
  ck_failure(tls, s, JOINS ? 0 : MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE);
  close_server(s);
}
END_TEST

/* Each handshake record becomes several: `first` octets, then the rest. */
static void cut_records(pipe_half *pipe, size_t first)
{
  static uint8_t whole[sizeof pipe->data];
  size_t len = pipe->end - pipe->begin, at = 0;
  memcpy(whole, pipe->data + pipe->begin, len);
  pipe->begin = pipe->end = 0;
  while (at < len) {
    uint8_t header[5];
    size_t body = (size_t)whole[at + 3] << 8 | whole[at + 4];
    size_t n = whole[at] == 22 && body > first ? first : body;
    memcpy(header, whole + at, 3);
    for (size_t done = 0; done < body; done += n, n = body - done) {
      header[3] = (uint8_t)(n >> 8);
      header[4] = (uint8_t)n;
      pipe_put(pipe, header, 5);
      pipe_put(pipe, whole + at + 5 + done, n);
    }
    at += 5 + body;
  }
}

/* Also where the header of a message is in pieces, which no version joins. */
START_TEST(message_in_pieces)
{
  static const size_t cuts[] = { 1, 3, 4, 5, 40 };
  for (size_t i = 0; i < COUNT(cuts); i++) {
    setup();
    tls_peer_how how_server = { .cert = "pcscf-ec" };
    imstls_tls_open how = how_cert();
    int s = meet(&how, &how_server);
    ck_assert_int_eq(tls->handshake(tls->user, s), IMSTLS_WANT_READ);
    peer_handshake(&peer);
    cut_records(&peer.to_us, cuts[i]);
    bool joins = JOINS && cuts[i] >= 4;
    ck_assert_int_eq(handshake(s), joins ? IMSTLS_OK : IMSTLS_ERR_TLS_FRAGMENTED);
    leave(s);
    teardown();
  }
}
END_TEST

/* A server that speaks something else is told by its first octet, however little comes. */
START_TEST(no_records)
{
  static const char *const words[] = {
    "SIP/2.0 400 Bad Request\r\n", "HTTP/1.1 400 Bad Request\r\n", "\r\n", "2", "\x13", "\x18\x03\x03"
  };
  for (size_t i = 0; i < COUNT(words); i++) {
    setup();
    tls_peer_how how_server = { .cert = "pcscf-ec" };
    imstls_tls_open how = how_cert();
    int s = meet(&how, &how_server);
    ck_assert_int_eq(tls->handshake(tls->user, s), IMSTLS_WANT_READ);
    pipe_put(&peer.to_us, (const uint8_t *)words[i], strlen(words[i]));
    ck_assert_int_eq(tls->handshake(tls->user, s), IMSTLS_ERR_TLS_NOT_SPOKEN);
    ck_failure(tls, s, MBEDTLS_ERR_SSL_INVALID_RECORD);
    leave(s);
    teardown();
  }
}
END_TEST

/* Each type that a record may have is TLS. */
START_TEST(first_octets)
{
  for (unsigned octet = 0; octet < 256; octet++) {
    setup();
    tls_peer_how how_server = { .cert = "pcscf-ec" };
    imstls_tls_open how = how_cert();
    int s = meet(&how, &how_server);
    uint8_t first = (uint8_t)octet;
    pipe_put(&peer.to_us, &first, 1);
    bool record = octet >= 20 && octet <= 23; /* RFC 8446 5.1 */
    ck_assert_int_eq(tls->handshake(tls->user, s), record ? IMSTLS_WANT_READ : IMSTLS_ERR_TLS_NOT_SPOKEN);
    leave(s);
    teardown();
  }
}
END_TEST

/* An empty handshake record and one that is no handshake are something else. */
START_TEST(other_records)
{
  static const uint8_t records[][7] = { { 22, 3, 3, 0, 0 }, { 23, 3, 3, 0, 1, 1 } };
  for (size_t i = 0; i < COUNT(records); i++) {
    setup();
    tls_peer_how how_server = { .cert = "pcscf-ec" };
    imstls_tls_open how = how_cert();
    int s = meet(&how, &how_server);
    pipe_put(&peer.to_us, records[i], 5u + records[i][4]);
    int ret = tls->handshake(tls->user, s);
    ck_assert(ret == IMSTLS_ERR_TLS || (i == 0 && (ret == IMSTLS_WANT_READ || ret == IMSTLS_ERR_TLS_FRAGMENTED)));
    leave(s);
    teardown();
  }
}
END_TEST

#if IMSTLS_I_TLS13

START_TEST(key_update)
{
  static const char *const options[] = { CERT, "-tls1_3", NULL };
  uint8_t data[64];
  for (size_t i = 0; i < 2; i++) {
    int s = open_to_server(options, 13);
    ck_assert_int_eq(s_link_handshake(&to_server, tls, s), IMSTLS_OK);
    s_server_type(&server, i ? "K\n" : "k\n"); /* with and without a wish for ours */
    ck_assert_int_eq(s_link_read(&to_server, tls, s, data, sizeof data), IMSTLS_ERR_TLS_KEY_UPDATE);
    ck_failure(tls, s, MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE);
    ck_assert_int_eq(tls->write(tls->user, s, data, 1), IMSTLS_ERR_TLS_KEY_UPDATE);
    close_server(s);
  }
}
END_TEST

/* A session of the application's own; and what only looks like it: another message, TLS 1.2. */
START_TEST(key_update_of_a_lent_session)
{
  static const uint8_t messages[][5] = { { 24, 0, 0, 1, 0 }, { 25, 0, 0, 1, 0 } };
  uint8_t data[16];
  for (int i = 0; i < 4; i++) {
    tls_peer_how how_server = { .cert = "pcscf-ec", .version = i < 2 ? 13 : 12 };
    imstls_tls_open how = how_cert();
    imstls_mbedtls_lender lender = IMSTLS_MBEDTLS_LENDER_INIT;
    setup();
    lend_start(&how_server, how_server.version);
    imstls_mbedtls_lent lent = { .size = sizeof lent, .ssl = &lent_ssl };
    const imstls_tls *of = imstls_mbedtls_lend(&lender, &lent);
    ck_assert_int_eq(of->open(of->user, &how), 0);
    ck_assert_int_eq(handshake_of(of, 0), IMSTLS_OK);
    ck_failure(of, 0, 0);
    peer_record(&peer, 22, messages[i % 2], 5);
    int ret = of->read(of->user, 0, data, sizeof data);
    ck_assert_int_eq(ret, i == 0 ? IMSTLS_ERR_TLS_KEY_UPDATE : IMSTLS_ERR_TLS);
    ck_failure(of, 0, MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE);
    of->close(of->user, 0);
    lend_end();
    teardown();
  }
}
END_TEST

#else

START_TEST(key_update) {}
END_TEST
START_TEST(key_update_of_a_lent_session) {}
END_TEST

#endif

/* Each session has a code of its own. */
START_TEST(codes_of_two_sessions)
{
  static const uint8_t alert[] = { 21, 3, 3, 0, 2, 2, 40 };
  setup();
  tls_peer_how how_server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  int other = tls->open(tls->user, &how), s = meet(&how, &how_server);
  pipe_put(&peer.to_us, alert, sizeof alert);
  ck_assert_int_eq(tls->handshake(tls->user, s), IMSTLS_ERR_TLS_ALERT);
  ck_failure(tls, s, MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE);
  ck_failure(tls, other, 0);
  ck_failure(tls, 7, 0);
  ck_assert_int_eq(tls->last_error(tls->user), MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE);
  leave(s);
  ck_failure(tls, s, 0);
  tls->close(tls->user, other);
  teardown();
}
END_TEST

START_TEST(words)
{
  char text[128];
  memset(text, 'x', sizeof text);
  ck_assert_uint_eq(imstls_mbedtls_error_text(0, text, sizeof text), 0);
  ck_assert_str_eq(text, "");
  size_t len = imstls_mbedtls_error_text(MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE, text, sizeof text);
  ck_assert_uint_eq(len, strlen(text));
  ck_assert_uint_eq(imstls_mbedtls_error_text(MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE, text, 1), 0);
  ck_assert_str_eq(text, "");
  ck_assert_uint_eq(imstls_mbedtls_error_text(-1, text, 0), 0);
  ck_assert_uint_eq(imstls_mbedtls_error_text(-1, NULL, 8), 0);
}
END_TEST

SUITE_OF(tls_lacks, certificate_in_pieces, message_in_pieces, no_records, first_octets, other_records, key_update,
         key_update_of_a_lent_session, codes_of_two_sessions, words)
