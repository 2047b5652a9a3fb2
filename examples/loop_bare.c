/* SPDX-License-Identifier: Apache-2.0 */
/* No operating system: feed mode, memory of a size that is known when it is built, and sleep between two turns.
 * `loop_bare IMPI DOMAIN K OPC PCSCF[:PORT]`. The end of standard input, this board's button, deregisters. */
#include "account.h"
#include "loop_bare.h"
#include "loop_bare_wire.h"

static uint64_t memory[6144]; /* of the client; imstls_client_size says how much it needs */

static void on_event(void *user, imstls_client *client, const imstls_event *event)
{
  account_show(user, client, event);
  wire_event(client, event);
}

int main(int argc, char **argv)
{
  static struct account account;
  imstls_client *client = NULL;
  int status = account_open(&account, argc, argv);
  if (status)
    return status;
  board_start();
  account.config.limits.rx_len = account.config.limits.tx_len = 4096; /* no call with a body of 16 KiB here */
  account.config.ports.now_ms = board_now_ms;
  account.config.callbacks.on_event = on_event;
  int error = imstls_client_init(memory, sizeof memory, &account.config, &client); /* config.ports.net is NULL */
  if (!error)
    error = imstls_client_register(client);
  while (!error && (error = imstls_client_step(client)) == IMSTLS_OK &&
         imstls_client_state(client) != IMSTLS_STATE_STOPPED) {
    wire_send(client);
    wire_receive(client);
    if (board_shall_end())
      (void)imstls_client_deregister(client);
    board_sleep(imstls_client_timeout_ms(client));
  }
  return account_close(&account, client, error);
}
