/* SPDX-License-Identifier: Apache-2.0 */
/* What the application sent, when the flow changes or ends under it: nothing is lost without being told, nothing leaves
 * twice, and nothing before a registration stands. */
#include <stdio.h>

#include "client_help.h"

#define OFFER "ipsec-3gpp;alg=hmac-sha-1-96;ealg=null"
#define SERVER OFFER ";spi-c=5001;spi-s=5002;port-c=5063;port-s=5064"

/* A MESSAGE of its own Call-ID, branch and body: `number`. */
static int send_stamped(int number)
{
  char text[400];
  int len = snprintf(text, sizeof text,
                     "MESSAGE sip:b@c SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bKs%d\r\n"
                     "From: <sip:x@y>;tag=1\r\nTo: <sip:b@c>\r\nCall-ID: c%d\r\nCSeq: 1 MESSAGE\r\n"
                     "Contact: <sip:me@127.0.0.1>\r\nContent-Length: 2\r\n\r\n%02d",
                     number, number, number);
  return imstls_client_send_stamped(f->client, text, (size_t)len);
}

static void send_some(int from, int to)
{
  for (int i = from; i < to; i++)
    ck_assert_int_eq(send_stamped(i), IMSTLS_OK);
}

/* They leave in their order, and as this flow demands. */
static void ck_leave(int from, int to, const char *local)
{
  imstls_sip_message m;
  char want[80];
  for (int i = from; i < to; i++) {
    ck_assert_msg(fake_request(f, &m), "number %d did not leave", i);
    snprintf(want, sizeof want, "%02d", i);
    ck_text(m.body, want);
    ck_assert_uint_eq(m.count[IMSTLS_HDR_VIA], 2);
    snprintf(want, sizeof want, "SIP/2.0/TLS %s;", local);
    ck_assert_msg(memcmp(m.first[IMSTLS_HDR_VIA].ptr, want, strlen(want)) == 0, "%.60s", m.first[IMSTLS_HDR_VIA].ptr);
    snprintf(want, sizeof want, "@%s;transport=tls>", local);
    imstls_text contact = m.first[IMSTLS_HDR_CONTACT];
    ck_assert_uint_gt(contact.len, strlen(want));
    ck_assert_mem_eq(contact.ptr + contact.len - strlen(want), want, strlen(want));
  }
}

/* The application hears of each that is lost, and tries to send it again from there. */
static char lost[40][8];
static int lost_count;
static int unanswered_count;
static char unanswered[40][40];
static bool sends_again;

static void listen(struct fake *world, const imstls_event *event)
{
  (void)world;
  if (event->type == IMSTLS_EVENT_UNSENT) {
    ck_assert_int_lt(lost_count, 40);
    ck_text(event->line, "MESSAGE sip:b@c SIP/2.0");
    snprintf(lost[lost_count++], sizeof lost[0], "%.2s", event->message.ptr + event->message.len - 2);
    if (sends_again)
      ck_assert_int_eq(send_stamped(99), IMSTLS_NOT_READY);
  }
  if (event->type == IMSTLS_EVENT_UNANSWERED) {
    ck_assert_int_lt(unanswered_count, 40);
    snprintf(unanswered[unanswered_count++], sizeof unanswered[0], "%.*s %.*s", (int)event->line.len, event->line.ptr,
             (int)event->branch.len, event->branch.ptr);
  }
}

static void begin(void)
{
  lost_count = unanswered_count = 0;
  sends_again = false;
  f->hook = listen;
  f->take_messages = 1;
}

static void stop_reading(void)
{
  f->deaf = true;
  fake_run(f);
}

/* ---- planned changes ---- */

/* The network changed: what had not left goes out on the new flow once that is registered, with its address. */
START_TEST(moved)
{
  begin();
  fake_register_whole(f);
  stop_reading();
  send_some(0, 3);
  fake_run(f);
  f->deaf = false;
  f->local_port = 40002;
  ck_assert_int_eq(imstls_client_network_changed(f->client), IMSTLS_OK);
  fake_run(f);
  ck_assert_int_eq(f->opened, 2);
  (void)fake_register(f);
  ck_silent();
  ck_assert_int_eq(send_stamped(9), IMSTLS_NOT_READY);
  (void)challenge();
  ck_silent(); /* trusted by now, and not registered */
  ok("");
  ck_leave(0, 3, "192.0.2.9:40002");
  ck_silent();
  ck_assert_int_eq(lost_count + unanswered_count, 0);
}
END_TEST

