/* SPDX-License-Identifier: Apache-2.0 */
/* What the server's plaintext handshake says and mbedTLS has no getter for: extended master secret (RFC 7627),
 * encrypt-then-MAC (RFC 7366), resumption, PSK. Fed with the octets from server to client, cut anywhere. The octets
 * are covered by the Finished messages, so what it found holds once the handshake completed. */
#ifndef IMSTLS_PORT_MBEDTLS_WATCH_H
#define IMSTLS_PORT_MBEDTLS_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct imstls_i_tls_watch {
  uint8_t header[5]; /* record header */
  uint8_t header_len;
  uint8_t message[4]; /* handshake header: type, length */
  uint8_t message_len;
  uint16_t record_left;
  uint16_t hello_len;
  uint32_t message_left;
  uint8_t hello[512]; /* body of ServerHello */
  bool stopped;       /* what follows is encrypted, or cannot be read */
  bool hello_seen;
  bool retry; /* the last hello was a HelloRetryRequest */
  bool tls13;
  bool marked;    /* ServerHello.random says that the server could have chosen a better version (RFC 8446 4.1.3) */
  bool no_better; /* the only ServerHello was read whole and chose TLS 1.2, and its random says nothing of that kind */
  bool extended_ms;
  bool encrypt_then_mac;
  bool psk;  /* TLS 1.3: a PSK was selected */
  bool full; /* TLS 1.2: ServerHelloDone came, so a full handshake */
} imstls_i_tls_watch;

/* Start with a zeroed struct. */
void imstls_i_tls_watch_feed(imstls_i_tls_watch *watch, const uint8_t *data, size_t len);

#endif
