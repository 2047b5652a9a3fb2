/* SPDX-License-Identifier: Apache-2.0 */
/* Authorization values. */
#include "access_help.h"

Suite *authorization_suite(void);

static imstls_authorization full_authorization(void)
{
  imstls_authorization in = { .size = sizeof in, .username = text_of("u"), .realm = text_of("r") };
  in.nonce = text_of("n");
  in.uri = text_of("sip:d");
  in.opaque = text_of("o");
  in.algorithm = text_of("AKAv1-MD5");
  in.qop = IMSTLS_QOP_AUTH;
  in.nc = text_of("00000001");
  in.cnonce = text_of("c");
  in.response = text_of("e");
  in.auts = text_of("a");
  in.c_token = text_of("t");
  in.c_token2 = text_of("t2");
  in.cb = text_of("b");
  return in;
}

static const char full_text[] = "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:d\", response=\"e\", "
                                "algorithm=AKAv1-MD5, opaque=\"o\", qop=auth, nc=00000001, cnonce=\"c\", auts=\"a\", "
                                "c_token=\"t\", c_token2=\"t2\", cb=\"b\"";

START_TEST(authorization)
{
  imstls_authorization in = full_authorization();
  for (size_t cap = 0; cap < sizeof full_text + 2; cap++) {
    char *out = malloc(cap == 0 ? 1 : cap);
    ck_assert_ptr_nonnull(out);
    size_t len = 99999;
    int want = cap < sizeof full_text ? IMSTLS_ERR_CAPACITY : IMSTLS_OK;
    ck_assert_int_eq(imstls_authorization_write(&in, out, cap, &len), want);
    if (want == IMSTLS_OK) {
      ck_assert_uint_eq(len, sizeof full_text - 1);
      ck_assert_str_eq(out, full_text);
    } else {
      ck_assert_uint_eq(len, 99999);
    }
    free(out);
  }
  char out[300];
  size_t len;
  in.qop = IMSTLS_QOP_AUTH_INT;
  ck_assert_int_eq(imstls_authorization_write(&in, out, sizeof out, &len), IMSTLS_OK);
  ck_assert_ptr_nonnull(strstr(out, ", qop=auth-int, nc=00000001, cnonce=\"c\""));
}
END_TEST

/* TS 24.229 5.1.1.2: the first REGISTER */
START_TEST(first_authorization)
{
  imstls_authorization in = { .size = sizeof in, .username = text_of("u"), .realm = text_of("r") };
  in.nonce = in.response = text_of("");
  in.uri = text_of("sip:r");
  char out[200];
  size_t len;
  ck_assert_int_eq(imstls_authorization_write(&in, out, sizeof out, &len), IMSTLS_OK);
  ck_assert_str_eq(out, "Digest username=\"u\", realm=\"r\", nonce=\"\", uri=\"sip:r\", response=\"\"");
}
END_TEST

/* No octet that could end the quotes or the line. */
START_TEST(authorization_injection)
{
  static const char bad[] = { '"', '\\', '\r', '\n', '\0', 0x1f, 0x7f };
  static const size_t texts[] = { offsetof(imstls_authorization, username), offsetof(imstls_authorization, realm),
                                  offsetof(imstls_authorization, nonce),    offsetof(imstls_authorization, uri),
                                  offsetof(imstls_authorization, opaque),   offsetof(imstls_authorization, cnonce),
                                  offsetof(imstls_authorization, response), offsetof(imstls_authorization, auts),
                                  offsetof(imstls_authorization, c_token),  offsetof(imstls_authorization, c_token2),
                                  offsetof(imstls_authorization, cb),       offsetof(imstls_authorization, algorithm),
                                  offsetof(imstls_authorization, nc) };
  char out[400];
  size_t len;
  for (size_t i = 0; i < COUNT(texts); i++) {
    for (size_t k = 0; k < sizeof bad; k++) {
      imstls_authorization in = full_authorization();
      char value[3] = { 'a', 'b', bad[k] }; /* a backslash before an octet is a quoted-pair */
      imstls_text text = { value, 3 };
      memcpy((char *)&in + texts[i], &text, sizeof text);
      ck_assert_int_eq(imstls_authorization_write(&in, out, sizeof out, &len), IMSTLS_ERR_USAGE);
    }
  }
}
END_TEST

static void break_authorization(imstls_authorization *in, int how)
{
  const imstls_text none = { NULL, 0 };
  switch (how) {
  case 0: in->size--; break;
  case 1: in->username = none; break;
  case 2: in->realm = none; break;
  case 3: in->nonce = none; break;
  case 4: in->uri = none; break;
  case 5: in->response = none; break;
  case 6: in->algorithm = text_of(""); break;
  case 7: in->algorithm = text_of("AKAv1-MD5, x"); break;
  case 8: in->qop = 3; break;
  case 9: in->nc = none; break;
  case 10: in->nc = text_of("0000001"); break;
  case 11: in->nc = text_of("0000000g"); break;
  default: in->cnonce = none; break;
  }
}

