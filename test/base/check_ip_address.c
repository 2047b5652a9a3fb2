/* SPDX-License-Identifier: Apache-2.0 */
/* IP literals: the C library's inet_pton and inet_ntop as the other opinion. */
#include <arpa/inet.h>
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include <imstls/error.h>
#include <imstls/types.h>

Suite *ip_address_suite(void);

static int parse(const char *text, imstls_address *out)
{
  char *exact = heap_copy(text, strlen(text));
  int ret = imstls_address_parse((imstls_text){ exact, strlen(text) }, out);
  free(exact);
  return ret;
}

/* RFC 4291 2.2, RFC 5952 2 and 4, RFC 4007 11 */
static const char *const good[] = {
  "0.0.0.0",
  "192.0.2.1",
  "255.255.255.255",
  "::",
  "::1",
  "1::",
  "2001:db8::1",
  "2001:DB8:0:0:8:800:200C:417A",
  "FF01::101",
  "::13.1.68.3",
  "::ffff:129.144.52.38",
  "1:2:3:4:5:6:7:8",
  "1:2:3:4:5:6:7::",
  "::2:3:4:5:6:7:8",
  "1:2:3:4:5:6:1.2.3.4",
  "2001:db8:0:1:1:1:1:1",
  "2001:0:0:1:0:0:0:1",
  "2001:db8::1:0:0:1",
  "fe80::1",
  "64:ff9b::192.0.2.33",
  "0:0:1:0:0:1:0:0",
};

START_TEST(as_the_system_reads_them)
{
  uint8_t ip[16] = { 0 };
  imstls_address address;
  int family = strchr(good[_i], ':') ? AF_INET6 : AF_INET;
  ck_assert_int_eq(inet_pton(family, good[_i], ip), 1);
  ck_assert_int_eq(parse(good[_i], &address), IMSTLS_OK);
  ck_assert_uint_eq(address.family, family == AF_INET ? 4 : 6);
  ck_assert_mem_eq(address.ip, ip, 16);
  ck_assert_uint_eq(address.port, 0);
  ck_assert_uint_eq(address.scope, 0);
  if (family == AF_INET6) {
    char text[64];
    snprintf(text, sizeof text, "[%s]", good[_i]);
    ck_assert_int_eq(parse(text, &address), IMSTLS_OK);
    ck_assert_mem_eq(address.ip, ip, 16);
  }
}
END_TEST

static const char *const bad[] = {
  "",
  ".",
  ":",
  ":::",
  "1",
  "1.2.3",
  "1.2.3.",
  "1.2.3.4.",
  "1.2.3.4.5",
  "256.1.1.1",
  "1.2.3.256",
  "01.2.3.4",
  "1.2.3.04",
  "1..2.3",
  " 1.2.3.4",
  "1.2.3.4 ",
  "0x1.2.3.4",
  "[1.2.3.4]",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1::2::3",
  "12345::",
  ":1",
  "1:",
  "1:2:3:4:5:6:7:8::",
  "::1:2:3:4:5:6:7:8",
  "g::",
  "[::1",
  "::1]",
  "[]",
  "[",
  "::1.2.3",
  "1.2.3.4::",
  "::1.2.3.4:5",
  "1:2:3:4:5:6:7:1.2.3.4",
  "fe80::1%",
  "fe80::1%eth0",
  "fe80::1%4294967296",
  "fe80::1%12345678901",
  "%1",
  "example.net",
  "1.2.3.4%1",
  "::1%1%1",
  "1:2:3:4:5:6:7:8:",
  "1::2:",
  "1:2:3:4:5:6:7:8:8",
  "1:2:3:4:5:6:7:0.0.0.8",
};

START_TEST(refused)
{
  imstls_address address;
  ck_assert_int_eq(parse(bad[_i], &address), IMSTLS_ERR_USAGE);
}
END_TEST

