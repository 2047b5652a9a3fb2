/* SPDX-License-Identifier: Apache-2.0 */
#include <imstls/token.h>

#include "access/access.h"
#include "client/optional/optional.h"

int imstls_token2_make(const imstls_token2_input *in, char s_token2[33], char c_token2[33])
{
  (void)in;
  (void)s_token2;
  (void)c_token2;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_token2_check_server(const imstls_token2_input *in, imstls_text text, char c_token2[33])
{
  (void)in;
  (void)text;
  (void)c_token2;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_token2_end_point(const uint8_t *cert, size_t cert_len, uint8_t out[64], size_t *out_len)
{
  (void)cert;
  (void)cert_len;
  (void)out;
  (void)out_len;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_i_token2_check_server_keys(const imstls_aka_result *aka, const imstls_token2_input *in, imstls_text text,
                                      char c_token2[33])
{
  (void)aka;
  (void)in;
  (void)text;
  (void)c_token2;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_i_token2_presence(const imstls_client *c)
{
  (void)c;
  return IMSTLS_OK;
}

int imstls_i_token2_judge(imstls_client *c, imstls_i_tokens *tokens)
{
  (void)c;
  (void)tokens;
  return IMSTLS_OK;
}

void imstls_i_token2_pin(imstls_client *c) { (void)c; }
