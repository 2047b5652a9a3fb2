/* SPDX-License-Identifier: Apache-2.0 */
/* The example softphone: options, what it shows, where AKA runs. */
#ifndef SOFTPHONE_H
#define SOFTPHONE_H

#include <stdbool.h>
#include <stdio.h>

#include <imstls/imstls.h>

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
  unsigned mnc_len;
  uint16_t tls_port, plain_port, local_port, serve_port;
  int flow, sec_agree, transport, psk, fallback, trust, token2, tls_max, tls_min, algo, amf;
  char offer[512];
  const char *ca, *server_name, *usim, *sqn_file, *keylog, *pin, *token2_pins;
  const char *k, *op, *opc, *top, *topc, *check_nonce, *expect_amf;
  const char *instance_id, *send;
  uint32_t algorithms, expires_s, reg_id;
  uint32_t return_ms; /* 0: as the library has it */
  unsigned stay_s, timeout_s;
  bool no_deregister, json, verbose, show_secrets, pin_last_try;
};

/* 0, or EXIT_USAGE after a line on standard error; -1: --help or --version was answered. */
int options_parse(struct options *o, int argc, char **argv);
int options_hex(const char *text, uint8_t *out, size_t cap); /* octets, or -1 */

/* SIGINT or SIGTERM came. */
bool is_interrupted(void);

/* Exit status for an error of error.h. */
int exit_for(int error);

/* Why an attempt failed. */
struct failure {
  int error; /* of error.h */
  uint32_t sip_status;
  int tls_error; /* mbedTLS's code; 0: none */
};
int tls_code(const imstls_client *client, int error); /* mbedTLS's code for this error; 0: TLS has no part in it */

/* --check-nonce: exit status. */
struct sim;
int check_nonce(const struct options *o, const struct sim *sim);

/* Output. */
struct show {
  bool json, verbose;
  uint64_t start_ms;
  unsigned sm; /* requests and responses seen so far, for the names SM1, SM6, SM7, SM12 */
  bool challenged;
};
void show_event(struct show *show, imstls_client *client, const imstls_event *event, uint64_t now_ms);
void show_failed(struct show *show, const struct failure *why, int status, uint64_t now_ms);
void show_message(struct show *show, const imstls_sip_message *message, uint64_t now_ms);
void show_answer(struct show *show, const imstls_sip_message *message, uint64_t now_ms); /* to what --send sent */

/* --send: one request. `random`: 32 digits, for what the file leaves out. 0, or EXIT_USAGE after a line on standard
 * error; without the option `out` stays NULL, which all of these take. */
struct outgoing;
int send_read(struct outgoing **out, const struct options *o, const char random[33]);
int send_now(struct outgoing *o, imstls_client *client); /* when it can be sent, once; an error of error.h */
bool send_is_answer(struct outgoing *o, const imstls_sip_message *m);
bool send_is_open(const struct outgoing *o);           /* its final answer has not come */
struct failure send_failure(const struct outgoing *o); /* why it did not do what was asked */

/* Home domains that once sent a right s_token2, a line each; the callbacks of imstls_config. */
int pins_store(const char *path, const char *name, size_t len);
int pins_load(const char *path, const char *name, uint8_t *out, size_t cap);

/* Where AKA runs. */
struct sim;
int sim_open(struct sim **sim, struct options *o, const imstls_usim **usim); /* reads identities that are not given */
void sim_soft(const struct sim *sim, const imstls_aka_card **card, const imstls_sqn **sqn); /* not for a card */
void sim_attach(struct sim *sim, imstls_client *client);
void sim_wait(struct sim *sim, imstls_client *client, int max_ms); /* sockets of the client and the card's */
void sim_close(struct sim *sim);

#endif
