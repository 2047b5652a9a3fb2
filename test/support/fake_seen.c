/* SPDX-License-Identifier: Apache-2.0 */
/* What the client told, and what of it left: events, messages, octets that were sent. */
#include "fake.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "client/client.h"
#include "fake_parts.h"

static void on_event(void *user, imstls_client *client, const imstls_event *event)
{
  struct fake *f = user;
  (void)client;
  ck_assert_int_lt(f->event_count, FAKE_EVENTS);
  f->events[f->event_count] = *event;
  size_t len = event->line.len < 119 ? event->line.len : 119;
  if (len)
    memcpy(f->lines[f->event_count], event->line.ptr, len);
  f->lines[f->event_count][len] = '\0';
  f->event_count++;
  if (f->hook)
    f->hook(f, event);
}

static int on_message(void *user, imstls_client *client, const imstls_sip_message *m)
{
  struct fake *f = user;
  (void)client;
  f->messages++;
  snprintf(f->last_message, sizeof f->last_message, "%.*s", (int)m->line.len, m->line.ptr);
  snprintf(f->last_raw, sizeof f->last_raw, "%.*s", (int)m->raw.len, m->raw.ptr);
  if (f->at_once)
    ck_assert_int_eq(imstls_client_send(f->client, f->at_once, strlen(f->at_once)), IMSTLS_OK);
  return f->take_messages;
}

void fake_use_ears(struct fake *f)
{
  f->config.callbacks.user = f;
  f->config.callbacks.on_event = on_event;
  f->config.callbacks.on_message = on_message;
}

const imstls_event *fake_event(const struct fake *f, int type)
{
  for (int i = f->event_count - 1; i >= 0; i--)
    if (f->events[i].type == type)
      return &f->events[i];
  return NULL;
}

const char *fake_line(const struct fake *f, int type)
{
  const imstls_event *event = fake_event(f, type);
  return event ? f->lines[event - f->events] : "";
}

static bool holds(const void *where, size_t len, const void *what, size_t what_len)
{
  const char *at = where;
  for (size_t i = 0; i + what_len <= len; i++)
    if (memcmp(at + i, what, what_len) == 0)
      return true;
  return false;
}

static bool holds_secret(const char *where, size_t len, const void *secret, size_t secret_len)
{
  char hex[80];
  imstls_i_hex_encode(secret, secret_len, hex);
  return holds(where, len, secret, secret_len) || holds(where, len, hex, 2 * secret_len);
}

void fake_check_untrusted(const struct fake *f)
{
  ck_assert(!holds(f->untrusted, f->untrusted_len, "c_token", 7));
  if (!f->seq)
    return;
  ck_assert(!holds_secret(f->untrusted, f->untrusted_len, f->vector.res, 8));
  ck_assert(!holds_secret(f->untrusted, f->untrusted_len, f->vector.ck, 16));
  ck_assert(!holds_secret(f->untrusted, f->untrusted_len, f->vector.ik, 16));
}

bool fake_sent_secret(const struct fake *f, const void *secret, size_t len)
{
  char hex[80];
  ck_assert(len * 2 < sizeof hex && len >= 4);
  imstls_i_hex_encode(secret, len, hex);
  return holds(f->sent, f->sent_len, secret, len) || holds(f->sent, f->sent_len, hex, 2 * len);
}

bool fake_sent_text(const struct fake *f, const char *text) { return holds(f->sent, f->sent_len, text, strlen(text)); }

bool fake_block_holds(const struct fake *f, const void *secret, size_t len)
{
  char hex[80];
  imstls_i_hex_encode(secret, len, hex);
  return holds(f->client, f->client->block.len, secret, len) || holds(f->client, f->client->block.len, hex, 2 * len);
}
