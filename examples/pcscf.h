/* SPDX-License-Identifier: Apache-2.0 */
/* The example P-CSCF: a TLS server, just enough SIP, just enough home network. To demonstrate and to test, no more. */
#ifndef PCSCF_H
#define PCSCF_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <imstls/imstls.h>

enum { EXIT_DONE = 0, EXIT_INTERNAL = 1, EXIT_USAGE = 2 };
enum {
  MAX_SUBSCRIBERS = 256,
  MESSAGE_LEN = 1000, /* of --message: RFC 3428 8 allows 1300 octets in all where nobody knows the way */
  RX_LEN = 32768,
  TX_LEN = 65536,
  LIST_LEN = 768,
  NONCE_LEN = 65
};

/* Things to do wrong; the names are in pcscf_fault.c. */
enum fault {
  FAULT_NONE,
  FAULT_TOKEN_MISSING,
  FAULT_TOKEN_WRONG,
  FAULT_TOKEN_OTHER_CERT,
  FAULT_TOKEN_DOUBLED,
  FAULT_TOKEN_MALFORMED,
  FAULT_TOKEN2_WRONG,
  FAULT_TOKEN2_MISSING,
  FAULT_TOKEN2_SESSION,
  FAULT_MAC_WRONG,
  FAULT_SQN_OLD,
  FAULT_SQN_OLD_FOR_EVER,
  FAULT_CHALLENGE_REPEATED,
  FAULT_PLAIN_MD5,
  FAULT_KEYS_LEFT_IN,
  FAULT_OK_AT_ONCE,
  FAULT_NO_TLS_IN_LIST,
  FAULT_NO_LIST,
  FAULT_LIST_CHANGES,
  FAULT_REJECT_403,
  FAULT_REJECT_404,
  FAULT_UNAVAILABLE_503,
  FAULT_TOO_BRIEF_423,
  FAULT_AGREE_494,
  FAULT_AGREE_421,
  FAULT_RSPAUTH_WRONG,
  FAULT_FLOW_FAILED_430,
  FAULT_SILENT,
  FAULT_CLOSE_AFTER_401,
  FAULT_CLOSE_AFTER_SM7,
  FAULT_GARBAGE,
  FAULT_TLS_ALERT,
  FAULT_PLAIN_TEXT,
  FAULT_RAW_MESSAGES,
  FAULT_COUNT
};

/* What the reg event tells of; the names are in pcscf_reg_event.c. */
enum {
  NOTIFY_NOTHING,
  NOTIFY_DEACTIVATED,
  NOTIFY_PROBATION,
  NOTIFY_EXPIRED,
  NOTIFY_REJECTED,
  NOTIFY_UNREGISTERED,
  NOTIFY_SHORTENED,
  NOTIFY_FOREIGN,
  NOTIFY_MALFORMED,
  NOTIFY_REFUSED, /* SUBSCRIBE itself */
  NOTIFY_COUNT
};

enum { PSK_OFF, PSK_ALLOW, PSK_ONLY };
enum { TICKET_KEY_LEN = 32 }; /* octets */
enum { TOKEN2_OFF, TOKEN2_EXPORTER, TOKEN2_END_POINT };

struct options {
  const char *impi, *k, *opc, *op, *subscribers, *listen, *listen_plain, *cert, *key, *mechanisms, *domain, *sqn, *amf;
  const char *ticket_key; /* NULL: tickets are under one of this process, if there are any */
  int fault, psk, digest, token2, notify;
  uint32_t count, reauth, options_after_ms, notify_after_ms, connections, registrations;
  const char *message; /* sent to whoever registered; NULL: none */
  uint32_t expires_s;  /* most that is granted */
  uint32_t keep_s;     /* how often a ping is wanted; 0: no time is named */
  bool json, qop, ipsec, call, outbound, tickets;
};

/* ---- home network (pcscf_home.c, pcscf_subscribers.c) ---- */

