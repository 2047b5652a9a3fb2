/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: read, filled with their defaults, checked. */
#include "registration/config.h"

#include <imstls/digest.h>
#include <imstls/secagree.h>
#include <imstls/sip.h>
#include <imstls/token.h>

#include "base/features.h"
#include "registration/target.h"

enum { OFFER_MAX = 512 };

/* The first thing that is wrong is told, where somebody wants to know. */
static int bad_range(imstls_i_fault *fault, size_t at, enum config_rule rule, uint32_t least, uint32_t most)
{
  *fault = (imstls_i_fault){ .at = (uint16_t)at, .rule = (uint8_t)rule, .least = least, .most = most };
  return IMSTLS_ERR_CONFIG;
}

static int bad(imstls_i_fault *fault, size_t at, enum config_rule rule) { return bad_range(fault, at, rule, 0, 0); }

/* Octets that are printable, before one that would end the header or the quotes they are written into. */
static size_t clean_len(const char *text, const char *forbidden)
{
  const char *p = text;
  while ((unsigned char)*p >= ' ' && *p != 0x7f && !strchr(forbidden, *p))
    p++;
  return (size_t)(p - text);
}

/* `max` 0: however long. */
static int text_fits(const char *text, const char *forbidden, uint32_t max, size_t at, imstls_i_fault *fault)
{
  size_t len = clean_len(text, forbidden);
  if (!*text)
    return bad(fault, at, RULE_EMPTY);
  if (text[len])
    return bad_range(fault, at, RULE_OCTET, (uint32_t)len + 1, 0);
  return max && len > max ? bad_range(fault, at, RULE_LONG, 0, max) : IMSTLS_OK;
}

bool imstls_i_config_is_header_value(const char *text) { return *text && !text[clean_len(text, "")]; }

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

/* What a text may not hold, and how long it may be; 0: as long as there is room for it in a message. */
static int texts_fit(const imstls_config *cfg, imstls_i_fault *fault)
{
  static const struct {
    uint16_t at, max;
    bool required;
    const char *forbidden;
  } rules[] = {
    { AT(identity.impi), 255, true, "\"\\<>, " },
    { AT(identity.impu), 255, true, "\"<>, " },
    { AT(identity.home_domain), 253, true, "\"\\<>@:;?, /" },
    { AT(device.instance_id), 0, false, "\"<> " },
    { AT(device.contact_params), 0, false, "" },
    { AT(device.contact_uri_params), 64, false, "\"<>,?@\\ " },
    { AT(device.user_agent), 0, false, "" },
    { AT(device.access_network_info), 0, false, "" },
    { AT(network.server_name), 255, false, "/ " },
  };
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    const char *text;
    memcpy(&text, (const char *)cfg + rules[i].at, sizeof text);
    if (!text && rules[i].required)
      return bad(fault, rules[i].at, RULE_MISSING);
    int error = text ? text_fits(text, rules[i].forbidden, rules[i].max, rules[i].at, fault) : IMSTLS_OK;
    if (error)
      return error;
  }
  return IMSTLS_OK;
}

/* Contact parameters, each with its semicolon (RFC 3261 25.1): quotes may hold what would end the Contact outside of
 * them, such as the commas of a list of values (RFC 3840 9). */
static bool params_fit(const char *params)
{
  imstls_text name, value;
  imstls_text rest = params ? imstls_i_text(params, strlen(params)) : imstls_i_text(NULL, 0);
  int result;
  do
    result = imstls_sip_param_next(&rest, &name, &value);
  while (result == IMSTLS_OK);
  return result == IMSTLS_END;
}

static bool begins_with(const char *text, const char *start) { return !strncmp(text, start, strlen(start)); }

