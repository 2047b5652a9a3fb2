/* SPDX-License-Identifier: Apache-2.0 */
/* poll(): what is waited for is told anew each time, so nothing can be out of date.
 * `loop_poll IMPI DOMAIN K OPC PCSCF[:PORT]`. The end of standard input deregisters. */
#include <poll.h>
#include <unistd.h>

#include "account.h"
#include "where.h"

static short poll_events(uint32_t events)
{
  return (short)((events & IMSTLS_WAIT_READ ? POLLIN : 0) | (events & IMSTLS_WAIT_WRITE ? POLLOUT : 0));
}

/* Until the client has something to do or the application has. True: standard input has. */
static bool wait_for_input(imstls_client *client, int input)
{
  imstls_wait waits[8]; /* always enough for one client */
  struct pollfd fds[9] = { { .fd = input, .events = POLLIN } };
  size_t count = imstls_client_waits(client, waits, 8);
  for (size_t i = 0; i < count; i++)
    fds[i + 1] = (struct pollfd){ .fd = (int)waits[i].socket, .events = poll_events(waits[i].events) };
  int64_t ms = imstls_client_timeout_ms(client); /* negative: no deadline, for poll too */
  return poll(fds, (nfds_t)count + 1, ms < 60000 ? (int)ms : 60000) > 0 && fds[0].revents != 0;
}

int main(int argc, char **argv)
{
  static struct account account;
  imstls_net_posix_part net = IMSTLS_NET_POSIX_INIT;
  imstls_client *client = NULL;
  int input = STDIN_FILENO;
  int status = account_open(&account, argc, argv);
  if (status)
    return status;
  account.config.ports.net = imstls_net_posix(&net);
  int error = imstls_client_new(&client, &account.config);
  if (!error)
    error = imstls_client_register(client);
  while (!error && (error = imstls_client_step(client)) == IMSTLS_OK &&
         imstls_client_state(client) != IMSTLS_STATE_STOPPED) {
    if (!wait_for_input(client, input) || !where_input_ended())
      continue;
    input = -1; /* poll passes over it */
    error = imstls_client_deregister(client);
  }
  return account_close(&account, client, error);
}
