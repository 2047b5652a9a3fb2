/* SPDX-License-Identifier: Apache-2.0 */
/* Handles of channels in a modem, and that no channel is left open there: whatever fails, comes late or twice. */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "modem_sim.h"

Suite *usim_at_stray_suite(void);

static desk d;

static void setup(void) { desk_open(&d); }
static void teardown(void) { desk_close(&d); }

static void again(void)
{
  teardown();
  setup();
}

/* What an application does before it closes the line. */
static void close_all(void)
{
  for (int i = 0; imstls_usim_card_close(&d.card) == IMSTLS_PENDING; i++) {
    ck_assert_int_lt(i, 10);
    desk_settle(&d);
  }
  desk_settle(&d);
}

static int lines_with(const char *text)
{
  int n = 0;
  for (const char *at = d.modem.log; (at = strstr(at, text)) != NULL; at++)
    n++;
  return n;
}

/* TS 27.007 has a number there; a Sierra modem says 00000000038aa32f, others put quotes around it. */
START_TEST(handles)
{
  static const char *const forms[] = {
    "%u", "0%u", "00000000038aa3%02u", "\"%u\"", "\"ab-%u\"", "id.%u", "-%u", "123456789012345678901234567890%u"
  };
  char want[64];
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
    again();
    d.modem.handle = forms[i];
    snprintf(want, sizeof want, i == 2 ? "00000000038aa307" : "%.*s7%s", (int)strcspn(forms[i], "%"), forms[i],
             forms[i][0] == '"' ? "\"" : "");
    ck_assert_msg(desk_read(&d) == IMSTLS_OK, "%s", forms[i]);
    ck_assert_str_eq(d.at.session, want);
    ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
    ck_assert_int_eq(lines_with("AT+CGLA="), d.sim.count - lines_with("AT+CSIM=") - lines_with("AT+CCHO="));
    close_all();
    ck_assert_str_eq(d.at.session, "");
    ck_assert_uint_eq(d.modem.open, 0);
    ck_assert_int_eq(lines_with("AT+CCHC="), 1);
  }
}
END_TEST

/* Without the name of the command, too, as TS 27.007 has it and a Fibocom modem does. */
START_TEST(handles_bare)
{
  static const char *const forms[] = { "%u", "0038aa3%u", "\"%u\"" };
  d.modem.bare_session = true;
  d.modem.handle = forms[_i];
  ck_assert_int_eq(desk_read(&d), IMSTLS_OK);
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  close_all();
  ck_assert_uint_eq(d.modem.open, 0);
}
END_TEST

/* What would end a parameter or a command, or has no end itself, is not echoed; the other way to the card is left. */
START_TEST(handles_odd)
{
  static const char *const forms[] = { "",        "\"",         "\"\"",
                                       "%u,1",    "%u;+CFUN=0", "%u +CFUN=0",
                                       "\"%u",    "%u\"",       "\"%u\"\"",
                                       "\"%u;\"", "%u\x01",     "%u\xff",
                                       "%u\x7f",  "\"%u\"x",    "12345678901234567890123456789012%u" };
  d.modem.handle = forms[_i];
  ck_assert_int_eq(desk_read(&d), IMSTLS_OK);
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  ck_assert_str_eq(d.at.session, "");
  ck_assert_int_eq(lines_with("AT+CGLA=") + lines_with("AT+CCHC=") + lines_with("CFUN"), 0);
}
END_TEST

