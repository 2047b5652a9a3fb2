/* SPDX-License-Identifier: Apache-2.0 */
/* export_server PORT CERT KEY: OpenSSL serves one TLS 1.2 connection, prints the exporter of RFC 9266 and answers one
 * line with itself. It shares no code with lib/. */
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
  fprintf(stderr, "export_server: %s\n", what);
  return 1;
}

static int accept_one(unsigned port)
{
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 1) != 0)
    return -1;
  return accept(listener, NULL, NULL);
}

int main(int argc, char **argv)
{
  static const char label[] = "EXPORTER-Channel-Binding";
  unsigned char out[32];
  char line[256];
  if (argc != 4)
    return fail("PORT CERT KEY");
  SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
  if (!ctx || !SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION))
    return fail("context");
  if (SSL_CTX_use_certificate_file(ctx, argv[2], SSL_FILETYPE_PEM) != 1)
    return fail("certificate");
  if (SSL_CTX_use_PrivateKey_file(ctx, argv[3], SSL_FILETYPE_PEM) != 1)
    return fail("key");
  int fd = accept_one((unsigned)strtoul(argv[1], NULL, 10));
  SSL *ssl = SSL_new(ctx);
  if (fd < 0 || !ssl || SSL_set_fd(ssl, fd) != 1 || SSL_accept(ssl) != 1)
    return fail("handshake");
  if (SSL_export_keying_material(ssl, out, sizeof out, label, strlen(label), (const unsigned char *)"", 0, 1) != 1) {
    return fail("exporter");
  }
  printf("exporter=");
  for (size_t i = 0; i < sizeof out; i++)
    printf("%02x", out[i]);
  printf("\n");
  fflush(stdout);
  int n = SSL_read(ssl, line, sizeof line);
  if (n > 0)
    SSL_write(ssl, line, n);
  SSL_shutdown(ssl);
  SSL_free(ssl);
  SSL_CTX_free(ctx);
  close(fd);
  return 0;
}
