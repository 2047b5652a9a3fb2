/* SPDX-License-Identifier: Apache-2.0 */
/* The question to the USIM that is under way, and its answer. */
#ifndef IMSTLS_REGISTRATION_USIM_H
#define IMSTLS_REGISTRATION_USIM_H

#include <imstls/aka.h>
#include <imstls/usim.h>

#include "base/base.h"

typedef struct imstls_i_aka_run {
  imstls_aka_result result; /* RES, CK and IK: wiped as soon as they were used */
  uint32_t ticket;          /* number of the last question */
  int error;                /* why there is no result */
  bool asked;               /* the USIM is at work */
  bool answered;            /* and its answer was not looked at yet */
} imstls_i_aka_run;

/* The answer may come within the call, or later by imstls_i_aka_done. */
void imstls_i_aka_ask(imstls_i_aka_run *run, const imstls_usim *usim, const uint8_t rand[16], const uint8_t autn[16]);
/* IMSTLS_OK: taken; IMSTLS_ERR_STATE: nobody waits for it. */
int imstls_i_aka_done(imstls_i_aka_run *run, uint32_t ticket, int error, const imstls_aka_result *result);
/* Why the answer is of no use, or IMSTLS_OK; it was looked at now. */
int imstls_i_aka_look(imstls_i_aka_run *run);
void imstls_i_aka_cancel(imstls_i_aka_run *run, const imstls_usim *usim);
void imstls_i_aka_wipe(imstls_i_aka_run *run);

#endif
