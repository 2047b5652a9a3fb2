/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that the network opens: who gets in, what is answered where, and that nothing of it touches the
 * registration. */
#include <stdio.h>

#include "client_help.h"
#include "fake_served.h"
#include "soft_handle.h"

#define PEER "198.51.100.9"
#define REQUEST(method, branch, more)                                                                                  \
  method " sip:u@h SIP/2.0\r\nVia: SIP/2.0/TLS h:5061;branch=z9hG4bK" branch "\r\nFrom: <sip:n@d>;tag=1\r\n"           \
         "To: <sip:u@d>\r\nCall-ID: 1\r\nCSeq: 1 " method "\r\nMax-Forwards: 70\r\n" more "Content-Length: 0\r\n\r\n"
#define RESPONSE(branch)                                                                                               \
  "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS h:5061;branch=z9hG4bK" branch "\r\nFrom: <sip:n@d>;tag=1\r\n"                    \
  "To: <sip:u@d>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n"

static struct fake_served *s;

static void setup_served(void)
{
  setup();
  s = malloc(sizeof *s);
  ck_assert_ptr_nonnull(s);
  served_attach(s, f);
  f->config.serving.port = 5070;
}

static void teardown_served(void)
{
  teardown();
  served_end(s);
  free(s);
}

static bool holds(const char *data, size_t len, const char *what)
{
  size_t n = strlen(what);
  for (size_t i = 0; i + n <= len; i++)
    if (memcmp(data + i, what, n) == 0)
      return true;
  return false;
}

static bool was_told(const struct caller *caller, const char *what)
{
  return holds(caller->sent, caller->sent_len, what);
}

static struct caller *call_in(void)
{
  struct caller *caller = served_call(s, PEER, 40000);
  fake_run(f);
  return caller;
}

static void expect_event(int error)
{
  const imstls_event *event = fake_event(f, IMSTLS_EVENT_SERVED);
  ck_assert_ptr_nonnull(event);
  ck_assert_str_eq(imstls_error_name(event->error), imstls_error_name(error));
}

/* The caller is answered, so it is served. */
static void expect_served(struct caller *caller)
{
  caller->sent_len = 0;
  served_say(s, caller, REQUEST("OPTIONS", "7", ""));
  fake_run(f);
  ck_assert(was_told(caller, "SIP/2.0 200 OK\r\n"));
}

START_TEST(served_by_psk)
{
  char identity[300] = "pcscf:";
  fake_start(f);
  imstls_sip_message m = fake_register(f);
  imstls_text contact = m.first[IMSTLS_HDR_CONTACT];
  ck_assert(holds(contact.ptr, contact.len, ":5070;transport=tls>"));
  (void)challenge();
  ck_assert(!s->listening);
  ok("");
  ck_assert(s->listening);
  ck_assert_uint_eq(s->how.local.port, 5070);
  ck_assert_uint_eq(s->how.abort_on_close, 0);
  struct caller *caller = call_in();
  ck_assert(memcmp(s->psk, f->vector.ck, 16) == 0 && memcmp(s->psk + 16, f->vector.ik, 16) == 0);
  ck_assert_str_eq(s->identity, strcat(identity, f->config.identity.impi));
  ck_assert_int_eq(s->last_tls.role, IMSTLS_TLS_SERVER);
  ck_assert_uint_eq(s->last_tls.suites, IMSTLS_TLS_PSK);
  expect_event(IMSTLS_OK);
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_SERVED), PEER ":40000");
  f->sent_seen = f->sent_len;
  expect_served(caller);
  served_say(s, caller, REQUEST("NOTIFY", "8", ""));
  fake_run(f);
  ck_assert(was_told(caller, "SIP/2.0 405 "));
  ck_silent(); /* nothing of it on the flow */
}
END_TEST

