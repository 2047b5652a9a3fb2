/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to one challenge, as the client and imstls_digest_answer have it. Values: end_to_end of vectors.json. */
#include "access/response.h"

#include "access_help.h"

Suite *response_suite(void);

typedef struct set {
  char text[600];
  imstls_challenge challenge;
  imstls_i_response_input in;
  imstls_i_response out;
} set;

static void setup(const vec_case *row, const char *algorithm, const char *qop, set *s)
{
  memset(s, 0, sizeof *s);
  strcat(strcat(strcat(s->text, "Digest realm=\"" VEC_REALM "\", nonce=\""), row->nonce), "\", opaque=\"op\"");
  strcat(strcat(s->text, ", algorithm="), algorithm);
  if (qop[0])
    strcat(strcat(strcat(s->text, ", qop=\""), qop), "\"");
  ck_assert_int_eq(imstls_challenge_parse(text_of(s->text), &s->challenge), IMSTLS_OK);
  s->in.challenge = &s->challenge;
  s->in.username = text_of(VEC_USERNAME);
  s->in.method = text_of(VEC_METHOD);
  s->in.uri = text_of(VEC_URI);
  s->in.cnonce = text_of(VEC_CNONCE);
  memset(&s->out, 0xa5, sizeof s->out);
}

static void expect_zero(const set *s)
{
  static const imstls_i_response zero;
  ck_assert_mem_eq(&s->out, &zero, sizeof zero);
}

/* Rows whose algorithm this library knows: what it does not know is no challenge. */
static bool is_known(const vec_digest *row)
{
  return !strstr(row->algorithm, "-sess") && !strstr(row->algorithm, "512-256");
}

START_TEST(good)
{
  const vec_digest *row = &vec_digests[_i];
  if (!is_known(row))
    return;
  for (int behind = 0; behind < 2; behind++) {
    set s;
    fake_handle handle;
    char rspauth[65];
    setup(&vec_cases[row->row], row->algorithm, row->qop, &s);
    imstls_aka_result aka = handle_of(&vec_cases[row->row], &handle);
    if (!behind)
      aka = result_of(&vec_cases[row->row]);
    ck_assert_int_eq(imstls_i_response_make(&s.in, &aka, &s.out), IMSTLS_OK);
    ck_assert_str_eq(s.out.ha1, row->ha1);
    ck_assert_str_eq(s.out.response, row->response);
    ck_assert_str_eq(s.out.auts, "");
    if (row->rspauth) {
      ck_assert_int_eq(imstls_i_response_rspauth(&s.in, &s.out, rspauth), IMSTLS_OK);
      ck_assert_str_eq(rspauth, row->rspauth);
    }
    memset(&s.out, 0xa5, sizeof s.out);
    ck_assert_int_eq(imstls_i_response_make_bad(&s.in, &aka, &s.out), IMSTLS_ERR_USAGE); /* nothing is bad here */
    expect_zero(&s);
  }
}
END_TEST

/* RES that a card leaves in a failed result is never used. */
START_TEST(bad)
{
  const vec_case *row = &vec_cases[_i];
  const struct {
    const char *algorithm, *qop, *want;
  } rows[] = { { "AKAv1-MD5", "", row->sync_md5 },
               { "AKAv2-MD5", "auth", row->sync_md5_auth },
               { "AKAv1-SHA-256", "", row->sync_sha256 },
               { "AKAv2-SHA-256", "auth", row->sync_sha256_auth } };
  for (size_t i = 0; i < COUNT(rows); i++) {
    set s;
    setup(row, rows[i].algorithm, rows[i].qop, &s);
    imstls_aka_result aka = result_of(row);
    aka.verdict = IMSTLS_AKA_SYNC_FAILURE;
    fill_hex(row->auts, aka.auts, sizeof aka.auts);
    ck_assert_int_eq(imstls_i_response_make(&s.in, &aka, &s.out), IMSTLS_ERR_USAGE);
    expect_zero(&s);
    ck_assert_int_eq(imstls_i_response_make_bad(&s.in, &aka, &s.out), IMSTLS_OK);
    ck_assert_str_eq(s.out.response, rows[i].want);
    ck_assert_str_eq(s.out.auts, row->auts_b64);
    ck_assert_str_eq(s.out.ha1, "");
    aka.verdict = IMSTLS_AKA_MAC_FAILURE;
    memset(&s.out, 0xa5, sizeof s.out);
    ck_assert_int_eq(imstls_i_response_make(&s.in, &aka, &s.out), IMSTLS_ERR_USAGE);
    expect_zero(&s);
    memset(&s.out, 0xa5, sizeof s.out);
    ck_assert_int_eq(imstls_i_response_make_bad(&s.in, &aka, &s.out), IMSTLS_OK);
    expect_zero(&s);
  }
}
END_TEST

