/* SPDX-License-Identifier: Apache-2.0 */
/* The list of the server against ours, on the channel that it came on (RFC 3329 2.3, 2.4; TS 33.203 annex H). */
#include "registration/agreement.h"

#include "registration_help.h"

enum { CAP = 200 };

typedef struct lists {
  char offer[CAP], list[CAP], judged[CAP];
  imstls_i_agreement a;
} lists;

static void setup(lists *l, const char *offer)
{
  memset(l, 0, sizeof *l);
  l->a.offer = (imstls_i_buffer){ l->offer, CAP, 0 };
  l->a.list = (imstls_i_buffer){ l->list, CAP, 0 };
  l->a.judged = (imstls_i_buffer){ l->judged, CAP, 0 };
  imstls_ipsec_end ours = { 1001, 1002, 5061, 5062 };
  ck_assert_int_eq(imstls_i_agreement_offer(&l->a, offer, &ours), IMSTLS_OK);
}

static int judge(lists *l, const char *lines, imstls_i_agreement_terms terms)
{
  imstls_sip_message m = response(401, lines);
  return imstls_i_agreement_judge(&l->a, &m, &terms);
}

#define OURS ";prot=esp;mod=trans;spi-c=1001;spi-s=1002;port-c=5061;port-s=5062"

START_TEST(offers)
{
  static const struct {
    const char *setting, *want;
  } rows[] = {
    { "tls", "tls" },
    { "tls;q=0.5", "tls;q=0.5" },
    { "ipsec-3gpp;alg=hmac-sha-1-96", "ipsec-3gpp;alg=hmac-sha-1-96" OURS },
    { "tls,ipsec-3gpp;alg=hmac-md5-96;ealg=aes-cbc", "tls, ipsec-3gpp;alg=hmac-md5-96;ealg=aes-cbc" OURS },
  };
  imstls_ipsec_end ours = { 1001, 1002, 5061, 5062 };
  for (size_t i = 0; i < COUNT(rows); i++)
    for (size_t cap = 0; cap < CAP; cap++) {
      size_t len = strlen(rows[i].want);
      imstls_i_agreement a = { .offer = { malloc(cap ? cap : 1), cap, 0 } };
      int error = imstls_i_agreement_offer(&a, rows[i].setting, &ours);
      ck_assert_int_eq(error, cap < len ? IMSTLS_ERR_SECAGREE_TOO_LONG : IMSTLS_OK);
      if (!error)
        ck_assert(is(imstls_i_buffer_text(&a.offer), rows[i].want));
      free(a.offer.ptr);
    }
}
END_TEST

START_TEST(widest_offer)
{
  imstls_ipsec_end ours = { UINT32_MAX, UINT32_MAX - 1, UINT16_MAX, UINT16_MAX - 1 };
  char text[CAP];
  imstls_i_agreement a = { .offer = { text, CAP, 0 } };
  ck_assert_int_eq(imstls_i_agreement_offer(&a, "ipsec-3gpp;alg=x", &ours), IMSTLS_OK);
  ck_assert(is(imstls_i_buffer_text(&a.offer), "ipsec-3gpp;alg=x;prot=esp;mod=trans;spi-c=4294967295;spi-s=4294967294;"
                                               "port-c=65535;port-s=65534"));
}
END_TEST

#define BOTH "tls;q=0.2, ipsec-3gpp;alg=hmac-sha-1-96;q=0.1"
#define SERVER "Security-Server: "
#define IPSEC "ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1;spi-s=2;port-c=3;port-s=4"
#define TLS_CHANNEL                                                                                                    \
  {                                                                                                                    \
    .over_tls = true                                                                                                   \
  }
#define CLEAR                                                                                                          \
  {                                                                                                                    \
    .in_clear = true                                                                                                   \
  }

enum { OTHER = IMSTLS_MECHANISM_OTHER, TLS = IMSTLS_MECHANISM_TLS, ESP = IMSTLS_MECHANISM_IPSEC_3GPP };

