/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file at.h
 * \brief Transport to the card in a modem, by AT commands (TS 27.007 8.17, 8.43 to 8.45).
 */
#ifndef IMSTLS_AT_H
#define IMSTLS_AT_H

#include <imstls/card.h>
#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup usim
 * @{ */

/** By which commands a modem is asked. */
enum imstls_at_commands {
  IMSTLS_AT_CHANNELS = 0, /**< AT+CCHO, +CGLA, +CCHC; AT+CSIM where the modem refuses them */
  IMSTLS_AT_CSIM = 1      /**< AT+CSIM alone */
};

#define IMSTLS_AT_SESSION_MAX 31

/** The library's own part of imstls_usim_at. */
typedef struct imstls_usim_at_private {
  imstls_usim_card *card;
  uint8_t *response;
  size_t response_cap, response_len;
  uint64_t deadline;
  uint32_t state, kind, effect, seen, tx_len, tx_sent, line_len, synced, armed, overlong, queued_len;
  uint32_t late, strays, gone;
  char stray[4][48];
  char tx[564], line[564], queued[564];
} imstls_usim_at_private;

/**
 * A modem. The caller owns it. Nothing is allocated and nothing blocks.
 *
 * A modem that lets nobody at the card before it has had the PIN itself (+CME ERROR: 11, SIM PIN required, 3GPP TS
 * 27.007 9.2) comes to IMSTLS_ERR_USIM_PIN: AT+CPIN is sent by whoever manages the modem, not by the library.
 *
 * No channel is left open behind a failure. A channel that was opened by a command which failed all the same, or was
 * answered twice or too late, and one whose closing was not answered, is closed by a command of the library's own:
 * before the card's next command, or as soon as the modem speaks again. Each gets one attempt of `timeout_ms`.
 *
 * A device that goes away, such as a modem on USB, may come back: when imstls_usim_at_process says that the line
 * is dead, close `fd` and set it to -1; what is asked of the card meanwhile fails with IMSTLS_ERR_USIM_IO. When the
 * device is there again, set `fd` to it. The card is then selected anew, on a channel of its own, and shown its PIN
 * again if it had accepted it.
 */
typedef struct imstls_usim_at {
  size_t size;
  int32_t fd;          /**< a serial line or socket in non-blocking mode; see imstls_usim_at_open; stays yours */
  int32_t mode;        /**< IMSTLS_AT_... */
  uint32_t timeout_ms; /**< for one answer; 0: 10000 */
  /* what came out */
  uint32_t urcs;     /**< lines seen that answered nothing of ours */
  int32_t cme_error; /**< code of the last +CME ERROR; -1: none, or in words */
  /** Handle of the channel that +CCHO opened, as the modem wrote it, quotes too: it is echoed; "": none. */
  char session[IMSTLS_AT_SESSION_MAX + 1];
  imstls_usim_at_private p; /**< zero at first, not to be touched */
} imstls_usim_at;
#define IMSTLS_USIM_AT_INIT                                                                                            \
  {                                                                                                                    \
    sizeof(imstls_usim_at), -1, IMSTLS_AT_CHANNELS, 0, 0, -1, { 0 },                                                   \
    {                                                                                                                  \
      NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, { { 0 } }, { 0 }, { 0 }, { 0 }                    \
    }                                                                                                                  \
  }

/**
 * \brief  Opens a serial device without waiting: raw, 8N1, no controlling terminal.
 * \param  device  such as /dev/ttyUSB2
 * \param  baud    9600, 19200, 38400, 57600, 115200, 230400 or 460800; 0: 115200
 * \return a file descriptor of 3 or more, yours to close; IMSTLS_ERR_USIM_IO; IMSTLS_ERR_USAGE;
 *         IMSTLS_ERR_UNSUPPORTED: on Windows, where there is no such part
 */
IMSTLS_API int imstls_usim_at_open(const char *device, uint32_t baud);
/** \brief  Fills card->apdu; answers will go to this card. \return IMSTLS_OK; IMSTLS_ERR_USAGE: NULL, or a `size` that
 *  is too small */
IMSTLS_API int imstls_usim_at_attach(imstls_usim_at *at, imstls_usim_card *card);
/** \return what to wait for on `fd`: 1 reading, 2 writing (as IMSTLS_WAIT_READ, IMSTLS_WAIT_WRITE of net.h), or both */
IMSTLS_API uint32_t imstls_usim_at_waits(const imstls_usim_at *at);
/** \return milliseconds until `process` must be called even if `fd` is silent; -1: no limit, nothing is under way */
IMSTLS_API int32_t imstls_usim_at_timeout_ms(const imstls_usim_at *at, uint64_t now_ms);
/**
 * \brief  Writes, reads and delivers answers; never blocks. Call it when `fd` is ready or the time has passed.
 * \param  now_ms  the application's monotonic clock
 * \return IMSTLS_OK; IMSTLS_ERR_USIM_IO: the line is dead (what was asked has been answered with this error);
 *         IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_usim_at_process(imstls_usim_at *at, uint64_t now_ms);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
