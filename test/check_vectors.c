/* SPDX-License-Identifier: Apache-2.0 */
/* Published values that no other suite has a place for: the test cards' algorithm, RFC 3310's example, and the steps
 * inside of values that other suites compare as a whole. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include <imstls/digest.h>
#include <imstls/error.h>

#include "card_sim.h"
#include "crypto/crypto.h"
#include "heap.h"
#include "port/usim/card.h"
#include "vectors.h"

Suite *vectors_suite(void);

static void same(const uint8_t *got, vec want, size_t len)
{
  ck_assert_ptr_nonnull(want.oct);
  ck_assert_uint_eq(want.len, len);
  ck_assert_mem_eq(got, want.oct, len);
}

static uint8_t xdout(size_t i) { return v_xor_test_algorithm.K.oct[i % 16] ^ v_xor_test_algorithm.RAND.oct[i % 16]; }

/* A test card (TS 34.108 8.1.2) through the coding of cards: RES of 16 octets, the longest there is. */
START_TEST(test_card)
{
  uint8_t answer[1 + 3 * 17] = { 0xdb };
  for (size_t value = 0; value < 3; value++) { /* RES, then CK and IK: one and two octets further round */
    answer[1 + 17 * value] = 16;
    for (size_t i = 0; i < 16; i++)
      answer[2 + 17 * value + i] = xdout(i + value);
  }
  same(answer + 2, v_xor_test_algorithm.XDOUT, 16);
  imstls_aka_result result = { .size = sizeof result };
  uint8_t *exact = heap_copy(answer, sizeof answer);
  ck_assert_int_eq(imstls_i_auth_parse((imstls_bytes){ exact, sizeof answer }, &result), IMSTLS_OK);
  free(exact);
  ck_assert_int_eq(result.verdict, IMSTLS_AKA_OK);
  ck_assert_uint_eq(result.res_len, 16);
  same(result.res, v_xor_test_algorithm.RES_16, 16);
  same(result.ck, v_xor_test_algorithm.CK, 16);
  same(result.ik, v_xor_test_algorithm.IK, 16);
}
END_TEST

/* A test network before a Milenage card with the same K: a MAC that is wrong, and no RES. */
START_TEST(test_network)
{
  uint8_t autn[16];
  for (size_t i = 0; i < 6; i++)
    autn[i] = v_xor_test_algorithm.SQN.oct[i] ^ xdout(3 + i);
  same(v_xor_test_algorithm.AK.oct, (vec){ "", 0, autn, 6 }, 6); /* SQN is zero here */
  memcpy(autn + 6, v_xor_test_algorithm.AMF.oct, 2);
  for (size_t i = 0; i < 8; i++)
    autn[8 + i] = xdout(i) ^ (i < 6 ? v_xor_test_algorithm.SQN.oct[i] : v_xor_test_algorithm.AMF.oct[i - 6]);
  same(autn, v_xor_test_algorithm.AUTN, 16);
  imstls_aka_card card = IMSTLS_AKA_CARD_INIT;
  memcpy(card.k, v_xor_test_algorithm.K.oct, 16);
  imstls_sqn sqn = IMSTLS_SQN_INIT;
  imstls_aka_result result = { .size = sizeof result };
  ck_assert_int_eq(imstls_aka_authenticate(&card, &sqn, v_xor_test_algorithm.RAND.oct, autn, &result), IMSTLS_OK);
  ck_assert_int_eq(result.verdict, IMSTLS_AKA_MAC_FAILURE);
  ck_assert_uint_eq(result.res_len, 0);
}
END_TEST

static int example(const char *nonce, size_t len, imstls_challenge *challenge)
{
  char value[512];
  int n = snprintf(
      value, sizeof value, "Digest realm=\"%s\", nonce=\"%.*s\", qop=\"%s\", opaque=\"%s\", algorithm=AKAv1-MD5",
      v_rfc3310_example.realm.str, (int)len, nonce, v_rfc3310_example.qop.str, v_rfc3310_example.opaque.str);
  ck_assert_int_gt(n, 0);
  ck_assert_int_lt(n, (int)sizeof value);
  char *exact = heap_copy(value, (size_t)n);
  memset(challenge, 0, sizeof *challenge);
  int rc = imstls_challenge_parse((imstls_text){ exact, (size_t)n }, challenge);
  free(exact);
  return rc;
}

