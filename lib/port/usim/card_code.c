/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding of what a card answers. A card is not trusted: every length is checked against what is there. */
#include "port/usim/card.h"

/* Takes one object off the front. IMSTLS_END: nothing but padding is left. */
static int tlv_next(imstls_bytes *rest, uint8_t *tag, imstls_bytes *value)
{
  while (rest->len > 0 && (rest->ptr[0] == 0x00 || rest->ptr[0] == 0xff)) {
    rest->ptr++;
    rest->len--;
  }
  if (rest->len == 0)
    return IMSTLS_END;
  if (rest->len < 2)
    return IMSTLS_ERR_USIM_DATA;
  size_t head = 2;
  size_t len = rest->ptr[1];
  if (len > 0x82 || len == 0x80)
    return IMSTLS_ERR_USIM_DATA;
  if (len > 0x80) { /* long form, one or two octets of length (TS 101 220 7.1.2) */
    size_t octets = len - 0x80;
    head += octets;
    if (rest->len < head)
      return IMSTLS_ERR_USIM_DATA;
    len = octets == 1 ? rest->ptr[2] : (size_t)rest->ptr[2] << 8 | rest->ptr[3];
  }
  if (rest->len - head < len)
    return IMSTLS_ERR_USIM_DATA;
  *tag = rest->ptr[0];
  *value = (imstls_bytes){ rest->ptr + head, len };
  rest->ptr += head + len;
  rest->len -= head + len;
  return IMSTLS_OK;
}

int imstls_i_tlv_find(imstls_bytes data, uint8_t tag, imstls_bytes *value)
{
  uint8_t found = 0;
  int error;
  do {
    error = tlv_next(&data, &found, value);
  } while (error == IMSTLS_OK && found != tag);
  return error;
}

/* PIN status template (TS 102 221 11.1.1.4.10): a bit for each key reference, in their order, says that it is enabled.
 * The first enabled one that is PIN1 of an application (01 to 08), or the universal PIN (11) in use, is to be shown. */
static int pin_parse(imstls_bytes data, imstls_i_fcp *fcp)
{
  uint32_t enabled = 0;
  uint32_t index = 0;
  uint8_t usage = 0xff;
  uint8_t tag = 0;
  imstls_bytes value;
  int error;
  while ((error = tlv_next(&data, &tag, &value)) == IMSTLS_OK) {
    if (value.len == 0)
      return IMSTLS_ERR_USIM_DATA;
    if (tag == 0x90)
      enabled = value.ptr[0];
    if (tag == 0x95)
      usage = value.ptr[0];
    if (tag != 0x83)
      continue;
    uint8_t ref = value.ptr[0];
    bool one = (ref >= 0x01 && ref <= 0x08) || (ref == 0x11 && usage != 0);
    if (one && fcp->pin == IMSTLS_I_PIN_UNKNOWN)
      fcp->pin = IMSTLS_I_PIN_OFF;
    bool pin_may_be_off = one && fcp->pin == IMSTLS_I_PIN_OFF && index < 8 && (enabled & 0x80u >> index) != 0;
    if (pin_may_be_off) {
      fcp->pin = IMSTLS_I_PIN_ON;
      fcp->pin_ref = ref;
    }
    usage = 0xff;
    index++;
  }
  return error == IMSTLS_END ? IMSTLS_OK : error;
}

/* File descriptor (TS 102 221 11.1.1.4.3): the lower three bits are the structure. */
static int descriptor_parse(imstls_bytes value, imstls_i_fcp *fcp)
{
  if (value.len < 2)
    return IMSTLS_ERR_USIM_DATA;
  uint8_t structure = value.ptr[0] & 0x07;
  if ((value.ptr[0] & 0x38) == 0x38)
    return IMSTLS_OK; /* a DF or ADF */
  if (structure == 1)
    fcp->structure = IMSTLS_I_EF_TRANSPARENT;
  if (structure != 2)
    return IMSTLS_OK;
  fcp->structure = IMSTLS_I_EF_LINEAR;
  if (value.len < 5 || value.ptr[2] != 0 || value.ptr[3] == 0)
    return IMSTLS_ERR_USIM_DATA;
  fcp->record_len = value.ptr[3];
  fcp->records = value.ptr[4];
  return IMSTLS_OK;
}

