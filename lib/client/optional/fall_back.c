/* SPDX-License-Identifier: Apache-2.0 */
/* Figure 5: whether a TLS that is refused leads to an agreement in clear. */
#include "client/guards.h"

/* Before the first REGISTER a time-out is that of the handshake alone. */
static bool is_tls_refused(int error)
{
  switch (error) {
  case IMSTLS_ERR_CONNECT:
  case IMSTLS_ERR_TLS_REFUSED:
  case IMSTLS_ERR_TLS_ALERT:
  case IMSTLS_ERR_TIMEOUT: return true;
  default: return false;
  }
}

/* Figure 5: only what happens before the handshake is complete, never a certificate, token, AKA or SIP error. */
bool imstls_i_may_fall_back(const imstls_client *c, int error)
{
  if (c->cfg.policy.fallback != IMSTLS_FALLBACK_IPSEC || c->flow->kind != FLOW_TLS)
    return false;
  bool later = c->target.fell_back || c->credentials.held;
  return !later && is_tls_refused(error);
}
