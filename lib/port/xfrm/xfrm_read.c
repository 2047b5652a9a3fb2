/* SPDX-License-Identifier: Apache-2.0 */
#include "port/xfrm/netlink.h"

#if defined(IMSTLS_WITH_LIBMNL)

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TRIES = 64, PORT_FIRST = 10000, PORT_LAST = 31999 };

static bool random_u32(uint32_t *out) { return getrandom(out, sizeof *out, 0) == (ssize_t)sizeof *out; }

static bool used(const imstls_ipsec_xfrm_set *set) { return set->id != 0 || set->reserved != 0; }

static bool spi_held(const imstls_ipsec_xfrm_part *part, uint32_t spi)
{
  for (size_t i = 0; i < IMSTLS_IPSEC_XFRM_SETS; i++) {
    const imstls_ipsec_xfrm_set *set = &part->sets[i];
    bool is_taken = used(set) && (set->ours.spi_c == spi || set->ours.spi_s == spi || set->theirs.spi_c == spi ||
                                  set->theirs.spi_s == spi);
    if (is_taken) {
      return true;
    }
  }
  return false;
}

/* The kernel's own reservation (a larval SA) lapses after 30 s, less than a first REGISTER may take (TS 24.229 7.7:
 * Timer F 128 s). So a random SPI that is free now; should it be taken later, `install` says EEXIST. */
static int take_spi(imstls_i_xfrm_link *l, const imstls_ipsec_xfrm_part *part, const imstls_address *local,
                    uint32_t *out)
{
  for (int i = 0; i < TRIES; i++) {
    imstls_i_xfrm_flow flow = { .src = *local, .dst = *local };
    uint64_t added = 0;
    if (!random_u32(&flow.spi)) {
      return EAGAIN;
    }
    if (flow.spi < 256 || flow.spi == *out || spi_held(part, flow.spi)) {
      continue;
    }
    int error = imstls_i_xfrm_ask(l, &flow, &added);
    if (error == ESRCH) {
      *out = flow.spi;
      return 0;
    }
    if (error != 0) {
      return error;
    }
  }
  return EEXIST;
}

static bool port_held(const imstls_ipsec_xfrm_part *part, uint16_t port)
{
  for (size_t i = 0; i < IMSTLS_IPSEC_XFRM_SETS; i++) {
    const imstls_ipsec_xfrm_set *set = &part->sets[i];
    if (used(set) && (set->ours.port_c == port || set->ours.port_s == port)) {
      return true;
    }
  }
  return false;
}

static int bind_to(int fd, const imstls_address *a, uint16_t port)
{
  if (a->family == 4) {
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
    memcpy(&in.sin_addr, a->ip, 4);
    return bind(fd, (const struct sockaddr *)&in, sizeof in);
  }
  struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = a->scope };
  memcpy(&in6.sin6_addr, a->ip, 16);
  return bind(fd, (const struct sockaddr *)&in6, sizeof in6);
}

static int probe(const imstls_address *local, uint16_t port, int type)
{
  int fd = socket(local->family == 4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return errno;
  }
  int error = bind_to(fd, local, port) < 0 ? errno : 0;
  (void)close(fd);
  return error;
}

/* Free for TCP and for UDP, which share the SAs. */
static int take_port(const imstls_ipsec_xfrm_part *part, const imstls_address *local, uint16_t avoid, uint16_t *out)
{
  uint32_t first = part->port_last != 0 ? part->port_first : PORT_FIRST;
  uint32_t last = part->port_last != 0 ? part->port_last : PORT_LAST;
  if (first == 0 || first > last) {
    return EINVAL;
  }
  for (int i = 0; i < TRIES; i++) {
    uint32_t random = 0;
    if (!random_u32(&random)) {
      return EAGAIN;
    }
    uint16_t port = (uint16_t)(first + random % (last - first + 1));
    if (port == avoid || port_held(part, port)) {
      continue;
    }
    int error = probe(local, port, SOCK_STREAM);
    error = error != 0 ? error : probe(local, port, SOCK_DGRAM);
    if (error == 0) {
      *out = port;
      return 0;
    }
    if (error != EADDRINUSE && error != EACCES) {
      return error;
    }
  }
  return EADDRINUSE;
}

int imstls_i_xfrm_take(const imstls_ipsec_xfrm_part *part, const imstls_address *local, uint16_t keep_port_s,
                       imstls_ipsec_end *out)
{
  imstls_i_xfrm_link l;
  int error = imstls_i_xfrm_open(&l);
  if (error != 0) {
    return error;
  }
  error = take_spi(&l, part, local, &out->spi_c);
  out->spi_s = out->spi_c; /* the one to avoid */
  error = error != 0 ? error : take_spi(&l, part, local, &out->spi_s);
  imstls_i_xfrm_close(&l);
  out->port_s = keep_port_s;
  if (error == 0 && keep_port_s == 0) {
    error = take_port(part, local, 0, &out->port_s);
  }
  return error != 0 ? error : take_port(part, local, out->port_s, &out->port_c);
}

#endif
