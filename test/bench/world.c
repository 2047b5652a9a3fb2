/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <string.h>

#include <imstls/digest.h>

#include "base/base.h"
#include "messages.h"

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
  w->algorithm = "AKAv1-MD5";
  w->card = (imstls_soft_usim)IMSTLS_SOFT_USIM_INIT;
  memset(w->card.card.k, 0x46, 16);
  memset(w->card.card.opc, 0xcd, 16);
  w->config = (imstls_config)IMSTLS_CONFIG_DEFAULTS;
  w->config.identity.impi = BENCH_IMPI;
  w->config.identity.impu = "sip:" BENCH_IMPI;
  w->config.identity.home_domain = BENCH_HOME;
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
}

static imstls_text param(imstls_text auth, const char *wanted)
{
  imstls_text name, value;
  MUST(auth.len > 7);
  auth = imstls_i_text(auth.ptr + 7, auth.len - 7); /* "Digest " */
  while (imstls_sip_auth_param_next(&auth, &name, &value, NULL) == IMSTLS_OK)
    if (imstls_text_is(name, wanted))
      return value;
  return imstls_i_text("", 0);
}

/* The vector of the next challenge, and its nonce as text. */
static void next_vector(world *w, char nonce[64])
{
  uint8_t plain[32], sqn[6];
  const uint8_t amf[2] = { 0x80, 0 };
  w->sequence += 32;
  for (size_t i = 0; i < 6; i++)
    sqn[i] = (uint8_t)(w->sequence >> (8 * (5 - i)));
  seeded(NULL, plain, 16);
  MUST(imstls_aka_vector_make(&w->card.card, plain, sqn, amf, &w->vector) == IMSTLS_OK);
  memcpy(plain + 16, w->vector.autn, 16);
  imstls_i_writer n = imstls_i_writer_make(nonce, 63);
  imstls_i_put_base64(&n, plain, sizeof plain);
  nonce[n.len] = '\0';
}

static int digest_of(const char *algorithm)
{
  bool sha256 = strstr(algorithm, "SHA-256") != NULL;
  if (strncmp(algorithm, "AKAv2", 5) == 0)
    return sha256 ? IMSTLS_DIGEST_AKAV2_SHA256 : IMSTLS_DIGEST_AKAV2_MD5;
  return sha256 ? IMSTLS_DIGEST_AKAV1_SHA256 : IMSTLS_DIGEST_AKAV1_MD5;
}

/* Authentication-Info of the 200 that answers the proof itself. */
static void put_info(const world *w, imstls_text auth, char *out, size_t cap)
{
  char rspauth[65];
  imstls_digest_input in = { .size = sizeof in, .digest = digest_of(w->algorithm), .qop = IMSTLS_QOP_AUTH };
  char password[45];
  in.username = param(auth, "username");
  in.realm = param(auth, "realm");
  in.nonce = param(auth, "nonce");
  in.uri = param(auth, "uri");
  in.nc = param(auth, "nc");
  in.cnonce = param(auth, "cnonce");
  in.method = imstls_i_text("", 0);
  in.password = (imstls_bytes){ w->vector.res, w->vector.res_len };
  if (strncmp(w->algorithm, "AKAv2", 5) == 0) {
    imstls_aka_result result = { .size = sizeof result, .verdict = IMSTLS_AKA_OK, .res_len = w->vector.res_len };
    memcpy(result.res, w->vector.res, sizeof result.res);
    memcpy(result.ck, w->vector.ck, sizeof result.ck);
    memcpy(result.ik, w->vector.ik, sizeof result.ik);
    MUST(imstls_digest_akav2_password(in.digest, &result, password, &in.password.len) == IMSTLS_OK);
    in.password.ptr = (const uint8_t *)password;
  }
  MUST(imstls_digest_response(&in, rspauth) == IMSTLS_OK);
  int n = snprintf(out, cap, MESSAGE_INFO, (int)in.cnonce.len, in.cnonce.ptr, rspauth);
  MUST(n > 0 && (size_t)n < cap);
}

#define TEXT(t) (int)(t).len, (t).ptr

size_t world_answer(world *w, const char *request, size_t len, char *out, size_t cap)
{
  imstls_sip_message m;
  imstls_sip_via via;
  imstls_sip_address address;
  imstls_text tag, call_id, auth, contact, from;
  char nonce[64], s_token[25], info[256] = "";
  int n;
  MUST(imstls_sip_parse(&m, request, len) == IMSTLS_OK && imstls_text_is(m.method, "REGISTER"));
  MUST(imstls_sip_via_parse(m.first[IMSTLS_HDR_VIA], &via) == IMSTLS_OK);
  from = m.first[IMSTLS_HDR_FROM];
  MUST(imstls_sip_address_next(&from, &address) == IMSTLS_OK);
  MUST(imstls_sip_param_find(address.params, "tag", &tag) == IMSTLS_OK);
  call_id = m.first[IMSTLS_HDR_CALL_ID];
  contact = m.first[IMSTLS_HDR_CONTACT];
  auth = m.first[IMSTLS_HDR_AUTHORIZATION];
  if (param(auth, "response").len > 0) {
    if (w->challenged)
      put_info(w, auth, info, sizeof info);
    w->challenged = 0;
    n = snprintf(out, cap, MESSAGE_200, TEXT(via.branch), TEXT(tag), TEXT(call_id), (unsigned)m.cseq, TEXT(contact),
                 info);
  } else {
    next_vector(w, nonce);
    w->challenged = 1;
    MUST(imstls_token_make_server(w->vector.ik, w->cert.ptr, w->cert.len, s_token) == IMSTLS_OK);
    n = snprintf(out, cap, MESSAGE_401, TEXT(via.branch), TEXT(tag), TEXT(call_id), (unsigned)m.cseq, nonce,
                 w->algorithm, s_token);
  }
  MUST(n > 0 && (size_t)n < cap);
  return (size_t)n;
}
