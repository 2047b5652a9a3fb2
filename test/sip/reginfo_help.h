/* SPDX-License-Identifier: Apache-2.0 */
/* What the suites of XML and of reginfo share: documents in pieces, and what was read of one as text. */
#ifndef TEST_REGINFO_HELP_H
#define TEST_REGINFO_HELP_H

#include <stdarg.h>
#include <stdio.h>

#include <imstls/reginfo.h>

#include "sip_help.h"

#define NS "urn:ietf:params:xml:ns:reginfo"
#define ROOT(state) "<reginfo xmlns=\"" NS "\" version=\"0\" state=\"" state "\">"
#define END "</reginfo>"
#define REG(state) "<registration aor=\"sip:a@h\" id=\"r\" state=\"" state "\">"
#define REG_END "</registration>"
#define CONTACT(state, event, more, uri)                                                                               \
  "<contact id=\"c\" state=\"" state "\" event=\"" event "\" " more "><uri>" uri "</uri></contact>"
/* One contact of ours in a full document. */
#define WHOLE(state, event, more) ROOT("full") REG(state) CONTACT(state, event, more, "sip:us@h") REG_END END
#define INSIDE(what) ROOT("full") REG("active") what REG_END END
#define EMPTY "full 0\n"
#define LINE(rest) "sip:a@h r active " rest "\n"

static inline const char *state_word(int32_t state)
{
  static const char *const words[] = { "?", "init", "active", "terminated" };
  return words[state];
}

static inline const char *event_word(int32_t event)
{
  static const char *const words[] = { "?",       "registered",  "created",   "refreshed",    "shortened",
                                       "expired", "deactivated", "probation", "unregistered", "rejected" };
  return words[event];
}

/* What was read, as text. */
typedef struct shown {
  char text[4096];
  size_t len;
} shown;

static inline void show(shown *s, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  int n = vsnprintf(s->text + s->len, sizeof s->text - s->len, format, args);
  va_end(args);
  ck_assert(n >= 0 && (size_t)n < sizeof s->text - s->len);
  s->len += (size_t)n;
}

static inline void show_text(shown *s, imstls_text text)
{
  imstls_text front = text.ptr == NULL ? (imstls_text){ "-", 1 } : text;
  show(s, " %.*s", front.len > 1000 ? 1000 : (int)front.len, front.ptr);
}

static inline void show_contact(shown *s, const imstls_reginfo_contact *c)
{
  show(s, "%.*s", (int)c->aor.len, c->aor.ptr == NULL ? "" : c->aor.ptr);
  show_text(s, c->registration);
  show(s, " %s", state_word(c->registration_state));
  if (c->none) {
    ck_assert(c->id.ptr == NULL && c->uri.ptr == NULL && c->state == 0 && c->event == 0);
  } else {
    show_text(s, c->id);
    show(s, " %s %s", state_word(c->state), event_word(c->event));
    show_text(s, c->uri);
  }
  if (c->expires_s != -1)
    show(s, " e%lld", (long long)c->expires_s);
  if (c->retry_after_s != -1)
    show(s, " r%lld", (long long)c->retry_after_s);
  show(s, "\n");
}

/* Reads a block of exactly this size to its end; what fails to be read shows nothing. */
static inline int read_all(const char *text, size_t len, shown *s)
{
  imstls_reginfo reader;
  imstls_reginfo_contact c;
  char *block = heap_copy(text, len);
  s->len = 0;
  s->text[0] = '\0';
  int rc = imstls_reginfo_begin(&reader, (imstls_text){ block, len });
  if (rc == IMSTLS_OK) {
    ck_assert_uint_eq(reader.size, sizeof reader);
    show(s, "%s %u\n", reader.state == IMSTLS_REGINFO_FULL ? "full" : "partial", (unsigned)reader.version);
    int more;
    while ((more = imstls_reginfo_next(&reader, &c)) == IMSTLS_OK && s->len < sizeof s->text / 2) {
      ck_assert_uint_eq(c.size, sizeof c);
      show_contact(s, &c);
    }
    ck_assert(more == IMSTLS_END || s->len >= sizeof s->text / 2);
  }
  free(block);
  return rc;
}

#endif
