/* SPDX-License-Identifier: Apache-2.0 */
/* How an attempt, a registration or everything ends. The actions are as those of actions.h. */
#ifndef IMSTLS_CLIENT_ENDINGS_H
#define IMSTLS_CLIENT_ENDINGS_H

#include "client/client.h"

int imstls_i_left(imstls_client *c, int error);
int imstls_i_lost(imstls_client *c, int error);
int imstls_i_moved(imstls_client *c, int error);
int imstls_i_retry(imstls_client *c, int error);
int imstls_i_refuse(imstls_client *c, int error);
int imstls_i_gave_back(imstls_client *c, int error);
int imstls_i_pause(imstls_client *c, int error); /* pause.c */

/* What is told of a registration that ends, and kept for the next one. */
void imstls_i_end_registration(imstls_client *c, int error);
/* Nothing is left but to wait for the next turn; told, unless it `ended`, the result, that there is one. */
int imstls_i_wait_turn(imstls_client *c, int error, const imstls_i_turn *turn, int ended);

void imstls_i_abort(imstls_client *c, int error); /* an action has failed: the end */
void imstls_i_halt(imstls_client *c);             /* the end, without a word to anybody */
bool imstls_i_is_ours(int error);                 /* it ends the registration; any other ends the attempt */

void imstls_i_wipe_keys(imstls_client *c);
void imstls_i_drop_everything(imstls_client *c);
void imstls_i_tell_refusal(imstls_client *c, int error);

#endif
