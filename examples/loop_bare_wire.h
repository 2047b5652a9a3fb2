/* SPDX-License-Identifier: Apache-2.0 */
/* Between the client and the board's connection: what loop_bare.c and baremetal/main.c have in common. */
#ifndef LOOP_BARE_WIRE_H
#define LOOP_BARE_WIRE_H

#include <imstls/client.h>

void wire_event(imstls_client *client, const imstls_event *event); /* each one, for it is told of connections by them */
void wire_send(imstls_client *client);                             /* what the client has for the network */
void wire_receive(imstls_client *client);                          /* what the network has for it */

#endif
