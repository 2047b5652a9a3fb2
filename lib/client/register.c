/* SPDX-License-Identifier: Apache-2.0 */
#include "client/register.h"

#include <imstls/outbound.h>

#include "access/access.h"
#include "client/event.h"

#define LIT(s) IMSTLS_I_PUT_LIT(w, s)

enum { SCHEME_LEN = 4 };

/* The copy of the home domain stands behind "sip:" (layout.c). */
imstls_text imstls_i_request_uri(const imstls_client *c)
{
  const char *domain = c->cfg.identity.home_domain;
  return imstls_i_text(domain - SCHEME_LEN, SCHEME_LEN + strlen(domain));
}

static imstls_text text_of(const char *string)
{
  return string ? imstls_i_text(string, strlen(string)) : imstls_i_text("", 0);
}

static bool is_tcp(const imstls_client *c) { return c->flow->transport == IMSTLS_NET_TCP; }

static void put_address(imstls_i_writer *w, const imstls_address *address)
{
  char text[56];
  size_t len = imstls_address_format(address, 1, text);
  imstls_i_put(w, text, len);
}

/* Via's word for what the flow is. */
static const char *via_transport(const imstls_client *c)
{
  if (c->flow->kind == FLOW_TLS)
    return "TLS";
  return is_tcp(c) ? "TCP" : "UDP";
}

/* RFC 6223 4.3: we send pings where the P-CSCF wants them. In clear nothing is kept, and over UDP none are sent. */
static bool offers_keep(const imstls_client *c)
{
  return c->flow->kind != FLOW_PLAIN && is_tcp(c) && c->cfg.timers.keepalive_ms != UINT32_MAX;
}

static void put_head(imstls_client *c, imstls_i_writer *w)
{
  LIT("REGISTER ");
  imstls_i_put_text(w, imstls_i_request_uri(c));
  LIT(" SIP/2.0\r\nVia: SIP/2.0/");
  imstls_i_put_str(w, via_transport(c));
  LIT(" ");
  put_address(w, &c->flow->local);
  LIT(";branch=");
  imstls_i_put_str(w, c->transaction.branch);
  LIT(";rport");
  if (offers_keep(c))
    LIT(";keep");
  LIT("\r\nMax-Forwards: 70\r\nFrom: <");
  imstls_i_put_str(w, c->cfg.identity.impu);
  LIT(">;tag=");
  imstls_i_put_str(w, c->transaction.from_tag);
  LIT("\r\nTo: <");
  imstls_i_put_str(w, c->cfg.identity.impu);
  LIT(">\r\nCall-ID: ");
  imstls_i_put_str(w, c->transaction.call_id);
  LIT("\r\nCSeq: ");
  imstls_i_put_uint(w, c->transaction.cseq);
  LIT(" REGISTER\r\n");
}

/* RFC 8141 3.1: scheme and namespace are the same in any case. So is "imei" here: when in doubt, it waits. Its digits;
 * NULL: it is another URN. */
static const char *imei_of(const char *urn)
{
  static const char prefix[] = "urn:gsma:imei:";
  for (size_t i = 0; i < sizeof prefix - 1; i++)
    if (imstls_i_lower(urn[i]) != prefix[i])
      return NULL;
  return urn + sizeof prefix - 1;
}

/* An IMEI names the device to whoever holds the other end: it waits for trust (TS 24.229 5.1.1.2.1). */
static bool instance_allowed(const imstls_client *c)
{
  if (!c->cfg.device.instance_id)
    return false;
  return c->flow->trust || c->cfg.policy.privacy_off || !imei_of(c->cfg.device.instance_id);
}

static uint32_t reg_id(const imstls_client *c)
{
  return instance_allowed(c) && !c->demands.without_reg_id ? c->cfg.device.reg_id : 0;
}

static void put_contact_uri(const imstls_client *c, imstls_i_writer *w)
{
  imstls_address at = c->flow->local;
  if (c->flow->kind == FLOW_TLS && c->cfg.serving.port)
    at.port = c->cfg.serving.port;
  LIT("sip:");
  imstls_i_put_str(w, c->binding.contact_user);
  LIT("@");
  put_address(w, &at);
  if (c->flow->kind == FLOW_TLS)
    LIT(";transport=tls");
  else if (is_tcp(c))
    LIT(";transport=tcp");
  if (c->cfg.device.contact_uri_params)
    imstls_i_put_str(w, c->cfg.device.contact_uri_params);
}

imstls_i_own_contact imstls_i_register_self(const imstls_client *c)
{
  const char *instance = instance_allowed(c) ? c->cfg.device.instance_id : NULL;
  return (imstls_i_own_contact){ .instance = instance,
                                 .imei = text_of(instance ? imei_of(instance) : NULL),
                                 .reg_id = reg_id(c),
                                 .asked_s = c->demands.expires_s,
                                 .impu = text_of(c->cfg.identity.impu),
                                 .domain = text_of(c->cfg.identity.home_domain) };
}

