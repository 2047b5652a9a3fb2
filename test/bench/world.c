/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <string.h>

#include "base/base.h"

/* Cheap and the same in every run: randomness is the host's to pay. */
uint32_t seeded_word(void)
{
  static uint64_t seed = 1;
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(seed >> 32);
}

int seeded(void *user, uint8_t *out, size_t len)
{
  (void)user;
  for (size_t i = 0; i < len; i++)
    out[i] = (uint8_t)(seeded_word() >> 24);
  return 0;
}

static uint64_t now_ms(void *user) { return ((world *)user)->now_ms; }
static int64_t wall_s(void *user) { return 1764500000 + (int64_t)(((world *)user)->now_ms / 1000); }

static void on_event(void *user, imstls_client *client, const imstls_event *event)
{
  world *w = user;
  (void)client;
  if (event->type != IMSTLS_EVENT_OPEN)
    return;
  w->open_wanted = 1;
  w->connection = event->connection;
}

static int store(void *user, const char *name, const uint8_t *data, size_t len)
{
  world *w = user;
  (void)name;
  MUST(len <= sizeof w->record);
  if (len)
    memcpy(w->record, data, len);
  w->record_len = len;
  return IMSTLS_OK;
}

static int load(void *user, const char *name, uint8_t *out, size_t cap)
{
  world *w = user;
  (void)name;
  MUST(w->record_len <= cap);
  memcpy(out, w->record, w->record_len);
  return (int)w->record_len;
}

void world_init(world *w, const imstls_tls *tls)
{
  memset(w, 0, sizeof *w);
  w->now_ms = 1000000;
  w->card = (imstls_soft_usim)IMSTLS_SOFT_USIM_INIT;
  memset(w->card.card.k, 0x46, 16);
  memset(w->card.card.opc, 0xcd, 16);
  w->config = (imstls_config)IMSTLS_CONFIG_DEFAULTS;
  w->config.identity.impi = "001010000000001@ims.mnc001.mcc001.3gppnetwork.org";
  w->config.identity.impu = "sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org";
  w->config.identity.home_domain = "ims.mnc001.mcc001.3gppnetwork.org";
  w->config.network.pcscf = "pcscf1.visited.example";
  w->config.device.instance_id = "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
  w->config.device.contact_params = ";+g.3gpp.smsip;+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.mmtel\"";
  w->config.device.access_network_info = "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=001010001000019B";
  w->config.device.user_agent = "imstls bench";
  w->config.ports.usim = imstls_usim_soft(&w->card);
  w->config.ports.tls = tls;
  w->config.ports.random = seeded;
  w->config.callbacks.user = w->config.ports.clock_user = w->config.ports.storage_user = w;
  w->config.ports.now_ms = now_ms;
  w->config.ports.wall_s = wall_s;
  w->config.callbacks.on_event = on_event;
  w->config.ports.store = store;
  w->config.ports.load = load;
}

void world_open(world *w)
{
  imstls_address local = { .family = 4, .port = 40001 };
  MUST(w->open_wanted);
  w->open_wanted = 0;
  MUST(imstls_address_parse(IMSTLS_I_LIT("192.0.2.9"), &local) == IMSTLS_OK);
  local.port = 40001;
  MUST(imstls_client_connected(w->client, w->connection, &local) == IMSTLS_OK);
  w->trips++; /* SYN */
}

static size_t challenge(world *w, char *out, size_t cap)
{
  imstls_aka_vector vector;
  uint8_t plain[32], sqn[6];
  char nonce[64], s_token[25];
  const uint8_t amf[2] = { 0x80, 0 };
  w->sequence += 32;
  for (size_t i = 0; i < 6; i++)
    sqn[i] = (uint8_t)(w->sequence >> (8 * (5 - i)));
  seeded(NULL, plain, 16);
  MUST(imstls_aka_vector_make(&w->card.card, plain, sqn, amf, &vector) == IMSTLS_OK);
  memcpy(plain + 16, vector.autn, 16);
  MUST(imstls_token_make_server(vector.ik, w->cert.ptr, w->cert.len, s_token) == IMSTLS_OK);
  imstls_i_writer n = imstls_i_writer_make(nonce, sizeof nonce - 1);
  imstls_i_put_base64(&n, plain, sizeof plain);
  nonce[n.len] = '\0';
  return (size_t)snprintf(out, cap,
                          "WWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", algorithm=AKAv1-MD5, qop=\"auth\", "
                          "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\", s_token=\"%s\"\r\n"
                          "Security-Server: tls;q=0.2\r\nServer: P-CSCF 4.2\r\n",
                          w->config.identity.home_domain, nonce, s_token);
}

static size_t accepted(const imstls_sip_message *m, char *out, size_t cap)
{
  imstls_text contact = m->first[IMSTLS_HDR_CONTACT];
  return (size_t)snprintf(out, cap,
                          "Contact: %.*s\r\n"
                          "Path: <sip:term@pcscf1.visited.example:5061;lr>\r\n"
                          "Service-Route: <sip:orig@scscf1.ims.mnc001.mcc001.3gppnetwork.org:6060;lr>\r\n"
                          "P-Associated-URI: <sip:001010000000001@ims.mnc001.mcc001.3gppnetwork.org>,\r\n"
                          " <tel:+15550100001>, <sip:+15550100001@ims.mnc001.mcc001.3gppnetwork.org;user=phone>\r\n"
                          "Supported: path, gruu, outbound\r\nServer: P-CSCF 4.2\r\n",
                          (int)contact.len, contact.ptr);
}

size_t world_answer(world *w, const char *request, size_t len, char *out, size_t cap)
{
  imstls_sip_message m;
  char lines[2048];
  size_t lines_len, written = 0;
  MUST(imstls_sip_parse(&m, request, len) == IMSTLS_OK && imstls_text_is(m.method, "REGISTER"));
  bool proven = false;
  imstls_text auth = m.first[IMSTLS_HDR_AUTHORIZATION], name, value;
  MUST(auth.len > 7);
  auth = imstls_i_text(auth.ptr + 7, auth.len - 7);
  while (imstls_sip_auth_param_next(&auth, &name, &value, NULL) == IMSTLS_OK)
    proven |= imstls_text_is(name, "response") && value.len == 32;
  lines_len = proven ? accepted(&m, lines, sizeof lines) : challenge(w, lines, sizeof lines);
  MUST(lines_len < sizeof lines);
  MUST(imstls_sip_reply(&m, proven ? 200 : 401, proven ? "OK" : "Unauthorized", "5ef2a91c-77",
                        imstls_i_text(lines, lines_len), out, cap, &written) == IMSTLS_OK);
  return written;
}
