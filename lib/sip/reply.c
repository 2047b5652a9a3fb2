/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/build.h"
#include "sip/lex.h"

static bool one_line(const char *text) { return strpbrk(text, "\r\n") == NULL; }

bool imstls_i_sip_is_token(const char *text)
{
  const char *end = text + strlen(text);
  return text < end && imstls_i_sip_span(text, end, IMSTLS_I_TOKEN) == end;
}

/* Nothing, or lines that each end in CRLF, none of them empty: an empty one would end the header block. */
static bool whole_lines(imstls_text extra)
{
  if (extra.len == 0)
    return true;
  const char *at = extra.ptr;
  const char *end = extra.ptr + extra.len;
  while (at < end) {
    const char *lf = imstls_i_sip_seek(at, end, '\n');
    if (!lf || lf - at < 2 || lf[-1] != '\r')
      return false;
    at = lf + 1;
  }
  return true;
}

static void copy(imstls_i_writer *w, const char *prefix, imstls_text value)
{
  imstls_i_put_str(w, prefix);
  imstls_i_put_unfolded(w, value);
}

int imstls_sip_reply(const imstls_sip_message *request, unsigned status, const char *reason, const char *to_tag,
                     imstls_text extra, char *out, size_t cap, size_t *len)
{
  bool unusable = !request || !reason || !len || (!out && cap > 0);
  if (unusable)
    return IMSTLS_ERR_USAGE;
  bool no_answer = request->status != 0 || status < 100 || status > 699 || !one_line(reason);
  if (no_answer)
    return IMSTLS_ERR_USAGE;
  if ((to_tag && !imstls_i_sip_is_token(to_tag)) || !whole_lines(extra))
    return IMSTLS_ERR_USAGE;
  int tag = imstls_i_sip_has_tag(request->first[IMSTLS_HDR_TO]);
  if (tag < 0)
    return IMSTLS_ERR_SIP_MALFORMED;
  imstls_i_writer w = imstls_i_writer_make(out, cap);
  imstls_i_sip_status_line(&w, status, imstls_i_text(reason, strlen(reason)));
  imstls_text via = { NULL, 0 };
  while (imstls_sip_next(request, IMSTLS_HDR_VIA, &via) == IMSTLS_OK) {
    copy(&w, "Via: ", via);
    imstls_i_sip_close(&w);
  }
  copy(&w, "From: ", request->first[IMSTLS_HDR_FROM]);
  copy(&w, "\r\nTo: ", request->first[IMSTLS_HDR_TO]);
  if (tag == 0 && to_tag) {
    IMSTLS_I_PUT_LIT(&w, ";tag=");
    imstls_i_put_str(&w, to_tag);
  }
  copy(&w, "\r\nCall-ID: ", request->first[IMSTLS_HDR_CALL_ID]);
  imstls_i_sip_close(&w);
  imstls_i_sip_cseq(&w, request->cseq, request->method);
  imstls_i_put_text(&w, extra);
  imstls_i_sip_finish(&w, imstls_i_text(NULL, 0));
  *len = w.len;
  return w.failed || w.len > cap ? IMSTLS_ERR_CAPACITY : IMSTLS_OK;
}

bool imstls_i_sip_is_known_method(imstls_text method)
{
  static const char known[][10] = { "INVITE",    "ACK",    "BYE",    "CANCEL", "OPTIONS", "REGISTER", "PRACK",
                                    "SUBSCRIBE", "NOTIFY", "UPDATE", "INFO",   "REFER",   "MESSAGE",  "PUBLISH" };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (imstls_i_same(method, imstls_i_text(known[i], strlen(known[i]))))
      return true;
  }
  return false;
}
