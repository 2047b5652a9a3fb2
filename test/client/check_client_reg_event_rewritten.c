/* SPDX-License-Identifier: Apache-2.0 */
/* The reg event where a border controller rewrote our Contact: its URI in the 200 is ours, too. */
#include "reg_event_help.h"

#define REWRITTEN "sip:rewritten@192.0.2.50"

static void subscribed_as_rewritten(void)
{
  f->config.policy.reg_event = 1;
  fake_start(f);
  (void)fake_register(f);
  (void)challenge();
  reply(200, "Contact: <" REWRITTEN ">;expires=600000\r\n");
  (void)subscribe();
  accepted(LONG_S);
}

START_TEST(alone)
{
  subscribed_as_rewritten();
  notify(1, document(0, "full", CONTACT("terminated", "rejected"), REWRITTEN));
  ck_stopped(IMSTLS_ERR_DEREGISTERED);
}
END_TEST

/* The registration stands as long as one of the two does. */
START_TEST(beside_our_own)
{
  char both[1500];
  subscribed_as_rewritten();
  const char *gone = document(0, "full", CONTACT("terminated", "rejected"), NULL);
  const char *end = strstr(gone, "</registration>");
  snprintf(both, sizeof both,
           "%.*s<contact id=\"3\" " CONTACT("active", "registered") "><uri>" REWRITTEN "</uri></contact>%s",
           (int)(end - gone), gone, end);
  notify(1, both);
  ck_state(REGISTERED);
  notify(2, document(1, "full", CONTACT("terminated", "rejected"), REWRITTEN));
  ck_stopped(IMSTLS_ERR_DEREGISTERED);
}
END_TEST

SUITE_OF(client_reg_event_rewritten, alone, beside_our_own)