/* Who takes a request answers on the link that it came on, and everywhere else on the flow. */
START_TEST(host_answers)
{
  f->take_messages = 1;
  fake_register_whole(f);
  struct caller *caller = call_in();
  served_say(s, caller, REQUEST("MESSAGE", "a", "") REQUEST("MESSAGE", "b", ""));
  fake_run(f);
  ck_assert_int_eq(f->messages, 2);
  ck_assert_int_eq(imstls_client_send(f->client, RESPONSE("b"), strlen(RESPONSE("b"))), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_send(f->client, RESPONSE("a"), strlen(RESPONSE("a"))), IMSTLS_OK);
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 0);
  fake_run(f);
  ck_assert(was_told(caller, "branch=z9hG4bKb") && was_told(caller, "branch=z9hG4bKa"));
  ck_assert(!fake_sent_text(f, "branch=z9hG4bKb"));
  ck_assert_int_eq(imstls_client_send(f->client, RESPONSE("other"), strlen(RESPONSE("other"))), IMSTLS_OK);
  fake_run(f);
  ck_assert(fake_sent_text(f, "branch=z9hG4bKother") && !was_told(caller, "other"));
  ck_assert_int_eq(imstls_client_send(f->client, REQUEST("MESSAGE", "a", ""), strlen(REQUEST("MESSAGE", "a", ""))), 0);
  fake_run(f);
  ck_assert(!was_told(caller, "MESSAGE sip:u@h")); /* a request of our own is no answer */
  caller->closed = true;
  fake_run(f);
  struct caller *next = call_in();
  ck_assert_int_eq(imstls_client_send(f->client, RESPONSE("a"), strlen(RESPONSE("a"))), IMSTLS_OK);
  fake_run(f);
  ck_assert(!next->sent_len && fake_sent_text(f, "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS h:5061;branch=z9hG4bKa"));
}
END_TEST

/* An answer that cannot leave there any more is told, and goes nowhere else. */
START_TEST(answer_undelivered)
{
  f->take_messages = 1;
  fake_register_whole(f);
  struct caller *caller = call_in();
  served_say(s, caller, REQUEST("MESSAGE", "alone", ""));
  fake_run(f);
  caller->blocked = true;
  ck_assert_int_eq(imstls_client_send(f->client, RESPONSE("alone"), strlen(RESPONSE("alone"))), IMSTLS_OK);
  fake_run(f);
  ck_assert_ptr_null(fake_event(f, IMSTLS_EVENT_UNSENT));
  caller->closed = true;
  fake_run(f);
  ck_assert_ptr_nonnull(fake_event(f, IMSTLS_EVENT_UNSENT));
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_UNSENT), "SIP/2.0 200 OK");
  struct caller *next = call_in();
  fake_run(f);
  ck_assert(!next->sent_len && !fake_sent_text(f, "branch=z9hG4bKalone"));
}
END_TEST

/* The same from inside on_message. */
START_TEST(host_answers_at_once)
{
  f->take_messages = 1;
  fake_register_whole(f);
  struct caller *caller = call_in();
  f->at_once = RESPONSE("-now");
  served_say(s, caller, REQUEST("MESSAGE", "-now", ""));
  fake_run(f);
  ck_assert(was_told(caller, "branch=z9hG4bK-now") && !fake_sent_text(f, "branch=z9hG4bK-now"));
  f->at_once = RESPONSE("-other"); /* to none that came there */
  served_say(s, caller, REQUEST("MESSAGE", "-then", ""));
  fake_run(f);
  ck_assert(fake_sent_text(f, "branch=z9hG4bK-other") && !was_told(caller, "-other"));
}
END_TEST

START_TEST(handshake_failed)
{
  fake_register_whole(f);
  struct caller *caller = served_call(s, PEER, 40000);
  caller->handshake = IMSTLS_ERR_TLS_ALERT;
  fake_run(f);
  ck_assert(caller->hung_up);
  expect_event(IMSTLS_ERR_TLS_ALERT);
  caller = served_call(s, PEER, 40001);
  caller->psk = 0; /* whatever secured it was not our PSK */
  fake_pass(f, 500);
  ck_assert(caller->hung_up);
  expect_event(IMSTLS_ERR_TLS_PROPERTIES);
  fake_pass(f, 500);
  s->tls_error = IMSTLS_ERR_CAPACITY;
  ck_assert(call_in()->hung_up);
  expect_event(IMSTLS_ERR_CAPACITY);
  s->tls_error = 0;
  ck_state(REGISTERED);
  expect_served(call_in());
}
END_TEST

/* Each handshake costs a key exchange before its caller has proven anything. */
START_TEST(strangers_in_a_row)
{
  imstls_wait out[8];
  fake_register_whole(f);
  for (int i = 0; i < CALLERS; i++)
    served_call(s, PEER, 40000)->handshake = IMSTLS_ERR_TLS;
  fake_run(f);
  ck_assert_int_eq(s->taken, 1);
  ck_assert_uint_eq(imstls_client_waits(f->client, out, 8), 1); /* nothing wakes us for the others */
  ck_assert_int_eq((int)imstls_client_timeout_ms(f->client), 500);
  fake_pass(f, 499);
  ck_assert_int_eq(s->taken, 1);
  fake_pass(f, 1);
  ck_assert_int_eq(s->taken, 2);
  fake_pass(f, 5000);
  ck_assert_int_eq(s->taken, 12);
  ck_state(REGISTERED);
}
END_TEST

