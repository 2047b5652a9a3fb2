/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: checked, copied, and one block laid out for everything the client will ever hold. */
#include "client/served.h"

enum { OFFER_MAX = 512, ALIGN = 16, SCHEME_LEN = 4 };

/* Hands out pieces of one block; with `base` NULL it only adds up. */
struct layout {
  char *base;
  size_t used;
};

static void *take(struct layout *l, size_t align, size_t len)
{
  size_t at = (l->used + align - 1) / align * align;
  l->used = at + len;
  return l->base ? l->base + at : NULL;
}

static void copy_string(struct layout *l, const char **string)
{
  if (!*string)
    return;
  size_t len = strlen(*string) + 1;
  char *to = take(l, 1, len);
  if (to)
    memcpy(to, *string, len);
  *string = to ? to : *string;
}

static void copy_strings(struct layout *l, imstls_config *cfg)
{
  const char **strings[] = { &cfg->home_domain,   &cfg->impi,           &cfg->impu,        &cfg->pcscf,
                             &cfg->instance_id,   &cfg->contact_params, &cfg->user_agent,  &cfg->access_network_info,
                             &cfg->extra_headers, &cfg->offer,          &cfg->server_name, &cfg->local_interface };
  char *scheme = take(l, 1, SCHEME_LEN); /* of the Request-URI, which the home domain's copy goes on with */
  if (scheme)
    memcpy(scheme, "sip:", SCHEME_LEN);
  for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
    copy_string(l, strings[i]);
}

imstls_text imstls_i_request_uri(const imstls_client *c)
{
  return imstls_i_text(c->cfg.home_domain - SCHEME_LEN, SCHEME_LEN + strlen(c->cfg.home_domain));
}

static size_t usual(uint32_t value, size_t fallback) { return value ? value : fallback; }

/* Security-Client: the offer, and in each entry SPIs and ports. */
static size_t offer_cap(const char *offer)
{
  static const char longest[] = ", ;prot=esp;mod=trans;spi-c=4294967295;spi-s=4294967295;port-c=65535;port-s=65535";
  size_t cap = strlen(offer) + sizeof longest;
  while ((offer = strchr(offer, ',')) != NULL) {
    cap += sizeof longest;
    offer++;
  }
  return cap;
}

/* Our own listener, or the protected server port (TS 33.203 7.1). */
static bool may_serve(const imstls_config *cfg)
{
  imstls_text offer = imstls_i_text(cfg->offer, strlen(cfg->offer));
  return cfg->net && (cfg->serve_port || imstls_secagree_has(offer, IMSTLS_MECHANISM_IPSEC_3GPP));
}

static imstls_i_buffer lay_buffer(struct layout *l, size_t cap)
{
  return (imstls_i_buffer){ take(l, ALIGN, cap), cap, 0 };
}

static void lay_serving(struct layout *l, imstls_client *c, const imstls_config *cfg)
{
  if (!may_serve(cfg))
    return;
  imstls_i_serving *serving = take(l, ALIGN, sizeof *serving);
  imstls_i_buffer rx = lay_buffer(l, cfg->net->accept ? usual(cfg->serve_len, 4096) : 0);
  imstls_i_buffer tx = lay_buffer(l, cfg->net->accept ? usual(cfg->tx_len, 4096) : 0);
  if (c) {
    serving->rx = rx;
    serving->tx = tx;
    c->serving = serving;
  }
}

/* `c` may be NULL. */
static void lay_buffers(struct layout *l, imstls_client *c, const imstls_config *cfg)
{
#define BUFFER(field, size) { offsetof(imstls_client, field), (size) }
  size_t feed = cfg->net ? 0 : usual(cfg->feed_len, 4096);
  const struct {
    size_t at, cap;
  } buffers[] = { BUFFER(rx, usual(cfg->rx_len, 16384)),
                  BUFFER(tx, usual(cfg->tx_len, 4096)),
                  BUFFER(cert, usual(cfg->cert_max, 4096)),
                  BUFFER(list, usual(cfg->secagree_max, 1024)),
                  BUFFER(fresh, usual(cfg->secagree_max, 1024)),
                  BUFFER(challenge_text, usual(cfg->auth_max, 2048)),
                  BUFFER(auth, usual(cfg->auth_max, 2048)),
                  BUFFER(routes, usual(cfg->route_max, 2048)),
                  BUFFER(offer, offer_cap(cfg->offer)),
                  BUFFER(feed_in, feed),
                  BUFFER(feed_out, feed) };
  for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
    imstls_i_buffer buffer = lay_buffer(l, buffers[i].cap);
    if (c)
      memcpy((char *)c + buffers[i].at, &buffer, sizeof buffer);
  }
  lay_serving(l, c, cfg);
}

/* Printable, without what would end the header or the quotes it is written into. */
static bool is_clean(const char *text, const char *forbidden)
{
  if (!text || !*text)
    return false;
  for (const char *p = text; *p; p++)
    if ((unsigned char)*p < ' ' || *p == 0x7f || strchr(forbidden, *p))
      return false;
  return true;
}

