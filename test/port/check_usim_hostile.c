/* SPDX-License-Identifier: Apache-2.0 */
/* Cards that lie: every answer of a session cut at each octet, each octet of it another, answers without end. Whatever
 * comes, the session ends, says so, and a good card in the same reader works afterwards. */
#include <check.h>
#include <string.h>

#include "card_sim.h"
#include "vectors.h"

Suite *usim_hostile_suite(void);

enum { COMMANDS_MAX = 60 };

static card_sim sim, good;
static imstls_usim_card card;
static imstls_aka_result result;

static void plug(int kind)
{
  sim = good;
  sim.t0 = (kind & 1) != 0;
  sim.no_channels = (kind & 2) != 0;
  card = (imstls_usim_card)IMSTLS_USIM_CARD_INIT;
  card.apdu = (imstls_apdu)IMSTLS_APDU_INIT;
  card.apdu.user = &sim;
  card.apdu.transmit = sim_transmit;
  ck_assert_ptr_nonnull(imstls_usim_apdu(&card));
}

static void setup(void) { sim_init(&good); }

static int authenticate(void)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[0];
  memset(&result, 0, sizeof result);
  result.size = sizeof result;
  return card.usim.authenticate(&card, 1, v->RAND.oct, v->AUTN.oct, &result);
}

static bool is_card_error(int r)
{
  return r == IMSTLS_ERR_USIM || r == IMSTLS_ERR_USIM_PIN || r == IMSTLS_ERR_USIM_APP || r == IMSTLS_ERR_USIM_DATA ||
         r == IMSTLS_ERR_USIM_IO;
}

static void all_terminated(void)
{
  const imstls_card_identity *id = &card.identity;
  const char *texts[] = { id->impi, id->domain, id->imsi, id->impu[0], id->pcscf[0] };
  ck_assert_uint_le(id->text_len, sizeof id->text);
  for (size_t i = 0; i < 5; i++) {
    if (texts[i] == NULL)
      continue;
    ck_assert(texts[i] >= id->text && texts[i] < id->text + id->text_len);
    ck_assert_ptr_nonnull(memchr(texts[i], 0, sizeof id->text - (size_t)(texts[i] - id->text)));
  }
}

/* A session with the lie; then the card tells the truth. True: there was an answer number `at` to twist. */
static bool session(int kind, int at, void (*twist)(card_sim *, uint8_t *, size_t *), size_t knob)
{
  plug(kind);
  sim.at = at;
  sim.twist = twist;
  sim.knob = knob;
  int r = imstls_usim_card_read(&card);
  bool imsi_alone = card.identity.mnc_len == 0 && card.identity.imsi != NULL;
  ck_assert(r == IMSTLS_OK ? imsi_alone || card.identity.impi != NULL : is_card_error(r));
  all_terminated();
  r = authenticate();
  ck_assert(r == IMSTLS_OK || is_card_error(r));
  if (r != IMSTLS_OK)
    ck_assert(result.res_len == 0);
  ck_assert_int_le(sim.count, COMMANDS_MAX);
  bool twisted = sim.count > at;
  sim.twist = NULL;
  sim.open = !sim.no_channels && card.p.channel != 0; /* as the card layer believes */
  r = authenticate();
  ck_assert_msg(r == IMSTLS_OK && result.res_len == 8, "kind %d at %d knob %zu: %d", kind, at, knob, r);
  return twisted;
}

static void cut(card_sim *s, uint8_t *answer, size_t *len)
{
  (void)answer;
  if (s->knob < *len)
    *len = s->knob;
}

/* Cut, with a good status behind what is left. */
static void cut_data(card_sim *s, uint8_t *answer, size_t *len)
{
  if (s->knob + 2 >= *len)
    return;
  memcpy(answer + s->knob, "\x90\x00", 2);
  *len = s->knob + 2;
}

START_TEST(cuts)
{
  for (int at = 0; at < 40; at++) {
    for (size_t knob = 0; knob < 70; knob++) {
      bool a = session(_i, at, cut, knob);
      bool b = session(_i, at, cut_data, knob);
      if (!a && !b)
        break;
    }
  }
}
END_TEST

