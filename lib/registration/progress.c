/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/progress.h"

#include <imstls/client.h>

void imstls_i_progress_enter(imstls_i_progress *p, int state)
{
  p->state = state;
  switch (state) {
  case IMSTLS_STATE_REGISTERING:
  case IMSTLS_STATE_ANSWERING:
  case IMSTLS_STATE_DEREGISTERING:
  case IMSTLS_STATE_REGISTERED:
  case IMSTLS_STATE_STOPPED:
    p->deadline = NEVER; /* Timer F watches over the transaction, refresh_at over the registration */
    break;
  default: break;
  }
}
