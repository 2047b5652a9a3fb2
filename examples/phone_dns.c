/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the P-CSCF by NAPTR and SRV, where the library was built with c-ares; else by getaddrinfo, which blocks. */
#include <poll.h>
#include <stdlib.h>

#include "phone.h"

struct dns {
  imstls_net_posix_part sockets;
  imstls_net net;
  imstls_cares *part; /* NULL: getaddrinfo */
};

int dns_open(struct dns **out, const struct options *o, void *random_user)
{
  struct dns *dns = calloc(1, sizeof *dns);
  if (!dns)
    return IMSTLS_ERR_MEMORY;
  *out = dns;
  dns->sockets = (imstls_net_posix_part)IMSTLS_NET_POSIX_INIT;
  dns->net = *imstls_net_posix(&dns->sockets);
  imstls_cares_config config = IMSTLS_CARES_CONFIG_INIT;
  config.servers = o->dns;
  config.random = imstls_mbedtls_random;
  config.random_user = random_user; /* an imstls_mbedtls */
  config.now_ms = imstls_net_posix_now_ms;
  int error = imstls_cares_new(&dns->part, &config);
  if (error == IMSTLS_ERR_UNSUPPORTED && !o->dns)
    return IMSTLS_OK;
  if (error == IMSTLS_ERR_UNSUPPORTED || error == IMSTLS_ERR_CONFIG) {
    const char *why = error == IMSTLS_ERR_CONFIG ? "ADDR[:PORT] is wanted" : "this build has no c-ares";
    fprintf(stderr, "%s: --dns: %s\n", program, why);
    return USAGE_TOLD;
  }
  dns->net.resolve = imstls_cares_resolve;
  dns->net.resolve_user = dns->part;
  return error;
}

const imstls_net *dns_net(const struct dns *dns) { return &dns->net; }

int dns_socket_error(const struct dns *dns) { return dns->sockets.last_errno; }

void dns_forget_error(struct dns *dns) { dns->sockets.last_errno = 0; }

size_t dns_wait_on(struct dns *dns, struct pollfd fds[DNS_FDS], int *max_ms)
{
  imstls_wait waits[DNS_FDS];
  size_t count = imstls_cares_waits(dns->part, waits, DNS_FDS);
  for (size_t i = 0; i < count; i++) {
    short reads = waits[i].events & IMSTLS_WAIT_READ ? POLLIN : 0,
          writes = waits[i].events & IMSTLS_WAIT_WRITE ? POLLOUT : 0;
    fds[i] = (struct pollfd){ .fd = (int)waits[i].socket, .events = (short)(reads | writes) };
  }
  *max_ms = phone_sooner(*max_ms, (int)imstls_cares_timeout_ms(dns->part));
  return count;
}

void dns_turn(struct dns *dns, imstls_client *client)
{
  if (dns->part)
    (void)imstls_cares_process(dns->part, client);
}

void dns_close(struct dns *dns)
{
  if (dns)
    imstls_cares_free(dns->part);
  free(dns);
}
