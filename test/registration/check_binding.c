/* SPDX-License-Identifier: Apache-2.0 */
/* Our binding in a 200: which it is, how long, and when it is refreshed (TS 24.229 5.1.1.2, 5.1.1.4.1). */
#include "registration/binding.h"

#include "registration_help.h"

static imstls_i_binding ours(void)
{
  imstls_i_binding b = { .contact_user = "0123456789abcdef" };
  static char routes[64];
  b.routes = (imstls_i_buffer){ routes, sizeof routes, 0 };
  imstls_i_binding_init(&b);
  return b;
}

#define OURS "<sip:0123456789abcdef@192.0.2.1:5061;transport=tls>"
#define OTHERS "<sip:fedcba9876543210@192.0.2.9>;expires=77"

/* 0: it is not there, or was given no time. */
static const struct {
  const char *lines;
  uint32_t granted_s;
} rows[] = {
  { "Contact: " OURS ";expires=600\r\n", 600 },
  { "Contact: " OURS ";+sip.instance=\"<urn:x,y>\";EXPIRES=600;q=1\r\n", 600 },
  { "Contact: " OURS "\r\nExpires: 500\r\n", 500 },
  { "Contact: " OURS ";expires=600\r\nExpires: 500\r\n", 600 },
  { "Contact: \"A, B\" " OURS ";expires=600\r\n", 600 },
  { "Contact: sip:0123456789abcdef@h;expires=4294967295\r\n", 4294967295 },
  { "Contact: " OTHERS ", " OURS ";expires=600\r\n", 600 },
  { "Contact: " OTHERS "\r\nContact: " OTHERS "," OTHERS ", " OURS ";expires=600\r\n", 600 },
  { "m: " OURS ";expires=600\r\n", 600 },
  { "", 0 },
  { "Expires: 500\r\n", 0 },
  { "Contact: *\r\nExpires: 500\r\n", 0 },
  { "Contact: " OURS "\r\n", 0 },
  { "Contact: " OURS ";expires=0\r\nExpires: 500\r\n", 0 },
  { "Contact: " OURS ";expires\r\nExpires: 500\r\n", 0 },
  { "Contact: " OURS ";expires=soon\r\nExpires: 500\r\n", 0 },
  { "Contact: " OURS ";expires=4294967296\r\n", 0 },
  { "Contact: " OURS "\r\nExpires: 0\r\n", 0 },
  { "Contact: " OTHERS "\r\n", 0 },
  { "Contact: <sip:0123456789abcdeg@h>;expires=9\r\n", 0 },
  { "Contact: <sip:0123456789abcde@h>;expires=9\r\n", 0 },
  { "Contact: <sip:0123456789abcdef0@h>;expires=9\r\n", 0 },
  { "Contact: <sip:0123456789abcdef>;expires=9\r\n", 0 },
  { "Contact: <sip:0123456789abcdef@>;expires=9\r\n", 0 },
  { "Contact: <tel:0123456789abcdef@h>;expires=9\r\n", 0 },
  { "Contact: <sip:x@h;y=sip:0123456789abcdef@h>;expires=9\r\n", 0 },
  { "Contact: \"sip:0123456789abcdef@h\" <sip:x@h>;expires=9\r\n", 0 },
};

START_TEST(found)
{
  imstls_i_binding b = ours();
  for (size_t i = 0; i < COUNT(rows); i++) {
    uint32_t granted = 0;
    imstls_sip_message m = response(200, rows[i].lines);
    int error = imstls_i_binding_find(&b, &m, &granted);
    ck_assert_msg(error == (rows[i].granted_s ? IMSTLS_OK : IMSTLS_ERR_SIP_NOT_BOUND), "row %zu", i);
    if (!error)
      ck_assert_uint_eq(granted, rows[i].granted_s);
  }
  ck_assert(!b.bound && b.until == NEVER && b.refresh_at == NEVER);
}
END_TEST

static int take(imstls_i_binding *b, uint32_t granted_s, const char *lines, uint64_t now)
{
  char text[600];
  (void)snprintf(text, sizeof text, "Contact: " OURS ";expires=%u\r\n%s", granted_s, lines);
  imstls_sip_message m = response(200, text);
  return imstls_i_binding_take(b, &m, now);
}

/* 600 s before the end, or at half time when 1200 s or less were granted. */
START_TEST(refresh)
{
  static const struct {
    uint32_t granted_s;
    uint64_t after_ms;
  } times[] = { { 1, 500 },       { 20, 10000 },     { 600, 300000 },       { 1200, 600000 },
                { 1201, 601000 }, { 3600, 3000000 }, { 600000, 599400000 }, { UINT32_MAX, 4294966695000 } };
  for (size_t i = 0; i < COUNT(times); i++) {
    imstls_i_binding b = ours();
    ck_assert_int_eq(take(&b, times[i].granted_s, "", 7000), IMSTLS_OK);
    ck_assert_uint_eq(b.refresh_at, 7000 + times[i].after_ms);
    ck_assert_uint_eq(b.until, 7000 + (uint64_t)times[i].granted_s * 1000);
    ck_assert(b.bound);
    imstls_i_binding_refresh_at(&b, NEVER);
    ck_assert_uint_eq(b.refresh_at, NEVER);
  }
}
END_TEST

