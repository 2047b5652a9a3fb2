/* SPDX-License-Identifier: Apache-2.0 */
/* --tickets: sessions that a UE may resume (RFC 5077), under a key of this process or of --ticket-key. */
#include "pcscf_ticket.h"

#include <string.h>

#include <mbedtls/md.h>

#include "pcscf.h"

#if defined(MBEDTLS_SSL_TICKET_C)

enum { LIFETIME_S = 86400 };

void ticket_init(struct ticket *ticket)
{
  memset(ticket, 0, sizeof *ticket);
  mbedtls_ssl_ticket_init(&ticket->keys);
}

static int take(void *user, mbedtls_ssl_session *session, unsigned char *data, size_t len)
{
  struct ticket *ticket = user;
  int error = mbedtls_ssl_ticket_parse(&ticket->keys, session, data, len);
  ticket->taken = error == 0;
  return error;
}

static int give(void *user, const mbedtls_ssl_session *session, unsigned char *at, const unsigned char *end,
                size_t *len, uint32_t *lifetime)
{
  struct ticket *ticket = user;
  return mbedtls_ssl_ticket_write(&ticket->keys, session, at, end, len, lifetime);
}

/* SHA-256 of the key and a number, as often as there is room. */
static int spread(struct ticket *ticket, const char *key)
{
  unsigned char from[TICKET_KEY_LEN + 1], block[32];
  const mbedtls_md_info_t *sha256 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
  int error = hex_octets(key, from, TICKET_KEY_LEN) == TICKET_KEY_LEN ? 0 : MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
  for (from[TICKET_KEY_LEN] = 0; !error && ticket->given_len < sizeof ticket->given; from[TICKET_KEY_LEN]++) {
    size_t room = sizeof ticket->given - ticket->given_len, len = room < sizeof block ? room : sizeof block;
    error = mbedtls_md(sha256, from, sizeof from, block);
    memcpy(ticket->given + ticket->given_len, block, len);
    ticket->given_len += len;
  }
  imstls_wipe(from, sizeof from);
  imstls_wipe(block, sizeof block);
  return error;
}

/* mbedTLS makes both keys in its setup, from the first octets that it asks for. */
static int keys_random(void *user, unsigned char *out, size_t len)
{
  struct ticket *ticket = user;
  if (len > ticket->given_len - ticket->given_used)
    return mbedtls_ctr_drbg_random(ticket->drbg, out, len);
  memcpy(out, ticket->given + ticket->given_used, len);
  imstls_wipe(ticket->given + ticket->given_used, len);
  ticket->given_used += len;
  return 0;
}

int ticket_start(struct ticket *ticket, mbedtls_ssl_config *config, mbedtls_ctr_drbg_context *drbg, const char *key)
{
  int error = key ? spread(ticket, key) : 0;
  ticket->drbg = drbg;
  if (!error)
    error = mbedtls_ssl_ticket_setup(&ticket->keys, keys_random, ticket, MBEDTLS_CIPHER_AES_256_GCM, LIFETIME_S);
  if (!error)
    mbedtls_ssl_conf_session_tickets_cb(config, give, take, ticket);
  return error;
}

void ticket_end(struct ticket *ticket) { mbedtls_ssl_ticket_free(&ticket->keys); }

#else

void ticket_init(struct ticket *ticket) { ticket->taken = false; }
void ticket_end(struct ticket *ticket) { (void)ticket; }

int ticket_start(struct ticket *ticket, mbedtls_ssl_config *config, mbedtls_ctr_drbg_context *drbg, const char *key)
{
  (void)ticket, (void)config, (void)drbg, (void)key;
  return MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
}

#endif
