/* SPDX-License-Identifier: Apache-2.0 */
/* TUAK against TS 35.233: the permutation, every function, and AKA where its lengths are AKA's. */
#include <check.h>

#include <imstls/aka.h>

#include "aka/tuak.h"
#include "heap.h"
#include "vectors.h"

Suite *tuak_suite(void);

enum { SET_COUNT = 6, PERMUTATION_COUNT = 6 };

static void same(const uint8_t *got, vec want, size_t len)
{
  ck_assert_uint_eq(want.len, len);
  ck_assert_mem_eq(got, want.oct, len);
}

START_TEST(counts)
{
  ck_assert_uint_eq(v_tuak.sets.count, SET_COUNT);
  ck_assert_uint_eq(v_tuak.keccak_f1600.count, PERMUTATION_COUNT);
}
END_TEST

START_TEST(permutation)
{
  const struct v_tuak_keccak_f1600_item *v = &v_tuak.keccak_f1600.item[_i];
  uint64_t lanes[25] = { 0 };
  uint8_t out[200];
  ck_assert_uint_eq(v->in.len, 200);
  for (size_t i = 0; i < 200; i++)
    lanes[i / 8] |= (uint64_t)v->in.oct[i] << (8 * (i % 8));
  imstls_i_keccak_f1600(lanes);
  for (size_t i = 0; i < 200; i++)
    out[i] = (uint8_t)(lanes[i / 8] >> (8 * (i % 8)));
  same(out, v->out, 200);
}
END_TEST

START_TEST(functions)
{
  const struct v_tuak_sets_item *v = &v_tuak.sets.item[_i];
  uint8_t *k = heap_copy(v->K.oct, v->K.len);
  uint8_t *topc = heap_copy(v->TOP.oct, 32);
  uint8_t *rand = heap_copy(v->RAND.oct, 16);
  uint32_t it = (uint32_t)v->keccak_iterations;
  ck_assert_int_eq(imstls_tuak_topc(k, v->K.len, topc, it, topc), IMSTLS_OK); /* in place */
  same(topc, v->TOPc, 32);

  const imstls_i_tuak t = { k, v->K.len, topc, rand, it };
  uint8_t mac[32], ak[6];
  size_t mac_len = (size_t)v->mac_len;
  imstls_i_tuak_f1(&t, v->SQN.oct, v->AMF.oct, false, mac, mac_len);
  same(mac, v->f1, mac_len);
  imstls_i_tuak_f1(&t, v->SQN.oct, v->AMF.oct, true, mac, mac_len);
  same(mac, v->f1star, mac_len);
  imstls_i_tuak_out out = { (size_t)v->res_len, (size_t)v->ck_len, (size_t)v->ik_len, { 0 }, { 0 }, { 0 }, { 0 } };
  imstls_i_tuak_f2345(&t, &out);
  same(out.res, v->f2, out.res_len);
  same(out.ck, v->f3, out.ck_len);
  same(out.ik, v->f4, out.ik_len);
  same(out.ak, v->f5, 6);
  imstls_i_tuak_f5star(&t, ak);
  same(ak, v->f5star, 6);
  free(k);
  free(topc);
  free(rand);
}
END_TEST

static imstls_aka_card card_of(const struct v_tuak_sets_item *v)
{
  imstls_aka_card card = IMSTLS_AKA_CARD_INIT;
  card.algorithm = IMSTLS_ALGO_TUAK;
  card.k_len = (uint32_t)v->K.len;
  memcpy(card.k, v->K.oct, v->K.len);
  memcpy(card.opc, v->TOPc.oct, 32);
  card.res_len = (uint32_t)v->res_len;
  card.keccak_iterations = (uint32_t)v->keccak_iterations;
  return card;
}

START_TEST(aka_of_set_1)
{
  const struct v_tuak_sets_item *v = &v_tuak.sets.item[0];
  imstls_aka_card card = card_of(v);
  imstls_sqn sqn = IMSTLS_SQN_INIT;
  imstls_aka_vector vector;
  imstls_aka_result r;
  uint8_t sqn_ms[6];
  sqn.delta = UINT64_MAX;
  ck_assert_int_eq(imstls_aka_vector_make(&card, v->RAND.oct, v->SQN.oct, v->AMF.oct, &vector), IMSTLS_OK);
  same(vector.autn, v->AUTN, 16);
  same(vector.res, v->f2, vector.res_len);
  same(vector.ck, v->f3, 16);
  same(vector.ik, v->f4, 16);
  ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, v->RAND.oct, v->AUTN.oct, &r), IMSTLS_OK);
  ck_assert_int_eq(r.verdict, IMSTLS_AKA_OK);
  same(r.res, v->f2, r.res_len);
  same(r.ck, v->f3, 16);
  same(r.ik, v->f4, 16);
  ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, v->RAND.oct, v->AUTN.oct, &r), IMSTLS_OK);
  ck_assert_int_eq(r.verdict, IMSTLS_AKA_SYNC_FAILURE);
  same(r.auts, v->AUTS_if_SQNms_eq_SQN, 14);
  ck_assert_int_eq(imstls_aka_auts_check(&card, v->RAND.oct, r.auts, sqn_ms), IMSTLS_OK);
  same(sqn_ms, v->SQN, 6);
  r.auts[13] ^= 1;
  ck_assert_int_eq(imstls_aka_auts_check(&card, v->RAND.oct, r.auts, sqn_ms), IMSTLS_ERR_AKA_MAC);
}
END_TEST

