/* SPDX-License-Identifier: Apache-2.0 */
/* A modem behind a socket pair: cut anywhere, chatty, silent, late, lying. The card in it is the one of card_sim.h. */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <imstls/at.h>

#include "base/base.h"
#include "card_sim.h"
#include "vectors.h"
#include "without_std.h"

Suite *usim_at_suite(void);

typedef struct modem {
  int fd;
  bool echo, quotes, urcs, no_channels, no_csim, silent, bare_session;
  size_t cut;          /* octets of an answer handed over at a time; 0: all */
  const char *replies; /* instead of an answer to the next card command */
  int asked, synced;
  char in[1200];
  size_t in_len;
  char out[4000];
  size_t out_len, out_sent;
} modem;

static card_sim sim;
static modem m;
static imstls_usim_at at;
static imstls_usim_card card;
static imstls_aka_result result;
static int done_count, done_error, ready_count, ready_error;
static uint64_t now;

static void on_done(void *user, uint32_t request, int error, const imstls_aka_result *r)
{
  (void)user, (void)request;
  done_count++;
  done_error = error;
  if (r != NULL)
    result = *r;
}

static void on_ready(void *user, int error)
{
  (void)user;
  ready_count++;
  ready_error = error;
}

static void teardown(void)
{
  if (at.fd >= 0)
    close(at.fd);
  if (m.fd >= 0)
    close(m.fd);
}

static void setup(void)
{
  int pair[2];
  ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  for (int i = 0; i < 2; i++)
    fcntl(pair[i], F_SETFL, O_NONBLOCK);
  sim_init(&sim);
  memset(&m, 0, sizeof m);
  m.fd = pair[1];
  m.quotes = true;
  at = (imstls_usim_at)IMSTLS_USIM_AT_INIT;
  at.fd = pair[0];
  card = (imstls_usim_card)IMSTLS_USIM_CARD_INIT;
  card.done = on_done;
  card.ready = on_ready;
  ck_assert_int_eq(imstls_usim_at_attach(&at, &card), IMSTLS_OK);
  ck_assert_ptr_nonnull(imstls_usim_apdu(&card));
  done_count = ready_count = 0;
  now = 1000;
}

static void again(void)
{
  teardown();
  setup();
}

static void say(const char *text)
{
  size_t len = strlen(text);
  ck_assert_uint_lt(m.out_len + len, sizeof m.out);
  memcpy(m.out + m.out_len, text, len);
  m.out_len += len;
}

static void say_line(const char *text)
{
  if (m.urcs)
    say("\r\n+CREG: 1\r\n\r\nRING\r\n");
  say("\r\n");
  say(text);
  say("\r\n");
  if (m.urcs)
    say("\r\n+CSQ: 20,99\r\n");
}

static void say_response(const char *name)
{
  char hex[1201];
  char line[1300];
  imstls_i_hex_encode(sim.answer, sim.answer_len, hex);
  const char *quote = m.quotes ? "\"" : "";
  snprintf(line, sizeof line, "%s: %zu,%s%s%s", name, sim.answer_len * 2, quote, hex, quote);
  say_line(line);
  say_line("OK");
}

static void card_command(const char *hex, const char *name)
{
  uint8_t command[300];
  size_t len = strcspn(hex, "\"") / 2;
  ck_assert(imstls_i_hex_decode(imstls_i_text(hex, len * 2), command, len));
  if (command[1] == 0x20 && len == 5)
    len = 4; /* the fifth octet of T=0 is no length */
  sim_command(&sim, command, len);
  say_response(name);
}

static void modem_line(char *line)
{
  char *hex = strchr(line, '"');
  if (m.echo)
    say(line), say("\r");
  if (strcmp(line, "AT+CMEE?") == 0) {
    m.synced++;
    say_line("+CMEE: 1");
    say_line("OK");
    return;
  }
  m.asked++;
  if (m.silent)
    return;
  if (m.replies != NULL) {
    say(m.replies);
    m.replies = NULL;
  } else if (strncmp(line, "AT+CSIM=", 8) == 0 && !m.no_csim && hex != NULL) {
    ck_assert_int_eq(strtol(line + 8, NULL, 10), (int)strcspn(hex + 1, "\""));
    card_command(hex + 1, "+CSIM");
  } else if (m.no_channels) {
    say_line("ERROR");
  } else if (strncmp(line, "AT+CCHO=\"", 9) == 0) {
    uint8_t select[5 + 16] = { 0, 0xa4, 4, 4, (uint8_t)(strcspn(hex + 1, "\"") / 2) };
    imstls_i_hex_decode(imstls_i_text(hex + 1, select[4] * 2u), select + 5, select[4]);
    sim_command(&sim, select, 5u + select[4]);
    if (sim.selected == SIM_NO_APP)
      say_line("+CME ERROR: 100");
    else {
      say_line(m.bare_session ? "7" : "+CCHO: 7");
      say_line("OK");
    }
  } else if (strncmp(line, "AT+CGLA=7,", 10) == 0 && hex != NULL) {
    card_command(hex + 1, "+CGLA");
  } else if (strcmp(line, "AT+CCHC=7") == 0) {
    say_line("OK");
  } else {
    say_line("ERROR");
  }
}

