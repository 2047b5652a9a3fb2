/* SPDX-License-Identifier: Apache-2.0 */
/* What one call of the mbedTLS part takes from a peer that never ends, and how the session goes on after it. */
#include "tls_pair.h"

#include <mbedtls/ssl_ticket.h>

Suite *tls_flood_suite(void);

/* As tls.h promises. */
enum { CALL_OCTETS = 32 * 1024, CALL_RECVS = 128, CALL_SENDS = 32, FRUITLESS_MAX = 256 * 1024 };

static const uint8_t warning[] = { 21, 3, 3, 0, 2, 1, 90 };
static const uint8_t warning_body[] = { 1, 90 }; /* user_canceled */

static size_t recvs, octets, sends;

static void before_call(void)
{
  recvs = peer.to_us.calls;
  octets = peer.to_us.got;
  sends = peer.to_peer.calls;
}

/* Whatever came back, the call kept to its share. */
static int after_call(int ret)
{
  ck_assert_uint_le(peer.to_us.calls - recvs, CALL_RECVS);
  ck_assert_uint_le(peer.to_us.got - octets, CALL_OCTETS);
  ck_assert_uint_le(peer.to_peer.calls - sends, CALL_SENDS);
  return ret;
}

static int shake(int s)
{
  before_call();
  return after_call(tls->handshake(tls->user, s));
}

static int read_once(int s, uint8_t *buf, size_t cap)
{
  before_call();
  return after_call(tls->read(tls->user, s, buf, cap));
}

static int write_once(int s, const char *text)
{
  before_call();
  return after_call(tls->write(tls->user, s, (const uint8_t *)text, strlen(text)));
}

/* Until it is not PENDING; how often it was. */
static int read_on(int s, uint8_t *buf, size_t cap, int *pending)
{
  int ret;
  *pending = 0;
  while ((ret = read_once(s, buf, cap)) == IMSTLS_PENDING)
    (*pending)++;
  return ret;
}

static int start(int version)
{
  teardown();
  start_part(version, NULL);
  tls_peer_how server = { .cert = "pcscf-ec", .version = version };
  imstls_tls_open how = how_cert();
  return meet(&how, &server);
}

static int start_open(int version)
{
  int s = start(version);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  return s;
}

static void peer_says(const char *text)
{
  ck_assert_int_eq(mbedtls_ssl_write(&peer.ssl, (const uint8_t *)text, strlen(text)), (int)strlen(text));
}

/* The peer's next data; warnings before it are dropped. */
static void peer_hears(const char *text)
{
  uint8_t buf[32];
  int n;
  while ((n = mbedtls_ssl_read(&peer.ssl, buf, sizeof buf)) == MBEDTLS_ERR_SSL_WANT_READ)
    ck_assert_uint_lt(peer.to_peer.begin, peer.to_peer.end);
  ck_assert_int_eq(n, (int)strlen(text));
  ck_assert_mem_eq(buf, text, (size_t)n);
}

static void hear_nothing(void)
{
  uint8_t buf[8];
  while (peer.to_peer.begin < peer.to_peer.end)
    ck_assert_int_eq(mbedtls_ssl_read(&peer.ssl, buf, sizeof buf), MBEDTLS_ERR_SSL_WANT_READ);
}

/* Records that mbedTLS drops without a word, before ServerHello. */
START_TEST(endless_before_the_hello)
{
  int s = start(12), pending = 0, ret;
  peer.to_us.endless = warning;
  peer.to_us.endless_len = sizeof warning;
  peer.to_us.step = _i == 0 ? 0 : 1;
  while ((ret = shake(s)) == IMSTLS_PENDING)
    pending++;
  ck_assert_int_eq(ret, IMSTLS_ERR_TLS);
  ck_assert_int_eq(shake(s), IMSTLS_ERR_TLS);
  ck_assert_int_gt(pending, FRUITLESS_MAX / CALL_OCTETS);
  ck_assert_uint_le(peer.to_us.got, FRUITLESS_MAX + CALL_OCTETS);
  leave(s);
}
END_TEST

START_TEST(a_few_warnings_before_the_hello)
{
  int s = start(12), pending = 0, ret;
  for (int i = 0; i < 500; i++)
    pipe_put(&peer.to_us, warning, sizeof warning);
  while ((ret = shake(s)) == IMSTLS_PENDING)
    pending++;
  ck_assert_int_eq(ret, IMSTLS_WANT_READ);
  ck_assert_int_ge(pending, 5);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  talk(s);
  leave(s);
}
END_TEST

