/* SPDX-License-Identifier: Apache-2.0 */
/* The cases of RFC 4475 as far as they touch what a user agent reads, each cut down to the fault it is about, and
 * hostile cases of our own. */
#include <stdio.h>

#include "sip_help.h"

Suite *sip_torture_suite(void);

/* --- 3.1.1.1 wsinv: odd white space, folds, compact forms --- */

static const char wsinv[] =
    "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n"
    "TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n"
    "from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n"
    "MaX-fOrWaRdS: 0068\r\n"
    "Call-ID: wsinv.ndaksdj@192.0.2.1\r\n"
    "Content-Length   : 3\r\n"
    "cseq: 0009\r\n  INVITE\r\n"
    "Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\n"
    "s :\r\n"
    "NewFangledHeader:   newfangled value\r\n continued newfangled value\r\n"
    "UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n"
    "Content-Type: application/sdp\r\n"
    "Route:\r\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n"
    "v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n"
    " SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n"
    "m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n      newvalue ;\r\n"
    "  secondparam ; q = 0.33\r\n\r\nv=0";

START_TEST(wsinv_is_read)
{
  parsed p = parse(wsinv, LEN(wsinv));
  ck_assert_int_eq(p.rc, IMSTLS_OK);
  imstls_sip_address a;
  imstls_sip_via via;
  imstls_text value = p.m.first[IMSTLS_HDR_TO];
  imstls_text tag;
  uint32_t n;
  ck_assert_int_eq(imstls_sip_address_next(&value, &a), IMSTLS_OK);
  ck_assert(is(a.uri, "sip:vivekg@chair-dnrc.example.com"));
  ck_assert_int_eq(imstls_sip_param_find(a.params, "tag", &tag), IMSTLS_OK);
  ck_assert(is(tag, "1918181833n"));
  value = p.m.first[IMSTLS_HDR_FROM];
  ck_assert_int_eq(imstls_sip_address_next(&value, &a), IMSTLS_OK);
  ck_assert(is(a.display, "\"J Rosenberg \\\\\\\"\""));
  ck_assert_int_eq(imstls_sip_param_find(a.params, "TAG", &tag), IMSTLS_OK);
  ck_assert(is(tag, "98asjd8"));
  ck_assert_int_eq(imstls_sip_number(p.m.first[IMSTLS_HDR_MAX_FORWARDS], &n), IMSTLS_OK);
  ck_assert_uint_eq(n, 68);
  ck_assert_uint_eq(p.m.cseq, 9);
  ck_assert(is(p.m.body, "v=0"));
  value.ptr = NULL;
  ck_assert_int_eq(imstls_sip_next(&p.m, IMSTLS_HDR_VIA, &value), IMSTLS_OK);
  ck_assert_int_eq(imstls_sip_via_parse(value, &via), IMSTLS_OK);
  ck_assert(is(via.transport, "UDP") && is(via.host, "192.0.2.2") && is(via.branch, "390skdjuw") && via.more == 0);
  ck_assert_int_eq(imstls_sip_next(&p.m, IMSTLS_HDR_VIA, &value), IMSTLS_OK);
  ck_assert_int_eq(imstls_sip_via_parse(value, &via), IMSTLS_OK);
  ck_assert(is(via.host, "spindle.example.com") && is(via.branch, "z9hG4bK9ikj8") && via.more == 1);
  value = p.m.first[IMSTLS_HDR_CONTACT];
  ck_assert_int_eq(imstls_sip_address_next(&value, &a), IMSTLS_OK);
  ck_assert_int_eq(imstls_sip_param_find(a.params, "q", &tag), IMSTLS_OK);
  ck_assert(is(tag, "0.33"));
  free(p.block);
}
END_TEST

/* --- 3.1.1.2 intmeth: every token character; escaped controls in quotes --- */

static const char intmeth[] =
    "!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    ":&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0\r\n"
    "Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~\r\n"
    "To: \"BEL:\\\x07 NUL:\\\0 DEL:\\\x7f\" <sip:1_unusual.URI~@example.com>\r\n"
    "From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"\xd1\x80\";"
    "tag=_token~1'+`*%!-.\r\n"
    "Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\r\n"
    "CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\r\n"
    "extensionHeader-!.%*+_`'~:\xef\xbb\xbf\xe5\xa4\xa7\r\n"
    "Content-Length: 0\r\n\r\n";

