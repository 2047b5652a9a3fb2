/* SPDX-License-Identifier: Apache-2.0 */
/* Which response is ours, and when a REGISTER is repeated or given up (RFC 3261 17.1.2, 17.1.3, 18.1.2). */
#include "registration/transaction.h"

#include "registration_help.h"

static imstls_i_transaction ours(void)
{
  return (imstls_i_transaction){
    .call_id = "call1", .from_tag = "tag1tag1tag1tag1", .branch = "z9hG4bKbranch", .cseq = 7, .open = true
  };
}

#define VIA "SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bKbranch"
#define FROM "<sip:a@example.org>;tag=tag1tag1tag1tag1"

/* The right response, and each part of it alone another one. */
static const struct {
  enum match matches;
  const char *line, *via, *from, *call_id, *cseq;
} rows[] = {
  { MATCHES, "SIP/2.0 200 OK", VIA, FROM, "call1", "7 REGISTER" },
  { MATCHES, "SIP/2.0 100 Trying", VIA, FROM, "call1", "7 REGISTER" },
  { MATCHES, "SIP/2.0 401 No", VIA, FROM, "call1", "7 REGISTER" },
  { MATCHES, "SIP/2.0 699 No", VIA, FROM, "call1", "7 REGISTER" },
  { MATCHES, "SIP/2.0 200 OK", "SIP/2.0/TLS h;received=192.0.2.1;branch=z9hG4bKbranch;rport=5", FROM, "call1",
    "7 REGISTER" },
  { MATCHES, "SIP/2.0 200 OK", VIA, "\"A\" <sip:b@example.org;tag=x>;x=y;tag=tag1tag1tag1tag1", "call1",
    "07 REGISTER" },
  { MATCHES, "SIP/2.0 200 OK", VIA, "sip:a@example.org;tag=tag1tag1tag1tag1", "call1", "7  REGISTER" },
  { OTHER_VIA, "SIP/2.0 200 OK", "SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bKbranck", FROM, "call1", "7 REGISTER" },
  { OTHER_VIA, "SIP/2.0 200 OK", "SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bKbranc", FROM, "call1", "7 REGISTER" },
  { OTHER_VIA, "SIP/2.0 200 OK", "SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bKbranchx", FROM, "call1", "7 REGISTER" },
  { OTHER_VIA, "SIP/2.0 200 OK", "SIP/2.0/TLS 192.0.2.1:5061;branch=branch", FROM, "call1", "7 REGISTER" },
  { OTHER_VIA, "SIP/2.0 200 OK", "SIP/2.0/TLS 192.0.2.1:5061", FROM, "call1", "7 REGISTER" },
  { OTHER_VIA, "SIP/2.0 200 OK", VIA "\r\nVia: " VIA, FROM, "call1", "7 REGISTER" },
  { OTHER_VIA, "SIP/2.0 200 OK", VIA ", " VIA, FROM, "call1", "7 REGISTER" },
  { OTHER_TAG, "SIP/2.0 200 OK", VIA, "<sip:a@example.org>;tag=tag2", "call1", "7 REGISTER" },
  { OTHER_TAG, "SIP/2.0 200 OK", VIA, "<sip:a@example.org>;tag=tag1tag1tag1tag2", "call1", "7 REGISTER" },
  { OTHER_TAG, "SIP/2.0 200 OK", VIA, "<sip:a@example.org>;tag=x;tug=tag1tag1tag1tag1", "call1", "7 REGISTER" },
  { OTHER_TAG, "SIP/2.0 200 OK", VIA, "<sip:a@example.org>;tag=tag", "call1", "7 REGISTER" },
  { OTHER_TAG, "SIP/2.0 200 OK", VIA, "<sip:a@example.org>", "call1", "7 REGISTER" },
  { OTHER_TAG, "SIP/2.0 200 OK", VIA, "<sip:a@example.org;tag=tag1tag1tag1tag1>", "call1", "7 REGISTER" },
  { OTHER_TAG, "SIP/2.0 200 OK", VIA, "\";tag=tag1tag1tag1tag1\" <sip:a@example.org>;tag=other", "call1",
    "7 REGISTER" },
  { OTHER_CALL_ID, "SIP/2.0 200 OK", VIA, FROM, "call2", "7 REGISTER" },
  { OTHER_CALL_ID, "SIP/2.0 200 OK", VIA, FROM, "Call1", "7 REGISTER" }, /* RFC 3261 20.8: octet for octet */
  { OTHER_CALL_ID, "SIP/2.0 200 OK", VIA, FROM, "call", "7 REGISTER" },
  { OTHER_CALL_ID, "SIP/2.0 200 OK", VIA, FROM, "call11", "7 REGISTER" },
  { OTHER_CSEQ, "SIP/2.0 200 OK", VIA, FROM, "call1", "6 REGISTER" },
  { OTHER_CSEQ, "SIP/2.0 200 OK", VIA, FROM, "call1", "8 REGISTER" },
  { OTHER_MESSAGE, "SIP/2.0 200 OK", VIA, FROM, "call1", "7 OPTIONS" },
  { OTHER_MESSAGE, "SIP/2.0 200 OK", VIA, FROM, "call1", "7 register" }, /* RFC 3261 7.1: methods are case-sensitive */
  { OTHER_MESSAGE, "REGISTER sip:example.org SIP/2.0", VIA, FROM, "call1", "7 REGISTER" },
};

