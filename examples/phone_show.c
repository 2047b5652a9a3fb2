/* SPDX-License-Identifier: Apache-2.0 */
/* A ladder for people, JSON for programs. */
#include <mbedtls/md.h>
#include <string.h>

#include <imstls/mbedtls.h>

#include "phone.h"

static const char *const trust_names[] = { "refused", "token", "pki", "token+pki", "psk", "ipsec", "resumption" };
static const char *const token_names[] = { "ok", "missing", "malformed", "mismatch", "not-applicable" };
static const char *const autn_names[] = { "ok", "mac-failure", "sync-failure", "not-run" };

int exit_for(int error)
{
  int class_of = imstls_error_class(error); /* its numbers are the exit statuses */
  return class_of == IMSTLS_CLASS_PROGRESS ? EXIT_INTERNAL : class_of;
}

int tls_code(const imstls_client *client, int error)
{
  return imstls_error_class(error) == IMSTLS_CLASS_TLS ? imstls_client_tls_error(client) : 0;
}

/* JSON strings are ASCII: everything else is escaped octet by octet, as Latin-1. */
static void json_text(imstls_text text)
{
  putchar('"');
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (c == '"' || c == '\\')
      printf("\\%c", c);
    else if (c < 0x20 || c > 0x7e)
      printf("\\u%04x", c);
    else
      putchar(c);
  }
  putchar('"');
}

void json_field(const char *name, imstls_text text)
{
  printf(",\"%s\":", name);
  json_text(text);
}

static imstls_text str(const char *s) { return (imstls_text){ s, strlen(s) }; }

/* mbedTLS's code, as it numbers them, and its own words. */
static void json_tls_error(int code)
{
  char text[128];
  if (!code)
    return;
  printf(",\"tls_error\":%d", code);
  (void)imstls_mbedtls_error_text(code, text, sizeof text);
  json_field("tls_text", str(text));
}

static void json_list(const char *name, imstls_text list)
{
  imstls_text item;
  printf(",\"%s\":[", name);
  for (int n = 0; imstls_sip_list_next(&list, &item) == IMSTLS_OK; n++) {
    if (n)
      putchar(',');
    json_text(item);
  }
  putchar(']');
}

static const char *event_name(int type)
{
  static const char *const names[] = { "",        "connecting", "tls",        "sent",      "received",   "challenge",
                                       "trust",   "agreed",     "registered", "refreshed", "lost",       "deregistered",
                                       "retry",   "failed",     "policy",     "open",      "close",      "served",
                                       "dropped", "flow",       "room",       "unsent",    "unanswered", "reg_event" };
  return names[type];
}

/* SHA-256 as hex; "" without a certificate. */
static void fingerprint(imstls_bytes der, char out[65])
{
  uint8_t hash[32];
  out[0] = '\0';
  if (!der.len || mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), der.ptr, der.len, hash))
    return;
  for (size_t i = 0; i < sizeof hash; i++)
    snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

static void json_tls(const imstls_event *e)
{
  printf(",\"version\":\"%s\"", e->version == 13 ? "1.3" : "1.2");
  json_field("suite", e->line);
  char print[65];
  fingerprint(e->cert, print);
  printf(",\"resumed\":%s,\"cert_sha256\":\"%s\"", e->flag ? "true" : "false", print);
}

void json_open(const char *name, uint64_t t) { printf("{\"event\":\"%s\",\"t_ms\":%llu", name, (unsigned long long)t); }

void json_close(void)
{
  puts("}");
  fflush(stdout);
}

static const char *why_dropped(const imstls_event *e)
{
  static const char *const names[] = { "unreadable", "early", "call_id", "via",  "cseq",
                                       "tag",        "late",  "source",  "self", "not_taken" };
  return e->error ? imstls_error_name(e->error) : names[e->value];
}

static void json_flow(const imstls_event *e)
{
  json_field("local", e->local);
  json_field("contact", e->contact);
  json_field("old_local", e->old_local);
  json_field("old_contact", e->old_contact);
}

/* What the network granted beside a binding. */
static void json_granted(const imstls_client *client)
{
  imstls_outbound flow = IMSTLS_SIZED(imstls_outbound);
  if (imstls_client_outbound(client, &flow))
    return;
  printf(",\"outbound\":%s,\"barred\":%s", flow.outbound ? "true" : "false", flow.barred ? "true" : "false");
  json_field("pub_gruu", flow.pub_gruu);
  json_field("temp_gruu", flow.temp_gruu);
}