/* The channel that was opened all the same is closed, before anything else is asked. */
START_TEST(opened_and_refused)
{
  static const struct {
    const char *replies, *asked;
  } t[] = {
    { "\r\n+CCHO: 7\r\nERROR\r\n", "AT+CCHC=7\n" },
    { "\r\n+CCHO: 7\r\n+CME ERROR: 100\r\n", "AT+CCHC=7\n" },
    { "\r\n+CCHO: 7\r\n+CCHO: 7\r\nOK\r\n", "AT+CCHC=7\n" },
    { "\r\n+CCHO: 7\r\n+CCHO: 8\r\nOK\r\n", "AT+CCHC=7\nAT+CCHC=8\n" },
    { "\r\n+CCHO: \"7\"\r\n+CCHO: x;y\r\nOK\r\n", "AT+CCHC=\"7\"\n" },
    { "\r\n7\r\n8\r\n9\r\n1\r\n2\r\n3\r\nOK\r\n", "AT+CCHC=7\nAT+CCHC=8\nAT+CCHC=9\nAT+CCHC=1\n" },
  };
  if (_i >= 6)
    d.card.application = IMSTLS_APP_ISIM; /* no other application: +CSIM is left */
  d.modem.reply_to = "AT+CCHO";
  d.modem.replies = t[_i % 6].replies;
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  const char *behind = strstr(d.modem.log, "AT+CCHO");
  ck_assert_ptr_nonnull(behind);
  behind = strchr(behind, '\n') + 1;
  ck_assert_msg(strncmp(behind, t[_i % 6].asked, strlen(t[_i % 6].asked)) == 0, "%s", behind);
  ck_assert_int_eq(lines_with("AT+CCHC="), (int)strlen(t[_i % 6].asked) / 10);
  close_all();
  ck_assert(d.modem.open == 0 && !d.sim.open);
}
END_TEST

/* The same with MANAGE CHANNEL; what does not say that a channel is open closes none. */
START_TEST(opened_and_garbled)
{
  static const struct {
    const char *replies, *asked;
  } t[] = {
    { "\r\n+CSIM: 6,\"019000\"\r\n+CSIM: 6,\"019000\"\r\nOK\r\n", "AT+CSIM=10,\"0070800100\"\n" },
    { "\r\n+CSIM: 6,\"0A9000\"\r\n+CME ERROR: 13\r\n", "AT+CSIM=10,\"0070800a00\"\n" },
    { "\r\n+CSIM: 6,\"009000\"\r\nERROR\r\n", NULL },
    { "\r\n+CSIM: 6,\"016A81\"\r\nERROR\r\n", NULL },
    { "\r\n+CSIM: 6,\"019010\"\r\nERROR\r\n", NULL },
    { "\r\n+CSIM: 4,\"9000\"\r\nERROR\r\n", NULL },
    { "\r\n+CSIM: 6,\"01900\"\r\nERROR\r\n", NULL },
  };
  d.at.mode = IMSTLS_AT_CSIM;
  imstls_usim_at_attach(&d.at, &d.card);
  d.modem.reply_to = "AT+CSIM=10,\"0070000001";
  d.modem.replies = t[_i].replies;
  ck_assert_int_ne(desk_auth(&d), IMSTLS_OK);
  desk_settle(&d);
  ck_assert_ptr_null(d.modem.replies);
  ck_assert_int_eq(lines_with("\"007080"), t[_i].asked != NULL);
  ck_assert(t[_i].asked == NULL || lines_with(t[_i].asked) == 1);
}
END_TEST

/* The handle came, and then nothing more. */
START_TEST(opened_and_silent)
{
  sim_remove(&d.sim, SIM_USIM);
  d.modem.reply_to = "AT+CCHO";
  d.modem.replies = "\r\n+CCHO: 7\r\n";
  ck_assert_int_eq(desk_start_auth(&d), IMSTLS_PENDING);
  desk_settle(&d);
  ck_assert_int_eq(d.done_error, IMSTLS_ERR_USIM_TIMEOUT);
  ck_assert_str_eq(d.at.session, "");
  ck_assert_int_eq(lines_with("AT+CCHC=7\n"), 1);
}
END_TEST

/* The closing command gets lost: once more, when the modem listens again. */
START_TEST(closing_lost)
{
  d.at.mode = _i;
  imstls_usim_at_attach(&d.at, &d.card);
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  d.modem.silent = true;
  ck_assert_int_eq(imstls_usim_card_close(&d.card), IMSTLS_PENDING);
  desk_turn(&d);
  d.modem.silent = false;
  d.now += 10000;
  desk_turn(&d);
  ck_assert(d.modem.open == 0 && !d.sim.open);
  ck_assert_str_eq(d.at.session, "");
  ck_assert_int_eq(imstls_usim_at_timeout_ms(&d.at, d.now), -1);
  ck_assert_int_eq(imstls_usim_card_close(&d.card), IMSTLS_OK);
}
END_TEST

/* And lost again: that is enough. */
START_TEST(closing_lost_again)
{
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  d.modem.silent = true;
  close_all();
  ck_assert_int_eq(lines_with("AT+CCHC=7\n"), 2);
  ck_assert_int_eq(write(d.modem.fd, "\r\nRING\r\n", 8), 8);
  desk_settle(&d);
  ck_assert_int_eq(lines_with("AT+CCHC=7\n"), 2);
}
END_TEST

