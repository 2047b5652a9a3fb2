/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of the flow: what is offered, and what the handshake showed. */
#ifndef IMSTLS_CLIENT_SECURE_H
#define IMSTLS_CLIENT_SECURE_H

#include "client/client.h"

const char *imstls_i_server_name(const imstls_client *c); /* whom the server has to be: a name, or an IP literal */
imstls_text imstls_i_sni(const imstls_client *c);         /* what TLS tells it of that (RFC 6066 3); empty: nothing */
/* Begins a session on the flow. `offered` is written. IMSTLS_OK, or why there is none. */
int imstls_i_secure_begin(imstls_client *c, imstls_i_offered *offered);
/* Judges what the handshake showed. IMSTLS_OK, or why this session is not fit. */
int imstls_i_secure_judge(const imstls_i_flow *flow, const imstls_tls_facts *facts);

/* Negative: unknown. */
static inline int64_t imstls_i_wall_s(const imstls_client *c)
{
  return c->cfg.ports.wall_s ? c->cfg.ports.wall_s(c->cfg.ports.clock_user) : -1;
}
/* The server's certificate, DER, borrowed from TLS until its next call; empty: there is none, or not the one of the
 * handshake any more. */
imstls_bytes imstls_i_server_cert(imstls_client *c);

#endif
