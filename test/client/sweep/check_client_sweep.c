/* SPDX-License-Identifier: Apache-2.0 */
/* Sweeps over whole lives of a client: each call of a callback fails once, each message is cut at each octet,
 * allocations are counted, and the client's memory is searched for secrets. */
#include "../client_help.h"

#include "crypto/crypto.h"

#define IPSEC_OFFER "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null, tls"
#define IPSEC_SERVER                                                                                                   \
  "ipsec-3gpp;q=0.3;alg=hmac-sha-1-96;ealg=null;prot=esp;mod=trans;spi-c=5001;spi-s=5002;port-c=5063;port-s=5064"

enum { LIVES = 5 };

static void choose_life(int life)
{
  fake_init(f);
  f->config.policy.attempts = 2;
  if (life == 1 || life == 2) {
    f->config.policy.offer = IPSEC_OFFER;
    f->security_server = IPSEC_SERVER ", tls;q=0.1";
  }
  if (life >= 2)
    f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  if (life == 4) {
    f->config.network.pcscf = "pcscf.example,192.0.2.2";
    f->config.network.transport = IMSTLS_NET_UDP;
  }
}

static const char *asked(const imstls_sip_message *m)
{
  if (!imstls_text_is(m->method, "REGISTER"))
    return "";
  return auth_param(m, "response").len ? "ok" : "challenge";
}

static void serve(void)
{
  imstls_sip_message m;
  while (fake_request(f, &m)) {
    const char *what = m.status ? "" : asked(&m);
    if (strcmp(what, "challenge") == 0)
      fake_challenge(f);
    else if (strcmp(what, "ok") == 0 && imstls_text_is(m.first[IMSTLS_HDR_EXPIRES], "0"))
      fake_reply(f, 200, "OK", "");
    else if (strcmp(what, "ok") == 0)
      fake_ok(f, "Service-Route: <sip:a;lr>\r\n");
    fake_run(f);
  }
}

static const char options[] = "OPTIONS sip:u SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1\r\n"
                              "From: <sip:a@b>;tag=1\r\nTo: <sip:u>\r\nCall-ID: x\r\n"
                              "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n";

/* Register, a request, a refresh with a challenge, deregister, with a P-CSCF that does its part. */
static void live(void)
{
  if (imstls_client_new(&f->client, &f->config) != IMSTLS_OK) {
    f->client = NULL;
    return;
  }
  (void)imstls_client_register(f->client);
  for (int i = 0; i < 8 && imstls_client_state(f->client) != IMSTLS_STATE_STOPPED; i++) {
    fake_run(f);
    serve();
    if (imstls_client_state(f->client) == IMSTLS_STATE_REGISTERED)
      break;
    int64_t wait = imstls_client_timeout_ms(f->client);
    fake_pass(f, wait > 0 ? (uint64_t)wait : 1);
  }
  if (imstls_client_registered(f->client)) {
    fake_say(f, options, sizeof options - 1);
    fake_run(f);
    serve();
  }
  if (imstls_client_refresh(f->client) == IMSTLS_OK) {
    fake_run(f);
    if (fake_request(f, NULL)) {
      fake_challenge(f);
      fake_run(f);
    }
    serve();
  }
  (void)imstls_client_deregister(f->client);
  fake_run(f);
  serve();
  for (int i = 0; i < 8 && imstls_client_state(f->client) != IMSTLS_STATE_STOPPED; i++) {
    fake_pass(f, 30000);
    serve();
  }
}

static void ck_clean_block(void)
{
  if (!f->seq)
    return; /* no vector was ever made */
  ck_assert(!fake_block_holds(f, f->vector.res, 8));
  ck_assert(!fake_block_holds(f, f->vector.ck, 16));
  ck_assert(!fake_block_holds(f, f->vector.ik, 16));
}

