/* SPDX-License-Identifier: Apache-2.0 */
/* Every message as it leaves or comes, secrets under stars; and the log. */
#include "client/event.h"

enum { COVER_LEN = 512, COVERED_MAX = 16 };

/* ---- messages ---- */

/* The one name of a secret that can end so; NULL: none. */
static const char *secret_name(const char last[2])
{
  switch (last[1]) {
  case 'e': return last[0] == 's' ? "response" : "username";
  case 's': return "auts";
  case 'n': return "c_token";
  case '2': return "c_token2";
  default: return NULL;
  }
}

/* What stands between quotes after one of these is nobody's business. */
static bool is_secret(const char *quote, const char *from)
{
  enum { SHORTEST = sizeof "auts=" - 1 };
  if (quote - from < SHORTEST || quote[-1] != '=')
    return false;
  const char *name = secret_name(quote - 3);
  if (!name)
    return false;
  size_t len = strlen(name);
  return (size_t)(quote - from) > len && memcmp(quote - 1 - len, name, len) == 0;
}

/* Secrets under stars. They wait in `kept`, one behind the other. */
typedef struct cover {
  imstls_text spans[COVERED_MAX]; /* of the message */
  size_t count;
  size_t used; /* octets of `kept` */
  char kept[COVER_LEN];
} cover;

/* False: not all of it fits. */
static bool put_under(cover *under, char *at, size_t len)
{
  if (under->count == COVERED_MAX || len > sizeof under->kept - under->used)
    return false;
  memcpy(under->kept + under->used, at, len);
  memset(at, '*', len);
  under->spans[under->count++] = imstls_i_text(at, len);
  under->used += len;
  return true;
}

/* False: some secrets are left. */
static bool hide_secrets(cover *under, char *message, size_t len)
{
  const char *end = message + len;
  char *quote = message;
  for (; (quote = memchr(quote, '"', (size_t)(end - quote))) != NULL; quote++) { /* each one: none need be in pairs */
    if (!is_secret(quote, message))
      continue;
    const char *close = memchr(quote + 1, '"', (size_t)(end - quote - 1));
    if (!put_under(under, quote + 1, (size_t)((close ? close : end) - quote - 1)))
      return false;
  }
  return true;
}

static void show_secrets(cover *under, char *message)
{
  const char *from = under->kept;
  for (size_t i = 0; i < under->count; i++) {
    imstls_text span = under->spans[i];
    memcpy(message + (span.ptr - message), from, span.len);
    from += span.len;
  }
  imstls_wipe(under->kept, under->used);
}

void imstls_i_tell_received(imstls_client *c, const imstls_sip_message *m)
{
  imstls_event event = imstls_i_event(IMSTLS_EVENT_RECEIVED);
  imstls_i_stats_received(&c->stats);
  event.line = m->line;
  event.message = m->raw;
  event.sip_status = m->status;
  imstls_i_tell_event(c, &event);
}

void imstls_i_tell_sent(imstls_client *c, char *message, size_t len)
{
  imstls_i_stats_sent(&c->stats);
  if (!c->cfg.callbacks.on_event)
    return;
  cover under;
  under.count = under.used = 0;
  bool hidden = c->cfg.policy.show_secrets || hide_secrets(&under, message, len);
  imstls_event event = imstls_i_event(IMSTLS_EVENT_SENT);
  event.line = imstls_i_first_line(imstls_i_text(message, len));
  event.message = hidden ? imstls_i_text(message, len) : event.line; /* no more than could be covered */
  imstls_i_tell_event(c, &event);
  show_secrets(&under, message);
}

/* ---- the log ---- */

/* `code` 0: there is none. */
static void log_line(const imstls_client *c, const char *what, int code, const char *detail)
{
  if (!c->cfg.callbacks.on_log)
    return;
  char line[192];
  imstls_i_writer w = imstls_i_writer_make(line, sizeof line);
  IMSTLS_I_PUT_LIT(&w, "state ");
  imstls_i_put_uint(&w, (uint64_t)c->progress.state);
  IMSTLS_I_PUT_LIT(&w, ": ");
  imstls_i_put_str(&w, what);
  if (code) {
    imstls_i_put_str(&w, code < 0 ? " -" : " ");
    imstls_i_put_uint(&w, code < 0 ? 0u - (unsigned)code : (unsigned)code);
  }
  IMSTLS_I_PUT_LIT(&w, " ");
  imstls_i_put_str(&w, detail);
  if (!w.failed)
    c->cfg.callbacks.on_log(c->cfg.callbacks.user, imstls_i_text(line, w.len));
}

void imstls_i_log(const imstls_client *c, const char *what, const char *detail) { log_line(c, what, 0, detail); }

void imstls_i_log_code(const imstls_client *c, const char *what, int code, const char *detail)
{
  log_line(c, what, code, detail);
}

void imstls_i_log_input(const imstls_client *c, imstls_i_input in)
{
  /* clang-format off */
  static const char *const names[IN_COUNT] = {
    [IN_NONE] = "none", [IN_REGISTER] = "register", [IN_DEREGISTER] = "deregister", [IN_MOVED] = "moved",
    [IN_CONNECTED] = "connected", [IN_SECURED] = "secured", [IN_LOST] = "lost", [IN_PROVEN] = "proven",
    [IN_SWITCH] = "switch", [IN_CHALLENGE] = "challenge", [IN_CHALLENGE_NO_LIST] = "no list", [IN_RATE] = "rate",
    [IN_ACCEPTED] = "accepted", [IN_ACCEPTED_BAD] = "bad 200",
    [IN_UNUSABLE] = "unusable 200", [IN_GIVEN_BACK] = "given back", [IN_REPEAT] = "repeat", [IN_REFUSED] = "refused",
    [IN_FINAL] = "final", [IN_ANEW] = "anew", [IN_PAUSE] = "pause", [IN_DISMISSED] = "dismissed",
    [IN_AKA_BAD] = "AKA bad", [IN_CARD_FINAL] = "card final", [IN_CARD_SILENT] = "card silent",
    [IN_DUE] = "due",
  };
  /* clang-format on */
  imstls_i_log(c, "input", names[in.what]);
}
