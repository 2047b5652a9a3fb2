/* SPDX-License-Identifier: Apache-2.0 */
/* `openssl s_server` as a child on loopback, and a connection to it. It shares no code with lib/ nor with mbedTLS. */
#ifndef TEST_S_SERVER_H
#define TEST_S_SERVER_H

#include <sys/types.h>

#include <imstls/net.h>
#include <imstls/tls.h>

typedef struct s_server {
  pid_t pid;
  int keys, says; /* its standard input and output */
  uint16_t port;
} s_server;

/* `options` end with NULL: what stands behind -accept. */
void s_server_start(s_server *server, const char *const options[]);
void s_server_type(const s_server *server, const char *line); /* as if at its terminal */
void s_server_end(s_server *server);

typedef struct s_link {
  imstls_net_posix_part part;
  const imstls_net *net;
  imstls_socket socket;
} s_link;

imstls_tls_io s_link_open(s_link *link, const s_server *server);
void s_link_close(s_link *link);
/* To its end: neither in progress nor waiting. */
int s_link_handshake(const s_link *link, const imstls_tls *tls, int session);
int s_link_read(const s_link *link, const imstls_tls *tls, int session, uint8_t *data, size_t cap);

#endif
