/* SPDX-License-Identifier: Apache-2.0 */
/* A channel to the P-CSCF. Trust belongs to it, never to an address. */
#ifndef IMSTLS_CLIENT_FLOW_H
#define IMSTLS_CLIENT_FLOW_H

#include <imstls/client.h>
#include <imstls/digest.h>

#include "link/keepalive.h"
#include "link/link.h"
#include "registration/record.h"

enum { ADDRESS_MAX = 8 };
enum flow_kind { FLOW_NONE = 0, FLOW_TLS, FLOW_PLAIN, FLOW_ESP };
enum flow_phase { PHASE_CLOSED = 0, PHASE_RESOLVING, PHASE_CONNECTING, PHASE_SECURING, PHASE_OPEN };

/* The addresses of the P-CSCF that is asked. */
typedef struct imstls_i_resolver {
  imstls_address addresses[ADDRESS_MAX];
  uint8_t count;
  uint8_t at;      /* the one that is tried */
  uint8_t kind;    /* enum flow_kind: what the ports that came with them are for */
  uint32_t ticket; /* number of the last question */
  bool asked;      /* the application resolves */
  bool answered;
} imstls_i_resolver;

/* Beside certificates. */
typedef struct imstls_i_offered {
  bool psk;
  bool resume;            /* a session of before */
  imstls_i_record record; /* of that session */
} imstls_i_offered;

typedef struct imstls_i_flow {
  uint8_t kind;                 /* enum flow_kind */
  uint8_t phase;                /* enum flow_phase */
  uint8_t transport;            /* IMSTLS_NET_TCP or IMSTLS_NET_UDP */
  uint8_t trust;                /* IMSTLS_TRUST_BY_... */
  bool registered;              /* a 200 was accepted on it */
  bool lowered;                 /* TLS 1.2 alone is offered: the second try after IMSTLS_ERR_TLS_PSS */
  bool psk;                     /* the PSK of the last AKA run was used */
  bool resumed;                 /* so the certificate is that of an earlier handshake */
  bool pki;                     /* chain, dates and name of the certificate were verified */
  bool no_clock;                /* they were not, because the time is unknown */
  uint16_t server_port;         /* ESP: our UDP port beside `link` */
  uint16_t peer_client_port[2]; /* ESP: the P-CSCF's client port, and that of the SAs before */
  imstls_i_link link;           /* in ESP with our server port over UDP beside it, whatever `transport` is (TS 33.203
                                 * 7.1) */
  imstls_address local, remote;
  bool has_cert;
  bool cert_is_final;    /* no handshake can put another one in its place */
  uint8_t cert_hash[32]; /* else SHA-256 of the server's certificate; the certificate itself stays with TLS */
  imstls_i_keepalive keepalive;
  imstls_i_offered offered;
  imstls_i_record record; /* the trust that may be saved with its session */
} imstls_i_flow;

void imstls_i_flow_init(imstls_client *c);
/* Begins to open `c->flow`. IMSTLS_OK, or the error that ends the registration. */
int imstls_i_flow_open(imstls_client *c, enum flow_kind kind);
/* The same over TLS, on the other flow, to the address of the one before: that stays as `c->old_flow` until the 200. */
int imstls_i_flow_switch_to_tls(imstls_client *c);
/* The same in ESP, between the protected ports of the agreement: figure 3 closes TLS afterwards. */
int imstls_i_flow_switch_to_esp(imstls_client *c);
int imstls_i_flow_start_tls(imstls_client *c);
/* Once more on a new connection to the same address, with TLS 1.2 alone. */
int imstls_i_flow_lower_tls(imstls_client *c);
void imstls_i_flow_close(imstls_i_flow *flow);

/* For flow_esp.c. The other flow takes over the buffers: the one before it. */
imstls_i_flow *imstls_i_flow_begin_switch(imstls_client *c, enum flow_kind kind);
/* What the flow's socket and our server port have in common. */
imstls_net_open imstls_i_flow_how_to_open(const imstls_client *c, const imstls_address *local);
int imstls_i_flow_open_link(imstls_client *c, const imstls_address *local);

/* One look at a flow that is not open yet. IMSTLS_OK: something was reached, see `phase` and `kind`; IMSTLS_PENDING; or
 * why it is lost. */
int imstls_i_flow_progress(imstls_client *c);
/* IMSTLS_OK: taken; IMSTLS_ERR_STATE: nobody waits for it. */
int imstls_i_flow_resolved(imstls_client *c, uint32_t ticket, const imstls_address *addresses, size_t count);
void imstls_i_flow_cancel_resolver(imstls_client *c);

/* IMSTLS_SERVICE_... of a flow that is not ESP. */
int imstls_i_flow_service(const imstls_i_flow *flow);

void imstls_i_flow_trust(imstls_client *c, int by);
void imstls_i_flow_resume(imstls_client *c);   /* the application takes messages again */
void imstls_i_flow_accepted(imstls_client *c); /* by the 200 to a REGISTER on it */
/* ESP: may a message come from there? The P-CSCF's protected ports alone: not every kernel drops what others send in
 * clear. */
bool imstls_i_flow_may_ask(const imstls_i_flow *flow, const imstls_address *from);
/* flow_esp.c. A message to the protected server port over UDP, as imstls_i_link_receive_beside; IMSTLS_END: one came
 * from another port than the P-CSCF's, which was told. */
int imstls_i_flow_receive_beside(imstls_client *c, imstls_text *message);

/* IMSTLS_CHANNEL_... */
static inline int imstls_i_flow_channel(const imstls_i_flow *flow)
{
  switch (flow->kind) {
  case FLOW_TLS: return flow->psk ? IMSTLS_CHANNEL_PSK : IMSTLS_CHANNEL_CERT;
  case FLOW_ESP: return IMSTLS_CHANNEL_IPSEC;
  default: return IMSTLS_CHANNEL_NONE;
  }
}

void imstls_i_flow_note_failure(imstls_client *c);     /* it is lost: what TLS says of that */
void imstls_i_flow_listen_for_pongs(imstls_client *c); /* after every read */
/* Keeping it alive: a ping when one is due. IMSTLS_OK, or why the flow is lost. */
int imstls_i_flow_keep_alive(imstls_client *c);
uint64_t imstls_i_flow_deadline(const imstls_client *c);

#endif
