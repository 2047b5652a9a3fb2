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

/* A 200 whose Contact has these parameters too. */
static void grant(const imstls_sip_message *m, const char *params, const char *lines)
{
  char extra[2000];
  imstls_sip_address contact;
  imstls_text rest = m->first[IMSTLS_HDR_CONTACT];
  ck_assert_int_eq(imstls_sip_address_next(&rest, &contact), IMSTLS_OK);
  snprintf(extra, sizeof extra, "Contact: <%.*s>;expires=3600%s\r\n%s", (int)contact.uri.len, contact.uri.ptr, params,
           lines);
  reply(200, extra);
}

static imstls_outbound outbound(void)
{
  imstls_outbound out = IMSTLS_SIZED(imstls_outbound);
  ck_assert_int_eq(imstls_client_outbound(f->client, &out), IMSTLS_OK);
  return out;
}

static void refresh(const char *params, const char *lines)
{
  ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
  fake_run(f);
  imstls_sip_message m = fake_register(f);
  grant(&m, params, lines);
  ck_state(REGISTERED);
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

/* Without a time the usual one. Who said that it answers has to from the first ping on, and who did not need not. */
START_TEST(keep_without_time)
{
  static const struct {
    const char *keep, *lines;
    int lost;
  } rows[] = { { ";keep=0", "", 1 }, { ";keep", "Require: outbound\r\n", 1 }, { ";keep", "", 0 } };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    f->config.device.instance_id = URN;
    f->config.device.reg_id = 1;
    (void)begin();
    ok_with_keep(rows[i].keep, rows[i].lines);
    wait_for_ping(95000, 120000);
    fake_pass(f, 10000);
    ck_assert_int_eq(count_events(IMSTLS_EVENT_LOST), rows[i].lost);
    fake_end(f);
    fake_init(f);
  }
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

/* ---- what is granted ---- */

#define GRUUS(n) ";pub-gruu=\"sip:user@home;gr=" n "\";temp-gruu=\"sip:t" n "@home;gr\""

/* Said by each 200 anew, by a trusted registrar alone, and gone with the registration. */
START_TEST(granted)
{
  f->config.device.instance_id = URN;
  f->config.device.reg_id = 1;
  f->config.identity.impu = "sip:user@home";
  fake_start(f);
  (void)fake_register(f);
  char headers[1200];
  snprintf(headers, sizeof headers, "Contact: <sip:x@y>" GRUUS("evil") "\r\nRequire: outbound\r\nFlow-Timer: 20\r\n%s",
           fake_challenge_headers(f, NULL));
  reply(401, headers);
  imstls_sip_message m = fake_register(f);
  ck_assert(!f->client->binding.outbound && !f->client->binding.ping_s && !f->client->binding.pub_gruu_len);
  grant(&m, GRUUS("1"), "Require: outbound\r\nP-Associated-URI: \"U\" <sip:user@home>;x, <tel:+1>\r\n");
  imstls_outbound out = outbound();
  ck_text(out.pub_gruu, "sip:user@home;gr=1");
  ck_text(out.temp_gruu, "sip:t1@home;gr");
  ck_text(out.impu, "sip:user@home");
  ck_text(out.preferred_identity, "\"U\" <sip:user@home>");
  ck_assert(out.outbound == 1 && !out.barred && !out.anonymous);
  refresh(GRUUS("2"), "");
  out = outbound();
  ck_text(out.pub_gruu, "sip:user@home;gr=2");
  ck_text(out.temp_gruu, "sip:t2@home;gr");
  ck_assert_uint_eq(out.outbound, 0);
  refresh("", "Require: outbound\r\n");
  out = outbound();
  ck_assert(!out.pub_gruu.len && !out.temp_gruu.len && out.outbound == 1);
  ck_text(out.preferred_identity, "sip:user@home");
  refresh(GRUUS("3"), "Require: outbound\r\nFlow-Timer: 20\r\n");
  f->closed = true;
  fake_run(f);
  f->closed = false;
  ck_assert_ptr_nonnull(fake_event(f, IMSTLS_EVENT_LOST));
  ck_assert(!f->client->binding.outbound && !f->client->binding.ping_s && !f->client->binding.pub_gruu_len);
}
END_TEST

/* What the registrar of Kamailio 5.6.3 says (modules usrloc and registrar, gruu_enabled, outbound_mode 1). */
START_TEST(kamailio)
{
  f->config.device.instance_id = URN;
  f->config.device.reg_id = 1;
  f->config.identity.impu = "sip:alice@ims.example";
  imstls_sip_message m = begin();
  grant(&m,
        ";pub-gruu=\"sip:alice@ims.example;gr=urn:uuid:00000000-0000-1000-8000-000a95a0e128\";"
        "temp-gruu=\"sip:uloc-6b0d3fd4-77a7-1-dd7f25d6@ims.example;gr\";"
        "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000a95a0e128>\";reg-id=1",
        "Supported: outbound\r\nRequire: outbound\r\nFlow-Timer: 30\r\nServer: kamailio (5.6.3 (x86_64/linux))\r\n");
  imstls_outbound out = outbound();
  ck_text(out.pub_gruu, "sip:alice@ims.example;gr=urn:uuid:00000000-0000-1000-8000-000a95a0e128");
  ck_text(out.temp_gruu, "sip:uloc-6b0d3fd4-77a7-1-dd7f25d6@ims.example;gr");
  ck_assert_uint_eq(out.outbound, 1);
  ck_ping(24000, 30000);
}
END_TEST

/* A GRUU that would tell everybody our IMEI is not ours to give away (RFC 7255), however it is written. */
START_TEST(gruu_with_imei)
{
  static const char *const gruus[] = { ";pub-gruu=\"sip:user@home;gr=urn:gsma:imei:90420156-025763-0\"",
                                       ";pub-gruu=\"sip:user@home;gr=urn%3Agsma%3Aimei%3A90420156-025763-0\"",
                                       ";temp-gruu=\"sip:90420156-025763-0@home;gr\"" };
  for (size_t i = 0; i < sizeof gruus / sizeof gruus[0]; i++) {
    f->config.device.instance_id = IMEI;
    f->config.identity.impu = "sip:user@home";
    imstls_sip_message m = begin();
    grant(&m, gruus[i], "");
    ck_state(REGISTERED);
    ck_assert(!outbound().pub_gruu.len && !outbound().temp_gruu.len);
    refresh(";pub-gruu=\"sip:user@home;gr=hash\"", "");
    ck_text(outbound().pub_gruu, "sip:user@home;gr=hash");
    fake_end(f);
    fake_init(f);
  }
}
END_TEST

/* A GRUU that is none of ours is left out and told; the registration stands. */
START_TEST(gruu_refused)
{
  f->config.device.instance_id = URN;
  imstls_sip_message m = begin();
  grant(&m, ";pub-gruu=\"sip:user@evil.example;gr=1\";temp-gruu=\"sip:t@home;gr\";temp-gruu=\"sip:t@home;gr\"", "");
  ck_state(REGISTERED);
  imstls_outbound out = outbound();
  ck_assert(!out.pub_gruu.len && !out.temp_gruu.len);
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_POLICY), "2 entries of the 200 cannot be read");
}
END_TEST