static const struct {
  const char *offer, *lines;
  imstls_i_agreement_terms terms;
  int want, mechanism;
} rows[] = {
  /* over TLS: whatever else is listed, tls must be, or something better that protects us */
  { "tls", SERVER "tls\r\n", TLS_CHANNEL, IMSTLS_OK, TLS },
  { "tls", SERVER "TLS;q=0.1\r\n", TLS_CHANNEL, IMSTLS_OK, TLS },
  { "tls", SERVER "digest\r\n" SERVER "tls\r\n", TLS_CHANNEL, IMSTLS_OK, TLS },
  { "tls", SERVER "digest\r\n", TLS_CHANNEL, IMSTLS_ERR_BID_DOWN, TLS },
  { "tls", SERVER IPSEC "\r\n", TLS_CHANNEL, IMSTLS_ERR_BID_DOWN, TLS },
  { "tls", SERVER "tls;mediasec\r\n", TLS_CHANNEL, IMSTLS_ERR_BID_DOWN, TLS },
  { "tls", SERVER "tls;q=2\r\n", TLS_CHANNEL, IMSTLS_ERR_BID_DOWN, TLS }, /* what cannot be read is not there */
  { "tls", SERVER ",\r\n", TLS_CHANNEL, IMSTLS_ERR_BID_DOWN, TLS },
  { "tls", SERVER "tls;x=\x01\r\n", TLS_CHANNEL, IMSTLS_ERR_SECAGREE_MALFORMED, TLS },
  { "tls", SERVER "tls;q=.1,\r\n", TLS_CHANNEL, IMSTLS_OK, TLS },
  { BOTH, SERVER "tls;q=2, " IPSEC ";q=0.1\r\n", TLS_CHANNEL, IMSTLS_OK, ESP },
  { BOTH, SERVER "tls;q=0.2, " IPSEC ";q=0.1\r\n", TLS_CHANNEL, IMSTLS_OK, TLS },
  { BOTH, SERVER "tls;q=0.1, " IPSEC ";q=0.2\r\n", TLS_CHANNEL, IMSTLS_OK, ESP },
  { BOTH, SERVER IPSEC "\r\n", TLS_CHANNEL, IMSTLS_OK, ESP },
  /* in clear: something must protect us */
  { "tls", SERVER "tls\r\n", CLEAR, IMSTLS_OK, TLS },
  { "tls", SERVER IPSEC "\r\n", CLEAR, IMSTLS_ERR_SECAGREE_NONE, OTHER },
  { BOTH, SERVER IPSEC "\r\n", CLEAR, IMSTLS_OK, ESP },
  { BOTH, SERVER "tls;q=0.1, " IPSEC ";q=0.2\r\n", CLEAR, IMSTLS_OK, ESP },
  { "tls", SERVER "digest\r\n", CLEAR, IMSTLS_ERR_SECAGREE_NONE, OTHER },
  { "tls", "", { .in_clear = true, .optional = true }, IMSTLS_ERR_SECAGREE_NONE, OTHER },
  { "tls", "", { .in_clear = true, .off = true }, IMSTLS_ERR_SECAGREE_NONE, OTHER },
  /* no list */
  { "tls", "", TLS_CHANNEL, IMSTLS_ERR_SECAGREE_NONE, TLS },
  { "tls", "", { .over_tls = true, .optional = true }, IMSTLS_OK, TLS },
  { "tls", SERVER "digest\r\n", { .over_tls = true, .optional = true }, IMSTLS_ERR_BID_DOWN, TLS },
  /* no agreement: the list is not looked at */
  { "tls", SERVER "digest\r\n", { .over_tls = true, .off = true }, IMSTLS_OK, TLS },
  { "tls", "", { .over_tls = true, .off = true }, IMSTLS_OK, TLS },
};

START_TEST(choice)
{
  for (size_t i = 0; i < COUNT(rows); i++) {
    lists l;
    setup(&l, rows[i].offer);
    int error = judge(&l, rows[i].lines, rows[i].terms);
    ck_assert_msg(error == rows[i].want, "row %zu: %s", i, imstls_error_name(error));
    ck_assert_msg(l.a.mechanism == rows[i].mechanism, "row %zu: %d", i, l.a.mechanism);
    ck_assert_msg(!l.a.has_list && !l.a.list.len, "row %zu: judging takes nothing", i);
  }
}
END_TEST