START_TEST(scope_and_null)
{
  imstls_address address;
  ck_assert_int_eq(parse("fe80::1%7", &address), IMSTLS_OK);
  ck_assert_uint_eq(address.scope, 7);
  ck_assert_int_eq(parse("[fe80::1%4294967295]", &address), IMSTLS_OK);
  ck_assert_uint_eq(address.scope, 4294967295u);
  char out[56];
  address.port = 5061;
  ck_assert_uint_eq(imstls_address_format(&address, 1, out), strlen("[fe80::1]:5061"));
  ck_assert_str_eq(out, "[fe80::1]:5061"); /* the scope is nobody else's */
  ck_assert_int_eq(imstls_address_parse((imstls_text){ NULL, 0 }, &address), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_address_parse((imstls_text){ "::1", 3 }, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_address_parse((imstls_text){ "::1\0", 4 }, &address), IMSTLS_ERR_USAGE);
}
END_TEST

/* RFC 5952 4 and 5 */
static const struct {
  const char *in, *out;
} canonical[] = {
  { "2001:db8::1", "2001:db8::1" },
  { "2001:0DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
  { "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
  { "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
  { "0:0:0:0:0:0:0:0", "::" },
  { "0:0:0:0:0:0:0:1", "::1" },
  { "1:0:0:0:0:0:0:0", "1::" },
  { "::ffff:192.0.2.1", "::ffff:192.0.2.1" },
  { "10.0.0.255", "10.0.0.255" },
  { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
};

START_TEST(written_canonically)
{
  char out[56], want[64];
  imstls_address address;
  bool v6 = strchr(canonical[_i].in, ':') != NULL;
  ck_assert_int_eq(parse(canonical[_i].in, &address), IMSTLS_OK);
  ck_assert_uint_eq(imstls_address_format(&address, 0, out), strlen(canonical[_i].out));
  ck_assert_str_eq(out, canonical[_i].out);
  address.port = 65535;
  snprintf(want, sizeof want, v6 ? "[%s]:65535" : "%s:65535", canonical[_i].out);
  ck_assert_uint_eq(imstls_address_format(&address, 1, out), strlen(want));
  ck_assert_str_eq(out, want);
}
END_TEST

/* Every pattern of zero and other groups, read back by the system. */
START_TEST(round_trip)
{
  for (unsigned mask = 0; mask < 256; mask++) {
    char out[56];
    uint8_t ip[16];
    imstls_address address = { .family = 6 }, again;
    for (unsigned i = 0; i < 8; i++) {
      if (mask & 1u << i)
        address.ip[2 * i + (i & 1)] = (uint8_t)(i + 1);
    }
    ck_assert_uint_eq(imstls_address_format(&address, 0, out), strlen(out));
    ck_assert_int_eq(inet_pton(AF_INET6, out, ip), 1);
    ck_assert_mem_eq(ip, address.ip, 16);
    ck_assert_int_eq(parse(out, &again), IMSTLS_OK);
    ck_assert_mem_eq(again.ip, address.ip, 16);
  }
}
END_TEST

START_TEST(no_family)
{
  char out[56];
  imstls_address address = { .family = 0 };
  ck_assert_uint_eq(imstls_address_format(&address, 1, out), 0);
  ck_assert_uint_eq(imstls_address_format(NULL, 1, out), 0);
}
END_TEST

#define LOOP(tc, test, table) tcase_add_loop_test((tc), test, 0, (int)(sizeof(table) / sizeof(table)[0]))

Suite *ip_address_suite(void)
{
  Suite *suite = suite_create("ip_address");
  TCase *tc = tcase_create("literals");
  LOOP(tc, as_the_system_reads_them, good);
  LOOP(tc, refused, bad);
  tcase_add_test(tc, scope_and_null);
  LOOP(tc, written_canonically, canonical);
  tcase_add_test(tc, round_trip);
  tcase_add_test(tc, no_family);
  suite_add_tcase(suite, tc);
  return suite;
}
