/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with the settings, in words: linked where an application asks for it. */
#include <imstls/client.h>

#include "registration/config.h"

#define NAMED(field)                                                                                                   \
  {                                                                                                                    \
    offsetof(imstls_config, field), #field                                                                             \
  }
static const struct {
  uint16_t at;
  const char *name;
} fields[] = {
  NAMED(size),
  NAMED(identity.size),
  NAMED(device.size),
  NAMED(network.size),
  NAMED(policy.size),
  NAMED(timers.size),
  NAMED(limits.size),
  NAMED(ports.size),
  NAMED(callbacks.size),
  NAMED(serving.size),
  NAMED(identity.impi),
  NAMED(identity.impu),
  NAMED(identity.home_domain),
  NAMED(device.instance_id),
  NAMED(device.contact_params),
  NAMED(device.contact_uri_params),
  NAMED(device.user_agent),
  NAMED(device.access_network_info),
  NAMED(device.extra_headers),
  NAMED(device.reg_id),
  NAMED(network.pcscf),
  NAMED(network.server_name),
  NAMED(network.local.family),
  NAMED(network.transport),
  NAMED(policy.offer),
  NAMED(policy.flow),
  NAMED(policy.sec_agree),
  NAMED(policy.trust),
  NAMED(policy.psk),
  NAMED(policy.fallback),
  NAMED(policy.algorithms),
  NAMED(policy.amf_separation),
  NAMED(policy.token_key),
  NAMED(policy.token2),
  NAMED(policy.reg_event),
  NAMED(policy.session_age_s),
  NAMED(timers.t1_ms),
  NAMED(timers.t2_ms),
  NAMED(timers.timer_f_ms),
  NAMED(timers.answer_ms),
  NAMED(timers.return_ms),
  NAMED(limits.rx_len),
  NAMED(limits.tx_len),
  NAMED(limits.queue_len),
  NAMED(limits.register_len),
  NAMED(limits.unanswered_max),
  NAMED(limits.set_max),
  NAMED(limits.cert_max),
  NAMED(limits.secagree_max),
  NAMED(limits.auth_max),
  NAMED(limits.route_max),
  NAMED(limits.feed_len),
  NAMED(ports.usim),
  NAMED(ports.net),
  NAMED(ports.tls),
  NAMED(ports.random),
  NAMED(ports.now_ms),
  NAMED(ports.ipsec),
  NAMED(callbacks.on_log),
  NAMED(serving.port),
  NAMED(serving.rx_len),
};

static const char *const sentences[RULE_COUNT] = {
  [RULE_NULL] = "there are no settings: config is NULL",
  [RULE_SIZE] = "is not what the library knows, or does not fit the others: begin with IMSTLS_CONFIG_DEFAULTS",
  [RULE_MISSING] = "is required",
  [RULE_EMPTY] = "is empty: NULL stands for none",
  [RULE_OCTET] = "holds an octet that cannot stand there, number ",
  [RULE_LONG] = "is too long: its octets are at most ",
  [RULE_RANGE] = "is ",
  [RULE_FAMILY] = "is 4 or 6; 0: any",
  [RULE_LINES] = "holds whole header lines alone, each with a name, a colon and CRLF",
  [RULE_SCHEME] = "begins with sip:, sips: or tel:",
  [RULE_PARAMS] = "is no list of parameters, each behind its semicolon",
  [RULE_ALGORITHMS] = "knows the bits of IMSTLS_DIGEST_AKA_ALL alone",
  [RULE_USIM] = "needs authenticate, and a size that holds it",
  [RULE_TLS] = "needs open, handshake, read, write, close and facts, and a size that holds them",
  [RULE_NET] = "needs open, connected, send, recv and close, and a size that holds them",
  [RULE_NEEDS_INSTANCE] = "needs device.instance_id",
  [RULE_NEEDS_ACCEPT] = "needs ports.net with accept",
  [RULE_NEEDS_NET] = "needs ports.net: what is fed is a stream",
  [RULE_NEEDS_STORAGE] = "pinned needs ports.store and ports.load",
  [RULE_OFFER_ENTRY] = "holds entries of tls and ipsec-3gpp, without SPIs and ports",
  [RULE_OFFER_ALG] = "needs alg in each ipsec-3gpp",
  [RULE_OFFER_TLS] = "needs tls, which comes first (policy.flow)",
  [RULE_OFFER_IPSEC] = "ipsec-3gpp needs ports.ipsec and ports.net",
  [RULE_FALLBACK_OFFER] = "needs ipsec-3gpp in policy.offer",
  [RULE_PSK_FLOW] = "only needs IMSTLS_FLOW_AGREE_FIRST: there is no key before the first challenge",
  [RULE_AGREE_NEEDED] = "cannot be off with IMSTLS_FLOW_AGREE_FIRST or a fallback",
  [RULE_LEFT_OUT] = "needs a feature that this build leaves out",
  [RULE_PCSCF] = "is a list of 1 to 8 HOST[:PORT], IPv6 in brackets",
};

static void write_numbers(imstls_i_writer *w, const imstls_i_fault *fault)
{
  bool least = fault->rule == RULE_RANGE || fault->rule == RULE_OCTET;
  if (least)
    imstls_i_put_uint(w, fault->least);
  if (fault->rule == RULE_RANGE)
    imstls_i_put_str(w, " to ");
  if (fault->rule == RULE_RANGE || fault->rule == RULE_LONG)
    imstls_i_put_uint(w, fault->most);
}

static size_t explain(const imstls_i_fault *fault, char *text, size_t cap)
{
  imstls_i_writer w = imstls_i_writer_make(text, cap);
  for (size_t i = 0; fault->rule != RULE_NULL && i < sizeof fields / sizeof fields[0]; i++)
    if (fields[i].at == fault->at) {
      imstls_i_put_str(&w, fields[i].name);
      imstls_i_put_str(&w, " ");
    }
  imstls_i_put_str(&w, sentences[fault->rule]);
  write_numbers(&w, fault);
  return w.len < cap ? w.len : cap;
}

int imstls_config_check(const imstls_config *config, char *text, size_t cap)
{
  imstls_config cfg;
  imstls_i_fault fault;
  if (text && cap)
    text[0] = '\0';
  int error = imstls_i_config_judge(config, &cfg, &fault);
  if (error && text && cap)
    text[explain(&fault, text, cap - 1)] = '\0';
  return error;
}
