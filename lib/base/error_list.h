/* SPDX-License-Identifier: Apache-2.0 */
/* Each result code: its class, its name, and a sentence for people. No include guard: read with ROW defined. */
/* clang-format off */
ROW(IMSTLS_OK, OK, ok, "Done.")
ROW(IMSTLS_PENDING, PROGRESS, pending, "The operation has begun and is not finished yet.")
ROW(IMSTLS_WANT_READ, PROGRESS, want_read, "Waiting for data from the network.")
ROW(IMSTLS_WANT_WRITE, PROGRESS, want_write, "Waiting until data can be sent.")
ROW(IMSTLS_CLOSED, PROGRESS, closed, "The server closed the connection.")
ROW(IMSTLS_NOT_READY, PROGRESS, not_ready, "The phone is not registered, so nothing was sent.")
ROW(IMSTLS_END, PROGRESS, end, "There is nothing more.")

ROW(IMSTLS_ERR_USAGE, USAGE, usage, "The program called the library with a wrong argument.")
ROW(IMSTLS_ERR_STATE, INTERNAL, state, "The program called the library at a wrong moment.")
ROW(IMSTLS_ERR_CONFIG, USAGE, config, "A setting is missing, malformed or contradicts another.")
ROW(IMSTLS_ERR_UNSUPPORTED, USAGE, unsupported, "This program was built without that feature.")
ROW(IMSTLS_ERR_INTERNAL, INTERNAL, internal, "The library has a defect.")

ROW(IMSTLS_ERR_CAPACITY, INTERNAL, capacity, "A buffer of the program is too small.")
ROW(IMSTLS_ERR_MEMORY, INTERNAL, memory, "There is not enough memory.")
ROW(IMSTLS_ERR_RX_TOO_LONG, SIP, rx_too_long, "The server sent a message that is longer than the limit.")
ROW(IMSTLS_ERR_TX_TOO_LONG, INTERNAL, tx_too_long, "A message to the server would be longer than the limit.")
ROW(IMSTLS_ERR_CERT_TOO_LONG, TLS, cert_too_long, "The server's certificate is longer than the limit.")
ROW(IMSTLS_ERR_SECAGREE_TOO_LONG, SIP, secagree_too_long, "The server's list of security mechanisms is too long.")
ROW(IMSTLS_ERR_CHALLENGE_TOO_LONG, SIP, challenge_too_long, "The network's challenge is longer than the limit.")
ROW(IMSTLS_ERR_ROUTE_TOO_LONG, SIP, route_too_long, "The network's list of routes or identities is too long.")

ROW(IMSTLS_ERR_USIM, USIM, usim, "The SIM card failed or was removed.")
ROW(IMSTLS_ERR_USIM_STORAGE, USIM, usim_storage, "The SIM's sequence numbers could not be stored.")
ROW(IMSTLS_ERR_RANDOM, INTERNAL, random, "There is no source of random numbers.")
ROW(IMSTLS_ERR_STORAGE, USIM, storage, "Data of the program could not be stored or read.")
ROW(IMSTLS_ERR_USIM_TIMEOUT, USIM, usim_timeout, "The SIM card did not answer in time.")
ROW(IMSTLS_ERR_CRYPTO, INTERNAL, crypto, "A cryptographic operation failed.")
ROW(IMSTLS_ERR_IPSEC, INTERNAL, ipsec, "The IPsec protection could not be set up.")
ROW(IMSTLS_ERR_USIM_PIN, USIM, usim_pin, "The SIM card asks for its PIN, the PIN is wrong, or it is blocked.")
ROW(IMSTLS_ERR_USIM_APP, USIM, usim_app, "The SIM card lacks a USIM or ISIM application or one of its files.")
ROW(IMSTLS_ERR_USIM_DATA, USIM, usim_data, "The SIM card gave a malformed answer.")
ROW(IMSTLS_ERR_USIM_IO, USIM, usim_io, "The card reader or the modem failed.")
ROW(IMSTLS_ERR_USIM_PIN_TRIES, USIM, usim_pin_tries,
    "The PIN was not sent, because a wrong one might block the SIM card until its PUK is entered.")

ROW(IMSTLS_ERR_RESOLVE, UNREACHABLE, resolve, "The server's name has no address.")
ROW(IMSTLS_ERR_CONNECT, UNREACHABLE, connect, "The server cannot be reached.")
ROW(IMSTLS_ERR_CONNECTION, UNREACHABLE, connection, "The connection to the server was lost.")
ROW(IMSTLS_ERR_TIMEOUT, UNREACHABLE, timeout, "The server did not answer in time.")

ROW(IMSTLS_ERR_TLS, TLS, tls, "The encrypted connection failed.")
ROW(IMSTLS_ERR_TLS_ALERT, TLS, tls_alert, "The server ended the encrypted connection with an alert.")
ROW(IMSTLS_ERR_TLS_CERT, TLS, tls_cert, "The server's certificate cannot be used.")
ROW(IMSTLS_ERR_TLS_REFUSED, TLS, tls_refused, "The server refused an encrypted connection.")
ROW(IMSTLS_ERR_TLS_PROPERTIES, TLS, tls_properties, "The encrypted connection lacks a protection that it needs.")
ROW(IMSTLS_ERR_TLS_FRAGMENTED, TLS, tls_fragmented,
    "The server sends its certificate in pieces, which this program's TLS cannot join.")
