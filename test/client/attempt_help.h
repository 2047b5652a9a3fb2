/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt, and when the next one follows. */
#ifndef ATTEMPT_HELP_H
#define ATTEMPT_HELP_H

#include "client_help.h"

static inline void first(void)
{
  fake_start(f);
  (void)fake_register(f);
}

static inline const imstls_event *retry_event(void)
{
  const imstls_event *event = fake_event(f, IMSTLS_EVENT_RETRY);
  ck_assert_ptr_nonnull(event);
  return event;
}

static inline bool remote_is(const char *text)
{
  char out[56];
  (void)imstls_address_format(&f->last_open.remote, 1, out);
  return strcmp(out, text) == 0;
}

#endif
