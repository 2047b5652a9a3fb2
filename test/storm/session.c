/* SPDX-License-Identifier: Apache-2.0 */
/* What mbedTLS keeps at a server for one session, octets of heap: `session CERTS KEY`. */
#include <malloc.h>
#include <mbedtls/ssl.h>

#include "server.h"

enum { SESSIONS = 50 };

static int send_up(void *ctx, const unsigned char *data, size_t len)
{
  (void)ctx;
  return put(&up, data, len);
}

static int recv_down(void *ctx, unsigned char *data, size_t cap)
{
  (void)ctx;
  return get(&down, data, cap);
}

/* The other end, which is gone when it is counted. */
static void shake_hands(mbedtls_ssl_context *server, const mbedtls_ssl_config *conf)
{
  mbedtls_ssl_context ue;
  int ours = -1, theirs = 0;
  mbedtls_ssl_init(&ue);
  MUST(mbedtls_ssl_setup(&ue, conf) == 0);
  mbedtls_ssl_set_bio(&ue, NULL, send_up, recv_down, NULL);
  server_start(server);
  for (int i = 0; i < 20 && (ours != 0 || !theirs); i++) {
    ours = mbedtls_ssl_handshake(&ue);
    MUST(ours == 0 || ours == MBEDTLS_ERR_SSL_WANT_READ);
    theirs = server_secured(server);
  }
  MUST(ours == 0 && theirs);
  mbedtls_ssl_free(&ue);
}

int main(int argc, char **argv)
{
  static mbedtls_ssl_context sessions[SESSIONS + 1];
  mbedtls_ssl_config conf;
  MUST(argc == 3);
  server_init(argv[1], argv[2], 12);
  mbedtls_ssl_config_init(&conf);
  MUST(!mbedtls_ssl_config_defaults(&conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, 0));
  mbedtls_ssl_conf_rng(&conf, seeded, NULL);
  mbedtls_ssl_conf_authmode(&conf, MBEDTLS_SSL_VERIFY_NONE);
  shake_hands(&sessions[SESSIONS], &conf); /* what is made once */
  size_t before = mallinfo2().uordblks;
  for (size_t i = 0; i < SESSIONS; i++)
    shake_hands(&sessions[i], &conf);
  printf("heap %zu\ncontext %zu\n", (mallinfo2().uordblks - before) / SESSIONS, sizeof sessions[0]);
  return 0;
}