/* RFC 3680 5.1 */
static const char *const contact_states[] = { "", "init", "active", "terminated" };
static const char *const contact_events[] = { "",        "registered",  "created",   "refreshed",    "shortened",
                                              "expired", "deactivated", "probation", "unregistered", "rejected" };

static void json_reg_event(const imstls_event *e)
{
  if (e->error) {
    printf(",\"sip_status\":%lu", (unsigned long)e->sip_status);
    return;
  }
  json_field("state", str(contact_states[e->state]));
  json_field("contact_event", str(contact_events[e->value]));
  json_field("contact", e->line);
  printf(",\"ours\":%s,\"expires\":%lu", e->flag ? "true" : "false", (unsigned long)e->expires_s);
}

static void json_event(struct show *show, const imstls_client *client, const imstls_event *e, uint64_t t)
{
  json_open(event_name(e->type), t);
  switch (e->type) {
  case IMSTLS_EVENT_CONNECTING: json_field("peer", e->line); break;
  case IMSTLS_EVENT_TLS: json_tls(e); break;
  case IMSTLS_EVENT_SENT:
  case IMSTLS_EVENT_RECEIVED:
    json_field("line", e->line);
    printf(",\"bytes\":%zu", e->message.len);
    if (show->verbose)
      json_field("message", e->message);
    break;
  case IMSTLS_EVENT_CHALLENGE:
    json_field("algorithm", e->line);
    printf(",\"autn\":\"%s\"", autn_names[e->value]);
    break;
  case IMSTLS_EVENT_TRUST:
    printf(",\"by\":\"%s\",\"s_token\":\"%s\"", trust_names[e->value], token_names[e->s_token]);
    break;
  case IMSTLS_EVENT_AGREED: json_field("mechanism", e->line); break;
  case IMSTLS_EVENT_REGISTERED:
  case IMSTLS_EVENT_REFRESHED:
    printf(",\"expires\":%lu", (unsigned long)e->expires_s);
    json_list("service_route", e->service_route);
    json_list("associated_uri", e->associated_uri);
    json_field("mechanism", e->line);
    printf(",\"trust\":\"%s\"", trust_names[e->value]);
    json_granted(client);
    break;
  case IMSTLS_EVENT_RETRY:
    printf(",\"wait\":%lu,\"sip_status\":%lu", (unsigned long)e->expires_s, (unsigned long)e->sip_status);
    break;
  case IMSTLS_EVENT_POLICY: json_field("verdict", e->line); break;
  case IMSTLS_EVENT_SERVED:
    json_field("peer", e->line);
    printf(",\"by\":\"%s\"", e->flag ? "psk" : "ipsec");
    break;
  case IMSTLS_EVENT_DROPPED:
    json_field("why", str(why_dropped(e)));
    json_field("line", e->line);
    printf(",\"status\":%lu,\"count\":%lu", (unsigned long)e->sip_status, (unsigned long)e->count);
    break;
  case IMSTLS_EVENT_FLOW: json_flow(e); break;
  case IMSTLS_EVENT_UNSENT: json_field("line", e->line); break;
  case IMSTLS_EVENT_UNANSWERED:
    json_field("method", e->line);
    json_field("branch", e->branch);
    break;
  case IMSTLS_EVENT_REG_EVENT: json_reg_event(e); break;
  default: break;
  }
  if (e->error && e->type != IMSTLS_EVENT_DROPPED)
    json_field("error", str(imstls_error_name(e->error)));
  if (e->type == IMSTLS_EVENT_LOST || e->type == IMSTLS_EVENT_RETRY)
    json_tls_error(tls_code(client, e->error));
  json_close();
}

/* ---- the ladder ---- */

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

static void arrow(const char *name, const char *line, bool out)
{
  char label[WIDTH + 1];
  int n = snprintf(label, sizeof label, " %s%s%.*s ", name, *name ? "  " : "", LINE_WIDTH, line);
  printf("  |%s%s", out ? "---" : "<--", label);
  for (int i = n; i < WIDTH - 4; i++)
    putchar('-');
  puts(out ? ">|" : "-|");
}

