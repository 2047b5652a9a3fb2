/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of the flow: what is offered, and what the handshake showed. */
#ifndef IMSTLS_CLIENT_SECURE_H
#define IMSTLS_CLIENT_SECURE_H

#include "client/client.h"

const char *imstls_i_server_name(const imstls_client *c); /* NULL: none is sent */
/* Begins a session on the flow. IMSTLS_OK, or why there is none. */
int imstls_i_secure_begin(imstls_client *c, bool *offered_resume, bool *offered_psk);
/* Judges what the handshake showed. IMSTLS_OK, or why this session is not fit. */
int imstls_i_secure_judge(const imstls_i_flow *flow, const imstls_tls_facts *facts);

#endif