static int names_fit(const imstls_config *cfg, imstls_i_fault *fault)
{
  int error = texts_fit(cfg, fault);
  if (error)
    return error;
  if (!is_header_block(cfg->device.extra_headers))
    return bad(fault, AT(device.extra_headers), RULE_LINES);
  const char *impu = cfg->identity.impu;
  bool scheme = begins_with(impu, "sip:") || begins_with(impu, "sips:") || begins_with(impu, "tel:");
  if (!scheme)
    return bad(fault, AT(identity.impu), RULE_SCHEME);
  if (!params_fit(cfg->device.contact_params))
    return bad(fault, AT(device.contact_params), RULE_PARAMS);
  if (cfg->device.contact_uri_params && cfg->device.contact_uri_params[0] != ';')
    return bad(fault, AT(device.contact_uri_params), RULE_PARAMS);
  if (cfg->device.reg_id && !cfg->device.instance_id)
    return bad(fault, AT(device.reg_id), RULE_NEEDS_INSTANCE);
  return IMSTLS_OK;
}

/* As a number of 32 bits, so that a negative one is too large. */
static uint32_t value_at(const imstls_config *cfg, size_t at)
{
  uint32_t value;
  memcpy(&value, (const char *)cfg + at, sizeof value);
  return value;
}

static int values_fit(const imstls_config *cfg, imstls_i_fault *fault)
{
  enum { SHORTEST_MESSAGE = 512, LONGEST = 0x1000000, WEEK_MS = 604800000 };
  static const struct {
    uint16_t at, least;
    uint32_t most;
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
    { AT(limits.register_len), SHORTEST_MESSAGE, LONGEST },
    { AT(limits.unanswered_max), 1, 255 },
    { AT(limits.set_max), 0, LONGEST },
    { AT(serving.rx_len), SHORTEST_MESSAGE, LONGEST },
    { AT(limits.cert_max), 0, LONGEST },
    { AT(limits.secagree_max), 0, LONGEST },
    { AT(limits.auth_max), 0, LONGEST },
    { AT(limits.route_max), 0, LONGEST },
    { AT(limits.feed_len), 0, LONGEST },
  };
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    uint32_t value = value_at(cfg, rules[i].at);
    if (value < rules[i].least || value > rules[i].most)
      return bad_range(fault, rules[i].at, RULE_RANGE, rules[i].least, rules[i].most);
  }
  uint8_t family = cfg->network.local.family;
  if (family != 0 && family != 4 && family != 6)
    return bad(fault, AT(network.local.family), RULE_FAMILY);
  bool unknown = cfg->policy.algorithms & ~IMSTLS_DIGEST_AKA_ALL;
  return unknown ? bad(fault, AT(policy.algorithms), RULE_ALGORITHMS) : IMSTLS_OK;
}

static int entry_fits(const imstls_mechanism *entry, imstls_i_fault *fault)
{
  bool unknown = entry->id == IMSTLS_MECHANISM_OTHER;
  bool has_sa = entry->spi_c || entry->spi_s || entry->port_c || entry->port_s;
  if (unknown || has_sa) /* SPIs and ports are new in each offer: reserve() gives them */
    return bad(fault, AT(policy.offer), RULE_OFFER_ENTRY);
  if (entry->id == IMSTLS_MECHANISM_IPSEC_3GPP && !entry->alg.ptr)
    return bad(fault, AT(policy.offer), RULE_OFFER_ALG);
  return IMSTLS_OK;
}

static int offer_fits(const imstls_config *cfg, imstls_i_fault *fault)
{
  imstls_text rest = imstls_i_text(cfg->policy.offer, strlen(cfg->policy.offer));
  imstls_mechanism entry = { .size = sizeof entry };
  bool tls = false, ipsec = false;
  int error = text_fits(cfg->policy.offer, "", OFFER_MAX, AT(policy.offer), fault);
  if (error)
    return error;
  while (imstls_secagree_next(&rest, &entry) == IMSTLS_OK) {
    tls |= entry.id == IMSTLS_MECHANISM_TLS;
    ipsec |= entry.id == IMSTLS_MECHANISM_IPSEC_3GPP;
    if (entry_fits(&entry, fault))
      return IMSTLS_ERR_CONFIG;
  }
  if (!tls && !ipsec)
    return bad(fault, AT(policy.offer), RULE_OFFER_ENTRY);
  if (cfg->policy.flow == IMSTLS_FLOW_TLS_FIRST && !tls)
    return bad(fault, AT(policy.offer), RULE_OFFER_TLS);
  if (ipsec && (!cfg->ports.ipsec || !cfg->ports.net))
    return bad(fault, AT(policy.offer), RULE_OFFER_IPSEC);
  if (cfg->policy.fallback == IMSTLS_FALLBACK_IPSEC && !ipsec)
    return bad(fault, AT(policy.fallback), RULE_FALLBACK_OFFER);
  return IMSTLS_OK;
}