imstls_i_own_contact imstls_i_register_contact(const imstls_client *c, char room[CONTACT_URI_MAX])
{
  imstls_i_writer w = imstls_i_writer_make(room, CONTACT_URI_MAX);
  imstls_i_own_contact own = imstls_i_register_self(c);
  put_contact_uri(c, &w);
  own.uri = imstls_i_text(room, w.len);
  return own;
}

static void put_pcscf(const imstls_client *c, imstls_i_writer *w)
{
  LIT("<sip:");
  put_address(w, &c->flow->remote);
  if (c->flow->kind == FLOW_TLS)
    LIT(";transport=tls");
  else if (is_tcp(c))
    LIT(";transport=tcp");
  LIT(";lr>");
}

/* Who lists none has nothing against the one that was registered. */
static void put_identities(const imstls_client *c, imstls_outbound *out)
{
  out->impu = text_of(c->cfg.identity.impu);
  out->associated_uri = imstls_i_binding_associated_uri(&c->binding);
  if (!out->associated_uri.len && !c->binding.barred)
    out->associated_uri = out->impu;
  out->barred = c->binding.barred;
  out->outbound = c->binding.outbound;
  out->pub_gruu = imstls_i_binding_pub_gruu(&c->binding);
  out->temp_gruu = imstls_i_binding_temp_gruu(&c->binding);
}

/* The longest of each fits: an address has at most 48 characters. */
void imstls_i_put_names(const imstls_client *c, char sent_by[SENT_BY_MAX], char contact[CONTACT_URI_MAX])
{
  imstls_i_writer address = imstls_i_writer_make(sent_by, SENT_BY_MAX - 1);
  imstls_i_writer uri = imstls_i_writer_make(contact, CONTACT_URI_MAX - 1);
  memset(sent_by, 0, SENT_BY_MAX);
  memset(contact, 0, CONTACT_URI_MAX);
  put_address(&address, &c->flow->local);
  put_contact_uri(c, &uri);
}

int imstls_i_outbound(const imstls_client *c, imstls_outbound *out)
{
  if (!c || !out || out->size < sizeof *out)
    return IMSTLS_ERR_USAGE;
  if (!imstls_i_is_open_to_application(c))
    return IMSTLS_NOT_READY;
  *out = (imstls_outbound){ .size = sizeof *out };
  imstls_i_writer transport = imstls_i_writer_make(out->transport, sizeof out->transport - 1);
  imstls_i_writer pcscf = imstls_i_writer_make(out->pcscf, sizeof out->pcscf - 1);
  imstls_i_put_str(&transport, via_transport(c));
  put_pcscf(c, &pcscf);
  imstls_i_put_names(c, out->sent_by, out->contact);
  out->service_route = imstls_i_binding_service_route(&c->binding);
  if (c->agreement.has_list)
    out->security_verify = imstls_i_buffer_text(&c->agreement.list);
  out->access_network_info = text_of(c->cfg.device.access_network_info);
  put_identities(c, out);
  return IMSTLS_OK;
}

int imstls_client_outbound(const imstls_client *c, imstls_outbound *out)
{
  int error = imstls_i_outbound(c, out);
  if (!error)
    (void)imstls_outbound_identity(out, &out->preferred_identity, NULL);
  return error;
}

static void put_contact(imstls_client *c, imstls_i_writer *w, uint32_t expires_s)
{
  LIT("Contact: <");
  put_contact_uri(c, w);
  LIT(">");
  if (instance_allowed(c)) {
    LIT(";+sip.instance=\"<");
    imstls_i_put_str(w, c->cfg.device.instance_id);
    LIT(">\"");
  }
  if (reg_id(c)) {
    LIT(";reg-id=");
    imstls_i_put_uint(w, reg_id(c));
  }
  if (c->cfg.device.contact_params)
    imstls_i_put_str(w, c->cfg.device.contact_params);
  LIT(";expires=");
  imstls_i_put_uint(w, expires_s);
  LIT("\r\nExpires: ");
  imstls_i_put_uint(w, expires_s);
  LIT("\r\nSupported: path");
  if (reg_id(c))
    LIT(", outbound"); /* RFC 5626 4.2.1 */
  if (instance_allowed(c))
    LIT(", gruu"); /* RFC 5627 4.1 */
  LIT("\r\n");
}

static void put_secagree(imstls_client *c, imstls_i_writer *w, enum register_kind kind)
{
  if (c->cfg.policy.sec_agree == IMSTLS_SEC_AGREE_OFF || c->demands.without_agreement)
    return;
  LIT("Require: sec-agree\r\nProxy-Require: sec-agree\r\n");
  imstls_text rest = imstls_i_text(c->agreement.offer.ptr, c->agreement.offer.len);
  imstls_text entry;
  while (imstls_sip_list_next(&rest, &entry) == IMSTLS_OK) { /* a field each: some servers read only the first entry */
    LIT("Security-Client: ");
    imstls_i_put_text(w, entry);
    LIT("\r\n");
  }
  /* Only on the agreed channel (RFC 3329 2.3.1). */
  if (c->agreement.has_list && kind != REGISTER_FIRST && c->flow->kind != FLOW_PLAIN) {
    LIT("Security-Verify: ");
    imstls_i_put(w, c->agreement.list.ptr, c->agreement.list.len);
    LIT("\r\n");
  }
}

