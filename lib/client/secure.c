/* SPDX-License-Identifier: Apache-2.0 */
#include "client/secure.h"

#include "access/access.h"
#include "client/event.h"
#include "crypto/crypto.h"
#include "registration/record.h"

enum { PSK_IDENTITY_MAX = 128 };

const char *imstls_i_server_name(const imstls_client *c)
{
  return c->cfg.network.server_name ? c->cfg.network.server_name : imstls_i_target_host(&c->target);
}

imstls_text imstls_i_sni(const imstls_client *c)
{
  imstls_address literal;
  const char *name = imstls_i_server_name(c);
  imstls_text text = imstls_i_without_root(imstls_i_text(name, strlen(name)));
  return imstls_address_parse(text, &literal) == IMSTLS_OK ? imstls_i_text("", 0) : text;
}

/* RFC 4279 5.3: identities of 128 octets are borne everywhere. Roles have identities of their own (RFC 9257 4.1). */
static int psk_identity(imstls_client *c, char text[PSK_IDENTITY_MAX], imstls_text *out)
{
  static const char other_role[] = "pcscf:";
  *out = imstls_i_text(c->cfg.identity.impi, strlen(c->cfg.identity.impi));
  if (!c->cfg.callbacks.psk_identity)
    return IMSTLS_OK;
  int n = c->cfg.callbacks.psk_identity(c->cfg.callbacks.user, text, PSK_IDENTITY_MAX);
  if (n < 1 || n > PSK_IDENTITY_MAX)
    return IMSTLS_ERR_USIM;
  *out = imstls_i_text(text, (size_t)n);
  bool taken = out->len >= sizeof other_role - 1 && memcmp(text, other_role, sizeof other_role - 1) == 0;
  return taken ? IMSTLS_ERR_USIM : IMSTLS_OK;
}

/* The key of the answer that is held: CK and IK. */
static int offer_psk(imstls_client *c, imstls_tls_open *how, char identity[PSK_IDENTITY_MAX],
                     uint8_t psk[IMSTLS_I_PSK_LEN])
{
  bool handle = c->run.result.keys.mac;
  if (c->cfg.policy.psk == IMSTLS_PSK_ONLY && handle)
    return IMSTLS_ERR_UNSUPPORTED; /* a PSK is octets */
  if (c->cfg.policy.psk == IMSTLS_PSK_OFF || !c->credentials.held || handle)
    return IMSTLS_OK;
  int error = psk_identity(c, identity, &how->psk_identity);
  if (error)
    return error;
  if (!imstls_i_psk(&c->run.result, psk))
    return IMSTLS_ERR_INTERNAL; /* an answer is held, and its keys are octets */
  how->psk = psk;
  how->psk_len = IMSTLS_I_PSK_LEN;
  how->suites = IMSTLS_TLS_PSK;
  if (c->cfg.policy.psk != IMSTLS_PSK_ONLY)
    how->suites |= IMSTLS_TLS_CERT;
  return IMSTLS_OK;
}

int64_t imstls_i_wall_s(const imstls_client *c)
{
  return c->cfg.ports.wall_s ? c->cfg.ports.wall_s(c->cfg.ports.clock_user) : -1;
}

/* ---- sessions that outlive their connection ---- */

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

/* Empty: none that fits. */
static imstls_bytes load_session(imstls_client *c, imstls_i_record *record)
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
    imstls_wipe(at, cap); /* whatever was read */
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

/* ---- a handshake ---- */

int imstls_i_secure_begin(imstls_client *c, imstls_i_offered *offered)
{
  size_t cap;
  uint8_t psk[IMSTLS_I_PSK_LEN];
  char identity[PSK_IDENTITY_MAX];
  imstls_tls_open how = { .size = sizeof how, .role = IMSTLS_TLS_CLIENT, .suites = IMSTLS_TLS_CERT };
  how.server_name = imstls_i_server_name(c);
  how.verify_pki = c->cfg.policy.trust != IMSTLS_TRUST_TOKEN;
  how.wall_s = how.verify_pki ? imstls_i_wall_s(c) : -1;
  how.max_version = c->flow->lowered ? 12 : 0;
  how.exporter = c->cfg.policy.token2 != IMSTLS_TOKEN2_OFF;
  int error = offer_psk(c, &how, identity, psk);
  *offered = (imstls_i_offered){ .psk = how.psk_len > 0 };
  if (!error && !c->credentials.held)
    how.resume = load_session(c, &offered->record);
  offered->resume = how.resume.len > 0;
  if (!error)
    error = imstls_i_link_secure(&c->flow->link, &how);
  imstls_wipe(psk, sizeof psk);
  if (how.resume.len)
    imstls_wipe(room(c, &cap), (size_t)(how.resume.ptr + how.resume.len - room(c, &cap)));
  return error;
}

int imstls_i_secure_judge(const imstls_i_flow *flow, const imstls_tls_facts *facts)
{
  bool unknown = facts->resumed < 0 || facts->extended_ms < 0;
  if (!facts->psk && unknown)
    return IMSTLS_ERR_TLS_PROPERTIES; /* not fit for tokens */
  bool sound = flow->offered.resume && facts->extended_ms == 1;
  if (facts->resumed == 1 && !sound)
    return IMSTLS_ERR_TLS_PROPERTIES; /* not asked for, or open to a triple handshake (RFC 7627) */
  if (facts->psk && !flow->offered.psk)
    return IMSTLS_ERR_TLS_PROPERTIES; /* keyed with what we never gave */
  return IMSTLS_OK;
}

static bool is_cert_of_handshake(const imstls_i_flow *flow, imstls_bytes cert)
{
  uint8_t hash[32];
  if (flow->cert_is_final)
    return true;
  return !imstls_i_sha256(&cert, 1, hash) && memcmp(hash, flow->cert_hash, sizeof hash) == 0;
}

imstls_bytes imstls_i_server_cert(imstls_client *c)
{
  imstls_tls_facts facts = { .size = sizeof facts };
  if (!c->flow->has_cert || c->tls.facts(c->tls.user, c->flow->link.session, &facts))
    return (imstls_bytes){ 0 };
  return is_cert_of_handshake(c->flow, facts.cert) ? facts.cert : (imstls_bytes){ 0 };
}
