/* SPDX-License-Identifier: Apache-2.0 */
/* UDP and its timers, in clear and in ESP, where requests come to the protected server port. */
#include "client_help.h"

START_TEST(udp_timers)
{
  static const unsigned at[] = { 2000, 6000, 14000, 30000, 46000, 62000, 78000, 94000, 110000, 126000 };
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.network.transport = IMSTLS_NET_UDP;
  fake_start(f);
  ck_assert_int_eq(f->last_open.kind, IMSTLS_NET_UDP);
  imstls_sip_message m = fake_register(f);
  imstls_text via = m.first[IMSTLS_HDR_VIA];
  ck_assert(memcmp(via.ptr, "SIP/2.0/UDP ", 12) == 0);
  size_t len = f->sent_len;
  uint64_t start = f->now_ms;
  for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
    fake_pass(f, at[i] - 1 - (f->now_ms - start));
    ck_silent();
    fake_pass(f, 1);
    (void)fake_register(f);
    ck_assert_uint_eq(f->sent_len, len * (i + 2)); /* the same datagram */
    ck_assert_mem_eq(f->sent, f->sent + len * (i + 1), len);
  }
  fake_pass(f, 128000 - (f->now_ms - start));
  ck_state(WAITING);
  ck_assert_int_eq(imstls_client_error(f->client), IMSTLS_ERR_TIMEOUT);
}
END_TEST

START_TEST(udp_then_tls)
{
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.network.transport = IMSTLS_NET_UDP;
  fake_start(f);
  (void)fake_register(f);
  fake_say(f, "nonsense", 8); /* anybody's datagram */
  fake_run(f);
  ck_state(REGISTERING);
  (void)challenge();
  ck_assert_int_eq(f->last_open.kind, IMSTLS_NET_TCP);
  ok("");
  ck_state(REGISTERED);
}
END_TEST

/* After its answer, what lies in the buffer for retransmission makes room for the next request. */
START_TEST(udp_second_request)
{
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.network.transport = IMSTLS_NET_UDP;
  fake_start(f);
  (void)fake_register(f);
  reply(423, "Min-Expires: 700000\r\n");
  imstls_sip_message m = fake_register(f);
  ck_text(m.first[IMSTLS_HDR_EXPIRES], "700000");
}
END_TEST

#define IPSEC_OFFER "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null"
#define IPSEC_SERVER                                                                                                   \
  "ipsec-3gpp;q=0.3;alg=hmac-sha-1-96;ealg=null;prot=esp;mod=trans;spi-c=5001;spi-s=5002;port-c=5063;port-s=5064"

/* The REGISTER that answers. */
static imstls_sip_message esp_challenged(int transport)
{
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.network.transport = transport;
  f->config.policy.offer = IPSEC_OFFER;
  f->config.identity.impi = "u@d";
  f->config.identity.impu = "sip:u@d";
  f->config.identity.home_domain = "d";
  f->security_server = IPSEC_SERVER;
  fake_start(f);
  (void)fake_register(f);
  return challenge();
}

START_TEST(udp_in_esp)
{
  NEEDS_OCTETS();
  imstls_sip_message m = esp_challenged(IMSTLS_NET_UDP);
  ck_assert(memcmp(m.first[IMSTLS_HDR_VIA].ptr, "SIP/2.0/UDP ", 12) == 0);
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(imstls_client_send(f->client, "MESSAGE sip:a@b SIP/2.0\r\n\r\n", 27), IMSTLS_OK);
  fake_run(f);
  ck_assert(fake_sent_text(f, "MESSAGE sip:a@b"));
  f->sent_seen = f->sent_len;
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  ok("");
  ck_state(REGISTERED);
}
END_TEST

#define ASKED(via)                                                                                                     \
  "OPTIONS sip:u@h SIP/2.0\r\nVia: SIP/2.0/UDP " via ";branch=z9hG4bK1\r\nFrom: <sip:n@d>;tag=1\r\n"                   \
  "To: <sip:u@d>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"

static bool names_port(imstls_text value, const char *port)
{
  for (size_t i = 0; i + strlen(port) <= value.len; i++)
    if (memcmp(value.ptr + i, port, strlen(port)) == 0)
      return true;
  return false;
}

/* Via and Contact name the protected server port (TS 24.229 5.1.1.5.1). */
static void esp_registered(int transport)
{
  imstls_sip_message m = esp_challenged(transport);
  ck_assert_int_eq(f->last_open.kind, transport);
  ck_assert_uint_eq(f->last_open.abort_on_close, 1);
  ck_assert(names_port(m.first[IMSTLS_HDR_VIA], ":30001;") && names_port(m.first[IMSTLS_HDR_CONTACT], ":30001"));
  ok("");
  ck_state(REGISTERED);
}

/* Requests come to the protected server port over UDP, also to a UE that uses TCP; the answer goes back there. */
START_TEST(asked_over_udp_in_tcp)
{
  NEEDS_OCTETS();
  esp_registered(IMSTLS_NET_TCP);
  fake_say(f, "SIP/2.0 ", 8); /* half a message of the stream */
  fake_run(f);
  f->aside = ASKED("h:5064");
  fake_run(f);
  ck_assert_int_eq(f->answered_aside, 0); /* it waits for the other half */
  fake_say(f, "200 OK\r\nContent-Length: 0\r\n\r\n", 29);
  fake_run(f);
  ck_assert_int_eq(f->answered_aside, 1);
  ck_assert_int_eq(f->aside_port, 5063);
  ck_assert(fake_sent_text(f, "SIP/2.0 200 OK"));
  f->aside = "nonsense";
  fake_run(f);
  f->aside_from = 5070; /* none of the P-CSCF's protected ports */
  f->aside = ASKED("h:5070");
  fake_run(f);
  ck_assert(!f->aside && f->answered_aside == 1);
  ck_state(REGISTERED);
}
END_TEST

