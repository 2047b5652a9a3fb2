/* SPDX-License-Identifier: Apache-2.0 */
/* What the application is told. */
#ifndef IMSTLS_CLIENT_EVENT_H
#define IMSTLS_CLIENT_EVENT_H

#include "client/input.h"

imstls_event imstls_i_event(int type);
void imstls_i_tell_event(imstls_client *c, const imstls_event *event);
void imstls_i_tell(imstls_client *c, int type, int error);
void imstls_i_tell_line(imstls_client *c, int type, int error, imstls_text line);
/* The challenge that is judged or answered: IMSTLS_AUTN_..., and why it was refused. */
void imstls_i_tell_challenge(imstls_client *c, int verdict, int error);
/* The channel: IMSTLS_TRUST_BY_..., what the s_token was found to be, and why it is not trusted. */
void imstls_i_tell_trust(imstls_client *c, int trust, int s_token, int error);
/* trace.c. `message` is covered while the application looks at it, and whole again afterwards. */
void imstls_i_tell_sent(imstls_client *c, char *message, size_t len);
void imstls_i_tell_received(imstls_client *c, const imstls_sip_message *m);
void imstls_i_log(const imstls_client *c, const char *what, const char *detail);
/* The same with a number between the two. */
void imstls_i_log_code(const imstls_client *c, const char *what, int code, const char *detail);
void imstls_i_log_input(const imstls_client *c, imstls_i_input in);
imstls_text imstls_i_first_line(imstls_text message); /* without its end */

/* What the application sent does not leave any more, for this reason. */
void imstls_i_tell_unsent(imstls_client *c, imstls_text message, int error);
/* All of a queue that cannot be filled meanwhile; it is empty afterwards. */
void imstls_i_tell_queue_unsent(imstls_client *c, imstls_i_queue *queue, int error);

/* A message was passed over for this reason, IMSTLS_DROPPED_...; told, unless there were enough of them. */
void imstls_i_tell_dropped(imstls_client *c, int why, imstls_event *event);
void imstls_i_drop(imstls_client *c, int why, imstls_text line);

#endif