static int policy_fits(const imstls_config *cfg, imstls_i_fault *fault)
{
  bool agree_first = cfg->policy.flow == IMSTLS_FLOW_AGREE_FIRST;
  if (cfg->policy.psk == IMSTLS_PSK_ONLY && !agree_first) /* no key before the first challenge */
    return bad(fault, AT(policy.psk), RULE_PSK_FLOW);
  if (cfg->policy.sec_agree == IMSTLS_SEC_AGREE_OFF && (agree_first || cfg->policy.fallback))
    return bad(fault, AT(policy.sec_agree), RULE_AGREE_NEEDED);
  if (cfg->serving.port && (!cfg->ports.net || !cfg->ports.net->accept))
    return bad(fault, AT(serving.port), RULE_NEEDS_ACCEPT);
  if (cfg->network.transport == IMSTLS_NET_UDP && !cfg->ports.net) /* what is fed is a stream */
    return bad(fault, AT(network.transport), RULE_NEEDS_NET);
  if (cfg->policy.token2 == IMSTLS_TOKEN2_PINNED && (!cfg->ports.store || !cfg->ports.load))
    return bad(fault, AT(policy.token2), RULE_NEEDS_STORAGE);
  return IMSTLS_OK;
}

static bool offers_ipsec(const imstls_config *cfg)
{
  imstls_text offer = imstls_i_text(cfg->policy.offer, strlen(cfg->policy.offer));
  return imstls_secagree_has(offer, IMSTLS_MECHANISM_IPSEC_3GPP);
}

/* A build without a feature refuses what needs it. `resumes`: session_age_s was set. */
static int features_fit(const imstls_config *cfg, bool resumes, imstls_i_fault *fault)
{
  static const struct {
    uint16_t at, feature;
    uint8_t most; /* needs nothing */
  } rules[] = {
    { AT(policy.fallback), FEATURE_ipsec, IMSTLS_FALLBACK_NONE },
    { AT(policy.trust), FEATURE_pki, IMSTLS_TRUST_TOKEN },
    { AT(policy.psk), FEATURE_psk, IMSTLS_PSK_OFF },
    { AT(policy.reg_event), FEATURE_regevent, 0 },
    { AT(policy.token2), FEATURE_token2, IMSTLS_TOKEN2_OFF },
    { AT(network.transport), FEATURE_udp, IMSTLS_NET_TCP },
  };
  size_t at = 0;
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
    if (!imstls_i_has(rules[i].feature) && value_at(cfg, rules[i].at) > rules[i].most)
      at = rules[i].at;
  if (!imstls_i_has(FEATURE_feed) && !cfg->ports.net)
    at = AT(ports.net);
  if (!imstls_i_has(FEATURE_resume) && resumes)
    at = AT(policy.session_age_s);
  if (!imstls_i_has(FEATURE_ipsec) && offers_ipsec(cfg))
    at = AT(policy.offer);
  if (!imstls_i_has(FEATURE_ipsec) && cfg->ports.ipsec)
    at = AT(ports.ipsec);
  if (!imstls_i_has(FEATURE_trace) && cfg->callbacks.on_log)
    at = AT(callbacks.on_log);
  bool serves = imstls_i_has(FEATURE_served) && imstls_i_has(FEATURE_psk);
  if (!serves && cfg->serving.port)
    at = AT(serving.port);
  if (!at)
    return IMSTLS_OK;
  (void)bad(fault, at, RULE_LEFT_OUT);
  return IMSTLS_ERR_UNSUPPORTED; /* in this build */
}

/* Growth: each group begins with its size, and its caller may know less of it than we do. What it does not know is
 * zero. No group has members of 64 bits, so that the groups follow one another without gaps. */
