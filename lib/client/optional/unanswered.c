/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of the application that left on a flow: when it ends, the application is told which have no answer yet. */
#include "client/event.h"
#include "sip/lex.h"

static void keep(char *out, size_t cap, imstls_text text)
{
  size_t len = text.len < cap ? text.len : cap - 1;
  memcpy(out, text.ptr, len);
  out[len] = '\0';
}

static bool read_branch(imstls_text value, char branch[BRANCH_MAX + 1])
{
  imstls_text found = imstls_i_sip_branch(value);
  if (found.ptr)
    keep(branch, BRANCH_MAX + 1, found);
  return found.ptr != NULL;
}

/* The first value of the topmost Via from `at` on. */
static imstls_text find_via(const char *at, const char *end)
{
  imstls_i_sip_field field;
  for (const char *lf; (lf = imstls_i_sip_line_end(at, end)) != NULL; at = lf + 1) {
    bool is_via = imstls_i_sip_fold(*at) == 'v' && imstls_i_sip_split(at, lf, &field) &&
                  imstls_i_sip_header_id(field.name) == IMSTLS_HDR_VIA;
    if (is_via)
      return field.value;
  }
  return imstls_i_text(NULL, 0);
}

/* The field below the request line of what was stamped is ours. */
void imstls_i_asked_by(imstls_text message, bool stamped, imstls_i_asked *asked)
{
  const char *end = message.ptr + message.len;
  const char *space = imstls_i_sip_span(message.ptr, end, IMSTLS_I_TOKEN);
  const char *lf = imstls_i_sip_seek(message.ptr, end, '\n');
  imstls_text method = imstls_i_sip_between(message.ptr, space);
  if (lf && stamped)
    lf = imstls_i_sip_line_end(lf + 1, end);
  bool is_awaited = space < end && *space == ' ' && !imstls_text_is(method, "ACK");
  if (is_awaited && lf && read_branch(find_via(lf + 1, end), asked->branch))
    keep(asked->method, sizeof asked->method, method);
}

void imstls_i_left_flow(imstls_client *c, const imstls_i_asked *asked)
{
  imstls_i_sending *s = &c->sending;
  if (!asked->method[0])
    return;
  for (unsigned i = 0; i < c->sending.asked_max; i++) {
    imstls_i_asked *free_one = &s->asked[(s->asked_at + i) % c->sending.asked_max];
    if (free_one->method[0])
      continue;
    *free_one = *asked;
    return;
  }
  s->asked[s->asked_at] = *asked; /* the oldest is forgotten */
  uint8_t next = (uint8_t)(s->asked_at + 1);
  s->asked_at = next < s->asked_max ? next : 0;
}

void imstls_i_answered(imstls_client *c, const imstls_sip_message *response)
{
  char branch[BRANCH_MAX + 1], method[METHOD_MAX + 1];
  if (response->status < 200 || !read_branch(response->first[IMSTLS_HDR_VIA], branch))
    return;
  keep(method, sizeof method, response->method);
  for (unsigned i = 0; i < c->sending.asked_max; i++) {
    imstls_i_asked *asked = &c->sending.asked[i];
    if (strcmp(asked->method, method) == 0 && strcmp(asked->branch, branch) == 0)
      asked->method[0] = '\0';
  }
}

void imstls_i_tell_unanswered(imstls_client *c, int error)
{
  for (unsigned i = 0; i < c->sending.asked_max; i++) {
    imstls_i_asked *asked = &c->sending.asked[(c->sending.asked_at + i) % c->sending.asked_max];
    imstls_event event = imstls_i_event(IMSTLS_EVENT_UNANSWERED);
    if (!asked->method[0])
      continue;
    imstls_i_asked one = *asked;
    asked->method[0] = '\0';
    event.error = error;
    event.line = imstls_i_text(one.method, strlen(one.method));
    event.branch = imstls_i_text(one.branch, strlen(one.branch));
    if (!imstls_i_is_ending(c))
      imstls_i_tell_event(c, &event);
  }
}
