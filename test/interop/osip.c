/* SPDX-License-Identifier: Apache-2.0 */
/* osip FILE...: reads each file as one message with this library and with oSIP, which shares no code with it, and
 * prints what they take differently, one line each: `NAME WHAT ours=... theirs=...`. What an osip.txt explains is for
 * osip.sh to know. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <imstls/error.h>
#include <imstls/sip.h>
#include <osipparser2/osip_parser.h>

enum { MAX = 256, WIDE = 1024 };

/* What one parser says of a message, in the order of the message. */
typedef struct findings {
  struct {
    char what[24], value[WIDE];
  } list[MAX];
  int count;
} findings;

static findings ours, theirs;

/* Folds and runs of blanks count as one blank; NULL and "" are the same. */
static void say(findings *f, const char *what, int nth, const char *ptr, size_t len)
{
  if (f->count == MAX)
    return;
  char *to = f->list[f->count].value;
  size_t used = 0;
  snprintf(f->list[f->count].what, sizeof f->list[0].what, nth < 0 ? "%s" : "%s%d", what, nth);
  for (size_t i = 0; i < len && used + 1 < WIDE; i++) {
    char c = ptr[i] == '\r' || ptr[i] == '\n' || ptr[i] == '\t' ? ' ' : ptr[i];
    if (c != ' ' || (used != 0 && to[used - 1] != ' '))
      to[used++] = c;
  }
  while (used != 0 && to[used - 1] == ' ')
    used--;
  to[used] = '\0';
  f->count++;
}

static void say_text(findings *f, const char *what, int nth, imstls_text text)
{
  say(f, what, nth, text.ptr, text.len);
}

static void say_string(findings *f, const char *what, int nth, const char *text)
{
  say(f, what, nth, text, text == NULL ? 0 : strlen(text));
}

static void say_number(findings *f, const char *what, long number)
{
  char text[24];
  say(f, what, -1, text, (size_t)snprintf(text, sizeof text, "%ld", number));
}

/* A URI is compared as oSIP prints it: ours goes through its parser alone. */
static void say_uri(findings *f, const char *what, int nth, const osip_uri_t *uri)
{
  char *text = NULL;
  if (uri != NULL && osip_uri_to_str(uri, &text) != 0)
    text = NULL;
  say_string(f, what, nth, text);
  osip_free(text);
}

static void our_uri(const char *what, int nth, imstls_text text)
{
  osip_uri_t *uri = NULL;
  char copy[WIDE];
  snprintf(copy, sizeof copy, "%.*s", (int)text.len, text.ptr);
  if (osip_uri_init(&uri) == 0 && osip_uri_parse(uri, copy) == 0)
    say_uri(&ours, what, nth, uri);
  else
    say_text(&ours, what, nth, text);
  osip_uri_free(uri);
}

/* --- this library --- */

static int our_addresses(const imstls_sip_message *m, int id, const char *what)
{
  imstls_text field = { NULL, 0 };
  int nth = 0;
  while (imstls_sip_next(m, id, &field) == IMSTLS_OK) {
    imstls_text rest = field;
    imstls_sip_address a;
    int rc;
    while ((rc = imstls_sip_address_next(&rest, &a)) == IMSTLS_OK) {
      imstls_text tag = { NULL, 0 };
      rc = imstls_sip_param_find(a.params, id == IMSTLS_HDR_CONTACT ? "expires" : "tag", &tag);
      if (rc != IMSTLS_OK && rc != IMSTLS_END)
        return rc;
      our_uri(what, nth, a.uri);
      say_text(&ours, "display", nth, a.display);
      say_text(&ours, "param", nth++, tag);
    }
    if (rc != IMSTLS_END)
      return rc;
  }
  return IMSTLS_OK;
}

static int our_vias(const imstls_sip_message *m)
{
  imstls_text field = { NULL, 0 };
  int nth = 0;
  while (imstls_sip_next(m, IMSTLS_HDR_VIA, &field) == IMSTLS_OK) {
    imstls_text rest = field;
    imstls_text item;
    imstls_sip_via via;
    int rc;
    while ((rc = imstls_sip_list_next(&rest, &item)) == IMSTLS_OK) {
      if ((rc = imstls_sip_via_parse(item, &via)) != IMSTLS_OK)
        return rc;
      say_text(&ours, "transport", nth, via.transport);
      say_text(&ours, "via-host", nth, via.host);
      say_text(&ours, "branch", nth++, via.branch);
    }
    if (rc != IMSTLS_END)
      return rc;
  }
  return IMSTLS_OK;
}

