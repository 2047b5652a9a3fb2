/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway: SIP clients of this machine on one side, the registered flow on the other. What a client sends is made
 * fit for the network and the other way round (gateway_text.c); what waits for an answer is kept (gateway_table.c), so
 * that either side sees each request once; gateway_out.c and gateway_in.c say what becomes of each message. */
#ifndef GATEWAY_H
#define GATEWAY_H

#include <netinet/in.h>

#include "phone.h"

enum {
  MESSAGE_MAX = 16384,           /* octets from either side, as the library takes by default; beyond it 513 */
  TEXT_MAX = MESSAGE_MAX + 2048, /* with what is added here */
  QUEUE_LEN = 4 * TEXT_MAX,      /* what waits for the network */
  URI_MAX = 256,                 /* of a client's Contact */
  T1_MS = 500,
  T2_MS = 4000,                /* RFC 3261 17.1.1.1 */
  TRANSACTION_MS = 64 * T1_MS, /* its timers B, D, F, H, J, L */
  RINGING_MS = 240000,         /* timer C: more than three minutes from the last provisional response */
  RETRY_AFTER_S = 5
};

/* ---- where a client is ---- */

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
};

struct peer {
  union address from; /* its messages came from there */
  bool tcp;
  uint16_t port;       /* where it listens, as its Via says: the way to it once the connection has ended */
  unsigned connection; /* number of that, from 1 */
};

/* ---- sockets (gateway_socket.c) ---- */

struct sockets;
enum taken { TAKEN_WHOLE, TAKEN_TOO_LONG, TAKEN_UNREADABLE, TAKEN_NOT_SIP, TAKEN_TOO_MANY, TAKEN_UNREACHED };
/* A message, or of what is none the front part, and then the connection is closed or the rest is passed over. */
typedef void take_fn(void *user, const struct peer *from, imstls_text text, enum taken taken);
int sockets_open(struct sockets **sockets, union address *at); /* port 0: becomes a free one; 0, or EXIT_... */
size_t sockets_wait(struct sockets *s, struct waiting *all);   /* at most SIM_OWN_FDS */
uint64_t sockets_due(const struct sockets *s);                 /* when sockets_turn has something to do; 0: never */
void sockets_turn(struct sockets *s, const struct waiting *all, size_t count, take_fn *take, void *user);
bool sockets_send(struct sockets *s, const struct peer *to, const char *text, size_t len);
void sockets_close(struct sockets *s);
bool address_parse(const char *text, union address *out); /* ADDR:PORT */
void address_format(const union address *address, char out[64]);
bool address_is_loopback(const union address *address);
bool address_is_any(const union address *address);
uint16_t address_port(const union address *address);
void address_set_port(union address *address, uint16_t port);
socklen_t address_len(const union address *address);
bool address_same_host(const union address *a, const union address *b);

/* ---- what the other side is to see (gateway_text.c) ---- */

struct own {                       /* how the clients know us */
  char host_port[64];              /* ADDR:PORT */
  char over_udp[96], over_tcp[96]; /* URI for Record-Route */
  const char *domain;              /* of the home network: what stands for us in a Request-URI */
};

struct change {
  imstls_text uri;          /* Request-URI; ptr NULL: as it is, or the home domain in our place */
  const char *via;          /* a field to go on top; NULL: none */
  bool take_via;            /* the topmost is ours */
  const char *first, *last; /* Record-Route of ours, before or after those that are there; NULL: none */
  bool take_own;            /* our entries in Route and Record-Route */
  bool hop;                 /* one less in Max-Forwards */
  bool take_credentials;    /* they are meant for us */
};
/* False: it does not fit. */
bool text_change(const imstls_sip_message *m, const struct own *own, const struct change *change, char *out, size_t cap,
                 size_t *len);
/* Where it came from, in its topmost Via (RFC 3261 18.2.1, RFC 3581 4). */
bool text_arrived(const imstls_sip_message *m, const struct peer *from, char *out, size_t cap, size_t *len);
/* A response without a body, to a request or in the place of another response to it. */
bool text_answer(const imstls_sip_message *m, const char *status_line, const char *tag, const char *extra, char *out,
                 size_t cap, size_t *len);
bool text_is(imstls_text text, const char *word); /* with case, as methods are */
bool text_is_own(const struct own *own, imstls_text uri, bool *user);
bool text_tag(imstls_text address, imstls_text *tag); /* false: none */
bool text_contact(const imstls_sip_message *m, imstls_text *uri);
uint32_t text_hops(const imstls_sip_message *m); /* Max-Forwards */

/* ---- what waits for an answer, and who is who (gateway_table.c) ---- */

