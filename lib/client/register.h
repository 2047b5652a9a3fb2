/* SPDX-License-Identifier: Apache-2.0 */
/* REGISTER requests (TS 24.229 5.1.1.2, 5.1.1.4, 5.1.1.6; RFC 3329 2.3.1). */
#ifndef IMSTLS_CLIENT_REGISTER_H
#define IMSTLS_CLIENT_REGISTER_H

#include "client/client.h"

enum { CONTACT_URI_MAX = 160 }; /* "sip:" user "@" address and port ";transport=tls", and 64 octets of a setting */

imstls_text imstls_i_request_uri(const imstls_client *c);
/* What the REGISTER under way says of us, without the URI of Contact; and with it, for which `room` is. */
imstls_i_own_contact imstls_i_register_self(const imstls_client *c);
imstls_i_own_contact imstls_i_register_contact(const imstls_client *c, char room[CONTACT_URI_MAX]);
/* Our address on the flow as Via has it, and the URI of Contact; both terminated. */
enum { SENT_BY_MAX = sizeof((imstls_outbound *)0)->sent_by };
void imstls_i_put_names(const imstls_client *c, char sent_by[SENT_BY_MAX], char contact[CONTACT_URI_MAX]);
/* As imstls_client_outbound, but for preferred_identity: who stamps chooses for each message. */
int imstls_i_outbound(const imstls_client *c, imstls_outbound *out);
/* Writes one into the flow's queue, and starts its timers. IMSTLS_OK, or the error that ends the registration. */
int imstls_i_register_send(imstls_client *c, enum register_kind kind);
/* Its text. IMSTLS_OK; IMSTLS_ERR_USAGE: a part of it cannot be sent. */
int imstls_i_register_put(imstls_client *c, imstls_i_writer *w, enum register_kind kind);
/* datagram.c: what it leaves over outside TLS, IMSTLS_NET_UDP or, where it might not fit a datagram, IMSTLS_NET_TCP
 * (RFC 3261 18.1.1). */
uint8_t imstls_i_transport_for(imstls_client *c, enum register_kind kind);

#endif
