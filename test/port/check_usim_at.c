/* SPDX-License-Identifier: Apache-2.0 */
/* A modem behind a socket pair: cut anywhere, chatty, silent, late, lying. The card in it is the one of card_sim.h. */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <imstls/at.h>

#include "base/base.h"
#include "modem_sim.h"
#include "vectors.h"
#include "without_std.h"

Suite *usim_at_suite(void);

static desk d;

static void setup(void) { desk_open(&d); }
static void teardown(void) { desk_close(&d); }

static void again(void)
{
  teardown();
  setup();
}

static void good_result(void)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[0];
  ck_assert_int_eq(d.result.verdict, IMSTLS_AKA_OK);
  ck_assert_mem_eq(d.result.res, v->RES.oct, 8);
  ck_assert_mem_eq(d.result.ik, v->IK.oct, 16);
}

/* Neither keys nor their hex digits stay in the part. */
static void wiped(void)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[0];
  const char *all = (const char *)&d.at;
  for (size_t i = 0; i + 16 <= sizeof d.at; i++) {
    ck_assert(memcmp(all + i, v->RES.str, 16) != 0 && memcmp(all + i, v->IK.str, 16) != 0);
    ck_assert(memcmp(all + i, v->CK.str, 16) != 0 && memcmp(all + i, v->CK.oct, 16) != 0);
  }
}

static void kind(int i)
{
  d.modem.echo = (i & 1) != 0;
  d.modem.quotes = (i & 2) == 0;
  d.modem.urcs = (i & 4) != 0;
  d.modem.bare_session = (i & 1) != 0;
  d.sim.t0 = (i & 2) != 0;
}

START_TEST(channels)
{
  kind(_i);
  ck_assert_int_eq(desk_read(&d), IMSTLS_OK);
  ck_assert_str_eq(d.card.identity.impi, "001010000000001@ims.mnc001.mcc001.3gppnetwork.org");
  ck_assert_str_eq(d.at.session, "7");
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  good_result();
  wiped();
  ck_assert((d.at.urcs > 0) == d.modem.urcs);
  ck_assert_int_eq(imstls_usim_card_close(&d.card), IMSTLS_PENDING);
  desk_turn(&d);
  ck_assert_str_eq(d.at.session, "");
  ck_assert_int_eq(d.modem.synced, 1);
}
END_TEST

START_TEST(csim_alone)
{
  kind(_i);
  d.at.mode = IMSTLS_AT_CSIM;
  imstls_usim_at_attach(&d.at, &d.card);
  ck_assert_int_eq(desk_read(&d), IMSTLS_OK);
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  good_result();
  ck_assert_str_eq(d.at.session, "");
}
END_TEST

/* A modem that refuses one of the two ways still serves by the other. */
START_TEST(one_way)
{
  d.modem.no_channels = true;
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  good_result();
  ck_assert_int_eq(sim_sent(&d.sim, 0x70), 1);
  again();
  d.modem.no_csim = true;
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  good_result();
  again();
  d.modem.no_csim = d.modem.no_channels = true;
  ck_assert_int_eq(desk_auth(&d), IMSTLS_ERR_USIM_IO);
}
END_TEST

START_TEST(pin_over_modem)
{
  d.sim.pin_on = true;
  ck_assert_int_eq(desk_auth(&d), IMSTLS_ERR_USIM_PIN);
  strcpy(d.card.pin, "1234");
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  for (size_t i = 0; i + 8 <= sizeof d.at; i++)
    ck_assert(memcmp((char *)&d.at + i, "31323334", 8) != 0);
}
END_TEST

/* Everything in pieces of 1 to 9 octets. */
START_TEST(cuts)
{
  d.modem.cut = (size_t)_i;
  d.modem.urcs = d.modem.echo = true;
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  good_result();
}
END_TEST

/* One answer cut in two at each octet. */
START_TEST(split)
{
  vec ok = v_end_to_end.cases.item[0].apdu.response_ok;
  char line[160];
  snprintf(line, sizeof line, "\r\n+CGLA: %zu,\"%s\"\r\n\r\nOK\r\n", ok.str_len, ok.str);
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  for (size_t cut = 0; cut <= strlen(line); cut++) {
    d.modem.replies = "";
    d.done_count = 0;
    ck_assert_int_eq(desk_start_auth(&d), IMSTLS_PENDING);
    desk_turn(&d);
    ck_assert_int_eq(write(d.modem.fd, line, cut), (ssize_t)cut);
    desk_turn(&d);
    ck_assert_int_eq(d.done_count, cut >= strlen(line) - 1);
    ck_assert_int_eq(write(d.modem.fd, line + cut, strlen(line) - cut), (ssize_t)(strlen(line) - cut));
    desk_turn(&d);
    ck_assert_int_eq(d.done_count, 1);
    ck_assert_int_eq(d.done_error, IMSTLS_OK);
    good_result();
    wiped();
  }
}
END_TEST