struct subscriber {
  char impi[256];
  char impus[512]; /* "<URI>, <URI>", the default one first; empty: whichever the UE names */
  imstls_aka_card card;
  uint64_t sqn;    /* of the next vector */
  uint8_t psk[32]; /* CK || IK of the last vector */
  bool has_psk;
};

struct home {
  struct subscriber subscribers[MAX_SUBSCRIBERS];
  size_t count;
  char domain[256];
  uint8_t amf[2];
  int digest;
};

struct challenge {
  uint8_t rand[IMSTLS_RAND_LEN];
  imstls_aka_vector vector;
  uint64_t sqn;
  char nonce[NONCE_LEN];
  char s_token[25];                /* empty: none was due */
  char s_token2[33], c_token2[33]; /* empty: as above */
  const char *cb;                  /* what those two are bound to */
};

/* What an Authorization field said; views into the message. */
struct credentials {
  imstls_text username, realm, nonce, uri, response, algorithm, qop, nc, cnonce, auts, c_token, c_token2, cb;
};

int home_open(struct home *home, const struct options *o); /* 0, or EXIT_USAGE after a line on standard error */
/* Takes the next place. NULL, or what is wrong with the words; exactly one of `opc` and `op` is not NULL. */
const char *home_add(struct home *home, const char *impi, const char *k, const char *opc, const char *op);
int subscribers_read(struct home *home, const char *path);         /* as home_open */
struct subscriber *home_find(struct home *home, imstls_text impi); /* NULL: unknown */
bool subscriber_owns(const struct subscriber *who, imstls_text impu);
int home_challenge(const struct home *home, struct subscriber *who, const uint8_t rand[16], struct challenge *out);
const char *home_algorithm(const struct home *home);
/* Hex of the response that these credentials should carry; with an empty method rspauth (RFC 2617 3.2.3). */
int home_response(const struct home *home, const struct challenge *challenge, const struct credentials *from,
                  imstls_text method, imstls_bytes body, char out[65]);
/* IMSTLS_OK: genuine, the next SQN is above SQNms. */
int home_resynchronise(struct subscriber *who, const struct challenge *challenge, imstls_text auts);
int hex_octets(const char *text, uint8_t *out, size_t cap); /* octets, or -1 */

/* ---- connections ---- */

enum flow_kind { FLOW_FREE, FLOW_TLS, FLOW_TCP, FLOW_UDP };
struct session;

struct flow {
  enum flow_kind kind;
  int fd;
  unsigned number;                 /* of all that were opened: tells one from the next in its place */
  unsigned sa;                     /* set of security associations that it belongs to; 0: none */
  bool secured;                    /* TLS handshake done */
  bool closing;                    /* once everything is written */
  bool called;                     /* we opened it */
  bool psk;                        /* TLS without certificate */
  const struct subscriber *callee; /* of whom we called */
  uint8_t psk_key[32];
  struct session *session;
  struct sockaddr_storage peer;
  socklen_t peer_len;
  uint64_t idle_at, greet_at;
  imstls_sip_framer framer;
  size_t rx_len, tx_len;
  char rx[RX_LEN], tx[TX_LEN];
};

/* Who subscribed to the reg event of a registration: the dialog. */
struct watcher {
  char call_id[128], target[256];
  char ours[300], theirs[300]; /* To and From of its SUBSCRIBE */
  unsigned cseq, version;      /* of the NOTIFYs */
  uint64_t notify_at;          /* when --notify has its turn; 0: never */
};

struct reg {
  bool used, pending, registered;
  struct subscriber *who;
  char call_id[128], impu[256], contact[256];
  struct flow *flow;     /* the channel that was proven: refreshes come on it alone */
  struct flow *asked_on; /* TLS connection of the pending challenge; NULL: it went out in clear */
  struct challenge challenge;
  char list[LIST_LEN];                 /* Security-Server as sent */
  char offered[LIST_LEN];              /* Security-Client */
  int mechanism;                       /* agreed */
  unsigned sa, old_sa;                 /* sets of security associations: of the last challenge, and before it */
  char nonce[NONCE_LEN], response[65]; /* of the last good answer */
  unsigned challenges, refreshes;
  uint64_t touched, ends_at; /* ends_at: of the registration */
  struct watcher watcher;
};