/* RFC 3310's example is no base64: padding behind whole groups. Without it 33 octets come out, one of server data. */
START_TEST(rfc3310_example)
{
  const vec nonce = v_rfc3310_example.nonce_b64;
  size_t unpadded = (size_t)v_rfc3310_example.nonce_chars_without_padding;
  imstls_challenge c;
  ck_assert_int_eq(example(nonce.str, nonce.str_len, &c), IMSTLS_ERR_CHALLENGE);
  ck_assert_uint_eq(unpadded, nonce.str_len - 2);
  ck_assert_int_eq(example(nonce.str, unpadded, &c), IMSTLS_OK);
  ck_assert_int_eq(c.qop, IMSTLS_QOP_AUTH_INT);
  ck_assert_uint_eq(v_rfc3310_example.decoded_if_padding_dropped.len,
                    (size_t)v_rfc3310_example.nonce_octets_if_padding_dropped);
  ck_assert_mem_eq(c.rand, v_rfc3310_example.decoded_if_padding_dropped.oct, 16);
  ck_assert_mem_eq(c.autn, v_rfc3310_example.decoded_if_padding_dropped.oct + 16, 16);
}
END_TEST

/* Its response is RFC 2617's of another user, nothing computed from what it shows: no RES can be told from it. */
START_TEST(rfc3310_response)
{
  imstls_digest_input in = { .size = sizeof in, .digest = IMSTLS_DIGEST_AKAV1_MD5, .qop = IMSTLS_QOP_AUTH_INT };
#define TEXT(v) ((imstls_text){ (v).str, (v).str_len })
  in.username = TEXT(v_rfc3310_example.username);
  in.realm = TEXT(v_rfc3310_example.realm);
  in.nonce = TEXT(v_rfc3310_example.nonce_b64);
  in.uri = TEXT(v_rfc3310_example.uri);
  in.nc = TEXT(v_rfc3310_example.nc);
  in.cnonce = TEXT(v_rfc3310_example.cnonce);
  in.method = (imstls_text){ "REGISTER", 8 };
  char out[65];
  ck_assert_int_eq(imstls_digest_response(&in, out), IMSTLS_OK);
  ck_assert_str_ne(out, v_rfc3310_example.response.str);
  const struct v_digest_published_cases_item *rfc2617 = &v_digest_published.cases.item[0];
  ck_assert_str_eq(rfc2617->response.str, v_rfc3310_example.response.str);
}
END_TEST

/* AK and AK*: what hides SQN in AUTN and in AUTS. */
START_TEST(anonymity_keys)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[_i];
  uint8_t ak[6];
  ck_assert_int_eq(imstls_milenage_f2345(v->K.oct, v->OPc.oct, v->RAND.oct, NULL, NULL, NULL, ak), IMSTLS_OK);
  same(ak, v->AK, 6);
  ck_assert_int_eq(imstls_milenage_f5star(v->K.oct, v->OPc.oct, v->RAND.oct, ak), IMSTLS_OK);
  same(ak, v->sync_failure.AK_star, 6);
}
END_TEST

/* K_tok of the stronger token (from CK and IK), from its parts. */
START_TEST(token2_key)
{
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[_i];
  uint8_t key[32], out[32];
  memcpy(key, v->CK.oct, 16);
  memcpy(key + 16, v->IK.oct, 16);
  const vec s = v->strong_token_proposal.KDF_S;
  const imstls_bytes data = { s.oct, s.len };
  ck_assert_int_eq(imstls_i_hmac_sha256((imstls_bytes){ key, 32 }, &data, 1, out), IMSTLS_OK);
  same(out, v->strong_token_proposal.K_tok, 32);
}
END_TEST

/* The test card speaks T=0 as the vectors do: 61xx with the length, then the answer. */
START_TEST(card_t0)
{
  static card_sim sim;
  const struct v_end_to_end_cases_item *v = &v_end_to_end.cases.item[_i];
  sim_init(&sim);
  sim.t0 = true;
  sim.selected = SIM_ISIM;
  memcpy(sim.auth, v->apdu.response_ok.oct, v->apdu.response_ok.len);
  sim.auth_len = v->apdu.response_ok.len;
  sim_command(&sim, v->apdu.authenticate.oct, v->apdu.authenticate.len);
  same(sim.answer, v->apdu.response_T0_first, sim.answer_len);
  sim_command(&sim, v->apdu.get_response.oct, v->apdu.get_response.len);
  same(sim.answer, v->apdu.response_ok, sim.answer_len);
}
END_TEST

Suite *vectors_suite(void)
{
  Suite *s = suite_create("vectors");
  TCase *tc = tcase_create("vectors");
  tcase_add_test(tc, test_card);
  tcase_add_test(tc, test_network);
  tcase_add_test(tc, rfc3310_example);
  tcase_add_test(tc, rfc3310_response);
  int cases = (int)v_end_to_end.cases.count;
  tcase_add_loop_test(tc, anonymity_keys, 0, cases);
  tcase_add_loop_test(tc, token2_key, 0, cases);
  tcase_add_loop_test(tc, card_t0, 0, cases);
  suite_add_tcase(s, tc);
  return s;
}
