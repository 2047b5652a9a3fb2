/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file event.h
 * \brief What a client tells through `on_event`, and what it counts.
 */
#ifndef IMSTLS_EVENT_H
#define IMSTLS_EVENT_H

#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup register
 * @{ */

/** Kinds of imstls_event. What fields a kind sets is said at each. */
enum imstls_event_type {
  IMSTLS_EVENT_CONNECTING = 1, /**< `line`: address and port */
  /** handshake done: `version`, `line`: suite, `flag`: resumed, `cert` (empty with PSK) */
  IMSTLS_EVENT_TLS = 2,
  /** `line`: start line; `message`: all of it, secrets redacted unless `show_secrets`. A build without the feature
   *  `trace` tells neither this nor RECEIVED */
  IMSTLS_EVENT_SENT = 3,
  IMSTLS_EVENT_RECEIVED = 4,  /**< `line`: start line; `message`: all of it */
  IMSTLS_EVENT_CHALLENGE = 5, /**< `line`: algorithm; `value`: IMSTLS_AUTN_...; `error`: why it was refused, or 0 */
  /** `value`: IMSTLS_TRUST_BY_...; `s_token`: IMSTLS_S_TOKEN_...; `error` when refused */
  IMSTLS_EVENT_TRUST = 6,
  IMSTLS_EVENT_AGREED = 7, /**< `line`: mechanism */
  /** `expires_s`, `service_route`, `associated_uri`, `line`: mechanism, `value`: IMSTLS_TRUST_BY_... */
  IMSTLS_EVENT_REGISTERED = 8,
  IMSTLS_EVENT_REFRESHED = 9,     /**< as REGISTERED */
  IMSTLS_EVENT_LOST = 10,         /**< the registration is lost, a new attempt follows: `error`, `sip_status` */
  IMSTLS_EVENT_DEREGISTERED = 11, /**< asked for, and done. `error`: why there was no 200, 0: there was, or
                                       nothing was registered */
  /** the attempt failed, the next follows: `error`, `sip_status`, `expires_s`: seconds to wait; `value`: 1 when each
   *  P-CSCF had its turn in this round, 0: another one follows, or this one once more */
  IMSTLS_EVENT_RETRY = 12,
  IMSTLS_EVENT_FAILED = 13, /**< the end: `error`, `sip_status` */
  /** a decision that the application may log: `line`; `error`: what led to it, or 0. IMSTLS_ERR_STORAGE: `store` or
   *  `load` failed, and the registration goes on */
  IMSTLS_EVENT_POLICY = 14,
  /** feed mode: the application connects to `line` (host:port) over TCP, without Nagle's algorithm, then calls
   *  imstls_client_connected with `connection`. `value`: IMSTLS_SERVICE_...; `flag`: 1: the port is a default, and the
   *  DNS may name another one (RFC 3263 4.2). `replaces`: the connection that stays beside it until its
   *  IMSTLS_EVENT_CLOSE, and the new one goes to the same address; 0: none */
  IMSTLS_EVENT_OPEN = 15,
  /** feed mode: the application sends what imstls_client_pull still has for `connection`, and closes it. Told once for
   *  each IMSTLS_EVENT_OPEN, also where it never was connected or is gone already */
  IMSTLS_EVENT_CLOSE = 16,
  /** the network's connection to us: `line`: its address, `flag`: 1 TLS, 0 IPsec; `error`: it was refused or ended, or
   *  there can be none. The registration does not depend on it */
  IMSTLS_EVENT_SERVED = 17,
  /** a message was passed over: `value`: IMSTLS_DROPPED_...; `count`: how many were for this reason since it was told
   *  last; `line`: its start line as far as it is known, any octets. At most eight of these events come a second;
   *  imstls_client_stats counts all. With IMSTLS_DROPPED_UNREADABLE `error` is IMSTLS_ERR_RX_TOO_LONG,
   *  IMSTLS_ERR_SIP_OVERSIZED or IMSTLS_ERR_SIP_MALFORMED, and `sip_status` what it was answered with on a trusted link
   *  while registered (400, 501, 505, 513; see imstls_sip_refuse), 0: nothing, as always in a build without the feature
   *  `refuse`. The link stays, unless more of the message comes than 256 KiB or than 30 s bring */
  IMSTLS_EVENT_DROPPED = 18,
  /** our address on the flow or our Contact is another one than before: `local`, `contact`, `old_local`, `old_contact`
   *  (both empty the first time). After REGISTERED or REFRESHED. What was stamped and waits gets the new ones; dialogs
   *  need a target refresh (RFC 3261 12.2) */
  IMSTLS_EVENT_FLOW = 19,
  /** a send was refused with IMSTLS_WANT_WRITE, and there is room for that message now */
  IMSTLS_EVENT_ROOM = 20,
  /** a message that send took does not leave any more: `line`, `message` as it was queued, `error`. Told for each that
   *  waits when the registration is lost or ends, but not after imstls_client_stop or imstls_client_free. A new channel
   *  (re-authentication, imstls_client_network_changed) loses none: they leave there */
  IMSTLS_EVENT_UNSENT = 21,
  /** a request that left has no final response, and the flow that it left on is no more: `line`: its method; `branch`:
   *  of the Via that the application wrote; `error`: why the flow ended, 0: it was replaced. The response may still
   *  come, or never. Told for the last 32 such requests; not for ACK, and never by a build without `unanswered` */
  IMSTLS_EVENT_UNANSWERED = 22,
  /** what NOTIFY says of a registration (policy.reg_event), once for a document: `state`: IMSTLS_REGINFO_ACTIVE,
   *  _TERMINATED or 0, `value`: IMSTLS_REGINFO_REGISTERED to _REJECTED or 0, `flag`: 1 when it is our Contact, `line`:
   *  its URI as it stands there, `expires_s`: of _SHORTENED the time that is left, of _PROBATION that to wait. What
   *  follows is told as LOST, RETRY, FAILED (IMSTLS_ERR_DEREGISTERED) or REFRESHED. With `error`: the subscription
   *  failed (`sip_status`, or 0), or a document cannot be read; the registration does not depend on it */
  IMSTLS_EVENT_REG_EVENT = 23
};

/** Why a message was passed over. */
enum imstls_dropped {
  IMSTLS_DROPPED_UNREADABLE = 0, /**< too long or malformed */
  IMSTLS_DROPPED_EARLY = 1,      /**< before the channel is trusted and registered, and no response to our REGISTER */
  IMSTLS_DROPPED_CALL_ID = 2,    /**< a response to REGISTER with another Call-ID than ours */
  IMSTLS_DROPPED_VIA = 3,        /**< likewise, another branch than that of the last REGISTER, or a Via more or less */
  IMSTLS_DROPPED_CSEQ = 4,       /**< likewise, another CSeq number */
  IMSTLS_DROPPED_TAG = 5,        /**< likewise, another From tag */
  IMSTLS_DROPPED_LATE = 6,       /**< its REGISTER has its final response already, or has not left whole */
  IMSTLS_DROPPED_SOURCE = 7,     /**< a datagram or connection from elsewhere than the P-CSCF's protected ports */
  IMSTLS_DROPPED_SELF = 8,       /**< our own request, come back to our own port */
  IMSTLS_DROPPED_NOT_TAKEN = 9,  /**< `on_message` said "not now" for 4 s; a request was answered 503 */
  IMSTLS_DROPPED_COUNT           /**< how many reasons there are */
};

/** What the USIM said of AUTN. */
enum imstls_autn {
  IMSTLS_AUTN_OK = 0,           /**< genuine and fresh */
  IMSTLS_AUTN_MAC_FAILURE = 1,  /**< not of our network */
  IMSTLS_AUTN_SYNC_FAILURE = 2, /**< its sequence number is an old one */
  IMSTLS_AUTN_NOT_RUN = 3       /**< the USIM was not asked */
};
/** What the channel is trusted by. */
enum imstls_trust_by {
  IMSTLS_TRUST_BY_NONE = 0,          /**< refused, or not yet */
  IMSTLS_TRUST_BY_TOKEN = 1,         /**< s_token */
  IMSTLS_TRUST_BY_PKI = 2,           /**< chain, dates and name of the certificate */
  IMSTLS_TRUST_BY_TOKEN_AND_PKI = 3, /**< both */
  IMSTLS_TRUST_BY_PSK = 4,           /**< CK and IK as the key of the session */
  IMSTLS_TRUST_BY_IPSEC = 5,         /**< SAs keyed by CK and IK */
  IMSTLS_TRUST_BY_RESUMPTION = 6     /**< the session that it resumes */
};
/** What was found of the s_token. */
enum imstls_s_token {
  IMSTLS_S_TOKEN_OK = 0,            /**< right */
  IMSTLS_S_TOKEN_MISSING = 1,       /**< none where one is due */
  IMSTLS_S_TOKEN_MALFORMED = 2,     /**< also doubled */
  IMSTLS_S_TOKEN_MISMATCH = 3,      /**< not over this certificate, or not with this IK */
  IMSTLS_S_TOKEN_NOT_APPLICABLE = 4 /**< none is due on this channel */
};

/** Something happened. Texts are borrowed for the length of the callback. */
typedef struct imstls_event {
  size_t size;
  int32_t type;        /**< IMSTLS_EVENT_... */
  int32_t error;       /**< code of error.h, or 0 */
  uint32_t sip_status; /**< of a RECEIVED response; else of the final one that `error` is a refusal by; 0: none */
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
  uint32_t count;
  uint32_t connection; /**< feed mode: its number, which is new with each IMSTLS_EVENT_OPEN; never 0 */
  uint32_t replaces;
  int32_t state;                      /**< of IMSTLS_EVENT_REG_EVENT */
  imstls_text local, contact;         /**< as Via and Contact say them; see IMSTLS_EVENT_FLOW */
  imstls_text old_local, old_contact; /**< before */
  imstls_text branch;                 /**< of a Via, at most its first 63 octets */
} imstls_event;

/** What was counted since the client was made; each wraps at 2^32. */
typedef struct imstls_stats {
  size_t size;                            /**< in: of the caller's struct */
  uint32_t sent, received;                /**< SIP messages on all links, those that were dropped apart */
  uint32_t attempts;                      /**< to register */
  uint32_t registrations, losses;         /**< IMSTLS_EVENT_REGISTERED, _LOST */
  uint32_t dropped[IMSTLS_DROPPED_COUNT]; /**< by reason, also those that were not told */
} imstls_stats;

/** @} */

#ifdef __cplusplus
}
#endif
#endif