/* One that left in part on the old flow was never there: it leaves once more, whole, and is told as sent once. */
START_TEST(moved_in_the_middle)
{
  begin();
  fake_register_whole(f);
  int sent = count_events(IMSTLS_EVENT_SENT);
  send_some(0, 2);
  f->deaf_after = 100;
  fake_run(f);
  ck_assert_uint_eq(f->sent_len, f->sent_seen + 100);
  f->sent_seen = f->sent_len;
  f->deaf = false;
  f->local_port = 40002;
  ck_assert_int_eq(imstls_client_network_changed(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_leave(0, 2, "192.0.2.9:40002");
  ck_silent();
  ck_assert_int_eq(count_events(IMSTLS_EVENT_SENT), sent + 4); /* two REGISTERs */
  ck_assert_int_eq(lost_count + unanswered_count, 0);
}
END_TEST

/* Re-authentication with a PSK takes another connection; the queue goes along, full as it may be. */
START_TEST(another_tls)
{
  NEEDS_OCTETS();
  begin();
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.policy.psk = IMSTLS_PSK_ONLY;
  fake_start(f);
  (void)fake_register(f);
  f->facts.psk = 1;
  f->facts.cert.len = 0;
  reply(401, fake_challenge_headers(f, ""));
  (void)fake_register(f);
  ok("");
  ck_state(REGISTERED);
  int before = 0;
  for (int round = 0; round < 5; round++) {
    char local[40];
    int n = 0, opened = f->opened;
    unanswered_count = 0;
    (void)imstls_client_refresh(f->client);
    fake_run(f);
    (void)fake_register(f);
    stop_reading();
    while (send_stamped(n) == IMSTLS_OK)
      n++;
    ck_assert_int_gt(n, 20);
    f->deaf = false;
    f->local_port = (uint16_t)(40002 + round);
    fake_reply(f, 401, "Unauthorized", fake_challenge_headers(f, ""));
    f->deaf = true;
    fake_run(f);
    f->deaf = false;
    fake_run(f);
    ck_assert_int_eq(f->opened, opened + 1);
    (void)fake_register(f);
    ck_silent();
    ck_assert_int_eq(imstls_client_can_send(f->client), 0);
    ok("");
    snprintf(local, sizeof local, "192.0.2.9:%d", 40002 + round);
    ck_leave(0, n, local);
    ck_silent();
    ck_assert_int_eq(unanswered_count, before < 32 ? before : 32);
    before = n;
  }
  ck_assert_int_eq(lost_count, 0);
}
END_TEST

/* In ESP too. */
START_TEST(other_sas)
{
  NEEDS_OCTETS();
  begin();
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  f->config.policy.offer = OFFER;
  f->security_server = SERVER;
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  stop_reading();
  send_some(0, 3);
  fake_reply(f, 401, "Unauthorized", fake_challenge_headers(f, ""));
  fake_run(f);
  f->deaf = false;
  fake_run(f);
  (void)fake_register(f);
  ck_silent();
  ok("");
  for (int i = 0; i < 3; i++)
    ck_assert(fake_request(f, NULL));
  ck_silent();
  ck_assert_int_eq(lost_count, 0);
}
END_TEST

/* ---- the end of a registration ---- */

/* Each that waits is told once, in its order, however the registration ends; what is sent from there is refused. */
START_TEST(registration_ends)
{
  for (int how = 0; how < 4; how++) {
    fake_init(f);
    begin();
    sends_again = true;
    fake_register_whole(f);
    stop_reading();
    send_some(0, 3);
    fake_run(f);
    switch (how) {
    case 0: f->closed = true; break;
    case 1: fake_pass(f, 31000); break; /* it takes nothing */
    case 2:                             /* the network changed, and the new one does not register us */
      (void)imstls_client_network_changed(f->client);
      f->open_error = IMSTLS_ERR_CONNECT;
      break;
    default: /* deregistered, without an answer */
      (void)imstls_client_deregister(f->client);
      fake_run(f);
      fake_pass(f, 11000);
      break;
    }
    fake_run(f);
    ck_assert_msg(lost_count == 3, "%d lost in case %d", lost_count, how);
    ck_assert_str_eq(lost[0], "00");
    ck_assert_str_eq(lost[2], "02");
    ck_assert(!fake_block_holds(f, "z9hG4bKs1", 9));
    f->deaf = false;
    fake_end(f);
  }
  fake_init(f);
}
END_TEST

/* The application ends it: it knows. Nothing of the messages stays. */
START_TEST(stopped)
{
  begin();
  fake_register_whole(f);
  stop_reading();
  send_some(0, 3);
  imstls_client_stop(f->client);
  ck_assert_int_eq(lost_count, 0);
  ck_assert_uint_eq(f->client->flow->link.tx.len, 0);
  ck_assert(!fake_block_holds(f, "z9hG4bKs1", 9));
}
END_TEST

/* All that waits leaves before the deregistration does. */
START_TEST(before_the_end)
{
  begin();
  fake_register_whole(f);
  stop_reading();
  send_some(0, 3);
  ck_assert_int_eq(imstls_client_deregister(f->client), IMSTLS_OK);
  fake_run(f);
  f->deaf = false;
  fake_run(f);
  ck_leave(0, 3, "192.0.2.9:40001");
  imstls_sip_message m = fake_register(f);
  imstls_text expires = m.first[IMSTLS_HDR_EXPIRES];
  ck_text(expires, "0");
  ok("");
  ck_stopped(IMSTLS_OK);
  ck_assert_int_eq(lost_count, 0);
}
END_TEST

/* ---- requests without an answer ---- */

static void send_text(const char *method, const char *branch, const char *more)
{
  char text[400];
  int len = snprintf(text, sizeof text,
                     "%s sip:b SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=%s\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:b>\r\n"
                     "Call-ID: 1\r\nCSeq: 1 %s\r\n%s\r\n",
                     method, branch, method, more);
  ck_assert_int_eq(imstls_client_send(f->client, text, (size_t)len), IMSTLS_OK);
  fake_run(f);
  ck_assert(fake_request(f, NULL));
}

START_TEST(without_answer)
{
  static const char response[] = "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS h;branch=z9hG4bKx\r\nFrom: <sip:x@y>;tag=1\r\n"
                                 "To: <sip:b>\r\nCall-ID: 1\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n";
  begin();
  fake_register_whole(f);
  send_text("MESSAGE", "z9hG4bKa", "");
  fake_reply(f, 200, "OK", ""); /* has its answer */
  fake_run(f);
  send_text("INVITE", "z9hG4bKb", "");
  fake_reply(f, 180, "Ringing", ""); /* has none yet */
  fake_run(f);
  send_text("CANCEL", "z9hG4bKb", "");
  fake_reply(f, 200, "OK", ""); /* this one has: the INVITE still has none */
  fake_run(f);
  send_text("ACK", "z9hG4bKc", "");
  ck_assert_int_eq(imstls_client_send(f->client, response, sizeof response - 1), IMSTLS_OK);
  fake_run(f);
  f->sent_seen = f->sent_len;
  char long_branch[120] = "z9hG4bK";
  memset(long_branch + 7, 'l', 100);
  send_text("SUBSCRIBE", long_branch, "");
  ck_assert_int_eq(send_stamped(7), IMSTLS_OK);
  fake_run(f);
  ck_assert(fake_request(f, NULL));
  fake_reply(f, 404, "Not Found", "");
  fake_run(f);
  ck_assert_int_eq(send_stamped(8), IMSTLS_OK);
  fake_run(f);
  ck_assert_int_eq(unanswered_count, 0);
  f->closed = true;
  fake_run(f);
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_UNANSWERED)->error, IMSTLS_ERR_CONNECTION);
  long_branch[63] = '\0';
  char subscribe[100];
  snprintf(subscribe, sizeof subscribe, "SUBSCRIBE %.28s", long_branch);
  bool invite = false, message = false, subscribed = false, answered = false;
  for (int i = 0; i < unanswered_count; i++) {
    invite |= strcmp(unanswered[i], "INVITE z9hG4bKb") == 0;
    message |= strcmp(unanswered[i], "MESSAGE z9hG4bKs8") == 0;
    subscribed |= strncmp(unanswered[i], subscribe, strlen(subscribe)) == 0;
    answered |= strcmp(unanswered[i], "MESSAGE z9hG4bKs7") == 0;
  }
  ck_assert(invite && message && subscribed && !answered);
  ck_assert_int_eq(unanswered_count, 3);
}
END_TEST

