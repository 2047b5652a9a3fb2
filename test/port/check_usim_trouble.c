/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions with a card that others, the transport, or who cancels or closes disturb: no channel is left open, and the
 * next session goes well. */
#include "card_world.h"

Suite *usim_trouble_suite(void);

/* Somebody else selected something on our channel, or closed it. */
START_TEST(selection_lost)
{
  kind(_i);
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  w.sim.selected = SIM_NO_APP;
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  good_result();
  w.sim.open = false;
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  memcpy(w.sim.auth, "\x69\x85", 2);
  w.sim.auth_len = 2;
  int before = sim_sent(&w.sim, 0x88);
  ck_assert_int_eq(auth_card(), IMSTLS_ERR_USIM);
  ck_assert_int_eq(sim_sent(&w.sim, 0x88), before + 2); /* once more and no oftener */
}
END_TEST

START_TEST(card_reset)
{
  kind(_i);
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  w.sim.at = w.sim.count;
  w.sim.error = IMSTLS_NOT_READY;
  w.sim.open = false;
  w.sim.selected = SIM_NO_APP;
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  good_result();
}
END_TEST

/* The n-th command fails, for every n, with each error a transport may give; the next attempt goes well. */
START_TEST(transport_fails)
{
  static const int errors[] = { IMSTLS_ERR_USIM, IMSTLS_ERR_USIM_IO, IMSTLS_ERR_USIM_TIMEOUT, -9999, 5 };
  for (int at = 0; at < 30; at++) {
    for (size_t e = 0; e < 5; e++) {
      setup();
      kind(_i);
      w.sim.at = at;
      w.sim.error = errors[e];
      int r = read_card();
      if (r == IMSTLS_OK)
        r = auth_card();
      if (w.sim.count <= at)
        continue; /* it was over by then */
      ck_assert_int_eq(r, e < 3 ? errors[e] : IMSTLS_ERR_USIM_IO);
      w.sim.error = 0;
      ck_assert_int_eq(auth_card(), IMSTLS_OK);
      good_result();
      ck_assert_int_eq(read_card(), IMSTLS_OK);
      if (e == 0)
        wiped();
    }
  }
}
END_TEST

START_TEST(pending_rules)
{
  w.sim.pending = true;
  ck_assert_int_eq(imstls_usim_card_transmitted(&w.card, IMSTLS_OK, 2), IMSTLS_ERR_STATE);
  ck_assert_int_eq(start_auth(1), IMSTLS_PENDING);
  ck_assert_int_eq(start_auth(2), IMSTLS_ERR_USIM); /* one at a time */
  w.card.usim.cancel(&w.card, 99);                  /* of nobody */
  w.card.usim.cancel(&w.card, 1);
  ck_assert_int_eq(start_auth(2), IMSTLS_PENDING); /* waits for the card */
  ck_assert_int_eq(imstls_usim_card_read(&w.card), IMSTLS_PENDING);
  ck_assert_int_eq(imstls_usim_card_read(&w.card), IMSTLS_ERR_STATE);
  deliver_all();
  ck_assert_int_eq(w.done_count, 1); /* the first one's answer goes to nobody */
  ck_assert_uint_eq(w.done_request, 2);
  ck_assert_int_eq(w.ready_count, 1);
  ck_assert_int_eq(imstls_usim_card_transmitted(&w.card, IMSTLS_OK, 2), IMSTLS_ERR_STATE); /* twice */
  good_result();
  wiped();
}
END_TEST

/* Cancelled, or closed, after every number of answers: nothing comes, and the card works afterwards. */
START_TEST(cancel_anywhere)
{
  for (int at = 0; at < 20; at++) {
    setup();
    w.sim.pending = true;
    ck_assert_int_eq(start_auth(1), IMSTLS_PENDING);
    for (int i = 0; i < at; i++)
      sim_deliver(&w.sim, &w.card);
    int before = w.done_count;
    if (_i == 0)
      w.card.usim.cancel(&w.card, 1);
    else
      imstls_usim_card_close(&w.card);
    deliver_all();
    ck_assert_int_eq(w.done_count, before);
    if (_i == 1)
      ck_assert(!w.sim.open);
    if (before == 0)
      ck_assert_int_eq(w.result.res_len, 0);
    wiped();
    ck_assert_int_eq(auth_card(), IMSTLS_OK);
    good_result();
  }
}
END_TEST

