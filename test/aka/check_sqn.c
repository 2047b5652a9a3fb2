/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>

#include <imstls/aka.h>
#include <imstls/error.h>

#include "vectors.h"

Suite *sqn_suite(void);

static void make(uint64_t seq, unsigned ind, unsigned ind_bits, uint8_t out[6])
{
  uint64_t number = seq << ind_bits | ind;
  for (size_t i = 0; i < 6; i++)
    out[i] = (uint8_t)(number >> (40 - 8 * i));
}

static int accept_seq(imstls_sqn *sqn, uint64_t seq, unsigned ind)
{
  uint8_t value[6];
  make(seq, ind, sqn->ind_bits, value);
  return imstls_sqn_accept(sqn, value);
}

static void check_highest(const imstls_sqn *sqn, uint64_t seq, unsigned ind)
{
  uint8_t want[6];
  uint8_t got[6];
  make(seq, ind, sqn->ind_bits, want);
  imstls_sqn_highest(sqn, got);
  ck_assert_mem_eq(got, want, 6);
}

static uint64_t max_of(const imstls_sqn *sqn)
{
  uint64_t max = 0;
  for (size_t i = 0; i < 32; i++)
    max = sqn->seq[i] > max ? sqn->seq[i] : max;
  return max;
}

static void step(imstls_sqn *sqn, vec value, long seq, long ind, long before, vec verdict)
{
  imstls_sqn old = *sqn;
  ck_assert_uint_eq(max_of(sqn), (uint64_t)before);
  int ret = imstls_sqn_accept(sqn, value.oct);
  ck_assert_int_eq(ret, strcmp(verdict.str, "accept") == 0 ? IMSTLS_OK : IMSTLS_ERR_AKA_SYNC);
  if (ret != IMSTLS_OK)
    ck_assert_mem_eq(&old, sqn, sizeof old);
  else
    ck_assert_uint_eq(sqn->seq[ind], (uint64_t)seq);
}

START_TEST(run_without_age)
{
  imstls_sqn sqn = IMSTLS_SQN_INIT;
  ck_assert_uint_eq(v_sqn_array.run_no_L.count, 10);
  for (size_t i = 0; i < v_sqn_array.run_no_L.count; i++) {
    const struct v_sqn_array_run_no_L_item *v = &v_sqn_array.run_no_L.item[i];
    step(&sqn, v->SQN, v->SEQ, v->IND, v->SEQms_before, v->verdict);
  }
}
END_TEST

START_TEST(run_with_age)
{
  imstls_sqn sqn = IMSTLS_SQN_INIT;
  sqn.age = 32;
  ck_assert_uint_eq(v_sqn_array.run_L32.count, 4);
  for (size_t i = 0; i < v_sqn_array.run_L32.count; i++) {
    const struct v_sqn_array_run_L32_item *v = &v_sqn_array.run_L32.item[i];
    step(&sqn, v->SQN, v->SEQ, v->IND, v->SEQms_before, v->verdict);
  }
}
END_TEST

START_TEST(delta_edge)
{
  imstls_sqn sqn = IMSTLS_SQN_INIT;
  ck_assert_int_eq(accept_seq(&sqn, ((uint64_t)1 << 28) + 1, 0), IMSTLS_ERR_AKA_SYNC);
  ck_assert_int_eq(accept_seq(&sqn, (uint64_t)1 << 28, 0), IMSTLS_OK);
  ck_assert_int_eq(accept_seq(&sqn, ((uint64_t)2 << 28) + 1, 9), IMSTLS_ERR_AKA_SYNC);
  ck_assert_int_eq(accept_seq(&sqn, (uint64_t)2 << 28, 9), IMSTLS_OK);
  check_highest(&sqn, (uint64_t)2 << 28, 9);
}
END_TEST

START_TEST(highest_has_its_own_ind)
{
  imstls_sqn sqn = IMSTLS_SQN_INIT;
  check_highest(&sqn, 0, 0);
  ck_assert_int_eq(accept_seq(&sqn, 0, 5), IMSTLS_ERR_AKA_SYNC);
  ck_assert_int_eq(accept_seq(&sqn, 7, 31), IMSTLS_OK);
  ck_assert_int_eq(accept_seq(&sqn, 7, 3), IMSTLS_OK);
  check_highest(&sqn, 7, 31);
  ck_assert_int_eq(accept_seq(&sqn, 8, 2), IMSTLS_OK);
  check_highest(&sqn, 8, 2);
}
END_TEST

START_TEST(every_width_of_ind)
{
  imstls_sqn sqn = IMSTLS_SQN_INIT;
  sqn.ind_bits = (uint32_t)_i;
  sqn.delta = UINT64_MAX;
  unsigned last = (1u << _i) - 1;
  uint64_t seq_max = ((uint64_t)1 << (48 - _i)) - 1;
  ck_assert_int_eq(accept_seq(&sqn, 1, last), IMSTLS_OK);
  ck_assert_int_eq(accept_seq(&sqn, 1, last), IMSTLS_ERR_AKA_SYNC);
  ck_assert_int_eq(accept_seq(&sqn, seq_max, 0), IMSTLS_OK);
  check_highest(&sqn, seq_max, 0);
  ck_assert_uint_eq(sqn.seq[0], seq_max);
  for (unsigned i = last + 1; i < 32; i++)
    ck_assert_uint_eq(sqn.seq[i], 0);
}
END_TEST

START_TEST(usage)
{
  uint8_t value[6] = { 0, 0, 0, 0, 0, 0x20 };
  uint8_t out[6];
  imstls_sqn sqn = IMSTLS_SQN_INIT;
  ck_assert_int_eq(imstls_sqn_accept(NULL, value), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sqn_accept(&sqn, NULL), IMSTLS_ERR_USAGE);
  sqn.ind_bits = 6;
  ck_assert_int_eq(imstls_sqn_accept(&sqn, value), IMSTLS_ERR_USAGE);
  sqn.seq[0] = 1;
  imstls_sqn_highest(&sqn, NULL);
  imstls_sqn_highest(&sqn, out);
  ck_assert_mem_eq(out, "\0\0\0\0\0\0", 6);
  sqn.ind_bits = 5;
  sqn.size--;
  ck_assert_int_eq(imstls_sqn_accept(&sqn, value), IMSTLS_ERR_USAGE);
}
END_TEST

Suite *sqn_suite(void)
{
  Suite *suite = suite_create("sqn");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, run_without_age);
  tcase_add_test(tcase, run_with_age);
  tcase_add_test(tcase, delta_edge);
  tcase_add_test(tcase, highest_has_its_own_ind);
  tcase_add_loop_test(tcase, every_width_of_ind, 0, 6);
  tcase_add_test(tcase, usage);
  suite_add_tcase(suite, tcase);
  return suite;
}
