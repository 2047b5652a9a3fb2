/* SPDX-License-Identifier: Apache-2.0 */
/* ESP keys of TS 33.203 annex I: end_to_end[*].esp_keys */
#include "access_help.h"

Suite *esp_keys_suite(void);

START_TEST(known_answers)
{
  const vec_case *row = &vec_cases[_i];
  imstls_aka_result aka = result_of(row);
  imstls_bytes md5 = heap_hex(row->esp_md5);
  imstls_bytes sha1 = heap_hex(row->esp_sha1);
  imstls_bytes aes = heap_hex(row->esp_aes);
  imstls_ipsec_sa sa;
  memset(&sa, 0xa5, sizeof sa);
  ck_assert_int_eq(imstls_ipsec_keys(IMSTLS_ALG_HMAC_MD5_96, IMSTLS_EALG_AES_CBC, aka.ck, aka.ik, &sa), IMSTLS_OK);
  ck_assert_int_eq(sa.alg, IMSTLS_ALG_HMAC_MD5_96);
  ck_assert_int_eq(sa.ealg, IMSTLS_EALG_AES_CBC);
  ck_assert_uint_eq(sa.ik_esp_len, 16);
  ck_assert_mem_eq(sa.ik_esp, md5.ptr, 16);
  ck_assert_uint_eq(sa.ck_esp_len, 16);
  ck_assert_mem_eq(sa.ck_esp, aes.ptr, 16);
  memset(&sa, 0xa5, sizeof sa);
  ck_assert_int_eq(imstls_ipsec_keys(IMSTLS_ALG_HMAC_SHA1_96, IMSTLS_EALG_NULL, aka.ck, aka.ik, &sa), IMSTLS_OK);
  ck_assert_uint_eq(sa.ik_esp_len, 20);
  ck_assert_mem_eq(sa.ik_esp, sha1.ptr, 20);
  ck_assert_uint_eq(sa.ck_esp_len, 0);
  uint8_t zero[24] = { 0 };
  ck_assert_mem_eq(sa.ck_esp, zero, sizeof zero);
  free((void *)md5.ptr);
  free((void *)sha1.ptr);
  free((void *)aes.ptr);
}
END_TEST

/* The vectors are without parity, which DES does not look at. */
START_TEST(triple_des)
{
  const vec_case *row = &vec_cases[_i];
  imstls_aka_result aka = result_of(row);
  imstls_bytes want = heap_hex(row->esp_3des);
  imstls_ipsec_sa sa;
  memset(&sa, 0xa5, sizeof sa);
  ck_assert_int_eq(imstls_ipsec_keys(IMSTLS_ALG_HMAC_SHA1_96, IMSTLS_EALG_DES_EDE3_CBC, aka.ck, aka.ik, &sa),
                   IMSTLS_OK);
  ck_assert_uint_eq(sa.ck_esp_len, 24);
  for (size_t i = 0; i < 24; i++) {
    unsigned ones = 0;
    for (unsigned bit = 0; bit < 8; bit++) {
      ones += (unsigned)sa.ck_esp[i] >> bit & 1u;
    }
    ck_assert_uint_eq(ones % 2, 1);
    ck_assert_uint_eq(sa.ck_esp[i] & 0xfe, want.ptr[i] & 0xfe);
  }
  free((void *)want.ptr);
}
END_TEST

START_TEST(usage)
{
  uint8_t key[16] = { 0 };
  imstls_ipsec_sa sa;
  ck_assert_int_eq(imstls_ipsec_keys(0, 1, key, key, &sa), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_ipsec_keys(3, 1, key, key, &sa), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_ipsec_keys(1, 0, key, key, &sa), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_ipsec_keys(1, 4, key, key, &sa), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_ipsec_keys(1, 1, NULL, key, &sa), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_ipsec_keys(1, 1, key, NULL, &sa), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_ipsec_keys(1, 1, key, key, NULL), IMSTLS_ERR_USAGE);
}
END_TEST

Suite *esp_keys_suite(void)
{
  Suite *suite = suite_create("esp_keys");
  TCase *tc = tcase_create("esp_keys");
  tcase_add_loop_test(tc, known_answers, 0, COUNT(vec_cases));
  tcase_add_loop_test(tc, triple_des, 0, COUNT(vec_cases));
  tcase_add_test(tc, usage);
  suite_add_tcase(suite, tc);
  return suite;
}
