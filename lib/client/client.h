/* SPDX-License-Identifier: Apache-2.0 */
/* client/: the registration. Who does what:
 *   config.c    settings; layout.c: one block for all                 table.c    (state, input) -> guard, action, next
 *   client.c    public calls, step                                    guards.c   what must hold before a row is taken
 *   flow.c      a channel to the P-CSCF: open, secure, read, write    actions.c  what a row does
 *   input.c     what happened: deadlines, flows, card, messages       answer.c   challenge, card, token, Authorization
 *   register.c  REGISTER requests                                     accept.c   the 200: binding, routes, timers
 *   incoming.c  messages that arrived: cut, matched, classified       target.c   which P-CSCF next, back-off
 *   request.c   requests from the network                             event.c    what the host is told
 *   feed.c      a network without sockets                             resume.c   TLS sessions that outlive a connection
 *   token2_policy.c  the stronger token pair                          ipsec.c    security associations
 *   served.c    connections that the network opens to us              budget.c   what one step may take
 */
#ifndef IMSTLS_CLIENT_CLIENT_H
#define IMSTLS_CLIENT_CLIENT_H

#include "base/base.h"

#include <imstls/client.h>
#include <imstls/digest.h>
#include <imstls/secagree.h>
#include <imstls/sip.h>
#include <imstls/token.h>

enum { PCSCF_MAX = 8, ADDRESS_MAX = 8, RAND_RING = 8 };
enum { EXPIRES_RAISED_MAX_S = 2592000 /* 30 days: a 423 raises what we ask no further */ };
enum { BRIEF_S = 20, BRIEF_MAX = 10 };
enum { CARD_RUNS_A_MINUTE = 6, CHALLENGES_MAX = 4, BAD_IN_A_ROW_MAX = 2 };
enum { AUTS_A_REGISTRATION = 2, AUTS_AN_HOUR = 8 };
enum { NO_SOCKET = -1, NO_SESSION = -1 };
#define NEVER UINT64_MAX

/* Inputs of the table. */
enum input {
  IN_NONE = 0,
  IN_REGISTER,   /* the host wants to be registered */
  IN_DEREGISTER, /* the host wants to leave */
  IN_MOVED,      /* the host says the network changed */
  IN_CONNECTED,  /* the flow that was opened is connected */
  IN_SECURED,    /* its TLS handshake is complete */
  IN_CHALLENGE,  /* 401 */
  IN_ACCEPTED,   /* 200 */
  IN_REPEAT,     /* 305, 420, 421, 423, 439, 494: asks to register another way */
  IN_REFUSED,    /* any other final status */
  IN_CARD_OK,
  IN_CARD_BAD, /* MAC failure or synchronisation failure */
  IN_CARD_FAILED,
  IN_DUE,  /* the state's timer: refresh, or the end of a wait */
  IN_LOST, /* connect, handshake, stream or transaction failed: client->why */
  IN_COUNT
};

enum flow_kind { FLOW_NONE = 0, FLOW_TLS, FLOW_PLAIN, FLOW_ESP };
enum flow_phase { PHASE_CLOSED = 0, PHASE_RESOLVING, PHASE_CONNECTING, PHASE_SECURING, PHASE_OPEN };

typedef struct imstls_i_buffer {
  char *ptr;
  size_t cap, len;
} imstls_i_buffer;

/* A message that is too long for its buffer, dropped as it comes. */
typedef struct imstls_i_skip {
  uint64_t until; /* 0: none is being dropped */
  size_t octets;  /* of it so far */
} imstls_i_skip;

/* A channel. Trust belongs to it, never to an address. */
typedef struct imstls_i_flow {
  imstls_client *client;
  enum flow_kind kind;
  enum flow_phase phase;
  int transport; /* IMSTLS_NET_TCP or IMSTLS_NET_UDP */
  imstls_socket socket;
  imstls_socket side; /* ESP: our server port over UDP, whatever `transport` is (TS 33.203 7.1) */
  uint16_t side_port;
  uint16_t asking_port[2]; /* the P-CSCF's client port, and that of the SAs before */
  bool from_side;          /* rx holds a datagram that arrived there, from `asker` */
  imstls_address asker;
  int session;
  bool offered_resume;
  bool offered_psk;
  int trust; /* IMSTLS_TRUST_BY_... */
  bool psk;
  bool resumed;
  bool pki;
  bool want_write; /* TLS or the socket waits to write */
  bool more;       /* something was left when the work of one step was used up */
  imstls_address local, remote;
  imstls_sip_framer framer;
  imstls_i_skip skip;
  size_t rx_used;
  size_t tx_len, tx_done;   /* what is leaving */
  bool untold;              /* the application has not seen it yet */
  imstls_address answer_to; /* it is an answer that leaves from `side` to there; family 0: it is not */
  uint64_t ping_at, pong_by;
  bool pinged; /* since the last octet came */
  bool pongs;  /* this peer is known to answer pings */
} imstls_i_flow;

