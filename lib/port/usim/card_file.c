/* SPDX-License-Identifier: Apache-2.0 */
/* The files that hold identities: ISIM (TS 31.103 4.2), USIM (TS 31.102 4.2.2, 4.2.18). Their texts go into REGISTER,
 * so nothing that could end a header line or a quoted string gets through. */
#include "port/usim/card.h"

#include <imstls/identity.h>

static const char name_marks[] = ".-";

static bool is_name(imstls_bytes text)
{
  for (size_t i = 0; i < text.len; i++) {
    char c = (char)text.ptr[i];
    bool letter = imstls_i_lower(c) >= 'a' && imstls_i_lower(c) <= 'z';
    bool odd = !letter && !imstls_i_is_digit(c) && c != name_marks[0] && c != name_marks[1];
    if (odd)
      return false;
  }
  return text.len > 0;
}

/* Printable, no space, nothing that ends a URI or a quoted string. UTF-8 above ASCII stays as it is; FF is none, it
 * fills what was never written. */
static bool is_identity(imstls_bytes text)
{
  for (size_t i = 0; i < text.len; i++) {
    uint8_t c = text.ptr[i];
    bool ends_a_name = c <= 0x20 || c == 0x7f || c == '"' || c == '<' || c == '>' || c == '\\' || c == ',';
    if (ends_a_name || c == 0xff)
      return false;
  }
  return text.len > 0;
}

static bool begins(imstls_bytes text, imstls_text with)
{
  return text.len > with.len && memcmp(text.ptr, with.ptr, with.len) == 0;
}

/* A URI of a kind that imstls_config_identity.impu takes. */
static bool is_public_identity(imstls_bytes text)
{
  bool scheme =
      begins(text, IMSTLS_I_LIT("sip:")) || begins(text, IMSTLS_I_LIT("sips:")) || begins(text, IMSTLS_I_LIT("tel:"));
  return scheme && is_identity(text);
}

/* Nothing but 00, or nothing but FF: never written. */
static bool is_filling(imstls_bytes octets)
{
  uint8_t filling = octets.len > 0 ? octets.ptr[0] : 0;
  for (size_t i = 0; i < octets.len; i++) {
    if (octets.ptr[i] != filling)
      return false;
  }
  return filling == 0x00 || filling == 0xff;
}

/* Keeps a text with its NUL in the card; NULL: no room. */
static const char *keep(imstls_card_identity *id, const void *text, size_t len)
{
  if (sizeof id->text - id->text_len < len + 1)
    return NULL;
  char *start = id->text + id->text_len;
  memcpy(start, text, len);
  start[len] = 0;
  id->text_len += (uint32_t)len + 1;
  return start;
}

/* The data object 80 that every ISIM file holds. IMSTLS_END: empty. Files are made with the tag alone written, too: no
 * length follows it then. */
static int object(imstls_bytes content, imstls_bytes *value)
{
  bool tag_alone = content.len > 1 && content.ptr[0] == 0x80 && content.ptr[1] == 0xff &&
                   is_filling((imstls_bytes){ content.ptr + 1, content.len - 1 });
  if (tag_alone)
    return IMSTLS_END;
  int error = imstls_i_tlv_find(content, 0x80, value);
  return error == IMSTLS_OK && is_filling(*value) ? IMSTLS_END : error;
}

static int take_impi(imstls_usim_card *card, imstls_bytes content)
{
  imstls_bytes value;
  int error = object(content, &value);
  if (error != IMSTLS_OK)
    return error;
  if (!is_identity(value))
    return IMSTLS_ERR_USIM_DATA;
  card->identity.impi = keep(&card->identity, value.ptr, value.len);
  return card->identity.impi ? IMSTLS_OK : IMSTLS_ERR_USIM_DATA;
}

static int take_domain(imstls_usim_card *card, imstls_bytes content)
{
  imstls_bytes value;
  int error = object(content, &value);
  if (error != IMSTLS_OK)
    return error;
  if (!is_name(value))
    return IMSTLS_ERR_USIM_DATA;
  card->identity.domain = keep(&card->identity, value.ptr, value.len);
  return card->identity.domain ? IMSTLS_OK : IMSTLS_ERR_USIM_DATA;
}

/* Into a list of at most `max`; what finds no room or cannot be read is counted, not an error. */
static void list_add(imstls_card_identity *id, const char **list, uint32_t *count, uint32_t max, imstls_bytes text)
{
  const char *kept = *count < max ? keep(id, text.ptr, text.len) : NULL;
  if (!kept) {
    id->left_out++;
    return;
  }
  list[*count] = kept;
  ++*count;
}

static int take_impu(imstls_usim_card *card, imstls_bytes content)
{
  imstls_card_identity *id = &card->identity;
  imstls_bytes value;
  int error = object(content, &value);
  if (error == IMSTLS_END)
    return IMSTLS_OK;
  if (error == IMSTLS_OK && is_public_identity(value))
    list_add(id, id->impu, &id->impu_count, IMSTLS_CARD_IMPU_MAX, value);
  else
    id->left_out++;
  return IMSTLS_OK;
}

