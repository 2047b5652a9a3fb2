/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that are passed over: each tells why, floods are told with measure, and all are counted. */
#include <stdio.h>

#include "client_help.h"

/* A response to the last REGISTER in which one thing may be another one. */
typedef struct altered {
  const char *via, *more_vias, *tag, *call_id;
  int cseq; /* added to it */
  int why;
} altered;

static const altered alterations[] = {
  { .call_id = "another", .why = IMSTLS_DROPPED_CALL_ID },
  { .via = "SIP/2.0/TLS h;branch=z9hG4bKother", .why = IMSTLS_DROPPED_VIA },
  { .more_vias = "Via: SIP/2.0/TLS p;branch=z9hG4bKp\r\n", .why = IMSTLS_DROPPED_VIA },
  { .cseq = 1, .why = IMSTLS_DROPPED_CSEQ },
  { .cseq = -1, .why = IMSTLS_DROPPED_CSEQ },
  { .tag = "other", .why = IMSTLS_DROPPED_TAG },
};
enum { ALTERATIONS = sizeof alterations / sizeof alterations[0] };

static char from[128], to[128], via[200], call_id[64];
static uint32_t cseq;

static void keep(char *out, size_t cap, imstls_text text)
{
  ck_assert_uint_lt(text.len, cap);
  memcpy(out, text.ptr, text.len);
  out[text.len] = '\0';
}

static void remember(const imstls_sip_message *m)
{
  keep(from, sizeof from, m->first[IMSTLS_HDR_FROM]);
  keep(to, sizeof to, m->first[IMSTLS_HDR_TO]);
  keep(via, sizeof via, m->first[IMSTLS_HDR_VIA]);
  keep(call_id, sizeof call_id, m->first[IMSTLS_HDR_CALL_ID]);
  cseq = m->cseq;
}

static void say(const altered *a, unsigned status)
{
  char text[1024], sender[160];
  snprintf(sender, sizeof sender, "%s", from);
  if (a->tag)
    snprintf(strstr(sender, "tag=") + 4, 40, "%s", a->tag);
  int n = snprintf(text, sizeof text,
                   "SIP/2.0 %u Text\r\nVia: %s\r\n%sFrom: %s\r\nTo: %s;tag=1\r\nCall-ID: %s\r\nCSeq: %d REGISTER\r\n"
                   "Content-Length: 0\r\n\r\n",
                   status, a->via ? a->via : via, a->more_vias ? a->more_vias : "", sender, to,
                   a->call_id ? a->call_id : call_id, (int)cseq + a->cseq);
  ck_assert(n > 0 && (size_t)n < sizeof text);
  fake_say(f, text, (size_t)n);
  fake_run(f);
}

static uint32_t counted(int why)
{
  imstls_stats stats = IMSTLS_SIZED(imstls_stats);
  ck_assert_int_eq(imstls_client_stats(f->client, &stats), IMSTLS_OK);
  return stats.dropped[why];
}

static void ck_dropped(int why, const char *line)
{
  const imstls_event *event = fake_event(f, IMSTLS_EVENT_DROPPED);
  ck_assert(event && event->value == why && event->count == 1 && !event->error);
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_DROPPED), line);
  ck_assert_uint_eq(counted(why), 1);
  ck_assert_int_eq(f->messages, 0);
}

/* Before trust; the honest 401 after it is taken. */
START_TEST(before_trust)
{
  fake_start(f);
  imstls_sip_message m = fake_register(f);
  remember(&m);
  say(&alterations[_i], 200);
  ck_dropped(alterations[_i].why, "SIP/2.0 200 Text");
  ck_state(REGISTERING);
  ck_silent();
  (void)challenge();
}
END_TEST

/* While a refresh is under way; the application does not see it, and the honest 200 after it is taken. */
START_TEST(while_refreshing)
{
  const altered *a = &alterations[_i];
  f->take_messages = 1;
  fake_register_whole(f);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  imstls_sip_message m = fake_register(f);
  remember(&m);
  say(a, 403);
  ck_dropped(a->why, "SIP/2.0 403 Text");
  ok("");
  ck_assert_int_eq(count_events(IMSTLS_EVENT_REFRESHED), 1);
}
END_TEST

