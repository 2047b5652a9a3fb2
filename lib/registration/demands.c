/* SPDX-License-Identifier: Apache-2.0 */
#include "registration/demands.h"

enum { EXPIRES_RAISED_MAX_S = 2592000 /* 30 days: a 423 raises what we ask no further */ };
enum {
  FOLLOWED_420 = 1,
  FOLLOWED_421 = 2,
  FOLLOWED_423 = 4,
  FOLLOWED_439 = 8,
  FOLLOWED_494 = 16,
  FOLLOWED_NO_LIST = 32
};

void imstls_i_demands_restart(imstls_i_demands *d)
{
  uint32_t followed = d->followed | FOLLOWED_NO_LIST;
  imstls_i_demands_begin(d, d->expires_s); /* said on this channel, and it would not be followed again */
  d->followed = followed;
}

/* 0: this status asks for nothing that can be followed. */
static uint32_t followed_bit(uint32_t status)
{
  switch (status) {
  case 420: return FOLLOWED_420;
  case 421: return FOLLOWED_421;
  case 423: return FOLLOWED_423;
  case 439: return FOLLOWED_439;
  case 494: return FOLLOWED_494;
  default: return 0;
  }
}

/* 305 is a demand too, and followed by nobody: the P-CSCF was named by the application. */
bool imstls_i_demands_are_in(uint32_t status) { return followed_bit(status) || status == 305; }

/* Below what we asked it changes nothing; above the bound nobody gets us. */
static bool expires_fit(const imstls_i_demands *d, const imstls_sip_message *m)
{
  uint32_t least;
  if (imstls_sip_number(m->first[IMSTLS_HDR_MIN_EXPIRES], &least))
    return false;
  return least <= d->expires_s || least <= EXPIRES_RAISED_MAX_S;
}

/* Without agreement only where its list may be missing too: PKI vouches for whoever says so, or the channel is trusted.
 * In clear there would be nothing to agree on. */
static bool may_drop_agreement(const imstls_config *cfg, const imstls_i_demander *who)
{
  return cfg->policy.sec_agree == IMSTLS_SEC_AGREE_OPTIONAL && who->vouched;
}

int imstls_i_demands_judge(const imstls_i_demands *d, const imstls_config *cfg, const imstls_sip_message *m,
                           const imstls_i_demander *who)
{
  uint32_t bit = followed_bit(m->status);
  bool agreement = m->status == 421 || m->status == 494;
  int refusal = agreement ? IMSTLS_ERR_SECAGREE_LOOP : IMSTLS_ERR_SIP_REJECTED;
  bool again = (d->followed & bit) != 0;
  if (!bit || again || who->in_esp)
    return refusal;
  if (agreement && cfg->policy.sec_agree == IMSTLS_SEC_AGREE_OFF)
    return IMSTLS_ERR_SECAGREE_NONE;
  if (m->status == 420 && !may_drop_agreement(cfg, who))
    return refusal; /* the only extension we require is the one that protects us */
  if (m->status == 439 && !cfg->device.reg_id)
    return refusal;
  if (m->status == 423 && !expires_fit(d, m))
    return refusal;
  return IMSTLS_OK;
}

/* RFC 3261 10.2.8: it may be raised, and is never lowered. */
static void raise_expires(imstls_i_demands *d, const imstls_sip_message *m)
{
  uint32_t least = 0;
  (void)imstls_sip_number(m->first[IMSTLS_HDR_MIN_EXPIRES], &least);
  if (least > d->expires_s)
    d->expires_s = least;
}

void imstls_i_demands_follow(imstls_i_demands *d, const imstls_sip_message *m)
{
  d->followed |= followed_bit(m->status);
  if (m->status == 420)
    d->without_agreement = true;
  if (m->status == 423)
    raise_expires(d, m);
  if (m->status == 439)
    d->without_reg_id = true;
}

bool imstls_i_demands_may_restart(const imstls_i_demands *d) { return !(d->followed & FOLLOWED_NO_LIST); }

/*
 * What the network made of our REGISTER before it was trusted. Until then anybody on the way could say it, so nothing
 * of it is in SM7 or later, but for what the peer that is trusted now has said itself:
 *
 * - Expires (423): stays when it was said on this channel, inside the TLS that the token, the PKI or the PSK vouches
 *   for; it only ever grew, to EXPIRES_RAISED_MAX_S at most. Said in clear, or before the SAs, it ended with that
 *   channel (imstls_i_demands_leave_channel).
 * - reg-id (439): is back. One forged answer would take the flow's failover away for the whole registration; a
 *   registrar that means it says so to SM7 again, at the price of one more challenge.
 * - agreement (420): was dropped only at the word of whom PKI vouches for (may_drop_agreement), which is no hearsay.
 *
 * Each may be followed once more: the trusted peer has not been heard yet.
 */
void imstls_i_demands_forget_hearsay(imstls_i_demands *d)
{
  d->without_reg_id = false;
  d->followed = 0;
}
