/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that are too long or malformed, once registered: answered where an answer is due, told, and passed over, on
 * the flow and on a connection that the network opened. What follows them is answered. */
#include <stdio.h>

#include "client_help.h"
#include "fake_served.h"
#include "torture.h"

enum { SKIP_MAX = 256 * 1024, SKIP_MS = 30000, PIECE = 4000 };

#define VIA "Via: SIP/2.0/TLS h:5061;branch=z9hG4bKodd\r\n"
#define FROM "From: <sip:n@d>;tag=1\r\n"
#define TO "To: <sip:u@d>\r\n"
#define CALL "Call-ID: odd\r\n"
#define HEAD(method) VIA FROM TO CALL "CSeq: 1 " method "\r\n"
#define LINE "MESSAGE sip:u@h SIP/2.0"
#define OPTIONS                                                                                                        \
  "OPTIONS sip:u@h SIP/2.0\r\nVia: SIP/2.0/TLS h:5061;branch=z9hG4bKgood\r\n" FROM TO CALL "CSeq: 2 OPTIONS\r\n"       \
  "Content-Length: 0\r\n\r\n"

static struct fake_served *s;
static struct caller *caller; /* NULL: the flow is spoken on */
static size_t mark;           /* what was sent there before */
static char text[SKIP_MAX + 8192];
static size_t text_len;

static void setup_odd(void)
{
  setup();
  s = malloc(sizeof *s);
  ck_assert_ptr_nonnull(s);
  served_attach(s, f);
  f->config.serving.port = 5070;
  f->config.serving.rx_len = 16384;
  caller = NULL;
  text_len = 0;
}

static void teardown_odd(void)
{
  teardown();
  served_end(s);
  free(s);
}

static void register_and_call(bool served)
{
  fake_register_whole(f);
  if (!served)
    return;
  caller = served_call(s, "198.51.100.9", 40000);
  fake_run(f);
  ck_assert(caller->accepted && !caller->hung_up);
}

static void say(const char *octets, size_t len)
{
  for (size_t at = 0; at < len; at += PIECE) {
    size_t n = len - at < PIECE ? len - at : PIECE;
    if (caller)
      served_say_octets(caller, octets + at, n);
    else
      fake_say(f, octets + at, n);
    fake_run(f);
  }
}

static const char *sent(void) { return caller ? caller->sent : f->sent; }
static size_t sent_len(void) { return caller ? caller->sent_len : f->sent_len; }

static void note(void)
{
  if (caller)
    caller->sent_len = 0;
  mark = sent_len();
  f->event_count = 0;
}

/* The next response since note(), whole and well formed; its status, 0: none. */
static unsigned next_status(imstls_sip_message *m)
{
  imstls_sip_framer framer = { .size = sizeof framer };
  size_t skip, len;
  if (mark == sent_len())
    return 0;
  ck_assert_int_eq(imstls_sip_frame(&framer, sent() + mark, sent_len() - mark, 8192, &skip, &len), IMSTLS_OK);
  int result = imstls_sip_parse(m, sent() + mark, len);
  if (result) /* CSeq goes back as it came (RFC 4475 3.1.2.4) */
    ck_assert_msg(strstr(sent() + mark, "CSeq: 36893488147419103232 REGISTER\r\n"), "%.*s", (int)len, sent() + mark);
  unsigned status = (unsigned)strtoul(sent() + mark + 8, NULL, 10);
  mark += len;
  return status;
}

static void ck_alive(void)
{
  imstls_sip_message m;
  ck_state(REGISTERED);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), 0);
  ck_assert(!caller || !caller->hung_up);
  mark = sent_len();
  say("\r\n" OPTIONS, strlen("\r\n" OPTIONS));
  ck_assert_uint_eq(next_status(&m), 200);
  ck_text(m.first[IMSTLS_HDR_VIA], "SIP/2.0/TLS h:5061;branch=z9hG4bKgood");
  ck_assert_uint_eq(next_status(&m), 0);
}

/* The link ended, and nothing but it: the registration with the flow alone. */
static void ck_ended(int error)
{
  int type = caller ? IMSTLS_EVENT_SERVED : IMSTLS_EVENT_LOST;
  ck_assert_int_eq(count_events(type), 1);
  ck_assert_str_eq(imstls_error_name(fake_event(f, type)->error), imstls_error_name(error));
  ck_assert_int_eq(imstls_client_registered(f->client), caller != NULL);
  ck_assert(!caller || caller->hung_up);
}