static int copy_groups(const imstls_config *config, imstls_config *cfg, imstls_i_fault *fault)
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
      return bad(fault, AT(size), RULE_SIZE);
    memcpy(&size, (const char *)config + from, sizeof size);
    bool fits = size >= sizeof size && size <= groups[i].cap && size <= config->size - from;
    if (!fits || size % sizeof size)
      return bad(fault, groups[i].at, RULE_SIZE);
    memcpy((char *)cfg + groups[i].at, (const char *)config + from, size);
    from += size;
  }
  return from == config->size ? IMSTLS_OK : bad(fault, AT(size), RULE_SIZE);
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
    { AT(limits.register_len), 6144 },
    { AT(limits.unanswered_max), 32 },
    { AT(limits.set_max), 512 },
    { AT(serving.rx_len), 4096 },
  };
  for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
    uint32_t *value = (uint32_t *)(void *)((char *)cfg + defaults[i].at);
    if (!*value)
      *value = defaults[i].usual;
  }
  if (cfg->limits.queue_len < cfg->limits.tx_len)
    cfg->limits.queue_len = cfg->limits.tx_len;
  if (cfg->limits.register_len > cfg->limits.tx_len)
    cfg->limits.register_len = cfg->limits.tx_len;
  if (!cfg->policy.offer)
    cfg->policy.offer = "tls";
  if (!cfg->network.tls_port)
    cfg->network.tls_port = 5061;
  if (!cfg->network.plain_port)
    cfg->network.plain_port = 5060;
}

static int net_fits(const imstls_net *net, imstls_i_fault *fault)
{
  bool opens = net->size >= offsetof(imstls_net, send_to) && net->open && net->connected && net->close;
  return opens && net->send && net->recv ? IMSTLS_OK : bad(fault, AT(ports.net), RULE_NET);
}

/* The structs of the ports: what cannot be left out is there. */
static int parts_fit(const imstls_config_ports *ports, imstls_i_fault *fault)
{
  enum { USIM_LEAST = offsetof(imstls_usim, cancel), TLS_LEAST = offsetof(imstls_tls, save) };
  const imstls_usim *usim = ports->usim;
  const imstls_tls *tls = ports->tls;
  const imstls_net *net = ports->net;
  bool shakes = tls->size >= TLS_LEAST && tls->open && tls->handshake && tls->facts && tls->close;
  if (usim->size < USIM_LEAST || !usim->authenticate)
    return bad(fault, AT(ports.usim), RULE_USIM);
  if (!shakes || !tls->read || !tls->write)
    return bad(fault, AT(ports.tls), RULE_TLS);
  return net ? net_fits(net, fault) : IMSTLS_OK;
}

static int ports_fit(const imstls_config *cfg, imstls_i_fault *fault)
{
  static const uint16_t required[] = { AT(network.pcscf), AT(ports.usim), AT(ports.tls), AT(ports.random),
                                       AT(ports.now_ms) };
  static const char null[sizeof(void *)]; /* as memset makes them (copy_groups) */
  for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
    if (memcmp((const char *)cfg + required[i], null, sizeof null) == 0)
      return bad(fault, required[i], RULE_MISSING);
  return parts_fit(&cfg->ports, fault);
}

int imstls_i_config_judge(const imstls_config *config, imstls_config *cfg, imstls_i_fault *fault)
{
  if (!config)
    return bad(fault, 0, RULE_NULL);
  memset(cfg, 0, sizeof *cfg);
  int error = copy_groups(config, cfg, fault);
  if (error)
    return error;
  bool resumes = cfg->policy.session_age_s != 0;
  fill_defaults(cfg);
  error = ports_fit(cfg, fault);
  if (!error)
    error = names_fit(cfg, fault);
  if (!error)
    error = values_fit(cfg, fault);
  if (!error)
    error = features_fit(cfg, resumes, fault);
  if (!imstls_i_has(FEATURE_unanswered))
    cfg->limits.unanswered_max = 0; /* no room for what nobody asks */
  if (!error)
    error = offer_fits(cfg, fault);
  if (!error)
    error = policy_fits(cfg, fault);
  if (!error && !imstls_i_target_is_list(cfg->network.pcscf))
    error = bad(fault, AT(network.pcscf), RULE_PCSCF);
  return error;
}

int imstls_i_config_read(const imstls_config *config, imstls_config *cfg)
{
  imstls_i_fault fault;
  return imstls_i_config_judge(config, cfg, &fault);
}
