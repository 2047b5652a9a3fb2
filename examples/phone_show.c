/* SPDX-License-Identifier: Apache-2.0 */
/* What happens, as JSON for programs; the ladder for people is drawn by phone_ladder.c. */
#include <mbedtls/md.h>
#include <string.h>

#include <imstls/mbedtls.h>

#include "phone_show.h"

const char *const trust_names[] = { "refused", "token", "pki", "token+pki", "psk", "ipsec", "resumption" };
const char *const token_names[] = { "ok", "missing", "malformed", "mismatch", "not-applicable" };
const char *const autn_names[] = { "ok", "mac-failure", "sync-failure", "not-run" };

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

void fingerprint(imstls_bytes der, char out[65])
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

const char *why_dropped(const imstls_event *e)
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
const char *const contact_states[] = { "", "init", "active", "terminated" };
const char *const contact_events[] = { "",        "registered",  "created",   "refreshed",    "shortened",
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

/* What the system and mbedTLS have to say of a failure. */
static void json_cause(const struct failure *why)
{
  json_tls_error(why->tls_error);
  if (why->system_error)
    json_field("system_text", str(system_error_text(why->system_error)));
}

static void json_event(struct show *show, const imstls_client *client, const imstls_event *e, const struct failure *why,
                       uint64_t t)
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
    json_cause(why);
  json_close();
}

void show_event(struct show *show, const imstls_client *client, const imstls_event *event, const struct failure *why,
                uint64_t now_ms)
{
  if (event->type == IMSTLS_EVENT_FAILED)
    return; /* show_failed says it, with the exit status */
  if (show->json)
    json_event(show, client, event, why, now_ms - show->start_ms);
  else
    ladder_event(show, event, why);
}

void show_failed(struct show *show, const struct failure *why, int status, uint64_t now_ms)
{
  char words[160];
  if (show->json) {
    json_open("failed", now_ms - show->start_ms);
    json_field("error", str(imstls_error_name(why->error)));
    printf(",\"sip_status\":%lu,\"exit\":%d", (unsigned long)why->sip_status, status);
    json_cause(why);
    json_close();
    return;
  }
  fflush(stdout);
  fprintf(stderr, "%s: %s: %s", program, imstls_error_name(why->error),
          why->text ? why->text : imstls_error_text(why->error));
  if (why->sip_status)
    fprintf(stderr, " (SIP status %lu)", (unsigned long)why->sip_status);
  if (why->system_error)
    fprintf(stderr, " (%s)", system_error_text(why->system_error));
  fputc('\n', stderr);
  if (!why->tls_error)
    return;
  tls_words(why->tls_error, words);
  fprintf(stderr, "%s: %s\n", program, words);
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
    ladder_body(show, message->body);
}
