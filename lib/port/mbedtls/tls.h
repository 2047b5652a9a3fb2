/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the mbedTLS part share. */
#ifndef IMSTLS_PORT_MBEDTLS_TLS_H
#define IMSTLS_PORT_MBEDTLS_TLS_H

#include <stdbool.h>

#include "base/base.h"
#include "port/mbedtls/compat.h"
#include "port/mbedtls/watch.h"
#include <imstls/mbedtls.h>

enum {
  IMSTLS_I_TLS_SUITES_MAX = 24,
  IMSTLS_I_TLS_NAME_MAX = 255,
  IMSTLS_I_TLS_FLIGHT_MAX = 256, /* ClientKeyExchange of P-521, ChangeCipherSpec and Finished have 194 */
  IMSTLS_I_TLS_IDENTITY_MAX = IMSTLS_I_HAS_PSK ? 6 + 255 : 0 /* "pcscf:" and an IMPI */
};

typedef struct imstls_i_mbedtls_cert {
  uint8_t *der; /* `len` octets of mbedTLS's memory; NULL: none is known */
  size_t len;
  size_t max;         /* octets of one that is taken */
  bool seen;          /* a chain came and was judged: a full handshake */
  bool due;           /* a Certificate message was taken whose chain is not judged yet */
  int error;          /* IMSTLS_OK, or why the certificate is unusable */
  uint32_t pki_flags; /* faults of the whole chain */
#if IMSTLS_I_RESTARTABLE
  mbedtls_x509_crt_restart_ctx restart;
#endif
} imstls_i_mbedtls_cert;

/* What is left of one call's share, and how far the peer is from anything we wanted. */
typedef struct imstls_i_tls_budget {
  uint32_t octets, recvs, sends, tickets;
  bool spent;       /* something above is used up: what mbedTLS wants now is not the network's to say */
  bool dry;         /* the network has no more octets */
  size_t fruitless; /* octets since the session began, or since the last data */
} imstls_i_tls_budget;

/* Records of the handshake that mbedTLS takes for sent. */
typedef struct imstls_i_tls_flight {
  size_t len;
  uint8_t octets[IMSTLS_I_TLS_FLIGHT_MAX];
} imstls_i_tls_flight;

/* The only identity whose PSK is accepted. */
typedef struct imstls_i_tls_accepted {
  char identity[IMSTLS_I_TLS_IDENTITY_MAX + 1];
  size_t identity_len;
  uint8_t psk[MBEDTLS_PSK_MAX_LEN];
  size_t psk_len;
} imstls_i_tls_accepted;

/* Used by one thread at a time. */
typedef struct imstls_mbedtls_session {
  imstls_mbedtls *part;
  bool established;
  bool offered_resume; /* `cert` holds the stored certificate until a new one comes */
  bool offered_psk;
  bool server;
  int max_version; /* 12 or 13: what is offered at most */
  bool verify_pki;
  int64_t wall_s;  /* what the application says the time is; negative: unknown */
  bool has_ticket; /* TLS 1.3: a ticket came */
  bool exporter_wanted, exporter_known;
  int failed;   /* the error that every later call repeats */
  int code;     /* mbedTLS's, of that */
  int io_error; /* what the network callback said last */
  int writing;  /* octets of the caller in a record that has not left whole yet */
  imstls_i_tls_budget budget;
  imstls_tls_io io;
  imstls_i_tls_flight flight;
  mbedtls_ssl_config conf;
  mbedtls_ssl_context ssl;
  mbedtls_ssl_session saved; /* what `save` took out of it */
  bool has_saved;
  imstls_i_tls_watch watch;
  imstls_i_mbedtls_cert cert;
  int suites[IMSTLS_I_TLS_SUITES_MAX];
  union {
    char server_name[IMSTLS_I_TLS_NAME_MAX + 1]; /* as a client; empty: none is known */
    imstls_i_tls_accepted accepted;              /* as a server */
  };
  uint8_t exporter[32];
} imstls_mbedtls_session;

/* Shared by the threads of its sessions. What changes after imstls_mbedtls_new does so under the lock: last_error, the
 * lists of trust anchors while a chain is verified with them, and which places are taken. A place is given back without
 * it, by the thread whose session stands there: a lock that fails loses none. */
struct imstls_mbedtls {
  imstls_tls tls;
  imstls_mbedtls_config config;
#if IMSTLS_I_LOCKS
  mbedtls_threading_mutex_t mutex;
#endif
#if !IMSTLS_I_PSA_RANDOM
  mbedtls_ctr_drbg_context drbg;
#endif
  mbedtls_x509_crt ca;
  mbedtls_x509_crt **anchors; /* each one of `ca`, in its order */
  size_t anchor_count;
  int last_error;
  imstls_mbedtls_session *_Atomic *sessions; /* a place for each; NULL: free */
};

/* The session, or NULL when it is not open. */
static inline imstls_mbedtls_session *imstls_i_mbedtls_session(void *user, int session)
{
  imstls_mbedtls *part = user;
  if (!part || session < 0 || (uint32_t)session >= part->config.sessions)
    return NULL;
  return part->sessions[session];
}

/* lock.c: where mbedTLS has no threads, there is none, and nothing fails. */
bool imstls_i_mbedtls_lock_init(imstls_mbedtls *part); /* false: there can be none */
void imstls_i_mbedtls_lock_free(imstls_mbedtls *part);
bool imstls_i_mbedtls_lock(imstls_mbedtls *part); /* false: it is not held */
void imstls_i_mbedtls_unlock(imstls_mbedtls *part);
/* The code of a failure, as mbedTLS numbers it. */
void imstls_i_mbedtls_note(imstls_mbedtls *part, int code);

