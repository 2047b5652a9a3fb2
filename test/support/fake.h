/* SPDX-License-Identifier: Apache-2.0 */
/* A world for one client: network, TLS, USIM, IPsec, clock, randomness, and a P-CSCF that does what the test says.
 * Nothing in it depends on real time; every run replays exactly. */
#ifndef FAKE_H
#define FAKE_H

#include <stdbool.h>

#include <imstls/imstls.h>

enum { FAKE_STREAM = 1 << 18, FAKE_EVENTS = 4096 };

struct fake {
  /* what the test sets before fake_start */
  imstls_config config;
  imstls_soft_usim soft;
  /* the clock */
  uint64_t now_ms;
  int64_t wall_s;
  uint64_t seed;
  /* the network: what the client sent, and what it will read */
  char sent[FAKE_STREAM];
  size_t sent_len, sent_seen;
  char untrusted[FAKE_STREAM]; /* of that, what left on channels without trust; fake_end searches it */
  size_t untrusted_len;
  char coming[FAKE_STREAM];
  size_t coming_len, coming_at;
  size_t cut;          /* octets a read gives at most; 0: all */
  size_t write_cut;    /* octets a write takes at most; 0: all */
  bool closed;         /* the peer closed */
  bool deaf;           /* the peer reads nothing */
  size_t deaf_after;   /* octets that it still reads; 0: as many as come */
  uint16_t local_port; /* ours on connections that are not bound to one; 0: 40001 */
  int opened, closes, open_error, connect_result;
  int reads, handshakes; /* how often the client asked */
  int side_socket;       /* a UDP port beside the flow; 0: none */
  int answered_aside;    /* datagrams sent from it */
  imstls_net_open last_open;
  const char *aside; /* the next datagram that arrives there, from aside_from or, when that is 0, port 5063 */
  uint16_t aside_from;
  int aside_port; /* where the last one from there went */
  int resolve_result;
  uint32_t resolve_request;
  imstls_net_query last_query;
  /* TLS */
  int tls_opened, tls_closed, handshake_result;
  int tls_code;          /* why each session failed */
  const char *tls_words; /* and what is said of that */
  int read_result;       /* what a read of a session gives when nothing comes; 0: IMSTLS_WANT_READ */
  imstls_tls_facts facts;
  uint8_t cert[400];
  imstls_tls_open last_tls;
  uint8_t psk[32];
  char psk_identity[160];
  uint8_t exporter[32], exporter_mask; /* exported keying material; what the UE sees is this XOR the mask */
  bool no_exporter, pinned;            /* pinned: the host stored a pin for s_token2 */
  char record[2048];                   /* what was stored for resumption */
  size_t record_len;
  int stored, forgotten, resume_offered;
  int store_error, load_error; /* what both give; 0: they work */
  /* USIM */
  bool card_pending;
  int card_error, card_runs, card_cancels;
  uint32_t card_request;
  imstls_aka_result card_result; /* answer of the run that is pending */
  /* IPsec */
  int reserved, released, installed, removed, lifetimes, ipsec_error;
  bool widest; /* SPIs and ports are the largest that there are */
  imstls_ipsec_sa last_sa;
  uint32_t lifetime_s; /* the last that was set */
  /* the n-th call of any callback that can fail does; 0: none */
  unsigned long calls, fail_at;
  /* what the client told */
  imstls_event events[FAKE_EVENTS]; /* texts are gone: see line */
  char lines[FAKE_EVENTS][120];
  int event_count;
  int messages;
  int take_messages;      /* result of on_message */
  const char *at_once;    /* sent from inside on_message; NULL: nothing */
  char last_message[200]; /* its start line */
  char last_raw[600];     /* all of it */
  void (*hook)(struct fake *f, const imstls_event *event);
  /* the network's side of AKA */
  imstls_aka_card home;
  uint64_t seq;
  uint8_t amf; /* first octet of the AMF of the next challenge; its top bit is the separation bit */
  imstls_aka_vector vector;
  uint8_t rand[16];
  char s_token[25];
  const char *security_server; /* NULL: no such header */
  /* the client */
  imstls_client *client;
};

/* ---- fake.c: from start to end ---- */

/* IMSTLS_TEST_KEYS=handle: CK and IK stay in the USIM, and what needs their octets cannot work. */
bool fake_handles(void);
void fake_init(struct fake *f);
/* Ends the test, well, where the settings want what this build leaves out (lib/features.mk). A whole build refuses
 * nothing with that error, so there each test goes on. */
void fake_is_built(const struct fake *f);
void fake_start(struct fake *f);             /* client_new and register; asserts that it works */
void fake_end(struct fake *f);               /* client_free, and nothing left open */
int fake_run(struct fake *f);                /* steps until nothing happens; the last result */
void fake_pass(struct fake *f, uint64_t ms); /* time passes, with a step at each deadline */

/* ---- fake_pcscf.c: the network's side ---- */

/* Parses the next request that the client sent; false: there is none. Views live until the next call. */
bool fake_request(struct fake *f, imstls_sip_message *m);
/* The same, asserting that it is a REGISTER. */
imstls_sip_message fake_register(struct fake *f);
imstls_text fake_call_id(void); /* of the last request */
void fake_say(struct fake *f, const char *text, size_t len);
/* A response to the last request; `extra` are whole lines. */
void fake_reply(struct fake *f, unsigned status, const char *reason, const char *extra);
void fake_ok(struct fake *f, const char *extra); /* 200 with the Contact echoed and expires=3600 */
void fake_ok_for(struct fake *f, const char *extra, unsigned expires_s);
/* Makes the next vector and gives its 401 headers; `token` NULL: the right one, "": none. */
const char *fake_challenge_headers(struct fake *f, const char *token);
void fake_challenge(struct fake *f); /* the right 401 */
bool fake_response_right(struct fake *f, const imstls_sip_message *m, const char *c_token);
void fake_register_whole(struct fake *f); /* SM1 to SM12 */

/* ---- fake_seen.c: what happened ---- */

const imstls_event *fake_event(const struct fake *f, int type); /* the last of this type, or NULL */
const char *fake_line(const struct fake *f, int type);
/* Was any of this sent, as octets or in hex? */
bool fake_sent_secret(const struct fake *f, const void *secret, size_t len);
void fake_check_untrusted(const struct fake *f); /* nothing of the last vector, no c_token */
bool fake_sent_text(const struct fake *f, const char *text);
bool fake_block_holds(const struct fake *f, const void *secret, size_t len);

#endif