/* What came before the end of the handshake does not count after it. */
START_TEST(handshake_then_warnings)
{
  uint8_t buf[16];
  int pending, s = start(12);
  size_t before = FRUITLESS_MAX - 16 * 1024;
  while (peer.to_us.got < before) {
    for (int i = 0; i < 1000; i++)
      pipe_put(&peer.to_us, warning, sizeof warning);
    while (shake(s) == IMSTLS_PENDING)
      continue;
  }
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  for (int i = 0; i < 1000; i++)
    peer_record(&peer, 21, warning_body, sizeof warning_body);
  ck_assert_int_eq(read_on(s, buf, sizeof buf, &pending), IMSTLS_WANT_READ);
  talk(s);
  leave(s);
}
END_TEST

/* In TLS 1.3 ChangeCipherSpec means nothing and may come at any time of the handshake (RFC 8446 5). */
START_TEST(endless_change_cipher_spec)
{
#if IMSTLS_I_TLS13
  static const uint8_t change[] = { 20, 3, 3, 0, 1, 1 };
  int s = start(13), ret, pending = 0;
  ck_assert_int_eq(shake(s), IMSTLS_WANT_READ);
  peer_handshake(&peer);
  size_t hello = 5u + (size_t)(peer.to_us.data[3] << 8 | peer.to_us.data[4]);
  peer.to_us.end = hello;
  peer.to_us.endless = change;
  peer.to_us.endless_len = sizeof change;
  while ((ret = shake(s)) == IMSTLS_PENDING)
    pending++;
  ck_assert_int_eq(ret, IMSTLS_ERR_TLS);
  ck_assert_uint_le(peer.to_us.got, FRUITLESS_MAX + CALL_OCTETS);
  leave(s);
#endif
}
END_TEST

/* A ClientHello that stutters costs a server no more. */
START_TEST(endless_towards_a_server)
{
  tls_peer_how client = { .client = 1, .psk = psk, .psk_len = sizeof psk, .identity = "pcscf:impi" };
  imstls_tls_open how = how_psk(IMSTLS_TLS_PSK, "pcscf:impi");
  how.role = IMSTLS_TLS_SERVER;
  int s = meet(&how, &client), ret;
  peer_handshake(&peer);
  ck_assert_int_eq(shake(s), IMSTLS_WANT_READ); /* our flight is out */
  peer.to_us.endless = warning;
  peer.to_us.endless_len = sizeof warning;
  while ((ret = shake(s)) == IMSTLS_PENDING)
    continue;
  ck_assert_int_eq(ret, IMSTLS_ERR_TLS);
  ck_assert_uint_le(peer.to_us.got, FRUITLESS_MAX + CALL_OCTETS);
  leave(s);
}
END_TEST

static const int versions[] = { 12,
#if IMSTLS_I_TLS13
                                13
#endif
};

START_TEST(warnings_then_data)
{
  uint8_t buf[16];
  int pending, s = start_open(versions[_i]);
  for (int i = 0; i < 500; i++)
    peer_record(&peer, 21, warning_body, sizeof warning_body);
  peer_says("world!");
  ck_assert_int_eq(read_on(s, buf, sizeof buf, &pending), 6);
  ck_assert_mem_eq(buf, "world!", 6);
  ck_assert_int_ge(pending, 5);
  talk(s);
  leave(s);
}
END_TEST

/* One warning, and then nothing: the network has nothing left, so that the caller may wait for it. */
START_TEST(one_warning)
{
  uint8_t buf[16];
  int s = start_open(versions[_i]);
  for (int i = 0; i < 3; i++)
    peer_record(&peer, 21, warning_body, sizeof warning_body);
  ck_assert_int_eq(read_once(s, buf, sizeof buf), IMSTLS_WANT_READ);
  ck_assert_uint_eq(peer.to_us.begin, peer.to_us.end);
  leave(s);
}
END_TEST

/* Warnings between data are borne; without any, the session ends. */
START_TEST(fruitless_octets)
{
  uint8_t buf[16];
  int pending, s = start_open(versions[_i]);
  size_t begin = peer.to_us.got;
  for (int i = 0; i < 16; i++) {
    for (int n = 0; n < 1000; n++)
      peer_record(&peer, 21, warning_body, sizeof warning_body);
    peer_says("x");
    ck_assert_int_eq(read_on(s, buf, sizeof buf, &pending), 1);
  }
  ck_assert_uint_gt(peer.to_us.got - begin, FRUITLESS_MAX + CALL_OCTETS);
  begin = peer.to_us.got;
  int ret = IMSTLS_WANT_READ;
  while (ret == IMSTLS_WANT_READ) {
    for (int n = 0; n < 1000; n++)
      peer_record(&peer, 21, warning_body, sizeof warning_body);
    ret = read_on(s, buf, sizeof buf, &pending);
    ck_assert_uint_le(peer.to_us.got - begin, FRUITLESS_MAX + CALL_OCTETS);
  }
  ck_assert_int_eq(ret, IMSTLS_ERR_TLS);
  ck_assert_uint_ge(peer.to_us.got - begin, FRUITLESS_MAX);
  ck_assert_int_eq(write_once(s, "hello"), IMSTLS_ERR_TLS);
  leave(s);
}
END_TEST