static void modem_run(void)
{
  ssize_t n = read(m.fd, m.in + m.in_len, sizeof m.in - 1 - m.in_len);
  if (n > 0)
    m.in_len += (size_t)n;
  m.in[m.in_len] = 0;
  char *end;
  while ((end = strchr(m.in, '\r')) != NULL) {
    *end = 0;
    if (end != m.in)
      modem_line(m.in);
    m.in_len -= (size_t)(end + 1 - m.in);
    memmove(m.in, end + 1, m.in_len + 1);
  }
  size_t left = m.out_len - m.out_sent;
  if (m.cut != 0 && left > m.cut)
    left = m.cut;
  if (left > 0)
    ck_assert_int_eq(write(m.fd, m.out + m.out_sent, left), (ssize_t)left);
  m.out_sent += left;
  if (m.out_sent == m.out_len)
    m.out_sent = m.out_len = 0;
}

/* Until nothing moves any more. */
static void turn(void)
{
  for (int still = 0, i = 0; still < 3; i++) {
    ck_assert_int_lt(i, 200000);
    int r = imstls_usim_at_process(&at, now);
    ck_assert_int_eq(r, IMSTLS_OK);
    uint32_t before = at.p.line_len + at.p.state + at.p.tx_sent;
    size_t out = m.out_len - m.out_sent;
    int asked = m.asked + m.synced;
    modem_run();
    bool moved = out != m.out_len - m.out_sent || asked != m.asked + m.synced || at.p.tx_sent < at.p.tx_len;
    still = moved || before != at.p.line_len + at.p.state + at.p.tx_sent ? 0 : still + 1;
  }
}

static int start_auth(void)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[0];
  memset(&result, 0, sizeof result);
  result.size = sizeof result;
  return card.usim.authenticate(&card, 5, v->RAND.oct, v->AUTN.oct, &result);
}

static int auth_card(void)
{
  done_count = 0;
  int r = start_auth();
  if (r != IMSTLS_PENDING)
    return r;
  turn();
  ck_assert_int_eq(done_count, 1);
  return done_error;
}

static int read_card(void)
{
  ready_count = 0;
  ck_assert_int_eq(imstls_usim_card_read(&card), IMSTLS_PENDING);
  turn();
  ck_assert_int_eq(ready_count, 1);
  return ready_error;
}

static void good_result(void)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[0];
  ck_assert_int_eq(result.verdict, IMSTLS_AKA_OK);
  ck_assert_mem_eq(result.res, v->RES.oct, 8);
  ck_assert_mem_eq(result.ik, v->IK.oct, 16);
}

/* Neither keys nor their hex digits stay in the part. */
static void wiped(void)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[0];
  const char *all = (const char *)&at;
  for (size_t i = 0; i + 16 <= sizeof at; i++) {
    ck_assert(memcmp(all + i, v->RES.str, 16) != 0 && memcmp(all + i, v->IK.str, 16) != 0);
    ck_assert(memcmp(all + i, v->CK.str, 16) != 0 && memcmp(all + i, v->CK.oct, 16) != 0);
  }
}

static void kind(int i)
{
  m.echo = (i & 1) != 0;
  m.quotes = (i & 2) == 0;
  m.urcs = (i & 4) != 0;
  m.bare_session = (i & 1) != 0;
  sim.t0 = (i & 2) != 0;
}

