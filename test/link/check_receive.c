/* SPDX-License-Identifier: Apache-2.0 */
/* From octets to messages, however they come. */
#include <stdio.h>

#include "link_help.h"

#define HEADERS "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1\r\nCSeq: 1 OPTIONS\r\n"
#define ONE "OPTIONS sip:a SIP/2.0\r\n" HEADERS "\r\n"
#define TWO "SIP/2.0 200 OK\r\n" HEADERS "Content-Length: 5\r\n\r\nv=0\r\n"
#define THREE "ACK sip:b SIP/2.0\r\nl: 0\r\n\r\n"

/* The next message, over as many steps as it takes. */
static int next(ends *e, imstls_text *message)
{
  int result = IMSTLS_PENDING;
  for (int i = 0; result == IMSTLS_PENDING && i < 20000; i++) {
    result = imstls_i_link_receive(&e->link, message);
    new_step(e);
  }
  return result;
}

static void ck_message(ends *e, const char *want)
{
  imstls_text message = { 0 };
  ck_assert_int_eq(next(e, &message), IMSTLS_OK);
  ck_assert_msg(is(message, want), "%.*s", (int)message.len, message.ptr);
}

static void ck_result(ends *e, int want)
{
  imstls_text message = { 0 };
  ck_assert_str_eq(imstls_error_name(next(e, &message)), imstls_error_name(want));
}

/* Pieces of every size, and every size of the first piece before the rest; in clear and in TLS. */
START_TEST(pieces)
{
  static const char text[] = ONE "\r\n\r\n" TWO THREE;
  for (size_t piece = 1; piece <= sizeof text; piece++)
    for (int tls = 0; tls < 2; tls++) {
      ends *e = make_ends(tls);
      bring_text(e, text);
      e->piece = piece;
      ck_message(e, ONE);
      ck_message(e, TWO);
      ck_assert(imstls_i_link_heard_crlf(&e->link));
      ck_message(e, THREE);
      ck_result(e, IMSTLS_WANT_READ);
      ck_assert(!imstls_i_link_heard_crlf(&e->link));
      ck_assert_uint_eq(e->link.rx.len, 0);
      free_ends(e);
    }
}
END_TEST

START_TEST(cuts)
{
  static const char text[] = ONE "\r\n" TWO;
  imstls_text message;
  for (size_t cut = 0; cut < sizeof text; cut++) {
    ends *e = make_ends(false);
    e->in = text;
    e->in_len = cut;
    int got = 0;
    while (imstls_i_link_receive(&e->link, &message) == IMSTLS_OK)
      ck_assert(is(message, got++ ? TWO : ONE));
    ck_assert_int_eq(got, (cut >= sizeof ONE - 1) + (cut >= sizeof text - 1));
    e->in_len = sizeof text - 1 - cut;
    while (imstls_i_link_receive(&e->link, &message) == IMSTLS_OK)
      ck_assert(is(message, got++ ? TWO : ONE));
    ck_assert_int_eq(got, 2);
    free_ends(e);
  }
}
END_TEST

/* What one read of UDP brings is one message, whatever it holds. */
START_TEST(datagrams)
{
  static const char *const each[] = { ONE, ONE TWO, "\r\n\r\n", "x", "Content-Length: 7" };
  ends *e = make_ends(false);
  e->link.datagrams = e->whole = true;
  for (size_t i = 0; i < COUNT(each); i++) {
    bring_text(e, each[i]);
    ck_message(e, each[i]);
  }
  ck_result(e, IMSTLS_WANT_READ);
  ck_assert_uint_eq(e->asked, RX_CAP);
  free_ends(e);
}
END_TEST

/* One without octets ends nothing; one step reads no more of them than of others. */
START_TEST(empty_datagrams)
{
  imstls_text message = { 0 };
  ends *e = make_ends(false);
  e->link.datagrams = e->whole = true;
  e->then = 0;
  ck_assert_int_eq(imstls_i_link_receive(&e->link, &message), IMSTLS_PENDING);
  ck_assert_int_eq(e->reads, (int)imstls_i_budget_of_a_step().reads);
  ck_assert(e->link.more);
  new_step(e);
  bring_text(e, ONE);
  ck_message(e, ONE);
  free_ends(e);
}
END_TEST

