/* SPDX-License-Identifier: Apache-2.0 */
/* The shortest program that registers: `minimal IMPI DOMAIN K OPC PCSCF[:PORT]`. The rest is in softphone.c. */
#include <stdio.h>

#include <imstls/imstls.h>
#include <imstls/mbedtls.h>

#include "hex.h"
#include "standard.h"

static void on_event(void *user, imstls_client *client, const imstls_event *event)
{
  (void)user;
  if (event->type == IMSTLS_EVENT_TRUST && !event->error)
    puts("the server's certificate is vouched for by AKA");
  if (event->type == IMSTLS_EVENT_REGISTERED) {
    printf("registered for %u s\n", (unsigned)event->expires_s);
    imstls_client_deregister(client);
  }
  if (event->type == IMSTLS_EVENT_DEREGISTERED)
    puts("deregistered");
}

int main(int argc, char **argv)
{
  char impu[300], wrong[120] = "";
  imstls_soft_usim card = IMSTLS_SOFT_USIM_INIT;
  imstls_net_posix_part net = IMSTLS_NET_POSIX_INIT;
  imstls_mbedtls *tls = NULL;
  imstls_client *client = NULL;
  if (!open_standard())
    return 1;
  if (argc != 6 || !hex_read(argv[3], card.card.k, 16) || !hex_read(argv[4], card.card.opc, 16)) {
    fputs("usage: minimal IMPI DOMAIN K OPC PCSCF[:PORT]\n", stderr);
    return 2;
  }
  snprintf(impu, sizeof impu, "sip:%s", argv[1]);
  int error = imstls_mbedtls_new(&tls, NULL);

  imstls_config config = IMSTLS_CONFIG_DEFAULTS;
  config.identity.impi = argv[1];
  config.identity.impu = impu;
  config.identity.home_domain = argv[2];
  config.network.pcscf = argv[5];
  config.policy.attempts = 1;
  config.ports.usim = imstls_usim_soft(&card);
  config.ports.net = imstls_net_posix(&net);
  config.ports.tls = imstls_mbedtls_tls(tls);
  config.ports.random = imstls_mbedtls_random;
  config.ports.random_user = tls;
  config.ports.now_ms = imstls_net_posix_now_ms;
  config.callbacks.on_event = on_event;
  if (!error)
    error = imstls_config_check(&config, wrong, sizeof wrong);
  if (!error)
    error = imstls_client_new(&client, &config);
  if (!error)
    error = imstls_client_register(client);
  while (!error && (error = imstls_client_step(client)) == IMSTLS_OK &&
         imstls_client_state(client) != IMSTLS_STATE_STOPPED)
    imstls_net_posix_wait(client, -1);
  if (error)
    fprintf(stderr, "minimal: %s\n", *wrong ? wrong : imstls_error_text(error));
  imstls_client_free(client);
  imstls_mbedtls_free(tls);
  imstls_wipe(&card, sizeof card);
  return error ? 1 : 0;
}