/* Other key, RES and iteration settings: RES, CK and IK of f2 to f4 do not depend on the MAC's length. */
START_TEST(aka_of_other_lengths)
{
  const struct v_tuak_sets_item *v = &v_tuak.sets.item[_i];
  if (v->ck_len != 16 || v->ik_len != 16 || v->res_len > 16)
    return;
  imstls_aka_card card = card_of(v);
  imstls_aka_vector vector;
  imstls_aka_result r;
  imstls_sqn sqn = IMSTLS_SQN_INIT;
  sqn.delta = UINT64_MAX;
  ck_assert_int_eq(imstls_aka_vector_make(&card, v->RAND.oct, v->SQN.oct, v->AMF.oct, &vector), IMSTLS_OK);
  same(vector.res, v->f2, vector.res_len);
  same(vector.ck, v->f3, 16);
  same(vector.ik, v->f4, 16);
  for (size_t bit = 0; bit < 128; bit++) {
    uint8_t autn[16];
    memcpy(autn, vector.autn, 16);
    autn[bit / 8] ^= (uint8_t)(1u << bit % 8);
    ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, v->RAND.oct, autn, &r), IMSTLS_OK);
    ck_assert_int_eq(r.verdict, IMSTLS_AKA_MAC_FAILURE);
  }
  ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, v->RAND.oct, vector.autn, &r), IMSTLS_OK);
  ck_assert_int_eq(r.verdict, IMSTLS_AKA_OK);
  same(r.res, v->f2, r.res_len);
}
END_TEST

START_TEST(bad_arguments)
{
  const struct v_tuak_sets_item *v = &v_tuak.sets.item[0];
  static const uint32_t key_lengths[] = { 0, 15, 17, 24, 31, 33 };
  static const uint32_t res_lengths[] = { 1, 3, 5, 12, 15, 17, 32 };
  imstls_aka_vector vector;
  uint8_t topc[32];
  for (size_t i = 0; i < sizeof key_lengths / sizeof key_lengths[0]; i++) {
    imstls_aka_card card = card_of(v);
    card.k_len = key_lengths[i];
    ck_assert_int_eq(imstls_aka_vector_make(&card, v->RAND.oct, v->SQN.oct, v->AMF.oct, &vector), IMSTLS_ERR_USAGE);
    ck_assert_int_eq(imstls_tuak_topc(card.k, key_lengths[i], v->TOP.oct, 1, topc), IMSTLS_ERR_USAGE);
  }
  for (size_t i = 0; i < sizeof res_lengths / sizeof res_lengths[0]; i++) {
    imstls_aka_card card = card_of(v);
    card.res_len = res_lengths[i];
    ck_assert_int_eq(imstls_aka_vector_make(&card, v->RAND.oct, v->SQN.oct, v->AMF.oct, &vector), IMSTLS_ERR_USAGE);
  }
  ck_assert_int_eq(imstls_tuak_topc(NULL, 16, v->TOP.oct, 1, topc), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_tuak_topc(v->K.oct, 16, NULL, 1, topc), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_tuak_topc(v->K.oct, 16, v->TOP.oct, 1, NULL), IMSTLS_ERR_USAGE);
}
END_TEST

START_TEST(usual_settings)
{
  const struct v_tuak_sets_item *v = &v_tuak.sets.item[1]; /* RES of 8 octets, one iteration */
  imstls_aka_card card = card_of(v);
  imstls_aka_vector vector;
  card.res_len = 0;
  card.keccak_iterations = 0;
  ck_assert_int_eq(imstls_aka_vector_make(&card, v->RAND.oct, v->SQN.oct, v->AMF.oct, &vector), IMSTLS_OK);
  ck_assert_uint_eq(vector.res_len, 8);
  same(vector.res, v->f2, 8);
}
END_TEST

Suite *tuak_suite(void)
{
  Suite *suite = suite_create("tuak");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, counts);
  tcase_add_loop_test(tcase, permutation, 0, PERMUTATION_COUNT);
  tcase_add_loop_test(tcase, functions, 0, SET_COUNT);
  tcase_add_test(tcase, aka_of_set_1);
  tcase_add_loop_test(tcase, aka_of_other_lengths, 0, SET_COUNT);
  tcase_add_test(tcase, bad_arguments);
  tcase_add_test(tcase, usual_settings);
  suite_add_tcase(suite, tcase);
  return suite;
}
