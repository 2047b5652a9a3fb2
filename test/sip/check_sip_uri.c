/* SPDX-License-Identifier: Apache-2.0 */
/* Equality of URIs: the examples of RFC 3261 19.1.4, and what registrars do to a Contact. */
#include <stdlib.h>

#include "heap.h"
#include "sip/lex.h"
#include "suite.h"

static const struct {
  const char *a, *b;
  bool same;
} rows[] = {
  /* RFC 3261 19.1.4 */
  { "sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true },
  { "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true },
  { "sip:carol@chicago.com", "sip:carol@chicago.com;security=on", true },
  { "sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on", true },
  { "sip:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false },
  { "sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false },
  { "sip:bob@biloxi.com;transport=udp", "sip:bob@biloxi.com", false },
  { "sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false },
  { "sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false },
  { "sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false },
  /* a default port said or not */
  { "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", true },
  { "sip:bob@biloxi.com;transport=tls", "sip:bob@biloxi.com:5061;transport=TLS", true },
  { "sips:bob@biloxi.com", "sips:bob@biloxi.com:5061", true },
  { "sip:bob@biloxi.com;transport=tls", "sip:bob@biloxi.com:5060;transport=tls", false },
  { "sip:bob@biloxi.com:05060", "sip:bob@biloxi.com:5060", true },
  /* hosts */
  { "sip:u@[2001:db8::1]:5061", "sip:u@[2001:0DB8:0:0::1]:5061", true },
  { "sip:u@[2001:db8::1]", "sip:u@[2001:db8::2]", false },
  { "sip:u@192.0.2.1", "sip:u@192.0.2.10", false },
  /* user */
  { "sip:a%2fb@h", "sip:a%2Fb@h", true },
  { "sip:a@h", "sip:A@h", false },
  { "sip:a@h", "sip:a%00@h", false },
  { "sip:a@h", "sip:h", false },
  { "sip:h", "sip:h", true },
  { "sip:@h", "sip:h", false },
  { "sip:a;x=1?y@h", "sip:a;x=1%3Fy@h", true },
  { "sip:%4@h", "sip:%4@h", true },
  { "sip:%4g@h", "sip:%4h@h", false },
  /* parameters */
  { "sip:u@h;a;b=%41", "sip:u@h;B=a;A", true },
  { "sip:u@h;a=1;a=2", "sip:u@h;a=1", false },
  { "sip:u@h;maddr=192.0.2.1", "sip:u@h", false },
  { "sip:u@h", "sip:u@h;method=INVITE", false },
  { "sip:u@h;;", "sip:u@h", true },
  { "sip:u@h;=x", "sip:u@h", false },
  /* schemes */
  { "SIP:u@h", "sip:u@h", true },
  { "sips:u@h", "sip:u@h", false },
  { "tel:+1", "tel:+1", true },
  { "nothing", "nothing", false },
  { "*", "*", false },
};

START_TEST(same)
{
  char *a = heap_copy(rows[_i].a, strlen(rows[_i].a));
  char *b = heap_copy(rows[_i].b, strlen(rows[_i].b));
  imstls_text x = { a, strlen(rows[_i].a) };
  imstls_text y = { b, strlen(rows[_i].b) };
  unsigned left = 2;
  ck_assert_msg(imstls_i_sip_uri_same(x, y, &left) == rows[_i].same, "%s %s", rows[_i].a, rows[_i].b);
  ck_assert_msg(imstls_i_sip_uri_same(y, x, &left) == rows[_i].same, "%s %s", rows[_i].b, rows[_i].a);
  free(a);
  free(b);
}
END_TEST

#define AOR "sip:alice@example.org"
#define GR ";gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"

/* Of AOR, or of tel:+1, in the domain ims.example: may it be a public one, may it be a temporary one? */
static const struct {
  const char *uri, *aor;
  bool is_public, is_temporary;
} gruus[] = {
  { "sip:alice@example.org" GR, AOR, true, true },
  { "SIP:%61lice@EXAMPLE.org;x;GR=1", AOR, true, true },
  { "sips:alice@example.org" GR, AOR, true, true },
  { "sip:alice@ims.example" GR, AOR, true, true },
  { "sip:tgruu.7hs==jd7vnzga5w7fajsc7@example.org;gr", AOR, false, true },
  { "sip:tgruu.7hs@IMS.example;gr", AOR, false, true },
  { "sip:tgruu.7hs@ims.example;gr", "tel:+1", false, true },
  { "sip:+1@ims.example;gr=x", "tel:+1", true, true },
  { "sip:+1@example.org;gr=x", "tel:+1", false, false },
  { "sip:mallory@example.org" GR, AOR, false, true }, /* another one's */
  { "sip:Alice@example.org" GR, AOR, false, true },
  { "sip:example.org" GR, AOR, false, true },
  { "sip:alice@evil.example" GR, AOR, false, false }, /* it would lead others there */
  { "sip:alice@example.org.evil" GR, AOR, false, false },
  { "sip:alice@[2001:db8::1]" GR, AOR, false, false },
  { "sip:alice@example.org", AOR, false, false },
  { "sip:alice@example.org;gruu=1", AOR, false, false },
  { "sip:alice@example.org?x=;gr=1", AOR, false, false },
  { "sip:alice@example.org;gr=1?Route=%3Csip:evil%3E", AOR, false, false },
  { "tel:+1;gr=1", AOR, false, false },
  { "http://example.org;gr=1", AOR, false, false },
  { "http:alice@example.org;gr=1", AOR, false, false },
  { "sip:t\xc3\xa4@example.org;gr", AOR, false, false },
  { "sip:alice@example.org;gr=\"1\"", AOR, false, false },
  { "sip:alice@example.org;gr=1>", AOR, false, false },
  { "sip:alice@example.org;gr=1\\", AOR, false, false },
  { "sip:alice@example.org;gr=1\r\nX: y", AOR, false, false },
  { "sip:alice@example.org;gr=1 ", AOR, false, false },
  { "sip:alice@example.org;gr=\xc3\xa4", AOR, false, false },
  { "", AOR, false, false },
};

START_TEST(gruu)
{
  size_t len = strlen(gruus[_i].uri);
  char *block = heap_copy(gruus[_i].uri, len);
  imstls_text uri = { block, len }, aor = { gruus[_i].aor, strlen(gruus[_i].aor) };
  imstls_text domain = IMSTLS_I_LIT("ims.example");
  ck_assert_msg(imstls_i_sip_is_gruu(uri, aor, domain, true) == gruus[_i].is_public, "public: %s", gruus[_i].uri);
  ck_assert_msg(imstls_i_sip_is_gruu(uri, aor, domain, false) == gruus[_i].is_temporary, "temporary: %s",
                gruus[_i].uri);
  ck_assert(!imstls_i_sip_is_gruu((imstls_text){ NULL, 0 }, aor, domain, false));
  free(block);
}
END_TEST

/* What a comparison costs is bounded: 8 parameters, and so many of a list as were allowed. */
START_TEST(bounds)
{
#define SEVEN ";a;b;c;d;e;f;g"
  const imstls_text ours = IMSTLS_I_LIT("sip:u@h"), eight = IMSTLS_I_LIT("sip:u@h" SEVEN ";h"),
                    nine = IMSTLS_I_LIT("sip:u@h" SEVEN ";h;i"), stranger = IMSTLS_I_LIT("sip:v@h" SEVEN);
  unsigned left = 4;
  ck_assert(imstls_i_sip_uri_same(eight, ours, &left) && imstls_i_sip_uri_same(ours, eight, &left));
  ck_assert(!imstls_i_sip_uri_same(nine, ours, &left) && !imstls_i_sip_uri_same(ours, nine, &left));
  ck_assert_uint_eq(left, 0);
  ck_assert(!imstls_i_sip_uri_same(eight, ours, &left));
  ck_assert(imstls_i_sip_uri_same(nine, nine, &left)); /* no octet differs */
  left = 1;
  ck_assert(!imstls_i_sip_uri_same(stranger, ours, &left));
  ck_assert_uint_eq(left, 1);
}
END_TEST

/* Nothing beyond a prefix is read, and none of them is the whole. */
START_TEST(every_prefix)
{
  static const char whole[] = "sip:%61lice@[2001:db8::1]:5061;transport=tls;x=%41?h=v";
  for (size_t len = 0; len < sizeof whole - 1; len++) {
    char *cut = heap_copy(whole, len);
    unsigned left = 1;
    ck_assert(!imstls_i_sip_uri_same(imstls_i_text(cut, len), IMSTLS_I_LIT(whole), &left));
    free(cut);
  }
}
END_TEST

Suite *sip_uri_suite(void);
Suite *sip_uri_suite(void)
{
  Suite *s = suite_create("sip_uri");
  TCase *t = tcase_create("uri");
  tcase_add_loop_test(t, same, 0, sizeof rows / sizeof rows[0]);
  tcase_add_loop_test(t, gruu, 0, sizeof gruus / sizeof gruus[0]);
  tcase_add_test(t, bounds);
  tcase_add_test(t, every_prefix);
  suite_add_tcase(s, t);
  return s;
}
