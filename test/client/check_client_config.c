/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: each that is missing, malformed or contradicts another, and structs of other sizes. */
#include "client_help.h"
#include "registration/config.h"

/* What is said begins with the name of the setting that is to blame, and nothing is written behind it. */
static void ck_blames(const char *what, const char *name)
{
  char text[130], small[12];
  memset(text, 'x', sizeof text);
  ck_assert_int_eq(imstls_config_check(&f->config, text, 120), IMSTLS_ERR_CONFIG);
  size_t len = strcspn(name, " ");
  ck_assert_msg(memcmp(text, name, len) == 0 && text[len] == ' ', "%s: %s", what, text);
  ck_assert_uint_lt(strlen(text), 120);
  ck_assert_int_eq(text[120], 'x');
  ck_assert_int_eq(imstls_config_check(&f->config, small, sizeof small), IMSTLS_ERR_CONFIG);
  ck_assert_uint_le(strlen(small), sizeof small - 1);
  ck_assert_int_eq(imstls_config_check(&f->config, NULL, 0), IMSTLS_ERR_CONFIG);
}

static void bad(const char *what, const char *blamed)
{
  imstls_client *client = NULL;
  ck_blames(what, blamed);
  int result = imstls_client_new(&client, &f->config);
  ck_assert_msg(result == IMSTLS_ERR_CONFIG && !client, "%s: %s", what, imstls_error_name(result));
  ck_assert_uint_eq(imstls_client_size(&f->config), 0);
  fake_init(f);
}

