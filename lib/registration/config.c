/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: read, filled with their defaults, checked. */
#include "registration/config.h"

#include <imstls/digest.h>
#include <imstls/secagree.h>
#include <imstls/token.h>

enum { OFFER_MAX = 512, CONTACT_URI_PARAMS_MAX = 64 };

/* Printable, without what would end the header or the quotes it is written into. */
static bool is_clean(const char *text, const char *forbidden)
{
  if (!text || !*text)
    return false;
  for (const char *p = text; *p; p++)
    if ((unsigned char)*p < ' ' || *p == 0x7f || strchr(forbidden, *p))
      return false;
  return true;
}

bool imstls_i_config_is_header_value(const char *text) { return is_clean(text, ""); }

/* Whole lines, each with a name, a colon and CRLF; nothing that would end the header block. */
static bool is_header_block(const char *text)
{
  if (!text)
    return true;
  while (*text) {
    size_t name = strcspn(text, ": \r\n"), line = strcspn(text, "\r\n");
    bool malformed = !name || text[name] != ':' || text[line] != '\r' || text[line + 1] != '\n';
    if (malformed)
      return false;
    text += line + 2;
  }
  return true;
}

#define AT(field) offsetof(imstls_config, field)

/* What a text may not hold, and how long one that is required may be; 0: it may be absent. */
static bool texts_fit(const imstls_config *cfg)
{
  static const struct {
    uint16_t at, required_max;
    const char *forbidden;
  } rules[] = {
    { AT(identity.impi), 255, "\"\\<>, " },
    { AT(identity.impu), 255, "\"<>, " },
    { AT(identity.home_domain), 253, "\"\\<>@:;?, /" },
    { AT(device.instance_id), 0, "\"<> " },
    { AT(device.contact_params), 0, "<>," },
    { AT(device.contact_uri_params), 0, "\"<>,?@\\ " },
    { AT(device.user_agent), 0, "" },
    { AT(device.access_network_info), 0, "" },
    { AT(network.server_name), 0, "/ " },
  };
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    const char *text;
    memcpy(&text, (const char *)cfg + rules[i].at, sizeof text);
    size_t max = rules[i].required_max;
    if (!text && max)
      return false;
    if (!text)
      continue;
    if (!is_clean(text, rules[i].forbidden) || (max && strlen(text) > max))
      return false;
  }
  return true;
}

/* Parameters begin with their semicolon. */
static bool params_fit(const char *params, size_t max)
{
  return !params || (params[0] == ';' && strlen(params) <= max);
}

static bool begins_with(const char *text, const char *start) { return !strncmp(text, start, strlen(start)); }

static bool names_fit(const imstls_config *cfg)
{
  if (!texts_fit(cfg) || !is_header_block(cfg->device.extra_headers))
    return false;
  const char *impu = cfg->identity.impu;
  bool scheme = begins_with(impu, "sip:") || begins_with(impu, "sips:") || begins_with(impu, "tel:");
  if (!scheme || !params_fit(cfg->device.contact_params, SIZE_MAX))
    return false;
  if (!params_fit(cfg->device.contact_uri_params, CONTACT_URI_PARAMS_MAX))
    return false;
  return cfg->device.instance_id || !cfg->device.reg_id;
}