START_TEST(garbled)
{
  static const char *const lies[] = {
    "\r\nOK\r\n",
    "\r\n+CGLA: 4,\"900\"\r\nOK\r\n",
    "\r\n+CGLA: 6,\"9000\"\r\nOK\r\n",
    "\r\n+CGLA: 2,\"9000\"\r\nOK\r\n",
    "\r\n+CGLA: 2,\"90\"\r\nOK\r\n",
    "\r\n+CGLA: 0,\"\"\r\nOK\r\n",
    "\r\n+CGLA: 5,\"90000\"\r\nOK\r\n",
    "\r\n+CGLA: 4,\"90g0\"\r\nOK\r\n",
    "\r\n+CGLA: 4,\"9000\r\nOK\r\n",
    "\r\n+CGLA: 4 9000\r\nOK\r\n",
    "\r\n+CGLA: \"9000\"\r\nOK\r\n",
    "\r\n+CGLA: -4,\"9000\"\r\nOK\r\n",
    "\r\n+CGLA: 4294967300,\"9000\"\r\nOK\r\n",
    "\r\n+CGLA:\r\nOK\r\n",
    "\r\n+CSIM: 4,\"9862\"\r\nOK\r\n", /* the answer of another command */
    "\r\n+CGLA: 4,\"9862\"\r\n+CGLA: 4,\"9862\"\r\nOK\r\n",
  };
  for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
    again();
    ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
    d.modem.replies = lies[i];
    ck_assert_msg(desk_auth(&d) == IMSTLS_ERR_USIM_IO, "%s", lies[i]);
    ck_assert_uint_eq(d.result.res_len, 0);
    ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
    good_result();
  }
}
END_TEST

/* Refused in words that say nothing of the card: the modem knows the channel no more, or another command is under way.
 * One that it did know is closed. */
START_TEST(channel_refused)
{
  static const struct {
    const char *reply;
    int code;
  } t[] = {
    { "\r\nERROR\r\n", -1 },           { "\r\n+CME ERROR: 4\r\n", 4 }, { "\r\n+CME ERROR: 21\r\n", 21 },
    { "\r\n+CMS ERROR: 302\r\n", -1 }, { "\r\n+CME ERROR:\r\n", -1 },
  };
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  d.modem.replies = t[_i].reply;
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  good_result();
  ck_assert_int_eq(d.at.cme_error, t[_i].code);
  ck_assert_int_eq(sim_sent(&d.sim, 0x88), 2);
  ck_assert_uint_eq(d.modem.open & (d.modem.open - 1), 0); /* one alone */
}
END_TEST

/* It started anew: no channel, and the card wants its PIN. */
START_TEST(restarted)
{
  d.sim.pin_on = true;
  strcpy(d.card.pin, "1234");
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  for (int i = 0; i < 2; i++) {
    sim_reset(&d.sim);
    d.modem.open = 0;
    ck_assert_int_eq(_i == 0 ? desk_auth(&d) : desk_read(&d), IMSTLS_OK);
  }
  ck_assert_uint_eq(d.sim.tries, 3);
}
END_TEST

START_TEST(carries_nothing)
{
  d.modem.no_cgla = true;
  ck_assert_int_eq(desk_auth(&d), IMSTLS_ERR_USIM_IO);
  ck_assert_int_lt(d.modem.asked, 50);
  desk_settle(&d);
  ck_assert_uint_eq(d.modem.open, 0);
}
END_TEST

START_TEST(errors)
{
  static const struct {
    const char *reply;
    int want, code;
  } t[] = {
    { "\r\n+CME ERROR: 10\r\n", IMSTLS_ERR_USIM, 10 },
    { "\r\n+CME ERROR: 13\r\n", IMSTLS_ERR_USIM, 13 },
    { "\r\n+CME ERROR: 11\r\n", IMSTLS_ERR_USIM_PIN, 11 },
    { "\r\n+CME ERROR: 12\r\n", IMSTLS_ERR_USIM_PIN, 12 },
    { "\r\n+CME ERROR: SIM not inserted\r\n", IMSTLS_ERR_USIM, -1 },
    { "\r\n+CME ERROR: SIM PIN required\r\n", IMSTLS_ERR_USIM_PIN, -1 },
  };
  for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
    again();
    ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
    d.modem.replies = t[i].reply;
    ck_assert_int_eq(desk_auth(&d), t[i].want);
    ck_assert_int_eq(d.at.cme_error, t[i].code);
  }
}
END_TEST

