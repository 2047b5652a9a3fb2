/* SPDX-License-Identifier: Apache-2.0 */
/* Authorization values (RFC 2617 3.2.2; TS 24.229 5.1.1.2). */
#include <imstls/digest.h>

#include "access/access.h"
#include "sip/lex.h"

static void put_quoted(imstls_i_writer *w, const char *name, imstls_text value)
{
  imstls_i_put_str(w, name);
  IMSTLS_I_PUT_LIT(w, "=\"");
  imstls_i_put_text(w, value);
  IMSTLS_I_PUT_LIT(w, "\"");
}

static void put_optional(imstls_i_writer *w, const char *name, imstls_text value)
{
  if (value.ptr != NULL) {
    put_quoted(w, name, value);
  }
}

static bool all_quotable(const imstls_authorization *in)
{
  const imstls_text parts[] = { in->username, in->realm,  in->nonce,   in->uri,      in->opaque, in->cnonce,
                                in->response, in->auts,   in->c_token, in->c_token2, in->cb };
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    if (!imstls_i_quotable(parts[i])) {
      return false;
    }
  }
  return true;
}

static bool is_token(imstls_text text)
{
  const char *end = text.ptr + text.len;
  return text.len != 0 && imstls_i_sip_span(text.ptr, end, IMSTLS_I_TOKEN) == end;
}

/* nc-value = 8LHEX (RFC 2617 3.2.2) */
static bool is_nc(imstls_text nc)
{
  uint8_t octets[4];
  return nc.ptr != NULL && imstls_i_hex_decode(nc, octets, sizeof octets);
}

static bool input_ok(const imstls_authorization *in)
{
  if (in == NULL || in->size < sizeof *in || in->username.ptr == NULL || in->realm.ptr == NULL ||
      in->nonce.ptr == NULL || in->uri.ptr == NULL || in->response.ptr == NULL || !all_quotable(in)) {
    return false;
  }
  if (in->algorithm.ptr != NULL && !is_token(in->algorithm)) {
    return false;
  }
  if (in->qop == IMSTLS_QOP_NONE) {
    return true;
  }
  return (in->qop == IMSTLS_QOP_AUTH || in->qop == IMSTLS_QOP_AUTH_INT) && is_nc(in->nc) && in->cnonce.len != 0;
}

int imstls_i_authorization_put(imstls_i_writer *w, const imstls_authorization *in)
{
  if (!input_ok(in)) {
    return IMSTLS_ERR_USAGE;
  }
  put_quoted(w, "Digest username", in->username);
  put_quoted(w, ", realm", in->realm);
  put_quoted(w, ", nonce", in->nonce);
  put_quoted(w, ", uri", in->uri);
  put_quoted(w, ", response", in->response);
  if (in->algorithm.ptr != NULL) {
    IMSTLS_I_PUT_LIT(w, ", algorithm=");
    imstls_i_put_text(w, in->algorithm);
  }
  put_optional(w, ", opaque", in->opaque);
  if (in->qop != IMSTLS_QOP_NONE) {
    imstls_i_put_str(w, in->qop == IMSTLS_QOP_AUTH ? ", qop=auth, nc=" : ", qop=auth-int, nc=");
    imstls_i_put_text(w, in->nc);
    put_quoted(w, ", cnonce", in->cnonce);
  }
  put_optional(w, ", auts", in->auts);
  put_optional(w, ", c_token", in->c_token);
  put_optional(w, ", c_token2", in->c_token2);
  put_optional(w, ", cb", in->cb);
  return IMSTLS_OK;
}

int imstls_authorization_write(const imstls_authorization *in, char *out, size_t cap, size_t *len)
{
  if (out == NULL || len == NULL) {
    return IMSTLS_ERR_USAGE;
  }
  imstls_i_writer w = imstls_i_writer_make(out, cap);
  int rc = imstls_i_authorization_put(&w, in);
  if (rc != IMSTLS_OK) {
    return rc;
  }
  IMSTLS_I_PUT_LIT(&w, "\0");
  if (w.failed) {
    imstls_wipe(out, cap);
    return IMSTLS_ERR_CAPACITY;
  }
  *len = w.len - 1;
  return IMSTLS_OK;
}
