/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file client.h
 * \brief The registration as a state machine over callbacks (TS 24.229 5.1.1; RFC 3329; the token procedure of
 *  token.h).
 *
 * The application calls imstls_client_step when a socket of imstls_client_waits is ready or imstls_client_timeout_ms
 * has passed. Everything else happens in there, and what happened is told through `on_event`.
 *
 * What the network asks of REGISTER, and how far it is followed:
 * - 420, 421, 423, 439, 494 and a first 401 without Security-Server: each once before the channel is trusted and
 *   once after, else the attempt has failed.
 * - 423 (RFC 3261 10.2.8) raises the expiry that is asked, never lowers it, and to 2592000 s (30 days) at most. One
 *   that does not raise it gets the same REGISTER once more. Raised before trust, it holds only on the channel where it
 *   was said, once that is trusted: after a 423 in clear the answer to the challenge (SM7) asks what is configured.
 * - 439 (RFC 5626 6) before trust takes reg-id out of what goes out before trust, and no further.
 * - 420 takes the agreement away where sec_agree is optional and PKI vouches for the channel, or it is trusted.
 * - A registration is refreshed 600 s before its end, or at half time when that is nearer (TS 24.229 5.1.1.4.1). More
 *   than ten grants in a row of less than 20 s are not refreshed any more: the registration ends with its binding
 *   (IMSTLS_EVENT_LOST) and the next one follows after back-off. So no registrar gets more than six REGISTERs a minute
 *   to refresh out of us for long.
 * - A challenge with an old SQN gets an AUTS (TS 33.102 6.3.5), at most two in one registration or re-authentication
 *   and eight in any hour; a RAND that got one gets no other within that hour, and none of the last eight RANDs is
 *   answered again (IMSTLS_ERR_AKA_REPEATED). Over the limit: IMSTLS_ERR_AKA_RATE, and back-off. These counts end with
 *   the client alone, not with an attempt, nor with imstls_client_stop.
 * - A refusal before trust (a wrong token, list, challenge, a 200 that proves nothing) ends the attempt alone, told by
 *   its own event and by IMSTLS_EVENT_RETRY: the next P-CSCF follows, then back-off. On a trusted channel it ends the
 *   flow: IMSTLS_EVENT_LOST, and a new attempt. A 200 to a refresh without our binding does the same, at once when the
 *   registration had held 60 s. A USIM that does not answer a re-authentication leaves the registration alive
 *   (IMSTLS_EVENT_POLICY); it is refreshed once more at half of what is left.
 * - A first 200 that does not show our binding, or whose Service-Route is longer than limits.route_max, may leave a
 *   binding at the registrar all the same: it is deregistered (DEREGISTERING, for 10 s at most) before the attempt ends
 *   as refused.
 * - IMSTLS_STATE_STOPPED is for the application, its settings, final errors of the card (IMSTLS_ERR_USIM, _USIM_PIN,
 *   _USIM_PIN_TRIES, _USIM_APP, _USIM_STORAGE, and IMSTLS_ERR_UNSUPPORTED of it), 403, 404 and 6xx after our answer on
 *   a trusted channel, and policy.attempts used up: the error is then the first security error since a registration
 *   stood, else the last one.
 * - Retry-After of any final 4xx, 5xx or 6xx (RFC 3261 20.33), before trust too, is waited for, 1800 s at most and up
 *   to a tenth longer at random. After a round it is the wait, once until a registration stands; after that it is
 *   waited for where it is longer than the back-off.
 * - With policy.reg_event each registration subscribes to its reg event (RFC 3680, TS 24.229 5.1.1.3). `deactivated`
 *   and `expired` of our Contact, and an end without a reason, lead to a new registration, as a loss does; `probation`
 *   to one after the time that the network names, 1800 s at most, else after back-off, which is a floor under it when
 *   the registration had not held 60 s; `rejected` and `unregistered` to IMSTLS_STATE_STOPPED and
 *   IMSTLS_ERR_DEREGISTERED (5.1.1.7); `shortened` to a refresh (5.1.1.5A), one in ten seconds at most. Contacts that
 *   are not ours change nothing. Ten seconds lie between two SUBSCRIBEs of a registration, and back-off between
 *   subscriptions that fail; what becomes of them changes nothing in the registration. A deregistration ends the
 *   subscription without another SUBSCRIBE (5.1.1.6).
 */
