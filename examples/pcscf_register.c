/* SPDX-License-Identifier: Apache-2.0 */
/* REGISTER: challenge, judge the answer, register, refresh, deregister (TS 24.229 5.2.2, 5.4.1; RFC 3329). */
#include <stdio.h>
#include <string.h>

#include "pcscf.h"

enum { MAX_CHALLENGES = 6, GRACE_MS = 500 };

static bool read_credentials(const imstls_sip_message *m, struct credentials *c)
{
  imstls_text rest = m->first[IMSTLS_HDR_AUTHORIZATION], name, value;
  const struct {
    const char *name;
    imstls_text *value;
  } fields[] = { { "username", &c->username },
                 { "realm", &c->realm },
                 { "nonce", &c->nonce },
                 { "uri", &c->uri },
                 { "response", &c->response },
                 { "algorithm", &c->algorithm },
                 { "qop", &c->qop },
                 { "nc", &c->nc },
                 { "cnonce", &c->cnonce },
                 { "auts", &c->auts },
                 { "c_token", &c->c_token },
                 { "c_token2", &c->c_token2 },
                 { "cb", &c->cb } };
  memset(c, 0, sizeof *c);
  if (m->count[IMSTLS_HDR_AUTHORIZATION] != 1 || rest.len < 7 ||
      !imstls_text_is((imstls_text){ rest.ptr, 6 }, "Digest"))
    return false;
  rest.ptr += 6;
  rest.len -= 6;
  int error;
  while ((error = imstls_sip_auth_param_next(&rest, &name, &value, NULL)) == IMSTLS_OK)
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
      if (imstls_text_is(name, fields[i].name)) {
        if (fields[i].value->ptr)
          return false; /* twice */
        *fields[i].value = value;
      }
  return error == IMSTLS_END;
}

static void refuse(struct pcscf *p, struct flow *flow, const imstls_sip_message *m, unsigned status, const char *reason,
                   const char *why)
{
  say(p, "refused", "why", why, NULL);
  sip_reply(flow, m, status, reason, "");
}

/* ---- registrations ---- */

void register_ended(struct pcscf *p, struct reg *r)
{
  if (r->registered)
    p->completed++;
  sas_end_soon(p, r->sa);
  sas_end_soon(p, r->old_sa);
  imstls_wipe(r, sizeof *r);
}

void register_tick(struct pcscf *p)
{
  for (size_t i = 0; i < p->options.registrations; i++)
    if (p->regs[i].registered && now_ms() >= p->regs[i].ends_at) {
      say(p, "deregistered", "why", "not refreshed", NULL);
      register_ended(p, &p->regs[i]);
    }
}

/* A connection finds its own registrations, and those that were challenged in clear or for IPsec. */
static struct reg *find(struct pcscf *p, const struct flow *flow, struct subscriber *who, imstls_text call_id)
{
  struct reg *oldest = NULL;
  for (size_t i = 0; i < p->options.registrations; i++) {
    struct reg *r = &p->regs[i];
    if (r->used && r->who == who && text_same(call_id, r->call_id) &&
        (r->flow == flow || r->asked_on == flow || (r->pending && !r->asked_on)))
      return r;
  }
  for (size_t i = 0; i < p->options.registrations; i++) {
    struct reg *r = &p->regs[i];
    if (!r->registered && (!oldest || !r->used || (oldest->used && r->touched < oldest->touched)))
      oldest = r;
  }
  if (!oldest || call_id.len >= sizeof oldest->call_id)
    return NULL;
  register_ended(p, oldest);
  oldest->used = true;
  oldest->who = who;
  text_keep(oldest->call_id, sizeof oldest->call_id, call_id);
  return oldest;
}

static uint32_t asked_expiry(const imstls_sip_message *m)
{
  imstls_text rest = m->first[IMSTLS_HDR_CONTACT], value;
  imstls_sip_address contact;
  uint32_t seconds = 3600;
  if (m->first[IMSTLS_HDR_EXPIRES].ptr && imstls_sip_number(m->first[IMSTLS_HDR_EXPIRES], &seconds))
    seconds = 3600;
  if (rest.ptr && imstls_sip_address_next(&rest, &contact) == IMSTLS_OK &&
      imstls_sip_param_find(contact.params, "expires", &value) == IMSTLS_OK && value.ptr)
    (void)imstls_sip_number(value, &seconds);
  return seconds;
}

/* ---- 401 ---- */

static imstls_text str(const char *s) { return (imstls_text){ s, strlen(s) }; }

