/* SPDX-License-Identifier: Apache-2.0 */
/* access/: what I-TLS adds to SIP: digest AKA, tokens, security agreement. Internal to lib/. */
#ifndef IMSTLS_ACCESS_ACCESS_H
#define IMSTLS_ACCESS_ACCESS_H

#include <imstls/aka.h>
#include <imstls/digest.h>
#include <imstls/token.h>

#include "base/base.h"

/* MAC under a key of an AKA result, be it octets or a handle. `key` IMSTLS_KEY_..., `alg` IMSTLS_MAC_...; `out` has 32
 * octets' room. IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO; IMSTLS_ERR_USIM: the handle failed. */
int imstls_i_key_mac(const imstls_aka_result *aka, int key, int alg, const imstls_bytes *parts, size_t count,
                     uint8_t out[32]);

/* The pre-shared key of TLS: CK || IK. False, and `psk` is zero: the run failed, or its keys are no octets. Wipe `psk`
 * with imstls_wipe. */
enum { IMSTLS_I_PSK_LEN = 2 * IMSTLS_KEY_LEN };
bool imstls_i_psk(const imstls_aka_result *aka, uint8_t psk[IMSTLS_I_PSK_LEN]);

/* IK' (cipher 0) or CK' (cipher 1) of RFC 4169 3.2. IMSTLS_ERR_USAGE: not an AKAv2 algorithm. */
int imstls_i_akav2_key(const imstls_aka_result *aka, int digest, int cipher, uint8_t out[32], size_t *out_len);

/* Octets of the hash of a digest algorithm: 16 or 32; 0: unknown. */
size_t imstls_i_digest_hash_len(int digest);
bool imstls_i_digest_is_akav2(int digest);

/* Must a challenge bring an s_token on this channel (IMSTLS_CHANNEL_...)? `pki`: chain, dates and name of the
 * certificate were verified, and the policy takes that for enough. PSK and SAs prove the keys of the run by themselves.
 */
bool imstls_i_token_owed(int channel, bool pki);

/* Presence and form of an s_token. IMSTLS_OK; IMSTLS_ERR_S_TOKEN_MISSING; IMSTLS_ERR_S_TOKEN_MALFORMED. */
int imstls_i_token_form(imstls_text s_token);

/* As imstls_token_check_server, for octets and handles alike. `which` is IMSTLS_TOKEN_KEY_...; under AKAv1 the key is
 * IK whatever it says. IK' counts with all its 16 or 32 octets. Also IMSTLS_ERR_USIM: the handle failed. */
int imstls_i_token_check_server_keys(const imstls_aka_result *aka, int which, int digest, imstls_bytes cert,
                                     imstls_text text, char c_token[25]) IMSTLS_MUST_CHECK;

/* As imstls_token2_check_server with the keys of `aka`; `ck` and `ik` of `in` are not looked at. */
int imstls_i_token2_check_server_keys(const imstls_aka_result *aka, const imstls_token2_input *in, imstls_text text,
                                      char c_token2[33]) IMSTLS_MUST_CHECK;

/* Copies the text of a challenge that was parsed to `to`, and its views go there. */
void imstls_i_challenge_move(imstls_challenge *challenge, char *to);

/* Takes the scheme "Digest" off the value of a challenge or of credentials; false: another one. */
bool imstls_i_take_digest(imstls_text *value);

/* May this go between quotes, as it is? No quote or backslash but in a quoted-pair, no control character but TAB. */
bool imstls_i_quotable(imstls_text text);

/* Writes an Authorization value; IMSTLS_ERR_USAGE: a part is absent or may not be sent. */
int imstls_i_authorization_put(imstls_i_writer *w, const imstls_authorization *in);

#endif
