/* SPDX-License-Identifier: Apache-2.0 */
/* A card whose every answer is the input: two octets of settings, then answers with an octet of length each, which may
 * say instead that others reset the card; the input starts anew when it is used up. Whatever it says, the session ends,
 * and no PIN follows one that it has not accepted. */
#include <stdlib.h>
#include <string.h>

#include <imstls/card.h>
#include <imstls/error.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct tape {
  const uint8_t *data;
  size_t size, at;
  int left;
  int resets;    /* a length of 255 is a reset */
  int pin_spent; /* one was shown, and not accepted */
} tape;

static int accepted(const uint8_t *answer, size_t len)
{
  if (len < 2)
    return 0;
  const uint8_t *sw = answer + len - 2;
  return (sw[0] == 0x90 && sw[1] == 0x00) || sw[0] == 0x91 || (sw[0] == 0x62 && sw[1] == 0x82);
}

static int transmit(void *user, const uint8_t *command, size_t len, uint8_t *response, size_t cap, size_t *response_len)
{
  tape *t = user;
  int pin = command[1] == 0x20 && len > 5;
  if (len < 4 || cap < 258 || t->left-- < 0)
    abort();
  if (pin && t->pin_spent)
    abort();
  t->pin_spent |= pin;
  if (t->at >= t->size)
    t->at = 0;
  size_t n = t->data[t->at++];
  if (t->resets && n == 255)
    return IMSTLS_NOT_READY;
  if (n > t->size - t->at)
    n = t->size - t->at;
  memcpy(response, t->data + t->at, n);
  t->at += n;
  *response_len = n;
  if (pin && accepted(response, n))
    t->pin_spent = 0;
  return IMSTLS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const uint8_t challenge[32];
  if (size < 3)
    return 0;
  tape t = { .data = data + 2, .size = size - 2, .left = 20000, .resets = data[1] & 2 };
  imstls_usim_card card;
  card = (imstls_usim_card)IMSTLS_USIM_CARD_INIT;
  card.apdu = (imstls_apdu)IMSTLS_APDU_INIT;
  card.apdu.transmit = transmit;
  card.apdu.user = &t;
  card.application = data[0] % 3;
  card.channel = data[0] / 3 % 2;
  if (data[1] % 2 != 0)
    memcpy(card.pin, "1234", 5);
  if (imstls_usim_apdu(&card) == NULL)
    abort();
  int r = imstls_usim_card_read(&card);
  const imstls_card_identity *id = &card.identity;
  int imsi_alone = id->imsi != NULL && id->mnc_len == 0;
  if (r == IMSTLS_OK && !imsi_alone && (id->impi == NULL || id->domain == NULL || id->impu_count == 0))
    abort();
  if (r == IMSTLS_OK && imsi_alone && (id->impi != NULL || id->domain != NULL || id->impu_count != 0))
    abort();
  if (r == IMSTLS_OK && id->impi != NULL && strpbrk(id->impi, "\r\n\"<> ") != NULL)
    abort();
  imstls_aka_result result = { .size = sizeof result };
  for (int i = 0; i < 2; i++) {
    r = card.usim.authenticate(&card, 1, challenge, challenge + 16, &result);
    if (r == IMSTLS_PENDING || result.res_len > IMSTLS_RES_MAX)
      abort();
  }
  if (imstls_usim_card_close(&card) != IMSTLS_OK)
    abort();
  return 0;
}
