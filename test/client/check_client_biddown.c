/* SPDX-License-Identifier: Apache-2.0 */
/* Bidding down (RFC 3329 2.4; TS 24.229 5.1.1.5.1): what a list may not lack, not become, and not say too late. */
#include <stdio.h>

#include "client_help.h"

Suite *client_biddown_suite(void);

#define ESP_REST ";spi-c=5001;spi-s=5002;port-c=5062;port-s=5063"
#define FOREIGN_ESP "ipsec-3gpp;q=0.1;alg=hmac-md5-96" ESP_REST
#define LIST "tls;q=0.5, ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=trans" ESP_REST

/* The same set in other words: this is no change. */
static const char *const same[] = {
  LIST,
  "ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=trans" ESP_REST ", tls;q=0.5",
  "tls;q=0.5, ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;ealg=aes-cbc;spi-c=7001;spi-s=7002;port-c=6062;port-s=6063",
  "TLS;Q=0.500, IPSEC-3GPP;alg=HMAC-SHA-1-96;ealg=AES-CBC;mod=TRANS;prot=ESP;q=0.1" ESP_REST,
  LIST ", sdes-srtp;mediasec, msrp-tls;mediasec;q=0.9",
};

/* One thing is another one in each. */
static const char *const changed[] = {
  /* a mechanism less, more, another */
  "tls;q=0.5",
  LIST ", digest;q=0.001",
  LIST ", ipsec-3gpp;q=0.05;alg=hmac-md5-96" ESP_REST,
  "tls;q=0.5, ipsec-ike;q=0.1;alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=trans" ESP_REST,
  /* q, also gone */
  "tls;q=0.4, ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=trans" ESP_REST,
  "tls, ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=trans" ESP_REST,
  "tls;q=0.5, ipsec-3gpp;q=0.9;alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=trans" ESP_REST,
  /* alg, ealg, also gone: then it is null */
  "tls;q=0.5, ipsec-3gpp;q=0.1;alg=hmac-md5-96;ealg=aes-cbc;prot=esp;mod=trans" ESP_REST,
  "tls;q=0.5, ipsec-3gpp;q=0.1;ealg=aes-cbc;prot=esp;mod=trans" ESP_REST,
  "tls;q=0.5, ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;ealg=null;prot=esp;mod=trans" ESP_REST,
  "tls;q=0.5, ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;prot=esp;mod=trans" ESP_REST,
  /* prot, mod */
  "tls;q=0.5, ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;ealg=aes-cbc;prot=ah;mod=trans" ESP_REST,
  "tls;q=0.5, ipsec-3gpp;q=0.1;alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=tun" ESP_REST,
  /* nothing left */
  NULL,
};
enum { SAME = sizeof same / sizeof same[0], CHANGED = sizeof changed / sizeof changed[0] };

static void begin(int flow, const char *list)
{
  f->config.policy.flow = flow;
  f->config.policy.attempts = 1;
  f->config.policy.offer = "tls, ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc";
  f->security_server = list;
  fake_start(f);
  (void)fake_register(f);
}

/* A 401 whose AUTN is not genuine: the client says so and is challenged anew in the same registration. */
static void bad_challenge(void)
{
  f->home.k[0] ^= 1;
  fake_challenge(f);
  f->home.k[0] ^= 1;
  fake_run(f);
  imstls_sip_message m = fake_register(f);
  ck_text(auth_param(&m, "response"), "");
}

static void ck_nothing_more(void)
{
  ck_silent();
  if (f->vector.res_len)
    ck_no_secret();
}

/* Rule 1: inside TLS the list names tls, or a mechanism of ours. */
START_TEST(tls_list_lacks_tls)
{
  static const char *const lists[] = { "digest;q=0.9", "ipsec-ike, ipsec-man;q=1", "tls;mediasec;q=0.5", FOREIGN_ESP,
                                       "dtls, tls2;q=0.3" };
  begin(IMSTLS_FLOW_TLS_FIRST, lists[_i]);
  fake_challenge(f);
  fake_run(f);
  ck_stopped(IMSTLS_ERR_BID_DOWN);
  ck_assert_int_eq(f->card_runs, 0);
  ck_nothing_more();
}
END_TEST

