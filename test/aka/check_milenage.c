/* SPDX-License-Identifier: Apache-2.0 */
/* Milenage and the AKA built on it, against TS 35.208 and the AKA parts of the end-to-end cases. */
#include <check.h>

#include <imstls/aka.h>

#include "base/base.h"
#include "heap.h"
#include "vectors.h"

Suite *milenage_suite(void);

enum { SET_COUNT = 20, CASE_COUNT = 3 };

static void same(const uint8_t *got, vec want, size_t len)
{
  ck_assert_uint_eq(want.len, len);
  ck_assert_mem_eq(got, want.oct, len);
}

static imstls_aka_card card_of(vec k, vec opc)
{
  imstls_aka_card card = IMSTLS_AKA_CARD_INIT;
  memcpy(card.k, k.oct, k.len);
  memcpy(card.opc, opc.oct, opc.len);
  return card;
}

/* An array that accepts any number but zero, at whatever IND. */
static imstls_sqn open_sqn(void)
{
  imstls_sqn sqn = IMSTLS_SQN_INIT;
  sqn.delta = UINT64_MAX;
  return sqn;
}

static bool all_zero(const void *ptr, size_t len)
{
  const uint8_t *p = ptr;
  for (size_t i = 0; i < len; i++)
    if (p[i] != 0)
      return false;
  return true;
}

START_TEST(counts)
{
  ck_assert_uint_eq(v_milenage.sets.count, SET_COUNT);
  ck_assert_uint_eq(v_end_to_end.cases.count, CASE_COUNT);
}
END_TEST

START_TEST(functions)
{
  const struct v_milenage_sets_item *v = &v_milenage.sets.item[_i];
  uint8_t *k = heap_copy(v->K.oct, 16);
  uint8_t *opc = heap_copy(v->OP.oct, 16);
  uint8_t *rand = heap_copy(v->RAND.oct, 16);
  uint8_t mac_a[8], mac_s[8], res[8], ck[16], ik[16], ak[6], ak_star[6];
  ck_assert_int_eq(imstls_milenage_opc(k, opc, opc), IMSTLS_OK); /* in place */
  same(opc, v->OPc, 16);
  ck_assert_int_eq(imstls_milenage_f1(k, opc, rand, v->SQN.oct, v->AMF.oct, mac_a, mac_s), IMSTLS_OK);
  same(mac_a, v->f1, 8);
  same(mac_s, v->f1star, 8);
  ck_assert_int_eq(imstls_milenage_f1(k, opc, rand, v->SQN.oct, (const uint8_t *)"\0", NULL, mac_s), IMSTLS_OK);
  same(mac_s, v->f1star_AMF0000, 8);
  ck_assert_int_eq(imstls_milenage_f2345(k, opc, rand, res, ck, ik, ak), IMSTLS_OK);
  same(res, v->f2, 8);
  same(ck, v->f3, 16);
  same(ik, v->f4, 16);
  same(ak, v->f5, 6);
  ck_assert_int_eq(imstls_milenage_f5star(k, opc, rand, ak_star), IMSTLS_OK);
  same(ak_star, v->f5star, 6);
  free(k);
  free(opc);
  free(rand);
}
END_TEST

