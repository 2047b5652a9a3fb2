/* SPDX-License-Identifier: Apache-2.0 */
/* The 49 messages of RFC 4475, bit for bit (test/torture/README.md), and what they become here. */
#include "sip_help.h"
#include "torture.h"

Suite *sip_torture_suite(void);

/* The file's octets, in a block of their size. */
static parsed message(const char *name)
{
  static char buf[8192];
  return parse(buf, torture_read(name, buf));
}

static int addresses(const imstls_sip_message *m, int id)
{
  imstls_text field = { NULL, 0 };
  int rc = IMSTLS_END;
  while (rc == IMSTLS_END && imstls_sip_next(m, id, &field) == IMSTLS_OK) {
    imstls_text rest = field;
    imstls_text name;
    imstls_text value;
    imstls_sip_address a;
    while ((rc = imstls_sip_address_next(&rest, &a)) == IMSTLS_OK) {
      while ((rc = imstls_sip_param_next(&a.params, &name, &value)) == IMSTLS_OK)
        continue;
      if (rc != IMSTLS_END)
        return rc;
    }
  }
  return rc == IMSTLS_END ? IMSTLS_OK : rc;
}

static int vias(const imstls_sip_message *m)
{
  imstls_text field = { NULL, 0 };
  imstls_text item;
  imstls_sip_via via;
  int rc = IMSTLS_END;
  while (rc == IMSTLS_END && imstls_sip_next(m, IMSTLS_HDR_VIA, &field) == IMSTLS_OK) {
    imstls_text rest = field;
    while ((rc = imstls_sip_list_next(&rest, &item)) == IMSTLS_OK)
      if ((rc = imstls_sip_via_parse(item, &via)) != IMSTLS_OK)
        return rc;
  }
  return rc == IMSTLS_END ? IMSTLS_OK : rc;
}

/* Every value that this library can read, read. */
static int values(const imstls_sip_message *m)
{
  static const int address[] = { IMSTLS_HDR_FROM, IMSTLS_HDR_TO, IMSTLS_HDR_CONTACT, IMSTLS_HDR_ROUTE,
                                 IMSTLS_HDR_RECORD_ROUTE };
  static const int number[] = { IMSTLS_HDR_MAX_FORWARDS, IMSTLS_HDR_EXPIRES, IMSTLS_HDR_RETRY_AFTER };
  uint32_t n;
  int rc = vias(m);
  for (size_t i = 0; rc == IMSTLS_OK && i < sizeof address / sizeof address[0]; i++)
    rc = addresses(m, address[i]);
  for (size_t i = 0; rc == IMSTLS_OK && i < sizeof number / sizeof number[0]; i++)
    if (m->count[number[i]] != 0)
      rc = imstls_sip_number(m->first[number[i]], &n);
  return rc;
}

START_TEST(torture)
{
  const struct torture_message *t = &torture_messages[_i];
  const char *name = t->name;
  parsed p = message(name);
  imstls_sip_framer framer = { .size = 0 };
  size_t skip;
  size_t len;
  int read = p.rc == IMSTLS_OK ? values(&p.m) : IMSTLS_OK;
  ck_assert_msg(p.rc == t->rc, "%s: parsed %d", name, p.rc);
  ck_assert_msg(read == t->values, "%s: values %d", name, read);
  int frame = imstls_sip_frame(&framer, p.block, p.len, 65536, &skip, &len);
  ck_assert_msg(frame == t->frame, "%s: framed %d", name, frame);
  if (t->rfc == GOOD)
    ck_assert_msg(p.rc == IMSTLS_OK && read == IMSTLS_OK, "%s of %s is well formed", name, t->section);
  if (t->rfc == BAD)
    ck_assert_msg(p.rc != IMSTLS_OK || read != IMSTLS_OK, "%s of %s is none", name, t->section);
  free(p.block);
}
END_TEST

/* --- what the well-formed ones say --- */

enum { METHOD, REQUEST_URI, REASON, CALL_ID, URI, DISPLAY, TAG, PARAMS, TRANSPORT, HOST, BRANCH };

