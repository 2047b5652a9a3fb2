/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file client.h
 * \brief The registration as a state machine over callbacks (TS 24.229 5.1.1; RFC 3329; the token procedure of
 *  token.h).
 *
 * The host calls imstls_client_step when a socket of imstls_client_waits is ready or imstls_client_timeout_ms has
 * passed. Everything else happens in there, and what happened is told through `on_event`.
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
 * - Retry-After of a 503, before trust too, is waited for, 1800 s at most.
 */
#ifndef IMSTLS_CLIENT_H
#define IMSTLS_CLIENT_H

#include <imstls/aka.h>
#include <imstls/ipsec.h>
#include <imstls/net.h>
#include <imstls/sip.h>
#include <imstls/tls.h>
#include <imstls/token.h>
#include <imstls/types.h>
#include <imstls/usim.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One registration. Private content. */
typedef struct imstls_client imstls_client;

/** Where the registration stands. A refresh or re-authentication goes through REGISTERING, CHALLENGED and ANSWERING
 *  again while imstls_client_registered() stays 1. */
enum {
  IMSTLS_STATE_IDLE = 0,          /**< nothing asked yet */
  IMSTLS_STATE_CONNECTING = 1,    /**< resolving or opening the flow to the P-CSCF */
  IMSTLS_STATE_SECURING = 2,      /**< TLS handshake under way */
  IMSTLS_STATE_REGISTERING = 3,   /**< REGISTER without credentials sent (SM1) */
  IMSTLS_STATE_CHALLENGED = 4,    /**< challenge (SM6) with the USIM */
  IMSTLS_STATE_ANSWERING = 5,     /**< answer (SM7), AUTS or empty response sent */
  IMSTLS_STATE_REGISTERED = 6,    /**< 200 OK (SM12) accepted, nothing under way */
  IMSTLS_STATE_DEREGISTERING = 7, /**< REGISTER with expires 0 sent */
  IMSTLS_STATE_WAITING = 8,       /**< between two attempts (back-off) */
  IMSTLS_STATE_STOPPED = 9        /**< over; imstls_client_error() says why */
};

/** Kinds of imstls_event. What fields a kind sets is said at each. */
enum {
  IMSTLS_EVENT_CONNECTING = 1, /**< `line`: address and port */
  /** handshake done: `version`, `line`: suite, `flag`: resumed, `cert` (empty with PSK) */
  IMSTLS_EVENT_TLS = 2,
  /** `line`: start line; `message`: all of it, secrets redacted unless `show_secrets` */
  IMSTLS_EVENT_SENT = 3,
  IMSTLS_EVENT_RECEIVED = 4,  /**< `line`: start line; `message`: all of it */
  IMSTLS_EVENT_CHALLENGE = 5, /**< `line`: algorithm; `value`: IMSTLS_AUTN_...; `error`: why it was refused, or 0 */
  /** `value`: IMSTLS_TRUST_BY_...; `s_token`: IMSTLS_S_TOKEN_...; `error` when refused */
  IMSTLS_EVENT_TRUST = 6,
  IMSTLS_EVENT_AGREED = 7, /**< `line`: mechanism */
  /** `expires_s`, `service_route`, `associated_uri`, `line`: mechanism, `value`: IMSTLS_TRUST_BY_... */
  IMSTLS_EVENT_REGISTERED = 8,
  IMSTLS_EVENT_REFRESHED = 9, /**< as REGISTERED */
  IMSTLS_EVENT_LOST = 10,     /**< the registration is lost, a new attempt follows: `error` */
  IMSTLS_EVENT_DEREGISTERED = 11,
  /** the attempt failed, the next follows: `error`, `sip_status`, `expires_s`: seconds to wait */
  IMSTLS_EVENT_RETRY = 12,
  IMSTLS_EVENT_FAILED = 13, /**< the end: `error`, `sip_status` */
  IMSTLS_EVENT_POLICY = 14, /**< a decision that the host may log: `line` */
  /** feed mode: the host connects to `line` (host:port), then calls imstls_client_connected */
  IMSTLS_EVENT_OPEN = 15,
  IMSTLS_EVENT_CLOSE = 16, /**< feed mode: the host closes the connection */
  /** the network's connection to us: `line`: its address, `flag`: 1 TLS, 0 IPsec; `error`: it was refused or ended, or
   *  there can be none. The registration does not depend on it */
  IMSTLS_EVENT_SERVED = 17,
  /** a message that came on a trusted link while registered could not be read, and was passed over: `line`: its start
   *  line as far as it is known, any octets; `error`: IMSTLS_ERR_RX_TOO_LONG, IMSTLS_ERR_SIP_OVERSIZED or
   *  IMSTLS_ERR_SIP_MALFORMED; `sip_status`: what it was answered with (400, 501, 505, 513; see imstls_sip_refuse), 0:
   *  nothing. The link stays, unless more of the message comes than 256 KiB or than 30 s bring */
  IMSTLS_EVENT_DROPPED = 18
};

