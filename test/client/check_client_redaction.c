/* SPDX-License-Identifier: Apache-2.0 */
/* What IMSTLS_EVENT_SENT shows of a message, and that what leaves is whole all the same. */
#include "client_help.h"

#include <stdio.h>

static char line[512], message[4096];

static void keep(struct fake *world, const imstls_event *event)
{
  (void)world;
  if (event->type != IMSTLS_EVENT_SENT)
    return;
  ck_assert_uint_lt(event->line.len, sizeof line);
  ck_assert_uint_lt(event->message.len, sizeof message);
  snprintf(line, sizeof line, "%.*s", (int)event->line.len, event->line.ptr);
  snprintf(message, sizeof message, "%.*s", (int)event->message.len, event->message.ptr);
}

static bool is_shown(const imstls_sip_message *m, const char *name)
{
  char text[300];
  imstls_text value = auth_param(m, name);
  ck_assert_uint_gt(value.len, 0);
  snprintf(text, sizeof text, "%s=\"%.*s\"", name, (int)value.len, value.ptr);
  return strstr(message, text) != NULL;
}

static bool is_covered(const imstls_sip_message *m, const char *name)
{
  static const char stars[] = "****************************************************************";
  char text[100];
  imstls_text value = auth_param(m, name);
  ck_assert_uint_le(value.len, sizeof stars - 1);
  snprintf(text, sizeof text, "%s=\"%.*s\"", name, (int)value.len, stars);
  return strstr(message, text) != NULL;
}

START_TEST(answer)
{
  static const char *const secrets[] = { "username", "response", "c_token" }, *const open[] = { "realm", "nonce",
                                                                                                "uri" };
  for (uint32_t show = 0; show < 2; show++) {
    fake_init(f);
    f->hook = keep;
    f->config.policy.show_secrets = show;
    fake_start(f);
    (void)fake_register(f);
    fake_challenge(f);
    fake_run(f);
    imstls_sip_message m = fake_register(f);
    for (size_t i = 0; i < 3; i++) {
      ck_assert(is_shown(&m, open[i]));
      ck_assert_int_eq(is_shown(&m, secrets[i]), show);
      ck_assert_int_eq(is_covered(&m, secrets[i]), !show);
    }
    ck_assert_uint_eq(strlen(message), m.raw.len);
    fake_end(f);
    f->client = NULL;
  }
}
END_TEST

/* `count` secrets of `len` octets, in quotes without a partner among them. */
static size_t put_request(char *out, size_t cap, int count, int len)
{
  int at =
      snprintf(out, cap,
               "MESSAGE sip:b@c SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bKx\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\n"
               "Call-ID: r\r\nCSeq: 1 MESSAGE\r\nSubject: a lone \"\r\nProxy-Authorization: Digest realm=\"r\"");
  for (int i = 0; i < count; i++)
    at += snprintf(out + at, cap - (size_t)at, ",%s\r\n response=\"%0*d\"", i % 2 ? "" : "\r\n ", len, 7);
  return (size_t)(at + snprintf(out + at, cap - (size_t)at, "\r\nContent-Length: 0\r\n\r\n"));
}

/* No more is shown than could be covered. */
START_TEST(many)
{
  static const struct {
    int count, len;
    bool shown;
  } rows[] = { { 1, 1, true },   { 16, 32, true },  { 17, 1, false },
               { 1, 512, true }, { 1, 513, false }, { 2, 257, false } };
  char text[2048];
  f->hook = keep;
  fake_register_whole(f);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    imstls_sip_message m;
    size_t len = put_request(text, sizeof text, rows[i].count, rows[i].len);
    ck_assert_int_eq(imstls_client_send(f->client, text, len), IMSTLS_OK);
    fake_run(f);
    ck_assert_str_eq(line, "MESSAGE sip:b@c SIP/2.0");
    ck_assert_uint_eq(strlen(message), rows[i].shown ? len : strlen(line));
    ck_assert_ptr_null(strchr(message, '7'));
    ck_assert(fake_request(f, &m) && m.raw.len == len);
    ck_assert_mem_eq(m.raw.ptr, text, len);
  }
}
END_TEST

/* Each name that hides what it has, and some that look like one. */
START_TEST(names)
{
  static const struct {
    const char *name;
    bool shown;
  } rows[] = { { "response", false }, { "username", false }, { "auts", false },   { "c_token", false },
               { "c_token2", false }, { "respons", true },   { "esponse", true }, { "usernamf", true },
               { "uts", true },       { "c_toke", true },    { "_token2", true }, { "c_token3", true },
               { "cnonce", true },    { "Response", true },  { "s_token", true }, { "username2", true } };
  f->hook = keep;
  fake_register_whole(f);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    char text[512], want[32];
    int len = snprintf(text, sizeof text,
                       "MESSAGE sip:b@c SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bKx\r\nFrom: <sip:a>;tag=1\r\n"
                       "To: <sip:b>\r\nCall-ID: r\r\nCSeq: 1 MESSAGE\r\nProxy-Authorization: Digest\r\n %s=\"7\"\r\n"
                       "Content-Length: 0\r\n\r\n",
                       rows[i].name);
    snprintf(want, sizeof want, "\n %s=\"%c\"\r", rows[i].name, rows[i].shown ? '7' : '*');
    ck_assert_int_eq(imstls_client_send(f->client, text, (size_t)len), IMSTLS_OK);
    fake_run(f);
    ck_assert_msg(strstr(message, want) != NULL, "%s: %s", rows[i].name, message);
  }
}
END_TEST

SUITE_OF(client_redaction, answer, many, names)