/* More than are remembered: the oldest are forgotten, and no other. */
START_TEST(many_without_answer)
{
  begin();
  fake_register_whole(f);
  for (int i = 0; i < 35; i++) {
    ck_assert_int_eq(send_stamped(i), IMSTLS_OK);
    fake_run(f);
  }
  f->closed = true;
  fake_run(f);
  ck_assert_int_eq(unanswered_count, 32);
  ck_assert_str_eq(unanswered[0], "MESSAGE z9hG4bKs3");
  ck_assert_str_eq(unanswered[31], "MESSAGE z9hG4bKs34");
}
END_TEST

/* ---- room, and the flow ---- */

START_TEST(room_again)
{
  int n = 0;
  begin();
  fake_register_whole(f);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_ROOM), 0);
  stop_reading();
  while (send_stamped(n) == IMSTLS_OK)
    n++;
  fake_run(f);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_ROOM), 0);
  f->deaf = false;
  fake_run(f);
  fake_run(f);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_ROOM), 1);
  ck_leave(0, n, "192.0.2.9:40001");
  ck_assert_int_eq(send_stamped(n), IMSTLS_OK);
  fake_run(f);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_ROOM), 1); /* it was not refused again */
}
END_TEST

static char flows[4][4][100];
static int flow_count;

static void note_flow(struct fake *world, const imstls_event *event)
{
  (void)world;
  const imstls_text texts[4] = { event->local, event->contact, event->old_local, event->old_contact };
  if (event->type != IMSTLS_EVENT_FLOW)
    return;
  ck_assert_int_lt(flow_count, 4);
  for (int i = 0; i < 4; i++)
    snprintf(flows[flow_count][i], sizeof flows[0][0], "%.*s", (int)texts[i].len, texts[i].len ? texts[i].ptr : "");
  flow_count++;
}