START_TEST(aka_both_sides)
{
  const struct v_milenage_sets_item *v = &v_milenage.sets.item[_i];
  imstls_aka_card card = card_of(v->K, v->OPc);
  imstls_sqn sqn = open_sqn();
  imstls_aka_vector vector;
  imstls_aka_result r;
  uint8_t sqn_ms[6];
  ck_assert_int_eq(imstls_aka_vector_make(&card, v->RAND.oct, v->SQN.oct, v->AMF.oct, &vector), IMSTLS_OK);
  same(vector.autn, v->AUTN, 16);
  same(vector.res, v->f2, vector.res_len);
  same(vector.ck, v->f3, 16);
  same(vector.ik, v->f4, 16);

  uint8_t *autn = heap_copy(v->AUTN.oct, 16);
  ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, v->RAND.oct, autn, &r), IMSTLS_OK);
  ck_assert_int_eq(r.verdict, IMSTLS_AKA_OK);
  same(r.res, v->f2, r.res_len);
  same(r.ck, v->f3, 16);
  same(r.ik, v->f4, 16);
  ck_assert(all_zero(r.auts, sizeof r.auts) && all_zero(&r.keys, sizeof r.keys));

  /* The same again is stale, and tells the SQN just accepted. */
  ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, v->RAND.oct, autn, &r), IMSTLS_OK);
  ck_assert_int_eq(r.verdict, IMSTLS_AKA_SYNC_FAILURE);
  same(r.auts, v->AUTS_if_SQNms_eq_SQN, 14);
  ck_assert(all_zero(r.res, 16) && all_zero(r.ck, 16) && all_zero(r.ik, 16) && r.res_len == 0);
  ck_assert_int_eq(imstls_aka_auts_check(&card, v->RAND.oct, r.auts, sqn_ms), IMSTLS_OK);
  same(sqn_ms, v->SQN, 6);
  free(autn);
}
END_TEST

START_TEST(end_to_end)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[_i];
  imstls_aka_card card = card_of(v->K, v->OPc);
  card.res_len = (uint32_t)v->RES.len;
  imstls_sqn sqn = IMSTLS_SQN_INIT;
  imstls_aka_result r;
  ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, v->RAND.oct, v->mac_failure.AUTN_bad.oct, &r), IMSTLS_OK);
  ck_assert_int_eq(r.verdict, IMSTLS_AKA_MAC_FAILURE);
  ck_assert(all_zero(sqn.seq, sizeof sqn.seq));
  sqn.delta = UINT64_MAX;
  ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, v->RAND.oct, v->AUTN.oct, &r), IMSTLS_OK);
  ck_assert_int_eq(r.verdict, IMSTLS_AKA_OK);
  same(r.res, v->RES, r.res_len);
  same(r.ck, v->CK, 16);
  same(r.ik, v->IK, 16);

  /* The case's own SQNms, entered the way a USIM would. */
  imstls_sqn later = open_sqn();
  uint8_t sqn_ms[6];
  ck_assert_int_eq(imstls_sqn_accept(&later, v->sync_failure.SQNms.oct), IMSTLS_OK);
  ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, v->RAND.oct, v->AUTN.oct, &r), IMSTLS_OK);
  ck_assert_int_eq(r.verdict, IMSTLS_AKA_SYNC_FAILURE);
  later.delta = 0;
  later.age = 1;
  ck_assert_int_eq(imstls_aka_authenticate(&card, &later, v->RAND.oct, v->AUTN.oct, &r), IMSTLS_OK);
  ck_assert_int_eq(r.verdict, IMSTLS_AKA_SYNC_FAILURE);
  same(r.auts, v->sync_failure.AUTS, 14);
  ck_assert_int_eq(imstls_aka_auts_check(&card, v->RAND.oct, r.auts, sqn_ms), IMSTLS_OK);
  same(sqn_ms, v->sync_failure.SQNms, 6);
}
END_TEST

START_TEST(every_flipped_bit_of_autn)
{
  const struct v_milenage_sets_item *v = &v_milenage.sets.item[0];
  imstls_aka_card card = card_of(v->K, v->OPc);
  for (size_t bit = 0; bit < 8 * 16 * 2; bit++) {
    uint8_t in[32]; /* RAND || AUTN */
    imstls_sqn sqn = open_sqn();
    imstls_aka_result r;
    memcpy(in, v->RAND.oct, 16);
    memcpy(in + 16, v->AUTN.oct, 16);
    in[bit / 8] ^= (uint8_t)(1u << bit % 8);
    ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, in, in + 16, &r), IMSTLS_OK);
    ck_assert_int_eq(r.verdict, IMSTLS_AKA_MAC_FAILURE);
    ck_assert(all_zero(r.res, 16) && all_zero(r.ck, 16) && all_zero(r.ik, 16) && all_zero(r.auts, 14));
    ck_assert(r.res_len == 0 && all_zero(sqn.seq, sizeof sqn.seq));
  }
}
END_TEST

