/* SPDX-License-Identifier: Apache-2.0 */
/* imstls_sip_parse, _next, _find, _field_next: the grammar, the limits, the prefixes. */
#include <stdio.h>

#include "sip_help.h"

Suite *sip_message_suite(void);

static const char challenge[] =
    "SIP/2.0 401 Unauthorized\r\n"
    "Via: SIP/2.0/TLS 192.0.2.10:5061;branch=z9hG4bKnashds7;rport=40123;received=192.0.2.10\r\n"
    "From: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=4fa3\r\n"
    "To: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>;tag=5ef4\r\n"
    "Call-ID: apb03a0s09dkjdfglkj49111\r\n"
    "CSeq: 1 REGISTER\r\n"
    "WWW-Authenticate: Digest realm=\"ims.mnc001.mcc001.3gppnetwork.org\","
    " nonce=\"I1U8vpY3qJ0hiuZNrke/NaponGSDUIAAkEy7RRtl3vg=\", algorithm=AKAv1-MD5,"
    " s_token=\"0123456789abcdef01234567\"\r\n"
    "Security-Server: tls;q=0.1\r\n"
    "Security-Server: ipsec-3gpp;q=0.05\r\n"
    "P-Charging-Vector: icid-value=1\r\n"
    "Content-Length: 4\r\n"
    "\r\n"
    "b\0dy";

START_TEST(a_challenge)
{
  parsed p = parse(challenge, LEN(challenge));
  ck_assert_int_eq(p.rc, IMSTLS_OK);
  const imstls_sip_message *m = &p.m;
  ck_assert_uint_eq(m->size, sizeof *m);
  ck_assert_uint_eq(m->status, 401);
  ck_assert_uint_eq(m->cseq, 1);
  ck_assert(is(m->line, "SIP/2.0 401 Unauthorized"));
  ck_assert(is(m->reason, "Unauthorized"));
  ck_assert(is(m->method, "REGISTER"));
  ck_assert_ptr_null(m->uri.ptr);
  ck_assert(text_eq(m->body, "b\0dy", 4));
  ck_assert(text_eq(m->raw, challenge, LEN(challenge)));
  ck_assert_ptr_eq(m->headers.ptr, p.block + LEN("SIP/2.0 401 Unauthorized\r\n"));
  ck_assert_ptr_eq(m->headers.ptr + m->headers.len, m->body.ptr - 2);
  ck_assert(is(m->first[IMSTLS_HDR_CALL_ID], "apb03a0s09dkjdfglkj49111"));
  ck_assert(is(m->first[IMSTLS_HDR_SECURITY_SERVER], "tls;q=0.1"));
  ck_assert_uint_eq(m->count[IMSTLS_HDR_SECURITY_SERVER], 2);
  ck_assert_uint_eq(m->count[IMSTLS_HDR_CONTACT], 0);
  ck_assert_ptr_null(m->first[IMSTLS_HDR_CONTACT].ptr);
  free(p.block);
}
END_TEST

START_TEST(a_request)
{
  static const char text[] =
      "\r\n\r\nNOTIFY sip:u@[2001:db8::1]:5061;transport=tls SIP/2.0\r\n" FIVE "CSeq: 2147483647 NOTIFY\r\n"
      "Event: reg\r\n\r\nleft over";
  parsed p = parse(text, LEN(text));
  ck_assert_int_eq(p.rc, IMSTLS_OK);
  ck_assert_uint_eq(p.m.status, 0);
  ck_assert_uint_eq(p.m.cseq, 2147483647u);
  ck_assert(is(p.m.method, "NOTIFY"));
  ck_assert(is(p.m.uri, "sip:u@[2001:db8::1]:5061;transport=tls"));
  ck_assert_ptr_null(p.m.reason.ptr);
  ck_assert_uint_eq(p.m.body.len, 0);
  ck_assert_ptr_nonnull(p.m.body.ptr);
  ck_assert_ptr_eq(p.m.raw.ptr, p.block + 4);
  ck_assert_uint_eq(p.m.raw.len, LEN(text) - 4 - LEN("left over"));
  free(p.block);
}
END_TEST

