/* SPDX-License-Identifier: Apache-2.0 */
/* kqueue, as on macOS and the BSDs: `loop_kqueue IMPI DOMAIN K OPC PCSCF[:PORT]`. The end of standard input
 * deregisters. */
#include <sys/types.h>

#include <sys/event.h>
#include <time.h>
#include <unistd.h>

#include "account.h"
#include "where.h"

enum { WAITS = 8 };

struct watched {
  imstls_wait waits[WAITS];
  size_t len;
};

static bool has(const struct watched *in, imstls_wait one, uint32_t event)
{
  for (size_t i = 0; i < in->len; i++)
    if (in->waits[i].socket == one.socket && in->waits[i].generation == one.generation)
      return (in->waits[i].events & event) != 0;
  return false;
}

/* A change of one filter at a time: one that fails, for a socket that was closed, spoils no other. */
static void change(int loop, const imstls_wait *wait, uint32_t event, uint16_t flags)
{
  struct kevent one;
  EV_SET(&one, (uintptr_t)wait->socket, event == IMSTLS_WAIT_READ ? EVFILT_READ : EVFILT_WRITE, flags, 0, 0, NULL);
  (void)kevent(loop, &one, 1, NULL, 0, NULL);
}

/* A socket that was closed left the queue by itself, and the next one may have its number: the generation tells. */
static void watch(int loop, struct watched *before, const imstls_client *client)
{
  static const uint32_t events[] = { IMSTLS_WAIT_READ, IMSTLS_WAIT_WRITE };
  struct watched now;
  now.len = imstls_client_waits(client, now.waits, WAITS);
  for (size_t e = 0; e < 2; e++) {
    for (size_t i = 0; i < before->len; i++)
      if (before->waits[i].events & events[e] && !has(&now, before->waits[i], events[e]))
        change(loop, &before->waits[i], events[e], EV_DELETE);
    for (size_t i = 0; i < now.len; i++)
      if (now.waits[i].events & events[e] && !has(before, now.waits[i], events[e]))
        change(loop, &now.waits[i], events[e], EV_ADD);
  }
  *before = now;
}

/* Until something happens. True: it was standard input that ended. */
static bool wait_for_end(int loop, imstls_client *client)
{
  struct kevent events[WAITS];
  int64_t ms = imstls_client_timeout_ms(client);
  struct timespec limit = { .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000 * 1000000) };
  int len = kevent(loop, NULL, 0, events, WAITS, ms < 0 ? NULL : &limit);
  for (int i = 0; i < len; i++)
    if (events[i].ident == STDIN_FILENO)
      return where_input_ended();
  return false;
}

int main(int argc, char **argv)
{
  static struct account account;
  static struct watched watched;
  imstls_net_posix_part net = IMSTLS_NET_POSIX_INIT;
  imstls_client *client = NULL;
  int status = account_open(&account, argc, argv), loop = kqueue();
  if (status)
    return status;
  account.config.ports.net = imstls_net_posix(&net);
  int error = imstls_client_new(&client, &account.config);
  if (!error)
    error = imstls_client_register(client);
  const imstls_wait input = { .socket = STDIN_FILENO };
  change(loop, &input, IMSTLS_WAIT_READ, EV_ADD);
  while (!error && (error = imstls_client_step(client)) == IMSTLS_OK &&
         imstls_client_state(client) != IMSTLS_STATE_STOPPED) {
    watch(loop, &watched, client);
    if (!wait_for_end(loop, client))
      continue;
    change(loop, &input, IMSTLS_WAIT_READ, EV_DELETE);
    error = imstls_client_deregister(client);
  }
  return account_close(&account, client, error);
}