/* Who connects and says nothing has five seconds, and is in nobody's way but the next one's. */
START_TEST(silent_caller)
{
  fake_register_whole(f);
  struct caller *first = call_in();
  expect_served(first);
  struct caller *silent = served_call(s, PEER, 40001);
  silent->handshake = IMSTLS_WANT_READ;
  fake_run(f);
  struct caller *third = call_in();
  ck_assert(!third->accepted);
  expect_served(first);
  int64_t wait = imstls_client_timeout_ms(f->client);
  ck_assert(wait > 0 && wait <= 5000);
  fake_pass(f, 4999);
  ck_assert(!silent->hung_up && !third->accepted);
  fake_pass(f, 1);
  ck_assert(silent->hung_up && !third->accepted);
  fake_pass(f, 500);
  ck_assert(third->accepted);
  ck_assert(first->hung_up); /* the third has proven itself since */
  expect_served(third);
  ck_state(REGISTERED);
}
END_TEST

START_TEST(newcomer_takes_over)
{
  fake_register_whole(f);
  struct caller *first = call_in(), *second = served_call(s, PEER, 40001);
  second->handshake = IMSTLS_WANT_WRITE;
  fake_run(f);
  expect_served(first);
  served_say(s, first, "OPTIONS sip:u@h SIP/2.0\r\nSubject: "); /* half a message dies with its link */
  for (int i = 0; i < 20; i++)
    served_say(s, first, "0123456789012345678901234567890123456789");
  fake_run(f);
  second->handshake = IMSTLS_OK;
  fake_run(f);
  ck_assert(first->hung_up && !second->hung_up);
  expect_served(second);
}
END_TEST

START_TEST(waits)
{
  imstls_wait out[8];
  fake_register_whole(f);
  ck_assert_uint_eq(imstls_client_waits(f->client, out, 8), 2); /* the flow and the listener */
  ck_assert(out[1].socket == FAKE_LISTENER && out[1].events == IMSTLS_WAIT_READ);
  (void)call_in();
  ck_assert_uint_eq(imstls_client_waits(f->client, out, 8), 3);
  struct caller *second = served_call(s, PEER, 40001);
  second->handshake = IMSTLS_WANT_WRITE;
  fake_run(f);
  ck_assert_uint_eq(imstls_client_waits(f->client, out, 8), 3); /* nobody is taken now */
  ck_assert(out[1].socket == FAKE_CALLER || out[2].socket == FAKE_CALLER);
  ck_assert_uint_eq(out[out[1].socket == FAKE_CALLER + 1 ? 1 : 2].events, IMSTLS_WAIT_READ | IMSTLS_WAIT_WRITE);
}
END_TEST

/* A new AKA run makes a new PSK; what the old one opened ends. */
START_TEST(after_reauthentication)
{
  uint8_t old[32];
  fake_register_whole(f);
  struct caller *first = call_in();
  memcpy(old, s->psk, 32);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  (void)challenge();
  ck_assert(first->hung_up && s->listening);
  ck_assert(!fake_block_holds(f, old, 16));
  ok("");
  ck_assert_int_eq(s->listens, 1);
  expect_served(call_in());
  ck_assert(memcmp(s->psk, f->vector.ck, 16) == 0 && memcmp(s->psk + 16, f->vector.ik, 16) == 0);
}
END_TEST

START_TEST(refresh_keeps_it)
{
  fake_register_whole(f);
  struct caller *first = call_in();
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  ok("");
  ck_assert(!first->hung_up && s->listens == 1);
  expect_served(first);
}
END_TEST

START_TEST(lost_with_the_registration)
{
  fake_register_whole(f);
  struct caller *caller = call_in();
  served_say(s, caller, "OPTIONS sip:secret@h"); /* it waits for the rest */
  fake_run(f);
  ck_assert(fake_block_holds(f, s->psk, 32) && fake_block_holds(f, "sip:secret@h", 12));
  f->closed = true;
  fake_run(f);
  ck_assert(caller->hung_up && !s->listening);
  ck_assert(!fake_block_holds(f, s->psk, 32) && !fake_block_holds(f, "sip:secret@h", 12));
}
END_TEST

START_TEST(deregistered)
{
  fake_register_whole(f);
  struct caller *caller = call_in();
  (void)imstls_client_deregister(f->client);
  fake_run(f);
  (void)fake_register(f);
  ok("");
  ck_state(STOPPED);
  ck_assert(caller->hung_up && !s->listening);
}
END_TEST

