/* SPDX-License-Identifier: Apache-2.0 */
/* One block for everything the client will ever hold. */
#include "client/layout.h"

#include "client/config.h"
#include "client/served.h"

enum { ALIGN = 16, SCHEME_LEN = 4 };

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
  const char **strings[] = { &cfg->identity.home_domain, &cfg->identity.impi,
                             &cfg->identity.impu,        &cfg->network.pcscf,
                             &cfg->device.instance_id,   &cfg->device.contact_params,
                             &cfg->device.user_agent,    &cfg->device.access_network_info,
                             &cfg->device.extra_headers, &cfg->policy.offer,
                             &cfg->network.server_name,  &cfg->network.local_interface };
  char *scheme = take(l, 1, SCHEME_LEN); /* of the Request-URI, which the home domain's copy goes on with */
  if (scheme)
    memcpy(scheme, "sip:", SCHEME_LEN);
  for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
    copy_string(l, strings[i]);
}

imstls_text imstls_i_request_uri(const imstls_client *c)
{
  return imstls_i_text(c->cfg.identity.home_domain - SCHEME_LEN, SCHEME_LEN + strlen(c->cfg.identity.home_domain));
}

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
  imstls_text offer = imstls_i_text(cfg->policy.offer, strlen(cfg->policy.offer));
  return cfg->ports.net && (cfg->serving.port || imstls_secagree_has(offer, IMSTLS_MECHANISM_IPSEC_3GPP));
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
  imstls_i_buffer rx = lay_buffer(l, cfg->ports.net->accept ? cfg->serving.rx_len : 0);
  imstls_i_buffer tx = lay_buffer(l, cfg->ports.net->accept ? cfg->limits.tx_len : 0);
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
  size_t feed = cfg->ports.net ? 0 : cfg->limits.feed_len;
  const struct {
    size_t at, cap;
  } buffers[] = { BUFFER(rx, cfg->limits.rx_len),
                  BUFFER(tx, cfg->limits.tx_len),
                  BUFFER(cert, cfg->limits.cert_max),
                  BUFFER(list, cfg->limits.secagree_max),
                  BUFFER(fresh, cfg->limits.secagree_max),
                  BUFFER(challenge_text, cfg->limits.auth_max),
                  BUFFER(auth, cfg->limits.auth_max),
                  BUFFER(routes, cfg->limits.route_max),
                  BUFFER(offer, offer_cap(cfg->policy.offer)),
                  BUFFER(feed_in, feed),
                  BUFFER(feed_out, feed) };
  for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
    imstls_i_buffer buffer = lay_buffer(l, buffers[i].cap);
    if (c)
      memcpy((char *)c + buffers[i].at, &buffer, sizeof buffer);
  }
  lay_serving(l, c, cfg);
}

size_t imstls_i_layout_size(const imstls_config *config)
{
  imstls_config cfg;
  struct layout l = { 0 };
  if (imstls_i_config_read(config, &cfg))
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
  copy_struct(&c->usim, sizeof c->usim, c->cfg.ports.usim);
  copy_struct(&c->tls, sizeof c->tls, c->cfg.ports.tls);
  copy_struct(&c->ipsec, sizeof c->ipsec, c->cfg.ports.ipsec);
  copy_struct(&c->net, sizeof c->net, c->cfg.ports.net ? c->cfg.ports.net : &imstls_i_feed_net);
  if (!c->cfg.ports.net)
    c->net.user = c;
}

int imstls_i_layout_take(void *storage, size_t len, const imstls_config *config, imstls_client **out)
{
  imstls_config cfg;
  int error = imstls_i_config_read(config, &cfg);
  if (error)
    return error;
  if (len < imstls_i_layout_size(config))
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
  error = imstls_i_target_parse(c, (char *)(uintptr_t)cfg.network.pcscf); /* our copy */
  if (!error)
    error = imstls_i_random_hex(c, c->contact_user, 16);
  if (error)
    imstls_wipe(storage, len);
  else
    *out = c;
  return error;
}
