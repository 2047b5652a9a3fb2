/* SPDX-License-Identifier: Apache-2.0 */
/* The part over c-ares: what it holds, and who does what with it. */
#ifndef IMSTLS_PORT_CARES_PART_H
#define IMSTLS_PORT_CARES_PART_H

#include "port/cares/records.h"

#if defined(IMSTLS_WITH_CARES)

#include <sys/select.h> /* for ares.h */

#define CARES_NO_DEPRECATED 1 /* of c-ares 1.34, which keeps what 1.18 has */
#include <ares.h>

#include <imstls/cares.h>
#include <imstls/error.h>

enum { ADDRESSES = 8, SOCKETS = ARES_GETSOCK_MAXNUM, QUESTIONS = 24, READS = 32 };

typedef struct imstls_i_dns_socket {
  int fd; /* -1: free */
  uint32_t generation;
} imstls_i_dns_socket;

/* One name. */
typedef struct imstls_i_lookup {
  bool busy;
  uint32_t request;
  int32_t service;
  uint64_t deadline;
  uint32_t asked; /* questions so far */
  bool decided;   /* there are SRV records: what they say counts, and no other address of the name */
  bool by_name;   /* the addresses of the name itself are what is left to ask for */
  char host[DNS_NAME_MAX + 1];
  imstls_i_naptr naptr[NAPTR_MAX];
  size_t naptr_count, naptr_at;
  bool asked_srv; /* where there is no NAPTR record */
  imstls_i_srv srv[SRV_MAX];
  size_t srv_count, srv_at;
  uint16_t port; /* of the addresses that are asked for; 0: the default */
  imstls_address addresses[ADDRESSES];
  size_t count;
} imstls_i_lookup;

struct imstls_cares {
  imstls_cares_config config; /* its texts lie behind it here */
  char servers[256], interface_name[16];
  ares_channel channel; /* NULL: nothing is under way */
  imstls_i_dns_socket sockets[SOCKETS];
  uint32_t generation;
  uint32_t reads;          /* in this call */
  imstls_i_lookup *lookup; /* what is asked, 16 KiB and more; NULL: nothing is */
};

/* ---- channel.c: sockets ---- */

/* With the servers of this moment. IMSTLS_OK; IMSTLS_ERR_MEMORY; IMSTLS_ERR_CONFIG: the servers cannot be read;
 * IMSTLS_ERR_RESOLVE. */
int imstls_i_channel_open(imstls_cares *part);
/* What is still asked ends with ARES_EDESTRUCTION. Never from within an answer. */
void imstls_i_channel_close(imstls_cares *part);
size_t imstls_i_channel_waits(const imstls_cares *part, imstls_wait out[SOCKETS]);
void imstls_i_channel_process(imstls_cares *part);
/* Is there a route to it? Nothing is sent. */
bool imstls_i_channel_has_route(imstls_cares *part, const imstls_address *to);

/* ---- lookup.c: from a name to addresses ---- */

/* False: no question can be asked of this name. */
bool imstls_i_lookup_begin(imstls_cares *part, const imstls_net_query *query);
void imstls_i_lookup_end(imstls_cares *part); /* answers that come now count no more */

#endif
#endif
