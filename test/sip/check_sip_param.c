/* SPDX-License-Identifier: Apache-2.0 */
/* What stands inside a value: lists, parameters, authentication parameters, numbers, Via, addresses. Each walk is
 * compared with one line of text, in which a fault is '!' and an absent value '-'. */
#include <stdio.h>

#include "sip_help.h"

Suite *sip_param_suite(void);

typedef struct walk {
  const char *text;
  const char *want;
} walk;

static char line[1024];

static void add(imstls_text text)
{
  size_t at = strlen(line);
  if (text.ptr == NULL) {
    strcat(line, "-");
    return;
  }
  ck_assert_uint_lt(at + text.len + 2, sizeof line);
  memcpy(line + at, text.ptr, text.len);
  line[at + text.len] = '\0';
}

/* What cannot be read is passed over: `rest` gets shorter each time. */
static void add_fault(int rc)
{
  ck_assert_int_eq(rc, IMSTLS_ERR_SIP_MALFORMED);
  strcat(line, "!");
}

static void add_end(int rc, imstls_text before, imstls_text after)
{
  if (rc != IMSTLS_END) {
    ck_assert_int_eq(rc, IMSTLS_ERR_SIP_MALFORMED);
    ck_assert_ptr_eq(before.ptr, after.ptr); /* a failure writes nothing */
    ck_assert_uint_eq(before.len, after.len);
    strcat(line, "!");
  }
}

/* Runs `walker` over the text and over each of its prefixes, in exact blocks. */
static void run(const walk *w, void (*walker)(imstls_text))
{
  size_t len = strlen(w->text);
  for (size_t n = 0; n <= len; n++) {
    char *block = heap_copy(w->text, n);
    line[0] = '\0';
    walker((imstls_text){ block, n });
    free(block);
  }
  ck_assert_str_eq(line, w->want);
}

/* --- comma lists --- */

static const walk lists[] = {
  { "", "" },
  { " \t\r\n ", "" },
  { "a", "[a]" },
  { " a , b,c \r\n ,\r\n d ", "[a][b][c][d]" },
  { "a,", "[a]" },
  { "a, ,b", "[a][b]" },
  { ", ,a", "[a]" },
  { ",", "" },
  { "a,,b , ", "[a][b]" },
  { "tls;q=0.1, ipsec-3gpp;q=0.05", "[tls;q=0.1][ipsec-3gpp;q=0.05]" },
  { "\"a,b\", c", "[\"a,b\"][c]" },
  { "\"a\\\",b\", c", "[\"a\\\",b\"][c]" },
  { "\"a\\\\\",b, c", "[\"a\\\\\"][b][c]" },
  { "\"a,b", "!" },
  { "a\"", "!" },
  { "<sip:a,b>;x, <sip:c>", "[<sip:a,b>;x][<sip:c>]" },
  { "<sip:a,b", "!" },
  { "\"<\", b", "[\"<\"][b]" },
  { "<\">, b", "[<\">][b]" },
  { "a>b, c", "[a>b][c]" },
};

static void walk_list(imstls_text rest)
{
  imstls_text item;
  imstls_text before = rest;
  int rc;
  while ((rc = imstls_sip_list_next(&rest, &item)) == IMSTLS_OK) {
    strcat(line, "[");
    add(item);
    strcat(line, "]");
    before = rest;
  }
  if (rc != IMSTLS_END)
    add_end(rc, before, rest);
}

START_TEST(list) { run(&lists[_i], walk_list); }
END_TEST

/* --- ;name=value --- */