START_TEST(each_callback_fails)
{
  unsigned long n = 1, calls;
  if (_i > 0) /* IPsec, PSK */
    NEEDS_OCTETS();
  do {
    choose_life(_i);
    fake_is_built(f);
    f->fail_at = n;
    live();
    calls = f->calls;
    if (f->client) {
      imstls_client_stop(f->client);
      ck_clean_block();
      fake_end(f);
    }
  } while (n++ <= calls);
  ck_assert_uint_gt(n, 30);
}
END_TEST

/* ---- cuts ---- */

static char whole[FAKE_STREAM];
static size_t whole_len;

static void say_cut(size_t at)
{
  size_t len = f->coming_len;
  at = at < len ? at : len;
  f->coming_len = at;
  fake_run(f);
  f->coming_len = len;
  fake_run(f);
}

/* One registration; reply number `which` is cut at `at`. */
static void register_cut(int which, size_t at)
{
  fake_init(f);
  fake_start(f);
  (void)fake_register(f);
  fake_challenge(f);
  say_cut(which == 0 ? at : SIZE_MAX);
  (void)fake_register(f);
  fake_ok(f, "P-Associated-URI: <sip:a@b>\r\n");
  say_cut(which == 1 ? at : SIZE_MAX);
  ck_state(REGISTERED);
  fake_say(f, options, sizeof options - 1);
  say_cut(which == 2 ? at : SIZE_MAX);
}

static void ck_same_transcript(void)
{
  ck_assert_uint_eq(f->sent_len, whole_len);
  ck_assert_mem_eq(f->sent, whole, whole_len);
  fake_end(f);
}

START_TEST(each_cut)
{
  register_cut(-1, 0);
  whole_len = f->sent_len;
  memcpy(whole, f->sent, whole_len);
  ck_assert(fake_sent_text(f, "SIP/2.0 200 OK"));
  fake_end(f);
  for (int which = 0; which < 3; which++)
    for (size_t at = 0; at < 600; at++) {
      register_cut(which, at);
      ck_same_transcript();
    }
}
END_TEST

START_TEST(octet_by_octet)
{
  for (int way = 0; way < 4; way++) {
    fake_init(f);
    f->cut = way & 1 ? 1 : 0;
    f->write_cut = way & 2 ? 1 : 0;
    fake_start(f);
    (void)fake_register(f);
    (void)challenge();
    ok("");
    ck_state(REGISTERED);
    if (way == 0) {
      whole_len = f->sent_len;
      memcpy(whole, f->sent, whole_len);
    }
    ck_same_transcript();
  }
}
END_TEST

/* ---- memory ---- */

/* These stand in for lib/crypto/alloc_mbedtls.c, the only way to memory that lib/ has outside port/ (test/lint.sh). */
static int allocations, frees;
static bool exhausted;

void *imstls_i_calloc(size_t len)
{
  allocations++;
  return exhausted ? NULL : calloc(1, len);
}

void imstls_i_free(void *ptr)
{
  frees += ptr != NULL;
  free(ptr);
}

START_TEST(one_allocation)
{
  for (int life = 0; life < LIVES; life++) {
    allocations = frees = 0;
    choose_life(life);
    if (imstls_config_check(&f->config, NULL, 0) == IMSTLS_ERR_UNSUPPORTED)
      continue;
    live();
    ck_assert_int_eq(allocations, 1);
    ck_assert_int_eq(frees, 0);
    fake_end(f);
    ck_assert_int_eq(frees, 1);
  }
}
END_TEST

/* Octets of a block that nobody wrote to. */
static size_t untouched(const void *storage, size_t len, uint8_t filled_with)
{
  size_t count = 0;
  for (size_t i = 0; i < len; i++)
    count += ((const uint8_t *)storage)[i] == filled_with;
  return count;
}

