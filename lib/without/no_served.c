/* SPDX-License-Identifier: Apache-2.0 */
#include "client/incoming.h"
#include "client/served.h"

void imstls_i_served_init(imstls_client *c) { (void)c; }

void imstls_i_served_key(imstls_client *c) { (void)c; }

void imstls_i_served_start(imstls_client *c) { (void)c; }

void imstls_i_served_stop(imstls_client *c) { (void)c; }

void imstls_i_served_greet(imstls_client *c) { (void)c; }

imstls_i_link *imstls_i_served_link(const imstls_client *c)
{
  (void)c;
  return NULL;
}

void imstls_i_served_resume(imstls_client *c) { (void)c; }

void imstls_i_served_has_more(imstls_client *c, bool more)
{
  (void)c;
  (void)more;
}

void imstls_i_served_show(imstls_client *c, enum route route)
{
  (void)c;
  (void)route;
}

void imstls_i_served_remember(imstls_client *c) { (void)c; }

const imstls_i_open_request *imstls_i_served_find(const imstls_client *c, const imstls_sip_message *response)
{
  (void)c;
  (void)response;
  return NULL;
}

size_t imstls_i_served_waits(const imstls_client *c, imstls_wait out[3])
{
  (void)c;
  (void)out;
  return 0;
}

uint64_t imstls_i_served_deadline(const imstls_client *c)
{
  (void)c;
  return NEVER;
}

void imstls_i_incoming_served(imstls_client *c) { (void)c; }
