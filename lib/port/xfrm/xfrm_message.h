/* SPDX-License-Identifier: Apache-2.0 */
/* Netlink messages of XFRM, built into a buffer and read from one: no socket, no clock, no state. */
#ifndef IMSTLS_PORT_XFRM_MESSAGE_H
#define IMSTLS_PORT_XFRM_MESSAGE_H

#include <stdbool.h>

#include <imstls/aka.h> /* imstls_wipe */
#include <imstls/error.h>
#include <imstls/ipsec.h>

/* Room for the longest message: what the kernel says of an SA with both its keys is some 600 octets. */
enum { IMSTLS_I_XFRM_MSG_MAX = 1024 };

/* One direction of one port pair: an SA and its policy. Either address may be open, family only and port 0: then only
 * a blocking policy can be made of it. */
typedef struct imstls_i_xfrm_flow {
  imstls_address src, dst; /* with ports */
  uint32_t spi, reqid;
  bool inbound; /* as this end sees it */
} imstls_i_xfrm_flow;

/* The flows of one set, this end being `local`: pair c out, pair c in, pair s out, pair s in (TS 33.203 7.1).
 * Pair c is our client port and their server port, pair s our server port and their client port. */
void imstls_i_xfrm_flows(const imstls_ipsec_xfrm_set *set, imstls_i_xfrm_flow out[4]);

/* What may not pass in clear at our port: to it (inbound) or from it, whatever the other end. */
imstls_i_xfrm_flow imstls_i_xfrm_guard(const imstls_address *local, uint16_t port, bool inbound);

/* Can these four SAs be made of it? Families, SPIs, ports, algorithms, key lengths. */
bool imstls_i_xfrm_valid(const imstls_ipsec_sa *sa);

typedef struct imstls_i_xfrm_buffer {
  void *ptr; /* aligned as struct nlmsghdr is */
  size_t cap;
} imstls_i_xfrm_buffer;

/* Each writes one whole message and gives its length, 0 when it does not fit. `replace`: it may be there already.
 * Lifetimes count from now, in seconds; 0 is none. */
size_t imstls_i_xfrm_put_sa(imstls_i_xfrm_buffer buf, uint32_t seq, const imstls_i_xfrm_flow *flow,
                            const imstls_ipsec_sa *sa, uint64_t lifetime_s, bool replace);
size_t imstls_i_xfrm_get_sa(imstls_i_xfrm_buffer buf, uint32_t seq, const imstls_i_xfrm_flow *flow);
size_t imstls_i_xfrm_del_sa(imstls_i_xfrm_buffer buf, uint32_t seq, const imstls_i_xfrm_flow *flow);

typedef struct imstls_i_xfrm_rule {
  bool block; /* nothing passes; else what has the flow's ESP around it */
  bool replace;
  uint32_t priority;
  uint64_t lifetime_s;
} imstls_i_xfrm_rule;
size_t imstls_i_xfrm_put_policy(imstls_i_xfrm_buffer buf, uint32_t seq, const imstls_i_xfrm_flow *flow,
                                const imstls_i_xfrm_rule *rule);
size_t imstls_i_xfrm_del_policy(imstls_i_xfrm_buffer buf, uint32_t seq, const imstls_i_xfrm_flow *flow);

/* From the kernel's description of an SA: when it was added, in seconds of wall time. False: not such a message. */
bool imstls_i_xfrm_read_added(const void *message, size_t len, uint64_t *added_s);

#endif
