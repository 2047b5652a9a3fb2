/* SPDX-License-Identifier: Apache-2.0 */
/* REGISTER requests (TS 24.229 5.1.1.2, 5.1.1.4, 5.1.1.6; RFC 3329 2.3.1). */
#include "client/client.h"

#include "access/access.h"

#define LIT(s) IMSTLS_I_PUT_LIT(w, s)

int imstls_i_random_hex(imstls_client *c, char *out, size_t digits)
{
  uint8_t octets[16];
  int error = c->cfg.ports.random(c->cfg.ports.random_user, octets, digits / 2);
  if (error)
    return IMSTLS_ERR_RANDOM;
  imstls_i_hex_encode(octets, digits / 2, out);
  return IMSTLS_OK;
}

int imstls_i_new_dialog(imstls_client *c)
{
  imstls_wipe(&c->dialog, sizeof c->dialog);
  c->dialog.expires_s = c->cfg.policy.expires_s;
  c->listed = false;
  c->list.len = 0;
  int error = imstls_i_random_hex(c, c->dialog.call_id, 32);
  return error ? error : imstls_i_random_hex(c, c->dialog.from_tag, 16);
}

static bool is_tcp(const imstls_client *c) { return c->flow->transport == IMSTLS_NET_TCP; }

static void put_address(imstls_i_writer *w, const imstls_address *address)
{
  char text[56];
  size_t len = imstls_address_format(address, 1, text);
  imstls_i_put(w, text, len);
}

static void put_head(imstls_client *c, imstls_i_writer *w)
{
  LIT("REGISTER ");
  imstls_i_put_text(w, imstls_i_request_uri(c));
  LIT(" SIP/2.0\r\nVia: SIP/2.0/");
  if (c->flow->kind == FLOW_TLS)
    LIT("TLS ");
  else if (is_tcp(c))
    LIT("TCP ");
  else
    LIT("UDP ");
  put_address(w, &c->flow->local);
  LIT(";branch=");
  imstls_i_put_str(w, c->dialog.branch);
  LIT(";rport\r\nMax-Forwards: 70\r\nFrom: <");
  imstls_i_put_str(w, c->cfg.identity.impu);
  LIT(">;tag=");
  imstls_i_put_str(w, c->dialog.from_tag);
  LIT("\r\nTo: <");
  imstls_i_put_str(w, c->cfg.identity.impu);
  LIT(">\r\nCall-ID: ");
  imstls_i_put_str(w, c->dialog.call_id);
  LIT("\r\nCSeq: ");
  imstls_i_put_uint(w, c->dialog.cseq);
  LIT(" REGISTER\r\n");
}

/* RFC 8141 3.1: scheme and namespace are the same in any case. So is "imei" here: when in doubt, it waits. */
static bool is_imei(const char *urn)
{
  static const char prefix[] = "urn:gsma:imei:";
  for (size_t i = 0; i < sizeof prefix - 1; i++)
    if (imstls_i_lower(urn[i]) != prefix[i])
      return false;
  return true;
}

/* An IMEI names the device to whoever holds the other end: it waits for trust (TS 24.229 5.1.1.2.1). */
static bool instance_allowed(const imstls_client *c)
{
  if (!c->cfg.device.instance_id)
    return false;
  return c->flow->trust || c->cfg.policy.privacy_off || !is_imei(c->cfg.device.instance_id);
}

static void put_contact(imstls_client *c, imstls_i_writer *w, uint32_t expires_s)
{
  imstls_address at = c->flow->local;
  if (c->flow->kind == FLOW_TLS && c->cfg.serving.port)
    at.port = c->cfg.serving.port;
  LIT("Contact: <sip:");
  imstls_i_put_str(w, c->contact_user);
  LIT("@");
  put_address(w, &at);
  if (c->flow->kind == FLOW_TLS)
    LIT(";transport=tls>");
  else if (is_tcp(c))
    LIT(";transport=tcp>");
  else
    LIT(">");
  if (instance_allowed(c)) {
    LIT(";+sip.instance=\"<");
    imstls_i_put_str(w, c->cfg.device.instance_id);
    LIT(">\"");
    if (c->cfg.device.reg_id && !c->dialog.no_reg_id) {
      LIT(";reg-id=");
      imstls_i_put_uint(w, c->cfg.device.reg_id);
    }
  }
  if (c->cfg.device.contact_params)
    imstls_i_put_str(w, c->cfg.device.contact_params);
  LIT(";expires=");
  imstls_i_put_uint(w, expires_s);
  LIT("\r\nExpires: ");
  imstls_i_put_uint(w, expires_s);
  LIT("\r\nSupported: path, gruu, outbound\r\n");
}

static void put_secagree(imstls_client *c, imstls_i_writer *w, enum request kind)
{
  if (c->cfg.policy.sec_agree == IMSTLS_SEC_AGREE_OFF || c->dialog.no_sec_agree)
    return;
  LIT("Require: sec-agree\r\nProxy-Require: sec-agree\r\n");
  imstls_text rest = imstls_i_text(c->offer.ptr, c->offer.len);
  imstls_mechanism entry = { .size = sizeof entry };
  while (imstls_secagree_next(&rest, &entry) == IMSTLS_OK) { /* a field each: some servers read only the first entry */
    LIT("Security-Client: ");
    imstls_i_put_text(w, entry.raw);
    LIT("\r\n");
  }
  /* Only on the agreed channel (RFC 3329 2.3.1). */
  if (c->listed && kind != REQ_FIRST && c->flow->kind != FLOW_PLAIN) {
    LIT("Security-Verify: ");
    imstls_i_put(w, c->list.ptr, c->list.len);
    LIT("\r\n");
  }
}

