/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file accepted.h
 * \brief The 200 to a REGISTER, for stacks that own REGISTER: does it register us, until when, and what follows (TS
 *  24.229 5.1.1.2.1, 5.1.1.4.1; RFC 3261 10.2.4, 10.3; RFC 3608; RFC 2617 3.2.3).
 */
#ifndef IMSTLS_ACCEPTED_H
#define IMSTLS_ACCEPTED_H

#include <imstls/sip.h>
#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup values_answer
 * @{ */

/** What the REGISTER said, and what stood before it. All zero is a safe beginning. */
typedef struct imstls_accepted_input {
  size_t size;
  /** 1: this REGISTER answered a challenge by imstls_digest_answer with the verdict IMSTLS_AKA_OK, or repeats that
   *  Authorization (imstls_authorization_repeat) on the very channel where its 200 came. Anybody can say 200 */
  uint32_t proven;
  uint32_t asked_s;         /**< expiry that was asked, not 0 */
  imstls_text contact;      /**< URI of its Contact, without angle brackets */
  const char *contact_user; /**< user part of that URI where it is random, so that nobody has it by chance: it tells our
                                 Contact when a border controller rewrote the host. Or NULL */
  const char *instance_id;  /**< +sip.instance that it said, without angle brackets, or NULL */
  uint32_t reg_id;          /**< reg-id that it said; 0: none */
  uint32_t bound;           /**< 1: we were registered before: then a Contact is not ours for being the only one */
  imstls_text taken;        /**< while bound: `contact` of the last imstls_accepted with `rewritten`, or absent */
  imstls_text rspauth; /**< `rspauth` of imstls_answer: what Authentication-Info has to hold. Empty or absent: it is not
                                 looked at, as in the 200 to a refresh that was not challenged */
} imstls_accepted_input;

/** What Authentication-Info proves. */
enum imstls_rspauth {
  IMSTLS_RSPAUTH_ABSENT =
      0, /**< there is none, as is usual in IMS: the digest proves nothing of the network, AUTN did */
  IMSTLS_RSPAUTH_RIGHT = 1,     /**< the registrar knows the response's key */
  IMSTLS_RSPAUTH_UNCHECKED = 2, /**< nothing was due: no qop, or no challenge */
  IMSTLS_RSPAUTH_WRONG = 3      /**< with IMSTLS_ERR_RSPAUTH */
};

/** What the 200 says of us. Texts are views into the message. */
typedef struct imstls_accepted {
  size_t size;
  int32_t rspauth;       /**< IMSTLS_RSPAUTH_... */
  uint32_t expires_s;    /**< our binding lives so long from now on */
  uint64_t refresh_ms;   /**< refresh it after so long: 600 s before its end, or at half time when that is nearer */
  imstls_text contact;   /**< our Contact's URI as the registrar has it */
  imstls_text params;    /**< of that Contact, from the first ';' on, or empty; for imstls_sip_param_next */
  uint32_t rewritten;    /**< 1: it is ours by its place alone: keep a copy of `contact` for `taken` */
  uint32_t odd;          /**< Contacts that cannot be read, and were passed over */
  uint32_t flow_timer_s; /**< Flow-Timer: ping at the latest after so long (RFC 5626 4.4.1); 0: none */
  uint32_t reserved;
} imstls_accepted;

/**
 * \brief  Judges a 2xx to a REGISTER, in this order: proven, rspauth, our binding. The client judges by the same code.
 * Of the first 256 Contacts ours is that with the URI that was said (RFC 3261 19.1.4), else with instance and reg-id,
 * else with the user part, else the one that was taken before, else, when we were not bound, the only one there. Its
 * time is its own `expires`, else that of Expires, else what was asked.
 * Accepted, the route of every request is the P-CSCF, then Service-Route; identities are those of P-Associated-URI, the
 * default one first: imstls_accepted_list. Each 200 replaces what the last one said. The 200 to a deregistration ends
 * the registration whatever it says, and is not for this function.
 * \param  in       what was asked
 * \param  message  the response, parsed
 * \param  out      written; zero but for `rspauth` on failure
 * \return IMSTLS_OK; IMSTLS_ERR_NO_CHALLENGE: nobody proved anything, it registers nothing; IMSTLS_ERR_RSPAUTH: end the
 *         connection, this network is not ours; IMSTLS_ERR_SIP_NOT_BOUND: it does not hold our Contact, or gives it no
 *         time; IMSTLS_ERR_USAGE: NULL, no 2xx to REGISTER, no `contact`, or `asked_s` 0
 */
IMSTLS_API IMSTLS_MUST_CHECK int imstls_accepted_judge(const imstls_accepted_input *in,
                                                       const imstls_sip_message *message, imstls_accepted *out);

/**
 * \brief  All addresses of Service-Route or P-Associated-URI as one comma list (imstls_sip_list_next); what cannot be
 *         read is left out.
 * \param  message  the 200
 * \param  id       IMSTLS_HDR_SERVICE_ROUTE or IMSTLS_HDR_P_ASSOCIATED_URI
 * \param  out      written, not terminated
 * \param  cap      octets of `out`
 * \param  len      written: octets; with IMSTLS_ERR_CAPACITY those of the entries that fit
 * \return IMSTLS_OK; IMSTLS_ERR_CAPACITY: an entry did not fit and was left out, and a route is useless without all of
 *         it; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_accepted_list(const imstls_sip_message *message, int id, char *out, size_t cap, size_t *len);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
