/* SPDX-License-Identifier: Apache-2.0 */
/* s_token and c_token, the stronger pair, tls-server-end-point. */
#include "crypto/crypto.h"

#include "access_help.h"

Suite *token_suite(void);

static int check_server(const uint8_t ik[16], imstls_bytes cert, const char *text, char c_token[25])
{
  size_t len = strlen(text);
  char *exact = heap_copy(text, len);
  int rc = imstls_token_check_server(ik, cert.ptr, cert.len, (imstls_text){ exact, len }, c_token);
  free(exact);
  return rc;
}

/* end_to_end[*].tokens: IK over two certificates, and IK' */
START_TEST(known_answers)
{
  const vec_token *row = &vec_cases[_i / 3].token[_i % 3];
  imstls_bytes cert = cert_named(row->cert);
  uint8_t key[16];
  fill_hex(row->key, key, sizeof key);
  char s_token[25];
  char c_token[25];
  ck_assert_int_eq(imstls_token_make_server(key, cert.ptr, cert.len, s_token), IMSTLS_OK);
  ck_assert_str_eq(s_token, row->s_token);
  ck_assert_int_eq(check_server(key, cert, row->s_token, c_token), IMSTLS_OK);
  ck_assert_str_eq(c_token, row->c_token);
  ck_assert_int_eq(imstls_token_check_client(key, row->s_token, text_of(row->c_token)), IMSTLS_OK);
  free((void *)cert.ptr);
}
END_TEST

START_TEST(upper_case_is_read)
{
  const vec_token *row = &vec_cases[0].token[0];
  imstls_bytes cert = cert_named(row->cert);
  uint8_t key[16];
  fill_hex(row->key, key, sizeof key);
  char upper[25] = { 0 };
  for (size_t i = 0; i < 24; i++) {
    char c = row->s_token[i];
    upper[i] = c >= 'a' && c <= 'f' ? (char)(c - 32) : c;
  }
  char c_token[25];
  ck_assert_int_eq(check_server(key, cert, upper, c_token), IMSTLS_OK);
  ck_assert_str_eq(c_token, row->c_token);
  ck_assert_int_eq(imstls_token_check_client(key, upper, text_of(row->c_token)), IMSTLS_OK);
  free((void *)cert.ptr);
}
END_TEST

START_TEST(flipped_bit_of_certificate)
{
  const vec_token *row = &vec_cases[0].token[0];
  imstls_bytes cert = cert_named(row->cert);
  uint8_t *octets = (uint8_t *)(uintptr_t)cert.ptr;
  uint8_t key[16];
  fill_hex(row->key, key, sizeof key);
  char c_token[25] = "untouched";
  for (size_t bit = 0; bit < 8 * cert.len; bit++) {
    octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
    ck_assert_int_eq(check_server(key, cert, row->s_token, c_token), IMSTLS_ERR_S_TOKEN_MISMATCH);
    octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
  }
  for (size_t len = 1; len < cert.len; len++) {
    char *exact = heap_copy(cert.ptr, len);
    ck_assert_int_eq(check_server(key, (imstls_bytes){ (uint8_t *)exact, len }, row->s_token, c_token),
                     IMSTLS_ERR_S_TOKEN_MISMATCH);
    free(exact);
  }
  ck_assert_str_eq(c_token, "untouched");
  free(octets);
}
END_TEST

START_TEST(flipped_bit_of_token_and_key)
{
  const vec_token *row = &vec_cases[0].token[0];
  imstls_bytes cert = cert_named(row->cert);
  uint8_t key[16];
  uint8_t raw[12];
  fill_hex(row->key, key, sizeof key);
  char c_token[25] = "untouched";
  char hex[25];
  for (size_t bit = 0; bit < 96; bit++) {
    fill_hex(row->s_token, raw, sizeof raw);
    raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
    imstls_i_hex_encode(raw, sizeof raw, hex);
    ck_assert_int_eq(check_server(key, cert, hex, c_token), IMSTLS_ERR_S_TOKEN_MISMATCH);
    ck_assert_int_eq(imstls_token_check_client(key, hex, text_of(row->c_token)), IMSTLS_ERR_C_TOKEN);
    fill_hex(row->c_token, raw, sizeof raw);
    raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
    imstls_i_hex_encode(raw, sizeof raw, hex);
    ck_assert_int_eq(imstls_token_check_client(key, row->s_token, text_of(hex)), IMSTLS_ERR_C_TOKEN);
  }
  for (size_t bit = 0; bit < 128; bit++) {
    key[bit / 8] ^= (uint8_t)(1u << bit % 8);
    ck_assert_int_eq(check_server(key, cert, row->s_token, c_token), IMSTLS_ERR_S_TOKEN_MISMATCH);
    ck_assert_int_eq(imstls_token_check_client(key, row->s_token, text_of(row->c_token)), IMSTLS_ERR_C_TOKEN);
    key[bit / 8] ^= (uint8_t)(1u << bit % 8);
  }
  ck_assert_str_eq(c_token, "untouched");
  free((void *)cert.ptr);
}
END_TEST

