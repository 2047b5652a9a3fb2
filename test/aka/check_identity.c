/* SPDX-License-Identifier: Apache-2.0 */
/* Identities from an IMSI, against the cases of TS 23.003 13. */
#include <check.h>
#include <string.h>

#include <imstls/error.h>
#include <imstls/identity.h>

#include "heap.h"
#include "vectors.h"

Suite *identity_suite(void);

START_TEST(vectors)
{
  size_t good = 0;
  for (size_t i = 0; i < v_identity.cases.count; i++) {
    const struct v_identity_cases_item *v = &v_identity.cases.item[i];
    imstls_identity id;
    char *imsi = heap_copy(v->imsi.str, v->imsi.str_len + 1);
    int r = imstls_identity_derive(imsi, (uint32_t)v->mnc_len, &id);
    free(imsi);
    if (v->domain.str == NULL) {
      ck_assert_int_eq(r, IMSTLS_ERR_USAGE);
      continue;
    }
    ck_assert_int_eq(r, IMSTLS_OK);
    ck_assert_str_eq(id.domain, v->domain.str);
    ck_assert_str_eq(id.impi, v->impi.str);
    ck_assert_str_eq(id.impu, v->temp_impu.str);
    ck_assert_int_eq(strncmp(v->request_uri.str, "sip:", 4), 0);
    ck_assert_str_eq(id.domain, v->request_uri.str + 4);
    good++;
  }
  ck_assert_uint_eq(good, 6);
}
END_TEST

START_TEST(refused)
{
  static const struct {
    const char *imsi;
    uint32_t mnc_len;
  } bad[] = { { "00101", 2 },           { "0010100000000012", 2 }, { "00101000000000x", 2 }, { "", 2 },
              { "001010000000001", 1 }, { "001010000000001", 4 },  { "001010000000001", 0 }, { " 01010000000001", 2 } };
  imstls_identity id;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    ck_assert_int_eq(imstls_identity_derive(bad[i].imsi, bad[i].mnc_len, &id), IMSTLS_ERR_USAGE);
  }
  ck_assert_int_eq(imstls_identity_derive(NULL, 2, &id), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_identity_derive("001010000000001", 2, NULL), IMSTLS_ERR_USAGE);
}
END_TEST

START_TEST(mnc_lengths)
{
  ck_assert_uint_eq(imstls_identity_mnc_len("310260123456789"), 3);
  ck_assert_uint_eq(imstls_identity_mnc_len("302720123456789"), 3);
  ck_assert_uint_eq(imstls_identity_mnc_len("262073900320132"), 2);
  ck_assert_uint_eq(imstls_identity_mnc_len("234150999999999"), 2);
  ck_assert_uint_eq(imstls_identity_mnc_len("405840123456789"), 0); /* India has both */
  ck_assert_uint_eq(imstls_identity_mnc_len("001010000000001"), 0); /* test networks */
  ck_assert_uint_eq(imstls_identity_mnc_len("999700000000001"), 0);
  ck_assert_uint_eq(imstls_identity_mnc_len("26207"), 0);
  ck_assert_uint_eq(imstls_identity_mnc_len(NULL), 0);
}
END_TEST

Suite *identity_suite(void)
{
  Suite *suite = suite_create("identity");
  TCase *tc = tcase_create("all");
  tcase_add_test(tc, vectors);
  tcase_add_test(tc, refused);
  tcase_add_test(tc, mnc_lengths);
  suite_add_tcase(suite, tc);
  return suite;
}
