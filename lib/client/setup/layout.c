/* SPDX-License-Identifier: Apache-2.0 */
/* One block for everything the client will ever hold. */
#include "client/setup/layout.h"

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

/* What begins as zero. Buffers do not: the system has no memory to find for them until a message is there. */
static void *take_zeroed(struct layout *l, size_t len)
{
  void *at = take(l, ALIGN, len);
  if (at)
    memset(at, 0, len);
  return at;
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
  const char **strings[] = { &cfg->identity.home_domain,
                             &cfg->identity.impi,
                             &cfg->identity.impu,
                             &cfg->device.instance_id,
                             &cfg->device.contact_params,
                             &cfg->device.user_agent,
                             &cfg->device.extra_headers,
                             &cfg->policy.offer,
                             &cfg->network.server_name,
                             &cfg->network.local_interface,
                             &cfg->device.contact_uri_params };
  char *scheme = take(l, 1, SCHEME_LEN); /* of the Request-URI, which the home domain's copy goes on with */
  if (scheme)
    memcpy(scheme, "sip:", SCHEME_LEN);
  for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
    copy_string(l, strings[i]);
}

/* Security-Client: the offer, and in each entry SPIs and ports. */
static uint32_t offer_cap(const char *offer)
{
  static const char longest[] = ", ;prot=esp;mod=trans;spi-c=4294967295;spi-s=4294967295;port-c=65535;port-s=65535";
  size_t cap = strlen(offer) + sizeof longest;
  while ((offer = strchr(offer, ',')) != NULL) {
    cap += sizeof longest;
    offer++;
  }
  return (uint32_t)cap;
}

/* Our own listener, or the protected server port (TS 33.203 7.1). */
static bool may_serve(const imstls_config *cfg)
{
  imstls_text offer = imstls_i_text(cfg->policy.offer, strlen(cfg->policy.offer));
  return cfg->ports.net && (cfg->serving.port || imstls_secagree_has(offer, IMSTLS_MECHANISM_IPSEC_3GPP));
}

#define AT(field) offsetof(imstls_client, field)
#define SERVED_AT(field) offsetof(imstls_i_serving, field)

static void lay_buffer(struct layout *l, void *owner, size_t at, size_t cap)
{
  imstls_i_buffer buffer = { take(l, ALIGN, cap), cap, 0 };
  if (owner)
    memcpy((char *)owner + at, &buffer, sizeof buffer);
}

/* Room for messages of the application's that wait, for an answer, and `reserve` for what is ours. */
static void lay_queue(struct layout *l, void *owner, size_t at, const imstls_config_limits *limits, uint32_t reserve)
{
  size_t cap = sizeof(imstls_i_queued) + limits->queue_len + ANSWER_RESERVE + reserve;
  imstls_i_queue queue = {
    .ptr = take(l, ALIGN, cap), .cap = cap, .longest = limits->tx_len, .reserve = reserve, .answers = ANSWER_RESERVE
  };
  if (owner)
    memcpy((char *)owner + at, &queue, sizeof queue);
}

/* `c` may be NULL, and is zero otherwise but for its settings. */
static void lay_serving(struct layout *l, imstls_client *c, const imstls_config *cfg)
{
  if (!may_serve(cfg))
    return;
  imstls_i_serving *serving = take_zeroed(l, sizeof *serving);
  if (c) {
    c->serving = serving;
    imstls_i_served_init(c);
  }
  if (!cfg->ports.net->accept)
    return;
  lay_buffer(l, serving, SERVED_AT(links[0].rx), cfg->serving.rx_len);
  lay_queue(l, serving, SERVED_AT(links[0].tx), &cfg->limits, 0);
}

static void lay_asked(struct layout *l, imstls_client *c, const imstls_config *cfg)
{
  imstls_i_asked *asked = take_zeroed(l, cfg->limits.unanswered_max * sizeof *asked);
  if (!c)
    return;
  c->sending.asked = asked;
  c->sending.asked_max = (uint8_t)cfg->limits.unanswered_max;
}

