/* SPDX-License-Identifier: Apache-2.0 */
/* Messages written front to back into a bounded writer: start line, headers, end. The writer's sticky failure is asked
 * once at the end. Values go out as they are: who takes them from outside has checked them for line ends. */
#ifndef IMSTLS_SIP_BUILD_H
#define IMSTLS_SIP_BUILD_H

#include <imstls/sip.h>

#include "base/base.h"

/* SIP/2.0 SP status SP reason */
void imstls_i_sip_status_line(imstls_i_writer *w, unsigned status, imstls_text reason);

/* `prefix` is "Name: ". */
void imstls_i_sip_put_number(imstls_i_writer *w, const char *prefix, size_t prefix_len, uint64_t number);

/* One whole header field; `name` is a literal. */
#define imstls_i_sip_header_uint(w, name, number)                                                                      \
  imstls_i_sip_put_number((w), name ": ", sizeof(name ": ") - 1, (number))

/* A header field of several pieces: open, imstls_i_put..., close. */
#define imstls_i_sip_open(w, name) IMSTLS_I_PUT_LIT((w), name ": ")
#define imstls_i_sip_close(w) IMSTLS_I_PUT_LIT((w), "\r\n")

/* CSeq: number SP method */
void imstls_i_sip_cseq(imstls_i_writer *w, uint32_t number, imstls_text method);
/* Content-Length, empty line, body; nothing may follow. */
void imstls_i_sip_finish(imstls_i_writer *w, imstls_text body);

/* A method of some RFC. Another one is answered 501, and one of these that nobody here serves 405 (RFC 3261 8.2.1,
 * 21.5.2). */
bool imstls_i_sip_is_known_method(imstls_text method);

/* One token and nothing else. */
bool imstls_i_sip_is_token(const char *text);

#endif
