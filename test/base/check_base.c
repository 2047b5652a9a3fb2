/* SPDX-License-Identifier: Apache-2.0 */
/* base/: error.c, version.c, text.c, number.c, secret.c, writer.c, hex.c and base64.c. der.c and ip_address.c have
 * suites of their own. */
#include <check.h>
#include <ctype.h>
#include <stdio.h>

#include <imstls/version.h>

#include "base/base.h"
#include "heap.h"
#include "vectors.h"

Suite *base_suite(void);

/* One class for each exit status of softphone; the wording of doc/softphone.1. */
START_TEST(error_classes)
{
  static const struct {
    int error, status;
  } rows[] = {
    { IMSTLS_OK, 0 },
    { IMSTLS_ERR_INTERNAL, 1 },
    { IMSTLS_ERR_MEMORY, 1 },
    { IMSTLS_ERR_RANDOM, 1 },
    { IMSTLS_ERR_IPSEC, 1 },
    { IMSTLS_ERR_CONFIG, 2 },
    { IMSTLS_ERR_UNSUPPORTED, 2 },
    { IMSTLS_ERR_RESOLVE, 3 },
    { IMSTLS_ERR_CONNECT, 3 },
    { IMSTLS_ERR_CONNECTION, 3 },
    { IMSTLS_ERR_TIMEOUT, 3 },
    { IMSTLS_ERR_TLS, 4 },
    { IMSTLS_ERR_TLS_CERT, 4 },
    { IMSTLS_ERR_CERT_TOO_LONG, 4 },
    { IMSTLS_ERR_AKA_MAC, 5 },
    { IMSTLS_ERR_AKA_SYNC, 5 },
    { IMSTLS_ERR_AKA_REPEATED, 5 },
    { IMSTLS_ERR_NO_CHALLENGE, 5 },
    { IMSTLS_ERR_RSPAUTH, 5 },
    { IMSTLS_ERR_S_TOKEN_MISSING, 6 },
    { IMSTLS_ERR_S_TOKEN_MALFORMED, 6 },
    { IMSTLS_ERR_S_TOKEN_DOUBLED, 6 },
    { IMSTLS_ERR_S_TOKEN_MISMATCH, 6 },
    { IMSTLS_ERR_KEYS_EXPOSED, 6 },
    { IMSTLS_ERR_S_TOKEN2_MISSING, 6 },
    { IMSTLS_ERR_PKI, 6 },
    { IMSTLS_ERR_BID_DOWN, 7 },
    { IMSTLS_ERR_SECAGREE_NONE, 7 },
    { IMSTLS_ERR_SECAGREE_LOOP, 7 },
    { IMSTLS_ERR_ALGORITHM, 7 },
    { IMSTLS_ERR_UNPROTECTED, 7 },
    { IMSTLS_ERR_SIP_REJECTED, 8 },
    { IMSTLS_ERR_SIP_CHALLENGES, 8 },
    { IMSTLS_ERR_SIP_MALFORMED, 9 },
    { IMSTLS_ERR_SIP_OVERSIZED, 9 },
    { IMSTLS_ERR_USIM, 10 },
    { IMSTLS_ERR_USIM_STORAGE, 10 },
    { IMSTLS_ERR_USIM_PIN_TRIES, 10 },
    { IMSTLS_PENDING, IMSTLS_CLASS_PROGRESS },
    { IMSTLS_NOT_READY, IMSTLS_CLASS_PROGRESS },
    { 1, 1 },
    { -99, 1 },
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    ck_assert_msg(imstls_error_class(rows[i].error) == rows[i].status, "%s", imstls_error_name(rows[i].error));
  for (size_t i = 0; i < sizeof v_error_codes / sizeof v_error_codes[0]; i++) {
    int class_of = imstls_error_class(v_error_codes[i].code);
    bool progress = v_error_codes[i].code < 0 && v_error_codes[i].code > -100;
    ck_assert_int_eq(class_of == IMSTLS_CLASS_PROGRESS, progress);
    ck_assert_int_eq(class_of == IMSTLS_CLASS_OK, v_error_codes[i].code == 0);
  }
}
END_TEST

/* The client knows security errors by their range (client/actions.c). */
START_TEST(security_errors)
{
  for (size_t i = 0; i < sizeof v_error_codes / sizeof v_error_codes[0]; i++) {
    int code = v_error_codes[i].code, class_of = imstls_error_class(code);
    bool untrue = class_of == IMSTLS_CLASS_NETWORK || class_of == IMSTLS_CLASS_SERVER;
    bool in_range = code <= -700 && code > -800;
    ck_assert_int_eq(untrue || class_of == IMSTLS_CLASS_AGREEMENT, in_range && code != IMSTLS_ERR_AKA_RATE);
  }
}
END_TEST

START_TEST(error_codes)
{
  size_t count = sizeof v_error_codes / sizeof v_error_codes[0];
  ck_assert_uint_gt(count, 60);
  for (size_t i = 0; i < count; i++) {
    const char *text = imstls_error_text(v_error_codes[i].code);
    ck_assert_str_eq(imstls_error_name(v_error_codes[i].code), v_error_codes[i].name);
    ck_assert_str_ne(text, imstls_error_text(12345));
    ck_assert_int_eq(text[strlen(text) - 1] == '.', imstls_has("sentences"));
    for (size_t j = 0; j < i; j++)
      ck_assert_str_ne(text, imstls_error_text(v_error_codes[j].code));
  }
  ck_assert_str_eq(imstls_error_name(1), "unknown");
  ck_assert_str_eq(imstls_error_name(-99), "unknown");
  ck_assert_ptr_nonnull(imstls_error_text(-99));
  ck_assert_str_eq(imstls_version(), IMSTLS_VERSION_STRING);
}
END_TEST

START_TEST(texts)
{
  ck_assert(imstls_i_same_nocase(IMSTLS_I_LIT("S_Token9[z"), IMSTLS_I_LIT("s_tOKEN9[Z")));
  ck_assert(!imstls_i_same_nocase(IMSTLS_I_LIT("abc"), IMSTLS_I_LIT("ab")));
  ck_assert(!imstls_i_same_nocase(IMSTLS_I_LIT("@"), IMSTLS_I_LIT("`"))); /* differ by 32, but no letters */
  ck_assert(!imstls_i_same_nocase(IMSTLS_I_LIT("["), IMSTLS_I_LIT("{")));
  ck_assert(imstls_i_same_nocase(IMSTLS_I_LIT("a\0B"), IMSTLS_I_LIT("A\0b")));
  ck_assert(!imstls_i_same_nocase(IMSTLS_I_LIT("a\0b"), IMSTLS_I_LIT("a\0c")));
}
END_TEST

/* Every pair of octets at every place of every length up to 17: the same, or one letter in two cases. */
START_TEST(letters)
{
  size_t len = (size_t)_i;
  unsigned wrong = 0;
  for (size_t at = 0; at < len; at++) {
    char *a = heap_copy("xxxxxxxxxxxxxxxxx", len);
    char *b = heap_copy("XXXXXXXXXXXXXXXXX", len);
    for (int x = 0; x < 256; x++)
      for (int y = 0; y < 256; y++) {
        a[at] = (char)x;
        b[at] = (char)y;
        bool letter = isalpha(x) && x < 128 && tolower(x) == tolower(y);
        wrong += imstls_i_same_letters(a, b, len) != (x == y || letter);
      }
    free(a);
    free(b);
  }
  ck_assert_uint_eq(wrong, 0);
  ck_assert(imstls_i_same_letters(NULL, NULL, 0));
}
END_TEST

START_TEST(words)
{
  ck_assert(imstls_text_is(IMSTLS_I_LIT("Security-SERVER"), "security-server"));
  ck_assert(imstls_text_is(IMSTLS_I_LIT(""), ""));
  ck_assert(!imstls_text_is(IMSTLS_I_LIT("tls"), "tl"));
  ck_assert(!imstls_text_is(IMSTLS_I_LIT("tls"), "tlsx"));
  ck_assert(!imstls_text_is(IMSTLS_I_LIT("tls\0"), "tls"));
  ck_assert(!imstls_text_is(imstls_i_text(NULL, 0), ""));
  ck_assert(!imstls_text_is(IMSTLS_I_LIT("tls"), NULL));
  ck_assert(imstls_i_is(IMSTLS_I_LIT("S_TOKEN2"), "s_token2"));
  ck_assert(!imstls_i_is(IMSTLS_I_LIT("S_TOKEN3"), "s_token2"));
  ck_assert(!imstls_i_is(imstls_i_text(NULL, 0), "s_token2"));
}
END_TEST

START_TEST(equal_and_wipe)
{
  uint8_t a[33];
  uint8_t b[33];
  for (size_t len = 0; len <= 33; len++) {
    memset(a, 0xa5, sizeof a);
    memset(b, 0xa5, sizeof b);
    ck_assert(imstls_i_equal_ct(a, b, len));
    for (size_t bit = 0; bit < 8 * len; bit++) {
      b[bit / 8] ^= (uint8_t)(1u << bit % 8);
      ck_assert(!imstls_i_equal_ct(a, b, len));
      b[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    imstls_wipe(a, len);
    for (size_t i = 0; i < sizeof a; i++)
      ck_assert_uint_eq(a[i], i < len ? 0 : 0xa5);
  }
  imstls_wipe(NULL, 0);
}
END_TEST

static void write_all(imstls_i_writer *w)
{
  imstls_i_put(w, "a\0b", 3);
  imstls_i_put(w, NULL, 0);
  imstls_i_put_text(w, IMSTLS_I_LIT("text"));
  imstls_i_put_str(w, ";");
  imstls_i_put_uint(w, 0);
  imstls_i_put_uint(w, UINT64_MAX);
  imstls_i_put_hex(w, (const uint8_t *)"\x09\xaf\xf0", 3);
  imstls_i_put_base64(w, (const uint8_t *)"\xff\xfe", 2);
  IMSTLS_I_PUT_LIT(w, "!");
}

START_TEST(writer_every_capacity)
{
  static const char want[] = "a\0btext;01844674407370955161509aff0//4=!";
  size_t whole = sizeof want - 1;
  imstls_i_writer count = imstls_i_writer_make(NULL, 0);
  write_all(&count);
  ck_assert(!count.failed);
  ck_assert_uint_eq(count.len, whole);
  for (size_t cap = 0; cap <= whole + 2; cap++) {
    char *buf = malloc(cap + (cap == 0));
    ck_assert_ptr_nonnull(buf);
    imstls_i_writer w = imstls_i_writer_make(buf, cap);
    write_all(&w);
    ck_assert_uint_eq(w.len, whole);
    ck_assert_int_eq(w.failed, cap < whole);
    if (!w.failed)
      ck_assert_mem_eq(buf, want, whole);
    free(buf);
  }
}
END_TEST

/* Each number of digits at both its ends. */
START_TEST(writer_digits)
{
  uint64_t power = 1;
  for (size_t digits = 1; digits <= 20; digits++) {
    char buf[24], want[24];
    for (int below = 0; below < 2; below++) {
      imstls_i_writer w = imstls_i_writer_make(buf, sizeof buf);
      imstls_i_put_uint(&w, power - (uint64_t)below);
      int len = snprintf(want, sizeof want, "%llu", (unsigned long long)power - (unsigned)below);
      ck_assert_uint_eq(w.len, (size_t)len);
      ck_assert_mem_eq(buf, want, w.len);
    }
    power *= digits < 20 ? 10 : 1;
  }
}
END_TEST

START_TEST(writer_failure_sticks)
{
  char buf[4] = "....";
  imstls_i_writer w = imstls_i_writer_make(buf, sizeof buf);
  IMSTLS_I_PUT_LIT(&w, "12345");
  IMSTLS_I_PUT_LIT(&w, "x");
  ck_assert(w.failed);
  ck_assert_mem_eq(buf, "....", 4);
  w = imstls_i_writer_make(buf, sizeof buf);
  IMSTLS_I_PUT_LIT(&w, "12");
  IMSTLS_I_PUT_LIT(&w, "345");
  IMSTLS_I_PUT_LIT(&w, "x"); /* there would be room for it */
  ck_assert(w.failed);
  ck_assert_uint_eq(w.len, 6);
  ck_assert_mem_eq(buf, "12..", 4);
}
END_TEST

/* A length beyond all counting stays there, and what follows is not written either. */
START_TEST(writer_length_has_an_end)
{
  char buf[4] = "....";
  imstls_i_writer w = imstls_i_writer_make(buf, sizeof buf);
  imstls_i_writer count = imstls_i_writer_make(NULL, 0);
  imstls_i_put_hex(&w, NULL, SIZE_MAX);
  imstls_i_put_hex(&count, NULL, SIZE_MAX);
  IMSTLS_I_PUT_LIT(&w, "x");
  IMSTLS_I_PUT_LIT(&count, "x");
  ck_assert(w.failed);
  ck_assert(!count.failed);
  ck_assert_uint_eq(w.len, SIZE_MAX);
  ck_assert_uint_eq(count.len, SIZE_MAX);
  ck_assert_mem_eq(buf, "....", 4);
}
END_TEST

static const char *const folds[][2] = {
  { "", "" },
  { "a b", "a b" },
  { "a\r\n b", "a b" },
  { "a\n\tb", "a b" },
  { "a \t\r\n \t b", "a b" },
  { "a\r\n \r\n b", "a b" },
  { "a\r\n b\r\n c", "a b c" },
  { "a  b\r\n c", "a  b c" },
  { "a,\r\n\t", "a, " },
};

START_TEST(unfolding)
{
  size_t len = strlen(folds[_i][0]), want = strlen(folds[_i][1]);
  char *value = heap_copy(folds[_i][0], len);
  char buf[16];
  for (size_t cap = 0; cap <= want; cap++) {
    imstls_i_writer w = imstls_i_writer_make(buf, cap);
    imstls_i_put_unfolded(&w, imstls_i_text(value, len));
    ck_assert_int_eq(w.failed, cap < want);
    ck_assert_uint_eq(w.len, want);
  }
  ck_assert_mem_eq(buf, folds[_i][1], want);
  free(value);
}
END_TEST

static const struct {
  const char *text;
  int64_t whole; /* -1: no number; 2^32: more than 2^32-1 */
} numbers[] = {
  { "0", 0 },
  { "7", 7 },
  { "000000000000000000009", 9 },
  { "65535", 65535 },
  { "4294967295", 4294967295 },
  { "4294967296", 4294967296 },
  { "18446744073709551616", 4294967296 },
  { "99999999999999999999999999", 4294967296 },
  { "-1", -1 },
  { "+1", -1 },
  { " 1", -1 },
  { "1 ", -1 },
  { "1a", -1 },
  { "0x10", -1 },
  { "1.0", -1 },
  { "/", -1 },
  { ":", -1 },
};

START_TEST(decimal)
{
  size_t len = strlen(numbers[_i].text);
  int64_t want = numbers[_i].whole;
  char *text = heap_copy(numbers[_i].text, len);
  ck_assert_int_eq(imstls_i_whole_number(imstls_i_text(text, len)), want);
  uint32_t out = 4711;
  bool fits = want >= 0 && want <= UINT32_MAX;
  ck_assert_int_eq(imstls_i_number(imstls_i_text(text, len), UINT32_MAX, &out), fits);
  ck_assert_uint_eq(out, fits ? (uint32_t)want : 4711);
  if (fits && want > 0) {
    uint32_t number = (uint32_t)want;
    out = 4711;
    ck_assert(!imstls_i_number(imstls_i_text(text, len), number - 1, &out));
    ck_assert_uint_eq(out, 4711);
    ck_assert(imstls_i_number(imstls_i_text(text, len), number, &out));
  }
  free(text);
}
END_TEST

START_TEST(decimal_front)
{
  static const char text[] = "50;4";
  uint64_t number;
  ck_assert_ptr_eq(imstls_i_digits(text, text + 4, &number), text + 2);
  ck_assert_uint_eq(number, 50);
  ck_assert_ptr_null(imstls_i_digits(text + 2, text + 4, &number));
  ck_assert_ptr_eq(imstls_i_digits(text + 3, text + 4, &number), text + 4);
  ck_assert_ptr_null(imstls_i_digits(text + 4, text + 4, &number));
  ck_assert_int_eq(imstls_i_whole_number(IMSTLS_I_LIT("")), -1);
  ck_assert_int_eq(imstls_i_whole_number(imstls_i_text(NULL, 0)), -1);
}
END_TEST

START_TEST(hex)
{
  static const char digits[] = "00017f80ffABcdEF";
  uint8_t out[8];
  char back[17];
  char *text = heap_copy(digits, 16);
  ck_assert(imstls_i_hex_decode(imstls_i_text(text, 16), out, 8));
  ck_assert_mem_eq(out, "\x00\x01\x7f\x80\xff\xab\xcd\xef", 8);
  imstls_i_hex_encode(out, 8, back);
  ck_assert_str_eq(back, "00017f80ffabcdef");
  for (size_t len = 0; len < 16; len++)
    ck_assert(!imstls_i_hex_decode(imstls_i_text(text, len), out, 8));
  ck_assert(!imstls_i_hex_decode(imstls_i_text(text, 15), out, 7)); /* a digit without its other half */
  ck_assert(!imstls_i_hex_decode(imstls_i_text(text, 16), out, 7));
  for (size_t at = 0; at < 16; at++)
    for (int c = 0; c < 256; c++) {
      char copy[16];
      memcpy(copy, digits, 16);
      copy[at] = (char)c;
      bool digit = c != 0 && strchr("0123456789abcdefABCDEF", c) != NULL;
      ck_assert_int_eq(imstls_i_hex_decode(imstls_i_text(copy, 16), out, 8), digit);
    }
  free(text);
}
END_TEST

/* RFC 4648 10. */
START_TEST(base64_rfc4648)
{
  static const char *const pairs[][2] = { { "", "" },
                                          { "f", "Zg==" },
                                          { "fo", "Zm8=" },
                                          { "foo", "Zm9v" },
                                          { "foob", "Zm9vYg==" },
                                          { "fooba", "Zm9vYmE=" },
                                          { "foobar", "Zm9vYmFy" } };
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    const char *plain = pairs[i][0];
    const char *text = pairs[i][1];
    char buf[8];
    uint8_t out[8];
    imstls_i_writer w = imstls_i_writer_make(buf, sizeof buf);
    imstls_i_put_base64(&w, (const uint8_t *)plain, strlen(plain));
    ck_assert_uint_eq(w.len, strlen(text));
    ck_assert_mem_eq(buf, text, w.len);
    ck_assert_int_eq(imstls_i_base64_decode(imstls_i_text(text, strlen(text)), out, 8), (long)strlen(plain));
    ck_assert_mem_eq(out, plain, strlen(plain));
    size_t bare = strcspn(text, "=");
    ck_assert_int_eq(imstls_i_base64_decode(imstls_i_text(text, bare), out, 8), (long)strlen(plain));
  }
}
END_TEST

START_TEST(base64_alphabet)
{
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint8_t octets[48];
  char back[64];
  ck_assert_int_eq(imstls_i_base64_decode(imstls_i_text(alphabet, 64), octets, 48), 48);
  imstls_i_writer w = imstls_i_writer_make(back, 64);
  imstls_i_put_base64(&w, octets, 48);
  ck_assert_mem_eq(back, alphabet, 64);
  for (int c = 0; c < 256; c++) {
    char quad[4] = { 'A', (char)c, 'A', 'A' };
    bool digit = c != 0 && strchr(alphabet, c) != NULL;
    ck_assert_int_eq(imstls_i_base64_decode(imstls_i_text(quad, 4), octets, 48), digit ? 3 : -1);
  }
}
END_TEST

START_TEST(base64_malformed)
{
  static const char *const bad[] = {
    "=",        "==",   "===",  "====", "A",    "A=", "A==", "A===", "AA=",   "AAA==",  "AA===",    "AAAA=", "AAAA==",
    "AAAA====", "AA=A", "=AAA", "AB==", "AAB=", "AB", "AAB", "AA =", " AAAA", "AAAA\n", "AA==AA==", "AAAAA", "-_AA"
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    uint8_t out[8];
    char *text = heap_copy(bad[i], strlen(bad[i]));
    ck_assert_msg(imstls_i_base64_decode(imstls_i_text(text, strlen(bad[i])), out, 8) == -1, "%s", bad[i]);
    free(text);
  }
}
END_TEST

START_TEST(base64_nonces)
{
  const struct v_milenage_sets_item *v = &v_milenage.sets.item[_i];
  char *text = heap_copy(v->nonce_b64.str, v->nonce_b64.str_len);
  for (size_t cap = 0; cap <= 32; cap++) {
    uint8_t *out = malloc(cap + (cap == 0));
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(imstls_i_base64_decode(imstls_i_text(text, v->nonce_b64.str_len), out, cap), 32);
    ck_assert_mem_eq(out, v->RAND.oct, cap < 16 ? cap : 16);
    if (cap > 16)
      ck_assert_mem_eq(out + 16, v->AUTN.oct, cap - 16);
    free(out);
  }
  /* A shorter text never reads as the whole nonce, but for the padding. */
  for (size_t len = 0; len < 43; len++)
    ck_assert_int_lt(imstls_i_base64_decode(imstls_i_text(text, len), NULL, 0), 32);
  free(text);
}
END_TEST

/* Cases of nonce_edge in their order: -1 where the text itself is no base64. */
START_TEST(base64_nonce_edge)
{
  static const long want[] = { 0, 31, 32, 33, -1, 32, -1 };
  ck_assert_uint_eq(v_nonce_edge.cases.count, sizeof want / sizeof want[0]);
  vec nonce = v_nonce_edge.cases.item[_i].nonce;
  char *text = heap_copy(nonce.str, nonce.str_len);
  uint8_t out[40];
  ck_assert_int_eq(imstls_i_base64_decode(imstls_i_text(text, nonce.str_len), out, sizeof out), want[_i]);
  free(text);
}
END_TEST

Suite *base_suite(void)
{
  Suite *suite = suite_create("base");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, error_codes);
  tcase_add_test(tcase, security_errors);
  tcase_add_test(tcase, error_classes);
  tcase_add_test(tcase, texts);
  tcase_add_loop_test(tcase, letters, 1, 18);
  tcase_add_test(tcase, words);
  tcase_add_test(tcase, equal_and_wipe);
  tcase_add_test(tcase, writer_every_capacity);
  tcase_add_test(tcase, writer_digits);
  tcase_add_test(tcase, writer_failure_sticks);
  tcase_add_test(tcase, writer_length_has_an_end);
  tcase_add_loop_test(tcase, unfolding, 0, (int)(sizeof folds / sizeof folds[0]));
  tcase_add_loop_test(tcase, decimal, 0, (int)(sizeof numbers / sizeof numbers[0]));
  tcase_add_test(tcase, decimal_front);
  tcase_add_test(tcase, hex);
  tcase_add_test(tcase, base64_rfc4648);
  tcase_add_test(tcase, base64_alphabet);
  tcase_add_test(tcase, base64_malformed);
  tcase_add_loop_test(tcase, base64_nonces, 0, 20);
  tcase_add_loop_test(tcase, base64_nonce_edge, 0, 7);
  suite_add_tcase(suite, tcase);
  return suite;
}
