/* SPDX-License-Identifier: Apache-2.0 */
#include "client/secure.h"

#include "access/access.h"
#include "client/optional/optional.h"
#include "crypto/crypto.h"

const char *imstls_i_server_name(const imstls_client *c)
{
  return c->cfg.network.server_name ? c->cfg.network.server_name : imstls_i_target_host(&c->target);
}

imstls_text imstls_i_sni(const imstls_client *c)
{
  imstls_address literal;
  const char *name = imstls_i_server_name(c);
  imstls_text text = imstls_i_without_root(imstls_i_text(name, strlen(name)));
  return imstls_address_parse(text, &literal) == IMSTLS_OK ? imstls_i_text("", 0) : text;
}

int imstls_i_secure_begin(imstls_client *c, imstls_i_offered *offered)
{
  uint8_t psk[IMSTLS_I_PSK_LEN];
  char identity[IMSTLS_I_PSK_IDENTITY_MAX];
  imstls_tls_open how = { .size = sizeof how, .role = IMSTLS_TLS_CLIENT, .suites = IMSTLS_TLS_CERT };
  how.server_name = imstls_i_server_name(c);
  how.verify_pki = c->cfg.policy.trust != IMSTLS_TRUST_TOKEN;
  how.wall_s = how.verify_pki ? imstls_i_wall_s(c) : -1;
  how.max_version = c->flow->lowered ? 12 : 0;
  how.exporter = c->cfg.policy.token2 != IMSTLS_TOKEN2_OFF;
  int error = imstls_i_psk_offer(c, &how, identity, psk);
  *offered = (imstls_i_offered){ .psk = how.psk_len > 0 };
  if (!error && !c->credentials.held)
    how.resume = imstls_i_session_load(c, &offered->record);
  offered->resume = how.resume.len > 0;
  if (!error)
    error = imstls_i_link_secure(&c->flow->link, &how);
  imstls_wipe(psk, sizeof psk);
  if (how.resume.len)
    imstls_i_session_wipe(c, how.resume);
  return error;
}

int imstls_i_secure_judge(const imstls_i_flow *flow, const imstls_tls_facts *facts)
{
  bool unknown = facts->resumed < 0 || facts->extended_ms < 0;
  if (!facts->psk && unknown)
    return IMSTLS_ERR_TLS_PROPERTIES; /* not fit for tokens */
  bool sound = flow->offered.resume && facts->extended_ms == 1;
  if (facts->resumed == 1 && !sound)
    return IMSTLS_ERR_TLS_PROPERTIES; /* not asked for, or open to a triple handshake (RFC 7627) */
  if (facts->psk && !flow->offered.psk)
    return IMSTLS_ERR_TLS_PROPERTIES; /* keyed with what we never gave */
  return IMSTLS_OK;
}

static bool is_cert_of_handshake(const imstls_i_flow *flow, imstls_bytes cert)
{
  uint8_t hash[32];
  if (flow->cert_is_final)
    return true;
  return !imstls_i_sha256(&cert, 1, hash) && memcmp(hash, flow->cert_hash, sizeof hash) == 0;
}

imstls_bytes imstls_i_server_cert(imstls_client *c)
{
  imstls_tls_facts facts = { .size = sizeof facts };
  if (!c->flow->has_cert || c->tls.facts(c->tls.user, c->flow->link.session, &facts))
    return (imstls_bytes){ 0 };
  return is_cert_of_handshake(c->flow, facts.cert) ? facts.cert : (imstls_bytes){ 0 };
}