#define BAD(field, value)                                                                                              \
  do {                                                                                                                 \
    f->config.field = (value);                                                                                         \
    bad(#field " = " #value, #field);                                                                                  \
  } while (0)
#define BAD_FOR(field, value, other)                                                                                   \
  do {                                                                                                                 \
    f->config.field = (value);                                                                                         \
    bad(#field " = " #value, #other);                                                                                  \
  } while (0)

START_TEST(required)
{
  BAD(identity.impi, NULL);
  BAD(identity.impu, NULL);
  BAD(identity.home_domain, NULL);
  BAD(network.pcscf, NULL);
  BAD(ports.usim, NULL);
  BAD(ports.tls, NULL);
  BAD(ports.random, NULL);
  BAD(ports.now_ms, NULL);
  ck_assert_int_eq(imstls_client_new(NULL, &f->config), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_new(&f->client, NULL), IMSTLS_ERR_CONFIG);
}
END_TEST

/* What phones say of several services is one parameter: a list in quotes. */
START_TEST(list_in_quotes)
{
#define SERVICES "urn%3Aurn-7%3A3gpp-application.ims.iari.a,urn%3Aurn-7%3A3gpp-application.ims.iari.b"
  f->config.device.contact_params = ";+g.3gpp.iari-ref=\"" SERVICES "\";video";
  ck_assert_int_eq(imstls_config_check(&f->config, NULL, 0), IMSTLS_OK);
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  fake_start(f);
  imstls_sip_message m = fake_register(f);
  imstls_text rest = m.first[IMSTLS_HDR_CONTACT];
  imstls_sip_address contact;
  imstls_text value;
  ck_assert_int_eq(imstls_sip_address_next(&rest, &contact), IMSTLS_OK);
  ck_assert_int_eq(imstls_sip_param_find(contact.params, "+g.3gpp.iari-ref", &value), IMSTLS_OK);
  ck_text(value, SERVICES);
  ck_assert_int_eq(imstls_sip_address_next(&rest, &contact), IMSTLS_END);
}
END_TEST

START_TEST(malformed)
{
  BAD(identity.impi, "");
  BAD(identity.impi, "a\"b");
  BAD(identity.impi, "a\r\nb");
  BAD(identity.impu, "a@b");
  BAD(identity.impu, "sip:a@b>;x");
  BAD(identity.home_domain, "a b");
  BAD(identity.home_domain, "a;b");
  BAD(device.instance_id, "urn:uuid:\"");
  BAD(device.contact_params, "+g.3gpp.smsip");
  BAD(device.contact_params, ";a,<sip:x>");
  BAD(device.contact_params, ";a=<sip:x>");
  BAD(device.contact_params, ";a=\"1\",<sip:x>");
  BAD(device.contact_params, ";a=\"1");
  BAD(device.contact_params, ";a=\"1\r\nEvil: 1\"");
  BAD(device.contact_params, ";a b");
  BAD(device.contact_uri_params, "sos");
  BAD(device.contact_uri_params, "");
  BAD(device.contact_uri_params, ";sos>;x=<sip:y");
  BAD(device.contact_uri_params, ";sos?Route=x");
  BAD(device.contact_uri_params, ";sos\r\nEvil: 1");
  BAD(device.contact_uri_params, ";1234567890123456789012345678901234567890123456789012345678901234");
  BAD(device.user_agent, "x\r\nEvil: 1");
  BAD(device.access_network_info, "x\nEvil: 1");
  BAD(device.extra_headers, "X: 1");
  BAD(device.extra_headers, "X: 1\r\n\r\nbody\r\n");
  BAD(device.extra_headers, "no colon\r\n");
  BAD(network.server_name, "a b");
  BAD(device.reg_id, 1);
  BAD(policy.offer, "");
  BAD(policy.offer, "digest");
  BAD(policy.offer, "tls;=");
}
END_TEST

START_TEST(malformed_offer_of_ipsec)
{
  NEEDS("ipsec");
  BAD(policy.offer, "ipsec-3gpp;alg=hmac-sha-1-96");
  BAD(policy.offer, "tls, ipsec-3gpp");
  BAD(policy.offer, "tls, ipsec-3gpp;alg=hmac-sha-1-96;spi-c=1");
}
END_TEST

START_TEST(out_of_range)
{
  BAD(policy.flow, 2);
  BAD(policy.flow, -1);
  BAD(policy.sec_agree, 3);
  BAD(policy.trust, 3);
  BAD(policy.psk, 3);
  BAD(policy.fallback, 2);
  BAD(network.transport, 3);
  BAD(policy.amf_separation, 3);
  BAD(policy.token_key, 3);
  BAD(policy.token2, 4);
  BAD(policy.algorithms, IMSTLS_DIGEST_BIT(IMSTLS_DIGEST_MD5));
  BAD(policy.algorithms, IMSTLS_DIGEST_BIT(IMSTLS_DIGEST_AKAV1_MD5) | IMSTLS_DIGEST_BIT(IMSTLS_DIGEST_SHA256));
  BAD(timers.t1_ms, 0x80000000);
  BAD(timers.t2_ms, 0x80000000);
  BAD(timers.timer_f_ms, 604800001);
  BAD(limits.rx_len, 511);
  BAD(limits.tx_len, 511);
  BAD(limits.rx_len, UINT32_MAX);
  BAD(limits.tx_len, UINT32_MAX);
}
END_TEST

/* What contradicts what: each of them has to be there. */
#define NEEDS_EACH()                                                                                                   \
  static const char *const each[] = { "feed", "ipsec", "psk", "served", "token2", "udp" };                             \
  for (size_t each_at = 0; each_at < sizeof each / sizeof each[0]; each_at++)                                          \
  NEEDS(each[each_at])

START_TEST(contradictions)
{
  NEEDS_EACH();
  BAD(policy.psk, IMSTLS_PSK_ONLY);            /* no key before the first challenge */
  BAD(policy.fallback, IMSTLS_FALLBACK_IPSEC); /* nothing to fall back to */
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  BAD(policy.sec_agree, IMSTLS_SEC_AGREE_OFF);
  f->config.policy.offer = "tls, ipsec-3gpp;alg=hmac-sha-1-96";
  BAD_FOR(ports.ipsec, NULL, policy.offer);
  f->config.policy.offer = "tls, ipsec-3gpp;alg=hmac-sha-1-96";
  BAD_FOR(ports.net, NULL, policy.offer);
  f->config.policy.token2 = IMSTLS_TOKEN2_PINNED;
  BAD_FOR(ports.store, NULL, policy.token2);
  f->config.policy.token2 = IMSTLS_TOKEN2_PINNED;
  BAD_FOR(ports.load, NULL, policy.token2);
}
END_TEST

START_TEST(pcscf_lists)
{
  static const char *const wrong[] = {
    "",   ",",      "a,",          "a,,b",      "a:",  "a:0", "a:65536",          "a:5x", "a:-1", "[::1",
    "[]", "[::1]x", "[::1]x:5061", "[example]", "a b", "a/b", "1,2,3,4,5,6,7,8,9"
  };
  static const struct {
    const char *list, *last;
    uint16_t port;
  } right[] = { { "a", "a", 0 },
                { "a:1", "a", 1 },
                { "a:65535", "a", 65535 },
                { "[::1]", "::1", 0 },
                { "[::1]:5061", "::1", 5061 },
                { "a, b:5 , [::1]:7", "::1", 7 },
                { "a:9, b ", "b", 0 },
                { "1,2,3,4,5,6,7,8", "8", 0 } };
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    f->config.network.pcscf = wrong[i];
    ck_blames(wrong[i], "network.pcscf");
    int result = imstls_client_new(&f->client, &f->config);
    ck_assert_msg(result == IMSTLS_ERR_CONFIG, "%s", wrong[i]);
  }
  for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
    f->config.network.pcscf = right[i].list;
    int result = imstls_client_new(&f->client, &f->config);
    ck_assert_msg(result == IMSTLS_OK, "%s", right[i].list);
    const imstls_i_pcscf *last = &f->client->target.pcscf[f->client->target.count - 1];
    ck_assert_str_eq(last->host, right[i].last);
    ck_assert_uint_eq(last->port, right[i].port);
    imstls_client_free(f->client);
  }
  f->client = NULL;
}
END_TEST