/* Where a request came from, and its answer goes. */
enum link { LINK_FLOW = 0, LINK_SIDE, LINK_SERVED };
enum { ASKED_MAX = 4 };

/* A request that the host took elsewhere than on the flow, and has not answered yet. */
typedef struct imstls_i_asked {
  uint8_t branch[8]; /* of its top Via, hashed */
  uint8_t link;      /* enum link; LINK_FLOW: none */
  uint32_t generation;
  imstls_address asker; /* LINK_SIDE */
} imstls_i_asked;

/* A connection that the network opened. */
typedef struct imstls_i_served {
  imstls_client *client;
  imstls_socket socket;
  imstls_address remote;
  int session; /* NO_SESSION: in ESP */
  bool want_write;
} imstls_i_served;

typedef struct imstls_i_serving {
  imstls_socket listener;
  uint16_t port; /* of the listener; 0: none */
  uint8_t at;    /* which link is served; the other one is in its handshake */
  bool keyed;    /* psk is that of the last AKA run */
  bool more;     /* something was left when the work of one step was used up */
  uint8_t psk[32];
  imstls_i_served links[2];
  uint64_t greet_until;
  uint64_t rest_until; /* nobody is taken before that; 0: not resting */
  uint32_t generation; /* of the connection that is served */
  imstls_sip_framer framer;
  imstls_i_skip skip;
  imstls_i_buffer rx, tx; /* no room: the host cannot accept */
  size_t rx_used, tx_len, tx_done;
  bool untold; /* the application has not seen what is in tx */
  imstls_i_asked asked[ASKED_MAX];
  uint8_t asked_at;
} imstls_i_serving;

/* What kind of REGISTER is under way. */
enum request { REQ_NONE = 0, REQ_FIRST, REQ_ANSWER, REQ_BAD, REQ_REFRESH, REQ_DEREGISTER };

/* Everything of one registration attempt that a new Call-ID ends. */
typedef struct imstls_i_dialog {
  char call_id[33];
  char from_tag[17];
  char branch[33]; /* of the REGISTER under way, with its cookie */
  uint32_t cseq;
  uint32_t expires_s; /* asked: as configured, or what a 423 raised it to */
  uint8_t challenges; /* in this registration */
  uint8_t bad;        /* bad ones in a row */
  uint8_t auts;       /* sent in this registration */
  uint32_t followed;  /* FOLLOWED_...: what was followed once already, before trust or since */
  bool proven;        /* a good challenge was answered on the flow */
  bool no_reg_id;     /* 439 */
  bool no_sec_agree;  /* 420 under an optional agreement */
  char rspauth[65];   /* what Authentication-Info must hold; empty: not to be checked */
} imstls_i_dialog;
enum {
  FOLLOWED_305 = 1,
  FOLLOWED_420 = 2,
  FOLLOWED_421 = 4,
  FOLLOWED_423 = 8,
  FOLLOWED_439 = 16,
  FOLLOWED_494 = 32,
  FOLLOWED_NO_LIST = 64
};

/* An AUTS that left. As many are kept as may leave in an hour: no RAND gets a second one within it. */
typedef struct imstls_i_auts {
  uint64_t at; /* NEVER: none */
  uint8_t rand[16];
} imstls_i_auts;

typedef struct imstls_i_pcscf {
  uint64_t not_before;
  const char *host; /* in the copy of cfg.network.pcscf */
  uint16_t port;    /* 0: the flow's default */
} imstls_i_pcscf;

/* What the present step may still take from the network. */
typedef struct imstls_i_budget {
  uint32_t octets, reads, messages;
} imstls_i_budget;

struct imstls_client {
  imstls_config cfg; /* strings point into this block */
  imstls_usim usim;
  imstls_net net;
  imstls_tls tls;
  imstls_ipsec ipsec;
  bool heap;
  bool inside;                   /* a call that runs callbacks is under way */
  bool free_wanted, stop_wanted; /* asked for from a callback: done when that call ends */
  imstls_i_budget budget;
  size_t block_len; /* of the whole client: to be wiped */

  int state;
  int error;
  int why; /* error of the input being judged, or of the guard that refused a row */
  uint32_t sip_status;
  int tls_error;
  uint32_t wanted; /* inputs of the host that wait: bits of enum input */
  uint64_t now;
  uint64_t deadline; /* of the state */