static bool values_fit(const imstls_config *cfg)
{
  enum { SHORTEST_MESSAGE = 512, LONGEST = 0x1000000, WEEK_MS = 604800000 };
  static const struct {
    uint32_t at, least, most;
  } rules[] = {
    { AT(policy.flow), 0, IMSTLS_FLOW_AGREE_FIRST },
    { AT(policy.sec_agree), 0, IMSTLS_SEC_AGREE_OFF },
    { AT(policy.trust), 0, IMSTLS_TRUST_TOKEN_AND_PKI },
    { AT(policy.psk), 0, IMSTLS_PSK_ONLY },
    { AT(policy.fallback), 0, IMSTLS_FALLBACK_IPSEC },
    { AT(policy.amf_separation), 0, IMSTLS_AMF_REQUIRE_1 },
    { AT(policy.token_key), 0, IMSTLS_TOKEN_KEY_IK_PRIME },
    { AT(policy.token2), 0, IMSTLS_TOKEN2_PINNED },
    { AT(policy.reg_event), 0, 1 },
    { AT(network.transport), 0, IMSTLS_NET_UDP },
    { AT(device.reg_id), 0, 0x7fffffff },
    { AT(timers.t1_ms), 0, WEEK_MS },
    { AT(timers.t2_ms), 0, WEEK_MS },
    { AT(timers.timer_f_ms), 0, WEEK_MS },
    { AT(timers.answer_ms), 0, WEEK_MS },
    { AT(timers.return_ms), 0, WEEK_MS },
    { AT(limits.rx_len), SHORTEST_MESSAGE, LONGEST },
    { AT(limits.tx_len), SHORTEST_MESSAGE, LONGEST },
    { AT(limits.queue_len), 0, LONGEST },
    { AT(serving.rx_len), SHORTEST_MESSAGE, LONGEST },
    { AT(limits.cert_max), 0, LONGEST },
    { AT(limits.secagree_max), 0, LONGEST },
    { AT(limits.auth_max), 0, LONGEST },
    { AT(limits.route_max), 0, LONGEST },
    { AT(limits.feed_len), 0, LONGEST },
  };
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    uint32_t value; /* a negative one is too large */
    memcpy(&value, (const char *)cfg + rules[i].at, sizeof value);
    if (value < rules[i].least || value > rules[i].most)
      return false;
  }
  return !(cfg->policy.algorithms & ~IMSTLS_DIGEST_AKA_ALL);
}

/* 0, or why the list cannot be offered. */
static int offer_fits(const imstls_config *cfg, const char *offer)
{
  imstls_text rest = imstls_i_text(offer, strlen(offer));
  imstls_mechanism entry = { .size = sizeof entry };
  bool tls = false, ipsec = false;
  if (!is_clean(offer, "") || strlen(offer) > OFFER_MAX)
    return IMSTLS_ERR_CONFIG;
  while (imstls_secagree_next(&rest, &entry) == IMSTLS_OK) {
    tls |= entry.id == IMSTLS_MECHANISM_TLS;
    ipsec |= entry.id == IMSTLS_MECHANISM_IPSEC_3GPP;
    bool not_ours_to_offer =
        entry.id == IMSTLS_MECHANISM_OTHER || entry.spi_c || entry.spi_s || entry.port_c || entry.port_s;
    if (not_ours_to_offer)
      return IMSTLS_ERR_CONFIG; /* SPIs and ports are new in each offer: reserve() gives them */
    if (entry.id == IMSTLS_MECHANISM_IPSEC_3GPP && !entry.alg.ptr)
      return IMSTLS_ERR_CONFIG;
  }
  if (!tls && !ipsec)
    return IMSTLS_ERR_CONFIG;
  if (cfg->policy.flow == IMSTLS_FLOW_TLS_FIRST && !tls)
    return IMSTLS_ERR_CONFIG;
  if (ipsec && (!cfg->ports.ipsec || !cfg->ports.net))
    return IMSTLS_ERR_CONFIG;
  return cfg->policy.fallback == IMSTLS_FALLBACK_IPSEC && !ipsec ? IMSTLS_ERR_CONFIG : IMSTLS_OK;
}

static int policy_fits(const imstls_config *cfg)
{
  bool agree_first = cfg->policy.flow == IMSTLS_FLOW_AGREE_FIRST;
  if (cfg->policy.psk == IMSTLS_PSK_ONLY && !agree_first)
    return IMSTLS_ERR_CONFIG; /* no key before the first challenge */
  if (cfg->policy.sec_agree == IMSTLS_SEC_AGREE_OFF && (agree_first || cfg->policy.fallback))
    return IMSTLS_ERR_CONFIG;
  if (cfg->serving.port && (!cfg->ports.net || !cfg->ports.net->accept))
    return IMSTLS_ERR_CONFIG;
  if (cfg->network.transport == IMSTLS_NET_UDP && !cfg->ports.net)
    return IMSTLS_ERR_CONFIG; /* what is fed is a stream */
  if (cfg->policy.token2 == IMSTLS_TOKEN2_PINNED && (!cfg->ports.store || !cfg->ports.load))
    return IMSTLS_ERR_CONFIG;
  return IMSTLS_OK;
}