static const walk params[] = {
  { "", "" },
  { "  \r\n ", "" },
  { ";lr", "[lr=-]" },
  { " ; tag \r\n =\r\n 1 ;\tx", "[tag=1][x=-]" },
  { ";a=\"b;c\\\"\";d=[2001:db8::1]", "[a=b;c\\\"][d=[2001:db8::1]]" },
  { ";a=\"\"", "[a=]" },
  { ";a=1=2", "[a=1=2]" },
  { ";+g.3gpp.icsi-ref=\"urn%3Aurn-7\"", "[+g.3gpp.icsi-ref=urn%3Aurn-7]" },
  { "a=1", "!" },
  { "ab=1", "!" },
  { "a;b", "![b=-]" },
  { ";", "" },
  { ";;a", "[a=-]" },
  { ";a; ", "[a=-]" },
  { ";a=", "!" },
  { ";a=;b", "![b=-]" },
  { ";=1", "!" },
  { ";=\"x;y\"; ;b", "![b=-]" },
  { ";=\"x;b", "!" },
  { ";a=1 2", "!" },
  { ";a b", "!" },
  { ";a=\"1\"2", "!" },
  { ";a=\"1", "!" },
  { ";a=1,b", "!" },
  { ";a=<1>", "!" },
  { ";a=\x80", "!" },
};

static void walk_params(imstls_text rest)
{
  imstls_text name;
  imstls_text value;
  imstls_text before = rest;
  int rc;
  while ((rc = imstls_sip_param_next(&rest, &name, &value)) != IMSTLS_END) {
    ck_assert_uint_lt(rest.len, before.len);
    before = rest;
    if (rc != IMSTLS_OK) {
      add_fault(rc);
      continue;
    }
    strcat(line, "[");
    add(name);
    strcat(line, "=");
    add(value);
    strcat(line, "]");
  }
}

START_TEST(param) { run(&params[_i], walk_params); }
END_TEST

START_TEST(param_find)
{
  static const imstls_text text = { ";Expires=60;lr;expires=\"70\";x=", 31 };
  imstls_text value;
  ck_assert_int_eq(imstls_sip_param_find(text, "eXpires", &value), IMSTLS_OK);
  ck_assert(is(value, "60"));
  ck_assert_int_eq(imstls_sip_param_find(text, "LR", &value), IMSTLS_OK);
  ck_assert_ptr_null(value.ptr);
  ck_assert_int_eq(imstls_sip_param_find(text, "tag", &value), IMSTLS_ERR_SIP_MALFORMED);
  ck_assert_int_eq(imstls_sip_param_find((imstls_text){ text.ptr, 14 }, "tag", &value), IMSTLS_END);
  ck_assert_int_eq(imstls_sip_param_find((imstls_text){ NULL, 0 }, "tag", &value), IMSTLS_END);
}
END_TEST

/* --- authentication parameters --- */

static const walk auths[] = {
  { "", "" },
  { " realm=\"a\", qop=\"auth,auth-int\" , stale = FALSE", "[realm=a\"][qop=auth,auth-int\"][stale=FALSE]" },
  { " qop=auth,nonce=I1U8/+==", "[qop=auth][nonce=I1U8/+==]" },
  { "realm=\"a\\\"b\\\\\",x=\"\"", "[realm=a\\\"b\\\\\"][x=\"]" },
  { "s_token=\"00\"\r\n ,\r\n s_token=\"11\"", "[s_token=00\"][s_token=11\"]" },
  { "a", "!" },
  { "a=", "!" },
  { "a=,b=1", "!" },
  { "=1", "!" },
  { "a=1,", "[a=1]" },
  { "a=1,,b=2", "[a=1][b=2]" },
  { ",a=1", "[a=1]" },
  { "a=\"1", "!" },
  { "a=\"1\\\"", "!" },
  { "a=\"1\" b=2", "!" },
  { "a=1 b=2", "!" },
  { "a=1\"", "!" },
};

static void walk_auth(imstls_text rest)
{
  imstls_text name;
  imstls_text value;
  imstls_text before = rest;
  int quoted;
  int rc;
  while ((rc = imstls_sip_auth_param_next(&rest, &name, &value, &quoted)) == IMSTLS_OK) {
    strcat(line, "[");
    add(name);
    strcat(line, "=");
    add(value);
    strcat(line, quoted ? "\"]" : "]");
    before = rest;
  }
  add_end(rc, before, rest);
}

START_TEST(auth) { run(&auths[_i], walk_auth); }
END_TEST

/* --- numbers --- */

