/* SPDX-License-Identifier: Apache-2.0 */
/* The part over c-ares with a DNS server that is a socket of this test; what the records lead to is in
 * test/e2e/dns_checks.py. */
#include <check.h>
#include <string.h>

#include <imstls/cares.h>
#include <imstls/error.h>

static uint64_t now;

static uint64_t clock_ms(void *user)
{
  (void)user;
  return now;
}

static int zeros(void *user, uint8_t *out, size_t len)
{
  (void)user;
  memset(out, 0, len);
  return IMSTLS_OK;
}

static imstls_cares_config config;
static imstls_cares *part;

static void begin(void)
{
  now = 1000;
  part = NULL;
  config = (imstls_cares_config)IMSTLS_CARES_CONFIG_INIT;
  config.servers = "127.0.0.1:9";
  config.random = zeros;
  config.now_ms = clock_ms;
}

START_TEST(bad_calls)
{
  begin();
  ck_assert_int_eq(imstls_cares_new(NULL, &config), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_cares_new(&part, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq((int)imstls_cares_timeout_ms(NULL), -1);
  ck_assert_uint_eq(imstls_cares_waits(NULL, NULL, 0), 0);
  imstls_cares_free(NULL);
}
END_TEST

#if !defined(IMSTLS_WITH_CARES)

START_TEST(not_built_in)
{
  imstls_address out[1];
  size_t count = 1;
  begin();
  ck_assert_int_eq(imstls_cares_new(&part, &config), IMSTLS_ERR_UNSUPPORTED);
  ck_assert_ptr_null(part);
  ck_assert_int_eq(imstls_cares_process(NULL, NULL), IMSTLS_ERR_UNSUPPORTED);
  ck_assert_int_eq(imstls_cares_resolve(NULL, NULL, out, 1, &count), IMSTLS_ERR_RESOLVE);
  ck_assert_uint_eq(count, 0);
}
END_TEST

#define TESTS bad_calls, not_built_in

#else

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake.h"
#include "port/cares/part.h"

/* ---- a server ---- */

static int server;
static char servers[32];
static struct sockaddr_in client_end; /* who asked last */

static void start_server(void)
{
  struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t len = sizeof name;
  begin();
  server = socket(AF_INET, SOCK_DGRAM, 0);
  ck_assert_int_eq(bind(server, (struct sockaddr *)&name, len), 0);
  ck_assert_int_eq(getsockname(server, (struct sockaddr *)&name, &len), 0);
  ck_assert_int_eq(fcntl(server, F_SETFL, O_NONBLOCK), 0);
  snprintf(servers, sizeof servers, "127.0.0.1:%d", ntohs(name.sin_port));
  config.servers = servers;
}

/* The next question: its type, 0: there is none. */
static int asked(uint8_t query[512], size_t *len)
{
  socklen_t from_len = sizeof client_end;
  ssize_t n = recvfrom(server, query, 512, 0, (struct sockaddr *)&client_end, &from_len);
  if (n < 17)
    return 0;
  *len = (size_t)n;
  return query[n - 4] << 8 | query[n - 3]; /* c-ares sends the question alone */
}

static void say(const uint8_t *octets, size_t len)
{
  ck_assert_int_eq(sendto(server, octets, len, 0, (struct sockaddr *)&client_end, sizeof client_end), (int)len);
}

/* No record, or one address. */
static void answer(const uint8_t *query, size_t len, bool has_address)
{
  static const uint8_t record[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 33 };
  uint8_t out[600];
  memcpy(out, query, len);
  out[2] = 0x81;
  out[3] = 0x80;
  out[7] = has_address;
  if (has_address)
    memcpy(out + len, record, sizeof record);
  say(out, len + (has_address ? sizeof record : 0));
}

/* Answers all that was asked: A with an address, everything else with nothing. */
static void answer_all(void)
{
  uint8_t query[512];
  size_t len;
  for (int type; (type = asked(query, &len)) != 0;)
    answer(query, len, type == 1);
}

/* ---- a client ---- */

static struct fake *f;
static imstls_net net;

static void start_client(void)
{
  f = malloc(sizeof *f);
  ck_assert_ptr_nonnull(f);
  fake_init(f);
  net = *f->config.ports.net;
  net.resolve = imstls_cares_resolve;
  net.resolve_user = part;
  f->config.ports.net = &net;
  f->config.network.pcscf = "pcscf.example";
  fake_start(f);
}

static void setup(void)
{
  start_server();
  ck_assert_int_eq(imstls_cares_new(&part, &config), IMSTLS_OK);
  start_client();
}

static void teardown(void)
{
  fake_end(f);
  free(f);
  imstls_cares_free(part);
  close(server);
}

static void process(void)
{
  ck_assert_int_eq(imstls_cares_process(part, f->client), IMSTLS_OK);
  fake_run(f);
}

START_TEST(configurations)
{
  static const char *const bad[] = { "nonsense",        "127.0.0.1:x", "300.1.1.1",
                                     "127.0.0.1:65536", "127.0.0.1:0", "127.0.0.1:1,127.0.0.1:99999",
                                     "[::1]:99999",     "127.0.0.1:" };
  char longest[300];
  memset(longest, 'a', sizeof longest);
  longest[299] = '\0';
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    begin();
    config.servers = bad[i];
    ck_assert_msg(imstls_cares_new(&part, &config) == IMSTLS_ERR_CONFIG, "%s", bad[i]);
  }
  config.servers = longest;
  ck_assert_int_eq(imstls_cares_new(&part, &config), IMSTLS_ERR_CONFIG);
  begin();
  config.interface_name = "0123456789abcdef";
  ck_assert_int_eq(imstls_cares_new(&part, &config), IMSTLS_ERR_CONFIG);
  begin();
  config.prefer = 5;
  ck_assert_int_eq(imstls_cares_new(&part, &config), IMSTLS_ERR_CONFIG);
  begin();
  config.random = NULL;
  ck_assert_int_eq(imstls_cares_new(&part, &config), IMSTLS_ERR_USAGE);
  begin();
  config.now_ms = NULL;
  ck_assert_int_eq(imstls_cares_new(&part, &config), IMSTLS_ERR_USAGE);
  begin();
  config.size--;
  ck_assert_int_eq(imstls_cares_new(&part, &config), IMSTLS_ERR_USAGE);
  ck_assert_ptr_null(part);
}
END_TEST

START_TEST(whole)
{
  imstls_wait waits[16];
  for (int i = 0; i < 20 && !f->opened; i++) {
    ck_assert_uint_eq(imstls_cares_waits(part, waits, 16), 1);
    ck_assert_int_ge((int)waits[0].socket, 3);
    ck_assert_uint_eq(waits[0].events, IMSTLS_WAIT_READ);
    ck_assert(imstls_cares_timeout_ms(part) > 0 && imstls_cares_timeout_ms(part) <= 8000);
    ck_assert_int_ne(fcntl((int)waits[0].socket, F_GETFL) & O_NONBLOCK, 0);
    ck_assert_int_ne(fcntl((int)waits[0].socket, F_GETFD) & FD_CLOEXEC, 0);
    answer_all();
    process();
  }
  ck_assert_uint_eq(f->last_open.remote.ip[3], 33);
  ck_assert_uint_eq(f->last_open.remote.port, 5061);
  ck_assert_uint_eq(imstls_cares_waits(part, waits, 16), 0); /* nothing stays open */
  ck_assert_int_eq((int)imstls_cares_timeout_ms(part), -1);
}
END_TEST

/* The next question takes the place of the one before: other sockets, though perhaps of the same numbers. */
START_TEST(given_up)
{
  imstls_wait before[16], after[16];
  ck_assert_uint_eq(imstls_cares_waits(part, before, 16), 1);
  ck_assert_int_eq(imstls_client_network_changed(f->client), IMSTLS_OK);
  fake_run(f);
  ck_assert_uint_eq(imstls_cares_waits(part, after, 16), 1);
  ck_assert_uint_ne(before[0].generation, after[0].generation);
  for (int i = 0; i < 20 && !f->opened; i++) {
    answer_all();
    process();
  }
  ck_assert_int_eq(f->opened, 1);
}
END_TEST

/* The end of the time: what is asked is given up, and answered with what is known. */
START_TEST(time_is_up)
{
  now += 7999;
  process();
  ck_assert_int_eq(imstls_client_state(f->client), IMSTLS_STATE_CONNECTING);
  ck_assert_int_eq((int)imstls_cares_timeout_ms(part), 1);
  now += 1;
  ck_assert_int_eq((int)imstls_cares_timeout_ms(part), 0);
  process();
  ck_assert_int_eq(imstls_client_state(f->client), IMSTLS_STATE_WAITING);
  ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_RESOLVE);
  ck_assert_int_eq((int)imstls_cares_timeout_ms(part), -1);
}
END_TEST

