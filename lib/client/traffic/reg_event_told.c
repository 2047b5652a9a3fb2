/* SPDX-License-Identifier: Apache-2.0 */
#include "client/traffic/reg_event_told.h"

#include "client/event.h"

void imstls_i_reg_event_failed(imstls_client *c, int error, uint32_t sip_status)
{
  imstls_event event = imstls_i_event(IMSTLS_EVENT_REG_EVENT);
  event.error = error;
  event.sip_status = sip_status;
  imstls_i_tell_event(c, &event);
}

void imstls_i_reg_event_tell(imstls_client *c, const imstls_reginfo_contact *contact, bool ours)
{
  imstls_event event = imstls_i_event(IMSTLS_EVENT_REG_EVENT);
  if (!contact->size)
    return;
  event.flag = ours;
  event.line = contact->uri;
  event.value = contact->event;
  event.state = contact->none ? contact->registration_state : contact->state;
  bool waits = contact->event == IMSTLS_REGINFO_PROBATION;
  int64_t seconds = waits ? contact->retry_after_s : contact->expires_s;
  event.expires_s = seconds < 0 ? 0 : (uint32_t)seconds;
  imstls_i_tell_event(c, &event);
}
