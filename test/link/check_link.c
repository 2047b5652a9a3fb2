/* SPDX-License-Identifier: Apache-2.0 */
/* How a link begins, sends and ends. */
#include "link_help.h"

START_TEST(closed)
{
  ends *e = make_ends(false);
  imstls_i_link link;
  memset(&link, 0x5a, sizeof link);
  imstls_i_link_init(&link, &e->wire);
  ck_assert(!imstls_i_link_is_open(&link));
  ck_assert(link.beside == NO_SOCKET && link.session == NO_SESSION && link.wire == &e->wire);
  ck_assert(!link.rx.ptr && !link.tx.ptr && !link.skip.until);
  ck_assert_uint_eq(imstls_i_link_deadline(&link), NEVER);
  ck_assert_uint_eq(imstls_i_link_events(&link), IMSTLS_WAIT_READ);
  imstls_i_link_close(&link);
  ck_assert(!e->sockets_closed && !e->sessions_closed);
  free_ends(e);
}
END_TEST

START_TEST(opened)
{
  imstls_net_open how = { .size = sizeof how, .kind = IMSTLS_NET_TCP }, udp = { .size = sizeof udp };
  udp.kind = IMSTLS_NET_UDP;
  ends *e = make_ends(false);
  imstls_i_link_close(&e->link);
  ck_assert_int_eq(imstls_i_link_open(&e->link, &udp), IMSTLS_OK);
  ck_assert(e->link.datagrams && e->link.socket == STREAM);
  ck_assert_int_eq(imstls_i_link_open(&e->link, &how), IMSTLS_OK);
  ck_assert(!e->link.datagrams);
  udp.local.port = 5060;
  ck_assert_int_eq(imstls_i_link_open_beside(&e->link, &udp), IMSTLS_OK);
  ck_assert(e->link.beside == BESIDE && !e->link.datagrams);
  e->result = IMSTLS_ERR_CONNECT;
  ck_assert_int_eq(imstls_i_link_open(&e->link, &how), IMSTLS_ERR_CONNECT);
  ck_assert_int_eq(imstls_i_link_open_beside(&e->link, &udp), IMSTLS_ERR_CONNECT);
  ck_assert(e->link.socket == NO_SOCKET && e->link.beside == NO_SOCKET);
  free_ends(e);
}
END_TEST

START_TEST(passed_beside)
{
  ends *e = make_ends(false);
  imstls_i_link other;
  imstls_i_link_init(&other, &e->wire);
  e->link.beside = BESIDE;
  imstls_i_link_pass_beside(&e->link, &other);
  ck_assert(other.beside == BESIDE && e->link.beside == NO_SOCKET);
  imstls_i_link_close(&e->link);
  ck_assert_int_eq(e->sockets_closed, 1);
  imstls_i_link_close(&other);
  ck_assert_int_eq(e->sockets_closed, 101);
  free_ends(e);
}
END_TEST

/* An accepted connection costs a read, so that nobody keeps a step busy with connections. */
START_TEST(accepted)
{
  uint32_t reads = imstls_i_budget_of_a_step().reads;
  imstls_address remote = { 0 };
  ends *e = make_ends(false);
  ck_assert_int_eq(imstls_i_link_accept(&e->link, 1, &remote), IMSTLS_OK);
  ck_assert(e->link.socket == STREAM && remote.family == 6);
  ck_assert_uint_eq(e->wire.budget.reads, reads - 1);
  e->result = IMSTLS_WANT_READ;
  ck_assert_int_eq(imstls_i_link_accept(&e->link, 1, &remote), IMSTLS_WANT_READ);
  ck_assert(e->link.socket == NO_SOCKET);
  ck_assert_uint_eq(e->wire.budget.reads, reads - 1);
  e->result = IMSTLS_ERR_CONNECTION;
  ck_assert_int_eq(imstls_i_link_accept(&e->link, 1, &remote), IMSTLS_ERR_CONNECTION);
  free_ends(e);
}
END_TEST

