/* SPDX-License-Identifier: Apache-2.0 */
/* What goes wrong at bring-up, each slip made with published keys (TS 35.208, TS 35.233). */
#include <check.h>
#include <string.h>

#include <imstls/aka.h>
#include <imstls/error.h>

#include "vectors.h"

Suite *diagnose_suite(void);

static imstls_aka_card card;
static imstls_aka_diagnose_input in;
static imstls_aka_diagnosis out;
static imstls_sqn sqn;

static void begin(const uint8_t *rand, const uint8_t *autn)
{
  sqn = (imstls_sqn)IMSTLS_SQN_INIT;
  sqn.delta = UINT64_MAX; /* whatever SQN the set has */
  in = (imstls_aka_diagnose_input){ .size = sizeof in, .card = &card, .sqn = &sqn, .rand = rand, .autn = autn };
}

static const struct v_milenage_sets_item *milenage(int i)
{
  const struct v_milenage_sets_item *v = &v_milenage.sets.item[i];
  card = (imstls_aka_card)IMSTLS_AKA_CARD_INIT;
  memcpy(card.k, v->K.oct, 16);
  memcpy(card.opc, v->OPc.oct, 16);
  begin(v->RAND.oct, v->AUTN.oct);
  return v;
}

/* The sets whose lengths are AKA's; NULL: not one of them. */
static const struct v_tuak_sets_item *tuak(int i)
{
  const struct v_tuak_sets_item *v = &v_tuak.sets.item[i];
  if (v->mac_len != 8 || v->ck_len != 16 || v->ik_len != 16 || v->res_len > 16)
    return NULL;
  card = (imstls_aka_card){ .size = sizeof card,
                            .algorithm = IMSTLS_ALGO_TUAK,
                            .k_len = (uint32_t)v->K.len,
                            .res_len = (uint32_t)v->res_len,
                            .keccak_iterations = (uint32_t)v->keccak_iterations };
  memcpy(card.k, v->K.oct, v->K.len);
  memcpy(card.opc, v->TOPc.oct, 32);
  begin(v->RAND.oct, v->AUTN.oct);
  return v;
}

static void expect(int verdict)
{
  memset(&out, 0x55, sizeof out);
  ck_assert_int_eq(imstls_aka_diagnose(&in, &out), IMSTLS_OK);
  ck_assert_int_eq(out.verdict, verdict);
  ck_assert_mem_eq(out.amf, in.autn + 6, 2);
}

START_TEST(milenage_good)
{
  const struct v_milenage_sets_item *v = milenage(_i);
  expect(IMSTLS_DIAGNOSIS_GOOD);
  ck_assert_mem_eq(out.sqn, v->SQN.oct, 6);
  in.op = v->OP.oct;
  expect(IMSTLS_DIAGNOSIS_GOOD);
  in.op = NULL;
  in.sqn = NULL;
  expect(IMSTLS_DIAGNOSIS_GOOD);
}
END_TEST

START_TEST(milenage_slips)
{
  static const uint8_t zero[6] = { 0 };
  const struct v_milenage_sets_item *v = milenage(_i);
  memcpy(card.opc, v->OP.oct, 16);
  expect(IMSTLS_DIAGNOSIS_OP_FOR_OPC);
  ck_assert_mem_eq(out.sqn, v->SQN.oct, 6);
  in.op = v->OPc.oct; /* and card.opc was made from it */
  ck_assert_int_eq(imstls_milenage_opc(card.k, in.op, card.opc), IMSTLS_OK);
  expect(IMSTLS_DIAGNOSIS_OPC_FOR_OP);
  (void)milenage(_i);
  memcpy(card.k, v->OPc.oct, 16);
  memcpy(card.opc, v->K.oct, 16);
  expect(IMSTLS_DIAGNOSIS_SWAPPED);
  memcpy(card.k, v->OP.oct, 16);
  in.op = v->K.oct;
  ck_assert_int_eq(imstls_milenage_opc(card.k, in.op, card.opc), IMSTLS_OK);
  expect(IMSTLS_DIAGNOSIS_SWAPPED);
  for (int bit = 0; bit < 128; bit++) {
    (void)milenage(_i);
    card.k[bit / 8] ^= (uint8_t)(1 << bit % 8);
    expect(IMSTLS_DIAGNOSIS_KEYS);
    ck_assert_mem_eq(out.sqn, zero, 6);
  }
}
END_TEST

START_TEST(amf)
{
  uint8_t wrong[16];
  const struct v_milenage_sets_item *v = milenage(_i);
  in.amf = v->AMF.oct;
  expect(IMSTLS_DIAGNOSIS_GOOD);
  in.amf = (const uint8_t *)"\x80\x01";
  expect(IMSTLS_DIAGNOSIS_AMF); /* genuine, and not what was expected */
  memcpy(wrong, v->AUTN.oct, 16);
  wrong[6] ^= 0x80;
  in.autn = wrong;
  in.amf = NULL;
  expect(IMSTLS_DIAGNOSIS_KEYS);
  in.amf = v->AMF.oct;
  expect(IMSTLS_DIAGNOSIS_AMF); /* its MAC is over the expected one */
  ck_assert_mem_eq(out.sqn, v->SQN.oct, 6);
}
END_TEST