/* An address as a literal that any host name parser reads; RFC 5952 form is not needed for that. */
static void put_address(imstls_i_writer *w, imstls_bytes ip)
{
  for (size_t i = 0; ip.len == 4 && i < 4; i++) {
    if (i > 0)
      IMSTLS_I_PUT_LIT(w, ".");
    imstls_i_put_uint(w, ip.ptr[i]);
  }
  for (size_t i = 0; ip.len == 16 && i < 16; i += 2) {
    if (i > 0)
      IMSTLS_I_PUT_LIT(w, ":");
    char hex[5];
    imstls_i_hex_encode(ip.ptr + i, 2, hex);
    size_t zeros = 0;
    while (zeros < 3 && hex[zeros] == '0')
      zeros++;
    imstls_i_put(w, hex + zeros, 4 - zeros);
  }
}

/* Type of address, then a name or an address (TS 31.103 4.2.8). False: an unknown type, or no such name or address; to
 * connect to 0.0.0.0 would be to connect to ourselves. */
static bool read_pcscf(imstls_bytes value, char literal[48], imstls_bytes *text)
{
  static const size_t address_len[] = { 0, 4, 16 };
  uint8_t type = value.ptr[0];
  imstls_bytes rest = { value.ptr + 1, value.len - 1 };
  *text = rest;
  if (type == 0)
    return is_name(rest);
  bool address = type < sizeof address_len / sizeof address_len[0] && rest.len == address_len[type];
  if (!address || is_filling(rest))
    return false;
  imstls_i_writer w = imstls_i_writer_make(literal, 48);
  put_address(&w, rest);
  *text = (imstls_bytes){ (const uint8_t *)literal, w.len };
  return true;
}

/* The file is optional, so nothing in it is an error. */
static int take_pcscf(imstls_usim_card *card, imstls_bytes content)
{
  imstls_card_identity *id = &card->identity;
  imstls_bytes value;
  imstls_bytes text;
  char literal[48];
  int error = object(content, &value);
  if (error == IMSTLS_END)
    return IMSTLS_OK;
  if (error == IMSTLS_OK && read_pcscf(value, literal, &text))
    list_add(id, id->pcscf, &id->pcscf_count, IMSTLS_CARD_PCSCF_MAX, text);
  else
    id->left_out++;
  return IMSTLS_OK;
}

static int take_imsi(imstls_usim_card *card, imstls_bytes content)
{
  char imsi[16];
  int error = imstls_i_imsi_parse(content, imsi);
  if (error != IMSTLS_OK)
    return error;
  card->identity.imsi = keep(&card->identity, imsi, strlen(imsi));
  return card->identity.imsi ? IMSTLS_OK : IMSTLS_ERR_USIM_DATA;
}

/* EF_AD: octet 4 has the length of the MNC, on cards made after it was added (TS 31.102 4.2.18). */
static int take_ad(imstls_usim_card *card, imstls_bytes content)
{
  uint32_t len = content.len >= 4 ? content.ptr[3] & 0x0fu : 0;
  if (len == 2 || len == 3)
    card->identity.mnc_len = len;
  return IMSTLS_OK;
}

static const imstls_i_card_file isim_files[] = {
  { 0x6f02, IMSTLS_I_EF_TRANSPARENT, true, take_impi },
  { 0x6f03, IMSTLS_I_EF_TRANSPARENT, true, take_domain },
  { 0x6f04, IMSTLS_I_EF_LINEAR, true, take_impu },
  { 0x6f09, IMSTLS_I_EF_LINEAR, false, take_pcscf },
};
static const imstls_i_card_file usim_files[] = {
  { 0x6f07, IMSTLS_I_EF_TRANSPARENT, true, take_imsi },
  { 0x6fad, IMSTLS_I_EF_TRANSPARENT, false, take_ad },
};

const imstls_i_card_file *imstls_i_card_files(int32_t application, size_t *count)
{
  bool isim = application == IMSTLS_APP_ISIM;
  *count = isim ? sizeof isim_files / sizeof isim_files[0] : sizeof usim_files / sizeof usim_files[0];
  return isim ? isim_files : usim_files;
}

const imstls_i_card_file *imstls_i_card_present_file(const imstls_card_private *p)
{
  size_t count = 0;
  return imstls_i_card_files(p->candidate, &count) + p->file;
}

/* What a USIM does not hold. Without the length of the MNC nothing can be derived; the application has the IMSI. */
static int derive(imstls_card_identity *id)
{
  imstls_identity made;
  if (!id->imsi)
    return IMSTLS_ERR_USIM_DATA;
  if (id->mnc_len == 0)
    id->mnc_len = imstls_identity_mnc_len(id->imsi);
  if (id->mnc_len == 0)
    return IMSTLS_OK;
  if (imstls_identity_derive(id->imsi, id->mnc_len, &made) != IMSTLS_OK)
    return IMSTLS_ERR_USIM_DATA;
  id->domain = keep(id, made.domain, strlen(made.domain));
  id->impi = keep(id, made.impi, strlen(made.impi));
  id->impu[0] = keep(id, made.impu, strlen(made.impu));
  if (!id->domain || !id->impi || !id->impu[0])
    return IMSTLS_ERR_USIM_DATA;
  id->impu_count = 1;
  return IMSTLS_OK;
}

int imstls_i_card_identity_end(imstls_usim_card *card)
{
  imstls_card_identity *id = &card->identity;
  bool usim = card->p.candidate == IMSTLS_APP_USIM;
  int error = usim ? derive(id) : IMSTLS_OK;
  if (error != IMSTLS_OK)
    return error;
  bool lacking = !id->impi || !id->domain || id->impu_count == 0;
  if (lacking && !usim)
    return IMSTLS_END;
  id->application = card->p.candidate;
  return IMSTLS_OK;
}
