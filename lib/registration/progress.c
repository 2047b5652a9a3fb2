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

void imstls_i_progress_wait_until(imstls_i_progress *p, uint64_t deadline) { p->deadline = deadline; }

void imstls_i_progress_want(imstls_i_progress *p, unsigned input) { p->wanted |= (uint32_t)1 << input; }

bool imstls_i_progress_take_wanted(imstls_i_progress *p, unsigned input)
{
  uint32_t bit = (uint32_t)1 << input;
  bool wanted = (p->wanted & bit) != 0;
  p->wanted &= ~bit;
  return wanted;
}

void imstls_i_progress_want_nothing(imstls_i_progress *p) { p->wanted = 0; }

void imstls_i_progress_deregister(imstls_i_progress *p) { p->deregisters = true; }

void imstls_i_progress_begin(imstls_i_progress *p)
{
  p->error = IMSTLS_OK;
  p->sip_status = 0; /* what an earlier attempt was told */
}

void imstls_i_progress_end(imstls_i_progress *p) { p->deregisters = false; }

void imstls_i_progress_fail(imstls_i_progress *p, int error) { p->error = error; }

void imstls_i_progress_heard(imstls_i_progress *p, uint32_t sip_status) { p->sip_status = sip_status; }

void imstls_i_progress_tls_failed(imstls_i_progress *p, int code) { p->tls_error = code; }
