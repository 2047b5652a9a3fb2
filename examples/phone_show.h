/* SPDX-License-Identifier: Apache-2.0 */
/* What the two ways to show a registration share: JSON (phone_show.c) and the ladder (phone_ladder.c). */
#ifndef PHONE_SHOW_H
#define PHONE_SHOW_H

#include "phone.h"

/* Names by the numbers of client.h and reginfo.h. */
extern const char *const trust_names[], *const token_names[], *const autn_names[];
extern const char *const contact_states[], *const contact_events[];
const char *why_dropped(const imstls_event *e);

void fingerprint(imstls_bytes der, char out[65]); /* SHA-256 as hex; "" without a certificate */
void tls_words(int code, char out[160]);          /* as mbedTLS writes its codes */

/* `why`: the failure that an event with an error is. */
void ladder_event(struct show *show, const imstls_event *e, const struct failure *why);
void ladder_body(const struct show *show, imstls_text body);

#endif
