/* SPDX-License-Identifier: Apache-2.0 */
/* The ways to each situation of a registration, by the public calls and what the fake world does; read by
 * check_client_table.c alone. Each way begins with a world that was just made, and every REGISTER on it is read. */
#ifndef CLIENT_SITUATIONS_H
#define CLIENT_SITUATIONS_H

#include "../client_help.h"

#include <stdio.h>

#define IPSEC_OFFER "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null, tls"
#define IPSEC_LIST                                                                                                     \
  "ipsec-3gpp;q=0.3;alg=hmac-sha-1-96;ealg=null;prot=esp;mod=trans;spi-c=5001;spi-s=5002;port-c=5063;port-s=5064, "    \
  "tls;q=0.1"

/* ---- the world ---- */

enum { CHALLENGES = 24 };

static struct {
  const char *name; /* of the cell, for messages */
  char text[160];
  const char *token; /* of a right 401 in this situation; NULL: the right one, "": none */
  bool unfit_amf;    /* the card is asked with an AMF that the policy refuses */
  /* what must not leave: every vector so far, and the response that it leads to */
  imstls_aka_vector vectors[CHALLENGES];
  char responses[CHALLENGES][65];
  int count;
  int result; /* of the application's call, or of the last step */
} world;

#define REQUIRE(condition, what) ck_assert_msg(condition, "%s: %s", world.name, what)

static void settle(void)
{
  int steps = 0;
  do
    world.result = imstls_client_step(f->client);
  while (imstls_client_timeout_ms(f->client) == 0 && ++steps < 50);
  REQUIRE(steps < 50, "it never comes to rest");
}

/* From here on no connection opens and no handshake ends by itself. */
static void freeze(void)
{
  f->connect_result = IMSTLS_PENDING;
  f->handshake_result = IMSTLS_WANT_READ;
}

static void thaw(void) { f->connect_result = f->handshake_result = IMSTLS_OK; }

/* What happens to one connection does not happen to the next. */
static void freeze_next(struct fake *which, const imstls_event *event)
{
  (void)which;
  if (event->type == IMSTLS_EVENT_CONNECTING)
    freeze();
}

/* The response that the answer to the last challenge must have. */
static void right_response(char out[65])
{
  char nonce[64], uri[80];
  uint8_t plain[32];
  memcpy(plain, f->rand, 16);
  memcpy(plain + 16, f->vector.autn, 16);
  imstls_i_writer w = imstls_i_writer_make(nonce, sizeof nonce);
  imstls_i_put_base64(&w, plain, sizeof plain);
  int n = snprintf(uri, sizeof uri, "sip:%s", f->config.identity.home_domain);
  imstls_digest_input in = { .size = sizeof in, .digest = IMSTLS_DIGEST_AKAV1_MD5, .qop = IMSTLS_QOP_NONE };
  in.username = imstls_i_text(f->config.identity.impi, strlen(f->config.identity.impi));
  in.realm = IMSTLS_I_LIT("home");
  in.nonce = imstls_i_text(nonce, w.len);
  in.method = IMSTLS_I_LIT("REGISTER");
  in.uri = imstls_i_text(uri, (size_t)n);
  in.password = (imstls_bytes){ f->vector.res, f->vector.res_len };
  ck_assert_int_eq(imstls_digest_response(&in, out), IMSTLS_OK);
}

static const char *challenge_headers(const char *token)
{
  const char *headers = fake_challenge_headers(f, token);
  ck_assert_int_lt(world.count, CHALLENGES);
  world.vectors[world.count] = f->vector;
  right_response(world.responses[world.count]);
  world.count++;
  return headers;
}

static void say_challenge(const char *token, const char *list)
{
  const char *usual = f->security_server;
  f->security_server = list;
  fake_reply(f, 401, "Unauthorized", challenge_headers(token));
  f->security_server = usual;
}

/* The USIM answers the run that is pending. */
static void card(int error, int verdict)
{
  imstls_aka_result result = f->card_result;
  if (verdict != IMSTLS_AKA_OK) {
    result = (imstls_aka_result){ .size = sizeof result, .verdict = verdict };
    memset(result.auts, 0x5a, verdict == IMSTLS_AKA_SYNC_FAILURE ? sizeof result.auts : 0);
  }
  world.result = imstls_client_usim_done(f->client, f->card_request, error, error ? NULL : &result);
}