#ifndef IMSTLS_CLIENT_H
#define IMSTLS_CLIENT_H

#include <imstls/aka.h>
#include <imstls/config.h>
#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup register
 * @{ */

/** Where the registration stands. A refresh or re-authentication goes through REGISTERING, CHALLENGED and ANSWERING
 *  again while imstls_client_registered() stays 1. */
enum imstls_state {
  IMSTLS_STATE_IDLE = 0,          /**< nothing asked yet */
  IMSTLS_STATE_CONNECTING = 1,    /**< resolving or opening the flow to the P-CSCF */
  IMSTLS_STATE_SECURING = 2,      /**< TLS handshake under way */
  IMSTLS_STATE_REGISTERING = 3,   /**< REGISTER without credentials sent (SM1) */
  IMSTLS_STATE_CHALLENGED = 4,    /**< challenge (SM6) with the USIM */
  IMSTLS_STATE_ANSWERING = 5,     /**< answer (SM7), AUTS or empty response sent */
  IMSTLS_STATE_REGISTERED = 6,    /**< 200 OK (SM12) accepted, nothing under way */
  IMSTLS_STATE_DEREGISTERING = 7, /**< REGISTER with expires 0 sent: asked for, or after a 200 that cannot be used */
  IMSTLS_STATE_WAITING = 8,       /**< between two attempts (back-off) */
  IMSTLS_STATE_STOPPED = 9        /**< over; imstls_client_error() says why */
};

/**
 * \brief  Is this configuration valid? What is wrong first, in words.
 * \param  config  the settings
 * \param  text    written when it is not: the setting and the rule that it breaks, such as "limits.rx_len is 512 to
 *                 16777216"; ends with a NUL, cut when it does not fit (120 octets are enough). NULL: not wanted
 * \param  cap     octets of `text`
 * \return IMSTLS_OK; IMSTLS_ERR_CONFIG
 */
IMSTLS_API int imstls_config_check(const imstls_config *config, char *text, size_t cap);

/**
 * \brief  Octets that imstls_client_init needs for this configuration.
 * \param  config  the settings
 * \return octets; 0: the configuration is not valid
 */
IMSTLS_API size_t imstls_client_size(const imstls_config *config);

/**
 * \brief  Makes a client in storage of the caller's. Nothing is ever allocated.
 * \param  storage      aligned for any type; must live as long as the client
 * \param  storage_len  at least imstls_client_size
 * \param  config       copied
 * \param  client       written
 * \return IMSTLS_OK; IMSTLS_ERR_CONFIG; IMSTLS_ERR_UNSUPPORTED; IMSTLS_ERR_CAPACITY; IMSTLS_ERR_USAGE;
 *  IMSTLS_ERR_RANDOM
 */
IMSTLS_API int imstls_client_init(void *storage, size_t storage_len, const imstls_config *config,
                                  imstls_client **client);

/**
 * \brief  Makes a client in one block from mbedTLS's calloc: the only allocation of libimstls.
 * \param  client  written
 * \param  config  copied
 * \return as imstls_client_init; IMSTLS_ERR_MEMORY
 */
IMSTLS_API int imstls_client_new(imstls_client **client, const imstls_config *config);

/**
 * \brief  Closes flows, wipes everything, frees what imstls_client_new took. No deregistration is sent.
 * \param  client  may be NULL; from a callback it takes effect when the call that runs the callback returns
 */
IMSTLS_API void imstls_client_free(imstls_client *client);

/**
 * \brief  Begins to register, at the next step. In IDLE or STOPPED.
 * \param  client  the client
 * \return IMSTLS_OK; IMSTLS_ERR_STATE: in another state, or stopped or freed in the same callback
 */
IMSTLS_API int imstls_client_register(imstls_client *client);

/**
 * \brief  Refreshes now (TS 24.229 5.1.1.4.1). In REGISTERED.
 * \param  client  the client
 * \return IMSTLS_OK; IMSTLS_ERR_STATE
 */
IMSTLS_API int imstls_client_refresh(imstls_client *client);

/**
 * \brief  Deregisters (TS 24.229 5.1.1.6) and stops; where nothing is registered, or not any more, it only stops.
 * A deregistration without answer counts as done after 10 s. Its end is told in each case (IMSTLS_EVENT_DEREGISTERED).
 * \param  client  the client
 * \return IMSTLS_OK; IMSTLS_ERR_STATE: in IDLE or STOPPED, or stopped or freed in the same callback
 */
IMSTLS_API int imstls_client_deregister(imstls_client *client);

/**
 * \brief  Stops at once: closes the flows, wipes the keys, sends nothing; forgets what was asked for and is not done.
 * From a callback it takes effect when the call that runs the callback returns.
 * \param  client  the client
 */
IMSTLS_API void imstls_client_stop(imstls_client *client);

/**
 * \brief  The network changed (new address, new access): drops the flow and registers anew, at once.
 * \param  client  the client
 * \return IMSTLS_OK; IMSTLS_ERR_STATE: in IDLE or STOPPED
 */
IMSTLS_API int imstls_client_network_changed(imstls_client *client);

/**
 * \ingroup run
 * \brief  Does what can be done now; never blocks.
 * Whatever arrives, one call takes from all links together at most 16384 octets (and one datagram more), 32 messages,
 * and 16 of reads, handshake turns and accepted connections; what one of these costs in TLS is bounded by the TLS part.
 * What is left is for the next call: imstls_client_timeout_ms says 0 then.
 * \param  client  the client
 * \return IMSTLS_OK; the registration's final error once it has stopped with one; IMSTLS_ERR_STATE: from a callback
 */
IMSTLS_API int imstls_client_step(imstls_client *client);

/**
 * \ingroup run
 * \brief  Which sockets to wait for before the next step.
 * In feed mode `socket` and `generation` are the number of a connection; reading: the client has room for what comes;
 * writing: it is not connected yet, or imstls_client_pull has something.
 * \param  client  the client
 * \param  out     written: at most `cap`
 * \param  cap     elements; 8 are always enough
 * \return how many there are, also above `cap`
 */
IMSTLS_API size_t imstls_client_waits(const imstls_client *client, imstls_wait *out, size_t cap);

/**
 * \ingroup run
 * \brief  Milliseconds until step must be called although no socket is ready.
 * \param  client  the client
 * \return 0: now; -1: no deadline
 */
IMSTLS_API int64_t imstls_client_timeout_ms(imstls_client *client);

/**
 * \ingroup exchange
 * \brief  Queues one SIP message of the application's for the registered, trusted flow. The response to a request that
 *  came on another link goes out there, as long as it is open (RFC 3261 18.2.2); the last four such requests are known.
 *  It leaves at the next step, which also tells IMSTLS_EVENT_SENT. Messages leave in the order of their calls; what the
 *  library sends itself goes before those that wait, but a deregistration behind them. What waits when a new channel
 *  takes the place of the flow leaves there, as it is (imstls_client_send_stamped: as that one demands). What the end
 *  of the registration finds in the queue is told by IMSTLS_EVENT_UNSENT.
 * \param  client   the client
 * \param  message  whole, with Via and everything; Security-Verify and Route are the application's to add (see the
 *                  getters); copied
 * \param  len      octets, at most tx_len
 * \return IMSTLS_OK; IMSTLS_NOT_READY: not registered, or on the way to another channel; IMSTLS_WANT_WRITE: no room
 *         beside those that wait (limits.queue_len), IMSTLS_EVENT_ROOM tells when there is; IMSTLS_ERR_TX_TOO_LONG;
 *         IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_client_send(imstls_client *client, const char *message, size_t len);

/**
 * \ingroup exchange
 * \brief  The application takes messages again: the one to which `on_message` said IMSTLS_NOT_READY comes once more, at
 *  the next step.
 * \param  client  the client
 * \return IMSTLS_OK, also when none is held; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_client_resume(imstls_client *client);

/**
 * \brief  The access changed (another cell): P-Access-Network-Info (RFC 7315 4.4) of every message from now on. Call
 *  imstls_client_refresh where the network is to hear of it at once (TS 24.229 5.1.1.4.1).
 * \param  client  the client
 * \param  text    value of the header field, shorter than half of limits.set_max (255 octets if that is 0) or as long
 *                 as the configured one; copied; NULL: none
 * \return IMSTLS_OK; IMSTLS_ERR_CAPACITY: longer; IMSTLS_ERR_USAGE: empty, or not printable
 */
IMSTLS_API int imstls_client_set_access_network_info(imstls_client *client, const char *text);

/**
 * \brief  Other P-CSCFs (a new PDN connection) from the next attempt to register on; a registration that stands is left
 *  alone. With imstls_client_network_changed the next attempt is at once.
 * \param  client  the client
 * \param  list    as imstls_config_network.pcscf, shorter than limits.set_max (511 octets if that is 0) or as long as
 *                 the configured one; copied
 * \return IMSTLS_OK; IMSTLS_ERR_CAPACITY: longer; IMSTLS_ERR_USAGE: malformed. What was set before it is forgotten, and
 *  the list that is used stays
 */
IMSTLS_API int imstls_client_set_pcscf(imstls_client *client, const char *list);

/**
 * \brief  The registration time to ask for, from the next REGISTER on.
 * \param  client   the client
 * \param  seconds  at least 1; a 423 may raise it
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_client_set_expires(imstls_client *client, uint32_t seconds);

/** \ingroup exchange
 *  \brief  May the application send now? Not while a new channel takes the place of the flow, nor once a
 *  deregistration began, although imstls_client_registered is 1 then. \param client the client \return 1 or 0 */
IMSTLS_API int imstls_client_can_send(const imstls_client *client);
/** \brief  Where the registration stands. \param client the client \return IMSTLS_STATE_... */
IMSTLS_API int imstls_client_state(const imstls_client *client);
/** \brief  1 while registered, also while a refresh or a re-authentication is under way. \param client the client
 *  \return 1 or 0 */
IMSTLS_API int imstls_client_registered(const imstls_client *client);
/** \brief  Why it stopped, or the last attempt's error. \param client the client \return a code of error.h, 0: none */
IMSTLS_API int imstls_client_error(const imstls_client *client);
/** \brief  Last final SIP status of this attempt, or of the last one while none is under way. \param client the client
 *  \return 0: none */
IMSTLS_API uint32_t imstls_client_sip_status(const imstls_client *client);
/** \brief  TLS library's own code of the last TLS failure. \param client the client \return 0: none */
IMSTLS_API int imstls_client_tls_error(const imstls_client *client);
/**
 * \brief  What was counted so far.
 * \param  client  the client
 * \param  out     in: `size`, as IMSTLS_SIZED(imstls_stats) sets it; out: as much as fits there
 * \return IMSTLS_OK; IMSTLS_ERR_USAGE: no client, or a size below that of `size` itself
 */
IMSTLS_API int imstls_client_stats(const imstls_client *client, imstls_stats *out);
/** \brief  What makes the flow trusted. \param client the client \return IMSTLS_TRUST_BY_... */
IMSTLS_API int imstls_client_trust(const imstls_client *client);
/** \ingroup exchange
 *  \brief  Security-Verify for every request on the flow (RFC 3329 2.3.1). \param client the client \return empty:
 *  none is due; borrowed until the next step */
IMSTLS_API imstls_text imstls_client_security_verify(const imstls_client *client);
/** \ingroup exchange
 *  \brief  Service-Route as one comma list; the route set is the P-CSCF and this. \param client the client \return
 *  borrowed until the next step */
IMSTLS_API imstls_text imstls_client_service_route(const imstls_client *client);
/** \ingroup exchange
 *  \brief  P-Associated-URI as one comma list, the default identity first. \param client the client \return
 *  borrowed until the next step */
IMSTLS_API imstls_text imstls_client_associated_uri(const imstls_client *client);
/** \ingroup exchange
 *  \brief  Local address of the flow, for Via and Contact. \param client the client \param out written \return
 *  IMSTLS_OK; IMSTLS_ERR_STATE: no flow */
IMSTLS_API int imstls_client_local_address(const imstls_client *client, imstls_address *out);

/**
 * \ingroup run
 * \brief  The USIM's answer to a request that was pending. Late, doubled and unknown ones are ignored.
 * \param  client   the client
 * \param  request  number that `authenticate` got
 * \param  error    IMSTLS_OK, or an IMSTLS_ERR_USIM... code
 * \param  result   with IMSTLS_OK; copied
 * \return IMSTLS_OK: taken; IMSTLS_ERR_STATE: nobody waits for it; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_client_usim_done(imstls_client *client, uint32_t request, int error,
                                       const imstls_aka_result *result);

/**
 * \ingroup run
 * \brief  The resolver's answer to a request that was pending. Late, doubled and unknown ones are ignored.
 * \param  client     the client
 * \param  request    number that `resolve` got
 * \param  addresses  in the order to try, and their ports, as `resolve` writes them; copied, at most 8
 * \param  count      0: no address
 * \return IMSTLS_OK; IMSTLS_ERR_STATE; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_client_resolved(imstls_client *client, uint32_t request, const imstls_address *addresses,
                                      size_t count);

/**
 * \name Feed mode
 * Without imstls_config_ports.net the application owns the sockets, and the client sees octets alone. A connection
 * begins with IMSTLS_EVENT_OPEN, which gives it a number, and ends with IMSTLS_EVENT_CLOSE. There are two at once while
 * one takes the place of another: TLS after an agreement in clear, a new PSK after a re-authentication. What is said of
 * a number that is not meant any more, such as the late answer to an attempt to connect, is refused and changes
 * nothing. Each of these calls says by imstls_client_timeout_ms whether a step is due, and none runs a callback.
 * @{
 */
/**
 * \ingroup run
 * \brief  The connection that IMSTLS_EVENT_OPEN asked for is there.
 * \param  client      the client
 * \param  connection  its number
 * \param  local       our address on it, for Via and Contact
 * \return IMSTLS_OK; IMSTLS_ERR_STATE: not asked for, told already, or over; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_client_connected(imstls_client *client, uint32_t connection, const imstls_address *local);

/**
 * \ingroup run
 * \brief  Octets that the network brought.
 * \param  client      the client
 * \param  connection  where they came
 * \param  data        octets
 * \param  len         how many
 * \return octets taken (0 to len: the rest again after a step); IMSTLS_ERR_STATE: no such connection, or over;
 *         IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_client_feed(imstls_client *client, uint32_t connection, const uint8_t *data, size_t len);

/**
 * \ingroup run
 * \brief  Octets for the network. What was left when a connection was closed stays until a later one needs its room.
 * \param  client      the client
 * \param  connection  where they go
 * \param  out         written
 * \param  cap         octets of `out`
 * \return octets written; 0: none; IMSTLS_ERR_STATE: no such connection; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_client_pull(imstls_client *client, uint32_t connection, uint8_t *out, size_t cap);

/**
 * \ingroup run
 * \brief  The connection failed or ended. IMSTLS_EVENT_CLOSE follows.
 * \param  client      the client
 * \param  connection  its number
 * \return IMSTLS_OK; IMSTLS_ERR_STATE: there was none; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_client_disconnected(imstls_client *client, uint32_t connection);
/** @} */

/** @} */

#ifdef __cplusplus
}
#endif
#endif
