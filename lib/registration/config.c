/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: read, filled with their defaults, checked. */
#include "registration/config.h"

#include <imstls/digest.h>
#include <imstls/secagree.h>
#include <imstls/token.h>

enum { OFFER_MAX = 512 };

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

static bool is_clean_or_absent(const char *text, const char *forbidden) { return !text || is_clean(text, forbidden); }

/* Whole lines, each with a name, a colon and CRLF; nothing that would end the header block. */
static bool is_header_block(const char *text)
{
  if (!text)
    return true;
  while (*text) {
    size_t name = strcspn(text, ": \r\n"), line = strcspn(text, "\r\n");
    if (!name || text[name] != ':' || text[line] != '\r' || text[line + 1] != '\n')
      return false;
    text += line + 2;
  }
  return true;
}

static bool names_fit(const imstls_config *cfg)
{
  bool scheme =
      cfg->identity.impu && (!strncmp(cfg->identity.impu, "sip:", 4) || !strncmp(cfg->identity.impu, "sips:", 5) ||
                             !strncmp(cfg->identity.impu, "tel:", 4));
  return scheme && is_clean(cfg->identity.impi, "\"\\<>, ") && strlen(cfg->identity.impi) <= 255 &&
         is_clean(cfg->identity.impu, "\"<>, ") && strlen(cfg->identity.impu) <= 255 &&
         is_clean(cfg->identity.home_domain, "\"\\<>@:;?, /") && strlen(cfg->identity.home_domain) <= 253 &&
         is_clean_or_absent(cfg->device.instance_id, "\"<> ") &&
         is_clean_or_absent(cfg->device.contact_params, "<>,") &&
         (!cfg->device.contact_params || cfg->device.contact_params[0] == ';') &&
         is_clean_or_absent(cfg->device.user_agent, "") && is_clean_or_absent(cfg->device.access_network_info, "") &&
         is_header_block(cfg->device.extra_headers) && is_clean_or_absent(cfg->network.server_name, "/ ") &&
         (!cfg->device.reg_id || cfg->device.instance_id);
}

static bool in_range(int32_t value, int32_t last) { return value >= 0 && value <= last; }

static bool values_fit(const imstls_config *cfg)
{
  return in_range(cfg->policy.flow, IMSTLS_FLOW_AGREE_FIRST) && in_range(cfg->policy.sec_agree, IMSTLS_SEC_AGREE_OFF) &&
         in_range(cfg->policy.trust, IMSTLS_TRUST_TOKEN_AND_PKI) && in_range(cfg->policy.psk, IMSTLS_PSK_ONLY) &&
         in_range(cfg->policy.fallback, IMSTLS_FALLBACK_IPSEC) && in_range(cfg->network.transport, IMSTLS_NET_UDP) &&
         in_range(cfg->policy.amf_separation, IMSTLS_AMF_REQUIRE_1) &&
         in_range(cfg->policy.token_key, IMSTLS_TOKEN_KEY_IK_PRIME) &&
         in_range(cfg->policy.token2, IMSTLS_TOKEN2_PINNED) && !(cfg->policy.algorithms & ~IMSTLS_DIGEST_AKA_ALL) &&
         cfg->device.reg_id <= 0x7fffffff && cfg->limits.rx_len >= 512 && cfg->limits.tx_len >= 512 &&
         cfg->limits.rx_len <= 0x1000000 && cfg->limits.tx_len <= 0x1000000 && cfg->serving.rx_len >= 512 &&
         cfg->serving.rx_len <= 0x1000000;
}

/* 0, or why the list cannot be offered. */
static int offer_fits(const imstls_config *cfg, const char *offer)
{
  imstls_text rest = imstls_i_text(offer, strlen(offer));
  imstls_mechanism entry = { .size = sizeof entry };
  bool tls = false, ipsec = false;
  int result;
  if (!is_clean(offer, "") || strlen(offer) > OFFER_MAX)
    return IMSTLS_ERR_CONFIG;
  while ((result = imstls_secagree_next(&rest, &entry)) == IMSTLS_OK) {
    tls |= entry.id == IMSTLS_MECHANISM_TLS;
    ipsec |= entry.id == IMSTLS_MECHANISM_IPSEC_3GPP;
    if (entry.id == IMSTLS_MECHANISM_OTHER || entry.spi_c || entry.spi_s || entry.port_c || entry.port_s)
      return IMSTLS_ERR_CONFIG; /* SPIs and ports are new in each offer: reserve() gives them */
    if (entry.id == IMSTLS_MECHANISM_IPSEC_3GPP && !entry.alg.ptr)
      return IMSTLS_ERR_CONFIG;
  }
  if (result != IMSTLS_END || !(tls || ipsec))
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
  if (cfg->policy.sec_agree != IMSTLS_SEC_AGREE_REQUIRED && cfg->policy.trust == IMSTLS_TRUST_TOKEN &&
      cfg->policy.sec_agree == IMSTLS_SEC_AGREE_OPTIONAL)
    return IMSTLS_ERR_CONFIG; /* a list may be missing only where PKI vouches for the channel */
  if (cfg->serving.port && (!cfg->ports.net || !cfg->ports.net->accept))
    return IMSTLS_ERR_CONFIG;
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
  size_t from = offsetof(imstls_config, identity), size;
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

static void fill(uint32_t *value, uint32_t usual)
{
  if (!*value)
    *value = usual;
}

static void fill_port(uint16_t *port, uint16_t usual)
{
  if (!*port)
    *port = usual;
}

/* Nowhere else is a default. keepalive_ms stays 0: it is drawn at random for each ping. */
static void fill_defaults(imstls_config *cfg)
{
  if (!cfg->policy.offer)
    cfg->policy.offer = "tls";
  fill(&cfg->policy.algorithms, IMSTLS_DIGEST_AKA_ALL);
  fill(&cfg->policy.expires_s, 600000);
  fill_port(&cfg->network.tls_port, 5061);
  fill_port(&cfg->network.plain_port, 5060);
  fill(&cfg->timers.t1_ms, 2000);
  fill(&cfg->timers.t2_ms, 16000);
  fill(&cfg->timers.timer_f_ms, 128000);
  fill(&cfg->timers.connect_ms, 10000);
  fill(&cfg->timers.handshake_ms, 20000);
  fill(&cfg->timers.usim_ms, 10000);
  fill(&cfg->timers.backoff_base_ms, 30000);
  fill(&cfg->timers.backoff_max_ms, 1800000);
  fill(&cfg->limits.rx_len, 16384);
  fill(&cfg->limits.tx_len, 4096);
  fill(&cfg->limits.cert_max, 4096);
  fill(&cfg->limits.secagree_max, 1024);
  fill(&cfg->limits.auth_max, 2048);
  fill(&cfg->limits.route_max, 2048);
  fill(&cfg->limits.feed_len, 4096);
  fill(&cfg->serving.rx_len, 4096);
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
  if (!cfg->network.pcscf || !cfg->ports.usim || !cfg->ports.usim->authenticate || !cfg->ports.tls ||
      !cfg->ports.random || !cfg->ports.now_ms)
    return IMSTLS_ERR_CONFIG;
  if (cfg->ports.net && (!cfg->ports.net->open || !cfg->ports.net->connected || !cfg->ports.net->send ||
                         !cfg->ports.net->recv || !cfg->ports.net->close))
    return IMSTLS_ERR_CONFIG;
  if (!names_fit(cfg) || !values_fit(cfg))
    return IMSTLS_ERR_CONFIG;
  error = offer_fits(cfg, cfg->policy.offer);
  return error ? error : policy_fits(cfg);
}
