/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <psa/crypto.h>

#include <imstls/error.h>

#include "crypto/crypto.h"
#include "heap.h"
#include "vectors.h"

Suite *crypto_suite(void);

typedef int (*hmac_fn)(imstls_bytes key, const imstls_bytes *parts, size_t count, uint8_t *out);

/* Whole, then cut in three at every pair of borders of short inputs. */
static void check_hmac(hmac_fn hmac, vec key, vec data, vec mac)
{
  uint8_t *k = heap_copy(key.oct, key.len);
  uint8_t *d = heap_copy(data.oct, data.len);
  uint8_t out[64];
  ck_assert_ptr_nonnull(mac.oct);
  for (size_t i = 0; i <= data.len; i++)
    for (size_t j = i; j <= data.len; j += 7) {
      const imstls_bytes parts[] = { { d, i }, { d + i, j - i }, { NULL, 0 }, { d + j, data.len - j } };
      memset(out, 0xee, sizeof out);
      ck_assert_int_eq(hmac((imstls_bytes){ k, key.len }, parts, 4, out), IMSTLS_OK);
      ck_assert_mem_eq(out, mac.oct, mac.len);
    }
  free(k);
  free(d);
}

START_TEST(hmac_sha1)
{
  ck_assert_uint_eq(v_hmac_sha1.cases.count, 7);
  check_hmac(imstls_i_hmac_sha1, v_hmac_sha1.cases.item[_i].key, v_hmac_sha1.cases.item[_i].data,
             v_hmac_sha1.cases.item[_i].mac);
}
END_TEST

START_TEST(hmac_md5)
{
  ck_assert_uint_eq(v_hmac_md5.cases.count, 7);
  check_hmac(imstls_i_hmac_md5, v_hmac_md5.cases.item[_i].key, v_hmac_md5.cases.item[_i].data,
             v_hmac_md5.cases.item[_i].mac);
}
END_TEST

START_TEST(hmac_sha256)
{
  check_hmac(imstls_i_hmac_sha256, v_hmac_sha256.cases.item[_i].key, v_hmac_sha256.cases.item[_i].data,
             v_hmac_sha256.cases.item[_i].mac);
}
END_TEST

/* TS 33.220 B.2: FC || P0 || L0 || P1 || L1 ..., in pieces and put together. */
START_TEST(kdf)
{
  const struct v_kdf_33220_cases_item *v = &v_kdf_33220.cases.item[_i];
  const imstls_bytes key = { v->key_CK_IK.oct, v->key_CK_IK.len };
  const imstls_bytes whole = { v->S.oct, v->S.len };
  imstls_bytes parts[17] = { { v->FC.oct, 1 } };
  uint8_t lengths[8][2], out[32];
  size_t count = 1;
  ck_assert_uint_le(v->P.count, 8);
  ck_assert_uint_ge(v->P.count, 1);
  for (size_t i = 0; i < v->P.count; i++) {
    lengths[i][0] = (uint8_t)(v->P.item[i].len >> 8);
    lengths[i][1] = (uint8_t)v->P.item[i].len;
    parts[count++] = (imstls_bytes){ v->P.item[i].oct, v->P.item[i].len };
    parts[count++] = (imstls_bytes){ lengths[i], 2 };
  }
  ck_assert_int_eq(imstls_i_hmac_sha256(key, parts, count, out), IMSTLS_OK);
  ck_assert_mem_eq(out, v->out.oct, 32);
  ck_assert_int_eq(imstls_i_hmac_sha256(key, &whole, 1, out), IMSTLS_OK);
  ck_assert_mem_eq(out, v->out.oct, 32);
}
END_TEST