void ladder_note(const char *format, const char *a, const char *b)
{
  char text[192];
  snprintf(text, sizeof text, format, a, b);
  printf("  |   %-*s|\n", WIDTH - 3, text);
}

/* As mbedTLS writes its codes. */
static void tls_words(int code, char out[160])
{
  char text[128];
  (void)imstls_mbedtls_error_text(code, text, sizeof text);
  snprintf(out, 160, "mbedTLS -0x%04x%s%s", (unsigned)-code, *text ? ": " : "", text);
}

static const char *step_name(struct show *show, const imstls_event *e)
{
  if (e->type == IMSTLS_EVENT_SENT) {
    bool reg = e->line.ptr && e->line.len > 9 && memcmp(e->line.ptr, "REGISTER ", 9) == 0;
    show->sm++;
    return !reg || show->sm > 2 ? "" : show->challenged ? "SM7" : "SM1";
  }
  if (e->sip_status == 401 && !show->challenged) {
    show->challenged = true;
    return "SM6";
  }
  return e->sip_status == 200 && show->sm == 2 ? "SM12" : "";
}

static void ladder_trust(const imstls_event *e)
{
  if (e->value == IMSTLS_TRUST_BY_NONE)
    ladder_note("s_token %s: server REFUSED, RES stays here (%s)", token_names[e->s_token],
                imstls_error_name(e->error));
  else if (e->s_token == IMSTLS_S_TOKEN_OK)
    ladder_note("s_token VERIFIED over the certificate: trusted by %s%s", trust_names[e->value], "");
  else
    ladder_note("trusted by %s (s_token %s)", trust_names[e->value], token_names[e->s_token]);
}

static void ladder_registered(const imstls_event *e)
{
  char number[16];
  snprintf(number, sizeof number, "%lu", (unsigned long)e->expires_s);
  ladder_note(e->type == IMSTLS_EVENT_REGISTERED ? "REGISTERED for %s s, trusted by %s"
                                                 : "refreshed for %s s, trusted by %s",
              number, trust_names[e->value]);
}

static void ladder_tls(const imstls_event *e)
{
  char text[80], print[65];
  snprintf(text, sizeof text, "TLS %s %.*s%s", e->version == 13 ? "1.3" : "1.2", (int)e->line.len, e->line.ptr,
           e->flag ? ", resumed" : "");
  ladder_note("%s%s", text, "");
  fingerprint(e->cert, print);
  if (print[0])
    ladder_note("certificate %.16s..., not trusted by the handshake%s", print, "");
}

/* The start line is a stranger's: a terminal gets no control characters of it. */
static void ladder_dropped(const imstls_event *e)
{
  char line[40], answer[48] = "";
  printable(line, sizeof line, e->line);
  if (e->sip_status)
    snprintf(answer, sizeof answer, ", answered %lu", (unsigned long)e->sip_status);
  ladder_note("dropped: %s%s", why_dropped(e), answer);
  if (e->line.len)
    ladder_note("  %s%s", line, strlen(line) < e->line.len ? "..." : "");
}

static void ladder_reg_event(const imstls_event *e)
{
  if (e->error)
    ladder_note("reg event: %s%s", imstls_error_name(e->error), "");
  else
    ladder_note(e->flag ? "reg event: %s, %s" : "reg event: %s, %s, of another contact", contact_states[e->state],
                contact_events[e->value]);
}

static void ladder_failed(const char *what, const char *why, int code)
{
  char words[160];
  ladder_note(what, why, "");
  if (!code)
    return;
  tls_words(code, words);
  ladder_note("  %s%s", words, "");
}

static void ladder_retry(const imstls_event *e, int code)
{
  char wait[40];
  snprintf(wait, sizeof wait, "next attempt in %lu s", (unsigned long)e->expires_s);
  ladder_failed("attempt failed: %s%s", imstls_error_text(e->error), code);
  ladder_note("  %s%s", wait, "");
}

