/* SPDX-License-Identifier: Apache-2.0 */
/* What the network asks of REGISTER by 420, 421, 423, 439, 494 and by a first 401 without a list. Each is followed once
 * before the channel is trusted, when anybody can say it, and once after that. */
#ifndef IMSTLS_REGISTRATION_DEMANDS_H
#define IMSTLS_REGISTRATION_DEMANDS_H

#include <imstls/config.h>
#include <imstls/sip.h>

#include "base/base.h"

typedef struct imstls_i_demands {
  uint32_t expires_s;     /* asked: as configured, or what a 423 raised it to */
  uint32_t followed;      /* bits: what was followed once already, before trust or since */
  bool without_reg_id;    /* 439 */
  bool without_agreement; /* 420 under an optional agreement */
} imstls_i_demands;

/* Who says it. */
typedef struct imstls_i_demander {
  bool vouched; /* PKI vouches for it, or it is trusted */
  bool in_esp;
} imstls_i_demander;

/* an attempt */
static inline void imstls_i_demands_begin(imstls_i_demands *d, uint32_t expires_s)
{
  *d = (imstls_i_demands){ .expires_s = expires_s };
}

/* The application asks for another expiry from the next REGISTER on. */
static inline void imstls_i_demands_ask(imstls_i_demands *d, uint32_t expires_s) { d->expires_s = expires_s; }

/* A new Call-ID within the same attempt. */
void imstls_i_demands_restart(imstls_i_demands *d);

bool imstls_i_demands_are_in(uint32_t status); /* does this status ask to register another way? */
/* May this response be followed? IMSTLS_OK, or why not. */
int imstls_i_demands_judge(const imstls_i_demands *d, const imstls_config *cfg, const imstls_sip_message *m,
                           const imstls_i_demander *who);
void imstls_i_demands_follow(imstls_i_demands *d, const imstls_sip_message *m);
/* A first 401 without any list: once more from the start (TS 24.229 5.1.1.5.1). */
bool imstls_i_demands_may_restart(const imstls_i_demands *d);

/* The channel is about to be trusted. */
void imstls_i_demands_forget_hearsay(imstls_i_demands *d);
/* What was said ends with the channel where it was said. */
static inline void imstls_i_demands_leave_channel(imstls_i_demands *d, uint32_t expires_s) { d->expires_s = expires_s; }

/* each may be followed once more */
static inline void imstls_i_demands_accepted(imstls_i_demands *d) { d->followed = 0; }

#endif
