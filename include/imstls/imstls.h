/* SPDX-License-Identifier: Apache-2.0 */
/**
 * \file imstls.h
 * \brief Everything but the headers of ready-made parts that name mbedTLS types (mbedtls.h).
 *
 * \section levels Three entry levels
 *  - Values (aka.h, token.h, secagree.h, digest.h, sip.h, reginfo.h, identity.h): pure functions for stacks that own
 *    REGISTER themselves.
 *  - Client (client.h): the registration over callbacks for sockets (net.h), TLS (tls.h), USIM (usim.h), time and
 *    randomness.
 *  - Ready-made parts: the rest of net.h and usim.h, cares.h, card.h with pcsc.h and at.h, ipsec.h and mbedtls.h; each
 *    an object file of its own, linked only if named.
 *
 * \section conventions Conventions, which hold wherever a comment says nothing else
 *  - Results: 0 (IMSTLS_OK) or a negative code of error.h. Lengths are octets, times milliseconds unless named `_s`.
 *  - Input: every (pointer, length) pair may hold any octet, NUL among them. A pointer may be NULL only where its
 *    comment says so or where its length is 0; elsewhere NULL is answered with IMSTLS_ERR_USAGE, or with what stands
 *    for nothing where no code is returned (NULL, 0, -1, an empty text). Strings (`const char *`) end with NUL and are
 *    copied.
 *  - Output: written only on success, unless a comment says otherwise; secrets in it are the caller's to wipe
 *    (imstls_wipe). A view (imstls_text, imstls_bytes) borrows from the input and lives as long as it does.
 *  - Structs that may grow begin with `size`. Whoever fills one sets it, by the _DEFAULTS or _INIT macro of the struct
 *    or by IMSTLS_SIZED. Once a struct has grown, an older program hands over a smaller one. In imstls_config,
 *    imstls_mbedtls_config and structs of callbacks what is missing has its default or is absent; imstls_tls_facts, and
 *    the imstls_aka_result of a USIM, are used as far as they go. Every other one is refused before anything is
 *    written: with IMSTLS_ERR_USAGE, or with NULL where a function makes callbacks of a part that the application owns
 *    (imstls_net_posix_part, imstls_ipsec_xfrm_part, imstls_mbedtls_lender, imstls_soft_usim, imstls_usim_card).
 *  - Structs that the library fills from nothing (imstls_aka_result, imstls_aka_diagnosis, imstls_challenge,
 *    imstls_answer, imstls_mechanism, imstls_sip_message, imstls_reginfo, imstls_reginfo_contact,
 *    imstls_reginfo_verdict) need no `size` before: the library writes all of them, `size` too. They, and
 *    imstls_sip_framer, which begins as zero, grow with a new shared-object name alone.
 *  - Structs without `size` are pure values, which do not grow: imstls_text, imstls_bytes, imstls_address, imstls_wait,
 *    imstls_identity, imstls_aka_vector, imstls_ipsec_end, imstls_sip_via, imstls_sip_address, imstls_sip_field; or
 *    they are only found inside of another, whose `size` counts them: imstls_key_handle, imstls_tls_io,
 *    imstls_card_identity, imstls_ipsec_xfrm_set and what is named _private.
 *  - Callback structs are copied when they are handed over; what their `user` points to is borrowed until
 *    imstls_client_free.
 *  - Threads: no global state, and no locks but inside an imstls_mbedtls that clients of several threads share
 *    (mbedtls.h). One client is used by one thread at a time; many clients by many threads.
 *  - Reentrancy: callbacks run only inside imstls_client_step, _stop, _free, _new and _init; `now_ms` also inside
 *    _timeout_ms. From inside a callback every function of client.h may be called for the same client and does what
 *    its comment says, with three exceptions. _step: IMSTLS_ERR_STATE. _stop and _free take effect when the call that
 *    runs the callback returns; until then more callbacks may come, so what `user` points to must stay. After one of
 *    them was called, _register, _refresh, _deregister and _network_changed answer IMSTLS_ERR_STATE and _send
 *    IMSTLS_NOT_READY.
 *  - Secrets are wiped when they are no longer needed; comparisons of secrets take constant time.
 */

/**
 * \defgroup register Register, stay registered, leave
 * A client from its settings to its end, and what it tells.
 *
 * \defgroup run Drive it from an event loop
 * When to call the client, and what to bring it that is not ready at once.
 *
 * \defgroup exchange Send and receive
 * Messages and calls of the application on the registered flow.
 *
 * \defgroup values Values, for stacks that own REGISTER
 * Pure functions: nothing is kept, nothing is sent, nothing is allocated.
 *
 * \defgroup values_answer Challenge, tokens, security agreement, the 200
 * \ingroup values
 * From the 401 to Authorization, and what a 200 says.
 *
 * \defgroup values_aka AKA and identities
 * \ingroup values
 * Milenage, TUAK, AUTN, AUTS, sequence numbers; identities from an IMSI.
 *
 * \defgroup values_sip SIP messages
 * \ingroup values
 * Read, framed, answered; the body of a reg event.
 *
 * \defgroup usim USIM and cards
 * Where AKA runs: in software, on a card in a reader, in a modem, or elsewhere.
 *
 * \defgroup ports Ports: sockets, names, TLS, IPsec
 * The callbacks that reach the world, and ready-made parts that fill them.
 *
 * \defgroup errors Errors
 * Each result, its name, its words and its class.
 *
 * \defgroup basics Texts, addresses, wiping, version
 * What every other group uses.
 */
#ifndef IMSTLS_IMSTLS_H
#define IMSTLS_IMSTLS_H

#include <imstls/accepted.h>
#include <imstls/aka.h>
#include <imstls/at.h>
#include <imstls/card.h>
#include <imstls/cares.h>
#include <imstls/client.h>
#include <imstls/config.h>
#include <imstls/digest.h>
#include <imstls/error.h>
#include <imstls/event.h>
#include <imstls/identity.h>
#include <imstls/ipsec.h>
#include <imstls/net.h>
#include <imstls/outbound.h>
#include <imstls/pcsc.h>
#include <imstls/reginfo.h>
#include <imstls/secagree.h>
#include <imstls/sip.h>
#include <imstls/tls.h>
#include <imstls/token.h>
#include <imstls/types.h>
#include <imstls/usim.h>
#include <imstls/version.h>

#endif