static const struct {
  const char *text;
  int rc;
  uint32_t number;
} numbers[] = {
  { "0", IMSTLS_OK, 0 },
  { " 600000 ", IMSTLS_OK, 600000 },
  { "0068", IMSTLS_OK, 68 },
  { "4294967295", IMSTLS_OK, 4294967295u },
  { "00000000000000000000000000007", IMSTLS_OK, 7 },
  { "4294967296", IMSTLS_ERR_SIP_MALFORMED, 0 },
  { "4294967297", IMSTLS_ERR_SIP_MALFORMED, 0 },
  { "18446744073709551617", IMSTLS_ERR_SIP_MALFORMED, 0 },
  { "99999999999999999999999999999999999", IMSTLS_ERR_SIP_MALFORMED, 0 },
  { "120 (busy)", IMSTLS_OK, 120 },
  { "120;duration=3600", IMSTLS_OK, 120 },
  { "120\r\n ;x", IMSTLS_OK, 120 },
  { "", IMSTLS_ERR_SIP_MALFORMED, 0 },
  { " ", IMSTLS_ERR_SIP_MALFORMED, 0 },
  { "-1", IMSTLS_ERR_SIP_MALFORMED, 0 },
  { "+1", IMSTLS_ERR_SIP_MALFORMED, 0 },
  { "x1", IMSTLS_ERR_SIP_MALFORMED, 0 },
  { "1x", IMSTLS_ERR_SIP_MALFORMED, 0 },
  { "1 2", IMSTLS_ERR_SIP_MALFORMED, 0 },
  { "1.5", IMSTLS_ERR_SIP_MALFORMED, 0 },
};

START_TEST(number)
{
  char *block = heap_copy(numbers[_i].text, strlen(numbers[_i].text));
  uint32_t value = 77;
  ck_assert_int_eq(imstls_sip_number((imstls_text){ block, strlen(numbers[_i].text) }, &value), numbers[_i].rc);
  ck_assert_uint_eq(value, numbers[_i].rc == IMSTLS_OK ? numbers[_i].number : 77);
  free(block);
}
END_TEST

/* --- Via: transport host port branch received rport, '+' when another follows --- */

static const walk vias[] = {
  { "SIP/2.0/TLS h", "TLS h - - - -" },
  { "SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bK1;rport=4;received=192.0.2.2",
    "TLS 192.0.2.1 5061 z9hG4bK1 192.0.2.2 4" },
  { "SIP / 2.0\r\n /UDP\r\n   192.0.2.2 : 5060 ;Branch = x ;RPORT", "UDP 192.0.2.2 5060 x - " },
  { "SIP/2.0/TCP [2001:db8::9:1]:5061;received=[2001:db8::1];branch=b", "TCP [2001:db8::9:1] 5061 b [2001:db8::1] -" },
  { "SIP/2.0/TCP [::ffff:192.0.2.1];received=2001:db8::1", "TCP [::ffff:192.0.2.1] - - 2001:db8::1 -" },
  { "SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b;branch=2", "UDP a - 1 - -+" },
  { "SIP/2.0/UDP a:5060,SIP/2.0/UDP b", "UDP a 5060 - - -+" },
  { "SIP/2.0/X-New_1 a;keep;maddr=224.0.0.1;x=\",;\"", "X-New_1 a - - - -" },
  { "", "!" },
  { "SIP/2.0 h", "!" },
  { "SIP/2.0/TLS", "!" },
  { "SIP/2.0/TLS ", "!" },
  { "SIP/2.0/TLS;branch=1", "!" },
  { "SIP/2.0/TLS[::1]", "!" },
  { "SIP/2.0/ h", "!" },
  { "/2.0/TLS h", "!" },
  { "SIP/2.0/TLS h:", "!" },
  { "SIP/2.0/TLS h:x", "!" },
  { "SIP/2.0/TLS h:65536", "!" },
  { "SIP/2.0/TLS h:65535", "TLS h 65535 - - -" },
  { "SIP/2.0/TLS h h", "!" },
  { "SIP/2.0/TLS 2001:db8::1", "!" },
  { "SIP/2.0/TLS [2001:db8::1", "!" },
  { "SIP/2.0/TLS []", "!" },
  { "SIP/2.0/TLS [a b]", "!" },
  { "SIP/2.0/TLS h;", "TLS h - - - -" },
  { "SIP/2.0/TLS h;branch=1;;x", "TLS h - 1 - -" },
  { "SIP/2.0/TLS h; , SIP/2.0/TLS i", "TLS h - - - -+" },
  { "SIP/2.0/TLS h;branch=", "!" },
  { "SIP/2.0/TLS h;branch=\"1", "!" },
  { "SIP/2.0/TLS h;branch=1;branch=1", "!" },
  { "SIP/2.0/TLS h;rport;rport=1", "!" },
  { "SIP/2.0/TLS h;received=a;received=a", "!" },
  { "SIP/2.0/TLS h, ,", "TLS h - - - -" },
  { "SIP/2.0/TLS h;x y", "!" },
};

