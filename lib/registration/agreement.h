/* SPDX-License-Identifier: Apache-2.0 */
/* The security agreement (RFC 3329): what we offer, what the server listed, what is chosen. */
#ifndef IMSTLS_REGISTRATION_AGREEMENT_H
#define IMSTLS_REGISTRATION_AGREEMENT_H

#include <imstls/ipsec.h>
#include <imstls/secagree.h>
#include <imstls/sip.h>

#include "base/base.h"

typedef struct imstls_i_agreement {
  int mechanism;          /* IMSTLS_MECHANISM_... of the last choice; OTHER: nothing protects */
  bool has_list;          /* `list` is that of this registration */
  imstls_i_buffer offer;  /* our Security-Client */
  imstls_i_buffer list;   /* the server's list as it came: Security-Verify mirrors it */
  imstls_i_buffer judged; /* the list of the 401 that is being judged */
} imstls_i_agreement;

/* On what a list is judged. */
typedef struct imstls_i_agreement_terms {
  bool off;      /* no agreement is used */
  bool optional; /* the list may be missing: the policy allows it, and the channel protects what follows */
  bool over_tls; /* the channel that it came on */
  bool in_clear;
} imstls_i_agreement_terms;

/* Security-Client: the setting's list, with SPIs and ports of `ours` in each entry of IPsec. IMSTLS_OK;
 * IMSTLS_ERR_SECAGREE_TOO_LONG. */
int imstls_i_agreement_offer(imstls_i_agreement *a, const char *offer, const imstls_ipsec_end *ours);

/* The Security-Server list of a 401, and the choice. IMSTLS_OK; IMSTLS_ERR_SECAGREE_NONE, _MALFORMED, _TOO_LONG;
 * IMSTLS_ERR_SECAGREE_CHANGED: not the list of before (RFC 3329 2.4); IMSTLS_ERR_BID_DOWN: TLS is not in it. */
int imstls_i_agreement_judge(imstls_i_agreement *a, const imstls_sip_message *m, const imstls_i_agreement_terms *terms);
/* The judged list holds from now on. */
void imstls_i_agreement_take(imstls_i_agreement *a);
/* The server's entry that is chosen. As imstls_secagree_choose. */
int imstls_i_agreement_chosen(const imstls_i_agreement *a, imstls_mechanism *out);
static inline void imstls_i_agreement_forget(imstls_i_agreement *a)
{
  a->has_list = false;
  a->list.len = 0;
}

/* The list stays, to be compared with nothing: the next 401 brings a new one. */
static inline void imstls_i_agreement_reopen(imstls_i_agreement *a) { a->has_list = false; }

#endif