/* Whatever fails, nothing is left: the handle, and a cnonce that qop needs. */
START_TEST(failures)
{
  set s;
  fake_handle handle;
  setup(&vec_cases[0], "AKAv2-MD5", "auth", &s);
  imstls_aka_result aka = handle_of(&vec_cases[0], &handle);
  handle.left = 0;
  ck_assert_int_eq(imstls_i_response_make(&s.in, &aka, &s.out), IMSTLS_ERR_USIM);
  expect_zero(&s);
  handle.left = -1;
  s.in.cnonce = text_of("");
  memset(&s.out, 0xa5, sizeof s.out);
  ck_assert_int_eq(imstls_i_response_make(&s.in, &aka, &s.out), IMSTLS_ERR_USAGE);
  expect_zero(&s);
  aka.verdict = IMSTLS_AKA_SYNC_FAILURE;
  memset(&s.out, 0xa5, sizeof s.out);
  ck_assert_int_eq(imstls_i_response_make_bad(&s.in, &aka, &s.out), IMSTLS_ERR_USAGE);
  expect_zero(&s);
}
END_TEST

static void expect_text(imstls_text text, const char *want)
{
  ck_assert(text.ptr && imstls_i_same(text, text_of(want)));
}

START_TEST(authorization)
{
  set s;
  setup(&vec_cases[0], "akav1-md5", "auth", &s);
  imstls_aka_result aka = result_of(&vec_cases[0]);
  ck_assert_int_eq(imstls_i_response_make(&s.in, &aka, &s.out), IMSTLS_OK);
  imstls_authorization a = imstls_i_response_authorization(&s.in, &s.out);
  expect_text(a.username, VEC_USERNAME);
  expect_text(a.realm, VEC_REALM);
  expect_text(a.nonce, vec_cases[0].nonce);
  expect_text(a.uri, VEC_URI);
  expect_text(a.opaque, "op");
  expect_text(a.algorithm, "akav1-md5"); /* as it was sent */
  expect_text(a.response, s.out.response);
  expect_text(a.nc, VEC_NC);
  expect_text(a.cnonce, VEC_CNONCE);
  ck_assert_int_eq(a.qop, IMSTLS_QOP_AUTH);
  ck_assert(!a.auts.ptr && !a.c_token.ptr && !a.c_token2.ptr && !a.cb.ptr);
  s.in.nc = text_of("0000000a");
  expect_text(imstls_i_response_authorization(&s.in, &s.out).nc, "0000000a");
}
END_TEST

/* TS 24.229 5.1.1.5.3: AUTS beside a response; after a MAC failure an empty response, and no qop that speaks of it. */
START_TEST(bad_authorization)
{
  set s;
  setup(&vec_cases[0], "AKAv1-MD5", "auth", &s);
  imstls_aka_result aka = { .size = sizeof aka, .verdict = IMSTLS_AKA_SYNC_FAILURE };
  fill_hex(vec_cases[0].auts, aka.auts, sizeof aka.auts);
  ck_assert_int_eq(imstls_i_response_make_bad(&s.in, &aka, &s.out), IMSTLS_OK);
  imstls_authorization a = imstls_i_response_authorization(&s.in, &s.out);
  expect_text(a.auts, vec_cases[0].auts_b64);
  expect_text(a.response, vec_cases[0].sync_md5_auth);
  ck_assert_int_eq(a.qop, IMSTLS_QOP_AUTH);
  aka.verdict = IMSTLS_AKA_MAC_FAILURE;
  ck_assert_int_eq(imstls_i_response_make_bad(&s.in, &aka, &s.out), IMSTLS_OK);
  a = imstls_i_response_authorization(&s.in, &s.out);
  expect_text(a.response, "");
  ck_assert_int_eq(a.qop, IMSTLS_QOP_NONE);
  ck_assert(!a.auts.ptr && !a.nc.ptr && !a.cnonce.ptr);
}
END_TEST

START_TEST(written)
{
  set s;
  char out[1000];
  size_t len, without;
  setup(&vec_cases[0], "AKAv1-MD5", "auth", &s);
  imstls_aka_result aka = result_of(&vec_cases[0]);
  ck_assert_int_eq(imstls_i_response_make(&s.in, &aka, &s.out), IMSTLS_OK);
  ck_assert_int_eq(imstls_i_response_write(&s.in, &s.out, text_of(NULL), out, sizeof out, &without), IMSTLS_OK);
  ck_assert_uint_eq(strlen(out), without);
  ck_assert_ptr_nonnull(strstr(out, vec_digests[1].response)); /* case 0 with qop auth */
  ck_assert_ptr_null(strstr(out, "token"));
  imstls_text c_token = text_of(vec_cases[0].token[0].c_token);
  ck_assert_int_eq(imstls_i_response_write(&s.in, &s.out, c_token, out, sizeof out, &len), IMSTLS_OK);
  ck_assert_uint_eq(len, without + strlen(", c_token=\"\"") + c_token.len);
  ck_assert_ptr_nonnull(strstr(out, vec_cases[0].token[0].c_token));
  ck_assert_int_eq(imstls_i_response_write(&s.in, &s.out, c_token, out, len, &len), IMSTLS_ERR_CAPACITY);
}
END_TEST

Suite *response_suite(void)
{
  Suite *suite = suite_create("response");
  TCase *tc = tcase_create("response");
  tcase_add_loop_test(tc, good, 0, COUNT(vec_digests));
  tcase_add_loop_test(tc, bad, 0, COUNT(vec_cases));
  tcase_add_test(tc, failures);
  tcase_add_test(tc, authorization);
  tcase_add_test(tc, bad_authorization);
  tcase_add_test(tc, written);
  suite_add_tcase(suite, tc);
  return suite;
}