/* It is read whole, although the step may take but few octets more. */
START_TEST(datagram_and_budget)
{
  imstls_text message = { 0 };
  ends *e = make_ends(false);
  e->link.datagrams = e->whole = true;
  e->wire.budget.octets = 1;
  bring_text(e, ONE);
  ck_assert_int_eq(imstls_i_link_receive(&e->link, &message), IMSTLS_OK);
  ck_assert(is(message, ONE));
  ck_assert_uint_eq(e->wire.budget.octets, 0);
  ck_assert_int_eq(imstls_i_link_receive(&e->link, &message), IMSTLS_PENDING);
  free_ends(e);
}
END_TEST

/* What was dealt with leaves nothing in the buffer. */
START_TEST(taken)
{
  imstls_text message = { 0 };
  ends *e = make_ends(true);
  bring_text(e, ONE);
  ck_message(e, ONE);
  imstls_i_link_taken(&e->link);
  for (size_t i = 0; i < RX_CAP; i++)
    ck_assert(!e->link.rx.ptr[i]);
  imstls_i_link_taken(&e->link);
  bring_text(e, TWO THREE);
  ck_assert_int_eq(imstls_i_link_receive(&e->link, &message), IMSTLS_OK);
  imstls_i_link_taken(&e->link);
  ck_assert_uint_eq(e->link.rx.len, sizeof THREE - 1);
  for (size_t i = e->link.rx.len; i < RX_CAP; i++)
    ck_assert(!e->link.rx.ptr[i]);
  free_ends(e);
}
END_TEST

START_TEST(ends_of_links)
{
  static const struct {
    int read, want;
    bool more;
  } rows[] = {
    { IMSTLS_WANT_READ, IMSTLS_WANT_READ, false },
    { IMSTLS_WANT_WRITE, IMSTLS_WANT_READ, false },
    { IMSTLS_PENDING, IMSTLS_PENDING, true },
    { IMSTLS_CLOSED, IMSTLS_ERR_CONNECTION, true },
    { 0, IMSTLS_ERR_CONNECTION, true },
    { IMSTLS_ERR_CONNECTION, IMSTLS_ERR_CONNECTION, true },
    { IMSTLS_ERR_TLS, IMSTLS_ERR_TLS, true },
    { IMSTLS_ERR_TLS_ALERT, IMSTLS_ERR_TLS_ALERT, true },
  };
  imstls_text message = { 0 };
  for (size_t i = 0; i < COUNT(rows); i++) {
    ends *e = make_ends(true);
    e->then = rows[i].read;
    bool waits = rows[i].want == IMSTLS_WANT_READ || rows[i].want == IMSTLS_PENDING;
    ck_assert_int_eq(imstls_i_link_receive(&e->link, &message), rows[i].want);
    if (waits)
      ck_assert_int_eq(e->link.more, rows[i].more);
    ck_assert_int_eq(e->reads, 1);
    free_ends(e);
  }
}
END_TEST

/* Each part of the budget ends the step, and what is left comes in the next one. */
START_TEST(budget_used_up)
{
  for (int part = 0; part < 3; part++) {
    imstls_text message = { 0 };
    ends *e = make_ends(false);
    bring_text(e, ONE TWO);
    if (part == 0)
      e->wire.budget.messages = 0;
    if (part == 1)
      e->wire.budget.reads = 0;
    if (part == 2)
      e->wire.budget.octets = 0;
    ck_assert_int_eq(imstls_i_link_receive(&e->link, &message), IMSTLS_PENDING);
    ck_assert(e->link.more);
    ck_assert_int_eq(e->reads, 0);
    new_step(e);
    e->wire.budget.messages = 1;
    ck_assert_int_eq(imstls_i_link_receive(&e->link, &message), IMSTLS_OK);
    ck_assert(e->link.more);
    ck_assert_int_eq(imstls_i_link_receive(&e->link, &message), IMSTLS_PENDING);
    new_step(e);
    ck_message(e, TWO);
    ck_result(e, IMSTLS_WANT_READ);
    ck_assert(!e->link.more);
    free_ends(e);
  }
}
END_TEST

