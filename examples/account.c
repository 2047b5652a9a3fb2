/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "account.h"
#include "hex.h"
#include "standard.h"

int account_open(struct account *account, int argc, char **argv)
{
  *account = (struct account){ .card = IMSTLS_SOFT_USIM_INIT, .config = IMSTLS_CONFIG_DEFAULTS };
  if (!open_standard())
    return 1;
  bool has_keys =
      argc == 6 && hex_read(argv[3], account->card.card.k, 16) && hex_read(argv[4], account->card.card.opc, 16);
  if (!has_keys) {
    fprintf(stderr, "usage: %s IMPI DOMAIN K OPC PCSCF[:PORT]\n", argv[0]);
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0); /* a line is read as soon as it is there, also through a pipe */
  int error = imstls_mbedtls_new(&account->tls, NULL);
  if (error)
    return account_close(account, NULL, error);
  snprintf(account->impu, sizeof account->impu, "sip:%s", argv[1]);
  imstls_config *config = &account->config;
  config->identity.impi = argv[1];
  config->identity.impu = account->impu;
  config->identity.home_domain = argv[2];
  config->network.pcscf = argv[5];
  config->ports.usim = imstls_usim_soft(&account->card);
  config->ports.tls = imstls_mbedtls_tls(account->tls);
  config->ports.random = imstls_mbedtls_random;
  config->ports.random_user = account->tls;
  config->ports.now_ms = imstls_net_posix_now_ms;
  config->callbacks.on_event = account_show;
  const char *return_ms = getenv("IMSTLS_RETURN_MS"); /* 1: the tests want it back at once */
  config->timers.return_ms = return_ms ? (uint32_t)strtoul(return_ms, NULL, 10) : 0;
  return 0;
}

void account_show(void *user, imstls_client *client, const imstls_event *event)
{
  (void)user;
  (void)client;
  switch (event->type) {
  case IMSTLS_EVENT_REGISTERED: puts("registered"); break;
  case IMSTLS_EVENT_LOST: printf("lost: %s\n", imstls_error_text(event->error)); break;
  case IMSTLS_EVENT_DEREGISTERED: puts("deregistered"); break;
  default: break;
  }
}

int account_close(struct account *account, imstls_client *client, int error)
{
  char wrong[120];
  if (error == IMSTLS_ERR_CONFIG && imstls_config_check(&account->config, wrong, sizeof wrong))
    fprintf(stderr, "config: %s\n", wrong);
  else if (error)
    fprintf(stderr, "%s: %s\n", imstls_error_name(error), imstls_error_text(error));
  imstls_client_free(client);
  imstls_mbedtls_free(account->tls);
  imstls_wipe(account, sizeof *account);
  return error ? 1 : 0;
}
