/* SPDX-License-Identifier: Apache-2.0 */
/* What the client takes of a document beside imstls/reginfo.h: each document is read once. */
#ifndef IMSTLS_SIP_REGINFO_H
#define IMSTLS_SIP_REGINFO_H

#include <imstls/reginfo.h>

/* As imstls_reginfo_judge; a contact is ours by either URI, the second of which may be absent. */
int imstls_i_reginfo_judge(imstls_text body, imstls_text uri, imstls_text other, imstls_reginfo_verdict *verdict);

/* As imstls_reginfo_begin, of a document that was read to its end before. */
int imstls_i_reginfo_begin_again(imstls_reginfo *reader, imstls_text body);

#endif
