/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file card.h
 * \brief A USIM or ISIM on a card behind any transport of APDUs (ETSI TS 102 221, TS 31.102, TS 31.103).
 *
 * The application gives the transport (imstls_apdu), or takes the ready-made one of pcsc.h or at.h.
 */
#ifndef IMSTLS_CARD_H
#define IMSTLS_CARD_H

#include <imstls/aka.h>
#include <imstls/types.h>
#include <imstls/usim.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup usim
 * @{ */

/** What carries commands to a card. One command at a time; `cap` is at least 258. */
typedef struct imstls_apdu {
  size_t size;
  void *user;
  /**
   * \brief  Sends one command and takes its answer.
   * \param  command, len   the command; copied when IMSTLS_PENDING is returned; may hold a PIN or nothing secret
   * \param  response, cap  written: data, SW1, SW2; with IMSTLS_PENDING at any time until imstls_usim_card_transmitted
   * \param  response_len   written, when IMSTLS_OK is returned
   * \return IMSTLS_OK; IMSTLS_PENDING: imstls_usim_card_transmitted follows, always, after a time limit of the
   *         transport's own; IMSTLS_NOT_READY: the card was reset and did not see the command;
   *         IMSTLS_ERR_USIM: no card; IMSTLS_ERR_USIM_IO; IMSTLS_ERR_USIM_TIMEOUT
   */
  int (*transmit)(void *user, const uint8_t *command, size_t len, uint8_t *response, size_t cap, size_t *response_len);
  /**
   * \brief  Opens a logical channel in the transport's own way and selects the application there: commands go to that
   *         channel from then on, and the transport writes its number into their class. NULL: MANAGE CHANNEL is used.
   * \param  aid, len  whole or leading octets of the application identifier, 7 to 16
   * \return as transmit; IMSTLS_ERR_USIM_APP: no such application, or no channel
   */
  int (*open_channel)(void *user, const uint8_t *aid, size_t len);
  /** \brief  Closes that channel. May be NULL. \return as transmit */
  int (*close_channel)(void *user);
} imstls_apdu;
#define IMSTLS_APDU_INIT                                                                                               \
  {                                                                                                                    \
    sizeof(imstls_apdu), NULL, NULL, NULL, NULL                                                                        \
  }

/** Applications on a card. */
enum imstls_app {
  IMSTLS_APP_AUTO = 0, /**< the ISIM; the USIM where there is no ISIM or an empty one */
  IMSTLS_APP_ISIM = 1, /**< TS 31.103 */
  IMSTLS_APP_USIM = 2  /**< TS 31.102 */
};
/** Channels to the card. */
enum imstls_card_channel {
  IMSTLS_CARD_CHANNEL_AUTO = 0, /**< a logical channel if there is one, the basic channel otherwise */
  IMSTLS_CARD_CHANNEL_BASIC = 1 /**< the basic channel: the card must serve nobody else */
};

#define IMSTLS_CARD_IMPU_MAX 8
#define IMSTLS_CARD_PCSCF_MAX 4

/** What a card says about its subscriber. The texts live in it: valid as long as the card is, not to be copied. */
typedef struct imstls_card_identity {
  int32_t application; /**< IMSTLS_APP_ISIM or IMSTLS_APP_USIM: where it comes from; 0: not read */
  /** Digits of the mobile network code, from a USIM: 2 or 3; 0: unknown, as neither EF_AD nor the table of
   *  imstls_identity_mnc_len tells: then `imsi` alone is set, and who knows it calls imstls_identity_derive. */
  uint32_t mnc_len;
  const char *imsi;          /**< USIM; NULL from an ISIM */
  const char *impi, *domain; /**< NULL when `mnc_len` is unknown, and no `impu` then */
  /** The first is the default (TS 31.103 4.2.4), unless it could not be read. `sip:`, `sips:` or `tel:` URIs. */
  const char *impu[IMSTLS_CARD_IMPU_MAX];
  uint32_t impu_count;
  const char *pcscf[IMSTLS_CARD_PCSCF_MAX]; /**< names and IP literals, in the card's order (TS 31.103 4.2.8) */
  uint32_t pcscf_count;
  uint32_t left_out; /**< records of public identities and P-CSCFs that found no room or could not be read */
  uint32_t text_len;
  char text[1536];
} imstls_card_identity;

/** \brief  The answer to a request that was pending: hand it to imstls_client_usim_done. Called only from within
 *          imstls_usim_card_transmitted, and so from the `process` call of a driver.
 *  \param  result  NULL unless error is IMSTLS_OK; wiped when the call returns */
typedef void (*imstls_usim_done_fn)(void *user, uint32_t request, int error, const imstls_aka_result *result);
/** \brief  The end of an imstls_usim_card_read that was pending. */
typedef void (*imstls_card_ready_fn)(void *user, int error);

/** The library's own part of imstls_usim_card. */
typedef struct imstls_card_private {
  uint8_t step, method, cla, channel, driver_open, ready, fresh, retried, reopened, dir;
  uint8_t running, awaiting, inside, want_read, want_close, closing, auth, queued;
  uint8_t candidate, chained, rounds, file, record, records, record_len, pin_known, pin_withheld, pin_ref;
  uint8_t pin_accepted, kept_ref;
  char kept_pin[9];
  uint8_t aid_len[3], aid[3][16];
  int32_t sync_error;
  uint32_t request, queued_request, file_len, command_len, have;
  uint8_t challenge[32], queued_challenge[32], command[48], rx[520];
  imstls_aka_result result;
} imstls_card_private;

/** A USIM or ISIM behind a transport. The caller owns it; it must live as long as the client. Nothing is allocated. */
typedef struct imstls_usim_card {
  size_t size;
  imstls_usim usim; /**< filled by imstls_usim_apdu */
  /* settings, before imstls_usim_apdu */
  imstls_apdu apdu;    /**< filled by imstls_usim_pcsc_attach, imstls_usim_at_attach, or by you */
  int32_t application; /**< IMSTLS_APP_... */
  int32_t channel;     /**< IMSTLS_CARD_CHANNEL_... */
  /**
   * The PIN (PIN1 or the universal PIN, ETSI TS 102 221 9.5): 4 to 8 digits and a NUL; "": none. Anything else is as
   * none. It is wiped when it is handed to `transmit`. What the card then accepts is kept as a telephone keeps it, for
   * the same application of a card that others reset, until imstls_usim_card_close, or until the transport says that
   * there is no card. What it does not accept, or whose answer is lost, is wiped and not sent again, so that a PIN
   * costs one try at most: when it is wrong, was changed meanwhile, or meets another card. A PIN that is written here
   * later is another try.
   */
  char pin[9];
  /**
   * The PIN is sent only when the card says that at least so many tries are left, 1 to 15; 0: 2, so that a wrong one
   * never blocks the card until its PUK is entered. 1: the last try may be used, and the PIN is sent too when the card
   * does not tell how many are left.
   */
  uint8_t pin_min_tries;
  uint8_t pin_once;           /**< 1: the PIN is not kept; IMSTLS_ERR_USIM_PIN when the card wants it again */
  imstls_usim_done_fn done;   /**< needed when `transmit` may be pending */
  imstls_card_ready_fn ready; /**< may be NULL */
  void *user;                 /**< handed to both */
  /* what came out */
  imstls_card_identity identity; /**< set by imstls_usim_card_read */
  uint16_t status;       /**< last status word of the card, but for closing; see imstls_usim_status_text; 0: none */
  uint8_t pin_tries;     /**< tries left for the PIN when the card last said so, 0 to 15; 0xff: unknown */
  imstls_card_private p; /**< zero at first, not to be touched */
} imstls_usim_card;
#define IMSTLS_USIM_CARD_INIT IMSTLS_SIZED(imstls_usim_card)

/**
 * \brief  The card as a USIM. Selects the application and authenticates when the client asks.
 * \param  card  begun with IMSTLS_USIM_CARD_INIT, then the settings; kept by reference; wipe it with imstls_wipe after
 *               imstls_client_free
 * \return what imstls_config_ports.usim takes; NULL: card or its transmit is NULL, or its `size` is too small
 */
IMSTLS_API const imstls_usim *imstls_usim_apdu(imstls_usim_card *card);

/**
 * \brief  Selects the application (by EF_DIR, else by the leading octets of its identifier), shows the PIN if the card
 *         wants it, and reads the identities: from the ISIM its IMPI, domain, IMPUs and P-CSCFs; from the USIM the IMSI
 *         and EF_AD, and derives the rest. After imstls_usim_apdu.
 * With IMSTLS_APP_AUTO an ISIM whose IMPI, domain or IMPUs are missing or were never written is as good as none. An
 * odd record of a list, and an odd file that is optional (EF_P-CSCF, EF_AD), are left out, and nothing else suffers.
 * From a USIM the IMSI may be all that comes out: see imstls_card_identity.mnc_len.
 * \return IMSTLS_OK: card->identity is set; IMSTLS_PENDING: the `ready` callback follows; IMSTLS_ERR_USIM_PIN: the
 *         card wants a PIN that there is not, has refused it, or is blocked; IMSTLS_ERR_USIM_PIN_TRIES: the PIN was not
 *         sent, see `pin_min_tries` and `pin_tries`, and is still there; IMSTLS_ERR_USIM, _USIM_APP, _USIM_DATA,
 *         _USIM_IO, _USIM_TIMEOUT; IMSTLS_ERR_USAGE; IMSTLS_ERR_STATE: it is already reading
 */
IMSTLS_API int imstls_usim_card_read(imstls_usim_card *card);

/**
 * \brief  The answer to a command for which `transmit`, `open_channel` or `close_channel` said IMSTLS_PENDING.
 * \param  error         IMSTLS_OK, or what `transmit` may return
 * \param  response_len  octets written into the response; 0 after open_channel and close_channel
 * \return IMSTLS_OK; IMSTLS_ERR_STATE: nothing is pending (an answer that came twice): ignored; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_usim_card_transmitted(imstls_usim_card *card, int error, size_t response_len);

/**
 * \brief  Closes the logical channel and wipes the PIN and what the card told; identities stay. Usable again
 *         afterwards. An answer that is still awaited is dropped, and its `done` or `ready` does not come.
 * Before a transport is closed, call this until it says IMSTLS_OK or you have waited long enough: cards have few
 * channels, and a modem keeps one that is left open. After a failure that leaves no selected application (PIN, no
 * application, no answer, cancelled on the way there) the library closes the channel by itself, in the same manner.
 * \return IMSTLS_OK: nothing is open; IMSTLS_PENDING: goes on while answers come, silently; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_usim_card_close(imstls_usim_card *card);

/**
 * \brief  What a status word of a card means (ETSI TS 102 221 10.2, TS 31.102 7.3), for people.
 * \param  sw  SW1 << 8 | SW2
 * \return a static sentence; never NULL
 */
IMSTLS_API const char *imstls_usim_status_text(uint16_t sw);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
