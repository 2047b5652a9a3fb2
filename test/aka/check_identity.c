/* SPDX-License-Identifier: Apache-2.0 */
/* Identities from an IMSI, against the cases of TS 23.003 13. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
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

/* Networks as administrations assigned them (ITU-T E.212): country and network code, and whether the digits tell. */
START_TEST(mnc_lengths)
{
  static const struct {
    const char *mcc, *mnc;
    bool told;
  } networks[] = {
    { "262", "07", true },   { "234", "15", true },  { "404", "45", true },   { "440", "10", true },
    { "460", "00", true },   { "901", "40", true },  { "724", "05", true },   { "332", "00", true },
    { "340", "01", true },   { "362", "69", true },  { "363", "01", true },   { "368", "01", true },
    { "370", "02", true },   { "372", "02", true },  { "706", "01", true },   { "734", "04", true },
    { "748", "07", true },   { "208", "01", true },  { "208", "98", true },   { "208", "500", true },
    { "208", "700", true },  { "214", "07", true },  { "214", "700", true },  { "302", "720", true },
    { "310", "260", true },  { "311", "480", true }, { "312", "530", true },  { "313", "100", true },
    { "314", "010", true },  { "315", "010", true }, { "316", "011", true },  { "330", "110", true },
    { "334", "020", true },  { "342", "600", true }, { "344", "030", true },  { "346", "140", true },
    { "348", "170", true },  { "352", "030", true }, { "354", "860", true },  { "356", "110", true },
    { "358", "110", true },  { "360", "110", true }, { "365", "840", true },  { "366", "110", true },
    { "376", "350", true },  { "441", "00", true },  { "441", "200", true },  { "502", "12", true },
    { "502", "19", true },   { "502", "152", true }, { "708", "001", true },  { "710", "21", true },
    { "710", "73", true },   { "722", "310", true }, { "732", "101", true },  { "750", "001", true },
    { "405", "840", false }, { "405", "84", false }, { "338", "050", false }, { "338", "05", false },
    { "350", "00", false },  { "364", "39", false }, { "374", "12", false },  { "374", "130", false },
    { "710", "300", false }, { "714", "02", false }, { "714", "020", false }, { "738", "01", false },
    { "738", "002", false }, { "001", "01", false }, { "001", "001", false }, { "999", "70", false },
  };
  for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
    char imsi[17];
    snprintf(imsi, sizeof imsi, "%s%s0123456789", networks[i].mcc, networks[i].mnc);
    imsi[15] = '\0';
    uint32_t want = networks[i].told ? (uint32_t)strlen(networks[i].mnc) : 0;
    ck_assert_msg(imstls_identity_mnc_len(imsi) == want, "%s", imsi);
  }
  ck_assert_uint_eq(imstls_identity_mnc_len("26207"), 0);
  ck_assert_uint_eq(imstls_identity_mnc_len("310260"), 3);
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
