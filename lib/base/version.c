/* SPDX-License-Identifier: Apache-2.0 */
#include <imstls/version.h>

const char *imstls_version(void) { return IMSTLS_VERSION_STRING; }