/* Nor is it lost when it could not be sent, as the modem did not say a word since before. */
START_TEST(closing_waits)
{
  d.at.mode = _i;
  imstls_usim_at_attach(&d.at, &d.card);
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  d.modem.held = true;
  ck_assert_int_eq(desk_start_auth(&d), IMSTLS_PENDING);
  for (int i = 0; i < 3; i++) { /* the challenge, closing, closing once more */
    desk_turn(&d);
    d.now += i < 2 ? 10000 : 9999;
  }
  d.modem.held = false;
  desk_turn(&d);
  ck_assert(d.modem.open == 0 && !d.sim.open);
}
END_TEST

/* A command that was never sent has opened nothing. */
START_TEST(never_sent)
{
  static const uint8_t aid[] = { 0xa0, 0, 0, 0, 0x87, 0x10, 0x04 };
  d.modem.held = true;
  ck_assert_int_eq(d.card.apdu.open_channel(&d.at, aid, sizeof aid), IMSTLS_PENDING);
  desk_settle(&d);
  ck_assert_int_eq(lines_with("AT+CCHO"), 0);
  ck_assert_int_eq(write(d.modem.fd, "\r\n7\r\n", 5), 5);
  d.modem.held = false;
  desk_settle(&d);
  ck_assert_int_eq(lines_with("AT+CCHC"), 0);
}
END_TEST

/* The n-th command of the card is answered after its time limit: before anything else is asked, while the next thing
 * is, or when all is to be closed. False: there was no n-th command. */
static bool late_at(int n, int mode, int when)
{
  again();
  d.at.mode = mode;
  imstls_usim_at_attach(&d.at, &d.card);
  d.modem.held_from = n;
  ck_assert_int_eq(desk_start_auth(&d), IMSTLS_PENDING);
  desk_turn(&d);
  bool reached = d.modem.held;
  d.now += 10000;
  desk_turn(&d);
  ck_assert_int_eq(d.done_count, 1);
  ck_assert_int_eq(d.done_error, reached ? IMSTLS_ERR_USIM_TIMEOUT : IMSTLS_OK);
  if (when == 1)
    ck_assert_int_eq(desk_start_auth(&d), IMSTLS_PENDING);
  if (when == 2)
    imstls_usim_card_close(&d.card);
  desk_turn(&d);
  d.modem.held = false;
  desk_settle(&d);
  if (when == 1)
    ck_assert_int_eq(d.done_error, IMSTLS_OK);
  close_all();
  ck_assert_msg(d.modem.open == 0 && !d.sim.open, "command %d\n%s", n, d.modem.log);
  return reached;
}

START_TEST(late)
{
  int n = 1;
  while (late_at(n, _i / 3, _i % 3))
    n++;
  ck_assert_int_gt(n, 6);
}
END_TEST

/* The same, but the modem never says a word again: everything ends, soon, and without a second attempt. */
START_TEST(silent_for_ever)
{
  for (int n = 1; n < 20; n++) {
    again();
    d.at.mode = _i;
    imstls_usim_at_attach(&d.at, &d.card);
    d.modem.held_from = n;
    ck_assert_int_eq(desk_start_auth(&d), IMSTLS_PENDING);
    ck_assert_uint_le(desk_settle(&d), 30000);
    uint64_t begun = d.now;
    close_all();
    ck_assert_uint_le(d.now - begun, 30000);
    int asked = d.modem.asked + d.modem.synced;
    ck_assert_int_eq(write(d.modem.fd, "\r\nRING\r\n", 8), 8);
    desk_settle(&d);
    ck_assert_int_eq(d.modem.asked + d.modem.synced, asked);
  }
}
END_TEST

