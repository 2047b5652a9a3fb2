/* SPDX-License-Identifier: Apache-2.0 */
/* TLS without TLS: the octets pass as they are, the facts are what the test says. And what is stored of a session. */
#include "fake.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "fake_parts.h"

static int tls_open(void *user, const imstls_tls_open *how)
{
  struct fake *f = user;
  f->last_tls = *how;
  if (how->psk_len) {
    memcpy(f->psk, how->psk, 32);
    ck_assert_uint_lt(how->psk_identity.len, sizeof f->psk_identity);
    memcpy(f->psk_identity, how->psk_identity.ptr, how->psk_identity.len);
    f->psk_identity[how->psk_identity.len] = '\0';
  }
  f->resume_offered += how->resume.len > 0;
  if (fake_fails(f))
    return IMSTLS_ERR_TLS;
  return f->tls_opened++ % 2;
}

static int handshake(void *user, int session)
{
  struct fake *f = user;
  (void)session;
  f->handshakes++;
  return fake_fails(f) ? IMSTLS_ERR_TLS : f->handshake_result;
}

static int tls_read(void *user, int session, uint8_t *data, size_t cap)
{
  (void)session;
  return fake_fails(user) ? IMSTLS_ERR_TLS : fake_give_in(user, data, cap);
}

static int tls_write(void *user, int session, const uint8_t *data, size_t len)
{
  (void)session;
  return fake_fails(user) ? IMSTLS_ERR_TLS : fake_take_out(user, data, len);
}

static void tls_close(void *user, int session)
{
  (void)session;
  ((struct fake *)user)->tls_closed++;
}

static int tls_facts(void *user, int session, imstls_tls_facts *facts)
{
  struct fake *f = user;
  (void)session;
  if (fake_fails(f))
    return IMSTLS_ERR_STATE;
  *facts = f->facts;
  return IMSTLS_OK;
}

static int tls_save(void *user, int session, uint8_t *out, size_t cap, size_t *len)
{
  (void)session;
  if (fake_fails(user) || cap < 8)
    return IMSTLS_ERR_CAPACITY;
  memcpy(out, "SESSION!", 8);
  *len = 8;
  return IMSTLS_OK;
}

static int exporter(void *user, int session, uint8_t out[32])
{
  const struct fake *f = user;
  (void)session;
  for (int i = 0; i < 32; i++)
    out[i] = f->exporter[i] ^ f->exporter_mask;
  /* a failure counts, whatever was written */
  return f->no_exporter || !f->last_tls.exporter ? IMSTLS_ERR_UNSUPPORTED : IMSTLS_OK;
}

static int failure(void *user, int session, char *text, size_t cap)
{
  const struct fake *f = user;
  (void)session;
  if (f->tls_words)
    snprintf(text, cap, "%s", f->tls_words);
  return f->tls_code;
}

static bool is_pin(const char *name) { return strncmp(name, "token2-pin ", 11) == 0; }

static int store(void *user, const char *name, const uint8_t *data, size_t len)
{
  struct fake *f = user;
  if (f->store_error)
    return f->store_error;
  if (is_pin(name)) {
    f->pinned = len > 0;
    return IMSTLS_OK;
  }
  ck_assert(len <= sizeof f->record);
  if (len)
    memcpy(f->record, data, len);
  f->record_len = len;
  *(len ? &f->stored : &f->forgotten) += 1;
  return IMSTLS_OK;
}

static int load(void *user, const char *name, uint8_t *out, size_t cap)
{
  struct fake *f = user;
  if (f->load_error)
    return f->load_error;
  if (is_pin(name))
    return f->pinned;
  ck_assert(f->record_len <= cap);
  memcpy(out, f->record, f->record_len);
  return (int)f->record_len;
}

static imstls_tls the_tls;

void fake_use_tls(struct fake *f)
{
  the_tls = (imstls_tls){ .size = sizeof the_tls,
                          .user = f,
                          .open = tls_open,
                          .handshake = handshake,
                          .read = tls_read,
                          .write = tls_write,
                          .close = tls_close,
                          .facts = tls_facts,
                          .save = tls_save,
                          .exporter = exporter,
                          .failure = failure };
  f->config.ports.tls = &the_tls;
  f->config.ports.storage_user = f;
  f->config.ports.store = store;
  f->config.ports.load = load;
}