START_TEST(keys_in_hardware)
{
  static soft_handle handle;
  f->config.ports.usim = soft_handle_usim(&handle, &f->soft);
  fake_register_whole(f);
  ck_assert(!s->listening);
  const imstls_event *event = fake_event(f, IMSTLS_EVENT_POLICY);
  ck_assert_ptr_nonnull(event);
  ck_assert_int_eq(event->error, IMSTLS_ERR_UNSUPPORTED);
}
END_TEST

START_TEST(no_port)
{
  s->open_error = 1;
  fake_register_whole(f);
  expect_event(IMSTLS_ERR_CONNECT);
  ck_state(REGISTERED);
}
END_TEST

START_TEST(off_by_default)
{
  f->config.serving.port = 0;
  fake_register_whole(f);
  ck_assert_int_eq(s->listens, 0);
  ck_assert(!fake_block_holds(f, f->vector.ck, 16) && !fake_block_holds(f, f->vector.ik, 16));
}
END_TEST

START_TEST(not_configurable)
{
  s->net.accept = NULL;
  ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_ERR_CONFIG);
  f->config.ports.net = NULL; /* feed mode */
  ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_ERR_CONFIG);
  f->config.serving.port = 0;
  f->config.serving.rx_len = 511;
  ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_ERR_CONFIG);
  f->client = NULL;
}
END_TEST

/* What ends a link ends that link alone. */
START_TEST(nonsense)
{
  static const struct {
    const char *text;
    int error;
  } rows[] = { { REQUEST("OPTIONS", "1", "Content-Length: x\r\n"), IMSTLS_ERR_SIP_MALFORMED },
               { REQUEST("OPTIONS", "1", "Contact: <sip:me@h>;+sip.instance=\"<urn:uuid:1-2>\"\r\n"),
                 IMSTLS_ERR_SELFIE } };
  f->config.device.instance_id = "urn:uuid:1-2";
  fake_register_whole(f);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    struct caller *caller = call_in();
    served_say(s, caller, rows[i].text);
    fake_run(f);
    ck_assert(caller->hung_up && !caller->sent_len);
    expect_event(rows[i].error);
  }
  ck_state(REGISTERED);
  expect_served(call_in());
}
END_TEST

/* The same by a URI that the registrar made of it. */
START_TEST(own_gruu)
{
  static const char *const gruus[] = { "sip:user@home;gr=1", "sip:t1@home;gr" };
  char text[600];
  f->config.device.instance_id = "urn:uuid:1-2";
  f->config.identity.impu = "sip:user@home";
  fake_start(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  imstls_sip_address contact;
  imstls_text rest = m.first[IMSTLS_HDR_CONTACT];
  ck_assert_int_eq(imstls_sip_address_next(&rest, &contact), IMSTLS_OK);
  snprintf(text, sizeof text, "Contact: <%.*s>;expires=600;pub-gruu=\"%s\";temp-gruu=\"%s\"\r\n", (int)contact.uri.len,
           contact.uri.ptr, gruus[0], gruus[1]);
  reply(200, text);
  ck_state(REGISTERED);
  for (int i = 0; i < 2; i++) {
    struct caller *caller = call_in();
    snprintf(text, sizeof text, REQUEST("OPTIONS", "1", "Contact: <%s>\r\n"), gruus[i]);
    served_say(s, caller, text);
    fake_run(f);
    ck_assert(caller->hung_up && !caller->sent_len);
    expect_event(IMSTLS_ERR_SELFIE);
  }
}
END_TEST

/* A UE that is looped to its own port names itself. */
START_TEST(own_contact)
{
  char text[600];
  fake_register_whole(f);
  struct caller *caller = call_in();
  snprintf(text, sizeof text, REQUEST("OPTIONS", "1", "Contact: <sip:%s@h>\r\n"), f->client->binding.contact_user);
  served_say(s, caller, text);
  fake_run(f);
  ck_assert(caller->hung_up && !caller->sent_len);
}
END_TEST

START_TEST(cut_everywhere)
{
  fake_register_whole(f);
  f->cut = f->write_cut = 1;
  struct caller *caller = call_in();
  served_say(s, caller, "\r\n\r\n" REQUEST("OPTIONS", "1", "") "\r\n\r\n" REQUEST("OPTIONS", "2", ""));
  fake_run(f);
  ck_assert(was_told(caller, "branch=z9hG4bK1") && was_told(caller, "branch=z9hG4bK2"));
}
END_TEST

static void stop_at_message(struct fake *world, const imstls_event *event)
{
  if (event->type == IMSTLS_EVENT_RECEIVED && world->client->binding.bound)
    imstls_client_stop(world->client);
}

START_TEST(stopped_from_there)
{
  fake_register_whole(f);
  struct caller *caller = call_in();
  f->hook = stop_at_message;
  int before = count_events(IMSTLS_EVENT_RECEIVED);
  served_say(s, caller, REQUEST("OPTIONS", "1", "") REQUEST("OPTIONS", "2", ""));
  fake_run(f);
  f->hook = NULL;
  ck_state(STOPPED);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_RECEIVED), before + 1);
  ck_assert(caller->hung_up);
}
END_TEST