/* RFC 3329 2.4: one registration, one set of mechanisms; SPIs and ports alone may be new. */
START_TEST(changed)
{
  static const struct {
    const char *then;
    int want;
  } second[] = {
    { SERVER "tls;q=0.2, " IPSEC ";q=0.1\r\n", IMSTLS_OK },
    { SERVER "tls;q=0.2\r\n" SERVER IPSEC ";q=0.1\r\n", IMSTLS_OK },
    { SERVER IPSEC ";q=0.1, tls;q=0.2\r\n", IMSTLS_OK },
    { SERVER "tls;q=0.2, ipsec-3gpp;alg=hmac-sha-1-96;spi-c=8;spi-s=9;port-c=7;port-s=6;q=0.1\r\n", IMSTLS_OK },
    { SERVER "tls;q=0.2\r\n", IMSTLS_ERR_SECAGREE_CHANGED },
    { SERVER "tls;q=0.2, " IPSEC ";q=0.1, digest\r\n", IMSTLS_ERR_SECAGREE_CHANGED },
    { SERVER "tls;q=0.3, " IPSEC ";q=0.1\r\n", IMSTLS_ERR_SECAGREE_CHANGED },
    { SERVER "tls;q=0.2, " IPSEC ";q=0.1;ealg=aes-cbc\r\n", IMSTLS_ERR_SECAGREE_CHANGED },
    { "", IMSTLS_ERR_SECAGREE_CHANGED },
  };
  for (size_t i = 0; i < COUNT(second); i++)
    for (int way = 0; way < 3; way++) {
      imstls_i_agreement_terms terms = { .over_tls = true, .optional = true };
      lists l;
      setup(&l, BOTH);
      ck_assert_int_eq(judge(&l, second[0].then, terms), IMSTLS_OK);
      imstls_i_agreement_take(&l.a);
      ck_assert(l.a.has_list && l.a.list.len);
      if (way == 1)
        imstls_i_agreement_forget(&l.a);
      if (way == 2)
        imstls_i_agreement_reopen(&l.a);
      ck_assert_int_eq(l.a.list.len != 0, way != 1);
      int error = judge(&l, second[i].then, terms);
      ck_assert_msg(error == (way ? IMSTLS_OK : second[i].want), "row %zu: %s", i, imstls_error_name(error));
    }
}
END_TEST

/* What was taken is mirrored octet for octet, and is what was chosen from. */
START_TEST(taken)
{
  imstls_mechanism chosen = { .size = sizeof chosen };
  lists l;
  setup(&l, BOTH);
  ck_assert_int_eq(imstls_i_agreement_chosen(&l.a, &chosen), IMSTLS_ERR_SECAGREE_NONE);
  imstls_i_agreement_take(&l.a); /* nothing was judged */
  ck_assert(!l.a.has_list);
  ck_assert_int_eq(
      judge(&l, SERVER "TLS ; q=0.1\r\n" SERVER IPSEC ";q=0.9;x=\"y\"\r\n", (imstls_i_agreement_terms)CLEAR),
      IMSTLS_OK);
  imstls_i_agreement_take(&l.a);
  ck_assert(is(imstls_i_buffer_text(&l.a.list), "TLS ; q=0.1, " IPSEC ";q=0.9;x=\"y\""));
  ck_assert_int_eq(imstls_i_agreement_chosen(&l.a, &chosen), IMSTLS_OK);
  ck_assert_int_eq(chosen.id, IMSTLS_MECHANISM_IPSEC_3GPP);
  ck_assert(chosen.spi_c == 1 && chosen.spi_s == 2 && chosen.port_c == 3 && chosen.port_s == 4);
}
END_TEST

START_TEST(too_long)
{
  lists l;
  setup(&l, "tls");
  for (size_t cap = 0; cap < 12; cap++) {
    l.a.judged.cap = cap;
    int want = cap < 10 ? IMSTLS_ERR_SECAGREE_TOO_LONG : IMSTLS_OK; /* "tls, x;y=z" */
    ck_assert_int_eq(judge(&l, SERVER "tls\r\n" SERVER "x;y=z\r\n", (imstls_i_agreement_terms)TLS_CHANNEL), want);
  }
}
END_TEST

SUITE_OF(agreement, offers, widest_offer, choice, changed, taken, too_long)