static void walk_via(imstls_text value)
{
  static const imstls_sip_via empty;
  imstls_sip_via via = { .branch = { "x", 1 } };
  int rc = imstls_sip_via_parse(value, &via);
  if (rc != IMSTLS_OK) {
    ck_assert_int_eq(rc, IMSTLS_ERR_SIP_MALFORMED);
    ck_assert_mem_eq(&via, &empty, sizeof via);
    strcat(line, "!");
    return;
  }
  const imstls_text parts[] = { via.transport, via.host, via.port, via.branch, via.received, via.rport };
  for (size_t i = 0; i < 6; i++) {
    if (i > 0)
      strcat(line, " ");
    add(parts[i]);
  }
  if (via.more)
    strcat(line, "+");
}

START_TEST(via) { run(&vias[_i], walk_via); }
END_TEST

/* --- addresses: display uri params --- */

static const walk addresses[] = {
  { "", "" },
  { "<sip:a@b>", "[- sip:a@b ]" },
  { "caller<sip:caller@example.com>;tag=323", "[caller sip:caller@example.com ;tag=323]" },
  { "\"A, \\\"B\\\" <x>\" \r\n <sip:a@b;lr?h=v> ; tag = 1 ", "[\"A, \\\"B\\\" <x>\" sip:a@b;lr?h=v ; tag = 1]" },
  { "sip:a@b;tag=1", "[- sip:a@b ;tag=1]" },
  { "sip:a@b , sip:c@d;x, <tel:+1>;y=\",\" ,e f <sip:g>", "[- sip:a@b ][- sip:c@d ;x][- tel:+1 ;y=\",\"][e f sip:g ]" },
  { "*", "[- * ]" },
  { " * ;x", "[- * ;x]" },
  { "<sip:[2001:db8::1]:5061;transport=tls>;expires=60;+sip.instance=\"<urn:uuid:1>\"",
    "[- sip:[2001:db8::1]:5061;transport=tls ;expires=60;+sip.instance=\"<urn:uuid:1>\"]" },
  { "<sip:null-%00-null@example.com>", "[- sip:null-%00-null@example.com ]" },
  { "\xd0\x94 <sip:a>", "[\xd0\x94 sip:a ]" },
  { "\"\" <sip:a>", "[\"\" sip:a ]" },
  { "<>", "!" },
  { "<a>", "!" },
  { "<sip:>", "!" },
  { "<*>", "!" },
  { "sip:", "!" },
  { "a@b", "!" },
  { ";tag=1", "!" },
  { "**", "!" },
  { "<sip:a", "!" },
  { "<sip:a>x", "!" },
  { "<sip:a> <sip:b>", "!" },
  { ", <sip:>;expires=60, <sip:a@b>;expires=600,, : <sip:c>, \"x\" <sip:d>",
    "![- sip:a@b ;expires=600]![\"x\" sip:d ]" },
  { "< sip:a>", "!" },
  { "<sip:a >", "!" },
  { "<sip:a<b>", "!" },
  { "<sip:a\"b>", "!" },
  { "sip:a b", "!" },
  { "sip:a?Route=%3Csip:x%3E", "!" },
  { "sip:a <sip:b>", "!" },
  { "a@b <sip:b>", "!" },
  { "a \"b\" <sip:b>", "!" },
  { "\"a\" b <sip:b>", "!" },
  { "\"a\" sip:b", "!" },
  { "\"a <sip:b>", "!" },
  { "Bell, Alexander <sip:a.g.bell@example.com>", "![Alexander sip:a.g.bell@example.com ]" },
  { "<sip:a>,", "[- sip:a ]" },
  { "<sip:a>,,<sip:b>", "[- sip:a ][- sip:b ]" },
  { "<sip:a>;x=\"", "!" },
  { "<sip:a>;x=<", "!" },
};