static void our_challenges(const imstls_sip_message *m)
{
  imstls_text field = { NULL, 0 };
  for (int nth = 0; imstls_sip_next(m, IMSTLS_HDR_WWW_AUTHENTICATE, &field) == IMSTLS_OK; nth++) {
    imstls_text rest = field;
    imstls_text name;
    imstls_text value;
    imstls_text got[3] = { { NULL, 0 } };
    static const char *const names[] = { "realm", "nonce", "algorithm" };
    while (rest.len != 0 && *rest.ptr != ' ')
      rest.ptr++, rest.len--; /* the scheme */
    while (imstls_sip_auth_param_next(&rest, &name, &value, NULL) == IMSTLS_OK)
      for (int i = 0; i < 3; i++)
        if (imstls_text_is(name, names[i]))
          got[i] = value;
    for (int i = 0; i < 3; i++)
      say_text(&ours, names[i], nth, got[i]);
  }
}

static int read_ours(const char *buf, size_t len)
{
  imstls_sip_message m = { .size = sizeof m };
  int rc = imstls_sip_parse(&m, buf, len);
  if (rc != IMSTLS_OK)
    return rc;
  say_number(&ours, "status", (long)m.status);
  if (m.status == 0) {
    say_text(&ours, "method", -1, m.method);
    our_uri("uri", -1, m.uri);
  } else {
    say_text(&ours, "reason", -1, m.reason);
  }
  say_text(&ours, "call-id", -1, m.first[IMSTLS_HDR_CALL_ID]);
  say_number(&ours, "cseq", (long)m.cseq);
  say_number(&ours, "body", (long)m.body.len);
  our_challenges(&m);
  if ((rc = our_vias(&m)) != IMSTLS_OK || (rc = our_addresses(&m, IMSTLS_HDR_FROM, "from")) != IMSTLS_OK)
    return rc;
  rc = our_addresses(&m, IMSTLS_HDR_TO, "to");
  return rc != IMSTLS_OK ? rc : our_addresses(&m, IMSTLS_HDR_CONTACT, "contact");
}

/* --- oSIP --- */

static void their_address(const char *what, int nth, osip_from_t *a)
{
  osip_generic_param_t *param = NULL;
  char name[8];
  if (a == NULL)
    return;
  snprintf(name, sizeof name, "%s", *what == 'c' ? "expires" : "tag");
  osip_generic_param_get_byname(&a->gen_params, name, &param);
  if (a->url == NULL)
    say_string(&theirs, what, nth, "*");
  else
    say_uri(&theirs, what, nth, a->url);
  say_string(&theirs, "display", nth, a->displayname);
  say_string(&theirs, "param", nth, param == NULL ? NULL : param->gvalue);
}

/* oSIP leaves the quotes on. */
static void their_quoted(const char *what, int nth, const char *text)
{
  size_t len = text == NULL ? 0 : strlen(text);
  if (len >= 2 && *text == '"')
    say(&theirs, what, nth, text + 1, len - 2);
  else
    say_string(&theirs, what, nth, text);
}

static void their_lists(osip_message_t *m)
{
  char name[] = "branch";
  for (int i = 0; i < osip_list_size(&m->www_authenticates); i++) {
    osip_www_authenticate_t *w = osip_list_get(&m->www_authenticates, i);
    their_quoted("realm", i, w->realm);
    their_quoted("nonce", i, w->nonce);
    their_quoted("algorithm", i, w->algorithm);
  }
  for (int i = 0; i < osip_list_size(&m->vias); i++) {
    osip_via_t *via = osip_list_get(&m->vias, i);
    osip_generic_param_t *branch = NULL;
    osip_generic_param_get_byname(&via->via_params, name, &branch);
    say_string(&theirs, "transport", i, via->protocol);
    say_string(&theirs, "via-host", i, via->host);
    say_string(&theirs, "branch", i, branch == NULL ? NULL : branch->gvalue);
  }
  their_address("from", 0, m->from);
  their_address("to", 0, m->to);
  for (int i = 0; i < osip_list_size(&m->contacts); i++)
    their_address("contact", i, osip_list_get(&m->contacts, i));
}