#define IPSEC_SERVER                                                                                                   \
  "ipsec-3gpp;q=0.3;alg=hmac-sha-1-96;ealg=null;prot=esp;mod=trans;spi-c=5001;spi-s=5002;port-c=5063;port-s=5064"

static void register_in_esp(void)
{
  f->config.serving.port = 0;
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.policy.offer = "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null";
  f->security_server = IPSEC_SERVER;
  fake_register_whole(f);
}

/* TS 33.203 7.1: from the P-CSCF's client port to our server port; other addresses and ports are nobody. */
START_TEST(in_esp)
{
  register_in_esp();
  ck_assert(s->listening);
  ck_assert_uint_eq(s->how.local.port, 30001);
  ck_assert_uint_eq(s->how.abort_on_close, 1);
  ck_assert(served_call(s, "192.0.2.1", 5070) && served_call(s, "192.0.2.2", 5063));
  fake_run(f);
  ck_assert(s->callers[0].hung_up && s->callers[1].hung_up);
  ck_assert_ptr_null(fake_event(f, IMSTLS_EVENT_SERVED));
  struct caller *caller = served_call(s, "192.0.2.1", 5063);
  fake_run(f);
  expect_event(IMSTLS_OK);
  expect_served(caller);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_assert_int_eq(s->listens, 1); /* the same server port */
  expect_served(caller);
  caller->closed = true;
  fake_run(f);
  expect_event(IMSTLS_ERR_CONNECTION);
  ck_state(REGISTERED);
}
END_TEST

/* The host answers a request that came over UDP to the server port from that port. */
START_TEST(host_answers_aside)
{
  f->take_messages = 1;
  register_in_esp();
  f->aside = REQUEST("MESSAGE", "u", "");
  fake_run(f);
  ck_assert_int_eq(f->messages, 1);
  ck_assert_int_eq(imstls_client_send(f->client, RESPONSE("other"), strlen(RESPONSE("other"))), IMSTLS_OK);
  fake_run(f);
  ck_assert_int_eq(f->answered_aside, 0);
  ck_assert_int_eq(imstls_client_send(f->client, RESPONSE("u"), strlen(RESPONSE("u"))), IMSTLS_OK);
  fake_run(f);
  ck_assert_int_eq(f->answered_aside, 1);
  ck_assert_int_eq(f->aside_port, 5063);
  f->at_once = RESPONSE("v"); /* from inside on_message */
  f->aside = REQUEST("MESSAGE", "v", "");
  fake_run(f);
  ck_assert_int_eq(f->answered_aside, 2);
}
END_TEST

Suite *client_served_suite(void);
Suite *client_served_suite(void)
{
  const TTest *const tests[] = { served_by_psk,
                                 host_answers,
                                 host_answers_at_once,
                                 answer_undelivered,
                                 handshake_failed,
                                 strangers_in_a_row,
                                 silent_caller,
                                 newcomer_takes_over,
                                 waits,
                                 after_reauthentication,
                                 refresh_keeps_it,
                                 lost_with_the_registration,
                                 deregistered,
                                 keys_in_hardware,
                                 no_port,
                                 off_by_default,
                                 not_configurable,
                                 nonsense,
                                 own_gruu,
                                 own_contact,
                                 cut_everywhere,
                                 stopped_from_there,
                                 in_esp,
                                 host_answers_aside };
  Suite *suite = suite_create("client_served");
  TCase *tcase = tcase_create("client");
  tcase_add_checked_fixture(tcase, setup_served, teardown_served);
  for (size_t i = 0; i < sizeof tests / sizeof tests[0] && !fake_handles(); i++)
    tcase_add_test(tcase, tests[i]);
  if (fake_handles()) /* all others need octets */
    tcase_add_test(tcase, keys_in_hardware);
  suite_add_tcase(suite, tcase);
  return suite;
}
