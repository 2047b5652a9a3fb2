/* SPDX-License-Identifier: Apache-2.0 */
/* --outbound: an edge proxy and a registrar that keep flows (RFC 5626 5, 6; RFC 6223 4) and name devices (RFC 5627 5).
 * Each UE is given what it asked for. */
#include <stdio.h>
#include <string.h>

#include "pcscf.h"

static bool supports(const imstls_sip_message *m, const char *tag)
{
  imstls_text value = { NULL, 0 }, item;
  while (imstls_sip_next(m, IMSTLS_HDR_SUPPORTED, &value) == IMSTLS_OK) {
    imstls_text rest = value;
    while (imstls_sip_list_next(&rest, &item) == IMSTLS_OK)
      if (imstls_text_is(item, tag))
        return true;
  }
  return false;
}

/* "<urn:...>" of the Contact, without its brackets; false: the UE names no device. */
static bool instance_of(const imstls_sip_address *contact, imstls_text *instance)
{
  if (imstls_sip_param_find(contact->params, "+sip.instance", instance) || instance->len < 3)
    return false;
  instance->ptr++;
  instance->len -= 2;
  return true;
}

static void add_gruus(const struct pcscf *p, const struct reg *r, imstls_text instance, char *out, size_t cap)
{
  uint8_t id[8];
  size_t n = strlen(out);
  if (tls_random(p->tls, id, sizeof id))
    return;
  snprintf(out + n, cap - n, ";temp-gruu=\"sip:tgruu.%02x%02x%02x%02x%02x%02x%02x%02x@%s;gr\"", id[0], id[1], id[2],
           id[3], id[4], id[5], id[6], id[7], p->home.domain);
  n = strlen(out);
  if (strncmp(r->impu, "sip:", 4) == 0)
    snprintf(out + n, cap - n, ";pub-gruu=\"%s;gr=%.*s\"", r->impu, (int)instance.len, instance.ptr);
}

void outbound_grant(const struct pcscf *p, const struct reg *r, const imstls_sip_message *m,
                    const imstls_sip_address *contact, struct grant *grant)
{
  imstls_text instance, reg_id;
  memset(grant, 0, sizeof *grant);
  if (!p->options.outbound || !instance_of(contact, &instance))
    return;
  bool has_id = imstls_sip_param_find(contact->params, "reg-id", &reg_id) == IMSTLS_OK;
  grant->keeps_flow = has_id && supports(m, "outbound");
  snprintf(grant->params, sizeof grant->params, ";+sip.instance=\"<%.*s>\"%s%.*s", (int)instance.len, instance.ptr,
           has_id ? ";reg-id=" : "", has_id ? (int)reg_id.len : 0, has_id ? reg_id.ptr : "");
  if (supports(m, "gruu"))
    add_gruus(p, r, instance, grant->params, sizeof grant->params);
  if (grant->keeps_flow && p->options.keep_s)
    snprintf(grant->lines, sizeof grant->lines, "Require: outbound\r\nFlow-Timer: %u\r\n", p->options.keep_s);
  else if (grant->keeps_flow)
    snprintf(grant->lines, sizeof grant->lines, "Require: outbound\r\n");
}

/* A `keep` without value in the UE's Via gets one: the UE is answered when it pings. */
void outbound_reply(const struct pcscf *p, struct flow *flow, const imstls_sip_message *m, const char *extra)
{
  static char out[RX_LEN + 4096];
  char value[16];
  size_t len;
  imstls_text more = { extra, strlen(extra) };
  if (imstls_sip_reply(m, 200, "OK", "pcscf", more, out, sizeof out - sizeof value, &len)) {
    flow->closing = true;
    return;
  }
  out[len] = 0;
  char *via = strstr(out, "\r\nVia:"), *end = via ? strstr(via + 2, "\r\n") : NULL;
  char *keep = via ? strstr(via, ";keep") : NULL;
  if (p->options.outbound && keep && keep < end && strchr(";,\r", keep[5])) {
    int n = snprintf(value, sizeof value, "=%u", p->options.keep_s);
    memmove(keep + 5 + n, keep + 5, len - (size_t)(keep + 5 - out));
    memcpy(keep + 5, value, (size_t)n);
    len += (size_t)n;
  }
  flow_send(flow, out, len);
}
