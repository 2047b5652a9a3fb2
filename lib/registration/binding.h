/* SPDX-License-Identifier: Apache-2.0 */
/* Our binding at the registrar, as the last 200 said it (TS 24.229 5.1.1.2, 5.1.1.4). */
#ifndef IMSTLS_REGISTRATION_BINDING_H
#define IMSTLS_REGISTRATION_BINDING_H

#include <imstls/sip.h>

#include "base/base.h"

/* What a 200 says of us. */
typedef struct imstls_i_found {
  imstls_text uri;    /* where it is ours by being the only one, or the one that was taken then; else absent */
  imstls_text params; /* of our Contact */
  uint32_t expires_s;
  uint32_t odd; /* Contacts that could not be read */
} imstls_i_found;

typedef struct imstls_i_binding {
  bool bound;               /* we are registered, also while a refresh is under way */
  uint64_t since;           /* when this registration began */
  uint64_t until;           /* when the registrar forgets it; NEVER: there is none */
  uint64_t refresh_at;      /* NEVER: no refresh is due */
  uint64_t shorten_after;   /* the network may not hasten a refresh before that */
  uint32_t granted_s;       /* by the last 200 */
  uint32_t ping_s;          /* how often the last 200 wants a ping; 0: it names no time */
  bool pongs_due;           /* it said that pings are answered */
  bool outbound;            /* it said that the registrar keeps our flow (RFC 5626 6) */
  uint8_t brief;            /* grants in a row that were next to nothing, over all attempts */
  char contact_user[17];    /* user part of our Contact */
  bool barred;              /* it names identities, and the one that we registered is none of them */
  imstls_i_buffer texts;    /* of the last 200: the URI of a Contact that was ours although another one rewrote it, then
                               Service-Route, the two GRUUs, P-Associated-URI */
  size_t taken_len;         /* octets of that URI */
  size_t service_route_len; /* octets of Service-Route */
  size_t pub_gruu_len;      /* octets of the GRUU that tells whose it is; 0: none was granted */
  size_t temp_gruu_len;     /* octets of the one that does not; 0: none */
  uint32_t odd;             /* entries of these lists that could not be read */
  uint32_t left_out;        /* identities that did not fit */
  imstls_i_found found;     /* in the 200 that is judged: views into it */
} imstls_i_binding;

/* What a REGISTER said of us: how its 200 is looked through. */
typedef struct imstls_i_own_contact {
  imstls_text uri;      /* of Contact */
  const char *instance; /* +sip.instance; NULL: it was not said */
  uint32_t reg_id;      /* 0: it was not said */
  uint32_t asked_s;     /* expiry */
  imstls_text imei;     /* within the instance; no GRUU may show it */
  imstls_text impu;     /* the identity, and the home domain: a GRUU is in one of their domains */
  imstls_text domain;
} imstls_i_own_contact;

static inline void imstls_i_binding_init(imstls_i_binding *b) { b->until = b->refresh_at = NEVER; }

/* Our binding in this 200: by its URI, else by instance and reg-id, else by its user part, else, while we are not
 * bound, because it is the only Contact there, or later because it is the one that was taken then. IMSTLS_OK;
 * IMSTLS_ERR_SIP_NOT_BOUND: a 200 that does not name it, or gives it no time, has not registered us;
 * IMSTLS_ERR_ROUTE_TOO_LONG. */
int imstls_i_binding_find(imstls_i_binding *b, const imstls_i_own_contact *own, const imstls_sip_message *m);
/* The 200 in which it was found is accepted: its binding, routes, timers. The URI of `own` is not looked at. */
void imstls_i_binding_take(imstls_i_binding *b, const imstls_i_own_contact *own, const imstls_sip_message *m,
                           uint64_t now);
static inline void imstls_i_binding_refresh_at(imstls_i_binding *b, uint64_t at) { b->refresh_at = at; }

/* A refresh did not succeed: once more at half of what is left, or not at all when that is next to nothing. */
void imstls_i_binding_postpone(imstls_i_binding *b, uint64_t now);
/* The network told that the binding lives only so long from now on (TS 24.229 5.1.1.5A): refreshed as after a 200 that
 * granted it, but it hastens no more than one refresh in ten seconds, and the binding lives half a minute at least. */
void imstls_i_binding_shorten(imstls_i_binding *b, uint32_t expires_s, uint64_t now);
void imstls_i_binding_end(imstls_i_binding *b);

bool imstls_i_binding_has_held(const imstls_i_binding *b, uint64_t now); /* long enough to count as a success */
bool imstls_i_binding_is_too_brief(const imstls_i_binding *b);           /* again and again: it is not refreshed */
imstls_text imstls_i_binding_service_route(const imstls_i_binding *b);
imstls_text imstls_i_binding_associated_uri(const imstls_i_binding *b);
imstls_text imstls_i_binding_pub_gruu(const imstls_i_binding *b);
imstls_text imstls_i_binding_temp_gruu(const imstls_i_binding *b);

#endif
