/* SPDX-License-Identifier: Apache-2.0 */
/* A ladder for people: a line for each message and each thing that happened, with the time since the start. */
#include <string.h>

#include <imstls/mbedtls.h>

#include "phone_show.h"

enum { WIDTH = 66, LINE_WIDTH = 46 };

/* A terminal obeys control characters, C1 too, and what comes from the network is anybody's: all but printable ASCII is
 * shown as its octet. At most 5 characters with the NUL. */
static size_t escaped(char octet, char out[5])
{
  unsigned char c = (unsigned char)octet;
  if (c < 0x20 || c > 0x7e)
    return (size_t)snprintf(out, 5, "\\x%02x", c);
  out[0] = octet;
  out[1] = '\0';
  return 1;
}

/* As much as fits before `cap`. */
void printable(char *out, size_t cap, imstls_text text)
{
  char one[5];
  size_t used = 0;
  for (size_t i = 0; i < text.len; i++) {
    size_t n = escaped(text.ptr[i], one);
    if (used + n >= cap)
      break;
    memcpy(out + used, one, n);
    used += n;
  }
  out[used] = '\0';
}

/* Of the ends of lines, the line feed is obeyed, the carriage return left out. */
static void print_message(imstls_text message)
{
  char one[5];
  for (size_t i = 0; i < message.len; i++) {
    bool end = message.ptr[i] == '\r' && i + 1 < message.len && message.ptr[i + 1] == '\n';
    if (message.ptr[i] == '\n')
      putchar('\n');
    else if (!end) {
      (void)escaped(message.ptr[i], one);
      fputs(one, stdout);
    }
  }
}

/* Each line begins with the seconds since the start. */
static void begin_line(const struct show *show) { printf("%8.3f |", (double)(phone_now() - show->start_ms) / 1000); }

static void arrow(const struct show *show, const char *name, const char *line, bool out)
{
  char label[WIDTH + 1];
  int n = snprintf(label, sizeof label, " %s%s%.*s ", name, *name ? "  " : "", LINE_WIDTH, line);
  begin_line(show);
  printf("%s%s", out ? "---" : "<--", label);
  for (int i = n; i < WIDTH - 4; i++)
    putchar('-');
  puts(out ? ">|" : "-|");
}

void ladder_note(const struct show *show, const char *format, const char *a, const char *b)
{
  char text[192];
  snprintf(text, sizeof text, format, a, b);
  begin_line(show);
  printf("   %-*s|\n", WIDTH - 3, text);
}

void tls_words(int code, char out[160])
{
  char text[128];
  (void)imstls_mbedtls_error_text(code, text, sizeof text);
  snprintf(out, 160, "mbedTLS -0x%04x%s%s", (unsigned)-code, *text ? ": " : "", text);
}

/* SM1 is the first REGISTER of a registration, SM6 the 401 to it, SM7 the answer on a channel that is trusted, SM12 the
 * 200 to that. What is said beside these (423 and what follows, AUTS), and all that comes later, is none of them. */
static const char *name_of_sent(struct show *show, const imstls_event *e)
{
  bool is_register = e->line.len > 9 && memcmp(e->line.ptr, "REGISTER ", 9) == 0;
  if (is_register && show->step == BEFORE_SM1) {
    show->step = SM1_SENT;
    return "SM1";
  }
  if (is_register && show->step == BEFORE_SM7) {
    show->step = SM7_SENT;
    return "SM7";
  }
  return "";
}

static const char *name_of_received(struct show *show, const imstls_event *e)
{
  if (show->step == SM1_SENT && e->sip_status == 401) {
    show->step = SM6_CAME;
    return "SM6";
  }
  if (show->step == SM7_SENT && e->sip_status == 200) {
    show->step = SM12_CAME;
    return "SM12";
  }
  return "";
}

static void take_step(struct show *show, const imstls_event *e)
{
  switch (e->type) {
  case IMSTLS_EVENT_TRUST:
    if (e->value != IMSTLS_TRUST_BY_NONE && show->step != SM12_CAME)
      show->step = BEFORE_SM7;
    break;
  case IMSTLS_EVENT_REGISTERED: show->step = SM12_CAME; break; /* a resumed session may need one REGISTER alone */
  case IMSTLS_EVENT_LOST:
  case IMSTLS_EVENT_RETRY: show->step = BEFORE_SM1; break;
  default: break;
  }
}

static void ladder_trust(const struct show *show, const imstls_event *e)
{
  if (e->value == IMSTLS_TRUST_BY_NONE)
    ladder_note(show, "s_token %s: server REFUSED, RES stays here (%s)", token_names[e->s_token],
                imstls_error_name(e->error));
  else if (e->s_token == IMSTLS_S_TOKEN_OK)
    ladder_note(show, "s_token VERIFIED over the certificate: trusted by %s%s", trust_names[e->value], "");
  else
    ladder_note(show, "trusted by %s (s_token %s)", trust_names[e->value], token_names[e->s_token]);
}

static void ladder_registered(const struct show *show, const imstls_event *e)
{
  char number[16];
  snprintf(number, sizeof number, "%lu", (unsigned long)e->expires_s);
  ladder_note(show,
              e->type == IMSTLS_EVENT_REGISTERED ? "REGISTERED for %s s, trusted by %s"
                                                 : "refreshed for %s s, trusted by %s",
              number, trust_names[e->value]);
}