enum { IMSTLS_AUTN_OK = 0, IMSTLS_AUTN_MAC_FAILURE = 1, IMSTLS_AUTN_SYNC_FAILURE = 2, IMSTLS_AUTN_NOT_RUN = 3 };
enum {
  IMSTLS_TRUST_BY_NONE = 0, /**< refused, or not yet */
  IMSTLS_TRUST_BY_TOKEN = 1,
  IMSTLS_TRUST_BY_PKI = 2,
  IMSTLS_TRUST_BY_TOKEN_AND_PKI = 3,
  IMSTLS_TRUST_BY_PSK = 4,
  IMSTLS_TRUST_BY_IPSEC = 5,
  IMSTLS_TRUST_BY_RESUMPTION = 6
};
enum {
  IMSTLS_S_TOKEN_OK = 0,
  IMSTLS_S_TOKEN_MISSING = 1,
  IMSTLS_S_TOKEN_MALFORMED = 2, /**< also doubled */
  IMSTLS_S_TOKEN_MISMATCH = 3,
  IMSTLS_S_TOKEN_NOT_APPLICABLE = 4
};

/** Something happened. Texts are borrowed for the length of the callback. */
typedef struct imstls_event {
  size_t size;
  int32_t type;  /**< IMSTLS_EVENT_... */
  int32_t error; /**< code of error.h, or 0 */
  uint32_t sip_status;
  int32_t value;
  int32_t s_token;
  uint32_t flag;
  uint32_t version; /**< TLS: 12 or 13 */
  uint32_t expires_s;
  imstls_text line;
  imstls_text message;
  imstls_text service_route;  /**< one comma list */
  imstls_text associated_uri; /**< one comma list */
  imstls_bytes cert;          /**< end-entity certificate, DER, or empty */
} imstls_event;

/** Values of the settings below. */
enum { IMSTLS_FLOW_TLS_FIRST = 0, IMSTLS_FLOW_AGREE_FIRST = 1 };
enum { IMSTLS_SEC_AGREE_REQUIRED = 0, IMSTLS_SEC_AGREE_OPTIONAL = 1, IMSTLS_SEC_AGREE_OFF = 2 };
enum { IMSTLS_TRUST_TOKEN = 0, IMSTLS_TRUST_TOKEN_OR_PKI = 1, IMSTLS_TRUST_TOKEN_AND_PKI = 2 };
enum { IMSTLS_PSK_OFF = 0, IMSTLS_PSK_ALLOW = 1, IMSTLS_PSK_ONLY = 2 };
enum { IMSTLS_FALLBACK_NONE = 0, IMSTLS_FALLBACK_IPSEC = 1 };
enum { IMSTLS_AMF_ANY = 0, IMSTLS_AMF_REQUIRE_0 = 1, IMSTLS_AMF_REQUIRE_1 = 2 };
enum { IMSTLS_TOKEN2_OFF = 0, IMSTLS_TOKEN2_ALLOWED = 1, IMSTLS_TOKEN2_REQUIRED = 2, IMSTLS_TOKEN2_PINNED = 3 };