static void ck_told(int error, unsigned status, const char *line)
{
  const imstls_event *event = fake_event(f, IMSTLS_EVENT_DROPPED);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DROPPED), 1);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_RECEIVED), 0); /* as a message it was never shown */
  ck_assert_str_eq(imstls_error_name(event->error), imstls_error_name(error));
  ck_assert_uint_eq(event->sip_status, status);
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_DROPPED), line);
}

/* ---- what is built ---- */

static void put(const char *what)
{
  size_t n = strlen(what);
  ck_assert_uint_le(text_len + n, sizeof text);
  memcpy(text + text_len, what, n);
  text_len += n;
}

static void fill(size_t n)
{
  ck_assert_uint_le(text_len + n, sizeof text);
  memset(text + text_len, 'x', n);
  text_len += n;
}

static void put_body(const char *head, size_t n)
{
  char length[48];
  snprintf(length, sizeof length, "Content-Length: %u\r\n\r\n", (unsigned)n);
  put(head);
  put(length);
  fill(n);
}

static void fields(void)
{
  put(LINE "\r\n" HEAD("MESSAGE"));
  for (int i = 0; i < 125; i++)
    put("X: y\r\n");
  put("\r\n");
}

static void long_line(const char *before, size_t n, const char *after)
{
  put(before);
  put("X: ");
  fill(n - 3);
  put("\r\n");
  put(after);
  put("Content-Length: 4\r\n\r\nbody");
}

static void line_8193(void) { long_line(LINE "\r\n" HEAD("MESSAGE"), 8193, ""); }
static void body_17000(void) { put_body(LINE "\r\n" HEAD("MESSAGE"), 17000); }
static void body_200k(void) { put_body(LINE "\r\n" HEAD("MESSAGE"), 200 * 1024); }
static void front_has_it(void) { long_line(LINE "\r\n" HEAD("MESSAGE"), 20000, ""); }
static void front_lacks_it(void) { long_line(LINE "\r\n", 20000, HEAD("MESSAGE")); }
static void front_lacks_cseq(void) { long_line(LINE "\r\n" VIA FROM TO CALL, 20000, "CSeq: 1 MESSAGE\r\n"); }
static void long_ack(void) { put_body("ACK sip:u@h SIP/2.0\r\n" HEAD("ACK"), 17000); }
static void long_response(void) { put_body("SIP/2.0 200 OK\r\n" HEAD("MESSAGE"), 17000); }
static void long_start(void)
{
  put("MESSAGE sip:");
  fill(17000);
  put(" SIP/2.0\r\n" HEAD("MESSAGE") "\r\n");
}
static void quote(void) { put(LINE "\r\n" VIA FROM "To: \"U <sip:u@d>\r\n" CALL "CSeq: 1 MESSAGE\r\n\r\n"); }
static void no_colon(void) { put_body(LINE "\r\n" HEAD("MESSAGE") "X\r\n", 9); }
static void via_value(void) { put(LINE "\r\nVia: SIP/2.0/TLS h;=\r\n" FROM TO CALL "CSeq: 1 MESSAGE\r\n\r\n"); }
static void second_via(void) { put(LINE "\r\n" VIA "Via: SIP/2.0/TLS i,=\r\n" FROM TO CALL "CSeq: 1 MESSAGE\r\n\r\n"); }
static void from_value(void) { put(LINE "\r\n" VIA "From: <sip:a b>\r\n" TO CALL "CSeq: 1 MESSAGE\r\n\r\n"); }
static void to_value(void) { put(LINE "\r\n" VIA FROM "To: < sip:u@d >\r\n" CALL "CSeq: 1 MESSAGE\r\n\r\n"); }
static void to_two(void) { put(LINE "\r\n" VIA FROM "To: sip:u@d, sip:v@d\r\n" CALL "CSeq: 1 MESSAGE\r\n\r\n"); }
static void to_params(void) { put(LINE "\r\n" VIA FROM "To: sip:u@d;=\r\n" CALL "CSeq: 1 MESSAGE\r\n\r\n"); }
static void ack_via(void) { put("ACK sip:u@h SIP/2.0\r\nVia: ;;\r\n" FROM TO CALL "CSeq: 1 ACK\r\n\r\n"); }
static void version(void) { put("MESSAGE sip:u@h SIP/3.0\r\n" HEAD("MESSAGE") "\r\n"); }
static void method(void) { put("NEW sip:u@h SIP/2.0\r\n" HEAD("MESSAGE") "\r\n"); }
static void bad_ack(void) { put("ACK sip:u@h SIP/2.0\r\n" HEAD("ACK") "X\r\n\r\n"); }
static void bad_response(void) { put("SIP/2.0 2000 OK\r\n" HEAD("MESSAGE") "\r\n"); }
static void no_cseq(void) { put(LINE "\r\n" VIA FROM TO CALL "\r\n"); }
static void no_via(void) { put(LINE "\r\n" FROM TO CALL "CSeq: 1 MESSAGE\r\n\r\n"); }
static void http(void) { put("GET / HTTP/1.1\r\nHost: a\r\n\r\n"); }

