/* SPDX-License-Identifier: Apache-2.0 */
/* What --fault makes it do wrong. Everything honest is elsewhere. */
#include <stdio.h>
#include <string.h>

#include "pcscf.h"

static const struct {
  const char *name, *help;
} faults[FAULT_COUNT] = {
  [FAULT_TOKEN_MISSING] = { "s-token-missing", "401 without s_token" },
  [FAULT_TOKEN_WRONG] = { "s-token-wrong", "one digit of s_token changed" },
  [FAULT_TOKEN_OTHER_CERT] = { "s-token-other-cert", "s_token over another certificate" },
  [FAULT_TOKEN_DOUBLED] = { "s-token-doubled", "s_token twice" },
  [FAULT_TOKEN_MALFORMED] = { "s-token-malformed", "s_token that is not 24 hex digits" },
  [FAULT_TOKEN2_WRONG] = { "s-token2-wrong", "with --token2: one digit of s_token2 changed" },
  [FAULT_TOKEN2_MISSING] = { "s-token2-missing", "with --token2: s_token2 left out all the same" },
  [FAULT_TOKEN2_SESSION] = { "s-token2-session", "with --token2: s_token2 made for another TLS session" },
  [FAULT_MAC_WRONG] = { "mac-wrong", "AUTN with a wrong MAC, always" },
  [FAULT_SQN_OLD] = { "sqn-old", "first challenge with an old SQN" },
  [FAULT_SQN_OLD_FOR_EVER] = { "sqn-old-for-ever", "every challenge with an old SQN" },
  [FAULT_CHALLENGE_REPEATED] = { "challenge-repeated", "an old SQN, then the same challenge again" },
  [FAULT_PLAIN_MD5] = { "plain-md5", "algorithm MD5 instead of AKA" },
  [FAULT_KEYS_LEFT_IN] = { "keys-left-in", "ik and ck of the S-CSCF passed on" },
  [FAULT_OK_AT_ONCE] = { "ok-at-once", "200 before any challenge" },
  [FAULT_NO_TLS_IN_LIST] = { "no-tls-in-list", "Security-Server without tls" },
  [FAULT_NO_LIST] = { "no-list", "no Security-Server" },
  [FAULT_LIST_CHANGES] = { "list-changes", "another Security-Server in the second challenge" },
  [FAULT_REJECT_403] = { "reject-403", "403 to every REGISTER" },
  [FAULT_REJECT_404] = { "reject-404", "404 to every REGISTER" },
  [FAULT_UNAVAILABLE_503] = { "unavailable-503", "503 with Retry-After 2147483648" },
  [FAULT_TOO_BRIEF_423] = { "too-brief-423", "423 to every REGISTER" },
  [FAULT_AGREE_494] = { "agree-494", "494 to every REGISTER" },
  [FAULT_AGREE_421] = { "agree-421", "421 to every REGISTER" },
  [FAULT_RSPAUTH_WRONG] = { "rspauth-wrong", "wrong rspauth in the 200" },
  [FAULT_FLOW_FAILED_430] = { "flow-failed-430", "430 to the first refresh" },
  [FAULT_SILENT] = { "silent", "no answer to any REGISTER" },
  [FAULT_CLOSE_AFTER_401] = { "close-after-401", "connection closed after the 401" },
  [FAULT_CLOSE_AFTER_SM7] = { "close-after-sm7", "connection closed instead of the 200" },
  [FAULT_GARBAGE] = { "garbage", "noise instead of the 401" },
  [FAULT_TLS_ALERT] = { "tls-alert", "handshakes refused with an alert" },
  [FAULT_PLAIN_TEXT] = { "plain-text", "SIP in clear on the TLS port" },
  [FAULT_RAW_MESSAGES] = { "raw-messages", "the body of a MESSAGE goes to all other UEs, octets as they are" },
};

const char *fault_choice(size_t i, const char **help)
{
  bool is_there = i + 1 < FAULT_COUNT;
  *help = is_there ? faults[i + 1].help : NULL;
  return is_there ? faults[i + 1].name : NULL;
}

/* ---- in place of TLS ---- */

