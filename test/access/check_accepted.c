/* SPDX-License-Identifier: Apache-2.0 */
/* A 200 to REGISTER, judged for stacks that own it (RFC 3261 10.2.4, 10.3; RFC 2617 3.2.3; TS 24.229 5.1.1.4.1). How a
 * Contact is recognised is looked at more closely in test/registration/check_binding.c: the code is the same. */
#include <imstls/accepted.h>
#include <stdio.h>

#include "access_help.h"

Suite *accepted_suite(void);

#define URI "sip:0123456789abcdef@192.0.2.1:5061;transport=tls"
#define OURS "<" URI ">"
#define OTHER "<sip:other@192.0.2.9>"
#define DUE "d30512b6ff65c26d1dd1cb459524d6cc"
#define INFO "Authentication-Info: "
#define INSTANCE "urn:uuid:00000000-0000-1000-8000-000a95a0e128"
enum { ASKED = 7200 };

static imstls_accepted_input asked(void)
{
  return (imstls_accepted_input){ .size = sizeof(imstls_accepted_input),
                                  .proven = 1,
                                  .asked_s = ASKED,
                                  .contact = text_of(URI),
                                  .contact_user = "0123456789abcdef",
                                  .instance_id = INSTANCE,
                                  .reg_id = 1,
                                  .rspauth = text_of(DUE) };
}

/* status 200, whatever message_of says. */
static char *accepted_of(const char *lines, imstls_sip_message *message)
{
  char *kept = message_of(lines, message);
  message->status = 200;
  return kept;
}

static bool is(imstls_text text, const char *want)
{
  return text.len == strlen(want) && memcmp(text.ptr, want, text.len) == 0;
}

static const struct {
  const char *lines;
  int want, rspauth;
  uint32_t expires_s, rewritten;
  const char *contact;
} rows[] = {
  { "Contact: " OURS ";expires=600\r\n", IMSTLS_OK, IMSTLS_RSPAUTH_ABSENT, 600, 0, URI },
  { "Contact: " OTHER ";expires=9, " OURS "\r\nExpires: 500\r\n", IMSTLS_OK, IMSTLS_RSPAUTH_ABSENT, 500, 0, URI },
  { "Contact: " OURS "\r\n", IMSTLS_OK, IMSTLS_RSPAUTH_ABSENT, ASKED, 0, URI },
  { "Contact: " OTHER ", <sip:x@sbc>;reg-id=1;expires=9;+sip.instance=\"<" INSTANCE ">\"\r\n", IMSTLS_OK,
    IMSTLS_RSPAUTH_ABSENT, 9, 0, "sip:x@sbc" },
  { "Contact: " OTHER ", <sip:x@sbc>;reg-id=2;expires=9;+sip.instance=\"<" INSTANCE ">\"\r\n", IMSTLS_ERR_SIP_NOT_BOUND,
    IMSTLS_RSPAUTH_ABSENT, 0, 0, NULL },
  { "Contact: " OTHER ", <sip:0123456789abcdef@sbc>;expires=9\r\n", IMSTLS_OK, IMSTLS_RSPAUTH_ABSENT, 9, 0,
    "sip:0123456789abcdef@sbc" },
  { "Contact: <sip:made@sbc>;expires=9\r\n", IMSTLS_OK, IMSTLS_RSPAUTH_ABSENT, 9, 1, "sip:made@sbc" },
  { "Contact: " OTHER ";expires=9, <sip:made@sbc>\r\n", IMSTLS_ERR_SIP_NOT_BOUND, IMSTLS_RSPAUTH_ABSENT, 0, 0, NULL },
  { "Contact: " OURS ";expires=0\r\n", IMSTLS_ERR_SIP_NOT_BOUND, IMSTLS_RSPAUTH_ABSENT, 0, 0, NULL },
  { "", IMSTLS_ERR_SIP_NOT_BOUND, IMSTLS_RSPAUTH_ABSENT, 0, 0, NULL },
  /* what the registrar proves: before its binding counts */
  { INFO "qop=auth, rspauth=\"" DUE "\"\r\nContact: " OURS ";expires=600\r\n", IMSTLS_OK, IMSTLS_RSPAUTH_RIGHT, 600, 0,
    URI },
  { INFO "qop=auth\r\nContact: " OURS ";expires=600\r\n", IMSTLS_OK, IMSTLS_RSPAUTH_ABSENT, 600, 0, URI },
  { INFO "nextnonce=\"" DUE "\"\r\nContact: " OURS ";expires=600\r\n", IMSTLS_OK, IMSTLS_RSPAUTH_ABSENT, 600, 0, URI },
  { INFO "RSPAUTH=\"" DUE "0\"\r\nContact: " OURS ";expires=600\r\n", IMSTLS_ERR_RSPAUTH, IMSTLS_RSPAUTH_WRONG, 0, 0,
    NULL },
  { INFO "rspauth=\"\"\r\nContact: " OURS ";expires=600\r\n", IMSTLS_ERR_RSPAUTH, IMSTLS_RSPAUTH_WRONG, 0, 0, NULL },
  { INFO "rspauth=\"e"
         "30512b6ff65c26d1dd1cb459524d6cc\"\r\n",
    IMSTLS_ERR_RSPAUTH, IMSTLS_RSPAUTH_WRONG, 0, 0, NULL },
  { INFO "rspauth=\"" DUE "\"\r\n", IMSTLS_ERR_SIP_NOT_BOUND, IMSTLS_RSPAUTH_RIGHT, 0, 0, NULL },
};

