/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <imstls/error.h>

#include "loop_bare.h"
#include "loop_bare_wire.h"

static struct wire {
  uint32_t number; /* of the connection; 0: none */
  bool connected;
  size_t out_len;
  uint8_t out[BOARD_SEGMENT]; /* a segment that the board has not taken yet */
} wire;

void wire_send(imstls_client *client)
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
void wire_receive(imstls_client *client)
{
  uint8_t in[BOARD_SEGMENT];
  imstls_address local;
  if (!wire.number)
    return;
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

void wire_event(imstls_client *client, const imstls_event *event)
{
  if (event->type == IMSTLS_EVENT_OPEN) {
    if (event->replaces) /* the board has one at a time, and what was agreed in clear is agreed */
      board_close();
    wire = (struct wire){ .number = event->connection };
    board_open(event->line);
  } else if (event->type == IMSTLS_EVENT_CLOSE && event->connection == wire.number) {
    wire_send(client); /* what TLS says last */
    board_close();
    wire = (struct wire){ 0 };
  }
}
