/* SPDX-License-Identifier: Apache-2.0 */
/* imstls_digest_answer: right answers, and nothing secret without trust. Values: end_to_end of vectors.json. */
#include "access_help.h"

Suite *answer_suite(void);

/* A USIM that gives a prepared result and counts how often it was asked. */
typedef struct fake_card {
  imstls_usim usim;
  imstls_aka_result result;
  fake_handle handle;
  int rc;
  int asked;
  uint32_t request;
  uint8_t rand[16], autn[16];
} fake_card;

static int fake_authenticate(void *user, uint32_t request, const uint8_t rand[16], const uint8_t autn[16],
                             imstls_aka_result *result)
{
  fake_card *card = user;
  card->asked++;
  card->request = request;
  memcpy(card->rand, rand, 16);
  memcpy(card->autn, autn, 16);
  ck_assert_uint_eq(result->size, sizeof *result);
  if (card->rc == IMSTLS_OK) {
    *result = card->result;
  }
  return card->rc;
}

typedef struct set {
  const vec_case *row;
  fake_card card;
  imstls_bytes cert;
  char challenge[600];
  imstls_answer_input in;
  imstls_answer answer;
  char out[1000];
  size_t len;
} set;

static void setup(set *s, const vec_case *row, const char *algorithm, const char *more)
{
  memset(s, 0, sizeof *s);
  s->row = row;
  s->card.usim = (imstls_usim){ sizeof s->card.usim, &s->card, fake_authenticate, NULL };
  s->card.result = result_of(row);
  s->cert = cert_named("pcscf-ec");
  strcat(strcat(s->challenge, "Digest realm=\"" VEC_REALM "\", nonce=\""), row->nonce);
  strcat(strcat(strcat(s->challenge, "\", algorithm="), algorithm), more);
  s->in.size = sizeof s->in;
  s->in.challenge = text_of(s->challenge);
  s->in.username = text_of(VEC_USERNAME);
  s->in.method = text_of(VEC_METHOD);
  s->in.uri = text_of(VEC_URI);
  s->in.cnonce = text_of(VEC_CNONCE);
  s->in.channel = IMSTLS_CHANNEL_CERT;
  s->in.cert = s->cert;
  s->in.usim = &s->card.usim;
  s->in.request = 4711;
}

static void with_token(char *more, const char *token)
{
  strcat(strcat(strcat(more, ", s_token=\""), token), "\"");
}

static void setup_token(set *s, const vec_case *row)
{
  char more[100] = "";
  with_token(more, row->token[0].s_token);
  setup(s, row, "AKAv1-MD5", more);
}

static void teardown(set *s) { free((void *)s->cert.ptr); }

static int answer(set *s)
{
  memset(&s->answer, 0xa5, sizeof s->answer);
  strcpy(s->out, "untouched");
  return imstls_digest_answer(&s->in, &s->answer, s->out, sizeof s->out, &s->len);
}

/* Refused: its own error, and not one octet beside it. */
static void expect_nothing(set *s, int want, int asked)
{
  static const imstls_answer zero;
  s->card.asked = 0;
  int rc = answer(s);
  ck_assert_msg(rc == want, "%d instead of %d", rc, want);
  ck_assert_mem_eq(&s->answer, &zero, sizeof zero);
  ck_assert_str_eq(s->out, "untouched");
  ck_assert_int_eq(s->card.asked, asked);
}

static bool holds(const set *s, const char *name, const char *value)
{
  char want[200] = ", ";
  strcat(strcat(strcat(strcat(want, name), "=\""), value), "\"");
  return strstr(s->out, want) != NULL;
}

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
  { ", s_token=\"65b4a3192050ff81f9bed17c\", qop=\"x\"", IMSTLS_ERR_CHALLENGE },
  { ", s_token=\"65b4a3192050ff81f9bed17c\",", IMSTLS_ERR_SIP_MALFORMED },
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
  ck_assert_int_eq(IMSTLS_TOKEN_KEY_EITHER, IMSTLS_I_TOKEN_EITHER);
  ck_assert_int_eq(IMSTLS_TOKEN_KEY_IK, IMSTLS_I_TOKEN_IK);
  ck_assert_int_eq(IMSTLS_TOKEN_KEY_IK_PRIME, IMSTLS_I_TOKEN_IK_PRIME);
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

Suite *answer_suite(void)
{
  Suite *suite = suite_create("answer");
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
