/* SPDX-License-Identifier: Apache-2.0 */
/* imstls_sip_refuse: what is answered to requests that the parser refuses, and that nothing harmful is repeated. */
#include <stdio.h>

#include "sip_help.h"

Suite *sip_refuse_suite(void);

#define VIA "Via: SIP/2.0/TLS p.example.org;branch=z9hG4bK1\r\n"
#define FROM "From: \"F\" <sip:p@example.org>;tag=7\r\n"
#define TO "To: <sip:u@example.org>\r\n"
#define CALL "Call-ID: call@p\r\n"
#define COUNT "CSeq: 42 MESSAGE\r\n"
#define HEAD(first) first "\r\n" VIA FROM TO CALL COUNT
#define GOOD_LINE "MESSAGE sip:u@192.0.2.1 SIP/2.0"
#define ANSWER(line, via, from, to, call, cseq)                                                                        \
  "SIP/2.0 " line "\r\n" via "From: " from "\r\nTo: " to "\r\nCall-ID: " call "\r\n"                                   \
  "CSeq: " cseq "\r\nContent-Length: 0\r\n\r\n"
#define FROM_V "\"F\" <sip:p@example.org>;tag=7"
#define TO_V "<sip:u@example.org>;tag=new"
#define NOBODY "<sip:anonymous@anonymous.invalid>"
#define USUAL(line) ANSWER(line, VIA, FROM_V, TO_V, "call@p", "42 MESSAGE")
#define BAD "400 Bad Request"

enum { MALFORMED = IMSTLS_ERR_SIP_MALFORMED, LONG = IMSTLS_ERR_SIP_OVERSIZED };

static char block[20000];

static int refuse(const char *text, size_t len, int why, char *out, size_t cap, size_t *out_len, uint32_t *status)
{
  char *exact = heap_copy(text, len);
  int rc = imstls_sip_refuse(exact, len, why, "new", out, cap, out_len, status);
  free(exact);
  return rc;
}

