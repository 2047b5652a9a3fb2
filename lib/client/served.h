/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that the network opens to us. */
#ifndef IMSTLS_CLIENT_SERVED_H
#define IMSTLS_CLIENT_SERVED_H

#include "client/client.h"

void imstls_i_served_init(imstls_client *c);
void imstls_i_served_key(imstls_client *c);   /* after each AKA run, before its keys are wiped */
void imstls_i_served_start(imstls_client *c); /* registered */
void imstls_i_served_stop(imstls_client *c);
bool imstls_i_served_work(imstls_client *c); /* true: there is more to do now */
int imstls_i_served_send(imstls_client *c, const char *message, size_t len);
size_t imstls_i_served_waits(const imstls_client *c, imstls_wait out[3]);

#endif
