/* SPDX-License-Identifier: Apache-2.0 */
/* The P-CSCF's TLS: an mbedTLS server over two pipes in memory. One at a time. */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

#include "world.h"

#if MBEDTLS_VERSION_NUMBER >= 0x03000000
#define MEMBER(name) MBEDTLS_PRIVATE(name)
#else
#define MEMBER(name) name
#endif

typedef struct half {
  uint8_t data[1 << 18];
  size_t begin, end;
} half;

extern half up, down;
extern mbedtls_x509_crt server_cert;

int put(half *h, const uint8_t *data, size_t len);
int get(half *h, uint8_t *data, size_t cap); /* as mbedTLS's recv */
void server_init(const char *certs, const char *key_file, int version);
void server_start(mbedtls_ssl_context *ssl);
int server_secured(mbedtls_ssl_context *ssl); /* goes on with the handshake; 1: it is over */
void server_write(mbedtls_ssl_context *ssl, const char *data, size_t len);
/* Handshake, then an answer to each REGISTER. */
void server_turn(mbedtls_ssl_context *ssl, world *w);

#endif
