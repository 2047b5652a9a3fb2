/* SPDX-License-Identifier: Apache-2.0 */
/* imstls_digest_answer: right answers, and what each channel lets out. Values: end_to_end of vectors.json. */
#include "answer_help.h"

Suite *digest_answer_suite(void);

/* --- right answers: every row of end_to_end[*].digest that this library knows, octets and handles --- */

static void check_row(const vec_digest *row, bool behind, const char *token, const char *want_c_token)
{
  char more[200] = "";
  if (row->qop[0] != '\0') {
    strcat(strcat(strcat(more, ", qop=\""), row->qop), "\"");
  }
  with_token(more, token);
  set s;
  setup(&s, &vec_cases[row->row], row->algorithm, more);
  if (behind) {
    s.card.result = handle_of(s.row, &s.card.handle);
  }
  ck_assert_int_eq(answer(&s), IMSTLS_OK);
  ck_assert_int_eq(s.answer.verdict, IMSTLS_AKA_OK);
  ck_assert_uint_eq(s.answer.token_verified, 1);
  ck_assert_str_eq(s.answer.response, row->response);
  ck_assert_str_eq(s.answer.ha1, row->ha1);
  ck_assert_str_eq(s.answer.c_token, want_c_token);
  ck_assert_str_eq(s.answer.rspauth, row->rspauth ? row->rspauth : "");
  ck_assert_uint_eq(s.len, strlen(s.out));
  ck_assert(holds(&s, "response", row->response) && holds(&s, "c_token", want_c_token));
  ck_assert(holds(&s, "nonce", s.row->nonce) && strstr(s.out, "auts") == NULL);
  ck_assert_ptr_eq(strstr(s.out, "Digest username=\"" VEC_USERNAME "\""), s.out);
  ck_assert(row->qop[0] == '\0' || strstr(s.out, ", nc=00000001, cnonce=\"" VEC_CNONCE "\"") != NULL);
  ck_assert_mem_eq(s.answer.aka.res, s.card.result.res, sizeof s.answer.aka.res);
  ck_assert_mem_eq(s.answer.aka.ck, s.card.result.ck, 16);
  ck_assert_mem_eq(s.answer.aka.ik, s.card.result.ik, 16);
  ck_assert_ptr_eq(s.answer.aka.keys.user, s.card.result.keys.user);
  ck_assert_int_eq(s.card.handle.released, 0);
  ck_assert_uint_eq(s.card.request, 4711);
  uint8_t want[16];
  fill_hex(s.row->rand, want, 16);
  ck_assert_mem_eq(s.card.rand, want, 16);
  fill_hex(s.row->autn, want, 16);
  ck_assert_mem_eq(s.card.autn, want, 16);
  teardown(&s);
}

START_TEST(known_answers)
{
  const vec_digest *row = &vec_digests[_i];
  const vec_token *token = vec_cases[row->row].token;
  if (strstr(row->algorithm, "-sess") != NULL || strstr(row->algorithm, "512-256") != NULL) {
    set s;
    setup(&s, &vec_cases[row->row], row->algorithm, "");
    expect_nothing(&s, IMSTLS_ERR_ALGORITHM, 0);
    teardown(&s);
    return;
  }
  for (int behind = 0; behind < 2; behind++) {
    check_row(row, behind, token[0].s_token, token[0].c_token);
    if (strcmp(row->algorithm, "AKAv2-MD5") == 0) {
      check_row(row, behind, token[2].s_token, token[2].c_token);
    }
  }
}
END_TEST

START_TEST(result_handed_in)
{
  set s;
  setup_token(&s, &vec_cases[_i]);
  imstls_aka_result aka = result_of(s.row);
  s.in.aka = &aka;
  s.in.usim = NULL;
  ck_assert_int_eq(answer(&s), IMSTLS_OK);
  ck_assert_str_eq(s.answer.c_token, s.row->token[0].c_token);
  ck_assert_int_eq(s.card.asked, 0);
  teardown(&s);
}
END_TEST

START_TEST(opaque_nc_echo)
{
  char more[100] = ", opaque=\"op\", qop=\"auth\"";
  with_token(more, vec_cases[0].token[0].s_token);
  set s;
  setup(&s, &vec_cases[0], "\"akav1-MD5\"", more);
  s.in.nc = text_of("0000000a");
  ck_assert_int_eq(answer(&s), IMSTLS_OK);
  ck_assert(holds(&s, "opaque", "op"));
  ck_assert_ptr_nonnull(strstr(s.out, ", algorithm=akav1-MD5,"));
  ck_assert_ptr_nonnull(strstr(s.out, ", qop=auth, nc=0000000a, cnonce="));
  teardown(&s);
}
END_TEST

/* --- channel by s_token: what comes out --- */

typedef struct channel_row {
  int channel;
  uint32_t pki;
  int cert;  /* 0: none handed in */
  int token; /* 0: absent, 1: right, 2: that of another certificate, 3: malformed */
  int want;
  int asked, verified, c_token;
} channel_row;