START_TEST(stale)
{
  imstls_aka_result result;
  uint8_t highest[6];
  const struct v_milenage_sets_item *v = milenage(_i);
  ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, v->RAND.oct, v->AUTN.oct, &result), IMSTLS_OK);
  const imstls_sqn before = sqn;
  expect(IMSTLS_DIAGNOSIS_STALE_SQN);
  imstls_sqn_highest(&sqn, highest);
  ck_assert_mem_eq(out.sqn_ms, highest, 6);
  ck_assert_mem_eq(&before, &sqn, sizeof sqn);
  in.amf = (const uint8_t *)"\x80\x01";
  expect(IMSTLS_DIAGNOSIS_AMF); /* seen first */
  in.sqn = NULL;
  in.amf = NULL;
  expect(IMSTLS_DIAGNOSIS_GOOD);
}
END_TEST

START_TEST(tuak_slips)
{
  const struct v_tuak_sets_item *v = tuak(_i);
  if (!v)
    return;
  expect(IMSTLS_DIAGNOSIS_GOOD);
  ck_assert_mem_eq(out.sqn, v->SQN.oct, 6);
  memcpy(card.opc, v->TOP.oct, 32);
  expect(IMSTLS_DIAGNOSIS_OP_FOR_OPC);
  in.op = v->TOPc.oct;
  ck_assert_int_eq(imstls_tuak_topc(card.k, card.k_len, in.op, card.keccak_iterations, card.opc), IMSTLS_OK);
  expect(IMSTLS_DIAGNOSIS_OPC_FOR_OP);
  (void)tuak(_i);
  card.res_len = v->res_len == 16 ? 8 : 16;
  expect(IMSTLS_DIAGNOSIS_RES_LEN);
  (void)tuak(_i);
  card.k[3] ^= 4;
  expect(IMSTLS_DIAGNOSIS_KEYS);
}
END_TEST

START_TEST(some_tuak_sets_count)
{
  int n = 0;
  for (int i = 0; i < (int)v_tuak.sets.count; i++)
    n += tuak(i) != NULL;
  ck_assert_int_ge(n, 1);
}
END_TEST

/* Nothing secret in the output, whatever was found. */
START_TEST(no_key)
{
  const struct v_milenage_sets_item *v = milenage(_i);
  const vec secrets[] = { v->K, v->OP, v->OPc, v->f1, v->f2, v->f3, v->f4 };
  for (int slip = 0; slip < 2; slip++) {
    (void)milenage(_i);
    if (slip)
      memcpy(card.opc, v->OP.oct, 16);
    ck_assert_int_eq(imstls_aka_diagnose(&in, &out), IMSTLS_OK);
    for (size_t s = 0; s < sizeof secrets / sizeof secrets[0]; s++)
      for (size_t at = 0; at + 4 <= sizeof out; at++)
        ck_assert(memcmp((const uint8_t *)&out + at, secrets[s].oct, 4) != 0);
  }
}
END_TEST

START_TEST(usage)
{
  (void)milenage(0);
  ck_assert_int_eq(imstls_aka_diagnose(NULL, &out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_aka_diagnose(&in, NULL), IMSTLS_ERR_USAGE);
  card.k_len = 15;
  ck_assert_int_eq(imstls_aka_diagnose(&in, &out), IMSTLS_ERR_USAGE);
  card.k_len = 16;
  in.card = NULL;
  ck_assert_int_eq(imstls_aka_diagnose(&in, &out), IMSTLS_ERR_USAGE);
  in.card = &card;
  in.autn = NULL;
  ck_assert_int_eq(imstls_aka_diagnose(&in, &out), IMSTLS_ERR_USAGE);
  begin(NULL, (const uint8_t *)"0123456789abcdef");
  ck_assert_int_eq(imstls_aka_diagnose(&in, &out), IMSTLS_ERR_USAGE);
  in.size--;
  ck_assert_int_eq(imstls_aka_diagnose(&in, &out), IMSTLS_ERR_USAGE);
}
END_TEST

Suite *diagnose_suite(void)
{
  Suite *suite = suite_create("diagnose");
  TCase *tc = tcase_create("diagnose");
  int sets = (int)v_milenage.sets.count;
  tcase_add_loop_test(tc, milenage_good, 0, sets);
  tcase_add_loop_test(tc, milenage_slips, 0, sets);
  tcase_add_loop_test(tc, amf, 0, sets);
  tcase_add_loop_test(tc, stale, 0, sets);
  tcase_add_loop_test(tc, tuak_slips, 0, (int)v_tuak.sets.count);
  tcase_add_test(tc, some_tuak_sets_count);
  tcase_add_loop_test(tc, no_key, 0, sets);
  tcase_add_test(tc, usage);
  suite_add_tcase(suite, tc);
  return suite;
}
