/* SPDX-License-Identifier: Apache-2.0 */
/* What the application is told of the reg event (IMSTLS_EVENT_REG_EVENT). */
#ifndef IMSTLS_CLIENT_REG_EVENT_TOLD_H
#define IMSTLS_CLIENT_REG_EVENT_TOLD_H

#include <imstls/reginfo.h>

#include "client/client.h"

void imstls_i_reg_event_failed(imstls_client *c, int error, uint32_t sip_status);
/* The contact of a document that decided, or one that is not ours; none where its `size` is 0. */
void imstls_i_reg_event_tell(imstls_client *c, const imstls_reginfo_contact *contact, bool ours);

#endif