/* TS 24.229 5.1.1.2.1: told once, and never used. */
START_TEST(barred)
{
  f->config.identity.impu = "sip:user@home";
  imstls_sip_message m = begin();
  grant(&m, "", "P-Associated-URI: <tel:+1>, <sip:other@home>\r\n");
  ck_assert_str_eq(fake_line(f, IMSTLS_EVENT_POLICY), "the identity that was registered is barred");
  ck_assert_uint_eq(outbound().barred, 1);
  ck_text(outbound().preferred_identity, "<tel:+1>");
  refresh("", "P-Associated-URI: \r\n");
  ck_assert_uint_eq(outbound().barred, 1);
  ck_assert(!outbound().preferred_identity.len && !outbound().associated_uri.len);
  ck_assert_int_eq(count_events(IMSTLS_EVENT_POLICY), 1);
  refresh("", "P-Associated-URI: <sip:user@home>\r\n");
  ck_assert_uint_eq(outbound().barred, 0);
}
END_TEST

/* Out with a GRUU, in by it. */
START_TEST(reached_by_gruu)
{
  NEEDS("stamp");
  static const char invite[] =
      "INVITE sip:b@c SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKa\r\nFrom: <sip:user@home>;tag=1\r\n"
      "To: <sip:b@c>\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\nContact: <sip:x@h>;a=b\r\n"
      "Content-Length: 0\r\n\r\n";
  static const char *const uris[] = { "sip:user@home;gr=1", "sip:t1@home;gr" };
  f->config.device.instance_id = URN;
  f->config.identity.impu = "sip:user@home";
  imstls_sip_message m = begin();
  grant(&m, GRUUS("1"), "");
  ck_assert_int_eq(imstls_client_send_stamped(f->client, invite, sizeof invite - 1), IMSTLS_OK);
  fake_run(f);
  ck_assert(fake_request(f, &m));
  ck_text(m.first[IMSTLS_HDR_CONTACT], "<sip:user@home;gr=1>;a=b");
  ck_text(m.first[IMSTLS_HDR_SUPPORTED], "gruu");
  for (int i = 0; i < 2; i++) {
    char text[600], line[100];
    snprintf(line, sizeof line, "OPTIONS %s SIP/2.0", uris[i]);
    snprintf(text, sizeof text,
             "%s\r\nVia: SIP/2.0/TLS p;branch=z9hG4bKp%d\r\nFrom: <sip:b@c>;tag=1\r\n"
             "To: <sip:user@home>\r\nCall-ID: o\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
             line, i);
    fake_say(f, text, strlen(text));
    fake_run(f);
    ck_assert_int_eq(f->messages, i + 1);
    ck_assert_str_eq(f->last_message, line);
    ck_assert(fake_sent_text(f, i ? "branch=z9hG4bKp1" : "SIP/2.0 200 OK"));
  }
}
END_TEST

/* ---- flows that fail ---- */

/* A 430 is a 400 to whoever registers (RFC 5626): a new flow. */
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
  NEEDS("stamp");
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
         keep_out_of_bounds, keep_changes, keep_and_setting, granted, kamailio, gruu_refused, gruu_with_imei, barred,
         reached_by_gruu, flow_failed, flow_of_another_failed)
