/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz octets for a whole client: text with placeholders becomes what fits the client's REGISTER under way. */
#ifndef CLIENT_STREAM_H
#define CLIENT_STREAM_H

#include "fake.h"

/* The placeholder `what`: b branch, c Call-ID, t tag, q CSeq, u contact user, U our Contact URI, V all header lines of
 * a response to the REGISTER, N those of the next NOTIFY of the reg event, S those of a response to its SUBSCRIBE,
 * L Security-Server, P a thousand octets, H right challenge; h one without token, x with a wrong token, w of a wrong
 * key, s of an old sequence number. \return octets of `out` (at most 1400); 0: no such placeholder */
size_t client_stream_fill(struct fake *f, char what, char out[1400]);
/* Settings from one octet each. */
void client_stream_config(struct fake *f, uint8_t policy, uint8_t world);
/* What happens beside the stream, such as c: the peer closes, p: time passes until the next deadline. */
void client_stream_beside(struct fake *f, char what);

#endif
