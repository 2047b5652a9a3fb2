/* SPDX-License-Identifier: Apache-2.0 */
/* A modem that says the input: each command of ours is followed by the next part of it, up to an octet FF. Bit 1 of the
 * first octet: after its time limit. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <imstls/at.h>
#include <imstls/error.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void done(void *user, uint32_t request, int error, const imstls_aka_result *result)
{
  (void)request;
  if ((result != NULL) != (error == IMSTLS_OK))
    abort();
  ++*(int *)user;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const uint8_t challenge[32];
  int pair[2];
  int count = 0;
  if (size < 2 || size > 4096 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
    return 0;
  for (int i = 0; i < 2; i++)
    (void)fcntl(pair[i], F_SETFL, O_NONBLOCK);
  imstls_usim_card card;
  imstls_usim_at at = IMSTLS_USIM_AT_INIT;
  card = (imstls_usim_card)IMSTLS_USIM_CARD_INIT;
  at.fd = pair[0];
  at.mode = data[0] % 2 == 0 ? IMSTLS_AT_CHANNELS : IMSTLS_AT_CSIM;
  card.done = done;
  card.user = &count;
  imstls_aka_result result = { .size = sizeof result };
  if (imstls_usim_at_attach(&at, &card) != IMSTLS_OK || imstls_usim_apdu(&card) == NULL)
    abort();
  if (card.usim.authenticate(&card, 1, challenge, challenge + 16, &result) != IMSTLS_PENDING)
    abort();
  uint64_t now = 0;
  for (size_t i = 1; i < size; i++) {
    const uint8_t *end = memchr(data + i, 0xff, size - i);
    size_t len = end == NULL ? size - i : (size_t)(end - data) - i;
    char drain[2048];
    (void)imstls_usim_at_process(&at, now);
    now += (data[0] & 2) != 0 ? 10000 : 0;
    (void)imstls_usim_at_process(&at, now);
    while (read(pair[1], drain, sizeof drain) > 0)
      continue;
    if (len > 0 && write(pair[1], data + i, len) < 0)
      break;
    i += len;
  }
  (void)imstls_usim_at_process(&at, now);
  close(pair[1]);
  (void)imstls_usim_at_process(&at, now);
  if (count != 1)
    abort(); /* answered once, the latest when the line died */
  close(pair[0]);
  return 0;
}
