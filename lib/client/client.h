/* SPDX-License-Identifier: Apache-2.0 */
/* The client: what it is made of. Each part is written by the file of its own name alone; everybody may read it. */
#ifndef IMSTLS_CLIENT_CLIENT_H
#define IMSTLS_CLIENT_CLIENT_H

#include <imstls/client.h>

#include "client/feed.h"
#include "client/flow.h"
#include "client/traffic/sending.h"
#include "client/served.h"
#include "client/setup/settings.h"
#include "link/link.h"
#include "registration/agreement.h"
#include "registration/authentication.h"
#include "registration/binding.h"
#include "registration/credentials.h"
#include "registration/demands.h"
#include "registration/progress.h"
#include "registration/sa.h"
#include "registration/stats.h"
#include "registration/subscription.h"
#include "registration/target.h"
#include "registration/transaction.h"
#include "registration/usim.h"

/* The public call that is under way. */
typedef struct imstls_i_call {
  bool inside;      /* it runs callbacks */
  bool free_wanted; /* asked for from one of them: done when the call ends */
  bool stop_wanted;
} imstls_i_call;

/* The memory of the whole client. */
typedef struct imstls_i_block {
  size_t len; /* octets, to be wiped */
  bool heap;  /* it came from imstls_i_calloc */
} imstls_i_block;

/* What is looked at most stands first: a small offset is a short instruction. */
struct imstls_client {
  imstls_i_flow *flow;        /* REGISTERs go here, and everything once registered */
  imstls_i_flow *old_flow;    /* what `flow` replaces, until its 200 */
  imstls_i_serving *serving;  /* NULL: the network opens no connection to us */
  imstls_i_link *from;        /* the link that `message` came on; NULL: none is judged */
  imstls_i_progress progress; /* where the registration stands */
  imstls_i_wire wire;         /* what the links share; `now` is everybody's clock */
  imstls_i_call call;

  imstls_i_demands demands;               /* what the network made of the REGISTER under way */
  imstls_i_agreement agreement;           /* RFC 3329 */
  imstls_i_binding binding;               /* at the registrar */
  imstls_i_credentials credentials;       /* what was made of the USIM's answer */
  imstls_i_transaction transaction;       /* the REGISTER under way */
  imstls_i_target target;                 /* which P-CSCF */
  imstls_i_aka_run run;                   /* the USIM's answer */
  imstls_i_sa sa;                         /* IPsec */
  imstls_i_authentication authentication; /* the challenge, and what bounds challenges */
  imstls_i_stats stats;                   /* what is counted */
  imstls_i_sending sending;               /* messages of the application on their way out */

  imstls_i_subscription *subscription; /* to the reg event; NULL: the settings want none */

  imstls_i_resolver resolver;
  imstls_i_flow flows[2];
  imstls_i_feed feed;         /* the network without sockets */
  imstls_sip_message message; /* the one that is judged; it lies in rx of `from`; see stamping.c */

  imstls_usim usim; /* the ports, as far as their makers know them */
  imstls_net net;
  imstls_tls tls;
  imstls_ipsec ipsec;
  imstls_i_settings settings; /* what of `cfg` may change */
  imstls_config cfg;          /* with its defaults filled in; strings lie in this block */
  imstls_i_block block;
};

/* The application said stop or free from a callback. */
static inline bool imstls_i_is_ending(const imstls_client *c) { return c->call.stop_wanted || c->call.free_wanted; }

static inline bool imstls_i_is_trusted(const imstls_client *c) { return c->binding.bound && c->flow->trust; }

/* What the application sent may leave: on no channel but one that is trusted and where a registration stands. */
static inline bool imstls_i_is_open_to_application(const imstls_client *c)
{
  return imstls_i_is_trusted(c) && c->flow->phase == PHASE_OPEN && c->flow->registered;
}

/* It may send more: not once a deregistration began. */
static inline bool imstls_i_application_may_send(const imstls_client *c)
{
  return imstls_i_is_open_to_application(c) && !c->progress.deregisters && !imstls_i_is_ending(c);
}

#endif