  imstls_i_pcscf pcscf[PCSCF_MAX];
  uint8_t pcscf_count, pcscf_at, tried; /* tried: in this round */
  uint32_t failures;                    /* rounds that failed, or did not hold, in a row */
  uint32_t retry_after_s;
  bool quick_used; /* the one immediate retry after a loss was used; until a registration held */
  bool fell_back;  /* figure 5: TLS was refused */
  imstls_address addresses[ADDRESS_MAX];
  uint8_t address_count, address_at;
  uint32_t request; /* number of the last USIM or resolver request */
  bool card_busy, card_done, resolving, resolved;
  int card_error;
  imstls_aka_result card;

  imstls_i_flow flows[2];
  imstls_i_flow *flow;       /* REGISTERs go here, and everything once registered */
  imstls_i_flow *old;        /* what `flow` replaces, until its 200 */
  imstls_i_serving *serving; /* NULL: the network opens no connection to us */

  imstls_i_dialog dialog;
  enum request sent;
  bool awaiting;        /* its final response */
  uint32_t send_wanted; /* enum request that waits for room in tx; 0: none */
  uint64_t timer_f, timer_e;
  uint32_t e_ms;
  imstls_challenge challenge; /* views into challenge_text */
  bool waiting_answer;        /* RES waits for the channel that was agreed */
  char c_token[25];
  char c_token2[33];
  uint8_t rands[RAND_RING][16];
  uint8_t rand_at, rand_count;
  uint64_t card_runs[CARD_RUNS_A_MINUTE];
  uint8_t card_run_at;
  imstls_i_auts auts[AUTS_AN_HOUR];
  uint8_t auts_at; /* the oldest */

  int agreed;            /* IMSTLS_MECHANISM_... of the last choice */
  imstls_i_buffer offer; /* our Security-Client */
  imstls_i_buffer list;  /* the server's list: the mirror */
  imstls_i_buffer fresh; /* the list of the 401 being judged */
  imstls_i_buffer challenge_text;
  imstls_i_buffer auth;   /* last good Authorization, without tokens */
  imstls_i_buffer routes; /* Service-Route, then P-Associated-URI */
  size_t service_route_len;
  imstls_i_buffer cert; /* DER of the flow's server */
  imstls_i_buffer rx, tx;
  imstls_sip_message m; /* the message being judged, in rx */
  size_t consume;       /* octets of rx to drop once it was */
  imstls_i_buffer feed_in, feed_out;
  bool feed_open, feed_connected, feed_ended;
  imstls_address feed_local;

  imstls_ipsec_sa sa;        /* of the agreement under way; keys wiped once installed */
  uint32_t sa_id, old_sa_id; /* installed: in use, and the one it replaces; 0: none */
  bool reserved;             /* sa.ours is reserved and not installed */

  bool bound;   /* registered */
  bool leaving; /* deregistration is under way */
  bool judging; /* a challenge that the card was not asked about yet */
  bool listed;  /* `list` holds the list of this registration */
  uint64_t bound_since, bound_until, refresh_at;
  uint32_t granted_s;
  uint8_t brief; /* grants under BRIEF_S in a row, over all attempts */
  char contact_user[17];
  char mechanism[16];
  uint32_t dropped; /* requests that came before they may */
  uint32_t flow_timer_s;
};

/* client.c */
bool imstls_i_is_ending(const imstls_client *c); /* the application said stop or free from a callback */

/* budget.c */
bool imstls_i_may_read(const imstls_client *c);         /* or shake hands, or accept */
bool imstls_i_may_take(const imstls_client *c);         /* a message that was read */
void imstls_i_spend_read(imstls_client *c, int result); /* of a read, a handshake or an accept */
void imstls_i_spend_message(imstls_client *c);
size_t imstls_i_budget_room(const imstls_client *c, size_t room); /* octets that the next read may take */

/* table.c */
void imstls_i_dispatch(imstls_client *c, enum input in);
void imstls_i_enter(imstls_client *c, int state);

/* guards.c: 0 when the row may be taken, else why not */
typedef int imstls_i_guard(imstls_client *c);
imstls_i_guard imstls_i_is_tls, imstls_i_answer_waits, imstls_i_no_answer_waits, imstls_i_plain_allowed,
    imstls_i_channel_proven, imstls_i_challenge_fits, imstls_i_may_restart, imstls_i_accepted_proven,
    imstls_i_may_repeat, imstls_i_may_answer_bad, imstls_i_switch_due, imstls_i_may_fall_back, imstls_i_may_return,
    imstls_i_is_leaving, imstls_i_is_rate, imstls_i_is_final;
bool imstls_i_has_held(const imstls_client *c); /* the registration: long enough to count as a success */

