/* SPDX-License-Identifier: Apache-2.0 */
/* The other side of a TLS connection: mbedTLS set up by the test alone, over two memory pipes. */
#ifndef TEST_TLS_PEER_H
#define TEST_TLS_PEER_H

#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/x509_crt.h>

#include <imstls/mbedtls.h>

/* One direction. `step` octets at most a call; with `stutter` every other read has nothing. */
typedef struct pipe_half {
  uint8_t data[65536];
  size_t begin, end, total;
  size_t step;
  int stutter, odd;
  size_t cut_after;       /* then the stream ends; 0: never */
  size_t flip;            /* 1-based position of an octet with a flipped bit; 0: none */
  int broken;             /* reads fail */
  const uint8_t *endless; /* comes again and again once `data` is used up; NULL: nothing does */
  size_t endless_len, endless_at;
  size_t got;   /* octets given out */
  size_t calls; /* of our_recv or our_send */
  int blocked;  /* our_send: takes `room` octets more, then none */
  size_t room;
} pipe_half;

typedef struct tls_peer {
  pipe_half to_us, to_peer;
  mbedtls_ssl_config conf;
  mbedtls_ssl_context ssl;
  mbedtls_x509_crt cert;
  mbedtls_pk_context key;
  mbedtls_ssl_ticket_context *tickets; /* shared between connections, or NULL */
  imstls_mbedtls *random;              /* any part */
  int done;
  int error;
} tls_peer;

/* Settings of a peer; zero is a TLS 1.2 server without certificate. */
typedef struct tls_peer_how {
  int client;
  int version;             /* 13, else 12 */
  const char *cert;        /* test/certs/NAME.der */
  const char *key;         /* test/certs/NAME.key.pem */
  const char *issuers[12]; /* sent behind `cert`, in this order */
  const uint8_t *psk;
  size_t psk_len;
  const char *identity;
  int no_extended_ms;
  int no_etm;
  const int *suites;
  mbedtls_ssl_ticket_context *tickets;
} tls_peer_how;

size_t read_file(const char *name, uint8_t *out, size_t cap);
int peer_random(void *part, unsigned char *out, size_t len);
void peer_start(tls_peer *peer, imstls_mbedtls *random, const tls_peer_how *how);
void peer_handshake(tls_peer *peer);                                         /* as far as it goes */
void peer_record(tls_peer *peer, int type, const uint8_t *data, size_t len); /* one protected record, any content */
void peer_end(tls_peer *peer);
void pipe_put(pipe_half *pipe, const uint8_t *data, size_t len);

/* imstls_tls_io of our side; ctx is the peer. */
int our_send(void *peer, const uint8_t *data, size_t len);
int our_recv(void *peer, uint8_t *data, size_t cap);
/* mbedTLS BIO of our side, for lent sessions. */
int our_bio_send(void *peer, const unsigned char *data, size_t len);
int our_bio_recv(void *peer, unsigned char *data, size_t cap);

#endif