/** Everything a client needs. Begin with IMSTLS_CONFIG_DEFAULTS. Strings are copied, callback structs too. */
typedef struct imstls_config {
  size_t size;

  /* Who, and where to. Required: impi, impu, home_domain, pcscf, usim, tls, random, now_ms. */
  const char *impi;        /**< private identity, "user@realm" (TS 23.003 13.3) */
  const char *impu;        /**< public identity, a SIP URI (TS 23.003 13.4) */
  const char *home_domain; /**< FQDN; Request-URI is "sip:" and this */
  const char *pcscf;       /**< HOST[:PORT], several separated by commas, tried in this order; IPv6 in brackets */
  uint16_t tls_port;       /**< 0: 5061 */
  uint16_t plain_port;     /**< 0: 5060 */
  uint32_t reserved;

  /* Identity of the device, extra content of REGISTER. */
  /** such as "urn:uuid:..." or "urn:gsma:imei:...", or NULL; the IMEI form, in any case, waits for trust */
  const char *instance_id;
  uint32_t reg_id;                 /**< RFC 5626 4.2; 0: none; needs instance_id */
  uint32_t privacy_off;            /**< 1: P-Access-Network-Info, User-Agent and IMEI go out before trust too */
  const char *contact_params;      /**< feature parameters appended to Contact, such as ";+g.3gpp.smsip", or NULL */
  const char *user_agent;          /**< or NULL */
  const char *access_network_info; /**< P-Access-Network-Info, or NULL; sent on trusted channels */
  const char *extra_headers;       /**< whole header lines with CRLF for every REGISTER on a trusted channel, or NULL */

  /* Policy. */
  int32_t flow;            /**< IMSTLS_FLOW_... */
  int32_t sec_agree;       /**< IMSTLS_SEC_AGREE_... */
  int32_t trust;           /**< IMSTLS_TRUST_...: token alone is the default */
  int32_t psk;             /**< IMSTLS_PSK_...; a PSK needs octets of CK and IK, no key handle */
  int32_t fallback;        /**< IMSTLS_FALLBACK_... */
  int32_t transport;       /**< outside TLS: IMSTLS_NET_TCP (also 0) or IMSTLS_NET_UDP */
  const char *offer;       /**< Security-Client list without SPIs and ports; NULL: "tls" */
  const char *server_name; /**< name for SNI and PKI; NULL: host of the P-CSCF unless that is an IP literal */
  uint32_t algorithms;     /**< IMSTLS_DIGEST_BIT(...) accepted; 0: all AKA ones */
  int32_t amf_separation;  /**< IMSTLS_AMF_... */
  int32_t token_key;       /**< IMSTLS_TOKEN_KEY_... under AKAv2 */
  int32_t token2;          /**< IMSTLS_TOKEN2_... */
  uint32_t expires_s;      /**< asked registration time, seconds; 0: 600000; a 423 may raise it, see above */
  /** attempts until the client gives up with the last error; 0: never gives up but for final errors */
  uint32_t attempts;

  /* Timers, milliseconds; 0: the value of TS 24.229 table 7.7.1. */
  uint32_t t1_ms, t2_ms, timer_f_ms; /**< 2000, 16000, 128000 */
  uint32_t connect_ms;               /**< TCP connect; 0: 10000 */
  uint32_t handshake_ms;             /**< TLS handshake; 0: 20000 */
  uint32_t usim_ms;                  /**< answer of the USIM; 0: 10000 */
  uint32_t keepalive_ms; /**< CRLF ping on an idle flow (RFC 5626 3.5.1); 0: 95 to 120 s at random; UINT32_MAX: off */
  /** RFC 5626 4.5; 0: 30000, 1800000. A registration that was lost is tried again at once; one that did not hold 60 s
   *  counts as a failure, and the next such waits. One that held makes good the failures before it */
  uint32_t backoff_base_ms, backoff_max_ms;

  /* Sizes in octets; 0: the default. */
  uint32_t rx_len;       /**< longest message received; 0: 16384; see IMSTLS_EVENT_DROPPED */
  uint32_t tx_len;       /**< longest message sent; 0: 4096 */
  uint32_t cert_max;     /**< longest end-entity certificate; 0: 4096 */
  uint32_t secagree_max; /**< Security-Server list; 0: 1024 */
  uint32_t auth_max;     /**< challenge, and Authorization; 0: 2048 */
  uint32_t route_max;    /**< Service-Route and P-Associated-URI together; 0: 2048 */
  uint32_t feed_len;     /**< feed mode: octets buffered each way; 0: 4096 */
  uint32_t show_secrets; /**< 1: events and log show response, c_token, auts and IMPI */

  /* Callbacks. */
  const imstls_usim *usim;
  const imstls_net *net; /**< NULL: feed mode (imstls_client_feed, imstls_client_pull) */
  const imstls_tls *tls;
  const imstls_ipsec *ipsec;   /**< NULL: no IPsec */
  const char *local_interface; /**< interface to bind to, or NULL */
  imstls_address local;        /**< address to bind to; family 0: any */
  uint32_t mark;               /**< socket mark; 0: none */
  uint32_t reserved2;
  void *user; /**< handed to the callbacks below */
  /** Octets of the best randomness there is. \return IMSTLS_OK; IMSTLS_ERR_RANDOM */
  int (*random)(void *random_user, uint8_t *out, size_t len);
  void *random_user;
  /** Milliseconds of a clock that never goes back and counts suspend. */
  uint64_t (*now_ms)(void *user);
  /** Seconds since 1970, or negative: unknown. NULL: unknown. */
  int64_t (*wall_s)(void *user);
  void (*on_event)(void *user, imstls_client *client, const imstls_event *event); /**< NULL: none */
  /**
   * A request or a response that is not the registration's arrived on the trusted, registered flow, or on a connection
   * that the network opened (serve_port).
   * \return 1: the host took it and answers with imstls_client_send; 0: the library answers (200 to OPTIONS, 416 to one
   *         whose Request-URI is neither sip, sips nor tel, 420 to one that requires an extension, 501 to a method of
   *         no RFC, 405 to everything else but ACK). NULL: always the latter. Responses are only shown.
   */
  int (*on_message)(void *user, imstls_client *client, const imstls_sip_message *message);
  /** One line for a log, secrets redacted. NULL: none. */
  void (*on_log)(void *user, imstls_text line);
  /**
   * Saves (`len` > 0) or forgets (0) a record under a name, for session resumption and token2 pins.
   * The record "tls-session" is a secret: it holds the master secret of a TLS session, beside its server's
   * certificate and the IMPI. Who reads it can decrypt that session (TLS 1.2) and be either end of the one that
   * resumes it, and to us that end is trusted without a token. So it belongs where only this program reads and
   * writes: in memory, in the platform's key store, or in a file of mode 0600 that is encrypted under a key of the
   * device and left out of backups; overwritten once it is forgotten or replaced. The records "token2-pin ..." hold
   * no secret, but who deletes one takes the pin away. The library wipes `data` afterwards; copies are the host's to
   * wipe.
   * \return IMSTLS_OK; IMSTLS_ERR_STORAGE
   */
  int (*store)(void *user, const char *name, const uint8_t *data, size_t len);
  /** Loads it; the library wipes `out` once used. \return octets (0: none); IMSTLS_ERR_STORAGE */
  int (*load)(void *user, const char *name, uint8_t *out, size_t cap);

  /**
   * Port on which the network may open TLS to us while we are registered over TLS, with the PSK (CK || IK) of the
   * registration under the identity "pcscf:" and the IMPI; it stands in Contact. 0: none. Needs `net` with `accept`, a
   * free session of `tls` for each of two such connections, and octets of CK and IK. In IPsec the protected server
   * port serves by itself (TS 33.203 7.1) when `net` has `accept`.
   */
  uint16_t serve_port;
  uint16_t reserved3;
  uint32_t serve_len; /**< longest message received on a connection that the network opened; 0: 4096 */
  /**
   * Our PSK identity (RFC 4279 5.1) in the sessions that we open, where it is not to be the IMPI, such as that of a
   * network with an agreement of its own. Never one that begins with "pcscf:": that is the other role's.
   * \return octets written, 1 to `cap` (128); anything else: IMSTLS_ERR_USIM ends the registration. NULL: the IMPI
   */
  int (*psk_identity)(void *user, char *out, size_t cap);
} imstls_config;

