/* SPDX-License-Identifier: Apache-2.0 */
/* Challenges good and bad, at the first registration and once registered. */
#include "client_help.h"

/* A new IK needs a new proof over the same certificate. */
START_TEST(reauthentication)
{
  fake_register_whole(f);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  ck_assert_int_eq(imstls_client_registered(f->client), 1);
  answer_of(&m);
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_REFRESHED), 1);
  ck_assert_int_eq(f->opened, 1);
}
END_TEST

START_TEST(reauthentication_wrong)
{
  static const struct {
    const char *token;
    int error;
  } cases[] = { { "", IMSTLS_ERR_S_TOKEN_MISSING },
                { "000000000000000000000000", IMSTLS_ERR_S_TOKEN_MISMATCH },
                { "00", IMSTLS_ERR_S_TOKEN_MALFORMED } };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    fake_register_whole(f);
    (void)imstls_client_refresh(f->client);
    fake_run(f);
    (void)fake_register(f);
    reply(401, fake_challenge_headers(f, cases[i].token));
    ck_lost(cases[i].error);
    ck_begins_anew();
    ck_no_secret();
    ck_assert_int_eq(imstls_client_registered(f->client), 0);
    imstls_client_free(f->client);
    f->client = NULL;
  }
}
END_TEST

START_TEST(resynchronisation)
{
  uint8_t sqn[6], auts[14];
  for (int i = 0; i < 32; i++)
    f->soft.sqn.seq[i] = 5000;
  fake_start(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  imstls_text text = auth_param(&m, "auts");
  ck_assert_int_eq((int)imstls_i_base64_decode(text, auts, 14), 14);
  ck_assert_int_eq(imstls_aka_auts_check(&f->home, f->rand, auts, sqn), IMSTLS_OK);
  ck_assert_ptr_null(auth_param(&m, "c_token").ptr);
  ck_no_secret();
  f->seq = 5000; /* the home network took it */
  m = challenge();
  answer_of(&m);
  ok("");
  ck_state(REGISTERED);
}
END_TEST

START_TEST(sqn_old_for_ever)
{
  for (int i = 0; i < 32; i++)
    f->soft.sqn.seq[i] = 5000;
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  (void)challenge();
  fake_challenge(f);
  fake_run(f);
  ck_retries(IMSTLS_ERR_AKA_SYNC);
  ck_silent();
  ck_assert_int_eq(f->card_runs, 3);
  ck_no_secret();
}
END_TEST

/* TS 24.229 5.1.1.5.3: neither auts nor a response; at most two in a row. */
START_TEST(mac_failure)
{
  f->home.opc[0] ^= 1; /* a network that does not know the key */
  fake_start(f);
  (void)fake_register(f);
  for (int i = 0; i < 2; i++) {
    imstls_sip_message m = challenge();
    ck_text(auth_param(&m, "response"), "");
    ck_assert_ptr_null(auth_param(&m, "auts").ptr);
    ck_assert_ptr_null(auth_param(&m, "c_token").ptr);
    ck_assert_uint_gt(auth_param(&m, "nonce").len, 40);
  }
  fake_challenge(f);
  fake_run(f);
  ck_retries(IMSTLS_ERR_AKA_MAC);
  ck_silent();
  ck_no_secret();
}
END_TEST

/* One good challenge in between, and the count of bad ones begins anew; but four challenges are all there are. */
START_TEST(four_challenges)
{
  fake_start(f);
  (void)fake_register(f);
  f->home.opc[0] ^= 1;
  (void)challenge();
  f->home.opc[0] ^= 1;
  (void)challenge();
  f->home.opc[0] ^= 1;
  (void)challenge();
  (void)challenge();
  ck_state(ANSWERING);
  fake_challenge(f);
  fake_run(f);
  ck_retries(IMSTLS_ERR_SIP_CHALLENGES);
  ck_assert_int_eq(f->card_runs, 4);
  ck_silent();
}
END_TEST

START_TEST(repeated_rand)
{
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  f->seq--;
  fake_challenge(f);
  fake_run(f);
  ck_retries(IMSTLS_ERR_AKA_REPEATED);
  ck_assert_int_eq(f->card_runs, 1);
  ck_silent();
}
END_TEST

/* An impostor can say 200; it registers nothing. */
START_TEST(ok_before_challenge)
{
  fake_start(f);
  (void)fake_register(f);
  ok("");
  ck_retries(IMSTLS_ERR_NO_CHALLENGE);
  ck_assert_int_eq(imstls_client_registered(f->client), 0);
}
END_TEST

/* Nor does one that follows an AUTS or an empty answer. */
START_TEST(ok_after_bad_challenge)
{
  f->home.opc[0] ^= 1;
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_retries(IMSTLS_ERR_NO_CHALLENGE);
}
END_TEST

SUITE_OF(client_challenges, reauthentication, reauthentication_wrong, resynchronisation, sqn_old_for_ever, mac_failure,
         four_challenges, repeated_rand, ok_before_challenge, ok_after_bad_challenge)
