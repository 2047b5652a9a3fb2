/* SPDX-License-Identifier: Apache-2.0 */
/* Our binding at the registrar, as the last 200 said it (TS 24.229 5.1.1.2, 5.1.1.4). */
#ifndef IMSTLS_REGISTRATION_BINDING_H
#define IMSTLS_REGISTRATION_BINDING_H

#include <imstls/sip.h>

#include "base/base.h"

typedef struct imstls_i_binding {
  bool bound;               /* we are registered, also while a refresh is under way */
  uint64_t since;           /* when this registration began */
  uint64_t until;           /* when the registrar forgets it; NEVER: there is none */
  uint64_t refresh_at;      /* NEVER: no refresh is due */
  uint32_t granted_s;       /* by the last 200 */
  uint32_t flow_timer_s;    /* Flow-Timer of the last 200; 0: none */
  uint8_t brief;            /* grants in a row that were next to nothing, over all attempts */
  char contact_user[17];    /* user part of our Contact: how we know our binding among others */
  imstls_i_buffer routes;   /* Service-Route, then P-Associated-URI */
  size_t service_route_len; /* octets of Service-Route in there */
} imstls_i_binding;

static inline void imstls_i_binding_init(imstls_i_binding *b) { b->until = b->refresh_at = NEVER; }

/* How long our binding in this 200 lives: IMSTLS_OK; IMSTLS_ERR_SIP_NOT_BOUND: a 200 that does not name it, or gives it
 * no time, has not registered us. */
int imstls_i_binding_find(const imstls_i_binding *b, const imstls_sip_message *m, uint32_t *expires_s);
/* The 200 is accepted: its binding, routes, timers. IMSTLS_OK; IMSTLS_ERR_SIP_NOT_BOUND; IMSTLS_ERR_ROUTE_TOO_LONG. */
int imstls_i_binding_take(imstls_i_binding *b, const imstls_sip_message *m, uint64_t now);
static inline void imstls_i_binding_refresh_at(imstls_i_binding *b, uint64_t at) { b->refresh_at = at; }

/* A refresh did not succeed: once more at half of what is left, or not at all when that is next to nothing. */
void imstls_i_binding_postpone(imstls_i_binding *b, uint64_t now);
void imstls_i_binding_end(imstls_i_binding *b);

bool imstls_i_binding_has_held(const imstls_i_binding *b, uint64_t now); /* long enough to count as a success */
bool imstls_i_binding_is_too_brief(const imstls_i_binding *b);           /* again and again: it is not refreshed */
imstls_text imstls_i_binding_service_route(const imstls_i_binding *b);
imstls_text imstls_i_binding_associated_uri(const imstls_i_binding *b);

#endif