/* `nth` counts fields from 0. */
static const struct {
  const char *name;
  int part;
  int id;
  int nth;
  const char *want;
  size_t len;
} facts[] = {
#define FACT(name, part, id, nth, text)                                                                                \
  {                                                                                                                    \
    name, part, IMSTLS_HDR_##id, nth, text, LEN(text)                                                                  \
  }
  FACT("wsinv", REQUEST_URI, OTHER, 0, "sip:vivekg@chair-dnrc.example.com;unknownparam"),
  FACT("wsinv", URI, TO, 0, "sip:vivekg@chair-dnrc.example.com"),
  FACT("wsinv", TAG, TO, 0, "1918181833n"),
  FACT("wsinv", DISPLAY, FROM, 0, "\"J Rosenberg \\\\\\\"\""),
  FACT("wsinv", TAG, FROM, 0, "98asjd8"),
  FACT("wsinv", TRANSPORT, VIA, 0, "UDP"),
  FACT("wsinv", BRANCH, VIA, 0, "390skdjuw"),
  FACT("wsinv", TRANSPORT, VIA, 1, "TCP"),
  FACT("wsinv", HOST, VIA, 1, "spindle.example.com"),
  FACT("wsinv", BRANCH, VIA, 1, "z9hG4bK9ikj8"),
  FACT("wsinv", DISPLAY, CONTACT, 0, "\"Quoted string \\\"\\\"\""),
  FACT("wsinv", URI, CONTACT, 0, "sip:jdrosen@example.com"),
  FACT("wsinv", URI, ROUTE, 0, "sip:services.example.com;lr;unknownwith=value;unknown-no-value"),
  FACT("intmeth", METHOD, OTHER, 0, "!interesting-Method0123456789_*+`.%indeed'~"),
  FACT("intmeth", REQUEST_URI, OTHER, 0,
       "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com"),
  FACT("intmeth", DISPLAY, TO, 0, "\"BEL:\\\x07 NUL:\\\0 DEL:\\\x7f\""),
  FACT("intmeth", URI, TO, 0, "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com"),
  FACT("intmeth", DISPLAY, FROM, 0, "token1~` token2'+_ token3*%!.-"),
  FACT("intmeth", TAG, FROM, 0, "_token~1'+`*%!-."),
  FACT("intmeth", CALL_ID, OTHER, 0, "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"),
  FACT("intmeth", BRANCH, VIA, 0, "z9hG4bK-.!%66*_+`'~"),
  FACT("esc01", REQUEST_URI, OTHER, 0, "sip:sips%3Auser%40example.com@example.net"),
  FACT("esc01", URI, TO, 0, "sip:%75se%72@example.com"),
  FACT("esc01", URI, CONTACT, 0, "sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31"),
  FACT("escnull", URI, CONTACT, 0, "sip:%00@host5.example.com"),
  FACT("escnull", URI, CONTACT, 1, "sip:%00%00@host5.example.com"),
  FACT("esc02", METHOD, OTHER, 0, "RE%47IST%45R"),
  FACT("esc02", DISPLAY, TO, 0, "\"%Z%45\""),
  FACT("esc02", URI, CONTACT, 1, "sip:alias3@host3.example.com"), /* C%6Fntact is another header */
  FACT("lwsdisp", DISPLAY, FROM, 0, "caller"),
  FACT("lwsdisp", URI, FROM, 0, "sip:caller@example.com"),
  FACT("longreq", HOST, VIA, 0, "sip33.example.com"),
  FACT("longreq", HOST, VIA, 32, "sip1.example.com"),
  FACT("longreq", HOST, VIA, 33, "host.example.com"),
  FACT("dblreq", METHOD, OTHER, 0, "REGISTER"),
  FACT("semiuri", REQUEST_URI, OTHER, 0, "sip:user;par=u%40example.net@example.com"),
  FACT("transports", TRANSPORT, VIA, 1, "SCTP"),
  FACT("transports", TRANSPORT, VIA, 3, "UNKNOWN"),
  FACT("transports", HOST, VIA, 4, "t5.example.com"),
  FACT("unreason", REASON, OTHER, 0,
       "= 2**3 * 5**2 "
       "\xd0\xbd\xd0\xbe \xd1\x81\xd1\x82\xd0\xbe "
       "\xd0\xb4\xd0\xb5\xd0\xb2\xd1\x8f\xd0\xbd\xd0\xbe\xd1\x81\xd1\x82\xd0\xbe "
       "\xd0\xb4\xd0\xb5\xd0\xb2\xd1\x8f\xd1\x82\xd1\x8c - "
       "\xd0\xbf\xd1\x80\xd0\xbe\xd1\x81\xd1\x82\xd0\xbe\xd0\xb5"),
  FACT("noreason", REASON, OTHER, 0, ""),
  FACT("unkscm", REQUEST_URI, OTHER, 0, "nobodyKnowsThisScheme:totallyopaquecontent"),
  FACT("novelsc", REQUEST_URI, OTHER, 0, "soap.beep://192.0.2.103:3002"),
  FACT("unksm2", URI, TO, 0, "isbn:2983792873"),
  FACT("unksm2", URI, FROM, 0, "http://www.example.com"),
  FACT("badbranch", BRANCH, VIA, 0, "z9hG4bK"),   /* comparing the whole branch tells */
  FACT("bcast", HOST, VIA, 1, "255.255.255.255"), /* two Vias: no answer to a user agent */
  FACT("cparam01", URI, CONTACT, 0, "sip:+19725552222@gw1.example.net"),
  FACT("cparam01", PARAMS, CONTACT, 0, ";unknownparam"),
  FACT("cparam02", URI, CONTACT, 0, "sip:+19725552222@gw1.example.net;unknownparam"),
  FACT("cparam02", PARAMS, CONTACT, 0, ""),
  FACT("regescrt", URI, CONTACT, 0, "sip:user@example.com?Route=%3Csip:sip.example.com%3E"),
  FACT("inv2543", URI, FROM, 0, "sip:+13035551111@ift.client.example.net;user=phone"),
  FACT("inv2543", URI, TO, 0, "sip:+16505552222@ss1.example.net"),
#undef FACT
};