static void change(card_sim *s, uint8_t *answer, size_t *len)
{
  static const uint8_t lies[] = { 0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0xfe, 0xff, 0x61, 0x6c };
  size_t at = s->knob / sizeof lies;
  if (at < *len)
    answer[at] = lies[s->knob % sizeof lies];
}

static void grow(card_sim *s, uint8_t *answer, size_t *len)
{
  size_t at = s->knob / 2;
  if (at < *len)
    answer[at] = (uint8_t)(answer[at] + (s->knob % 2 == 0 ? 1 : 255));
}

START_TEST(octets)
{
  for (int at = 0; at < 40; at++) {
    for (size_t knob = 0; knob < 46 * 12; knob++) {
      if (!session(_i, at, change, knob))
        break;
    }
    for (size_t knob = 0; knob < 46 * 2; knob++) {
      if (!session(_i, at, grow, knob))
        break;
    }
  }
}
END_TEST

static void more(card_sim *s, uint8_t *answer, size_t *len)
{
  answer[*len - 2] = 0x61;
  answer[*len - 1] = (uint8_t)s->knob;
}

static void other_length(card_sim *s, uint8_t *answer, size_t *len)
{
  answer[0] = 0x6c;
  answer[1] = (uint8_t)s->knob;
  *len = 2;
}

static void much(card_sim *s, uint8_t *answer, size_t *len)
{
  memset(answer, 0xff, 258);
  answer[256] = 0x61;
  answer[257] = (uint8_t)s->knob;
  *len = 258;
}

static void too_much(card_sim *s, uint8_t *answer, size_t *len)
{
  (void)s;
  memset(answer, 0xff, 600);
  *len = 600;
}

static void just_status(card_sim *s, uint8_t *answer, size_t *len)
{
  answer[0] = (uint8_t)(s->knob >> 8);
  answer[1] = (uint8_t)s->knob;
  *len = 2;
}

/* Every answer is the lie. */
START_TEST(endless)
{
  static void (*const twists[])(card_sim *, uint8_t *, size_t *) = { more, other_length, much, too_much };
  for (size_t i = 0; i < 4; i++) {
    for (size_t knob = 0; knob < 256; knob += 51)
      session(_i, -1, twists[i], knob);
  }
  static const uint16_t sw[] = { 0x9000, 0x6282, 0x6982, 0x6983, 0x6a82, 0x6a83, 0x6881, 0x6e00, 0x6d00, 0x63c3,
                                 0x9862, 0x6985, 0x6f00, 0x0000, 0xffff, 0x9130, 0x6100, 0x6c00, 0x9f10 };
  for (size_t i = 0; i < sizeof sw / sizeof sw[0]; i++) {
    session(_i, -1, just_status, sw[i]);
    for (int at = 0; at < 30; at++)
      session(_i, at, just_status, sw[i]);
  }
}
END_TEST

/* One of the answers goes on for ever, the others are good: an error, after few commands. */
START_TEST(endless_auth)
{
  plug(_i);
  ck_assert_int_eq(authenticate(), IMSTLS_OK);
  sim.twist = more;
  sim.knob = 16;
  sim.at = -1;
  int before = sim.count;
  ck_assert_int_eq(authenticate(), IMSTLS_ERR_USIM_DATA);
  ck_assert_int_le(sim.count - before, 10);
}
END_TEST

START_TEST(records_without_end)
{
  plug(_i);
  sim_file *impu = sim_find(&sim, SIM_ISIM, 0x6f04);
  impu->record_len = 2;
  impu->len = 255 * 2;
  memset(impu->data, 0xff, sizeof impu->data);
  ck_assert_int_eq(imstls_usim_card_read(&card), IMSTLS_OK); /* empty ISIM, so the USIM */
  ck_assert_int_eq(card.identity.application, IMSTLS_APP_USIM);
  ck_assert_int_lt(sim.count, 300);
  plug(_i);
  sim_file *dir = sim_find(&sim, SIM_MF, 0x2f00);
  dir->record_len = 2;
  dir->len = 255 * 2;
  ck_assert_int_eq(authenticate(), IMSTLS_OK);
  ck_assert_int_lt(sim.count, 30);
}
END_TEST