START_TEST(every_flipped_bit_of_auts)
{
  const struct v_milenage_sets_item *v = &v_milenage.sets.item[0];
  imstls_aka_card card = card_of(v->K, v->OPc);
  for (size_t bit = 0; bit < 8 * 14; bit++) {
    uint8_t auts[14];
    uint8_t sqn_ms[6] = { 1, 2, 3, 4, 5, 6 };
    memcpy(auts, v->AUTS_if_SQNms_eq_SQN.oct, 14);
    auts[bit / 8] ^= (uint8_t)(1u << bit % 8);
    ck_assert_int_eq(imstls_aka_auts_check(&card, v->RAND.oct, auts, sqn_ms), IMSTLS_ERR_AKA_MAC);
    ck_assert_mem_eq(sqn_ms, "\1\2\3\4\5\6", 6);
  }
}
END_TEST

START_TEST(bad_cards)
{
  const struct v_milenage_sets_item *v = &v_milenage.sets.item[0];
  imstls_sqn sqn = open_sqn();
  imstls_aka_result r;
  imstls_aka_vector vector;
  uint8_t six[6];
  for (int i = 0; i < 7; i++) {
    imstls_aka_card card = card_of(v->K, v->OPc);
    if (i == 0)
      card.size--;
    if (i == 1)
      card.algorithm = 0;
    if (i == 2)
      card.k_len = 32;
    if (i == 3)
      card.res_len = 3;
    if (i == 4)
      card.res_len = 9;
    if (i == 5)
      card.algorithm = 3;
    if (i == 6)
      card.k_len = 0;
    ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, v->RAND.oct, v->AUTN.oct, &r), IMSTLS_ERR_USAGE);
    ck_assert_int_ne(r.verdict, IMSTLS_AKA_OK);
    ck_assert(all_zero(r.res, 16) && all_zero(r.ck, 16) && all_zero(r.ik, 16));
    ck_assert_int_eq(imstls_aka_vector_make(&card, v->RAND.oct, v->SQN.oct, v->AMF.oct, &vector), IMSTLS_ERR_USAGE);
    ck_assert_int_eq(imstls_aka_auts_check(&card, v->RAND.oct, v->AUTS_if_SQNms_eq_SQN.oct, six), IMSTLS_ERR_USAGE);
  }
  ck_assert(all_zero(sqn.seq, sizeof sqn.seq));
}
END_TEST

START_TEST(bad_array)
{
  const struct v_milenage_sets_item *v = &v_milenage.sets.item[0];
  imstls_aka_card card = card_of(v->K, v->OPc);
  imstls_sqn sqn = open_sqn();
  imstls_aka_result r;
  sqn.ind_bits = 6;
  ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, v->RAND.oct, v->AUTN.oct, &r), IMSTLS_ERR_USAGE);
  ck_assert(r.verdict != IMSTLS_AKA_OK && all_zero(r.ck, 16) && all_zero(r.res, 16));
}
END_TEST

START_TEST(res_lengths)
{
  const struct v_milenage_sets_item *v = &v_milenage.sets.item[0];
  for (uint32_t len = 4; len <= 8; len++) {
    imstls_aka_card card = card_of(v->K, v->OPc);
    imstls_sqn sqn = open_sqn();
    imstls_aka_result r;
    card.res_len = len;
    ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, v->RAND.oct, v->AUTN.oct, &r), IMSTLS_OK);
    ck_assert_uint_eq(r.res_len, len);
    ck_assert_mem_eq(r.res, v->f2.oct, len);
    ck_assert(all_zero(r.res + len, 16 - len));
  }
}
END_TEST

