/* SPDX-License-Identifier: Apache-2.0 */
/* What softphone does beside holding its registration. */
#ifndef SOFTPHONE_H
#define SOFTPHONE_H

#include "phone.h"

/* --check-nonce: exit status. */
int check_nonce(const struct options *o, const struct sim *sim);

/* --send: one request. `random`: 32 digits, for what the file leaves out. 0, or EXIT_USAGE after a line on standard
 * error; without the option `out` stays NULL, which all of these take. */
struct outgoing;
int send_read(struct outgoing **out, const struct options *o, const char random[33]);
int send_now(struct outgoing *o, imstls_client *client); /* when it can be sent, once; an error of error.h */
bool send_is_answer(struct outgoing *o, const imstls_sip_message *m);
bool send_is_open(const struct outgoing *o);           /* its final answer has not come */
struct failure send_failure(const struct outgoing *o); /* why it did not do what was asked */

#endif
