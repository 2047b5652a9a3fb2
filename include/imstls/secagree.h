/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file secagree.h
 * \brief Security agreement: Security-Client, -Server and -Verify (RFC 3329 2.2; TS 33.203 annex H).
 */
#ifndef IMSTLS_SECAGREE_H
#define IMSTLS_SECAGREE_H

#include <imstls/sip.h>
#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup values_answer
 * @{ */

/** Mechanisms of imstls_mechanism. */
enum imstls_mechanism_id {
  IMSTLS_MECHANISM_OTHER = 0,     /**< one that the library does not know */
  IMSTLS_MECHANISM_TLS = 1,       /**< `tls` */
  IMSTLS_MECHANISM_IPSEC_3GPP = 2 /**< `ipsec-3gpp` */
};

/** One entry of a list: views into it. Names and token values compare without case. */
typedef struct imstls_mechanism {
  size_t size;
  imstls_text raw; /**< the entry as written */
  imstls_text name;
  int32_t id;                       /**< IMSTLS_MECHANISM_... */
  int32_t q;                        /**< q times 1000; -1: absent, ranks below 0.001 */
  imstls_text alg, ealg, prot, mod; /**< absent: ptr NULL (prot esp, mod trans, ealg null are the defaults) */
  uint32_t spi_c, spi_s;            /**< 0: absent */
  uint16_t port_c, port_s;          /**< 0: absent */
  uint32_t media;                   /**< 1: has the `mediasec` parameter (TS 24.229 7.2A.7): never chosen */
  uint32_t malformed; /**< 1: grammar, q above 1, doubled parameter, number out of range: `raw` alone is set, and
                           it is never chosen */
} imstls_mechanism;

/**
 * \brief  Takes one entry off a comma list. Empty elements are passed over; an unbalanced quote or bracket makes one
 *         malformed entry of all that is left.
 * \param  rest  in: the list; out: what follows
 * \param  out   written
 * \return IMSTLS_OK, also for a malformed entry; IMSTLS_END
 */
IMSTLS_API int imstls_secagree_next(imstls_text *rest, imstls_mechanism *out);

/**
 * \brief  All Security-Server (or -Client, -Verify) fields of a message as one comma list, every octet of every value
 *         kept: the form of the mirror in Security-Verify (RFC 3329 2.3.1).
 * \param  message  a parsed message
 * \param  id       IMSTLS_HDR_SECURITY_SERVER, _CLIENT or _VERIFY
 * \param  out      written, not terminated; a fold and the white space around it become one space
 * \param  cap      octets of `out`
 * \param  len      written; 0: no such field
 * \return IMSTLS_OK; IMSTLS_ERR_SECAGREE_TOO_LONG: beyond `cap`; IMSTLS_ERR_SECAGREE_MALFORMED: a control character,
 *  which cannot be sent back
 */
IMSTLS_API int imstls_secagree_collect(const imstls_sip_message *message, int id, char *out, size_t cap, size_t *len);

/**
 * \brief  Chooses the server's entry to use (RFC 3329 2.3.1): highest q among those offered, list order among equals.
 * An ipsec-3gpp entry counts only when prot is esp, mod trans, and alg and ealg were offered.
 * \param  server   the server's list
 * \param  offered  our own list, as sent in Security-Client
 * \param  out      written: the chosen entry of `server`
 * \return IMSTLS_OK; IMSTLS_ERR_SECAGREE_NONE: nothing in common, or empty
 */
IMSTLS_API int imstls_secagree_choose(imstls_text server, imstls_text offered, imstls_mechanism *out);

/**
 * \brief  Is the set of (mechanism, q, alg, ealg, prot, mod) of two lists the same? SPIs and ports may differ; of a
 *         malformed entry every octet counts.
 * \param  a, b  two lists
 * \return IMSTLS_OK: the same; IMSTLS_ERR_SECAGREE_CHANGED: not; IMSTLS_ERR_SECAGREE_MALFORMED: more than 64 entries
 */
IMSTLS_API IMSTLS_MUST_CHECK int imstls_secagree_same(imstls_text a, imstls_text b);

/**
 * \brief  Does a list hold this mechanism (media entries apart)?
 * \param  list  a list
 * \param  id    IMSTLS_MECHANISM_TLS or _IPSEC_3GPP
 * \return 1 or 0
 */
IMSTLS_API int imstls_secagree_has(imstls_text list, int id);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
