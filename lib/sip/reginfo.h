/* SPDX-License-Identifier: Apache-2.0 */
/* What the client takes of a document beside imstls/reginfo.h. */
#ifndef IMSTLS_SIP_REGINFO_H
#define IMSTLS_SIP_REGINFO_H

#include <imstls/reginfo.h>

/* As imstls_reginfo_judge; a contact is ours by either URI, the second of which may be absent. Where none is ours,
 * `contact` is the first one; its `size` 0: there is none. On failure nothing of it counts. */
int imstls_i_reginfo_judge(imstls_text body, imstls_text uri, imstls_text other, imstls_reginfo_verdict *verdict);

#endif
