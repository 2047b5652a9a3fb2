/* SPDX-License-Identifier: Apache-2.0 */
/* tls-server-end-point of a certificate (RFC 5929 4). */
#include "crypto/crypto.h"

#include "access_help.h"

Suite *end_point_suite(void);

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
  { RSA "0b0500", 32 },
  { RSA "0c0500", 48 },
  { RSA "0d0500", 64 },
  { "06072a8648ce3d0401", 32 }, /* ECDSA-SHA1 */
  { ECDSA "01", 32 },
  { ECDSA "02", 32 },
  { ECDSA "03", 48 },
  { ECDSA "04", 64 },
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
  int rc = out_len == 32 ? imstls_i_sha256(&whole, 1, want) : imstls_i_sha512((int)out_len * 8, whole, want);
  ck_assert_int_eq(rc, IMSTLS_OK);
  ck_assert_mem_eq(out, want, out_len);
  free(exact);
}
END_TEST

/* Lengths that lie, wrong tags, something after the signature. */
static const char *const bad_ders[] = {
  "",
  "30",
  "3080300030053003060100030100",       /* indefinite length */
  "3085000000000a3000300306012a030100", /* five octets of length */
  "30ff30003000",
  "3084ffffffff3000",           /* beyond the data */
  "30810a3000300306012a030100", /* a length in a form that DER does not have: longer than it need be */
  "3082000a3000300306012a030100",
  "30840000000a3000300306012a030100",
  "3081",
  "300531003000030100",
  "300930003005060300",
  "300a3000300306012a030100ff",   /* octets after the certificate */
  "300c3000300306012a0301000500", /* and after the signature, inside */
  "300a3100300306012a030100",     /* tbsCertificate is no SEQUENCE */
  "300a3000310306012a030100",
  "300a3000300305012a030100", /* no object identifier */
  "300a3000300306022a030100", /* longer than its SEQUENCE */
  "300a3000300306012a040100", /* no BIT STRING */
  "30073000300306012a",       /* no signature */
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

/* A tbsCertificate of any length, in the form that DER has for it. */
static const size_t tbs_lens[] = { 0, 127, 128, 255, 256, 65535, 65536 };

static size_t put_head(uint8_t tag, size_t len, uint8_t *out)
{
  size_t octets = len < 128 ? 0 : len < 256 ? 1 : len < 65536 ? 2 : 3;
  out[0] = tag;
  out[1] = (uint8_t)(octets ? 0x80 + octets : len);
  for (size_t i = 0; i < octets; i++)
    out[2 + i] = (uint8_t)(len >> 8 * (octets - 1 - i));
  return 2 + octets;
}

START_TEST(end_point_long_lengths)
{
  static const char tail[] = "\x30\x03\x06\x01\x2a\x03\x01"; /* and a last octet */
  size_t tbs_len = tbs_lens[_i];
  uint8_t tbs_head[5];
  size_t head = put_head(0x30, tbs_len, tbs_head), inner = head + tbs_len + sizeof tail;
  uint8_t *der = calloc(1, 5 + inner);
  ck_assert_ptr_nonnull(der);
  size_t at = put_head(0x30, inner, der), len = at + inner;
  memcpy(der + at, tbs_head, head);
  memcpy(der + len - sizeof tail, tail, sizeof tail);
  uint8_t out[64], want[64];
  size_t out_len;
  ck_assert_int_eq(imstls_token2_end_point(der, len, out, &out_len), IMSTLS_OK);
  ck_assert_uint_eq(out_len, 32);
  ck_assert_int_eq(imstls_i_sha256(&(imstls_bytes){ der, len }, 1, want), IMSTLS_OK);
  ck_assert_mem_eq(out, want, 32);
  ck_assert_int_eq(imstls_token2_end_point(der, len - 1, out, &out_len), IMSTLS_ERR_TLS_CERT);
  ck_assert_int_eq(imstls_token2_end_point(NULL, len, out, &out_len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_token2_end_point(der, len, NULL, &out_len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_token2_end_point(der, len, out, NULL), IMSTLS_ERR_USAGE);
  free(der);
}
END_TEST

Suite *end_point_suite(void)
{
  Suite *suite = suite_create("end_point");
  TCase *tc = tcase_create("end_point");
  tcase_add_loop_test(tc, end_point_known_answers, 0, COUNT(vec_certs));
  tcase_add_loop_test(tc, end_point_hashes, 0, COUNT(algorithm_rows));
  tcase_add_loop_test(tc, end_point_malformed, 0, COUNT(bad_ders));
  tcase_add_loop_test(tc, end_point_long_lengths, 0, COUNT(tbs_lens));
  suite_add_tcase(suite, tc);
  return suite;
}