START_TEST(channels)
{
  kind(_i);
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  ck_assert_str_eq(card.identity.impi, "001010000000001@ims.mnc001.mcc001.3gppnetwork.org");
  ck_assert_int_eq(at.session, 7);
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  good_result();
  wiped();
  ck_assert((at.urcs > 0) == m.urcs);
  ck_assert_int_eq(imstls_usim_card_close(&card), IMSTLS_PENDING);
  turn();
  ck_assert_int_eq(at.session, -1);
  ck_assert_int_eq(m.synced, 1);
}
END_TEST

START_TEST(csim_alone)
{
  kind(_i);
  at.mode = IMSTLS_AT_CSIM;
  imstls_usim_at_attach(&at, &card);
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  good_result();
  ck_assert_int_eq(at.session, -1);
}
END_TEST

/* A modem that refuses one of the two ways still serves by the other. */
START_TEST(one_way)
{
  m.no_channels = true;
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  good_result();
  ck_assert_int_eq(sim_sent(&sim, 0x70), 1);
  again();
  m.no_csim = true;
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  good_result();
  again();
  m.no_csim = m.no_channels = true;
  ck_assert_int_eq(auth_card(), IMSTLS_ERR_USIM_IO);
}
END_TEST

START_TEST(pin_over_modem)
{
  sim.pin_on = true;
  ck_assert_int_eq(auth_card(), IMSTLS_ERR_USIM_PIN);
  strcpy(card.pin, "1234");
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  for (size_t i = 0; i + 8 <= sizeof at; i++)
    ck_assert(memcmp((char *)&at + i, "31323334", 8) != 0);
}
END_TEST

/* Everything in pieces of 1 to 9 octets. */
START_TEST(cuts)
{
  m.cut = (size_t)_i;
  m.urcs = m.echo = true;
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  good_result();
}
END_TEST

/* One answer cut in two at each octet. */
START_TEST(split)
{
  vec ok = v_end_to_end.cases.item[0].apdu.response_ok;
  char line[160];
  snprintf(line, sizeof line, "\r\n+CGLA: %zu,\"%s\"\r\n\r\nOK\r\n", ok.str_len, ok.str);
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  for (size_t cut = 0; cut <= strlen(line); cut++) {
    m.replies = "";
    done_count = 0;
    ck_assert_int_eq(start_auth(), IMSTLS_PENDING);
    turn();
    ck_assert_int_eq(write(m.fd, line, cut), (ssize_t)cut);
    turn();
    ck_assert_int_eq(done_count, cut >= strlen(line) - 1);
    ck_assert_int_eq(write(m.fd, line + cut, strlen(line) - cut), (ssize_t)(strlen(line) - cut));
    turn();
    ck_assert_int_eq(done_count, 1);
    ck_assert_int_eq(done_error, IMSTLS_OK);
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
    "\r\nERROR\r\n",
    "\r\n+CME ERROR: 4\r\n",
    "\r\n+CMS ERROR: 302\r\n",
    "\r\n+CME ERROR:\r\n",
  };
  for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
    again();
    ck_assert_int_eq(auth_card(), IMSTLS_OK);
    m.replies = lies[i];
    ck_assert_msg(auth_card() == IMSTLS_ERR_USIM_IO, "%s", lies[i]);
    ck_assert_uint_eq(result.res_len, 0);
    ck_assert_int_eq(auth_card(), IMSTLS_OK);
    good_result();
  }
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
    { "\r\n+CME ERROR: 21\r\n", IMSTLS_ERR_USIM_IO, 21 },
  };
  for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
    again();
    ck_assert_int_eq(auth_card(), IMSTLS_OK);
    m.replies = t[i].reply;
    ck_assert_int_eq(auth_card(), t[i].want);
    ck_assert_int_eq(at.cme_error, t[i].code);
  }
}
END_TEST

/* A line longer than any answer: dropped to its end, whatever is in it. */
START_TEST(long_line)
{
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  char flood[3000];
  memset(flood, 'A', sizeof flood);
  memcpy(flood, "\r\n+CGLA: 4,\"9862\" ", 18);
  strcpy(flood + sizeof flood - 12, "\rERRORx\r\n");
  m.replies = flood;
  done_count = 0;
  ck_assert_int_eq(start_auth(), IMSTLS_PENDING);
  turn();
  ck_assert_int_eq(done_count, 0); /* still waiting for its answer */
  say("\r\n+CGLA: 4,\"9862\"\r\nOK\r\n");
  turn();
  ck_assert_int_eq(done_count, 1);
  ck_assert_int_eq(result.verdict, IMSTLS_AKA_MAC_FAILURE);
}
END_TEST