ROW(IMSTLS_ERR_TLS_KEY_UPDATE, TLS, tls_key_update,
    "The server changed the keys of the connection, which this program's TLS cannot do.")
ROW(IMSTLS_ERR_TLS_PSS, TLS, tls_pss, "The server signs in a way that this program's TLS cannot check.")
ROW(IMSTLS_ERR_TLS_DOWNGRADE, TLS, tls_downgrade, "Somebody may be trying to force an older TLS on the connection.")
ROW(IMSTLS_ERR_TLS_NOT_SPOKEN, TLS, tls_not_spoken, "The server does not speak TLS on that port.")

ROW(IMSTLS_ERR_SIP_MALFORMED, SIP, sip_malformed, "The server sent a malformed message.")
ROW(IMSTLS_ERR_SIP_OVERSIZED, SIP, sip_oversized, "The server sent a message with a part that is too large.")
ROW(IMSTLS_ERR_SIP_REJECTED, REJECTED, sip_rejected, "The network rejected the registration.")
ROW(IMSTLS_ERR_SIP_CHALLENGES, REJECTED, sip_challenges, "The network asked for authentication too many times.")
ROW(IMSTLS_ERR_SIP_NOT_BOUND, REJECTED, sip_not_bound, "The network answered but did not register this phone.")
ROW(IMSTLS_ERR_DEREGISTERED, REJECTED, deregistered, "The network ended the registration.")

ROW(IMSTLS_ERR_AKA_MAC, NETWORK, aka_mac, "The network could not prove that it knows this SIM card.")
ROW(IMSTLS_ERR_AKA_SYNC, NETWORK, aka_sync, "The network and the SIM card could not agree on sequence numbers.")
ROW(IMSTLS_ERR_AKA_REPEATED, NETWORK, aka_repeated, "The network repeated a challenge that was already answered.")
ROW(IMSTLS_ERR_NO_CHALLENGE, NETWORK, no_challenge, "The network accepted without any proof, so it is not trusted.")
ROW(IMSTLS_ERR_RSPAUTH, NETWORK, rspauth, "The network's proof in its final answer is wrong.")
ROW(IMSTLS_ERR_AKA_AMF, NETWORK, aka_amf, "The network's challenge was made for another kind of access.")
ROW(IMSTLS_ERR_AKA_RATE, REJECTED, aka_rate, "The SIM card was asked too often; try again later.")

ROW(IMSTLS_ERR_S_TOKEN_MISSING, SERVER, s_token_missing, "The server gave no proof for its certificate.")
ROW(IMSTLS_ERR_S_TOKEN_MALFORMED, SERVER, s_token_malformed, "The server's proof for its certificate is malformed.")
ROW(IMSTLS_ERR_S_TOKEN_DOUBLED, SERVER, s_token_doubled, "The server's challenge holds something twice.")
ROW(IMSTLS_ERR_S_TOKEN_MISMATCH, SERVER, s_token_mismatch,
    "The server's proof does not match its certificate: somebody may be listening in.")
ROW(IMSTLS_ERR_KEYS_EXPOSED, SERVER, keys_exposed, "The server exposed secret keys in its challenge.")
ROW(IMSTLS_ERR_PKI, SERVER, pki, "The server's certificate is not trusted.")
ROW(IMSTLS_ERR_S_TOKEN2_MISSING, SERVER, s_token2_missing, "The server gave no strong proof for its certificate.")
ROW(IMSTLS_ERR_C_TOKEN, SERVER, c_token, "The phone's proof for the connection is wrong.")
ROW(IMSTLS_ERR_S_TOKEN2_MISMATCH, SERVER, s_token2_mismatch,
    "The server's strong proof for its certificate is wrong.")
ROW(IMSTLS_ERR_CLOCK, SERVER, clock, "The server's certificate cannot be judged because the time is unknown.")
ROW(IMSTLS_ERR_NOT_TRUSTED, SERVER, not_trusted, "The server is not trusted, so nothing secret was sent.")

ROW(IMSTLS_ERR_BID_DOWN, AGREEMENT, bid_down, "Somebody may be trying to weaken the protection of the connection.")
ROW(IMSTLS_ERR_SECAGREE_NONE, AGREEMENT, secagree_none, "Phone and server have no security mechanism in common.")
ROW(IMSTLS_ERR_SECAGREE_LOOP, AGREEMENT, secagree_loop, "The server kept asking for another security mechanism.")
ROW(IMSTLS_ERR_ALGORITHM, AGREEMENT, algorithm,
    "The network offers only authentication algorithms that are not allowed.")
ROW(IMSTLS_ERR_SECAGREE_MALFORMED, AGREEMENT, secagree_malformed,
    "The server's list of security mechanisms is malformed.")
ROW(IMSTLS_ERR_CHALLENGE, AGREEMENT, challenge, "The network sent no usable challenge.")
ROW(IMSTLS_ERR_SELFIE, AGREEMENT, selfie, "The connection leads back to this phone itself.")
ROW(IMSTLS_ERR_SECAGREE_CHANGED, AGREEMENT, secagree_changed, "Somebody changed the offered protection midway.")
ROW(IMSTLS_ERR_UNPROTECTED, AGREEMENT, unprotected, "The network accepted over a connection that nothing protects.")
/* clang-format on */