static imstls_text nth_field(const imstls_sip_message *m, int id, int nth)
{
  imstls_text field = { NULL, 0 };
  for (; nth >= 0; nth--)
    ck_assert_int_eq(imstls_sip_next(m, id, &field), IMSTLS_OK);
  return field;
}

static imstls_text via_part(imstls_text field, int part)
{
  imstls_sip_via via;
  ck_assert_int_eq(imstls_sip_via_parse(field, &via), IMSTLS_OK);
  return part == TRANSPORT ? via.transport : part == HOST ? via.host : via.branch;
}

static imstls_text address_part(imstls_text field, int part)
{
  imstls_sip_address a;
  imstls_text tag;
  ck_assert_int_eq(imstls_sip_address_next(&field, &a), IMSTLS_OK);
  if (part == URI)
    return a.uri;
  if (part == DISPLAY)
    return a.display;
  if (part == PARAMS)
    return a.params;
  ck_assert_int_eq(imstls_sip_param_find(a.params, "tag", &tag), IMSTLS_OK);
  return tag;
}

START_TEST(what_they_say)
{
  parsed p = message(facts[_i].name);
  imstls_text got;
  int part = facts[_i].part;
  ck_assert_int_eq(p.rc, IMSTLS_OK);
  switch (part) {
  case METHOD: got = p.m.method; break;
  case REQUEST_URI: got = p.m.uri; break;
  case REASON: got = p.m.reason; break;
  case CALL_ID: got = p.m.first[IMSTLS_HDR_CALL_ID]; break;
  case TRANSPORT:
  case HOST:
  case BRANCH: got = via_part(nth_field(&p.m, IMSTLS_HDR_VIA, facts[_i].nth), part); break;
  default: got = address_part(nth_field(&p.m, facts[_i].id, facts[_i].nth), part); break;
  }
  ck_assert_msg(got.len == facts[_i].len && (got.len == 0 || memcmp(got.ptr, facts[_i].want, got.len) == 0),
                "%s: %.*s, not %s", facts[_i].name, (int)got.len, got.ptr ? got.ptr : "", facts[_i].want);
  free(p.block);
}
END_TEST