static void walk_addresses(imstls_text rest)
{
  imstls_sip_address address;
  imstls_text before = rest;
  int rc;
  while ((rc = imstls_sip_address_next(&rest, &address)) != IMSTLS_END) {
    ck_assert_uint_lt(rest.len, before.len);
    before = rest;
    if (rc != IMSTLS_OK) {
      add_fault(rc);
      continue;
    }
    strcat(line, "[");
    add(address.display);
    strcat(line, " ");
    add(address.uri);
    strcat(line, " ");
    add(address.params);
    strcat(line, "]");
  }
}

START_TEST(address) { run(&addresses[_i], walk_addresses); }
END_TEST

START_TEST(text_is)
{
  ck_assert_int_eq(imstls_text_is((imstls_text){ "TLS", 3 }, "tls"), 1);
  ck_assert_int_eq(imstls_text_is((imstls_text){ "TLS", 2 }, "tls"), 0);
  ck_assert_int_eq(imstls_text_is((imstls_text){ "TLSx", 4 }, "tls"), 0);
  ck_assert_int_eq(imstls_text_is((imstls_text){ "tls\0", 4 }, "tls"), 0);
  ck_assert_int_eq(imstls_text_is((imstls_text){ "@", 1 }, "`"), 0);
  ck_assert_int_eq(imstls_text_is((imstls_text){ "", 0 }, ""), 1);
  ck_assert_int_eq(imstls_text_is((imstls_text){ NULL, 0 }, ""), 0);
  ck_assert_int_eq(imstls_text_is((imstls_text){ "", 0 }, NULL), 0);
}
END_TEST

/* NULL arguments, and absent texts, which have nothing in them. */
START_TEST(usage)
{
  imstls_text none = { NULL, 0 };
  imstls_text a;
  imstls_text b;
  imstls_sip_via via_out;
  imstls_sip_address address_out;
  uint32_t n;
  ck_assert_int_eq(imstls_sip_list_next(&none, &a), IMSTLS_END);
  ck_assert_int_eq(imstls_sip_param_next(&none, &a, &b), IMSTLS_END);
  ck_assert_int_eq(imstls_sip_auth_param_next(&none, &a, &b, NULL), IMSTLS_END);
  ck_assert_int_eq(imstls_sip_address_next(&none, &address_out), IMSTLS_END);
  ck_assert_int_eq(imstls_sip_via_parse(none, &via_out), IMSTLS_ERR_SIP_MALFORMED);
  ck_assert_int_eq(imstls_sip_number(none, &n), IMSTLS_ERR_SIP_MALFORMED);
  ck_assert_int_eq(imstls_sip_list_next(NULL, &a), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_list_next(&none, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_param_next(NULL, &a, &b), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_param_next(&none, NULL, &b), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_param_next(&none, &a, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_auth_param_next(NULL, &a, &b, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_auth_param_next(&none, NULL, &b, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_auth_param_next(&none, &a, NULL, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_address_next(NULL, &address_out), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_address_next(&none, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_via_parse(none, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_number(none, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_param_find(none, NULL, &a), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_sip_param_find(none, "a", NULL), IMSTLS_ERR_USAGE);
}
END_TEST

#define LOOP(test, table) tcase_add_loop_test(t, test, 0, sizeof(table) / sizeof(table)[0])

Suite *sip_param_suite(void)
{
  Suite *s = suite_create("sip_param");
  TCase *t = tcase_create("values");
  LOOP(list, lists);
  LOOP(param, params);
  LOOP(auth, auths);
  LOOP(number, numbers);
  LOOP(via, vias);
  LOOP(address, addresses);
  tcase_add_test(t, param_find);
  tcase_add_test(t, text_is);
  tcase_add_test(t, usage);
  suite_add_tcase(s, t);
  return s;
}