/* Texts that may become longer, to a limit. */
static size_t room_for(const char *text, size_t least)
{
  size_t len = text ? strlen(text) + 1 : 0;
  return len > least ? len : least;
}

/* Texts of the dialog, and a request made of them. */
static void lay_subscription(struct layout *l, imstls_client *c, const imstls_config *cfg)
{
  enum { FIELDS = 512 };
  if (!cfg->policy.reg_event)
    return;
  imstls_i_subscription *subscription = take_zeroed(l, sizeof *subscription);
  lay_buffer(l, subscription, offsetof(imstls_i_subscription, texts), 2 * ((size_t)cfg->limits.route_max + FIELDS));
  if (c) {
    c->subscription = subscription;
    imstls_i_subscription_end(subscription);
  }
}

static void lay_buffers(struct layout *l, imstls_client *c, const imstls_config *cfg)
{
  uint32_t feed = cfg->ports.net ? 0 : cfg->limits.feed_len;
  uint32_t second = cfg->policy.flow == IMSTLS_FLOW_AGREE_FIRST ? feed : 0; /* TLS beside what was agreed on */
  const struct {
    uint32_t at, cap;
  } buffers[] = { { AT(flows[0].link.rx), cfg->limits.rx_len },
                  { AT(agreement.list), cfg->limits.secagree_max },
                  { AT(agreement.judged), cfg->limits.secagree_max },
                  { AT(agreement.offer), offer_cap(cfg->policy.offer) },
                  { AT(authentication.text), cfg->limits.auth_max },
                  { AT(credentials.authorization), cfg->limits.auth_max },
                  { AT(binding.texts), cfg->limits.route_max },
                  { AT(settings.access_network_info),
                    (uint32_t)room_for(cfg->device.access_network_info, cfg->limits.set_max / 2) },
                  { AT(settings.pcscf[0]), (uint32_t)room_for(cfg->network.pcscf, cfg->limits.set_max) },
                  { AT(settings.pcscf[1]), (uint32_t)room_for(cfg->network.pcscf, cfg->limits.set_max) },
                  { AT(feed.connections[0].in), feed },
                  { AT(feed.connections[0].out), feed },
                  { AT(feed.connections[1].in), second },
                  { AT(feed.connections[1].out), second } };
  for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
    lay_buffer(l, c, buffers[i].at, buffers[i].cap);
  lay_queue(l, c, AT(flows[0].link.tx), &cfg->limits, cfg->limits.register_len + QUEUE_RESERVE);
  lay_asked(l, c, cfg);
  lay_serving(l, c, cfg);
  lay_subscription(l, c, cfg);
}

int imstls_i_layout_measure(const imstls_config *config, size_t *len)
{
  imstls_config cfg;
  struct layout l = { 0 };
  int error = imstls_i_config_read(config, &cfg);
  if (error)
    return error;
  take(&l, ALIGN, sizeof(imstls_client));
  copy_strings(&l, &cfg);
  lay_buffers(&l, NULL, &cfg);
  *len = l.used;
  return IMSTLS_OK;
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
  imstls_i_authentication_init(&c->authentication);
  imstls_i_transaction_clear(&c->transaction);
  imstls_i_binding_init(&c->binding);
  imstls_i_progress_wait_until(&c->progress, NEVER);
}

int imstls_i_layout_take(void *storage, size_t len, const imstls_config *config, imstls_client **out)
{
  size_t needed = 0;
  int error = imstls_i_layout_measure(config, &needed);
  if (error)
    return error;
  if (len < needed)
    return IMSTLS_ERR_CAPACITY;
  struct layout l = { .base = storage };
  imstls_client *c = take_zeroed(&l, sizeof *c);
  c->block.len = needed;
  error = imstls_i_config_read(config, &c->cfg);
  if (error)
    return error;
  copy_strings(&l, &c->cfg);
  copy_callbacks(c);
  init_parts(c);
  lay_buffers(&l, c, &c->cfg);
  imstls_i_settings_begin(c);
  error = imstls_i_random_hex(&c->cfg.ports, c->binding.contact_user, 16);
  if (error)
    imstls_wipe(storage, len);
  else
    *out = c;
  return error;
}