/* Numbers and bodies. */
START_TEST(what_they_count)
{
  static const struct {
    const char *name;
    unsigned status, cseq, forwards;
    size_t body;
  } counts[] = {
    { "wsinv", 0, 9, 68, 150 },      { "intmeth", 0, 139122385, 255, 0 }, { "mpart01", 0, 1, 70, 553 },
    { "unreason", 200, 35, 0, 154 }, { "noreason", 100, 35, 0, 0 },       { "zeromf", 0, 39234321, 0, 0 },
    { "inv2543", 0, 56, 0, 0 }, /* no Content-Length, no body: sip.h; the RFC's datagram would have one */
  };
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    parsed p = message(counts[i].name);
    uint32_t forwards = 0;
    if (p.m.count[IMSTLS_HDR_MAX_FORWARDS] != 0)
      ck_assert_int_eq(imstls_sip_number(p.m.first[IMSTLS_HDR_MAX_FORWARDS], &forwards), IMSTLS_OK);
    ck_assert_uint_eq(p.m.status, counts[i].status);
    ck_assert_uint_eq(p.m.cseq, counts[i].cseq);
    ck_assert_uint_eq(forwards, counts[i].forwards);
    ck_assert_uint_eq(p.m.body.len, counts[i].body);
    free(p.block);
  }
}
END_TEST

/* 3.1.1.8: what follows is the next message on a stream, and nothing in a datagram. */
START_TEST(dblreq)
{
  parsed p = message("dblreq");
  imstls_sip_framer framer = { .size = 0 };
  size_t skip;
  size_t len;
  ck_assert_int_eq(imstls_sip_frame(&framer, p.block, p.len, 65536, &skip, &len), IMSTLS_OK);
  ck_assert_uint_eq(len, p.m.raw.len);
  parsed next = parse(p.block + len, p.len - len);
  ck_assert_int_eq(next.rc, IMSTLS_OK);
  ck_assert(is(next.m.method, "INVITE") && next.m.cseq == 8 && next.m.body.len == 150);
  free(next.block);
  free(p.block);
}
END_TEST

/* 3.1.2.4, 3.1.2.5: the messages fall over CSeq; their other numbers are none either. */
START_TEST(numbers_beyond_32_bits)
{
  static const char *const texts[] = { "1000000000000000000000000000000000", "949302838503028349304023988",
                                       "4294967296" };
  uint32_t n;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    ck_assert_int_eq(imstls_sip_number((imstls_text){ texts[i], strlen(texts[i]) }, &n), IMSTLS_ERR_SIP_MALFORMED);
}
END_TEST

/* Each octet of a message in turn set to each value: never a crash, and what is accepted is accepted by the framer. */
START_TEST(any_octet)
{
  parsed whole = message("wsinv");
  for (size_t at = 0; at < whole.len; at++) {
    static const char octets[] = { 0,   1,   '\t', '\n', '\r', ' ',  '"', ',', '/',
                                   ':', ';', '<',  '=',  '>',  '\\', 'a', 127, (char)-1 };
    for (size_t v = 0; v < sizeof octets; v++) {
      char before = whole.block[at];
      whole.block[at] = octets[v];
      imstls_sip_framer framer = { .size = 0 };
      size_t skip;
      size_t len;
      parsed p = parse(whole.block, whole.len);
      whole.block[at] = before;
      if (p.rc == IMSTLS_OK) {
        ck_assert_int_eq(imstls_sip_frame(&framer, p.block, p.len, 65536, &skip, &len), IMSTLS_OK);
        ck_assert_uint_eq(len, p.m.raw.len);
      }
      free(p.block);
    }
  }
  free(whole.block);
}
END_TEST

Suite *sip_torture_suite(void)
{
  Suite *s = suite_create("sip_torture");
  TCase *t = tcase_create("torture");
  tcase_add_loop_test(t, torture, 0, TORTURE_COUNT);
  tcase_add_loop_test(t, what_they_say, 0, sizeof facts / sizeof facts[0]);
  tcase_add_test(t, what_they_count);
  tcase_add_test(t, dblreq);
  tcase_add_test(t, numbers_beyond_32_bits);
  tcase_add_test(t, any_octet);
  suite_add_tcase(s, t);
  return s;
}