bool fault_on_connection(struct pcscf *p, struct flow *flow)
{
  static const char alert[] = "\x15\x03\x03\x00\x02\x02\x28"; /* fatal, handshake_failure */
  static const char text[] = "SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
  char hello[4096];
  int fault = p->options.fault;
  if (flow->kind != FLOW_TLS || (fault != FAULT_TLS_ALERT && fault != FAULT_PLAIN_TEXT))
    return false;
  if (recv(flow->fd, hello, sizeof hello, 0) < 0) /* unread octets would turn the close into a reset */
    return true;
  flow->kind = FLOW_TCP; /* written without TLS */
  if (fault == FAULT_TLS_ALERT)
    flow_send(flow, alert, sizeof alert - 1);
  else
    flow_send(flow, text, sizeof text - 1);
  flow->closing = true;
  say(p, "refused", "why", faults[fault].name, NULL);
  return true;
}

/* ---- in place of an answer ---- */

static bool answer_wrongly(struct pcscf *p, struct flow *flow, const imstls_sip_message *m)
{
  char noise[600], list[LIST_LEN + 64];
  snprintf(list, sizeof list, "Require: sec-agree\r\nSecurity-Server: tls;q=0.9\r\n");
  switch (p->options.fault) {
  case FAULT_REJECT_403: sip_reply(flow, m, 403, "Forbidden", ""); return true;
  case FAULT_REJECT_404: sip_reply(flow, m, 404, "Not Found", ""); return true;
  case FAULT_UNAVAILABLE_503:
    sip_reply(flow, m, 503, "Service Unavailable", "Retry-After: 2147483648\r\n");
    return true;
  case FAULT_TOO_BRIEF_423: sip_reply(flow, m, 423, "Interval Too Brief", "Min-Expires: 700000\r\n"); return true;
  case FAULT_AGREE_494: sip_reply(flow, m, 494, "Security Agreement Required", list); return true;
  case FAULT_AGREE_421: sip_reply(flow, m, 421, "Extension Required", list); return true;
  case FAULT_SILENT: return true;
  case FAULT_GARBAGE:
    for (size_t i = 0; i < sizeof noise; i++)
      noise[i] = i < sizeof noise - 4 ? (char)(i * 37 + 129) : "\r\n"[i % 2]; /* ends as a message's header does */
    flow_send(flow, noise, sizeof noise);
    return true;
  default: return false;
  }
}

static void ok_at_once(struct flow *flow, const imstls_sip_message *m)
{
  char extra[1024], uri[512];
  imstls_text rest = m->first[IMSTLS_HDR_CONTACT];
  imstls_sip_address contact;
  if (!rest.ptr || imstls_sip_address_next(&rest, &contact))
    return;
  text_keep(uri, sizeof uri, contact.uri);
  snprintf(extra, sizeof extra, "Contact: <%s>;expires=600000\r\nService-Route: <sip:impostor.invalid;lr>\r\n", uri);
  sip_reply(flow, m, 200, "OK", extra);
}

bool fault_on_register(struct pcscf *p, struct flow *flow, const imstls_sip_message *m, struct reg *r)
{
  if (answer_wrongly(p, flow, m)) {
    say(p, "refused", "why", faults[p->options.fault].name, NULL);
    return true;
  }
  if (p->options.fault == FAULT_OK_AT_ONCE) {
    ok_at_once(flow, m);
    return true;
  }
  if (p->options.fault == FAULT_FLOW_FAILED_430 && r->registered) {
    p->options.fault = FAULT_NONE;
    sip_reply(flow, m, 430, "Flow Failed", "");
    say(p, "refused", "why", faults[FAULT_FLOW_FAILED_430].name, NULL);
    return true;
  }
  if (p->options.fault == FAULT_CLOSE_AFTER_SM7 && r->pending) {
    flow->closing = true;
    return true;
  }
  return false;
}

void fault_after(struct pcscf *p, struct flow *flow, enum fault point)
{
  if (p->options.fault == (int)point)
    flow->closing = true;
}

/* ---- from one subscriber to the others ---- */

bool fault_on_message(struct pcscf *p, struct flow *flow, const imstls_sip_message *m)
{
  if (p->options.fault != FAULT_RAW_MESSAGES || !text_same(m->method, "MESSAGE"))
    return false;
  for (size_t i = 0; i < p->options.registrations; i++) {
    const struct reg *r = &p->regs[i];
    if (r->registered && r->flow != flow && m->body.len)
      flow_send(r->flow, m->body.ptr, m->body.len);
  }
  sip_reply(flow, m, 200, "OK", "");
  return true;
}

