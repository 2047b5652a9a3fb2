/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file digest.h
 * \brief HTTP digest with AKA (RFC 3310, RFC 4169) on RFC 2617, 7616 and 8760, as pure functions.
 */
#ifndef IMSTLS_DIGEST_H
#define IMSTLS_DIGEST_H

#include <imstls/aka.h>
#include <imstls/sip.h>
#include <imstls/token.h>
#include <imstls/types.h>
#include <imstls/usim.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup values_answer
 * @{ */

/** Digest algorithms, also as bits of an allow-list: IMSTLS_DIGEST_BIT(x). Others give IMSTLS_ERR_ALGORITHM:
 * SHA-512-256 (RFC 7616 3.2), which mbedTLS 2.28 and 3.6 name (PSA_ALG_SHA_512_256) but do not compute, and `-sess`. */
enum imstls_digest {
  IMSTLS_DIGEST_UNKNOWN = 0,      /**< none of these */
  IMSTLS_DIGEST_AKAV1_MD5 = 1,    /**< RFC 3310 */
  IMSTLS_DIGEST_AKAV1_SHA256 = 2, /**< RFC 3310 with SHA-256 */
  IMSTLS_DIGEST_AKAV2_MD5 = 3,    /**< RFC 4169 */
  IMSTLS_DIGEST_AKAV2_SHA256 = 4, /**< RFC 4169 with SHA-256 */
  IMSTLS_DIGEST_MD5 = 5,          /**< plain; never answered from a USIM */
  IMSTLS_DIGEST_SHA256 = 6        /**< plain; never answered from a USIM */
};
#define IMSTLS_DIGEST_BIT(x) ((uint32_t)1 << (x))
#define IMSTLS_DIGEST_AKA_ALL                                                                                          \
  (IMSTLS_DIGEST_BIT(IMSTLS_DIGEST_AKAV1_MD5) | IMSTLS_DIGEST_BIT(IMSTLS_DIGEST_AKAV1_SHA256) |                        \
   IMSTLS_DIGEST_BIT(IMSTLS_DIGEST_AKAV2_MD5) | IMSTLS_DIGEST_BIT(IMSTLS_DIGEST_AKAV2_SHA256))

/** Quality of protection. */
enum imstls_qop {
  IMSTLS_QOP_NONE = 0,    /**< as RFC 2069 had it */
  IMSTLS_QOP_AUTH = 1,    /**< `auth` */
  IMSTLS_QOP_AUTH_INT = 2 /**< `auth-int` */
};

/** One challenge: views into a WWW-Authenticate or Proxy-Authenticate value. */
typedef struct imstls_challenge {
  size_t size;
  imstls_text realm, nonce, opaque, algorithm; /**< as sent, without quotes; quoted-pairs (RFC 3261 25.1) as they
                                                    are, in what goes back and in what is hashed; absent: ptr NULL */
  imstls_text s_token, s_token2, cb;           /**< absent: ptr NULL */
  int32_t digest;                              /**< IMSTLS_DIGEST_... */
  int32_t qop; /**< the one to answer with: auth before auth-int, none when none that is known was offered */
  uint8_t rand[IMSTLS_RAND_LEN];
  uint8_t autn[IMSTLS_AUTN_LEN];
  imstls_text server_data_b64; /**< reserved */
  imstls_text value;           /**< the whole field's value, as imstls_answer_input takes it */
  /** IMSTLS_HDR_WWW_AUTHENTICATE: answered in Authorization; IMSTLS_HDR_PROXY_AUTHENTICATE: answered in
   *  Proxy-Authorization (RFC 3261 22.2, 22.3); 0: imstls_challenge_parse does not know where it stood */
  int32_t header;
  uint32_t index; /**< how many fields of that name stand above it */
} imstls_challenge;

/**
 * \brief  Parses one WWW-Authenticate value as an AKA challenge.
 * Faults of one challenge that refuse it are reported in this order: doubled parameter, `ik`/`ck`, algorithm,
 *  nonce.
 * A plain algorithm (MD5, SHA-256) or an unknown one gives IMSTLS_ERR_ALGORITHM with `digest` set. The form of s_token
 * is not judged here.
 * \param  value      the field's value
 * \param  challenge  written as far as it was understood
 * \return IMSTLS_OK; IMSTLS_ERR_S_TOKEN_DOUBLED: any parameter twice; IMSTLS_ERR_KEYS_EXPOSED; IMSTLS_ERR_ALGORITHM;
 *         IMSTLS_ERR_CHALLENGE: not Digest, no realm, a nonce that is not base64 of at least 32 octets, a realm or
 *         opaque that cannot be sent back between quotes; IMSTLS_ERR_SIP_MALFORMED
 */
IMSTLS_API int imstls_challenge_parse(imstls_text value, imstls_challenge *challenge);

/**
 * \brief  Chooses the challenge to answer (RFC 8760 2.4: the topmost one that is allowed), then parses that one alone.
 * `header`, `index` and `value` of the challenge say which one it is.
 * \param  message    a 401, of which each WWW-Authenticate is looked at, or a 407: each Proxy-Authenticate. What else a
 *                    401 or 407 holds, such as a challenge that a proxy added to another one's (RFC 3261 16.7, step 7),
 *                    is not answered
 * \param  allowed    IMSTLS_DIGEST_BIT(...) of the algorithms to accept, such as IMSTLS_DIGEST_AKA_ALL
 * \param  challenge  written
 * \return as imstls_challenge_parse; IMSTLS_ERR_ALGORITHM: none is allowed; IMSTLS_ERR_CHALLENGE: there is none
 */
IMSTLS_API int imstls_challenge_choose(const imstls_sip_message *message, uint32_t allowed,
                                       imstls_challenge *challenge);

/** What a digest response is computed over. */
typedef struct imstls_digest_input {
  size_t size;
  int32_t digest;                                  /**< IMSTLS_DIGEST_...; the hash is what counts here */
  int32_t qop;                                     /**< IMSTLS_QOP_... */
  imstls_text username, realm, nonce, method, uri; /**< nonce as its text */
  imstls_text nc, cnonce;                          /**< with qop */
  imstls_bytes password; /**< RES with AKAv1; base64 text of the PRF with AKAv2; empty after a sync failure */
  imstls_bytes body;     /**< with auth-int */
  const char *ha1;       /**< hex HA1 instead of the password; may be NULL */
} imstls_digest_input;

/**
 * \brief  The digest response (RFC 2617 3.2.2.1): 32 or 64 hex digits in lower case.
 * \param  in   the inputs; with an empty `method` this computes rspauth (RFC 2617 3.2.3)
 * \param  out  written: hex digits and a NUL
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API int imstls_digest_response(const imstls_digest_input *in, char out[65]);

/**
 * \brief  H(username ":" realm ":" password) in hex, for stacks that take only a password or HA1.
 * \param  in   digest, username, realm and password are used
 * \param  out  written: 32 or 64 hex digits and a NUL
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API int imstls_digest_ha1(const imstls_digest_input *in, char out[65]);

/**
 * \brief  The AKAv2 password: base64 text of PRF(RES || IK || CK, "http-digest-akav2-password") (RFC 4169 3.1).
 * \param  digest  IMSTLS_DIGEST_AKAV2_...
 * \param  aka     a result whose verdict is IMSTLS_AKA_OK; octets or a key handle
 * \param  out     written: text and a NUL
 * \param  out_len written: octets of text
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO; IMSTLS_ERR_USIM: the key handle failed
 */
IMSTLS_API int imstls_digest_akav2_password(int digest, const imstls_aka_result *aka, char out[45], size_t *out_len);

/**
 * \brief  IK' or CK' of RFC 4169 3.2: PRF(IK, "http-digest-akav2-integritykey") or PRF(CK, "..-cipherkey").
 * \param  digest   IMSTLS_DIGEST_AKAV2_...
 * \param  key      16 octets
 * \param  cipher   0: IK', 1: CK'
 * \param  out      written: 16 octets with MD5, 32 with SHA-256
 * \param  out_len  written
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API int imstls_digest_akav2_key(int digest, const uint8_t key[16], int cipher, uint8_t out[32], size_t *out_len);

/** Parts of an Authorization value. */
typedef struct imstls_authorization {
  size_t size;
  imstls_text username, realm, nonce, uri, opaque, algorithm; /**< as they stand between the quotes (quoted-pairs
                                                                   RFC 3261 25.1); opaque, algorithm absent: left out */
  int32_t qop;
  uint32_t reserved;
  imstls_text nc, cnonce;
  imstls_text response;              /**< hex; may be empty, never absent */
  imstls_text auts;                  /**< base64 text, or absent */
  imstls_text c_token, c_token2, cb; /**< or absent */
} imstls_authorization;

/**
 * \brief  Writes an Authorization value: "Digest username=..." (RFC 2617 3.2.2; TS 24.229 5.1.1.2).
 * \param  in   the parts; none may hold a quote, CR, LF or NUL
 * \param  out  written and terminated
 * \param  cap  octets of `out`
 * \param  len  written: octets without the NUL
 * \return IMSTLS_OK; IMSTLS_ERR_CAPACITY; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_authorization_write(const imstls_authorization *in, char *out, size_t cap, size_t *len);

/**
 * \brief  The Authorization of a refresh or deregistration: the last one that a 200 answered, word for word, without
 * what was for one request alone: c_token, c_token2, cb (TS 24.229 5.1.1.4.1, 5.1.1.6; RFC 2617 3.2.3). So the stack
 * keeps this text, and neither RES nor HA1.
 * It proves the UE to whoever reads it until the next challenge: it belongs on the channel alone where that 200 came,
 * as long as that is trusted. On any other channel a refresh is a first REGISTER: imstls_authorization_write with empty
 * nonce and response.
 * \param  value  of the Authorization (or Proxy-Authorization) that was sent
 * \param  out    written and terminated; not `value` itself
 * \param  cap    octets of `out`; those of `value` and one more are always enough
 * \param  len    written: octets without the NUL
 * \return IMSTLS_OK; IMSTLS_ERR_CAPACITY; IMSTLS_ERR_SIP_MALFORMED: not Digest credentials, or no octets for a header;
 *         IMSTLS_ERR_USAGE: NULL, or nothing that registered: no response, an empty one, or AUTS
 */
IMSTLS_API int imstls_authorization_repeat(imstls_text value, char *out, size_t cap, size_t *len);

/**
 * What carries the answer: the proof that imstls_digest_answer asks for depends on it. The library sees no connection
 * here: what it is told of the channel is believed, and a wrong word gives RES away.
 *
 * A certificate says which server a session is with only if the session says so, and two kinds of sessions do not:
 *  - TLS 1.2 without extended master secret (RFC 7627): a man in the middle can bring two sessions to the same master
 *    secret, and the certificate that this end saw is then none that the other end showed. Such a session is
 *    IMSTLS_CHANNEL_NONE, whatever certificate it shows. TLS 1.3 has the property by itself. With OpenSSL
 *    SSL_get_extms_support() says it;
 *  - a resumed one: its certificate is that of the session it resumes, so it counts only when that very session was
 *    trusted by a token or by PKI in a registration of this IMPI, at this server name; then `cert` is the DER that was
 *    kept from there, and a new challenge is checked against it. A ticket or PSK of anybody else's, and a session that
 *    the TLS library took from a cache of the process, is foreign: IMSTLS_CHANNEL_NONE, or better a full handshake. A
 *    stack that cannot tell whether a session was resumed switches resumption off.
 * Unknown means no in both. The client asks the same of its TLS (`resumed`, `extended_ms` of tls.h).
 */
enum imstls_channel {
  IMSTLS_CHANNEL_NONE = 0, /**< no protection, or none known yet: RES is never released */
  /** TLS with a server certificate, 1.3 or with extended master secret, and not resumed from a foreign session: s_token
   *  must verify over the certificate */
  IMSTLS_CHANNEL_CERT = 1,
  IMSTLS_CHANNEL_PSK = 2,  /**< TLS keyed with CK and IK of this registration: an s_token is not looked at */
  IMSTLS_CHANNEL_IPSEC = 3 /**< security associations keyed with CK and IK of this very run (TS 33.203 7) */
};

/** What a challenge is to be answered with. All zero is a safe beginning. */
typedef struct imstls_answer_input {
  size_t size;
  imstls_text challenge;             /**< `value` of the chosen challenge */
  uint32_t allowed;                  /**< IMSTLS_DIGEST_BIT(...); 0: all AKA ones */
  int32_t token_key;                 /**< IMSTLS_TOKEN_KEY_... of token.h, under AKAv2 */
  imstls_text username, method, uri; /**< IMPI, "REGISTER", Request-URI */
  imstls_text nc;                    /**< with qop; absent: 00000001 */
  imstls_text cnonce;                /**< with qop: 64 random bits or more, in hex */
  imstls_bytes body;                 /**< with auth-int */
  int32_t channel;                   /**< IMSTLS_CHANNEL_... */
  uint32_t pki_verified; /**< 1: chain, dates and name of `cert` were verified: a missing s_token is then no fault */
  imstls_bytes cert;     /**< the server's end-entity certificate, DER, as this very channel showed it. With
                                IMSTLS_CHANNEL_IPSEC that of the TLS channel on which the challenge came, or empty */
  const imstls_aka_result *aka; /**< a result for this challenge's RAND and AUTN, or NULL: `usim` is asked */
  const imstls_usim *usim;      /**< may be NULL with `aka` */
  uint32_t request;             /**< handed to `usim` */
  uint32_t reserved;
} imstls_answer_input;

/** The answer. Wipe with imstls_wipe. */
typedef struct imstls_answer {
  size_t size;
  int32_t verdict;         /**< IMSTLS_AKA_OK, _MAC_FAILURE or _SYNC_FAILURE */
  int32_t digest;          /**< IMSTLS_DIGEST_... */
  uint32_t token_verified; /**< 1: the s_token was there and right */
  uint32_t reserved;
  char response[65];     /**< hex; empty after a MAC failure */
  char ha1[65];          /**< hex HA1, when the verdict is IMSTLS_AKA_OK: for stacks that compute the response */
  char c_token[25];      /**< hex; empty: none is sent */
  imstls_aka_result aka; /**< what the USIM gave: RES and keys when the verdict is IMSTLS_AKA_OK, AUTS when it is
                                IMSTLS_AKA_SYNC_FAILURE. A key handle is the caller's to release */
  char rspauth
      [65]; /**< hex: what the 200 proves the registrar with (accepted.h), which needs no RES and no HA1 any more;
                         empty without qop, and when the verdict is not IMSTLS_AKA_OK */
} imstls_answer;

/**
 * \brief  From a WWW-Authenticate (or Proxy-Authenticate) value to an Authorization value, in one call.
 * Judged in this order: the arguments and the room in `out`, the challenge, presence and form of s_token; then the
 * USIM is asked; then AUTN's MAC, SQN, s_token. It is no oracle: RES, HA1, keys and c_token come out only when the
 * channel is proven (s_token right, verified PKI, PSK or IPsec). After a MAC failure an empty response is written,
 * after a synchronisation failure AUTS and a response over the empty password (TS 24.229 5.1.1.5.3, RFC 3310 3.4),
 * on any channel. An s_token that is wrong refuses the answer whatever else vouches for the channel.
 * The caller limits how often it answers and refuses a repeated RAND. s_token2 is not looked at.
 * \param  in      the challenge and the channel
 * \param  answer  written on success only, else zero
 * \param  out     written on success only: the Authorization value and a NUL
 * \param  cap     octets of `out`
 * \param  len     written: octets without the NUL; with IMSTLS_ERR_CAPACITY what is needed without the NUL
 * \return IMSTLS_OK, see `verdict`; IMSTLS_PENDING: the USIM answers later, call again with its result in `aka`;
 *         IMSTLS_ERR_NOT_TRUSTED: AKA succeeded, but on IMSTLS_CHANNEL_NONE; IMSTLS_ERR_S_TOKEN_MISSING, _MALFORMED,
 *         _DOUBLED, _MISMATCH; IMSTLS_ERR_KEYS_EXPOSED; IMSTLS_ERR_ALGORITHM; IMSTLS_ERR_CHALLENGE;
 *         IMSTLS_ERR_SIP_MALFORMED; IMSTLS_ERR_CAPACITY; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO; what the USIM returned
 */
IMSTLS_API IMSTLS_MUST_CHECK int imstls_digest_answer(const imstls_answer_input *in, imstls_answer *answer, char *out,
                                                      size_t cap, size_t *len);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
