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
  ck_assert_msg(imstls_i_sip_uri_same(x, y) == rows[_i].same, "%s %s", rows[_i].a, rows[_i].b);
  ck_assert_msg(imstls_i_sip_uri_same(y, x) == rows[_i].same, "%s %s", rows[_i].b, rows[_i].a);
  free(a);
  free(b);
}
END_TEST

/* Nothing beyond a prefix is read, and none of them is the whole. */
START_TEST(every_prefix)
{
  static const char whole[] = "sip:%61lice@[2001:db8::1]:5061;transport=tls;x=%41?h=v";
  for (size_t len = 0; len < sizeof whole - 1; len++) {
    char *cut = heap_copy(whole, len);
    ck_assert(!imstls_i_sip_uri_same(imstls_i_text(cut, len), IMSTLS_I_LIT(whole)));
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
  tcase_add_test(t, every_prefix);
  suite_add_tcase(s, t);
  return s;
}