static void add(char *out, size_t cap, imstls_text text)
{
  size_t used = strlen(out);
  text_keep(out + used, cap - used, text);
}

/* SPIs and ports for the first ipsec-3gpp entry that the UE offered. */
static void add_ipsec(struct pcscf *p, const struct flow *flow, struct reg *r)
{
  char parameters[256];
  imstls_text rest = str(r->offered);
  imstls_mechanism theirs = { .size = sizeof theirs };
  while (imstls_secagree_next(&rest, &theirs) == IMSTLS_OK)
    if (theirs.id == IMSTLS_MECHANISM_IPSEC_3GPP && theirs.spi_c && p->sas) {
      if (r->registered && !r->old_sa)
        r->old_sa = r->sa;
      else
        sas_end_soon(p, r->sa);
      r->sa = sas_reserve(p, flow, &theirs, parameters, sizeof parameters);
      add(r->list, sizeof r->list, str(r->sa ? parameters : ""));
      return;
    }
  /* in the list, but not to be had */
  add(r->list, sizeof r->list,
      str(";alg=hmac-sha-1-96;ealg=aes-cbc;prot=esp;mod=trans;spi-c=4097;spi-s=4098;port-c=5062;"
          "port-s=5063"));
}

/* Static list in the order of --mechanisms; entries without parameters get q, ipsec-3gpp all that it needs. */
static void write_list(struct pcscf *p, const struct flow *flow, struct reg *r)
{
  imstls_text rest = str(p->options.mechanisms);
  imstls_mechanism entry = { .size = sizeof entry };
  for (unsigned q = 9; imstls_secagree_next(&rest, &entry) == IMSTLS_OK; q -= q > 1) {
    char rank[8];
    snprintf(rank, sizeof rank, ";q=0.%u", q % 10);
    add(r->list, sizeof r->list, str(*r->list ? ", " : ""));
    add(r->list, sizeof r->list, entry.raw);
    add(r->list, sizeof r->list, str(entry.raw.len == entry.name.len ? rank : ""));
    if (entry.id == IMSTLS_MECHANISM_IPSEC_3GPP && !entry.spi_c)
      add_ipsec(p, flow, r);
  }
}

static bool agree(struct pcscf *p, const struct flow *flow, struct reg *r, const imstls_sip_message *m)
{
  size_t len = 0;
  imstls_mechanism chosen = { .size = sizeof chosen };
  r->list[0] = r->offered[0] = 0;
  r->mechanism = IMSTLS_MECHANISM_TLS;
  if (!m->count[IMSTLS_HDR_SECURITY_CLIENT])
    return true; /* a UE without sec-agree on a TLS connection: no list, no token */
  if (imstls_secagree_collect(m, IMSTLS_HDR_SECURITY_CLIENT, r->offered, sizeof r->offered - 1, &len))
    return false;
  r->offered[len] = 0;
  write_list(p, flow, r);
  r->mechanism = imstls_secagree_choose(str(r->list), str(r->offered), &chosen) ? IMSTLS_MECHANISM_OTHER : chosen.id;
  return true;
}

/* s_token is for a UE that offered tls, over the certificate on which SM7 will travel; PSK channels need none. */
static bool make_token(const struct pcscf *p, const struct flow *flow, struct reg *r)
{
  imstls_bytes cert = tls_certificate(p->tls);
  if (flow->psk || p->options.psk == PSK_ONLY || !imstls_secagree_has(str(r->offered), IMSTLS_MECHANISM_TLS))
    return false;
  return imstls_token_make_server(r->challenge.vector.ik, cert.ptr, cert.len, r->challenge.s_token) == IMSTLS_OK;
}

static void tell_challenge(const struct pcscf *p, const struct flow *flow, const struct reg *r)
{
  char sqn[13], rand[33];
  snprintf(sqn, sizeof sqn, "%012llx", (unsigned long long)r->challenge.sqn);
  for (size_t i = 0; i < IMSTLS_RAND_LEN; i++)
    snprintf(rand + 2 * i, 3, "%02x", r->challenge.rand[i]);
  static const char *const on[] = { "", "tls", "tcp", "udp" };
  say(p, "challenged", "algorithm", home_algorithm(&p->home), "#s_token", *r->challenge.s_token ? "true" : "false",
      "on", on[flow->kind], "sqn", sqn, "rand", rand, NULL);
}