static void put_param(imstls_i_writer *w, const char *name, const char *value)
{
  LIT(", ");
  imstls_i_put_str(w, name);
  LIT("=\"");
  imstls_i_put_str(w, value);
  LIT("\"");
}

/* For this request alone. */
static void put_tokens(const imstls_i_tokens *tokens, imstls_i_writer *w)
{
  if (tokens->c_token2[0]) {
    put_param(w, "c_token2", tokens->c_token2);
    put_param(w, "cb", tokens->by_exporter ? "tls-exporter" : "tls-server-end-point");
  }
  if (tokens->c_token[0])
    put_param(w, "c_token", tokens->c_token);
}

/* A value that comes from RES goes nowhere but to a trusted channel, and an AUTS once. */
static bool repeats_authorization(const imstls_client *c, enum register_kind kind)
{
  if (!c->credentials.authorization.len)
    return false;
  switch (kind) {
  case REGISTER_ANSWER:
  case REGISTER_BAD_ANSWER: return true;
  case REGISTER_REFRESH:
  case REGISTER_DEREGISTER: return c->flow->trust && c->credentials.proven;
  default: return false;
  }
}

static int put_authorization(imstls_client *c, imstls_i_writer *w, enum register_kind kind)
{
  if (repeats_authorization(c, kind)) {
    imstls_i_put_text(w, imstls_i_buffer_text(&c->credentials.authorization));
    if (kind == REGISTER_ANSWER)
      put_tokens(&c->credentials.tokens, w);
    return IMSTLS_OK;
  }
  imstls_authorization auth = { .size = sizeof auth };
  auth.username = imstls_i_text(c->cfg.identity.impi, strlen(c->cfg.identity.impi));
  auth.realm = imstls_i_text(c->cfg.identity.home_domain, strlen(c->cfg.identity.home_domain));
  auth.uri = imstls_i_request_uri(c);
  auth.nonce = auth.response = IMSTLS_I_LIT("");
  return imstls_i_authorization_put(w, &auth);
}

static void put_tail(imstls_client *c, imstls_i_writer *w)
{
  if (c->flow->trust || c->cfg.policy.privacy_off) {
    if (c->cfg.device.access_network_info) {
      LIT("P-Access-Network-Info: ");
      imstls_i_put_str(w, c->cfg.device.access_network_info);
      LIT("\r\n");
    }
    if (c->cfg.device.user_agent) {
      LIT("User-Agent: ");
      imstls_i_put_str(w, c->cfg.device.user_agent);
      LIT("\r\n");
    }
  }
  if (c->flow->trust && c->cfg.device.extra_headers)
    imstls_i_put_str(w, c->cfg.device.extra_headers);
  LIT("Content-Length: 0\r\n\r\n");
}

int imstls_i_register_put(imstls_client *c, imstls_i_writer *w, enum register_kind kind)
{
  put_head(c, w);
  put_contact(c, w, kind == REGISTER_DEREGISTER || c->progress.deregisters ? 0 : c->demands.expires_s);
  put_secagree(c, w, kind);
  LIT("Authorization: ");
  int error = put_authorization(c, w, kind);
  LIT("\r\n");
  put_tail(c, w);
  return error;
}

static void start_timers(imstls_client *c)
{
  bool first = c->transaction.kind == REGISTER_FIRST && !c->binding.bound;
  bool brief = c->transaction.kind == REGISTER_DEREGISTER || c->progress.deregisters;
  imstls_i_transaction_timers how = { .now = c->wire.now, .reliable = is_tcp(c), .brief = brief, .first = first };
  imstls_i_transaction_start(&c->transaction, &c->cfg.timers, &how);
}

int imstls_i_register_send(imstls_client *c, enum register_kind kind)
{
  imstls_i_queue *tx = &c->flow->link.tx;
  enum outgoing what = kind == REGISTER_DEREGISTER ? OUT_DEREGISTER : OUT_REGISTER;
  size_t cap = 0;
  int error = imstls_i_transaction_begin(&c->transaction, &c->cfg.ports, kind);
  if (error)
    return error;
  imstls_i_queue_drop_register(tx);
  char *room = imstls_i_queue_room(tx, what, &cap);
  imstls_i_writer writer = imstls_i_writer_make(room, cap);
  error = imstls_i_register_put(c, &writer, kind);
  if (error || writer.failed) {
    imstls_wipe(room, cap);
    return error ? error : IMSTLS_ERR_TX_TOO_LONG;
  }
  char *message = imstls_i_queue_commit(tx, what, writer.len, NULL);
  start_timers(c);
  imstls_i_tell_sent(c, message, writer.len);
  return IMSTLS_OK; /* it leaves at the next look, where a failure is seen as a loss */
}
