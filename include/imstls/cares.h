/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file cares.h
 * \brief Names of the P-CSCF by NAPTR, SRV, A and AAAA (RFC 3263 4) without blocking, over c-ares; only in libraries
 *  that were built with it.
 *
 * A name without a port is looked up in three steps: NAPTR for the service that is wanted (SIPS+D2T for TLS), SRV for
 * what that names, or else for _sips._tcp and the name, and the addresses of the SRV targets. Where there is no SRV
 * record, and for a name with a port, the addresses of the name itself are taken.
 *
 * Nothing of this is proven, not even with DNSSEC somewhere on the way: what it finds says where to connect. The
 * server's certificate, where it counts, has to be for the name that was configured (imstls_config_network.server_name,
 * or the host itself), and never for one that the DNS gave (RFC 5922 7.1, RFC 9525 1.2).
 *
 * What hostile answers cost: at most 24 questions, 32 NAPTR and 64 SRV records are looked at, 8 addresses taken, and 32
 * datagrams read in a call. All of it is over after `timeout_ms`, and 1 s after the first address was found, with the
 * addresses that are known by then. Answers that come later, or to no question of ours, are dropped. A record is passed
 * over whose target is an IP address or no host name, or whose port is 0, and so is an address that was had already, or
 * 0.0.0.0 or ::. An SRV record with the target "." says that there is no such service (RFC 2782), and then there is
 * none. An answer that is an error, is none or cannot be read counts as no record, and the next step follows.
 */
#ifndef IMSTLS_CARES_H
#define IMSTLS_CARES_H

#include <imstls/config.h>
#include <imstls/net.h>
#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup ports
 * @{ */

/** Resolves for one client. Private content. */
typedef struct imstls_cares imstls_cares;

/** Begin with IMSTLS_CARES_CONFIG_INIT. Strings are copied. */
typedef struct imstls_cares_config {
  size_t size;
  /** ADDR[:PORT], separated by commas, IPv6 in brackets; at most 255 octets. NULL: those of the system, which are read
   *  anew for each name */
  const char *servers;
  const char *interface_name; /**< interface to ask through, at most 15 octets; NULL: any */
  uint32_t mark;              /**< socket mark; 0: none */
  uint32_t timeout_ms;        /**< of one name, all its questions; 0: 8000. Keep it below timers.connect_ms */
  uint32_t prefer;            /**< family to try first: 4 or 6; 0: IPv6 where there is a route to it */
  /** For the choice among SRV records of one priority (RFC 2782), as in imstls_config_ports. Required */
  int (*random)(void *random_user, uint8_t *out, size_t len);
  void *random_user;
  /** Milliseconds, as in imstls_config_ports. Required */
  uint64_t (*now_ms)(void *clock_user);
  void *clock_user;
} imstls_cares_config;
#define IMSTLS_CARES_CONFIG_INIT IMSTLS_SIZED(imstls_cares_config)

/**
 * \brief  Makes the part. It allocates, and so does c-ares at each name. Sockets are open while a name is looked up;
 *  their numbers are 3 or more.
 * \param  out     written
 * \param  config  copied
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_CONFIG: servers cannot be read, a name too long; IMSTLS_ERR_MEMORY;
 *         IMSTLS_ERR_UNSUPPORTED: built without c-ares
 */
IMSTLS_API int imstls_cares_new(imstls_cares **out, const imstls_cares_config *config);

/** \brief  Frees it, after its client. \param  part  may be NULL */
IMSTLS_API void imstls_cares_free(imstls_cares *part);

/**
 * \brief  What imstls_net.resolve takes, with the part as imstls_net.resolve_user:
 *
 *     imstls_net net = *imstls_net_posix(&posix);
 *     net.resolve = imstls_cares_resolve;
 *     net.resolve_user = part;
 *
 * A question that is under way when another one comes is given up.
 * \return IMSTLS_PENDING; IMSTLS_OK: known at once, as from the hosts file; IMSTLS_ERR_RESOLVE
 */
IMSTLS_API int imstls_cares_resolve(void *part, const imstls_net_query *query, imstls_address *out, size_t cap,
                                    size_t *count);

/**
 * \brief  Which sockets to wait for, beside those of the client. Ask after each imstls_client_step, _register and
 *  imstls_cares_process; `generation` as in imstls_client_waits.
 * \param  part  the part
 * \param  out   written: at most `cap`
 * \param  cap   elements; 16 are always enough
 * \return how many there are, also above `cap`
 */
IMSTLS_API size_t imstls_cares_waits(const imstls_cares *part, imstls_wait *out, size_t cap);

/** \brief  Milliseconds until imstls_cares_process is due although no socket is ready. \param  part  the part
 *  \return 0: now; -1: no limit, nothing is under way */
IMSTLS_API int64_t imstls_cares_timeout_ms(imstls_cares *part);

/**
 * \brief  Reads answers, asks on, and hands what was found to imstls_client_resolved; never blocks. Then a step is due.
 * \param  part    the part
 * \param  client  whose name it is
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE; IMSTLS_ERR_UNSUPPORTED
 */
IMSTLS_API int imstls_cares_process(imstls_cares *part, imstls_client *client);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
