/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of an AKA run, as octets and behind a handle. What the MACs are made of shows in the suites of their users:
 * token, token2, digest. */
#include "access_help.h"

Suite *keys_suite(void);

/* PSK = CK || IK, CK first. */
START_TEST(psk)
{
  const vec_case *row = &vec_cases[_i];
  imstls_aka_result aka = result_of(row);
  uint8_t want[32], out[32];
  fill_hex(row->ck, want, 16);
  fill_hex(row->ik, want + 16, 16);
  memset(out, 0xa5, sizeof out);
  ck_assert(imstls_i_psk(&aka, out));
  ck_assert_mem_eq(out, want, sizeof want);
}
END_TEST

/* Keys that never leave the card, and runs that failed, give none, whatever stands in the result. */
START_TEST(no_psk)
{
  static const uint8_t zero[32];
  fake_handle handle;
  imstls_aka_result aka = handle_of(&vec_cases[0], &handle);
  uint8_t out[32];
  memset(aka.ck, 0x77, sizeof aka.ck);
  memset(out, 0xa5, sizeof out);
  ck_assert(!imstls_i_psk(&aka, out));
  ck_assert_mem_eq(out, zero, sizeof out);
  aka = result_of(&vec_cases[0]);
  for (int verdict = IMSTLS_AKA_MAC_FAILURE; verdict <= IMSTLS_AKA_SYNC_FAILURE; verdict++) {
    aka.verdict = verdict;
    memset(out, 0xa5, sizeof out);
    ck_assert(!imstls_i_psk(&aka, out));
    ck_assert_mem_eq(out, zero, sizeof out);
  }
}
END_TEST

static int mac_of(const imstls_aka_result *aka, int key, int alg)
{
  imstls_bytes part = { (const uint8_t *)"x", 1 };
  uint8_t out[32];
  return imstls_i_key_mac(aka, key, alg, &part, 1, out);
}

START_TEST(mac_usage)
{
  imstls_aka_result aka = result_of(&vec_cases[0]);
  ck_assert_int_eq(mac_of(&aka, IMSTLS_KEY_IK, IMSTLS_MAC_HMAC_SHA1), IMSTLS_OK);
  ck_assert_int_eq(mac_of(&aka, 0, IMSTLS_MAC_HMAC_SHA1), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(mac_of(&aka, IMSTLS_KEY_IK, 0), IMSTLS_ERR_USAGE);
  aka.res_len = IMSTLS_RES_MAX + 1;
  ck_assert_int_eq(mac_of(&aka, IMSTLS_KEY_RES_IK_CK, IMSTLS_MAC_HMAC_MD5), IMSTLS_ERR_USAGE);
  aka.res_len = 0;
  ck_assert_int_eq(mac_of(&aka, IMSTLS_KEY_RES_IK_CK, IMSTLS_MAC_HMAC_MD5), IMSTLS_ERR_USAGE);
  aka.verdict = IMSTLS_AKA_SYNC_FAILURE;
  ck_assert_int_eq(mac_of(&aka, IMSTLS_KEY_IK, IMSTLS_MAC_HMAC_SHA1), IMSTLS_ERR_USAGE);
}
END_TEST

START_TEST(handle_fails)
{
  fake_handle handle;
  imstls_aka_result aka = handle_of(&vec_cases[0], &handle);
  ck_assert_int_eq(mac_of(&aka, IMSTLS_KEY_IK, IMSTLS_MAC_HMAC_SHA1), IMSTLS_OK);
  handle.left = 0;
  ck_assert_int_eq(mac_of(&aka, IMSTLS_KEY_IK, IMSTLS_MAC_HMAC_SHA1), IMSTLS_ERR_USIM);
}
END_TEST

Suite *keys_suite(void)
{
  Suite *suite = suite_create("keys");
  TCase *tc = tcase_create("keys");
  tcase_add_loop_test(tc, psk, 0, COUNT(vec_cases));
  tcase_add_test(tc, no_psk);
  tcase_add_test(tc, mac_usage);
  tcase_add_test(tc, handle_fails);
  suite_add_tcase(suite, tc);
  return suite;
}
