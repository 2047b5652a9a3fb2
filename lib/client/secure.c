/* SPDX-License-Identifier: Apache-2.0 */
#include "client/secure.h"

#include "access/access.h"
#include "client/resume.h"

enum { PSK_IDENTITY_MAX = 128 };

const char *imstls_i_server_name(const imstls_client *c)
{
  if (c->cfg.network.server_name)
    return c->cfg.network.server_name;
  return imstls_i_target_is_literal(&c->target) ? NULL : imstls_i_target_host(&c->target);
}

/* RFC 4279 5.3: identities of 128 octets are borne everywhere. Roles have identities of their own (RFC 9257 4.1). */
static int psk_identity(imstls_client *c, char text[PSK_IDENTITY_MAX], imstls_text *out)
{
  static const char other_role[] = "pcscf:";
  *out = imstls_i_text(c->cfg.identity.impi, strlen(c->cfg.identity.impi));
  if (!c->cfg.callbacks.psk_identity)
    return IMSTLS_OK;
  int n = c->cfg.callbacks.psk_identity(c->cfg.callbacks.user, text, PSK_IDENTITY_MAX);
  if (n < 1 || n > PSK_IDENTITY_MAX)
    return IMSTLS_ERR_USIM;
  *out = imstls_i_text(text, (size_t)n);
  bool taken = out->len >= sizeof other_role - 1 && memcmp(text, other_role, sizeof other_role - 1) == 0;
  return taken ? IMSTLS_ERR_USIM : IMSTLS_OK;
}

/* The key of the answer that is held: CK and IK. */
static int offer_psk(imstls_client *c, imstls_tls_open *how, char identity[PSK_IDENTITY_MAX],
                     uint8_t psk[IMSTLS_I_PSK_LEN])
{
  bool handle = c->run.result.keys.mac;
  if (c->cfg.policy.psk == IMSTLS_PSK_ONLY && handle)
    return IMSTLS_ERR_UNSUPPORTED; /* a PSK is octets */
  if (c->cfg.policy.psk == IMSTLS_PSK_OFF || !c->credentials.held || handle)
    return IMSTLS_OK;
  int error = psk_identity(c, identity, &how->psk_identity);
  if (error)
    return error;
  if (!imstls_i_psk(&c->run.result, psk))
    return IMSTLS_ERR_INTERNAL; /* an answer is held, and its keys are octets */
  how->psk = psk;
  how->psk_len = IMSTLS_I_PSK_LEN;
  how->suites = IMSTLS_TLS_PSK;
  if (c->cfg.policy.psk != IMSTLS_PSK_ONLY)
    how->suites |= IMSTLS_TLS_CERT;
  return IMSTLS_OK;
}

int imstls_i_secure_begin(imstls_client *c, bool *offered_resume, bool *offered_psk)
{
  uint8_t psk[IMSTLS_I_PSK_LEN];
  char identity[PSK_IDENTITY_MAX];
  imstls_tls_open how = { .size = sizeof how, .role = IMSTLS_TLS_CLIENT, .suites = IMSTLS_TLS_CERT };
  how.server_name = imstls_i_server_name(c);
  how.verify_pki = c->cfg.policy.trust != IMSTLS_TRUST_TOKEN;
  how.wall_s = -1;
  if (how.verify_pki && c->cfg.ports.wall_s)
    how.wall_s = c->cfg.ports.wall_s(c->cfg.ports.clock_user);
  how.exporter = c->cfg.policy.token2 != IMSTLS_TOKEN2_OFF;
  int error = offer_psk(c, &how, identity, psk);
  if (!error && !c->credentials.held)
    how.resume = imstls_i_resume_load(c);
  *offered_resume = how.resume.len > 0;
  *offered_psk = how.psk_len > 0;
  if (!error)
    error = imstls_i_link_secure(&c->flow->link, &how);
  imstls_wipe(psk, sizeof psk);
  if (how.resume.len)
    imstls_i_resume_wipe(c);
  return error;
}

int imstls_i_secure_judge(const imstls_i_flow *flow, const imstls_tls_facts *facts)
{
  bool unknown = facts->resumed < 0 || facts->extended_ms < 0;
  if (!facts->psk && unknown)
    return IMSTLS_ERR_TLS_PROPERTIES; /* not fit for tokens */
  bool sound = flow->offered_resume && facts->extended_ms == 1;
  if (facts->resumed == 1 && !sound)
    return IMSTLS_ERR_TLS_PROPERTIES; /* not asked for, or open to a triple handshake (RFC 7627) */
  if (facts->psk && !flow->offered_psk)
    return IMSTLS_ERR_TLS_PROPERTIES; /* keyed with what we never gave */
  return IMSTLS_OK;
}