/* Told after each change, and after none else. */
START_TEST(flow_told)
{
  flow_count = 0;
  f->hook = note_flow;
  fake_register_whole(f);
  ck_assert_int_eq(flow_count, 1);
  ck_assert_str_eq(flows[0][0], "192.0.2.9:40001");
  ck_assert_ptr_nonnull(strstr(flows[0][1], "@192.0.2.9:40001;transport=tls"));
  ck_assert(!flows[0][2][0] && !flows[0][3][0]);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  ok("");
  ck_assert_int_eq(flow_count, 1);
  f->local_port = 40002;
  (void)imstls_client_network_changed(f->client);
  fake_run(f);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_assert_int_eq(flow_count, 2);
  ck_assert_str_eq(flows[1][0], "192.0.2.9:40002");
  ck_assert_str_eq(flows[1][2], flows[0][0]);
  ck_assert_str_eq(flows[1][3], flows[0][1]);
  ck_assert_ptr_nonnull(strstr(flows[1][1], "@192.0.2.9:40002;transport=tls"));
}
END_TEST

/* The application fills the queue: requests of the network are read and answered all the same; the refresh leaves. */
START_TEST(full_queue)
{
  static const char options[] = "OPTIONS sip:u SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bKo\r\nFrom: <sip:a>;tag=1\r\n"
                                "To: <sip:u>\r\nCall-ID: o\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
  int n = 0;
  begin();
  f->take_messages = 0;
  f->config.timers.keepalive_ms = UINT32_MAX;
  fake_register_whole(f);
  f->deaf = true;
  while (send_stamped(n) == IMSTLS_OK)
    n++;
  fake_run(f);
  fake_say(f, options, sizeof options - 1);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  ck_assert_int_eq(f->messages, 1);
  ck_state(REGISTERING);
  f->deaf = false;
  fake_run(f);
  ck_leave(0, 1, "192.0.2.9:40001"); /* it was leaving */
  (void)fake_register(f);
  ok("");
  imstls_sip_message m;
  ck_assert(fake_request(f, &m) && m.status == 200);
  ck_state(REGISTERED);
  ck_leave(1, n, "192.0.2.9:40001");
}
END_TEST

SUITE_OF(client_sending, moved, moved_in_the_middle, another_tls, other_sas, registration_ends, stopped, before_the_end,
         without_answer, many_without_answer, room_again, flow_told, full_queue)
