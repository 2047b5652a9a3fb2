/* SPDX-License-Identifier: Apache-2.0 */
/* Stays registered while things change. Standard input has a command a line: `cell TEXT` (P-Access-Network-Info),
 * `expires S`, `pcscf LIST`, `moved` (another network), `refresh`, `show`; its end deregisters:
 * `changes IMPI DOMAIN K OPC PCSCF[:PORT]`. */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <imstls/outbound.h>

#include "account.h"

static void show_line(const char *name, imstls_text text)
{
  printf("%s: %.*s\n", name, (int)text.len, text.len > 0 ? text.ptr : "");
}

/* What a request of ours would say now, and how things went so far. */
static void show(const imstls_client *client)
{
  imstls_outbound flow = IMSTLS_SIZED(imstls_outbound);
  imstls_stats stats = IMSTLS_SIZED(imstls_stats);
  imstls_text entry = { NULL, 0 };
  if (imstls_client_outbound(client, &flow) == IMSTLS_OK) {
    printf("contact: %s\n", flow.contact);
    while (imstls_outbound_route(&flow, &entry) == IMSTLS_OK)
      show_line("route", entry);
    entry = (imstls_text){ NULL, 0 };
    while (imstls_outbound_identity(&flow, &entry, NULL) == IMSTLS_OK)
      show_line("identity", entry);
    show_line("cell", flow.access_network_info);
  }
  show_line("service route", imstls_client_service_route(client));
  show_line("associated URIs", imstls_client_associated_uri(client));
  show_line("Security-Verify", imstls_client_security_verify(client));
  printf("trusted: %s, last status: %u\n", imstls_client_trust(client) != IMSTLS_TRUST_BY_NONE ? "yes" : "no",
         (unsigned)imstls_client_sip_status(client));
  if (imstls_client_stats(client, &stats) == IMSTLS_OK)
    printf("attempts: %u, registrations: %u, losses: %u\n", (unsigned)stats.attempts, (unsigned)stats.registrations,
           (unsigned)stats.losses);
}

/* A command and what stands behind its blank. */
static int obey(imstls_client *client, const char *command, const char *value)
{
  if (strcmp(command, "cell") == 0)
    return imstls_client_set_access_network_info(client, *value ? value : NULL);
  if (strcmp(command, "expires") == 0)
    return imstls_client_set_expires(client, (uint32_t)strtoul(value, NULL, 10));
  if (strcmp(command, "pcscf") == 0)
    return imstls_client_set_pcscf(client, value);
  if (strcmp(command, "moved") == 0)
    return imstls_client_network_changed(client);
  if (strcmp(command, "refresh") == 0)
    return imstls_client_refresh(client);
  if (strcmp(command, "show") != 0)
    return IMSTLS_ERR_USAGE;
  show(client);
  return IMSTLS_OK;
}

/* False: standard input has ended. */
static bool read_command(imstls_client *client)
{
  static char line[600];
  static size_t len;
  ssize_t n = read(STDIN_FILENO, line + len, 1);
  if (n <= 0)
    return false;
  if (line[len] != '\n') {
    len += len + 1 < sizeof line;
    return true;
  }
  line[len] = '\0';
  len = 0;
  char *value = strchr(line, ' ');
  if (value)
    *value++ = '\0';
  int error = obey(client, line, value ? value : "");
  printf("%s: %s\n", line, imstls_error_name(error));
  return true;
}

static bool wait_and_read(imstls_client *client, int input)
{
  imstls_wait waits[8]; /* always enough for one client */
  struct pollfd fds[9] = { { .fd = input, .events = POLLIN } };
  size_t count = imstls_client_waits(client, waits, 8);
  for (size_t i = 0; i < count; i++) {
    int events = waits[i].events & IMSTLS_WAIT_READ ? POLLIN : 0;
    events |= waits[i].events & IMSTLS_WAIT_WRITE ? POLLOUT : 0;
    fds[i + 1] = (struct pollfd){ .fd = (int)waits[i].socket, .events = (short)events };
  }
  int64_t ms = imstls_client_timeout_ms(client);
  int ready = poll(fds, (nfds_t)count + 1, ms < 60000 ? (int)ms : 60000);
  return ready <= 0 || fds[0].revents == 0 || read_command(client);
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
  account.config.timers.return_ms = 1;
  int error = imstls_client_new(&client, &account.config);
  if (!error)
    error = imstls_client_register(client);
  while (!error && (error = imstls_client_step(client)) == IMSTLS_OK &&
         imstls_client_state(client) != IMSTLS_STATE_STOPPED) {
    if (wait_and_read(client, input))
      continue;
    input = -1; /* poll passes over it */
    error = imstls_client_deregister(client);
  }
  return account_close(&account, client, error);
}
