/* SPDX-License-Identifier: Apache-2.0 */
/* Feed mode: the application owns the socket, the client sees octets alone. Registers, then deregisters:
 * `feed IMPI DOMAIN K OPC PCSCF[:PORT]`. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "account.h"
#include "feed.h"

struct link {
  int fd; /* -1: none */
  bool connected;
  size_t out_len;
  uint8_t out[4096]; /* what the client gave and the socket has not taken yet */
};

static bool broke(ssize_t result) { return result < 0 && errno != EAGAIN && errno != EINTR; }

static void send_out(struct link *link, imstls_client *client)
{
  while (link->connected) {
    if (link->out_len == 0)
      link->out_len = (size_t)imstls_client_pull(client, link->out, sizeof link->out);
    if (link->out_len == 0)
      return;
    ssize_t sent = send(link->fd, link->out, link->out_len, MSG_NOSIGNAL);
    if (broke(sent))
      imstls_client_disconnected(client);
    if (sent < 0)
      return;
    link->out_len -= (size_t)sent;
    memmove(link->out, link->out + sent, link->out_len);
  }
}

/* What finds no room in the client stays in the socket until the next turn. */
static void receive(struct link *link, imstls_client *client)
{
  uint8_t in[4096];
  ssize_t len = recv(link->fd, in, sizeof in, MSG_PEEK);
  int taken = len > 0 ? imstls_client_feed(client, in, (size_t)len) : 0;
  if (taken > 0)
    (void)recv(link->fd, in, (size_t)taken, 0);
  if (len == 0 || broke(len))
    imstls_client_disconnected(client);
}

static void on_event(void *user, imstls_client *client, const imstls_event *event)
{
  struct link *link = user;
  account_show(user, client, event);
  switch (event->type) {
  case IMSTLS_EVENT_OPEN:
    *link = (struct link){ .fd = dial(event->line) };
    if (link->fd < 0)
      imstls_client_disconnected(client);
    break;
  case IMSTLS_EVENT_CLOSE:
    send_out(link, client); /* what TLS says last */
    if (link->fd >= 0)
      close(link->fd);
    *link = (struct link){ .fd = -1 };
    break;
  case IMSTLS_EVENT_REGISTERED: imstls_client_deregister(client); break;
  default: break;
  }
}

/* Waits for the socket or the client's next deadline, then tells the client what the socket has. */
static void turn(struct link *link, imstls_client *client)
{
  imstls_address local;
  bool writes = !link->connected || link->out_len > 0;
  struct pollfd wait = { .fd = link->fd, .events = (short)(writes ? POLLIN | POLLOUT : POLLIN) };
  int64_t ms = imstls_client_timeout_ms(client);
  if (poll(&wait, 1, ms < 60000 ? (int)ms : 60000) <= 0)
    return;
  if (link->connected) {
    receive(link, client);
    return;
  }
  link->connected = dialled(link->fd, &local) == 0;
  if (link->connected)
    imstls_client_connected(client, &local);
  else
    imstls_client_disconnected(client);
}

int main(int argc, char **argv)
{
  static struct account account;
  static struct link link = { .fd = -1 };
  imstls_client *client = NULL;
  int status = account_open(&account, argc, argv);
  if (status)
    return status;
  account.config.policy.attempts = 1;
  account.config.callbacks.on_event = on_event;
  account.config.callbacks.user = &link;
  int error = imstls_client_new(&client, &account.config); /* config.ports.net is NULL: feed mode */
  if (!error)
    error = imstls_client_register(client);
  while (!error && (error = imstls_client_step(client)) == IMSTLS_OK &&
         imstls_client_state(client) != IMSTLS_STATE_STOPPED) {
    send_out(&link, client);
    turn(&link, client);
  }
  return account_close(&account, client, error);
}