/* A line longer than any answer: dropped to its end, whatever is in it. */
START_TEST(long_line)
{
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  char flood[3000];
  memset(flood, 'A', sizeof flood);
  memcpy(flood, "\r\n+CGLA: 4,\"9862\" ", 18);
  strcpy(flood + sizeof flood - 12, "\rERRORx\r\n");
  d.modem.replies = flood;
  d.done_count = 0;
  ck_assert_int_eq(desk_start_auth(&d), IMSTLS_PENDING);
  desk_turn(&d);
  ck_assert_int_eq(d.done_count, 0); /* still waiting for its answer */
  modem_say(&d.modem, "\r\n+CGLA: 4,\"9862\"\r\nOK\r\n");
  desk_turn(&d);
  ck_assert_int_eq(d.done_count, 1);
  ck_assert_int_eq(d.result.verdict, IMSTLS_AKA_MAC_FAILURE);
}
END_TEST

START_TEST(never_answers)
{
  d.modem.silent = true;
  ck_assert_int_eq(imstls_usim_at_timeout_ms(&d.at, d.now), -1);
  ck_assert_int_eq(desk_start_auth(&d), IMSTLS_PENDING);
  ck_assert_int_eq(imstls_usim_at_timeout_ms(&d.at, d.now), 0);
  desk_turn(&d);
  ck_assert_int_eq(imstls_usim_at_timeout_ms(&d.at, d.now), 10000);
  d.now += 9999;
  desk_turn(&d);
  ck_assert_int_eq(d.done_count, 0);
  ck_assert_int_eq(imstls_usim_at_timeout_ms(&d.at, d.now), 1);
  d.now += 1;
  desk_turn(&d);
  ck_assert_int_eq(d.done_count, 1);
  ck_assert_int_eq(d.done_error, IMSTLS_ERR_USIM_TIMEOUT);
  ck_assert_int_eq(imstls_usim_at_timeout_ms(&d.at, d.now), -1);
}
END_TEST

/* The answer to the first challenge comes after its time limit: it is not taken for the answer to the second. */
START_TEST(late_answer)
{
  vec late = v_end_to_end.cases.item[1].apdu.response_ok;
  char line[160];
  snprintf(line, sizeof line, "\r\n+CGLA: %zu,\"%s\"\r\n\r\nOK\r\n", late.str_len, late.str);
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  d.modem.silent = true;
  d.done_count = 0;
  ck_assert_int_eq(desk_start_auth(&d), IMSTLS_PENDING);
  desk_turn(&d);
  d.now += 10000;
  desk_turn(&d);
  ck_assert_int_eq(d.done_error, IMSTLS_ERR_USIM_TIMEOUT);
  d.modem.silent = false;
  if (_i == 0)
    modem_say(&d.modem, line); /* before the second is asked */
  if (_i == 0)
    desk_turn(&d);
  d.done_count = 0;
  ck_assert_int_eq(desk_start_auth(&d), IMSTLS_PENDING);
  if (_i == 1)
    modem_say(&d.modem, line); /* after */
  if (_i == 2)
    modem_say(&d.modem, "\r\nERROR\r\n");
  desk_turn(&d);
  ck_assert_int_eq(d.done_count, 1);
  ck_assert_int_eq(d.done_error, IMSTLS_OK);
  good_result();
  ck_assert_int_eq(d.modem.synced, 2);
}
END_TEST

START_TEST(line_dead)
{
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  d.done_count = 0;
  ck_assert_int_eq(desk_start_auth(&d), IMSTLS_PENDING);
  close(d.modem.fd);
  d.modem.fd = -1;
  ck_assert_int_eq(imstls_usim_at_process(&d.at, d.now), IMSTLS_ERR_USIM_IO);
  ck_assert_int_eq(d.done_count, 1);
  ck_assert_int_eq(d.done_error, IMSTLS_ERR_USIM_IO);
  ck_assert_str_eq(d.at.session, "");
  ck_assert_int_eq(imstls_usim_at_process(&d.at, d.now), IMSTLS_ERR_USIM_IO);
  ck_assert_int_eq(d.done_count, 1);
}
END_TEST

static void unplug(void)
{
  close(d.modem.fd);
  ck_assert_int_eq(imstls_usim_at_process(&d.at, d.now), IMSTLS_ERR_USIM_IO);
  close(d.at.fd);
  d.at.fd = d.modem.fd = -1;
  sim_reset(&d.sim);
  d.modem.open = 0;
}

/* Gone while nothing is asked of it or while something is, and asked for while it is gone or not: it begins anew on a
 * channel, never in the middle on the basic one, and the PIN that the card accepted costs no try. */