#ifdef __cplusplus
#define IMSTLS_CONFIG_DEFAULTS imstls_config_defaults()
#else
#define IMSTLS_CONFIG_DEFAULTS                                                                                         \
  {                                                                                                                    \
    .size = sizeof(imstls_config)                                                                                      \
  }
#endif

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
 * \brief  Deregisters (TS 24.229 5.1.1.6) and stops; in any state before REGISTERED it only stops.
 * A deregistration without answer counts as done after 10 s.
 * \param  client  the client
 * \return IMSTLS_OK; IMSTLS_ERR_STATE: already stopped
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
 * \brief  Does what can be done now; never blocks.
 * Whatever arrives, one call takes from all links together at most 16384 octets (and one datagram more), 32 messages,
 * and 16 of reads, handshake turns and accepted connections; what one of these costs in TLS is bounded by the TLS part.
 * What is left is for the next call: imstls_client_timeout_ms says 0 then.
 * \param  client  the client
 * \return IMSTLS_OK; the registration's final error once it has stopped with one; IMSTLS_ERR_STATE: from a callback
 */
IMSTLS_API int imstls_client_step(imstls_client *client);

/**
 * \brief  Which sockets to wait for before the next step.
 * \param  client  the client
 * \param  out     written: at most `cap`
 * \param  cap     elements; 8 are always enough
 * \return how many there are, also above `cap`
 */
