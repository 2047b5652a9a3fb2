/* SPDX-License-Identifier: Apache-2.0 */
/* Which P-CSCF is asked, which one is next, and when (RFC 5626 4.5; TS 24.229 5.1.1.2.1). */
#ifndef IMSTLS_REGISTRATION_TARGET_H
#define IMSTLS_REGISTRATION_TARGET_H

#include <imstls/config.h>

#include "base/base.h"

enum { PCSCF_MAX = 8 };

typedef struct imstls_i_pcscf {
  uint64_t not_before; /* it asked for peace until then */
  const char *host;    /* in the copy of the setting */
  uint16_t port;       /* 0: the default of the flow */
  bool refused;        /* for a security reason, in this round: the others come first */
  bool named;          /* not_before is what it asked for since it was asked last */
  bool speaks_tls; /* it registered us over TLS in this network: whatever ends a connection there, it is no refusal */
} imstls_i_pcscf;

typedef struct imstls_i_target {
  imstls_i_pcscf pcscf[PCSCF_MAX];
  uint8_t count;
  uint8_t at;             /* the one that is asked */
  uint8_t tried;          /* in this round */
  uint32_t failures;      /* rounds that failed, or did not hold, in a row */
  uint32_t retry_after_s; /* what the last refusal asked for */
  bool retry_named;       /* it did, if for 0 s */
  bool obeyed;            /* a named time was taken instead of back-off; until a registration stands */
  bool quick_used;        /* the one immediate retry after a loss was used; until a registration held */
  int security_error;     /* the first since a registration stood; 0: none */
  bool fell_back;         /* figure 5: TLS was refused, and agreement in clear follows */
} imstls_i_target;

/* One to PCSCF_MAX of HOST[:PORT], IPv6 in brackets, with commas between them and spaces around them. */
bool imstls_i_target_is_list(const char *list);
/* Takes such a list apart; each host ends with a NUL then. */
void imstls_i_target_parse(imstls_i_target *t, char *list);

/* Another list, which can be taken apart, from the next attempt on: what was known of the old ones is of no use. */
void imstls_i_target_replace(imstls_i_target *t, char *list);

static inline const char *imstls_i_target_host(const imstls_i_target *t) { return t->pcscf[t->at].host; }

static inline void imstls_i_target_forget_failures(imstls_i_target *t) { t->failures = t->tried = 0; }

/* What failed or worked elsewhere says nothing of the network that the phone is in now. */
static inline void imstls_i_target_moved(imstls_i_target *t)
{
  imstls_i_target_forget_failures(t);
  for (uint8_t i = 0; i < t->count; i++)
    t->pcscf[i].speaks_tls = false;
}

/* A registration held long enough: it makes good the failures before it. */
static inline void imstls_i_target_held(imstls_i_target *t)
{
  imstls_i_target_forget_failures(t);
  t->quick_used = false;
}

static inline void imstls_i_target_spoke_tls(imstls_i_target *t) { t->pcscf[t->at].speaks_tls = true; }
static inline bool imstls_i_target_speaks_tls(const imstls_i_target *t) { return t->pcscf[t->at].speaks_tls; }

/* A registration stands: nothing is held against anybody. */
void imstls_i_target_accepted(imstls_i_target *t);
/* The one that is asked was refused for a security reason. With `now` another one takes its place at once, if there is
 * one that may be asked; NEVER: imstls_i_target_next follows. */
void imstls_i_target_refused(imstls_i_target *t, int error, uint64_t now);

/* The application begins anew. */
static inline void imstls_i_target_reset(imstls_i_target *t)
{
  imstls_i_target_moved(t);
  imstls_i_target_held(t);
  imstls_i_target_accepted(t);
  t->fell_back = false;
}

/* An attempt. */
static inline void imstls_i_target_begin(imstls_i_target *t)
{
  t->retry_after_s = 0;
  t->retry_named = t->pcscf[t->at].named = false;
}

static inline void imstls_i_target_fall_back(imstls_i_target *t) { t->fell_back = true; }

/* The next attempt begins with TLS again. */
static inline void imstls_i_target_end_fallback(imstls_i_target *t) { t->fell_back = false; }

static inline void imstls_i_target_use_quick(imstls_i_target *t) { t->quick_used = true; }

static inline void imstls_i_target_retry_after(imstls_i_target *t, uint32_t seconds)
{
  t->retry_after_s = seconds;
  t->retry_named = true;
}

/* May another one be asked now that had no turn in this round? */
bool imstls_i_target_has_other(const imstls_i_target *t, uint64_t now);

typedef struct imstls_i_turn {
  uint64_t wait_ms; /* before the next one is asked */
  bool round_ended; /* each one had its turn */
} imstls_i_turn;

/* After the failure `why`: the next one. Runs the randomness callback.
 * IMSTLS_OK; the attempts are used up: the first security error since a registration stood, else `why`;
 * IMSTLS_ERR_RANDOM. */
int imstls_i_target_next(imstls_i_target *t, const imstls_config *cfg, uint64_t now, int why, imstls_i_turn *turn);
/* The registrar ended the registration, whichever P-CSCF it came by: the same one is asked again after the time that
 * was named (imstls_i_target_retry_after), or after back-off, which is a floor under it where the registration had not
 * `held`. As imstls_i_target_next. */
int imstls_i_target_pause(imstls_i_target *t, const imstls_config *cfg, int why, bool held, imstls_i_turn *turn);
uint64_t imstls_i_backoff_ms(uint64_t base_ms, uint64_t max_ms, uint32_t failures, uint32_t random);

#endif
