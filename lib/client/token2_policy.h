/* SPDX-License-Identifier: Apache-2.0 */
/* The stronger token pair, where the policy asks for it (token.h). */
#ifndef IMSTLS_CLIENT_TOKEN2_POLICY_H
#define IMSTLS_CLIENT_TOKEN2_POLICY_H

#include "client/client.h"

/* Presence alone: before the card is asked. IMSTLS_OK; IMSTLS_ERR_S_TOKEN2_MISSING. */
int imstls_i_token2_fits(imstls_client *c);
/* Judges s_token2 and makes c_token2, or leaves it empty where none is due. */
int imstls_i_token2_check(imstls_client *c, imstls_i_tokens *tokens);
/* A first success is remembered where the policy pins. */
void imstls_i_token2_pin(imstls_client *c);

#endif
