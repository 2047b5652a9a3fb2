/* SPDX-License-Identifier: Apache-2.0 */
/* When the PIN is sent. Counted is what is handed to the transport, and what the card sees: none when too few tries are
 * left or nobody knows how many, and none after one that the card has not accepted. */
#include <check.h>
#include <string.h>

#include "card_sim.h"
#include "vectors.h"

Suite *usim_pin_suite(void);

/* What goes wrong, once. */
enum {
  NOTHING,
  RESET_BEFORE_STATUS, /* the transport says so, and the card did not see the question */
  RESET_BEFORE_VERIFY, /* the same with the PIN */
  RESET_AFTER_VERIFY,  /* the card has seen the PIN, the transport says that it has not */
  UNTOLD_AFTER_VERIFY, /* the same, and the channel is gone: the transport says nothing */
  LOST_AFTER_VERIFY,   /* the card has seen the PIN, its answer is lost */
  RESET_AFTER_ANSWER,  /* with the next command */
  TROUBLES
};
/* Ways to the card: a logical channel, the basic one, the transport's own; then with every answer pending. */
enum { BY_CHANNEL, BY_BASIC, BY_DRIVER, WAYS };

static card_sim sim;
static imstls_usim_card card;
static imstls_aka_result result;
static int trouble, handed, seen, ended, ended_with;
static bool answered, other_reference_told;

static void on_done(void *user, uint32_t request, int error, const imstls_aka_result *got)
{
  (void)user, (void)request, (void)got;
  ended++;
  ended_with = error;
}

static void on_ready(void *user, int error) { on_done(user, 0, error, NULL); }

static bool strikes(int what, bool here)
{
  if (trouble != what || !here)
    return false;
  trouble = NOTHING;
  return true;
}

static int transmit(void *user, const uint8_t *command, size_t len, uint8_t *response, size_t cap, size_t *got)
{
  bool pin = command[1] == 0x20 && len > 5;
  bool question = command[1] == 0x20 && len == 4;
  handed += pin;
  bool before = strikes(RESET_BEFORE_STATUS, question) || strikes(RESET_BEFORE_VERIFY, pin) ||
                strikes(RESET_AFTER_ANSWER, answered);
  if (before) {
    sim_reset(&sim);
    return IMSTLS_NOT_READY;
  }
  seen += pin;
  answered = pin;
  int r = sim_transmit(user, command, len, response, cap, got);
  for (size_t i = 0; other_reference_told && i + 2 < *got; i++) {
    if (memcmp(response + i, "\x83\x01\x01", 3) == 0)
      response[i + 2] = 0x02;
  }
  if (strikes(LOST_AFTER_VERIFY, pin)) {
    sim.answer_error = IMSTLS_ERR_USIM_TIMEOUT;
    return r == IMSTLS_PENDING ? r : IMSTLS_ERR_USIM_TIMEOUT;
  }
  if (strikes(RESET_AFTER_VERIFY, pin)) {
    sim_reset(&sim);
    sim.answer_error = IMSTLS_NOT_READY;
    return r == IMSTLS_PENDING ? r : IMSTLS_NOT_READY;
  }
  if (strikes(UNTOLD_AFTER_VERIFY, pin)) {
    sim_reset(&sim);
    memcpy(sim.answer, "\x68\x81", 2);
    sim.answer_len = *got = 2;
    if (r != IMSTLS_PENDING)
      memcpy(response, "\x68\x81", 2);
  }
  return r;
}

static int open_channel(void *user, const uint8_t *aid, size_t len)
{
  (void)user;
  uint8_t select[5 + 16] = { 0x00, 0xa4, 0x04, 0x04, (uint8_t)len };
  memcpy(select + 5, aid, len);
  sim_command(&sim, select, 5 + len);
  return sim.selected != SIM_NO_APP ? IMSTLS_OK : IMSTLS_ERR_USIM_APP;
}

static void plug(int way, const char *pin)
{
  sim_init(&sim);
  sim.pin_on = true;
  sim.pending = way >= WAYS;
  card = (imstls_usim_card)IMSTLS_USIM_CARD_INIT;
  card.apdu = (imstls_apdu)IMSTLS_APDU_INIT;
  card.apdu.user = &sim;
  card.apdu.transmit = transmit;
  card.apdu.open_channel = way % WAYS == BY_DRIVER ? open_channel : NULL;
  card.channel = way % WAYS == BY_BASIC ? IMSTLS_CARD_CHANNEL_BASIC : IMSTLS_CARD_CHANNEL_AUTO;
  card.done = on_done;
  card.ready = on_ready;
  memcpy(card.pin, pin, strnlen(pin, sizeof card.pin));
  trouble = NOTHING;
  handed = seen = 0;
  answered = false;
  ck_assert_ptr_nonnull(imstls_usim_apdu(&card));
}

