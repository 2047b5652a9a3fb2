/* SPDX-License-Identifier: Apache-2.0 */
/* The registration as a table. */
#ifndef IMSTLS_CLIENT_TABLE_H
#define IMSTLS_CLIENT_TABLE_H

#include "client/input.h"

/* Takes the first row that fits; an input without a row is ignored. */
void imstls_i_dispatch(imstls_client *c, imstls_i_input in);

#endif