START_TEST(null_arguments)
{
  const struct v_milenage_sets_item *v = &v_milenage.sets.item[0];
  const uint8_t *k = v->K.oct, *o = v->OPc.oct, *n = v->RAND.oct, *q = v->SQN.oct, *a = v->AMF.oct;
  imstls_aka_card card = card_of(v->K, v->OPc);
  imstls_sqn sqn = open_sqn();
  imstls_aka_vector vector;
  imstls_aka_result r;
  uint8_t out[16];
  const int bad = IMSTLS_ERR_USAGE;
  ck_assert_int_eq(imstls_milenage_opc(NULL, o, out), bad);
  ck_assert_int_eq(imstls_milenage_opc(k, NULL, out), bad);
  ck_assert_int_eq(imstls_milenage_opc(k, o, NULL), bad);
  ck_assert_int_eq(imstls_milenage_f1(NULL, o, n, q, a, out, NULL), bad);
  ck_assert_int_eq(imstls_milenage_f1(k, NULL, n, q, a, out, NULL), bad);
  ck_assert_int_eq(imstls_milenage_f1(k, o, NULL, q, a, out, NULL), bad);
  ck_assert_int_eq(imstls_milenage_f1(k, o, n, NULL, a, out, NULL), bad);
  ck_assert_int_eq(imstls_milenage_f1(k, o, n, q, NULL, out, NULL), bad);
  ck_assert_int_eq(imstls_milenage_f1(k, o, n, q, a, NULL, NULL), IMSTLS_OK);
  ck_assert_int_eq(imstls_milenage_f2345(NULL, o, n, out, NULL, NULL, NULL), bad);
  ck_assert_int_eq(imstls_milenage_f2345(k, NULL, n, out, NULL, NULL, NULL), bad);
  ck_assert_int_eq(imstls_milenage_f2345(k, o, NULL, out, NULL, NULL, NULL), bad);
  ck_assert_int_eq(imstls_milenage_f2345(k, o, n, NULL, NULL, NULL, NULL), IMSTLS_OK);
  ck_assert_int_eq(imstls_milenage_f5star(NULL, o, n, out), bad);
  ck_assert_int_eq(imstls_milenage_f5star(k, NULL, n, out), bad);
  ck_assert_int_eq(imstls_milenage_f5star(k, o, NULL, out), bad);
  ck_assert_int_eq(imstls_milenage_f5star(k, o, n, NULL), bad);
  ck_assert_int_eq(imstls_aka_authenticate(NULL, &sqn, n, out, &r), bad);
  ck_assert_int_eq(imstls_aka_authenticate(&card, NULL, n, out, &r), bad);
  ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, NULL, out, &r), bad);
  ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, n, NULL, &r), bad);
  ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, n, out, NULL), bad);
  ck_assert_int_eq(imstls_aka_vector_make(NULL, n, q, a, &vector), bad);
  ck_assert_int_eq(imstls_aka_vector_make(&card, NULL, q, a, &vector), bad);
  ck_assert_int_eq(imstls_aka_vector_make(&card, n, NULL, a, &vector), bad);
  ck_assert_int_eq(imstls_aka_vector_make(&card, n, q, NULL, &vector), bad);
  ck_assert_int_eq(imstls_aka_vector_make(&card, n, q, a, NULL), bad);
  ck_assert_int_eq(imstls_aka_auts_check(NULL, n, out, out), bad);
  ck_assert_int_eq(imstls_aka_auts_check(&card, NULL, out, out), bad);
  ck_assert_int_eq(imstls_aka_auts_check(&card, n, NULL, out), bad);
  ck_assert_int_eq(imstls_aka_auts_check(&card, n, out, NULL), bad);
}
END_TEST

Suite *milenage_suite(void)
{
  Suite *suite = suite_create("milenage");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, counts);
  tcase_add_loop_test(tcase, functions, 0, SET_COUNT);
  tcase_add_loop_test(tcase, aka_both_sides, 0, SET_COUNT);
  tcase_add_loop_test(tcase, end_to_end, 0, CASE_COUNT);
  tcase_add_test(tcase, every_flipped_bit_of_autn);
  tcase_add_test(tcase, every_flipped_bit_of_auts);
  tcase_add_test(tcase, bad_cards);
  tcase_add_test(tcase, bad_array);
  tcase_add_test(tcase, res_lengths);
  tcase_add_test(tcase, null_arguments);
  suite_add_tcase(suite, tcase);
  return suite;
}