#ifdef MBEDTLS_PSA_CRYPTO_C
/* digest.h says that mbedTLS has none. Once this fails, RFC 7616's SHA-512-256 can be offered. */
START_TEST(no_sha512_256)
{
  uint8_t out[64];
  size_t len = 0;
  ck_assert_int_eq(psa_crypto_init(), PSA_SUCCESS);
  ck_assert_int_eq(psa_hash_compute(PSA_ALG_SHA_256, NULL, 0, out, sizeof out, &len), PSA_SUCCESS);
  ck_assert_int_eq(psa_hash_compute(PSA_ALG_SHA_512_256, NULL, 0, out, sizeof out, &len), PSA_ERROR_NOT_SUPPORTED);
  mbedtls_psa_crypto_free();
}
END_TEST
#endif

static void check_hex(const uint8_t *got, vec want)
{
  ck_assert_ptr_nonnull(want.oct);
  ck_assert_mem_eq(got, want.oct, want.len);
}

START_TEST(hashes)
{
  uint8_t out[64];
  const imstls_bytes abc[] = { { (const uint8_t *)"a", 1 }, { (const uint8_t *)"bc", 2 } };
  ck_assert_int_eq(imstls_i_md5(abc, 2, out), IMSTLS_OK); /* RFC 1321 A.5 */
  ck_assert_mem_eq(out, "\x90\x01\x50\x98\x3c\xd2\x4f\xb0\xd6\x96\x3f\x7d\x28\xe1\x7f\x72", 16);
  vec der = v_certs.items.pcscf_ec.der;
  imstls_bytes part = { der.oct, der.len };
  ck_assert_int_eq(imstls_i_sha256(&part, 1, out), IMSTLS_OK);
  check_hex(out, v_certs.items.pcscf_ec.sha256);
  der = v_certs.items.pcscf_ec384.der;
  part = (imstls_bytes){ der.oct, der.len };
  ck_assert_int_eq(imstls_i_sha512(384, part, out), IMSTLS_OK);
  check_hex(out, v_certs.items.pcscf_ec384.tls_server_end_point);
  ck_assert_int_eq(imstls_i_sha512(512, (imstls_bytes){ (const uint8_t *)"abc", 3 }, out),
                   IMSTLS_OK); /* FIPS 180-2 C.1 */
  ck_assert_mem_eq(out, "\xdd\xaf\x35\xa1\x93\x61\x7a\xba\xcc\x41\x73\x49\xae\x20\x41\x31", 16);
  ck_assert_int_eq(imstls_i_sha512(256, part, out), IMSTLS_ERR_CRYPTO);
  for (size_t i = 0; i < sizeof out; i++)
    ck_assert_uint_eq(out[i], 0);
}
END_TEST

/* FIPS 197 C.1. */
START_TEST(aes_block)
{
  uint8_t key[16];
  uint8_t block[16];
  imstls_i_aes128 aes;
  for (unsigned i = 0; i < 16; i++) {
    key[i] = (uint8_t)i;
    block[i] = (uint8_t)(17 * i);
  }
  ck_assert_int_eq(imstls_i_aes128_start(&aes, key), IMSTLS_OK);
  ck_assert_int_eq(imstls_i_aes128_block(&aes, block, block), IMSTLS_OK);
  ck_assert_mem_eq(block, "\x69\xc4\xe0\xd8\x6a\x7b\x04\x30\xd8\xcd\xb7\x80\x70\xb4\xc5\x5a", 16);
  imstls_i_aes128_end(&aes);
}
END_TEST

Suite *crypto_suite(void)
{
  Suite *suite = suite_create("crypto");
  TCase *tcase = tcase_create("all");
  tcase_add_loop_test(tcase, hmac_sha1, 0, (int)v_hmac_sha1.cases.count);
  tcase_add_loop_test(tcase, hmac_md5, 0, (int)v_hmac_md5.cases.count);
  tcase_add_loop_test(tcase, hmac_sha256, 0, (int)v_hmac_sha256.cases.count);
  tcase_add_loop_test(tcase, kdf, 0, (int)v_kdf_33220.cases.count);
  tcase_add_test(tcase, hashes);
  tcase_add_test(tcase, aes_block);
#ifdef MBEDTLS_PSA_CRYPTO_C
  tcase_add_test(tcase, no_sha512_256);
#endif
  suite_add_tcase(suite, tcase);
  return suite;
}