enum { KEY_LEN = 16 };
struct key {
  uint8_t octets[KEY_LEN];
};
/* Of branch and sent-by of the topmost Via, and of the method (RFC 3261 17.2.3). False: no branch of RFC 3261. */
bool key_of_request(const imstls_sip_message *m, const char *method, struct key *out);
bool key_of_dialog(const imstls_sip_message *m, imstls_text tag, struct key *out);

enum { TRANSACTIONS = 128, DIALOGS = 128 };
enum direction { OUT, IN };

struct transaction {
  bool used;
  enum direction direction;
  bool invite;
  bool acked;      /* and the ACK to a refusal went through */
  bool owed;       /* the text is for the network, and waits for it */
  bool ours;       /* the final response was made here, and its ACK ends here */
  uint32_t status; /* of the last response; 0: none */
  struct key key;
  char branch[64];             /* of our Via towards the client, direction IN; of its own, OUT */
  struct peer peer;            /* the client */
  char contact[URI_MAX];       /* and its name, direction IN */
  uint64_t repeat_at, ends_at; /* 0: not repeated */
  unsigned interval_ms;
  uint64_t used_at;
  size_t len;
  char line[96];       /* its start line, to be told */
  char text[TEXT_MAX]; /* what would be sent again: the request, then the last response, then the ACK to it */
};

struct transactions {
  struct transaction all[TRANSACTIONS];
};
struct transaction *transaction_find(struct transactions *t, enum direction direction, const struct key *key);
struct transaction *transaction_by_branch(struct transactions *t, imstls_text branch, bool cancel);
struct transaction *transaction_new(struct transactions *t, enum direction direction, const struct key *key,
                                    uint64_t now);
bool transaction_is_over(const struct transaction *t);

/* A client in a dialog, found again by what the network calls it. Forgotten ones go to the registered client. */
struct dialog {
  struct key key;
  uint64_t used_at; /* 0: free */
  struct peer peer;
  char contact[URI_MAX];
};
struct dialog *dialog_find(struct dialog all[DIALOGS], const struct key *key);
void dialog_note(struct dialog all[DIALOGS], const struct key *key, const struct peer *peer, imstls_text contact,
                 uint64_t now);

/* ---- the whole ---- */

struct binding {
  char contact[URI_MAX]; /* empty: nobody */
  struct peer peer;
  uint64_t until;
};

struct digest;
struct gateway {
  struct phone phone;
  struct sockets *sockets;
  struct digest *digest; /* of --sip-user; NULL: everybody may */
  struct own own;
  struct binding client;
  uint64_t registered_until; /* 0: not registered */
  unsigned branches, refused, refused_told;
  uint64_t refused_second;
  char secret[33], tag[33]; /* nobody can guess our branches */
  struct transactions transactions;
  struct dialog dialogs[DIALOGS];
};

/* gateway_out.c: from a client */
void out_take(void *user, const struct peer *from, imstls_text text, enum taken taken);
/* gateway_in.c: from the network; as imstls_config_callbacks.on_message */
int in_take(struct phone *p, const imstls_sip_message *m);
void in_unreached(struct gateway *g, const struct peer *client);                           /* nobody listens there */
bool in_answered(struct gateway *g, const struct peer *from, const imstls_sip_message *m); /* a client's response */
/* gateway_send.c */
void send_reply(struct gateway *g, const struct peer *to, const imstls_sip_message *m, unsigned status,
                const char *reason, const char *extra);
void send_network_reply(struct gateway *g, const imstls_sip_message *m, unsigned status, const char *reason);
void send_owed(struct gateway *g);
void send_due(struct gateway *g);              /* what is to be repeated, or is over */
uint64_t send_due_at(const struct gateway *g); /* 0: never */
/* The flow has ended with that in it, or with this request waiting for its answer. */
void send_unsent(struct gateway *g, imstls_text message);
void send_unanswered(struct gateway *g, imstls_text branch, imstls_text method);
void send_end_to_network(struct gateway *g, struct transaction *t, const char *status_line);
bool send_to_client(struct gateway *g, struct transaction *t); /* false: it cannot be reached */
void send_to_network(struct gateway *g, struct transaction *t);
void send_refusal(struct gateway *g, struct transaction *t, const char *status_line); /* to a client */
/* gateway_register.c */
void register_take(struct gateway *g, const struct peer *from, const imstls_sip_message *m);
const struct binding *register_client(struct gateway *g); /* NULL: nobody is registered */
/* gateway_digest.c */
int digest_open(struct digest **digest, const char *name_at_file, const char *secret);
bool digest_allows(struct digest *d, const imstls_sip_message *m, char challenge[300]);
/* gateway_show.c */
void show_ready(struct gateway *g);
void show_client(struct gateway *g, imstls_text contact, uint32_t expires_s);
void show_relayed(struct gateway *g, imstls_text line, enum direction direction);
void show_refused(struct gateway *g, imstls_text line, const char *why);

#endif