/* actions.c: 0, or the error that ends the registration */
typedef int imstls_i_action(imstls_client *c);
imstls_i_action imstls_i_begin, imstls_i_start_tls, imstls_i_send_first, imstls_i_answer, imstls_i_answer_bad,
    imstls_i_ask_card, imstls_i_restart, imstls_i_accept, imstls_i_repeat, imstls_i_refresh, imstls_i_leave,
    imstls_i_left, imstls_i_lost, imstls_i_moved, imstls_i_retry, imstls_i_switch_channel, imstls_i_fall_back,
    imstls_i_refuse;
void imstls_i_abort(imstls_client *c, int error);
void imstls_i_wipe_keys(imstls_client *c);

/* answer.c */
int imstls_i_token_state(const imstls_client *c); /* IMSTLS_S_TOKEN_... by presence and form alone */
bool imstls_i_token_due(const imstls_client *c);
int imstls_i_check_token(imstls_client *c); /* against the flow's certificate; sets c_token */
int imstls_i_make_answer(imstls_client *c);
int imstls_i_make_bad_answer(imstls_client *c);

/* token2_policy.c */
int imstls_i_token2_fits(imstls_client *c);
int imstls_i_token2_check(imstls_client *c); /* sets c_token2 */
void imstls_i_token2_put(const imstls_client *c, imstls_i_writer *w);
void imstls_i_token2_pin(imstls_client *c);

/* flow.c */
const char *imstls_i_flow_server_name(const imstls_client *c); /* NULL: none is sent */
int imstls_i_flow_open(imstls_client *c, enum flow_kind kind);
void imstls_i_flow_close(imstls_client *c, imstls_i_flow *flow);
int imstls_i_flow_open_esp(imstls_client *c);
int imstls_i_flow_secure(imstls_client *c);
enum input imstls_i_flow_progress(imstls_client *c); /* connecting, securing */
int imstls_i_flow_read(imstls_client *c);            /* octets, IMSTLS_WANT_READ or an error */
bool imstls_i_flow_may_ask(const imstls_i_flow *flow, const imstls_address *a); /* ESP */
int imstls_i_flow_write(imstls_client *c); /* sends what is in tx; 0 done, WANT_WRITE, or an error */
int imstls_i_flow_ping(imstls_client *c);

/* input.c */
enum input imstls_i_next_input(imstls_client *c);

/* incoming.c */
enum input imstls_i_next_message(imstls_client *c); /* IN_NONE also for one that was dropped or handed over */
void imstls_i_consume(imstls_client *c);
void imstls_i_drop_front(imstls_i_buffer *b, size_t *used, size_t n); /* wipes what is left behind */
/* 0: the message's end was reached; IMSTLS_PENDING: all in `b` was dropped; or why the stream ends */
int imstls_i_skip_some(imstls_client *c, imstls_i_skip *skip, imstls_sip_framer *framer, imstls_i_buffer *b,
                       size_t *used);

/* register.c */
int imstls_i_send_register(imstls_client *c, enum request kind);
int imstls_i_new_dialog(imstls_client *c);
size_t imstls_i_register_len(imstls_client *c, enum request kind); /* about, before the flow is there */
int imstls_i_random_hex(imstls_client *c, char *out, size_t digits);

/* accept.c */
int imstls_i_own_binding(imstls_client *c, const imstls_sip_message *m, uint32_t *expires_s);
int imstls_i_take_200(imstls_client *c, const imstls_sip_message *m);

/* request.c */
void imstls_i_request(imstls_client *c, enum link link); /* a request or foreign response on a trusted link */
void imstls_i_odd_message(imstls_client *c, imstls_text front, int why, enum link link); /* trusted, and not read */
int imstls_i_host_message(imstls_client *c, const char *message, size_t len);

/* resume.c */
imstls_bytes imstls_i_resume_load(imstls_client *c); /* lies in the free part of rx; empty: none that fits */
void imstls_i_resume_save(imstls_client *c);
void imstls_i_resume_forget(imstls_client *c);

/* target.c */
uint64_t imstls_i_backoff_ms(uint64_t base_ms, uint64_t max_ms, uint32_t failures, uint32_t random);
int imstls_i_target_next(imstls_client *c, uint64_t *wait_ms);
int imstls_i_target_parse(imstls_client *c, char *list); /* ends each host with a NUL */

/* layout.c */
imstls_text imstls_i_request_uri(const imstls_client *c); /* of REGISTER */

/* feed.c */
extern const imstls_net imstls_i_feed_net;

/* event.c */
void imstls_i_tell(imstls_client *c, int type);
void imstls_i_tell_event(imstls_client *c, imstls_event *event);
void imstls_i_tell_sent(imstls_client *c, char *message, size_t len);
void imstls_i_tell_received(imstls_client *c);
void imstls_i_log(imstls_client *c, const char *what, const char *detail);
imstls_event imstls_i_event(int type);

#endif