START_TEST(judged)
{
  imstls_sip_message message;
  imstls_accepted_input in = asked();
  imstls_accepted out;
  char *kept = accepted_of(rows[_i].lines, &message);
  ck_assert_int_eq(imstls_accepted_judge(&in, &message, &out), rows[_i].want);
  ck_assert_int_eq(out.rspauth, rows[_i].rspauth);
  ck_assert_uint_eq(out.expires_s, rows[_i].expires_s);
  ck_assert_uint_eq(out.rewritten, rows[_i].rewritten);
  ck_assert(rows[_i].contact ? is(out.contact, rows[_i].contact) : out.contact.ptr == NULL && out.refresh_ms == 0);
  in.rspauth = text_of(NULL); /* nothing is due */
  int unbound = message.count[IMSTLS_HDR_CONTACT] ? IMSTLS_OK : IMSTLS_ERR_SIP_NOT_BOUND;
  ck_assert_int_eq(imstls_accepted_judge(&in, &message, &out),
                   rows[_i].want == IMSTLS_ERR_RSPAUTH ? unbound : rows[_i].want);
  ck_assert_int_eq(out.rspauth, IMSTLS_RSPAUTH_UNCHECKED);
  in.proven = 0; /* nobody proved anything: first of all */
  ck_assert_int_eq(imstls_accepted_judge(&in, &message, &out), IMSTLS_ERR_NO_CHALLENGE);
  ck_assert(!out.expires_s && !out.contact.ptr);
  free(kept);
}
END_TEST

/* While bound, an only Contact that is a stranger's is none of ours, but the one that was taken before is. */
START_TEST(rewritten)
{
  imstls_sip_message message;
  imstls_accepted_input in = asked();
  imstls_accepted out;
  char *kept = accepted_of("Contact: <sip:made@sbc>;q=1;expires=9\r\n", &message);
  ck_assert_int_eq(imstls_accepted_judge(&in, &message, &out), IMSTLS_OK);
  ck_assert(out.rewritten && is(out.params, ";q=1;expires=9"));
  in.bound = 1;
  ck_assert_int_eq(imstls_accepted_judge(&in, &message, &out), IMSTLS_ERR_SIP_NOT_BOUND);
  in.taken = text_of("sip:made@sbc");
  ck_assert_int_eq(imstls_accepted_judge(&in, &message, &out), IMSTLS_OK);
  ck_assert(out.rewritten && is(out.contact, "sip:made@sbc"));
  in.taken = text_of("sip:unmade@sbc");
  ck_assert_int_eq(imstls_accepted_judge(&in, &message, &out), IMSTLS_ERR_SIP_NOT_BOUND);
  in.contact_user = in.instance_id = NULL; /* none of the two was said */
  in.taken = text_of("sip:made@sbc");
  ck_assert_int_eq(imstls_accepted_judge(&in, &message, &out), IMSTLS_OK);
  in.contact_user = ""; /* no user part: it is no sign */
  in.taken = text_of(NULL);
  ck_assert_int_eq(imstls_accepted_judge(&in, &message, &out), IMSTLS_ERR_SIP_NOT_BOUND);
  free(kept);
}
END_TEST

static const struct {
  const char *lines;
  uint64_t refresh_ms;
  uint32_t flow_timer_s;
} dues[] = {
  { "Contact: " OURS ";expires=1\r\n", 500, 0 },
  { "Contact: " OURS ";expires=1200\r\nFlow-Timer: 90\r\n", 600000, 90 },
  { "Contact: " OURS ";expires=1201\r\nFlow-Timer: soon\r\n", 601000, 0 },
  { "Contact: " OURS ";expires=600000\r\n", 599400000, 0 },
  { "Contact: " OURS ";expires=4294967295\r\nFlow-Timer: 4294967295\r\n", 4294966695000, 4294967295 },
};

START_TEST(due)
{
  imstls_sip_message message;
  imstls_accepted_input in = asked();
  imstls_accepted out;
  char *kept = accepted_of(dues[_i].lines, &message);
  ck_assert_int_eq(imstls_accepted_judge(&in, &message, &out), IMSTLS_OK);
  ck_assert_uint_eq(out.refresh_ms, dues[_i].refresh_ms);
  ck_assert_uint_eq(out.flow_timer_s, dues[_i].flow_timer_s);
  free(kept);
}
END_TEST

START_TEST(odd_ones)
{
  imstls_sip_message message;
  imstls_accepted_input in = asked();
  imstls_accepted out;
  char *kept = accepted_of("Contact: <>, " OURS ";expires=5, <sip:a\r\n", &message);
  ck_assert_int_eq(imstls_accepted_judge(&in, &message, &out), IMSTLS_OK);
  ck_assert_uint_eq(out.odd, 2);
  free(kept);
}
END_TEST

