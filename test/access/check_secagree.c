/* SPDX-License-Identifier: Apache-2.0 */
/* Security-Client, -Server and -Verify: lists, the mirror, the choice, bid-down. */
#include <stdio.h>

#include "access_help.h"

Suite *secagree_suite(void);

static bool is(imstls_text text, const char *word)
{
  return text.ptr != NULL && text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0;
}

/* How many entries there are, or -1 when the last one is malformed. */
static int next_of(const char *list, size_t len, imstls_mechanism *out)
{
  char *exact = heap_copy(list, len);
  imstls_text rest = { exact, len };
  int count = 0;
  out->malformed = 0;
  while (imstls_secagree_next(&rest, out) == IMSTLS_OK)
    count++;
  ck_assert_int_eq(imstls_secagree_next(&rest, out), IMSTLS_END);
  free(exact);
  return out->malformed ? -1 : count;
}

/* --- entries --- */

START_TEST(one_entry)
{
  static const char list[] = " tls ; q=0.5 , IPsec-3GPP; q=0.1;alg=hmac-sha-1-96 ; ealg=aes-cbc;PROT=esp;mod=trans"
                             ";spi-c=0000012345;spi-s=4294967295;port-c=40001;port-s=65535 , sdes-srtp;mediasec";
  imstls_text rest = { list, sizeof list - 1 };
  imstls_mechanism m;
  ck_assert_int_eq(imstls_secagree_next(&rest, &m), IMSTLS_OK);
  ck_assert_uint_eq(m.size, sizeof m);
  ck_assert_int_eq(m.id, IMSTLS_MECHANISM_TLS);
  ck_assert_int_eq(m.q, 500);
  ck_assert(is(m.raw, "tls ; q=0.5"));
  ck_assert(is(m.name, "tls"));
  ck_assert_ptr_null(m.alg.ptr);
  ck_assert_int_eq(imstls_secagree_next(&rest, &m), IMSTLS_OK);
  ck_assert_int_eq(m.id, IMSTLS_MECHANISM_IPSEC_3GPP);
  ck_assert(is(m.alg, "hmac-sha-1-96") && is(m.ealg, "aes-cbc") && is(m.prot, "esp") && is(m.mod, "trans"));
  ck_assert_uint_eq(m.spi_c, 12345);
  ck_assert_uint_eq(m.spi_s, 4294967295u);
  ck_assert_uint_eq(m.port_c, 40001);
  ck_assert_uint_eq(m.port_s, 65535);
  ck_assert_uint_eq(m.media, 0);
  ck_assert_int_eq(imstls_secagree_next(&rest, &m), IMSTLS_OK);
  ck_assert_int_eq(m.id, IMSTLS_MECHANISM_OTHER);
  ck_assert_int_eq(m.q, -1);
  ck_assert_uint_eq(m.media, 1);
  ck_assert_uint_eq(m.spi_c, 0);
  ck_assert_int_eq(imstls_secagree_next(&rest, &m), IMSTLS_END);
  ck_assert_int_eq(imstls_secagree_next(NULL, &m), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_secagree_next(&rest, NULL), IMSTLS_ERR_USAGE);
}
END_TEST

static const struct {
  const char *text;
  int q;
} q_rows[] = { { "0", 0 },       { "1", 1000 },    { "0.", 0 },     { "1.", 1000 },    { "0.1", 100 },
               { "0.12", 120 },  { "0.123", 123 }, { "1.0", 1000 }, { "1.000", 1000 }, { "0.001", 1 },
               { "0.999", 999 }, { ".1", 100 },    { ".005", 5 } };
static const char *const q_bad[] = { "1.1", "1.001", "2",   "10",   "00",   "0.1234", "1.0000", "-0",
                                     ".",   ".1234", "0x1", "0. 1", "\"\"", "01",     "0.-1",   "a" };