/* One record of them is answered by as many alerts (RFC 5246 7.4.1.1). */
START_TEST(hello_requests_in_one_record)
{
  static const uint8_t requests[16384];
  uint8_t buf[16];
  int pending = 0, ret, s = start_open(12);
  peer_record(&peer, 22, requests, sizeof requests);
  while ((ret = read_once(s, buf, sizeof buf)) == IMSTLS_PENDING) {
    pending++;
    hear_nothing();
  }
  ck_assert_int_eq(ret, IMSTLS_WANT_READ);
  ck_assert_int_ge(pending, (int)sizeof requests / 4 / (CALL_SENDS + 1) - 1);
  hear_nothing();
  talk(s);
  leave(s);
}
END_TEST

static const uint8_t hello_request[4] = { 0 };

/* Data behind an alert that could not be sent: it is not taken for sent with the alert. */
START_TEST(data_behind_an_alert)
{
  uint8_t buf[16];
  int s = start_open(12);
  peer.to_peer.blocked = 1;
  peer.to_peer.room = (size_t)_i * 9;
  peer_record(&peer, 22, hello_request, sizeof hello_request);
  ck_assert_int_eq(read_once(s, buf, sizeof buf), IMSTLS_WANT_WRITE);
  ck_assert_int_eq(write_once(s, "hello"), IMSTLS_WANT_WRITE);
  peer.to_peer.blocked = 0;
  ck_assert_int_eq(write_once(s, "hello"), 5);
  peer_hears("hello");
  ck_assert_int_eq(write_once(s, "again"), 5);
  peer_hears("again");
  ck_assert_uint_eq(peer.to_peer.begin, peer.to_peer.end);
  leave(s);
}
END_TEST

/* Data that could not be sent leaves when an alert does: it is not sent a second time. */
START_TEST(data_before_an_alert)
{
  uint8_t buf[16];
  int s = start_open(12);
  peer.to_peer.blocked = 1;
  peer.to_peer.room = 10;
  ck_assert_int_eq(write_once(s, "hello"), IMSTLS_WANT_WRITE);
  peer.to_peer.blocked = 0;
  peer_record(&peer, 22, hello_request, sizeof hello_request);
  ck_assert_int_eq(read_once(s, buf, sizeof buf), IMSTLS_WANT_READ);
  ck_assert_int_eq(write_once(s, "hello"), 5);
  ck_assert_int_eq(write_once(s, "again"), 5);
  peer_hears("hello");
  peer_hears("again");
  ck_assert_uint_eq(peer.to_peer.begin, peer.to_peer.end);
  leave(s);
}
END_TEST

/* A network that takes an octet a call, and blocks now and then. */
START_TEST(writing_octet_by_octet)
{
  const char *text = "a text of some length that needs more calls than one may make";
  uint8_t buf[128];
  int ret, pending = 0, blocked = 0, s = start_open(versions[_i]);
  peer.to_peer.step = 1;
  peer.to_peer.blocked = 1;
  peer.to_peer.room = 70;
  while ((ret = write_once(s, text)) < 0) {
    pending += ret == IMSTLS_PENDING;
    blocked += ret == IMSTLS_WANT_WRITE;
    if (ret == IMSTLS_WANT_WRITE)
      peer.to_peer.room = 1000;
    ck_assert(ret == IMSTLS_PENDING || ret == IMSTLS_WANT_WRITE);
  }
  ck_assert_int_eq(ret, (int)strlen(text));
  ck_assert_int_ge(pending, 1);
  ck_assert_int_eq(blocked, 1);
  peer.to_peer.step = 0;
  ck_assert_int_eq(mbedtls_ssl_read(&peer.ssl, buf, sizeof buf), (int)strlen(text));
  ck_assert_mem_eq(buf, text, strlen(text));
  leave(s);
}
END_TEST

#if IMSTLS_I_TLS13

/* NewSessionTicket (RFC 8446 4.6.1): lifetime 3600, nonce and ticket of one octet, no extensions. */
static const uint8_t ticket[] = { 4, 0, 0, 15, 0, 0, 14, 16, 1, 2, 3, 4, 1, 7, 0, 1, 9, 0, 0 };
enum { TICKETS = 100, CALL_TICKETS = 4 };

static void put_tickets(int count)
{
  uint8_t many[TICKETS * sizeof ticket];
  for (int i = 0; i < count; i++)
    memcpy(many + (size_t)i * sizeof ticket, ticket, sizeof ticket);
  peer_record(&peer, 22, many, (size_t)count * sizeof ticket);
}

