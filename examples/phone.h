/* SPDX-License-Identifier: Apache-2.0 */
/* One registration as softphone and gateway hold it: options, what is shown, where AKA runs, its life. */
#ifndef PHONE_H
#define PHONE_H

#include <stdbool.h>
#include <stdio.h>

#include <imstls/imstls.h>
#include <imstls/mbedtls.h>

#include "phone_system.h"

/* Of the program that this is part of, for its messages and its own options. */
extern const char program[];
bool program_is(const char *name);

enum {
  EXIT_DONE = 0,
  EXIT_INTERNAL = 1,
  EXIT_USAGE = 2,
  EXIT_UNREACHABLE = 3,
  EXIT_TLS = 4,
  EXIT_NETWORK = 5,
  EXIT_SERVER = 6,
  EXIT_AGREEMENT = 7,
  EXIT_REJECTED = 8,
  EXIT_SIP = 9,
  EXIT_USIM = 10
};

struct options {
  char pcscf[1024]; /* comma list */
  const char *impi, *impu, *domain, *imsi;
  uint32_t mnc_len, tls_port, plain_port, local_port, serve_port;
  int flow, sec_agree, transport, psk, fallback, trust, token2, tls_max, tls_min, algo, amf;
  char offer[512], features[512];
  const char *ca, *server_name, *usim, *sqn_file, *keylog, *pin, *token2_pins;
  const char *k, *op, *opc, *top, *topc, *check_nonce, *expect_amf;
  const char *instance_id, *send, *pcap, *sip, *sip_user, *dns;
  uint32_t algorithms, expires_s, reg_id, return_s, keepalive_s, stay_s, timeout_s;
  bool no_deregister, no_reg_event, json, verbose, show_secrets, pin_last_try;
};

/* 0, or EXIT_USAGE after a line on standard error; -1: --help or --version was answered. */
int options_parse(struct options *o, int argc, char **argv);
/* --config: the options of that file stand before those of the command line. 0, or EXIT_USAGE after a line. */
int arguments_expand(int *argc, char ***argv);
/* K, OP and so on, and the PIN, from the environment where they were not given, and "@FILE". As above. */
int secrets_read(struct options *o);
void secrets_wipe(void);                            /* what came from files; the options are of no use afterwards */
int options_bad(const char *what, const char *why); /* a line on standard error; EXIT_USAGE */
int options_hex(const char *text, uint8_t *out, size_t cap); /* octets, or -1 */

/* SIGINT, SIGTERM or SIGHUP came, since phone_open; a second one ends the program at once, exit 3. */
bool is_interrupted(void);

/* Exit status for an error of error.h. */
int exit_for(int error);

/* An error that a line on standard error has named: it leads to its exit status, and nothing more is said of it. */
enum { TOLD = -10000, USAGE_TOLD = TOLD + IMSTLS_ERR_CONFIG };
static inline int told(int error) { return TOLD + error; }

/* Why an attempt failed. */
struct failure {
  int error;        /* of error.h */
  const char *text; /* for people, where the error's own says less; NULL: that one */
  uint32_t sip_status;
  int tls_error;    /* mbedTLS's code; 0: none */
  int system_error; /* errno of the socket; 0: none */
};
int tls_code(const imstls_client *client, int error); /* mbedTLS's code for this error; 0: TLS has no part in it */

/* Output. */
struct show {
  bool json, verbose;
  bool over; /* no attempt follows, whatever the library would do */
  uint64_t start_ms;
  enum { BEFORE_SM1 = 0, SM1_SENT, SM6_CAME, BEFORE_SM7, SM7_SENT, SM12_CAME } step; /* for the names in the ladder */
};
/* `why`: the failure that an event with an error is. */
void show_event(struct show *show, const imstls_client *client, const imstls_event *event, const struct failure *why,
                uint64_t now_ms);
void show_failed(struct show *show, const struct failure *why, int status, uint64_t now_ms);
void show_message(struct show *show, const imstls_sip_message *message, uint64_t now_ms);
void show_answer(struct show *show, const imstls_sip_message *message, uint64_t now_ms); /* to a request of ours */