/* drbg.c */
int imstls_i_mbedtls_start_random(imstls_mbedtls *part);

/* session.c */
/* Is this a struct that holds all that every caller knows? */
bool imstls_i_mbedtls_how_fits(const imstls_tls_open *how);
int imstls_i_mbedtls_open(void *part, const imstls_tls_open *how);
void imstls_i_mbedtls_close(void *part, int session);
int imstls_i_mbedtls_save(void *part, int session, uint8_t *out, size_t cap, size_t *len);

/* io.c */
void imstls_i_mbedtls_begin_call(imstls_mbedtls_session *session);
int imstls_i_mbedtls_send(void *session, const unsigned char *data, size_t len); /* see io.c: it may wait in `flight` */
int imstls_i_mbedtls_recv(void *session, unsigned char *data, size_t cap);
int imstls_i_mbedtls_handshake(void *part, int session);
int imstls_i_mbedtls_read(void *part, int session, uint8_t *data, size_t cap);
int imstls_i_mbedtls_write(void *part, int session, const uint8_t *data, size_t len);

/* result.c: results of mbedTLS in our numbers. `done`: the handshake completed. */
int imstls_i_mbedtls_result(const mbedtls_ssl_context *ssl, int ret, bool done);
int imstls_i_mbedtls_failure(void *part, int session, char *text, size_t cap);

/* hybrid.c */
/* TLS 1.2 alone is offered although the part may do better: the second try (imstls_tls_open.max_version). */
bool imstls_i_mbedtls_is_lowered(const imstls_mbedtls_session *session);
/* On such a session: could the server have chosen better, or is that not known? */
bool imstls_i_mbedtls_is_downgraded(const imstls_mbedtls_session *session);
/* Why the version that the server chose leads nowhere: IMSTLS_ERR_TLS_PSS, IMSTLS_ERR_TLS_DOWNGRADE; IMSTLS_OK: it is
 * not that. */
int imstls_i_mbedtls_version_error(const imstls_mbedtls_session *session, int ret);

/* facts.c */
void imstls_i_mbedtls_suite_name(const char *mbedtls_name, char out[48]);
bool imstls_i_mbedtls_is_tls13(const mbedtls_ssl_context *ssl);
bool imstls_i_mbedtls_suite_has(const mbedtls_ssl_context *ssl, const char *word); /* in mbedTLS's name of it */
bool imstls_i_mbedtls_suite_psk(const mbedtls_ssl_context *ssl);
bool imstls_i_mbedtls_resumed(const imstls_mbedtls_session *session);
bool imstls_i_mbedtls_extended_ms(const imstls_mbedtls_session *session);
bool imstls_i_mbedtls_psk(const imstls_mbedtls_session *session);
int imstls_i_mbedtls_facts(void *part, int session, imstls_tls_facts *facts);

/* cert.c */
extern const mbedtls_x509_crt_profile imstls_i_mbedtls_profile;
/* Is the chain within the limits, and its end entity usable under every policy? No signature is verified. */
bool imstls_i_mbedtls_chain_fit(const mbedtls_x509_crt *chain);
/* The same, and the end entity is kept. */
int imstls_i_mbedtls_take_chain(imstls_i_mbedtls_cert *cert, const mbedtls_x509_crt *chain);
/* Keeps a copy in the place of what was kept; an empty one: nothing. IMSTLS_OK; IMSTLS_ERR_CERT_TOO_LONG;
 * IMSTLS_ERR_MEMORY; then nothing is kept. */
int imstls_i_mbedtls_keep_cert(imstls_i_mbedtls_cert *cert, imstls_bytes der);
/* After a Certificate message and before the peer's signature is verified: takes the chain if there is one, and under a
 * PKI policy verifies it. IMSTLS_OK; IMSTLS_PENDING; IMSTLS_ERR_TLS_CERT; IMSTLS_ERR_CERT_TOO_LONG;
 * IMSTLS_ERR_MEMORY. */
int imstls_i_mbedtls_judge(imstls_mbedtls_session *session);
int imstls_i_mbedtls_pki(const imstls_mbedtls_session *session);

/* dates.c */
/* Seconds since 1970; negative before that. */
int64_t imstls_i_mbedtls_seconds(const mbedtls_x509_time *at);
/* MBEDTLS_X509_BADCERT_FUTURE, MBEDTLS_X509_BADCERT_EXPIRED, or 0: valid at that time. */
uint32_t imstls_i_mbedtls_date_flags(const mbedtls_x509_crt *crt, int64_t wall_s);
/* mbedTLS's verify callback: the session's time instead of the system's. */
int imstls_i_mbedtls_judge_dates(void *session, mbedtls_x509_crt *crt, int depth, uint32_t *flags);
/* Links those of `all` that are valid at that time into a list and gives its head, NULL when there is none; and links
 * all of them again. */
mbedtls_x509_crt *imstls_i_mbedtls_link_valid(mbedtls_x509_crt *const *all, size_t count, int64_t wall_s);
void imstls_i_mbedtls_link_all(mbedtls_x509_crt *const *all, size_t count);

/* Where verification goes on after a slice; NULL: it is not sliced. */
static inline mbedtls_x509_crt_restart_ctx *imstls_i_mbedtls_restart(imstls_mbedtls_session *session)
{
#if IMSTLS_I_RESTARTABLE
  return &session->cert.restart;
#else
  (void)session;
  return NULL;
#endif
}

/* exporter.c */
void imstls_i_mbedtls_keys_conf(imstls_mbedtls_session *session); /* before ssl_setup */
void imstls_i_mbedtls_keys_ssl(imstls_mbedtls_session *session);  /* after it */
int imstls_i_mbedtls_exporter(void *part, int session, uint8_t out[32]);

#endif
