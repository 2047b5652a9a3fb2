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

/* Where mobile network codes do not have two digits: first six digits of the IMSI, from and to. By the codes that ITU-T
 * E.212 administrations have assigned (lists annexed to the ITU Operational Bulletin). 0: codes of both lengths begin
 * alike there, or the country code stands for test and private networks. */
static const struct {
  uint32_t from, to, mnc_len;
} plmn_ranges[] = {
  { 0, 199999, 0 },      /* test networks */
  { 208500, 208599, 3 }, /* France: networks of enterprises */
  { 208700, 208799, 3 }, /* the same */
  { 214700, 214799, 3 }, /* Spain: the same */
  { 302000, 302999, 3 }, /* Canada */
  { 310000, 316999, 3 }, /* United States */
  { 330000, 330999, 3 }, /* Puerto Rico */
  { 334000, 334999, 3 }, /* Mexico */
  { 338000, 338999, 0 }, /* Jamaica */
  { 342000, 342999, 3 }, /* Barbados */
  { 344000, 344999, 3 }, /* Antigua and Barbuda */
  { 346000, 346999, 3 }, /* Cayman Islands */
  { 348000, 348999, 3 }, /* British Virgin Islands */
  { 350000, 350999, 0 }, /* Bermuda */
  { 352000, 352999, 3 }, /* Grenada */
  { 354000, 354999, 3 }, /* Montserrat */
  { 356000, 356999, 3 }, /* Saint Kitts and Nevis */
  { 358000, 358999, 3 }, /* Saint Lucia */
  { 360000, 360999, 3 }, /* Saint Vincent and the Grenadines */
  { 364000, 364999, 0 }, /* Bahamas */
  { 365000, 366999, 3 }, /* Anguilla, Dominica */
  { 374000, 374999, 0 }, /* Trinidad and Tobago */
  { 376000, 376999, 3 }, /* Turks and Caicos Islands */
  { 405000, 405999, 0 }, /* India; its networks of 404 have two */
  { 441200, 441299, 3 }, /* Japan */
  { 502150, 502159, 3 }, /* Malaysia */
  { 708000, 708999, 3 }, /* Honduras */
  { 710300, 710309, 0 }, /* Nicaragua */
  { 714000, 714999, 0 }, /* Panama */
  { 722000, 722999, 3 }, /* Argentina */
  { 732000, 732999, 3 }, /* Colombia */
  { 738000, 738999, 0 }, /* Guyana */
  { 750000, 750999, 3 }, /* Falkland Islands */
  { 999000, 999999, 0 }, /* private networks */
};

uint32_t imstls_identity_mnc_len(const char *imsi)
{
  uint32_t plmn;
  if (!imsi || imsi_len(imsi) == 0 || !imstls_i_number(imstls_i_text(imsi, 6), 999999, &plmn))
    return 0;
  for (size_t i = 0; i < sizeof plmn_ranges / sizeof plmn_ranges[0]; i++) {
    if (plmn >= plmn_ranges[i].from && plmn <= plmn_ranges[i].to)
      return plmn_ranges[i].mnc_len;
  }
  return 2;
}
