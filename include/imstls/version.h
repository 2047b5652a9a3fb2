/* SPDX-License-Identifier: Apache-2.0 */
/** \file version.h  Version of headers and library. */
#ifndef IMSTLS_VERSION_H
#define IMSTLS_VERSION_H

#include <imstls/types.h>

#define IMSTLS_VERSION_MAJOR 0
#define IMSTLS_VERSION_MINOR 1
#define IMSTLS_VERSION_PATCH 0
#define IMSTLS_VERSION_STRING "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * \brief  Version of the library that is linked, which may differ from the headers'.
 * \return a static string such as "0.1.0"
 */
IMSTLS_API const char *imstls_version(void);

#ifdef __cplusplus
}
#endif
#endif
