/* SPDX-License-Identifier: Apache-2.0 */
#include "client/guards.h"

bool imstls_i_always(const imstls_client *c, int error)
{
  (void)c;
  (void)error;
  return true;
}

bool imstls_i_is_tls(const imstls_client *c, int error)
{
  (void)error;
  return c->flow->kind == FLOW_TLS;
}

/* A REGISTER in clear leaves only where the policy starts with agreement or allowed the fallback. */
bool imstls_i_is_plain_allowed(const imstls_client *c, int error)
{
  (void)error;
  bool by_policy = c->cfg.policy.flow == IMSTLS_FLOW_AGREE_FIRST || c->target.fell_back;
  return c->flow->kind == FLOW_PLAIN && by_policy;
}

/* Once on a flow: the server chose TLS 1.2 itself, and nothing better is lost (port/mbedtls/hybrid.c). */
bool imstls_i_may_lower_tls(const imstls_client *c, int error)
{
  return error == IMSTLS_ERR_TLS_PSS && !c->flow->lowered;
}

/* A registration that is lost comes back at once; when it did not hold, once: then it waits its turn (RFC 5626 4.5). */
bool imstls_i_may_return(const imstls_client *c, int error)
{
  (void)error;
  if (!c->binding.bound || c->target.retry_named || imstls_i_binding_is_too_brief(&c->binding))
    return false;
  return !c->target.quick_used || imstls_i_binding_has_held(&c->binding, c->wire.now);
}

bool imstls_i_is_deregistering(const imstls_client *c, int error)
{
  (void)error;
  return c->progress.deregisters;
}

bool imstls_i_is_bound(const imstls_client *c, int error)
{
  (void)error;
  return c->binding.bound;
}

bool imstls_i_has_held(const imstls_client *c, int error)
{
  (void)error;
  return imstls_i_binding_has_held(&c->binding, c->wire.now);
}

/* A registration does not end because the USIM did not answer once. On a channel that is not trusted there is none. */
bool imstls_i_may_stay(const imstls_client *c, int error)
{
  (void)error;
  return imstls_i_is_trusted(c) && !c->progress.deregisters;
}
