/* SPDX-License-Identifier: Apache-2.0 */
/* What NAPTR and SRV records are worth, and in which order they are tried (RFC 3263 4, RFC 3403 4.1, RFC 2782). They
 * are copied out of what c-ares made of an answer; nothing here knows c-ares. */
#ifndef IMSTLS_PORT_CARES_RECORDS_H
#define IMSTLS_PORT_CARES_RECORDS_H

#include <stdbool.h>

#include <imstls/types.h>

enum { DNS_NAME_MAX = 253, NAPTR_MAX = 4, NAPTR_LOOKED_AT = 32, SRV_MAX = 64 };

typedef struct imstls_i_naptr {
  uint16_t order, preference;
  char replacement[DNS_NAME_MAX + 1]; /* where its SRV records are */
} imstls_i_naptr;

typedef struct imstls_i_srv {
  uint16_t priority, weight, port;
  char target[DNS_NAME_MAX + 1];
} imstls_i_srv;

/* A NAPTR record as it came. Texts end with NUL. */
typedef struct imstls_i_naptr_seen {
  uint16_t order, preference;
  const char *flags, *service, *regexp, *replacement;
} imstls_i_naptr_seen;

typedef struct imstls_i_draw {
  int (*random)(void *user, uint8_t *out, size_t len);
  void *user;
} imstls_i_draw;

/* Letters, digits, hyphens and dots, and no IP address; with `service` underscores too. */
bool imstls_i_is_dns_name(const char *name, bool service);

/* "_sips._tcp." and the like in front of a name. False: too long. */
bool imstls_i_srv_name(int32_t service, const char *host, char out[DNS_NAME_MAX + 1]);

/* Puts it in its place among the best NAPTR_MAX, if it is for the service, a terminal one with flag "S", and names
 * where its SRV records are. */
void imstls_i_naptr_take(imstls_i_naptr *list, size_t *count, int32_t service, const imstls_i_naptr_seen *seen);

/* False: passed over. */
bool imstls_i_srv_take(imstls_i_srv *out, const char *target, uint16_t priority, uint16_t weight, uint16_t port);

/* By priority, and within a priority drawn by weight. 0, or what `random` gave. */
int imstls_i_srv_order(imstls_i_srv *list, size_t count, const imstls_i_draw *draw);

#endif