START_TEST(secured)
{
  imstls_tls_open how = { .size = sizeof how };
  uint8_t octets[4];
  ends *e = make_ends(false);
  e->result = IMSTLS_ERR_CAPACITY;
  ck_assert_int_eq(imstls_i_link_secure(&e->link, &how), IMSTLS_ERR_CAPACITY);
  ck_assert_int_eq(e->link.session, NO_SESSION);
  e->result = IMSTLS_OK;
  ck_assert_int_eq(imstls_i_link_secure(&e->link, &how), IMSTLS_OK);
  ck_assert_int_eq(e->link.session, SESSION);
  bring_text(e, "abcdef");
  ck_assert_int_eq(how.io.recv(how.io.ctx, octets, 4), 4);
  ck_assert_mem_eq(octets, "abcd", 4);
  ck_assert_int_eq(how.io.send(how.io.ctx, (const uint8_t *)"xyz", 3), 3);
  ck_assert_mem_eq(e->out, "xyz", 3);
  e->accepts = 0;
  e->refuses = IMSTLS_WANT_WRITE;
  ck_assert_int_eq(how.io.send(how.io.ctx, octets, 3), IMSTLS_WANT_WRITE);
  ck_assert_uint_eq(imstls_i_link_events(&e->link), IMSTLS_WAIT_READ | IMSTLS_WAIT_WRITE);
  free_ends(e);
}
END_TEST

START_TEST(handshake)
{
  static const struct {
    int result;
    bool want_write, more;
    uint32_t reads; /* that are left of 16 */
  } rows[] = {
    { IMSTLS_OK, false, false, 15 },           { IMSTLS_WANT_READ, false, false, 15 },
    { IMSTLS_WANT_WRITE, true, false, 15 },    { IMSTLS_PENDING, false, true, 0 },
    { IMSTLS_ERR_TLS_CERT, false, false, 15 },
  };
  ends *e = make_ends(true);
  for (size_t i = 0; i < COUNT(rows); i++) {
    e->result = rows[i].result;
    new_step(e);
    ck_assert_int_eq(imstls_i_link_handshake(&e->link), rows[i].result);
    ck_assert_int_eq(e->link.want_write, rows[i].want_write);
    ck_assert_int_eq(e->link.more, rows[i].more);
    ck_assert_uint_eq(e->wire.budget.reads, rows[i].reads);
  }
  e->link.session = NO_SESSION;
  new_step(e);
  ck_assert_int_eq(imstls_i_link_handshake(&e->link), IMSTLS_OK);
  ck_assert_uint_eq(e->wire.budget.reads, 16);
  free_ends(e);
}
END_TEST

static void put(ends *e, enum outgoing kind, const char *text, const imstls_address *to)
{
  ck_assert_int_eq(imstls_i_queue_put(&e->link.tx, kind, imstls_i_text(text, strlen(text)), to), IMSTLS_OK);
}

static void ck_zero(const char *ptr, size_t len)
{
  for (size_t i = 0; i < len; i++)
    ck_assert(!ptr[i]);
}

/* Both ends, once each; nothing that came or was to leave stays in the buffers, which stay. */
START_TEST(close_wipes)
{
  imstls_text message = { 0 };
  ends *e = make_ends(true);
  e->link.beside = BESIDE;
  bring_text(e, "SIP/2.0 200 OK\r\n\r\nSIP/2.0 20");
  ck_assert_int_eq(imstls_i_link_receive(&e->link, &message), IMSTLS_OK);
  put(e, OUT_REGISTER, "REGISTER", NULL);
  e->accepts = 3;
  e->link.want_write = e->link.crlf = e->link.from_beside = true;
  e->link.skip.until = 1;
  char *rx = e->link.rx.ptr, *tx = e->link.tx.ptr;
  imstls_i_link_close(&e->link);
  ck_assert(e->sockets_closed == 101 && e->sessions_closed == 1);
  imstls_i_link_close(&e->link);
  ck_assert(e->sockets_closed == 101 && e->sessions_closed == 1);
  ck_zero(rx, RX_CAP);
  ck_zero(tx, e->link.tx.cap);
  ck_assert(e->link.rx.ptr == rx && e->link.rx.cap == RX_CAP && !e->link.rx.len);
  ck_assert(e->link.tx.ptr == tx && e->link.tx.cap == 512 && e->link.tx.longest == 100 && !e->link.tx.len);
  ck_assert(!imstls_i_link_is_open(&e->link) && e->link.session == NO_SESSION && e->link.beside == NO_SOCKET);
  ck_assert(!e->link.want_write && !e->link.more && !e->link.crlf && !e->link.from_beside && !e->link.handed_up);
  ck_assert_uint_eq(imstls_i_link_deadline(&e->link), NEVER);
  free_ends(e);
}
END_TEST

