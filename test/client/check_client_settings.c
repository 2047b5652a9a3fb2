/* SPDX-License-Identifier: Apache-2.0 */
/* Settings that change while the client runs. */
#include "client_help.h"

static bool says(const imstls_sip_message *m, const char *name, const char *value)
{
  imstls_text text;
  if (imstls_sip_find(m, name, &text))
    return false;
  return imstls_text_is(text, value);
}

/* The cell changes: the next REGISTER and every request say so, on a trusted channel alone. */
START_TEST(access_network_info)
{
  NEEDS("stamp");
  static const char message[] =
      "MESSAGE sip:b SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKa\r\nFrom: <sip:x@y>;tag=1\r\n"
      "To: <sip:b>\r\nCall-ID: c\r\nCSeq: 1 MESSAGE\r\n\r\n";
  char longest[256 + 1];
  imstls_sip_message m;
  char first[] = "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=1";
  fake_start(f);
  ck_assert_int_eq(imstls_client_set_access_network_info(f->client, first), IMSTLS_OK);
  memset(first, 'x', sizeof first - 1); /* it was copied */
  m = fake_register(f);
  ck_assert_int_eq(imstls_sip_find(&m, "P-Access-Network-Info", &m.reason), IMSTLS_END);
  m = challenge();
  ck_assert(says(&m, "P-Access-Network-Info", "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=1"));
  ok("");
  ck_assert_int_eq(imstls_client_set_access_network_info(f->client, "IEEE-802.11;i-wlan-node-id=2"), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_send_stamped(f->client, message, sizeof message - 1), IMSTLS_OK);
  fake_run(f);
  ck_assert(fake_request(f, &m));
  ck_assert(says(&m, "P-Access-Network-Info", "IEEE-802.11;i-wlan-node-id=2"));
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  m = fake_register(f);
  ck_assert(says(&m, "P-Access-Network-Info", "IEEE-802.11;i-wlan-node-id=2"));
  ok("");
  ck_assert_int_eq(imstls_client_set_access_network_info(NULL, "x"), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_set_access_network_info(f->client, ""), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_set_access_network_info(f->client, "x\r\nEvil: 1"), IMSTLS_ERR_USAGE);
  memset(longest, 'n', sizeof longest);
  longest[256] = '\0';
  ck_assert_int_eq(imstls_client_set_access_network_info(f->client, longest), IMSTLS_ERR_CAPACITY);
  longest[255] = '\0';
  ck_assert_int_eq(imstls_client_set_access_network_info(f->client, longest), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_set_access_network_info(f->client, NULL), IMSTLS_OK);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  m = fake_register(f);
  ck_assert_int_eq(imstls_sip_find(&m, "P-Access-Network-Info", &m.reason), IMSTLS_END);
}
END_TEST

static void ck_asked(const char *ip, uint16_t port)
{
  imstls_address want;
  ck_assert_int_eq(imstls_address_parse(imstls_i_text(ip, strlen(ip)), &want), IMSTLS_OK);
  ck_assert_mem_eq(f->last_open.remote.ip, want.ip, 4);
  ck_assert_uint_eq(f->last_open.remote.port, port);
}

/* New P-CSCFs: from the next attempt on, in their order, and not before. */
START_TEST(pcscf)
{
  char list[] = "192.0.2.7:5071, 192.0.2.8";
  fake_register_whole(f);
  ck_asked("192.0.2.1", 5061);
  ck_assert_int_eq(imstls_client_set_pcscf(f->client, list), IMSTLS_OK);
  memset(list, 'x', sizeof list - 1);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  (void)fake_register(f);
  ok("");
  ck_assert_int_eq(f->opened, 1);
  (void)imstls_client_network_changed(f->client);
  fake_run(f);
  ck_asked("192.0.2.7", 5071);
  (void)fake_register(f);
  f->closed = true;
  fake_run(f);
  f->closed = false;
  fake_pass(f, 6000);
  (void)fake_request(f, NULL);
  f->closed = true;
  fake_run(f);
  f->closed = false;
  fake_run(f);
  ck_asked("192.0.2.8", 5061);
  ck_assert_int_eq(imstls_client_set_pcscf(f->client, "192.0.2.9"), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_set_pcscf(f->client, "192.0.2.10"), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_set_pcscf(f->client, "[2001:db8::1"), IMSTLS_ERR_USAGE);
  (void)imstls_client_network_changed(f->client);
  fake_run(f);
  ck_asked("192.0.2.7", 5071); /* once more: what was set before the malformed one is forgotten */
}
END_TEST

/* One that was sent away, or refused, is not held against those that come after it. */
START_TEST(pcscf_afresh)
{
  fake_start(f);
  (void)fake_register(f);
  fake_reply(f, 503, "Service Unavailable", "Retry-After: 1000\r\n");
  fake_run(f);
  ck_state(WAITING);
  ck_assert_int_eq(imstls_client_set_pcscf(f->client, "192.0.2.7"), IMSTLS_OK);
  (void)imstls_client_network_changed(f->client);
  fake_run(f);
  ck_asked("192.0.2.7", 5061);
  (void)fake_register(f);
  (void)challenge();
  ok("");
  ck_state(REGISTERED);
}
END_TEST

START_TEST(pcscf_refused)
{
  char longest[600];
  fake_start(f);
  ck_assert_int_eq(imstls_client_set_pcscf(NULL, "a"), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_set_pcscf(f->client, NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_set_pcscf(f->client, ""), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_set_pcscf(f->client, "a,,b"), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_set_pcscf(f->client, "a,b,c,d,e,f,g,h,i"), IMSTLS_ERR_USAGE);
  memset(longest, 'a', 512);
  longest[200] = longest[400] = ',';
  longest[512] = '\0';
  ck_assert_int_eq(imstls_client_set_pcscf(f->client, longest), IMSTLS_ERR_CAPACITY);
  longest[511] = '\0';
  ck_assert_int_eq(imstls_client_set_pcscf(f->client, longest), IMSTLS_OK);
}
END_TEST

START_TEST(expires)
{
  fake_register_whole(f);
  ck_assert_int_eq(imstls_client_set_expires(f->client, 7200), IMSTLS_OK);
  (void)imstls_client_refresh(f->client);
  fake_run(f);
  imstls_sip_message m = fake_register(f);
  ck_text(m.first[IMSTLS_HDR_EXPIRES], "7200");
  ok("");
  (void)imstls_client_network_changed(f->client);
  fake_run(f);
  m = fake_register(f);
  ck_text(m.first[IMSTLS_HDR_EXPIRES], "7200");
  ck_assert_int_eq(imstls_client_set_expires(f->client, 0), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_set_expires(NULL, 1), IMSTLS_ERR_USAGE);
}
END_TEST

SUITE_OF(client_settings, access_network_info, pcscf, pcscf_afresh, pcscf_refused, expires)