static int finish(int r)
{
  if (r != IMSTLS_PENDING)
    return r;
  for (int n = 0; sim_deliver(&sim, &card); n++)
    ck_assert_int_lt(n, 1000);
  ck_assert_int_eq(ended, 1);
  return ended_with;
}

static int read_card(void)
{
  ended = 0;
  return finish(imstls_usim_card_read(&card));
}

static int authenticate(void)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[0];
  ended = 0;
  memset(&result, 0, sizeof result);
  result.size = sizeof result;
  return finish(card.usim.authenticate(&card, 1, v->RAND.oct, v->AUTN.oct, &result));
}

static bool in_memory(const char *pin)
{
  const uint8_t *at = (const uint8_t *)&card, *end = at + sizeof card - 3;
  for (; (at = memchr(at, pin[0], (size_t)(end - at))) != NULL; at++) {
    if (memcmp(at, pin, 4) == 0)
      return true;
  }
  return false;
}

/* In its field until it was handed over, and nowhere afterwards, unless the card has accepted it. */
static void kept_or_gone(const char *pin, bool accepted)
{
  if (handed == 0)
    ck_assert_str_eq(card.pin, pin);
  else
    ck_assert_str_eq(card.pin, "");
  ck_assert_int_eq(in_memory(pin), handed == 0 || accepted);
}

static void close_card(void)
{
  (void)imstls_usim_card_close(&card);
  while (sim_deliver(&sim, &card))
    continue;
}

/* Whatever the host does next, and whoever resets the card: never a second one. */
static void never_again(void)
{
  int before = handed;
  for (int i = 0; i < 2; i++) {
    (void)authenticate();
    sim_reset(&sim);
    (void)read_card();
    close_card();
  }
  ck_assert_int_eq(handed, before);
}

/* Others reset the card between two challenges, as often as they like: it is shown its PIN again, once each time. */
static void again_after_reset(void)
{
  for (int i = 0; i < 3; i++) {
    int before = handed;
    ck_assert_int_eq(authenticate(), IMSTLS_OK);
    ck_assert_int_eq(handed, before);
    sim_reset(&sim);
    trouble = i == 0 ? RESET_BEFORE_STATUS : NOTHING;
    ck_assert_int_eq(i == 1 ? read_card() : authenticate(), IMSTLS_OK);
    ck_assert_int_eq(handed, before + 1);
    ck_assert_int_eq(sim.tries, 3);
  }
  close_card();
  ck_assert(!in_memory("1234"));
}

static int expected(bool allowed, bool accepted, int what, int tries)
{
  if (tries == 0)
    return IMSTLS_ERR_USIM_PIN;
  if (!allowed)
    return IMSTLS_ERR_USIM_PIN_TRIES;
  if (what == LOST_AFTER_VERIFY)
    return IMSTLS_ERR_USIM_TIMEOUT;
  return accepted ? IMSTLS_OK : IMSTLS_ERR_USIM_PIN;
}

static bool accepted_after(int what, bool once)
{
  bool in_force = what == NOTHING || what == RESET_BEFORE_STATUS;
  return in_force || (what == RESET_AFTER_ANSWER && !once);
}

/* tries < 0: the card does not tell */
static void one(int way, int what, int tries, bool right, uint8_t min_tries, bool no_pin_info, bool once)
{
  const char *pin = right ? "1234" : "9876";
  plug(way, pin);
  sim.tries = (uint8_t)(tries < 0 ? 3 : tries);
  sim.pin_sw = tries < 0 ? 0x6d00 : 0;
  sim.no_pin_info = no_pin_info;
  card.pin_min_tries = min_tries;
  card.pin_once = once;
  trouble = what;
  int wanted = min_tries == 0 ? 2 : min_tries;
  bool allowed = tries < 0 ? wanted == 1 : tries >= wanted;
  bool accepted = allowed && right && accepted_after(what, once);
  bool twice = accepted && what == RESET_AFTER_ANSWER;
  int before = sim.tries;
  int r = read_card();
  const char *text = "way %d trouble %d tries %d right %d min %d untold %d once %d: %d";
  ck_assert_msg(r == expected(allowed, accepted, what, tries), text, way, what, tries, right, min_tries, no_pin_info,
                once, r);
  ck_assert_int_eq(handed, allowed + twice);
  ck_assert_int_eq(seen, (allowed && what != RESET_BEFORE_VERIFY) + twice);
  ck_assert_int_eq(sim.tries, right && seen != 0 ? 3 : before - (seen != 0));
  if (!allowed)
    ck_assert_int_eq(card.pin_tries, tries < 0 ? 0xff : tries);
  if (seen != 0 && what == NOTHING && !right)
    ck_assert_int_eq(card.pin_tries, sim.tries);
  if (seen != 0 && what == LOST_AFTER_VERIFY)
    ck_assert_int_eq(card.pin_tries, 0xff);
  kept_or_gone(pin, accepted && !once);
  if (accepted && !once)
    again_after_reset();
  if (allowed)
    never_again();
}