int imstls_i_fcp_parse(imstls_bytes data, imstls_i_fcp *fcp)
{
  memset(fcp, 0, sizeof *fcp);
  fcp->pin_ref = 0x01;
  imstls_bytes all;
  imstls_bytes value;
  int error = imstls_i_tlv_find(data, 0x62, &all);
  if (error != IMSTLS_OK)
    return IMSTLS_ERR_USIM_DATA;

  error = imstls_i_tlv_find(all, 0x82, &value);
  if (error == IMSTLS_OK)
    error = descriptor_parse(value, fcp);
  if (error != IMSTLS_OK && error != IMSTLS_END)
    return error;

  error = imstls_i_tlv_find(all, 0x80, &value);
  if (error == IMSTLS_ERR_USIM_DATA)
    return error;
  if (error == IMSTLS_OK) {
    if (value.len < 2 || value.len > 3)
      return IMSTLS_ERR_USIM_DATA;
    for (size_t i = 0; i < value.len; i++)
      fcp->size = fcp->size << 8 | value.ptr[i];
  }
  error = imstls_i_tlv_find(all, 0xc6, &value);
  if (error == IMSTLS_ERR_USIM_DATA)
    return error;
  return error == IMSTLS_OK ? pin_parse(value, fcp) : IMSTLS_OK;
}

int imstls_i_dir_record(imstls_bytes record, imstls_bytes *aid)
{
  imstls_bytes template;
  int error = imstls_i_tlv_find(record, 0x61, &template);
  if (error == IMSTLS_OK)
    error = imstls_i_tlv_find(template, 0x4f, aid);
  if (error != IMSTLS_OK)
    return error;
  return aid->len >= 5 && aid->len <= 16 ? IMSTLS_OK : IMSTLS_ERR_USIM_DATA;
}

/* One value with its length octet off the front; the length must lie within min and max. */
static bool take_value(imstls_bytes *rest, size_t min, size_t max, imstls_bytes *value)
{
  if (rest->len < 1)
    return false;
  size_t len = rest->ptr[0];
  if (len < min || len > max || rest->len - 1 < len)
    return false;
  *value = (imstls_bytes){ rest->ptr + 1, len };
  rest->ptr += 1 + len;
  rest->len -= 1 + len;
  return true;
}

/* DB: RES, CK, IK; a Kc may follow and is not used (TS 31.102 7.1.2.1). */
static int auth_ok(imstls_bytes rest, imstls_aka_result *result)
{
  imstls_bytes res;
  imstls_bytes ck;
  imstls_bytes ik;
  if (!take_value(&rest, 4, IMSTLS_RES_MAX, &res) || !take_value(&rest, IMSTLS_KEY_LEN, IMSTLS_KEY_LEN, &ck) ||
      !take_value(&rest, IMSTLS_KEY_LEN, IMSTLS_KEY_LEN, &ik)) {
    return IMSTLS_ERR_USIM_DATA;
  }
  result->verdict = IMSTLS_AKA_OK;
  result->res_len = (uint32_t)res.len;
  memcpy(result->res, res.ptr, res.len);
  memcpy(result->ck, ck.ptr, IMSTLS_KEY_LEN);
  memcpy(result->ik, ik.ptr, IMSTLS_KEY_LEN);
  return IMSTLS_OK;
}

int imstls_i_auth_parse(imstls_bytes data, imstls_aka_result *result)
{
  if (data.len < 1)
    return IMSTLS_ERR_USIM_DATA;
  imstls_bytes rest = { data.ptr + 1, data.len - 1 };
  imstls_bytes auts;
  if (data.ptr[0] == 0xdb)
    return auth_ok(rest, result);
  if (data.ptr[0] != 0xdc)
    return IMSTLS_ERR_USIM_DATA;
  if (!take_value(&rest, IMSTLS_AUTS_LEN, IMSTLS_AUTS_LEN, &auts))
    return IMSTLS_ERR_USIM_DATA;
  result->verdict = IMSTLS_AKA_SYNC_FAILURE;
  memcpy(result->auts, auts.ptr, IMSTLS_AUTS_LEN);
  return IMSTLS_OK;
}

int imstls_i_imsi_parse(imstls_bytes data, char imsi[16])
{
  imstls_bytes value;
  if (!take_value(&data, 1, 8, &value))
    return IMSTLS_ERR_USIM_DATA;
  /* The first nibble is 9 for an odd number of digits, 1 for an even one, which ends in a nibble F (24.008
   * 10.5.1.4). */
  uint8_t kind = value.ptr[0] & 0x0f;
  if (kind != 9 && kind != 1)
    return IMSTLS_ERR_USIM_DATA;
  size_t digits = value.len * 2 - (kind == 9 ? 1 : 2);
  if (digits < 6 || digits > 15)
    return IMSTLS_ERR_USIM_DATA;
  if (kind == 1 && value.ptr[value.len - 1] >> 4 != 0x0f)
    return IMSTLS_ERR_USIM_DATA;
  char out[16] = { 0 };
  for (size_t i = 0; i < digits; i++) {
    uint8_t octet = value.ptr[(i + 1) / 2];
    uint8_t nibble = (i + 1) % 2 != 0 ? octet >> 4 : octet & 0x0f;
    if (nibble > 9)
      return IMSTLS_ERR_USIM_DATA;
    out[i] = (char)('0' + nibble);
  }
  memcpy(imsi, out, sizeof out);
  return IMSTLS_OK;
}
