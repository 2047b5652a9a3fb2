/* SPDX-License-Identifier: Apache-2.0 */
#include "client/event.h"

/* Counted all the same. */
void imstls_i_tell_received(imstls_client *c, const imstls_sip_message *m)
{
  (void)m;
  imstls_i_stats_received(&c->stats);
}

void imstls_i_tell_sent(imstls_client *c, char *message, size_t len)
{
  (void)message;
  (void)len;
  imstls_i_stats_sent(&c->stats);
}

void imstls_i_log(const imstls_client *c, const char *what, const char *detail)
{
  (void)c;
  (void)what;
  (void)detail;
}

void imstls_i_log_code(const imstls_client *c, const char *what, int code, const char *detail)
{
  (void)c;
  (void)what;
  (void)code;
  (void)detail;
}

void imstls_i_log_input(const imstls_client *c, imstls_i_input in)
{
  (void)c;
  (void)in;
}
