/* SPDX-License-Identifier: Apache-2.0 */
/* No operating system: feed mode, memory of a size that is known when it is built, and sleep between two turns.
 * `loop_bare IMPI DOMAIN K OPC PCSCF[:PORT]`. The end of standard input, this board's button, deregisters. */
#include <string.h>

#include "account.h"
#include "loop_bare.h"

static uint64_t memory[6144]; /* of the client; imstls_client_size says how much it needs */

static struct wire {
  uint32_t number; /* of the connection; 0: none. With IMSTLS_FLOW_TLS_FIRST there is one at a time */
  bool connected;
  size_t out_len;
  uint8_t out[1460]; /* a segment that the board has not taken yet */
} wire;

static void send_out(imstls_client *client)
{
  while (wire.connected) {
    int len = imstls_client_pull(client, wire.number, wire.out + wire.out_len, sizeof wire.out - wire.out_len);
    wire.out_len += len > 0 ? (size_t)len : 0;
    int sent = wire.out_len ? board_send(wire.out, wire.out_len) : 0;
    if (sent == BOARD_GONE)
      (void)imstls_client_disconnected(client, wire.number);
    if (sent <= 0)
      return;
    wire.out_len -= (size_t)sent;
    memmove(wire.out, wire.out + sent, wire.out_len);
  }
}

/* What finds no room in the client stays with the board. */
static void receive(imstls_client *client)
{
  uint8_t in[1460];
  imstls_address local;
  int got = wire.connected ? board_recv(in, sizeof in) : board_connected(&local);
  if (got == BOARD_GONE) {
    (void)imstls_client_disconnected(client, wire.number);
  } else if (!wire.connected && got) {
    wire.connected = imstls_client_connected(client, wire.number, &local) == IMSTLS_OK;
  } else if (got) {
    int taken = imstls_client_feed(client, wire.number, in, (size_t)got);
    board_taken(taken > 0 ? (size_t)taken : 0);
  }
}

static void on_event(void *user, imstls_client *client, const imstls_event *event)
{
  account_show(user, client, event);
  if (event->type == IMSTLS_EVENT_OPEN) {
    wire = (struct wire){ .number = event->connection };
    board_open(event->line);
  } else if (event->type == IMSTLS_EVENT_CLOSE) {
    send_out(client); /* what TLS says last */
    board_close();
    wire = (struct wire){ 0 };
  }
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
    send_out(client);
    if (wire.number)
      receive(client);
    if (board_shall_end())
      (void)imstls_client_deregister(client);
    board_sleep(imstls_client_timeout_ms(client));
  }
  return account_close(&account, client, error);
}