enum { LONG = IMSTLS_ERR_RX_TOO_LONG, OVERSIZED = IMSTLS_ERR_SIP_OVERSIZED, MALFORMED = IMSTLS_ERR_SIP_MALFORMED };

static const struct {
  void (*build)(void);
  int error;
  unsigned status;
  const char *line;
} cases[] = {
  { fields, OVERSIZED, 513, LINE },
  { line_8193, OVERSIZED, 513, LINE },
  { body_17000, LONG, 513, LINE },
  { body_200k, LONG, 513, LINE },
  { front_has_it, LONG, 513, LINE },
  { front_lacks_it, LONG, 0, LINE },
  { front_lacks_cseq, LONG, 0, LINE },
  { long_ack, LONG, 0, "ACK sip:u@h SIP/2.0" },
  { long_response, LONG, 0, "SIP/2.0 200 OK" },
  { quote, MALFORMED, 400, LINE },
  { no_colon, MALFORMED, 400, LINE },
  { via_value, MALFORMED, 400, LINE },
  { second_via, MALFORMED, 400, LINE },
  { from_value, MALFORMED, 400, LINE },
  { to_value, MALFORMED, 400, LINE },
  { to_two, MALFORMED, 400, LINE },
  { to_params, MALFORMED, 400, LINE },
  { ack_via, MALFORMED, 0, "ACK sip:u@h SIP/2.0" },
  { version, MALFORMED, 505, "MESSAGE sip:u@h SIP/3.0" },
  { method, MALFORMED, 501, "NEW sip:u@h SIP/2.0" },
  { bad_ack, MALFORMED, 0, "ACK sip:u@h SIP/2.0" },
  { bad_response, MALFORMED, 0, "SIP/2.0 2000 OK" },
  { no_cseq, MALFORMED, 0, LINE },
  { no_via, MALFORMED, 0, LINE },
  { http, MALFORMED, 0, "GET / HTTP/1.1" },
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* Each on both links, at once and octet by octet. */
START_TEST(survives)
{
  imstls_sip_message m;
  int i = _i / 4;
  f->cut = _i & 1;
  f->take_messages = 1;
  register_and_call(_i & 2);
  cases[i].build();
  note();
  say(text, text_len);
  ck_told(cases[i].error, cases[i].status, cases[i].line);
  ck_assert_uint_eq(next_status(&m), cases[i].status);
  ck_assert_uint_eq(next_status(&m), 0);
  if (cases[i].status && cases[i].error != MALFORMED) {
    ck_text(m.first[IMSTLS_HDR_VIA], "SIP/2.0/TLS h:5061;branch=z9hG4bKodd");
    ck_text(m.first[IMSTLS_HDR_CALL_ID], "odd");
  }
  ck_assert_int_eq(f->messages, 0);
  f->take_messages = 0;
  ck_alive();
}
END_TEST

/* As much of the start line as there is, and no more. */
START_TEST(start_line_too_long)
{
  register_and_call(_i);
  long_start();
  note();
  say(text, text_len);
  const imstls_event *event = fake_event(f, IMSTLS_EVENT_DROPPED);
  ck_assert(event && !event->sip_status && event->line.len == 16384);
  ck_alive();
}
END_TEST

/* One after the other: each is passed over by itself. */
START_TEST(many_in_a_row)
{
  imstls_sip_message m;
  register_and_call(_i);
  note();
  for (int round = 0; round < 4; round++) { /* no ping falls into them */
    text_len = 0;
    body_200k();
    say(text, text_len);
    ck_assert_uint_eq(next_status(&m), 513);
    f->now_ms += 20000; /* the time of one is not that of the next */
    text_len = 0;
    quote();
    say(text, text_len);
    ck_assert_uint_eq(next_status(&m), 400);
  }
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DROPPED), 8);
  ck_alive();
}
END_TEST

