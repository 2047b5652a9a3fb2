/* SPDX-License-Identifier: Apache-2.0 */
#include "client/feed.h"

#include "client/client.h"

const imstls_net imstls_i_feed_net = { .size = sizeof(imstls_net) };

void imstls_i_feed_seen(imstls_client *c) { (void)c; }

size_t imstls_i_feed_waits(const imstls_i_feed *feed, imstls_wait out[FEED_CONNECTIONS])
{
  (void)feed;
  (void)out;
  return 0;
}

int imstls_client_connected(imstls_client *client, uint32_t connection, const imstls_address *local)
{
  (void)client;
  (void)connection;
  (void)local;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_client_feed(imstls_client *client, uint32_t connection, const uint8_t *data, size_t len)
{
  (void)client;
  (void)connection;
  (void)data;
  (void)len;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_client_pull(imstls_client *client, uint32_t connection, uint8_t *out, size_t cap)
{
  (void)client;
  (void)connection;
  (void)out;
  (void)cap;
  return IMSTLS_ERR_UNSUPPORTED;
}

int imstls_client_disconnected(imstls_client *client, uint32_t connection)
{
  (void)client;
  (void)connection;
  return IMSTLS_ERR_UNSUPPORTED;
}
