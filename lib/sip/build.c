/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/build.h"

void imstls_i_sip_status_line(imstls_i_writer *w, unsigned status, imstls_text reason)
{
  IMSTLS_I_PUT_LIT(w, "SIP/2.0 ");
  imstls_i_put_uint(w, status);
  IMSTLS_I_PUT_LIT(w, " ");
  imstls_i_put_text(w, reason);
  IMSTLS_I_PUT_LIT(w, "\r\n");
}

void imstls_i_sip_put_number(imstls_i_writer *w, const char *prefix, size_t prefix_len, uint64_t number)
{
  imstls_i_put(w, prefix, prefix_len);
  imstls_i_put_uint(w, number);
  IMSTLS_I_PUT_LIT(w, "\r\n");
}

void imstls_i_sip_cseq(imstls_i_writer *w, uint32_t number, imstls_text method)
{
  IMSTLS_I_PUT_LIT(w, "CSeq: ");
  imstls_i_put_uint(w, number);
  IMSTLS_I_PUT_LIT(w, " ");
  imstls_i_put_text(w, method);
  IMSTLS_I_PUT_LIT(w, "\r\n");
}

void imstls_i_sip_finish(imstls_i_writer *w, imstls_text body)
{
  imstls_i_sip_header_uint(w, "Content-Length", body.len);
  IMSTLS_I_PUT_LIT(w, "\r\n");
  imstls_i_put_text(w, body);
}