static void ladder_event(struct show *show, const imstls_client *client, const imstls_event *e)
{
  char line[80];
  int code = tls_code(client, e->error);
  printable(line, sizeof line, e->line);
  switch (e->type) {
  case IMSTLS_EVENT_CONNECTING: printf("\n  UE%*s%s\n", WIDTH - 16, "P-CSCF ", line); break;
  case IMSTLS_EVENT_TLS: ladder_tls(e); break;
  case IMSTLS_EVENT_SENT: arrow(step_name(show, e), line, true); break;
  case IMSTLS_EVENT_RECEIVED: arrow(step_name(show, e), line, false); break;
  case IMSTLS_EVENT_CHALLENGE: ladder_note("challenge %s: AUTN %s", line, autn_names[e->value]); break;
  case IMSTLS_EVENT_TRUST: ladder_trust(e); break;
  case IMSTLS_EVENT_AGREED: ladder_note("security agreement: %s%s", line, ""); break;
  case IMSTLS_EVENT_REGISTERED:
  case IMSTLS_EVENT_REFRESHED: ladder_registered(e); break;
  case IMSTLS_EVENT_LOST:
    ladder_failed("registration lost (%s): once more from the start%s", imstls_error_name(e->error), code);
    break;
  case IMSTLS_EVENT_DEREGISTERED:
    ladder_note(e->error ? "left without an answer: %s%s" : "deregistered%s%s",
                e->error ? imstls_error_name(e->error) : "", "");
    break;
  case IMSTLS_EVENT_RETRY: ladder_retry(e, code); break;
  case IMSTLS_EVENT_POLICY: ladder_note("policy: %s%s", line, ""); break;
  case IMSTLS_EVENT_SERVED:
    ladder_note("connection from %s: %s", line,
                e->error  ? imstls_error_name(e->error)
                : e->flag ? "served by the PSK"
                          : "served in ESP");
    break;
  case IMSTLS_EVENT_DROPPED: ladder_dropped(e); break;
  case IMSTLS_EVENT_UNSENT: ladder_note("not sent: %s%s", line, ""); break;
  case IMSTLS_EVENT_UNANSWERED: ladder_note("without an answer on this flow: %s%s", line, ""); break;
  case IMSTLS_EVENT_REG_EVENT: ladder_reg_event(e); break;
  default: break;
  }
  bool message = e->type == IMSTLS_EVENT_SENT || e->type == IMSTLS_EVENT_RECEIVED;
  if (message && show->verbose)
    print_message(e->message);
  fflush(stdout);
}

void show_event(struct show *show, imstls_client *client, const imstls_event *event, uint64_t now_ms)
{
  if (event->type == IMSTLS_EVENT_FAILED)
    return; /* show_failed says it, with the exit status */
  if (event->type == IMSTLS_EVENT_LOST || event->type == IMSTLS_EVENT_RETRY)
    show->sm = 0, show->challenged = false;
  if (show->json)
    json_event(show, client, event, now_ms - show->start_ms);
  else
    ladder_event(show, client, event);
}

void show_failed(struct show *show, const struct failure *why, int status, uint64_t now_ms)
{
  char words[160];
  if (show->json) {
    json_open("failed", now_ms - show->start_ms);
    json_field("error", str(imstls_error_name(why->error)));
    printf(",\"sip_status\":%lu,\"exit\":%d", (unsigned long)why->sip_status, status);
    json_tls_error(why->tls_error);
    json_close();
    return;
  }
  fflush(stdout);
  fprintf(stderr, "%s: %s: %s", program, imstls_error_name(why->error), imstls_error_text(why->error));
  fprintf(stderr, why->sip_status ? " (SIP status %lu)\n" : "\n", (unsigned long)why->sip_status);
  if (!why->tls_error)
    return;
  tls_words(why->tls_error, words);
  fprintf(stderr, "%s: %s\n", program, words);
}

/* What somebody wrote, as far as a line holds it. */
static void show_body(imstls_text body)
{
  char line[LINE_WIDTH];
  printable(line, sizeof line, body);
  ladder_note("  %s%s", line, strlen(line) < body.len ? "..." : "");
}

void show_answer(struct show *show, const imstls_sip_message *message, uint64_t now_ms)
{
  if (!show->json) /* the message itself is in the ladder */
    return;
  json_open("answer", now_ms - show->start_ms);
  json_field("line", message->line);
  printf(",\"sip_status\":%lu", (unsigned long)message->status);
  json_close();
}

void show_message(struct show *show, const imstls_sip_message *message, uint64_t now_ms)
{
  if (show->json) {
    json_open("message", now_ms - show->start_ms);
    json_field("line", message->line);
    if (message->body.len)
      json_field("body", message->body);
    json_close();
  } else if (message->body.len)
    show_body(message->body);
}