static long their_body(const osip_message_t *m)
{
  long len = 0;
  for (int i = 0; i < osip_list_size(&m->bodies); i++)
    len += (long)((osip_body_t *)osip_list_get(&m->bodies, i))->length;
  return len;
}

static int read_theirs(const char *buf, size_t len)
{
  osip_message_t *m = NULL;
  char *call_id = NULL;
  int rc = osip_message_init(&m);
  if (rc == 0)
    rc = osip_message_parse(m, buf, len);
  if (rc == 0) {
    say_number(&theirs, "status", m->status_code);
    if (m->status_code == 0) {
      say_string(&theirs, "method", -1, m->sip_method);
      say_uri(&theirs, "uri", -1, m->req_uri);
    } else {
      say_string(&theirs, "reason", -1, m->reason_phrase);
    }
    if (m->call_id != NULL)
      osip_call_id_to_str(m->call_id, &call_id);
    say_string(&theirs, "call-id", -1, call_id);
    say_number(&theirs, "cseq", m->cseq == NULL ? -1 : strtol(m->cseq->number, NULL, 10));
    say_number(&theirs, "body", their_body(m));
    their_lists(m);
  }
  osip_free(call_id);
  osip_message_free(m);
  return rc;
}

static void compare(const char *name, const char *buf, size_t len)
{
  ours.count = theirs.count = 0;
  int rc = read_ours(buf, len);
  int their_rc = read_theirs(buf, len);
  if (rc != IMSTLS_OK || their_rc != 0) {
    if ((rc != IMSTLS_OK) != (their_rc != 0))
      printf("%s verdict ours=%s theirs=%s\n", name, rc ? "bad" : "good", their_rc ? "bad" : "good");
    return;
  }
  if (ours.count != theirs.count)
    printf("%s count ours=%d theirs=%d\n", name, ours.count, theirs.count);
  for (int i = 0; i < ours.count && i < theirs.count; i++)
    if (strcmp(ours.list[i].what, theirs.list[i].what) != 0 || strcmp(ours.list[i].value, theirs.list[i].value) != 0)
      printf("%s %s ours=%s theirs=%s=%s\n", name, ours.list[i].what, ours.list[i].value, theirs.list[i].what,
             theirs.list[i].value);
}

/* The same message written another way: names in capitals, a blank before or a fold after each colon. */
enum { AS_IT_IS, CAPITALS, BLANK, FOLD, VARIANTS };

static size_t rewrite(int variant, const char *in, size_t len, char *out)
{
  size_t used = 0;
  size_t line = 0; /* where this one began */
  int in_name = 0; /* the start line has none */
  int in_head = 1;
  for (size_t i = 0; i < len; i++) {
    char c = in[i];
    if (in_name && c == ':') {
      in_name = 0;
      if (variant == BLANK)
        out[used++] = ' ';
      out[used++] = c;
      if (variant == FOLD && i + 1 < len && in[i + 1] != '\r' && in[i + 1] != '\n')
        used += (size_t)sprintf(out + used, "\r\n ");
      continue;
    }
    if (in_name && variant == CAPITALS && c >= 'a' && c <= 'z')
      c = (char)(c - 'a' + 'A');
    out[used++] = c;
    if (!in_head || c != '\n')
      continue;
    if (i - line < 2)
      in_head = 0;
    line = i + 1;
    in_name = in_head && i + 1 < len && in[i + 1] != ' ' && in[i + 1] != '\t';
  }
  out[used] = '\0';
  return used;
}

static void quiet(const char *file, int line, osip_trace_level_t level, const char *format, va_list args)
{
  (void)file, (void)line, (void)level, (void)format, (void)args;
}

int main(int argc, char **argv)
{
  static char buf[1 << 16];
  static char changed[4 << 16];
  parser_init();
  osip_trace_initialize_func(END_TRACE_LEVEL, quiet);
  for (int i = 1; i < argc; i++) {
    const char *slash = strrchr(argv[i], '/');
    FILE *file = fopen(argv[i], "rb");
    if (file == NULL) {
      perror(argv[i]);
      return 1;
    }
    size_t len = fread(buf, 1, sizeof buf, file);
    fclose(file);
    for (int v = AS_IT_IS; v < VARIANTS; v++)
      compare(slash == NULL ? argv[i] : slash + 1, changed, rewrite(v, buf, len, changed));
  }
  return 0;
}
