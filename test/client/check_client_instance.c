/* SPDX-License-Identifier: Apache-2.0 */
/* A flow that the network keeps (RFC 5626), pings that it asks for (RFC 6223), URIs of this device (RFC 5627). */
#include <stdio.h>

#include <imstls/outbound.h>

#include "client_help.h"

#define URN "urn:uuid:00000000-0000-1000-8000-000a95a0e128"
#define IMEI "urn:gsma:imei:90420156-025763-0"

static bool line_has(imstls_text value, const char *part)
{
  size_t len = strlen(part);
  for (size_t i = 0; i + len <= value.len; i++)
    if (memcmp(value.ptr + i, part, len) == 0)
      return true;
  return false;
}

/* A 200 whose Via has `keep` as given, in the place of ours. */
static void ok_with_keep(const char *keep, const char *lines)
{
  char *via, *end;
  size_t before = f->coming_at == f->coming_len ? 0 : f->coming_len;
  fake_ok(f, lines);
  f->coming[f->coming_len] = '\0';
  via = strstr(f->coming + before, ";keep");
  ck_assert_ptr_nonnull(via);
  end = f->coming + f->coming_len;
  memmove(via + strlen(keep), via + 5, (size_t)(end - via) - 5);
  memcpy(via, keep, strlen(keep));
  f->coming_len = f->coming_len + strlen(keep) - 5;
  fake_run(f);
}

static imstls_sip_message begin(void)
{
  fake_start(f);
  (void)fake_register(f);
  return challenge();
}

static bool pinged(void)
{
  bool is = f->sent_len - f->sent_seen == 4 && memcmp(f->sent + f->sent_seen, "\r\n\r\n", 4) == 0;
  if (is)
    f->sent_seen = f->sent_len;
  return is;
}

/* From now on nothing leaves for `least_ms`, and a ping by `most_ms`. */
static void wait_for_ping(uint64_t least_ms, uint64_t most_ms)
{
  uint64_t from = f->now_ms;
  do {
    int64_t wait = imstls_client_timeout_ms(f->client);
    ck_assert_int_gt(wait, 0);
    fake_pass(f, (uint64_t)wait);
    ck_assert_uint_le(f->now_ms - from, most_ms);
  } while (f->sent_len == f->sent_seen);
  ck_assert(pinged());
  ck_assert_uint_ge(f->now_ms - from, least_ms);
}

static void ck_ping(uint64_t least_ms, uint64_t most_ms)
{
  wait_for_ping(least_ms, most_ms);
  fake_say(f, "\r\n", 2);
  fake_run(f);
}

/* ---- what a REGISTER says ---- */

/* outbound where the flow has a number, gruu where the device has a name, neither before it may be said. */
START_TEST(supported)
{
  static const struct {
    const char *instance;
    uint32_t reg_id;
    const char *first, *second;
  } rows[] = { { NULL, 0, "path", "path" },
               { URN, 0, "path, gruu", "path, gruu" },
               { URN, 1, "path, outbound, gruu", "path, outbound, gruu" },
               { IMEI, 2, "path", "path, outbound, gruu" } };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    f->config.device.instance_id = rows[i].instance;
    f->config.device.reg_id = rows[i].reg_id;
    fake_start(f);
    ck_text(fake_register(f).first[IMSTLS_HDR_SUPPORTED], rows[i].first);
    ck_text(challenge().first[IMSTLS_HDR_SUPPORTED], rows[i].second);
    fake_end(f);
    fake_init(f);
  }
}
END_TEST

/* A 439 takes both away that belong together. */
START_TEST(supported_after_439)
{
  f->config.device.instance_id = URN;
  f->config.device.reg_id = 1;
  (void)begin();
  reply(439, "");
  imstls_sip_message m = fake_register(f);
  ck_text(m.first[IMSTLS_HDR_SUPPORTED], "path, gruu");
  ck_assert(!line_has(m.first[IMSTLS_HDR_CONTACT], "reg-id"));
}
END_TEST