/* Chatter behind a time-out opens nothing, and a liar gets four commands, not thousands. */
START_TEST(liar)
{
  char line[40];
  d.modem.held_from = 5; /* +CCHO, behind EF_DIR */
  ck_assert_int_eq(desk_start_auth(&d), IMSTLS_PENDING);
  desk_turn(&d);
  ck_assert_ptr_nonnull(strstr(d.modem.log, "AT+CCHO"));
  d.now += 10000;
  desk_turn(&d);
  d.modem.out_len = 0;
  d.modem.held = false;
  for (int i = 0; i < 900; i++) {
    snprintf(line, sizeof line, _i == 0 ? "\r\n+CCHO: 1%d\r\n" : "\r\n+CREG: %d\r\n", i);
    modem_say(&d.modem, line);
  }
  desk_settle(&d);
  ck_assert_int_eq(lines_with("AT+CCHC="), _i == 0 ? 4 : 0);
  ck_assert_uint_eq(d.at.p.strays, 0);
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
}
END_TEST

/* The request is cancelled while the channel is being opened: it is in use, or closed. */
START_TEST(cancelled)
{
  d.modem.held_from = 5;
  ck_assert_int_eq(desk_start_auth(&d), IMSTLS_PENDING);
  desk_turn(&d);
  d.card.usim.cancel(&d.card, 5);
  if (_i == 0)
    d.modem.held = false;
  desk_settle(&d);
  d.modem.held = false;
  desk_settle(&d);
  ck_assert_int_eq(d.done_count, 0);
  ck_assert((d.modem.open != 0) == (d.at.session[0] != 0));
  close_all();
  ck_assert_uint_eq(d.modem.open, 0);
}
END_TEST

/* A PIN that is missing or wrong: the channel is closed without being asked. A card that lies about its identities is
 * still there for challenges. */
START_TEST(failures)
{
  d.sim.pin_on = _i < 4;
  if (_i % 2 == 1)
    memcpy(d.card.pin, "9999", 5);
  if (_i == 4)
    memcpy(sim_find(&d.sim, SIM_ISIM, 0x6f02)->data, "\x80\x70", 2);
  int r = _i / 2 == 1 ? desk_auth(&d) : desk_read(&d);
  ck_assert_int_eq(r, _i < 4 ? IMSTLS_ERR_USIM_PIN : IMSTLS_ERR_USIM_DATA);
  ck_assert_int_gt(lines_with("AT+CCHO="), 0);
  ck_assert((d.modem.open == 0) == (_i < 4));
  close_all();
  ck_assert(d.modem.open == 0 && !d.sim.open);
}
END_TEST

/* The line dies while a stray channel is being closed. */
START_TEST(dead)
{
  d.modem.reply_to = "AT+CCHO";
  d.modem.replies = "\r\n+CCHO: 7\r\nERROR\r\n";
  d.modem.held_from = 6;
  ck_assert_int_eq(desk_start_auth(&d), IMSTLS_PENDING);
  desk_turn(&d);
  ck_assert_int_eq(lines_with("AT+CCHC=7"), 1);
  close(d.modem.fd);
  d.modem.fd = -1;
  ck_assert_int_eq(imstls_usim_at_process(&d.at, d.now), IMSTLS_ERR_USIM_IO);
  ck_assert_int_eq(d.done_error, IMSTLS_ERR_USIM_IO);
  ck_assert_int_eq(imstls_usim_at_timeout_ms(&d.at, d.now), -1);
  ck_assert_int_eq(imstls_usim_card_close(&d.card), IMSTLS_OK);
  ck_assert_uint_eq(d.at.p.strays, 0);
}
END_TEST

Suite *usim_at_stray_suite(void)
{
  Suite *suite = suite_create("usim_at_stray");
  TCase *tc = tcase_create("all");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, handles);
  tcase_add_loop_test(tc, handles_bare, 0, 3);
  tcase_add_loop_test(tc, handles_odd, 0, 15);
  tcase_add_loop_test(tc, opened_and_refused, 0, 12);
  tcase_add_loop_test(tc, opened_and_garbled, 0, 7);
  tcase_add_test(tc, opened_and_silent);
  tcase_add_loop_test(tc, closing_lost, 0, 2);
  tcase_add_test(tc, closing_lost_again);
  tcase_add_loop_test(tc, closing_waits, 0, 2);
  tcase_add_test(tc, never_sent);
  tcase_add_loop_test(tc, late, 0, 6);
  tcase_add_loop_test(tc, silent_for_ever, 0, 2);
  tcase_add_loop_test(tc, liar, 0, 2);
  tcase_add_loop_test(tc, cancelled, 0, 2);
  tcase_add_loop_test(tc, failures, 0, 5);
  tcase_add_test(tc, dead);
  suite_add_tcase(suite, tc);
  return suite;
}
