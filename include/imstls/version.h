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

/** \addtogroup basics
 * @{ */

/**
 * \brief  Version of the library that is linked, which may differ from the headers'.
 * \return a static string such as "0.1.0"
 */
IMSTLS_API const char *imstls_version(void);

/**
 * \brief  Does this build have a feature that a build may leave out (IMSTLS_WITHOUT of make)? Settings that need one
 *         which is left out are refused with IMSTLS_ERR_UNSUPPORTED, and so are the functions that belong to it.
 * \param  feature  "diagnose", "feed", "ipsec", "pki", "psk", "refuse", "regevent", "resume", "sentences",
 *                  "served", "stamp", "token2", "trace", "tuak", "udp" or "unanswered"
 * \return 1; 0: it was left out, there is no such feature, or NULL
 */
IMSTLS_API int imstls_has(const char *feature);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