/* The response once more, when nothing waits for it any more. */
START_TEST(late)
{
  static const altered none = { .cseq = 0 };
  f->take_messages = 1;
  fake_start(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  remember(&m);
  ok("");
  ck_state(REGISTERED);
  say(&none, 200);
  ck_dropped(IMSTLS_DROPPED_LATE, "SIP/2.0 200 Text");
  ck_state(REGISTERED);
}
END_TEST

/* A REGISTER that the application sent itself is its own: with a Call-ID and a branch of its own. */
START_TEST(of_the_application)
{
  static const altered another = { .via = "SIP/2.0/TLS h;branch=z9hG4bKapplication", .call_id = "application" };
  f->take_messages = 1;
  fake_start(f);
  (void)fake_register(f);
  imstls_sip_message m = challenge();
  remember(&m);
  ok("");
  say(&another, 200);
  ck_assert_int_eq(f->messages, 1);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DROPPED), 0);
}
END_TEST

/* A flood before trust: eight events in a second, then one that says how many were not told. All are counted. */
START_TEST(flood)
{
  fake_start(f);
  imstls_sip_message m = fake_register(f);
  remember(&m);
  for (int i = 0; i < 1000; i++)
    say(&alterations[0], 200);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DROPPED), 8);
  ck_assert_uint_eq(counted(IMSTLS_DROPPED_CALL_ID), 1000);
  f->now_ms += 1000;
  say(&alterations[0], 200);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_DROPPED), 9);
  ck_assert_uint_eq(fake_event(f, IMSTLS_EVENT_DROPPED)->count, 993);
  (void)challenge();
}
END_TEST

/* A life in numbers: two registrations, a loss between them, a refresh. */
START_TEST(stats)
{
  imstls_stats s = IMSTLS_SIZED(imstls_stats);
  fake_register_whole(f);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  ok("");
  ck_assert_int_eq(imstls_client_stats(f->client, &s), IMSTLS_OK);
  ck_assert(s.attempts == 1 && s.registrations == 1 && s.losses == 0);
  ck_assert(s.sent == 3 && s.received == 3); /* SM1, SM7, refresh; 401, 200, 200 */
  f->closed = true;
  fake_run(f);
  f->closed = false;
  fake_run(f);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
  ck_assert_int_eq(imstls_client_stats(f->client, &s), IMSTLS_OK);
  ck_assert(s.attempts == 2 && s.registrations == 2 && s.losses == 1 && s.sent == 5 && s.received == 5);
}
END_TEST

/* An older program knows less of the struct; its neighbour is left alone. */
START_TEST(stats_of_every_size)
{
  fake_register_whole(f);
  for (size_t size = 0; size <= sizeof(imstls_stats) + 8; size++) {
    uint8_t room[sizeof(imstls_stats) + 16];
    memset(room, 0xa5, sizeof room);
    memcpy(room, &size, sizeof size);
    int error = imstls_client_stats(f->client, (imstls_stats *)(void *)room);
    ck_assert_int_eq(error, size < sizeof size ? IMSTLS_ERR_USAGE : IMSTLS_OK);
    size_t end = size < sizeof size ? sizeof size : size;
    for (size_t i = end; i < sizeof room; i++)
      ck_assert_uint_eq(room[i], 0xa5);
  }
  imstls_stats s = IMSTLS_SIZED(imstls_stats);
  ck_assert_int_eq(imstls_client_stats(NULL, &s), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_stats(f->client, NULL), IMSTLS_ERR_USAGE);
}
END_TEST

Suite *client_dropped_suite(void);
Suite *client_dropped_suite(void)
{
  Suite *suite = suite_create("client_dropped");
  TCase *tcase = tcase_create("client");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, before_trust, 0, ALTERATIONS);
  tcase_add_loop_test(tcase, while_refreshing, 0, ALTERATIONS);
  tcase_add_test(tcase, late);
  tcase_add_test(tcase, of_the_application);
  tcase_add_test(tcase, flood);
  tcase_add_test(tcase, stats);
  tcase_add_test(tcase, stats_of_every_size);
  suite_add_tcase(suite, tcase);
  return suite;
}
