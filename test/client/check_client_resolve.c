/* SPDX-License-Identifier: Apache-2.0 */
/* What the resolver is asked, and what becomes of the ports and addresses that it gives. */
#include "client_help.h"

static imstls_address at(uint8_t last, uint16_t port)
{
  return (imstls_address){ .family = 4, .ip = { 192, 0, 2, last }, .port = port };
}

static void resolved(const imstls_address *addresses, size_t count)
{
  ck_assert_int_eq(imstls_client_resolved(f->client, f->resolve_request, addresses, count), IMSTLS_OK);
  fake_run(f);
}

static void ask(const char *pcscf)
{
  f->config.network.pcscf = pcscf;
  f->resolve_result = IMSTLS_PENDING;
  fake_start(f);
}

static void resolve_to(uint8_t last, uint16_t port)
{
  imstls_address address = at(last, port);
  resolved(&address, 1);
}

#define ck_remote(last, number)                                                                                        \
  do {                                                                                                                 \
    ck_assert_uint_eq(f->last_open.remote.ip[3], last);                                                                \
    ck_assert_uint_eq(f->last_open.remote.port, number);                                                               \
  } while (0)

/* RFC 3263 4.1 and 4.2: the service is that of the flow, and a port that is configured goes with the name. */
START_TEST(questions)
{
  static const struct {
    const char *pcscf;
    int32_t flow, transport, service;
    uint32_t port;
  } rows[] = { { "a.example", IMSTLS_FLOW_TLS_FIRST, 0, IMSTLS_SERVICE_SIPS_TCP, 0 },
               { "a.example:5071", IMSTLS_FLOW_TLS_FIRST, 0, IMSTLS_SERVICE_SIPS_TCP, 5071 },
               { "a.example", IMSTLS_FLOW_AGREE_FIRST, 0, IMSTLS_SERVICE_SIP_TCP, 0 },
               { "a.example", IMSTLS_FLOW_AGREE_FIRST, IMSTLS_NET_UDP, IMSTLS_SERVICE_SIP_UDP, 0 } };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    fake_init(f);
    f->config.policy.flow = rows[i].flow;
    f->config.network.transport = rows[i].transport;
    ask(rows[i].pcscf);
    ck_assert_str_eq(f->last_query.host, "a.example");
    ck_assert_uint_eq(f->last_query.size, sizeof f->last_query);
    ck_assert_int_eq(f->last_query.service, rows[i].service);
    ck_assert_uint_eq(f->last_query.port, rows[i].port);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

/* Configured, else the resolver's, else the default. */
START_TEST(ports)
{
  static const struct {
    const char *pcscf;
    uint16_t resolved, connected;
  } rows[] = { { "a.example", 0, 5061 },
               { "a.example", 5081, 5081 },
               { "a.example:5071", 0, 5071 },
               { "a.example:5071", 5081, 5071 } };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    fake_init(f);
    ask(rows[i].pcscf);
    resolve_to(7, rows[i].resolved);
    ck_remote(7, rows[i].connected);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

/* Each address has its own. */
START_TEST(a_port_each)
{
  imstls_address two[] = { at(7, 5081), at(8, 5082) };
  f->connect_result = IMSTLS_ERR_CONNECT;
  ask("a.example");
  resolved(two, 2);
  ck_assert_int_eq(f->opened, 2);
  ck_remote(8, 5082);
}
END_TEST

/* The name that is verified is the one that was asked for, whatever the DNS says (RFC 5922 7.1). */
START_TEST(server_name)
{
  ask("a.example");
  resolve_to(7, 5081);
  ck_assert_str_eq(f->last_tls.server_name, "a.example");
}
END_TEST

static int (*fake_connected)(void *user, imstls_socket s, imstls_address *local);

static int but_not_the_first(void *user, imstls_socket s, imstls_address *local)
{
  return f->last_open.remote.ip[3] == 7 ? IMSTLS_ERR_CONNECT : fake_connected(user, s, local);
}

/* TLS goes to whom it was agreed with, on its own port, and nobody is asked for the name again. */
START_TEST(agreed_with)
{
  imstls_address two[] = { at(7, 5080), at(8, 5080) };
  imstls_net net = *f->config.ports.net;
  fake_connected = net.connected;
  net.connected = but_not_the_first;
  f->config.ports.net = &net;
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  ask("a.example");
  resolved(two, 2);
  ck_remote(8, 5080);
  (void)fake_register(f);
  uint32_t asked = f->resolve_request;
  fake_challenge(f);
  fake_run(f);
  ck_remote(8, 5061);
  ck_assert_uint_eq(f->resolve_request, asked);
  (void)fake_register(f);
  ok("");
  ck_state(REGISTERED);
}
END_TEST

/* It is the only address: another one of the name has agreed to nothing. */
START_TEST(agreed_with_nobody_else)
{
  imstls_address two[] = { at(8, 0), at(9, 0) };
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  ask("a.example");
  resolved(two, 2);
  ck_remote(8, 5060);
  (void)fake_register(f);
  fake_challenge(f);
  f->connect_result = IMSTLS_ERR_CONNECT;
  fake_run(f);
  ck_remote(8, 5061);
  ck_retries(IMSTLS_ERR_CONNECT);
}
END_TEST

/* A resolver that never answers is told as that. */
START_TEST(no_answer)
{
  ask("a.example");
  fake_pass(f, 9999);
  ck_state(CONNECTING);
  fake_pass(f, 1);
  ck_retries(IMSTLS_ERR_RESOLVE);
}
END_TEST

static int other_user;

static int resolve_elsewhere(void *user, const imstls_net_query *query, imstls_address *out, size_t cap, size_t *count)
{
  (void)query;
  ck_assert_ptr_eq(user, &other_user);
  ck_assert_uint_ge(cap, 1);
  out[0] = at(44, 5090);
  *count = 1;
  return IMSTLS_OK;
}

/* The resolver may be of another part than the sockets. */
START_TEST(another_part)
{
  imstls_net net = *f->config.ports.net;
  net.resolve = resolve_elsewhere;
  net.resolve_user = &other_user;
  f->config.ports.net = &net;
  f->config.network.pcscf = "a.example";
  fake_start(f);
  ck_remote(44, 5090);
}
END_TEST

/* In feed mode the application resolves: it hears for what, and whether the port is a default. */
START_TEST(fed)
{
  static const struct {
    const char *pcscf;
    int32_t flow, service;
    uint32_t is_default;
  } rows[] = { { "a.example", IMSTLS_FLOW_TLS_FIRST, IMSTLS_SERVICE_SIPS_TCP, 1 },
               { "a.example:5061", IMSTLS_FLOW_TLS_FIRST, IMSTLS_SERVICE_SIPS_TCP, 0 },
               { "a.example", IMSTLS_FLOW_AGREE_FIRST, IMSTLS_SERVICE_SIP_TCP, 1 } };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    fake_init(f);
    f->config.ports.net = NULL;
    f->config.policy.flow = rows[i].flow;
    f->config.network.pcscf = rows[i].pcscf;
    ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_OK);
    ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
    (void)imstls_client_step(f->client);
    const imstls_event *event = fake_event(f, IMSTLS_EVENT_OPEN);
    ck_assert_int_eq(event->value, rows[i].service);
    ck_assert_uint_eq(event->flag, rows[i].is_default);
    imstls_client_free(f->client);
    f->client = NULL;
  }
}
END_TEST

SUITE_OF(client_resolve, questions, ports, a_port_each, server_name, agreed_with, agreed_with_nobody_else, no_answer,
         another_part, fed)