START_TEST(never_answers)
{
  m.silent = true;
  ck_assert_int_eq(imstls_usim_at_timeout_ms(&at, now), -1);
  ck_assert_int_eq(start_auth(), IMSTLS_PENDING);
  ck_assert_int_eq(imstls_usim_at_timeout_ms(&at, now), 0);
  turn();
  ck_assert_int_eq(imstls_usim_at_timeout_ms(&at, now), 10000);
  now += 9999;
  turn();
  ck_assert_int_eq(done_count, 0);
  ck_assert_int_eq(imstls_usim_at_timeout_ms(&at, now), 1);
  now += 1;
  turn();
  ck_assert_int_eq(done_count, 1);
  ck_assert_int_eq(done_error, IMSTLS_ERR_USIM_TIMEOUT);
  ck_assert_int_eq(imstls_usim_at_timeout_ms(&at, now), -1);
}
END_TEST

/* The answer to the first challenge comes after its time limit: it is not taken for the answer to the second. */
START_TEST(late_answer)
{
  vec late = v_end_to_end.cases.item[1].apdu.response_ok;
  char line[160];
  snprintf(line, sizeof line, "\r\n+CGLA: %zu,\"%s\"\r\n\r\nOK\r\n", late.str_len, late.str);
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  m.silent = true;
  done_count = 0;
  ck_assert_int_eq(start_auth(), IMSTLS_PENDING);
  turn();
  now += 10000;
  turn();
  ck_assert_int_eq(done_error, IMSTLS_ERR_USIM_TIMEOUT);
  m.silent = false;
  if (_i == 0)
    say(line); /* before the second is asked */
  if (_i == 0)
    turn();
  done_count = 0;
  ck_assert_int_eq(start_auth(), IMSTLS_PENDING);
  if (_i == 1)
    say(line); /* after */
  if (_i == 2)
    say("\r\nERROR\r\n");
  turn();
  ck_assert_int_eq(done_count, 1);
  ck_assert_int_eq(done_error, IMSTLS_OK);
  good_result();
  ck_assert_int_eq(m.synced, 2);
}
END_TEST

START_TEST(line_dead)
{
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  done_count = 0;
  ck_assert_int_eq(start_auth(), IMSTLS_PENDING);
  close(m.fd);
  m.fd = -1;
  ck_assert_int_eq(imstls_usim_at_process(&at, now), IMSTLS_ERR_USIM_IO);
  ck_assert_int_eq(done_count, 1);
  ck_assert_int_eq(done_error, IMSTLS_ERR_USIM_IO);
  ck_assert_int_eq(imstls_usim_at_process(&at, now), IMSTLS_ERR_USIM_IO);
  ck_assert_int_eq(done_count, 1);
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
  ck_assert_int_eq(imstls_usim_at_attach(NULL, &card), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_usim_at_attach(&at, NULL), IMSTLS_ERR_USAGE);
  imstls_usim_at smaller = IMSTLS_USIM_AT_INIT;
  smaller.size--;
  ck_assert_int_eq(imstls_usim_at_attach(&smaller, &card), IMSTLS_ERR_USAGE);
  ck_assert_ptr_eq(card.apdu.user, &at);
  imstls_usim_card smaller_card = IMSTLS_USIM_CARD_INIT;
  smaller_card.size--;
  ck_assert_int_eq(imstls_usim_at_attach(&none, &smaller_card), IMSTLS_ERR_USAGE);
  ck_assert(!smaller_card.apdu.transmit);
  ck_assert_int_eq(imstls_usim_at_process(NULL, 0), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_usim_at_process(&none, 0), IMSTLS_ERR_USAGE);
  ck_assert_uint_eq(imstls_usim_at_waits(&none), 0);
  ck_assert_uint_eq(imstls_usim_at_waits(&at), 1);
  ck_assert_int_eq(start_auth(), IMSTLS_PENDING);
  ck_assert_uint_eq(imstls_usim_at_waits(&at), 3);
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
  tcase_add_test(tc, errors);
  tcase_add_test(tc, long_line);
  tcase_add_test(tc, never_answers);
  tcase_add_loop_test(tc, late_answer, 0, 3);
  tcase_add_test(tc, line_dead);
  tcase_add_test(tc, not_standard_output);
  tcase_add_test(tc, usage);
  suite_add_tcase(suite, tc);
  return suite;
}
