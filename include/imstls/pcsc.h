/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file pcsc.h
 * \brief Transport to a card in a PC/SC reader, over pcsc-lite; only in libraries that were built with it.
 */
#ifndef IMSTLS_PCSC_H
#define IMSTLS_PCSC_H

#include <imstls/card.h>
#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup usim
 * @{ */

/** A reader. A call into PC/SC blocks for as long as the card thinks, so the part owns a thread that makes these calls,
 *  and nothing else; it shares no data with the client and calls no callback. Answers come out of `process`. */
typedef struct imstls_usim_pcsc imstls_usim_pcsc;

/**
 * \brief  Starts the part; the reader is connected with the first command. Allocates.
 * The descriptors of the part are 3 or more. pcsc-lite connects to pcscd with a socket of its own, whose number is not
 * ours to choose: a program that may be started without 0, 1 or 2 opens them first, say to /dev/null.
 * Other programs may share the reader. From the question for the tries of the PIN until the command behind it, for at
 * most a second between the two, the card is held (SCardBeginTransaction), so that none of them spends a try or resets
 * the card in between.
 * \param  reader  its name, or the beginning of it; NULL or "": the first one that holds a card
 * \return IMSTLS_OK; IMSTLS_ERR_MEMORY; IMSTLS_ERR_USIM_IO: no thread or pipe; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_usim_pcsc_open(imstls_usim_pcsc **out, const char *reader);
/** \brief  Fills card->apdu; answers will go to this card. \return IMSTLS_OK; IMSTLS_ERR_USAGE: NULL, or a `size` of
 *  the card that is too small */
IMSTLS_API int imstls_usim_pcsc_attach(imstls_usim_pcsc *pcsc, imstls_usim_card *card);
/** \return a file descriptor of 3 or more that is readable when `process` has something to do; -1: none */
IMSTLS_API int imstls_usim_pcsc_fd(const imstls_usim_pcsc *pcsc);
/** \brief  Delivers an answer if there is one; never blocks. \return IMSTLS_OK; IMSTLS_PENDING: none yet;
 *  IMSTLS_ERR_USAGE */
IMSTLS_API int imstls_usim_pcsc_process(imstls_usim_pcsc *pcsc);
/** \return the last result of PC/SC as winscard.h numbers it; 0: no error so far */
IMSTLS_API int32_t imstls_usim_pcsc_error(const imstls_usim_pcsc *pcsc);
/** \brief  Ends the part. The card is reset, so that no shown PIN stays behind: waits a second for that, and what then
 *          still blocks in PC/SC ends by itself later. \param  pcsc  may be NULL */
IMSTLS_API void imstls_usim_pcsc_close(imstls_usim_pcsc *pcsc);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
