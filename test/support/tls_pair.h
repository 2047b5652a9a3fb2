/* SPDX-License-Identifier: Apache-2.0 */
/* The part under test and its peer: one pair at a time, as check forks. */
#ifndef TEST_TLS_PAIR_H
#define TEST_TLS_PAIR_H

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/mbedtls/tls.h"
#include "tls_peer.h"
#include <imstls/error.h>

#define NAME "pcscf.visited1.net"
#define WALL_S 1800000000 /* 2027-01-15: every certificate is valid but `expired` */
#define LOOP(tc, test, table) tcase_add_loop_test((tc), test, 0, (int)(sizeof(table) / sizeof(table)[0]))

/* What mbedTLS does not keep, a lent session cannot show. */
#if defined(MBEDTLS_SSL_KEEP_PEER_CERTIFICATE)
enum { KEEPS_CERTIFICATE = 1 };
#else
enum { KEEPS_CERTIFICATE = 0 };
#endif

extern imstls_mbedtls *part;
extern const imstls_tls *tls;
extern tls_peer peer;
extern const uint8_t psk[32];

void start_part(int version, const char *ca);
void setup(void); /* TLS 1.2, pcscf-ec.der as trust anchor */
void teardown(void);
imstls_tls_open how_cert(void);
imstls_tls_open how_psk(uint32_t suites, const char *identity);
int handshake_of(const imstls_tls *of, int s);
int handshake(int s); /* both sides in turn until ours is done or failed */
int meet(const imstls_tls_open *how, const tls_peer_how *server);
imstls_tls_facts facts_of(int s);
void leave(int s);
void expect_cert(const imstls_tls_facts *facts, const char *name);
void talk_over(const imstls_tls *of, int s); /* a few octets each way */
void talk(int s);

/* A session of the host's own, towards `peer`, that does not verify. */
extern mbedtls_ssl_context lent_ssl;
void lend_start(const tls_peer_how *server, int version);
void lend_end(void);

#endif
