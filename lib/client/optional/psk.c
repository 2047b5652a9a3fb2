/* SPDX-License-Identifier: Apache-2.0 */
/* A PSK of CK and IK offered to the server. */
#include "client/optional/optional.h"

#include "access/access.h"

/* RFC 4279 5.3: identities of 128 octets are borne everywhere. Roles have identities of their own (RFC 9257 4.1). */
static int psk_identity(imstls_client *c, char text[IMSTLS_I_PSK_IDENTITY_MAX], imstls_text *out)
{
  static const char other_role[] = "pcscf:";
  *out = imstls_i_text(c->cfg.identity.impi, strlen(c->cfg.identity.impi));
  if (!c->cfg.callbacks.psk_identity)
    return IMSTLS_OK;
  int n = c->cfg.callbacks.psk_identity(c->cfg.callbacks.user, text, IMSTLS_I_PSK_IDENTITY_MAX);
  if (n < 1 || n > IMSTLS_I_PSK_IDENTITY_MAX)
    return IMSTLS_ERR_USIM;
  *out = imstls_i_text(text, (size_t)n);
  bool taken = out->len >= sizeof other_role - 1 && memcmp(text, other_role, sizeof other_role - 1) == 0;
  return taken ? IMSTLS_ERR_USIM : IMSTLS_OK;
}

/* The key of the answer that is held: CK and IK. */
int imstls_i_psk_offer(imstls_client *c, imstls_tls_open *how, char identity[IMSTLS_I_PSK_IDENTITY_MAX], uint8_t *psk)
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
