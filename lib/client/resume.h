/* SPDX-License-Identifier: Apache-2.0 */
/* A TLS session that outlives its connection carries its trust along: it is saved only once trusted, and offered again
 * only to the same server, for the same identity, under the same policy. The record holds the master secret. */
#ifndef IMSTLS_CLIENT_RESUME_H
#define IMSTLS_CLIENT_RESUME_H

#include "client/client.h"

imstls_bytes imstls_i_resume_load(imstls_client *c); /* lies in the free part of rx; empty: none that fits */
void imstls_i_resume_wipe(imstls_client *c);         /* what was loaded, once it was offered */
void imstls_i_resume_save(imstls_client *c);
void imstls_i_resume_forget(imstls_client *c);

#endif
