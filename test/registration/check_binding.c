/* SPDX-License-Identifier: Apache-2.0 */
/* Our binding in a 200: which it is, how long, and when it is refreshed (TS 24.229 5.1.1.2, 5.1.1.4.1). */
#include "registration/binding.h"

#include "registration_help.h"

static imstls_i_binding ours(void)
{
  imstls_i_binding b = { .contact_user = "0123456789abcdef" };
  static char texts[160];
  b.texts = (imstls_i_buffer){ texts, sizeof texts, 0 };
  imstls_i_binding_init(&b);
  return b;
}

#define URI "sip:0123456789abcdef@192.0.2.1:5061;transport=tls"
#define OURS "<" URI ">"
#define OTHER "<sip:fedcba9876543210@192.0.2.9>"
#define OTHERS OTHER ";expires=77"
#define INSTANCE ";+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000a95a0e128>\""
enum { ASKED = 1111 };

static imstls_i_own_contact own(void)
{
  return (imstls_i_own_contact){ .uri = text_of(URI),
                                 .instance = "urn:uuid:00000000-0000-1000-8000-000A95A0E128",
                                 .reg_id = 1,
                                 .asked_s = ASKED,
                                 .impu = text_of("sip:alice@example.org"),
                                 .domain = text_of("ims.example") };
}

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
  { "Contact: " OTHERS ", " OURS ";expires=600\r\n", 600 },
  { "Contact: " OTHERS "\r\nContact: " OTHERS "," OTHERS ", " OURS ";expires=600\r\n", 600 },
  { "m: " OURS ";expires=600\r\n", 600 },
  /* the time: its own, else Expires, the smaller of two, else what was asked */
  { "Contact: " OURS "\r\n", ASKED },
  { "Contact: " OURS ";expires\r\nExpires: 500\r\n", 500 },
  { "Contact: " OURS ";expires=soon\r\nExpires: 500\r\n", 500 },
  { "Contact: " OURS ";expires=4294967295\r\n", 4294967295 },
  { "Contact: " OURS ";expires=4294967296\r\n", ASKED },
  { "Contact: " OURS "\r\nExpires: 500\r\nExpires: 400\r\nExpires: 600\r\nExpires: x\r\n", 400 },
  { "Contact: " OURS "\r\nExpires: x\r\n", ASKED },
  { "Contact: " OURS ";;=;expires=600;\r\n", 600 },
  { "Contact: " OURS ";expires=0\r\nExpires: 500\r\n", 0 },
  { "Contact: " OURS "\r\nExpires: 0\r\n", 0 },
  { "Contact: " OURS "\r\nExpires: 500\r\nExpires: 0\r\n", 0 },
  /* what cannot be read does not hide it (JsSIP#699) */
  { "Contact: <sip:other@192.0.2.3:5060;transport=udp>;expires=390,: " OURS ";expires=30, " OURS ";expires=31\r\n",
    31 },
  { "Contact: <sip:>;expires=60, " OURS ";expires=600\r\n", 600 },
  { "Contact: \"x <sip:a@b>\r\nContact: , " OURS ";expires=600,\r\n", 600 },
  /* its URI in other words (RFC 3261 19.1.4) */
  { "Contact: <SIP:%30123456789abcdef@192.0.2.1;Transport=TLS>;expires=9, " OTHERS "\r\n", 9 },
  { "Contact: <sip:0123456789abcdef@192.0.2.7>;expires=7, " OURS ";expires=9\r\n", 9 }, /* of another flow, before */
  /* the instance, rewritten by a border controller among others */
  { "Contact: " OTHERS ", <sip:x@192.0.2.8>" INSTANCE ";reg-id=1;expires=9\r\n", 9 },
  { "Contact: " OTHERS ", <sip:x@192.0.2.8>" INSTANCE ";expires=9\r\n", 9 }, /* a registrar without outbound */
  { "Contact: " OTHERS ", <sip:x@192.0.2.8>" INSTANCE ";reg-id=2;expires=9\r\n", 0 },
  { "Contact: " OTHERS ", <sip:x@192.0.2.8>;+sip.instance=\"<urn:x>\";reg-id=1;expires=9\r\n", 0 },
  { "Contact: " OTHERS ", <sip:x@192.0.2.8>;+sip.instance=\"\";reg-id=1;expires=9\r\n", 0 },
  { "Contact: " OURS ";expires=9, <sip:x@192.0.2.8>" INSTANCE ";expires=8\r\n", 9 },
  /* our random user part, at another host */
  { "Contact: " OTHERS ", <sip:0123456789abcdef@h>;expires=4294967295\r\n", 4294967295 },
  { "Contact: " OTHERS ", sip:0123456789abcdef@h;expires=9\r\n", 9 },
  { "Contact: " OTHERS ", <sip:0123456789abcdeg@h>;expires=9\r\n", 0 },
  { "Contact: " OTHERS ", <sip:0123456789abcde@h>;expires=9\r\n", 0 },
  { "Contact: " OTHERS ", <sip:0123456789abcdef0@h>;expires=9\r\n", 0 },
  { "Contact: " OTHERS ", <sip:0123456789abcdef>;expires=9\r\n", 0 },
  { "Contact: " OTHERS ", <tel:0123456789abcdef@h>;expires=9\r\n", 0 },
  { "Contact: " OTHERS ", <sip:x@h;y=sip:0123456789abcdef@h>;expires=9\r\n", 0 },
  { "Contact: " OTHERS ", \"sip:0123456789abcdef@h\" <sip:x@h>;expires=9\r\n", 0 },
  /* the only one there (pjproject#534) */
  { "Contact: <sip:x@192.0.2.8>;expires=1200\r\n", 1200 },
  { "Contact: " OTHERS ", <sip:>\r\n", 0 }, /* one of two may be ours */
  { "Contact: " OTHERS ", " OTHERS "\r\n", 0 },
  { "", 0 },
  { "Expires: 500\r\n", 0 },
  { "Contact: *, " OTHERS "\r\nExpires: 500\r\n", 0 },
};

