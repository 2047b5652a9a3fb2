/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that arrive: matched with the REGISTER under way, or dealt with as requests. */
#ifndef IMSTLS_CLIENT_INCOMING_H
#define IMSTLS_CLIENT_INCOMING_H

#include "client/input.h"

/* Sends what waits and reads what came on the open flow, up to the first input for the table. */
imstls_i_input imstls_i_incoming(imstls_client *c);
void imstls_i_incoming_done(imstls_client *c); /* its message was dealt with */
/* IMSTLS_OK: nothing waits any more that may leave; IMSTLS_WANT_WRITE; IMSTLS_PENDING: the budget is used up; or why
 * the link has ended. */
int imstls_i_write_out(imstls_client *c, imstls_i_link *link);
/* The same on the connection that the network opened: nothing that comes there is an input. */
void imstls_i_incoming_served(imstls_client *c);

#endif