/* want NULL: no response is due. */
static const struct {
  int why;
  const char *text;
  const char *want;
} cases[] = {
  /* too long */
  { LONG, HEAD(GOOD_LINE) "\r\n", USUAL("513 Message Too Large") },
  { IMSTLS_ERR_RX_TOO_LONG, HEAD(GOOD_LINE) "X: ab", USUAL("513 Message Too Large") },
  { LONG, HEAD("ACK sip:u@192.0.2.1 SIP/2.0") "\r\n", NULL },
  { LONG, GOOD_LINE "\r\n" VIA FROM TO CALL "CSeq: 42 ACK\r\n\r\n", NULL },
  { LONG, HEAD("SIP/2.0 200 OK") "\r\n", NULL },
  { LONG, GOOD_LINE "\r\n" VIA FROM TO CALL "CSeq: 42 MESSAGE\r\n", NULL }, /* it may be folded */
  { LONG, GOOD_LINE "\r\n" VIA FROM TO CALL "CSeq: 42 MESS", NULL },
  { LONG, GOOD_LINE "\r\n" VIA FROM TO COUNT "\r\n", NULL },
  { LONG, GOOD_LINE "\r\n" VIA FROM CALL COUNT "\r\n", NULL },
  { LONG, GOOD_LINE "\r\n" VIA TO CALL COUNT "\r\n", NULL },
  { LONG, GOOD_LINE "\r\n" FROM TO CALL COUNT "\r\n", NULL },
  { LONG, "MESSAGE sip:u@192.0.2.1", NULL },
  /* malformed: 400, 501, 505 */
  { MALFORMED, HEAD(GOOD_LINE) "Expires\r\n\r\n", USUAL(BAD) },
  { MALFORMED, "\r\n\r\n" HEAD(GOOD_LINE) "\r\n", USUAL(BAD) },
  { MALFORMED, HEAD("MESSAGE  sip:u@192.0.2.1 SIP/2.0") "\r\n", USUAL(BAD) },
  { MALFORMED, HEAD("MESSAGE sip:u@192.0.2.1") "\r\n", USUAL(BAD) },
  { MALFORMED, HEAD("MESSAGE sip:u@192.0.2.1 sip/2.0") "\r\n", USUAL(BAD) },
  { MALFORMED, HEAD("MESSAGE sip:u@192.0.2.1 SIP/2.0 ") "\r\n", USUAL(BAD) },
  { MALFORMED, HEAD("MESSAGE sip:u@192.0.2.1 SIP/3.0") "\r\n", USUAL("505 Version Not Supported") },
  { MALFORMED, HEAD("NEW sip:u@192.0.2.1 sip/12.13") "\r\n", USUAL("505 Version Not Supported") },
  { MALFORMED, HEAD("MESSAGE sip:u@192.0.2.1 SIP/3.") "\r\n", USUAL(BAD) },
  { MALFORMED, HEAD("MESSAGE sip:u@192.0.2.1 SIP/3.0x") "\r\n", USUAL(BAD) },
  { MALFORMED, HEAD("MESSAGE sip:u@192.0.2.1 SIP/3-0") "\r\n", USUAL(BAD) },
  { MALFORMED, HEAD("MESSAGE sip:u@192.0.2.1 SIP/300") "\r\n", USUAL(BAD) },
  { MALFORMED, HEAD("MESSAGE sip:u@192.0.2.1 SIP/.0.0") "\r\n", USUAL(BAD) },
  { MALFORMED, HEAD("MESSAGE sip:u@192.0.2.1 HTTP/1.1") "\r\n", USUAL(BAD) },
  { MALFORMED, HEAD("message sip:u@192.0.2.1 SIP/2.0") "\r\n", USUAL("501 Not Implemented") },
  { MALFORMED, HEAD("SIP/7.0 200 OK") "\r\n", NULL },
  { MALFORMED, HEAD("SIP/2.0 4294967301 x") "\r\n", NULL },
  { MALFORMED, HEAD("ACK sip:u@192.0.2.1 SIP/3.0") "\r\n", NULL },
  { MALFORMED, HEAD("MESSAGE") "\r\n", NULL },
  { MALFORMED, HEAD(" MESSAGE sip:u@192.0.2.1 SIP/2.0") "\r\n", NULL },
  { MALFORMED, HEAD("M\tX sip:u@192.0.2.1 SIP/2.0") "\r\n", NULL },
  { MALFORMED, "\x16\x03\x01\x02", NULL },
  { MALFORMED, "", NULL },
  { MALFORMED, "\r\n\r\n", NULL },
  /* what cannot be read does not go back */
  { MALFORMED, GOOD_LINE "\r\n" VIA COUNT "\r\n", ANSWER(BAD, VIA, NOBODY, NOBODY ";tag=new", "new", "42 MESSAGE") },
  { MALFORMED, GOOD_LINE "\r\n" VIA "From: F, <sip:a@b>\r\n" TO CALL COUNT "\r\n",
    ANSWER(BAD, VIA, NOBODY, TO_V, "call@p", "42 MESSAGE") },
  { MALFORMED, GOOD_LINE "\r\n" VIA FROM "To: \"U <sip:u@example.org>\r\n" CALL COUNT "\r\n",
    ANSWER(BAD, VIA, FROM_V, NOBODY ";tag=new", "call@p", "42 MESSAGE") },
  { MALFORMED, GOOD_LINE "\r\n" VIA FROM "To: <sip:u@example.org>;tag=9;=\r\n" CALL COUNT "\r\n",
    ANSWER(BAD, VIA, FROM_V, NOBODY ";tag=new", "call@p", "42 MESSAGE") },
  { MALFORMED, GOOD_LINE "\r\n" VIA FROM "To: *\r\n" CALL COUNT "\r\n",
    ANSWER(BAD, VIA, FROM_V, NOBODY ";tag=new", "call@p", "42 MESSAGE") },
  { MALFORMED, GOOD_LINE "\r\n" VIA FROM "To: <sip:u@example.org>, <sip:b@c>\r\n" CALL COUNT "\r\n",
    ANSWER(BAD, VIA, FROM_V, NOBODY ";tag=new", "call@p", "42 MESSAGE") },
  { MALFORMED, GOOD_LINE "\r\n" VIA "From: \"\x1b[2J\" <sip:p@example.org>\r\n" TO "Call-ID: a\x01\r\n" COUNT "\r\n",
    ANSWER(BAD, VIA, NOBODY, TO_V, "new", "42 MESSAGE") },
  { MALFORMED, GOOD_LINE "\r\n" VIA "From: \"\x7f\" <sip:p@example.org>\r\n" TO "Call-ID: a b\r\n" COUNT "\r\n",
    ANSWER(BAD, VIA, NOBODY, TO_V, "new", "42 MESSAGE") },
  { MALFORMED, GOOD_LINE "\r\n" VIA "From: <sip:p@example.org>\rX: y\r\n" TO "Call-ID: \xff\r\n" COUNT "\r\n",
    ANSWER(BAD, VIA, NOBODY, TO_V, "new", "42 MESSAGE") },
  /* what can be read does, and its folds are gone */
  { MALFORMED,
    GOOD_LINE "\r\n" VIA "f:\r\n \"F\xc3\xa9\"\r\n\t<sip:p@example.org>\r\nt: sip:u@b;x=\"y\";TAG=9\r\n"
              "i: c\r\nCSeq:\r\n 36893488147419103232\r\n OTHER\r\nCSeq: 1 ACK\r\nTo: x\r\n\r\n",
    ANSWER(BAD, VIA, "\"F\xc3\xa9\" <sip:p@example.org>", "sip:u@b;x=\"y\";TAG=9", "c", "36893488147419103232 OTHER") },
  /* Via as far as it can be read; none without its sent-by */
  { MALFORMED,
    GOOD_LINE "\r\nv: SIP/2.0/UDP h:5060 ;branch=z9;;,;,,\r\n" FROM TO CALL COUNT
              "V: SIP / 2.0 / TCP\r\n i;rport , SIP/2.0/UDP j;a=\"b\",SIP/2.0/UDP :, SIP/2.0/UDP k\r\n"
              "Via: SIP/2.0/UDP l;a=\"\x02\"\r\nVia:SIP/2.0/UDP m;branch=1;branch=2\r\n\r\n",
    ANSWER(BAD,
           "Via: SIP/2.0/UDP h:5060 ;branch=z9\r\nVia: SIP / 2.0 / TCP i;rport\r\nVia: SIP/2.0/UDP j;a=\"b\"\r\n"
           "Via: SIP/2.0/UDP m;branch=1\r\n",
           FROM_V, TO_V, "call@p", "42 MESSAGE") },
  { MALFORMED, GOOD_LINE "\r\nVia: SIP/2.0/UDP\r\n" VIA FROM TO CALL COUNT "\r\n", NULL },
  { MALFORMED, GOOD_LINE "\r\nVia: ;;\r\n" FROM TO CALL COUNT "\r\n", NULL },
  { MALFORMED, GOOD_LINE "\r\nVia: SIP/2.0/UDP h;a=\"\x02\"\r\n" VIA FROM TO CALL COUNT "\r\n", NULL },
  /* no CSeq that can be read */
  { MALFORMED, GOOD_LINE "\r\n" VIA FROM TO CALL "\r\n", NULL },
  { MALFORMED, GOOD_LINE "\r\n" VIA FROM TO CALL "CSeq: x MESSAGE\r\n\r\n", NULL },
  { MALFORMED, GOOD_LINE "\r\n" VIA FROM TO CALL "CSeq: 1MESSAGE\r\n\r\n", NULL },
  { MALFORMED, GOOD_LINE "\r\n" VIA FROM TO CALL "CSeq: 1\r\n\r\n", NULL },
  { MALFORMED, GOOD_LINE "\r\n" VIA FROM TO CALL "CSeq: 1 MESS AGE\r\n\r\n", NULL },
  { MALFORMED, GOOD_LINE "\r\n" VIA FROM TO CALL "CSeq: -1 MESSAGE\r\n\r\n", NULL },
  { MALFORMED, GOOD_LINE "\r\n" VIA FROM TO CALL "\r\n" COUNT "\r\n", NULL }, /* that is the body */
};