START_TEST(matches)
{
  char text[1024];
  imstls_i_transaction t = ours();
  for (size_t i = 0; i < COUNT(rows); i++) {
    (void)snprintf(text, sizeof text, "%s\r\nVia: %s\r\nFrom: %s\r\nTo: <sip:b>\r\nCall-ID: %s\r\nCSeq: %s\r\n\r\n",
                   rows[i].line, rows[i].via, rows[i].from, rows[i].call_id, rows[i].cseq);
    imstls_sip_message m = parsed(text);
    t.open = true;
    ck_assert_msg(imstls_i_transaction_matches(&t, &m) == rows[i].matches, "row %zu", i);
    t.open = false;
    enum match then = rows[i].matches == MATCHES ? NOT_AWAITED : rows[i].matches;
    ck_assert_msg(imstls_i_transaction_matches(&t, &m) == then, "row %zu: nothing is waited for", i);
    bool ours = rows[i].matches != OTHER_MESSAGE; /* each differs in one thing, so the branch or the Call-ID is ours */
    ck_assert_msg(imstls_i_transaction_is_ours(&t, &m) == ours, "row %zu: whose is it", i);
  }
}
END_TEST

/* Another's REGISTER, with an application's own Call-ID and branch. */
START_TEST(not_ours)
{
  imstls_i_transaction t = ours();
  imstls_sip_message m =
      parsed("SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS h;branch=z9hG4bKother\r\nFrom: <sip:a>;tag=tag1tag1tag1tag1\r\n"
             "To: <sip:a>\r\nCall-ID: call2\r\nCSeq: 7 REGISTER\r\n\r\n");
  ck_assert(!imstls_i_transaction_is_ours(&t, &m));
  imstls_i_transaction_clear(&t);
  ck_assert(!imstls_i_transaction_is_ours(&t, &m));
}
END_TEST

START_TEST(over)
{
  imstls_i_transaction t = ours();
  imstls_sip_message m = response(200, "");
  ck_assert_int_eq(imstls_i_transaction_matches(&t, &m), MATCHES);
  t.timer_e = t.timer_f = 5;
  imstls_i_transaction_end(&t);
  ck_assert_int_eq(imstls_i_transaction_matches(&t, &m), NOT_AWAITED);
  ck_assert(t.timer_e == NEVER && t.timer_f == NEVER);
  ck_assert_uint_eq(t.cseq, 7);
  imstls_i_transaction_clear(&t);
  ck_assert(t.timer_e == NEVER && t.timer_f == NEVER && !t.cseq && !t.call_id[0] && !t.from_tag[0] && !t.branch[0]);
}
END_TEST

/* TS 24.229 table 7.7.1 */
static const imstls_config_timers usual = { .t1_ms = 2000, .t2_ms = 16000, .timer_f_ms = 128000 };

/* RFC 3261 17.1.2.2: doubled each time, up to T2. */
START_TEST(timer_e)
{
  static const uint64_t at[] = { 2000, 6000, 14000, 30000, 46000, 62000 };
  imstls_i_transaction_timers how = { .now = 1000 };
  imstls_i_transaction t = ours();
  imstls_i_transaction_start(&t, &usual, &how);
  for (size_t i = 0; i < COUNT(at); i++) {
    ck_assert_uint_eq(t.timer_e, 1000 + at[i]);
    ck_assert(!imstls_i_transaction_repeats(&t, &usual, 1000 + at[i] - 1));
    ck_assert(imstls_i_transaction_repeats(&t, &usual, 1000 + at[i]));
  }
  imstls_i_transaction_start(&t, &usual, &how); /* the next REGISTER begins anew */
  ck_assert_uint_eq(t.timer_e, 3000);
  ck_assert(imstls_i_transaction_repeats(&t, &usual, 3000));
  ck_assert_uint_eq(t.timer_e, 7000);
  imstls_i_transaction_start(&t, &usual, &how);
  imstls_i_transaction_heard(&t, &usual); /* RFC 3261 17.1.2.2: in Proceeding, T2 */
  ck_assert(imstls_i_transaction_repeats(&t, &usual, 3000));
  ck_assert_uint_eq(t.timer_e, 19000);
  how.reliable = true;
  imstls_i_transaction_start(&t, &usual, &how);
  ck_assert(!imstls_i_transaction_repeats(&t, &usual, NEVER - 1));
}
END_TEST