/* Of a stream no more octets than the step may take; TLS that used up its share is not asked again in it. */
START_TEST(shares)
{
  imstls_text message = { 0 };
  ends *e = make_ends(true);
  bring_text(e, ONE);
  e->wire.budget.octets = 10;
  ck_assert_int_eq(imstls_i_link_receive(&e->link, &message), IMSTLS_PENDING);
  ck_assert_uint_eq(e->asked, 10);
  ck_assert_uint_eq(e->link.rx.len, 10);
  new_step(e);
  e->in_len = 0;
  e->then = IMSTLS_PENDING;
  ck_assert_int_eq(imstls_i_link_receive(&e->link, &message), IMSTLS_PENDING);
  int reads = e->reads;
  ck_assert_int_eq(imstls_i_link_receive(&e->link, &message), IMSTLS_PENDING);
  ck_assert_int_eq(e->reads, reads);
  free_ends(e);
}
END_TEST

START_TEST(crlf)
{
  static const struct {
    const char *text;
    bool heard;
  } rows[] = { { "\r\n", true }, { "\r\n\r\n", true }, { "\n", true }, { "O", false }, { "", false } };
  for (size_t i = 0; i < COUNT(rows); i++) {
    ends *e = make_ends(false);
    bring_text(e, rows[i].text);
    ck_result(e, IMSTLS_WANT_READ);
    ck_assert_int_eq(imstls_i_link_heard_crlf(&e->link), rows[i].heard);
    ck_assert(!imstls_i_link_heard_crlf(&e->link));
    ck_assert_uint_eq(e->link.rx.len, rows[i].heard ? 0 : strlen(rows[i].text));
    free_ends(e);
  }
}
END_TEST

/* The UDP port beside is read into the same buffer while that is empty. */
START_TEST(beside)
{
  imstls_text message = { 0 };
  ends *e = make_ends(true);
  e->beside = "datagram";
  ck_assert_int_eq(imstls_i_link_receive_beside(&e->link, &message), IMSTLS_WANT_READ); /* there is no such port */
  e->link.beside = BESIDE;
  bring_text(e, "OPT");
  ck_result(e, IMSTLS_WANT_READ);
  ck_assert_int_eq(imstls_i_link_receive_beside(&e->link, &message), IMSTLS_WANT_READ);
  ck_assert_ptr_nonnull(e->beside);
  bring_text(e, &ONE[3]);
  ck_message(e, ONE);
  imstls_i_link_taken(&e->link);
  ck_assert_int_eq(imstls_i_link_receive_beside(&e->link, &message), IMSTLS_OK);
  ck_assert(is(message, "datagram"));
  ck_assert(e->link.from_beside && e->link.from.port == 5063);
  ck_assert_uint_eq(e->wire.budget.messages, imstls_i_budget_of_a_step().messages - 1);
  imstls_i_link_taken(&e->link);
  ck_assert(!e->link.from_beside);
  ck_assert_uint_eq(e->link.rx.len, 0);
  free_ends(e);
}
END_TEST

START_TEST(nothing_beside)
{
  static const struct {
    int read, want;
  } rows[] = { { IMSTLS_WANT_READ, IMSTLS_WANT_READ },
               { IMSTLS_ERR_CONNECTION, IMSTLS_ERR_CONNECTION },
               { IMSTLS_CLOSED, IMSTLS_ERR_CONNECTION },
               { 0, IMSTLS_WANT_READ } }; /* a datagram without octets */
  imstls_text message = { 0 };
  ends *e = make_ends(true);
  e->link.beside = BESIDE;
  for (size_t i = 0; i < COUNT(rows); i++) {
    e->beside_then = rows[i].read;
    ck_assert_int_eq(imstls_i_link_receive_beside(&e->link, &message), rows[i].want);
  }
  ck_assert_uint_eq(e->wire.budget.reads, imstls_i_budget_of_a_step().reads - COUNT(rows));
  for (int part = 0; part < 3; part++) {
    new_step(e);
    *(part == 0 ? &e->wire.budget.messages : part == 1 ? &e->wire.budget.reads : &e->wire.budget.octets) = 0;
    e->beside = "datagram";
    ck_assert_int_eq(imstls_i_link_receive_beside(&e->link, &message), IMSTLS_WANT_READ);
    ck_assert_ptr_nonnull(e->beside);
  }
  free_ends(e);
}
END_TEST

static char *long_message(size_t body)
{
  char *text = malloc(body + 500);
  ck_assert_ptr_nonnull(text);
  int n = sprintf(text, "MESSAGE sip:a SIP/2.0\r\nContent-Length: %zu\r\n\r\n", body);
  memset(text + n, 'b', body);
  memcpy(text + n + (int)body, THREE, sizeof THREE);
  return text;
}

