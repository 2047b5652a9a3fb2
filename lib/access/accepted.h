/* SPDX-License-Identifier: Apache-2.0 */
/* What a 200 to a REGISTER says of us: the client's judge and that of stacks which own REGISTER are one. */
#ifndef IMSTLS_ACCESS_ACCEPTED_H
#define IMSTLS_ACCESS_ACCEPTED_H

#include <imstls/accepted.h>

#include "base/base.h"

/* Our binding in it; of `in` `proven` and `rspauth` are not looked at, and of `out` written are contact, params,
 * rewritten, expires_s, odd. IMSTLS_OK; IMSTLS_ERR_SIP_NOT_BOUND. */
int imstls_i_accepted_find(const imstls_accepted_input *in, const imstls_sip_message *m, imstls_accepted *out);

/* IMSTLS_RSPAUTH_..., compared in constant time. */
int imstls_i_accepted_rspauth(const imstls_sip_message *m, imstls_text due);

/* TS 24.229 5.1.1.4.1: 600 s before the end, or at half time when that is nearer. */
uint64_t imstls_i_accepted_refresh_ms(uint32_t expires_s);

/* The addresses of all fields with this id, behind what is in the buffer, as one comma list. What cannot be read is
 * counted in `odd`, what does not fit in `left_out`. */
void imstls_i_accepted_put_list(imstls_i_buffer *to, const imstls_sip_message *m, int id, uint32_t *odd,
                                uint32_t *left_out);

#endif
