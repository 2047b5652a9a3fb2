/* SPDX-License-Identifier: Apache-2.0 */
/* ue TAP ADDRESS:PORT: over lwIP at a TAP device registers and deregisters once, and says each event that counts.
 * Exit status 0: deregistered. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <imstls/imstls.h>
#include <imstls/mbedtls.h>

#include "base/base.h"
#include "stack.h"

typedef struct ue {
  imstls_net_lwip_part net;
  int done;
} ue;

/* lwIP has no wall time. */
static int64_t wall_s(void *user)
{
  (void)user;
  return (int64_t)time(NULL);
}

static void on_event(void *user, imstls_client *client, const imstls_event *event)
{
  ue *of = user;
  switch (event->type) {
  case IMSTLS_EVENT_TRUST: printf("trust %s\n", imstls_error_name(event->error)); break;
  case IMSTLS_EVENT_REGISTERED:
    printf("registered %u\n", (unsigned)event->expires_s);
    imstls_client_deregister(client);
    break;
  case IMSTLS_EVENT_DEREGISTERED:
    puts("deregistered");
    of->done = 1;
    break;
  case IMSTLS_EVENT_FAILED:
    printf("failed %s: %s\n", imstls_error_name(event->error), strerror(of->net.last_error));
    break;
  default: break;
  }
}

static int run(imstls_client *client)
{
  int error = imstls_client_register(client);
  while (!error && imstls_client_state(client) != IMSTLS_STATE_STOPPED) {
    error = imstls_client_step(client);
    if (!error && imstls_client_state(client) != IMSTLS_STATE_STOPPED)
      error = imstls_net_lwip_wait(client, -1);
  }
  return error;
}

int main(int argc, char **argv)
{
  static ue self = { .net = IMSTLS_NET_LWIP_INIT };
  imstls_soft_usim card = IMSTLS_SOFT_USIM_INIT;
  imstls_config config = IMSTLS_CONFIG_DEFAULTS;
  imstls_mbedtls *tls = NULL;
  imstls_client *client = NULL;
  if (argc != 3)
    return 2;
  stack_start(argv[1]);
  /* TS 35.208 test set 1, as test/e2e/peer.py has it */
  bool read = imstls_i_hex_decode(IMSTLS_I_LIT("465b5ce8b199b49faa5f0a2ee238a6bc"), card.card.k, 16) &&
              imstls_i_hex_decode(IMSTLS_I_LIT("cd63cb71954a9f4e48a5994e37a02baf"), card.card.opc, 16);
  config.identity.impi = "001010000000001@ims.mnc001.mcc001.3gppnetwork.org";
  config.identity.impu = "sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org";
  config.identity.home_domain = "ims.mnc001.mcc001.3gppnetwork.org";
  config.network.pcscf = argv[2];
  config.policy.attempts = 1;
  config.ports.usim = imstls_usim_soft(&card);
  config.ports.net = imstls_net_lwip(&self.net);
  config.ports.now_ms = imstls_net_lwip_now_ms;
  config.ports.wall_s = wall_s;
  config.ports.clock_user = &self.net;
  config.ports.random = imstls_mbedtls_random;
  config.callbacks.on_event = on_event;
  config.callbacks.user = &self;
  int error = read ? imstls_mbedtls_new(&tls, NULL) : IMSTLS_ERR_INTERNAL;
  config.ports.tls = tls ? imstls_mbedtls_tls(tls) : NULL;
  config.ports.random_user = tls;
  if (!error)
    error = imstls_client_new(&client, &config);
  if (!error)
    error = run(client);
  if (error && !client)
    printf("error %s\n", imstls_error_name(error));
  imstls_client_free(client);
  imstls_mbedtls_free(tls);
  return self.done ? 0 : 1;
}