START_TEST(tickets_in_one_record)
{
  uint8_t buf[16];
  int pending, s = start_open(13);
  put_tickets(TICKETS);
  peer_says("world!");
  ck_assert_int_eq(read_on(s, buf, sizeof buf, &pending), 6);
  ck_assert_int_ge(pending, TICKETS / (CALL_TICKETS + 1));
  talk(s);
  leave(s);
}
END_TEST

/* Padding makes a warning as long as any record (RFC 8446 5.4): the type is the last octet that is not zero. */
START_TEST(long_warnings)
{
  uint8_t body[16000] = { 1, 90, 21 }, buf[16];
  int pending, s = start_open(13);
  for (int i = 0; i < 3; i++)
    peer_record(&peer, 0, body, sizeof body);
  peer_says("world!");
  ck_assert_int_eq(read_on(s, buf, sizeof buf, &pending), 6);
  ck_assert_int_eq(pending, 1);
  talk(s);
  leave(s);
}
END_TEST

/* One call finds the ticket, although mbedTLS takes it in two: nothing more may come for hours. */
START_TEST(a_ticket_and_nothing_more)
{
  uint8_t buf[16], record[4096];
  size_t len;
  int s = start_open(13);
  put_tickets(1);
  ck_assert_int_eq(read_once(s, buf, sizeof buf), IMSTLS_WANT_READ);
  ck_assert_int_eq(tls->save(tls->user, s, record, sizeof record, &len), IMSTLS_OK);
  leave(s);
}
END_TEST

/* A write may meet tickets that a read had no share left for. */
START_TEST(writing_between_tickets)
{
  uint8_t buf[16];
  int ret, s = start_open(13);
  put_tickets(TICKETS);
  ck_assert_int_eq(read_once(s, buf, sizeof buf), IMSTLS_PENDING);
  while ((ret = write_once(s, "hello")) == IMSTLS_PENDING)
    continue;
  ck_assert_int_eq(ret, 5);
  peer_hears("hello");
  leave(s);
}
END_TEST

/* The same on a session of the host's. */
START_TEST(lent_session_between_tickets)
{
  uint8_t buf[16];
  int ret;
  imstls_mbedtls_lender lender = IMSTLS_MBEDTLS_LENDER_INIT;
  imstls_mbedtls_lent lent = { sizeof lent, &lent_ssl, 0, 1 };
  tls_peer_how server = { .cert = "pcscf-ec", .version = 13 };
  imstls_tls_open how = how_cert();
  teardown();
  start_part(13, NULL);
  lend_start(&server, 13);
  const imstls_tls *lt = imstls_mbedtls_lend(&lender, &lent);
  ck_assert_int_eq(lt->open(lt->user, &how), 0);
  ck_assert_int_eq(handshake_of(lt, 0), IMSTLS_OK);
  put_tickets(TICKETS);
  ck_assert_int_lt(lt->read(lt->user, 0, buf, sizeof buf), 0);
  while ((ret = lt->write(lt->user, 0, (const uint8_t *)"hello", 5)) == IMSTLS_PENDING)
    continue;
  ck_assert_int_eq(ret, 5);
  peer_hears("hello");
  peer_says("world!");
  while ((ret = lt->read(lt->user, 0, buf, sizeof buf)) == IMSTLS_PENDING || ret == IMSTLS_WANT_READ)
    continue;
  ck_assert_int_eq(ret, 6);
  lend_end();
}
END_TEST

#endif

Suite *tls_flood_suite(void)
{
  Suite *suite = suite_create("tls_flood");
  TCase *tc = tcase_create("flood");
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_set_timeout(tc, 60);
  tcase_add_loop_test(tc, endless_before_the_hello, 0, 2);
  tcase_add_test(tc, a_few_warnings_before_the_hello);
  tcase_add_test(tc, handshake_then_warnings);
  tcase_add_test(tc, endless_change_cipher_spec);
  tcase_add_test(tc, endless_towards_a_server);
  LOOP(tc, warnings_then_data, versions);
  LOOP(tc, one_warning, versions);
  LOOP(tc, fruitless_octets, versions);
  tcase_add_test(tc, hello_requests_in_one_record);
  tcase_add_loop_test(tc, data_behind_an_alert, 0, 3);
  tcase_add_test(tc, data_before_an_alert);
  LOOP(tc, writing_octet_by_octet, versions);
#if IMSTLS_I_TLS13
  tcase_add_test(tc, tickets_in_one_record);
  tcase_add_test(tc, long_warnings);
  tcase_add_test(tc, a_ticket_and_nothing_more);
  tcase_add_test(tc, writing_between_tickets);
  tcase_add_test(tc, lent_session_between_tickets);
#endif
  suite_add_tcase(suite, tc);
  return suite;
}