/* Ten grants of less than 20 s in a row are refreshed, over attempts too; the next one is not. */
START_TEST(brief)
{
  imstls_i_binding b = ours();
  for (int turn = 0; turn < 2; turn++) {
    for (int i = 0; i < 10; i++) {
      ck_assert_int_eq(take(&b, 19, "", 0), IMSTLS_OK);
      ck_assert(b.refresh_at == 9500 && !imstls_i_binding_is_too_brief(&b));
      if (i == 5)
        imstls_i_binding_end(&b);
    }
    for (int i = 0; i < 300; i++) {
      ck_assert_int_eq(take(&b, 1, "", 0), IMSTLS_OK);
      ck_assert(b.refresh_at == NEVER && imstls_i_binding_is_too_brief(&b));
      ck_assert_uint_eq(b.until, 1000);
    }
    ck_assert_int_eq(take(&b, 20, "", 0), IMSTLS_OK);
    ck_assert(b.refresh_at == 10000 && !imstls_i_binding_is_too_brief(&b));
  }
}
END_TEST

START_TEST(held)
{
  imstls_i_binding b = ours();
  ck_assert(!imstls_i_binding_has_held(&b, 100000));
  ck_assert_int_eq(take(&b, 600, "", 1000), IMSTLS_OK);
  ck_assert_int_eq(take(&b, 600, "", 50000), IMSTLS_OK); /* a refresh begins nothing anew */
  ck_assert(!imstls_i_binding_has_held(&b, 60999));
  ck_assert(imstls_i_binding_has_held(&b, 61000));
  imstls_i_binding_end(&b);
  ck_assert(!imstls_i_binding_has_held(&b, 100000));
  ck_assert(!b.bound && b.until == NEVER && b.refresh_at == NEVER);
  ck_assert_int_eq(take(&b, 600, "", 100000), IMSTLS_OK);
  ck_assert(!imstls_i_binding_has_held(&b, 159999));
}
END_TEST

/* RFC 3608, RFC 7315: several fields are one list; each 200 replaces what the last one said. */
START_TEST(routes)
{
  imstls_i_binding b = ours();
  ck_assert_int_eq(take(&b, 600,
                        "P-Associated-URI: <sip:a>\r\nService-Route: <sip:r1;lr>\r\nP-Associated-URI: "
                        "<tel:+1>\r\nService-Route: <sip:r2;lr>,<sip:r3>\r\nFlow-Timer: 120\r\n",
                        0),
                   IMSTLS_OK);
  ck_assert(is(imstls_i_binding_service_route(&b), "<sip:r1;lr>, <sip:r2;lr>,<sip:r3>"));
  ck_assert(is(imstls_i_binding_associated_uri(&b), "<sip:a>, <tel:+1>"));
  ck_assert_uint_eq(b.flow_timer_s, 120);
  ck_assert_int_eq(take(&b, 600, "P-Associated-URI: <sip:b>\r\nFlow-Timer: x\r\n", 0), IMSTLS_OK);
  ck_assert(is(imstls_i_binding_service_route(&b), ""));
  ck_assert(is(imstls_i_binding_associated_uri(&b), "<sip:b>"));
  ck_assert_uint_eq(b.flow_timer_s, 0);
  imstls_i_binding_end(&b);
  ck_assert(is(imstls_i_binding_associated_uri(&b), ""));
}
END_TEST

START_TEST(routes_of_every_capacity)
{
  static const char lines[] = "Service-Route: <sip:r1>\r\nService-Route: <sip:r2>\r\nP-Associated-URI: <sip:a>\r\n";
  enum { NEED = 8 + 2 + 8 + 7 };
  for (size_t cap = 1; cap < NEED + 3; cap++) {
    imstls_i_binding b = ours();
    b.routes = (imstls_i_buffer){ malloc(cap), cap, 0 };
    int error = take(&b, 600, lines, 0);
    ck_assert_int_eq(error, cap < NEED ? IMSTLS_ERR_ROUTE_TOO_LONG : IMSTLS_OK);
    ck_assert_int_eq(b.bound, !error);
    free(b.routes.ptr);
  }
}
END_TEST

START_TEST(not_taken)
{
  imstls_i_binding b = ours();
  imstls_sip_message m = response(200, "Contact: " OTHERS "\r\n");
  ck_assert_int_eq(imstls_i_binding_take(&b, &m, 0), IMSTLS_ERR_SIP_NOT_BOUND);
  ck_assert(!b.bound && b.until == NEVER && b.refresh_at == NEVER && !b.brief);
}
END_TEST

SUITE_OF(binding, found, refresh, brief, held, routes, routes_of_every_capacity, not_taken)
