/* SPDX-License-Identifier: Apache-2.0 */
/* Via (RFC 3261 20.42, 25.1; rport: RFC 3581). */
#include "sip/lex.h"

/* A token, white space around it passed over; NULL when there is none. */
static const char *take_token(const char *at, const char *end, imstls_text *token)
{
  at = imstls_i_sip_skip_space(at, end);
  const char *stop = imstls_i_sip_span(at, end, IMSTLS_I_TOKEN);
  if (stop == at)
    return NULL;
  *token = imstls_i_sip_between(at, stop);
  return imstls_i_sip_skip_space(stop, end);
}

/* name "/" version "/" transport LWS; a version of ours is not asked for. */
static const char *sent_protocol(const char *at, const char *end, imstls_text *transport)
{
  for (int i = 0; i < 2; i++) {
    at = take_token(at, end, transport);
    if (!at || at == end || *at != '/')
      return NULL;
    at++;
  }
  at = take_token(at, end, transport);
  if (!at || at == transport->ptr + transport->len)
    return NULL;
  return at;
}

/* host [":" port]; IPv6 only in brackets, as nothing else tells its last group from a port. */
static const char *sent_by(const char *at, const char *end, imstls_sip_via *via)
{
  const char *from = at;
  if (at < end && *at == '[') {
    at = imstls_i_sip_seek(at, end, ']');
    if (!at || at - from < 3)
      return NULL; /* "[::]" is the shortest that exists, "[:]" would pass */
    for (const char *p = from + 1; p < at; p++) {
      if (!imstls_i_sip_is(*p, IMSTLS_I_HOST) && *p != ':')
        return NULL;
    }
    at++;
  } else {
    at = imstls_i_sip_span(at, end, IMSTLS_I_HOST);
  }
  if (at == from)
    return NULL;
  via->host = imstls_i_sip_between(from, at);
  at = imstls_i_sip_skip_space(at, end);
  if (at == end || *at != ':')
    return at;
  from = imstls_i_sip_skip_space(at + 1, end);
  uint64_t port;
  at = imstls_i_digits(from, end, &port);
  if (!at || port > UINT16_MAX)
    return NULL;
  via->port = imstls_i_sip_between(from, at);
  return imstls_i_sip_skip_space(at, end);
}

/* A name may stand only once (RFC 3261 7.3.1); without a value it is present and empty. */
static bool set_param(imstls_text *param, imstls_text name, imstls_text value)
{
  if (param->ptr)
    return false;
  *param = value.ptr ? value : imstls_i_text(name.ptr + name.len, 0);
  return true;
}

static bool known_param(imstls_sip_via *via, imstls_text name, imstls_text value)
{
  if (imstls_i_is(name, "branch"))
    return set_param(&via->branch, name, value);
  if (imstls_i_is(name, "received"))
    return set_param(&via->received, name, value);
  if (imstls_i_is(name, "rport"))
    return set_param(&via->rport, name, value);
  return true;
}

/* To after one parameter; NULL: malformed. */
static const char *param(const char *at, const char *end, imstls_sip_via *via)
{
  imstls_text name;
  imstls_text value;
  int quoted;
  at = imstls_i_sip_name_value(at, end, IMSTLS_I_VALUE, &name, &value, &quoted);
  return at && known_param(via, name, value) ? at : NULL;
}

/* Up to the comma or the end; NULL: malformed. */
static const char *params(const char *at, const char *end, imstls_sip_via *via)
{
  while (at && at < end && *at == ';') {
    const char *next = imstls_i_sip_skip_semicolons(at, end);
    bool empty = next == end || *next == ',';
    at = empty ? next : param(next, end, via);
  }
  return at;
}

const char *imstls_i_sip_via_front(const char *at, const char *end)
{
  imstls_sip_via via = { .more = 0 };
  const char *front = sent_protocol(at, end, &via.transport);
  if (front)
    front = sent_by(front, end, &via);
  for (at = front; at && at < end && *at == ';';) {
    at = param(imstls_i_sip_skip_semicolons(at, end), end, &via);
    if (at)
      front = at;
  }
  return front;
}

imstls_text imstls_i_sip_via_params(imstls_text value)
{
  imstls_sip_via via = { .more = 0 };
  if (!value.ptr)
    return imstls_i_text("", 0);
  const char *end = value.ptr + value.len;
  const char *at = sent_protocol(value.ptr, end, &via.transport);
  if (at)
    at = sent_by(at, end, &via);
  const char *stop = at ? imstls_i_sip_element_end(at, end) : NULL;
  return stop ? imstls_i_sip_between(at, stop) : imstls_i_text("", 0);
}

int imstls_sip_via_parse(imstls_text value, imstls_sip_via *via)
{
  if (!via)
    return IMSTLS_ERR_USAGE;
  *via = (imstls_sip_via){ .more = 0 };
  if (!value.ptr)
    return IMSTLS_ERR_SIP_MALFORMED;
  const char *end = value.ptr + value.len;
  const char *at = sent_protocol(value.ptr, end, &via->transport);
  if (at)
    at = sent_by(at, end, via);
  if (at)
    at = params(at, end, via);
  const char *next = at ? imstls_i_sip_after_comma(at, end) : NULL;
  if (!next) {
    *via = (imstls_sip_via){ .more = 0 };
    return IMSTLS_ERR_SIP_MALFORMED;
  }
  via->more = next < end;
  return IMSTLS_OK;
}

imstls_text imstls_i_sip_branch(imstls_text via)
{
  imstls_sip_via read;
  return imstls_sip_via_parse(via, &read) ? imstls_i_text(NULL, 0) : read.branch;
}

bool imstls_i_sip_vias_read(const imstls_sip_message *m)
{
  imstls_text value = { NULL, 0 }, item;
  imstls_sip_via via;
  while (imstls_sip_next(m, IMSTLS_HDR_VIA, &value) == IMSTLS_OK) {
    imstls_text rest = value;
    int result;
    while ((result = imstls_sip_list_next(&rest, &item)) == IMSTLS_OK)
      if (imstls_sip_via_parse(item, &via))
        return false;
    if (result != IMSTLS_END)
      return false;
  }
  return true;
}