static void aside(const char *datagram)
{
  f->event_count = 0;
  f->sent_seen = f->sent_len;
  f->aside = datagram;
  fake_run(f);
  ck_assert(!f->aside);
  ck_state(REGISTERED);
}

/* A datagram that cannot be read ends nothing: it is told, and answered where it can be. */
START_TEST(odd_datagrams)
{
  NEEDS("refuse");
  NEEDS_OCTETS();
  esp_registered(IMSTLS_NET_TCP);
  aside(ASKED("h:5064;="));
  ck_assert(fake_sent_text(f, "SIP/2.0 400 Bad Request\r\nVia: SIP/2.0/UDP h:5064\r\n"));
  ck_assert(f->answered_aside == 1 && f->aside_port == 5063);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DROPPED), 1);
  ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_DROPPED)->sip_status, 400);
  aside("OPTIONS sip:u@h SIP/4.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK5\r\nCSeq: 1 OPTIONS\r\n\r\n");
  ck_assert(fake_sent_text(f, "SIP/2.0 505 Version Not Supported\r\n"));
  ck_assert_int_eq(f->answered_aside, 2);
  aside("nonsense");
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DROPPED), 1);
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_DROPPED), "nonsense");
  ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_DROPPED)->sip_status, 0);
  aside("\r\n\r\n"); /* a ping is no message */
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DROPPED), 0);
  ck_assert_int_eq(f->answered_aside, 2);
  aside(ASKED("h:5064"));
  ck_assert_int_eq(f->answered_aside, 3);
}
END_TEST

/* Before the registration a datagram can come from anybody: nothing is said to it. */
START_TEST(odd_datagram_before)
{
  static const char odd[] = "OPTIONS sip:u@h SIP/4.0\r\nVia: SIP/2.0/UDP h\r\nCSeq: 1 OPTIONS\r\n\r\n";
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.network.transport = IMSTLS_NET_UDP;
  fake_start(f);
  (void)fake_register(f);
  fake_say(f, odd, sizeof odd - 1);
  fake_run(f);
  ck_state(REGISTERING);
  ck_silent();
  ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_DROPPED)->sip_status, 0);
}
END_TEST

START_TEST(asked_over_udp)
{
  NEEDS_OCTETS();
  esp_registered(IMSTLS_NET_UDP);
  f->aside = ASKED("h:5064");
  fake_run(f);
  ck_assert(fake_sent_text(f, "SIP/2.0 200 OK"));
  ck_assert_int_eq(f->answered_aside, 0);
  f->aside = ASKED("h:5063");
  fake_run(f);
  ck_assert_int_eq(f->answered_aside, 1);
}
END_TEST

/* A new client port, the same server port: its socket stays, and the old SAs until the 200. */
START_TEST(esp_again)
{
  NEEDS_OCTETS();
  esp_registered(IMSTLS_NET_UDP);
  int opened = f->opened, closes = f->closes, removed = f->removed;
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  (void)challenge();
  ck_assert_int_eq(f->opened, opened + 1);
  ck_assert_uint_eq(f->last_open.local.port, f->last_sa.ours.port_c);
  ck_assert_uint_ne(f->last_sa.ours.port_c, 20001);
  ck_assert_uint_eq(f->last_sa.ours.port_s, 30001);
  ck_assert(f->closes == closes && f->removed == removed);
  ok("");
  ck_assert(f->closes == closes + 1 && f->removed == removed + 1);
  f->aside = ASKED("h:5063");
  fake_run(f);
  ck_assert_int_eq(f->answered_aside, 1);
}
END_TEST

START_TEST(long_datagram)
{
  char params[700];
  memset(params, 'x', sizeof params - 1);
  params[0] = ';';
  params[sizeof params - 1] = '\0';
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.network.transport = IMSTLS_NET_UDP;
  f->config.device.contact_params = params;
  fake_start(f);
  imstls_sip_message m = fake_register(f);
  ck_assert_uint_gt(f->sent_len, 1300);
  ck_assert_int_eq(f->last_open.kind, IMSTLS_NET_TCP);
  ck_assert(memcmp(m.first[IMSTLS_HDR_VIA].ptr, "SIP/2.0/TCP ", 12) == 0);
}
END_TEST

/* Flow, protected UDP port and listener: each has its own. */
START_TEST(generations_differ)
{
  NEEDS_OCTETS();
  esp_registered(IMSTLS_NET_TCP);
  uint32_t flow = waited_for(0, 2).generation, beside = waited_for(1, 2).generation;
  ck_assert(flow != 0 && beside != 0 && flow != beside);
}
END_TEST

SUITE_OF(client_udp, udp_timers, udp_then_tls, udp_second_request, udp_in_esp, asked_over_udp_in_tcp, odd_datagrams,
         odd_datagram_before, asked_over_udp, esp_again, long_datagram, generations_differ)
