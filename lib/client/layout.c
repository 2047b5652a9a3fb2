/* SPDX-License-Identifier: Apache-2.0 */
/* One block for everything the client will ever hold. */
#include "client/layout.h"

#include "registration/config.h"
#include "registration/random.h"

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

/* Room for one of the longest messages, and `reserve` beside it. */
static imstls_i_queue lay_queue(struct layout *l, size_t longest, size_t reserve)
{
  size_t cap = sizeof(imstls_i_queued) + longest + reserve;
  return (imstls_i_queue){ .ptr = take(l, ALIGN, cap), .cap = cap, .longest = longest, .reserve = reserve };
}

/* What the block holds. */
struct pieces {
  imstls_client *client;
  imstls_i_buffer rx, cert, list, judged, offer, challenge, authorization, routes, feed_in, feed_out, served_rx;
  imstls_i_queue tx, served_tx;
  imstls_i_serving *serving;
};

static void lay_serving(struct layout *l, struct pieces *p, const imstls_config *cfg)
{
  if (!may_serve(cfg))
    return;
  p->serving = take(l, ALIGN, sizeof *p->serving);
  if (!cfg->ports.net->accept)
    return;
  p->served_rx = lay_buffer(l, cfg->serving.rx_len);
  p->served_tx = lay_queue(l, cfg->limits.tx_len, 0);
}

static struct pieces lay_out(struct layout *l, imstls_config *cfg)
{
  size_t feed = cfg->ports.net ? 0 : cfg->limits.feed_len;
  struct pieces p = { .client = take(l, ALIGN, sizeof *p.client) };
  copy_strings(l, cfg);
  p.rx = lay_buffer(l, cfg->limits.rx_len);
  p.tx = lay_queue(l, cfg->limits.tx_len, cfg->limits.tx_len + QUEUE_RESERVE);
  p.cert = lay_buffer(l, cfg->limits.cert_max);
  p.list = lay_buffer(l, cfg->limits.secagree_max);
  p.judged = lay_buffer(l, cfg->limits.secagree_max);
  p.offer = lay_buffer(l, offer_cap(cfg->policy.offer));
  p.challenge = lay_buffer(l, cfg->limits.auth_max);
  p.authorization = lay_buffer(l, cfg->limits.auth_max);
  p.routes = lay_buffer(l, cfg->limits.route_max);
  p.feed_in = lay_buffer(l, feed);
  p.feed_out = lay_buffer(l, feed);
  lay_serving(l, &p, cfg);
  return p;
}

size_t imstls_i_layout_size(const imstls_config *config)
{
  imstls_config cfg;
  struct layout l = { 0 };
  if (imstls_i_config_read(config, &cfg))
    return 0;
  (void)lay_out(&l, &cfg);
  return l.used;
}

/* Each part gets its buffers. */
static void hand_out(imstls_client *c, const struct pieces *p)
{
  c->flow->link.rx = p->rx;
  c->flow->link.tx = p->tx;
  c->flow->cert = p->cert;
  c->agreement.list = p->list;
  c->agreement.judged = p->judged;
  c->agreement.offer = p->offer;
  c->authentication.text = p->challenge;
  c->credentials.authorization = p->authorization;
  c->binding.routes = p->routes;
  c->feed.in = p->feed_in;
  c->feed.out = p->feed_out;
  if (!c->serving)
    return;
  c->serving->links[0].rx = p->served_rx;
  c->serving->links[0].tx = p->served_tx;
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

static void init_parts(imstls_client *c)
{
  c->wire.net = &c->net;
  c->wire.tls = &c->tls;
  imstls_i_flow_init(c);
  imstls_i_served_init(c);
  imstls_i_authentication_init(&c->authentication);
  imstls_i_transaction_clear(&c->transaction);
  imstls_i_binding_init(&c->binding);
  imstls_i_progress_wait_until(&c->progress, NEVER);
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
  struct pieces p = lay_out(&l, &cfg);
  imstls_client *c = p.client;
  c->cfg = cfg;
  c->block_len = l.used;
  c->serving = p.serving;
  copy_callbacks(c);
  init_parts(c);
  hand_out(c, &p);
  error = imstls_i_target_parse(&c->target, (char *)(uintptr_t)cfg.network.pcscf); /* our copy */
  if (!error)
    error = imstls_i_random_hex(&c->cfg.ports, c->binding.contact_user, 16);
  if (error)
    imstls_wipe(storage, len);
  else
    *out = c;
  return error;
}
