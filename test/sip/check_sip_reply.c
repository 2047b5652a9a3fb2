/* SPDX-License-Identifier: Apache-2.0 */
/* imstls_sip_reply and the message builder under it. */
#include <stdio.h>

#include "sip/build.h"
#include "sip_help.h"

Suite *sip_reply_suite(void);

static const imstls_text no_extra = { NULL, 0 };

#define REQUEST                                                                                                        \
  "OPTIONS sip:u@192.0.2.1 SIP/2.0\r\n"                                                                                \
  "v: SIP/2.0/TLS p.example.org;branch=z9hG4bK1\r\n"                                                                   \
  "From:\n  \"F\" \r\n\t<sip:p@example.org>;tag=7 \r\n"                                                                \
  "Via: SIP/2.0/UDP q,\r\n SIP/2.0/UDP r\r\n"                                                                          \
  "Max-Forwards: 70\r\n"                                                                                               \
  "i: call\r\n"                                                                                                        \
  "CSeq:   0042\r\n OPTIONS\r\n"

static const char untagged[] = REQUEST "t: <sip:u@example.org>\r\n\r\n";
static const char tagged[] = REQUEST "t: <sip:u@example.org>;TAG=9\r\n\r\n";

static int reply(const char *text, size_t text_len, unsigned status, const char *tag, imstls_text extra, char *out,
                 size_t cap, size_t *len)
{
  parsed p = parse(text, text_len);
  ck_assert_int_eq(p.rc, IMSTLS_OK);
  int rc = imstls_sip_reply(&p.m, status, "Fine By Me", tag, extra, out, cap, len);
  free(p.block);
  return rc;
}

/* RFC 3261 8.2.6.2: Vias in order, From, Call-ID and CSeq equal, To with a tag. */
START_TEST(whole)
{
  static const char want[] = "SIP/2.0 200 Fine By Me\r\n"
                             "Via: SIP/2.0/TLS p.example.org;branch=z9hG4bK1\r\n"
                             "Via: SIP/2.0/UDP q, SIP/2.0/UDP r\r\n"
                             "From: \"F\" <sip:p@example.org>;tag=7\r\n"
                             "To: <sip:u@example.org>;tag=new\r\n"
                             "Call-ID: call\r\n"
                             "CSeq: 42 OPTIONS\r\n"
                             "Allow: NOTIFY\r\nAccept: */*\r\n"
                             "Content-Length: 0\r\n\r\n";
  static const char extra[] = "Allow: NOTIFY\r\nAccept: */*\r\n";
  char out[1000];
  size_t len;
  ck_assert_int_eq(
      reply(untagged, LEN(untagged), 200, "new", (imstls_text){ extra, LEN(extra) }, out, sizeof out, &len), IMSTLS_OK);
  ck_assert_uint_eq(len, LEN(want));
  ck_assert_int_eq(memcmp(out, want, len), 0);
  ck_assert_int_eq(parse_rc(out, len), IMSTLS_OK);
}
END_TEST

static void to_of(const char *text, size_t len, const char *tag, const char *want)
{
  char out[1000];
  size_t out_len;
  ck_assert_int_eq(reply(text, len, 100, tag, no_extra, out, sizeof out, &out_len), IMSTLS_OK);
  parsed p = parse(out, out_len);
  ck_assert_int_eq(p.rc, IMSTLS_OK);
  ck_assert_uint_eq(p.m.status, 100);
  ck_assert(is(p.m.first[IMSTLS_HDR_TO], want));
  free(p.block);
}

START_TEST(to_tag)
{
  to_of(tagged, LEN(tagged), "new", "<sip:u@example.org>;TAG=9");
  to_of(tagged, LEN(tagged), NULL, "<sip:u@example.org>;TAG=9");
  to_of(untagged, LEN(untagged), NULL, "<sip:u@example.org>");
}
END_TEST

START_TEST(capacities)
{
  char whole_out[1000];
  size_t whole_len;
  size_t len;
  ck_assert_int_eq(reply(untagged, LEN(untagged), 486, "new", no_extra, whole_out, sizeof whole_out, &whole_len), 0);
  for (size_t cap = 0; cap <= whole_len; cap++) {
    char *out = malloc(cap == 0 ? 1 : cap);
    int rc = reply(untagged, LEN(untagged), 486, "new", no_extra, out, cap, &len);
    ck_assert_int_eq(rc, cap < whole_len ? IMSTLS_ERR_CAPACITY : IMSTLS_OK);
    ck_assert_uint_eq(len, whole_len);
    if (rc == IMSTLS_OK)
      ck_assert_int_eq(memcmp(out, whole_out, len), 0);
    free(out);
  }
  ck_assert_int_eq(reply(untagged, LEN(untagged), 486, "new", no_extra, NULL, 0, &len), IMSTLS_ERR_CAPACITY);
  ck_assert_uint_eq(len, whole_len);
}
END_TEST