/* ---- what cannot be framed ends the link ---- */

static const char *const unframed[] = { "Content-Length: 4\r\nContent-Length: 5\r\n", "Content-Length: -4\r\n",
                                        "l: 4 5\r\n", "Content-Length: many\r\n", "Content-Length:\r\n" };
enum { UNFRAMED = sizeof unframed / sizeof unframed[0] };

START_TEST(unframed_ends)
{
  register_and_call(_i & 1);
  if (_i & 2)
    long_line(LINE "\r\n" HEAD("MESSAGE"), 20000, unframed[_i / 4]);
  else {
    put(LINE "\r\n" HEAD("MESSAGE"));
    put(unframed[_i / 4]);
    put("\r\n");
  }
  note();
  say(text, text_len);
  ck_ended(MALFORMED);
}
END_TEST

/* ---- limits ---- */

/* 256 KiB of one message are passed over, head and all. */
START_TEST(longest)
{
  register_and_call(_i);
  put_body(LINE "\r\n" HEAD("MESSAGE"), 100000);
  size_t head = text_len - 100000;
  text_len = 0;
  put_body(LINE "\r\n" HEAD("MESSAGE"), SKIP_MAX - head);
  ck_assert_uint_eq(text_len, SKIP_MAX);
  note();
  say(text, text_len);
  ck_told(LONG, 513, LINE);
  ck_alive();
}
END_TEST

/* One octet more, and that it comes is known from the head: nobody waits for it. */
START_TEST(longer)
{
  register_and_call(_i);
  put_body(LINE "\r\n" HEAD("MESSAGE"), 100000);
  size_t head = text_len - 100000;
  text_len = 0;
  put_body(LINE "\r\n" HEAD("MESSAGE"), SKIP_MAX - head + 1);
  note();
  say(text, 2000);
  ck_ended(LONG);
}
END_TEST

/* A head without end. */
START_TEST(endless)
{
  register_and_call(_i);
  put(LINE "\r\n" HEAD("MESSAGE") "X: ");
  fill(SKIP_MAX - text_len);
  note();
  say(text, SKIP_MAX);
  ck_told(LONG, 513, LINE);
  ck_state(REGISTERED);
  ck_assert(!caller || !caller->hung_up);
  say("x", 1);
  ck_ended(LONG);
}
END_TEST

/* 30 s for the whole of it, whatever comes meanwhile. */
START_TEST(slow)
{
  register_and_call(_i);
  body_17000();
  note();
  say(text, 16000); /* that it is too long is known from the head */
  ck_told(LONG, 513, LINE);
  for (int i = 0; i < 29; i++) {
    ck_assert_int_le((int)imstls_client_timeout_ms(f->client), SKIP_MS - i * 1000);
    fake_pass(f, 1000);
    say("x", 1);
  }
  fake_pass(f, 999);
  ck_state(REGISTERED);
  ck_assert(!caller || !caller->hung_up);
  fake_pass(f, 1);
  ck_ended(LONG);
}
END_TEST

/* A peer that sends such a message and reads nothing has no longer. */
START_TEST(slow_and_deaf)
{
  register_and_call(true);
  body_17000();
  note();
  caller->blocked = true;
  say(text, PIECE);
  fake_pass(f, SKIP_MS - 1);
  ck_assert(!caller->hung_up);
  fake_pass(f, 1);
  ck_ended(LONG);
}
END_TEST

/* A link that ends takes with it what was being passed over there. */
START_TEST(next_link)
{
  register_and_call(true);
  body_17000();
  say(text, PIECE);
  caller->closed = true;
  fake_run(f);
  ck_assert(caller->hung_up);
  caller = served_call(s, "198.51.100.9", 40001);
  fake_run(f);
  note();
  ck_alive();
  fake_pass(f, SKIP_MS);
  ck_alive();
}
END_TEST

