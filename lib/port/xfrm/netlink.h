/* SPDX-License-Identifier: Apache-2.0 */
/* A netlink socket for XFRM, open for one callback, and what an offer takes over it. */
#ifndef IMSTLS_PORT_XFRM_NETLINK_H
#define IMSTLS_PORT_XFRM_NETLINK_H

#include "port/xfrm/xfrm_message.h"

typedef struct imstls_i_xfrm_link {
  void *socket; /* struct mnl_socket */
  uint32_t seq;
  uint64_t message[IMSTLS_I_XFRM_MSG_MAX / 8]; /* aligned for netlink */
} imstls_i_xfrm_link;

/* Each returns 0 or an errno. */
int imstls_i_xfrm_open(imstls_i_xfrm_link *l);
/* Sends the message of `len` octets that lies in the link; 0 octets: it did not fit. */
int imstls_i_xfrm_talk(imstls_i_xfrm_link *l, size_t len);
/* ESRCH: no such SA. */
int imstls_i_xfrm_ask(imstls_i_xfrm_link *l, const imstls_i_xfrm_flow *flow, uint64_t *added_s);
void imstls_i_xfrm_close(imstls_i_xfrm_link *l); /* wipes the message */

static inline imstls_i_xfrm_buffer imstls_i_xfrm_buf(imstls_i_xfrm_link *l)
{
  return (imstls_i_xfrm_buffer){ l->message, sizeof l->message };
}

/* Two SPIs and two ports that neither the part nor the system uses. 0 or an errno. `out` may be half written. */
int imstls_i_xfrm_take(const imstls_ipsec_xfrm_part *part, const imstls_address *local, uint16_t keep_port_s,
                       imstls_ipsec_end *out);

#endif
