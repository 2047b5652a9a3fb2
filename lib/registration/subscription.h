/* SPDX-License-Identifier: Apache-2.0 */
/* Our subscription to the reg event (RFC 3680; RFC 6665 4.1; TS 24.229 5.1.1.3): one dialog, one SUBSCRIBE at a time,
 * and the verdict of what the network said in it. It lives and ends with a registration, and never touches it. */
#ifndef IMSTLS_REGISTRATION_SUBSCRIPTION_H
#define IMSTLS_REGISTRATION_SUBSCRIPTION_H

#include "registration/transaction.h"

/* Texts of the dialog, one behind the other in `texts`. */
enum dialog_text { DIALOG_IDENTITY = 0, DIALOG_TAG, DIALOG_TARGET, DIALOG_ROUTES, DIALOG_TEXTS };

/* What the registration has to do: IMSTLS_REGINFO_REREGISTER, _WAIT or _ENDED, once the answer to NOTIFY has left. */
typedef struct imstls_i_verdict {
  int32_t action;         /* 0: nothing */
  bool named;             /* retry_after_s was said */
  uint32_t retry_after_s; /* for _WAIT */
  uint64_t by;            /* no longer is waited for that answer */
} imstls_i_verdict;

typedef struct imstls_i_subscription {
  imstls_i_transaction request; /* the SUBSCRIBE under way; cseq 0: there is no dialog */
  imstls_address local;         /* where that one said that we are */
  imstls_i_buffer texts;        /* of the dialog; behind them there is room for a SUBSCRIBE */
  uint32_t len[DIALOG_TEXTS];
  uint32_t remote_cseq; /* of the last NOTIFY */
  uint32_t version;     /* of the last document */
  bool has_version;
  bool hastened;       /* due_at is sooner than the grant wants it */
  bool notified;       /* a NOTIFY came in this dialog, so that it is one (RFC 6665 4.4.1) */
  bool stranded;       /* its route did not fit: instead of a refresh there is a new dialog */
  uint8_t failures;    /* subscriptions in a row that did not hold */
  uint64_t since;      /* the dialog's beginning */
  uint64_t not_before; /* the earliest next SUBSCRIBE */
  uint64_t due_at;     /* the next SUBSCRIBE; NEVER: none */
  uint64_t until;      /* when the network forgets the subscription; NEVER: there is none */
  uint64_t notify_by;  /* when the first NOTIFY has to be here (Timer N); NEVER: nothing is waited for */
  imstls_i_verdict verdict;
} imstls_i_subscription;

/* An initial registration stands: its subscription is due. */
void imstls_i_subscription_begin(imstls_i_subscription *s, uint64_t now);
/* The registration is over, and with it the subscription. */
void imstls_i_subscription_end(imstls_i_subscription *s);

/* --- what is sent --- */

/* A SUBSCRIBE is due: the first of a dialog, or one that refreshes it. */
static inline bool imstls_i_subscription_is_due(const imstls_i_subscription *s, uint64_t now)
{
  return !s->request.open && now >= s->due_at;
}

/* Branch and CSeq of the next one, and for the first of a dialog also Call-ID, tag and whose registration it is about.
 * Runs the randomness callback. IMSTLS_OK; IMSTLS_ERR_RANDOM; IMSTLS_ERR_ROUTE_TOO_LONG: the identity does not fit. */
int imstls_i_subscription_next(imstls_i_subscription *s, const imstls_config_ports *ports, imstls_text identity);
/* All of the SUBSCRIBE but what the flow has to add (imstls_sip_stamp). Absent: it does not fit. */
imstls_text imstls_i_subscription_request(imstls_i_subscription *s);
/* It was queued. */
void imstls_i_subscription_sent(imstls_i_subscription *s, const imstls_config_timers *cfg, uint64_t now,
                                const imstls_address *local, bool reliable);
/* Timer E ran out: over UDP the same is due once more. */
static inline bool imstls_i_subscription_repeats(imstls_i_subscription *s, const imstls_config_timers *cfg,
                                                 uint64_t now)
{
  return imstls_i_transaction_repeats(&s->request, cfg, now);
}
/* It could not be queued: once more in a while. */
void imstls_i_subscription_postpone(imstls_i_subscription *s, uint64_t now);
/* A refresh as soon as the bound allows: something was missed, or we are elsewhere now. */
void imstls_i_subscription_hasten(imstls_i_subscription *s, uint64_t now);

/* --- what comes --- */

/* A response to the SUBSCRIBE under way, or to one before it. */
bool imstls_i_subscription_is_response(const imstls_i_subscription *s, const imstls_sip_message *m);
/* A NOTIFY of our dialog, or the first one, which makes it. */
bool imstls_i_subscription_is_notify(const imstls_i_subscription *s, const imstls_sip_message *m);
/* Its final response is a 2xx: for so long. */
void imstls_i_subscription_accepted(imstls_i_subscription *s, const imstls_sip_message *m, uint64_t now);
/* A refresh was refused with another status than 481, or never answered: the subscription stands as long as it was
 * granted (TS 24.229 5.1.1.3). */
void imstls_i_subscription_not_refreshed(imstls_i_subscription *s, uint64_t now);
/* May this NOTIFY count, by its CSeq (RFC 3261 12.2.2)? */
enum order { ORDER_NEW, ORDER_REPEATED, ORDER_OLD };
enum order imstls_i_subscription_order(const imstls_i_subscription *s, const imstls_sip_message *m);
/* It counts. */
void imstls_i_subscription_notified(imstls_i_subscription *s, const imstls_sip_message *m, uint64_t now);
/* The network grants so much from now on. */
void imstls_i_subscription_granted(imstls_i_subscription *s, uint32_t expires_s, uint64_t now);
/* May this document count, by its version (RFC 3680 5.2)? After a gap in partial ones a full one is asked for. */
bool imstls_i_subscription_takes(imstls_i_subscription *s, uint32_t version, bool full, uint64_t now);
void imstls_i_subscription_judged(imstls_i_subscription *s, const imstls_i_verdict *verdict);

/* The dialog is over. When does the next one follow? At once only where it had held. */
enum again { AGAIN_AT_ONCE, AGAIN_LATER, AGAIN_NOT };
typedef struct imstls_i_renewal {
  enum again again;
  bool named; /* the network said after_s */
  uint32_t after_s;
} imstls_i_renewal;
/* What a Subscription-State: terminated leads to, by its reason (RFC 6665 4.1.3). */
enum again imstls_i_subscription_again_after(imstls_text reason);
/* The same of a status that is not 2xx. */
enum again imstls_i_subscription_again_on(uint32_t status);
/* Runs the randomness callback. */
void imstls_i_subscription_over(imstls_i_subscription *s, const imstls_config *cfg, uint64_t now,
                                const imstls_i_renewal *renewal);

/* --- time --- */

/* The SUBSCRIBE was not answered. */
bool imstls_i_subscription_failed(imstls_i_subscription *s, uint64_t now);
/* Nothing is left of it: no NOTIFY ever came, or nobody refreshed it in time. */
bool imstls_i_subscription_ran_out(const imstls_i_subscription *s, uint64_t now);
uint64_t imstls_i_subscription_deadline(const imstls_i_subscription *s);

#endif