START_TEST(q_values)
{
  imstls_mechanism m;
  for (size_t i = 0; i < COUNT(q_rows); i++) {
    char list[40] = "tls;q=";
    strcat(list, q_rows[i].text);
    ck_assert_int_eq(next_of(list, strlen(list), &m), 1);
    ck_assert_int_eq(m.q, q_rows[i].q);
  }
  for (size_t i = 0; i < COUNT(q_bad); i++) {
    char list[40] = "tls;q=";
    strcat(list, q_bad[i]);
    int rc = next_of(list, strlen(list), &m);
    ck_assert_msg(rc == -1, "%s", list);
  }
}
END_TEST

/* What is empty is nothing: no element, no parameter. */
static const struct {
  const char *text;
  int count;
} empties[] = { { ",", 0 },    { " , ,", 0 },     { "tls,", 1 },       { ",tls", 1 },      { "tls,,tls", 2 },
                { "tls;", 1 }, { "tls;;q=1", 1 }, { "tls; ;q=1;", 1 }, { "tls;q=0.1,", 1 } };

START_TEST(empty_elements)
{
  imstls_mechanism m;
  for (size_t i = 0; i < COUNT(empties); i++)
    ck_assert_int_eq(next_of(empties[i].text, strlen(empties[i].text), &m), empties[i].count);
}
END_TEST

#define IPSEC "ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc"
static const char *const malformed[] = {
  ";q=0.1",
  "tls q=1",
  "t(s",
  "tls=1",
  "tls;q",
  "tls;q=",
  "tls;q=0.1;q=0.1",
  "tls;q=0.1;Q=0.2",
  "tls;x;X",
  "tls;bd;cb ; BD",
  "tls;bd=1;cb=2; CB=\"3\"",
  "ipsec-3gpp;alg",
  "ipsec-3gpp;alg=\"\"",
  "ipsec-3gpp;alg=",
  "ipsec-3gpp;spi-c=",
  "ipsec-3gpp;spi-c",
  "ipsec-3gpp;spi-c=4294967296",
  "ipsec-3gpp;spi-s=4294967296",
  "ipsec-3gpp;spi-c=00000000001",
  "ipsec-3gpp;spi-c=-1",
  "ipsec-3gpp;spi-c=1x",
  "ipsec-3gpp;spi-c=0x10",
  "ipsec-3gpp;spi-s=1x",
  "ipsec-3gpp;port-c=65536",
  "ipsec-3gpp;port-s=65536",
  "ipsec-3gpp;port-c=",
  "ipsec-3gpp;port-s=1a",
  "tls;x=\"a",
  "tls;x=\"a, tls",
  "tls;x=<a, tls",
  "\"tls\"",
};

/* "bd" and "cb" share a mark: other names all the same, and only a name counts. */
START_TEST(names_of_one_mark)
{
  static const char *const lists[] = { "tls;bd;cb", "tls;bd=1 ; cb", "tls;bd=cb;cb=1", "tls;bd=\"1;cb=2\";cb" };
  imstls_mechanism m;
  for (size_t i = 0; i < COUNT(lists); i++)
    ck_assert_int_eq(next_of(lists[i], strlen(lists[i]), &m), 1);
}
END_TEST

