/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, closing and saving a session. Each has a configuration of its own: a PSK can be set only once on one from
 * mbedTLS 3.6 on, and 2.28 hangs the key export on it. */
#include "port/mbedtls/tls.h"

#include <imstls/net.h>

/* By preference. TS 33.210 6.2 for certificates; PSK with forward secrecy before PSK without, never NULL. */
static const int suites_tls13[] = { 0x1301, 0x1302, 0x1303 };
static const int suites_ecdhe_psk[] = { 0xCCAC, 0xC037, 0xC038 };
static const int suites_cert[] = { 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8 };
static const int suites_plain_psk[] = { 0x00A8, 0x00A9, 0xCCAB, 0xC0A4, 0xC0A8 };

/* Saved record: magic, length of the certificate, the certificate, mbedTLS's session. The length is 0 where the session
 * holds the certificate itself: a long one stands there once. */
static const uint8_t record_magic[4] = { 'I', 'M', 'S', '2' };
enum { RECORD_HEADER = 8 };

static int *put_suites(int *to, const int *from, size_t count)
{
  memcpy(to, from, count * sizeof *from);
  return to + count;
}
#define PUT_SUITES(to, table) put_suites((to), (table), sizeof(table) / sizeof(table)[0])

static void choose_suites(imstls_mbedtls_session *s, bool cert, bool psk)
{
  int *to = s->suites;
  if (s->max_version == 13)
    to = PUT_SUITES(to, suites_tls13);
  if (psk)
    to = PUT_SUITES(to, suites_ecdhe_psk);
  if (cert)
    to = PUT_SUITES(to, suites_cert);
  if (psk)
    to = PUT_SUITES(to, suites_plain_psk);
  *to = 0;
  mbedtls_ssl_conf_ciphersuites(&s->conf, s->suites);
#if IMSTLS_I_TLS13
  unsigned modes = MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL;
  if (cert)
    modes |= MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL;
  mbedtls_ssl_conf_tls13_key_exchange_modes(&s->conf, (int)modes);
#endif
}

#if !IMSTLS_I_PSA_RANDOM
static int session_random(void *part, unsigned char *out, size_t len)
{
  return imstls_mbedtls_random(part, out, len) == IMSTLS_OK ? 0 : MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
}
#endif

#if defined(MBEDTLS_SSL_SRV_C) && IMSTLS_I_HAS_PSK
/* The one identity of our role; anything else ends in the alert unknown_psk_identity (RFC 4279 2). */
static int check_identity(void *session, mbedtls_ssl_context *ssl, const unsigned char *identity, size_t len)
{
  const imstls_i_tls_accepted *accepted = &((imstls_mbedtls_session *)session)->accepted;
  if (len != accepted->identity_len || memcmp(identity, accepted->identity, len) != 0)
    return -1;
  return mbedtls_ssl_set_hs_psk(ssl, accepted->psk, accepted->psk_len);
}
#endif

#if IMSTLS_I_HAS_PSK
static int set_psk(imstls_mbedtls_session *s, const imstls_tls_open *how)
{
  s->offered_psk = true;
#if defined(MBEDTLS_SSL_SRV_C)
  if (s->server) {
    memcpy(s->accepted.psk, how->psk, how->psk_len);
    s->accepted.psk_len = how->psk_len;
    memcpy(s->accepted.identity, how->psk_identity.ptr, how->psk_identity.len);
    s->accepted.identity_len = how->psk_identity.len;
    mbedtls_ssl_conf_psk_cb(&s->conf, check_identity, s);
    return 0;
  }
#endif
  return mbedtls_ssl_conf_psk(&s->conf, how->psk, how->psk_len, (const unsigned char *)how->psk_identity.ptr,
                              how->psk_identity.len);
}
#else
static int set_psk(imstls_mbedtls_session *s, const imstls_tls_open *how)
{
  (void)s;
  (void)how;
  return MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE; /* check_how() refused it already */
}
#endif