START_TEST(answers)
{
  uint32_t status = 7;
  size_t len = 0;
  int rc = refuse(cases[_i].text, strlen(cases[_i].text), cases[_i].why, block, sizeof block, &len, &status);
  if (cases[_i].want == NULL) {
    ck_assert_msg(rc == IMSTLS_END && status == 7, "answered: %s", cases[_i].text);
    return;
  }
  ck_assert_msg(rc == IMSTLS_OK, "%d for %s", rc, cases[_i].text);
  ck_assert_msg(len == strlen(cases[_i].want) && memcmp(block, cases[_i].want, len) == 0, "%.*s", (int)len, block);
  ck_assert_uint_eq(status, (unsigned)strtoul(cases[_i].want + 8, NULL, 10));
}
END_TEST

/* Whatever is broken in a request, the answer is a response that can be read, with its topmost Via's branch. */
START_TEST(always_well_formed)
{
  static const char text[] = HEAD(GOOD_LINE) "Via: SIP/2.0/UDP h;branch=2, SIP/2.0/UDP i\r\nX: y\r\n\r\n";
  static const char octets[] = "\"<>,;: \t\r\n\0\x1b\x7f\xff(=@*9A/";
  char changed[LEN(text)];
  size_t answered = 0;
  for (size_t at = 0; at < LEN(text); at++) {
    for (size_t i = 0; i < LEN(octets); i++) {
      uint32_t status;
      size_t len;
      memcpy(changed, text, LEN(text));
      changed[at] = octets[i];
      int rc = refuse(changed, LEN(text), MALFORMED, block, sizeof block, &len, &status);
      if (rc == IMSTLS_END)
        continue;
      ck_assert_int_eq(rc, IMSTLS_OK);
      parsed p = parse(block, len);
      ck_assert_msg(p.rc == IMSTLS_OK, "%.*s", (int)len, block);
      ck_assert_uint_eq(p.m.status, status);
      imstls_sip_via via;
      ck_assert_int_eq(imstls_sip_via_parse(p.m.first[IMSTLS_HDR_VIA], &via), IMSTLS_OK);
      free(p.block);
      answered++;
    }
  }
  ck_assert_uint_gt(answered, LEN(text) * LEN(octets) / 2);
}
END_TEST

