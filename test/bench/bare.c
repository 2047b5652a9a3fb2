/* SPDX-License-Identifier: Apache-2.0 */
/* bare HOST PORT CA: one mbedTLS session over TCP and nothing else, idle until standard input ends. */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <stdio.h>

int main(int argc, char **argv)
{
  static mbedtls_net_context net;
  static mbedtls_entropy_context entropy;
  static mbedtls_ctr_drbg_context drbg;
  static mbedtls_ssl_config conf;
  static mbedtls_ssl_context ssl;
  static mbedtls_x509_crt ca;
  if (argc != 4)
    return 2;
  mbedtls_net_init(&net);
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&drbg);
  mbedtls_ssl_config_init(&conf);
  mbedtls_ssl_init(&ssl);
  mbedtls_x509_crt_init(&ca);
  if (mbedtls_x509_crt_parse_file(&ca, argv[3]))
    return 1;
  if (mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0))
    return 1;
  if (mbedtls_ssl_config_defaults(&conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, 0))
    return 1;
  mbedtls_ssl_conf_rng(&conf, mbedtls_ctr_drbg_random, &drbg);
  mbedtls_ssl_conf_ca_chain(&conf, &ca, NULL);
  mbedtls_ssl_conf_authmode(&conf, MBEDTLS_SSL_VERIFY_OPTIONAL);
  if (mbedtls_net_connect(&net, argv[1], argv[2], MBEDTLS_NET_PROTO_TCP))
    return 1;
  if (mbedtls_ssl_setup(&ssl, &conf) || mbedtls_ssl_set_hostname(&ssl, "pcscf1.visited.example"))
    return 1;
  mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
  if (mbedtls_ssl_handshake(&ssl))
    return 1;
  puts("ready");
  fflush(stdout);
  return getchar() == EOF ? 0 : 1;
}
