/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file ipsec.h
 * \brief Security associations of TS 33.203 as callbacks: reserve, install, remove.
 */
#ifndef IMSTLS_IPSEC_H
#define IMSTLS_IPSEC_H

#include <imstls/net.h>
#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Integrity algorithms (TS 33.203 annex H). */
enum { IMSTLS_ALG_HMAC_MD5_96 = 1, IMSTLS_ALG_HMAC_SHA1_96 = 2 };
/** Encryption algorithms. */
enum { IMSTLS_EALG_NULL = 1, IMSTLS_EALG_AES_CBC = 2, IMSTLS_EALG_DES_EDE3_CBC = 3 };

/** SPIs and protected ports of one side. */
typedef struct imstls_ipsec_end {
  uint32_t spi_c, spi_s;   /**< 256 or above for ours; the peer's 1 or above */
  uint16_t port_c, port_s; /**< not 0 */
} imstls_ipsec_end;

/** Two pairs of SAs, for TCP and UDP alike (TS 33.203 7.1). Keys are wiped by the library after `install`. */
typedef struct imstls_ipsec_sa {
  size_t size;
  imstls_address ue, pcscf;       /**< ports not used */
  imstls_ipsec_end ours, theirs;
  int32_t alg, ealg;
  uint8_t ik_esp[20]; uint32_t ik_esp_len; /**< 16 (MD5) or 20 (SHA-1: IK || 32 zero bits), annex I */
  uint8_t ck_esp[24]; uint32_t ck_esp_len; /**< 0, 16 (AES) or 24 (3DES: CK1 || CK2 || CK1, with parity), annex I */
  uint32_t lifetime_s;
} imstls_ipsec_sa;

/** IPsec. */
typedef struct imstls_ipsec {
  size_t size;
  void *user;
  /** \brief  Takes two free SPIs and two free ports for one offer. `keep_port_s` 0: any, else keep this server port.
   *  \return IMSTLS_OK; IMSTLS_ERR_IPSEC */
  int (*reserve)(void *user, const imstls_address *ue, const imstls_address *pcscf, uint16_t keep_port_s, imstls_ipsec_end *out);
  /** \brief  Installs all four SAs and their policies. \param id  written: to remove them by. \return IMSTLS_OK; IMSTLS_ERR_IPSEC */
  int (*install)(void *user, const imstls_ipsec_sa *sa, uint32_t *id);
  /** \brief  New lifetime, in seconds from now. \return IMSTLS_OK; IMSTLS_ERR_IPSEC */
  int (*set_lifetime)(void *user, uint32_t id, uint32_t lifetime_s);
  /** \brief  Removes SAs and policies. */
  void (*remove)(void *user, uint32_t id);
  /** \brief  Gives back what `reserve` took and no `install` used. */
  void (*release)(void *user, const imstls_ipsec_end *end);
} imstls_ipsec;

/**
 * \brief  IK_ESP and CK_ESP from IK and CK (TS 33.203 annex I).
 * \param  alg, ealg  IMSTLS_ALG_..., IMSTLS_EALG_...
 * \param  ck, ik     16 octets each
 * \param  sa         written: alg, ealg, both keys and their lengths
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_ipsec_keys(int alg, int ealg, const uint8_t ck[16], const uint8_t ik[16], imstls_ipsec_sa *sa);

#ifdef __cplusplus
}
#endif
#endif