START_TEST(malformed_lists)
{
  imstls_mechanism m;
  const char *list = malformed[_i];
  char both[100];
  int rc = next_of(list, strlen(list), &m);
  ck_assert_msg(rc == -1, "%s: %d", list, rc);
  imstls_text rest = text_of(list);
  ck_assert_int_eq(imstls_secagree_next(&rest, &m), IMSTLS_OK);
  ck_assert(is(m.raw, list) && m.id == IMSTLS_MECHANISM_OTHER && m.q == -1);
  snprintf(both, sizeof both, "tls;q=0.1, %s", list);
  ck_assert_int_eq(imstls_secagree_choose(text_of(list), text_of("tls, " IPSEC), &m), IMSTLS_ERR_SECAGREE_NONE);
  ck_assert_int_eq(imstls_secagree_choose(text_of(both), text_of("tls, " IPSEC), &m), IMSTLS_OK);
  ck_assert(is(m.raw, "tls;q=0.1"));
  ck_assert_int_eq(imstls_secagree_has(text_of(list), IMSTLS_MECHANISM_TLS), 0);
  ck_assert_int_eq(imstls_secagree_has(text_of(both), IMSTLS_MECHANISM_TLS), 1);
  /* it counts as it stands: neither gone, nor come, nor another */
  ck_assert_int_eq(imstls_secagree_same(text_of(both), text_of(both)), IMSTLS_OK);
  ck_assert_int_eq(imstls_secagree_same(text_of(both), text_of("tls;q=0.1")), IMSTLS_ERR_SECAGREE_CHANGED);
  ck_assert_int_eq(imstls_secagree_same(text_of("tls;q=0.1"), text_of(both)), IMSTLS_ERR_SECAGREE_CHANGED);
  ck_assert_int_eq(imstls_secagree_same(text_of(list), text_of("tls")), IMSTLS_ERR_SECAGREE_CHANGED);
  ck_assert_int_eq(imstls_secagree_same(text_of(list), text_of("tls;q=7")), IMSTLS_ERR_SECAGREE_CHANGED);
}
END_TEST

/* No prefix is read beyond its end; what is left over is never taken for the whole. */
START_TEST(every_prefix)
{
  static const char list[] = "tls;q=0.5,ipsec-3gpp;q=0.125;alg=hmac-sha-1-96;spi-c=12345;port-c=1;mediasec";
  imstls_mechanism m;
  for (size_t len = 0; len < sizeof list - 1; len++) {
    int rc = next_of(list, len, &m);
    ck_assert(rc >= -1 && rc <= 2);
  }
  ck_assert_int_eq(next_of(list, sizeof list - 1, &m), 2);
}
END_TEST

START_TEST(many_parameters)
{
  for (int extra = 31; extra < 34; extra++) {
    char list[400] = "tls";
    for (int i = 0; i < extra; i++) {
      char name[] = ";xaa";
      name[2] = (char)('a' + i / 26);
      name[3] = (char)('a' + i % 26);
      strcat(list, name);
    }
    imstls_mechanism m;
    ck_assert_int_eq(next_of(list, strlen(list), &m), extra <= 32 ? 1 : -1);
  }
}
END_TEST

/* --- the mirror --- */

static const struct {
  const char *lines, *want;
} mirrors[] = {
  { "", "" },
  { "Security-Server: tls;q=0.1\r\n", "tls;q=0.1" },
  { "Security-Server:   tls ; q = 0.1  ,x;Y=\"a,\\\"b\"\t;z\r\n", "tls ; q = 0.1  ,x;Y=\"a,\\\"b\"\t;z" },
  { "Security-Server: tls;q=0.1\r\nSecurity-Server: ipsec-3gpp;alg=a, b\r\n", "tls;q=0.1, ipsec-3gpp;alg=a, b" },
  { "Security-Server: tls\r\nX: y\r\nsecurity-SERVER: b\r\nSecurity-Verify: v\r\n", "tls, b" },
  { "Security-Server: tls,\r\n \t b;q=0.1\r\n", "tls, b;q=0.1" },
  { "Security-Server: tls, \t\r\n b;q=0.1\r\n", "tls, b;q=0.1" }, /* LWS = [*WSP CRLF] 1*WSP, RFC 3261 25.1 */
  { "Security-Server: tls;q=0.1;mediasec, \xc3\xa9\r\n", "tls;q=0.1;mediasec, \xc3\xa9" },
  { "Security-Server:\r\nSecurity-Server: tls;q=.1;,\r\nSecurity-Server:  \r\n", "tls;q=.1;," },
  { "Security-Server: tls;q=7, ipsec-3gpp;x=\"\r\nSecurity-Server: b\r\n", "tls;q=7, ipsec-3gpp;x=\", b" },
};