#define CERT IMSTLS_CHANNEL_CERT
#define PSK IMSTLS_CHANNEL_PSK
#define IPSEC IMSTLS_CHANNEL_IPSEC
#define MISMATCH IMSTLS_ERR_S_TOKEN_MISMATCH
#define MALFORMED IMSTLS_ERR_S_TOKEN_MALFORMED
#define UNTRUSTED IMSTLS_ERR_NOT_TRUSTED

static const channel_row channel_rows[] = {
  { CERT, 0, 1, 0, IMSTLS_ERR_S_TOKEN_MISSING, 0, 0, 0 },
  { CERT, 0, 1, 1, IMSTLS_OK, 1, 1, 1 },
  { CERT, 0, 1, 2, MISMATCH, 1, 0, 0 },
  { CERT, 0, 1, 3, MALFORMED, 0, 0, 0 },
  { CERT, 0, 0, 1, IMSTLS_ERR_USAGE, 0, 0, 0 },
  /* PKI makes up for a missing token, for no other fault */
  { CERT, 1, 1, 0, IMSTLS_OK, 1, 0, 0 },
  { CERT, 1, 1, 1, IMSTLS_OK, 1, 1, 1 },
  { CERT, 1, 1, 2, MISMATCH, 1, 0, 0 },
  { CERT, 1, 1, 3, MALFORMED, 0, 0, 0 },
  /* no certificate, no token */
  { PSK, 0, 0, 0, IMSTLS_OK, 1, 0, 0 },
  { PSK, 0, 0, 2, IMSTLS_OK, 1, 0, 0 },
  { PSK, 0, 0, 3, IMSTLS_OK, 1, 0, 0 },
  { PSK, 0, 1, 1, IMSTLS_OK, 1, 0, 0 },
  /* the SAs prove the keys; a token that is there must be right, and is not answered */
  { IPSEC, 0, 0, 0, IMSTLS_OK, 1, 0, 0 },
  { IPSEC, 0, 0, 2, IMSTLS_OK, 1, 0, 0 },
  { IPSEC, 0, 1, 0, IMSTLS_OK, 1, 0, 0 },
  { IPSEC, 0, 1, 1, IMSTLS_OK, 1, 1, 0 },
  { IPSEC, 0, 1, 2, MISMATCH, 1, 0, 0 },
  { IPSEC, 0, 1, 3, MALFORMED, 0, 0, 0 },
  /* never */
  { IMSTLS_CHANNEL_NONE, 0, 0, 0, UNTRUSTED, 1, 0, 0 },
  { IMSTLS_CHANNEL_NONE, 0, 1, 1, UNTRUSTED, 1, 0, 0 },
  { IMSTLS_CHANNEL_NONE, 1, 1, 1, UNTRUSTED, 1, 0, 0 },
  { IMSTLS_CHANNEL_NONE, 0, 0, 2, UNTRUSTED, 1, 0, 0 },
  { -1, 0, 1, 1, IMSTLS_ERR_USAGE, 0, 0, 0 },
  { 4, 0, 1, 1, IMSTLS_ERR_USAGE, 0, 0, 0 },
};

static void setup_channel(set *s, const channel_row *row)
{
  char more[100] = "";
  const char *texts[] = { NULL, vec_cases[0].token[0].s_token, vec_cases[0].token[1].s_token,
                          "65b4a3192050ff81f9bed17" };
  if (row->token != 0) {
    with_token(more, texts[row->token]);
  }
  setup(s, &vec_cases[0], "AKAv1-MD5", more);
  s->in.channel = row->channel;
  s->in.pki_verified = row->pki;
  if (!row->cert) {
    s->in.cert = (imstls_bytes){ NULL, 0 };
  }
}

START_TEST(channels)
{
  const channel_row *row = &channel_rows[_i];
  set s;
  setup_channel(&s, row);
  if (row->want != IMSTLS_OK) {
    expect_nothing(&s, row->want, row->asked);
    teardown(&s);
    return;
  }
  ck_assert_int_eq(answer(&s), IMSTLS_OK);
  ck_assert_int_eq(s.card.asked, row->asked);
  ck_assert_str_eq(s.answer.response, vec_digests[0].response);
  ck_assert_uint_eq(s.answer.token_verified, (unsigned)row->verified);
  ck_assert_str_eq(s.answer.c_token, row->c_token ? vec_cases[0].token[0].c_token : "");
  ck_assert_int_eq(strstr(s.out, "c_token") != NULL, row->c_token);
  teardown(&s);
}
END_TEST

