/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions that outlive their connection: saved once trusted, offered only under the same terms. */
#include "client_help.h"

static void store_session(void)
{
  fake_register_whole(f);
  ck_assert_int_eq(f->stored, 1);
  imstls_client_free(f->client);
  f->client = NULL;
  f->sent_seen = f->sent_len;
}

START_TEST(nothing_saved_before_trust)
{
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  ck_assert_int_eq(f->stored, 0);
  ok("");
  ck_assert_int_eq(f->stored, 1);
}
END_TEST

START_TEST(resumed)
{
  store_session();
  f->facts.resumed = 1;
  fake_start(f);
  ck_assert_int_eq(f->resume_offered, 1);
  ck_assert_int_eq(imstls_client_trust(f->client), IMSTLS_TRUST_BY_RESUMPTION);
  (void)fake_register(f);
  ok(""); /* no challenge is needed on a trusted channel */
  ck_state(REGISTERED);
  ck_assert_int_eq(f->card_runs, 1);
}
END_TEST

START_TEST(resumed_and_challenged)
{
  store_session();
  f->facts.resumed = 1;
  fake_start(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  ck_assert_uint_eq(auth_param(&m, "c_token").len, 24);
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(f->stored, 2); /* the old record is replaced */
}
END_TEST

START_TEST(resumed_wrong_token)
{
  store_session();
  f->facts.resumed = 1;
  fake_start(f);
  (void)fake_register(f);
  reply(401, fake_challenge_headers(f, "0123456789abcdef01234567"));
  ck_retries(IMSTLS_ERR_S_TOKEN_MISMATCH);
  ck_assert_uint_eq(f->record_len, 0);
}
END_TEST

START_TEST(not_resumed_is_not_trusted)
{
  store_session();
  f->facts.resumed = 0; /* the server wanted a full handshake */
  fake_start(f);
  ck_assert_int_eq(f->resume_offered, 1);
  (void)fake_register(f);
  ok("");
  ck_retries(IMSTLS_ERR_NO_CHALLENGE);
}
END_TEST

START_TEST(resumed_unasked)
{
  f->facts.resumed = 1;
  fake_start(f);
  ck_state(WAITING);
  ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_TLS_PROPERTIES);
  ck_silent();
}
END_TEST

START_TEST(resumed_without_extended_master_secret)
{
  store_session();
  f->facts.resumed = 1;
  f->facts.extended_ms = 0;
  fake_start(f);
  ck_silent();
  ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_TLS_PROPERTIES);
}
END_TEST

START_TEST(unknown_properties)
{
  for (int i = 0; i < 2; i++) {
    f->facts.resumed = i ? -1 : 0;
    f->facts.extended_ms = i ? 1 : -1;
    fake_start(f);
    ck_silent();
    ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_TLS_PROPERTIES);
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

/* Any term that differs: a full handshake. */
START_TEST(other_terms)
{
  for (int i = 0; i < 9; i++) {
    fake_init(f);
    store_session();
    switch (i) {
    case 0: f->config.identity.impi = "001010000000002@ims.mnc001.mcc001.3gppnetwork.org"; break;
    case 1: f->config.network.server_name = "other.example"; break;
    case 2: f->config.network.pcscf = "192.0.2.3"; break;
    case 3: f->config.policy.trust = IMSTLS_TRUST_TOKEN_OR_PKI; break;
    case 4: f->config.network.tls_port = 5071; break;
    case 5: f->config.policy.psk = IMSTLS_PSK_ALLOW; break;
    case 6: f->config.policy.token2 = IMSTLS_TOKEN2_ALLOWED; break;
    case 7: f->config.policy.sec_agree = IMSTLS_SEC_AGREE_OFF; break;
    default: f->record[3] ^= 1; break;
    }
    fake_start(f);
    (void)fake_register(f);
    ck_assert_int_eq(f->resume_offered, 0);
    imstls_client_free(f->client);
    f->client = NULL;
  }
}
END_TEST

START_TEST(record_of_nothing)
{
  store_session();
  for (size_t len = 0; len < 80; len += 3) {
    f->record_len = len;
    fake_start(f);
    (void)fake_register(f);
    ck_assert_int_eq(f->resume_offered, 0);
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

/* What storage cannot do is told, and costs no more than a full handshake. */
START_TEST(record_not_stored)
{
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  f->store_error = IMSTLS_ERR_STORAGE;
  ok("");
  ck_state(REGISTERED);
  ck_storage_told(1, "record not stored");
  ck_assert_int_eq(f->stored, 0);
}
END_TEST

START_TEST(record_not_read)
{
  store_session();
  f->load_error = IMSTLS_ERR_STORAGE;
  fake_start(f);
  ck_storage_told(1, "record not read");
  ck_assert_int_eq(f->resume_offered, 0);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
}
END_TEST

/* The end of a registration has its own error; the record that stays is told before it. */
START_TEST(record_not_forgotten)
{
  store_session();
  f->facts.resumed = 1;
  fake_start(f);
  (void)fake_register(f);
  f->store_error = IMSTLS_ERR_STORAGE;
  reply(401, fake_challenge_headers(f, "0123456789abcdef01234567"));
  ck_retries(IMSTLS_ERR_S_TOKEN_MISMATCH);
  ck_storage_told(1, "record not deleted");
  ck_assert(fake_event(f, IMSTLS_EVENT_POLICY) < fake_event(f, IMSTLS_EVENT_RETRY));
}
END_TEST

START_TEST(storage_that_works_is_not_told)
{
  store_session();
  f->facts.resumed = 1;
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
  ck_storage_told(0, "");
}
END_TEST

SUITE_OF(client_resume, record_not_stored, record_not_read, record_not_forgotten, storage_that_works_is_not_told,
         nothing_saved_before_trust, resumed, resumed_and_challenged, resumed_wrong_token, not_resumed_is_not_trusted,
         resumed_unasked, resumed_without_extended_master_secret, unknown_properties, other_terms, record_of_nothing)
