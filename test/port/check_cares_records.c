/* SPDX-License-Identifier: Apache-2.0 */
/* Which NAPTR and SRV records count, and in which order. */
#include <check.h>
#include <string.h>

#include <imstls/error.h>
#include <imstls/net.h>

#include "port/cares/records.h"

static uint32_t next_number;

static int counting(void *user, uint8_t *out, size_t len)
{
  (void)user;
  uint32_t number = next_number++ * 2654435761u; /* spread evenly over all numbers */
  for (size_t i = 0; i < len; i++)
    out[i] = (uint8_t)(number >> (24 - 8 * i));
  return IMSTLS_OK;
}

static int fixed(void *user, uint8_t *out, size_t len)
{
  uint32_t number = *(const uint32_t *)user;
  ck_assert_uint_eq(len, 4);
  for (size_t i = 0; i < len; i++)
    out[i] = (uint8_t)(number >> (24 - 8 * i));
  return IMSTLS_OK;
}

static int broken(void *user, uint8_t *out, size_t len)
{
  (void)user;
  memset(out, 0, len);
  return IMSTLS_ERR_RANDOM;
}

START_TEST(names)
{
  static const char label64[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example";
  static const struct {
    const char *name;
    bool host, service;
  } rows[] = { { "pcscf.ims.example", true, true },
               { "pcscf.ims.example.", true, true },
               { "localhost", true, true },
               { "a-1.2b", true, true },
               { "_sips._tcp.example", false, true },
               { "", false, false },
               { ".", false, false },
               { "a..b", false, false },
               { ".a", false, false },
               { "a..", false, false },
               { "a b", false, false },
               { "a\\.b", false, false },
               { "a/b", false, false },
               { "a\xc3\xa9", false, false },
               { "192.0.2.1", false, false },
               { "192.0.2.1.", false, false },
               { "1", false, false },
               { "0x7f000001", true, true }, /* a name: nobody reads it as a number here */
               { "example.1", false, false },
               { "::1", false, false },
               { label64 + 1, true, true },
               { label64, false, false } };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    ck_assert_msg(imstls_i_is_dns_name(rows[i].name, false) == rows[i].host, "%s", rows[i].name);
    ck_assert_msg(imstls_i_is_dns_name(rows[i].name, true) == rows[i].service, "%s", rows[i].name);
  }
}
END_TEST

/* RFC 1035 3.1: 253 octets, as they are written. */
START_TEST(longest)
{
  char name[300], out[DNS_NAME_MAX + 1];
  for (size_t i = 0; i < sizeof name; i++)
    name[i] = i % 10 == 9 ? '.' : 'a';
  for (size_t len = 230; len < 260; len++) {
    name[len] = '\0';
    bool fits = len % 10 != 0 ? len <= 253 : len - 1 <= 253; /* one ends with a dot */
    ck_assert_msg(imstls_i_is_dns_name(name, false) == fits, "%zu", len);
    ck_assert_msg(imstls_i_srv_name(IMSTLS_SERVICE_SIPS_TCP, name, out) == (len + 11 <= 253), "%zu", len);
    name[len] = len % 10 == 9 ? '.' : 'a';
  }
}
END_TEST

START_TEST(srv_names)
{
  char out[DNS_NAME_MAX + 1];
  ck_assert(imstls_i_srv_name(IMSTLS_SERVICE_SIPS_TCP, "a.example.", out));
  ck_assert_str_eq(out, "_sips._tcp.a.example");
  ck_assert(imstls_i_srv_name(IMSTLS_SERVICE_SIP_TCP, "a.example", out));
  ck_assert_str_eq(out, "_sip._tcp.a.example");
  ck_assert(imstls_i_srv_name(IMSTLS_SERVICE_SIP_UDP, "a.example", out));
  ck_assert_str_eq(out, "_sip._udp.a.example");
}
END_TEST

static imstls_i_naptr list[NAPTR_MAX];
static size_t count;

static void see(uint16_t order, uint16_t preference, const char *service, const char *flags, const char *regexp,
                const char *replacement)
{
  imstls_i_naptr_seen seen = { order, preference, flags, service, regexp, replacement };
  imstls_i_naptr_take(list, &count, IMSTLS_SERVICE_SIPS_TCP, &seen);
  ck_assert_uint_le(count, NAPTR_MAX);
}

START_TEST(naptr_that_count)
{
  count = 0;
  see(1, 1, "SIP+D2T", "s", "", "a.example");
  see(1, 1, "SIPS+D2", "s", "", "a.example");
  see(1, 1, "SIPS+D2TX", "s", "", "a.example");
  see(1, 1, "SIPS+D2T", "a", "", "a.example");
  see(1, 1, "SIPS+D2T", "", "", "a.example"); /* not the last one: another NAPTR would follow */
  see(1, 1, "SIPS+D2T", "ss", "", "a.example");
  see(1, 1, "SIPS+D2T", "s", "!^.*$!b.example!", "a.example");
  see(1, 1, "SIPS+D2T", "s", "", "");
  see(1, 1, "SIPS+D2T", "s", "", "192.0.2.1");
  ck_assert_uint_eq(count, 0);
  see(1, 1, "sips+d2t", "S", "", "_sips._tcp.a.example.");
  ck_assert_uint_eq(count, 1);
  ck_assert_str_eq(list[0].replacement, "_sips._tcp.a.example");
}
END_TEST