static void challenge(struct pcscf *p, struct flow *flow, const imstls_sip_message *m, struct reg *r)
{
  uint8_t rand[IMSTLS_RAND_LEN];
  char extra[4096], more[512];
  if (++r->challenges > MAX_CHALLENGES) {
    refuse(p, flow, m, 403, "Forbidden", "too many challenges");
    return;
  }
  if (!agree(p, flow, r, m)) {
    refuse(p, flow, m, 400, "Bad Request", "Security-Client");
    return;
  }
  fault_before_challenge(p, r);
  if (tls_random(p->tls, rand, sizeof rand) || home_challenge(&p->home, r->who, rand, &r->challenge)) {
    refuse(p, flow, m, 500, "Server Internal Error", "no vector");
    return;
  }
  if (r->mechanism == IMSTLS_MECHANISM_IPSEC_3GPP && r->sa && !sas_install(p, r->sa, &r->challenge.vector)) {
    refuse(p, flow, m, 500, "Server Internal Error", "security associations");
    return;
  }
  (void)make_token(p, flow, r);
  token2_make(p, flow, r);
  fault_challenge(p, r);
  r->pending = true;
  /* with a PSK the answer comes on a new session: each AKA run keys one of its own */
  r->asked_on = flow->kind == FLOW_TLS && !flow->psk && r->mechanism != IMSTLS_MECHANISM_IPSEC_3GPP ? flow : NULL;
  fault_parameters(p, r, more, sizeof more);
  snprintf(extra, sizeof extra, "WWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", algorithm=%s%s%s\r\n%s%s%s",
           p->home.domain, r->challenge.nonce, fault_algorithm(p, home_algorithm(&p->home)),
           p->options.qop ? ", qop=\"auth\"" : "", more, *r->list ? "Security-Server: " : "", r->list,
           *r->list ? "\r\n" : "");
  tell_challenge(p, flow, r);
  sip_reply(flow, m, 401, "Unauthorized", extra);
  fault_after(p, flow, FAULT_CLOSE_AFTER_401);
}

/* ---- the answer ---- */

enum verdict { OK, WRONG, MISSING };
static const char *const verdicts[] = { "ok", "wrong", "missing" };

static imstls_text without_space(imstls_text in, char *out)
{
  size_t len = 0;
  for (size_t i = 0; i < in.len; i++)
    if (in.ptr[i] != ' ' && in.ptr[i] != '\t')
      out[len++] = in.ptr[i];
  out[len] = 0;
  return (imstls_text){ out, len };
}

/* RFC 3329 2.4: the mirror must be what was sent, SPIs and all. */
static enum verdict judge_mirror(const struct reg *r, const imstls_sip_message *m)
{
  char mirror[LIST_LEN], a[LIST_LEN], b[LIST_LEN];
  size_t len = 0;
  int error = imstls_secagree_collect(m, IMSTLS_HDR_SECURITY_VERIFY, mirror, sizeof mirror, &len);
  if (!error && !len)
    return *r->list ? MISSING : OK;
  if (error)
    return WRONG;
  (void)without_space(str(r->list), b);
  return imstls_text_is(without_space((imstls_text){ mirror, len }, a), b) ? OK : WRONG;
}

static enum verdict judge_token(const struct reg *r, const struct credentials *c)
{
  if (!c->c_token.ptr)
    return MISSING;
  if (!*r->challenge.s_token)
    return WRONG;
  return imstls_token_check_client(r->challenge.vector.ik, r->challenge.s_token, c->c_token) ? WRONG : OK;
}

static enum verdict judge_response(const struct pcscf *p, const struct reg *r, const struct credentials *c,
                                   const imstls_sip_message *m)
{
  char due[65];
  imstls_bytes body = { (const uint8_t *)m->body.ptr, m->body.len };
  if (!c->response.ptr || !c->response.len)
    return MISSING;
  if (!c->realm.ptr || !c->uri.ptr || (c->qop.ptr && (!c->nc.ptr || !c->cnonce.ptr)))
    return WRONG;
  if (!text_same(c->realm, p->home.domain) || c->uri.len != m->uri.len ||
      memcmp(c->uri.ptr, m->uri.ptr, m->uri.len) != 0)
    return WRONG;
  bool right = !home_response(&p->home, &r->challenge, c, m->method, body, due) && c->response.len == strlen(due) &&
               secret_same(c->response.ptr, due, c->response.len);
  imstls_wipe(due, sizeof due);
  return right ? OK : WRONG;
}