struct tls;
struct sas;

struct listener {
  int fd;
  enum flow_kind kind;
  unsigned sa;
  struct flow *flow; /* of a protected UDP port: replies leave through it */
};
enum { MAX_LISTENERS = 3 + 2 * IMSTLS_IPSEC_XFRM_SETS };

/* Last replies over UDP, for requests that come again (RFC 3261 17.2.2). */
struct repeat {
  char branch[96];
  size_t len;
  char data[2048];
};
enum { REPEATS = 16 };

struct pcscf {
  struct options options;
  struct home home;
  struct tls *tls;
  struct sas *sas;
  struct listener listeners[MAX_LISTENERS];
  size_t listener_count;
  struct flow **flows;   /* of options.connections places */
  struct reg *regs;      /* of options.registrations places */
  struct pollfd *polled; /* room for one turn: what is waited for, */
  size_t *slots;         /* and whose flow it is */
  struct repeat repeats[REPEATS];
  unsigned next_repeat, opened;
  uint64_t start_ms;
  unsigned completed; /* registrations that came and went */
  bool has_notified;  /* --notify had its turn */
};

uint64_t now_ms(void);
void flow_send(struct flow *flow, const char *data, size_t len);
void flow_close(struct pcscf *p, size_t slot);
/* A socket on this address; -1: failed. `bound` is written. */
int listen_on(struct sockaddr_storage *bound, int type);
void add_listener(struct pcscf *p, int fd, enum flow_kind kind, unsigned sa, struct flow *flow);
/* The event, then name and value by turns, NULL at the end. '#' before a name: no string in JSON; '@': people see
 * the value alone. */
#define say(p, ...) say_words(p, (const char *const[]){ __VA_ARGS__ })
void say_words(const struct pcscf *p, const char *const *words);

/* ---- TLS (pcscf_tls.c) ---- */

int tls_open(struct pcscf *p); /* 0 or an exit status, after a line on standard error */
void tls_close(struct tls *tls);
int tls_random(struct tls *tls, uint8_t *out, size_t len);
imstls_bytes tls_certificate(const struct tls *tls);
/* With `called` set in the flow we are the client, with the PSK of the last vector. */
struct session *session_open(struct tls *tls, struct flow *flow);
void session_close(struct session *session);
enum { IO_AGAIN = -1, IO_WRITE = -2, IO_FAILED = -3 }; /* IO_WRITE: the socket must be writable first */
int session_handshake(struct session *session, struct flow *flow);
int session_read(struct session *session, char *out, size_t len); /* 0: the end */
int session_write(struct session *session, const char *data, size_t len);
bool session_exporter(struct session *session, uint8_t out[32]); /* false: this session has none */
const char *session_server_name(const struct session *session);
bool session_resumed(const struct session *session); /* a ticket of ours came in the handshake */
const char *session_suite(const struct session *session);
const char *session_version(const struct session *session);

/* ---- SIP (pcscf_sip.c, pcscf_register.c) ---- */

void sip_receive(struct pcscf *p, struct flow *flow, const imstls_sip_message *message);
void sip_reply(struct flow *flow, const imstls_sip_message *request, unsigned status, const char *reason,
               const char *extra);
void sip_greet(struct pcscf *p, struct flow *flow); /* a request from the network: --message, or OPTIONS */
void sip_flow_ended(struct pcscf *p, struct flow *flow);
void register_receive(struct pcscf *p, struct flow *flow, const imstls_sip_message *message);
void register_ended(struct pcscf *p, struct reg *reg);
void register_tick(struct pcscf *p); /* ends what was not refreshed in time */
bool text_same(imstls_text a, const char *b);
bool secret_same(const void *a, const void *b, size_t len); /* in constant time */
void text_keep(char *out, size_t cap, imstls_text text);    /* terminated; cut when too long */

