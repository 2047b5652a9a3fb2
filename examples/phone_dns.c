/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the P-CSCF by NAPTR and SRV, where the library was built with c-ares; else by getaddrinfo, which blocks. */
#include <stdlib.h>

#include "phone.h"

struct dns {
  imstls_net net;
  imstls_cares *part; /* NULL: getaddrinfo */
};

int dns_open(struct dns **out, const struct options *o, void *random_user)
{
  struct dns *dns = calloc(1, sizeof *dns);
  if (!dns)
    return IMSTLS_ERR_MEMORY;
  *out = dns;
  dns->net = *system_net();
  imstls_cares_config config = IMSTLS_CARES_CONFIG_INIT;
  config.servers = o->dns;
  config.random = imstls_mbedtls_random;
  config.random_user = random_user; /* an imstls_mbedtls */
  config.now_ms = system_now_ms;
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

size_t dns_wait_on(struct dns *dns, struct waiting all[DNS_FDS], int *max_ms)
{
  imstls_wait waits[DNS_FDS];
  size_t count = imstls_cares_waits(dns->part, waits, DNS_FDS);
  for (size_t i = 0; i < count; i++)
    all[i] = (struct waiting){ .socket = waits[i].socket, .wants = waits[i].events };
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