START_TEST(auth_refused)
{
  static const uint16_t sw[] = { 0x9864, 0x9865, 0x6f00, 0x6700, 0x6a88, 0x6982, 0x6d00 };
  for (size_t i = 0; i < sizeof sw / sizeof sw[0]; i++) {
    plug(0);
    sim.auth[0] = (uint8_t)(sw[i] >> 8);
    sim.auth[1] = (uint8_t)sw[i];
    sim.auth_len = 2;
    int r = authenticate();
    ck_assert(r == IMSTLS_ERR_USIM || r == IMSTLS_ERR_USIM_APP || r == IMSTLS_ERR_USIM_PIN);
    ck_assert_uint_eq(card.status, sw[i]);
  }
}
END_TEST

static int always_reset(void *user, const uint8_t *command, size_t len, uint8_t *response, size_t cap, size_t *out)
{
  (void)command, (void)len, (void)response, (void)cap, (void)out;
  ck_assert_int_lt(++*(int *)user, 10);
  return IMSTLS_NOT_READY;
}

START_TEST(card_reset_always)
{
  int calls = 0;
  plug(0);
  card.apdu.transmit = always_reset;
  card.apdu.user = &calls;
  ck_assert_int_eq(authenticate(), IMSTLS_ERR_USIM_IO);
  ck_assert_int_eq(imstls_usim_card_read(&card), IMSTLS_ERR_USIM_IO);
}
END_TEST

static int resets_left, when, passed; /* a reset each time `when` commands went through */
static bool untold;                   /* the transport does not notice */

static int some_resets(void *user, const uint8_t *command, size_t len, uint8_t *response, size_t cap, size_t *out)
{
  if (resets_left > 0 && passed == when) {
    resets_left--;
    passed = 0;
    sim.selected = SIM_NO_APP;
    sim.open = sim.verified = false;
    if (!untold)
      return IMSTLS_NOT_READY;
  }
  passed++;
  return sim_transmit(user, command, len, response, cap, out);
}

/* Others who share the reader reset the card when they leave: three times are borne, wherever they come. */
START_TEST(card_reset_by_others)
{
  untold = _i >= 4;
  for (int resets = 1; resets < (untold ? 4 : 5); resets++) { /* before MANAGE CHANNEL an untold one is none */
    for (when = untold ? 2 : 0; when < 4; when++) {           /* a channel must be there to be missed */
      plug(untold ? _i & 1 : _i);
      sim.pin_on = true;
      strcpy(card.pin, "1234");
      card.apdu.transmit = some_resets;
      resets_left = resets;
      passed = 0;
      ck_assert_int_eq(authenticate(), resets < 4 ? IMSTLS_OK : IMSTLS_ERR_USIM_IO);
      ck_assert_int_eq(resets_left, 0);
      if (resets < 4)
        ck_assert_str_eq(card.pin, "");
      ck_assert_int_eq(sim.tries, 3);
    }
  }
}
END_TEST

/* A transport that claims more than there was room for. */
START_TEST(overrun)
{
  plug(_i);
  ck_assert_int_eq(authenticate(), IMSTLS_OK);
  sim.twist = too_much;
  ck_assert_int_eq(authenticate(), IMSTLS_ERR_USIM_IO);
}
END_TEST

Suite *usim_hostile_suite(void)
{
  Suite *suite = suite_create("usim_hostile");
  TCase *tc = tcase_create("all");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, NULL);
  tcase_add_loop_test(tc, cuts, 0, 4);
  tcase_add_loop_test(tc, octets, 0, 4);
  tcase_add_loop_test(tc, endless, 0, 4);
  tcase_add_loop_test(tc, endless_auth, 0, 4);
  tcase_add_loop_test(tc, records_without_end, 0, 4);
  tcase_add_test(tc, auth_refused);
  tcase_add_test(tc, card_reset_always);
  tcase_add_loop_test(tc, card_reset_by_others, 0, 6);
  tcase_add_loop_test(tc, overrun, 0, 4);
  suite_add_tcase(suite, tc);
  return suite;
}
