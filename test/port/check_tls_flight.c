/* SPDX-License-Identifier: Apache-2.0 */
/* A flight of the handshake leaves in one send, and goes on where a send took a part of it. */
#include "tls_pair.h"

#include <mbedtls/ssl_ticket.h>

Suite *tls_flight_suite(void);

enum { CHANGE_CIPHER_SPEC = 20, ALERT = 21, HANDSHAKE = 22 };

static pipe_half *sent(void) { return &peer.to_peer; }

static size_t sends; /* of the last call */

static int call(int s)
{
  size_t before = sent()->calls;
  int ret = tls->handshake(tls->user, s);
  sends = sent()->calls - before;
  return ret;
}

/* Types of the records from there on; a letter each. */
static const char *records(size_t from)
{
  static char types[16];
  size_t len = 0;
  const pipe_half *p = sent();
  for (size_t at = from; at < p->end; at += 5 + (size_t)(p->data[at + 3] << 8 | p->data[at + 4])) {
    ck_assert_uint_lt(len + 1, sizeof types);
    ck_assert_uint_le(at + 5, p->end);
    types[len++] = p->data[at] == HANDSHAKE ? 'h' : p->data[at] == CHANGE_CIPHER_SPEC ? 'c' : 'x';
  }
  types[len] = 0;
  return types;
}

/* Over a socket that blocks, what is not sent before is never answered. */
static int recv_behind_the_flight(void *user, uint8_t *data, size_t cap)
{
  ck_assert_uint_eq(part->sessions[0]->flight.len, 0);
  return our_recv(user, data, cap);
}

/* One send for the hello, one for ClientKeyExchange, ChangeCipherSpec and Finished. */
START_TEST(one_send)
{
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  how.io.recv = recv_behind_the_flight;
  int s = meet(&how, &server);
  ck_assert_int_eq(call(s), IMSTLS_WANT_READ);
  ck_assert_uint_eq(sends, 1);
  peer_handshake(&peer);
  size_t from = sent()->end;
  ck_assert_int_eq(call(s), IMSTLS_WANT_READ);
  ck_assert_uint_eq(sends, 1);
  ck_assert_str_eq(records(from), "hch");
  peer_handshake(&peer);
  ck_assert_int_eq(call(s), IMSTLS_OK);
  ck_assert_uint_eq(sends, 0);
  talk(s);
  leave(s);
}
END_TEST

#if IMSTLS_I_TLS13
/* ChangeCipherSpec, which means nothing there (RFC 8446 D.4), and Finished, encrypted. */
START_TEST(one_send_in_tls13)
{
  tls_peer_how server = { .cert = "pcscf-ec", .version = 13 };
  imstls_tls_open how = how_cert();
  teardown();
  start_part(13, "pcscf-ec.der");
  int s = meet(&how, &server);
  ck_assert_int_eq(call(s), IMSTLS_WANT_READ);
  ck_assert_uint_eq(sends, 1);
  peer_handshake(&peer);
  size_t from = sent()->end;
  ck_assert_int_eq(call(s), IMSTLS_OK);
  ck_assert_uint_eq(sends, 1);
  ck_assert_str_eq(records(from), "cx");
  peer_handshake(&peer);
  talk(s);
  leave(s);
}
END_TEST
#endif

/* As a server: ServerHello, ServerKeyExchange and ServerHelloDone; then ChangeCipherSpec and Finished. */
START_TEST(one_send_of_a_server)
{
  static const char identity[] = "pcscf:impi";
  tls_peer_how client = { .client = 1, .psk = psk, .psk_len = sizeof psk, .identity = identity };
  imstls_tls_open how = how_psk(IMSTLS_TLS_PSK, identity);
  how.role = IMSTLS_TLS_SERVER;
  int s = meet(&how, &client);
  peer_handshake(&peer);
  ck_assert_int_eq(call(s), IMSTLS_WANT_READ);
  ck_assert_uint_eq(sends, 1);
  peer_handshake(&peer);
  ck_assert_int_eq(call(s), IMSTLS_OK);
  ck_assert_uint_eq(sends, 1);
  peer_handshake(&peer);
  talk(s);
  leave(s);
}
END_TEST

/* Until ours is done; what the network takes of each send is `room` octets, and then none for one call. */
static int shake_in_pieces(int s, size_t room)
{
  int ret = IMSTLS_WANT_READ;
  for (int i = 0; i < 4000 && imstls_i_in_progress(ret); i++) {
    sent()->blocked = 1;
    sent()->room = i % 2 ? 0 : room;
    size_t total = sent()->total;
    ret = call(s);
    ck_assert(ret != IMSTLS_OK || part->sessions[s]->flight.len == 0);
    ck_assert_uint_le(sent()->total - total, room);
    peer_handshake(&peer);
  }
  sent()->blocked = 0;
  return ret;
}

