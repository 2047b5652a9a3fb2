/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

typedef struct error_entry {
  int code;
  int class_of; /* IMSTLS_CLASS_... */
  const char *name;
  const char *text;
} error_entry;

static const error_entry entries[] = {
  { IMSTLS_OK, IMSTLS_CLASS_OK, "ok", "Done." },
  { IMSTLS_PENDING, IMSTLS_CLASS_PROGRESS, "pending", "The operation has begun and is not finished yet." },
  { IMSTLS_WANT_READ, IMSTLS_CLASS_PROGRESS, "want_read", "Waiting for data from the network." },
  { IMSTLS_WANT_WRITE, IMSTLS_CLASS_PROGRESS, "want_write", "Waiting until data can be sent." },
  { IMSTLS_CLOSED, IMSTLS_CLASS_PROGRESS, "closed", "The server closed the connection." },
  { IMSTLS_NOT_READY, IMSTLS_CLASS_PROGRESS, "not_ready", "The phone is not registered, so nothing was sent." },
  { IMSTLS_END, IMSTLS_CLASS_PROGRESS, "end", "There is nothing more." },

  { IMSTLS_ERR_USAGE, IMSTLS_CLASS_USAGE, "usage", "The program called the library with a wrong argument." },
  { IMSTLS_ERR_STATE, IMSTLS_CLASS_INTERNAL, "state", "The program called the library at a wrong moment." },
  { IMSTLS_ERR_CONFIG, IMSTLS_CLASS_USAGE, "config", "A setting is missing, malformed or contradicts another." },
  { IMSTLS_ERR_UNSUPPORTED, IMSTLS_CLASS_USAGE, "unsupported", "This program was built without that feature." },
  { IMSTLS_ERR_INTERNAL, IMSTLS_CLASS_INTERNAL, "internal", "The library has a defect." },

  { IMSTLS_ERR_CAPACITY, IMSTLS_CLASS_INTERNAL, "capacity", "A buffer of the program is too small." },
  { IMSTLS_ERR_MEMORY, IMSTLS_CLASS_INTERNAL, "memory", "There is not enough memory." },
  { IMSTLS_ERR_RX_TOO_LONG, IMSTLS_CLASS_SIP, "rx_too_long",
    "The server sent a message that is longer than the limit." },
  { IMSTLS_ERR_TX_TOO_LONG, IMSTLS_CLASS_INTERNAL, "tx_too_long",
    "A message to the server would be longer than the limit." },
  { IMSTLS_ERR_CERT_TOO_LONG, IMSTLS_CLASS_TLS, "cert_too_long", "The server's certificate is longer than the limit." },
  { IMSTLS_ERR_SECAGREE_TOO_LONG, IMSTLS_CLASS_SIP, "secagree_too_long",
    "The server's list of security mechanisms is too long." },
  { IMSTLS_ERR_CHALLENGE_TOO_LONG, IMSTLS_CLASS_SIP, "challenge_too_long",
    "The network's challenge is longer than the limit." },
  { IMSTLS_ERR_ROUTE_TOO_LONG, IMSTLS_CLASS_SIP, "route_too_long",
    "The network's list of routes or identities is too long." },

  { IMSTLS_ERR_USIM, IMSTLS_CLASS_USIM, "usim", "The SIM card failed or was removed." },
  { IMSTLS_ERR_USIM_STORAGE, IMSTLS_CLASS_USIM, "usim_storage", "The SIM's sequence numbers could not be stored." },
  { IMSTLS_ERR_RANDOM, IMSTLS_CLASS_INTERNAL, "random", "There is no source of random numbers." },
  { IMSTLS_ERR_STORAGE, IMSTLS_CLASS_USIM, "storage", "Data of the program could not be stored or read." },
  { IMSTLS_ERR_USIM_TIMEOUT, IMSTLS_CLASS_USIM, "usim_timeout", "The SIM card did not answer in time." },
  { IMSTLS_ERR_CRYPTO, IMSTLS_CLASS_INTERNAL, "crypto", "A cryptographic operation failed." },
  { IMSTLS_ERR_IPSEC, IMSTLS_CLASS_INTERNAL, "ipsec", "The IPsec protection could not be set up." },
  { IMSTLS_ERR_USIM_PIN, IMSTLS_CLASS_USIM, "usim_pin",
    "The SIM card asks for its PIN, the PIN is wrong, or it is blocked." },
  { IMSTLS_ERR_USIM_APP, IMSTLS_CLASS_USIM, "usim_app",
    "The SIM card lacks a USIM or ISIM application or one of its files." },
  { IMSTLS_ERR_USIM_DATA, IMSTLS_CLASS_USIM, "usim_data", "The SIM card gave a malformed answer." },
  { IMSTLS_ERR_USIM_IO, IMSTLS_CLASS_USIM, "usim_io", "The card reader or the modem failed." },
  { IMSTLS_ERR_USIM_PIN_TRIES, IMSTLS_CLASS_USIM, "usim_pin_tries",
    "The PIN was not sent, because a wrong one might block the SIM card until its PUK is entered." },

  { IMSTLS_ERR_RESOLVE, IMSTLS_CLASS_UNREACHABLE, "resolve", "The server's name has no address." },
  { IMSTLS_ERR_CONNECT, IMSTLS_CLASS_UNREACHABLE, "connect", "The server cannot be reached." },
  { IMSTLS_ERR_CONNECTION, IMSTLS_CLASS_UNREACHABLE, "connection", "The connection to the server was lost." },
  { IMSTLS_ERR_TIMEOUT, IMSTLS_CLASS_UNREACHABLE, "timeout", "The server did not answer in time." },

  { IMSTLS_ERR_TLS, IMSTLS_CLASS_TLS, "tls", "The encrypted connection failed." },
  { IMSTLS_ERR_TLS_ALERT, IMSTLS_CLASS_TLS, "tls_alert", "The server ended the encrypted connection with an alert." },
  { IMSTLS_ERR_TLS_CERT, IMSTLS_CLASS_TLS, "tls_cert", "The server's certificate cannot be used." },
  { IMSTLS_ERR_TLS_REFUSED, IMSTLS_CLASS_TLS, "tls_refused", "The server refused an encrypted connection." },
  { IMSTLS_ERR_TLS_PROPERTIES, IMSTLS_CLASS_TLS, "tls_properties",
    "The encrypted connection lacks a protection that it needs." },
  { IMSTLS_ERR_TLS_FRAGMENTED, IMSTLS_CLASS_TLS, "tls_fragmented",
    "The server sends its certificate in pieces, which this program's TLS cannot join." },
  { IMSTLS_ERR_TLS_KEY_UPDATE, IMSTLS_CLASS_TLS, "tls_key_update",
    "The server changed the keys of the connection, which this program's TLS cannot do." },
  { IMSTLS_ERR_TLS_PSS, IMSTLS_CLASS_TLS, "tls_pss",
    "The server signs in a way that this program's TLS cannot check." },
  { IMSTLS_ERR_TLS_DOWNGRADE, IMSTLS_CLASS_TLS, "tls_downgrade",
    "Somebody may be trying to force an older TLS on the connection." },
  { IMSTLS_ERR_TLS_NOT_SPOKEN, IMSTLS_CLASS_TLS, "tls_not_spoken", "The server does not speak TLS on that port." },

  { IMSTLS_ERR_SIP_MALFORMED, IMSTLS_CLASS_SIP, "sip_malformed", "The server sent a malformed message." },
  { IMSTLS_ERR_SIP_OVERSIZED, IMSTLS_CLASS_SIP, "sip_oversized",
    "The server sent a message with a part that is too large." },
  { IMSTLS_ERR_SIP_REJECTED, IMSTLS_CLASS_REJECTED, "sip_rejected", "The network rejected the registration." },
  { IMSTLS_ERR_SIP_CHALLENGES, IMSTLS_CLASS_REJECTED, "sip_challenges",
    "The network asked for authentication too many times." },
  { IMSTLS_ERR_SIP_NOT_BOUND, IMSTLS_CLASS_REJECTED, "sip_not_bound",
    "The network answered but did not register this phone." },
  { IMSTLS_ERR_DEREGISTERED, IMSTLS_CLASS_REJECTED, "deregistered", "The network ended the registration." },

  { IMSTLS_ERR_AKA_MAC, IMSTLS_CLASS_NETWORK, "aka_mac", "The network could not prove that it knows this SIM card." },
  { IMSTLS_ERR_AKA_SYNC, IMSTLS_CLASS_NETWORK, "aka_sync",
    "The network and the SIM card could not agree on sequence numbers." },
  { IMSTLS_ERR_AKA_REPEATED, IMSTLS_CLASS_NETWORK, "aka_repeated",
    "The network repeated a challenge that was already answered." },
  { IMSTLS_ERR_NO_CHALLENGE, IMSTLS_CLASS_NETWORK, "no_challenge",
    "The network accepted without any proof, so it is not trusted." },
  { IMSTLS_ERR_RSPAUTH, IMSTLS_CLASS_NETWORK, "rspauth", "The network's proof in its final answer is wrong." },
  { IMSTLS_ERR_AKA_AMF, IMSTLS_CLASS_NETWORK, "aka_amf",
    "The network's challenge was made for another kind of access." },
  { IMSTLS_ERR_AKA_RATE, IMSTLS_CLASS_REJECTED, "aka_rate", "The SIM card was asked too often; try again later." },

  { IMSTLS_ERR_S_TOKEN_MISSING, IMSTLS_CLASS_SERVER, "s_token_missing",
    "The server gave no proof for its certificate." },
  { IMSTLS_ERR_S_TOKEN_MALFORMED, IMSTLS_CLASS_SERVER, "s_token_malformed",
    "The server's proof for its certificate is malformed." },
  { IMSTLS_ERR_S_TOKEN_DOUBLED, IMSTLS_CLASS_SERVER, "s_token_doubled",
    "The server's challenge holds something twice." },
  { IMSTLS_ERR_S_TOKEN_MISMATCH, IMSTLS_CLASS_SERVER, "s_token_mismatch",
    "The server's proof does not match its certificate: somebody may be listening in." },
  { IMSTLS_ERR_KEYS_EXPOSED, IMSTLS_CLASS_SERVER, "keys_exposed", "The server exposed secret keys in its challenge." },
  { IMSTLS_ERR_PKI, IMSTLS_CLASS_SERVER, "pki", "The server's certificate is not trusted." },
  { IMSTLS_ERR_S_TOKEN2_MISSING, IMSTLS_CLASS_SERVER, "s_token2_missing",
    "The server gave no strong proof for its certificate." },
  { IMSTLS_ERR_C_TOKEN, IMSTLS_CLASS_SERVER, "c_token", "The phone's proof for the connection is wrong." },
  { IMSTLS_ERR_S_TOKEN2_MISMATCH, IMSTLS_CLASS_SERVER, "s_token2_mismatch",
    "The server's strong proof for its certificate is wrong." },
  { IMSTLS_ERR_CLOCK, IMSTLS_CLASS_SERVER, "clock",
    "The server's certificate cannot be judged because the time is unknown." },
  { IMSTLS_ERR_NOT_TRUSTED, IMSTLS_CLASS_SERVER, "not_trusted",
    "The server is not trusted, so nothing secret was sent." },

  { IMSTLS_ERR_BID_DOWN, IMSTLS_CLASS_AGREEMENT, "bid_down",
    "Somebody may be trying to weaken the protection of the connection." },
  { IMSTLS_ERR_SECAGREE_NONE, IMSTLS_CLASS_AGREEMENT, "secagree_none",
    "Phone and server have no security mechanism in common." },
  { IMSTLS_ERR_SECAGREE_LOOP, IMSTLS_CLASS_AGREEMENT, "secagree_loop",
    "The server kept asking for another security mechanism." },
  { IMSTLS_ERR_ALGORITHM, IMSTLS_CLASS_AGREEMENT, "algorithm",
    "The network offers only authentication algorithms that are not allowed." },
  { IMSTLS_ERR_SECAGREE_MALFORMED, IMSTLS_CLASS_AGREEMENT, "secagree_malformed",
    "The server's list of security mechanisms is malformed." },
  { IMSTLS_ERR_CHALLENGE, IMSTLS_CLASS_AGREEMENT, "challenge", "The network sent no usable challenge." },
  { IMSTLS_ERR_SELFIE, IMSTLS_CLASS_AGREEMENT, "selfie", "The connection leads back to this phone itself." },
  { IMSTLS_ERR_SECAGREE_CHANGED, IMSTLS_CLASS_AGREEMENT, "secagree_changed",
    "Somebody changed the offered protection midway." },
  { IMSTLS_ERR_UNPROTECTED, IMSTLS_CLASS_AGREEMENT, "unprotected",
    "The network accepted over a connection that nothing protects." },
};

static const error_entry *entry_of(int code)
{
  for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
    if (entries[i].code == code)
      return &entries[i];
  return NULL;
}

const char *imstls_error_name(int error)
{
  const error_entry *entry = entry_of(error);
  return entry ? entry->name : "unknown";
}

const char *imstls_error_text(int error)
{
  const error_entry *entry = entry_of(error);
  return entry ? entry->text : "An unknown error occurred.";
}

int imstls_error_class(int error)
{
  const error_entry *entry = entry_of(error);
  return entry ? entry->class_of : IMSTLS_CLASS_INTERNAL;
}