/* No prefix of a message is a message. */
START_TEST(prefixes)
{
  for (size_t len = 0; len < LEN(challenge); len++)
    ck_assert_int_eq(parse_rc(challenge, len), IMSTLS_ERR_SIP_MALFORMED);
}
END_TEST

START_TEST(usage)
{
  parsed p = parse(challenge, LEN(challenge));
  imstls_text value = { NULL, 0 };
  ck_assert_int_eq(imstls_sip_parse(NULL, p.block, 1), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_parse(&p.m, NULL, 0), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_next(NULL, IMSTLS_HDR_VIA, &value), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_next(&p.m, IMSTLS_HDR_VIA, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_next(&p.m, IMSTLS_HDR_OTHER, &value), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_next(&p.m, IMSTLS_HDR_COUNT, &value), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_find(NULL, "Via", &value), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_find(&p.m, NULL, &value), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_find(&p.m, "Via", NULL), IMSTLS_ERR_USAGE);
  free(p.block);
}
END_TEST

/* --- every name and every compact form (RFC 3261 7.3.3, 20) --- */

static const struct {
  int id;
  const char *name;
  const char *value;
} known[] = {
  { IMSTLS_HDR_CONTACT, "Contact", "<sip:a@b>" },
  { IMSTLS_HDR_CONTACT, "m", "<sip:a@b>" },
  { IMSTLS_HDR_CONTENT_LENGTH, "Content-Length", "0" },
  { IMSTLS_HDR_CONTENT_LENGTH, "l", "0" },
  { IMSTLS_HDR_EXPIRES, "Expires", "1" },
  { IMSTLS_HDR_MIN_EXPIRES, "Min-Expires", "1" },
  { IMSTLS_HDR_RETRY_AFTER, "Retry-After", "1" },
  { IMSTLS_HDR_WWW_AUTHENTICATE, "WWW-Authenticate", "Digest a=b" },
  { IMSTLS_HDR_AUTHORIZATION, "Authorization", "Digest a=b" },
  { IMSTLS_HDR_AUTHENTICATION_INFO, "Authentication-Info", "qop=auth" },
  { IMSTLS_HDR_SECURITY_CLIENT, "Security-Client", "tls" },
  { IMSTLS_HDR_SECURITY_SERVER, "Security-Server", "tls" },
  { IMSTLS_HDR_SECURITY_VERIFY, "Security-Verify", "tls" },
  { IMSTLS_HDR_SERVICE_ROUTE, "Service-Route", "<sip:a>" },
  { IMSTLS_HDR_P_ASSOCIATED_URI, "P-Associated-URI", "<sip:a>" },
  { IMSTLS_HDR_REQUIRE, "Require", "x" },
  { IMSTLS_HDR_PROXY_REQUIRE, "Proxy-Require", "x" },
  { IMSTLS_HDR_SUPPORTED, "Supported", "x" },
  { IMSTLS_HDR_SUPPORTED, "k", "x" },
  { IMSTLS_HDR_UNSUPPORTED, "Unsupported", "x" },
  { IMSTLS_HDR_RECORD_ROUTE, "Record-Route", "<sip:a>" },
  { IMSTLS_HDR_ROUTE, "Route", "<sip:a>" },
  { IMSTLS_HDR_MAX_FORWARDS, "Max-Forwards", "1" },
  { IMSTLS_HDR_FLOW_TIMER, "Flow-Timer", "1" },
  { IMSTLS_HDR_EVENT, "Event", "reg" },
  { IMSTLS_HDR_EVENT, "o", "reg" },
  { IMSTLS_HDR_CONTENT_TYPE, "Content-Type", "text/plain" },
  { IMSTLS_HDR_CONTENT_TYPE, "c", "text/plain" },
  { IMSTLS_HDR_PROXY_AUTHENTICATE, "Proxy-Authenticate", "Digest a=b" },
  { IMSTLS_HDR_PROXY_AUTHORIZATION, "Proxy-Authorization", "Digest a=b" },
};

/* case: 0 as written, 1 lower, 2 upper */
static void write_name(char *out, const char *name, int letter_case)
{
  for (; *name != '\0'; name++) {
    char c = *name;
    if (letter_case == 1 && c >= 'A' && c <= 'Z')
      c = (char)(c + 32);
    if (letter_case == 2 && c >= 'a' && c <= 'z')
      c = (char)(c - 32);
    *out++ = c;
  }
  *out = '\0';
}

START_TEST(names)
{
  for (int letter_case = 0; letter_case < 3; letter_case++) {
    char name[32];
    char text[400];
    write_name(name, known[_i].name, letter_case);
    int len = snprintf(text, sizeof text, OK_LINE FIVE CSEQ "%s : %s \r\n\r\n", name, known[_i].value);
    parsed p = parse(text, (size_t)len);
    ck_assert_int_eq(p.rc, IMSTLS_OK);
    ck_assert(is(p.m.first[known[_i].id], known[_i].value));
    ck_assert_uint_eq(p.m.count[known[_i].id], 1);
    free(p.block);
  }
}
END_TEST

/* A name of the same length and first letters is another name: each character in turn changed. */
START_TEST(near_names)
{
  size_t name_len = strlen(known[_i].name);
  for (size_t at = 0; name_len > 1 && at < name_len; at++) {
    char text[400];
    int len = snprintf(text, sizeof text, OK_LINE FIVE CSEQ "%s: %s\r\n\r\n", known[_i].name, known[_i].value);
    text[LEN(OK_LINE FIVE CSEQ) + at] = '_';
    parsed p = parse(text, (size_t)len);
    ck_assert_int_eq(p.rc, IMSTLS_OK);
    ck_assert_uint_eq(p.m.count[known[_i].id], 0);
    free(p.block);
  }
  /* nor is one a name that is cut short or goes on */
  for (size_t cut = 2; cut + 1 < name_len; cut++) {
    char text[400];
    int len = snprintf(text, sizeof text, OK_LINE FIVE CSEQ "%.*s: 1\r\n%sx: 1\r\n\r\n", (int)cut, known[_i].name,
                       known[_i].name);
    parsed p = parse(text, (size_t)len);
    if (p.rc == IMSTLS_OK)
      ck_assert_uint_eq(p.m.count[known[_i].id], 0);
    free(p.block);
  }
}
END_TEST

START_TEST(compact_and_odd)
{
  static const char text[] = "sip/2.0 200 OK\n"
                             "v: SIP/2.0/UDP h;branch=z9hG4bK1\n"
                             "V:SIP/2.0/UDP g\n"
                             "f\t : <sip:a@b>;tag=1\r\n"
                             "T:\n  <sip:a@b>\n"
                             "i:\r\n\t x\r\n \r\n"
                             "cSeQ:  0009\r\n   REGISTER  \t\r\n"
                             "s :\r\n"
                             "L: 2\n"
                             "\n"
                             "ab";
  parsed p = parse(text, LEN(text));
  imstls_text value = { NULL, 0 };
  ck_assert_int_eq(p.rc, IMSTLS_OK);
  ck_assert_uint_eq(p.m.cseq, 9);
  ck_assert(is(p.m.method, "REGISTER"));
  ck_assert(is(p.m.first[IMSTLS_HDR_CALL_ID], "x"));
  ck_assert(is(p.m.first[IMSTLS_HDR_TO], "<sip:a@b>"));
  ck_assert(is(p.m.body, "ab"));
  ck_assert_uint_eq(p.m.count[IMSTLS_HDR_VIA], 2);
  ck_assert_int_eq(imstls_sip_find(&p.m, "SUBJECT", &value), IMSTLS_OK);
  ck_assert(is(value, ""));
  free(p.block);
}
END_TEST

START_TEST(walk)
{
  static const char text[] = OK_LINE FIVE CSEQ "Service-Route: <sip:a>,\r\n <sip:b>\r\n"
                                               "X-Other: 1\r\n"
                                               "service-route:\r\n"
                                               "SERVICE-ROUTE: <sip:c> \r\n \r\n"
                                               "Refer-To: <sip:d>\r\n"
                                               "r: <sip:e>\r\n\r\n";
  parsed p = parse(text, LEN(text));
  imstls_text value = { NULL, 0 };
  ck_assert_int_eq(p.rc, IMSTLS_OK);
  ck_assert_int_eq(imstls_sip_next(&p.m, IMSTLS_HDR_SERVICE_ROUTE, &value), IMSTLS_OK);
  ck_assert(is(value, "<sip:a>,\r\n <sip:b>"));
  ck_assert_int_eq(imstls_sip_next(&p.m, IMSTLS_HDR_SERVICE_ROUTE, &value), IMSTLS_OK);
  ck_assert(is(value, ""));
  ck_assert_int_eq(imstls_sip_next(&p.m, IMSTLS_HDR_SERVICE_ROUTE, &value), IMSTLS_OK);
  ck_assert(is(value, "<sip:c>"));
  ck_assert_int_eq(imstls_sip_next(&p.m, IMSTLS_HDR_SERVICE_ROUTE, &value), IMSTLS_END);
  value = (imstls_text){ p.m.headers.ptr + p.m.headers.len, 0 };
  ck_assert_int_eq(imstls_sip_next(&p.m, IMSTLS_HDR_SERVICE_ROUTE, &value), IMSTLS_END);
  value.ptr = NULL;
  ck_assert_int_eq(imstls_sip_next(&p.m, IMSTLS_HDR_CALL_ID, &value), IMSTLS_OK);
  ck_assert_int_eq(imstls_sip_next(&p.m, IMSTLS_HDR_CALL_ID, &value), IMSTLS_END);
  value.ptr = NULL;
  ck_assert_int_eq(imstls_sip_next(&p.m, IMSTLS_HDR_ROUTE, &value), IMSTLS_END);
  ck_assert_int_eq(imstls_sip_find(&p.m, "x-oTHER", &value), IMSTLS_OK);
  ck_assert(is(value, "1"));
  ck_assert_int_eq(imstls_sip_find(&p.m, "Refer-To", &value), IMSTLS_OK);
  ck_assert(is(value, "<sip:d>"));
  ck_assert_int_eq(imstls_sip_find(&p.m, "cSEQ", &value), IMSTLS_OK);
  ck_assert(is(value, "1 REGISTER"));
  ck_assert_int_eq(imstls_sip_find(&p.m, "X-Othe", &value), IMSTLS_END);
  ck_assert_int_eq(imstls_sip_find(&p.m, "Route", &value), IMSTLS_END);
  free(p.block);
}
END_TEST

START_TEST(each_field)
{
  static const char text[] = OK_LINE FIVE CSEQ "m:\r\n <sip:a>\r\n"
                                               "X-Other : 1 \n"
                                               "r: <sip:e>\r\n\r\nbody: 1\r\n";
  static const struct {
    const char *name, *value, *raw;
    int id;
  } last[] = { { "m", "<sip:a>", "m:\r\n <sip:a>\r\n", IMSTLS_HDR_CONTACT },
               { "X-Other", "1", "X-Other : 1 \n", IMSTLS_HDR_OTHER },
               { "r", "<sip:e>", "r: <sip:e>\r\n", IMSTLS_HDR_OTHER } };
  parsed p = parse(text, LEN(text));
  imstls_sip_field field = { .raw = { NULL, 0 } };
  size_t n = 0, octets = 0;
  ck_assert_int_eq(p.rc, IMSTLS_OK);
  ck_assert_int_eq(imstls_sip_field_next(NULL, &field), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_field_next(&p.m, NULL), IMSTLS_ERR_USAGE);
  for (; imstls_sip_field_next(&p.m, &field) == IMSTLS_OK; n++) {
    ck_assert_ptr_eq(field.raw.ptr, p.m.headers.ptr + octets);
    octets += field.raw.len;
    if (n < 5)
      continue;
    ck_assert_uint_lt(n - 5, 3);
    ck_assert(is(field.name, last[n - 5].name));
    ck_assert(is(field.value, last[n - 5].value));
    ck_assert(is(field.raw, last[n - 5].raw));
    ck_assert_int_eq(field.id, last[n - 5].id);
  }
  ck_assert_uint_eq(n, 8);
  ck_assert_uint_eq(octets, p.m.headers.len);
  ck_assert_int_eq(imstls_sip_field_next(&p.m, &field), IMSTLS_END);
  free(p.block);
}
END_TEST

/* --- accepted and refused, one fault each --- */

static const struct {
  int rc;
  const char *text;
} cases[] = {
  /* start lines (RFC 3261 7.1, 7.2) */
  { IMSTLS_OK, "SIP/2.0 100 \r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_OK, "SIP/2.0 699\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_OK, "SIP/2.0 200 \xd0\x94\xd0\xb0\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "SIP/2.0 099 x\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "SIP/2.0 700 x\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "SIP/2.0 20 x\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "SIP/2.0 2O0 x\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "SIP/2.0 20\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "SIP/2.0 2000 x\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "SIP/2.0  200 x\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "SIP/3.0 200 x\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "SIP/2.0\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "SIP/2.0 \r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, " SIP/2.0 200 OK\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "SIP/2.0 200 O\rK\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "SIP/2.0 200 OK\r\n \r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_OK, "REGISTER sip:a SIP/2.0\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_OK, "REGISTER tel:+123 sip/2.0\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "REGISTER sip:a SIP/2.1\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "REGISTER sip:a SIP/2.0 \r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "REGISTER  sip:a SIP/2.0\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "REGISTER sip:a  SIP/2.0\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "REGISTER sip:a\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "REGISTER\tsip:a SIP/2.0\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "REGISTER sip:a\tSIP/2.0\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, " sip:a SIP/2.0\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "REGISTER\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "REGISTER <sip:a> SIP/2.0\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "REGISTER a SIP/2.0\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "REGISTER sip: SIP/2.0\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "REGISTER 1ip:a SIP/2.0\r\n" FIVE CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "REGI\"STER sip:a SIP/2.0\r\n" FIVE CSEQ "\r\n" },
  /* CSeq */
  { IMSTLS_OK, OK_LINE FIVE "CSeq: 0 REGISTER\r\n\r\n" },
  { IMSTLS_OK, OK_LINE FIVE "CSeq: 2147483647 REGISTER\r\n\r\n" },
  { IMSTLS_OK, OK_LINE FIVE "CSeq: 00000000000000000000000000000001 REGISTER\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE "CSeq: 2147483648 REGISTER\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE "CSeq: 4294967297 REGISTER\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE "CSeq: 18446744073709551617 REGISTER\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE "CSeq: -1 REGISTER\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE "CSeq: 1REGISTER\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE "CSeq: 1\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE "CSeq: REGISTER\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE "CSeq: 1 REG ISTER\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE "CSeq: 1 REGISTER, INVITE\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "REGISTER sip:a SIP/2.0\r\n" FIVE "CSeq: 1 register\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, "REGISTER sip:a SIP/2.0\r\n" FIVE "CSeq: 1 INVITE\r\n\r\n" },
  /* header syntax */
  { IMSTLS_OK, OK_LINE FIVE CSEQ "X-Any: \"\x01\x80 :;,\r\n\r\n" },
  { IMSTLS_OK, OK_LINE FIVE CSEQ "X!%*_+`'~.9:\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "X(: 1\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "X y: 1\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ ": 1\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "X\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "X\r\n : 1\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "X: 1\r2\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "X: 1\r\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "X: 1\r\nContent-Length: 0\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "X: 1\r\nContent-Length: 0\r\n\r" },
  /* quotes */
  { IMSTLS_OK, OK_LINE FIVE CSEQ "Contact: \"a\\\"b\\\\\" <sip:a>\r\n\r\n" },
  { IMSTLS_OK, OK_LINE FIVE CSEQ "Contact: \"a\r\n b\" <sip:a>\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "Route: \"a <sip:a>\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "Authentication-Info: a=\"\\\"\r\n\r\n" },
  /* lists whose reader passes over what is odd */
  { IMSTLS_OK, OK_LINE FIVE CSEQ "Contact: \"a <sip:a>\r\n\r\n" },
  { IMSTLS_OK, OK_LINE FIVE CSEQ "Contact: \"a\\\" <sip:a>\r\n\r\n" },
  { IMSTLS_OK, OK_LINE FIVE CSEQ "WWW-Authenticate: Digest realm=\"a\\\\\"\"\r\n\r\n" },
  { IMSTLS_OK, OK_LINE FIVE CSEQ "Security-Server: tls;x=\"\r\n\r\n" },
  { IMSTLS_OK, "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS a\r\nf: <sip:a>\r\nt: <sip:a>\r\ni: a\"b\r\n" CSEQ "\r\n" },
  /* each of the five missing or empty (RFC 3261 8.1.1) */
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE "f: <sip:a>\r\nt: <sip:a>\r\ni: 1\r\n" CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE "v: SIP/2.0/TLS a\r\nt: <sip:a>\r\ni: 1\r\n" CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE "v: SIP/2.0/TLS a\r\nf: <sip:a>\r\ni: 1\r\n" CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE "v: SIP/2.0/TLS a\r\nf: <sip:a>\r\nt: <sip:a>\r\n" CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE "v:\r\nf: <sip:a>\r\nt: <sip:a>\r\ni: 1\r\n" CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE "v: SIP/2.0/TLS a\r\nf:\r\nt: <sip:a>\r\ni: 1\r\n" CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE "v: SIP/2.0/TLS a\r\nf: <sip:a>\r\nt:\r\ni: 1\r\n" CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE "v: SIP/2.0/TLS a\r\nf: <sip:a>\r\nt: <sip:a>\r\ni:\r\n" CSEQ "\r\n" },
  /* single-value headers repeated; lists may be (RFC 3261 7.3.1) */
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ CSEQ "\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "f: <sip:a>\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "t: <sip:a>\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "i: c1\r\n\r\n" },
  { IMSTLS_OK, OK_LINE FIVE CSEQ "Expires: 1\r\nExpires: 1\r\n\r\n" }, /* met in the field: the smaller counts */
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "Min-Expires: 1\r\nMin-Expires: 1\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "Retry-After: 1\r\nRetry-After: 1\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "Max-Forwards: 1\r\nMax-Forwards: 1\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "Flow-Timer: 1\r\nFlow-Timer: 1\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "Event: reg\r\no: reg\r\n\r\n" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "Content-Type: a/b\r\nc: a/b\r\n\r\n" },
  { IMSTLS_OK, OK_LINE FIVE CSEQ "WWW-Authenticate: A x=1\r\nWWW-Authenticate: B x=1\r\nm: *\r\nm: *\r\n\r\n" },
  /* Content-Length */
  { IMSTLS_OK, OK_LINE FIVE CSEQ "Content-Length: 2\r\nl: 02\r\n\r\nab" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "Content-Length: 2\r\nl: 1\r\n\r\nab" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "Content-Length: 2\r\nl: 2\r\nl: 1\r\n\r\nab" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "l: 3\r\n\r\nab" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "l: -1\r\n\r\nab" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "l: +1\r\n\r\nab" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "l: 1 1\r\n\r\nab" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "l: 0x1\r\n\r\nab" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "l:\r\n\r\nab" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "l: 4294967296\r\n\r\nab" },
  { IMSTLS_ERR_SIP_MALFORMED, OK_LINE FIVE CSEQ "l: 18446744073709551618\r\n\r\nab" },
};

START_TEST(grammar)
{
  int rc = parse_rc(cases[_i].text, strlen(cases[_i].text));
  ck_assert_msg(rc == cases[_i].rc, "%d for\n%s", rc, cases[_i].text);
}
END_TEST

START_TEST(nuls)
{
  static const char in_value[] = OK_LINE FIVE CSEQ "Contact: \"a\\\0b\" <sip:a>\r\nX: \0\r\n\r\n";
  static const char in_name[] = OK_LINE FIVE CSEQ "X\0Y: 1\r\n\r\n";
  static const char in_uri[] = "REGISTER sip:\0a SIP/2.0\r\n" FIVE CSEQ "\r\n";
  static const char in_line[] = "SIP/2.0 200 O\0K\r\n" FIVE CSEQ "\r\n";
  parsed p = parse(in_value, LEN(in_value));
  ck_assert_int_eq(p.rc, IMSTLS_OK);
  ck_assert(text_eq(p.m.first[IMSTLS_HDR_CONTACT], "\"a\\\0b\" <sip:a>", 14));
  free(p.block);
  ck_assert_int_eq(parse_rc(in_name, LEN(in_name)), IMSTLS_ERR_SIP_MALFORMED);
  ck_assert_int_eq(parse_rc(in_uri, LEN(in_uri)), IMSTLS_ERR_SIP_MALFORMED);
  ck_assert_int_eq(parse_rc(in_line, LEN(in_line)), IMSTLS_OK);
}
END_TEST

/* --- limits, at them and one above --- */

static char big[64 * 1024];

/* start line, headers, then one header or start line of `line` octets without its line end */
static size_t long_line(size_t line, const char *line_end, bool folded)
{
  size_t len = LEN(OK_LINE FIVE CSEQ);
  memcpy(big, OK_LINE FIVE CSEQ, len);
  memset(big + len, 'x', line);
  big[len + 1] = ':';
  if (folded)
    memcpy(big + len + line / 2, "\r\n ", 3);
  len += line;
  len += (size_t)sprintf(big + len, "%s\r\n", line_end);
  return len;
}

START_TEST(line_limit)
{
  static const char *const ends[] = { "\r\n", "\n" };
  for (int i = 0; i < 4; i++) {
    size_t len = long_line(IMSTLS_SIP_LINE_MAX, ends[i & 1], i > 1);
    ck_assert_int_eq(parse_rc(big, len), IMSTLS_OK);
    len = long_line(IMSTLS_SIP_LINE_MAX + 1, ends[i & 1], i > 1);
    ck_assert_int_eq(parse_rc(big, len), IMSTLS_ERR_SIP_OVERSIZED);
  }
  size_t len = long_line(IMSTLS_SIP_LINE_MAX + 3, "", false); /* no line end in sight */
  ck_assert_int_eq(parse_rc(big, len - 2), IMSTLS_ERR_SIP_OVERSIZED);
}
END_TEST

START_TEST(start_line_limit)
{
  for (size_t over = 0; over < 2; over++) {
    memset(big, 'r', IMSTLS_SIP_LINE_MAX + over);
    memcpy(big, OK_LINE, LEN(OK_LINE) - 2);
    size_t len = IMSTLS_SIP_LINE_MAX + over;
    len += (size_t)sprintf(big + len, "\r\n" FIVE CSEQ "\r\n");
    ck_assert_int_eq(parse_rc(big, len), over != 0 ? IMSTLS_ERR_SIP_OVERSIZED : IMSTLS_OK);
  }
  memset(big, 'r', IMSTLS_SIP_LINE_MAX + 2);
  ck_assert_int_eq(parse_rc(big, IMSTLS_SIP_LINE_MAX + 1), IMSTLS_ERR_SIP_MALFORMED);
  ck_assert_int_eq(parse_rc(big, IMSTLS_SIP_LINE_MAX + 2), IMSTLS_ERR_SIP_OVERSIZED);
}
END_TEST

START_TEST(header_limit)
{
  for (int count = IMSTLS_SIP_HEADERS_MAX; count <= IMSTLS_SIP_HEADERS_MAX + 1; count++) {
    size_t len = LEN(OK_LINE FIVE CSEQ);
    memcpy(big, OK_LINE FIVE CSEQ, len);
    for (int i = 5; i < count; i++)
      len += (size_t)sprintf(big + len, "m: *\r\n");
    len += (size_t)sprintf(big + len, "\r\n");
    parsed p = parse(big, len);
    ck_assert_int_eq(p.rc, count > IMSTLS_SIP_HEADERS_MAX ? IMSTLS_ERR_SIP_OVERSIZED : IMSTLS_OK);
    if (p.rc == IMSTLS_OK)
      ck_assert_uint_eq(p.m.count[IMSTLS_HDR_CONTACT], IMSTLS_SIP_HEADERS_MAX - 5);
    free(p.block);
  }
}
END_TEST

Suite *sip_message_suite(void)
{
  Suite *s = suite_create("sip_message");
  TCase *t = tcase_create("parse");
  tcase_add_test(t, a_challenge);
  tcase_add_test(t, a_request);
  tcase_add_test(t, prefixes);
  tcase_add_test(t, usage);
  tcase_add_loop_test(t, names, 0, sizeof known / sizeof known[0]);
  tcase_add_loop_test(t, near_names, 0, sizeof known / sizeof known[0]);
  tcase_add_test(t, compact_and_odd);
  tcase_add_test(t, walk);
  tcase_add_test(t, each_field);
  tcase_add_loop_test(t, grammar, 0, sizeof cases / sizeof cases[0]);
  tcase_add_test(t, nuls);
  tcase_add_test(t, line_limit);
  tcase_add_test(t, start_line_limit);
  tcase_add_test(t, header_limit);
  suite_add_tcase(s, t);
  return s;
}