/* Texts of every length but 24, and 24 characters of which one is no hex digit. */
START_TEST(malformed_texts)
{
  const vec_token *row = &vec_cases[0].token[0];
  imstls_bytes cert = cert_named(row->cert);
  uint8_t key[16];
  fill_hex(row->key, key, sizeof key);
  char c_token[25] = "untouched";
  char text[49];
  memcpy(text, row->s_token, 24);
  memcpy(text + 24, row->s_token, 25);
  for (size_t len = 0; len <= 48; len++) {
    char *exact = heap_copy(text, len);
    imstls_text cut = { exact, len };
    int want = len == 24 ? IMSTLS_OK : IMSTLS_ERR_S_TOKEN_MALFORMED;
    char scratch[25];
    ck_assert_int_eq(imstls_token_check_server(key, cert.ptr, cert.len, cut, scratch), want);
    ck_assert_int_eq(imstls_token_check_client(key, row->s_token, cut), IMSTLS_ERR_C_TOKEN);
    free(exact);
  }
  for (size_t i = 0; i < 24; i++) {
    for (int c = 0; c < 256; c++) {
      if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
        continue;
      }
      memcpy(text, row->s_token, 24);
      text[i] = (char)c;
      imstls_text bad = { text, 24 };
      ck_assert_int_eq(imstls_token_check_server(key, cert.ptr, cert.len, bad, c_token),
                       IMSTLS_ERR_S_TOKEN_MALFORMED);
      ck_assert_int_eq(imstls_token_check_client(key, row->s_token, bad), IMSTLS_ERR_C_TOKEN);
      ck_assert_int_eq(imstls_token_check_client(key, text, text_of(row->c_token)), IMSTLS_ERR_USAGE);
    }
  }
  ck_assert_int_eq(imstls_token_check_server(key, cert.ptr, cert.len, (imstls_text){ NULL, 0 }, c_token),
                   IMSTLS_ERR_S_TOKEN_MALFORMED);
  ck_assert_str_eq(c_token, "untouched");
  free((void *)cert.ptr);
}
END_TEST

START_TEST(server_token_sent_back)
{
  const vec_token *row = &vec_cases[_i].token[0];
  uint8_t key[16];
  fill_hex(row->key, key, sizeof key);
  ck_assert_int_eq(imstls_token_check_client(key, row->s_token, text_of(row->s_token)), IMSTLS_ERR_C_TOKEN);
}
END_TEST

/* The c_token is over the 12 octets, not over their text: end_to_end[0] c_token_over_lowercase_hex_text */
START_TEST(client_token_over_text_is_wrong)
{
  const vec_token *row = &vec_cases[0].token[0];
  uint8_t key[16];
  fill_hex(row->key, key, sizeof key);
  ck_assert_int_eq(imstls_token_check_client(key, row->s_token, text_of("5581624cf8d3aba828f2f905")),
                   IMSTLS_ERR_C_TOKEN);
}
END_TEST