/* ---- settings ---- */

static void by_default(void) {}
static void agree_first(void) { f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST; }

static void optional_agreement(void)
{
  f->config.policy.sec_agree = IMSTLS_SEC_AGREE_OPTIONAL;
  f->config.policy.trust = IMSTLS_TRUST_TOKEN_OR_PKI;
}

static void figure_3(void)
{
  f->config.policy.offer = IPSEC_OFFER;
  f->security_server = IPSEC_LIST;
}

static void figure_4_esp(void)
{
  figure_3();
  agree_first();
}

static void figure_5(void)
{
  figure_3();
  f->config.policy.fallback = IMSTLS_FALLBACK_IPSEC;
}

static void figure_6(void)
{
  agree_first();
  f->config.policy.psk = IMSTLS_PSK_ONLY;
  f->facts.psk = 1;
  f->facts.cert.len = 0;
  world.token = "";
}

/* ---- the way to a situation ---- */

static void ends_without(const char *feature)
{
  if (!imstls_has(feature))
    exit(EXIT_SUCCESS);
}

static void idle(void)
{
  fake_is_built(f);
  ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_OK);
}

static void begin(void)
{
  if (!f->client)
    idle();
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
  settle();
}

static void connecting(void)
{
  freeze();
  begin();
  ck_state(CONNECTING);
}

static void securing(void)
{
  connecting();
  f->connect_result = IMSTLS_OK;
  settle();
  ck_state(SECURING);
}

static void registering(void)
{
  begin();
  (void)fake_register(f);
  ck_state(REGISTERING);
}

static void challenge_with(const char *token)
{
  if (world.unfit_amf)
    f->amf = 0;
  say_challenge(token, f->security_server);
  settle();
  ck_state(CHALLENGED);
}

static void card_is_good(void)
{
  card(IMSTLS_OK, IMSTLS_AKA_OK);
  ck_assert_int_eq(world.result, IMSTLS_OK);
  settle();
}

/* The card's run is not the last thing on the way. */
static void challenge_fit(const char *token)
{
  bool unfit = world.unfit_amf;
  world.unfit_amf = false;
  challenge_with(token);
  world.unfit_amf = unfit;
}

static void challenge_and_answer(void)
{
  challenge_fit(world.token);
  card_is_good();
  (void)fake_register(f);
  ck_state(ANSWERING);
}

static void challenge_and_fail(int verdict)
{
  challenge_fit(NULL);
  card(IMSTLS_OK, verdict);
  settle();
  (void)fake_register(f);
  ck_state(ANSWERING);
}

static void challenged(void)
{
  registering();
  challenge_with(world.token);
}

static void challenged_wrong_token(void)
{
  registering();
  challenge_with("00112233445566778899aabb");
}

static void challenged_after_two_bad(void)
{
  registering();
  challenge_and_fail(IMSTLS_AKA_MAC_FAILURE);
  challenge_and_fail(IMSTLS_AKA_SYNC_FAILURE);
  challenge_with(NULL);
}

static void answering(void)
{
  registering();
  challenge_and_answer();
}

static void answering_badly(void)
{
  registering();
  challenge_and_fail(IMSTLS_AKA_SYNC_FAILURE);
}

static void answering_the_fourth(void)
{
  registering();
  for (int i = 0; i < 4; i++)
    challenge_and_answer();
}

static void registered(void)
{
  answering();
  ok("");
  ck_state(REGISTERED);
}

static void giving_back(void)
{
  answering();
  reply(200, "");
  (void)fake_register(f);
  ck_state(DEREGISTERING);
}

static void lose(void)
{
  f->closed = true;
  settle();
}

static void registering_after_loss(void)
{
  answering();
  lose();
  (void)fake_register(f);
  ck_state(REGISTERING);
}

static void registered_after_loss(void)
{
  registered();
  lose();
  (void)fake_register(f);
  challenge_and_answer();
  ok("");
  ck_state(REGISTERED);
}

static void follow(unsigned status, const char *extra)
{
  fake_reply(f, status, "Text", extra);
  settle();
  (void)fake_register(f);
  ck_state(REGISTERING);
}