START_TEST(offer_of_513)
{
  enum { LONGEST = 512 };
  static char offer[LONGEST + 2] = "tls;x=";
  memset(offer + strlen(offer), 'y', sizeof offer - 1 - strlen(offer));
  BAD(policy.offer, offer);
  offer[LONGEST] = '\0';
  f->config.policy.offer = offer;
  ck_assert_uint_gt(imstls_client_size(&f->config), 0);
}
END_TEST

/* Whoever opens connections can also use and close them. */
START_TEST(net_in_part)
{
  const imstls_net whole = *f->config.ports.net;
  imstls_net part = whole;
#define WITHOUT(callback)                                                                                              \
  part = whole;                                                                                                        \
  part.callback = NULL;                                                                                                \
  BAD(ports.net, &part)
  WITHOUT(open);
  WITHOUT(connected);
  WITHOUT(send);
  WITHOUT(recv);
  WITHOUT(close);
}
END_TEST

/* A part that lacks what the client calls, or whose maker knew of less. */
START_TEST(parts_in_part)
{
  const imstls_tls whole = *f->config.ports.tls;
  imstls_tls part = whole;
#define WITHOUT_TLS(callback)                                                                                          \
  part = whole;                                                                                                        \
  part.callback = NULL;                                                                                                \
  BAD(ports.tls, &part)
  WITHOUT_TLS(open);
  WITHOUT_TLS(handshake);
  WITHOUT_TLS(read);
  WITHOUT_TLS(write);
  WITHOUT_TLS(close);
  WITHOUT_TLS(facts);
  part = whole;
  part.size = offsetof(imstls_tls, save) - 1;
  BAD(ports.tls, &part);
  imstls_usim usim = *f->config.ports.usim;
  usim.size = 0;
  BAD(ports.usim, &usim);
  usim.size = sizeof usim;
  usim.authenticate = NULL;
  BAD(ports.usim, &usim);
  imstls_net net = *f->config.ports.net;
  net.size = offsetof(imstls_net, send_to) - 1;
  BAD(ports.net, &net);
}
END_TEST