START_TEST(intmeth_is_read)
{
  parsed p = parse(intmeth, LEN(intmeth));
  ck_assert_int_eq(p.rc, IMSTLS_OK);
  imstls_text value = p.m.first[IMSTLS_HDR_TO];
  imstls_sip_address a;
  imstls_text tag;
  ck_assert_int_eq(imstls_sip_address_next(&value, &a), IMSTLS_OK);
  ck_assert(text_eq(a.display, "\"BEL:\\\x07 NUL:\\\0 DEL:\\\x7f\"", 22));
  value = p.m.first[IMSTLS_HDR_FROM];
  ck_assert_int_eq(imstls_sip_address_next(&value, &a), IMSTLS_OK);
  ck_assert_int_eq(imstls_sip_param_find(a.params, "tag", &tag), IMSTLS_OK);
  ck_assert(is(tag, "_token~1'+`*%!-."));
  free(p.block);
}
END_TEST

/* --- what parses, and what does not --- */

#define NOT_TO "Via: SIP/2.0/TLS h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nCall-ID: c\r\n"
#define OPTIONS_LINE "OPTIONS sip:u@example.com SIP/2.0\r\n"

static const struct {
  const char *name;
  int rc;
  const char *text;
} cases[] = {
  { "3.1.1.3 esc01", IMSTLS_OK,
    "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0\r\n" FIVE "CSeq: 1 INVITE\r\n\r\n" },
  { "3.1.1.4 escnull", IMSTLS_OK,
    "REGISTER sip:example.com SIP/2.0\r\n" FIVE CSEQ "m: <sip:%00@host.example.com>\r\n\r\n" },
  { "3.1.1.5 esc02", IMSTLS_OK, "RE%47IST%45R sip:r.example.com SIP/2.0\r\n" FIVE "CSeq: 1 RE%47IST%45R\r\n\r\n" },
  { "3.1.1.6 lwsdisp", IMSTLS_OK, OK_LINE NOT_TO "To: caller<sip:caller@example.com>;tag=323\r\n" CSEQ "\r\n" },
  { "3.1.1.9 semiuri", IMSTLS_OK,
    "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0\r\n" FIVE "CSeq: 1 OPTIONS\r\n\r\n" },
  { "3.1.1.10 transports", IMSTLS_OK,
    OK_LINE FIVE CSEQ "Via: SIP/2.0/SCTP a\r\nVia: SIP/2.0/UNKNOWN b;branch=z9hG4bK1\r\n\r\n" },
  { "3.1.1.12 unreason", IMSTLS_OK, "SIP/2.0 200 = 2**3 * 5**2 \xd0\xbd\xd0\xbe\r\n" FIVE CSEQ "\r\n" },
  { "3.1.1.13 noreason", IMSTLS_OK, "SIP/2.0 100 \r\n" FIVE CSEQ "\r\n" },
  { "3.1.2.2 clerr", IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "Content-Length: 9999\r\n\r\nv=0" },
  { "3.1.2.3 ncl", IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "Content-Length: -999\r\n\r\nv=0" },
  { "3.1.2.4 scalar02", IMSTLS_ERR_SIP_MALFORMED,
    "REGISTER sip:example.com SIP/2.0\r\n" FIVE "CSeq: 36893488147419103232 REGISTER\r\n\r\n" },
  { "3.1.2.5 scalarlg", IMSTLS_ERR_SIP_MALFORMED,
    "SIP/2.0 503 Service Unavailable\r\n" FIVE "CSeq: 9292394834772304023312 OPTIONS\r\n"
    "Retry-After: 949302838503028349304023988\r\n\r\n" },
  { "3.1.2.6 quotbal", IMSTLS_ERR_SIP_MALFORMED,
    OK_LINE NOT_TO "To: \"Mr. J. User <sip:j.user@example.com>\r\n" CSEQ "\r\n" },
  { "3.1.2.7 ltgtruri", IMSTLS_ERR_SIP_MALFORMED,
    "OPTIONS <sip:user@example.com> SIP/2.0\r\n" FIVE "CSeq: 1 OPTIONS\r\n\r\n" },
  { "3.1.2.8 lwsruri", IMSTLS_ERR_SIP_MALFORMED,
    "OPTIONS sip:user@example.com; lr SIP/2.0\r\n" FIVE "CSeq: 1 OPTIONS\r\n\r\n" },
  { "3.1.2.9 lwsstart", IMSTLS_ERR_SIP_MALFORMED,
    "OPTIONS  sip:user@example.com  SIP/2.0\r\n" FIVE "CSeq: 1 OPTIONS\r\n\r\n" },
  { "3.1.2.10 trws", IMSTLS_ERR_SIP_MALFORMED,
    "OPTIONS sip:remote-target@example.com SIP/2.0  \r\n" FIVE "CSeq: 1 OPTIONS\r\n\r\n" },
  { "3.1.2.12 baddate", IMSTLS_OK, OK_LINE FIVE CSEQ "Date: Fri, 01 Jan 2010 16:00:00 EST\r\n\r\n" },
  { "3.1.2.16 badvers", IMSTLS_ERR_SIP_MALFORMED,
    "OPTIONS sip:t.watson@example.org SIP/7.0\r\n" FIVE "CSeq: 1 OPTIONS\r\n\r\n" },
  { "3.1.2.17 mismatch01", IMSTLS_ERR_SIP_MALFORMED, OPTIONS_LINE FIVE "CSeq: 8 INVITE\r\n\r\n" },
  { "3.1.2.18 mismatch02", IMSTLS_ERR_SIP_MALFORMED,
    "NEWMETHOD sip:user@example.com SIP/2.0\r\n" FIVE "CSeq: 8 INVITE\r\n\r\n" },
  { "3.1.2.19 bigcode", IMSTLS_ERR_SIP_MALFORMED,
    "SIP/2.0 4294967301 better not break the receiver\r\n" FIVE CSEQ "\r\n" },
  { "3.3.1 insuf", IMSTLS_ERR_SIP_MALFORMED,
    "INVITE sip:user@example.com SIP/2.0\r\nCSeq: 193942 INVITE\r\n"
    "Via: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf\r\n\r\n" },
  { "3.3.8 multi01", IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "Call-ID: c2\r\nExpires: 1\r\nExpires: 2\r\n\r\n" },
  { "3.3.9 mcl01", IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab" },
  { "3.3.10 bcast: the Via is the client's to compare", IMSTLS_OK,
    OK_LINE FIVE CSEQ "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23\r\n\r\n" },
};

START_TEST(torture)
{
  int rc = parse_rc(cases[_i].text, strlen(cases[_i].text));
  ck_assert_msg(rc == cases[_i].rc, "%d for %s", rc, cases[_i].name);
}
END_TEST

/* Values whose field is well formed and that fail when they are asked for. */
static int first_address(const char *text)
{
  imstls_text rest = { text, strlen(text) };
  imstls_sip_address a;
  return imstls_sip_address_next(&rest, &a);
}

START_TEST(bad_values)
{
  imstls_text stray = { "SIP/2.0/UDP 192.0.2.15;;,;,,", 28 };
  imstls_text magic = { "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK", 36 };
  imstls_sip_via via;
  uint32_t n;
  /* 3.1.2.1 badinv01 */
  ck_assert_int_eq(imstls_sip_via_parse(stray, &via), IMSTLS_ERR_SIP_MALFORMED);
  ck_assert_int_eq(first_address("\"Joe\" <sip:joe@example.org>;;;;"), IMSTLS_OK);
  ck_assert_int_eq(imstls_sip_param_find((imstls_text){ ";;;;", 4 }, "tag", &magic), IMSTLS_ERR_SIP_MALFORMED);
  /* 3.1.2.4, 3.1.2.5: Expires and Retry-After beyond 32 bits */
  ck_assert_int_eq(imstls_sip_number((imstls_text){ "1000000000000000000000000000000000", 34 }, &n),
                   IMSTLS_ERR_SIP_MALFORMED);
  ck_assert_int_eq(imstls_sip_number((imstls_text){ "4294967296", 10 }, &n), IMSTLS_ERR_SIP_MALFORMED);
  /* 3.1.2.13 regbadct, 3.1.2.14 badaspec, 3.1.2.15 baddn */
  ck_assert_int_eq(first_address("sip:user@example.com?Route=%3Csip:sip.example.com%3E"), IMSTLS_ERR_SIP_MALFORMED);
  ck_assert_int_eq(first_address("\"Watson, Thomas\" < sip:t.watson@example.org >"), IMSTLS_ERR_SIP_MALFORMED);
  ck_assert_int_eq(first_address("Bell, Alexander <sip:a.g.bell@example.com>;tag=43"), IMSTLS_ERR_SIP_MALFORMED);
  /* 3.2.1 badbranch: grammatical; comparing the whole branch tells */
  magic = (imstls_text){ "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK", 36 };
  ck_assert_int_eq(imstls_sip_via_parse(magic, &via), IMSTLS_OK);
  ck_assert(is(via.branch, "z9hG4bK"));
}
END_TEST

/* 3.1.1.8 dblreq: what follows Content-Length is the next message on a stream and nothing in a datagram. */
START_TEST(dblreq)
{
  static const char text[] = OK_LINE FIVE CSEQ "l: 0\r\n\r\n" OPTIONS_LINE FIVE "CSeq: 1 OPTIONS\r\n\r\n";
  imstls_sip_framer framer = { .size = 0 };
  size_t skip;
  size_t len;
  parsed p = parse(text, LEN(text));
  ck_assert_int_eq(p.rc, IMSTLS_OK);
  ck_assert_uint_eq(p.m.raw.len, LEN(OK_LINE FIVE CSEQ "l: 0\r\n\r\n"));
  ck_assert_int_eq(imstls_sip_frame(&framer, text, LEN(text), 65536, &skip, &len), IMSTLS_OK);
  ck_assert_uint_eq(len, p.m.raw.len);
  ck_assert_int_eq(parse_rc(text + len, LEN(text) - len), IMSTLS_OK);
  free(p.block);
}
END_TEST

/* 3.1.1.11 mpart01: a binary body. */
START_TEST(mpart01)
{
  static const char text[] = OK_LINE FIVE CSEQ "Content-Length: 9\r\n\r\n\0\r\n\r\n\xff\0\0\n";
  parsed p = parse(text, LEN(text));
  ck_assert_int_eq(p.rc, IMSTLS_OK);
  ck_assert(text_eq(p.m.body, "\0\r\n\r\n\xff\0\0\n", 9));
  free(p.block);
}
END_TEST

/* --- our own --- */

static char big[80 * 1024];

/* 3.1.1.7 longreq, and what an attacker makes of it: a challenge with a nonce of `nonce_len` octets. */
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
  for (; count < 200; count++) len += (size_t)sprintf(big + len, ",\r\n ipsec-3gpp;q=0.05;x=%06d", count);
  len += (size_t)sprintf(big + len, "\r\n\r\n");
  parsed p = parse(big, len);
  imstls_text item;
  int seen = 0;
  ck_assert_int_eq(p.rc, IMSTLS_OK);
  imstls_text rest = p.m.first[IMSTLS_HDR_SECURITY_SERVER];
  ck_assert_uint_gt(rest.len, 4096);
  while (imstls_sip_list_next(&rest, &item) == IMSTLS_OK) seen++;
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
        while (imstls_sip_list_next(&rest, &item) == IMSTLS_OK) continue;
        rest = p.m.first[IMSTLS_HDR_CONTACT];
        while (imstls_sip_address_next(&rest, &a) == IMSTLS_OK) continue;
      }
      free(p.block);
    }
  }
}
END_TEST

