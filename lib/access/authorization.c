/* SPDX-License-Identifier: Apache-2.0 */
/* Authorization values (RFC 2617 3.2.2; TS 24.229 5.1.1.2). */
#include <imstls/digest.h>

#include "access/access.h"
#include "sip/lex.h"

#define PUT_QUOTED(w, name, value)                                                                                     \
  do {                                                                                                                 \
    IMSTLS_I_PUT_LIT((w), name "=\"");                                                                                 \
    imstls_i_put_text((w), (value));                                                                                   \
    IMSTLS_I_PUT_LIT((w), "\"");                                                                                       \
  } while (0)

#define PUT_OPTIONAL(w, name, value)                                                                                   \
  do {                                                                                                                 \
    if ((value).ptr != NULL) {                                                                                         \
      PUT_QUOTED((w), name, (value));                                                                                  \
    }                                                                                                                  \
  } while (0)

#define AT(field) offsetof(imstls_authorization, field)

/* Those that stand between quotes. The first of them must be there, if only empty (RFC 2617 3.2.2). */
static bool parts_ok(const imstls_authorization *in)
{
  enum { NEEDED = 5 };
  static const uint8_t parts[] = { AT(username), AT(realm), AT(nonce),   AT(uri),      AT(response), AT(opaque),
                                   AT(cnonce),   AT(auts),  AT(c_token), AT(c_token2), AT(cb) };
  for (size_t i = 0; i < sizeof parts; i++) {
    const imstls_text *part = (const void *)((const char *)in + parts[i]);
    bool missing = i < NEEDED && !part->ptr;
    if (missing || !imstls_i_quotable(*part))
      return false;
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
  return nc.ptr && imstls_i_hex_decode(nc, octets, sizeof octets);
}

static bool input_ok(const imstls_authorization *in)
{
  bool unusable = !in || in->size < sizeof *in || !parts_ok(in);
  if (unusable)
    return false;
  if (in->algorithm.ptr && !is_token(in->algorithm))
    return false;
  if (in->qop == IMSTLS_QOP_NONE)
    return true;
  bool known = in->qop == IMSTLS_QOP_AUTH || in->qop == IMSTLS_QOP_AUTH_INT;
  return known && is_nc(in->nc) && in->cnonce.len != 0;
}

int imstls_i_authorization_put(imstls_i_writer *w, const imstls_authorization *in)
{
  if (!input_ok(in))
    return IMSTLS_ERR_USAGE;
  PUT_QUOTED(w, "Digest username", in->username);
  PUT_QUOTED(w, ", realm", in->realm);
  PUT_QUOTED(w, ", nonce", in->nonce);
  PUT_QUOTED(w, ", uri", in->uri);
  PUT_QUOTED(w, ", response", in->response);
  if (in->algorithm.ptr) {
    IMSTLS_I_PUT_LIT(w, ", algorithm=");
    imstls_i_put_text(w, in->algorithm);
  }
  PUT_OPTIONAL(w, ", opaque", in->opaque);
  if (in->qop != IMSTLS_QOP_NONE) {
    if (in->qop == IMSTLS_QOP_AUTH)
      IMSTLS_I_PUT_LIT(w, ", qop=auth, nc=");
    else
      IMSTLS_I_PUT_LIT(w, ", qop=auth-int, nc=");
    imstls_i_put_text(w, in->nc);
    PUT_QUOTED(w, ", cnonce", in->cnonce);
  }
  PUT_OPTIONAL(w, ", auts", in->auts);
  PUT_OPTIONAL(w, ", c_token", in->c_token);
  PUT_OPTIONAL(w, ", c_token2", in->c_token2);
  PUT_OPTIONAL(w, ", cb", in->cb);
  return IMSTLS_OK;
}

static int finish(imstls_i_writer *w, char *out, size_t cap, size_t *len)
{
  IMSTLS_I_PUT_LIT(w, "\0");
  if (w->failed) {
    imstls_wipe(out, cap);
    return IMSTLS_ERR_CAPACITY;
  }
  *len = w->len - 1;
  return IMSTLS_OK;
}

int imstls_authorization_write(const imstls_authorization *in, char *out, size_t cap, size_t *len)
{
  if (!out || !len)
    return IMSTLS_ERR_USAGE;
  imstls_i_writer w = imstls_i_writer_make(out, cap);
  int error = imstls_i_authorization_put(&w, in);
  if (error)
    return error;
  return finish(&w, out, cap, len);
}

/* ---- once more ---- */

/* RFC 5929, token.h: they speak of the request, or of the session, that they were made for. */
static bool is_for_once(imstls_text name)
{
  return imstls_i_is(name, "c_token") || imstls_i_is(name, "c_token2") || imstls_i_is(name, "cb");
}

static bool is_printable(imstls_text text)
{
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if ((c < ' ' && c != '\t') || c == 0x7f)
      return false;
  }
  return true;
}

/* As it stands, from its name to its last octet. */
static void put_again(imstls_i_writer *w, imstls_text name, imstls_text value, int quoted)
{
  const char *end = value.ptr + value.len + (quoted ? 1 : 0);
  imstls_i_put_str(w, w->len ? ", " : "Digest ");
  imstls_i_put_text(w, imstls_i_sip_between(name.ptr, end));
}

static int put_repeated(imstls_i_writer *w, imstls_text value)
{
  imstls_text name, with;
  int result, quoted = 0;
  bool has_response = false, has_auts = false;
  if (!is_printable(value) || !imstls_i_take_digest(&value))
    return IMSTLS_ERR_SIP_MALFORMED;
  while ((result = imstls_sip_auth_param_next(&value, &name, &with, &quoted)) == IMSTLS_OK) {
    has_auts = has_auts || imstls_i_is(name, "auts");
    has_response = has_response || (imstls_i_is(name, "response") && with.len != 0);
    if (!is_for_once(name))
      put_again(w, name, with, quoted);
  }
  if (result != IMSTLS_END)
    return result;
  return has_response && !has_auts ? IMSTLS_OK : IMSTLS_ERR_USAGE;
}

int imstls_authorization_repeat(imstls_text value, char *out, size_t cap, size_t *len)
{
  if (!out || !len)
    return IMSTLS_ERR_USAGE;
  imstls_i_writer w = imstls_i_writer_make(out, cap);
  int error = put_repeated(&w, value);
  if (!error)
    return finish(&w, out, cap, len);
  imstls_wipe(out, cap);
  return error;
}
