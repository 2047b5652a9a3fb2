/* SPDX-License-Identifier: Apache-2.0 */
/* What the client makes of its TLS session: failures and their codes. */
#include "client_help.h"

static char logged[2048];

static void on_log(void *user, imstls_text line)
{
  size_t used = strlen(logged);
  (void)user;
  ck_assert_uint_lt(used + line.len + 2, sizeof logged);
  memcpy(logged + used, line.ptr, line.len);
  memcpy(logged + used + line.len, "\n", 2);
}

static int last_error(void *user)
{
  (void)user;
  return -77;
}

static void fail_with(int code, const char *words)
{
  logged[0] = '\0';
  f->tls_code = code;
  f->tls_words = words;
  f->config.callbacks.on_log = on_log;
}

static void ck_told(int code, const char *line)
{
  ck_assert_int_eq(imstls_client_tls_error(f->client), code);
  ck_assert_msg(strstr(logged, line) != NULL, "%s", logged);
}

START_TEST(handshake_fails)
{
  fail_with(-28800, "SSL - The requested feature is not available");
  f->handshake_result = IMSTLS_ERR_TLS_FRAGMENTED;
  fake_start(f);
  ck_retries(IMSTLS_ERR_TLS_FRAGMENTED);
  ck_told(-28800, "state 2: TLS failed with -28800 SSL - The requested feature is not available\n");
}
END_TEST

static void once(struct fake *world, const imstls_event *event)
{
  if (event->type == IMSTLS_EVENT_LOST)
    world->read_result = 0;
}

/* After the registration: told as what it is, and a new attempt at once. */
START_TEST(flow_fails)
{
  static const int errors[] = { IMSTLS_ERR_TLS_KEY_UPDATE, IMSTLS_ERR_TLS };
  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
    fake_init(f);
    fail_with(-30464, "words");
    fake_register_whole(f);
    ck_assert_int_eq(imstls_client_tls_error(f->client), 0);
    f->read_result = errors[i];
    f->hook = once;
    fake_run(f);
    ck_lost(errors[i]);
    ck_told(-30464, "state 6: TLS failed with -30464 words\n");
    (void)fake_register(f);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

/* TLS is not to blame for every loss. */
START_TEST(network_fails)
{
  fail_with(0, "words");
  fake_register_whole(f);
  f->closed = true;
  imstls_client_step(f->client);
  ck_assert_ptr_nonnull(fake_event(f, IMSTLS_EVENT_LOST));
  ck_assert_int_eq(imstls_client_tls_error(f->client), 0);
  ck_assert_ptr_null(strstr(logged, "TLS failed"));
}
END_TEST

static int endless(void *user, int session, char *text, size_t cap)
{
  (void)user;
  (void)session;
  memset(text, 'x', cap);
  return -1;
}

/* A TLS part that has no codes for its sessions, one that has none at all, and a text that does not end. */
START_TEST(other_parts)
{
  for (int i = 0; i < 3; i++) {
    fake_init(f);
    fail_with(-1, NULL);
    imstls_tls other = *f->config.ports.tls;
    other.last_error = i == 1 ? NULL : last_error;
    other.failure = i < 2 ? NULL : endless;
    f->config.ports.tls = &other;
    f->handshake_result = IMSTLS_ERR_TLS;
    fake_start(f);
    ck_retries(IMSTLS_ERR_TLS);
    const char *const lines[] = { "TLS failed with -77 \n", "", "TLS failed with -1 xxxxxx" };
    const int codes[] = { -77, 0, -1 };
    ck_told(codes[i], lines[i]);
    if (i == 2)
      ck_assert_uint_eq(strspn(strchr(logged, 'x'), "x"), 127);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

static int not_opened(void *user, const imstls_tls_open *how)
{
  (void)user;
  (void)how;
  return IMSTLS_ERR_TLS;
}

/* There is no session to ask. */
START_TEST(session_is_not_opened)
{
  for (int i = 0; i < 2; i++) {
    fake_init(f);
    fail_with(-5, "words");
    imstls_tls other = *f->config.ports.tls;
    other.last_error = i == 0 ? last_error : NULL;
    other.open = not_opened;
    f->config.ports.tls = &other;
    fake_start(f);
    ck_retries(IMSTLS_ERR_TLS);
    ck_assert_int_eq(imstls_client_tls_error(f->client), i == 0 ? -77 : 0);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

SUITE_OF(client_tls, handshake_fails, flow_fails, network_fails, other_parts, session_is_not_opened)
