/* SPDX-License-Identifier: Apache-2.0 */
/* Identities from an IMSI, for cards without an ISIM (TS 23.003 13.2, 13.3, 13.4B). */
#include <imstls/identity.h>

#include "base/base.h"

enum { IMSI_MIN = 6, IMSI_MAX = 15, MCC_LEN = 3 };

/* Digits of the IMSI; 0: not an IMSI. */
static size_t imsi_len(const char *imsi)
{
  size_t len = 0;
  while (len <= IMSI_MAX && imsi[len] != 0) {
    if (!imstls_i_is_digit(imsi[len]))
      return 0;
    len++;
  }
  return len < IMSI_MIN || len > IMSI_MAX ? 0 : len;
}

/* "ims.mnc<MNC>.mcc<MCC>.3gppnetwork.org", an MNC of two digits with a zero in front (13.2). */
static void put_domain(imstls_i_writer *w, const char *imsi, uint32_t mnc_len)
{
  IMSTLS_I_PUT_LIT(w, "ims.mnc");
  if (mnc_len == 2)
    IMSTLS_I_PUT_LIT(w, "0");
  imstls_i_put(w, imsi + MCC_LEN, mnc_len);
  IMSTLS_I_PUT_LIT(w, ".mcc");
  imstls_i_put(w, imsi, MCC_LEN);
  IMSTLS_I_PUT_LIT(w, ".3gppnetwork.org");
}

int imstls_identity_derive(const char *imsi, uint32_t mnc_len, imstls_identity *out)
{
  bool unusable = !imsi || !out || (mnc_len != 2 && mnc_len != 3);
  if (unusable)
    return IMSTLS_ERR_USAGE;
  size_t len = imsi_len(imsi);
  if (len == 0)
    return IMSTLS_ERR_USAGE;

  memset(out, 0, sizeof *out);
  imstls_i_writer w = imstls_i_writer_make(out->domain, sizeof out->domain - 1);
  put_domain(&w, imsi, mnc_len);
  w = imstls_i_writer_make(out->impi, sizeof out->impi - 1);
  imstls_i_put(&w, imsi, len);
  IMSTLS_I_PUT_LIT(&w, "@");
  put_domain(&w, imsi, mnc_len);
  w = imstls_i_writer_make(out->impu, sizeof out->impu - 1);
  IMSTLS_I_PUT_LIT(&w, "sip:");
  imstls_i_put_str(&w, out->impi);
  return IMSTLS_OK;
}

/* Country codes whose networks all have three digits (ITU-T E.212 assignments). */
static bool three_digits(uint32_t mcc)
{
  static const uint16_t codes[] = { 302, 310, 311, 312, 313, 314, 315, 316, 330, 334, 708, 722, 732 };
  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
    if (codes[i] == mcc)
      return true;
  }
  return false;
}

/* Both lengths are in use, or the code stands for test networks. */
static bool mixed(uint32_t mcc)
{
  return mcc < 200 || mcc == 999 || (mcc >= 338 && mcc <= 376) || mcc == 405 || mcc == 714 || mcc == 738 || mcc == 750;
}

uint32_t imstls_identity_mnc_len(const char *imsi)
{
  if (!imsi || imsi_len(imsi) == 0)
    return 0;
  uint32_t mcc;
  if (!imstls_i_number(imstls_i_text(imsi, MCC_LEN), 999, &mcc) || mixed(mcc))
    return 0;
  return three_digits(mcc) ? 3 : 2;
}