/* Whoever floods the socket gets 32 datagrams a call, and the answer behind them still comes. */
START_TEST(flood)
{
  uint8_t query[512], junk[40] = { 0 };
  size_t len = 0;
  ck_assert_int_eq(asked(query, &len), 35);
  junk[0] = (uint8_t)~query[0];
  for (int i = 0; i < 100; i++)
    say(junk, sizeof junk);
  answer(query, len, false);
  for (int i = 0; i < 3; i++) {
    process();
    ck_assert_uint_le(part->reads, READS);
    ck_assert_int_eq(asked(query, &len), 0);
  }
  process();
  ck_assert_int_eq(asked(query, &len), 33); /* SRV */
}
END_TEST

/* No question can be asked: the name is none, or nobody knows the service. */
START_TEST(no_question)
{
  imstls_address out[8];
  size_t count = 9;
  imstls_net_query query = { .size = sizeof query, .host = "a b", .service = IMSTLS_SERVICE_SIPS_TCP };
  ck_assert_int_eq(imstls_cares_resolve(part, &query, out, 8, &count), IMSTLS_ERR_RESOLVE);
  ck_assert_uint_eq(count, 0);
  query.host = "a.example";
  query.service = 0;
  ck_assert_int_eq(imstls_cares_resolve(part, &query, out, 8, &count), IMSTLS_ERR_RESOLVE);
  query.service = 4;
  ck_assert_int_eq(imstls_cares_resolve(part, &query, out, 8, &count), IMSTLS_ERR_RESOLVE);
  ck_assert_uint_eq(imstls_cares_waits(part, NULL, 0), 0);
}
END_TEST

