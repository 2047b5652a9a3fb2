/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file identity.h
 * \brief Identities of a subscriber that are derived from an IMSI (TS 23.003 13).
 */
#ifndef IMSTLS_IDENTITY_H
#define IMSTLS_IDENTITY_H

#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup values_aka
 * @{ */

/** Identities made from an IMSI. */
typedef struct imstls_identity {
  char domain[40]; /**< home network domain name (TS 23.003 13.2) */
  char impi[56];   /**< private user identity (13.3) */
  char impu[64];   /**< temporary public user identity (13.4B); the network may bar it for anything but registration */
} imstls_identity;

/**
 * \brief  Identities of a subscriber whose card has no ISIM (TS 23.003 13.2, 13.3, 13.4B).
 * \param  imsi     6 to 15 digits
 * \param  mnc_len  digits of the mobile network code, 2 or 3: from EF_AD of the card, or imstls_identity_mnc_len
 * \param  out      written
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE: NULL, another number of digits, no digit, another mnc_len
 */
IMSTLS_API int imstls_identity_derive(const char *imsi, uint32_t mnc_len, imstls_identity *out);

/**
 * \brief  Digits of the mobile network code, by a table of the codes that are assigned (ITU-T E.212): for cards whose
 *         EF_AD does not tell. Nothing is guessed: where codes of both lengths begin alike, somebody has to know.
 * \param  imsi  6 to 15 digits
 * \return 2 or 3; 0: unknown: not an IMSI, a country with codes of both lengths, a test or private network
 */
IMSTLS_API uint32_t imstls_identity_mnc_len(const char *imsi);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