/* Growth: each group begins with its size, and its caller may know less of it than we do. What it does not know is
 * zero. No group has members of 64 bits, so that the groups follow one another without gaps. */
static int copy_groups(const imstls_config *config, imstls_config *cfg)
{
#define GROUP(name)                                                                                                    \
  {                                                                                                                    \
    offsetof(imstls_config, name), sizeof cfg->name                                                                    \
  }
  static const struct {
    size_t at, cap;
  } groups[] = { GROUP(identity), GROUP(device), GROUP(network),   GROUP(policy), GROUP(timers),
                 GROUP(limits),   GROUP(ports),  GROUP(callbacks), GROUP(serving) };
  size_t from = AT(identity), size;
  for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
    if (config->size < from + sizeof size)
      return IMSTLS_ERR_CONFIG;
    memcpy(&size, (const char *)config + from, sizeof size);
    bool fits = size >= sizeof size && size <= groups[i].cap && size <= config->size - from;
    if (!fits || size % sizeof size)
      return IMSTLS_ERR_CONFIG;
    memcpy((char *)cfg + groups[i].at, (const char *)config + from, size);
    from += size;
  }
  return from == config->size ? IMSTLS_OK : IMSTLS_ERR_CONFIG;
}

/* Nowhere else is a default. keepalive_ms stays 0: it is drawn at random for each ping. */
static void fill_defaults(imstls_config *cfg)
{
  static const struct {
    uint32_t at, usual;
  } defaults[] = {
    { AT(policy.algorithms), IMSTLS_DIGEST_AKA_ALL },
    { AT(policy.expires_s), 600000 },
    { AT(policy.session_age_s), 86400 },
    { AT(timers.t1_ms), 2000 },
    { AT(timers.t2_ms), 16000 },
    { AT(timers.timer_f_ms), 128000 },
    { AT(timers.connect_ms), 10000 },
    { AT(timers.handshake_ms), 20000 },
    { AT(timers.usim_ms), 10000 },
    { AT(timers.backoff_base_ms), 30000 },
    { AT(timers.answer_ms), 16000 },
    { AT(timers.return_ms), 5000 },
    { AT(timers.backoff_max_ms), 1800000 },
    { AT(timers.fallback_ms), 8000 },
    { AT(limits.rx_len), 16384 },
    { AT(limits.tx_len), 16384 },
    { AT(limits.cert_max), 16384 },
    { AT(limits.secagree_max), 1024 },
    { AT(limits.auth_max), 2048 },
    { AT(limits.route_max), 2048 },
    { AT(limits.feed_len), 4096 },
    { AT(serving.rx_len), 4096 },
  };
  for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
    uint32_t *value = (uint32_t *)(void *)((char *)cfg + defaults[i].at);
    if (!*value)
      *value = defaults[i].usual;
  }
  if (cfg->limits.queue_len < cfg->limits.tx_len)
    cfg->limits.queue_len = cfg->limits.tx_len;
  if (!cfg->policy.offer)
    cfg->policy.offer = "tls";
  if (!cfg->network.tls_port)
    cfg->network.tls_port = 5061;
  if (!cfg->network.plain_port)
    cfg->network.plain_port = 5060;
}

int imstls_i_config_read(const imstls_config *config, imstls_config *cfg)
{
  if (!config)
    return IMSTLS_ERR_CONFIG;
  memset(cfg, 0, sizeof *cfg);
  int error = copy_groups(config, cfg);
  if (error)
    return error;
  fill_defaults(cfg);
  bool incomplete = !cfg->network.pcscf || !cfg->ports.usim || !cfg->ports.usim->authenticate || !cfg->ports.tls ||
                    !cfg->ports.random || !cfg->ports.now_ms;
  if (incomplete)
    return IMSTLS_ERR_CONFIG;
  bool net_is_incomplete = cfg->ports.net && (!cfg->ports.net->open || !cfg->ports.net->connected ||
                                              !cfg->ports.net->send || !cfg->ports.net->recv || !cfg->ports.net->close);
  if (net_is_incomplete)
    return IMSTLS_ERR_CONFIG;
  if (!names_fit(cfg) || !values_fit(cfg))
    return IMSTLS_ERR_CONFIG;
  error = offer_fits(cfg, cfg->policy.offer);
  return error ? error : policy_fits(cfg);
}