IMSTLS_API size_t imstls_client_waits(const imstls_client *client, imstls_wait *out, size_t cap);

/**
 * \brief  Milliseconds until step must be called although no socket is ready.
 * \param  client  the client
 * \return 0: now; -1: no deadline
 */
IMSTLS_API int64_t imstls_client_timeout_ms(imstls_client *client);

/**
 * \brief  Sends one SIP message of the host's on the registered, trusted flow. The response to a request that came on
 *  another link goes out there, as long as it is open (RFC 3261 18.2.2); the last four such requests are known.
 *  It leaves at the next step, which also tells IMSTLS_EVENT_SENT.
 * \param  client   the client
 * \param  message  whole, with Via and everything; Security-Verify and Route are the host's to add (see the getters)
 * \param  len      octets, at most tx_len
 * \return IMSTLS_OK; IMSTLS_NOT_READY: not registered; IMSTLS_WANT_WRITE: the last one is still leaving, try after a
 *         step; IMSTLS_ERR_TX_TOO_LONG; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_client_send(imstls_client *client, const char *message, size_t len);

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
/** \brief  What makes the flow trusted. \param client the client \return IMSTLS_TRUST_BY_... */
IMSTLS_API int imstls_client_trust(const imstls_client *client);
/** \brief  Security-Verify for every request on the flow (RFC 3329 2.3.1). \param client the client \return empty:
 *  none is due; borrowed until the next step */
IMSTLS_API imstls_text imstls_client_security_verify(const imstls_client *client);
/** \brief  Service-Route as one comma list; the route set is the P-CSCF and this. \param client the client \return
 *  borrowed until the next step */
IMSTLS_API imstls_text imstls_client_service_route(const imstls_client *client);
/** \brief  P-Associated-URI as one comma list, the default identity first. \param client the client \return
 *  borrowed until the next step */
IMSTLS_API imstls_text imstls_client_associated_uri(const imstls_client *client);
/** \brief  Local address of the flow, for Via and Contact. \param client the client \param out written \return
 *  IMSTLS_OK; IMSTLS_ERR_STATE: no flow */
IMSTLS_API int imstls_client_local_address(const imstls_client *client, imstls_address *out);

/**
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
 * \brief  The resolver's answer to a request that was pending. Late, doubled and unknown ones are ignored.
 * \param  client     the client
 * \param  request    number that `resolve` got
 * \param  addresses  in the order to try; copied, at most 8
 * \param  count      0: no address
 * \return IMSTLS_OK; IMSTLS_ERR_STATE; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_client_resolved(imstls_client *client, uint32_t request, const imstls_address *addresses,
                                      size_t count);

/**
 * \brief  Feed mode: the connection that IMSTLS_EVENT_OPEN asked for is there.
 * \param  client  the client
 * \param  local   our address on it, for Via and Contact
 * \return IMSTLS_OK; IMSTLS_ERR_STATE: not asked for; IMSTLS_ERR_USAGE
 */
IMSTLS_API int imstls_client_connected(imstls_client *client, const imstls_address *local);

/**
 * \brief  Feed mode: octets that the network brought. Then call imstls_client_step.
 * \param  client  the client
 * \param  data    octets
 * \param  len     how many
 * \return octets taken (0 to len: the rest again after a step); IMSTLS_ERR_STATE: no connection
 */
IMSTLS_API int imstls_client_feed(imstls_client *client, const uint8_t *data, size_t len);

/**
 * \brief  Feed mode: octets for the network.
 * \param  client  the client
 * \param  out     written
 * \param  cap     octets of `out`
 * \return octets written; 0: none
 */
IMSTLS_API int imstls_client_pull(imstls_client *client, uint8_t *out, size_t cap);

/**
 * \brief  Feed mode: the connection failed or ended.
 * \param  client  the client
 * \return IMSTLS_OK; IMSTLS_ERR_STATE: there was none
 */
IMSTLS_API int imstls_client_disconnected(imstls_client *client);

#ifdef __cplusplus
}

inline imstls_config imstls_config_defaults()
{
  imstls_config config = imstls_config();
  config.size = sizeof config;
  return config;
}
#endif
#endif