START_TEST(back_again)
{
  bool asked = (_i & 1) != 0;
  bool missed = (_i & 2) != 0;
  d.sim.pin_on = true;
  strcpy(d.card.pin, "1234");
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  d.done_count = 0;
  if (asked)
    ck_assert_int_eq(desk_start_auth(&d), IMSTLS_PENDING);
  unplug();
  ck_assert_int_eq(d.done_count, asked);
  if (missed)
    ck_assert_int_eq(desk_start_auth(&d), IMSTLS_ERR_USIM_IO);
  d.modem.log[0] = 0;
  desk_plug(&d);
  ck_assert_int_eq(desk_auth(&d), IMSTLS_OK);
  good_result();
  const char *opened = strstr(d.modem.log, "AT+CCHO");
  ck_assert_ptr_nonnull(opened);
  ck_assert_ptr_nonnull(strstr(opened, "AT+CGLA"));
  ck_assert_ptr_null(strstr(d.modem.log, "AT+CSIM=80,\"0088"));
  ck_assert_uint_eq(d.sim.tries, 3);
}
END_TEST

/* A terminal of its own, and the line to it. */
static bool line_is_fresh(void)
{
  int master = posix_openpt(O_RDWR | O_NOCTTY);
  while (master >= 0 && master < 3)
    master = dup(master); /* the low ones are to be free */
  for (int fd = 0; fd < 3; fd++)
    (void)close(fd);
  if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
    return false;
  int fd = imstls_usim_at_open(ptsname(master), 0);
  return moved_up(fd) && (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 && write(fd, "A", 1) == 1;
}

START_TEST(not_standard_output) { ck_assert_int_eq(without_std(7, line_is_fresh), 0); }
END_TEST

START_TEST(usage)
{
  imstls_usim_at none = IMSTLS_USIM_AT_INIT;
  ck_assert_int_eq(imstls_usim_at_attach(NULL, &d.card), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_usim_at_attach(&d.at, NULL), IMSTLS_ERR_USAGE);
  imstls_usim_at smaller = IMSTLS_USIM_AT_INIT;
  smaller.size--;
  ck_assert_int_eq(imstls_usim_at_attach(&smaller, &d.card), IMSTLS_ERR_USAGE);
  ck_assert_ptr_eq(d.card.apdu.user, &d.at);
  imstls_usim_card smaller_card = IMSTLS_USIM_CARD_INIT;
  smaller_card.size--;
  ck_assert_int_eq(imstls_usim_at_attach(&none, &smaller_card), IMSTLS_ERR_USAGE);
  ck_assert(!smaller_card.apdu.transmit);
  ck_assert_int_eq(imstls_usim_at_process(NULL, 0), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_usim_at_process(&none, 0), IMSTLS_ERR_USAGE);
  ck_assert_uint_eq(imstls_usim_at_waits(&none), 0);
  ck_assert_uint_eq(imstls_usim_at_waits(&d.at), 1);
  ck_assert_int_eq(desk_start_auth(&d), IMSTLS_PENDING);
  ck_assert_uint_eq(imstls_usim_at_waits(&d.at), 3);
  ck_assert_int_eq(imstls_usim_at_open(NULL, 0), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_usim_at_open("/dev/null", 7), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_usim_at_open("/dev/null", 0), IMSTLS_ERR_USIM_IO); /* no terminal */
  ck_assert_int_eq(imstls_usim_at_open("/nowhere", 0), IMSTLS_ERR_USIM_IO);
}
END_TEST

Suite *usim_at_suite(void)
{
  Suite *suite = suite_create("usim_at");
  TCase *tc = tcase_create("all");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_loop_test(tc, channels, 0, 8);
  tcase_add_loop_test(tc, csim_alone, 0, 8);
  tcase_add_test(tc, one_way);
  tcase_add_test(tc, pin_over_modem);
  tcase_add_loop_test(tc, cuts, 1, 10);
  tcase_add_test(tc, split);
  tcase_add_test(tc, garbled);
  tcase_add_loop_test(tc, channel_refused, 0, 5);
  tcase_add_loop_test(tc, restarted, 0, 2);
  tcase_add_test(tc, carries_nothing);
  tcase_add_test(tc, errors);
  tcase_add_test(tc, long_line);
  tcase_add_test(tc, never_answers);
  tcase_add_loop_test(tc, late_answer, 0, 3);
  tcase_add_test(tc, line_dead);
  tcase_add_loop_test(tc, back_again, 0, 4);
  tcase_add_test(tc, not_standard_output);
  tcase_add_test(tc, usage);
  suite_add_tcase(suite, tc);
  return suite;
}