/* What is said is the rule that was broken, with its numbers. */
static void ck_says(const char *sentence)
{
  char text[120];
  ck_assert_int_eq(imstls_config_check(&f->config, text, sizeof text), IMSTLS_ERR_CONFIG);
  ck_assert_str_eq(text, sentence);
  fake_init(f);
}

#define SAYS(field, value, sentence)                                                                                   \
  do {                                                                                                                 \
    f->config.field = (value);                                                                                         \
    ck_says(#field " " sentence);                                                                                      \
  } while (0)

/* A whole build leaves nothing out, and never says RULE_LEFT_OUT. */
_Static_assert(RULE_COUNT == 28, "each other rule has its sentence in one of the next three tests");

START_TEST(sentences_of_parts)
{
  const imstls_tls tls = { .size = sizeof tls };
  const imstls_usim usim = { .size = sizeof usim };
  const imstls_net net = { .size = sizeof net };
  SAYS(ports.tls, &tls, "needs open, handshake, read, write, close and facts, and a size that holds them");
  SAYS(ports.usim, &usim, "needs authenticate, and a size that holds it");
  SAYS(ports.net, &net, "needs open, connected, send, recv and close, and a size that holds them");
}
END_TEST

START_TEST(sentences_of_values)
{
  char name[257];
  memset(name, 'a', 256);
  name[256] = '\0';
  SAYS(size, 1, "is not what the library knows, or does not fit the others: begin with IMSTLS_CONFIG_DEFAULTS");
  SAYS(policy.size, 1, "is not what the library knows, or does not fit the others: begin with IMSTLS_CONFIG_DEFAULTS");
  SAYS(identity.impi, NULL, "is required");
  SAYS(identity.impi, "", "is empty: NULL stands for none");
  SAYS(identity.impi, "ab c", "holds an octet that cannot stand there, number 3");
  SAYS(identity.impi, name, "is too long: its octets are at most 255");
  SAYS(identity.home_domain, name, "is too long: its octets are at most 253");
  SAYS(network.server_name, name, "is too long: its octets are at most 255");
  SAYS(policy.offer, "\x7f", "holds an octet that cannot stand there, number 1");
  SAYS(limits.rx_len, 400, "is 512 to 16777216");
  SAYS(policy.flow, -1, "is 0 to 1");
  SAYS(network.local.family, 5, "is 4 or 6; 0: any");
  SAYS(device.extra_headers, "X", "holds whole header lines alone, each with a name, a colon and CRLF");
  SAYS(identity.impu, "a@b", "begins with sip:, sips: or tel:");
  SAYS(device.contact_params, "a", "is no list of parameters, each behind its semicolon");
  SAYS(device.contact_uri_params, "a", "is no list of parameters, each behind its semicolon");
  SAYS(policy.algorithms, 1u << 31, "knows the bits of IMSTLS_DIGEST_AKA_ALL alone");
  SAYS(network.pcscf, "a:0", "is a list of 1 to 8 HOST[:PORT], IPv6 in brackets");
  char text[120];
  ck_assert_int_eq(imstls_config_check(NULL, text, sizeof text), IMSTLS_ERR_CONFIG);
  ck_assert_str_eq(text, "there are no settings: config is NULL");
}
END_TEST

#define IPSEC_ENTRY "ipsec-3gpp;alg=hmac-sha-1-96"
START_TEST(sentences_of_contradictions)
{
  NEEDS_EACH();
  imstls_net net = *f->config.ports.net;
  net.accept = NULL;
  SAYS(device.reg_id, 1, "needs device.instance_id");
  f->config.ports.load = NULL;
  SAYS(policy.token2, IMSTLS_TOKEN2_PINNED, "pinned needs ports.store and ports.load");
  SAYS(policy.offer, "digest", "holds entries of tls and ipsec-3gpp, without SPIs and ports");
  SAYS(policy.offer, "tls, ipsec-3gpp", "needs alg in each ipsec-3gpp");
  SAYS(policy.offer, IPSEC_ENTRY, "needs tls, which comes first (policy.flow)");
  SAYS(policy.fallback, IMSTLS_FALLBACK_IPSEC, "needs ipsec-3gpp in policy.offer");
  SAYS(policy.psk, IMSTLS_PSK_ONLY, "only needs IMSTLS_FLOW_AGREE_FIRST: there is no key before the first challenge");
  f->config.ports.ipsec = NULL;
  SAYS(policy.offer, "tls, " IPSEC_ENTRY, "ipsec-3gpp needs ports.ipsec and ports.net");
  f->config.policy.flow = IMSTLS_FLOW_AGREE_FIRST;
  SAYS(policy.sec_agree, IMSTLS_SEC_AGREE_OFF, "cannot be off with IMSTLS_FLOW_AGREE_FIRST or a fallback");
  f->config.ports.net = &net;
  SAYS(serving.port, 5070, "needs ports.net with accept");
  f->config.ports.net = NULL;
  SAYS(network.transport, IMSTLS_NET_UDP, "needs ports.net: what is fed is a stream");
}
END_TEST

/* SPIs and ports come to an offer when it is sent: there is room for the longest. */
START_TEST(longest_offer)
{
  f->widest = true;
  f->config.policy.offer = "tls;q=0.9,ipsec-3gpp;alg=hmac-sha-1-96,ipsec-3gpp;q=0.1;alg=hmac-md5-96;ealg=aes-cbc";
  fake_start(f);
  imstls_sip_message m = fake_register(f);
  imstls_text field = { 0 };
  int fields = 0;
  while (imstls_sip_next(&m, IMSTLS_HDR_SECURITY_CLIENT, &field) == IMSTLS_OK)
    fields++;
  ck_assert_int_eq(fields, 3);
  ck_assert(fake_sent_text(f, "ealg=aes-cbc;prot=esp;mod=trans;spi-c=4294967295;spi-s=4294967295;port-c=65535;"
                              "port-s=65535\r\n"));
}
END_TEST

/* What cannot be made leaves nothing behind: neither a client nor what was copied for it. */
START_TEST(not_made)
{
  static _Alignas(16) uint8_t storage[131072];
  imstls_client *client = NULL;
  f->config.network.pcscf = "192.0.2.1:0";
  memset(storage, 0xff, sizeof storage);
  ck_assert_int_eq(imstls_client_init(storage, sizeof storage, &f->config, &client), IMSTLS_ERR_CONFIG);
  ck_assert_ptr_null(client);
  for (size_t i = 0; i < sizeof storage; i++)
    ck_assert(storage[i] == 0 || storage[i] == 0xff);
}
END_TEST

/* A caller built with an older header knows fewer fields; one with a newer header is not understood. */
START_TEST(growth)
{
  enum { UNKNOWN = sizeof f->config.ports - offsetof(imstls_config_ports, store) };
  union {
    imstls_config config;
    char octets[sizeof(imstls_config)];
  } older = { .config = f->config };
  const size_t at = offsetof(imstls_config, ports), behind = offsetof(imstls_config, callbacks);
  older.config.ports.size -= UNKNOWN;
  memmove(older.octets + behind - UNKNOWN, older.octets + behind, sizeof older - behind);
  memset(older.octets + sizeof older - UNKNOWN, 0xff, UNKNOWN); /* not the caller's any more */
  older.config.size -= UNKNOWN;
  ck_assert_uint_lt(at, behind - UNKNOWN);
  ck_assert_uint_gt(imstls_client_size(&older.config), 0);
  f->config = older.config;
  fake_register_whole(f); /* what it does not know counts as absent */
  ck_assert_int_eq(f->stored, 0);
  fake_end(f);
}
END_TEST

/* Sizes of groups that do not add up, or that are larger than the library knows. */
START_TEST(wrong_sizes)
{
#define SIZE(group) offsetof(imstls_config, group)
  static const size_t at[] = {
    0,           SIZE(identity),  SIZE(device), SIZE(network), SIZE(policy), SIZE(timers), SIZE(limits),
    SIZE(ports), SIZE(callbacks), SIZE(serving)
  };
  static const int by[] = { 8, -8, 1, -1, 4096 };
  for (size_t i = 0; i < sizeof at / sizeof at[0]; i++)
    for (size_t k = 0; k < sizeof by / sizeof by[0]; k++) {
      size_t size;
      memcpy(&size, (char *)&f->config + at[i], sizeof size);
      size += (size_t)by[k];
      memcpy((char *)&f->config + at[i], &size, sizeof size);
      ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_ERR_CONFIG);
      fake_init(f);
      size = k;
      memcpy((char *)&f->config + at[i], &size, sizeof size);
      ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_ERR_CONFIG);
      fake_init(f);
    }
  for (size_t i = 1; i < sizeof at / sizeof at[0]; i++) { /* it ends where a group should begin */
    f->config.size = at[i];
    ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_ERR_CONFIG);
    fake_init(f);
  }
  f->client = NULL;
}
END_TEST