START_TEST(capacity)
{
  static const char text[] = HEAD(GOOD_LINE) "\r\n";
  char out[sizeof USUAL(BAD)];
  uint32_t status = 7;
  size_t len;
  for (size_t cap = 0; cap < LEN(USUAL(BAD)); cap++) {
    ck_assert_int_eq(refuse(text, LEN(text), MALFORMED, cap ? out : NULL, cap, &len, &status), IMSTLS_ERR_CAPACITY);
    ck_assert_uint_eq(len, LEN(USUAL(BAD)));
    ck_assert_uint_eq(status, 7);
  }
  ck_assert_int_eq(refuse(text, LEN(text), MALFORMED, out, len, &len, &status), IMSTLS_OK);
}
END_TEST

START_TEST(usage)
{
  static const char text[] = HEAD(GOOD_LINE) "\r\n";
  uint32_t status;
  size_t len;
  ck_assert_int_eq(imstls_sip_refuse(NULL, 1, LONG, "t", block, 99, &len, &status), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_refuse(text, 1, LONG, NULL, block, 99, &len, &status), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_refuse(text, 1, LONG, "", block, 99, &len, &status), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_refuse(text, 1, LONG, "a b", block, 99, &len, &status), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_refuse(text, 1, LONG, "t", NULL, 99, &len, &status), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_refuse(text, 1, LONG, "t", block, 99, NULL, &status), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_refuse(text, 1, LONG, "t", block, 99, &len, NULL), IMSTLS_ERR_USAGE);
}
END_TEST

Suite *sip_refuse_suite(void)
{
  Suite *s = suite_create("sip_refuse");
  TCase *t = tcase_create("refuse");
  tcase_add_loop_test(t, answers, 0, sizeof cases / sizeof cases[0]);
  tcase_add_test(t, always_well_formed);
  tcase_add_test(t, capacity);
  tcase_add_test(t, usage);
  suite_add_tcase(s, t);
  return s;
}