/* Later it is a change as well, and that is seen first. */
START_TEST(tls_list_lacks_tls_later)
{
  begin(IMSTLS_FLOW_AGREE_FIRST, "tls;q=0.1");
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
  f->security_server = "digest;q=0.1";
  fake_challenge(f);
  fake_run(f);
  ck_lost(IMSTLS_ERR_SECAGREE_CHANGED);
  ck_begins_anew();
  ck_nothing_more();
}
END_TEST

/* In clear nothing was there that could be bid down: there is nothing in common. */
START_TEST(clear_list_without_ours)
{
  begin(IMSTLS_FLOW_AGREE_FIRST, "digest;q=0.9, ipsec-3gpp;q=0.1;alg=hmac-md5-96" ESP_REST);
  fake_challenge(f);
  fake_run(f);
  ck_stopped(IMSTLS_ERR_SECAGREE_NONE);
  ck_assert_int_eq(f->card_runs, 0);
  ck_nothing_more();
}
END_TEST

/* Rule 2: one registration, one set; before trust ... */
static void change_before_trust(int flow, const char *list)
{
  begin(flow, LIST);
  bad_challenge();
  int runs = f->card_runs;
  f->security_server = list;
  fake_challenge(f);
  fake_run(f);
  ck_stopped(IMSTLS_ERR_SECAGREE_CHANGED);
  ck_assert_int_eq(f->card_runs, runs);
  ck_nothing_more();
}

START_TEST(changed_in_tls) { change_before_trust(IMSTLS_FLOW_TLS_FIRST, changed[_i]); }
END_TEST

START_TEST(changed_in_clear) { change_before_trust(IMSTLS_FLOW_AGREE_FIRST, changed[_i]); }
END_TEST

/* ... and after it, when the network authenticates again. */
START_TEST(changed_later)
{
  begin(IMSTLS_FLOW_TLS_FIRST, LIST);
  (void)challenge();
  ok("");
  ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
  f->security_server = changed[_i];
  fake_challenge(f);
  fake_run(f);
  ck_lost(IMSTLS_ERR_SECAGREE_CHANGED);
  ck_assert_int_eq(imstls_client_registered(f->client), 0);
  ck_begins_anew();
  ck_nothing_more();
}
END_TEST

/* What may change: SPIs, ports, order, case, defaults, media. The mirror is the last list, word for word. */
START_TEST(same_set)
{
  begin(IMSTLS_FLOW_TLS_FIRST, LIST);
  bad_challenge();
  f->security_server = same[_i];
  imstls_sip_message m = challenge();
  ck_text(m.first[IMSTLS_HDR_SECURITY_VERIFY], same[_i]);
  ok("");
  ck_state(REGISTERED);
}
END_TEST

/* Entries that we never offered are not chosen, however high they rank, and come back in the mirror. */
START_TEST(foreign_entries)
{
  const char *list = "digest;q=1.0;d-ver=\"00112233445566778899aabbccddeeff\", "
                     "ipsec-3gpp;q=0.9;alg=hmac-md5-96" ESP_REST ", sdes-srtp;mediasec, tls;q=0.001";
  begin(IMSTLS_FLOW_TLS_FIRST, list);
  imstls_sip_message m = challenge();
  ck_text(m.first[IMSTLS_HDR_SECURITY_VERIFY], list);
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(f->installed, 0);
}
END_TEST

/* Rule 3: a 200 that nothing protected registers nobody: to the first REGISTER in clear, in TLS without proof, ... */
START_TEST(early_200)
{
  begin(_i ? IMSTLS_FLOW_TLS_FIRST : IMSTLS_FLOW_AGREE_FIRST, LIST);
  ok("");
  ck_stopped(_i ? IMSTLS_ERR_NO_CHALLENGE : IMSTLS_ERR_UNPROTECTED);
  ck_assert_ptr_null(fake_event(f, IMSTLS_EVENT_REGISTERED));
}
END_TEST