static int skip_all(ends *e)
{
  imstls_text message = { 0 };
  int result = next(e, &message);
  if (result != IMSTLS_ERR_SIP_OVERSIZED)
    return result;
  ck_assert(message.ptr == e->link.rx.ptr && message.len == e->link.rx.len);
  ck_assert(!memcmp(message.ptr, "MESSAGE", 7));
  return imstls_i_link_skip(&e->link);
}

/* One that does not fit is passed over, and the one behind it is whole. */
START_TEST(oversized)
{
  for (size_t piece = 1; piece < 700; piece += piece < 300 ? 1 : 40) {
    char *text = long_message(600);
    ends *e = make_ends(piece % 2);
    bring_text(e, text);
    e->piece = piece;
    ck_assert_int_eq(skip_all(e), IMSTLS_OK);
    ck_assert_uint_eq(imstls_i_link_deadline(&e->link), e->wire.now + 30000);
    ck_message(e, THREE);
    ck_assert_uint_eq(imstls_i_link_deadline(&e->link), NEVER);
    ck_assert(!imstls_i_link_is_overdue(&e->link));
    free_ends(e);
    free(text);
  }
}
END_TEST

/* 30 s, and no more. */
START_TEST(overdue)
{
  for (uint64_t late = 0; late < 2; late++) {
    char *text = long_message(600);
    ends *e = make_ends(false);
    bring_text(e, text);
    e->in_len = 300;
    ck_assert_int_eq(skip_all(e), IMSTLS_OK);
    e->wire.now += 29999 + late;
    ck_assert_int_eq(imstls_i_link_is_overdue(&e->link), late == 1);
    e->in_len = strlen(e->in);
    if (late)
      ck_result(e, IMSTLS_ERR_RX_TOO_LONG);
    else
      ck_message(e, THREE);
    free_ends(e);
    free(text);
  }
}
END_TEST

/* More than 256 KiB: known from Content-Length, or counted. */
START_TEST(far_too_long)
{
  static const struct {
    size_t body;
    int want;
  } rows[] = { { 262000, IMSTLS_OK }, { 262144, IMSTLS_ERR_RX_TOO_LONG }, { 5000000, IMSTLS_ERR_RX_TOO_LONG } };
  for (size_t i = 0; i < COUNT(rows); i++) {
    char *text = long_message(rows[i].body);
    ends *e = make_ends(false);
    bring_text(e, text);
    ck_assert_int_eq(skip_all(e), rows[i].want);
    if (rows[i].want == IMSTLS_OK)
      ck_message(e, THREE);
    else
      ck_assert_int_lt(e->reads, 4);
    free_ends(e);
    free(text);
  }
  char *endless = long_message(300000);
  memset(endless + 23, 'h', 300000); /* a header that never ends */
  ends *e = make_ends(false);
  bring_text(e, endless);
  ck_assert_int_eq(skip_all(e), IMSTLS_OK);
  ck_result(e, IMSTLS_ERR_RX_TOO_LONG);
  ck_assert_uint_gt(e->in_len, 300000 - 262144 - 2 * RX_CAP);
  free_ends(e);
  free(endless);
}
END_TEST

/* Nobody can tell where the next one begins: before it is passed over, and meanwhile. */
START_TEST(malformed)
{
  ends *e = make_ends(false);
  bring_text(e, "A b SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\nab");
  ck_result(e, IMSTLS_ERR_SIP_MALFORMED);
  free_ends(e);
  e = make_ends(false);
  char *text = long_message(600);
  memset(text + 23, 'h', 400);
  memcpy(text + 423, "\r\nl: 1\r\nl: 2\r\n\r\n", 17);
  bring_text(e, text);
  ck_assert_int_eq(skip_all(e), IMSTLS_OK);
  ck_result(e, IMSTLS_ERR_SIP_MALFORMED);
  free_ends(e);
  free(text);
}
END_TEST

SUITE_OF(receive, pieces, cuts, datagrams, empty_datagrams, datagram_and_budget, taken, ends_of_links, budget_used_up,
         shares, crlf, beside, nothing_beside, oversized, overdue, far_too_long, malformed)
