/* SPDX-License-Identifier: Apache-2.0 */
/* s_token2 and c_token2. Values: end_to_end[*].strong_token_proposal of vectors.json. */
#include "crypto/crypto.h"

#include "access_help.h"

Suite *token2_suite(void);

typedef struct token2_set {
  imstls_token2_input in;
  imstls_aka_result aka;
  imstls_bytes rand, binding, cert;
  const char *s_token2, *c_token2;
} token2_set;

static void token2_setup(token2_set *set, const vec_case *row, int binding)
{
  bool exporter = binding == IMSTLS_BINDING_EXPORTER;
  set->aka = result_of(row);
  set->rand = heap_hex(row->rand);
  set->binding = heap_hex(exporter ? row->exporter : row->end_point);
  set->cert = cert_named("pcscf-ec");
  set->s_token2 = exporter ? row->s_token2_exporter : row->s_token2_end_point;
  set->c_token2 = exporter ? row->c_token2_exporter : row->c_token2_end_point;
  set->in = (imstls_token2_input){ sizeof set->in,   set->aka.ck, set->aka.ik, set->rand.ptr, text_of(VEC_USERNAME),
                                   text_of(VEC_SNI), binding,     0,           set->binding,  set->cert };
}

static void token2_teardown(token2_set *set)
{
  free((void *)set->rand.ptr);
  free((void *)set->binding.ptr);
  free((void *)set->cert.ptr);
}

START_TEST(token2_known_answers)
{
  const vec_case *row = &vec_cases[_i / 2];
  token2_set set;
  token2_setup(&set, row, _i % 2 ? IMSTLS_BINDING_EXPORTER : IMSTLS_BINDING_SERVER_END_POINT);
  char s_token2[33];
  char c_token2[33];
  ck_assert_int_eq(imstls_token2_make(&set.in, s_token2, c_token2), IMSTLS_OK);
  ck_assert_str_eq(s_token2, set.s_token2);
  ck_assert_str_eq(c_token2, set.c_token2);
  ck_assert_int_eq(imstls_token2_make(&set.in, NULL, NULL), IMSTLS_OK);
  memset(c_token2, 0, sizeof c_token2);
  ck_assert_int_eq(imstls_token2_check_server(&set.in, text_of(set.s_token2), c_token2), IMSTLS_OK);
  ck_assert_str_eq(c_token2, set.c_token2);
  fake_handle handle;
  imstls_aka_result behind = handle_of(row, &handle);
  memset(c_token2, 0, sizeof c_token2);
  ck_assert_int_eq(imstls_i_token2_check_server_keys(&behind, &set.in, text_of(set.s_token2), c_token2), IMSTLS_OK);
  ck_assert_str_eq(c_token2, set.c_token2);
  handle.left = 0;
  ck_assert_int_eq(imstls_i_token2_check_server_keys(&behind, &set.in, text_of(set.s_token2), c_token2),
                   IMSTLS_ERR_USIM);
  token2_teardown(&set);
}
END_TEST

START_TEST(token2_sni_case)
{
  token2_set set;
  token2_setup(&set, &vec_cases[0], IMSTLS_BINDING_EXPORTER);
  set.in.sni = text_of("PCSCF.Visited1.NET");
  char c_token2[33];
  ck_assert_int_eq(imstls_token2_check_server(&set.in, text_of(set.s_token2), c_token2), IMSTLS_OK);
  set.in.sni = (imstls_text){ NULL, 0 };
  ck_assert_int_eq(imstls_token2_check_server(&set.in, text_of(set.s_token2), c_token2), IMSTLS_ERR_S_TOKEN2_MISMATCH);
  token2_teardown(&set);
}
END_TEST

static void expect_token2_mismatch(const token2_set *set)
{
  char c_token2[33] = "untouched";
  ck_assert_int_eq(imstls_token2_check_server(&set->in, text_of(set->s_token2), c_token2),
                   IMSTLS_ERR_S_TOKEN2_MISMATCH);
  ck_assert_str_eq(c_token2, "untouched");
}

static void flip_all(const token2_set *set, const void *octets, size_t len)
{
  uint8_t *at = (uint8_t *)(uintptr_t)octets;
  for (size_t bit = 0; bit < 8 * len; bit++) {
    at[bit / 8] ^= (uint8_t)(1u << bit % 8);
    expect_token2_mismatch(set);
    at[bit / 8] ^= (uint8_t)(1u << bit % 8);
  }
}