START_TEST(authorization_usage)
{
  imstls_authorization in = full_authorization();
  char out[400];
  size_t len;
  ck_assert_int_eq(imstls_authorization_write(NULL, out, sizeof out, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_authorization_write(&in, NULL, sizeof out, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_authorization_write(&in, out, sizeof out, NULL), IMSTLS_ERR_USAGE);
  break_authorization(&in, _i);
  ck_assert_int_eq(imstls_authorization_write(&in, out, sizeof out, &len), IMSTLS_ERR_USAGE);
}
END_TEST

/* --- once more --- */

#define REPEATED                                                                                                       \
  "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:d\", response=\"e\", algorithm=AKAv1-MD5, "              \
  "opaque=\"o\", "                                                                                                     \
  "qop=auth, nc=00000001, cnonce=\"c\""

/* Word for word that of the same answer without tokens, in every capacity. */
START_TEST(repeated)
{
  imstls_authorization in = full_authorization();
  char sent[300];
  size_t len;
  in.auts = text_of(NULL);
  ck_assert_int_eq(imstls_authorization_write(&in, sent, sizeof sent, &len), IMSTLS_OK);
  for (size_t cap = 0; cap < sizeof REPEATED + 2; cap++) {
    char *out = malloc(cap == 0 ? 1 : cap), *value = heap_copy(sent, len);
    ck_assert_ptr_nonnull(out);
    size_t out_len = 99999;
    int want = cap < sizeof REPEATED ? IMSTLS_ERR_CAPACITY : IMSTLS_OK;
    ck_assert_int_eq(imstls_authorization_repeat((imstls_text){ value, len }, out, cap, &out_len), want);
    if (want == IMSTLS_OK)
      ck_assert_str_eq(out, REPEATED);
    ck_assert_uint_eq(out_len, want ? 99999 : sizeof REPEATED - 1);
    free(out);
    free(value);
  }
}
END_TEST

static const struct {
  const char *value;
  int want;
  const char *text;
} repeat_rows[] = {
  { "Digest response=\"e\"", IMSTLS_OK, "Digest response=\"e\"" },
  { "digest  c_token=\"a\" ,response = \"e\",", IMSTLS_OK, "Digest response = \"e\"" },
  { "Digest C_Token=\"a\", response=\"e\", CB=x, c_token2=\"\"", IMSTLS_OK, "Digest response=\"e\"" },
  { "Digest c_token3=\"a\", response=\"e\"", IMSTLS_OK, "Digest c_token3=\"a\", response=\"e\"" },
  { "Digest realm=\"\\\", c_token=\\\"\", response=e", IMSTLS_OK, "Digest realm=\"\\\", c_token=\\\"\", response=e" },
  { "Digest realm=\"\", opaque=\"a, b=c\", response=\"e\"", IMSTLS_OK,
    "Digest realm=\"\", opaque=\"a, b=c\", response=\"e\"" },
  { "Digest response=\"e\", auts=\"a\"", IMSTLS_ERR_USAGE, NULL },
  { "Digest response=\"e\", auts=\"\"", IMSTLS_ERR_USAGE, NULL },
  { "Digest response=\"\"", IMSTLS_ERR_USAGE, NULL },
  { "Digest username=\"u\"", IMSTLS_ERR_USAGE, NULL },
  { "Digest response=\"e\", c_token", IMSTLS_ERR_SIP_MALFORMED, NULL },
  { "Digest response=\"e", IMSTLS_ERR_SIP_MALFORMED, NULL },
  { "Digest realm=\"a\r\n b\", response=\"e\"", IMSTLS_ERR_SIP_MALFORMED, NULL },
  { "Digest response\x7f=\"e\"", IMSTLS_ERR_SIP_MALFORMED, NULL },
  { "Basic response=\"e\"", IMSTLS_ERR_SIP_MALFORMED, NULL },
  { "", IMSTLS_ERR_SIP_MALFORMED, NULL },
  { NULL, IMSTLS_ERR_SIP_MALFORMED, NULL },
};

START_TEST(repeats)
{
  char out[100] = "before";
  size_t len = 0;
  imstls_text value = text_of(repeat_rows[_i].value);
  ck_assert_int_eq(imstls_authorization_repeat(value, out, sizeof out, &len), repeat_rows[_i].want);
  ck_assert_str_eq(out, repeat_rows[_i].text ? repeat_rows[_i].text : "");
  ck_assert_int_eq(imstls_authorization_repeat(value, NULL, sizeof out, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_authorization_repeat(value, out, sizeof out, NULL), IMSTLS_ERR_USAGE);
}
END_TEST

Suite *authorization_suite(void)
{
  Suite *suite = suite_create("authorization");
  TCase *tc = tcase_create("authorization");
  tcase_add_test(tc, authorization);
  tcase_add_test(tc, first_authorization);
  tcase_add_test(tc, authorization_injection);
  tcase_add_loop_test(tc, authorization_usage, 0, 13);
  tcase_add_test(tc, repeated);
  tcase_add_loop_test(tc, repeats, 0, COUNT(repeat_rows));
  suite_add_tcase(suite, tc);
  return suite;
}
