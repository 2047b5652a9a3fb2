/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile messages of our own: too long, too many, nested, contradictory. */
#include <stdio.h>

#include "sip_help.h"

Suite *sip_hostile_suite(void);

static char big[80 * 1024];

/* A challenge with a nonce of `nonce_len` octets. */
static int with_nonce(size_t nonce_len)
{
  size_t len = (size_t)sprintf(big, OK_LINE FIVE CSEQ "WWW-Authenticate: Digest realm=\"r\",nonce=\"");
  memset(big + len, 'A', nonce_len);
  len += nonce_len;
  len += (size_t)sprintf(big + len, "\"\r\n\r\n");
  parsed p = parse(big, len);
  if (p.rc == IMSTLS_OK) {
    imstls_text rest = p.m.first[IMSTLS_HDR_WWW_AUTHENTICATE];
    imstls_text name;
    imstls_text value;
    rest.ptr += 6;
    rest.len -= 6;
    ck_assert_int_eq(imstls_sip_auth_param_next(&rest, &name, &value, NULL), IMSTLS_OK);
    ck_assert_int_eq(imstls_sip_auth_param_next(&rest, &name, &value, NULL), IMSTLS_OK);
    ck_assert_uint_eq(value.len, nonce_len);
  }
  free(p.block);
  return p.rc;
}

START_TEST(long_nonce)
{
  ck_assert_int_eq(with_nonce(31), IMSTLS_OK);
  ck_assert_int_eq(with_nonce(33), IMSTLS_OK);
  ck_assert_int_eq(with_nonce(4096), IMSTLS_OK);
  ck_assert_int_eq(with_nonce(65536), IMSTLS_ERR_SIP_OVERSIZED);
}
END_TEST

START_TEST(long_security_server)
{
  size_t len = (size_t)sprintf(big, OK_LINE FIVE CSEQ "Security-Server: tls;q=0.1");
  int count = 1;
  for (; count < 200; count++)
    len += (size_t)sprintf(big + len, ",\r\n ipsec-3gpp;q=0.05;x=%06d", count);
  len += (size_t)sprintf(big + len, "\r\n\r\n");
  parsed p = parse(big, len);
  imstls_text item;
  int seen = 0;
  ck_assert_int_eq(p.rc, IMSTLS_OK);
  imstls_text rest = p.m.first[IMSTLS_HDR_SECURITY_SERVER];
  ck_assert_uint_gt(rest.len, 4096);
  while (imstls_sip_list_next(&rest, &item) == IMSTLS_OK)
    seen++;
  ck_assert_int_eq(seen, count);
  free(p.block);
}
END_TEST

START_TEST(odd_challenges)
{
  static const char text[] =
      "SIP/2.0 401 x\r\n" FIVE CSEQ "WWW-Authenticate: Digest s_token=\"00\", s_token=\"11\",qop=auth\r\n"
      "WWW-Authenticate: NoOneKnowsThisScheme opaque-data=here\r\n"
      "Contact: *\r\nExpires: 4294967296\r\n\r\n";
  static const char *const want[] = { "00", "11", "auth" };
  parsed p = parse(text, LEN(text));
  imstls_text name;
  imstls_text value;
  imstls_sip_address a;
  uint32_t n;
  ck_assert_int_eq(p.rc, IMSTLS_OK);
  imstls_text rest = p.m.first[IMSTLS_HDR_WWW_AUTHENTICATE];
  rest.ptr += 6;
  rest.len -= 6;
  for (int i = 0; i < 3; i++) {
    int quoted = 7;
    ck_assert_int_eq(imstls_sip_auth_param_next(&rest, &name, &value, &quoted), IMSTLS_OK);
    ck_assert(is(value, want[i]));
    ck_assert_int_eq(quoted, i < 2);
  }
  ck_assert_int_eq(imstls_sip_auth_param_next(&rest, &name, &value, NULL), IMSTLS_END);
  rest = p.m.first[IMSTLS_HDR_CONTACT];
  ck_assert_int_eq(imstls_sip_address_next(&rest, &a), IMSTLS_OK);
  ck_assert(is(a.uri, "*"));
  ck_assert_int_eq(imstls_sip_number(p.m.first[IMSTLS_HDR_EXPIRES], &n), IMSTLS_ERR_SIP_MALFORMED);
  free(p.block);
}
END_TEST

/* Nesting and runs that would make a careless scan slow or deep. */
START_TEST(long_runs)
{
  static const char fills[] = "\\\"<,;=( \t";
  for (const char *fill = fills; *fill != '\0'; fill++) {
    for (int quote = 0; quote < 2; quote++) {
      size_t len = (size_t)sprintf(big, OK_LINE FIVE CSEQ "m: %s", quote ? "\"" : "");
      memset(big + len, *fill, 8000);
      len += 8000;
      len += (size_t)sprintf(big + len, "%s<sip:a>\r\n\r\n", quote ? "\"" : "");
      parsed p = parse(big, len);
      imstls_text rest = p.m.first[IMSTLS_HDR_CONTACT];
      imstls_text item;
      imstls_sip_address a;
      ck_assert(p.rc == IMSTLS_OK || p.rc == IMSTLS_ERR_SIP_MALFORMED);
      if (p.rc == IMSTLS_OK) {
        while (imstls_sip_list_next(&rest, &item) == IMSTLS_OK)
          continue;
        rest = p.m.first[IMSTLS_HDR_CONTACT];
        while (imstls_sip_address_next(&rest, &a) == IMSTLS_OK)
          continue;
      }
      free(p.block);
    }
  }
}
END_TEST

Suite *sip_hostile_suite(void)
{
  Suite *s = suite_create("sip_hostile");
  TCase *t = tcase_create("hostile");
  tcase_add_test(t, long_nonce);
  tcase_add_test(t, long_security_server);
  tcase_add_test(t, odd_challenges);
  tcase_add_test(t, long_runs);
  suite_add_tcase(s, t);
  return s;
}