static void all_was_followed(void)
{
  registering();
  follow(423, "Min-Expires: 700000\r\n");
  follow(421, "Require: sec-agree\r\n");
  follow(439, "");
  follow(494, "Security-Server: tls;q=0.1\r\n");
  say_challenge(NULL, NULL);
  settle();
  (void)fake_register(f);
  ck_state(REGISTERING);
}

static void refresh(void)
{
  ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
  settle();
  (void)fake_register(f);
  ck_state(REGISTERING);
}

static void refreshing(void)
{
  registered();
  refresh();
}

static void rechallenged(void)
{
  refreshing();
  challenge_with(world.token);
}

static void rechallenged_wrong_token(void)
{
  refreshing();
  challenge_with("00112233445566778899aabb");
}

static void reanswering(void)
{
  refreshing();
  challenge_and_answer();
}

static void leave(void)
{
  ck_assert_int_eq(imstls_client_deregister(f->client), IMSTLS_OK);
  settle();
  (void)fake_register(f);
  ck_state(DEREGISTERING);
}

static void deregistering(void)
{
  registered();
  leave();
}

static void leaving_challenged(void)
{
  deregistering();
  challenge_with(NULL);
}

static void leaving_wrong_token(void)
{
  deregistering();
  challenge_with("00112233445566778899aabb");
}

static void leaving_after_two_bad(void)
{
  deregistering();
  challenge_and_fail(IMSTLS_AKA_MAC_FAILURE);
  challenge_and_fail(IMSTLS_AKA_MAC_FAILURE);
  challenge_with(NULL);
}

static void leaving_answering(void)
{
  deregistering();
  challenge_and_answer();
}

/* Six runs of the card within the minute. */
static void card_rests(void)
{
  registered();
  for (int i = 0; i < 5; i++) {
    refresh();
    challenge_and_answer();
    ok("");
  }
  ck_state(REGISTERED);
}

static void registering_card_rests(void)
{
  card_rests();
  imstls_client_stop(f->client);
  registering();
}

static void refreshing_card_rests(void)
{
  card_rests();
  refresh();
}

static void leaving_card_rests(void)
{
  card_rests();
  leave();
}

static void waiting(void)
{
  registering();
  fake_reply(f, 500, "Text", "");
  settle();
  ck_state(WAITING);
}

static void stopped(void)
{
  registered();
  imstls_client_stop(f->client);
  ck_state(STOPPED);
}

static void failed(void)
{
  answering();
  fake_reply(f, 403, "Text", "");
  settle();
  ck_state(STOPPED);
}

static void resuming(void)
{
  ends_without("resume");
  stopped();
  f->facts.resumed = 1;
  securing();
}

static void resumed(void)
{
  ends_without("resume");
  stopped();
  f->facts.resumed = 1;
  registering();
  ck_assert_int_eq(imstls_client_trust(f->client), IMSTLS_TRUST_BY_RESUMPTION);
}

/* An answer is held for the channel that was agreed. */
static void held(const char *token)
{
  registering();
  challenge_fit(token);
  freeze();
  card_is_good();
  ck_state(CONNECTING);
}

static void held_connecting(void) { held(world.token); }

static void secure_held(const char *token)
{
  held(token);
  f->connect_result = IMSTLS_OK;
  settle();
  ck_state(SECURING);
}

static void held_securing(void) { secure_held(world.token); }
static void held_wrong_token(void) { secure_held("00112233445566778899aabb"); }

/* Figure 5: TLS was refused. */
static void fell_back_connecting(void)
{
  securing();
  freeze();
  f->handshake_result = IMSTLS_ERR_TLS_ALERT;
  settle();
  ck_state(CONNECTING);
}

static void fell_back_held(void)
{
  f->handshake_result = IMSTLS_ERR_TLS_ALERT;
  held(NULL);
}

static void rekeying(void)
{
  refreshing();
  challenge_fit(world.token);
  freeze();
  card_is_good();
  ck_state(CONNECTING);
}

static void rekeying_securing(void)
{
  rekeying();
  f->connect_result = IMSTLS_OK;
  settle();
  ck_state(SECURING);
}

#endif