/* So many are looked at, whatever is in them. */
START_TEST(many)
{
  static char lines[8000];
  imstls_sip_message message;
  imstls_accepted_input in = asked();
  imstls_accepted out;
  for (int others = 255; others < 257; others++) {
    size_t n = (size_t)sprintf(lines, "Contact: sip:o");
    for (int i = 1; i < others; i++)
      n += (size_t)sprintf(lines + n, ",%s", i % 2 ? "sip:o" : "<>");
    sprintf(lines + n, "," OURS ";expires=5\r\n");
    char *kept = accepted_of(lines, &message);
    ck_assert_int_eq(imstls_accepted_judge(&in, &message, &out), others < 256 ? IMSTLS_OK : IMSTLS_ERR_SIP_NOT_BOUND);
    free(kept);
  }
}
END_TEST

static int wrong(imstls_accepted_input in, const imstls_sip_message *message, unsigned status)
{
  imstls_accepted out;
  imstls_sip_message m = *message;
  m.status = status;
  return imstls_accepted_judge(&in, &m, &out);
}

START_TEST(usage)
{
  imstls_sip_message message;
  imstls_accepted_input in = asked();
  imstls_accepted out;
  char *kept = accepted_of("Contact: " OURS ";expires=600\r\n", &message);
  ck_assert_int_eq(imstls_accepted_judge(NULL, &message, &out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_accepted_judge(&in, NULL, &out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_accepted_judge(&in, &message, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(wrong(in, &message, 299), IMSTLS_OK);
  for (unsigned status = 0; status < 700; status += status == 199 ? 101 : 1) /* 0: a request */
    ck_assert_int_eq(wrong(in, &message, status), IMSTLS_ERR_USAGE);
  in.asked_s = 0; /* a deregistration */
  ck_assert_int_eq(wrong(in, &message, 200), IMSTLS_ERR_USAGE);
  in = asked();
  in.contact = text_of("");
  ck_assert_int_eq(wrong(in, &message, 200), IMSTLS_ERR_USAGE);
  in = asked();
  in.size--;
  ck_assert_int_eq(wrong(in, &message, 200), IMSTLS_ERR_USAGE);
  message.method = text_of("INVITE");
  ck_assert_int_eq(wrong(asked(), &message, 200), IMSTLS_ERR_USAGE);
  free(kept);
}
END_TEST

#define ROUTES "<sip:a@h;lr>, \"x, y\" <sip:b;lr>;z, <sip:c;lr>, sip:d ; lr, <sip:e>"

/* One comma list of several fields, in every capacity; whole entries alone. */
START_TEST(list)
{
  imstls_sip_message message;
  char *kept = accepted_of("Service-Route: <sip:a@h;lr>,,\"x, y\" <sip:b;lr>;z ,<>\r\nP-Associated-URI: <tel:+1>\r\n"
                           "service-route: <sip:c;lr>\r\nService-Route: , sip:d ; lr , <sip:e> ,\"f <sip:g>\r\n",
                           &message);
  for (size_t cap = 0; cap < sizeof ROUTES + 2; cap++) {
    char *out = malloc(cap ? cap : 1);
    ck_assert_ptr_nonnull(out);
    size_t len = 99;
    int want = cap < sizeof ROUTES - 1 ? IMSTLS_ERR_CAPACITY : IMSTLS_OK;
    ck_assert_int_eq(imstls_accepted_list(&message, IMSTLS_HDR_SERVICE_ROUTE, out, cap, &len), want);
    ck_assert(len <= cap && (want || is((imstls_text){ out, len }, ROUTES)));
    free(out);
  }
  char out[40];
  size_t len = 99;
  ck_assert_int_eq(imstls_accepted_list(&message, IMSTLS_HDR_P_ASSOCIATED_URI, out, sizeof out, &len), IMSTLS_OK);
  ck_assert(is((imstls_text){ out, len }, "<tel:+1>"));
  ck_assert_int_eq(imstls_accepted_list(&message, IMSTLS_HDR_CONTACT, out, sizeof out, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_accepted_list(NULL, IMSTLS_HDR_SERVICE_ROUTE, out, sizeof out, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_accepted_list(&message, IMSTLS_HDR_SERVICE_ROUTE, NULL, 0, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_accepted_list(&message, IMSTLS_HDR_SERVICE_ROUTE, out, 1, NULL), IMSTLS_ERR_USAGE);
  free(kept);
}
END_TEST

Suite *accepted_suite(void)
{
  Suite *suite = suite_create("accepted");
  TCase *tc = tcase_create("accepted");
  tcase_add_loop_test(tc, judged, 0, COUNT(rows));
  tcase_add_test(tc, rewritten);
  tcase_add_loop_test(tc, due, 0, COUNT(dues));
  tcase_add_test(tc, odd_ones);
  tcase_add_test(tc, many);
  tcase_add_test(tc, usage);
  tcase_add_test(tc, list);
  suite_add_tcase(suite, tc);
  return suite;
}