START_TEST(next_flow)
{
  register_and_call(false);
  f->now_ms += 100000;
  body_17000();
  say(text, PIECE);
  f->sent_seen = f->sent_len;
  f->closed = true;
  fake_run(f);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), 1);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  note();
  ck_alive();
  fake_pass(f, SKIP_MS);
  ck_alive();
}
END_TEST

/* ---- before trust nothing is passed over ---- */

START_TEST(before_trust)
{
  static void (*const builds[])(void) = { fields, line_8193, body_17000, front_has_it, quote, http };
  static const int errors[] = { OVERSIZED, OVERSIZED, LONG, LONG, MALFORMED, MALFORMED };
  fake_start(f);
  (void)fake_register(f);
  if (_i & 1)
    (void)challenge(); /* SM7 is out; the 200 is not there yet */
  builds[_i / 2]();
  note();
  say(text, text_len < 17000 ? text_len : 17000);
  ck_state(WAITING);
  ck_assert_str_eq(imstls_error_name(imstls_client_error(f->client)), imstls_error_name(errors[_i / 2]));
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DROPPED), 0);
  ck_assert_uint_eq(sent_len(), mark);
}
END_TEST

/* Trust belongs to the flow: one that has none is answered nothing, whatever else is registered. */
START_TEST(without_trust)
{
  register_and_call(false);
  f->client->flow->trust = IMSTLS_TRUST_BY_NONE;
  quote();
  note();
  say(text, text_len);
  ck_state(REGISTERED);
  text_len = 0;
  body_17000();
  say(text, PIECE);
  ck_ended(LONG);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DROPPED), 1);
  ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_DROPPED)->sip_status, 0);
  ck_assert(!fake_sent_text(f, "SIP/2.0 400") && !fake_sent_text(f, "SIP/2.0 513"));
}
END_TEST

/* ---- RFC 4475 ---- */

START_TEST(torture)
{
  static char buf[8192];
  const struct torture_message *t = &torture_messages[_i];
  imstls_sip_message m;
  register_and_call(false);
  size_t len = torture_read(t->name, buf);
  note();
  say(buf, len);
  if (t->frame == IMSTLS_PENDING) { /* the rest of a body, or the empty line */
    ck_assert_uint_eq(next_status(&m), 0);
    put("\r\n");
    fill(strcmp(t->name, "clerr") ? 0 : 9999 - (len - 344) - 2);
    say(text, text_len);
  }
  if (t->status == ENDS) {
    ck_ended(MALFORMED);
    return;
  }
  ck_assert_msg((int)next_status(&m) == t->status, "%s: not %d", t->name, t->status);
  ck_alive();
}
END_TEST

Suite *client_odd_suite(void);
Suite *client_odd_suite(void)
{
  const int links = fake_handles() ? 1 : 2; /* no connection is served without octets of CK and IK */
  Suite *suite = suite_create("client_odd");
  TCase *tcase = tcase_create("client");
  tcase_add_checked_fixture(tcase, setup_odd, teardown_odd);
  tcase_set_timeout(tcase, 60);
  if (links == 2)
    tcase_add_loop_test(tcase, survives, 0, CASES * 4);
  tcase_add_loop_test(tcase, start_line_too_long, 0, links);
  tcase_add_loop_test(tcase, many_in_a_row, 0, links);
  if (links == 2)
    tcase_add_loop_test(tcase, unframed_ends, 0, UNFRAMED * 4);
  tcase_add_loop_test(tcase, longest, 0, links);
  tcase_add_loop_test(tcase, longer, 0, links);
  tcase_add_loop_test(tcase, endless, 0, links);
  tcase_add_loop_test(tcase, slow, 0, links);
  if (links == 2) {
    tcase_add_test(tcase, slow_and_deaf);
    tcase_add_test(tcase, next_link);
  }
  tcase_add_test(tcase, next_flow);
  tcase_add_loop_test(tcase, before_trust, 0, 12);
  tcase_add_test(tcase, without_trust);
  tcase_add_loop_test(tcase, torture, 0, TORTURE_COUNT);
  suite_add_tcase(suite, tcase);
  return suite;
}
