/* SPDX-License-Identifier: Apache-2.0 */
/* What the host is told. Secrets in a message that was sent are covered while the host looks at it. */
#include "client/client.h"

enum { COVER_MAX = 5, COVER_LEN = 300 };

imstls_event imstls_i_event(int type)
{
  imstls_event event;
  memset(&event, 0, sizeof event);
  event.size = sizeof event;
  event.type = type;
  return event;
}

void imstls_i_tell_event(imstls_client *c, imstls_event *event)
{
  if (c->cfg.on_event)
    c->cfg.on_event(c->cfg.user, c, event);
}

void imstls_i_tell(imstls_client *c, int type)
{
  imstls_event event = imstls_i_event(type);
  event.error = c->why;
  event.sip_status = c->sip_status;
  imstls_i_tell_event(c, &event);
}

void imstls_i_log(imstls_client *c, const char *what, const char *detail)
{
  if (!c->cfg.on_log)
    return;
  char line[160];
  imstls_i_writer w = imstls_i_writer_make(line, sizeof line);
  IMSTLS_I_PUT_LIT(&w, "state ");
  imstls_i_put_uint(&w, (uint64_t)c->state);
  IMSTLS_I_PUT_LIT(&w, ": ");
  imstls_i_put_str(&w, what);
  IMSTLS_I_PUT_LIT(&w, " ");
  imstls_i_put_str(&w, detail);
  if (!w.failed)
    c->cfg.on_log(c->cfg.user, imstls_i_text(line, w.len));
}

struct cover {
  char *at;
  size_t len;
  char kept[COVER_LEN];
};

/* The value of `name` between quotes is covered with stars. */
static void cover(struct cover *cover, char *message, size_t len, const char *name)
{
  size_t n = strlen(name);
  cover->len = 0;
  for (size_t i = 0; i + n < len; i++) {
    if (memcmp(message + i, name, n) != 0)
      continue;
    cover->at = message + i + n;
    while (i + n + cover->len < len && cover->at[cover->len] != '"' && cover->len < COVER_LEN)
      cover->len++;
    memcpy(cover->kept, cover->at, cover->len);
    memset(cover->at, '*', cover->len);
    return;
  }
}

static void uncover(struct cover *cover)
{
  if (cover->len)
    memcpy(cover->at, cover->kept, cover->len);
  imstls_wipe(cover, sizeof *cover);
}

void imstls_i_tell_sent(imstls_client *c)
{
  if (!c->cfg.on_event)
    return;
  static const char *const names[COVER_MAX] = { "response=\"", "auts=\"", "c_token=\"", "c_token2=\"", "username=\"" };
  struct cover covers[COVER_MAX];
  memset(covers, 0, sizeof covers);
  char *message = c->tx.ptr;
  size_t len = c->flow->tx_len, line = 0;
  if (!c->cfg.show_secrets)
    for (size_t i = 0; i < COVER_MAX; i++)
      cover(&covers[i], message, len, names[i]);
  while (line < len && message[line] != '\r')
    line++;
  imstls_event event = imstls_i_event(IMSTLS_EVENT_SENT);
  event.line = imstls_i_text(message, line);
  event.message = imstls_i_text(message, len);
  imstls_i_tell_event(c, &event);
  for (size_t i = 0; i < COVER_MAX; i++)
    uncover(&covers[i]);
}