/* MAC and synchronisation failure are told on any channel, with nothing of the keys, whatever the s_token is worth. */
START_TEST(failures_on_channels)
{
  const channel_row *row = &channel_rows[_i];
  set s;
  setup_channel(&s, row);
  imstls_aka_result bad = { .size = sizeof bad, .verdict = IMSTLS_AKA_SYNC_FAILURE };
  fill_hex(s.row->auts, bad.auts, sizeof bad.auts);
  s.card.result = bad;
  if (!row->asked) {
    expect_nothing(&s, row->want, 0);
    teardown(&s);
    return;
  }
  static const char zero[65];
  ck_assert_int_eq(answer(&s), IMSTLS_OK);
  ck_assert_int_eq(s.answer.verdict, IMSTLS_AKA_SYNC_FAILURE);
  ck_assert(holds(&s, "auts", s.row->auts_b64) && holds(&s, "response", s.row->sync_md5));
  ck_assert_ptr_null(strstr(s.out, "c_token"));
  ck_assert_mem_eq(s.answer.ha1, zero, 65);
  ck_assert_mem_eq(s.answer.c_token, zero, 25);
  ck_assert_mem_eq(s.answer.aka.ik, zero, 16);
  s.card.result = (imstls_aka_result){ .size = sizeof bad, .verdict = IMSTLS_AKA_MAC_FAILURE };
  ck_assert_int_eq(answer(&s), IMSTLS_OK);
  ck_assert_int_eq(s.answer.verdict, IMSTLS_AKA_MAC_FAILURE);
  ck_assert(holds(&s, "response", ""));
  ck_assert_ptr_null(strstr(s.out, "auts"));
  ck_assert_ptr_null(strstr(s.out, "c_token"));
  ck_assert_mem_eq(s.answer.response, zero, 65);
  ck_assert_mem_eq(s.answer.ha1, zero, 65);
  teardown(&s);
}
END_TEST

/* A card that fills in keys beside a failure: they stay inside. */
START_TEST(failure_with_keys)
{
  static const uint8_t zero[16];
  set s;
  setup_token(&s, &vec_cases[0]);
  s.in.channel = IMSTLS_CHANNEL_NONE;
  s.card.result = handle_of(s.row, &s.card.handle);
  memset(s.card.result.ik, 0x77, 16);
  s.card.result.verdict = _i ? IMSTLS_AKA_SYNC_FAILURE : IMSTLS_AKA_MAC_FAILURE;
  ck_assert_int_eq(answer(&s), IMSTLS_OK);
  ck_assert_mem_eq(s.answer.aka.ik, zero, 16);
  ck_assert_mem_eq(s.answer.aka.res, zero, 16);
  ck_assert_ptr_null(s.answer.aka.keys.user);
  ck_assert_int_eq(s.card.handle.released, 1);
  teardown(&s);
}
END_TEST

/* sync_failure with qop and the other hashes, mac_failure with its own nonce */
START_TEST(failures_known_answers)
{
  const vec_case *row = &vec_cases[_i];
  const struct {
    const char *algorithm, *more, *want;
  } rows[] = { { "AKAv1-MD5", "", row->sync_md5 },
               { "AKAv2-MD5", ", qop=\"auth\"", row->sync_md5_auth },
               { "AKAv1-SHA-256", "", row->sync_sha256 },
               { "AKAv2-SHA-256", ", qop=\"auth\"", row->sync_sha256_auth } };
  for (size_t i = 0; i < COUNT(rows); i++) {
    set s;
    setup(&s, row, rows[i].algorithm, rows[i].more);
    s.in.channel = IMSTLS_CHANNEL_NONE;
    s.card.result = (imstls_aka_result){ .size = sizeof s.card.result, .verdict = IMSTLS_AKA_SYNC_FAILURE };
    fill_hex(row->auts, s.card.result.auts, 14);
    ck_assert_int_eq(answer(&s), IMSTLS_OK);
    ck_assert_str_eq(s.answer.response, rows[i].want);
    ck_assert_str_eq(s.answer.rspauth, "");
    ck_assert(holds(&s, "auts", row->auts_b64));
    ck_assert_mem_eq(s.answer.aka.auts, s.card.result.auts, 14);
    teardown(&s);
  }
  vec_case other = *row;
  other.nonce = row->mac_failure_nonce;
  set s;
  setup(&s, &other, "AKAv1-MD5", "");
  s.in.channel = IMSTLS_CHANNEL_NONE;
  s.card.result = (imstls_aka_result){ .size = sizeof s.card.result, .verdict = IMSTLS_AKA_MAC_FAILURE };
  ck_assert_int_eq(answer(&s), IMSTLS_OK);
  ck_assert(holds(&s, "response", "") && holds(&s, "nonce", row->mac_failure_nonce));
  teardown(&s);
}
END_TEST
Suite *digest_answer_suite(void)
{
  Suite *suite = suite_create("digest_answer");
  TCase *tc = tcase_create("answers");
  tcase_add_loop_test(tc, known_answers, 0, COUNT(vec_digests));
  tcase_add_loop_test(tc, result_handed_in, 0, COUNT(vec_cases));
  tcase_add_test(tc, opaque_nc_echo);
  tcase_add_loop_test(tc, failures_known_answers, 0, COUNT(vec_cases));
  suite_add_tcase(suite, tc);
  tc = tcase_create("trust");
  tcase_add_loop_test(tc, channels, 0, COUNT(channel_rows));
  tcase_add_loop_test(tc, failures_on_channels, 0, COUNT(channel_rows));
  tcase_add_loop_test(tc, failure_with_keys, 0, 2);
  suite_add_tcase(suite, tc);
  return suite;
}