/* For what a program tells beside that: pieces of a JSON object, and a line of the ladder. */
void json_open(const char *name, uint64_t t_ms);
void json_field(const char *name, imstls_text text);
void json_close(void);
void ladder_note(const struct show *show, const char *format, const char *a, const char *b);
void printable(char *out, size_t cap, imstls_text text); /* escaped, as much as fits before `cap` */

/* --pcap: what was sent and received, for Wireshark; `path` NULL: none, and then `out` stays NULL, which all of these
 * take. 0, or EXIT_USAGE after a line on standard error. A failure later is told once and ends the file alone. */
struct capture;
int capture_open(struct capture **out, const char *path);
void capture_event(struct capture *capture, const imstls_client *client, const imstls_event *event);
bool capture_failed(const struct capture *capture);
void capture_close(struct capture *capture);

/* Home domains that once sent a right s_token2, a line each; the callbacks of imstls_config. */
int pins_check(const char *path); /* can the file be read and written? IMSTLS_OK, or it was told */
int pins_store(const char *path, const char *name, size_t len);
int pins_load(const char *path, const char *name, uint8_t *out, size_t cap);

/* Sockets, and names without blocking where that was built in. A wrong --dns is USAGE_TOLD. */
struct dns;
enum { DNS_FDS = 16 };
int dns_open(struct dns **out, const struct options *o, void *random_user); /* before the client */
const imstls_net *dns_net(const struct dns *dns);
size_t dns_wait_on(struct dns *dns, struct waiting all[DNS_FDS], int *max_ms); /* how many; max_ms: sooner perhaps */
void dns_turn(struct dns *dns, imstls_client *client);
void dns_close(struct dns *dns); /* after the client */

/* Where AKA runs. */
struct sim;
int sim_open(struct sim **sim, struct options *o, const imstls_usim **usim); /* reads identities that are not given */
void sim_soft(const struct sim *sim, const imstls_aka_card **card, const imstls_sqn **sqn); /* not for a card */
void sim_attach(struct sim *sim, imstls_client *client, struct dns *dns);
/* Until a socket of the client, the card's, the resolver's or one of `own` is ready, or until max_ms, -1: any time. */
enum { SIM_OWN_FDS = 40 };
void sim_wait(struct sim *sim, imstls_client *client, struct waiting *own, size_t count, int max_ms);
void sim_tell(const struct sim *sim, int error); /* what the card said, if it is the one to blame, on standard error */
void sim_close(struct sim *sim);

/* The registration itself. What the program adds stands in the callbacks; any but `wait` may be NULL. */
struct phone {
  struct options options;
  struct show show;
  struct sim *sim;
  const imstls_usim *usim;
  imstls_client *client;
  imstls_mbedtls *tls;
  imstls_ipsec_xfrm_part xfrm;
  struct dns *dns;
  FILE *keylog;
  struct capture *capture; /* of --pcap; NULL: none */
  uint64_t give_up_at;     /* until registered; 0: never */
  struct failure last;     /* of the last attempt */
  bool stays;              /* goes on after a round without success */
  bool was_registered, leaving, done, gave_up;
  uint32_t queue_len; /* 0: the library's */
  void (*on_event)(struct phone *p, const imstls_event *e);
  int (*on_message)(struct phone *p, const imstls_sip_message *message); /* as imstls_config_callbacks.on_message */
  bool (*may_leave)(struct phone *p);                                    /* asked while registered */
  void (*wait)(struct phone *p);
};
#define PHONE_INIT .xfrm = IMSTLS_IPSEC_XFRM_INIT

/* Options, signals, TLS and the card. 0, an exit status, or -1: all that was asked for is done. `phone_close` is due
 * whatever it says. */
int phone_open(struct phone *p, int argc, char **argv);
int phone_start(struct phone *p); /* exit status, after a line on standard error */
int phone_run(struct phone *p);   /* until it is over: exit status */
void phone_close(struct phone *p);
bool phone_random(struct phone *p, char digits[33]);
uint64_t phone_now(void);
int phone_sooner(int a_ms, int b_ms); /* -1: any time */
int phone_wait_ms(uint64_t at);       /* until then, a minute at most; 0 at `at`: any time */

#endif
