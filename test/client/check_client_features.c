/* SPDX-License-Identifier: Apache-2.0 */
/* What a build may leave out (lib/features.mk): what it has works, what it lacks is refused by name. */
#include <imstls/outbound.h>
#include <imstls/reginfo.h>
#include <imstls/version.h>

#include "base/features.h"
#include "client_help.h"

static const imstls_ipsec no_ipsec = { .size = sizeof no_ipsec };

static void wish_feed(void) { f->config.ports.net = NULL; }
static void wish_ipsec(void) { f->config.ports.ipsec = &no_ipsec; }
static void wish_fallback(void)
{
  wish_ipsec();
  f->config.policy.offer = "tls, ipsec-3gpp;alg=hmac-sha-1-96";
  f->config.policy.fallback = IMSTLS_FALLBACK_IPSEC;
}
static void wish_pki(void) { f->config.policy.trust = IMSTLS_TRUST_TOKEN_OR_PKI; }
static void wish_psk(void) { f->config.policy.psk = IMSTLS_PSK_ALLOW; }
static void wish_reg_event(void) { f->config.policy.reg_event = 1; }
static void wish_resume(void) { f->config.policy.session_age_s = 1; }
static int accept_none(void *user, imstls_socket listener, imstls_socket *out, imstls_address *remote)
{
  (void)user;
  (void)listener;
  (void)out;
  (void)remote;
  return IMSTLS_WANT_READ;
}

static void wish_served(void)
{
  static imstls_net net;
  net = *f->config.ports.net;
  net.accept = accept_none;
  f->config.ports.net = &net;
  f->config.serving.port = 5070;
}

static void wish_token2(void) { f->config.policy.token2 = IMSTLS_TOKEN2_ALLOWED; }
static void wish_udp(void) { f->config.network.transport = IMSTLS_NET_UDP; }

static void no_line(void *user, imstls_text line)
{
  (void)user;
  (void)line;
}

static void wish_log(void) { f->config.callbacks.on_log = no_line; }

static const struct {
  const char *feature, *setting;
  void (*wish)(void);
  const char *needs_too;
} wishes[] = {
  { "feed", "ports.net", wish_feed, NULL },
  { "ipsec", "ports.ipsec", wish_ipsec, NULL },
  { "ipsec", "ports.ipsec", wish_fallback, NULL },
  { "pki", "policy.trust", wish_pki, NULL },
  { "psk", "policy.psk", wish_psk, NULL },
  { "regevent", "policy.reg_event", wish_reg_event, NULL },
  { "resume", "policy.session_age_s", wish_resume, NULL },
  { "served", "serving.port", wish_served, "psk" },
  { "token2", "policy.token2", wish_token2, NULL },
  { "trace", "callbacks.on_log", wish_log, NULL },
  { "udp", "network.transport", wish_udp, NULL },
};

static void refused(const char *setting)
{
  char text[120];
  imstls_client *client = NULL;
  ck_assert_int_eq(imstls_config_check(&f->config, text, sizeof text), IMSTLS_ERR_UNSUPPORTED);
  ck_assert_msg(!strncmp(text, setting, strlen(setting)), "%s: %s", setting, text);
  ck_assert_int_eq(imstls_client_new(&client, &f->config), IMSTLS_ERR_UNSUPPORTED);
  ck_assert_ptr_null(client);
  ck_assert_uint_eq(imstls_client_size(&f->config), 0);
}

START_TEST(settings)
{
  for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
    const char *second = wishes[i].needs_too;
    bool has = imstls_has(wishes[i].feature) && (!second || imstls_has(second));
    wishes[i].wish();
    if (has)
      ck_assert_int_eq(imstls_config_check(&f->config, NULL, 0), IMSTLS_OK);
    else
      refused(wishes[i].setting);
    fake_init(f);
  }
}
END_TEST

/* The functions of a feature are there in every build, so that a program can be linked with any. */
START_TEST(functions)
{
  uint8_t octets[64] = { 0 };
  size_t len;
  imstls_ipsec_sa sa = { .size = sizeof sa };
  imstls_aka_card card = IMSTLS_AKA_CARD_INIT;
  imstls_sqn sqn = IMSTLS_SQN_INIT;
  imstls_aka_result result = { .size = sizeof result };
  card.algorithm = IMSTLS_ALGO_TUAK;
  card.k_len = 16;
  const struct {
    const char *feature;
    int answer;
  } calls[] = {
    { "tuak", imstls_tuak_topc(octets, 16, octets, 1, octets + 32) },
    { "tuak", imstls_aka_authenticate(&card, &sqn, octets, octets, &result) },
    { "ipsec", imstls_ipsec_keys(IMSTLS_ALG_HMAC_SHA1_96, IMSTLS_EALG_NULL, octets, octets, &sa) },
    { "diagnose", imstls_aka_diagnose(NULL, NULL) },
    { "token2", imstls_token2_end_point(octets, sizeof octets, octets, &len) },
    { "regevent", imstls_reginfo_begin(NULL, imstls_i_text("", 0)) },
    { "refuse", imstls_sip_refuse(NULL, 0, 0, NULL, NULL, 0, NULL, NULL) },
    { "stamp", imstls_sip_stamp(NULL, NULL, NULL, 0, NULL) },
    { "feed", imstls_client_feed(NULL, 0, NULL, 0) },
  };
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
    ck_assert_msg((calls[i].answer == IMSTLS_ERR_UNSUPPORTED) == !imstls_has(calls[i].feature), "%s, call %zu: %d",
                  calls[i].feature, i, calls[i].answer);
}
END_TEST

START_TEST(sentences)
{
  bool words = strchr(imstls_error_text(IMSTLS_ERR_CONNECT), ' ') != NULL;
  ck_assert_int_eq(words, imstls_has("sentences"));
  ck_assert_str_eq(imstls_error_name(IMSTLS_ERR_CONNECT), "connect");
}
END_TEST

/* What the build was told to leave out, and nothing else. */
START_TEST(names)
{
  static const char *const all[] = { "diagnose", "feed",      "ipsec",      "pki",   "psk",    "regevent",
                                     "resume",   "sentences", "served",     "stamp", "token2", "tuak",
                                     "udp",      "refuse",    "unanswered", "trace" };
  int missing = 0;
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    ck_assert_int_eq(imstls_has(all[i]), ((IMSTLS_WITHOUT) >> i & 1) == 0);
    missing += !imstls_has(all[i]);
  }
  ck_assert_int_eq(missing > 0, IMSTLS_WITHOUT != 0);
  ck_assert_int_eq(imstls_has("tls"), 0);
  ck_assert_int_eq(imstls_has(""), 0);
  ck_assert_int_eq(imstls_has(NULL), 0);
}
END_TEST

SUITE_OF(client_features, settings, functions, sentences, names)
