/* SPDX-License-Identifier: Apache-2.0 */
/* What a build may leave out (lib/features.mk): a file each, and lib/without/ has what stands there instead. */
#ifndef IMSTLS_CLIENT_OPTIONAL_H
#define IMSTLS_CLIENT_OPTIONAL_H

#include "client/client.h"

/* psk.c. Adds the key of the answer that is held, CK and IK, to what is offered. IMSTLS_OK, also where none is offered;
 * IMSTLS_ERR_USIM; IMSTLS_ERR_UNSUPPORTED: the keys are no octets; IMSTLS_ERR_INTERNAL. */
enum { IMSTLS_I_PSK_IDENTITY_MAX = 128 };
int imstls_i_psk_offer(imstls_client *c, imstls_tls_open *how, char identity[IMSTLS_I_PSK_IDENTITY_MAX], uint8_t *psk);

/* saved_session.c. The session that may be resumed now, in the free part of the receive buffer; empty: none
 * that fits. */
imstls_bytes imstls_i_session_load(imstls_client *c, imstls_i_record *record);
void imstls_i_session_wipe(imstls_client *c, imstls_bytes session); /* once it was offered */
void imstls_i_session_save(imstls_client *c);                       /* after a 200 */
void imstls_i_session_forget(imstls_client *c);

/* strong_token.c. IMSTLS_OK; IMSTLS_ERR_S_TOKEN2_MISSING; IMSTLS_ERR_STORAGE. */
int imstls_i_token2_presence(const imstls_client *c);
/* Presence and value of s_token2. */
int imstls_i_token2_judge(imstls_client *c, imstls_i_tokens *tokens);
void imstls_i_token2_pin(imstls_client *c);

#endif