START_TEST(timer_f)
{
  static const struct {
    uint32_t f_ms;
    bool brief;
    uint64_t want;
  } times[] = { { 128000, false, 128000 }, { 128000, true, 10000 }, { 4000, true, 4000 }, { 4000, false, 4000 } };
  for (size_t i = 0; i < COUNT(times); i++)
    for (int reliable = 0; reliable < 2; reliable++) {
      imstls_config_timers cfg = { .t1_ms = 500, .t2_ms = 4000, .timer_f_ms = times[i].f_ms };
      imstls_i_transaction_timers how = { .now = 1000, .reliable = reliable, .brief = times[i].brief };
      imstls_i_transaction t = { 0 };
      imstls_i_transaction_clear(&t);
      ck_assert(!imstls_i_transaction_failed(&t, NEVER - 1));
      imstls_i_transaction_start(&t, &cfg, &how);
      ck_assert(t.open);
      ck_assert(!imstls_i_transaction_failed(&t, 1000 + times[i].want - 1));
      ck_assert(imstls_i_transaction_failed(&t, 1000 + times[i].want));
      ck_assert(!imstls_i_transaction_failed(&t, 1000 + times[i].want + 1)); /* it is told once */
    }
}
END_TEST

static void ck_hex(const char *text, size_t digits)
{
  ck_assert_uint_eq(strlen(text), digits);
  ck_assert_uint_eq(strspn(text, "0123456789abcdef"), digits);
}

/* RFC 3261 8.1.1.7: the cookie, and another branch each time; 10.2: Call-ID stays, CSeq grows by one. */
START_TEST(names)
{
  dice d = { 0 };
  imstls_config_ports ports = ports_of(&d);
  imstls_i_transaction t = ours(), before;
  ck_assert_int_eq(imstls_i_transaction_renew(&t, &ports), IMSTLS_OK);
  ck_hex(t.call_id, 32);
  ck_hex(t.from_tag, 16);
  ck_assert(t.cseq == 0 && !t.open);
  for (uint32_t n = 1; n < 5; n++) {
    before = t;
    ck_assert_int_eq(imstls_i_transaction_begin(&t, &ports, REGISTER_REFRESH), IMSTLS_OK);
    ck_assert_mem_eq(t.branch, "z9hG4bK", 7);
    ck_hex(t.branch + 7, 24);
    ck_assert_str_ne(t.branch, before.branch);
    ck_assert_str_eq(t.call_id, before.call_id);
    ck_assert_str_eq(t.from_tag, before.from_tag);
    ck_assert_uint_eq(t.cseq, n);
    ck_assert_int_eq(t.kind, REGISTER_REFRESH);
  }
  before = t;
  ck_assert_int_eq(imstls_i_transaction_renew(&t, &ports), IMSTLS_OK);
  ck_assert_str_ne(t.call_id, before.call_id);
  ck_assert_str_ne(t.from_tag, before.from_tag);
}
END_TEST

START_TEST(no_randomness)
{
  dice d = { .fails = 1 };
  imstls_config_ports ports = ports_of(&d);
  imstls_i_transaction t = ours();
  ck_assert_int_eq(imstls_i_transaction_begin(&t, &ports, REGISTER_FIRST), IMSTLS_ERR_RANDOM);
  ck_assert_uint_eq(t.cseq, 7);
  d.fails = 1;
  ck_assert_int_eq(imstls_i_transaction_renew(&t, &ports), IMSTLS_ERR_RANDOM);
  ck_assert(t.timer_e == NEVER && t.timer_f == NEVER);
}
END_TEST

/* Silence is noticed once, and by a first REGISTER alone; any response breaks it. */
START_TEST(silence)
{
  imstls_config_timers cfg = { .t1_ms = 2000, .t2_ms = 16000, .timer_f_ms = 128000, .answer_ms = 16000 };
  imstls_i_transaction_timers how = { .now = 1000, .reliable = true, .first = true };
  imstls_i_transaction t;
  imstls_i_transaction_clear(&t);
  ck_assert(!imstls_i_transaction_is_silent(&t, 1000000));
  imstls_i_transaction_start(&t, &cfg, &how);
  ck_assert(!imstls_i_transaction_is_silent(&t, 16999));
  ck_assert(imstls_i_transaction_is_silent(&t, 17000));
  ck_assert(!imstls_i_transaction_is_silent(&t, 17000));
  imstls_i_transaction_start(&t, &cfg, &how);
  imstls_i_transaction_heard(&t, &cfg);
  ck_assert(!imstls_i_transaction_is_silent(&t, 17000));
  imstls_i_transaction_start(&t, &cfg, &how);
  imstls_i_transaction_end(&t);
  ck_assert(!imstls_i_transaction_is_silent(&t, 17000));
  how.first = false;
  imstls_i_transaction_start(&t, &cfg, &how);
  ck_assert(!imstls_i_transaction_is_silent(&t, 17000));
}
END_TEST

SUITE_OF(transaction, matches, not_ours, over, timer_e, timer_f, names, no_randomness, silence)