START_TEST(hand_over)
{
  imstls_text message = { 0 };
  ends *e = make_ends(true);
  imstls_i_link other;
  imstls_i_link_init(&other, &e->wire);
  bring_text(e, "SIP/2.0 200 OK\r\n\r\nSIP");
  ck_assert_int_eq(imstls_i_link_receive(&e->link, &message), IMSTLS_OK);
  put(e, OUT_REGISTER, "REGISTER", NULL);
  put(e, OUT_APPLICATION, "MESSAGE", NULL);
  imstls_i_link_hand_over(&e->link, &other);
  ck_assert(other.rx.cap == RX_CAP && !other.rx.len && other.tx.cap == 512);
  ck_zero(other.rx.ptr, RX_CAP);
  imstls_i_queued head; /* what the application sent goes along, and nothing else */
  const char *octets = imstls_i_queue_next(&other.tx, &head);
  ck_assert(octets && head.kind == OUT_APPLICATION && other.tx.len == sizeof head + 7);
  ck_assert_mem_eq(octets, "MESSAGE", 7);
  ck_zero(other.tx.ptr + other.tx.len, 512 - other.tx.len);
  ck_assert(!e->link.rx.ptr && !e->link.rx.cap && !e->link.tx.ptr && !e->link.tx.cap && !e->link.handed_up);
  imstls_i_link_taken(&e->link);
  imstls_i_link_close(&e->link); /* its own ends, without buffers */
  ck_assert(e->sockets_closed == 1 && e->sessions_closed == 1);
  e->link.rx = other.rx;
  e->link.tx = other.tx;
  free_ends(e);
}
END_TEST

START_TEST(send_results)
{
  static const struct {
    int refuses, want;
    bool want_write;
  } rows[] = {
    { IMSTLS_WANT_WRITE, IMSTLS_WANT_WRITE, true },
    { IMSTLS_WANT_READ, IMSTLS_WANT_WRITE, false },
    { IMSTLS_PENDING, IMSTLS_PENDING, false },
    { 0, IMSTLS_ERR_CONNECTION, false },
    { IMSTLS_ERR_CONNECTION, IMSTLS_ERR_CONNECTION, false },
    { IMSTLS_ERR_TLS, IMSTLS_ERR_TLS, false },
    { IMSTLS_ERR_TLS_ALERT, IMSTLS_ERR_TLS_ALERT, false },
  };
  for (size_t i = 0; i < COUNT(rows); i++)
    for (int tls = 0; tls < 2; tls++) {
      ends *e = make_ends(tls);
      ck_assert_int_eq(imstls_i_link_send_next(&e->link), IMSTLS_OK); /* nothing is to be sent */
      put(e, OUT_APPLICATION, "MESSAGE", NULL);
      e->accepts = 0;
      e->refuses = rows[i].refuses;
      ck_assert_int_eq(imstls_i_link_send_next(&e->link), rows[i].want);
      ck_assert_int_eq(e->link.want_write, rows[i].want_write);
      ck_assert(e->link.tx.leaving && !imstls_i_queue_is_empty(&e->link.tx));
      e->accepts = 100;
      ck_assert_int_eq(imstls_i_link_send_next(&e->link), IMSTLS_OK);
      ck_assert(!e->link.want_write && e->out_len == 7 && imstls_i_queue_is_empty(&e->link.tx));
      ck_assert_mem_eq(e->out, "MESSAGE", 7);
      free_ends(e);
    }
}
END_TEST

/* A REGISTER that the socket refused, and that is repeated no more, does not count against what comes after it. */
START_TEST(refused_and_dropped)
{
  ends *e = make_ends(false);
  e->link.datagrams = true;
  put(e, OUT_REGISTER, "REGISTER", NULL);
  e->accepts = 0;
  e->refuses = IMSTLS_WANT_WRITE;
  ck_assert_int_eq(imstls_i_link_send_next(&e->link), IMSTLS_WANT_WRITE);
  ck_assert(imstls_i_link_is_refused(&e->link));
  uint64_t until = imstls_i_link_deadline(&e->link);
  ck_assert(until != NEVER);
  imstls_i_queue_drop_register(&e->link.tx);
  e->wire.now = until;
  ck_assert(!imstls_i_link_is_refused(&e->link) && !imstls_i_link_is_stalled(&e->link));
  ck_assert_uint_eq(imstls_i_link_deadline(&e->link), NEVER);
  put(e, OUT_APPLICATION, "MESSAGE", NULL);
  ck_assert(!imstls_i_link_is_refused(&e->link));
  ck_assert_int_eq(imstls_i_link_send_next(&e->link), IMSTLS_WANT_WRITE);
  ck_assert(imstls_i_link_is_refused(&e->link) && !imstls_i_link_is_stalled(&e->link));
  e->wire.now = imstls_i_link_deadline(&e->link);
  ck_assert_uint_gt(e->wire.now, until);
  ck_assert(imstls_i_link_is_stalled(&e->link));
  free_ends(e);
}
END_TEST