static int configure(imstls_mbedtls_session *s, const imstls_tls_open *how)
{
  int ret = mbedtls_ssl_config_defaults(&s->conf, s->server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
                                        MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
  if (ret != 0)
    return ret;
#if !IMSTLS_I_PSA_RANDOM
  mbedtls_ssl_conf_rng(&s->conf, session_random, s->part);
#endif
  imstls_i_mbedtls_versions(&s->conf, s->part->config.min_version, s->max_version);
  imstls_i_mbedtls_algorithms(&s->conf);
  /* The chain is ours to judge (imstls_i_mbedtls_judge). mbedTLS verifies the signature of the key exchange always. */
  if (!s->server)
    mbedtls_ssl_conf_authmode(&s->conf, MBEDTLS_SSL_VERIFY_NONE);
#if defined(MBEDTLS_SSL_EXTENDED_MASTER_SECRET)
  mbedtls_ssl_conf_extended_master_secret(&s->conf, MBEDTLS_SSL_EXTENDED_MS_ENABLED);
#endif
#if defined(MBEDTLS_SSL_RENEGOTIATION)
  /* A renegotiation could change the certificate after the token was checked. */
  mbedtls_ssl_conf_renegotiation(&s->conf, MBEDTLS_SSL_RENEGOTIATION_DISABLED);
#endif
#if IMSTLS_I_TLS13 && defined(MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED) &&                                \
    defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_CLI_C)
  /* mbedTLS 4 tells of each always */
  mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(&s->conf,
                                                           MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
  if (!s->server)
    imstls_i_mbedtls_ask_for_short_records(&s->conf);
  bool psk = (how->suites & IMSTLS_TLS_PSK) != 0;
  choose_suites(s, (how->suites & IMSTLS_TLS_CERT) != 0, psk);
  return psk ? set_psk(s, how) : 0;
}

static bool resume_from(imstls_mbedtls_session *s, imstls_bytes der, imstls_bytes session)
{
  mbedtls_ssl_session saved;
  mbedtls_ssl_session_init(&saved);
  bool done = mbedtls_ssl_session_load(&saved, session.ptr, session.len) == 0;
  if (done && der.len == 0)
    der = imstls_i_mbedtls_own_cert(&saved);
  done = done && der.len > 0 && imstls_i_mbedtls_keep_cert(&s->cert, der) == IMSTLS_OK;
  done = done && mbedtls_ssl_set_session(&s->ssl, &saved) == 0;
  mbedtls_ssl_session_free(&saved);
  return done;
}

/* A record that does not fit, of another mbedTLS for instance, leads to a full handshake. */
static void try_resume(imstls_mbedtls_session *s, imstls_bytes record)
{
  if (record.len <= RECORD_HEADER || memcmp(record.ptr, record_magic, sizeof record_magic) != 0)
    return;
  size_t der_len =
      (size_t)record.ptr[4] << 24 | (size_t)record.ptr[5] << 16 | (size_t)record.ptr[6] << 8 | record.ptr[7];
  if (der_len >= record.len - RECORD_HEADER)
    return;
  const uint8_t *der = record.ptr + RECORD_HEADER;
  s->offered_resume = resume_from(s, (imstls_bytes){ der, der_len },
                                  (imstls_bytes){ der + der_len, record.len - RECORD_HEADER - der_len });
  if (!s->offered_resume)
    (void)imstls_i_mbedtls_keep_cert(&s->cert, (imstls_bytes){ NULL, 0 });
}

/* A copy without the dot of the root: neither SNI nor a certificate has one. */
static void take_name(imstls_mbedtls_session *s, const char *name)
{
  if (!name)
    return;
  imstls_text host = imstls_i_without_root(imstls_i_text(name, strlen(name)));
  memcpy(s->server_name, host.ptr, host.len);
}

/* SNI takes a host name alone (RFC 6066 3). */
static int set_name(imstls_mbedtls_session *s)
{
  imstls_address address;
  imstls_text name = { s->server_name, strlen(s->server_name) };
  bool sni = name.len > 0 && imstls_address_parse(name, &address) != IMSTLS_OK;
  return mbedtls_ssl_set_hostname(&s->ssl, sni ? s->server_name : NULL);
}

static int begin(imstls_mbedtls_session *s, const imstls_tls_open *how)
{
  int ret = configure(s, how);
  if (ret != 0)
    return ret;
  imstls_i_mbedtls_keys_conf(s);
  ret = mbedtls_ssl_setup(&s->ssl, &s->conf);
  if (ret != 0)
    return ret;
  imstls_i_mbedtls_keys_ssl(s);
  mbedtls_ssl_set_bio(&s->ssl, s, imstls_i_mbedtls_send, imstls_i_mbedtls_recv, NULL);
  if (s->server)
    return 0;
  take_name(s, how->server_name);
  ret = set_name(s);
  /* A session with a PSK is as cheap as a resumed one, and its life ends with the PSK's. */
  bool resumes = !s->offered_psk && !imstls_i_mbedtls_is_lowered(s);
  if (ret == 0 && resumes)
    try_resume(s, how->resume);
  return ret;
}

/* The members that were there from the beginning. */
bool imstls_i_mbedtls_how_fits(const imstls_tls_open *how)
{
  return how && how->size >= offsetof(imstls_tls_open, exporter) + sizeof how->exporter;
}

static int64_t wall_of(const imstls_tls_open *how)
{
  if (how->size < offsetof(imstls_tls_open, wall_s) + sizeof how->wall_s)
    return -1;
  return how->wall_s;
}

/* 12, or 0: as the part is set up. */
static uint32_t max_version_of(const imstls_tls_open *how)
{
  if (how->size < offsetof(imstls_tls_open, max_version) + sizeof how->max_version)
    return 0;
  return how->max_version;
}

static int check_version(const imstls_mbedtls *part, uint32_t max_version)
{
  if (max_version != 0 && max_version != 12)
    return IMSTLS_ERR_USAGE;
  return max_version != 0 && part->config.min_version > 12 ? IMSTLS_ERR_UNSUPPORTED : IMSTLS_OK;
}

static int check_how(const imstls_tls_open *how)
{
  if (!imstls_i_mbedtls_how_fits(how) || !how->io.send || !how->io.recv)
    return IMSTLS_ERR_USAGE;
  bool cert = (how->suites & IMSTLS_TLS_CERT) != 0;
  bool psk = (how->suites & IMSTLS_TLS_PSK) != 0;
  if (!cert && !psk)
    return IMSTLS_ERR_USAGE;
  if (how->role == IMSTLS_TLS_SERVER && cert)
    return IMSTLS_ERR_UNSUPPORTED;
  if (how->role != IMSTLS_TLS_SERVER && how->role != IMSTLS_TLS_CLIENT)
    return IMSTLS_ERR_USAGE;
#if !defined(MBEDTLS_SSL_SRV_C)
  if (how->role == IMSTLS_TLS_SERVER)
    return IMSTLS_ERR_UNSUPPORTED;
#endif
  if (how->server_name && strlen(how->server_name) > IMSTLS_I_TLS_NAME_MAX)
    return IMSTLS_ERR_USAGE;
  if (how->resume.len > 0 && !how->resume.ptr)
    return IMSTLS_ERR_USAGE;
  if (!psk)
    return IMSTLS_OK;
  if (!IMSTLS_I_HAS_PSK)
    return IMSTLS_ERR_UNSUPPORTED;
  bool no_key = !how->psk || how->psk_len == 0 || !how->psk_identity.ptr || how->psk_identity.len == 0;
  if (no_key)
    return IMSTLS_ERR_USAGE;
  if (how->psk_len > MBEDTLS_PSK_MAX_LEN)
    return IMSTLS_ERR_UNSUPPORTED;
  if (how->psk_identity.len > IMSTLS_I_TLS_IDENTITY_MAX)
    return IMSTLS_ERR_UNSUPPORTED;
  return IMSTLS_OK;
}

/* Its place is the first that is free; negative: none is. */
static int put(imstls_mbedtls *part, imstls_mbedtls_session *s)
{
  uint32_t n = 0;
  if (!imstls_i_mbedtls_lock(part))
    return IMSTLS_ERR_CAPACITY;
  while (n < part->config.sessions && part->sessions[n])
    n++;
  bool found = n < part->config.sessions;
  if (found)
    part->sessions[n] = s;
  imstls_i_mbedtls_unlock(part);
  return found ? (int)n : IMSTLS_ERR_CAPACITY;
}

static void release(imstls_mbedtls *part, int n)
{
  imstls_mbedtls_session *s = part->sessions[n];
  (void)imstls_i_mbedtls_keep_cert(&s->cert, (imstls_bytes){ NULL, 0 });
  imstls_wipe(s, sizeof *s);
  mbedtls_free(s);
  part->sessions[n] = NULL;
}

static void init(imstls_mbedtls_session *s, imstls_mbedtls *part, const imstls_tls_open *how)
{
  s->part = part;
  s->io = how->io;
  s->cert.max = part->config.cert_max;
  s->server = how->role == IMSTLS_TLS_SERVER;
  s->max_version = max_version_of(how) ? 12 : part->config.max_version;
  s->verify_pki = how->verify_pki != 0;
  s->wall_s = wall_of(how);
  s->exporter_wanted = how->exporter != 0;
  mbedtls_ssl_config_init(&s->conf);
  mbedtls_ssl_init(&s->ssl);
  mbedtls_ssl_session_init(&s->saved);
#if IMSTLS_I_RESTARTABLE
  mbedtls_x509_crt_restart_init(&s->cert.restart);
#endif
}

int imstls_i_mbedtls_open(void *user, const imstls_tls_open *how)
{
  imstls_mbedtls *part = user;
  int ret = check_how(how);
  if (ret == IMSTLS_OK)
    ret = check_version(part, max_version_of(how));
  if (ret != IMSTLS_OK)
    return ret;
  imstls_mbedtls_session *s = mbedtls_calloc(1, sizeof *s);
  if (!s)
    return IMSTLS_ERR_MEMORY;
  int n = put(part, s);
  if (n < 0) {
    mbedtls_free(s);
    return n;
  }
  init(s, part, how);
  ret = begin(s, how);
  if (ret == 0)
    return n;
  imstls_i_mbedtls_note(part, ret);
  imstls_i_mbedtls_close(part, n);
  return ret == MBEDTLS_ERR_SSL_ALLOC_FAILED ? IMSTLS_ERR_MEMORY : IMSTLS_ERR_TLS;
}

void imstls_i_mbedtls_close(void *user, int session)
{
  imstls_mbedtls_session *s = imstls_i_mbedtls_session(user, session);
  if (!s)
    return;
  imstls_i_mbedtls_begin_call(s);
  if (s->established && s->failed == IMSTLS_OK)
    (void)mbedtls_ssl_close_notify(&s->ssl);
  mbedtls_ssl_session_free(&s->saved);
#if IMSTLS_I_RESTARTABLE
  mbedtls_x509_crt_restart_free(&s->cert.restart);
#endif
  mbedtls_ssl_free(&s->ssl);
  mbedtls_ssl_config_free(&s->conf);
  release(user, session);
}

/* In TLS 1.3 mbedTLS leaves the certificate out of what it saves. */
static size_t cert_apart(const imstls_mbedtls_session *s, const mbedtls_ssl_session *saved)
{
  bool inside = !imstls_i_mbedtls_is_tls13(&s->ssl) && imstls_i_mbedtls_own_cert(saved).len > 0;
  return inside ? 0 : s->cert.len;
}

static int write_record(const imstls_mbedtls_session *s, const mbedtls_ssl_session *saved, uint8_t *out, size_t cap,
                        size_t *len)
{
  size_t room = cap, session_len = 0, cert_len = cert_apart(s, saved);
  if (cap < RECORD_HEADER + cert_len)
    return IMSTLS_ERR_CAPACITY;
  room -= RECORD_HEADER + cert_len;
  int ret = mbedtls_ssl_session_save(saved, out + RECORD_HEADER + cert_len, room, &session_len);
  if (ret == MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL)
    return IMSTLS_ERR_CAPACITY;
  if (ret != 0)
    return IMSTLS_ERR_UNSUPPORTED;
  memcpy(out, record_magic, sizeof record_magic);
  for (int i = 0; i < 4; i++)
    out[4 + i] = (uint8_t)(cert_len >> (24 - 8 * i));
  if (cert_len > 0)
    memcpy(out + RECORD_HEADER, s->cert.der, cert_len);
  *len = RECORD_HEADER + cert_len + session_len;
  return IMSTLS_OK;
}

/* From 3.6 on mbedTLS gives a session, or a newer ticket, only once; the caller's buffer may be too small at first. */
static bool take_session(imstls_mbedtls_session *s)
{
  mbedtls_ssl_session newer;
  mbedtls_ssl_session_init(&newer);
  if (mbedtls_ssl_get_session(&s->ssl, &newer) != 0) {
    mbedtls_ssl_session_free(&newer);
    return s->has_saved;
  }
  mbedtls_ssl_session_free(&s->saved);
  s->saved = newer; /* plain pointers, owned by the copy from here on */
  s->has_saved = true;
  return true;
}

/* Without the extended master secret nothing ties the resumed session to this certificate (RFC 7627 5.3). */
int imstls_i_mbedtls_save(void *user, int session, uint8_t *out, size_t cap, size_t *len)
{
  imstls_mbedtls_session *s = imstls_i_mbedtls_session(user, session);
  bool not_ready = !s || !s->established || s->failed != IMSTLS_OK || !out || !len;
  if (not_ready)
    return IMSTLS_ERR_UNSUPPORTED;
  bool not_to_be_saved = s->server || s->offered_psk || s->cert.len == 0 || !imstls_i_mbedtls_extended_ms(s);
  if (not_to_be_saved) {
    return IMSTLS_ERR_UNSUPPORTED;
  }
  if (imstls_i_mbedtls_is_tls13(&s->ssl) && !s->has_ticket)
    return IMSTLS_ERR_UNSUPPORTED;
  int ret = take_session(s) ? write_record(s, &s->saved, out, cap, len) : IMSTLS_ERR_UNSUPPORTED;
  if (ret != IMSTLS_OK)
    imstls_wipe(out, cap);
  return ret;
}
