/* SPDX-License-Identifier: Apache-2.0 */
#include "client_stream.h"

#include <stdio.h>
#include <string.h>

#include <imstls/outbound.h>

#include "client/client.h"
#include "client/register.h"

#define SERVER "ipsec-3gpp;q=0.3;alg=hmac-sha-1-96;prot=esp;mod=trans;spi-c=5;spi-s=6;port-c=7;port-s=8, tls;q=0.1"

static const char *challenge(struct fake *f, char what)
{
  if (what == 's')
    f->seq = f->seq > 1 ? f->seq - 2 : 0;
  f->home.opc[0] ^= what == 'w';
  const char *lines = fake_challenge_headers(f, what == 'h' ? "" : what == 'x' ? "000000000000000000000000" : NULL);
  f->home.opc[0] ^= what == 'w';
  return lines;
}

/* Of the subscription to the reg event: the next NOTIFY, or the answer to SUBSCRIBE. */
static int subscription(struct fake *f, char what, char out[1400])
{
  const imstls_i_subscription *s = f->client->subscription;
  const char *notify =
      "From: <sip:a@b>;tag=x\r\nTo: <sip:a@b>;tag=%s\r\nCall-ID: %s\r\nCSeq: %u NOTIFY\r\nEvent: reg\r\n";
  const char *answer = "From: <sip:a@b>;tag=%s\r\nTo: <sip:a@b>;tag=x\r\nCall-ID: %s\r\nCSeq: %u SUBSCRIBE\r\n";
  unsigned cseq = (unsigned)(what == 'N' ? s->remote_cseq + 1 : s->request.cseq);
  int n = snprintf(out, 1400, "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1\r\n");
  return n + snprintf(out + n, 1400 - (size_t)n, what == 'N' ? notify : answer, s->request.from_tag, s->request.call_id,
                      cseq);
}

size_t client_stream_fill(struct fake *f, char what, char out[1400])
{
  const imstls_i_transaction *d = &f->client->transaction;
  const char *impu = f->client->cfg.identity.impu;
  int n = 0;
  switch (what) {
  case 'b': n = snprintf(out, 1400, "%s", d->branch); break;
  case 'c': n = snprintf(out, 1400, "%s", d->call_id); break;
  case 't': n = snprintf(out, 1400, "%s", d->from_tag); break;
  case 'q': n = snprintf(out, 1400, "%u", (unsigned)d->cseq); break;
  case 'u': n = snprintf(out, 1400, "%s", f->client->binding.contact_user); break;
  case 'L': n = snprintf(out, 1400, "%s", f->security_server); break;
  case 'H':
  case 'h':
  case 'w':
  case 's':
  case 'x': n = snprintf(out, 1400, "%s", challenge(f, what)); break;
  case 'V':
    n = snprintf(out, 1400,
                 "Via: SIP/2.0/TLS 192.0.2.9;branch=%s\r\nFrom: <%s>;tag=%s\r\nTo: <%s>;tag=x\r\n"
                 "Call-ID: %s\r\nCSeq: %u REGISTER\r\n",
                 d->branch, impu, d->from_tag, impu, d->call_id, (unsigned)d->cseq);
    break;
  case 'N':
  case 'S': n = subscription(f, what, out); break;
  case 'U': {
    char room[CONTACT_URI_MAX];
    imstls_text uri = imstls_i_register_contact(f->client, room).uri;
    n = snprintf(out, 1400, "%.*s", (int)uri.len, uri.ptr);
    break;
  }
  case 'P': memset(out, 'p', 1000); return 1000;
  default: break;
  }
  return n > 0 && n < 1400 ? (size_t)n : 0;
}

void client_stream_config(struct fake *f, uint8_t policy, uint8_t world)
{
  imstls_config *config = &f->config;
  config->policy.flow = policy & 1;
  config->policy.fallback = policy >> 1 & 1;
  config->policy.trust = policy >> 2 & 3;
  config->policy.sec_agree = policy >> 4 & 3;
  config->policy.psk = policy >> 6 & 3;
  config->network.transport = world & 1 ? IMSTLS_NET_UDP : IMSTLS_NET_TCP;
  config->policy.offer = world & 2 ? "ipsec-3gpp;alg=hmac-sha-1-96, tls" : "tls";
  f->security_server = world & 2 ? SERVER : "tls;q=0.1";
  f->cut = world & 4 ? 1 : 0;
  f->card_pending = world & 8;
  f->facts.pki = world >> 4 & 1;
  f->facts.psk = world >> 5 & 1;
  f->handshake_result = world & 64 ? IMSTLS_ERR_TLS_REFUSED : IMSTLS_OK;
  config->network.pcscf = world & 128 ? "192.0.2.1,pcscf.example" : "192.0.2.1";
  config->callbacks.on_message = policy & 2 ? NULL : config->callbacks.on_message;
  config->device.instance_id = "urn:uuid:00000000-0000-1000-8000-000a95a0e128";
  config->device.reg_id = 1;
  config->policy.reg_event = 1;
  config->limits.rx_len = 4096;
}

/* All that a flow says of itself, and a request that gets it. */
static void use_flow(const struct fake *f)
{
  static const char invite[] =
      "INVITE sip:b SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKa\r\nFrom: <sip:b>;tag=1\r\n"
      "To: <sip:b>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nPrivacy: id\r\nContent-Length: 0\r\n\r\n";
  imstls_outbound flow = IMSTLS_SIZED(imstls_outbound);
  imstls_text entry = { NULL, 0 };
  if (imstls_client_outbound(f->client, &flow))
    return;
  while (imstls_outbound_route(&flow, &entry) == IMSTLS_OK)
    continue;
  for (entry.ptr = NULL; imstls_outbound_identity(&flow, &entry, NULL) == IMSTLS_OK;)
    continue;
  (void)imstls_client_send_stamped(f->client, invite, sizeof invite - 1);
}

void client_stream_beside(struct fake *f, char what)
{
  fake_run(f);
  int64_t wait = imstls_client_timeout_ms(f->client);
  switch (what) {
  case 'c': f->closed = true; break;
  case 'd': (void)imstls_client_deregister(f->client); break;
  case 'g': (void)imstls_client_register(f->client); break;
  case 'k': (void)imstls_client_usim_done(f->client, f->card_request, 0, &f->card_result); break;
  case 'K': (void)imstls_client_usim_done(f->client, f->card_request, IMSTLS_ERR_USIM, NULL); break;
  case 'n': (void)imstls_client_network_changed(f->client); break;
  case 'o': use_flow(f); break;
  case 'p': f->now_ms += wait > 0 ? (uint64_t)wait : 1000; break;
  case 'r': (void)imstls_client_refresh(f->client); break;
  case 's': (void)imstls_client_send(f->client, "MESSAGE sip:a SIP/2.0\r\n\r\n", 25); break;
  case 't': f->handshake_result = f->handshake_result ? IMSTLS_OK : IMSTLS_ERR_TLS; break;
  case 'x': f->connect_result = f->connect_result ? IMSTLS_OK : IMSTLS_ERR_CONNECT; break;
  default: break;
  }
  f->event_count = 0;
  fake_run(f);
}