START_TEST(found)
{
  imstls_i_binding b = ours();
  imstls_i_own_contact mine = own();
  for (size_t i = 0; i < COUNT(rows); i++) {
    imstls_sip_message m = response(200, rows[i].lines);
    int error = imstls_i_binding_find(&b, &mine, &m);
    ck_assert_msg(error == (rows[i].granted_s ? IMSTLS_OK : IMSTLS_ERR_SIP_NOT_BOUND), "row %zu: %s", i, rows[i].lines);
    if (!error)
      ck_assert_msg(b.found.expires_s == rows[i].granted_s, "row %zu: %s", i, rows[i].lines);
  }
  ck_assert(!b.bound && b.until == NEVER && b.refresh_at == NEVER);
}
END_TEST

/* Without an instance that we said, one is no sign, and reg-id must be what we said. */
START_TEST(instance_not_said)
{
  imstls_i_binding b = ours();
  imstls_i_own_contact mine = own();
  imstls_sip_message m = response(200, "Contact: " OTHERS ", <sip:x@h>" INSTANCE ";reg-id=1;expires=9\r\n");
  ck_assert_int_eq(imstls_i_binding_find(&b, &mine, &m), IMSTLS_OK);
  mine.reg_id = 0;
  ck_assert_int_eq(imstls_i_binding_find(&b, &mine, &m), IMSTLS_ERR_SIP_NOT_BOUND);
  mine.instance = NULL;
  m = response(200, "Contact: " OTHERS ", <sip:x@h>" INSTANCE ";expires=9\r\n");
  ck_assert_int_eq(imstls_i_binding_find(&b, &mine, &m), IMSTLS_ERR_SIP_NOT_BOUND);
}
END_TEST

static int find_and_take(imstls_i_binding *b, const imstls_i_own_contact *mine, const imstls_sip_message *m,
                         uint64_t now)
{
  int error = imstls_i_binding_find(b, mine, m);
  if (!error)
    imstls_i_binding_take(b, mine, m, now);
  return error;
}