static void ladder_tls(const struct show *show, const imstls_event *e)
{
  char text[80], print[65];
  snprintf(text, sizeof text, "TLS %s %.*s%s", e->version == 13 ? "1.3" : "1.2", (int)e->line.len, e->line.ptr,
           e->flag ? ", resumed" : "");
  ladder_note(show, "%s%s", text, "");
  fingerprint(e->cert, print);
  if (print[0])
    ladder_note(show, "certificate %.16s..., not trusted by the handshake%s", print, "");
}

/* The start line is a stranger's: a terminal gets no control characters of it. */
static void ladder_dropped(const struct show *show, const imstls_event *e)
{
  char line[40], answer[48] = "";
  printable(line, sizeof line, e->line);
  if (e->sip_status)
    snprintf(answer, sizeof answer, ", answered %lu", (unsigned long)e->sip_status);
  ladder_note(show, "dropped: %s%s", why_dropped(e), answer);
  if (e->line.len)
    ladder_note(show, "  %s%s", line, strlen(line) < e->line.len ? "..." : "");
}

static void ladder_reg_event(const struct show *show, const imstls_event *e)
{
  if (e->error)
    ladder_note(show, "reg event: %s%s", imstls_error_name(e->error), "");
  else
    ladder_note(show, e->flag ? "reg event: %s, %s" : "reg event: %s, %s, of another contact", contact_states[e->state],
                contact_events[e->value]);
}

static void ladder_failed(const struct show *show, const char *what, const char *text, const struct failure *why)
{
  char words[160];
  ladder_note(show, what, text, "");
  if (why->system_error)
    ladder_note(show, "  %s%s", system_error_text(why->system_error), "");
  if (!why->tls_error)
    return;
  tls_words(why->tls_error, words);
  ladder_note(show, "  %s%s", words, "");
}

static void ladder_retry(const struct show *show, const imstls_event *e, const struct failure *why)
{
  char wait[40];
  snprintf(wait, sizeof wait, "next attempt in %lu s", (unsigned long)e->expires_s);
  ladder_failed(show, "attempt failed: %s%s", imstls_error_text(e->error), why);
  if (!show->over)
    ladder_note(show, "  %s%s", wait, "");
}

void ladder_event(struct show *show, const imstls_event *e, const struct failure *why)
{
  char line[80];
  printable(line, sizeof line, e->line);
  take_step(show, e);
  switch (e->type) {
  case IMSTLS_EVENT_CONNECTING: printf("\n%*sUE%*s%s\n", 9, "", WIDTH - 16, "P-CSCF ", line); break;
  case IMSTLS_EVENT_TLS: ladder_tls(show, e); break;
  case IMSTLS_EVENT_SENT: arrow(show, name_of_sent(show, e), line, true); break;
  case IMSTLS_EVENT_RECEIVED: arrow(show, name_of_received(show, e), line, false); break;
  case IMSTLS_EVENT_CHALLENGE: ladder_note(show, "challenge %s: AUTN %s", line, autn_names[e->value]); break;
  case IMSTLS_EVENT_TRUST: ladder_trust(show, e); break;
  case IMSTLS_EVENT_AGREED: ladder_note(show, "security agreement: %s%s", line, ""); break;
  case IMSTLS_EVENT_REGISTERED:
  case IMSTLS_EVENT_REFRESHED: ladder_registered(show, e); break;
  case IMSTLS_EVENT_LOST:
    ladder_failed(show, "registration lost (%s): once more from the start%s", imstls_error_name(e->error), why);
    break;
  case IMSTLS_EVENT_DEREGISTERED:
    ladder_note(show, e->error ? "left without an answer: %s%s" : "deregistered%s%s",
                e->error ? imstls_error_name(e->error) : "", "");
    break;
  case IMSTLS_EVENT_RETRY: ladder_retry(show, e, why); break;
  case IMSTLS_EVENT_POLICY: ladder_note(show, "policy: %s%s", line, ""); break;
  case IMSTLS_EVENT_SERVED:
    ladder_note(show, "connection from %s: %s", line,
                e->error  ? imstls_error_name(e->error)
                : e->flag ? "served by the PSK"
                          : "served in ESP");
    break;
  case IMSTLS_EVENT_DROPPED: ladder_dropped(show, e); break;
  case IMSTLS_EVENT_UNSENT: ladder_note(show, "not sent: %s%s", line, ""); break;
  case IMSTLS_EVENT_UNANSWERED: ladder_note(show, "without an answer on this flow: %s%s", line, ""); break;
  case IMSTLS_EVENT_REG_EVENT: ladder_reg_event(show, e); break;
  default: break;
  }
  bool message = e->type == IMSTLS_EVENT_SENT || e->type == IMSTLS_EVENT_RECEIVED;
  if (message && show->verbose)
    print_message(e->message);
  fflush(stdout);
}

/* What somebody wrote, as far as a line holds it. */
void ladder_body(const struct show *show, imstls_text body)
{
  char line[LINE_WIDTH];
  printable(line, sizeof line, body);
  ladder_note(show, "  %s%s", line, strlen(line) < body.len ? "..." : "");
}
