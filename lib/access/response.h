/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to one challenge: digest response, AUTS, Authorization. Whoever asks for it has judged before whether the
 * channel is proven: nothing here holds RES back. */
#ifndef IMSTLS_ACCESS_RESPONSE_H
#define IMSTLS_ACCESS_RESPONSE_H

#include "access/access.h"

/* What is answered, and with what beside the keys. Everything is borrowed. */
typedef struct imstls_i_response_input {
  const imstls_challenge *challenge;
  imstls_text username, method, uri;
  imstls_text nc;     /* absent: 00000001, since an AKA nonce serves once */
  imstls_text cnonce; /* with qop */
  imstls_bytes body;  /* with auth-int */
} imstls_i_response_input;

/* Texts, each with a NUL. Wipe with imstls_wipe. */
typedef struct imstls_i_response {
  char ha1[65];      /* set by imstls_i_response_make alone */
  char response[65]; /* empty after a MAC failure */
  char auts[21];     /* after a synchronisation failure, else empty */
} imstls_i_response;

/* To a run that succeeded. The password is RES under AKAv1 (RFC 3310 3.3), the text of a PRF under AKAv2 (RFC 4169
 * 3.1). IMSTLS_OK; IMSTLS_ERR_USAGE: the run failed, or qop without cnonce; IMSTLS_ERR_CRYPTO; IMSTLS_ERR_USIM: the key
 * handle failed. `out` is zero on failure. */
int imstls_i_response_make(const imstls_i_response_input *in, const imstls_aka_result *aka, imstls_i_response *out);

/* To a run that failed: AUTS and a response over the empty password (RFC 3310 3.4), or neither after a MAC failure (TS
 * 24.229 5.1.1.5.3). Nothing of the run but AUTS is looked at. IMSTLS_OK; IMSTLS_ERR_USAGE: the run succeeded, or qop
 * without cnonce; IMSTLS_ERR_CRYPTO. `out` is zero on failure. */
int imstls_i_response_make_bad(const imstls_i_response_input *in, const imstls_aka_result *aka, imstls_i_response *out);

/* The rspauth that the server proves itself with (RFC 2617 3.2.3), from the HA1 of a response that was made; needs qop.
 * IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_CRYPTO. */
int imstls_i_response_rspauth(const imstls_i_response_input *in, const imstls_i_response *response, char out[65]);

/* The parts of the Authorization that carries `response`, without tokens: views into both. */
imstls_authorization imstls_i_response_authorization(const imstls_i_response_input *in,
                                                     const imstls_i_response *response);

/* Octets of the longest Authorization value that may answer the challenge, with a c_token or not. As
 * imstls_i_authorization_put. */
int imstls_i_response_longest(const imstls_i_response_input *in, bool with_c_token, size_t *len);

/* The Authorization value itself, with a c_token unless that is absent. As imstls_authorization_write. */
int imstls_i_response_write(const imstls_i_response_input *in, const imstls_i_response *response, imstls_text c_token,
                            char *out, size_t cap, size_t *len);

#endif
