/* SPDX-License-Identifier: Apache-2.0 */
/* What a REGISTER proves itself with, and how it is forgotten (RFC 2617, RFC 3310). Values: end_to_end of
 * vectors.json. */
#include "registration/credentials.h"

#include "../access/access_vectors.h"
#include "registration_help.h"

/* The octets of VEC_CNONCE. */
static int cnonce(void *user, uint8_t *out, size_t len)
{
  (void)user;
  return imstls_i_hex_decode(text_of(VEC_CNONCE), out, len) ? IMSTLS_OK : IMSTLS_ERR_RANDOM;
}

typedef struct world {
  char text[600], authorization[1000];
  imstls_config cfg;
  imstls_challenge challenge;
  imstls_aka_result aka;
  imstls_i_credentials cr;
  imstls_i_answerer who;
} world;

static void setup(world *w, const vec_case *row, const char *algorithm, const char *qop)
{
  memset(w, 0, sizeof *w);
  (void)snprintf(w->text, sizeof w->text, "Digest realm=\"%s\", nonce=\"%s\", algorithm=%s%s%s%s", VEC_REALM,
                 row->nonce, algorithm, *qop ? ", qop=\"" : "", qop, *qop ? "\"" : "");
  ck_assert_int_eq(imstls_challenge_parse(text_of(w->text), &w->challenge), IMSTLS_OK);
  w->aka = (imstls_aka_result){ .size = sizeof w->aka, .res_len = (uint32_t)(strlen(row->res) / 2) };
  ck_assert(imstls_i_hex_decode(text_of(row->res), w->aka.res, w->aka.res_len));
  ck_assert(imstls_i_hex_decode(text_of(row->ck), w->aka.ck, 16));
  ck_assert(imstls_i_hex_decode(text_of(row->ik), w->aka.ik, 16));
  ck_assert(imstls_i_hex_decode(text_of(row->auts), w->aka.auts, 14));
  w->cfg.identity.impi = VEC_USERNAME;
  w->cfg.ports.random = cnonce;
  w->cr.authorization = (imstls_i_buffer){ w->authorization, sizeof w->authorization, 0 };
  w->who = (imstls_i_answerer){ &w->cfg, text_of(VEC_URI), &w->challenge, &w->aka };
}

static bool holds(const world *w, const char *part)
{
  char text[sizeof w->authorization + 1] = { 0 };
  memcpy(text, w->cr.authorization.ptr, w->cr.authorization.len);
  return strstr(text, part) != NULL;
}

static int check(const world *w, const char *format, const char *rspauth)
{
  char lines[200];
  (void)snprintf(lines, sizeof lines, format, rspauth);
  imstls_sip_message m = response(200, lines);
  return imstls_i_credentials_check_rspauth(&w->cr, &m);
}

/* RFC 2617 3.2.3: right, wrong in any digit, absent. */
static void ck_rspauth(world *w, const char *right)
{
  char wrong[70];
  ck_assert_str_eq(w->cr.rspauth, right);
  ck_assert_int_eq(check(w, "Authentication-Info: nextnonce=\"x\", rspauth=\"%s\"\r\n", right), IMSTLS_OK);
  ck_assert_int_eq(check(w, "Authentication-Info: qop=auth\r\n%s", ""), IMSTLS_OK);
  ck_assert_int_eq(check(w, "%s", ""), IMSTLS_OK);
  for (size_t i = 0; i < strlen(right); i++) {
    strcpy(wrong, right);
    wrong[i] = wrong[i] == '0' ? '1' : '0';
    ck_assert_int_eq(check(w, "Authentication-Info: rspauth=\"%s\"\r\n", wrong), IMSTLS_ERR_RSPAUTH);
    wrong[i] = '\0';
    ck_assert_int_eq(check(w, "Authentication-Info: rspauth=\"%s\"\r\n", wrong), IMSTLS_ERR_RSPAUTH);
  }
  strcat(strcpy(wrong, right), "0");
  ck_assert_int_eq(check(w, "Authentication-Info: rspauth=\"%s\"\r\n", wrong), IMSTLS_ERR_RSPAUTH);
}

