/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions with a card: in one go and with every answer pending, T=0 and T=1, PINs, channels, cards that lie. */
#include "card_world.h"

Suite *usim_apdu_suite(void);

static void auth_answer(const vec *v)
{
  memcpy(w.sim.auth, v->oct, v->len);
  w.sim.auth_len = v->len;
}

static void isim_identity(void)
{
  const imstls_card_identity *id = &w.card.identity;
  ck_assert_int_eq(id->application, IMSTLS_APP_ISIM);
  ck_assert_str_eq(id->impi, "001010000000001@ims.mnc001.mcc001.3gppnetwork.org");
  ck_assert_str_eq(id->domain, "ims.mnc001.mcc001.3gppnetwork.org");
  ck_assert_uint_eq(id->impu_count, 2);
  ck_assert_str_eq(id->impu[1], "tel:+10000000001");
  ck_assert_uint_eq(id->pcscf_count, 3);
  ck_assert_ptr_null(id->imsi);
}

static void usim_identity(void)
{
  const imstls_card_identity *id = &w.card.identity;
  ck_assert_int_eq(id->application, IMSTLS_APP_USIM);
  ck_assert_str_eq(id->imsi, "001010000000001");
  ck_assert_uint_eq(id->mnc_len, 2);
  ck_assert_str_eq(id->impi, "001010000000001@ims.mnc001.mcc001.3gppnetwork.org");
  ck_assert_str_eq(id->domain, "ims.mnc001.mcc001.3gppnetwork.org");
  ck_assert_str_eq(id->impu[0], "sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org");
  ck_assert_uint_eq(id->impu_count, 1);
}

START_TEST(whole_session)
{
  kind(_i);
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  isim_identity();
  for (int i = 0; i < 3; i++) {
    ck_assert_int_eq(auth_card(), IMSTLS_OK);
    good_result();
  }
  wiped();
  ck_assert_int_eq(sim_sent(&w.sim, 0x20), 0); /* the FCP said that no PIN is wanted */
  ck_assert_int_eq(sim_sent(&w.sim, 0x88), 3);
  bool pending = imstls_usim_card_close(&w.card) == IMSTLS_PENDING;
  ck_assert(pending == (w.sim.pending && !w.sim.no_channels));
  deliver_all();
  ck_assert(!w.sim.open);
  ck_assert_int_eq(auth_card(), IMSTLS_OK); /* and again */
}
END_TEST

/* The vectors' own commands and answers, octet by octet. */
START_TEST(auth_octets)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[_i % 3];
  w.sim.t0 = _i >= 3;
  w.card.channel = IMSTLS_CARD_CHANNEL_BASIC;
  auth_answer(&v->apdu.response_ok);
  w.result.size = sizeof w.result;
  int r = w.card.usim.authenticate(&w.card, 1, v->RAND.oct, v->AUTN.oct, &w.result);
  ck_assert_int_eq(r, IMSTLS_OK);
  ck_assert_mem_eq(w.result.res, v->RES.oct, v->RES.len);
  int last = w.sim.count - 1;
  if (w.sim.t0) {
    ck_assert_uint_eq(w.sim.sent_len[last], v->apdu.get_response.len);
    ck_assert_mem_eq(w.sim.sent[last], v->apdu.get_response.oct, v->apdu.get_response.len);
    last--;
  }
  ck_assert_uint_eq(w.sim.sent_len[last], v->apdu.authenticate.len);
  ck_assert_mem_eq(w.sim.sent[last], v->apdu.authenticate.oct, v->apdu.authenticate.len);
}
END_TEST

START_TEST(verdicts)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[0];
  kind(_i);
  auth_answer(&v->apdu.response_sync);
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  ck_assert_int_eq(w.result.verdict, IMSTLS_AKA_SYNC_FAILURE);
  ck_assert_mem_eq(w.result.auts, v->sync_failure.AUTS.oct, 14);
  ck_assert_uint_eq(w.result.res_len, 0);
  auth_answer(&v->apdu.response_mac_failure);
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  ck_assert_int_eq(w.result.verdict, IMSTLS_AKA_MAC_FAILURE);
  ck_assert_uint_eq(w.card.status, 0x9862);
  auth_answer(&v->apdu.response_ok_with_Kc);
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  good_result();
}
END_TEST

START_TEST(usim_alone)
{
  kind(_i);
  sim_remove(&w.sim, SIM_ISIM);
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  usim_identity();
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  good_result();
}
END_TEST