static int take_lines(imstls_i_binding *b, const char *lines)
{
  imstls_i_own_contact mine = own();
  imstls_sip_message m = response(200, lines);
  return find_and_take(b, &mine, &m, 0);
}

/* An only Contact is taken once. Later it must be that one again, in other words perhaps, and among others too. */
START_TEST(taken)
{
  imstls_i_binding b = ours();
  ck_assert_int_eq(take_lines(&b, "Contact: <sip:x@192.0.2.8>;expires=1200\r\nService-Route: <sip:r;lr>\r\n"),
                   IMSTLS_OK);
  ck_assert(is(imstls_i_binding_service_route(&b), "<sip:r;lr>"));
  ck_assert(is(imstls_i_binding_associated_uri(&b), ""));
  ck_assert_int_eq(take_lines(&b, "Contact: " OTHERS "\r\n"), IMSTLS_ERR_SIP_NOT_BOUND);
  ck_assert_int_eq(take_lines(&b, "Contact: " OTHERS ", <sip:%78@192.0.2.8:5060>;expires=7\r\n"), IMSTLS_OK);
  ck_assert_uint_eq(b.granted_s, 7);
  ck_assert_int_eq(take_lines(&b, "Contact: <sip:x@192.0.2.8>;expires=8\r\n"), IMSTLS_OK);
  ck_assert_int_eq(take_lines(&b, "Contact: " OURS ";expires=9, " OTHERS "\r\n"), IMSTLS_OK);
  ck_assert_uint_eq(b.granted_s, 9);
  ck_assert_int_eq(take_lines(&b, "Contact: <sip:x@192.0.2.8>;expires=8\r\n"), IMSTLS_ERR_SIP_NOT_BOUND);
  imstls_i_binding_end(&b);
  ck_assert_int_eq(take_lines(&b, "Contact: " OTHERS "\r\n"), IMSTLS_OK);
}
END_TEST