/* A socket that is full is no peer that stopped reading; also on a device whose clock begins with it. */
START_TEST(refused_at_once)
{
  ends *e = make_ends(false);
  e->wire.now = 0;
  put(e, OUT_REGISTER, "REGISTER", NULL);
  e->accepts = 0;
  e->refuses = IMSTLS_WANT_WRITE;
  ck_assert_int_eq(imstls_i_link_send_next(&e->link), IMSTLS_WANT_WRITE);
  ck_assert(imstls_i_link_is_refused(&e->link) && !imstls_i_link_is_stalled(&e->link));
  e->wire.now = imstls_i_link_deadline(&e->link) - 1;
  ck_assert(!imstls_i_link_is_stalled(&e->link));
  e->wire.now++;
  ck_assert(imstls_i_link_is_stalled(&e->link));
  free_ends(e);
}
END_TEST

/* In pieces of every size, with a full socket after each. */
START_TEST(send_pieces)
{
  static const char text[] = "MESSAGE sip:a SIP/2.0\r\n\r\n";
  for (size_t piece = 1; piece < sizeof text; piece++) {
    ends *e = make_ends(piece % 2);
    put(e, OUT_APPLICATION, text, NULL);
    e->accepts = piece;
    ck_assert_int_eq(imstls_i_link_send_next(&e->link), IMSTLS_OK);
    ck_assert_uint_eq(e->out_len, sizeof text - 1);
    ck_assert_mem_eq(e->out, text, sizeof text - 1);
    ck_assert(imstls_i_queue_is_empty(&e->link.tx));
    ck_zero(e->link.tx.ptr, e->link.tx.cap);
    free_ends(e);
  }
}
END_TEST

/* One message a call; a REGISTER stays where it may have to be repeated. */
START_TEST(send_register)
{
  for (int datagrams = 0; datagrams < 2; datagrams++) {
    ends *e = make_ends(false);
    e->link.datagrams = datagrams;
    put(e, OUT_REGISTER, "REGISTER", NULL);
    put(e, OUT_ANSWER, "ANSWER", NULL);
    ck_assert_int_eq(imstls_i_link_send_next(&e->link), IMSTLS_OK);
    ck_assert_uint_eq(e->out_len, 8);
    ck_assert_int_eq(imstls_i_link_send_next(&e->link), IMSTLS_OK);
    ck_assert_mem_eq(e->out, "REGISTERANSWER", 14);
    imstls_i_queue_repeat_register(&e->link.tx);
    ck_assert_int_eq(imstls_i_link_send_next(&e->link), IMSTLS_OK);
    ck_assert_uint_eq(e->out_len, datagrams ? 22 : 14);
    ck_assert_int_eq(e->link.tx.len != 0, datagrams);
    free_ends(e);
  }
}
END_TEST

/* To whom the message names, by the port beside; lost is lost, whatever the stream is like. */
START_TEST(send_beside)
{
  imstls_address to = { .family = 4, .ip = { 192, 0, 2, 9 }, .port = 5063 };
  ends *e = make_ends(true);
  e->link.beside = BESIDE;
  for (int i = 0; i < 3; i++)
    put(e, OUT_ANSWER, "ANSWER", &to);
  ck_assert_int_eq(imstls_i_link_send_next(&e->link), IMSTLS_OK);
  ck_assert_mem_eq(e->out, "ANSWER", 6);
  e->accepts = 0;
  e->refuses = IMSTLS_ERR_CONNECTION;
  ck_assert_int_eq(imstls_i_link_send_next(&e->link), IMSTLS_OK);
  ck_assert_int_eq(e->sent_to, 2);
  e->link.beside = NO_SOCKET;
  ck_assert_int_eq(imstls_i_link_send_next(&e->link), IMSTLS_OK);
  ck_assert(e->sent_to == 2 && e->link.tx.len == 0);
  free_ends(e);
}
END_TEST

SUITE_OF(link, closed, opened, passed_beside, accepted, secured, handshake, close_wipes, hand_over, send_results,
         refused_and_dropped, refused_at_once, send_pieces, send_register, send_beside)