/* ---- in the challenge ---- */

void fault_before_challenge(struct pcscf *p, struct reg *r)
{
  bool first = r->challenges == 1;
  if (p->options.fault == FAULT_SQN_OLD_FOR_EVER)
    r->who->sqn = 0;
  if (first && (p->options.fault == FAULT_SQN_OLD || p->options.fault == FAULT_CHALLENGE_REPEATED))
    r->who->sqn = 0;
  if (p->options.fault == FAULT_RSPAUTH_WRONG)
    p->options.qop = true;
  if (p->options.fault == FAULT_NO_LIST)
    r->list[0] = 0;
  if (p->options.fault == FAULT_NO_TLS_IN_LIST)
    snprintf(r->list, sizeof r->list, "digest;q=0.9");
  if (p->options.fault == FAULT_LIST_CHANGES && !first)
    snprintf(r->list, sizeof r->list, "tls;q=0.2, digest;q=0.1");
}

static void repeat_challenge(struct reg *r)
{
  static struct challenge kept;
  if (r->challenges == 1)
    kept = r->challenge;
  else
    r->challenge = kept;
}

static void other_certificate(const struct pcscf *p, struct reg *r)
{
  static uint8_t other[8192];
  imstls_bytes cert = tls_certificate(p->tls);
  if (!*r->challenge.s_token || cert.len > sizeof other)
    return;
  memcpy(other, cert.ptr, cert.len);
  other[cert.len - 1] ^= 1;
  (void)imstls_token_make_server(r->challenge.vector.ik, other, cert.len, r->challenge.s_token);
}

void fault_challenge(struct pcscf *p, struct reg *r)
{
  char *token = r->challenge.s_token;
  int fault = p->options.fault;
  if (fault == FAULT_CHALLENGE_REPEATED)
    repeat_challenge(r);
  if (fault == FAULT_MAC_WRONG || (fault == FAULT_LIST_CHANGES && r->challenges == 1)) {
    char *at = &r->challenge.nonce[36]; /* inside the MAC of AUTN, octets 24 to 31 */
    *at = *at == 'A' ? 'B' : 'A';
  }
  if (fault == FAULT_TOKEN_WRONG && *token)
    *token = *token == '0' ? '1' : '0';
  if (fault == FAULT_TOKEN2_WRONG && *r->challenge.s_token2)
    r->challenge.s_token2[0] = r->challenge.s_token2[0] == '0' ? '1' : '0';
  if (fault == FAULT_TOKEN_OTHER_CERT)
    other_certificate(p, r);
}

const char *fault_algorithm(const struct pcscf *p, const char *algorithm)
{
  return p->options.fault == FAULT_PLAIN_MD5 ? "MD5" : algorithm;
}

static void hex(char *out, const uint8_t *in)
{
  for (size_t i = 0; i < 16; i++)
    snprintf(out + 2 * i, 3, "%02x", in[i]);
}

void fault_parameters(const struct pcscf *p, const struct reg *r, char *out, size_t cap)
{
  const char *token = r->challenge.s_token;
  char ik[33], ck[33], one[64] = "", two[96] = "";
  int fault = p->options.fault;
  if (*token && fault != FAULT_TOKEN_MISSING)
    snprintf(one, sizeof one, ", s_token=\"%s\"", fault == FAULT_TOKEN_MALFORMED ? "0011223344" : token);
  if (*r->challenge.s_token2 && fault != FAULT_TOKEN2_MISSING)
    snprintf(two, sizeof two, ", s_token2=\"%s\", cb=\"%s\"", r->challenge.s_token2, r->challenge.cb);
  snprintf(out, cap, "%s%s%s", one, fault == FAULT_TOKEN_DOUBLED ? one : "", two);
  if (fault != FAULT_KEYS_LEFT_IN)
    return;
  hex(ik, r->challenge.vector.ik);
  hex(ck, r->challenge.vector.ck);
  snprintf(out, cap, "%s, ik=\"%s\", ck=\"%s\"", one, ik, ck);
}