START_TEST(answered)
{
  int known = 0;
  for (size_t i = 0; i < COUNT(vec_digests); i++) {
    const vec_digest *row = &vec_digests[i];
    world w;
    if (strstr(row->algorithm, "-sess") || strstr(row->algorithm, "512-256"))
      continue;
    known++;
    setup(&w, &vec_cases[row->row], row->algorithm, row->qop);
    ck_assert_int_eq(imstls_i_credentials_answer(&w.cr, &w.who), IMSTLS_OK);
    ck_assert(w.cr.proven && holds(&w, row->response) && holds(&w, VEC_USERNAME) && !holds(&w, "token"));
    if (!*row->qop)
      ck_assert_int_eq(check(&w, "Authentication-Info: rspauth=\"%s\"\r\n", row->response), IMSTLS_OK);
    else if (row->rspauth)
      ck_rspauth(&w, row->rspauth);
    imstls_i_credentials_accepted(&w.cr);
    ck_assert(!w.cr.rspauth[0] && w.cr.proven);
    ck_assert_int_eq(check(&w, "Authentication-Info: rspauth=\"%s\"\r\n", "x"), IMSTLS_OK);
  }
  ck_assert_int_gt(known, 4);
}
END_TEST

/* TS 24.229 5.1.1.5.3: AUTS, or after a MAC failure an empty response. */
START_TEST(bad)
{
  world w;
  setup(&w, &vec_cases[0], "AKAv1-MD5", "auth");
  w.cr.proven = true;
  w.aka.verdict = IMSTLS_AKA_SYNC_FAILURE;
  ck_assert_int_eq(imstls_i_credentials_answer_bad(&w.cr, &w.who), IMSTLS_OK);
  ck_assert(!w.cr.proven && holds(&w, vec_cases[0].auts_b64) && holds(&w, vec_cases[0].sync_md5_auth));
  w.cr.proven = true;
  w.aka.verdict = IMSTLS_AKA_MAC_FAILURE;
  ck_assert_int_eq(imstls_i_credentials_answer_bad(&w.cr, &w.who), IMSTLS_OK);
  ck_assert(!w.cr.proven && holds(&w, "response=\"\"") && !holds(&w, "auts"));
}
END_TEST

START_TEST(every_capacity)
{
  world w;
  setup(&w, &vec_cases[0], "AKAv1-MD5", "auth");
  ck_assert_int_eq(imstls_i_credentials_answer(&w.cr, &w.who), IMSTLS_OK);
  size_t len = w.cr.authorization.len;
  for (size_t cap = 0; cap < len + 3; cap++) {
    w.cr.authorization = (imstls_i_buffer){ malloc(cap ? cap : 1), cap, 1 };
    int error = imstls_i_credentials_answer(&w.cr, &w.who);
    ck_assert_int_eq(error, cap <= len ? IMSTLS_ERR_CHALLENGE_TOO_LONG : IMSTLS_OK);
    ck_assert_uint_eq(w.cr.authorization.len, error ? 0 : len);
    free(w.cr.authorization.ptr);
  }
}
END_TEST

START_TEST(no_randomness)
{
  dice d = { .fails = 2 };
  world w;
  setup(&w, &vec_cases[0], "AKAv1-MD5", "auth");
  w.cfg.ports = ports_of(&d);
  ck_assert_int_eq(imstls_i_credentials_answer(&w.cr, &w.who), IMSTLS_ERR_RANDOM);
  ck_assert_int_eq(imstls_i_credentials_answer_bad(&w.cr, &w.who), IMSTLS_ERR_RANDOM);
  ck_assert(!w.cr.authorization.len && !w.cr.rspauth[0]);
}
END_TEST

/* Tokens are for one SM7, proof for one Call-ID, Authorization until the end. */
START_TEST(forgotten)
{
  static const imstls_i_tokens none;
  static const imstls_i_tokens some = { .c_token = "0123", .c_token2 = "4567", .by_exporter = true };
  world w;
  setup(&w, &vec_cases[0], "AKAv1-MD5", "auth");
  ck_assert_int_eq(imstls_i_credentials_answer(&w.cr, &w.who), IMSTLS_OK);
  imstls_i_credentials_set_tokens(&w.cr, &some);
  imstls_i_credentials_hold(&w.cr);
  ck_assert(w.cr.held && !strcmp(w.cr.tokens.c_token2, "4567"));
  imstls_i_credentials_used(&w.cr);
  ck_assert(!w.cr.held && w.cr.proven && w.cr.rspauth[0]);
  ck_assert_mem_eq(&w.cr.tokens, &none, sizeof none);
  imstls_i_credentials_restart(&w.cr);
  ck_assert(!w.cr.proven && !w.cr.rspauth[0] && w.cr.authorization.len);
  imstls_i_credentials_set_tokens(&w.cr, &some);
  imstls_i_credentials_hold(&w.cr);
  imstls_i_credentials_wipe(&w.cr);
  ck_assert(!w.cr.authorization.len && !w.cr.held);
  ck_assert_mem_eq(&w.cr.tokens, &none, sizeof none);
  for (size_t i = 0; i < sizeof w.authorization; i++)
    ck_assert(!w.authorization[i]);
}
END_TEST

SUITE_OF(credentials, answered, bad, every_capacity, no_randomness, forgotten)
