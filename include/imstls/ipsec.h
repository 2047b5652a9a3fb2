/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file ipsec.h
 * \brief Security associations of TS 33.203 as callbacks: reserve, install, remove.
 */
#ifndef IMSTLS_IPSEC_H
#define IMSTLS_IPSEC_H

#include <imstls/net.h>
#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup ports
 * @{ */

/** Integrity algorithms (TS 33.203 annex H). */
enum imstls_alg {
  IMSTLS_ALG_HMAC_MD5_96 = 1, /**< `hmac-md5-96` */
  IMSTLS_ALG_HMAC_SHA1_96 = 2 /**< `hmac-sha-1-96` */
};
/** Encryption algorithms. */
enum imstls_ealg {
  IMSTLS_EALG_NULL = 1,        /**< `null` */
  IMSTLS_EALG_AES_CBC = 2,     /**< `aes-cbc` */
  IMSTLS_EALG_DES_EDE3_CBC = 3 /**< `des-ede3-cbc` */
};

/** SPIs and protected ports of one side. */
typedef struct imstls_ipsec_end {
  uint32_t spi_c, spi_s;   /**< 256 or above for ours; the peer's 1 or above */
  uint16_t port_c, port_s; /**< not 0 */
} imstls_ipsec_end;

/** Two pairs of SAs, for TCP and UDP alike (TS 33.203 7.1). Keys are wiped by the library after `install`. */
typedef struct imstls_ipsec_sa {
  size_t size;
  imstls_address ue, pcscf; /**< ports not used */
  imstls_ipsec_end ours, theirs;
  int32_t alg, ealg;
  uint8_t ik_esp[20];
  uint32_t ik_esp_len; /**< 16 (MD5) or 20 (SHA-1: IK || 32 zero bits), annex I */
  uint8_t ck_esp[24];
  uint32_t ck_esp_len; /**< 0, 16 (AES) or 24 (3DES: CK1 || CK2 || CK1, with parity), annex I */
  uint32_t lifetime_s;
} imstls_ipsec_sa;

/** IPsec. */
typedef struct imstls_ipsec {
  size_t size;
  void *user;
  /** \brief  Takes two free SPIs and two free ports for one offer. `keep_port_s` 0: any, else keep this server port.
   *  \return IMSTLS_OK; IMSTLS_ERR_IPSEC */
  int (*reserve)(void *user, const imstls_address *ue, const imstls_address *pcscf, uint16_t keep_port_s,
                 imstls_ipsec_end *out);
  /** \brief  Installs all four SAs and their policies. \param id  written: to remove them by. \return IMSTLS_OK;
   *  IMSTLS_ERR_IPSEC */
  int (*install)(void *user, const imstls_ipsec_sa *sa, uint32_t *id);
  /** \brief  New lifetime, in seconds from now. \return IMSTLS_OK; IMSTLS_ERR_IPSEC */
  int (*set_lifetime)(void *user, uint32_t id, uint32_t lifetime_s);
  /** \brief  Removes SAs and policies. The sockets of the set are closed by then, TCP ones with an abort (SO_LINGER 0):
   *          what TCP resends afterwards leaves in clear. */
  void (*remove)(void *user, uint32_t id);
  /** \brief  Gives back what `reserve` took and no `install` used. */
  void (*release)(void *user, const imstls_ipsec_end *end);
} imstls_ipsec;

/**
 * \brief  IK_ESP and CK_ESP from IK and CK (TS 33.203 annex I).
 * \param  alg, ealg  IMSTLS_ALG_..., IMSTLS_EALG_...
 * \param  ck, ik     16 octets each
 * \param  sa         written: alg, ealg, both keys and their lengths
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_ipsec_keys(int alg, int ealg, const uint8_t ck[16], const uint8_t ik[16], imstls_ipsec_sa *sa);

/** Which end of the SAs a part installs: the P-CSCF's are the UE's with both directions turned round. */
enum imstls_ipsec_xfrm_role {
  IMSTLS_IPSEC_XFRM_UE = 0,   /**< the UE */
  IMSTLS_IPSEC_XFRM_PCSCF = 1 /**< the P-CSCF */
};
/** Offers and SA sets that one part holds at a time. */
enum { IMSTLS_IPSEC_XFRM_SETS = 16 };

/** One offer or one installed set. Inner; never holds keys. */
typedef struct imstls_ipsec_xfrm_set {
  uint32_t id;                  /**< 0: not installed */
  uint32_t reserved;            /**< 1: `ours` is taken by an offer */
  imstls_address local, remote; /**< ports not used */
  imstls_ipsec_end ours, theirs;
  uint32_t reqid_c, reqid_s; /**< tie the policies of a port pair to its SAs */
  uint64_t ends_s;           /**< on the kernel's monotonic clock; 0: never */
} imstls_ipsec_xfrm_set;

/**
 * Linux XFRM, transport mode without NAT traversal. The caller owns it, begins with IMSTLS_IPSEC_XFRM_INIT, sets what
 * is to differ, and keeps it alive as long as the client. It needs CAP_NET_ADMIN in the network namespace.
 */
typedef struct imstls_ipsec_xfrm_part {
  size_t size;
  imstls_ipsec ipsec; /**< filled by imstls_ipsec_xfrm */
  int32_t side;       /**< IMSTLS_IPSEC_XFRM_UE or _PCSCF; on the P-CSCF's side `ours` is the P-CSCF's end */
  int32_t last_errno; /**< of the last failure: the kernel's, such as EPERM (no CAP_NET_ADMIN), EEXIST (SPI or port
                                pair in use), EPROTONOSUPPORT (kernel without ESP), ENOSYS (algorithm); EINVAL: the set
                                contradicts itself; ENOBUFS: IMSTLS_IPSEC_XFRM_SETS are in use */
  uint16_t port_first, port_last; /**< protected ports are taken from here; 0, 0: 10000 to 31999, below the ports that
                                     the kernel gives to other sockets */
  uint32_t priority;              /**< of the policies; 0: 1000. Smaller goes first */
  uint32_t next_id;               /**< inner */
  imstls_ipsec_xfrm_set sets[IMSTLS_IPSEC_XFRM_SETS]; /**< inner */
} imstls_ipsec_xfrm_part;
#define IMSTLS_IPSEC_XFRM_INIT IMSTLS_SIZED(imstls_ipsec_xfrm_part)

/**
 * \brief  Security associations in the Linux kernel, over libmnl.
 * `install` adds four SAs, a policy for each direction of both port pairs (TCP and UDP alike), and policies that block
 * whatever else reaches or leaves our two ports in clear (TS 33.203 7.1). A second set may share the server port, or a
 * whole port pair, with the first: policies go with the last set that needs them. Kernel lifetimes are a second line:
 * after a crash they clear SAs at their end and policies ten minutes later. The first SA after a boot loads modules
 * and may take seconds.
 * \param  part  kept by reference
 * \return what imstls_config_ports.ipsec takes; NULL: part is NULL, its `size` is too small, or this
 *         build has no libmnl
 */
IMSTLS_API const imstls_ipsec *imstls_ipsec_xfrm(imstls_ipsec_xfrm_part *part);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
