/* SPDX-License-Identifier: Apache-2.0 */
/* The registration's security associations (TS 33.203 7). Without an IPsec callback these do nothing. */
#ifndef IMSTLS_CLIENT_IPSEC_H
#define IMSTLS_CLIENT_IPSEC_H

#include "client/client.h"

int imstls_i_ipsec_offer(imstls_client *c);  /* Security-Client with fresh SPIs and ports */
int imstls_i_ipsec_take(imstls_client *c);   /* the peer's SPIs and ports out of the chosen entry */
int imstls_i_ipsec_switch(imstls_client *c); /* SAs from CK and IK, then the flow in ESP */
void imstls_i_ipsec_keep(imstls_client *c);  /* the 200 is here: lifetime, old ones go */
void imstls_i_ipsec_drop(imstls_client *c);

#endif
