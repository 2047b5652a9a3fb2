/* SPDX-License-Identifier: Apache-2.0 */
/* What a challenge says, and which one is answered. */
#include "access_help.h"

Suite *challenge_suite(void);

#define NONCE "I1U8vpY3qJ0hiuZNrke/NaponGSDUIAAkEy7RRtl3vg="
#define BASE "Digest realm=\"r\", nonce=\"" NONCE "\", algorithm=AKAv1-MD5"

static bool is(imstls_text text, const char *word)
{
  return text.ptr != NULL && text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0;
}

static int parse(const char *value, imstls_challenge *challenge, char **kept)
{
  size_t len = strlen(value);
  *kept = heap_copy(value, len);
  memset(challenge, 0xa5, sizeof *challenge);
  return imstls_challenge_parse((imstls_text){ *kept, len }, challenge);
}

static void expect(const char *value, int want)
{
  imstls_challenge challenge;
  char *kept;
  int rc = parse(value, &challenge, &kept);
  ck_assert_msg(rc == want, "%d instead of %d for %s", rc, want, value);
  free(kept);
}
/* --- one challenge --- */

START_TEST(whole_challenge)
{
  static const char value[] = "  digest\r\n REALM=\"ims.example\" , nonce=\"" NONCE
                              "\", qop = \"auth-int, AUTH,x\", Algorithm=\"akav1-md5\", opaque=\"\", stale=FALSE, "
                              "s_token=\"65B4a3\", s_token2=\"\", cb=\"tls-exporter\", new=\"x\\\"y\"";
  imstls_challenge c;
  char *kept;
  ck_assert_int_eq(parse(value, &c, &kept), IMSTLS_OK);
  ck_assert_uint_eq(c.size, sizeof c);
  ck_assert(is(c.realm, "ims.example"));
  ck_assert(is(c.nonce, NONCE));
  ck_assert(is(c.opaque, ""));
  ck_assert(is(c.algorithm, "akav1-md5"));
  ck_assert(is(c.s_token, "65B4a3"));
  ck_assert(is(c.s_token2, ""));
  ck_assert(is(c.cb, "tls-exporter"));
  ck_assert_int_eq(c.digest, IMSTLS_DIGEST_AKAV1_MD5);
  ck_assert_int_eq(c.qop, IMSTLS_QOP_AUTH);
  uint8_t want[16];
  fill_hex(vec_cases[0].rand, want, 16);
  ck_assert_mem_eq(c.rand, want, 16);
  fill_hex(vec_cases[0].autn, want, 16);
  ck_assert_mem_eq(c.autn, want, 16);
  free(kept);
  ck_assert_int_eq(parse(BASE, &c, &kept), IMSTLS_OK);
  ck_assert_ptr_null(c.opaque.ptr);
  ck_assert_ptr_null(c.s_token.ptr);
  ck_assert_ptr_null(c.s_token2.ptr);
  ck_assert_ptr_null(c.cb.ptr);
  ck_assert_int_eq(c.qop, IMSTLS_QOP_NONE);
  free(kept);
  ck_assert_int_eq(parse(BASE ", qop=\"auth,auth-int\"", &c, &kept), IMSTLS_OK);
  ck_assert_int_eq(c.qop, IMSTLS_QOP_AUTH);
  free(kept);
  ck_assert_int_eq(parse(BASE ", qop=\"x,auth-int\"", &c, &kept), IMSTLS_OK);
  ck_assert_int_eq(c.qop, IMSTLS_QOP_AUTH_INT);
  free(kept);
  static const char *const no_qop[] = { BASE ", qop=\"\"", BASE ", qop=\"other\"", BASE ", qop=\",\"" };
  for (size_t i = 0; i < COUNT(no_qop); i++) {
    ck_assert_int_eq(parse(no_qop[i], &c, &kept), IMSTLS_OK);
    ck_assert_int_eq(c.qop, IMSTLS_QOP_NONE);
    free(kept);
  }
  ck_assert_int_eq(imstls_challenge_parse((imstls_text){ NULL, 0 }, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_challenge_parse((imstls_text){ NULL, 0 }, &c), IMSTLS_ERR_CHALLENGE);
}
END_TEST

START_TEST(every_prefix)
{
  static const char value[] = BASE;
  imstls_challenge c;
  for (size_t len = 0; len < sizeof value - 1; len++) {
    char *exact = heap_copy(value, len);
    ck_assert_int_ne(imstls_challenge_parse((imstls_text){ exact, len }, &c), IMSTLS_OK);
    free(exact);
  }
  expect(value, IMSTLS_OK);
}
END_TEST

static const struct {
  const char *value;
  int want;
} challenge_rows[] = {
  { BASE, IMSTLS_OK },
  { BASE ", qop=auth", IMSTLS_OK }, /* unquoted */
  { BASE ", qop=\"auth-int\"", IMSTLS_OK },
  { BASE ", qop=\"auth,\"", IMSTLS_OK },
  { BASE ", qop=\"auth,,auth-int\"", IMSTLS_OK },
  { "Digest", IMSTLS_ERR_CHALLENGE },
  { "Digest realm=\"r\", algorithm=AKAv1-MD5", IMSTLS_ERR_CHALLENGE },
  { "Digest nonce=\"" NONCE "\", algorithm=AKAv1-MD5", IMSTLS_ERR_CHALLENGE },
  { "Basic realm=\"r\"", IMSTLS_ERR_CHALLENGE },
  { "DigestX realm=\"r\", nonce=\"" NONCE "\", algorithm=AKAv1-MD5", IMSTLS_ERR_CHALLENGE },
  { "Digest,realm=\"r\"", IMSTLS_ERR_CHALLENGE },
  { BASE ",", IMSTLS_OK },
  { "Digest stale=false , , algorithm=AKAv1-MD5, nonce=\"" NONCE "\",,realm=\"r\" , ", IMSTLS_OK },
  { "Digest , realm=\"r\", nonce=\"" NONCE "\", algorithm=AKAv1-MD5", IMSTLS_OK },
  { BASE ", =x", IMSTLS_ERR_SIP_MALFORMED },
  { BASE ", opaque", IMSTLS_ERR_SIP_MALFORMED },
  { BASE ", opaque=\"x", IMSTLS_ERR_SIP_MALFORMED },
  { BASE ", Digest realm=\"r\", nonce=\"n\"", IMSTLS_ERR_SIP_MALFORMED }, /* one challenge a field */
  /* what could not be sent back */
  { BASE ", opaque=\"a\\\"b\\\\c\"", IMSTLS_OK }, /* quoted-pairs (RFC 3261 25.1) */
  { BASE ", opaque=\"0123456789abcde\\\"0123456789abcdef\"", IMSTLS_OK },
  { BASE ", opaque=\"a\\\tb\"", IMSTLS_ERR_CHALLENGE },
  { BASE ", opaque=\"a\\\x7f\"", IMSTLS_ERR_CHALLENGE },
  { BASE ", opaque=\"a\\\xc3\xa9\"", IMSTLS_ERR_CHALLENGE },
  { BASE ", opaque=\"a\r\n b\"", IMSTLS_ERR_CHALLENGE },
  { BASE ", opaque=\"a\x7f\"", IMSTLS_ERR_CHALLENGE },
  { BASE ", opaque=\"a\tb\"", IMSTLS_OK },
  { "Digest realm=\"r\\\"\", nonce=\"" NONCE "\", algorithm=AKAv1-MD5", IMSTLS_OK },
  { "Digest realm=\"r\\\"\x01\", nonce=\"" NONCE "\", algorithm=AKAv1-MD5", IMSTLS_ERR_CHALLENGE },
  /* doubled */
  { BASE ", s_token=\"a\", s_token=\"a\"", IMSTLS_ERR_S_TOKEN_DOUBLED },
  { BASE ", s_token=\"a\", S_TOKEN=\"b\"", IMSTLS_ERR_S_TOKEN_DOUBLED },
  { BASE ", nonce=\"" NONCE "\"", IMSTLS_ERR_S_TOKEN_DOUBLED },
  { BASE ", realm=\"r\"", IMSTLS_ERR_S_TOKEN_DOUBLED },
  { BASE ", algorithm=AKAv1-MD5", IMSTLS_ERR_S_TOKEN_DOUBLED },
  { BASE ", qop=auth, qop=auth", IMSTLS_ERR_S_TOKEN_DOUBLED },
  { BASE ", foo=1, foo=2", IMSTLS_ERR_S_TOKEN_DOUBLED },
  { BASE ", ik=\"a\", ik=\"a\"", IMSTLS_ERR_S_TOKEN_DOUBLED },
  /* "bd" and "cb" share a mark: other names all the same, and only a name counts */
  { BASE ", bd=1, cb=2", IMSTLS_OK },
  { BASE ", bd=\"1, cb=2\", cb=3", IMSTLS_OK },
  { BASE ", bd=cb,cb=3", IMSTLS_OK },
  { BASE ", bd=1 ,  cb = \"2\" , CB=3", IMSTLS_ERR_S_TOKEN_DOUBLED },
  { BASE ", bd=1,cb=2,Bd=3", IMSTLS_ERR_S_TOKEN_DOUBLED },
  /* keys that the P-CSCF should have stripped */
  { BASE ", ik=\"00112233445566778899aabbccddeeff\"", IMSTLS_ERR_KEYS_EXPOSED },
  { BASE ", CK=\"00112233445566778899aabbccddeeff\"", IMSTLS_ERR_KEYS_EXPOSED },
  { BASE ", ik=\"\"", IMSTLS_ERR_KEYS_EXPOSED },
  { BASE ", ikk=\"\"", IMSTLS_OK },
  /* order: doubled, ik/ck, algorithm, nonce, qop */
  { "Digest ik=a, x=1, x=1, algorithm=MD5, nonce=\"!\", qop=z", IMSTLS_ERR_S_TOKEN_DOUBLED },
  { "Digest ik=a, algorithm=MD5, nonce=\"!\", qop=z", IMSTLS_ERR_KEYS_EXPOSED },
  { "Digest algorithm=MD5, nonce=\"!\", qop=z", IMSTLS_ERR_ALGORITHM },
  { "Digest realm=r, algorithm=AKAv1-MD5, nonce=\"!\", qop=auth", IMSTLS_ERR_CHALLENGE },
};

START_TEST(one_challenge) { expect(challenge_rows[_i].value, challenge_rows[_i].want); }
END_TEST

START_TEST(nul_in_realm)
{
  static const char value[] = "Digest nonce=\"" NONCE "\", algorithm=AKAv1-MD5, realm=\"a\0b\"";
  imstls_challenge c;
  ck_assert_int_eq(imstls_challenge_parse((imstls_text){ value, sizeof value - 1 }, &c), IMSTLS_ERR_CHALLENGE);
}
END_TEST

START_TEST(algorithms)
{
  static const struct {
    const char *name;
    int want, digest;
  } rows[] = { { "AKAv1-MD5", IMSTLS_OK, IMSTLS_DIGEST_AKAV1_MD5 },
               { "AKAv1-SHA-256", IMSTLS_OK, IMSTLS_DIGEST_AKAV1_SHA256 },
               { "AKAV2-md5", IMSTLS_OK, IMSTLS_DIGEST_AKAV2_MD5 },
               { "AKAv2-SHA-256", IMSTLS_OK, IMSTLS_DIGEST_AKAV2_SHA256 },
               { "MD5", IMSTLS_ERR_ALGORITHM, IMSTLS_DIGEST_MD5 },
               { "SHA-256", IMSTLS_ERR_ALGORITHM, IMSTLS_DIGEST_SHA256 },
               { "AKAv1-MD5-sess", IMSTLS_ERR_ALGORITHM, IMSTLS_DIGEST_UNKNOWN },
               { "AKAv2-SHA-256-sess", IMSTLS_ERR_ALGORITHM, IMSTLS_DIGEST_UNKNOWN },
               { "AKAv1-SHA-512-256", IMSTLS_ERR_ALGORITHM, IMSTLS_DIGEST_UNKNOWN },
               { "AKAv2-SHA-512-256", IMSTLS_ERR_ALGORITHM, IMSTLS_DIGEST_UNKNOWN },
               { "AKAv3-MD5", IMSTLS_ERR_ALGORITHM, IMSTLS_DIGEST_UNKNOWN } };
  for (size_t i = 0; i < COUNT(rows); i++) {
    char value[200] = "Digest realm=\"r\", nonce=\"" NONCE "\", algorithm=";
    strcat(value, rows[i].name);
    imstls_challenge c;
    char *kept;
    ck_assert_int_eq(parse(value, &c, &kept), rows[i].want);
    ck_assert_int_eq(c.digest, rows[i].digest);
    free(kept);
  }
  imstls_challenge c;
  char *kept;
  ck_assert_int_eq(parse("Digest realm=\"r\", nonce=\"" NONCE "\"", &c, &kept), IMSTLS_ERR_ALGORITHM);
  ck_assert_int_eq(c.digest, IMSTLS_DIGEST_MD5); /* RFC 2617 3.2.1: the default */
  free(kept);
}
END_TEST

/* nonce_edge */
START_TEST(nonces)
{
  const vec_nonce *row = &vec_nonces[_i];
  char value[200] = "Digest realm=\"r\", algorithm=AKAv1-MD5, nonce=\"";
  strcat(strcat(value, row->nonce), "\"");
  expect(value, row->good ? IMSTLS_OK : IMSTLS_ERR_CHALLENGE);
}
END_TEST

/* Server data of 64 KiB behind AUTN: the nonce is taken as it is. */
START_TEST(long_nonce)
{
  static const char head[] = "Digest realm=\"r\", algorithm=AKAv1-MD5, nonce=\"";
  size_t digits = (32 + 65536) / 3 * 4;
  size_t len = sizeof head - 1 + digits + 1;
  char *value = malloc(len);
  ck_assert_ptr_nonnull(value);
  memset(value, 'A', len);
  memcpy(value, head, sizeof head - 1);
  value[len - 1] = '"';
  imstls_challenge c;
  ck_assert_int_eq(imstls_challenge_parse((imstls_text){ value, len }, &c), IMSTLS_OK);
  ck_assert_uint_eq(c.nonce.len, digits);
  value[len - 2] = '!';
  ck_assert_int_eq(imstls_challenge_parse((imstls_text){ value, len }, &c), IMSTLS_ERR_CHALLENGE);
  free(value);
}
END_TEST

START_TEST(many_parameters)
{
  for (int extra = 60; extra < 64; extra++) {
    char value[2000] = BASE;
    for (int i = 0; i < extra; i++) {
      char name[] = ", xaa=1";
      name[3] = (char)('a' + i / 26);
      name[4] = (char)('a' + i % 26);
      strcat(value, name);
    }
    expect(value, extra + 3 <= 64 ? IMSTLS_OK : IMSTLS_ERR_SIP_MALFORMED);
  }
}
END_TEST

/* --- which challenge --- */

#define FIELD "WWW-Authenticate: "
#define V1 "Digest realm=\"one\", nonce=\"" NONCE "\", algorithm=AKAv1-MD5"
#define V2 "Digest realm=\"two\", nonce=\"" NONCE "\", algorithm=AKAv2-SHA-256"
#define PLAIN "Digest realm=\"plain\", nonce=\"x\", algorithm=MD5, ik=a, s_token=1, s_token=2"
#define ALL IMSTLS_DIGEST_AKA_ALL

static const struct {
  const char *lines;
  uint32_t allowed;
  int want;
  const char *realm;
} choose_rows[] = {
  { "", ALL, IMSTLS_ERR_CHALLENGE, NULL },
  { FIELD "Basic realm=\"b\"\r\n", ALL, IMSTLS_ERR_CHALLENGE, NULL },
  { FIELD V1 "\r\n", ALL, IMSTLS_OK, "one" },
  { FIELD V2 "\r\n" FIELD V1 "\r\n", ALL, IMSTLS_OK, "two" },
  { FIELD V1 "\r\n" FIELD V2 "\r\n", ALL, IMSTLS_OK, "one" },
  { FIELD V1 "\r\n" FIELD V2 "\r\n", IMSTLS_DIGEST_BIT(IMSTLS_DIGEST_AKAV2_SHA256), IMSTLS_OK, "two" },
  { FIELD "Basic realm=\"b\"\r\n" FIELD V1 "\r\n", ALL, IMSTLS_OK, "one" },
  { FIELD "NewScheme a b c\r\n" FIELD V1 "\r\n", ALL, IMSTLS_OK, "one" },
  { FIELD PLAIN "\r\n" FIELD V1 "\r\n", ALL, IMSTLS_OK, "one" }, /* faults of others do not count */
  { FIELD V1 "\r\n" FIELD PLAIN "\r\n", ALL, IMSTLS_OK, "one" },
  { FIELD "Digest realm=\r\n" FIELD V1 "\r\n", ALL, IMSTLS_OK, "one" },
  { FIELD PLAIN "\r\n", ALL, IMSTLS_ERR_ALGORITHM, NULL },
  { FIELD PLAIN "\r\n", 0xffffffff, IMSTLS_ERR_ALGORITHM, NULL }, /* never from a USIM */
  { FIELD PLAIN "\r\n" FIELD V1 "\r\n", 0xffffffff, IMSTLS_OK, "one" },
  { FIELD V1 "\r\n", 0, IMSTLS_ERR_ALGORITHM, NULL },
  { FIELD V1 "\r\n", IMSTLS_DIGEST_BIT(IMSTLS_DIGEST_AKAV2_MD5), IMSTLS_ERR_ALGORITHM, NULL },
  { FIELD "Digest realm=\"a\", algorithm=FOO\r\n", 0xffffffff, IMSTLS_ERR_ALGORITHM, NULL },
  { FIELD "Digest realm=\r\n", ALL, IMSTLS_ERR_SIP_MALFORMED, NULL },
  { FIELD "Digest realm=\r\n" FIELD PLAIN "\r\n", ALL, IMSTLS_ERR_ALGORITHM, NULL },
  { FIELD PLAIN "\r\n" FIELD "Digest realm=\r\n", ALL, IMSTLS_ERR_ALGORITHM, NULL },
  /* faults of the chosen one refuse the 401, whatever follows */
  { FIELD V1 ", ik=1\r\n" FIELD V2 "\r\n", ALL, IMSTLS_ERR_KEYS_EXPOSED, NULL },
  { FIELD V1 ", s_token=1, s_token=1\r\n" FIELD V2 "\r\n", ALL, IMSTLS_ERR_S_TOKEN_DOUBLED, NULL },
  { FIELD V1 ", algorithm=MD5\r\n", ALL, IMSTLS_ERR_S_TOKEN_DOUBLED, NULL },
  { FIELD "Digest algorithm=MD5, algorithm=AKAv1-MD5\r\n", ALL, IMSTLS_ERR_S_TOKEN_DOUBLED, NULL },
  { FIELD V1 ", qop=z\r\n" FIELD V2 "\r\n", ALL, IMSTLS_OK, "one" },
  { FIELD V1 ", opaque=\"\x01\"\r\n" FIELD V2 "\r\n", ALL, IMSTLS_ERR_CHALLENGE, NULL },
  { FIELD "Digest realm=\"a\r\n" FIELD V1 ",\r\n", ALL, IMSTLS_OK, "one" },
  { FIELD V1 ", Digest realm=\"x\"\r\n", ALL, IMSTLS_ERR_SIP_MALFORMED, NULL },
};

START_TEST(choose)
{
  imstls_sip_message message;
  imstls_challenge c;
  char *kept = message_of(choose_rows[_i].lines, &message);
  ck_assert_int_eq(imstls_challenge_choose(&message, choose_rows[_i].allowed, &c), choose_rows[_i].want);
  if (choose_rows[_i].realm != NULL) {
    ck_assert(is(c.realm, choose_rows[_i].realm));
  }
  ck_assert_int_eq(imstls_challenge_choose(NULL, ALL, &c), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_challenge_choose(&message, ALL, NULL), IMSTLS_ERR_USAGE);
  free(kept);
}
END_TEST

#define PROXY "Proxy-Authenticate: "

/* Each value is one of a kind, so that its place can be told. */
static const struct {
  unsigned status;
  const char *lines;
  int want, header;
  uint32_t index;
  const char *realm;
} where_rows[] = {
  { 401, FIELD V1 "\r\n", IMSTLS_OK, IMSTLS_HDR_WWW_AUTHENTICATE, 0, "one" },
  { 401, FIELD PLAIN "\r\n" FIELD "Basic realm=\"b\"\r\n" FIELD V1 "\r\n", IMSTLS_OK, IMSTLS_HDR_WWW_AUTHENTICATE, 2,
    "one" },
  { 401, PROXY V2 "\r\n" FIELD V1 "\r\n", IMSTLS_OK, IMSTLS_HDR_WWW_AUTHENTICATE, 0, "one" },
  { 401, PROXY V1 "\r\n", IMSTLS_ERR_CHALLENGE, 0, 0, NULL },
  { 407, PROXY V1 "\r\n", IMSTLS_OK, IMSTLS_HDR_PROXY_AUTHENTICATE, 0, "one" },
  { 407, FIELD V1 "\r\n" PROXY PLAIN "\r\n" PROXY V2 "\r\n", IMSTLS_OK, IMSTLS_HDR_PROXY_AUTHENTICATE, 1, "two" },
  { 407, FIELD V1 "\r\n", IMSTLS_ERR_CHALLENGE, 0, 0, NULL },
  /* refused for what it holds: its place is told all the same */
  { 401, FIELD PLAIN "\r\n" FIELD V1 ", ik=1\r\n", IMSTLS_ERR_KEYS_EXPOSED, IMSTLS_HDR_WWW_AUTHENTICATE, 1, "one" },
};

START_TEST(where)
{
  imstls_sip_message message;
  imstls_challenge c, again;
  char *kept = message_of(where_rows[_i].lines, &message);
  message.status = where_rows[_i].status;
  ck_assert_int_eq(imstls_challenge_choose(&message, ALL, &c), where_rows[_i].want);
  if (where_rows[_i].realm) {
    imstls_text value = { NULL, 0 };
    ck_assert_int_eq(c.header, where_rows[_i].header);
    ck_assert_uint_eq(c.index, where_rows[_i].index);
    for (uint32_t i = 0; i <= c.index; i++)
      ck_assert_int_eq(imstls_sip_next(&message, c.header, &value), IMSTLS_OK);
    ck_assert(c.value.ptr == value.ptr && c.value.len == value.len);
    ck_assert_int_eq(imstls_challenge_parse(c.value, &again), where_rows[_i].want);
    ck_assert(is(again.realm, where_rows[_i].realm) && again.header == 0);
  }
  free(kept);
}
END_TEST

/* Every parameter there is; what was moved is what would be read there, and looks at nothing else. */
START_TEST(moved)
{
  static const char text[] = "Digest realm=\"r\", nonce=\"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eX2A=\", opaque=\"o\","
                             " algorithm=AKAv1-MD5, qop=\"auth\", s_token=\"s\", s_token2=\"t\", cb=\"tls-exporter\"";
  enum { LEN = sizeof text - 1 };
  char from[LEN], to[LEN];
  imstls_challenge c, there;
  memcpy(from, text, LEN);
  memset(&c, 0, sizeof c);
  memset(&there, 0, sizeof there);
  ck_assert_int_eq(imstls_challenge_parse(imstls_i_text(from, LEN), &c), IMSTLS_OK);
  const imstls_text *const views[] = { &c.realm, &c.nonce, &c.opaque, &c.algorithm, &c.s_token, &c.s_token2, &c.cb };
  for (size_t i = 0; i < COUNT(views); i++)
    ck_assert_uint_gt(views[i]->len, 0);
  imstls_i_challenge_move(&c, to);
  memset(from, 'x', LEN);
  ck_assert_int_eq(imstls_challenge_parse(imstls_i_text(to, LEN), &there), IMSTLS_OK);
  ck_assert_mem_eq(&c, &there, sizeof c);
  ck_assert_mem_eq(to, text, LEN);
}
END_TEST

Suite *challenge_suite(void)
{
  Suite *suite = suite_create("challenge");
  TCase *tc = tcase_create("challenge");
  tcase_add_test(tc, whole_challenge);
  tcase_add_test(tc, every_prefix);
  tcase_add_loop_test(tc, one_challenge, 0, COUNT(challenge_rows));
  tcase_add_test(tc, nul_in_realm);
  tcase_add_test(tc, algorithms);
  tcase_add_loop_test(tc, nonces, 0, COUNT(vec_nonces));
  tcase_add_test(tc, long_nonce);
  tcase_add_test(tc, many_parameters);
  tcase_add_loop_test(tc, choose, 0, COUNT(choose_rows));
  tcase_add_test(tc, moved);
  tcase_add_loop_test(tc, where, 0, COUNT(where_rows));
  suite_add_tcase(suite, tc);
  return suite;
}