static bool is_clean_or_absent(const char *text, const char *forbidden) { return !text || is_clean(text, forbidden); }

/* Whole lines, each with a name, a colon and CRLF; nothing that would end the header block. */
static bool is_header_block(const char *text)
{
  if (!text)
    return true;
  while (*text) {
    size_t name = strcspn(text, ": \r\n"), line = strcspn(text, "\r\n");
    if (!name || text[name] != ':' || text[line] != '\r' || text[line + 1] != '\n')
      return false;
    text += line + 2;
  }
  return true;
}

static bool names_fit(const imstls_config *cfg)
{
  bool scheme = cfg->impu &&
                (!strncmp(cfg->impu, "sip:", 4) || !strncmp(cfg->impu, "sips:", 5) || !strncmp(cfg->impu, "tel:", 4));
  return scheme && is_clean(cfg->impi, "\"\\<>, ") && strlen(cfg->impi) <= 255 && is_clean(cfg->impu, "\"<>, ") &&
         strlen(cfg->impu) <= 255 && is_clean(cfg->home_domain, "\"\\<>@:;?, /") && strlen(cfg->home_domain) <= 253 &&
         is_clean_or_absent(cfg->instance_id, "\"<> ") && is_clean_or_absent(cfg->contact_params, "<>,") &&
         (!cfg->contact_params || cfg->contact_params[0] == ';') && is_clean_or_absent(cfg->user_agent, "") &&
         is_clean_or_absent(cfg->access_network_info, "") && is_header_block(cfg->extra_headers) &&
         is_clean_or_absent(cfg->server_name, "/ ") && (!cfg->reg_id || cfg->instance_id);
}

static bool in_range(int32_t value, int32_t last) { return value >= 0 && value <= last; }

static bool values_fit(const imstls_config *cfg)
{
  return in_range(cfg->flow, IMSTLS_FLOW_AGREE_FIRST) && in_range(cfg->sec_agree, IMSTLS_SEC_AGREE_OFF) &&
         in_range(cfg->trust, IMSTLS_TRUST_TOKEN_AND_PKI) && in_range(cfg->psk, IMSTLS_PSK_ONLY) &&
         in_range(cfg->fallback, IMSTLS_FALLBACK_IPSEC) && in_range(cfg->transport, IMSTLS_NET_UDP) &&
         in_range(cfg->amf_separation, IMSTLS_AMF_REQUIRE_1) && in_range(cfg->token_key, IMSTLS_TOKEN_KEY_IK_PRIME) &&
         in_range(cfg->token2, IMSTLS_TOKEN2_PINNED) && !(cfg->algorithms & ~IMSTLS_DIGEST_AKA_ALL) &&
         cfg->reg_id <= 0x7fffffff && usual(cfg->rx_len, 16384) >= 512 && usual(cfg->tx_len, 4096) >= 512 &&
         usual(cfg->rx_len, 1) <= 0x1000000 && usual(cfg->tx_len, 1) <= 0x1000000 &&
         usual(cfg->serve_len, 4096) >= 512 && cfg->serve_len <= 0x1000000;
}

/* 0, or why the list cannot be offered. */
static int offer_fits(const imstls_config *cfg, const char *offer)
{
  imstls_text rest = imstls_i_text(offer, strlen(offer));
  imstls_mechanism entry = { .size = sizeof entry };
  bool tls = false, ipsec = false;
  int result;
  if (!is_clean(offer, "") || strlen(offer) > OFFER_MAX)
    return IMSTLS_ERR_CONFIG;
  while ((result = imstls_secagree_next(&rest, &entry)) == IMSTLS_OK) {
    tls |= entry.id == IMSTLS_MECHANISM_TLS;
    ipsec |= entry.id == IMSTLS_MECHANISM_IPSEC_3GPP;
    if (entry.id == IMSTLS_MECHANISM_OTHER || entry.spi_c || entry.spi_s || entry.port_c || entry.port_s)
      return IMSTLS_ERR_CONFIG; /* SPIs and ports are new in each offer: reserve() gives them */
    if (entry.id == IMSTLS_MECHANISM_IPSEC_3GPP && !entry.alg.ptr)
      return IMSTLS_ERR_CONFIG;
  }
  if (result != IMSTLS_END || !(tls || ipsec))
    return IMSTLS_ERR_CONFIG;
  if (cfg->flow == IMSTLS_FLOW_TLS_FIRST && !tls)
    return IMSTLS_ERR_CONFIG;
  if (ipsec && (!cfg->ipsec || !cfg->net))
    return IMSTLS_ERR_CONFIG;
  return cfg->fallback == IMSTLS_FALLBACK_IPSEC && !ipsec ? IMSTLS_ERR_CONFIG : IMSTLS_OK;
}

