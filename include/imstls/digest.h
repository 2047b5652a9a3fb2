/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file digest.h
 * \brief HTTP digest with AKA (RFC 3310, RFC 4169) on RFC 2617, 7616 and 8760, as pure functions.
 */
#ifndef IMSTLS_DIGEST_H
#define IMSTLS_DIGEST_H

#include <imstls/aka.h>
#include <imstls/sip.h>
#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Digest algorithms, also as bits of an allow-list: IMSTLS_DIGEST_BIT(x). */
enum {
  IMSTLS_DIGEST_UNKNOWN = 0,
  IMSTLS_DIGEST_AKAV1_MD5 = 1,
  IMSTLS_DIGEST_AKAV1_SHA256 = 2,
  IMSTLS_DIGEST_AKAV2_MD5 = 3,
  IMSTLS_DIGEST_AKAV2_SHA256 = 4,
  IMSTLS_DIGEST_MD5 = 5,   /**< plain; never answered from a USIM */
  IMSTLS_DIGEST_SHA256 = 6 /**< plain; never answered from a USIM */
};
#define IMSTLS_DIGEST_BIT(x) ((uint32_t)1 << (x))
#define IMSTLS_DIGEST_AKA_ALL                                                                                     \
  (IMSTLS_DIGEST_BIT(IMSTLS_DIGEST_AKAV1_MD5) | IMSTLS_DIGEST_BIT(IMSTLS_DIGEST_AKAV1_SHA256) |                    \
   IMSTLS_DIGEST_BIT(IMSTLS_DIGEST_AKAV2_MD5) | IMSTLS_DIGEST_BIT(IMSTLS_DIGEST_AKAV2_SHA256))

/** Quality of protection. */
enum { IMSTLS_QOP_NONE = 0, IMSTLS_QOP_AUTH = 1, IMSTLS_QOP_AUTH_INT = 2 };

/** One challenge: views into a WWW-Authenticate value. */
typedef struct imstls_challenge {
  size_t size;
  imstls_text realm, nonce, opaque, algorithm; /**< as sent, without quotes; absent: ptr NULL */
  imstls_text s_token, s_token2, cb;           /**< absent: ptr NULL */
  int32_t digest;         /**< IMSTLS_DIGEST_... */
  int32_t qop;            /**< the one to answer with: auth before auth-int, none when none was offered */
  uint8_t rand[IMSTLS_RAND_LEN];
  uint8_t autn[IMSTLS_AUTN_LEN];
  imstls_text server_data_b64; /**< reserved */
} imstls_challenge;

/**
 * \brief  Parses one WWW-Authenticate value as an AKA challenge.
 * Faults of one challenge that refuse it are reported in this order: doubled parameter, `ik`/`ck`, algorithm, nonce, qop.
 * A plain algorithm (MD5, SHA-256) or an unknown one gives IMSTLS_ERR_ALGORITHM with `digest` set. The form of s_token
 * is not judged here.
 * \param  value      the field's value
 * \param  challenge  written as far as it was understood
 * \return IMSTLS_OK; IMSTLS_ERR_S_TOKEN_DOUBLED: any parameter twice; IMSTLS_ERR_KEYS_EXPOSED; IMSTLS_ERR_ALGORITHM;
 *         IMSTLS_ERR_CHALLENGE: not Digest, no realm, a nonce that is not base64 of at least 32 octets, qop of
 *         unknown values only; IMSTLS_ERR_SIP_MALFORMED
 */
IMSTLS_API int imstls_challenge_parse(imstls_text value, imstls_challenge *challenge);

/**
 * \brief  Chooses the challenge to answer (RFC 8760 2.4: the topmost one that is allowed), then parses that one alone.
 * \param  message    a 401
 * \param  allowed    IMSTLS_DIGEST_BIT(...) of the algorithms to accept, such as IMSTLS_DIGEST_AKA_ALL
 * \param  challenge  written
 * \return as imstls_challenge_parse; IMSTLS_ERR_ALGORITHM: none is allowed; IMSTLS_ERR_CHALLENGE: there is none
 */
IMSTLS_API int imstls_challenge_choose(const imstls_sip_message *message, uint32_t allowed,
                                       imstls_challenge *challenge);

/** What a digest response is computed over. */
typedef struct imstls_digest_input {
  size_t size;
  int32_t digest; /**< IMSTLS_DIGEST_...; the hash is what counts here */
  int32_t qop;    /**< IMSTLS_QOP_... */
  imstls_text username, realm, nonce, method, uri; /**< nonce as its text */
  imstls_text nc, cnonce;     /**< with qop */
  imstls_bytes password;      /**< RES with AKAv1; base64 text of the PRF with AKAv2; empty after a sync failure */
  imstls_bytes body;          /**< with auth-int */
  const char *ha1;            /**< hex HA1 instead of the password; may be NULL */
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
IMSTLS_API int imstls_digest_akav2_key(int digest, const uint8_t key[16], int cipher, uint8_t out[32],
                                       size_t *out_len);

/** Parts of an Authorization value. */
typedef struct imstls_authorization {
  size_t size;
  imstls_text username, realm, nonce, uri, opaque, algorithm; /**< opaque, algorithm absent: left out */
  int32_t qop;
  uint32_t reserved;
  imstls_text nc, cnonce;
  imstls_text response;            /**< hex; may be empty, never absent */
  imstls_text auts;                /**< base64 text, or absent */
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

#ifdef __cplusplus
}
#endif
#endif
