/* SPDX-License-Identifier: Apache-2.0 */
/* A UE without an operating system: registers, comes back on another connection by a resumed TLS session, deregisters,
 * and says what it took. `make baremetal` runs it in qemu against the example P-CSCF. Where the library was built with
 * PSKs, it agrees in clear and has TLS keyed by CK and IK: two handshakes without a certificate. */
#include <string.h>

#include <imstls/imstls.h>
#include <imstls/mbedtls.h>

#include "board.h"
#include "loop_bare_wire.h"

enum { SESSION_MAX = 1024 };

/* The TLS session for resumption. It holds a master secret: RAM is the right place, and it is forgotten with it. */
static struct {
  uint8_t octets[SESSION_MAX];
  size_t len;
} stored;

static struct {
  bool registered, back, leaving; /* what the events told */
  uint64_t until_first, busy;     /* ticks in the library: until the first registration, and in all */
} seen;

static int store(void *user, const char *name, const uint8_t *data, size_t len)
{
  (void)user;
  if (strcmp(name, "tls-session") != 0 || len > sizeof stored.octets)
    return IMSTLS_ERR_STORAGE;
  imstls_wipe(stored.octets, sizeof stored.octets);
  if (len) /* 0: it is to be forgotten */
    memcpy(stored.octets, data, len);
  stored.len = len;
  return IMSTLS_OK;
}

static int load(void *user, const char *name, uint8_t *out, size_t cap)
{
  (void)user;
  if (strcmp(name, "tls-session") != 0 || stored.len > cap)
    return 0;
  memcpy(out, stored.octets, stored.len);
  return (int)stored.len;
}

/* Nothing here wants the date: no certificate is judged by it under token trust, and a session that is stored in RAM
 * is as old as this count says. */
static int64_t wall_s(void *user) { return (int64_t)(board_now_ms(user) / 1000); }

static const char *trusted_by(int32_t what)
{
  if (what == IMSTLS_TRUST_BY_TOKEN)
    return "trust: by token\n";
  return what == IMSTLS_TRUST_BY_PSK ? "trust: by psk\n" : "trust: by resumption\n";
}

static void on_event(void *user, imstls_client *client, const imstls_event *event)
{
  (void)user;
  wire_event(client, event);
  switch (event->type) {
  case IMSTLS_EVENT_TLS: board_print(event->flag ? "tls: resumed\n" : "tls: full handshake\n"); break;
  case IMSTLS_EVENT_TRUST:
    if (!event->error)
      board_print(trusted_by(event->value));
    break;
  case IMSTLS_EVENT_REGISTERED:
    board_print("registered\n");
    seen.back = seen.registered;
    seen.registered = true;
    break;
  case IMSTLS_EVENT_DEREGISTERED: board_print(event->error ? "deregistered: no answer\n" : "deregistered\n"); break;
  case IMSTLS_EVENT_POLICY:
  case IMSTLS_EVENT_RETRY:
  case IMSTLS_EVENT_FAILED:
    if (event->error)
      board_print_number("error", (uint32_t)-event->error);
    break;
  default: break;
  }
}

/* Keys of a test subscriber (TS 35.208 4.3.1 has such): a product asks its card. */
static void fill_card(imstls_soft_usim *card)
{
  static const uint8_t k[16] = SUBSCRIBER_K, opc[16] = SUBSCRIBER_OPC;
  memcpy(card->card.k, k, sizeof k);
  memcpy(card->card.opc, opc, sizeof opc);
}

static void fill_config(imstls_config *config, imstls_soft_usim *card, imstls_mbedtls *tls)
{
  config->identity.impi = "ue@ims.example";
  config->identity.impu = "sip:ue@ims.example";
  config->identity.home_domain = "ims.example";
  config->network.pcscf = "pcscf.ims.example";
  if (imstls_has("psk")) {
    config->policy.flow = IMSTLS_FLOW_AGREE_FIRST; /* there is no key before the first challenge */
    config->policy.psk = IMSTLS_PSK_ONLY;
  }
  config->policy.attempts = 1;
  config->timers.return_ms = 1;
  config->ports.usim = imstls_usim_soft(card);
  config->ports.tls = imstls_mbedtls_tls(tls);
  config->ports.random = imstls_mbedtls_random;
  config->ports.random_user = tls;
  config->ports.now_ms = board_now_ms;
  config->ports.wall_s = wall_s;
  config->ports.store = store;
  config->ports.load = load;
  config->callbacks.on_event = on_event;
}

/* First a registration, then another one on a new connection, then none. */
static void want(imstls_client *client)
{
  bool idle = imstls_client_state(client) == IMSTLS_STATE_REGISTERED;
  if (!idle || seen.leaving)
    return;
  seen.leaving = seen.back;
  if (seen.back) {
    (void)imstls_client_deregister(client);
  } else {
    seen.until_first = seen.busy;
    (void)imstls_client_network_changed(client);
  }
}

/* One turn, and its ticks counted. */
static int turn(imstls_client *client)
{
  uint64_t began = board_ticks();
  int error = imstls_client_step(client);
  wire_send(client);
  wire_receive(client);
  want(client);
  seen.busy += board_ticks() - began;
  stack_check();
  return error;
}

static int run(imstls_client *client)
{
  int error = imstls_client_register(client);
  while (!error && (error = turn(client)) == IMSTLS_OK && imstls_client_state(client) != IMSTLS_STATE_STOPPED)
    board_sleep(imstls_client_timeout_ms(client));
  return error;
}

static void show_cost(void)
{
  enum { INSTRUCTIONS_A_TICK = 40 };
  board_print_number("heap", (uint32_t)heap_most());
  board_print_number("stack", (uint32_t)stack_most());
  board_print_number("instructions_registered", (uint32_t)seen.until_first * INSTRUCTIONS_A_TICK);
  board_print_number("instructions", (uint32_t)seen.busy * INSTRUCTIONS_A_TICK);
}

/* The settings are on the stack for this call alone: both parts copy them. */
static __attribute__((noinline)) int open_client(imstls_soft_usim *card, imstls_mbedtls **tls, imstls_client **client)
{
  imstls_mbedtls_config tls_config = IMSTLS_MBEDTLS_CONFIG_INIT;
  imstls_config config = IMSTLS_CONFIG_SMALL;
  tls_config.cert_max = 2048;
  int error = imstls_mbedtls_new(tls, &tls_config);
  if (error)
    return error;
  fill_config(&config, card, *tls);
  board_print_number("client", (uint32_t)imstls_client_size(&config));
  return imstls_client_new(client, &config);
}

int main(void)
{
  static imstls_soft_usim card = IMSTLS_SOFT_USIM_INIT;
  imstls_mbedtls *tls = NULL;
  imstls_client *client = NULL;
  board_start();
  fill_card(&card);
  int error = open_client(&card, &tls, &client);
  if (!error)
    error = run(client);
  if (error)
    board_print_number("error", (uint32_t)-error);
  show_cost();
  imstls_client_free(client);
  imstls_mbedtls_free(tls);
  imstls_wipe(&card, sizeof card);
  return error || !seen.leaving;
}