static int policy_fits(const imstls_config *cfg)
{
  bool agree_first = cfg->flow == IMSTLS_FLOW_AGREE_FIRST;
  if (cfg->psk == IMSTLS_PSK_ONLY && !agree_first)
    return IMSTLS_ERR_CONFIG; /* no key before the first challenge */
  if (cfg->sec_agree == IMSTLS_SEC_AGREE_OFF && (agree_first || cfg->fallback))
    return IMSTLS_ERR_CONFIG;
  if (cfg->sec_agree != IMSTLS_SEC_AGREE_REQUIRED && cfg->trust == IMSTLS_TRUST_TOKEN &&
      cfg->sec_agree == IMSTLS_SEC_AGREE_OPTIONAL)
    return IMSTLS_ERR_CONFIG; /* a list may be missing only where PKI vouches for the channel */
  if (cfg->serve_port && (!cfg->net || !cfg->net->accept))
    return IMSTLS_ERR_CONFIG;
  if (cfg->token2 == IMSTLS_TOKEN2_PINNED && (!cfg->store || !cfg->load))
    return IMSTLS_ERR_CONFIG;
  return IMSTLS_OK;
}

/* Growth: fields that an older caller does not know are zero. */
static int read_config(const imstls_config *config, imstls_config *cfg)
{
  if (!config || config->size < offsetof(imstls_config, load) || config->size > sizeof *cfg)
    return IMSTLS_ERR_CONFIG;
  memset(cfg, 0, sizeof *cfg);
  memcpy(cfg, config, config->size);
  if (!cfg->offer)
    cfg->offer = "tls";
  if (!cfg->pcscf || !cfg->usim || !cfg->usim->authenticate || !cfg->tls || !cfg->random || !cfg->now_ms)
    return IMSTLS_ERR_CONFIG;
  if (cfg->net && (!cfg->net->open || !cfg->net->connected || !cfg->net->send || !cfg->net->recv || !cfg->net->close))
    return IMSTLS_ERR_CONFIG;
  if (!names_fit(cfg) || !values_fit(cfg))
    return IMSTLS_ERR_CONFIG;
  int error = offer_fits(cfg, cfg->offer);
  return error ? error : policy_fits(cfg);
}

size_t imstls_i_config_size(const imstls_config *config)
{
  imstls_config cfg;
  struct layout l = { 0 };
  if (read_config(config, &cfg))
    return 0;
  take(&l, ALIGN, sizeof(imstls_client));
  copy_strings(&l, &cfg);
  lay_buffers(&l, NULL, &cfg);
  return l.used;
}

static void copy_struct(void *to, size_t cap, const void *from)
{
  size_t size;
  memset(to, 0, cap);
  if (!from)
    return;
  memcpy(&size, from, sizeof size);
  memcpy(to, from, size < cap ? size : cap);
}

static void copy_callbacks(imstls_client *c)
{
  copy_struct(&c->usim, sizeof c->usim, c->cfg.usim);
  copy_struct(&c->tls, sizeof c->tls, c->cfg.tls);
  copy_struct(&c->ipsec, sizeof c->ipsec, c->cfg.ipsec);
  copy_struct(&c->net, sizeof c->net, c->cfg.net ? c->cfg.net : &imstls_i_feed_net);
  if (!c->cfg.net)
    c->net.user = c;
}

int imstls_i_config_take(void *storage, size_t len, const imstls_config *config, imstls_client **out)
{
  imstls_config cfg;
  int error = read_config(config, &cfg);
  if (error)
    return error;
  if (len < imstls_i_config_size(config))
    return IMSTLS_ERR_CAPACITY;
  memset(storage, 0, len);
  struct layout l = { .base = storage };
  imstls_client *c = take(&l, ALIGN, sizeof *c);
  copy_strings(&l, &cfg);
  lay_buffers(&l, c, &cfg);
  c->cfg = cfg;
  c->block_len = l.used;
  copy_callbacks(c);
  c->flow = &c->flows[0];
  c->old = &c->flows[1];
  for (int i = 0; i < 2; i++) {
    c->flows[i] = (imstls_i_flow){ .client = c, .socket = NO_SOCKET, .side = NO_SOCKET, .session = NO_SESSION };
    c->flows[i].ping_at = c->flows[i].pong_by = NEVER;
  }
  imstls_i_served_init(c);
  for (int i = 0; i < CARD_RUNS_A_MINUTE; i++)
    c->card_runs[i] = NEVER;
  for (int i = 0; i < AUTS_AN_HOUR; i++)
    c->auts[i].at = NEVER;
  c->deadline = c->timer_e = c->timer_f = c->refresh_at = c->bound_until = NEVER;
  error = imstls_i_target_parse(c, (char *)(uintptr_t)cfg.pcscf); /* our copy */
  if (!error)
    error = imstls_i_random_hex(c, c->contact_user, 16);
  if (error)
    imstls_wipe(storage, len);
  else
    *out = c;
  return error;
}