static const int tries_left[] = { 3, 2, 1, 0, -1, 15 };
enum { TRIES = sizeof tries_left / sizeof tries_left[0] };

START_TEST(everywhere)
{
  static const uint8_t min_tries[] = { 0, 1, 3 };
  int way = _i % (2 * WAYS);
  int what = _i / (2 * WAYS);
  if (what == UNTOLD_AFTER_VERIFY && way % WAYS != BY_CHANNEL)
    return; /* a channel must be there to be missed */
  for (size_t t = 0; t < TRIES; t++) {
    for (size_t m = 0; m < sizeof min_tries; m++) {
      for (int i = 0; i < (min_tries[m] < 2 ? 8 : 4); i++)
        one(way, what, tries_left[t], i % 2 == 0, min_tries[m], i >= 4, i / 2 % 2 == 0);
    }
  }
}
END_TEST

/* Status words, all of 63xx and some of every other kind, as the answer to the question: by default the PIN follows
 * 63C2 to 63CF alone. Where the last try may be used, it follows 63C1 too, and whatever says neither "shown", nor
 * "disabled", nor "blocked". */
START_TEST(every_answer)
{
  for (unsigned sw = 1; sw <= 0xffff; sw++) {
    uint8_t sw2 = sw & 0xff;
    bool some = sw2 == 0x00 || (sw2 >= 0x82 && sw2 <= 0x84);
    if (sw >> 8 != 0x63 && !some)
      continue;
    plug(BY_BASIC, "1234");
    sim.pin_sw = (uint16_t)sw;
    card.pin_min_tries = (uint8_t)_i;
    int r = read_card();
    bool counted = sw > 0x63c0 && sw <= 0x63cf;
    bool done = sw == 0x9000 || sw >> 8 == 0x91 || sw == 0x6282;
    bool last = !done && sw != 0x6984 && sw != 0x6983 && sw != 0x63c0;
    bool sent = _i == 1 ? last : counted && sw >= 0x63c2;
    ck_assert_msg(handed == sent, "%04x: %d", sw, handed);
    ck_assert_msg((r == IMSTLS_OK) == sent, "%04x: %d", sw, r);
    ck_assert_int_eq(sim_sent(&sim, 0xc0), 0); /* nothing waits behind such an answer */
    if (!sent)
      ck_assert_str_eq(card.pin, "1234");
  }
}
END_TEST

/* A card that cannot be asked, and wants no PIN: nothing is sent, nothing is missed. */
START_TEST(not_wanted)
{
  for (unsigned min_tries = 0; min_tries < 3; min_tries++) {
    plug(_i, "1234");
    sim.pin_on = false;
    sim.no_pin_info = true;
    sim.pin_sw = min_tries == 1 ? 0x6984 : 0x6d00;
    card.pin_min_tries = (uint8_t)min_tries;
    ck_assert_int_eq(read_card(), IMSTLS_OK);
    ck_assert_int_eq(authenticate(), IMSTLS_OK);
    ck_assert_int_eq(handed, 0);
  }
}
END_TEST

/* A session in which the PIN is kept back says nothing of the next one, whose card claims that the PIN was shown. */
START_TEST(withheld_once)
{
  plug(_i, "1234");
  sim.pin_sw = 0x6d00;
  ck_assert_int_eq(read_card(), IMSTLS_ERR_USIM_PIN_TRIES);
  sim.pin_sw = 0x9000;
  (void)imstls_usim_card_close(&card);
  while (sim_deliver(&sim, &card))
    continue;
  ck_assert_int_eq(read_card(), IMSTLS_ERR_USIM_PIN);
  ck_assert_int_eq(handed, 0);
}
END_TEST