/* Closed while EF_DIR is being selected: the channel is closed next, nothing else is asked. */
START_TEST(close_at_once)
{
  w.sim.pending = true;
  ck_assert_int_eq(start_auth(1), IMSTLS_PENDING);
  sim_deliver(&w.sim, &w.card);
  ck_assert_int_eq(imstls_usim_card_close(&w.card), IMSTLS_PENDING);
  deliver_all();
  ck_assert_int_eq(w.sim.count, 3);
  ck_assert(!w.sim.open);
}
END_TEST

/* Whatever went wrong, a channel on which nothing is selected does not stay open. The answer that opens it came. */
START_TEST(failure_closes)
{
  for (int at = 1; at < 30; at++) {
    setup();
    kind(_i);
    w.sim.at = at;
    w.sim.error = IMSTLS_ERR_USIM_TIMEOUT;
    int r = read_card();
    if (r == IMSTLS_OK)
      r = auth_card();
    if (w.sim.count <= at)
      break;
    ck_assert_int_eq(r, IMSTLS_ERR_USIM_TIMEOUT);
    ck_assert(!w.sim.open);
  }
  setup();
  kind(_i);
  sim_remove(&w.sim, SIM_ISIM);
  sim_remove(&w.sim, SIM_USIM);
  ck_assert_int_eq(read_card(), IMSTLS_ERR_USIM_APP);
  ck_assert(!w.sim.open);
  ck_assert_uint_eq(w.card.status, 0x6a82); /* of what failed */
}
END_TEST

/* Asked again, or closed, while the library closes: once, and what was asked is done. */
START_TEST(failure_closes_meanwhile)
{
  w.sim.pending = w.sim.pin_on = true;
  ck_assert_int_eq(imstls_usim_card_read(&w.card), IMSTLS_PENDING);
  while (w.ready_count == 0)
    ck_assert(sim_deliver(&w.sim, &w.card));
  ck_assert_int_eq(w.ready_error, IMSTLS_ERR_USIM_PIN);
  ck_assert(!w.sim.open); /* the command is out, its answer not in */
  ck_assert_uint_eq(w.card.status, 0x63c3);
  if (_i == 0) {
    ck_assert_int_eq(imstls_usim_card_close(&w.card), IMSTLS_PENDING);
    deliver_all();
    ck_assert_int_eq(sim_sent(&w.sim, 0x70), 2);
    ck_assert_int_eq(imstls_usim_card_close(&w.card), IMSTLS_OK);
    return;
  }
  strcpy(w.card.pin, "1234");
  ck_assert_int_eq(_i == 1 ? imstls_usim_card_read(&w.card) : start_auth(3), IMSTLS_PENDING);
  deliver_all();
  ck_assert_int_eq(w.ready_count + w.done_count, 2);
  ck_assert_int_eq(_i == 1 ? w.ready_error : w.done_error, IMSTLS_OK);
  ck_assert(w.sim.open);
}
END_TEST

Suite *usim_trouble_suite(void)
{
  Suite *suite = suite_create("usim_trouble");
  TCase *tc = tcase_create("all");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, NULL);
  tcase_add_loop_test(tc, selection_lost, 0, 8);
  tcase_add_loop_test(tc, card_reset, 0, 8);
  tcase_add_loop_test(tc, transport_fails, 0, 8);
  tcase_add_test(tc, pending_rules);
  tcase_add_loop_test(tc, cancel_anywhere, 0, 2);
  tcase_add_test(tc, close_at_once);
  tcase_add_loop_test(tc, failure_closes, 0, 8);
  tcase_add_loop_test(tc, failure_closes_meanwhile, 0, 3);
  suite_add_tcase(suite, tc);
  return suite;
}
