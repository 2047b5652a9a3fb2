/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file tls.h
 * \brief TLS as a callback struct: handshake, read, write, close, facts. mbedtls.h has the ready-made part.
 */
#ifndef IMSTLS_TLS_H
#define IMSTLS_TLS_H

#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup ports
 * @{ */

/** How a session reaches the network. Octets are TLS records. */
typedef struct imstls_tls_io {
  void *ctx;
  /** \return octets (1 to len); IMSTLS_WANT_WRITE; IMSTLS_ERR_CONNECTION */
  int (*send)(void *ctx, const uint8_t *data, size_t len);
  /** \return octets (1 to cap); IMSTLS_WANT_READ; IMSTLS_CLOSED; IMSTLS_ERR_CONNECTION */
  int (*recv)(void *ctx, uint8_t *data, size_t cap);
} imstls_tls_io;

/** Which end of a session. */
enum imstls_tls_role {
  IMSTLS_TLS_CLIENT = 0, /**< we connect */
  IMSTLS_TLS_SERVER = 1  /**< the network connects */
};
/** Which suites a session offers. */
enum imstls_tls_families {
  IMSTLS_TLS_CERT = 1, /**< those with a certificate */
  IMSTLS_TLS_PSK = 2   /**< those with a PSK */
};

/** A new session. Pointers are borrowed for the call of `open` alone, but for `io`. */
typedef struct imstls_tls_open {
  size_t size;
  imstls_tls_io io;
  int32_t role;    /**< IMSTLS_TLS_CLIENT, or IMSTLS_TLS_SERVER (PSK only) */
  uint32_t suites; /**< IMSTLS_TLS_CERT, IMSTLS_TLS_PSK, or both */
  /** for SNI and the PKI name check, at most 255 octets, both without a final dot; NULL or "": none. An IP literal is
   *  never SNI (RFC 6066 3), and PKI looks for it among the iPAddress of the certificate alone (RFC 9525 6.4) */
  const char *server_name;
  const uint8_t *psk; /**< 32 octets, or NULL; copied, wiped at close */
  size_t psk_len;
  /** ours as client; the only one accepted as server; at most 261 octets, as "pcscf:" and an IMPI may have */
  imstls_text psk_identity;
  imstls_bytes resume; /**< a session that `save` gave, or empty */
  /** 1: chain and dates are checked and reported in the facts; never ends a handshake by itself */
  uint32_t verify_pki;
  uint32_t exporter; /**< 1: `exporter` will be asked for */
  /** what the application says the time is, in seconds since 1970; negative, or `size` ends before it: unknown. Under
   *  `verify_pki` the dates of every certificate of the path, trust anchor included, are compared with it, both bounds
   *  valid (RFC 5280 4.1.2.5), and unknown gives IMSTLS_ERR_CLOCK in the facts. The system's clock has no say: a TLS
   *  part that looks at that one instead, or at none, makes PKI trust as weak as it is itself */
  int64_t wall_s;
  /** 12: TLS 1.2 alone, without RSA-PSS, and resuming nothing: the second try after IMSTLS_ERR_TLS_PSS. The server's
   *  random must not say that it can do better (RFC 8446 4.1.3), else IMSTLS_ERR_TLS_DOWNGRADE. 0, or `size` ends
   *  before it: as the part is set up */
  uint32_t max_version;
  uint32_t reserved;
} imstls_tls_open;

/** What is known after the handshake. */
typedef struct imstls_tls_facts {
  size_t size;
  imstls_bytes cert;   /**< end-entity certificate, DER, as the server sent it (of a resumed session the original's);
                               empty with a PSK suite. Borrowed until the next call on the session */
  int32_t resumed;     /**< 1, 0, or -1: unknown, not fit for tokens */
  int32_t extended_ms; /**< extended master secret or TLS 1.3: 1, 0, or -1: unknown, not fit for tokens */
  int32_t psk;         /**< 1: authenticated by the PSK of `open` */
  /** 1: chain, dates and name verified; 0: not asked; IMSTLS_ERR_CLOCK: they cannot be, for the time is unknown;
   *  IMSTLS_ERR_PKI: any other reason */
  int32_t pki;
  uint32_t version; /**< 12 or 13 */
  char suite[48];   /**< IANA name */
  /** 1: no other handshake can follow on this session (no renegotiation), so `cert` stays what it is; 0, or `size` ends
   *  before it: it may change, and the client hashes it to notice */
  uint32_t cert_is_final;
} imstls_tls_facts;

/**
 * TLS. Sessions are small numbers from 0.
 * One call of `handshake`, `read` or `write` does a bounded amount of work whatever the peer sends: past its share it
 * returns IMSTLS_PENDING with all of its state kept, also when the network has no more octets that would wake the
 * caller, and goes on in the next call. What the ready-made part counts as a share is in mbedtls.h.
 */
typedef struct imstls_tls {
  size_t size;
  void *user;
  /** \brief  A new session. \return its number; IMSTLS_ERR_TLS; IMSTLS_ERR_MEMORY; IMSTLS_ERR_UNSUPPORTED (PSK,
   *  resume); IMSTLS_ERR_CAPACITY: none is free */
  int (*open)(void *user, const imstls_tls_open *how);
  /** \brief  Goes on with the handshake, one slice a call where TLS can be restarted.
   *  \return IMSTLS_OK; IMSTLS_WANT_READ; IMSTLS_WANT_WRITE; IMSTLS_PENDING: the share of this call is used up, call
   *   again at once; IMSTLS_ERR_TLS, _TLS_ALERT, _TLS_REFUSED, _TLS_FRAGMENTED, _CERT_TOO_LONG, _MEMORY, _CONNECTION;
   *   IMSTLS_ERR_TLS_NOT_SPOKEN: no record of TLS came first;
   *   IMSTLS_ERR_TLS_CERT: unfit key or usage, or a chain over the limits; IMSTLS_ERR_TLS_DOWNGRADE;
   *   IMSTLS_ERR_TLS_PSS: the server chose TLS 1.2, its random does not say that it can do better, and it signed with
   *   RSA-PSS, which was offered for TLS 1.3. A new session on a new connection, with `max_version` 12, may succeed */
  int (*handshake)(void *user, int session);
  /** \return octets (1 to cap); IMSTLS_WANT_READ: the network has none; IMSTLS_WANT_WRITE; IMSTLS_PENDING: the share
   *  of this call is used up, call again at once; IMSTLS_CLOSED; IMSTLS_ERR_TLS; IMSTLS_ERR_TLS_ALERT;
   *  IMSTLS_ERR_TLS_KEY_UPDATE; IMSTLS_ERR_CONNECTION */
  int (*read)(void *user, int session, uint8_t *data, size_t cap);
  /** \brief  After IMSTLS_WANT_WRITE and IMSTLS_PENDING the same octets come again. \return octets (1 to len);
   *  IMSTLS_WANT_WRITE; IMSTLS_WANT_READ; IMSTLS_PENDING as read; errors as read */
  int (*write)(void *user, int session, const uint8_t *data, size_t len);
  /** \brief  Sends close_notify if it can at once, wipes and frees the session; its number may come again. */
  void (*close)(void *user, int session);
  /** \brief  After the handshake, as often as it is asked: the client keeps no copy of the certificate.
   *  \return IMSTLS_OK; IMSTLS_ERR_STATE */
  int (*facts)(void *user, int session, imstls_tls_facts *facts);
  /** \brief  Writes a record to resume from. May be NULL: no resumption. \return IMSTLS_OK; IMSTLS_ERR_CAPACITY;
   *  IMSTLS_ERR_UNSUPPORTED */
  int (*save)(void *user, int session, uint8_t *out, size_t cap, size_t *len);
  /** \brief  Exported keying material, RFC 9266 (32 octets), of a session that `open` asked it for. May be NULL.
   *  \return IMSTLS_OK; IMSTLS_ERR_UNSUPPORTED */
  int (*exporter)(void *user, int session, uint8_t out[32]);
  /** \brief  Code of the last failure of any session, or of `open`, as the TLS library numbers it; 0: none. May be
   *  NULL. */
  int (*last_error)(void *user);
  /** \brief  Why this session failed, as the TLS library numbers it, and in its own words, for a log. `text` gets
   *  `cap` octets with the NUL at most, "" where there are no words. May be NULL: then last_error is asked.
   *  \return the code; 0: it did not fail */
  int (*failure)(void *user, int session, char *text, size_t cap);
} imstls_tls;

/** @} */

#ifdef __cplusplus
}
#endif
#endif
