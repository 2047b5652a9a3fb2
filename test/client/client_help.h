/* SPDX-License-Identifier: Apache-2.0 */
/* What the suites of the client share: one world for each test. */
#ifndef CLIENT_HELP_H
#define CLIENT_HELP_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <imstls/version.h>

#include "base/base.h"
#include "client/client.h"
#include "fake.h"

static struct fake *f;

static inline void setup(void)
{
  f = malloc(sizeof *f);
  ck_assert_ptr_nonnull(f);
  fake_init(f);
}

static inline void teardown(void)
{
  if (f->client)
    fake_end(f);
  free(f);
}

/* IPsec and PSK want CK and IK themselves: there is nothing to be seen of this without them. */
#define NEEDS_OCTETS()                                                                                                 \
  if (fake_handles())                                                                                                  \
  return

/* What this build leaves out cannot be seen (lib/features.mk). */
#define NEEDS(feature)                                                                                                 \
  if (!imstls_has(feature))                                                                                            \
  return

#define ck_state(s) ck_assert_int_eq(imstls_client_state(f->client), IMSTLS_STATE_##s)
#define ck_stopped(error)                                                                                              \
  do {                                                                                                                 \
    ck_state(STOPPED);                                                                                                 \
    ck_assert_str_eq(imstls_error_name(imstls_client_error(f->client)), imstls_error_name(error));                     \
  } while (0)
/* The attempt has ended, and the next one follows. */
#define ck_retries(error)                                                                                              \
  do {                                                                                                                 \
    ck_state(WAITING);                                                                                                 \
    ck_assert_str_eq(imstls_error_name(imstls_client_error(f->client)), imstls_error_name(error));                     \
  } while (0)
/* The registration was lost for this, and a new one is under way at once. */
#define ck_lost(error_code)                                                                                            \
  do {                                                                                                                 \
    const imstls_event *lost = fake_event(f, IMSTLS_EVENT_LOST);                                                       \
    ck_assert(lost &&imstls_client_state(f->client) < IMSTLS_STATE_CHALLENGED);                                        \
    ck_assert_str_eq(imstls_error_name(lost->error), imstls_error_name(error_code));                                   \
  } while (0)
#define ck_text(text, literal) ck_assert_msg(imstls_text_is(text, literal), "%.*s", (int)(text).len, (text).ptr)
#define ck_silent() ck_assert_msg(!fake_request(f, NULL), "nothing may be sent here")

/* All that leaves is a first REGISTER, without anything of what was refused. */
#define ck_begins_anew()                                                                                               \
  do {                                                                                                                 \
    imstls_sip_message anew = fake_register(f);                                                                        \
    ck_text(auth_param(&anew, "response"), "");                                                                        \
    ck_text(auth_param(&anew, "nonce"), "");                                                                           \
    ck_silent();                                                                                                       \
  } while (0)

/* Nothing of the USIM's last answer may have left, in any form. */
static inline void ck_no_secret(void)
{
  ck_assert(!fake_sent_secret(f, f->vector.res, f->vector.res_len));
  ck_assert(!fake_sent_secret(f, f->vector.ck, 16));
  ck_assert(!fake_sent_secret(f, f->vector.ik, 16));
}

static inline int count_events(int type)
{
  int n = 0;
  for (int i = 0; i < f->event_count; i++)
    n += f->events[i].type == type;
  return n;
}

/* The last decision told: `store` or `load` failed, and at what. */
static inline void ck_storage_told(int times, const char *what)
{
  ck_assert_int_eq(count_events(IMSTLS_EVENT_POLICY), times);
  if (!times)
    return;
  ck_assert_int_eq(fake_event(f, IMSTLS_EVENT_POLICY)->error, IMSTLS_ERR_STORAGE);
  ck_assert_ptr_nonnull(strstr(fake_line(f, IMSTLS_EVENT_POLICY), what));
}

static inline void reply(unsigned status, const char *extra)
{
  fake_reply(f, status, "Text", extra);
  fake_run(f);
}

/* The right 401, and what the client says to it. */
static inline imstls_sip_message challenge(void)
{
  fake_challenge(f);
  fake_run(f);
  return fake_register(f);
}

static inline void ok(const char *extra)
{
  fake_ok(f, extra);
  fake_run(f);
}

static inline imstls_text auth_param(const imstls_sip_message *m, const char *wanted)
{
  imstls_text rest = m->first[IMSTLS_HDR_AUTHORIZATION], name, value;
  ck_assert(rest.len > 7);
  rest.ptr += 7;
  rest.len -= 7;
  while (imstls_sip_auth_param_next(&rest, &name, &value, NULL) == IMSTLS_OK)
    if (imstls_text_is(name, wanted))
      return value;
  return (imstls_text){ 0 };
}

/* SM7: the right response, and a c_token over the certificate of this TLS session. */
static inline void answer_of(const imstls_sip_message *m)
{
  char c_token[25];
  imstls_text s_token = imstls_i_text(f->s_token, 24);
  ck_assert_int_eq(imstls_token_check_server(f->vector.ik, f->cert, sizeof f->cert, s_token, c_token), 0);
  ck_assert(fake_response_right(f, m, c_token));
}

static inline imstls_wait waited_for(size_t which, size_t count)
{
  imstls_wait waits[8];
  ck_assert_uint_eq(imstls_client_waits(f->client, waits, 8), count);
  return waits[which];
}

#define SUITE_OF(suite_name, ...)                                                                                      \
  Suite *suite_name##_suite(void);                                                                                     \
  Suite *suite_name##_suite(void)                                                                                      \
  {                                                                                                                    \
    const TTest *const tests[] = { __VA_ARGS__ };                                                                      \
    Suite *suite = suite_create(#suite_name);                                                                          \
    TCase *tcase = tcase_create("client");                                                                             \
    tcase_add_checked_fixture(tcase, setup, teardown);                                                                 \
    tcase_set_timeout(tcase, 60);                                                                                      \
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)                                                        \
      tcase_add_test(tcase, tests[i]);                                                                                 \
    suite_add_tcase(suite, tcase);                                                                                     \
    return suite;                                                                                                      \
  }

#endif