/* Shown already, by the telephone perhaps. */
START_TEST(shown_already)
{
  plug(_i, "9876");
  sim.verified = true;
  card.pin_min_tries = 1;
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  ck_assert_int_eq(handed, 0);
}
END_TEST

/* What is no PIN costs no try. */
START_TEST(no_pin)
{
  static const char *const pins[] = { "", "1", "123", "12a4", "1234\n", " 1234", "1234 ", "123456789", "+1234" };
  plug(BY_CHANNEL, pins[_i]);
  ck_assert_int_eq(read_card(), IMSTLS_ERR_USIM_PIN);
  ck_assert_int_eq(authenticate(), IMSTLS_ERR_USIM_PIN);
  ck_assert_int_eq(handed, 0);
  ck_assert_int_eq(card.pin_tries, 3);
}
END_TEST

/* All lengths there are, padded with FF (TS 102 221 9.5.1). */
START_TEST(lengths)
{
  char pin[9] = "12345678";
  pin[_i] = 0;
  plug(BY_BASIC, pin);
  strcpy(sim.pin, pin);
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  for (int i = 0; i < sim.count; i++) {
    if (sim.sent[i][1] != 0x20 || sim.sent_len[i] == 4)
      continue;
    uint8_t padded[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    memcpy(padded, pin, (size_t)_i);
    ck_assert_uint_eq(sim.sent_len[i], 13);
    ck_assert_mem_eq(sim.sent[i] + 5, padded, 8);
  }
  ck_assert_int_eq(handed, 1);
}
END_TEST

/* A new PIN from the host is another try, under the same rule. */
START_TEST(another_pin)
{
  plug(BY_CHANNEL, "9876");
  ck_assert_int_eq(read_card(), IMSTLS_ERR_USIM_PIN);
  strcpy(card.pin, "8765");
  ck_assert_int_eq(read_card(), IMSTLS_ERR_USIM_PIN);
  ck_assert_int_eq(card.pin_tries, 1);
  strcpy(card.pin, "1234");
  ck_assert_int_eq(read_card(), IMSTLS_ERR_USIM_PIN_TRIES);
  ck_assert_int_eq(handed, 2);
  card.pin_min_tries = 1;
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  ck_assert_int_eq(handed, 3);
}
END_TEST

/* A card in whose keeping the PIN is, which others reset then. */
static void accepted(int way)
{
  plug(way, "1234");
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  ck_assert_int_eq(handed, 1);
  sim_reset(&sim);
}

/* Changed at another telephone meanwhile: one try, whatever follows. */
START_TEST(changed_meanwhile)
{
  accepted(_i);
  strcpy(sim.pin, "5555");
  ck_assert_int_eq(authenticate(), IMSTLS_ERR_USIM_PIN);
  ck_assert_int_eq(card.pin_tries, 2);
  kept_or_gone("1234", false);
  never_again();
  ck_assert_int_eq(sim.tries, 2);
}
END_TEST

/* Another card, and the transport did not notice. */
START_TEST(exchanged_unseen)
{
  accepted(_i);
  bool pending = sim.pending;
  sim_init(&sim);
  sim.pin_on = true;
  sim.pending = pending;
  strcpy(sim.pin, "5555");
  ck_assert_int_eq(read_card(), IMSTLS_ERR_USIM_PIN);
  never_again();
  ck_assert_int_eq(sim.tries, 2);
}
END_TEST

/* Nobody knows whether the card has seen it this time: a reset or a lost answer, in place of "accepted". */
START_TEST(unsure_meanwhile)
{
  static const int troubles[] = { RESET_BEFORE_VERIFY, RESET_AFTER_VERIFY, UNTOLD_AFTER_VERIFY, LOST_AFTER_VERIFY };
  for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++) {
    if (troubles[i] == UNTOLD_AFTER_VERIFY && _i % WAYS != BY_CHANNEL)
      continue;
    accepted(_i);
    trouble = troubles[i];
    int r = authenticate();
    ck_assert_int_eq(r, troubles[i] == LOST_AFTER_VERIFY ? IMSTLS_ERR_USIM_TIMEOUT : IMSTLS_ERR_USIM_PIN);
    ck_assert_int_eq(handed, 2);
    kept_or_gone("1234", false);
    never_again();
  }
}
END_TEST

