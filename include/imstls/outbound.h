/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file outbound.h
 * \brief Requests and calls of the application on the registered flow: what they must say of it, and how it gets there.
 *
 * A P-CSCF takes a request only when it names the flow as the registration did: Via and Contact with its address, the
 * route that the 200 gave, Security-Verify (TS 24.229 5.1.2A.1; RFC 3608; RFC 3329 2.3.1). imstls_client_outbound says
 * all of it; imstls_sip_stamp puts it into a message that a SIP stack built without knowing any of it, and
 * imstls_sip_unstamp takes our Via off what comes back.
 */
#ifndef IMSTLS_OUTBOUND_H
#define IMSTLS_OUTBOUND_H

#include <imstls/client.h>
#include <imstls/sip.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup exchange
 * @{ */

/** What a request on this flow says of it. Texts are borrowed until the next step. */
typedef struct imstls_outbound {
  size_t size;
  char transport[8];           /**< of Via: "TLS", "TCP" or "UDP" */
  char sent_by[56];            /**< of Via: address and port, IPv6 in brackets */
  char contact[160];           /**< Contact URI as registered, without angle brackets */
  char pcscf[96];              /**< Route entry of the P-CSCF, the first of the route set: "<sip:...;lr>" */
  imstls_text service_route;   /**< what follows it: one comma list; may be empty; see imstls_outbound_route */
  imstls_text security_verify; /**< empty: no agreement, and then no Require or Proxy-Require: sec-agree either */
  /** identities that may be used, the default first: one comma list, see imstls_outbound_identity; empty where the
   *  network listed none that can be read */
  imstls_text associated_uri;
  imstls_text access_network_info; /**< P-Access-Network-Info; empty: none */
  imstls_text preferred_identity;  /**< P-Preferred-Identity: the default identity; empty as associated_uri */
  imstls_text impu;                /**< the identity that was registered, a URI; the GRUUs are its own */
  imstls_text
      pub_gruu; /**< RFC 5627: URI of this device under that identity, at most 256 octets; empty: none granted */
  imstls_text temp_gruu; /**< one that does not tell whose it is; a new one with each refresh; empty: none granted */
  uint32_t outbound;     /**< 1: the registrar keeps our flow (RFC 5626 6), so the contact of a request that begins a
                              dialog gets ";ob" */
  uint32_t barred;       /**< 1: the network lists identities, and `impu` is none of them: no request may be from it (TS
                              24.229 5.1.1.2.1) */
  uint32_t anonymous;    /**< for the application to set before imstls_sip_stamp, 0 here: 1: the URI of Contact may not
                              tell who we are, although the message itself does not ask for privacy */
} imstls_outbound;

/**
 * \brief  What a request of the application has to say on the registered flow.
 * \param  client  the client
 * \param  out     in: `size`, as IMSTLS_SIZED(imstls_outbound) sets it; out: all of it
 * \return IMSTLS_OK; IMSTLS_NOT_READY: not registered; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_client_outbound(const imstls_client *client, imstls_outbound *out);

/**
 * \brief  The next entry of the complete route set: the P-CSCF, then Service-Route. Each is the value of a Route field
 *         of its own; some P-CSCFs read only the first entry of one.
 * \param  flow   of imstls_client_outbound
 * \param  entry  in: {NULL, 0} for the first, else what the last call gave for this `flow`; out: "<sip:...>", perhaps
 *                with parameters; left alone at the end
 * \return IMSTLS_OK; IMSTLS_END; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_outbound_route(const imstls_outbound *flow, imstls_text *entry);

/**
 * \brief  The next identity that may be used, the default first.
 * \param  flow      of imstls_client_outbound
 * \param  identity  in: {NULL, 0} for the first, else what the last call gave for this `flow`; out: ready for
 *                   P-Preferred-Identity or From, such as "\"A\" <sip:a@b>" or "tel:+1"; left alone at the end
 * \param  uri       written: its URI alone; may be NULL
 * \return IMSTLS_OK; IMSTLS_END; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_outbound_identity(const imstls_outbound *flow, imstls_text *identity, imstls_text *uri);

/**
 * \brief  Puts what a flow demands into a message that a SIP stack built.
 * A request gets, whatever stood there before:
 *  - a Via of the flow on top. Its branch is made of the one below, so that the ACK to a refusal and a CANCEL have that
 *    of their INVITE (RFC 3261 9.1, 16.11, 17.1.1.3), and a repeated request has the same again;
 *  - Route, a field for each entry: P-CSCF and Service-Route, when it begins or cancels something (no tag in To). A
 *    request inside a dialog keeps its own (12.2.1.1); an ACK without any gets the route of its INVITE (17.1.1.3);
 *  - Security-Verify, Require and Proxy-Require: sec-agree, P-Access-Network-Info, but not in ACK and CANCEL (RFC 3329
 *    2.3.1 and its table; RFC 7315 5.4);
 *  - P-Preferred-Identity where it has none and begins something: From's, when that is one of ours, else the default
 *    (TS 24.229 5.1.2A.1);
 *  - Max-Forwards, Content-Length, and the Contact of an INVITE, SUBSCRIBE, REFER or UPDATE, where they are missing.
 * In requests and responses the URI of each Contact becomes ours; parameters stay. Redirections (3xx) and 485 keep
 * theirs, which name others. Ours is (TS 24.229 5.1.2A.1; RFC 5627 4.4):
 *  - the public GRUU, with Supported: gruu, where the identity of the message is the one that was registered: that of
 *    From, in a response To, when it is one of ours, else the default;
 *  - the temporary one instead where Privacy asks for anything (RFC 3323, RFC 3325), that identity is anonymous, or
 *    `anonymous` is set. A request inside a private dialog has to say so too;
 *  - else the one that was registered, in an INVITE, SUBSCRIBE or REFER that begins a dialog with ";ob" where the
 *    registrar keeps our flow (RFC 5626 4.3).
 * Everything else stays as it is, octet for octet. REGISTER is nobody's but ours. What was stamped for one flow may be
 * stamped for the next: the Via that was put in before goes.
 * \param  message  parsed
 * \param  flow     of imstls_client_outbound
 * \param  out      written; not terminated; NULL with `cap` 0 to ask for the length
 * \param  cap      octets at `out`
 * \param  len      written, also on IMSTLS_ERR_CAPACITY
 * \return IMSTLS_OK; IMSTLS_ERR_CAPACITY; IMSTLS_ERR_SIP_MALFORMED: To is no single address; IMSTLS_ERR_CRYPTO;
 *         IMSTLS_ERR_USAGE: a REGISTER, or NULL
 */
IMSTLS_API int imstls_sip_stamp(const imstls_sip_message *message, const imstls_outbound *flow, char *out, size_t cap,
                                size_t *len);

/**
 * \brief  Takes the Via of imstls_sip_stamp off a response.
 * \param  response  parsed
 * \param  out       written; not terminated; NULL with `cap` 0 to ask for the length
 * \param  cap       octets at `out`
 * \param  len       written, also on IMSTLS_ERR_CAPACITY
 * \return IMSTLS_OK; IMSTLS_END: there is none, pass it on as it is; IMSTLS_ERR_CAPACITY; IMSTLS_ERR_CRYPTO;
 *         IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_sip_unstamp(const imstls_sip_message *response, char *out, size_t cap, size_t *len);

/**
 * \brief  imstls_client_send for a message that knows nothing of the flow: stamped by imstls_sip_stamp, then queued.
 * The responses that come to it reach `on_message` without the Via that was put in. Where another channel takes the
 * place of the flow before it has left, it is stamped anew for that one.
 * \param  client   the client
 * \param  message  whole, as the stack built it; copied
 * \param  len      octets; stamped it has some 300 more and its route, which count for tx_len
 * \return as imstls_client_send and imstls_sip_stamp; IMSTLS_ERR_SIP_MALFORMED, IMSTLS_ERR_SIP_OVERSIZED: it cannot be
 *         parsed
 */
IMSTLS_API int imstls_client_send_stamped(imstls_client *client, const char *message, size_t len);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
