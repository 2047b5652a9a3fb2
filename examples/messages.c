/* SPDX-License-Identifier: Apache-2.0 */
/* Stays registered and answers OPTIONS and MESSAGE of the network, in a poll loop of its own. The end of standard input
 * deregisters: `messages IMPI DOMAIN K OPC PCSCF[:PORT]`. */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "account.h"
#include "hex.h"

/* With case, as methods are (RFC 3261 7.1). */
static bool is(imstls_text text, const char *word)
{
  return text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0;
}

/* What somebody wrote must not steer the terminal. */
static void show(imstls_text body)
{
  fputs("message: ", stdout);
  for (size_t i = 0; i < body.len; i++)
    putchar(body.ptr[i] < ' ' || body.ptr[i] > '~' ? '.' : body.ptr[i]);
  putchar('\n');
}

/* Called for the trusted, registered flow alone. 0: the library answers, or there is nothing to answer. */
static int on_message(void *user, imstls_client *client, const imstls_sip_message *message)
{
  static const char allow[] = "Allow: OPTIONS, MESSAGE\r\nAccept: text/plain\r\n";
  bool has_text = is(message->method, "MESSAGE");
  bool is_known = has_text || is(message->method, "OPTIONS");
  if (message->status != 0 || !is_known || message->count[IMSTLS_HDR_REQUIRE] > 0)
    return 0;
  char reply[4096], tag[17];
  uint8_t octets[8];
  size_t len;
  int error = imstls_mbedtls_random(user, octets, sizeof octets);
  hex_write(octets, sizeof octets, tag);
  if (!error)
    error = imstls_sip_reply(message, 200, "OK", tag, (imstls_text){ allow, strlen(allow) }, reply, sizeof reply, &len);
  if (!error)
    error = imstls_client_send(client, reply, len);
  if (error) /* then the sender gets no answer, and knows that nobody read it */
    fprintf(stderr, "messages: %s\n", imstls_error_text(error));
  else if (has_text)
    show(message->body);
  return 1;
}

/* Until the client has something to do or standard input has. True: standard input has ended. */
static bool wait_for_end(imstls_client *client, int input)
{
  imstls_wait waits[8]; /* always enough for one client */
  struct pollfd fds[9] = { { .fd = input, .events = POLLIN } };
  char line[256];
  size_t count = imstls_client_waits(client, waits, 8);
  for (size_t i = 0; i < count; i++) {
    fds[i + 1].fd = (int)waits[i].socket;
    if (waits[i].events & IMSTLS_WAIT_READ)
      fds[i + 1].events |= POLLIN;
    if (waits[i].events & IMSTLS_WAIT_WRITE)
      fds[i + 1].events |= POLLOUT;
  }
  int64_t ms = imstls_client_timeout_ms(client); /* negative: no deadline, for poll too */
  int ready = poll(fds, (nfds_t)count + 1, ms < 60000 ? (int)ms : 60000);
  return ready > 0 && fds[0].revents != 0 && read(input, line, sizeof line) <= 0;
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
  account.config.callbacks.on_message = on_message;
  account.config.callbacks.user = account.tls;
  int error = imstls_client_new(&client, &account.config);
  if (!error)
    error = imstls_client_register(client);
  while (!error && (error = imstls_client_step(client)) == IMSTLS_OK &&
         imstls_client_state(client) != IMSTLS_STATE_STOPPED) {
    if (!wait_for_end(client, input))
      continue;
    input = -1; /* poll passes over it */
    error = imstls_client_deregister(client);
  }
  return account_close(&account, client, error);
}