/* Whatever a send takes, the peer gets the same octets in the same order. */
START_TEST(in_pieces)
{
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  ck_assert_int_eq(shake_in_pieces(s, (size_t)_i), IMSTLS_OK);
  talk(s);
  leave(s);
}
END_TEST

static mbedtls_ssl_ticket_context tickets;

/* Of a resumed session our flight is the last: it is not over before all of it has left. */
START_TEST(last_flight_in_pieces)
{
  static uint8_t record[4096];
  size_t len = 0;
  mbedtls_ssl_ticket_init(&tickets);
  ck_assert_int_eq(mbedtls_ssl_ticket_setup(&tickets, peer_random, part, MBEDTLS_CIPHER_AES_256_GCM, 3600), 0);
  tls_peer_how server = { .cert = "pcscf-ec", .tickets = &tickets };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_OK);
  ck_assert_int_eq(tls->save(tls->user, s, record, sizeof record, &len), IMSTLS_OK);
  leave(s);
  how.resume = (imstls_bytes){ record, len };
  s = meet(&how, &server);
  ck_assert_int_eq(call(s), IMSTLS_WANT_READ);
  peer_handshake(&peer);
  size_t from = sent()->end;
  int ret;
  sent()->blocked = 1;
  do {
    ck_assert_int_eq(call(s), IMSTLS_WANT_WRITE);
    ck_assert_int_eq(tls->write(tls->user, s, (const uint8_t *)"x", 1), IMSTLS_ERR_TLS);
    sent()->room = 1;
    ret = call(s);
  } while (ret == IMSTLS_WANT_WRITE);
  ck_assert_int_eq(ret, IMSTLS_OK);
  sent()->blocked = 0;
  ck_assert_str_eq(records(from), "ch");
  ck_assert_int_eq(facts_of(s).resumed, 1);
  peer_handshake(&peer);
  talk(s);
  leave(s);
  mbedtls_ssl_ticket_free(&tickets);
}
END_TEST

static int broken_send(void *user, const uint8_t *data, size_t len)
{
  const int *after = user;
  (void)data;
  return sent()->calls >= (size_t)*after ? IMSTLS_ERR_CONNECTION : our_send(&peer, data, len);
}

static int recv_of(void *user, uint8_t *data, size_t cap)
{
  (void)user;
  return our_recv(&peer, data, cap);
}

/* The network fails with the first flight, or with the second. */
START_TEST(that_cannot_leave)
{
  int after = _i;
  tls_peer_how server = { .cert = "pcscf-ec" };
  imstls_tls_open how = how_cert();
  how.io = (imstls_tls_io){ &after, broken_send, recv_of };
  int s = meet(&how, &server);
  ck_assert_int_eq(handshake(s), IMSTLS_ERR_CONNECTION);
  ck_assert_int_eq(call(s), IMSTLS_ERR_CONNECTION);
  leave(s);
}
END_TEST

/* An alert of a handshake that failed leaves although nothing is read any more. */
START_TEST(alert_of_a_failure)
{
  tls_peer_how server = { .cert = "rsa1024" };
  imstls_tls_open how = how_cert();
  int s = meet(&how, &server);
  ck_assert_int_eq(call(s), IMSTLS_WANT_READ);
  peer_handshake(&peer);
  ck_assert_int_eq(call(s), IMSTLS_ERR_TLS_CERT);
  const pipe_half *p = sent();
  ck_assert_uint_ge(p->end, 7);
  ck_assert_int_eq(p->data[p->end - 7], ALERT);
  leave(s);
}
END_TEST

Suite *tls_flight_suite(void)
{
  Suite *suite = suite_create("tls_flight");
  TCase *tc = tcase_create("flight");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, one_send);
#if IMSTLS_I_TLS13
  tcase_add_test(tc, one_send_in_tls13);
#endif
  tcase_add_test(tc, one_send_of_a_server);
  tcase_add_loop_test(tc, in_pieces, 1, 140);
  tcase_add_test(tc, last_flight_in_pieces);
  tcase_add_loop_test(tc, that_cannot_leave, 0, 2);
  tcase_add_test(tc, alert_of_a_failure);
  suite_add_tcase(suite, tc);
  return suite;
}
