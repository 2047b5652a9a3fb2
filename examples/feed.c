/* SPDX-License-Identifier: Apache-2.0 */
/* Feed mode: the application owns the sockets, the client sees octets alone. Registers, then deregisters:
 * `feed IMPI DOMAIN K OPC PCSCF[:PORT] [PLAIN TLS]`. With two ports it agrees in clear first, and then opens TLS with a
 * PSK beside that; a re-authentication opens another one. The end of standard input deregisters then. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "account.h"
#include "feed.h"
#include "where.h"

enum { LINKS = 2 }; /* never more at once */

struct link {
  uint32_t number; /* 0: none */
  int fd;          /* -1: none */
  bool connected;
  size_t out_len;
  uint8_t out[4096]; /* what the client gave and the socket has not taken yet */
};

static struct link links[LINKS];
static bool stays;

/* 0 finds a free one. */
static struct link *find(uint32_t number) { return links[0].number == number ? &links[0] : &links[1]; }

static bool broke(ssize_t result) { return result < 0 && errno != EAGAIN && errno != EINTR; }

static void send_out(struct link *link, imstls_client *client)
{
  while (link->connected) {
    if (link->out_len == 0) {
      int len = imstls_client_pull(client, link->number, link->out, sizeof link->out);
      link->out_len = len > 0 ? (size_t)len : 0;
    }
    if (link->out_len == 0)
      return;
    ssize_t sent = send(link->fd, link->out, link->out_len, MSG_NOSIGNAL);
    if (broke(sent))
      imstls_client_disconnected(client, link->number);
    if (sent < 0)
      return;
    link->out_len -= (size_t)sent;
    memmove(link->out, link->out + sent, link->out_len);
  }
}

/* What finds no room in the client stays in the socket until the next turn. */
static void receive(const struct link *link, imstls_client *client)
{
  uint8_t in[4096];
  ssize_t len = recv(link->fd, in, sizeof in, MSG_PEEK);
  int taken = len > 0 ? imstls_client_feed(client, link->number, in, (size_t)len) : 0;
  if (taken > 0)
    (void)recv(link->fd, in, (size_t)taken, 0);
  if (len == 0 || broke(len))
    imstls_client_disconnected(client, link->number);
}

static void on_event(void *user, imstls_client *client, const imstls_event *event)
{
  struct link *link;
  account_show(user, client, event);
  switch (event->type) {
  case IMSTLS_EVENT_OPEN:
    link = find(0);
    *link = (struct link){ .number = event->connection, .fd = dial(event->line) };
    if (link->fd < 0)
      imstls_client_disconnected(client, link->number);
    break;
  case IMSTLS_EVENT_CLOSE:
    link = find(event->connection);
    send_out(link, client); /* what TLS says last */
    if (link->fd >= 0)
      close(link->fd);
    *link = (struct link){ .fd = -1 };
    break;
  case IMSTLS_EVENT_REGISTERED:
    if (!stays)
      imstls_client_deregister(client);
    break;
  default: break;
  }
}

static void ready(struct link *link, imstls_client *client)
{
  imstls_address local;
  if (link->connected) {
    receive(link, client);
    return;
  }
  link->connected = where_local(link->fd, &local);
  if (link->connected)
    imstls_client_connected(client, link->number, &local);
  else
    imstls_client_disconnected(client, link->number);
}

/* Waits for the sockets or the client's next deadline, then tells the client what the sockets have. */
static void turn(imstls_client *client)
{
  imstls_wait waits[LINKS];
  struct pollfd fds[LINKS + 1] = { { .fd = stays ? STDIN_FILENO : -1, .events = POLLIN } };
  size_t count = imstls_client_waits(client, waits, LINKS);
  for (size_t i = 0; i < count; i++) {
    const struct link *link = find(waits[i].generation);
    bool writes = link->out_len > 0 || (waits[i].events & IMSTLS_WAIT_WRITE) != 0;
    bool reads = (waits[i].events & IMSTLS_WAIT_READ) != 0;
    fds[i + 1] = (struct pollfd){ .fd = link->fd, .events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)) };
  }
  int64_t ms = imstls_client_timeout_ms(client);
  if (poll(fds, (nfds_t)count + 1, ms < 60000 ? (int)ms : 60000) <= 0)
    return;
  for (size_t i = 0; i < count; i++)
    if (fds[i + 1].revents)
      ready(find(waits[i].generation), client);
  if (fds[0].revents && where_input_ended()) {
    stays = false;
    imstls_client_deregister(client);
  }
}

static bool read_port(const char *text, uint16_t *port)
{
  unsigned long value = strtoul(text, NULL, 10);
  *port = (uint16_t)value;
  return value > 0 && value < 65536;
}

int main(int argc, char **argv)
{
  static struct account account;
  imstls_client *client = NULL;
  stays = argc == 8;
  int status = account_open(&account, stays ? 6 : argc, argv);
  if (status)
    return status;
  imstls_config *config = &account.config;
  if (stays) {
    config->policy.flow = IMSTLS_FLOW_AGREE_FIRST;
    config->policy.psk = IMSTLS_PSK_ONLY;
    if (!read_port(argv[6], &config->network.plain_port) || !read_port(argv[7], &config->network.tls_port))
      return 2;
  }
  config->policy.attempts = 1;
  config->callbacks.on_event = on_event;
  int error = imstls_client_new(&client, config); /* config.ports.net is NULL: feed mode */
  if (!error)
    error = imstls_client_register(client);
  while (!error && (error = imstls_client_step(client)) == IMSTLS_OK &&
         imstls_client_state(client) != IMSTLS_STATE_STOPPED) {
    for (int i = 0; i < LINKS; i++)
      send_out(&links[i], client);
    turn(client);
  }
  return account_close(&account, client, error);
}
