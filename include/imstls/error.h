/* SPDX-License-Identifier: Apache-2.0 */
/** \file error.h  Every result code. 0 is success, the rest are negative, a class each hundred. */
#ifndef IMSTLS_ERROR_H
#define IMSTLS_ERROR_H

#include <imstls/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** \addtogroup errors
 * @{ */

/** Results: 0, progress, and errors, a class each hundred. */
enum imstls_error {
  IMSTLS_OK = 0, /**< done */

  /* -1 to -99: progress, not failures */
  IMSTLS_PENDING = -1,    /**< begun; a completion call or a later step ends it */
  IMSTLS_WANT_READ = -2,  /**< nothing to read now */
  IMSTLS_WANT_WRITE = -3, /**< nothing can be written now */
  IMSTLS_CLOSED = -4,     /**< the peer closed in good order */
  IMSTLS_NOT_READY = -5,  /**< not registered: nothing was sent or queued */
  IMSTLS_END = -6,        /**< no further element */

  /* -100: usage, the caller's mistake */
  IMSTLS_ERR_USAGE = -100,       /**< an argument is NULL, out of range or contradicts another */
  IMSTLS_ERR_STATE = -101,       /**< not in this state, or not from inside a callback */
  IMSTLS_ERR_CONFIG = -102,      /**< a setting is missing, malformed or contradicts another */
  IMSTLS_ERR_UNSUPPORTED = -103, /**< this build has no such feature */
  IMSTLS_ERR_INTERNAL = -104,    /**< a defect of libimstls */

  /* -200: capacity, a buffer is too small */
  IMSTLS_ERR_CAPACITY = -200,           /**< the caller's output buffer is too small */
  IMSTLS_ERR_MEMORY = -201,             /**< imstls_client_new found no memory */
  IMSTLS_ERR_RX_TOO_LONG = -202,        /**< a message is longer than `rx_len` */
  IMSTLS_ERR_TX_TOO_LONG = -203,        /**< a message would be longer than `tx_len` */
  IMSTLS_ERR_CERT_TOO_LONG = -204,      /**< the certificate is longer than `cert_max` */
  IMSTLS_ERR_SECAGREE_TOO_LONG = -205,  /**< a Security-Server list is longer than `secagree_max` */
  IMSTLS_ERR_CHALLENGE_TOO_LONG = -206, /**< challenge or Authorization longer than `auth_max` */
  IMSTLS_ERR_ROUTE_TOO_LONG = -207, /**< Service-Route longer than `route_max`; of P-Associated-URI what fits is kept */

  /* -300: a callback of the application failed */
  IMSTLS_ERR_USIM = -300,           /**< the USIM failed or was removed */
  IMSTLS_ERR_USIM_STORAGE = -301,   /**< sequence numbers could not be stored */
  IMSTLS_ERR_RANDOM = -302,         /**< no randomness */
  IMSTLS_ERR_STORAGE = -303,        /**< the storage callback failed */
  IMSTLS_ERR_USIM_TIMEOUT = -304,   /**< the USIM never answered */
  IMSTLS_ERR_CRYPTO = -305,         /**< mbedTLS refused a cryptographic operation */
  IMSTLS_ERR_IPSEC = -306,          /**< security associations could not be reserved or installed */
  IMSTLS_ERR_USIM_PIN = -307,       /**< the card wants its PIN, the PIN was wrong, or it is blocked */
  IMSTLS_ERR_USIM_APP = -308,       /**< no USIM or ISIM application on the card, or a file of it is missing */
  IMSTLS_ERR_USIM_DATA = -309,      /**< the card's answer breaks its own coding */
  IMSTLS_ERR_USIM_IO = -310,        /**< the reader or the modem failed */
  IMSTLS_ERR_USIM_PIN_TRIES = -311, /**< the PIN was not sent: too few tries are left, or the card does not tell */

  /* -400: transport */
  IMSTLS_ERR_RESOLVE = -400,    /**< the P-CSCF's name has no address */
  IMSTLS_ERR_CONNECT = -401,    /**< refused, unreachable, or timed out */
  IMSTLS_ERR_CONNECTION = -402, /**< lost: reset, closed or dead; in the handshake, too, where TLS worked before */
  IMSTLS_ERR_TIMEOUT = -403,    /**< no final response in 64*T1 (TS 24.229 7.7, Timer F) */

  /* -500: TLS; imstls_client_tls_error() has mbedTLS's code */
  IMSTLS_ERR_TLS = -500,         /**< handshake or record layer failed */
  IMSTLS_ERR_TLS_ALERT = -501,   /**< the peer sent a fatal alert */
  IMSTLS_ERR_TLS_CERT = -502,    /**< certificate unusable: key too short, wrong usage, not X.509 */
  IMSTLS_ERR_TLS_REFUSED = -503, /**< closed or refused before the handshake completed */
  /** a property that trust leans on is missing (extended master secret, unknown resumption) */
  IMSTLS_ERR_TLS_PROPERTIES = -504,
  IMSTLS_ERR_TLS_FRAGMENTED = -505, /**< a handshake message in several records, which the TLS library does not join */
  IMSTLS_ERR_TLS_KEY_UPDATE = -506, /**< KeyUpdate (RFC 8446 4.6.3), which the TLS library does not know */
  IMSTLS_ERR_TLS_PSS = -507,        /**< RSA-PSS in TLS 1.2, which the TLS library takes in TLS 1.3 alone */
  IMSTLS_ERR_TLS_DOWNGRADE = -508,  /**< a server that can do better was made to choose TLS 1.2 (RFC 8446 4.1.3) */
  IMSTLS_ERR_TLS_NOT_SPOKEN = -509, /**< what came first is no TLS record: a port for something else, such as SIP */

  /* -600: SIP */
  IMSTLS_ERR_SIP_MALFORMED = -600,  /**< not SIP, or SIP that breaks its grammar */
  IMSTLS_ERR_SIP_OVERSIZED = -601,  /**< line, header block, header count or body beyond its limit */
  IMSTLS_ERR_SIP_REJECTED = -602,   /**< final status; imstls_client_sip_status() has it */
  IMSTLS_ERR_SIP_CHALLENGES = -603, /**< too many challenges in one registration */
  IMSTLS_ERR_SIP_NOT_BOUND = -604,  /**< a 200 that does not hold our Contact */
  IMSTLS_ERR_DEREGISTERED = -605,   /**< the network ended the registration (reg event, TS 24.229 5.1.1.7) */

  /* -700: the network is not authentic */
  IMSTLS_ERR_AKA_MAC = -700,      /**< MAC of AUTN wrong (TS 33.102 6.3.3) */
  IMSTLS_ERR_AKA_SYNC = -701,     /**< the network never resynchronised (TS 33.102 6.3.5) */
  IMSTLS_ERR_AKA_REPEATED = -702, /**< a RAND that was answered lately */
  IMSTLS_ERR_NO_CHALLENGE = -703, /**< 200 before any challenge was answered */
  IMSTLS_ERR_RSPAUTH = -704,      /**< Authentication-Info: rspauth wrong (RFC 2617 3.2.3) */
  IMSTLS_ERR_AKA_AMF = -705,      /**< AMF separation bit against the setting (TS 33.102 annex H) */
  IMSTLS_ERR_AKA_RATE = -706,     /**< more card runs a minute, or more AUTS, than the limit */

  /* -750: the server is not trusted */
  IMSTLS_ERR_S_TOKEN_MISSING = -750,   /**< no s_token where one is due */
  IMSTLS_ERR_S_TOKEN_MALFORMED = -751, /**< s_token is not 24 hex digits */
  IMSTLS_ERR_S_TOKEN_DOUBLED = -752,   /**< two s_token, or another doubled parameter, in the chosen challenge */
  IMSTLS_ERR_S_TOKEN_MISMATCH = -753,  /**< s_token does not match certificate and IK */
  IMSTLS_ERR_KEYS_EXPOSED = -754,      /**< `ik` or `ck` left in the challenge */
  IMSTLS_ERR_PKI = -755,               /**< chain, date or name failed under a PKI policy */
  IMSTLS_ERR_S_TOKEN2_MISSING = -756,  /**< s_token2 required and missing */
  IMSTLS_ERR_C_TOKEN = -757,           /**< client token wrong or reflected (server side) */
  IMSTLS_ERR_S_TOKEN2_MISMATCH = -758, /**< s_token2 malformed or wrong */
  IMSTLS_ERR_CLOCK = -759,             /**< PKI trust asked and the wall time is unknown */
  IMSTLS_ERR_NOT_TRUSTED = -760,       /**< the channel is not trusted: nothing secret is released */

  /* -780: security agreement and algorithms */
  IMSTLS_ERR_BID_DOWN = -780,           /**< on TLS, and the list of the 401 lacks `tls` (RFC 3329 2.4) */
  IMSTLS_ERR_SECAGREE_NONE = -781,      /**< no mechanism in common, or no Security-Server */
  IMSTLS_ERR_SECAGREE_LOOP = -782,      /**< 421 or 494 a second time */
  IMSTLS_ERR_ALGORITHM = -783,          /**< only digest algorithms that the settings refuse */
  IMSTLS_ERR_SECAGREE_MALFORMED = -784, /**< a Security-Server list breaks its grammar */
  IMSTLS_ERR_CHALLENGE = -785,          /**< no usable AKA challenge: nonce, realm or qop malformed */
  IMSTLS_ERR_SELFIE = -786,             /**< our own request came back to us (RFC 9257 4.1) */
  IMSTLS_ERR_SECAGREE_CHANGED = -787,   /**< the list changed within one registration (RFC 3329 2.4) */
  IMSTLS_ERR_UNPROTECTED = -788         /**< 200 to a REGISTER that nothing protected (RFC 3329 2.4) */
};

/** What an error is for the application: one class for each kind of reaction, and each exit status of softphone. */
enum imstls_class {
  IMSTLS_CLASS_OK = 0,          /**< success */
  IMSTLS_CLASS_INTERNAL = 1,    /**< a defect, or this machine: memory, randomness, IPsec of the system */
  IMSTLS_CLASS_USAGE = 2,       /**< the caller's mistake, or a feature that this build lacks */
  IMSTLS_CLASS_UNREACHABLE = 3, /**< no name, no connection, no answer, connection lost */
  IMSTLS_CLASS_TLS = 4,         /**< TLS failed */
  IMSTLS_CLASS_NETWORK = 5,     /**< the network is not authentic */
  IMSTLS_CLASS_SERVER = 6,      /**< the server is not trusted */
  IMSTLS_CLASS_AGREEMENT = 7,   /**< security agreement or algorithm */
  IMSTLS_CLASS_REJECTED = 8,    /**< the network said no, or asked too often */
  IMSTLS_CLASS_SIP = 9,         /**< malformed or oversized SIP */
  IMSTLS_CLASS_USIM = 10,       /**< the USIM or storage failed */
  IMSTLS_CLASS_PROGRESS = 11    /**< no failure: call again, or nothing more to come */
};

/**
 * \brief  The class of a code.
 * \param  error  any code of this header
 * \return IMSTLS_CLASS_...; IMSTLS_CLASS_INTERNAL for anything else
 */
IMSTLS_API int imstls_error_class(int error);

/**
 * \brief  The name of a code in lower case without prefix, such as "s_token_missing".
 * \param  error  any code of this header
 * \return a static string; "unknown" for anything else
 */
IMSTLS_API const char *imstls_error_name(int error);

/**
 * \brief  One sentence in English that a user of a telephone understands.
 * \param  error  any code of this header
 * \return a static string; never NULL
 */
IMSTLS_API const char *imstls_error_text(int error);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