/* The hosts file knows it: the answer is there at once. */
START_TEST(at_once)
{
  imstls_address out[8];
  size_t count = 0;
  imstls_net_query query = { .size = sizeof query, .host = "localhost", .service = IMSTLS_SERVICE_SIPS_TCP, .port = 1 };
  ck_assert_int_eq(imstls_cares_resolve(part, &query, out, 1, &count), IMSTLS_OK);
  ck_assert_uint_eq(count, 1);
  ck_assert_uint_eq(out[0].port, 0);
  ck_assert_uint_eq(imstls_cares_waits(part, NULL, 0), 0);
}
END_TEST

/* An interface that there is not: nothing goes out another way. */
START_TEST(bound)
{
  uint8_t query[512];
  size_t len, count = 0;
  imstls_address out[8];
  imstls_net_query what = { .size = sizeof what, .host = "a.example", .service = IMSTLS_SERVICE_SIPS_TCP };
  imstls_cares *other = NULL;
  ck_assert_int_eq(asked(query, &len), 35); /* the client's */
  config.interface_name = "none-such";
  ck_assert_int_eq(imstls_cares_new(&other, &config), IMSTLS_OK);
  ck_assert_int_eq(imstls_cares_resolve(other, &what, out, 8, &count), IMSTLS_ERR_RESOLVE);
  ck_assert_int_eq(asked(query, &len), 0);
  imstls_cares_free(other);
}
END_TEST

#define TESTS bad_calls, configurations
#define WITH_SERVER whole, given_up, time_is_up, flood, no_question, at_once, bound

#endif

Suite *cares_suite(void);
Suite *cares_suite(void)
{
  const TTest *const tests[] = { TESTS };
  Suite *suite = suite_create("cares");
  TCase *tcase = tcase_create("cares");
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
    tcase_add_test(tcase, tests[i]);
  suite_add_tcase(suite, tcase);
#if defined(IMSTLS_WITH_CARES)
  const TTest *const with_server[] = { WITH_SERVER };
  tcase = tcase_create("with a server");
  tcase_add_checked_fixture(tcase, setup, teardown);
  for (size_t i = 0; i < sizeof with_server / sizeof with_server[0]; i++)
    tcase_add_test(tcase, with_server[i]);
  suite_add_tcase(suite, tcase);
#endif
  return suite;
}
