/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the trusted, registered links that are not the registration's: to the application, or answered
 * sensibly. */
#ifndef IMSTLS_CLIENT_REQUEST_H
#define IMSTLS_CLIENT_REQUEST_H

#include "client/client.h"

/* `c->message`, which came on `c->from`: a request, or a response that is not the registration's. */
void imstls_i_request(imstls_client *c);
/* A message on `c->from`, or the front part of one, that cannot be read: answered where an answer is due and can be
 * made. */
void imstls_i_odd_message(imstls_client *c, imstls_text front, int why);

#endif