/* The best four, whatever the order in which they come; the first of two equals stays first. */
START_TEST(naptr_in_order)
{
  static const struct {
    uint16_t order, preference;
    const char *name;
  } rows[] = { { 5, 9, "f.x" }, { 5, 1, "e.x" }, { 1, 2, "b.x" }, { 9, 1, "g.x" },
               { 1, 1, "a.x" }, { 1, 2, "c.x" }, { 2, 0, "d.x" } };
  for (size_t from = 0; from < 7; from++) {
    count = 0;
    for (size_t i = 0; i < 7; i++) {
      size_t k = (from + i) % 7;
      see(rows[k].order, rows[k].preference, "SIPS+D2T", "s", "", rows[k].name);
    }
    ck_assert_uint_eq(count, 4);
    ck_assert_str_eq(list[0].replacement, "a.x");
    ck_assert_str_eq(list[3].replacement, "d.x");
    if (from <= 2 || from > 5)
      ck_assert_str_eq(list[1].replacement, "b.x");
  }
}
END_TEST

START_TEST(srv_that_count)
{
  imstls_i_srv one;
  ck_assert(imstls_i_srv_take(&one, "a.example.", 3, 4, 5));
  ck_assert_str_eq(one.target, "a.example");
  ck_assert_uint_eq(one.priority, 3);
  ck_assert_uint_eq(one.weight, 4);
  ck_assert_uint_eq(one.port, 5);
  ck_assert(!imstls_i_srv_take(&one, "a.example", 3, 4, 0));
  ck_assert(!imstls_i_srv_take(&one, "", 3, 4, 5));
  ck_assert(!imstls_i_srv_take(&one, ".", 3, 4, 5));
  ck_assert(!imstls_i_srv_take(&one, "192.0.2.1", 3, 4, 5));
  ck_assert(!imstls_i_srv_take(&one, "_a.example", 3, 4, 5));
}
END_TEST

static const imstls_i_srv four[] = { { 20, 0, 1, "x" }, { 10, 30, 2, "x" }, { 10, 0, 3, "x" }, { 10, 10, 4, "x" } };

static void order(imstls_i_srv out[4], const imstls_i_draw *draw)
{
  memcpy(out, four, sizeof four);
  ck_assert_int_eq(imstls_i_srv_order(out, 4, draw), IMSTLS_OK);
}

/* RFC 2782: zero first, then the running sums: 0 for the third record, 30 for the second, 40 for the fourth. */
START_TEST(srv_drawn)
{
  static const struct {
    uint32_t number;
    uint16_t first;
  } rows[] = { { 0, 3 }, { 1, 2 }, { 30, 2 }, { 31, 4 }, { 40, 4 }, { 41, 3 } };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    uint32_t number = rows[i].number;
    imstls_i_draw draw = { fixed, &number };
    imstls_i_srv out[4];
    order(out, &draw);
    ck_assert_uint_eq(out[0].port, rows[i].first);
    ck_assert_uint_eq(out[3].port, 1); /* of a later priority */
  }
}
END_TEST

START_TEST(srv_by_weight)
{
  imstls_i_draw draw = { counting, NULL };
  unsigned first[5] = { 0 };
  next_number = 1;
  for (int i = 0; i < 41000; i++) {
    imstls_i_srv out[4];
    order(out, &draw);
    first[out[0].port]++;
  }
  ck_assert_uint_eq(first[1], 0);
  ck_assert(first[3] > 900 && first[3] < 1100);    /* 1 of 41 */
  ck_assert(first[2] > 29000 && first[2] < 31000); /* 30 of 41 */
  ck_assert(first[4] > 9500 && first[4] < 10500);  /* 10 of 41 */
}
END_TEST

/* All are there, once, and the largest sum there can be is no trouble. */
START_TEST(srv_all_there)
{
  static imstls_i_srv out[SRV_MAX];
  imstls_i_draw draw = { counting, NULL };
  next_number = 1;
  for (int turn = 0; turn < 200; turn++) {
    uint64_t seen = 0;
    for (uint16_t i = 0; i < SRV_MAX; i++)
      out[i] =
          (imstls_i_srv){ .priority = (uint16_t)(turn % 2 ? i / 20 : 0), .weight = 65535, .port = (uint16_t)(i + 1) };
    ck_assert_int_eq(imstls_i_srv_order(out, SRV_MAX, &draw), IMSTLS_OK);
    for (uint16_t i = 0; i < SRV_MAX; i++) {
      seen |= (uint64_t)1 << (out[i].port - 1);
      ck_assert(i == 0 || out[i].priority >= out[i - 1].priority);
    }
    ck_assert(seen == UINT64_MAX);
  }
}
END_TEST

START_TEST(no_randomness)
{
  imstls_i_srv out[4];
  imstls_i_draw draw = { broken, NULL };
  memcpy(out, four, sizeof four);
  ck_assert_int_eq(imstls_i_srv_order(out, 4, &draw), IMSTLS_ERR_RANDOM);
  ck_assert_int_eq(imstls_i_srv_order(out, 1, &draw), IMSTLS_OK); /* nothing to choose */
  ck_assert_int_eq(imstls_i_srv_order(out, 0, &draw), IMSTLS_OK);
}
END_TEST

Suite *cares_records_suite(void);
Suite *cares_records_suite(void)
{
  const TTest *const tests[] = { names,          longest,   srv_names,     naptr_that_count, naptr_in_order,
                                 srv_that_count, srv_drawn, srv_by_weight, srv_all_there,    no_randomness };
  Suite *suite = suite_create("cares_records");
  TCase *tcase = tcase_create("records");
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
    tcase_add_test(tcase, tests[i]);
  suite_add_tcase(suite, tcase);
  return suite;
}
