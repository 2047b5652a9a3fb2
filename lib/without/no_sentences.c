/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

const char *imstls_error_text(int error) { return imstls_error_name(error); }