START_TEST(isim_blank)
{
  kind(_i);
  memset(sim_find(&w.sim, SIM_ISIM, 0x6f02)->data, 0xff, 64);
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  usim_identity();
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  fresh_card();
  w.card.application = IMSTLS_APP_ISIM;
  ck_assert_int_eq(read_card(), IMSTLS_ERR_USIM_DATA);
  ck_assert_int_eq(w.card.identity.application, 0);
}
END_TEST

START_TEST(isim_files_missing)
{
  sim_find(&w.sim, SIM_ISIM, 0x6f09)->app = SIM_NO_APP; /* optional */
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  ck_assert_uint_eq(w.card.identity.pcscf_count, 0);
  sim_find(&w.sim, SIM_ISIM, 0x6f03)->app = SIM_NO_APP;
  fresh_card();
  w.card.application = IMSTLS_APP_ISIM;
  ck_assert_int_eq(read_card(), IMSTLS_ERR_USIM_APP);
  fresh_card();
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  usim_identity();
}
END_TEST

START_TEST(no_application)
{
  kind(_i);
  sim_remove(&w.sim, SIM_ISIM);
  sim_remove(&w.sim, SIM_USIM);
  ck_assert_int_eq(read_card(), IMSTLS_ERR_USIM_APP);
  ck_assert_int_eq(auth_card(), IMSTLS_ERR_USIM_APP);
}
END_TEST

START_TEST(chosen_application)
{
  w.card.application = IMSTLS_APP_USIM;
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  usim_identity();
  sim_remove(&w.sim, SIM_ISIM);
  fresh_card();
  w.card.application = IMSTLS_APP_ISIM;
  ck_assert_int_eq(read_card(), IMSTLS_ERR_USIM_APP);
}
END_TEST

START_TEST(no_dir)
{
  sim_find(&w.sim, SIM_MF, 0x2f00)->app = SIM_NO_APP;
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  isim_identity();
  ck_assert_int_eq(w.sim.sent[2][4], 7); /* the leading octets alone */
  fresh_card();
  sim_add(&w.sim, SIM_MF, 0x2f00, 0, (const uint8_t *)"x", 1); /* of the wrong structure */
  ck_assert_int_eq(read_card(), IMSTLS_OK);
}
END_TEST

START_TEST(pin_shown)
{
  kind(_i);
  w.sim.pin_on = true;
  strcpy(w.card.pin, "1234");
  ck_assert_int_eq(read_card(), IMSTLS_OK);
  ck_assert_int_eq(sim_sent(&w.sim, 0x20), 2); /* asked, shown */
  ck_assert_str_eq(w.card.pin, "");
  wiped();
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
}
END_TEST

START_TEST(pin_missing)
{
  kind(_i);
  w.sim.pin_on = true;
  ck_assert_int_eq(read_card(), IMSTLS_ERR_USIM_PIN);
  ck_assert_uint_eq(w.card.pin_tries, 3);
  ck_assert_int_eq(auth_card(), IMSTLS_ERR_USIM_PIN);
  ck_assert_int_eq(sim_sent(&w.sim, 0x88), 0);
}
END_TEST

START_TEST(pin_wrong)
{
  w.sim.pin_on = true;
  for (int left = 2; left > 0; left--) {
    strcpy(w.card.pin, "9999");
    ck_assert_int_eq(auth_card(), IMSTLS_ERR_USIM_PIN);
    ck_assert_int_eq(w.card.pin_tries, left);
    ck_assert_int_eq(auth_card(), IMSTLS_ERR_USIM_PIN); /* not tried again by itself */
    ck_assert_int_eq(w.sim.tries, left);
  }
  strcpy(w.card.pin, "1234");
  ck_assert_int_eq(auth_card(), IMSTLS_ERR_USIM_PIN_TRIES); /* the last try is not ours */
  ck_assert_uint_eq(w.card.pin_tries, 1);
  ck_assert_uint_eq(w.sim.tries, 1);
  w.sim.tries = 0;
  ck_assert_int_eq(auth_card(), IMSTLS_ERR_USIM_PIN);
  ck_assert_uint_eq(w.card.pin_tries, 0);
}
END_TEST

/* A card that says nothing of PINs in its FCP is asked; one that is open is let pass. */
START_TEST(pin_untold)
{
  w.sim.no_pin_info = true;
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  ck_assert_int_eq(sim_sent(&w.sim, 0x20), 1);
  fresh_card();
  w.sim.pin_on = true;
  ck_assert_int_eq(auth_card(), IMSTLS_ERR_USIM_PIN);
  strcpy(w.card.pin, "1234");
  ck_assert_int_eq(imstls_usim_card_close(&w.card), IMSTLS_OK);
  ck_assert_str_eq(w.card.pin, "");
  strcpy(w.card.pin, "1234");
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
}
END_TEST

