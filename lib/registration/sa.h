/* SPDX-License-Identifier: Apache-2.0 */
/* The registration's security associations (TS 33.203 7). */
#ifndef IMSTLS_REGISTRATION_SA_H
#define IMSTLS_REGISTRATION_SA_H

#include <imstls/aka.h>
#include <imstls/ipsec.h>
#include <imstls/secagree.h>

#include "base/base.h"

typedef struct imstls_i_sa {
  imstls_ipsec_sa sa; /* of the agreement under way; its keys are wiped once they are installed */
  uint32_t id;        /* installed and in use; 0: none */
  uint32_t old_id;    /* the one that it replaces, until the 200; 0: none */
  bool reserved;      /* sa.ours is reserved and not installed */
} imstls_i_sa;

/* Fresh SPIs and ports for an offer. Our server port stays. IMSTLS_OK; IMSTLS_ERR_IPSEC. */
int imstls_i_sa_reserve(imstls_i_sa *s, const imstls_ipsec *ipsec, const imstls_address *ue,
                        const imstls_address *pcscf);
/* The peer's SPIs, ports and algorithms out of the chosen entry. IMSTLS_OK; IMSTLS_ERR_SECAGREE_MALFORMED. */
int imstls_i_sa_take(imstls_i_sa *s, const imstls_mechanism *chosen);
/* From CK and IK. IMSTLS_OK; IMSTLS_ERR_UNSUPPORTED: they are no octets; IMSTLS_ERR_IPSEC. */
int imstls_i_sa_install(imstls_i_sa *s, const imstls_ipsec *ipsec, const imstls_aka_result *aka);
/* The 200 is here: the old ones go when the new ones are in use, and all live as long as the registration. */
void imstls_i_sa_keep(imstls_i_sa *s, const imstls_ipsec *ipsec, uint32_t granted_s, bool in_use);
void imstls_i_sa_drop(imstls_i_sa *s, const imstls_ipsec *ipsec);
/* What Security-Client says of our end (TS 33.203 7.2). */
void imstls_i_sa_put_end(imstls_i_writer *w, const imstls_ipsec_end *ours);

#endif