START_TEST(refused)
{
  static const char *const bad_to[] = { "t: u\r\n\r\n", "t: <sip:u>, <sip:v>\r\n\r\n", "t: <sip:u>;=\r\n\r\n" };
  static const char *const bad_extra[] = { "A: b", "A: b\n", "A: b\r\nC: d", "\r\n", "A: b\r\n\r\nC: d\r\n" };
  static const char *const bad_tag[] = { "", "a b", "a\r\nX: y", "a;b" };
  char out[1000];
  char text[1000];
  size_t len;
  for (int i = 0; i < 3; i++) {
    int text_len = snprintf(text, sizeof text, REQUEST "%s", bad_to[i]);
    ck_assert_int_eq(reply(text, (size_t)text_len, 200, "x", no_extra, out, sizeof out, &len),
                     IMSTLS_ERR_SIP_MALFORMED);
  }
  for (int i = 0; i < 5; i++) {
    imstls_text extra = { bad_extra[i], strlen(bad_extra[i]) };
    ck_assert_int_eq(reply(untagged, LEN(untagged), 200, "x", extra, out, sizeof out, &len), IMSTLS_ERR_USAGE);
  }
  for (int i = 0; i < 4; i++) {
    ck_assert_int_eq(reply(untagged, LEN(untagged), 200, bad_tag[i], no_extra, out, sizeof out, &len),
                     IMSTLS_ERR_USAGE);
  }
  ck_assert_int_eq(reply(untagged, LEN(untagged), 99, "x", no_extra, out, sizeof out, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(reply(untagged, LEN(untagged), 700, "x", no_extra, out, sizeof out, &len), IMSTLS_ERR_USAGE);
}
END_TEST

START_TEST(usage)
{
  static const char response[] = OK_LINE FIVE CSEQ "\r\n";
  char out[1000];
  size_t len;
  parsed r = parse(response, LEN(response));
  parsed q = parse(untagged, LEN(untagged));
  ck_assert_int_eq(imstls_sip_reply(&r.m, 200, "OK", NULL, no_extra, out, sizeof out, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_reply(NULL, 200, "OK", NULL, no_extra, out, sizeof out, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_reply(&q.m, 200, NULL, NULL, no_extra, out, sizeof out, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_reply(&q.m, 200, "O\nK", NULL, no_extra, out, sizeof out, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_reply(&q.m, 200, "O\rK", NULL, no_extra, out, sizeof out, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_reply(&q.m, 200, "OK", NULL, no_extra, NULL, 1, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_reply(&q.m, 200, "OK", NULL, no_extra, out, sizeof out, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_reply(&q.m, 200, "", NULL, no_extra, out, sizeof out, &len), IMSTLS_OK);
  free(r.block);
  free(q.block);
}
END_TEST

/* --- the builder --- */

static void build(imstls_i_writer *w)
{
  imstls_i_sip_status_line(w, 200, IMSTLS_I_LIT("OK"));
  imstls_i_sip_open(w, "Via");
  imstls_i_put_str(w, "SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1");
  imstls_i_sip_close(w);
  IMSTLS_I_PUT_LIT(w, "From: <sip:a@example.org>;tag=1\r\nTo: <sip:a@example.org>\r\nCall-ID: c1\r\n");
  imstls_i_sip_cseq(w, 4294967295u, IMSTLS_I_LIT("REGISTER"));
  imstls_i_sip_header_uint(w, "Expires", 600000);
  imstls_i_sip_finish(w, IMSTLS_I_LIT("b\0dy"));
}

START_TEST(builder)
{
  static const char want[] = OK_LINE FIVE "CSeq: 4294967295 REGISTER\r\n"
                                          "Expires: 600000\r\nContent-Length: 4\r\n\r\nb\0dy";
  for (size_t cap = 0; cap <= LEN(want) + 1; cap++) {
    char *out = malloc(cap == 0 ? 1 : cap);
    imstls_i_writer w = imstls_i_writer_make(out, cap);
    build(&w);
    ck_assert(w.failed == (cap < LEN(want)));
    if (!w.failed)
      ck_assert_uint_eq(w.len, LEN(want));
    if (!w.failed)
      ck_assert_int_eq(memcmp(out, want, w.len), 0);
    free(out);
  }
}
END_TEST

Suite *sip_reply_suite(void)
{
  Suite *s = suite_create("sip_reply");
  TCase *t = tcase_create("reply");
  tcase_add_test(t, whole);
  tcase_add_test(t, to_tag);
  tcase_add_test(t, capacities);
  tcase_add_test(t, refused);
  tcase_add_test(t, usage);
  tcase_add_test(t, builder);
  suite_add_tcase(s, t);
  return s;
}