/* Each octet of a message in turn set to each value: never a crash, and what is accepted is accepted by the framer. */
START_TEST(any_octet)
{
  static char text[sizeof wsinv];
  for (size_t at = 0; at < LEN(wsinv); at++) {
    static const char values[] = { 0,   1,   '\t', '\n', '\r', ' ',  '"', ',', '/',
                                   ':', ';', '<',  '=',  '>',  '\\', 'a', 127, (char)-1 };
    for (size_t v = 0; v < sizeof values; v++) {
      memcpy(text, wsinv, sizeof text);
      text[at] = values[v];
      imstls_sip_framer framer = { .size = 0 };
      size_t skip;
      size_t len;
      parsed p = parse(text, LEN(wsinv));
      if (p.rc == IMSTLS_OK) {
        ck_assert_int_eq(imstls_sip_frame(&framer, p.block, LEN(wsinv), 65536, &skip, &len), IMSTLS_OK);
        ck_assert_uint_eq(len, p.m.raw.len);
      }
      free(p.block);
    }
  }
}
END_TEST

Suite *sip_torture_suite(void)
{
  Suite *s = suite_create("sip_torture");
  TCase *t = tcase_create("torture");
  tcase_add_test(t, wsinv_is_read);
  tcase_add_test(t, intmeth_is_read);
  tcase_add_loop_test(t, torture, 0, sizeof cases / sizeof cases[0]);
  tcase_add_test(t, bad_values);
  tcase_add_test(t, dblreq);
  tcase_add_test(t, mpart01);
  tcase_add_test(t, long_nonce);
  tcase_add_test(t, long_security_server);
  tcase_add_test(t, odd_challenges);
  tcase_add_test(t, long_runs);
  tcase_add_test(t, any_octet);
  suite_add_tcase(s, t);
  return s;
}
