/* SPDX-License-Identifier: Apache-2.0 */
/* IMSTLS_LIMITS_SMALL: what it takes, and that the messages of a real core fit. */
#include <stdio.h>

#include "../bench/messages.h"
#include "client_help.h"

enum { SMALL_32 = 12 * 1024, SMALL_64 = 14 * 1024 };

static imstls_sip_message m;
static char text[2048];

static imstls_text between(const char *where, const char *begin, char end)
{
  const char *at = strstr(where, begin);
  ck_assert_ptr_nonnull(at);
  at += strlen(begin);
  return imstls_i_text(at, (size_t)(strchr(at, end) - at));
}

#define TEXT(t) (int)(t).len, (t).ptr
#define BRANCH_TAG_CALL_CSEQ TEXT(branch), TEXT(tag), TEXT(call_id), m.cseq

/* The answer to the REGISTER that came last: the 401 (`contact` absent) or the 200. */
static size_t say(imstls_text contact)
{
  imstls_sip_via via;
  ck_assert_int_eq(imstls_sip_via_parse(m.first[IMSTLS_HDR_VIA], &via), IMSTLS_OK);
  imstls_text branch = via.branch, call_id = m.first[IMSTLS_HDR_CALL_ID];
  imstls_text from = m.first[IMSTLS_HDR_FROM], tag = from;
  while (tag.len && memcmp(tag.ptr, ";tag=", 5) != 0) {
    tag.ptr++;
    tag.len--;
  }
  tag.ptr += 5;
  tag.len -= 5;
  int len;
  if (contact.len)
    len = snprintf(text, sizeof text, MESSAGE_200, BRANCH_TAG_CALL_CSEQ, TEXT(contact), "");
  else {
    imstls_text nonce = between(fake_challenge_headers(f, NULL), "nonce=\"", '"');
    char octets[64];
    memcpy(octets, nonce.ptr, nonce.len);
    octets[nonce.len] = '\0';
    len = snprintf(text, sizeof text, MESSAGE_401, BRANCH_TAG_CALL_CSEQ, octets, "AKAv1-MD5", f->s_token);
  }
  ck_assert(len > 0 && (size_t)len < sizeof text);
  fake_say(f, text, (size_t)len);
  fake_run(f);
  return (size_t)len;
}

static void begin(void)
{
  static const imstls_config_limits small = IMSTLS_LIMITS_SMALL;
  f->config.limits = small;
  f->config.device.user_agent = "example/1.0";
  f->config.device.access_network_info = "3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=0010100010000001";
  f->config.device.instance_id = "urn:gsma:imei:35-209900-176148-0";
  f->config.device.contact_params = ";+g.3gpp.smsip";
}

static void registers(void)
{
  fake_start(f);
  m = fake_register(f);
  ck_assert_uint_gt(say(imstls_i_text("", 0)), 800);
  m = fake_register(f);
  ck_assert_uint_gt(m.raw.len, 1000);
  ck_assert_uint_gt(say(m.first[IMSTLS_HDR_CONTACT]), 800);
  ck_state(REGISTERED);
  ck_assert_int_eq(imstls_client_trust(f->client), IMSTLS_TRUST_BY_TOKEN);
}

START_TEST(real_core)
{
  begin();
  registers();
  ck_text(imstls_client_service_route(f->client), "<sip:orig@scscf." BENCH_HOME ":6060;lr>");
  ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_OK);
  fake_run(f);
  m = fake_register(f);
  ck_assert_uint_gt(say(imstls_i_text("", 0)), 800); /* challenged again */
  m = fake_register(f);
  (void)say(m.first[IMSTLS_HDR_CONTACT]);
  ck_state(REGISTERED);
}
END_TEST

/* Pointers of 32 bits on the devices that it is for. */
START_TEST(block)
{
  begin();
  size_t most = sizeof(void *) == 4 ? SMALL_32 : SMALL_64;
  size_t sockets = imstls_client_size(&f->config);
  ck_assert_uint_gt(sockets, 0);
  ck_assert_uint_le(sockets, most);
  if (imstls_has("feed"))
    f->config.ports.net = NULL;
  ck_assert_uint_le(imstls_client_size(&f->config), most);
}
END_TEST

/* The macro is the limits alone: all else is as IMSTLS_CONFIG_DEFAULTS has it. */
START_TEST(macro)
{
  imstls_config small = IMSTLS_CONFIG_SMALL, usual = IMSTLS_CONFIG_DEFAULTS;
  static const imstls_config_limits limits = IMSTLS_LIMITS_SMALL;
  ck_assert(memcmp(&small.limits, &limits, sizeof limits) == 0);
  small.limits = usual.limits;
  ck_assert(memcmp(&small, &usual, sizeof small) == 0);
}
END_TEST

/* Of more requests than are remembered the oldest is not told. */
START_TEST(unanswered)
{
  NEEDS("unanswered");
  static const char request[] = "MESSAGE sip:a@b SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.9;branch=z9hG4bK%d\r\n"
                                "From: <sip:a@b>;tag=1\r\nTo: <sip:c>\r\nCall-ID: %d\r\nCSeq: 1 MESSAGE\r\n"
                                "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
  begin();
  registers();
  for (int i = 0; i < 6; i++) {
    int len = snprintf(text, sizeof text, request, i, i);
    ck_assert_int_eq(imstls_client_send(f->client, text, (size_t)len), IMSTLS_OK);
    fake_run(f);
  }
  int before = f->event_count, told = 0;
  ck_assert_int_eq(imstls_client_network_changed(f->client), IMSTLS_OK);
  fake_run(f);
  for (int i = before; i < f->event_count; i++)
    told += f->events[i].type == IMSTLS_EVENT_UNANSWERED;
  ck_assert_int_eq(told, 2);
}
END_TEST

SUITE_OF(client_small, real_core, block, macro, unanswered)