static int put_authorization(imstls_client *c, imstls_i_writer *w, enum request kind)
{
  imstls_authorization auth = { .size = sizeof auth };
  auth.username = imstls_i_text(c->cfg.identity.impi, strlen(c->cfg.identity.impi));
  auth.realm = imstls_i_text(c->cfg.identity.home_domain, strlen(c->cfg.identity.home_domain));
  auth.uri = imstls_i_request_uri(c);
  auth.nonce = auth.response = IMSTLS_I_LIT("");
  /* Word for word what was answered; a value that comes from RES goes nowhere but to a trusted channel, and an AUTS
   * once. */
  bool again = c->flow->trust && c->dialog.proven && (kind == REQ_REFRESH || kind == REQ_DEREGISTER);
  if (c->auth.len && (kind == REQ_ANSWER || kind == REQ_BAD || again)) {
    imstls_i_put(w, c->auth.ptr, c->auth.len);
    if (kind == REQ_ANSWER)
      imstls_i_token2_put(c, w);
    if (kind == REQ_ANSWER && c->c_token[0]) {
      LIT(",c_token=\"");
      imstls_i_put(w, c->c_token, IMSTLS_TOKEN_TEXT_LEN);
      LIT("\"");
    }
    return IMSTLS_OK;
  }
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

static void start_timers(imstls_client *c)
{
  c->awaiting = true;
  uint32_t t1 = c->cfg.timers.t1_ms;
  c->timer_f = c->now + c->cfg.timers.timer_f_ms;
  c->timer_e = is_tcp(c) ? NEVER : c->now + t1; /* RFC 3261 17.1.2: no retransmission over a stream */
  c->e_ms = t1;
  if (c->leaving && c->timer_f > c->now + 10000)
    c->timer_f = c->now + 10000;
}

static int put_register(imstls_client *c, imstls_i_writer *w, enum request kind)
{
  put_head(c, w);
  put_contact(c, w, kind == REQ_DEREGISTER || c->leaving ? 0 : c->dialog.expires_s);
  put_secagree(c, w, kind);
  LIT("Authorization: ");
  int error = put_authorization(c, w, kind);
  LIT("\r\n");
  put_tail(c, w);
  return error;
}

/* What SM7 has beside what the first REGISTER had. */
static size_t answer_len(const imstls_client *c)
{
  enum { NAME = 25, VERIFY = 20, RESPONSE = 60, SHA256_MORE = 32, QOP = 70 };
  const imstls_challenge *from = &c->challenge;
  bool sha256 = from->digest == IMSTLS_DIGEST_AKAV1_SHA256 || from->digest == IMSTLS_DIGEST_AKAV2_SHA256;
  const char *trusted[] = { c->cfg.device.user_agent, c->cfg.device.access_network_info, c->cfg.device.extra_headers };
  size_t len = VERIFY + c->list.len + from->nonce.len + from->opaque.len + RESPONSE;
  for (size_t i = 0; i < sizeof trusted / sizeof trusted[0]; i++)
    len += trusted[i] ? NAME + strlen(trusted[i]) : 0;
  return len + (sha256 ? SHA256_MORE : 0) + (from->qop ? QOP : 0);
}

size_t imstls_i_register_len(imstls_client *c, enum request kind)
{
  enum { ADDRESSES = 96, ENTRY = 100 };
  imstls_i_writer w = imstls_i_writer_make(NULL, 0);
  (void)put_register(c, &w, REQ_FIRST);
  size_t len = w.len + (c->flow->local.family ? 0 : ADDRESSES) + (c->offer.len ? 0 : strlen(c->cfg.policy.offer));
  for (const char *entry = c->offer.len ? NULL : c->cfg.policy.offer; entry; entry = strchr(entry + 1, ','))
    len += ENTRY;
  return kind == REQ_ANSWER ? len + answer_len(c) : len;
}

int imstls_i_send_register(imstls_client *c, enum request kind)
{
  char random[25];
  int error = imstls_i_random_hex(c, random, 24);
  if (error)
    return error;
  if (c->flow->tx_len) { /* a message of the host's is still leaving */
    c->send_wanted = (uint32_t)kind;
    c->sent = kind;
    start_timers(c);
    return IMSTLS_OK;
  }
  c->send_wanted = 0;
  memcpy(c->dialog.branch, "z9hG4bK", 7);
  memcpy(c->dialog.branch + 7, random, sizeof random);
  c->dialog.cseq++;
  c->sent = kind;
  imstls_i_writer writer = imstls_i_writer_make(c->tx.ptr, c->tx.cap);
  error = put_register(c, &writer, kind);
  if (error || writer.failed) {
    imstls_wipe(c->tx.ptr, c->tx.cap);
    return error ? error : IMSTLS_ERR_TX_TOO_LONG;
  }
  c->flow->tx_len = writer.len;
  c->flow->tx_done = 0;
  start_timers(c);
  imstls_i_tell_sent(c, c->tx.ptr, writer.len);
  return IMSTLS_OK; /* it leaves at the next look, where a failure is seen as a loss */
}