/* The channel that was agreed, and for PSK the key of this very challenge. */
static bool channel_fits(const struct flow *flow, const struct reg *r)
{
  const imstls_aka_vector *v = &r->challenge.vector;
  if (r->mechanism == IMSTLS_MECHANISM_IPSEC_3GPP)
    return flow->sa && flow->sa == r->sa;
  if (r->mechanism != IMSTLS_MECHANISM_TLS || flow->kind != FLOW_TLS)
    return false;
  return !flow->psk || (secret_same(flow->psk_key, v->ck, 16) && secret_same(flow->psk_key + 16, v->ik, 16));
}

static void accept_binding(struct pcscf *p, struct flow *flow, const imstls_sip_message *m, struct reg *r,
                           const char *info)
{
  imstls_text rest = m->first[IMSTLS_HDR_CONTACT], to = m->first[IMSTLS_HDR_TO];
  imstls_sip_address contact, impu;
  struct grant grant;
  char extra[4096], seconds[16];
  uint32_t expires = asked_expiry(m);
  bool known = *r->who->impus;
  if (!rest.ptr || imstls_sip_address_next(&rest, &contact) || imstls_sip_address_next(&to, &impu)) {
    refuse(p, flow, m, 400, "Bad Request", "Contact or To");
    return;
  }
  if (!expires) {
    sip_reply(flow, m, 200, "OK", info);
    say(p, "deregistered", NULL);
    register_ended(p, r);
    return;
  }
  if (p->options.expires_s && expires > p->options.expires_s)
    expires = p->options.expires_s;
  text_keep(r->contact, sizeof r->contact, contact.uri);
  text_keep(r->impu, sizeof r->impu, impu.uri);
  outbound_grant(p, r, m, &contact, &grant);
  snprintf(extra, sizeof extra,
           "Contact: <%s>;expires=%u%s\r\n%sService-Route: <sip:orig@scscf.%s;lr>\r\nP-Associated-URI: %s%s%s\r\n%s",
           r->contact, (unsigned)expires, grant.params, grant.lines, p->home.domain, known ? "" : "<",
           known ? r->who->impus : r->impu, known ? "" : ">", info);
  outbound_reply(p, flow, m, extra);
  snprintf(seconds, sizeof seconds, "%u", (unsigned)expires);
  say(p, "registered", "impu", r->impu, "#expires", seconds, "#refresh", r->registered ? "true" : "false",
      p->options.outbound ? "#outbound" : NULL, grant.keeps_flow ? "true" : "false", NULL);
  if (!r->registered && p->options.options_after_ms)
    flow->greet_at = now_ms() + p->options.options_after_ms;
  r->registered = true;
  r->flow = flow;
  sas_end_soon(p, r->old_sa);
  r->old_sa = 0;
  sas_keep(p, r->sa, expires);
  r->ends_at = now_ms() + (uint64_t)expires * 1000 + GRACE_MS;
}

/* RFC 2617 3.2.3: proof of the network, over the same key and an empty method. */
static void authentication_info(const struct pcscf *p, const struct reg *r, const struct credentials *c, char *out,
                                size_t cap)
{
  char rspauth[65];
  imstls_text none = { "", 0 };
  out[0] = 0;
  if (!c->qop.ptr || home_response(&p->home, &r->challenge, c, none, (imstls_bytes){ NULL, 0 }, rspauth))
    return;
  if (p->options.fault == FAULT_RSPAUTH_WRONG)
    rspauth[0] = rspauth[0] == '0' ? '1' : '0';
  snprintf(out, cap, "Authentication-Info: qop=%.*s, rspauth=\"%s\", cnonce=\"%.*s\", nc=%.*s\r\n", (int)c->qop.len,
           c->qop.ptr, rspauth, (int)c->cnonce.len, c->cnonce.ptr, (int)c->nc.len, c->nc.ptr);
}

static void on_resynchronisation(struct pcscf *p, struct flow *flow, const imstls_sip_message *m, struct reg *r,
                                 const struct credentials *c)
{
  if (home_resynchronise(r->who, &r->challenge, c->auts)) {
    r->pending = false;
    refuse(p, flow, m, 403, "Forbidden", "AUTS is not genuine");
    return;
  }
  challenge(p, flow, m, r);
}

static void refuse_list(struct pcscf *p, struct flow *flow, const imstls_sip_message *m, const struct reg *r)
{
  char extra[LIST_LEN + 64];
  snprintf(extra, sizeof extra, "Require: sec-agree\r\nSecurity-Server: %s\r\n", r->list);
  say(p, "refused", "why", "Security-Verify", NULL);
  sip_reply(flow, m, 494, "Security Agreement Required", extra);
}