START_TEST(token2_flipped_bits)
{
  token2_set set;
  token2_setup(&set, &vec_cases[0], _i ? IMSTLS_BINDING_EXPORTER : IMSTLS_BINDING_SERVER_END_POINT);
  flip_all(&set, set.aka.ck, 16);
  flip_all(&set, set.aka.ik, 16);
  flip_all(&set, set.rand.ptr, 16);
  flip_all(&set, set.binding.ptr, set.binding.len);
  flip_all(&set, set.cert.ptr, set.cert.len);
  char impi[] = VEC_USERNAME;
  set.in.impi.ptr = impi;
  flip_all(&set, impi, sizeof impi - 1);
  set.in.binding = _i ? IMSTLS_BINDING_SERVER_END_POINT : IMSTLS_BINDING_EXPORTER;
  expect_token2_mismatch(&set);
  token2_teardown(&set);
}
END_TEST

START_TEST(token2_bad_texts)
{
  token2_set set;
  token2_setup(&set, &vec_cases[0], IMSTLS_BINDING_EXPORTER);
  char c_token2[33] = "untouched";
  for (size_t len = 0; len < 32; len++) {
    char *exact = heap_copy(set.s_token2, len);
    ck_assert_int_eq(imstls_token2_check_server(&set.in, (imstls_text){ exact, len }, c_token2),
                     IMSTLS_ERR_S_TOKEN2_MISMATCH);
    free(exact);
  }
  uint8_t raw[16];
  char hex[33];
  for (size_t bit = 0; bit < 128; bit++) {
    fill_hex(set.s_token2, raw, sizeof raw);
    raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
    imstls_i_hex_encode(raw, sizeof raw, hex);
    ck_assert_int_eq(imstls_token2_check_server(&set.in, text_of(hex), c_token2), IMSTLS_ERR_S_TOKEN2_MISMATCH);
  }
  ck_assert_int_eq(imstls_token2_check_server(&set.in, text_of(set.c_token2), c_token2),
                   IMSTLS_ERR_S_TOKEN2_MISMATCH); /* the other direction's */
  ck_assert_str_eq(c_token2, "untouched");
  token2_teardown(&set);
}
END_TEST

static void break_input(imstls_token2_input *in, int how, uint8_t *big)
{
  switch (how) {
  case 0: in->size = sizeof *in - 1; break;
  case 1: in->ck = NULL; break;
  case 2: in->ik = NULL; break;
  case 3: in->rand = NULL; break;
  case 4: in->impi.ptr = NULL; break;
  case 5: in->impi = (imstls_text){ (char *)big, 0x10000 }; break;
  case 6: in->sni = (imstls_text){ (char *)big, 256 }; break;
  case 7: in->binding = 0; break;
  case 8: in->binding = 3; break;
  case 9: in->binding_value.ptr = NULL; break;
  case 10: in->binding_value.len = 31; break;
  case 11: in->binding_value = (imstls_bytes){ big, 48 }; break; /* no exporter value */
  case 12: in->cert.ptr = NULL; break;
  default: in->cert.len = 0; break;
  }
}

START_TEST(token2_usage)
{
  static uint8_t big[0x10000];
  token2_set set;
  token2_setup(&set, &vec_cases[0], IMSTLS_BINDING_EXPORTER);
  break_input(&set.in, _i, big);
  char out[33];
  ck_assert_int_eq(imstls_token2_make(&set.in, out, out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_token2_check_server(&set.in, text_of(set.s_token2), out), IMSTLS_ERR_USAGE);
  token2_teardown(&set);
}
END_TEST

START_TEST(token2_usage_arguments)
{
  token2_set set;
  token2_setup(&set, &vec_cases[0], IMSTLS_BINDING_EXPORTER);
  imstls_text text = text_of(set.s_token2);
  char out[33];
  ck_assert_int_eq(imstls_token2_make(NULL, out, out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_token2_check_server(NULL, text, out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_token2_check_server(&set.in, text, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_i_token2_check_server_keys(NULL, &set.in, text, out), IMSTLS_ERR_USAGE);
  set.aka.verdict = IMSTLS_AKA_MAC_FAILURE;
  ck_assert_int_eq(imstls_i_token2_check_server_keys(&set.aka, &set.in, text, out), IMSTLS_ERR_USAGE);
  token2_teardown(&set);
}
END_TEST
Suite *token2_suite(void)
{
  Suite *suite = suite_create("token2");
  TCase *tc = tcase_create("token2");
  tcase_add_loop_test(tc, token2_known_answers, 0, 2 * COUNT(vec_cases));
  tcase_add_test(tc, token2_sni_case);
  tcase_add_loop_test(tc, token2_flipped_bits, 0, 2);
  tcase_add_test(tc, token2_bad_texts);
  tcase_add_loop_test(tc, token2_usage, 0, 14);
  tcase_add_test(tc, token2_usage_arguments);
  suite_add_tcase(suite, tc);
  return suite;
}
