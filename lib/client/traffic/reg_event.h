/* SPDX-License-Identifier: Apache-2.0 */
/* The reg event of our registration (RFC 3680; TS 24.229 5.1.1.3, 5.1.1.5A, 5.1.1.7): what its SUBSCRIBE says, what
 * NOTIFY says, and what the registration has to do. Whatever becomes of the subscription itself, the registration does
 * not notice. Without the setting there is none, and each of these does nothing. */
#ifndef IMSTLS_CLIENT_REG_EVENT_H
#define IMSTLS_CLIENT_REG_EVENT_H

#include "client/input.h"

/* A 200 to REGISTER was accepted; `anew`: to an initial one. */
void imstls_i_reg_event_registered(imstls_client *c, bool anew);
void imstls_i_reg_event_ended(imstls_client *c); /* no registration any more */

/* `c->message`, which came on a trusted link while registered. False: it is not the subscription's. */
bool imstls_i_reg_event_take(imstls_client *c);

/* What is due by now: an input once the network has ended the registration and the answer to its NOTIFY has left. */
imstls_i_input imstls_i_reg_event_look(imstls_client *c);
/* A SUBSCRIBE to be sent. False: none. */
bool imstls_i_reg_event_request(imstls_client *c, imstls_text *request);
void imstls_i_reg_event_sent(imstls_client *c, int result); /* it was queued, or why not */

bool imstls_i_reg_event_is_ready(const imstls_client *c); /* imstls_i_reg_event_look has an input */
uint64_t imstls_i_reg_event_deadline(const imstls_client *c);

#endif
