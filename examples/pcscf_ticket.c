/* SPDX-License-Identifier: Apache-2.0 */
/* --tickets: sessions that a UE may resume (RFC 5077), under a key of this process. */
#include "pcscf_ticket.h"

#if defined(MBEDTLS_SSL_TICKET_C)

enum { LIFETIME_S = 86400 };

void ticket_init(struct ticket *ticket)
{
  ticket->taken = false;
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

int ticket_start(struct ticket *ticket, mbedtls_ssl_config *config, mbedtls_ctr_drbg_context *drbg)
{
  int error =
      mbedtls_ssl_ticket_setup(&ticket->keys, mbedtls_ctr_drbg_random, drbg, MBEDTLS_CIPHER_AES_256_GCM, LIFETIME_S);
  if (!error)
    mbedtls_ssl_conf_session_tickets_cb(config, give, take, ticket);
  return error;
}

void ticket_end(struct ticket *ticket) { mbedtls_ssl_ticket_free(&ticket->keys); }

#else

void ticket_init(struct ticket *ticket) { ticket->taken = false; }
void ticket_end(struct ticket *ticket) { (void)ticket; }

int ticket_start(struct ticket *ticket, mbedtls_ssl_config *config, mbedtls_ctr_drbg_context *drbg)
{
  (void)ticket, (void)config, (void)drbg;
  return MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
}

#endif
