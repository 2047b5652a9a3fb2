/* SPDX-License-Identifier: Apache-2.0 */
/* ue VERSION HOST:PORT: registers, says "registered FULL|RESUMED", hangs up when it is told to (a line of standard
 * input), and does it once more with the session that was saved. VERSION: 12 or 13, the highest. */
#include <stdlib.h>
#include <string.h>

#include <imstls/imstls.h>
#include <imstls/mbedtls.h>

#include "../region.h"
#include "base/base.h"

static uint8_t record[16384];
static size_t record_len;
static int resumed;

static int store(void *user, const char *name, const uint8_t *data, size_t len)
{
  (void)user;
  (void)name;
  MUST(len <= sizeof record);
  if (len)
    memcpy(record, data, len);
  record_len = len;
  return IMSTLS_OK;
}

static int load(void *user, const char *name, uint8_t *out, size_t cap)
{
  (void)user;
  (void)name;
  MUST(record_len <= cap);
  memcpy(out, record, record_len);
  return (int)record_len;
}

static void on_event(void *user, imstls_client *client, const imstls_event *event)
{
  (void)user;
  (void)client;
  if (event->type == IMSTLS_EVENT_TLS)
    resumed = (int)event->flag;
}

static void register_once(imstls_client *client)
{
  char line[8];
  MUST(imstls_client_register(client) == IMSTLS_OK);
  for (;;) {
    MUST(imstls_client_step(client) == IMSTLS_OK && imstls_client_state(client) != IMSTLS_STATE_STOPPED);
    if (imstls_client_state(client) == IMSTLS_STATE_REGISTERED)
      break;
    imstls_net_posix_wait(client, -1);
  }
  printf("registered %s\n", resumed ? "resumed" : "full");
  fflush(stdout);
  MUST(fgets(line, sizeof line, stdin));
  MUST(record_len > 0);
  imstls_client_stop(client);
}

int main(int argc, char **argv)
{
  imstls_soft_usim card = IMSTLS_SOFT_USIM_INIT;
  imstls_net_posix_part net = IMSTLS_NET_POSIX_INIT;
  imstls_mbedtls_config how = IMSTLS_MBEDTLS_CONFIG_INIT;
  imstls_config config = IMSTLS_CONFIG_DEFAULTS;
  imstls_mbedtls *tls;
  imstls_client *client;
  MUST(argc == 3);
  how.max_version = atoi(argv[1]);
  MUST(imstls_mbedtls_new(&tls, &how) == IMSTLS_OK);
  /* TS 35.208 test set 1, as test/e2e/peer.py has it */
  MUST(imstls_i_hex_decode(IMSTLS_I_LIT("465b5ce8b199b49faa5f0a2ee238a6bc"), card.card.k, 16));
  MUST(imstls_i_hex_decode(IMSTLS_I_LIT("cd63cb71954a9f4e48a5994e37a02baf"), card.card.opc, 16));
  config.identity.impi = "001010000000001@ims.mnc001.mcc001.3gppnetwork.org";
  config.identity.impu = "sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org";
  config.identity.home_domain = "ims.mnc001.mcc001.3gppnetwork.org";
  config.network.pcscf = argv[2];
  config.policy.attempts = 1;
  config.ports.usim = imstls_usim_soft(&card);
  config.ports.net = imstls_net_posix(&net);
  config.ports.tls = imstls_mbedtls_tls(tls);
  config.ports.random = imstls_mbedtls_random;
  config.ports.random_user = tls;
  config.ports.now_ms = imstls_net_posix_now_ms;
  config.ports.wall_s = imstls_net_posix_wall_s;
  config.ports.store = store;
  config.ports.load = load;
  config.callbacks.on_event = on_event;
  MUST(imstls_client_new(&client, &config) == IMSTLS_OK);
  register_once(client);
  register_once(client);
  imstls_client_free(client);
  imstls_mbedtls_free(tls);
  return 0;
}
