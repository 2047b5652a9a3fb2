/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of imstls_usim_apdu: commands (card_command.c), what their answers lead to (card_steps.c), the PIN (card_pin.c)
 * and how it ends (card_outcome.c), coding and decoding (card_code.c), files with identities (card_file.c), status
 * words. */
#ifndef IMSTLS_PORT_USIM_CARD_H
#define IMSTLS_PORT_USIM_CARD_H

#include <imstls/card.h>

#include "base/base.h"

/* What one status word is for the program: IMSTLS_OK or IMSTLS_ERR_USIM... */
int imstls_i_sw_error(uint16_t sw);

/* First value with this one-octet tag in a row of BER-TLV objects; padding of 00 and FF between them is passed over.
 * IMSTLS_OK; IMSTLS_END: no such tag; IMSTLS_ERR_USIM_DATA: a length that runs past the end. */
int imstls_i_tlv_find(imstls_bytes data, uint8_t tag, imstls_bytes *value);

/* What the answer to SELECT says of a file or application (ETSI TS 102 221 11.1.1.3). */
typedef struct imstls_i_fcp {
  uint8_t structure;  /* IMSTLS_I_EF_..., 0: not told */
  uint8_t record_len; /* of a linear fixed file */
  uint8_t records;
  uint8_t pin;     /* IMSTLS_I_PIN_... */
  uint8_t pin_ref; /* key reference of the enabled PIN */
  uint32_t size;   /* of a transparent file */
} imstls_i_fcp;
enum { IMSTLS_I_EF_TRANSPARENT = 1, IMSTLS_I_EF_LINEAR = 2 };
enum { IMSTLS_I_PIN_UNKNOWN = 0, IMSTLS_I_PIN_OFF = 1, IMSTLS_I_PIN_ON = 2 };
int imstls_i_fcp_parse(imstls_bytes data, imstls_i_fcp *fcp);

/* AID of one record of EF_DIR (TS 102 221 13.1). IMSTLS_END: an empty record, or no AID in it. */
int imstls_i_dir_record(imstls_bytes record, imstls_bytes *aid);

/* The answer to AUTHENTICATE with status 9000 (TS 31.102 7.1.2.1): DB or DC. */
int imstls_i_auth_parse(imstls_bytes data, imstls_aka_result *result);

/* Digits of EF_IMSI (TS 31.102 4.2.2) and a NUL. */
int imstls_i_imsi_parse(imstls_bytes data, char imsi[16]);

/* One identity file, its length and content read: keeps what it says in card->identity. */
typedef struct imstls_i_card_file {
  uint16_t id;
  uint8_t structure;
  bool needed;
  int (*take)(imstls_usim_card *card, imstls_bytes content);
} imstls_i_card_file;
/* The files to read of an application, in order; count of them. */
const imstls_i_card_file *imstls_i_card_files(int32_t application, size_t *count);
/* The one that is read now. */
const imstls_i_card_file *imstls_i_card_present_file(const imstls_card_private *p);
/* After the last file: derives what a USIM does not hold, if it can. IMSTLS_END: an ISIM lacks something. */
int imstls_i_card_identity_end(imstls_usim_card *card);

/* What the card is doing; each has a command to send and an answer to judge. */
enum {
  IMSTLS_I_CARD_IDLE = 0,
  IMSTLS_I_CARD_READY, /* decides what comes next */
  IMSTLS_I_CARD_DIR_SELECT,
  IMSTLS_I_CARD_DIR_READ,
  IMSTLS_I_CARD_CHANNEL,
  IMSTLS_I_CARD_APP_OPEN,
  IMSTLS_I_CARD_APP_SELECT,
  IMSTLS_I_CARD_PIN_STATUS,
  IMSTLS_I_CARD_PIN_VERIFY,
  IMSTLS_I_CARD_FILE_SELECT,
  IMSTLS_I_CARD_FILE_READ,
  IMSTLS_I_CARD_AUTH,
  IMSTLS_I_CARD_CLOSE_DRIVER,
  IMSTLS_I_CARD_CLOSE_CHANNEL
};
/* An authentication that was asked for; which of our calls is under way. */
enum { IMSTLS_I_CARD_AUTH_NONE = 0, IMSTLS_I_CARD_AUTH_WANTED, IMSTLS_I_CARD_AUTH_CANCELLED };
enum { IMSTLS_I_CARD_OUTSIDE = 0, IMSTLS_I_CARD_INSIDE_AUTH, IMSTLS_I_CARD_INSIDE_READ };
/* RID of 3GPP and application code (TS 101 220 annex E): enough to select the first application of the kind. */
enum { IMSTLS_I_APP_CODE_LEN = 7, IMSTLS_I_TRIES_UNKNOWN = 0xff };
extern const uint8_t imstls_i_app_codes[3][IMSTLS_I_APP_CODE_LEN];

/* How the channel is had. */
enum { IMSTLS_I_CARD_BY_DRIVER = 1, IMSTLS_I_CARD_BY_MANAGE, IMSTLS_I_CARD_BY_BASIC };

/* A whole answer. */
typedef struct imstls_i_card_answer {
  int error;   /* of the transport, else of the status word */
  uint16_t sw; /* 0: the transport failed */
  imstls_bytes data;
} imstls_i_card_answer;

/* Sends the command of the present step. As `transmit`; `len` octets were answered. */
int imstls_i_card_begin(imstls_usim_card *card, size_t *len);
/* Judges the answer of the present step and sets the next one. */
void imstls_i_card_end(imstls_usim_card *card, const imstls_i_card_answer *answer);
void imstls_i_card_pin_status_end(imstls_usim_card *card, const imstls_i_card_answer *answer);
void imstls_i_card_pin_verify_end(imstls_usim_card *card, const imstls_i_card_answer *answer);
/* The PIN to show, filled up with FF (TS 102 221 9.5.1); it is not shown again unless the card accepts it. */
void imstls_i_card_pin_take(imstls_usim_card *card, uint8_t padded[8]);
void imstls_i_card_pin_forget(imstls_card_private *p);
/* The application is selected, and open as far as we know. */
void imstls_i_card_opened(imstls_card_private *p);
/* First step towards a selected application. */
void imstls_i_card_session(imstls_usim_card *card);
/* Outcomes; each goes back to IMSTLS_I_CARD_READY. */
void imstls_i_card_read_done(imstls_usim_card *card, int error);
void imstls_i_card_auth_done(imstls_usim_card *card, int error);
void imstls_i_card_fail(imstls_usim_card *card, int error); /* no application: fails whatever is wanted */
void imstls_i_card_closed(imstls_usim_card *card);
void imstls_i_card_forget(imstls_card_private *p); /* channel and application are gone */

#endif
