/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold before a row of the table is taken. Guards look, and change nothing. `error` is the input's. */
#ifndef IMSTLS_CLIENT_GUARDS_H
#define IMSTLS_CLIENT_GUARDS_H

#include "client/client.h"

typedef bool imstls_i_guard(const imstls_client *c, int error);
imstls_i_guard imstls_i_always, imstls_i_is_tls, imstls_i_is_plain_allowed, imstls_i_may_fall_back, imstls_i_may_return,
    imstls_i_may_lower_tls, imstls_i_is_deregistering, imstls_i_is_bound, imstls_i_has_held, imstls_i_may_stay;

#endif
