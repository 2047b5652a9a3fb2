/* SPDX-License-Identifier: Apache-2.0 */
/* s_token and c_token. */
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
      ck_assert_int_eq(imstls_token_check_server(key, cert.ptr, cert.len, bad, c_token), IMSTLS_ERR_S_TOKEN_MALFORMED);
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
  { 0, IMSTLS_TOKEN_KEY_EITHER, IMSTLS_DIGEST_AKAV1_MD5, IMSTLS_OK },
  { 0, IMSTLS_TOKEN_KEY_IK, IMSTLS_DIGEST_AKAV1_MD5, IMSTLS_OK },
  { 0, IMSTLS_TOKEN_KEY_IK_PRIME, IMSTLS_DIGEST_AKAV1_MD5, IMSTLS_OK },
  { 0, IMSTLS_TOKEN_KEY_EITHER, IMSTLS_DIGEST_AKAV2_MD5, IMSTLS_OK },
  { 0, IMSTLS_TOKEN_KEY_IK, IMSTLS_DIGEST_AKAV2_MD5, IMSTLS_OK },
  { 0, IMSTLS_TOKEN_KEY_IK_PRIME, IMSTLS_DIGEST_AKAV2_MD5, IMSTLS_ERR_S_TOKEN_MISMATCH },
  { 0, IMSTLS_TOKEN_KEY_IK_PRIME, IMSTLS_DIGEST_AKAV2_SHA256, IMSTLS_ERR_S_TOKEN_MISMATCH },
  { 2, IMSTLS_TOKEN_KEY_EITHER, IMSTLS_DIGEST_AKAV1_MD5, IMSTLS_ERR_S_TOKEN_MISMATCH },
  { 2, IMSTLS_TOKEN_KEY_IK_PRIME, IMSTLS_DIGEST_AKAV1_MD5, IMSTLS_ERR_S_TOKEN_MISMATCH },
  { 2, IMSTLS_TOKEN_KEY_EITHER, IMSTLS_DIGEST_AKAV2_MD5, IMSTLS_OK },
  { 2, IMSTLS_TOKEN_KEY_IK, IMSTLS_DIGEST_AKAV2_MD5, IMSTLS_ERR_S_TOKEN_MISMATCH },
  { 2, IMSTLS_TOKEN_KEY_IK_PRIME, IMSTLS_DIGEST_AKAV2_MD5, IMSTLS_OK },
  { 2, IMSTLS_TOKEN_KEY_EITHER, IMSTLS_DIGEST_AKAV2_SHA256, IMSTLS_ERR_S_TOKEN_MISMATCH }, /* its IK' is another one */
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
  ck_assert_int_eq(imstls_i_token_check_server_keys(&aka, IMSTLS_TOKEN_KEY_EITHER, IMSTLS_DIGEST_AKAV2_SHA256, cert,
                                                    text_of(s_token), c_token),
                   IMSTLS_OK);
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
    rc = imstls_i_token_check_server_keys(&aka, IMSTLS_TOKEN_KEY_EITHER, IMSTLS_DIGEST_AKAV2_MD5, cert,
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
}
END_TEST

START_TEST(owed)
{
  static const int channels[] = { IMSTLS_CHANNEL_NONE, IMSTLS_CHANNEL_CERT, IMSTLS_CHANNEL_PSK, IMSTLS_CHANNEL_IPSEC };
  for (size_t i = 0; i < COUNT(channels); i++) {
    ck_assert_int_eq(imstls_i_token_owed(channels[i], false), channels[i] == IMSTLS_CHANNEL_CERT);
    ck_assert(!imstls_i_token_owed(channels[i], true));
  }
}
END_TEST

START_TEST(form)
{
  char text[] = "0123456789abcdefABCDEF01";
  ck_assert_int_eq(imstls_i_token_form(text_of(text)), IMSTLS_OK);
  ck_assert_int_eq(imstls_i_token_form((imstls_text){ NULL, 0 }), IMSTLS_ERR_S_TOKEN_MISSING);
  for (size_t len = 0; len < 24; len++)
    ck_assert_int_eq(imstls_i_token_form((imstls_text){ text, len }), IMSTLS_ERR_S_TOKEN_MALFORMED);
  ck_assert_int_eq(imstls_i_token_form(text_of("0123456789abcdefABCDEF012")), IMSTLS_ERR_S_TOKEN_MALFORMED);
  ck_assert_int_eq(imstls_i_token_form(text_of("0123456789abcdefABCDEF0123")), IMSTLS_ERR_S_TOKEN_MALFORMED);
  text[11] = 'g';
  ck_assert_int_eq(imstls_i_token_form(text_of(text)), IMSTLS_ERR_S_TOKEN_MALFORMED);
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
  tcase_add_test(tc, owed);
  tcase_add_test(tc, form);
  suite_add_tcase(suite, tc);
  return suite;
}