static void twist_6c(card_sim *sim, uint8_t *answer, size_t *len)
{
  (void)sim;
  memcpy(answer, "\x6c\x05", 2);
  *len = 2;
}

/* 6Cxx to VERIFY: neither the PIN nor its reference is sent anew. */
START_TEST(pin_6c)
{
  w.sim.pin_on = true;
  strcpy(w.card.pin, "1234");
  w.sim.twist = twist_6c;
  w.sim.at = _i; /* number of the VERIFY with, or without the PIN */
  auth_card();
  for (int i = 0; i < w.sim.count; i++) {
    if (w.sim.sent[i][1] == 0x20)
      ck_assert_uint_eq(w.sim.sent[i][3], 0x01);
  }
  ck_assert_int_le(sim_sent(&w.sim, 0x20), 2);
  if (_i != 7)
    return;
  ck_assert_int_eq(w.sim.count, 9); /* nothing after the VERIFY that was refused, but the channel's end */
  ck_assert_mem_eq(w.sim.sent[8], "\x00\x70\x80\x01", 4);
}
END_TEST

START_TEST(channels)
{
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  ck_assert_uint_eq(w.sim.sent[0][1], 0x70);
  ck_assert_uint_eq(w.sim.sent[1][0], 0x01);
  fresh_card();
  w.sim.channel = 5; /* class of the further channels */
  w.sim.count = 0;
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  ck_assert_uint_eq(w.sim.sent[1][0], 0x41);
  fresh_card();
  w.sim.count = 0;
  w.card.channel = IMSTLS_CARD_CHANNEL_BASIC;
  ck_assert_int_eq(auth_card(), IMSTLS_OK);
  ck_assert_int_eq(sim_sent(&w.sim, 0x70), 0);
  for (unsigned lie = 0; lie < 256; lie++) {
    if (lie >= 1 && lie <= 19)
      continue;
    fresh_card();
    w.sim.channel = (uint8_t)lie;
    ck_assert_int_eq(auth_card(), IMSTLS_ERR_USIM_DATA);
  }
}
END_TEST

START_TEST(usage)
{
  imstls_usim_card card = IMSTLS_USIM_CARD_INIT;
  ck_assert_ptr_null(imstls_usim_apdu(NULL));
  ck_assert_ptr_null(imstls_usim_apdu(&card));
  imstls_usim_card smaller = w.card;
  smaller.size--;
  smaller.usim.authenticate = NULL;
  ck_assert_ptr_null(imstls_usim_apdu(&smaller));
  ck_assert(!smaller.usim.authenticate);
  ck_assert_int_eq(imstls_usim_card_read(NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_usim_card_read(&card), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_usim_card_close(NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_usim_card_transmitted(NULL, IMSTLS_OK, 2), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_usim_card_transmitted(&w.card, IMSTLS_PENDING, 2), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(w.card.usim.authenticate(&w.card, 1, NULL, NULL, NULL), IMSTLS_ERR_USIM);
  w.card.done = NULL; /* nobody to tell: refused when it would have to wait */
  w.sim.pending = true;
  ck_assert_int_eq(imstls_usim_card_read(&w.card), IMSTLS_PENDING);
  ck_assert_int_eq(start_auth(1), IMSTLS_ERR_USIM);
  deliver_all();
}
END_TEST

Suite *usim_apdu_suite(void)
{
  Suite *suite = suite_create("usim_apdu");
  TCase *tc = tcase_create("all");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, NULL);
  tcase_add_loop_test(tc, whole_session, 0, 8);
  tcase_add_loop_test(tc, auth_octets, 0, 6);
  tcase_add_loop_test(tc, verdicts, 0, 8);
  tcase_add_loop_test(tc, usim_alone, 0, 8);
  tcase_add_loop_test(tc, isim_blank, 0, 8);
  tcase_add_test(tc, isim_files_missing);
  tcase_add_loop_test(tc, no_application, 0, 8);
  tcase_add_test(tc, chosen_application);
  tcase_add_test(tc, no_dir);
  tcase_add_loop_test(tc, pin_shown, 0, 8);
  tcase_add_loop_test(tc, pin_missing, 0, 8);
  tcase_add_test(tc, pin_wrong);
  tcase_add_test(tc, pin_untold);
  tcase_add_loop_test(tc, pin_6c, 5, 9);
  tcase_add_test(tc, channels);
  tcase_add_test(tc, usage);
  suite_add_tcase(suite, tc);
  return suite;
}
