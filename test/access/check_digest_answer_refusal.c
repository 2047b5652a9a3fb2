/* SPDX-License-Identifier: Apache-2.0 */
/* imstls_digest_answer: nothing comes out of wrong input, a failing card or an unproven channel, and no card is asked
 * in vain. Values: end_to_end of vectors.json. */
#include "answer_help.h"

Suite *digest_answer_refusal_suite(void);

/* --- no oracle --- */

START_TEST(flipped_bits)
{
  set s;
  setup_token(&s, &vec_cases[0]);
  uint8_t *octets = (uint8_t *)(uintptr_t)s.cert.ptr;
  for (size_t bit = 0; bit < 8 * s.cert.len; bit++) {
    octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
    expect_nothing(&s, IMSTLS_ERR_S_TOKEN_MISMATCH, 1);
    octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
  }
  char *token = strstr(s.challenge, "s_token=\"") + 9;
  for (size_t i = 0; i < 24; i++) {
    char kept = token[i];
    token[i] = kept == '0' ? '1' : '0';
    expect_nothing(&s, IMSTLS_ERR_S_TOKEN_MISMATCH, 1);
    token[i] = 'g';
    expect_nothing(&s, IMSTLS_ERR_S_TOKEN_MALFORMED, 0);
    token[i] = kept;
  }
  ck_assert_int_eq(answer(&s), IMSTLS_OK);
  teardown(&s);
}
END_TEST

START_TEST(room_is_known_before_the_card_is_asked)
{
  set s;
  setup_token(&s, &vec_cases[0]);
  ck_assert_int_eq(answer(&s), IMSTLS_OK);
  size_t want = s.len;
  s.card.asked = 0;
  for (size_t cap = 0; cap <= want + 1; cap++) {
    char *out = malloc(cap == 0 ? 1 : cap);
    ck_assert_ptr_nonnull(out);
    size_t len = 0;
    int rc = imstls_digest_answer(&s.in, &s.answer, out, cap, &len);
    ck_assert_int_eq(rc, cap <= want ? IMSTLS_ERR_CAPACITY : IMSTLS_OK);
    ck_assert_uint_eq(len, want);
    ck_assert_int_eq(s.card.asked, cap <= want ? 0 : 1);
    free(out);
  }
  teardown(&s);
}
END_TEST

/* Without s_token an AUTS is the longest that may be needed. */
START_TEST(room_for_auts)
{
  set s;
  setup(&s, &vec_cases[0], "AKAv1-MD5", "");
  s.in.channel = IMSTLS_CHANNEL_PSK;
  ck_assert_int_eq(answer(&s), IMSTLS_OK);
  s.card.asked = 0;
  size_t len;
  ck_assert_int_eq(imstls_digest_answer(&s.in, &s.answer, s.out, s.len + 1, &len), IMSTLS_ERR_CAPACITY);
  ck_assert_uint_eq(len, s.len + sizeof ", auts=\"\"" - 1 + 20);
  ck_assert_int_eq(s.card.asked, 0);
  teardown(&s);
}
END_TEST

START_TEST(usim_fails)
{
  static const int codes[] = { IMSTLS_ERR_USIM, IMSTLS_ERR_USIM_STORAGE, IMSTLS_ERR_USIM_PIN, IMSTLS_PENDING };
  set s;
  setup_token(&s, &vec_cases[0]);
  s.card.rc = codes[_i];
  expect_nothing(&s, codes[_i], 1);
  teardown(&s);
}
END_TEST

/* A handle that nobody will see is released: untrusted, wrong token, or when it fails midway itself. */
START_TEST(handle_is_released)
{
  set s;
  setup_token(&s, &vec_cases[0]);
  s.card.result = handle_of(s.row, &s.card.handle);
  s.in.channel = IMSTLS_CHANNEL_NONE;
  expect_nothing(&s, IMSTLS_ERR_NOT_TRUSTED, 1);
  ck_assert_int_eq(s.card.handle.released, 1);
  s.in.channel = IMSTLS_CHANNEL_CERT;
  for (int left = 0; left < 2; left++) {
    s.card.handle.left = left;
    expect_nothing(&s, IMSTLS_ERR_USIM, 1);
    ck_assert_int_eq(s.card.handle.released, 2 + left);
  }
  s.card.handle.left = 2;
  ck_assert_int_eq(answer(&s), IMSTLS_OK);
  ck_assert_int_eq(s.card.handle.released, 3);
  imstls_aka_result given = handle_of(s.row, &s.card.handle);
  s.in.aka = &given; /* the caller's own is the caller's */
  s.in.channel = IMSTLS_CHANNEL_NONE;
  expect_nothing(&s, IMSTLS_ERR_NOT_TRUSTED, 0);
  ck_assert_int_eq(s.card.handle.released, 0);
  teardown(&s);
}
END_TEST

START_TEST(results_that_lie)
{
  set s;
  setup_token(&s, &vec_cases[0]);
  s.card.result.res_len = 3;
  expect_nothing(&s, IMSTLS_ERR_USIM, 1);
  s.card.result.res_len = IMSTLS_RES_MAX + 1;
  expect_nothing(&s, IMSTLS_ERR_USIM, 1);
  s.card.result.res_len = 8;
  s.card.result.verdict = 3;
  expect_nothing(&s, IMSTLS_ERR_USIM, 1);
  s.in.aka = &s.card.result;
  expect_nothing(&s, IMSTLS_ERR_USAGE, 0);
  teardown(&s);
}
END_TEST

