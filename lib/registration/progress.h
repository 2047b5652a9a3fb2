/* SPDX-License-Identifier: Apache-2.0 */
/* Where the registration stands, and what its last failure was. */
#ifndef IMSTLS_REGISTRATION_PROGRESS_H
#define IMSTLS_REGISTRATION_PROGRESS_H

#include <imstls/config.h>

#include "base/base.h"

typedef struct imstls_i_progress {
  int state;           /* IMSTLS_STATE_... */
  uint64_t deadline;   /* of the state; NEVER: none */
  uint32_t wanted;     /* inputs of the application that wait: a bit for each */
  bool deregisters;    /* a deregistration is under way */
  int error;           /* why it stopped, or the last attempt's failure */
  uint32_t sip_status; /* last final status of this attempt */
  uint32_t refusal;    /* the final status that the present input is a refusal by; 0: it is none */
  int tls_error;       /* the TLS library's own code of the last TLS failure */
} imstls_i_progress;

void imstls_i_progress_enter(imstls_i_progress *p, int state);
static inline void imstls_i_progress_wait_until(imstls_i_progress *p, uint64_t deadline) { p->deadline = deadline; }

static inline void imstls_i_progress_want(imstls_i_progress *p, unsigned input) { p->wanted |= (uint32_t)1 << input; }

/* True: it was wanted, and is not any more. */
static inline bool imstls_i_progress_take_wanted(imstls_i_progress *p, unsigned input)
{
  uint32_t bit = (uint32_t)1 << input;
  bool wanted = (p->wanted & bit) != 0;
  p->wanted &= ~bit;
  return wanted;
}

static inline void imstls_i_progress_want_nothing(imstls_i_progress *p) { p->wanted = 0; }

static inline void imstls_i_progress_deregister(imstls_i_progress *p) { p->deregisters = true; }

/* an attempt */
static inline void imstls_i_progress_begin(imstls_i_progress *p)
{
  p->error = IMSTLS_OK;
  p->sip_status = 0; /* what an earlier attempt was told */
}

/* of it: nothing is under way */
static inline void imstls_i_progress_end(imstls_i_progress *p) { p->deregisters = false; }

static inline void imstls_i_progress_fail(imstls_i_progress *p, int error) { p->error = error; }

static inline void imstls_i_progress_heard(imstls_i_progress *p, uint32_t sip_status) { p->sip_status = sip_status; }

static inline void imstls_i_progress_refused(imstls_i_progress *p, uint32_t sip_status) { p->refusal = sip_status; }

static inline void imstls_i_progress_tls_failed(imstls_i_progress *p, int code) { p->tls_error = code; }

#endif
