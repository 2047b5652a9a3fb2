/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file config.h
 * \brief The settings of a client, in groups. Begin with IMSTLS_CONFIG_DEFAULTS; 0 and NULL stand for the default of a
 *  setting wherever it has one. Strings and structs of callbacks are copied.
 */
#ifndef IMSTLS_CONFIG_H
#define IMSTLS_CONFIG_H

#include <imstls/event.h>
#include <imstls/ipsec.h>
#include <imstls/net.h>
#include <imstls/sip.h>
#include <imstls/tls.h>
#include <imstls/types.h>
#include <imstls/usim.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup register
 * @{ */

/** One registration. Private content. */
typedef struct imstls_client imstls_client;

/** Who registers. All three are required. */
typedef struct imstls_config_identity {
  size_t size;
  const char *impi;        /**< private identity, "user@realm" (TS 23.003 13.3), at most 255 octets */
  const char *impu;        /**< public identity, a SIP or tel URI (TS 23.003 13.4), at most 255 octets */
  const char *home_domain; /**< FQDN, at most 253 octets; Request-URI is "sip:" and this */
} imstls_config_identity;

/** Which device registers: extra content of REGISTER. */
typedef struct imstls_config_device {
  size_t size;
  /** such as "urn:uuid:..." or "urn:gsma:imei:...", or NULL; the IMEI form, in any case, waits for trust */
  const char *instance_id;
  const char *contact_params;      /**< feature parameters appended to Contact, such as ";+g.3gpp.smsip", or NULL */
  const char *user_agent;          /**< or NULL */
  const char *access_network_info; /**< P-Access-Network-Info, or NULL; sent on trusted channels */
  const char *extra_headers;       /**< whole header lines with CRLF for every REGISTER on a trusted channel, or NULL */
  uint32_t reg_id;                 /**< RFC 5626 4.2, at most 2^31 - 1; 0: none; needs instance_id */
  /** what belongs inside the Contact URI, such as ";sos" of an emergency registration (TS 24.229 5.1.6.2), at most 64
   *  octets; or NULL */
  const char *contact_uri_params;
} imstls_config_device;

/** Where to, and from where. */
typedef struct imstls_config_network {
  size_t size;
  /** HOST[:PORT], at most 8 of them separated by commas, tried in this order; IPv6 in brackets. The port is that of the
   *  first message, TLS or in clear as `flow` says. Required */
  const char *pcscf;
  /** Name for SNI and PKI, at most 255 octets, both without a final dot, or an IP literal, which is no SNI and which an
   *  iPAddress of the certificate has to match (RFC 9525 6.4); NULL: host of the P-CSCF */
  const char *server_name;
  const char *local_interface; /**< interface to bind to, or NULL */
  imstls_address local;        /**< address to bind to; family 0: any */
  uint16_t tls_port;           /**< where neither `pcscf` nor the resolver names one; 0: 5061 */
  uint16_t plain_port;         /**< likewise; 0: 5060 */
  int32_t transport;           /**< outside TLS: IMSTLS_NET_TCP (also 0) or IMSTLS_NET_UDP, which needs `net` */
  uint32_t mark;               /**< socket mark; 0: none */
} imstls_config_network;

/** imstls_config_policy.flow. */
enum imstls_flow {
  IMSTLS_FLOW_TLS_FIRST = 0,  /**< TLS, then the first REGISTER in it */
  IMSTLS_FLOW_AGREE_FIRST = 1 /**< the first REGISTER in clear, then TLS */
};
/** imstls_config_policy.sec_agree. */
enum imstls_sec_agree {
  IMSTLS_SEC_AGREE_REQUIRED = 0, /**< a 401 names what the P-CSCF has */
  IMSTLS_SEC_AGREE_OPTIONAL = 1, /**< over TLS it need not */
  IMSTLS_SEC_AGREE_OFF = 2       /**< none is asked for */
};
/** imstls_config_policy.trust. */
enum imstls_trust {
  IMSTLS_TRUST_TOKEN = 0,        /**< by the s_token */
  IMSTLS_TRUST_TOKEN_OR_PKI = 1, /**< by the s_token; where there is none, by the PKI */
  IMSTLS_TRUST_TOKEN_AND_PKI = 2 /**< by both */
};
/** imstls_config_policy.psk. */
enum imstls_psk {
  IMSTLS_PSK_OFF = 0,   /**< certificates alone */
  IMSTLS_PSK_ALLOW = 1, /**< beside certificates, once a vector exists */
  IMSTLS_PSK_ONLY = 2   /**< instead of certificates */
};
/** imstls_config_policy.fallback. */
enum imstls_fallback {
  IMSTLS_FALLBACK_NONE = 0, /**< a refused handshake ends the attempt */
  IMSTLS_FALLBACK_IPSEC = 1 /**< it leads to an agreement in clear and IPsec */
};
/** imstls_config_policy.amf_separation (TS 33.102 annex H). */
enum imstls_amf {
  IMSTLS_AMF_ANY = 0,       /**< either is taken */
  IMSTLS_AMF_REQUIRE_0 = 1, /**< it must be 0 */
  IMSTLS_AMF_REQUIRE_1 = 2  /**< it must be 1 */
};
/** imstls_config_policy.token2. */
enum imstls_token2 {
  IMSTLS_TOKEN2_OFF = 0,      /**< not looked at */
  IMSTLS_TOKEN2_ALLOWED = 1,  /**< a wrong one is refused; nobody tells that one was stripped */
  IMSTLS_TOKEN2_REQUIRED = 2, /**< there must be one */
  IMSTLS_TOKEN2_PINNED = 3    /**< there must be one of a home domain that once sent a right one */
};

/** What is asked for, accepted and shown. */
typedef struct imstls_config_policy {
  size_t size;
  const char *offer; /**< Security-Client list without SPIs and ports, at most 512 octets; NULL: "tls" */
  int32_t flow;      /**< IMSTLS_FLOW_... */
  int32_t sec_agree; /**< IMSTLS_SEC_AGREE_...: OPTIONAL: a 401 over TLS may lack its list, and PKI, a PSK or the
                          s_token vouches for the channel */
  int32_t trust;     /**< IMSTLS_TRUST_...: token alone is the default */
  int32_t psk;       /**< IMSTLS_PSK_...; a PSK needs octets of CK and IK, no key handle */
  /** IMSTLS_FALLBACK_...: what follows where the P-CSCF refuses TLS before a handshake was complete: no connection, an
   *  alert, an end, or silence (timers.fallback_ms). An end is none where it registered us over TLS before and that
   *  registration was lost: IMSTLS_ERR_CONNECTION, until the application registers anew or the network changed */
  int32_t fallback;
  uint32_t algorithms;    /**< IMSTLS_DIGEST_BIT(...) accepted; 0: all AKA ones */
  int32_t amf_separation; /**< IMSTLS_AMF_... */
  int32_t token_key;      /**< IMSTLS_TOKEN_KEY_... under AKAv2 */
  int32_t token2;         /**< IMSTLS_TOKEN2_...; PINNED needs `store` and `load` */
  uint32_t expires_s;     /**< asked registration time, seconds; 0: 600000; a 423 may raise it, see client.h */
  uint32_t session_age_s; /**< a TLS session that was trusted may be resumed for so long after its AKA run, and no
                               longer than its registration lives; needs `store`, `load` and `wall_s`; 0: 86400 */
  uint32_t attempts;      /**< until the client gives up with the last error; 0: it gives up for final errors alone */
  uint32_t privacy_off;   /**< 1: P-Access-Network-Info, User-Agent and IMEI go out before trust too */
  uint32_t show_secrets;  /**< 1: events and log show response, c_token, auts and IMPI */
  /** 1: each registration subscribes to its reg event, and what the network says in it is followed: see client.h. It
   *  takes twice limits.route_max and some 1500 octets */
  uint32_t reg_event;
  uint32_t reserved;
} imstls_config_policy;

/** Milliseconds; 0: the default, for the first three that of TS 24.229 table 7.7.1. */
typedef struct imstls_config_timers {
  size_t size;
  uint32_t t1_ms, t2_ms, timer_f_ms; /**< 2000, 16000, 128000; at most a week */
  uint32_t connect_ms;               /**< TCP connect, and before it the answer of the resolver; 0: 10000 */
  uint32_t handshake_ms;             /**< TLS handshake; 0: 20000 */
  uint32_t usim_ms;                  /**< answer of the USIM; 0: 10000 */
  /** CRLF ping on an idle flow (RFC 5626 3.5.1); 0: 95 to 120 s at random; UINT32_MAX: off. Where the P-CSCF asks for
   *  pings (Flow-Timer; keep, RFC 6223): at 80 to 100 % of its time, of 10 s at least, and after this time at most */
  uint32_t keepalive_ms;
  /** RFC 5626 4.5; 0: 30000, 1800000. A registration that was lost is tried again soon (return_ms); one that did not
   *  hold 60 s counts as a failure, and the next such waits. One that held makes good the failures before it */
  uint32_t backoff_base_ms, backoff_max_ms;
  /** A P-CSCF that says nothing at all to a first REGISTER for so long gives its turn to the next one; when there is
   *  none, that is told (IMSTLS_EVENT_POLICY, IMSTLS_ERR_TIMEOUT) and the wait goes on until timer_f_ms; at most a
   *  week; 0: 16000 */
  uint32_t answer_ms;
  /** A lost registration comes back within this time, at random, so that all who were lost with a P-CSCF do not come
   *  at once; at most a week; 0: 5000; 1: at once */
  uint32_t return_ms;
  /** TLS handshake where IMSTLS_FALLBACK_IPSEC may follow: one that is not over by then counts as refused. 0: 8000; a
   *  shorter handshake_ms counts instead */
  uint32_t fallback_ms;
} imstls_config_timers;

/** Sizes in octets, at most 2^24; 0: the default. */
typedef struct imstls_config_limits {
  size_t size;
  /** longest message received, at least 512; 0: 16384; see IMSTLS_EVENT_DROPPED. A TLS session is saved for resumption
   *  where its record, certificate included, fits as well */
  uint32_t rx_len;
  uint32_t tx_len;       /**< longest message sent, at least 512; 0: 16384. A REGISTER has as much room of its own */
  uint32_t cert_max;     /**< longest end-entity certificate that is taken; 0: 16384; the client keeps no copy of it */
  uint32_t secagree_max; /**< Security-Server list; 0: 1024 */
  uint32_t auth_max;     /**< challenge, and Authorization; 0: 2048 */
  uint32_t route_max;    /**< Service-Route, a Contact that another one rewrote, and as much of P-Associated-URI as
                              fits beside them; 0: 2048 */
  /** feed mode: octets buffered each way of a connection, of which there are two with IMSTLS_FLOW_AGREE_FIRST; 0: 4096
   */
  uint32_t feed_len;
  uint32_t queue_len; /**< messages of the application that wait to leave, some 40 octets more each; what is below
                              tx_len, as 0: one of tx_len, or several shorter ones */
  /** room of a REGISTER, and of a message that is stamped anew for another flow, whatever waits; a longer one needs
   *  what the queue has left, and a REGISTER without it ends the registration with IMSTLS_ERR_TX_TOO_LONG; at least
   *  512; 0: 6144; what is above tx_len: tx_len */
  uint32_t register_len;
  /** requests of the application that left and have no final answer yet, at most 255, some 80 octets each; of more the
   *  oldest is not told by IMSTLS_EVENT_UNANSWERED; 0: 32; a build without `unanswered` has room for none */
  uint32_t unanswered_max;
  /** what imstls_client_set_pcscf may set where the settings need less, and half of it for
   *  imstls_client_set_access_network_info; 0: 512 */
  uint32_t set_max;
  uint32_t reserved;
} imstls_config_limits;

/** What the client stands on. Required: usim, tls, random, now_ms. */
typedef struct imstls_config_ports {
  size_t size;
  const imstls_usim *usim;
  const imstls_net *net; /**< NULL: feed mode (imstls_client_feed, imstls_client_pull) */
  const imstls_tls *tls;
  const imstls_ipsec *ipsec; /**< NULL: no IPsec */
  /** Octets of the best randomness there is. \return IMSTLS_OK; IMSTLS_ERR_RANDOM */
  int (*random)(void *random_user, uint8_t *out, size_t len);
  void *random_user;
  /** Milliseconds of a clock that never goes back and counts suspend. */
  uint64_t (*now_ms)(void *clock_user);
  /** Seconds since 1970, or negative: unknown. NULL: unknown. Asked under a PKI policy alone, when a TLS session is
   *  opened: the dates of certificates are compared with it. Unknown, PKI vouches for nothing: with
   *  IMSTLS_TRUST_TOKEN_AND_PKI the registration ends with IMSTLS_ERR_CLOCK, with IMSTLS_TRUST_TOKEN_OR_PKI a token is
   *  due, and where there is none it ends the same way */
  int64_t (*wall_s)(void *clock_user);
  void *clock_user;
  /**
   * Saves (`len` > 0) or forgets (0) a record under a name, for session resumption and token2 pins. May be NULL.
   * The record "tls-session" is a secret: it holds the master secret of a TLS session, beside its server's
   * certificate and the IMPI. Who reads it can decrypt that session (TLS 1.2) and be either end of the one that
   * resumes it, and to us that end is trusted without a token. So it belongs where only this program reads and
   * writes: in memory, in the platform's key store, or in a file of mode 0600 that is encrypted under a key of the
   * device and left out of backups; overwritten once it is forgotten or replaced. The records "token2-pin ..." hold
   * no secret, but who deletes one takes the pin away. The library wipes `data` afterwards; copies are the
   * application's to wipe.
   * A failure changes nothing in the registration and is told by IMSTLS_EVENT_POLICY with IMSTLS_ERR_STORAGE: a pin
   * that is not stored protects nobody from stripping at the next registration, a session that is not stored costs a
   * full handshake, and one that is not forgotten stays readable for whoever reads the storage.
   * \return IMSTLS_OK; IMSTLS_ERR_STORAGE (as is anything else)
   */
  int (*store)(void *storage_user, const char *name, const uint8_t *data, size_t len);
  /**
   * Loads it; the library wipes `out` once used. May be NULL. A pin that cannot be read may be there: a challenge
   * without s_token2 then ends the registration with IMSTLS_ERR_STORAGE. A session that cannot be read is not resumed,
   * which IMSTLS_EVENT_POLICY tells with the same error.
   * \return octets (0: none); IMSTLS_ERR_STORAGE (as is anything negative)
   */
  int (*load)(void *storage_user, const char *name, uint8_t *out, size_t cap);
  void *storage_user;
} imstls_config_ports;

/** What the application is told and asked. Each may be NULL. */
typedef struct imstls_config_callbacks {
  size_t size;
  void *user; /**< handed to each of these */
  void (*on_event)(void *user, imstls_client *client, const imstls_event *event);
  /**
   * A request or a response that is not the registration's arrived on the trusted, registered flow, or on a connection
   * that the network opened (imstls_config_serving).
   * \return 1: the application took it and answers with imstls_client_send; 0: the library answers (200 to OPTIONS, 416
   *         to one whose Request-URI is neither sip, sips nor tel, 420 to one that requires an extension, 501 to a
   *         method of no RFC, 405 to everything else but ACK). NULL: always the latter. Responses are only shown.
   *         IMSTLS_NOT_READY: not now. The message is shown again after imstls_client_resume, or after 4 s for the last
   *         time; refused then too, a request is answered 503, and so is each that is refused after it at once, until
   *         imstls_client_resume. Nothing behind it is read meanwhile, which is why it is not longer: pongs and answers
   *         to our REGISTER come there as well. Over UDP it is dropped, and the peer repeats it.
   */
  int (*on_message)(void *user, imstls_client *client, const imstls_sip_message *message);
  /** One line for a log, secrets redacted; NULL in a build without `trace`. */
  void (*on_log)(void *user, imstls_text line);
  /**
   * Our PSK identity (RFC 4279 5.1) in the sessions that we open, where it is not to be the IMPI, such as that of a
   * network with an agreement of its own. Never one that begins with "pcscf:": that is the other role's.
   * \return octets written, 1 to `cap` (128); anything else: IMSTLS_ERR_USIM ends the registration. NULL: the IMPI
   */
  int (*psk_identity)(void *user, char *out, size_t cap);
} imstls_config_callbacks;

/** Connections that the network opens to us. */
typedef struct imstls_config_serving {
  size_t size;
  uint32_t rx_len; /**< longest message received there, 512 to 2^24 octets; 0: 4096 */
  /**
   * Port on which the network may open TLS to us while we are registered over TLS, with the PSK (CK || IK) of the
   * registration under the identity "pcscf:" and the IMPI; it stands in Contact. 0: none. Needs `net` with `accept`, a
   * free session of `tls` for each of two such connections, and octets of CK and IK. In IPsec the protected server
   * port serves by itself (TS 33.203 7.1) when `net` has `accept`.
   */
  uint16_t port;
} imstls_config_serving;

/** Everything a client needs. `size` stands first here and in each group, so that each can grow: what an older caller
 *  does not know is zero, its default. */
typedef struct imstls_config {
  size_t size;
  imstls_config_identity identity;
  imstls_config_device device;
  imstls_config_network network;
  imstls_config_policy policy;
  imstls_config_timers timers;
  imstls_config_limits limits;
  imstls_config_ports ports;
  imstls_config_callbacks callbacks;
  imstls_config_serving serving;
} imstls_config;

/** Limits of a small device: the client takes at most 12 KiB where pointers have 32 bits. A 401 and a 200 of a real
 *  core have some 900 and 1000 octets, a REGISTER 1300. */
#define IMSTLS_LIMITS_SMALL                                                                                            \
  {                                                                                                                    \
    sizeof(imstls_config_limits), 1536, 1408, 0, 256, 640, 384, 192, 1408, 1408, 2, 64, 0                              \
  }

/* IMSTLS_CONFIG_DEFAULTS; IMSTLS_CONFIG_SMALL: the same with IMSTLS_LIMITS_SMALL. */
#ifdef __cplusplus
#define IMSTLS_CONFIG_DEFAULTS imstls_config_defaults()
#define IMSTLS_CONFIG_SMALL imstls_config_small()
#else
#define IMSTLS_CONFIG_SIZES                                                                                            \
  .size = sizeof(imstls_config), .identity = { .size = sizeof(imstls_config_identity) },                               \
  .device = { .size = sizeof(imstls_config_device) }, .network = { .size = sizeof(imstls_config_network) },            \
  .policy = { .size = sizeof(imstls_config_policy) }, .timers = { .size = sizeof(imstls_config_timers) },              \
  .ports = { .size = sizeof(imstls_config_ports) }, .callbacks = { .size = sizeof(imstls_config_callbacks) },          \
  .serving = { .size = sizeof(imstls_config_serving) }
#define IMSTLS_CONFIG_DEFAULTS                                                                                         \
  {                                                                                                                    \
    IMSTLS_CONFIG_SIZES, .limits = {.size = sizeof(imstls_config_limits) }                                             \
  }
#define IMSTLS_CONFIG_SMALL                                                                                            \
  {                                                                                                                    \
    IMSTLS_CONFIG_SIZES, .limits = IMSTLS_LIMITS_SMALL                                                                 \
  }
#endif

/** @} */

#ifdef __cplusplus
}

inline imstls_config imstls_config_defaults()
{
  imstls_config config = imstls_config();
  config.size = sizeof config;
  config.identity.size = sizeof config.identity;
  config.device.size = sizeof config.device;
  config.network.size = sizeof config.network;
  config.policy.size = sizeof config.policy;
  config.timers.size = sizeof config.timers;
  config.limits.size = sizeof config.limits;
  config.ports.size = sizeof config.ports;
  config.callbacks.size = sizeof config.callbacks;
  config.serving.size = sizeof config.serving;
  return config;
}

inline imstls_config imstls_config_small()
{
  const imstls_config_limits small = IMSTLS_LIMITS_SMALL;
  imstls_config config = imstls_config_defaults();
  config.limits = small;
  return config;
}
#endif
#endif