/* ... and to the answer that told a bad challenge. */
START_TEST(early_200_after_bad_challenge)
{
  begin(_i ? IMSTLS_FLOW_TLS_FIRST : IMSTLS_FLOW_AGREE_FIRST, LIST);
  bad_challenge();
  ok("");
  ck_stopped(_i ? IMSTLS_ERR_NO_CHALLENGE : IMSTLS_ERR_UNPROTECTED);
  ck_assert_ptr_null(fake_event(f, IMSTLS_EVENT_REGISTERED));
}
END_TEST

/* A list in a 200 changes nothing, neither the mirror nor what the next 401 is held to. */
START_TEST(list_in_200)
{
  begin(IMSTLS_FLOW_TLS_FIRST, LIST);
  (void)challenge();
  ok("Security-Server: digest;q=0.9\r\n");
  ck_state(REGISTERED);
  imstls_text verify = imstls_client_security_verify(f->client);
  ck_text(verify, LIST);
  ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
  fake_run(f);
  imstls_sip_message m = fake_register(f);
  ck_text(m.first[IMSTLS_HDR_SECURITY_VERIFY], LIST);
  m = challenge();
  ck_text(m.first[IMSTLS_HDR_SECURITY_VERIFY], LIST);
  ok("");
  ck_state(REGISTERED);
}
END_TEST

/* Rules 2 and 7 of the same section: 494 and 421 are followed once; no list at all: once more with a new Call-ID. */
START_TEST(agreement_once)
{
  unsigned status = _i % 2 ? 421 : 494;
  begin(_i / 2 ? IMSTLS_FLOW_TLS_FIRST : IMSTLS_FLOW_AGREE_FIRST, LIST);
  reply(status, "Require: sec-agree\r\nSecurity-Server: digest;q=0.1\r\n");
  imstls_sip_message m = fake_register(f);
  ck_assert_ptr_null(m.first[IMSTLS_HDR_SECURITY_VERIFY].ptr); /* an unprotected list is no agreement */
  reply(status, "Require: sec-agree\r\nSecurity-Server: digest;q=0.1\r\n");
  ck_stopped(IMSTLS_ERR_SECAGREE_LOOP);
  ck_nothing_more();
}
END_TEST

START_TEST(no_list)
{
  char call_id[64];
  begin(_i ? IMSTLS_FLOW_TLS_FIRST : IMSTLS_FLOW_AGREE_FIRST, NULL);
  snprintf(call_id, sizeof call_id, "%s", f->client->transaction.call_id);
  fake_challenge(f);
  fake_run(f);
  imstls_sip_message m = fake_register(f);
  ck_assert(!imstls_text_is(m.first[IMSTLS_HDR_CALL_ID], call_id));
  fake_challenge(f);
  fake_run(f);
  ck_stopped(IMSTLS_ERR_SECAGREE_NONE);
  ck_assert_int_eq(f->card_runs, 0);
  ck_nothing_more();
}
END_TEST

/* An entry that cannot be read is none, whatever it begins with. */
START_TEST(malformed_list)
{
  static const char *const lists[] = { "tls;q=2", "tls;q=0.1;q=0.2", "tls;x=\"", ",;", "tls\x01" };
  begin(IMSTLS_FLOW_TLS_FIRST, lists[_i]);
  fake_challenge(f);
  fake_run(f);
  ck_stopped(_i == 4 ? IMSTLS_ERR_SECAGREE_MALFORMED : IMSTLS_ERR_BID_DOWN);
  ck_assert_int_eq(f->card_runs, 0);
  ck_nothing_more();
}
END_TEST

/* Odd entries, and what stands for nothing, go back as they came and choose nothing. */
#define ODD_Q "tls;q=0.1, ipsec-3gpp;q=2;alg=hmac-sha-1-96;ealg=aes-cbc" ESP_REST
static const char *const odd[] = { "tls;q=.1;", ", tls;q=0.1,", "tls;q=0.1, ipsec-3gpp;q=0.9;spi-c=x", ODD_Q,
                                   "tls;q=0.1, x;y=\"" };