/* A card that is not there may be another one when it is back. */
START_TEST(taken_out)
{
  accepted(_i);
  sim.at = sim.count;
  sim.error = IMSTLS_ERR_USIM;
  ck_assert_int_eq(authenticate(), IMSTLS_ERR_USIM);
  sim.at = -1;
  never_again();
}
END_TEST

START_TEST(blocked_meanwhile)
{
  accepted(_i);
  sim.tries = 0;
  ck_assert_int_eq(authenticate(), IMSTLS_ERR_USIM_PIN);
  ck_assert_int_eq(card.pin_tries, 0);
  ck_assert_uint_eq(card.status, 0x6983);
  ck_assert_int_eq(handed, 1);
}
END_TEST

/* The rule of the tries holds for a kept one too; it is shown when there are enough again. */
START_TEST(few_tries_meanwhile)
{
  accepted(_i);
  sim.tries = 1;
  ck_assert_int_eq(authenticate(), IMSTLS_ERR_USIM_PIN_TRIES);
  ck_assert_int_eq(card.pin_tries, 1);
  ck_assert_int_eq(handed, 1);
  sim.tries = 3;
  ck_assert_int_eq(authenticate(), IMSTLS_OK);
  ck_assert_int_eq(handed, 2);
}
END_TEST

/* What the host writes goes before what is kept, and when it is wrong neither is left. */
START_TEST(new_one_first)
{
  accepted(_i);
  strcpy(card.pin, "9876");
  ck_assert_int_eq(authenticate(), IMSTLS_ERR_USIM_PIN);
  ck_assert_int_eq(sim.tries, 2);
  ck_assert(!in_memory("1234") && !in_memory("9876"));
  never_again();
}
END_TEST

/* The other application of the card has a PIN of its own (TS 102 221 9.5.1): ours was not accepted there. */
START_TEST(other_reference)
{
  plug(BY_CHANNEL, "1234");
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  sim_reset(&sim);
  other_reference_told = true;
  ck_assert_int_eq(authenticate(), IMSTLS_ERR_USIM_PIN);
  ck_assert_int_eq(handed, 1);
  other_reference_told = false;
  ck_assert_int_eq(authenticate(), IMSTLS_OK);
  ck_assert_int_eq(handed, 2);
}
END_TEST

/* Closed while the PIN is on its way: the answer comes, and nothing is kept. */
START_TEST(closed_in_between)
{
  plug(WAYS + BY_CHANNEL, "1234");
  ck_assert_int_eq(imstls_usim_card_read(&card), IMSTLS_PENDING);
  while (handed == 0)
    ck_assert(sim_deliver(&sim, &card));
  close_card();
  ck_assert(sim.verified);
  ck_assert(!in_memory("1234"));
  sim_reset(&sim);
  ck_assert_int_eq(read_card(), IMSTLS_ERR_USIM_PIN);
  ck_assert_int_eq(handed, 1);
}
END_TEST

Suite *usim_pin_suite(void)
{
  Suite *suite = suite_create("usim_pin");
  TCase *tc = tcase_create("all");
  tcase_set_timeout(tc, 60);
  tcase_add_loop_test(tc, everywhere, 0, TROUBLES * 2 * WAYS);
  tcase_add_loop_test(tc, every_answer, 0, 2);
  tcase_add_loop_test(tc, not_wanted, 0, 2 * WAYS);
  tcase_add_loop_test(tc, withheld_once, 0, 2 * WAYS);
  tcase_add_loop_test(tc, shown_already, 0, 2 * WAYS);
  tcase_add_loop_test(tc, no_pin, 0, 9);
  tcase_add_loop_test(tc, lengths, 4, 9);
  tcase_add_test(tc, another_pin);
  tcase_add_loop_test(tc, changed_meanwhile, 0, 2 * WAYS);
  tcase_add_loop_test(tc, exchanged_unseen, 0, 2 * WAYS);
  tcase_add_loop_test(tc, unsure_meanwhile, 0, 2 * WAYS);
  tcase_add_loop_test(tc, taken_out, 0, 2 * WAYS);
  tcase_add_loop_test(tc, blocked_meanwhile, 0, 2 * WAYS);
  tcase_add_loop_test(tc, few_tries_meanwhile, 0, 2 * WAYS);
  tcase_add_loop_test(tc, new_one_first, 0, 2 * WAYS);
  tcase_add_test(tc, other_reference);
  tcase_add_test(tc, closed_in_between);
  suite_add_tcase(suite, tc);
  return suite;
}
