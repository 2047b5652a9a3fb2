/* SPDX-License-Identifier: Apache-2.0 */
/* A card whose every answer is the input: two octets of settings, then answers with an octet of length each; the input
 * starts anew when it is used up. Whatever it says, the session ends. */
#include <stdlib.h>
#include <string.h>

#include <imstls/card.h>
#include <imstls/error.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct tape {
  const uint8_t *data;
  size_t size, at;
  int left;
} tape;

static int transmit(void *user, const uint8_t *command, size_t len, uint8_t *response, size_t cap, size_t *response_len)
{
  tape *t = user;
  (void)command;
  if (len < 4 || cap < 258 || t->left-- < 0)
    abort();
  if (t->at >= t->size)
    t->at = 0;
  size_t n = t->data[t->at++];
  if (n > t->size - t->at)
    n = t->size - t->at;
  memcpy(response, t->data + t->at, n);
  t->at += n;
  *response_len = n;
  return IMSTLS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const uint8_t challenge[32];
  if (size < 3)
    return 0;
  tape t = { data + 2, size - 2, 0, 6000 };
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