START_TEST(usage)
{
  const uint8_t key[16] = { 0 };
  const uint8_t cert[1] = { 0 };
  imstls_text text = text_of(vec_cases[0].token[0].s_token);
  char out[25];
  ck_assert_int_eq(imstls_token_check_server(NULL, cert, 1, text, out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_token_check_server(key, NULL, 1, text, out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_token_check_server(key, cert, 0, text, out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_token_check_server(key, cert, 1, text, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_token_make_server(NULL, cert, 1, out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_token_make_server(key, NULL, 1, out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_token_make_server(key, cert, 0, out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_token_make_server(key, cert, 1, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_token_check_client(NULL, text.ptr, text), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_token_check_client(key, NULL, text), IMSTLS_ERR_USAGE);
}
END_TEST

/* --- keys as octets or behind a handle, IK or IK' --- */

typedef struct key_row {
  int token; /* 0: made with IK, 2: made with IK' */
  int which;
  int digest;
  int want;
} key_row;

static const key_row key_rows[] = {
  { 0, IMSTLS_I_TOKEN_EITHER, IMSTLS_DIGEST_AKAV1_MD5, IMSTLS_OK },
  { 0, IMSTLS_I_TOKEN_IK, IMSTLS_DIGEST_AKAV1_MD5, IMSTLS_OK },
  { 0, IMSTLS_I_TOKEN_IK_PRIME, IMSTLS_DIGEST_AKAV1_MD5, IMSTLS_OK },
  { 0, IMSTLS_I_TOKEN_EITHER, IMSTLS_DIGEST_AKAV2_MD5, IMSTLS_OK },
  { 0, IMSTLS_I_TOKEN_IK, IMSTLS_DIGEST_AKAV2_MD5, IMSTLS_OK },
  { 0, IMSTLS_I_TOKEN_IK_PRIME, IMSTLS_DIGEST_AKAV2_MD5, IMSTLS_ERR_S_TOKEN_MISMATCH },
  { 0, IMSTLS_I_TOKEN_IK_PRIME, IMSTLS_DIGEST_AKAV2_SHA256, IMSTLS_ERR_S_TOKEN_MISMATCH },
  { 2, IMSTLS_I_TOKEN_EITHER, IMSTLS_DIGEST_AKAV1_MD5, IMSTLS_ERR_S_TOKEN_MISMATCH },
  { 2, IMSTLS_I_TOKEN_IK_PRIME, IMSTLS_DIGEST_AKAV1_MD5, IMSTLS_ERR_S_TOKEN_MISMATCH },
  { 2, IMSTLS_I_TOKEN_EITHER, IMSTLS_DIGEST_AKAV2_MD5, IMSTLS_OK },
  { 2, IMSTLS_I_TOKEN_IK, IMSTLS_DIGEST_AKAV2_MD5, IMSTLS_ERR_S_TOKEN_MISMATCH },
  { 2, IMSTLS_I_TOKEN_IK_PRIME, IMSTLS_DIGEST_AKAV2_MD5, IMSTLS_OK },
  { 2, IMSTLS_I_TOKEN_EITHER, IMSTLS_DIGEST_AKAV2_SHA256, IMSTLS_ERR_S_TOKEN_MISMATCH }, /* its IK' is another one */
};

static void check_keys_row(const imstls_aka_result *aka, const key_row *row, const vec_token *token)
{
  imstls_bytes cert = cert_named(token->cert);
  char c_token[25] = "untouched";
  int rc = imstls_i_token_check_server_keys(aka, row->which, row->digest, cert, text_of(token->s_token), c_token);
  ck_assert_int_eq(rc, row->want);
  ck_assert_str_eq(c_token, row->want == IMSTLS_OK ? token->c_token : "untouched");
  free((void *)cert.ptr);
}

START_TEST(either_key)
{
  const key_row *row = &key_rows[_i];
  for (size_t i = 0; i < COUNT(vec_cases); i++) {
    imstls_aka_result octets = result_of(&vec_cases[i]);
    fake_handle handle;
    imstls_aka_result behind = handle_of(&vec_cases[i], &handle);
    check_keys_row(&octets, row, &vec_cases[i].token[row->token]);
    check_keys_row(&behind, row, &vec_cases[i].token[row->token]);
    ck_assert_int_eq(handle.released, 0);
  }
}
END_TEST

/* A token under the 32-octet IK' of AKAv2-SHA-256: HMAC-SHA1 over the certificate, key from end_to_end[*].akav2 */
START_TEST(prime_of_sha256)
{
  const vec_case *row = &vec_cases[_i];
  imstls_bytes cert = cert_named("pcscf-ec");
  imstls_bytes prime = heap_hex(row->ik_sha256);
  ck_assert_uint_eq(prime.len, 32);
  uint8_t mac[20];
  char s_token[25];
  char want[25];
  char c_token[25];
  ck_assert_int_eq(imstls_i_hmac_sha1(prime, &cert, 1, mac), IMSTLS_OK);
  imstls_i_hex_encode(mac, 12, s_token);
  imstls_bytes twelve = { mac, 12 };
  uint8_t mac2[20];
  ck_assert_int_eq(imstls_i_hmac_sha1(prime, &twelve, 1, mac2), IMSTLS_OK);
  imstls_i_hex_encode(mac2, 12, want);
  imstls_aka_result aka = result_of(row);
  ck_assert_int_eq(imstls_i_token_check_server_keys(&aka, IMSTLS_I_TOKEN_EITHER, IMSTLS_DIGEST_AKAV2_SHA256, cert,
                                                    text_of(s_token), c_token), IMSTLS_OK);
  ck_assert_str_eq(c_token, want);
  free((void *)cert.ptr);
  free((void *)prime.ptr);
}
END_TEST

/* The n-th call of a handle fails: its own error, and nothing written. */
START_TEST(handle_fails)
{
  const vec_token *token = &vec_cases[0].token[2];
  imstls_bytes cert = cert_named(token->cert);
  fake_handle handle;
  imstls_aka_result aka = handle_of(&vec_cases[0], &handle);
  int rc = IMSTLS_ERR_USIM;
  int left = 0;
  for (; rc != IMSTLS_OK && left < 10; left++) {
    char c_token[25] = "untouched";
    handle.left = left;
    rc = imstls_i_token_check_server_keys(&aka, IMSTLS_I_TOKEN_EITHER, IMSTLS_DIGEST_AKAV2_MD5, cert,
                                          text_of(token->s_token), c_token);
    ck_assert(rc == IMSTLS_OK || rc == IMSTLS_ERR_USIM);
    ck_assert_str_eq(c_token, rc == IMSTLS_OK ? token->c_token : "untouched");
  }
  ck_assert_int_eq(left, 3); /* one with IK, one for IK'; IK' itself is octets */
  free((void *)cert.ptr);
}
END_TEST

START_TEST(keys_usage)
{
  const uint8_t octet = 0;
  imstls_bytes cert = { &octet, 1 };
  imstls_bytes none = { &octet, 0 };
  imstls_text text = text_of(vec_cases[0].token[0].s_token);
  imstls_aka_result aka = result_of(&vec_cases[0]);
  char out[25];
  int v1 = IMSTLS_DIGEST_AKAV1_MD5;
  ck_assert_int_eq(imstls_i_token_check_server_keys(NULL, 0, v1, cert, text, out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_i_token_check_server_keys(&aka, -1, v1, cert, text, out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_i_token_check_server_keys(&aka, 3, v1, cert, text, out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_i_token_check_server_keys(&aka, 0, v1, none, text, out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_i_token_check_server_keys(&aka, 0, v1, cert, text, NULL), IMSTLS_ERR_USAGE);
  aka.verdict = IMSTLS_AKA_SYNC_FAILURE;
  ck_assert_int_eq(imstls_i_token_check_server_keys(&aka, 0, v1, cert, text, out), IMSTLS_ERR_USAGE);
  uint8_t mac[32];
  ck_assert_int_eq(imstls_i_key_mac(&aka, IMSTLS_KEY_IK, IMSTLS_MAC_HMAC_SHA1, &cert, 1, mac), IMSTLS_ERR_USAGE);
  aka.verdict = IMSTLS_AKA_OK;
  ck_assert_int_eq(imstls_i_key_mac(&aka, 0, IMSTLS_MAC_HMAC_SHA1, &cert, 1, mac), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_i_key_mac(&aka, IMSTLS_KEY_IK, 0, &cert, 1, mac), IMSTLS_ERR_USAGE);
  aka.res_len = IMSTLS_RES_MAX + 1;
  ck_assert_int_eq(imstls_i_key_mac(&aka, IMSTLS_KEY_RES_IK_CK, IMSTLS_MAC_HMAC_MD5, &cert, 1, mac),
                   IMSTLS_ERR_USAGE);
  aka.res_len = 0;
  ck_assert_int_eq(imstls_i_key_mac(&aka, IMSTLS_KEY_RES_IK_CK, IMSTLS_MAC_HMAC_MD5, &cert, 1, mac),
                   IMSTLS_ERR_USAGE);
}
END_TEST

/* --- the stronger pair: end_to_end[*].strong_token_proposal --- */

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
  set->in = (imstls_token2_input){ sizeof set->in,        set->aka.ck,       set->aka.ik, set->rand.ptr,
                                   text_of(VEC_USERNAME), text_of(VEC_SNI),  binding,     0,
                                   set->binding,          set->cert };
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
  ck_assert_int_eq(imstls_token2_check_server(&set.in, text_of(set.s_token2), c_token2),
                   IMSTLS_ERR_S_TOKEN2_MISMATCH);
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

/* --- tls-server-end-point --- */

START_TEST(end_point_known_answers)
{
  const vec_cert *row = &vec_certs[_i];
  imstls_bytes cert = heap_hex(row->der);
  imstls_bytes want = heap_hex(row->end_point);
  uint8_t out[64];
  size_t len = 0;
  ck_assert_int_eq(imstls_token2_end_point(cert.ptr, cert.len, out, &len), IMSTLS_OK);
  ck_assert_uint_eq(len, want.len);
  ck_assert_mem_eq(out, want.ptr, len);
  for (size_t cut = 0; cut < cert.len; cut++) {
    char *exact = heap_copy(cert.ptr, cut);
    ck_assert_int_eq(imstls_token2_end_point((uint8_t *)exact, cut, out, &len), IMSTLS_ERR_TLS_CERT);
    free(exact);
  }
  uint8_t *longer = malloc(cert.len + 1);
  ck_assert_ptr_nonnull(longer);
  memcpy(longer, cert.ptr, cert.len);
  longer[cert.len] = 0;
  ck_assert_int_eq(imstls_token2_end_point(longer, cert.len + 1, out, &len), IMSTLS_ERR_TLS_CERT);
  free(longer);
  free((void *)cert.ptr);
  free((void *)want.ptr);
}
END_TEST

#define RSA "06092a864886f70d0101"
#define ECDSA "06082a8648ce3d0403"
#define SHA "060960864801650304020"
#define SHA256_OF_PSS "a00f300d" SHA "10500"
#define MGF1_SHA256 "a11c301a06092a864886f70d010108300d" SHA "10500"
#define SHA512_OF_PSS "a00f300d" SHA "30500"
#define MGF1_SHA512 "a11c301a06092a864886f70d010108300d" SHA "30500"
#define PSS "06092a864886f70d01010a"

/* AlgorithmIdentifiers (content, hex) and the hash: RFC 5929 4.1, object identifiers of RFC 4055, 5758, 8410. */
typedef struct algorithm_row {
  const char *content;
  size_t len;
} algorithm_row;

static const algorithm_row algorithm_rows[] = {
  { RSA "040500", 32 }, /* MD5 */
  { RSA "050500", 32 }, /* SHA-1 */
  { RSA "0e0500", 32 }, /* SHA-224: our rule */
  { RSA "0b0500", 32 },   { RSA "0c0500", 48 }, { RSA "0d0500", 64 }, { "06072a8648ce3d0401", 32 }, /* ECDSA-SHA1 */
  { ECDSA "01", 32 },     { ECDSA "02", 32 },   { ECDSA "03", 48 },   { ECDSA "04", 64 },
  { "06032b6570", 32 }, /* Ed25519 */
  { "06032b6571", 32 }, /* Ed448 */
  { PSS "302f" SHA256_OF_PSS MGF1_SHA256, 32 },
  { PSS "302f" SHA512_OF_PSS MGF1_SHA512, 64 },
  { PSS "302f" SHA512_OF_PSS MGF1_SHA256, 32 }, /* two hashes */
  { PSS "302f" SHA256_OF_PSS MGF1_SHA512, 32 },
  { PSS "3011" SHA512_OF_PSS, 32 }, /* mask function with SHA-1 by default */
  { PSS "3000", 32 },
  { PSS, 32 },
  { PSS "0500", 32 },
};

/* A skeleton of a certificate around the AlgorithmIdentifier: SEQUENCE { SEQUENCE {}, SEQUENCE {...}, BIT STRING } */
static size_t skeleton(const char *content, uint8_t out[128])
{
  size_t len = strlen(content) / 2;
  ck_assert_uint_lt(len, 100);
  out[0] = 0x30;
  out[1] = (uint8_t)(len + 7);
  memcpy(out + 2, "\x30\x00\x30", 3);
  out[5] = (uint8_t)len;
  fill_hex(content, out + 6, len);
  memcpy(out + 6 + len, "\x03\x01\x00", 3);
  return len + 9;
}

START_TEST(end_point_hashes)
{
  uint8_t der[128];
  size_t len = skeleton(algorithm_rows[_i].content, der);
  uint8_t out[64];
  uint8_t want[64];
  size_t out_len = 0;
  char *exact = heap_copy(der, len);
  ck_assert_int_eq(imstls_token2_end_point((uint8_t *)exact, len, out, &out_len), IMSTLS_OK);
  ck_assert_uint_eq(out_len, algorithm_rows[_i].len);
  imstls_bytes whole = { der, len };
  int rc = out_len == 32 ? imstls_i_sha256(&whole, 1, want) : imstls_i_sha512((int)out_len * 8, &whole, 1, want);
  ck_assert_int_eq(rc, IMSTLS_OK);
  ck_assert_mem_eq(out, want, out_len);
  free(exact);
}
END_TEST

/* Lengths that lie, wrong tags, something after the signature. */
static const char *const bad_ders[] = {
  "",
  "30",
  "3080300030053003060100030100", /* indefinite length */
  "3085000000000a3000300306012a030100", /* five octets of length */
  "30ff30003000",
  "3084ffffffff3000",             /* beyond the data */
  "3081",
  "300531003000030100",
  "300930003005060300",
  "300a3000300306012a030100ff",   /* octets after the certificate */
  "300c3000300306012a0301000500", /* and after the signature, inside */
  "300a3100300306012a030100",     /* tbsCertificate is no SEQUENCE */
  "300a3000310306012a030100",
  "300a3000300305012a030100",     /* no object identifier */
  "300a3000300306022a030100",     /* longer than its SEQUENCE */
  "300a3000300306012a040100",     /* no BIT STRING */
  "30073000300306012a",           /* no signature */
};

START_TEST(end_point_malformed)
{
  imstls_bytes der = heap_hex(bad_ders[_i]);
  uint8_t out[64];
  size_t len = 77;
  ck_assert_int_eq(imstls_token2_end_point(der.ptr, der.len, out, &len), IMSTLS_ERR_TLS_CERT);
  ck_assert_uint_eq(len, 77);
  free((void *)der.ptr);
}
END_TEST

/* Long lengths in one to four octets are read. */
START_TEST(end_point_long_lengths)
{
  static const char *const good[] = { "300a3000300306012a030100", "30810a3000300306012a030100",
                                      "3082000a3000300306012a030100", "30840000000a3000300306012a030100" };
  imstls_bytes der = heap_hex(good[_i]);
  uint8_t out[64];
  size_t len;
  ck_assert_int_eq(imstls_token2_end_point(der.ptr, der.len, out, &len), IMSTLS_OK);
  ck_assert_int_eq(imstls_token2_end_point(NULL, der.len, out, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_token2_end_point(der.ptr, der.len, NULL, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_token2_end_point(der.ptr, der.len, out, NULL), IMSTLS_ERR_USAGE);
  free((void *)der.ptr);
}
END_TEST

Suite *token_suite(void)
{
  Suite *suite = suite_create("token");
  TCase *tc = tcase_create("token");
  tcase_add_loop_test(tc, known_answers, 0, 3 * COUNT(vec_cases));
  tcase_add_test(tc, upper_case_is_read);
  tcase_add_test(tc, flipped_bit_of_certificate);
  tcase_add_test(tc, flipped_bit_of_token_and_key);
  tcase_add_test(tc, malformed_texts);
  tcase_add_loop_test(tc, server_token_sent_back, 0, COUNT(vec_cases));
  tcase_add_test(tc, client_token_over_text_is_wrong);
  tcase_add_test(tc, usage);
  tcase_add_loop_test(tc, either_key, 0, COUNT(key_rows));
  tcase_add_loop_test(tc, prime_of_sha256, 0, COUNT(vec_cases));
  tcase_add_test(tc, handle_fails);
  tcase_add_test(tc, keys_usage);
  suite_add_tcase(suite, tc);
  tc = tcase_create("token2");
  tcase_add_loop_test(tc, token2_known_answers, 0, 2 * COUNT(vec_cases));
  tcase_add_test(tc, token2_sni_case);
  tcase_add_loop_test(tc, token2_flipped_bits, 0, 2);
  tcase_add_test(tc, token2_bad_texts);
  tcase_add_loop_test(tc, token2_usage, 0, 14);
  tcase_add_test(tc, token2_usage_arguments);
  suite_add_tcase(suite, tc);
  tc = tcase_create("end_point");
  tcase_add_loop_test(tc, end_point_known_answers, 0, COUNT(vec_certs));
  tcase_add_loop_test(tc, end_point_hashes, 0, COUNT(algorithm_rows));
  tcase_add_loop_test(tc, end_point_malformed, 0, COUNT(bad_ders));
  tcase_add_loop_test(tc, end_point_long_lengths, 0, 4);
  suite_add_tcase(suite, tc);
  return suite;
}