/* ---- flows that are kept, devices that are named (pcscf_outbound.c): --outbound ---- */

struct grant {
  bool keeps_flow;
  char params[900]; /* of Contact */
  char lines[64];
};
void outbound_grant(const struct pcscf *p, const struct reg *r, const imstls_sip_message *m,
                    const imstls_sip_address *contact, struct grant *grant);
/* 200 to a REGISTER. */
void outbound_reply(const struct pcscf *p, struct flow *flow, const imstls_sip_message *m, const char *extra);

/* ---- the reg event (pcscf_reg_event.c): RFC 3680 ---- */

const char *notify_choice(size_t i, const char **help); /* as option_row.choice */
void subscribe_receive(struct pcscf *p, struct flow *flow, const imstls_sip_message *message, struct reg *reg);
void subscribe_tick(struct pcscf *p);

/* ---- the stronger token (pcscf_token2.c): token.h ---- */

void token2_make(struct pcscf *p, struct flow *flow, struct reg *reg); /* where s_token is due, and inside TLS */
const char *token2_verdict(const struct reg *reg, const struct credentials *from); /* ok, wrong, missing */

/* ---- security associations (pcscf_ipsec.c): TS 33.203 7 ---- */

int sas_open(struct pcscf *p);
void sas_close(struct pcscf *p);
/* Takes SPIs and ports and writes our parameters for the UE's entry; 0: failed, else the number of the set. */
unsigned sas_reserve(struct pcscf *p, const struct flow *flow, const imstls_mechanism *theirs, char *out, size_t cap);
bool sas_install(struct pcscf *p, unsigned sa, const imstls_aka_vector *vector);
void sas_keep(struct pcscf *p, unsigned sa, uint32_t seconds);
void sas_end_soon(struct pcscf *p, unsigned sa); /* 0: nothing; later, so that the last reply still leaves inside */
void sas_tick(struct pcscf *p);
/* Our client port and the UE's server port. */
bool sas_ports(struct pcscf *p, unsigned sa, struct sockaddr_storage *ours, struct sockaddr_storage *theirs);

/* ---- the other direction (pcscf_call.c) ---- */

/* A connection of ours to the UE that is registered; NULL: failed. What is sent there waits for TLS. */
struct flow *call_ue(struct pcscf *p, const struct reg *reg);

/* ---- from one UE to another (pcscf_relay.c) ---- */

bool relay_request(struct pcscf *p, struct flow *from, const imstls_sip_message *message); /* false: to nobody here */
bool relay_response(struct pcscf *p, const imstls_sip_message *message);                   /* false: it is ours */

/* ---- faults (pcscf_fault.c) ---- */

const char *fault_choice(size_t i, const char **help);        /* as option_row.choice */
bool fault_on_connection(struct pcscf *p, struct flow *flow); /* true: it took the connection */
bool fault_on_register(struct pcscf *p, struct flow *flow, const imstls_sip_message *message, struct reg *reg);
bool fault_on_message(struct pcscf *p, struct flow *flow, const imstls_sip_message *message); /* true: it is done */
void fault_challenge(struct pcscf *p, struct reg *reg);                                       /* after it was made */
void fault_before_challenge(struct pcscf *p, struct reg *reg);
const char *fault_algorithm(const struct pcscf *p, const char *algorithm);
/* Parameters that the 401 carries beside nonce and algorithm. */
void fault_parameters(const struct pcscf *p, const struct reg *reg, char *out, size_t cap);
void fault_list(const struct pcscf *p, struct reg *reg);
void fault_after(struct pcscf *p, struct flow *flow, enum fault point);

#endif