/* An older TLS part without `save`, `exporter` and `last_error`. */
START_TEST(growth_of_callbacks)
{
  imstls_tls older = *f->config.ports.tls;
  older.size = offsetof(imstls_tls, save);
  f->config.ports.tls = &older;
  fake_register_whole(f);
  ck_assert_int_eq(f->stored, 0);
}
END_TEST

START_TEST(strings_are_copied)
{
  char impi[64], domain[64];
  strcpy(impi, f->config.identity.impi);
  strcpy(domain, f->config.identity.home_domain);
  f->config.identity.impi = impi;
  f->config.identity.home_domain = domain;
  ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_OK);
  memset(impi, 'x', sizeof impi);
  memset(domain, 'x', sizeof domain);
  (void)imstls_client_register(f->client);
  fake_run(f);
  imstls_sip_message m = fake_register(f);
  ck_text(auth_param(&m, "username"), "001010000000001@ims.mnc001.mcc001.3gppnetwork.org");
}
END_TEST

START_TEST(calls_out_of_turn)
{
  imstls_address address;
  ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_refresh(f->client), IMSTLS_ERR_STATE);
  ck_assert_int_eq(imstls_client_deregister(f->client), IMSTLS_ERR_STATE);
  ck_assert_int_eq(imstls_client_network_changed(f->client), IMSTLS_ERR_STATE);
  ck_assert_int_eq(imstls_client_local_address(f->client, &address), IMSTLS_ERR_STATE);
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
  fake_run(f);
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_ERR_STATE);
  ck_assert_int_eq(imstls_client_local_address(f->client, &address), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_register(NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_step(NULL), IMSTLS_ERR_USAGE);
  ck_assert_int_eq(imstls_client_send(NULL, "x", 1), IMSTLS_ERR_USAGE);
  ck_assert_int_eq((int)imstls_client_timeout_ms(NULL), -1);
  imstls_client_stop(NULL);
  imstls_client_free(NULL);
}
END_TEST

SUITE_OF(client_config, not_made, required, malformed, malformed_offer_of_ipsec, list_in_quotes, out_of_range,
         contradictions, pcscf_lists, longest_offer, offer_of_513, net_in_part, parts_in_part, sentences_of_parts,
         sentences_of_values, sentences_of_contradictions, growth, wrong_sizes, growth_of_callbacks, strings_are_copied,
         calls_out_of_turn)