/* --- before the card is asked --- */

static const struct {
  const char *more;
  int want;
} refused[] = {
  { ", ik=\"0\"", IMSTLS_ERR_KEYS_EXPOSED },
  { ", s_token=\"65b4a3192050ff81f9bed17c\", s_token=\"65b4a3192050ff81f9bed17c\"", IMSTLS_ERR_S_TOKEN_DOUBLED },
  { ", s_token=\"65b4a3192050ff81f9bed17c\", opaque=\"\x01\"", IMSTLS_ERR_CHALLENGE },
  { ", s_token=\"65b4a3192050ff81f9bed17c\", =", IMSTLS_ERR_SIP_MALFORMED },
  { ", s_token=\"\"", IMSTLS_ERR_S_TOKEN_MALFORMED },
};

START_TEST(refused_early)
{
  set s;
  setup(&s, &vec_cases[0], "AKAv1-MD5", refused[_i].more);
  expect_nothing(&s, refused[_i].want, 0);
  teardown(&s);
}
END_TEST

START_TEST(allow_list)
{
  set s;
  setup_token(&s, &vec_cases[0]);
  s.in.allowed = IMSTLS_DIGEST_BIT(IMSTLS_DIGEST_AKAV2_SHA256);
  expect_nothing(&s, IMSTLS_ERR_ALGORITHM, 0);
  s.in.allowed |= IMSTLS_DIGEST_BIT(IMSTLS_DIGEST_AKAV1_MD5);
  ck_assert_int_eq(answer(&s), IMSTLS_OK);
  teardown(&s);
}
END_TEST

/* token_key pins IK or IK' under AKAv2 */
START_TEST(pinned_key)
{
  char more[100] = "";
  with_token(more, vec_cases[0].token[2].s_token);
  set s;
  setup(&s, &vec_cases[0], "AKAv2-MD5", more);
  s.in.token_key = IMSTLS_TOKEN_KEY_IK;
  expect_nothing(&s, IMSTLS_ERR_S_TOKEN_MISMATCH, 1);
  s.in.token_key = IMSTLS_TOKEN_KEY_IK_PRIME;
  ck_assert_int_eq(answer(&s), IMSTLS_OK);
  ck_assert_str_eq(s.answer.c_token, vec_cases[0].token[2].c_token);
  teardown(&s);
}
END_TEST

static void break_input(imstls_answer_input *in, int how)
{
  switch (how) {
  case 0: in->size--; break;
  case 1: in->username.ptr = NULL; break;
  case 2: in->username = text_of("a\"b"); break;
  case 3: in->method.len = 0; break;
  case 4: in->uri.len = 0; break;
  case 5: in->uri = text_of("sip:a\r\nX: y"); break;
  case 6: in->cnonce.len = 0; break; /* qop asks for it */
  case 7: in->cnonce = text_of("a\"b"); break;
  case 8: in->nc = text_of("1"); break;
  case 9: in->token_key = 3; break;
  case 10: in->token_key = -1; break;
  case 11: in->usim = NULL; break;
  case 12: in->cert.len = 0; break;
  default: in->cert.ptr = NULL; break;
  }
}

START_TEST(usage)
{
  char more[100] = ", qop=\"auth\"";
  with_token(more, vec_cases[0].token[0].s_token);
  set s;
  setup(&s, &vec_cases[0], "AKAv1-MD5", more);
  size_t len;
  ck_assert_int_eq(imstls_digest_answer(NULL, &s.answer, s.out, sizeof s.out, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_digest_answer(&s.in, NULL, s.out, sizeof s.out, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_digest_answer(&s.in, &s.answer, NULL, sizeof s.out, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_digest_answer(&s.in, &s.answer, s.out, sizeof s.out, NULL), IMSTLS_ERR_USAGE);
  break_input(&s.in, _i);
  expect_nothing(&s, IMSTLS_ERR_USAGE, 0);
  s.card.usim.authenticate = NULL;
  expect_nothing(&s, IMSTLS_ERR_USAGE, 0);
  teardown(&s);
}
END_TEST

START_TEST(usim_without_function)
{
  set s;
  setup_token(&s, &vec_cases[0]);
  s.card.usim.authenticate = NULL;
  expect_nothing(&s, IMSTLS_ERR_USAGE, 0);
  teardown(&s);
}
END_TEST

Suite *digest_answer_refusal_suite(void)
{
  Suite *suite = suite_create("digest_answer_refusal");
  TCase *tc = tcase_create("oracle");
  tcase_add_test(tc, flipped_bits);
  tcase_add_loop_test(tc, usim_fails, 0, 4);
  tcase_add_test(tc, handle_is_released);
  tcase_add_test(tc, results_that_lie);
  suite_add_tcase(suite, tc);
  tc = tcase_create("early");
  tcase_add_test(tc, room_is_known_before_the_card_is_asked);
  tcase_add_test(tc, room_for_auts);
  tcase_add_loop_test(tc, refused_early, 0, COUNT(refused));
  tcase_add_test(tc, allow_list);
  tcase_add_test(tc, pinned_key);
  tcase_add_loop_test(tc, usage, 0, 14);
  tcase_add_test(tc, usim_without_function);
  suite_add_tcase(suite, tc);
  return suite;
}