START_TEST(own_storage)
{
  static uint64_t storage[16384];
  memset(storage, 0xA5, sizeof storage);
  allocations = frees = 0;
  size_t need = imstls_client_size(&f->config);
  ck_assert(need && need <= sizeof storage);
  ck_assert_int_eq(imstls_client_init(storage, need - 1, &f->config, &f->client), IMSTLS_ERR_CAPACITY);
  ck_assert_int_eq(imstls_client_init((char *)storage + 1, need, &f->config, &f->client), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_init(storage, need, &f->config, &f->client), IMSTLS_OK);
  (void)imstls_client_register(f->client);
  fake_run(f);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
  /* room for 16 KiB to receive and to send, and messages had 1 KiB */
  ck_assert_uint_ge(untouched(storage, need, 0xA5), 24 * 1024);
  fake_end(f);
  ck_assert_int_eq(allocations + frees, 0);
  for (size_t i = 0; i < need; i++)
    ck_assert_int_eq(((char *)storage)[i], 0); /* wiped */
}
END_TEST

START_TEST(no_memory)
{
  exhausted = true;
  int result = imstls_client_new(&f->client, &f->config);
  exhausted = false;
  ck_assert_int_eq(result, IMSTLS_ERR_MEMORY);
  f->client = NULL;
}
END_TEST

static void ck_no_ha1(void)
{
  char ha1[65], c_token[25];
  imstls_digest_input in = { .size = sizeof in, .digest = IMSTLS_DIGEST_AKAV1_MD5, .realm = IMSTLS_I_LIT("home") };
  in.username = imstls_i_text(f->config.identity.impi, strlen(f->config.identity.impi));
  in.password = (imstls_bytes){ f->vector.res, f->vector.res_len };
  ck_assert_int_eq(imstls_digest_ha1(&in, ha1), IMSTLS_OK);
  imstls_text s_token = imstls_i_text(f->s_token, 24);
  ck_assert_int_eq(imstls_token_check_server(f->vector.ik, f->cert, sizeof f->cert, s_token, c_token), IMSTLS_OK);
  ck_assert(!fake_block_holds(f, ha1, 32));
  ck_assert(!fake_block_holds(f, c_token, 24));
}

START_TEST(secrets_are_wiped)
{
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  ck_clean_block(); /* SM7 has left: nothing but its text may be kept */
  ck_no_ha1();
  ok("");
  ck_state(REGISTERED);
  ck_clean_block();
  ck_no_ha1();
  imstls_client_stop(f->client);
  ck_clean_block();
  ck_assert(!fake_block_holds(f, "response=\"", 10) || !fake_block_holds(f, f->s_token, 24));
}
END_TEST

START_TEST(secrets_are_wiped_after_abort)
{
  static const char *const tokens[] = { "", "00", "000000000000000000000000" };
  for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
    fake_init(f);
    fake_start(f);
    (void)fake_register(f);
    reply(401, fake_challenge_headers(f, tokens[i]));
    ck_state(WAITING);
    ck_clean_block();
    ck_no_ha1();
    fake_end(f);
  }
}
END_TEST

/* While an answer waits for its channel, and the connection fails. */
START_TEST(secrets_are_wiped_while_waiting)
{
  NEEDS_OCTETS();
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  fake_start(f);
  (void)fake_register(f);
  f->connect_result = IMSTLS_PENDING;
  fake_challenge(f);
  fake_run(f);
  ck_assert(fake_block_holds(f, f->vector.ik, 16)); /* the search finds what is there */
  f->connect_result = IMSTLS_ERR_CONNECT;
  fake_run(f);
  ck_state(WAITING);
  ck_clean_block();
}
END_TEST

Suite *client_sweep_suite(void);
Suite *client_sweep_suite(void)
{
  Suite *suite = suite_create("client_sweep");
  TCase *tcase = tcase_create("client");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, each_callback_fails, 0, LIVES);
  tcase_add_test(tcase, each_cut);
  tcase_add_test(tcase, octet_by_octet);
  tcase_add_test(tcase, one_allocation);
  tcase_add_test(tcase, own_storage);
  tcase_add_test(tcase, no_memory);
  tcase_add_test(tcase, secrets_are_wiped);
  tcase_add_test(tcase, secrets_are_wiped_after_abort);
  tcase_add_test(tcase, secrets_are_wiped_while_waiting);
  suite_add_tcase(suite, tcase);
  return suite;
}
