/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

static const char sentences[] =
#define ROW(code, class_of, name, text) text "\0"
#include "base/error_list.h"
#undef ROW
    "An unknown error occurred.";

const char *imstls_error_text(int error) { return imstls_i_error_nth(sentences, imstls_i_error_row(error)); }
