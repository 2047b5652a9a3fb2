/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the fake world share; tests include fake.h. */
#ifndef FAKE_PARTS_H
#define FAKE_PARTS_H

#include "fake.h"

/* Counts a call of a callback that can fail; true: this one does. */
bool fake_fails(struct fake *f);

/* The stream of the flow, which a socket and a TLS session carry alike. Octets that were taken or given, or an error.
 * */
int fake_take_out(struct fake *f, const uint8_t *data, size_t len);
int fake_give_in(struct fake *f, uint8_t *data, size_t cap);

/* Each puts its callbacks into f->config. */
void fake_use_net(struct fake *f);
void fake_use_tls(struct fake *f); /* and the storage */
void fake_use_card(struct fake *f);
void fake_use_ipsec(struct fake *f);
void fake_use_ears(struct fake *f); /* events and messages */

#endif
