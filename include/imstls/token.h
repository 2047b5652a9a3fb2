/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file token.h
 * \brief The tokens that bind a TLS server certificate to an AKA run.
 *
 *     s_token = HMAC-SHA1-96(IK, server certificate)      in WWW-Authenticate of the 401
 *     c_token = HMAC-SHA1-96(IK, s_token)                 in Authorization of the answer
 *
 * The certificate is the end-entity certificate's DER as the server sent it; c_token's input is the 12 raw octets of
 * s_token. Text form: 24 hex digits, lower case when written, any case when read. HMAC-SHA1-96 is RFC 2404.
 */
#ifndef IMSTLS_TOKEN_H
#define IMSTLS_TOKEN_H

#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup values_answer
 * @{ */

#define IMSTLS_TOKEN_LEN 12
#define IMSTLS_TOKEN_TEXT_LEN 24 /**< without quotes and terminator */
#define IMSTLS_TOKEN2_LEN 16
#define IMSTLS_TOKEN2_TEXT_LEN 32

/** Which key the tokens of an AKAv2 run are made with: networks differ in what the S-CSCF hands out. */
enum imstls_token_key {
  IMSTLS_TOKEN_KEY_EITHER = 0,  /**< the one that the s_token verifies under; the c_token is made with the same */
  IMSTLS_TOKEN_KEY_IK = 1,      /**< IK of the USIM, as under AKAv1 */
  IMSTLS_TOKEN_KEY_IK_PRIME = 2 /**< IK' (RFC 4169 3.2), 16 or 32 octets */
};

/**
 * \brief  Checks the server's token and, only if it is right, makes the client's.
 * \param  ik        16 octets, of the AKA run that the token came with
 * \param  cert      end-entity certificate, DER
 * \param  cert_len  octets, at least 1
 * \param  text      value of the s_token parameter, without quotes
 * \param  c_token   written on success only: 24 hex digits and a NUL
 * \return IMSTLS_OK; IMSTLS_ERR_S_TOKEN_MALFORMED; IMSTLS_ERR_S_TOKEN_MISMATCH; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API IMSTLS_MUST_CHECK int imstls_token_check_server(const uint8_t ik[16], const uint8_t *cert, size_t cert_len,
                                                           imstls_text text, char c_token[25]);

/**
 * \brief  Makes the server's token: for P-CSCF authors and tests.
 * \param  ik        16 octets, from the S-CSCF's challenge
 * \param  cert      the certificate of this TLS session, DER
 * \param  cert_len  octets, at least 1
 * \param  s_token   written: 24 hex digits and a NUL
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API int imstls_token_make_server(const uint8_t ik[16], const uint8_t *cert, size_t cert_len, char s_token[25]);

/**
 * \brief  Checks the client's token: for P-CSCF authors. On failure answer 403 and close the connection.
 * \param  ik       16 octets
 * \param  s_token  the server's token, 24 hex digits, as it was sent
 * \param  text     value of the c_token parameter, without quotes
 * \return IMSTLS_OK; IMSTLS_ERR_C_TOKEN: malformed, wrong, or s_token sent back; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API IMSTLS_MUST_CHECK int imstls_token_check_client(const uint8_t ik[16], const char s_token[24],
                                                           imstls_text text);

/** How the stronger token is bound to its TLS session. */
enum imstls_binding {
  IMSTLS_BINDING_SERVER_END_POINT = 1, /**< RFC 5929 4: hash of the certificate */
  IMSTLS_BINDING_EXPORTER = 2          /**< RFC 9266: exported keying material, 32 octets */
};

/** Inputs of the stronger token pair. Not a standard: an offer to P-CSCF authors who hold both ends. */
typedef struct imstls_token2_input {
  size_t size;
  const uint8_t *ck, *ik; /**< 16 octets each */
  const uint8_t *rand;    /**< 16 octets */
  imstls_text impi;
  imstls_text sni; /**< server name sent in the handshake; empty when none was; lower-cased here */
  int32_t binding; /**< IMSTLS_BINDING_... */
  uint32_t reserved;
  imstls_bytes binding_value; /**< 32 octets with the exporter; the end-point hash (32, 48 or 64 octets) else */
  imstls_bytes cert;          /**< end-entity certificate, DER */
} imstls_token2_input;

/**
 * \brief  Makes s_token2 and c_token2: HMAC-SHA-256-128 under a key from the TS 33.220 B.2 KDF over CK || IK.
 * \param  in        the binding
 * \param  s_token2  written: 32 hex digits and a NUL; may be NULL
 * \param  c_token2  written: 32 hex digits and a NUL; may be NULL
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API int imstls_token2_make(const imstls_token2_input *in, char s_token2[33], char c_token2[33]);

/**
 * \brief  Checks s_token2 and, only if it is right, makes c_token2.
 * \param  in        the binding
 * \param  text      value of the s_token2 parameter, without quotes
 * \param  c_token2  written on success only: 32 hex digits and a NUL
 * \return IMSTLS_OK; IMSTLS_ERR_S_TOKEN2_MISMATCH: malformed or wrong; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API IMSTLS_MUST_CHECK int imstls_token2_check_server(const imstls_token2_input *in, imstls_text text,
                                                            char c_token2[33]);

/**
 * \brief  The tls-server-end-point hash of a certificate (RFC 5929 4.1). MD5 and SHA-1 become SHA-256; so do
 *         signatures without a single hash of their own (Ed25519, some RSA-PSS), a rule of this library.
 * \param  cert, cert_len  DER
 * \param  out             written: up to 64 octets
 * \param  out_len         written: 32, 48 or 64
 * \return IMSTLS_OK; IMSTLS_ERR_TLS_CERT: not a certificate; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO
 */
IMSTLS_API int imstls_token2_end_point(const uint8_t *cert, size_t cert_len, uint8_t out[64], size_t *out_len);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
