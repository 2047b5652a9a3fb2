/* SPDX-License-Identifier: Apache-2.0 */
/* The world from start to end: settings, clock, randomness, steps. */
#include "fake.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "fake_parts.h"

bool fake_handles(void)
{
  const char *keys = getenv("IMSTLS_TEST_KEYS");
  return keys && strcmp(keys, "handle") == 0;
}

bool fake_fails(struct fake *f) { return ++f->calls == f->fail_at; }

/* ---- callbacks ---- */

static uint64_t now_ms(void *user) { return ((struct fake *)user)->now_ms; }
static int64_t wall_s(void *user) { return ((struct fake *)user)->wall_s; }

static int seeded(void *user, uint8_t *out, size_t len)
{
  struct fake *f = user;
  if (fake_fails(f))
    return IMSTLS_ERR_RANDOM;
  for (size_t i = 0; i < len; i++) {
    f->seed = f->seed * 6364136223846793005u + 1442695040888963407u;
    out[i] = (uint8_t)(f->seed >> 56);
  }
  return IMSTLS_OK;
}

static void set_callbacks(struct fake *f)
{
  f->config.ports.random_user = f->config.ports.clock_user = f;
  f->config.ports.random = seeded;
  f->config.ports.now_ms = now_ms;
  f->config.ports.wall_s = wall_s;
  fake_use_net(f);
  fake_use_tls(f);
  fake_use_card(f);
  fake_use_ipsec(f);
  fake_use_ears(f);
}

void fake_init(struct fake *f)
{
  memset(f, 0, sizeof *f);
  f->config = (imstls_config)IMSTLS_CONFIG_DEFAULTS;
  f->config.identity.impi = "001010000000001@ims.mnc001.mcc001.3gppnetwork.org";
  f->config.identity.impu = "sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org";
  f->config.identity.home_domain = "ims.mnc001.mcc001.3gppnetwork.org";
  f->config.network.pcscf = "192.0.2.1";
  f->config.timers.return_ms = 1;                /* at once */
  const char *seed = getenv("IMSTLS_TEST_SEED"); /* `make check-seeds` */
  f->seed = seed ? strtoull(seed, NULL, 10) : 0;
  f->now_ms = 1000000;
  f->amf = 0x80;
  f->wall_s = 1700000000;
  set_callbacks(f);
  /* TS 35.208 test set 1 */
  f->home = (imstls_aka_card)IMSTLS_AKA_CARD_INIT;
  ck_assert(imstls_i_hex_decode(IMSTLS_I_LIT("465b5ce8b199b49faa5f0a2ee238a6bc"), f->home.k, 16));
  ck_assert(imstls_i_hex_decode(IMSTLS_I_LIT("cd63cb71954a9f4e48a5994e37a02baf"), f->home.opc, 16));
  f->soft = (imstls_soft_usim)IMSTLS_SOFT_USIM_INIT;
  f->soft.card = f->home;
  for (size_t i = 0; i < sizeof f->cert; i++)
    f->cert[i] = (uint8_t)(i * 7 + 1);
  f->facts = (imstls_tls_facts){
    .size = sizeof f->facts, .cert = { f->cert, sizeof f->cert }, .extended_ms = 1, .version = 12, .suite = "TLS-FAKE"
  };
  f->security_server = "tls;q=0.1";
}

void fake_is_built(const struct fake *f)
{
  char why[100];
  if (imstls_config_check(&f->config, why, sizeof why) != IMSTLS_ERR_UNSUPPORTED)
    return;
  printf("not in this build: %s\n", why);
  fflush(stdout);
  exit(EXIT_SUCCESS);
}

void fake_start(struct fake *f)
{
  fake_is_built(f);
  ck_assert_int_eq(imstls_client_new(&f->client, &f->config), IMSTLS_OK);
  ck_assert_int_eq(imstls_client_register(f->client), IMSTLS_OK);
  fake_run(f);
}

void fake_end(struct fake *f)
{
  imstls_client_free(f->client);
  f->client = NULL;
  ck_assert_int_eq(f->opened, f->closes);
  ck_assert_int_eq(f->tls_opened, f->tls_closed);
  ck_assert_int_eq(f->installed, f->removed);
  ck_assert_int_le(f->reserved, f->released + f->installed);
  fake_check_untrusted(f);
}

/* Would octets of the network wake the application? */
static bool listens(struct fake *f)
{
  imstls_wait waits[8];
  size_t count = imstls_client_waits(f->client, waits, 8);
  for (size_t i = 0; i < count; i++)
    if (waits[i].events & IMSTLS_WAIT_READ)
      return true;
  return false;
}

int fake_run(struct fake *f)
{
  int result = IMSTLS_OK;
  /* What is coming ends: only steps that take nothing of it count. */
  for (int idle = 0; idle < 5000; idle++) {
    size_t at = f->coming_at;
    result = imstls_client_step(f->client);
    if (f->coming_at != at)
      idle = 0;
    bool read = f->coming_at < f->coming_len && listens(f);
    if (!read && imstls_client_timeout_ms(f->client) != 0)
      return result;
  }
  ck_abort_msg("the client never comes to rest");
  return result;
}

void fake_pass(struct fake *f, uint64_t ms)
{
  uint64_t end = f->now_ms + ms;
  while (f->now_ms < end) {
    int64_t wait = imstls_client_timeout_ms(f->client);
    ck_assert_int_ne((int)wait, 0);
    f->now_ms = wait < 0 || f->now_ms + (uint64_t)wait > end ? end : f->now_ms + (uint64_t)wait;
    fake_run(f);
  }
}
