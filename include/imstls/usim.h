/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file usim.h
 * \brief Where AKA runs: a callback, and the ready-made software USIM.
 *
 * card.h has the ready-made USIM for a card behind a transport, pcsc.h and at.h two transports, identity.h what to call
 * a subscriber whose card holds an IMSI alone.
 */
#ifndef IMSTLS_USIM_H
#define IMSTLS_USIM_H

#include <imstls/aka.h>
#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup usim
 * @{ */

/** AKA level: one challenge in, one answer out. */
typedef struct imstls_usim {
  size_t size;
  void *user;
  /**
   * \brief  Runs AKA for RAND and AUTN (TS 31.102 7.1.1, TS 33.102 6.3.3).
   * \param  request  number to hand to imstls_client_usim_done with the answer
   * \param  result   `size` is set; written when IMSTLS_OK is returned
   * \return IMSTLS_OK: `result` is set, whatever the verdict; IMSTLS_PENDING: imstls_client_usim_done follows, or
   *         came from within this call. What ends the registration: IMSTLS_ERR_USIM, _USIM_PIN, _USIM_PIN_TRIES,
   *         _USIM_APP, _USIM_STORAGE, IMSTLS_ERR_UNSUPPORTED. What is tried again: IMSTLS_ERR_USIM_DATA, as of a result
   *         whose RES has not 4 to IMSTLS_RES_MAX octets, _USIM_IO, _USIM_TIMEOUT, and anything else
   */
  int (*authenticate)(void *user, uint32_t request, const uint8_t rand[16], const uint8_t autn[16],
                      imstls_aka_result *result);
  /** \brief  Nobody waits for this request any more; its answer will be ignored. May be NULL. */
  void (*cancel)(void *user, uint32_t request);
} imstls_usim;

/**
 * Stores a sequence-number array, durably, before it returns: RES leaves the library only afterwards. Two programs on
 * one array would accept the same challenge: whoever keeps it lets one have it at a time (softphone locks its file).
 * \return IMSTLS_OK; IMSTLS_ERR_USIM_STORAGE
 */
typedef int (*imstls_sqn_store_fn)(void *user, const imstls_sqn *sqn);

/** A software USIM. The caller owns it; it must live as long as the client. */
typedef struct imstls_soft_usim {
  size_t size;
  imstls_usim usim; /**< filled by imstls_usim_soft */
  imstls_aka_card card;
  imstls_sqn sqn;
  imstls_sqn_store_fn store; /**< may be NULL: the array lives in memory only */
  void *store_user;
} imstls_soft_usim;
#define IMSTLS_SOFT_USIM_INIT                                                                                          \
  {                                                                                                                    \
    sizeof(imstls_soft_usim), { 0, NULL, NULL, NULL }, IMSTLS_AKA_CARD_INIT, IMSTLS_SQN_INIT, NULL, NULL               \
  }

/**
 * \brief  A USIM in software. Set the keys in `card` (and `sqn`, `store`) before.
 * \param  soft  begun with IMSTLS_SOFT_USIM_INIT; kept by reference; wipe it with imstls_wipe after imstls_client_free
 * \return what imstls_config_ports.usim takes; NULL: soft is NULL, or its `size` is too small
 */
IMSTLS_API const imstls_usim *imstls_usim_soft(imstls_soft_usim *soft);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