START_TEST(mirror)
{
  imstls_sip_message message;
  char *kept = message_of(mirrors[_i].lines, &message);
  size_t want = strlen(mirrors[_i].want);
  for (size_t cap = 0; cap <= want + 1; cap++) {
    char *out = malloc(cap == 0 ? 1 : cap);
    ck_assert_ptr_nonnull(out);
    size_t len = 99999;
    int rc = imstls_secagree_collect(&message, IMSTLS_HDR_SECURITY_SERVER, out, cap, &len);
    ck_assert_int_eq(rc, cap < want ? IMSTLS_ERR_SECAGREE_TOO_LONG : IMSTLS_OK);
    ck_assert_uint_eq(len, cap < want ? 99999 : want);
    if (rc == IMSTLS_OK) {
      ck_assert(want == 0 || memcmp(out, mirrors[_i].want, want) == 0);
    }
    free(out);
  }
  free(kept);
}
END_TEST

START_TEST(mirror_other_fields)
{
  imstls_sip_message message;
  char *kept = message_of("Security-Verify: v\r\nSecurity-Client: c\r\nSecurity-Server: s\r\n", &message);
  char out[10];
  size_t len;
  ck_assert_int_eq(imstls_secagree_collect(&message, IMSTLS_HDR_SECURITY_VERIFY, out, 10, &len), IMSTLS_OK);
  ck_assert(len == 1 && out[0] == 'v');
  ck_assert_int_eq(imstls_secagree_collect(&message, IMSTLS_HDR_SECURITY_CLIENT, out, 10, &len), IMSTLS_OK);
  ck_assert(len == 1 && out[0] == 'c');
  ck_assert_int_eq(imstls_secagree_collect(&message, IMSTLS_HDR_VIA, out, 10, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_secagree_collect(NULL, IMSTLS_HDR_SECURITY_SERVER, out, 10, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_secagree_collect(&message, IMSTLS_HDR_SECURITY_SERVER, NULL, 10, &len), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_secagree_collect(&message, IMSTLS_HDR_SECURITY_SERVER, out, 10, NULL), IMSTLS_ERR_USAGE);
  free(kept);
}
END_TEST

/* A list of more than 4 KiB over many fields keeps every octet. */
START_TEST(long_mirror)
{
  static char lines[8000];
  static char want[8000];
  lines[0] = want[0] = '\0';
  for (int i = 0; i < 100; i++) {
    strcat(lines, "Security-Server: ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;ealg=null\r\n");
    strcat(want, i == 0 ? "" : ", ");
    strcat(want, "ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;ealg=null");
  }
  imstls_sip_message message;
  char *kept = message_of(lines, &message);
  static char out[8000];
  size_t len;
  ck_assert_uint_gt(strlen(want), 4096);
  ck_assert_int_eq(imstls_secagree_collect(&message, IMSTLS_HDR_SECURITY_SERVER, out, sizeof out, &len), IMSTLS_OK);
  ck_assert_uint_eq(len, strlen(want));
  ck_assert_mem_eq(out, want, len);
  ck_assert_int_eq(imstls_secagree_collect(&message, IMSTLS_HDR_SECURITY_SERVER, out, 4096, &len),
                   IMSTLS_ERR_SECAGREE_TOO_LONG);
  free(kept);
}
END_TEST

static const char *const unsendable[] = { "Security-Server: t\x01s\r\n", "Security-Server: t\x7fs\r\n" };

START_TEST(mirror_unsendable)
{
  imstls_sip_message message = { .size = sizeof message };
  char out[100];
  size_t len;
  char *kept = message_of(unsendable[_i], &message);
  ck_assert_int_eq(imstls_secagree_collect(&message, IMSTLS_HDR_SECURITY_SERVER, out, sizeof out, &len),
                   IMSTLS_ERR_SECAGREE_MALFORMED);
  free(kept);
}
END_TEST

/* --- the choice --- */

#define OFFER_TLS "tls;q=0.9"
#define OFFER_BOTH "tls;q=0.9, ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=trans;spi-c=1;spi-s=2"
#define NONE IMSTLS_ERR_SECAGREE_NONE

static const struct {
  const char *server, *offered, *want; /* want: raw of the entry, or NULL: `rc` */
  int rc;
} choices[] = {
  { "tls;q=0.1", OFFER_TLS, "tls;q=0.1", 0 },
  { "TLS", "Tls", "TLS", 0 },
  { "", OFFER_TLS, NULL, NONE },
  { "tls", "", NULL, NONE },
  { IPSEC, OFFER_TLS, NULL, NONE },
  { "digest;q=1, foo;q=1", "digest, foo, tls", NULL, NONE },
  { "tls;q=0.1, " IPSEC ";q=0.5", OFFER_BOTH, IPSEC ";q=0.5", 0 },
  { "tls;q=0.5, " IPSEC ";q=0.1", OFFER_BOTH, "tls;q=0.5", 0 },
  { "tls;q=0.1, " IPSEC ";q=0.5", OFFER_TLS, "tls;q=0.1", 0 },
  { IPSEC ";q=0.5, tls;q=0.5", OFFER_BOTH, IPSEC ";q=0.5", 0 }, /* list order among equals */
  { "tls;q=0.5, " IPSEC ";q=0.5", OFFER_BOTH, "tls;q=0.5", 0 },
  { "tls, " IPSEC ";q=0.001", OFFER_BOTH, IPSEC ";q=0.001", 0 }, /* missing q ranks below 0.001 */
  { "tls, " IPSEC ";q=0", OFFER_BOTH, IPSEC ";q=0", 0 },
  { "tls, " IPSEC, OFFER_BOTH, "tls", 0 },
  { IPSEC ", tls", OFFER_BOTH, IPSEC, 0 },
  /* media entries never */
  { "tls;q=1;mediasec, tls;q=0.1", OFFER_TLS, "tls;q=0.1", 0 },
  { "tls;mediasec", OFFER_TLS, NULL, NONE },
  { "tls", "tls;mediasec", NULL, NONE },
  /* ipsec-3gpp: what was offered, in one entry */
  { "ipsec-3gpp;alg=hmac-md5-96;ealg=aes-cbc", OFFER_BOTH, NULL, NONE },
  { "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null", OFFER_BOTH, NULL, NONE },
  { "ipsec-3gpp;alg=hmac-sha-1-96", OFFER_BOTH, NULL, NONE },
  { "ipsec-3gpp;ealg=aes-cbc", OFFER_BOTH, NULL, NONE },
  { "ipsec-3gpp;ealg=aes-cbc", "ipsec-3gpp;ealg=aes-cbc", NULL, NONE },
  { IPSEC ";prot=ah", OFFER_BOTH, NULL, NONE },
  { IPSEC ";mod=tun", OFFER_BOTH, NULL, NONE },
  { IPSEC ";mod=UDP-enc-tun", OFFER_BOTH, NULL, NONE },
  { IPSEC ";prot=ESP;mod=Trans", OFFER_BOTH, IPSEC ";prot=ESP;mod=Trans", 0 },
  { "ipsec-3gpp;alg=HMAC-SHA-1-96;ealg=AES-CBC", OFFER_BOTH, "ipsec-3gpp;alg=HMAC-SHA-1-96;ealg=AES-CBC", 0 },
  { "ipsec-3gpp;alg=a;ealg=null", "ipsec-3gpp;alg=a", "ipsec-3gpp;alg=a;ealg=null", 0 },
  { "ipsec-3gpp;alg=a", "ipsec-3gpp;alg=a;ealg=NULL", "ipsec-3gpp;alg=a", 0 },
  { "ipsec-3gpp;alg=a;ealg=y", "ipsec-3gpp;alg=a;ealg=x, ipsec-3gpp;alg=b;ealg=y", NULL, NONE },
  { "ipsec-3gpp;alg=b;ealg=y", "ipsec-3gpp;alg=a;ealg=x, ipsec-3gpp;alg=b;ealg=y", "ipsec-3gpp;alg=b;ealg=y", 0 },
  /* one that cannot be read does not hide the others, and is not the one */
  { "tls, ;", OFFER_TLS, "tls", 0 },
  { "tls;q=1.5, " IPSEC, OFFER_BOTH, IPSEC, 0 },
  { "tls", "ipsec-3gpp;q=2", NULL, NONE },
};

START_TEST(choose)
{
  imstls_mechanism m = { .id = 77 };
  size_t len = strlen(choices[_i].server);
  char *exact = heap_copy(choices[_i].server, len);
  int rc = imstls_secagree_choose((imstls_text){ exact, len }, text_of(choices[_i].offered), &m);
  ck_assert_msg(rc == choices[_i].rc, "%d: %s", rc, choices[_i].server);
  if (choices[_i].want != NULL) {
    ck_assert_msg(is(m.raw, choices[_i].want), "%.*s", (int)m.raw.len, m.raw.ptr);
  } else {
    ck_assert_int_eq(m.id, 77);
  }
  ck_assert_int_eq(imstls_secagree_choose(text_of("tls"), text_of("tls"), NULL), IMSTLS_ERR_USAGE);
  free(exact);
}
END_TEST

/* --- bid-down --- */

#define FULL                                                                                                           \
  "tls;q=0.5, ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=trans;spi-c=1;spi-s=2;port-c=3;port-s=4"

static const struct {
  const char *a, *b;
  int want;
} pairs[] = {
  { FULL, FULL, IMSTLS_OK },
  { "", "", IMSTLS_OK },
  { "tls", "", IMSTLS_ERR_SECAGREE_CHANGED },
  { FULL, "tls;q=0.5, ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;ealg=aes-cbc;spi-c=9;spi-s=8;port-c=7;port-s=6", IMSTLS_OK },
  { FULL, "ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;ealg=aes-cbc, tls;q=0.5", IMSTLS_OK }, /* a set */
  { "TLS;Q=0.5", "tls;q=0.500", IMSTLS_OK },
  { "ipsec-3gpp;alg=A;ealg=null;prot=ESP;mod=TRANS", "ipsec-3gpp;alg=a", IMSTLS_OK }, /* defaults said or not */
  { "tls;q=0.5", "tls;q=0.5, tls;q=0.5", IMSTLS_OK },
  { "tls;q=0.5", "tls;q=0.5, sdes-srtp;mediasec", IMSTLS_OK },
  { "tls;q=0.5, tls;mediasec", "sdes-srtp;mediasec;q=1, tls;q=0.5", IMSTLS_OK },
  { "tls;q=0.5;new=1", "tls;q=0.5;new=2", IMSTLS_OK },
  /* mechanism gone, come, or another */
  { FULL, "tls;q=0.5", IMSTLS_ERR_SECAGREE_CHANGED },
  { "tls;q=0.5", "tls;q=0.5, foo", IMSTLS_ERR_SECAGREE_CHANGED },
  { "foo;q=0.5", "bar;q=0.5", IMSTLS_ERR_SECAGREE_CHANGED },
  { "tls;q=0.5", "tls;q=0.5;mediasec", IMSTLS_ERR_SECAGREE_CHANGED },
  /* one parameter */
  { "tls;q=0.5", "tls;q=0.4", IMSTLS_ERR_SECAGREE_CHANGED },
  { "tls;q=0.5", "tls", IMSTLS_ERR_SECAGREE_CHANGED },
  { "tls;q=0", "tls", IMSTLS_ERR_SECAGREE_CHANGED },
  { "ipsec-3gpp;alg=a", "ipsec-3gpp;alg=b", IMSTLS_ERR_SECAGREE_CHANGED },
  { "ipsec-3gpp;alg=a", "ipsec-3gpp", IMSTLS_ERR_SECAGREE_CHANGED },
  { "ipsec-3gpp;alg=a;ealg=aes-cbc", "ipsec-3gpp;alg=a;ealg=des-ede3-cbc", IMSTLS_ERR_SECAGREE_CHANGED },
  { "ipsec-3gpp;alg=a;ealg=aes-cbc", "ipsec-3gpp;alg=a", IMSTLS_ERR_SECAGREE_CHANGED },
  { "ipsec-3gpp;alg=a", "ipsec-3gpp;alg=a;prot=ah", IMSTLS_ERR_SECAGREE_CHANGED },
  { "ipsec-3gpp;alg=a", "ipsec-3gpp;alg=a;mod=tun", IMSTLS_ERR_SECAGREE_CHANGED },
  /* two entries that swapped what they have */
  { "x;alg=a;ealg=c, x;alg=b;ealg=d", "x;alg=a;ealg=d, x;alg=b;ealg=c", IMSTLS_ERR_SECAGREE_CHANGED },
};

START_TEST(same)
{
  int one = imstls_secagree_same(text_of(pairs[_i].a), text_of(pairs[_i].b));
  int other = imstls_secagree_same(text_of(pairs[_i].b), text_of(pairs[_i].a));
  ck_assert_msg(one == pairs[_i].want && other == pairs[_i].want, "%d %d: %s", one, other, pairs[_i].a);
}
END_TEST

START_TEST(same_is_bounded)
{
  static char list[400];
  for (int n = 63; n < 66; n++) {
    list[0] = '\0';
    for (int i = 0; i < n; i++) {
      strcat(list, i == 0 ? "a" : ",a");
    }
    ck_assert_int_eq(imstls_secagree_same(text_of(list), text_of(list)),
                     n <= 64 ? IMSTLS_OK : IMSTLS_ERR_SECAGREE_MALFORMED);
  }
}
END_TEST

START_TEST(has)
{
  ck_assert_int_eq(imstls_secagree_has(text_of("foo, TLS;q=0.1"), IMSTLS_MECHANISM_TLS), 1);
  ck_assert_int_eq(imstls_secagree_has(text_of("foo, tls;q=0.1"), IMSTLS_MECHANISM_IPSEC_3GPP), 0);
  ck_assert_int_eq(imstls_secagree_has(text_of("ipsec-3gpp"), IMSTLS_MECHANISM_IPSEC_3GPP), 1);
  ck_assert_int_eq(imstls_secagree_has(text_of("tls;mediasec"), IMSTLS_MECHANISM_TLS), 0);
  ck_assert_int_eq(imstls_secagree_has(text_of("tls, ;"), IMSTLS_MECHANISM_TLS), 1);
  ck_assert_int_eq(imstls_secagree_has(text_of(""), IMSTLS_MECHANISM_TLS), 0);
  ck_assert_int_eq(imstls_secagree_has((imstls_text){ NULL, 0 }, IMSTLS_MECHANISM_TLS), 0);
  ck_assert_int_eq(imstls_secagree_has(text_of("foo"), IMSTLS_MECHANISM_OTHER), 0);
}
END_TEST

Suite *secagree_suite(void)
{
  Suite *suite = suite_create("secagree");
  TCase *tc = tcase_create("entries");
  tcase_add_test(tc, one_entry);
  tcase_add_test(tc, q_values);
  tcase_add_test(tc, names_of_one_mark);
  tcase_add_test(tc, empty_elements);
  tcase_add_loop_test(tc, malformed_lists, 0, COUNT(malformed));
  tcase_add_test(tc, every_prefix);
  tcase_add_test(tc, many_parameters);
  suite_add_tcase(suite, tc);
  tc = tcase_create("mirror");
  tcase_add_loop_test(tc, mirror, 0, COUNT(mirrors));
  tcase_add_test(tc, mirror_other_fields);
  tcase_add_test(tc, long_mirror);
  tcase_add_loop_test(tc, mirror_unsendable, 0, COUNT(unsendable));
  suite_add_tcase(suite, tc);
  tc = tcase_create("choice");
  tcase_add_loop_test(tc, choose, 0, COUNT(choices));
  tcase_add_loop_test(tc, same, 0, COUNT(pairs));
  tcase_add_test(tc, same_is_bounded);
  tcase_add_test(tc, has);
  suite_add_tcase(suite, tc);
  return suite;
}