static void on_answer(struct pcscf *p, struct flow *flow, const imstls_sip_message *m, struct reg *r,
                      const struct credentials *c)
{
  char info[512];
  if (c->auts.ptr) {
    on_resynchronisation(p, flow, m, r, c);
    return;
  }
  if (!c->response.len) { /* TS 24.229 5.1.1.5.3: the UE found AUTN's MAC wrong */
    challenge(p, flow, m, r);
    return;
  }
  enum verdict response = judge_response(p, r, c, m), token = judge_token(r, c), mirror = judge_mirror(r, m);
  const char *token2 = *r->challenge.s_token2 ? token2_verdict(r, c) : "missing";
  bool token_due = *r->challenge.s_token && !flow->psk && r->mechanism == IMSTLS_MECHANISM_TLS;
  say(p, "verified", "response", verdicts[response], "c_token", verdicts[token], "security_verify", verdicts[mirror],
      *r->challenge.s_token2 ? "c_token2" : NULL, token2, NULL);
  r->pending = false;
  if (!channel_fits(flow, r)) {
    refuse(p, flow, m, 403, "Forbidden", "answer on another channel than agreed");
    return;
  }
  if (token == WRONG || (token == MISSING && token_due)) {
    refuse(p, flow, m, 403, "Forbidden", token == WRONG ? "c_token wrong" : "c_token missing");
    flow->closing = true;
    return;
  }
  if (strcmp(token2, "wrong") == 0) {
    refuse(p, flow, m, 403, "Forbidden", "c_token2 wrong");
    flow->closing = true;
    return;
  }
  if (mirror != OK) {
    refuse_list(p, flow, m, r);
    return;
  }
  if (response != OK) {
    refuse(p, flow, m, 403, "Forbidden", "response wrong");
    return;
  }
  r->challenges = 0;
  text_keep(r->nonce, sizeof r->nonce, c->nonce);
  text_keep(r->response, sizeof r->response, c->response);
  authentication_info(p, r, c, info, sizeof info);
  imstls_wipe(&r->challenge.vector, sizeof r->challenge.vector);
  accept_binding(p, flow, m, r, info);
}

/* ---- every REGISTER ---- */

/* TS 24.229 5.4.1.2.2: on the proven channel the repeated Authorization is enough, unless the network wants more. */
static void on_refresh(struct pcscf *p, struct flow *flow, const imstls_sip_message *m, struct reg *r)
{
  if (judge_mirror(r, m) != OK) {
    refuse_list(p, flow, m, r);
    return;
  }
  if (asked_expiry(m) && p->options.reauth && ++r->refreshes % p->options.reauth == 0) {
    challenge(p, flow, m, r);
    return;
  }
  accept_binding(p, flow, m, r, "");
}

static bool owns_target(const struct subscriber *who, const imstls_sip_message *m)
{
  imstls_text to = m->first[IMSTLS_HDR_TO];
  imstls_sip_address impu;
  return imstls_sip_address_next(&to, &impu) == IMSTLS_OK && subscriber_owns(who, impu.uri);
}

void register_receive(struct pcscf *p, struct flow *flow, const imstls_sip_message *m)
{
  struct credentials c;
  if (!read_credentials(m, &c)) {
    refuse(p, flow, m, 403, "Forbidden", "no credentials");
    return;
  }
  struct subscriber *who = home_find(&p->home, c.username);
  if (!who || !owns_target(who, m)) {
    refuse(p, flow, m, 403, "Forbidden", who ? "an IMPU of somebody else" : "unknown IMPI");
    return;
  }
  if (flow->kind != FLOW_TLS && !m->count[IMSTLS_HDR_SECURITY_CLIENT]) {
    refuse(p, flow, m, 421, "Extension Required", "no sec-agree in clear");
    return;
  }
  struct reg *r = find(p, flow, who, m->first[IMSTLS_HDR_CALL_ID]);
  if (!r) {
    refuse(p, flow, m, 503, "Service Unavailable", "no room");
    return;
  }
  r->touched = now_ms();
  if (fault_on_register(p, flow, m, r))
    return;
  if (r->pending && text_same(c.nonce, r->challenge.nonce))
    on_answer(p, flow, m, r, &c);
  else if (r->registered && r->flow == flow && text_same(c.nonce, r->nonce) && c.response.len == strlen(r->response) &&
           secret_same(c.response.ptr, r->response, c.response.len))
    on_refresh(p, flow, m, r);
  else
    challenge(p, flow, m, r);
}