static int take(imstls_i_binding *b, uint32_t granted_s, const char *lines, uint64_t now)
{
  char text[600];
  (void)snprintf(text, sizeof text, "Contact: " OURS ";expires=%u\r\n%s", granted_s, lines);
  imstls_i_own_contact mine = own();
  imstls_sip_message m = response(200, text);
  return find_and_take(b, &mine, &m, now);
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

/* RFC 5626 4.2.1, 4.4.1; RFC 6223 4: what a 200 says of our flow, in its topmost Via and in lines of its own. */
static const struct {
  const char *via, *lines;
  uint32_t ping_s;
  bool pongs_due, outbound;
} flows[] = {
  { "", "", 0, false, false },
  { ";keep", "", 0, false, false }, /* as we sent it: the next hop knows nothing of it */
  { ";keep=0", "", 0, true, false },
  { ";keep=1", "", 1, true, false },
  { ";rport=5;KEEP=30;received=192.0.2.1", "", 30, true, false },
  { ";keep=\"30\"", "", 30, true, false },
  { ";keep=4294967295", "", UINT32_MAX, true, false },
  { ";keep=4294967296", "", 0, false, false },
  { ";keep=-1", "", 0, false, false },
  { ";keep=30s", "", 0, false, false },
  { ";keep=30;keep=40", "", 0, false, false }, /* nobody can tell which */
  { ";keep=30;keep", "", 0, false, false },
  { ";keeper=30", "", 0, false, false },
  { ";x=\";keep=30\"", "", 0, false, false },
  { "", "Flow-Timer: 120\r\n", 120, true, false },
  { "", "Flow-Timer: 0\r\n", 0, false, false },
  { "", "Flow-Timer: 4294967296\r\n", 0, false, false },
  { ";keep=30", "Flow-Timer: 120\r\n", 30, true, false },
  { ";keep=300", "Flow-Timer: 120\r\n", 120, true, false },
  { ";keep=0", "Flow-Timer: 120\r\n", 120, true, false },
  { "", "Require: outbound\r\n", 0, true, true },
  { "", "Require: x, OutBound\r\nFlow-Timer: 60\r\n", 60, true, true },
  { "", "Require: x\r\nRequire: y,outbound\r\n", 0, true, true },
  { "", "Require: outbounds\r\n", 0, false, false },
  { "", "Supported: outbound\r\n", 0, false, false },
};

enum { WITH_ALL = 21 }; /* outbound and a time */

static int take_flow(imstls_i_binding *b, size_t row, uint32_t reg_id)
{
  char text[1000];
  imstls_i_own_contact mine = own();
  mine.reg_id = reg_id;
  (void)snprintf(text, sizeof text,
                 "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS 192.0.2.1:5061;branch=z9hG4bKb%s\r\nFrom: <sip:a@h>;tag=1\r\n"
                 "To: <sip:a@h>;tag=2\r\nCall-ID: c\r\nCSeq: 7 REGISTER\r\nContact: " OURS ";expires=600\r\n%s\r\n",
                 flows[row].via, flows[row].lines);
  imstls_sip_message m = parsed(text);
  return find_and_take(b, &mine, &m, 0);
}

static void ck_flow(const imstls_i_binding *b, size_t row)
{
  ck_assert_msg(b->ping_s == flows[row].ping_s, "row %zu: %u s", row, (unsigned)b->ping_s);
  ck_assert_msg(b->pongs_due == flows[row].pongs_due, "row %zu: pongs", row);
  ck_assert_msg(b->outbound == flows[row].outbound, "row %zu: outbound", row);
}

/* Each 200 alone counts, whatever the one before said; the end leaves nothing. */
START_TEST(flow_of_a_200)
{
  imstls_i_binding b = ours();
  for (size_t before = 0; before < COUNT(flows); before++)
    for (size_t i = 0; i < COUNT(flows); i++) {
      ck_assert_int_eq(take_flow(&b, before, 1), IMSTLS_OK);
      ck_assert_int_eq(take_flow(&b, i, 1), IMSTLS_OK);
      ck_flow(&b, i);
    }
  ck_assert_int_eq(take_flow(&b, WITH_ALL, 1), IMSTLS_OK);
  ck_assert(b.outbound && b.pongs_due && b.ping_s);
  imstls_i_binding_end(&b);
  ck_assert(!b.outbound && !b.pongs_due && !b.ping_s);
  ck_assert_int_eq(take_flow(&b, WITH_ALL, 0), IMSTLS_OK); /* we asked for no flow to be kept */
  ck_assert(!b.outbound && b.pongs_due && b.ping_s == 60);
}
END_TEST

/* ---- GRUUs ---- */

#define PUB "sip:alice@example.org;gr=urn:uuid:1"
#define TEMP "sip:tgruu.7hs==jd7@ims.example;gr"
#define LONG8 "aaaaaaaa"
#define LONG64 LONG8 LONG8 LONG8 LONG8 LONG8 LONG8 LONG8 LONG8
#define LONG224 LONG64 LONG64 LONG64 LONG8 LONG8 LONG8 LONG8

/* What the Contact that is ours has behind it; what of it is kept; how much could not be. */
static const struct {
  const char *params, *pub, *temp;
  uint32_t odd;
} gruus[] = {
  { "", "", "", 0 },
  { ";pub-gruu=\"" PUB "\";temp-gruu=\"" TEMP "\"", PUB, TEMP, 0 },
  { ";TEMP-GRUU=\"" TEMP "\";x;Pub-Gruu=\"" PUB "\"", PUB, TEMP, 0 },
  { ";pub-gruu=\"" PUB "\"", PUB, "", 0 },
  { ";temp-gruu=\"" TEMP "\"", "", TEMP, 0 },
  { ";pub-gruu=\"" PUB "\";pub-gruu=\"" PUB "\";temp-gruu=\"" TEMP "\"", "", TEMP, 1 },
  { ";pub-gruu=\"" PUB "\";temp-gruu=\"" TEMP "\";temp-gruu", PUB, "", 1 },
  { ";pub-gruu", "", "", 1 },
  { ";pub-gruu=\"\"", "", "", 1 },
  { ";pub-gruu=" PUB, "", "", 1 }, /* without quotes it ends at its first semicolon */
  { ";pub-gruu=\"sip:alice@evil.example;gr=1\"", "", "", 1 },
  { ";pub-gruu=\"sip:bob@example.org;gr=1\"", "", "", 1 },
  { ";pub-gruu=\"" TEMP "\"", "", "", 1 },
  { ";temp-gruu=\"sip:t@evil.example;gr\"", "", "", 1 },
  { ";pub-gruu=\"sip:alice@example.org;gr=1>;x=<\"", "", "", 1 },
  { ";pub-gruu=\"sip:alice@example.org;gr=\\\"1\\\"\"", "", "", 1 },
  { ";pub-gruu=\"sip:alice@example.org;\r\n gr=1\"", "", "", 1 }, /* a fold */
  { ";temp-gruu=\"sip:" LONG224 "x@ims.example;gr=aaaaaaaaaa\"", "", "sip:" LONG224 "x@ims.example;gr=aaaaaaaaaa",
    0 }, /* 255 */
  { ";temp-gruu=\"sip:" LONG224 "xa@ims.example;gr=aaaaaaaaaa\"", "", "sip:" LONG224 "xa@ims.example;gr=aaaaaaaaaa",
    0 }, /* 256 */
  { ";temp-gruu=\"sip:" LONG224 "xab@ims.example;gr=aaaaaaaaaa\"", "", "", 1 },
};

static int take_gruus(imstls_i_binding *b, const char *params, const char *instance)
{
  static char text[8192];
  imstls_i_own_contact mine = own();
  mine.instance = instance;
  (void)snprintf(text, sizeof text,
                 "Contact: " OTHER ";pub-gruu=\"sip:alice@example.org;gr=other\", " OURS "%s;expires=600\r\n"
                 "Service-Route: <sip:r>\r\nP-Associated-URI: <sip:a>\r\n",
                 params);
  imstls_sip_message m = response(200, text);
  return find_and_take(b, &mine, &m, 0);
}

START_TEST(gruus_of_a_200)
{
  static char texts[2000];
  imstls_i_binding b = ours();
  b.texts = (imstls_i_buffer){ texts, sizeof texts, 0 };
  for (size_t i = 0; i < COUNT(gruus); i++) {
    ck_assert_int_eq(take_gruus(&b, gruus[1].params, "urn:x"), IMSTLS_OK); /* what it said is gone with the next */
    ck_assert_int_eq(take_gruus(&b, gruus[i].params, "urn:x"), IMSTLS_OK);
    ck_assert_msg(is(imstls_i_binding_pub_gruu(&b), gruus[i].pub), "row %zu", i);
    ck_assert_msg(is(imstls_i_binding_temp_gruu(&b), gruus[i].temp), "row %zu", i);
    ck_assert_msg(b.odd == gruus[i].odd, "row %zu", i);
    ck_assert(is(imstls_i_binding_service_route(&b), "<sip:r>"));
    ck_assert(is(imstls_i_binding_associated_uri(&b), "<sip:a>"));
  }
  ck_assert_int_eq(take_gruus(&b, gruus[1].params, "urn:x"), IMSTLS_OK);
  imstls_i_binding_end(&b);
  ck_assert(is(imstls_i_binding_pub_gruu(&b), "") && is(imstls_i_binding_temp_gruu(&b), ""));
  ck_assert_int_eq(take_gruus(&b, gruus[1].params, NULL), IMSTLS_OK); /* we named no device */
  ck_assert(is(imstls_i_binding_pub_gruu(&b), "") && is(imstls_i_binding_temp_gruu(&b), "") && !b.odd);
}
END_TEST

/* With little room the route comes first, and a GRUU takes at most half of what is left from the identities. */
START_TEST(gruus_of_every_capacity)
{
  size_t pub = strlen(PUB), temp = strlen(TEMP), route = strlen("<sip:r>");
  for (size_t cap = route; cap < 300; cap++) {
    imstls_i_binding b = ours();
    b.texts = (imstls_i_buffer){ malloc(cap), cap, 0 };
    ck_assert_int_eq(take_gruus(&b, gruus[1].params, "urn:x"), IMSTLS_OK);
    size_t left = cap - route;
    bool has_pub = pub <= left / 2;
    left -= has_pub ? pub : 0;
    bool has_temp = temp <= left / 2;
    left -= has_temp ? temp : 0;
    ck_assert(is(imstls_i_binding_pub_gruu(&b), has_pub ? PUB : ""));
    ck_assert(is(imstls_i_binding_temp_gruu(&b), has_temp ? TEMP : ""));
    ck_assert(is(imstls_i_binding_associated_uri(&b), left >= 7 ? "<sip:a>" : ""));
    ck_assert_uint_eq(b.odd, (uint32_t)!has_pub + !has_temp);
    free(b.texts.ptr);
  }
}
END_TEST

/* ---- identities ---- */

/* TS 24.229 5.1.1.2.1: what was registered and is not listed is barred. */
START_TEST(barred)
{
  static const struct {
    const char *lines;
    bool barred;
  } lists[] = { { "", false },
                { "P-Associated-URI: <sip:alice@example.org>\r\n", false },
                { "P-Associated-URI: <tel:+1>, \"A\" <sip:%61lice@EXAMPLE.org>;x\r\n", false },
                { "P-Associated-URI: <tel:+1>\r\nP-Associated-URI: sip:alice@example.org\r\n", false },
                { "P-Associated-URI: <tel:+1>\r\n", true },
                { "P-Associated-URI: <sip:alice@example.org.x>, \"<sip:alice@example.org>\" <sip:x>\r\n", true },
                { "P-Associated-URI:\r\n", true } };
  imstls_i_binding b = ours();
  for (size_t i = 0; i < COUNT(lists); i++) {
    ck_assert_int_eq(take(&b, 600, lists[i].lines, 0), IMSTLS_OK);
    ck_assert_msg(b.barred == lists[i].barred, "row %zu", i);
  }
  imstls_i_binding_end(&b);
  ck_assert(!b.barred);
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
  ck_assert(is(imstls_i_binding_service_route(&b), "<sip:r1;lr>, <sip:r2;lr>, <sip:r3>"));
  ck_assert(is(imstls_i_binding_associated_uri(&b), "<sip:a>, <tel:+1>"));
  ck_assert(b.ping_s == 120 && b.pongs_due);
  ck_assert_int_eq(take(&b, 600, "P-Associated-URI: <sip:b>\r\nFlow-Timer: x\r\n", 0), IMSTLS_OK);
  ck_assert(is(imstls_i_binding_service_route(&b), ""));
  ck_assert(is(imstls_i_binding_associated_uri(&b), "<sip:b>"));
  ck_assert(b.ping_s == 0 && !b.pongs_due);
  imstls_i_binding_end(&b);
  ck_assert(is(imstls_i_binding_associated_uri(&b), ""));
}
END_TEST

/* The route needs its room, or nothing is taken; of the identities what fits is kept, the default one first. */
START_TEST(texts_of_every_capacity)
{
  static const char lines[] = "Service-Route: <sip:r1>, =\r\nService-Route: <sip:r2>\r\n"
                              "P-Associated-URI: <sip:a>, <sip:long@b>, <sip:c>\r\n";
  static const struct {
    size_t from;
    const char *identities;
    uint32_t left_out;
  } steps[] = { { 18, "", 3 },
                { 25, "<sip:a>", 2 },
                { 34, "<sip:a>, <sip:c>", 1 },
                { 39, "<sip:a>, <sip:long@b>", 1 },
                { 48, "<sip:a>, <sip:long@b>, <sip:c>", 0 } };
  for (size_t cap = 1; cap < 60; cap++) {
    imstls_i_binding b = ours();
    b.texts = (imstls_i_buffer){ malloc(cap), cap, 0 };
    int error = take(&b, 600, lines, 0);
    ck_assert_int_eq(error, cap < steps[0].from ? IMSTLS_ERR_ROUTE_TOO_LONG : IMSTLS_OK);
    ck_assert_int_eq(b.bound, !error);
    size_t at = COUNT(steps);
    while (at > 0 && cap < steps[at - 1].from)
      at--;
    if (at > 0) {
      ck_assert(is(imstls_i_binding_service_route(&b), "<sip:r1>, <sip:r2>"));
      ck_assert_msg(is(imstls_i_binding_associated_uri(&b), steps[at - 1].identities), "capacity %zu", cap);
      ck_assert_uint_eq(b.left_out, steps[at - 1].left_out);
      ck_assert_uint_eq(b.odd, 1);
    }
    free(b.texts.ptr);
  }
}
END_TEST

/* The rewritten URI has its place in there too. */
START_TEST(taken_of_every_capacity)
{
  for (size_t cap = 1; cap < 40; cap++) {
    imstls_i_binding b = ours();
    b.texts = (imstls_i_buffer){ malloc(cap), cap, 0 };
    int error = take_lines(&b, "Contact: <sip:x@h>\r\nService-Route: <sip:r1>\r\n");
    ck_assert_int_eq(error, cap < 7 + 8 ? IMSTLS_ERR_ROUTE_TOO_LONG : IMSTLS_OK);
    free(b.texts.ptr);
  }
}
END_TEST

/* One odd entry costs itself, an unbalanced quote what follows in its field. */
START_TEST(odd_entries)
{
  imstls_i_binding b = ours();
  ck_assert_int_eq(take(&b, 600,
                        "Contact: <sip:>, \"\r\nP-Associated-URI: <sip:a>, <x>,, <sip:b>;\r\n"
                        "P-Associated-URI: <sip:c>, \"d <sip:d>, <sip:e>\r\nP-Associated-URI: tel:+1\r\n",
                        0),
                   IMSTLS_OK);
  ck_assert(is(imstls_i_binding_associated_uri(&b), "<sip:a>, <sip:b>;, <sip:c>, tel:+1"));
  ck_assert_uint_eq(b.odd, 4);
  ck_assert_int_eq(take(&b, 600, "", 0), IMSTLS_OK);
  ck_assert_uint_eq(b.odd, 0);
}
END_TEST

START_TEST(not_taken)
{
  imstls_i_binding b = ours();
  ck_assert_int_eq(take_lines(&b, "Contact: " OTHERS ", " OTHERS "\r\n"), IMSTLS_ERR_SIP_NOT_BOUND);
  ck_assert(!b.bound && b.until == NEVER && b.refresh_at == NEVER && !b.brief);
}
END_TEST

/* TS 24.229 5.1.1.5A: sooner, never later, and no more than one in ten seconds whatever is said. */
START_TEST(shortened)
{
  imstls_i_binding b = ours();
  ck_assert_int_eq(take(&b, 600000, "", 0), IMSTLS_OK);
  imstls_i_binding_shorten(&b, 600001, 0);
  ck_assert_uint_eq(b.refresh_at, 599400000);
  ck_assert_uint_eq(b.until, 600000000);
  imstls_i_binding_shorten(&b, 7200, 1000);
  ck_assert_uint_eq(b.refresh_at, 1000 + 6600000);
  ck_assert_uint_eq(b.until, 1000 + 7200000);
  b = ours();
  ck_assert_int_eq(take(&b, 600000, "", 0), IMSTLS_OK);
  imstls_i_binding_shorten(&b, 0, 5000);
  ck_assert_uint_eq(b.refresh_at, 5000);
  ck_assert_uint_eq(b.until, 35000); /* a refresh on its way is not too late */
  ck_assert_int_eq(take(&b, 600000, "", 5001), IMSTLS_OK);
  for (uint64_t now = 5002; now < 15000; now++) {
    imstls_i_binding_shorten(&b, 0, now);
    ck_assert_uint_eq(b.refresh_at, 15000);
    ck_assert_uint_ge(b.until, 35000);
  }
}
END_TEST

SUITE_OF(binding, found, instance_not_said, taken, refresh, brief, held, routes, flow_of_a_200, gruus_of_a_200,
         gruus_of_every_capacity, barred, texts_of_every_capacity, taken_of_every_capacity, odd_entries, not_taken,
         shortened)