enum { ODD = sizeof odd / sizeof odd[0] };

START_TEST(odd_list)
{
  begin(IMSTLS_FLOW_TLS_FIRST, odd[_i]);
  fake_challenge(f);
  fake_run(f);
  imstls_sip_message m = fake_register(f);
  ck_text(m.first[IMSTLS_HDR_SECURITY_VERIFY], odd[_i]);
  fake_ok(f, "");
  fake_run(f);
  ck_state(REGISTERED);
}
END_TEST

/* They count as they stand when a second list is held against the first. */
START_TEST(odd_list_changed)
{
  static const char *const lists[][2] = {
    { "tls;q=0.5, ipsec-3gpp;q=0.1;spi-c=x", "tls;q=0.5" },
    { "tls;q=0.5", "tls;q=0.5, ipsec-3gpp;q=0.1;spi-c=x" },
    { "tls;q=0.5, ipsec-3gpp;q=0.1;spi-c=x", "tls;q=0.5, ipsec-3gpp;q=0.1;spi-c=y" },
    { "tls;q=0.5, ipsec-3gpp;q=0.1;alg=hmac-sha-1-96" ESP_REST,
      "tls;q=0.5, ipsec-3gpp;q=1.1;alg=hmac-sha-1-96" ESP_REST },
  };
  begin(IMSTLS_FLOW_TLS_FIRST, lists[_i][0]);
  bad_challenge();
  f->security_server = lists[_i][1];
  fake_challenge(f);
  fake_run(f);
  ck_stopped(IMSTLS_ERR_SECAGREE_CHANGED);
  ck_nothing_more();
}
END_TEST

/* A PSK that was never offered cannot have been agreed on: a session that claims it is not believed. */
START_TEST(psk_from_nowhere)
{
  f->facts.psk = 1;
  f->facts.cert.len = 0;
  f->config.policy.attempts = 1;
  f->config.policy.psk = _i ? IMSTLS_PSK_ALLOW : IMSTLS_PSK_OFF;
  fake_start(f);
  for (imstls_sip_message m; fake_request(f, &m); fake_run(f))
    fake_reply(f, 401, "Unauthorized", fake_challenge_headers(f, ""));
  ck_stopped(IMSTLS_ERR_TLS_PROPERTIES);
  ck_nothing_more();
}
END_TEST

Suite *client_biddown_suite(void)
{
  Suite *suite = suite_create("client_biddown");
  TCase *tcase = tcase_create("biddown");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_loop_test(tcase, tls_list_lacks_tls, 0, 5);
  tcase_add_test(tcase, tls_list_lacks_tls_later);
  tcase_add_test(tcase, clear_list_without_ours);
  tcase_add_loop_test(tcase, changed_in_tls, 0, CHANGED);
  tcase_add_loop_test(tcase, changed_in_clear, 0, CHANGED);
  tcase_add_loop_test(tcase, changed_later, 0, CHANGED);
  tcase_add_loop_test(tcase, same_set, 0, SAME);
  tcase_add_test(tcase, foreign_entries);
  tcase_add_loop_test(tcase, early_200, 0, 2);
  tcase_add_loop_test(tcase, early_200_after_bad_challenge, 0, 2);
  tcase_add_test(tcase, list_in_200);
  tcase_add_loop_test(tcase, agreement_once, 0, 4);
  tcase_add_loop_test(tcase, no_list, 0, 2);
  tcase_add_loop_test(tcase, malformed_list, 0, 5);
  tcase_add_loop_test(tcase, odd_list, 0, ODD);
  tcase_add_loop_test(tcase, odd_list_changed, 0, 4);
  tcase_add_loop_test(tcase, psk_from_nowhere, 0, 2);
  suite_add_tcase(suite, tcase);
  return suite;
}
