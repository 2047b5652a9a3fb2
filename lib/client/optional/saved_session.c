/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS session that outlives its connection carries trust along: it is saved only once trusted, and offered again
 * only to the same server, for the same identity, under the same policy, and for a while. Its record holds the master
 * secret. */
#include "client/optional/optional.h"

#include "client/event.h"
#include "client/secure.h"
#include "registration/record.h"

static const char session_name[] = "tls-session";

static imstls_i_record_terms terms_of(const imstls_client *c)
{
  return (
      imstls_i_record_terms){ .cfg = &c->cfg, .host = imstls_i_target_host(&c->target), .port = c->flow->remote.port };
}

/* A record passes through the free part of the receive buffer. */
static uint8_t *room(const imstls_client *c, size_t *cap)
{
  const imstls_i_buffer *rx = &c->flow->link.rx;
  *cap = rx->cap - rx->len;
  return (uint8_t *)rx->ptr + rx->len;
}

static void tell_storage(imstls_client *c, imstls_text what)
{
  imstls_i_tell_line(c, IMSTLS_EVENT_POLICY, IMSTLS_ERR_STORAGE, what);
}

imstls_bytes imstls_i_session_load(imstls_client *c, imstls_i_record *record)
{
  size_t cap;
  uint8_t *at = room(c, &cap);
  imstls_i_record_terms terms = terms_of(c);
  if (!c->cfg.ports.load || !c->tls.save)
    return (imstls_bytes){ 0 };
  int n = c->cfg.ports.load(c->cfg.ports.storage_user, session_name, at, cap);
  if (n < 0)
    tell_storage(c, IMSTLS_I_LIT("TLS session record not read"));
  size_t len = n > 0 && (size_t)n <= cap ? (size_t)n : 0;
  size_t head = imstls_i_record_read(&terms, imstls_i_text((const char *)at, len), record);
  if (head > 0 && imstls_i_record_counts(record, imstls_i_wall_s(c)))
    return (imstls_bytes){ at + head, len - head };
  if (n)
    imstls_wipe(at, len ? len : cap); /* what was read; who fails may have written anywhere */
  return (imstls_bytes){ 0 };
}

/* Trust counts for session_age_s after it was proven, and no longer than the registration that it comes from. */
static imstls_i_record record_of(const imstls_client *c)
{
  imstls_i_record record = c->flow->record;
  int64_t now_s = imstls_i_wall_s(c), end_s = now_s + c->binding.granted_s;
  record.since_s = now_s;
  record.until_s = record.until_s < end_s ? record.until_s : end_s;
  return record;
}

void imstls_i_session_save(imstls_client *c)
{
  size_t cap, len = 0;
  uint8_t *at = room(c, &cap);
  if (!c->cfg.ports.store || !c->tls.save || imstls_i_flow_channel(c->flow) != IMSTLS_CHANNEL_CERT)
    return;
  imstls_i_record_terms terms = terms_of(c);
  imstls_i_record record = record_of(c);
  size_t head = 0;
  if (imstls_i_record_counts(&record, record.since_s))
    head = imstls_i_record_put(&terms, &record, (char *)at, cap);
  if (!head || c->tls.save(c->tls.user, c->flow->link.session, at + head, cap - head, &len))
    imstls_i_session_forget(c);
  else if (c->cfg.ports.store(c->cfg.ports.storage_user, session_name, at, head + len))
    tell_storage(c, IMSTLS_I_LIT("TLS session record not stored"));
  imstls_wipe(at, head + len < cap ? head + len : cap);
}

void imstls_i_session_forget(imstls_client *c)
{
  if (!c->cfg.ports.store || !c->tls.save)
    return;
  if (c->cfg.ports.store(c->cfg.ports.storage_user, session_name, NULL, 0))
    tell_storage(c, IMSTLS_I_LIT("TLS session record not deleted"));
}

void imstls_i_session_wipe(imstls_client *c, imstls_bytes session)
{
  size_t cap;
  const uint8_t *at = room(c, &cap);
  imstls_wipe((uint8_t *)at, (size_t)(session.ptr + session.len - at));
}
