/* SPDX-License-Identifier: Apache-2.0 */
/* What an end of the registration that the reg event tells comes to. */
#include "client/endings.h"

/* The network wants us back after the time that it named, or sometime. */
int imstls_i_pause(imstls_client *c, int error)
{
  imstls_i_turn turn;
  imstls_i_verdict verdict = c->subscription->verdict;
  bool held = imstls_i_binding_has_held(&c->binding, c->wire.now);
  imstls_i_end_registration(c, error);
  if (verdict.named)
    imstls_i_target_retry_after(&c->target, verdict.retry_after_s);
  int ended = imstls_i_target_pause(&c->target, &c->cfg, error, held, &turn);
  return imstls_i_wait_turn(c, error, &turn, ended);
}