START_TEST(keep_is_offered)
{
  ck_assert(line_has(begin().first[IMSTLS_HDR_VIA], ";rport;keep"));
  fake_end(f);
  fake_init(f);
  f->config.timers.keepalive_ms = UINT32_MAX; /* no ping will be sent */
  ck_assert(!line_has(begin().first[IMSTLS_HDR_VIA], "keep"));
  fake_end(f);
  fake_init(f);
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST; /* in clear nothing is kept */
  fake_start(f);
  ck_assert(!line_has(fake_register(f).first[IMSTLS_HDR_VIA], "keep"));
  ck_assert(line_has(challenge().first[IMSTLS_HDR_VIA], ";keep"));
}
END_TEST

/* ---- pings ---- */

START_TEST(keep_is_heeded)
{
  (void)begin();
  ok_with_keep(";keep=30", "");
  for (int i = 0; i < 5; i++)
    ck_ping(24000, 30000);
  wait_for_ping(24000, 30000);
  fake_pass(f, 9999);
  ck_state(REGISTERED);
  fake_pass(f, 1); /* who said that it answers does, or the flow is dead */
  ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), 1);
}
END_TEST

/* Without a time the usual one, and an answer is due all the same. */
START_TEST(keep_without_time)
{
  (void)begin();
  ok_with_keep(";keep=0", "");
  ck_ping(95000, 120000);
  wait_for_ping(95000, 120000);
  fake_pass(f, 10000);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), 1);
}
END_TEST

/* Whatever is asked for: no storm, and no silence beyond what is usual. */
START_TEST(keep_out_of_bounds)
{
  static const struct {
    const char *keep, *lines;
    uint64_t least_ms, most_ms;
  } rows[] = { { ";keep=1", "", 8000, 10000 },
               { "", "Flow-Timer: 1\r\n", 8000, 10000 },
               { ";keep=4294967295", "", 95000, 120000 },
               { ";keep=4294967296", "", 95000, 120000 },
               { "", "Flow-Timer: 0\r\n", 95000, 120000 } };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    (void)begin();
    ok_with_keep(rows[i].keep, rows[i].lines);
    for (int n = 0; n < 20; n++)
      ck_ping(rows[i].least_ms, rows[i].most_ms);
    ck_state(REGISTERED);
    fake_end(f);
    fake_init(f);
  }
}
END_TEST

/* A refresh says it anew: sooner at once, and not at all again. */
START_TEST(keep_changes)
{
  (void)begin();
  ok_with_keep(";keep", "");
  for (int i = 0; i < 2; i++) {
    ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
    fake_run(f);
    (void)fake_register(f);
    ok_with_keep(i ? ";keep" : ";keep=30", "");
    ck_ping(i ? 95000 : 24000, i ? 120000 : 30000);
  }
}
END_TEST

/* The longest that is waited is what the application says. */
START_TEST(keep_and_setting)
{
  f->config.timers.keepalive_ms = 20000;
  (void)begin();
  ok_with_keep(";keep=600", "");
  for (int i = 0; i < 3; i++)
    ck_ping(20000, 20000);
}
END_TEST

/* ---- flows that fail ---- */

/* A 430 is a 400 to whoever registers (RFC 5626 11.5): a new flow. */
START_TEST(flow_failed)
{
  fake_register_whole(f);
  int opened = f->opened;
  ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
  fake_run(f);
  (void)fake_register(f);
  reply(430, "");
  ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), 1);
  fake_pass(f, 5000);
  ck_assert_int_eq(f->opened, opened + 1);
  ck_begins_anew();
}
END_TEST

/* One to a request of the application can come from whoever was asked: it is the application's, and ends nothing. */
START_TEST(flow_of_another_failed)
{
  static const char message[] =
      "MESSAGE sip:b@c SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKa\r\nFrom: <sip:x@y>;tag=1\r\n"
      "To: <sip:b@c>\r\nCall-ID: c1\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n";
  fake_register_whole(f);
  f->take_messages = 1;
  ck_assert_int_eq(imstls_client_send_stamped(f->client, message, sizeof message - 1), IMSTLS_OK);
  fake_run(f);
  ck_assert(fake_request(f, NULL));
  reply(430, "");
  ck_assert_int_eq(f->messages, 1);
  ck_assert_str_eq(f->last_message, "SIP/2.0 430 Text");
  ck_state(REGISTERED);
}
END_TEST

SUITE_OF(client_instance, supported, supported_after_439, keep_is_offered, keep_is_heeded, keep_without_time,
         keep_out_of_bounds, keep_changes, keep_and_setting, flow_failed, flow_of_another_failed)
