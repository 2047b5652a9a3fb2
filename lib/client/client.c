/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls, and step. */
#include "client/client.h"

#include "client/layout.h"
#include "client/served.h"
#include "crypto/crypto.h"

/* What one step may take from the network, all links together; imstls_client_step says it to the application. */
enum { INPUTS_A_STEP = 32, OCTETS_A_STEP = 16384, READS_A_STEP = 16, MESSAGES_A_STEP = 32 };

size_t imstls_client_size(const imstls_config *config) { return imstls_i_layout_size(config); }

int imstls_client_init(void *storage, size_t storage_len, const imstls_config *config, imstls_client **client)
{
  if (!storage || !client || (uintptr_t)storage % sizeof(uint64_t))
    return IMSTLS_ERR_USAGE;
  return imstls_i_layout_take(storage, storage_len, config, client);
}

int imstls_client_new(imstls_client **client, const imstls_config *config)
{
  if (!client)
    return IMSTLS_ERR_USAGE;
  size_t len = imstls_i_layout_size(config);
  void *storage = len ? imstls_i_calloc(len) : NULL;
  if (len && !storage)
    return IMSTLS_ERR_MEMORY;
  imstls_client *made = NULL;
  char none[1];
  int error = imstls_i_layout_take(storage ? storage : none, len, config, &made);
  if (error) {
    imstls_i_free(storage);
    return error;
  }
  made->heap = true;
  *client = made;
  return IMSTLS_OK;
}

static void halt(imstls_client *c)
{
  c->wanted = 0;
  if (c->state == IMSTLS_STATE_STOPPED)
    return;
  c->bound = false; /* nothing is said to the network, and nothing to the host */
  (void)imstls_i_left(c);
  imstls_i_enter(c, IMSTLS_STATE_STOPPED);
}

static void destroy(imstls_client *c)
{
  bool heap = c->heap;
  imstls_wipe(c, c->block_len);
  if (heap)
    imstls_i_free(c);
}

/* Every call that runs callbacks is between enter and leave. What a callback asked for meanwhile, and would pull the
 * ground from under that call, is done here. The client may be gone afterwards.
 * The result of the call: why the registration stopped, if it has stopped with an error. */
static void enter(imstls_client *c) { c->inside = true; }

static int leave(imstls_client *c)
{
  if (imstls_i_is_ending(c))
    halt(c); /* its callbacks may ask once more: that changes nothing */
  int result = c->state == IMSTLS_STATE_STOPPED ? c->error : IMSTLS_OK;
  c->inside = c->stop_wanted = false;
  if (c->free_wanted)
    destroy(c);
  return result;
}

bool imstls_i_is_ending(const imstls_client *c) { return c->stop_wanted || c->free_wanted; }

static void end(imstls_client *c, bool *wanted)
{
  *wanted = true;
  if (c->inside)
    return;
  enter(c);
  (void)leave(c);
}

void imstls_client_free(imstls_client *client)
{
  if (client)
    end(client, &client->free_wanted);
}

static bool is_idle(const imstls_client *c)
{
  return c->state == IMSTLS_STATE_IDLE || c->state == IMSTLS_STATE_STOPPED;
}

static bool is_active(const imstls_client *c) { return !is_idle(c) && !imstls_i_is_ending(c); }

static int want(imstls_client *c, enum input in)
{
  c->wanted |= (uint32_t)1 << in;
  return IMSTLS_OK;
}

int imstls_client_register(imstls_client *client)
{
  if (!client)
    return IMSTLS_ERR_USAGE;
  if (!is_idle(client) || imstls_i_is_ending(client))
    return IMSTLS_ERR_STATE;
  client->wanted = 0;
  client->failures = 0;
  client->tried = 0;
  client->fell_back = client->quick_used = false;
  return want(client, IN_REGISTER);
}

int imstls_client_refresh(imstls_client *client)
{
  if (!client)
    return IMSTLS_ERR_USAGE;
  if (client->state != IMSTLS_STATE_REGISTERED || imstls_i_is_ending(client))
    return IMSTLS_ERR_STATE;
  client->refresh_at = 0;
  return IMSTLS_OK;
}

int imstls_client_deregister(imstls_client *client)
{
  if (!client)
    return IMSTLS_ERR_USAGE;
  if (!is_active(client))
    return IMSTLS_ERR_STATE;
  return client->leaving ? IMSTLS_OK : want(client, IN_DEREGISTER);
}

void imstls_client_stop(imstls_client *client)
{
  if (client)
    end(client, &client->stop_wanted);
}

int imstls_client_network_changed(imstls_client *client)
{
  if (!client)
    return IMSTLS_ERR_USAGE;
  if (!is_active(client))
    return IMSTLS_ERR_STATE;
  return want(client, IN_MOVED);
}

/* What there is to do now, within the budget: a peer that sends without end gets its turn in each step, and no more. */
static void work(imstls_client *c)
{
  c->budget = (imstls_i_budget){ .octets = OCTETS_A_STEP, .reads = READS_A_STEP, .messages = MESSAGES_A_STEP };
  for (int i = 0; i < INPUTS_A_STEP && !imstls_i_is_ending(c); i++) {
    c->now = c->cfg.ports.now_ms(c->cfg.ports.clock_user);
    enum input in = imstls_i_next_input(c);
    if (imstls_i_is_ending(c))
      return;
    if (in != IN_NONE) {
      imstls_i_dispatch(c, in);
      imstls_i_consume(c);
    }
    bool more = imstls_i_served_work(c) || c->flow->more;
    bool spent = !imstls_i_may_read(c) || !imstls_i_may_take(c);
    if (in == IN_NONE && (!more || spent))
      return;
  }
}

int imstls_client_step(imstls_client *client)
{
  if (!client)
    return IMSTLS_ERR_USAGE;
  if (client->inside)
    return IMSTLS_ERR_STATE;
  enter(client);
  work(client);
  return leave(client);
}

size_t imstls_client_waits(const imstls_client *client, imstls_wait *out, size_t cap)
{
  if (!client || !client->cfg.ports.net)
    return 0;
  const imstls_i_flow *flow = client->flow;
  size_t count = 0;
  uint32_t events = IMSTLS_WAIT_READ | (flow->want_write ? IMSTLS_WAIT_WRITE : 0);
  if (flow->phase == PHASE_CONNECTING)
    events = IMSTLS_WAIT_WRITE;
  if (flow->socket != NO_SOCKET && count++ < cap && out)
    out[count - 1] = (imstls_wait){ flow->socket, events, 0 };
  bool aside = flow->side != NO_SOCKET && flow->phase == PHASE_OPEN && !flow->rx_used;
  if (aside && count++ < cap && out)
    out[count - 1] = (imstls_wait){ flow->side, IMSTLS_WAIT_READ, 0 };
  imstls_wait served[3];
  size_t more = imstls_i_served_waits(client, served);
  for (size_t i = 0; i < more; i++)
    if (count++ < cap && out)
      out[count - 1] = served[i];
  return count;
}

static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }

static uint64_t next_deadline(const imstls_client *c)
{
  const imstls_i_flow *flow = c->flow;
  uint64_t at = earlier(earlier(c->deadline, c->timer_f), earlier(c->timer_e, flow->pong_by));
  if (c->bound)
    at = earlier(at, earlier(c->bound_until, flow->ping_at));
  if (c->state == IMSTLS_STATE_REGISTERED)
    at = earlier(at, c->refresh_at);
  if (flow->skip.until)
    at = earlier(at, flow->skip.until);
  if (c->serving)
    at = earlier(at, c->serving->greet_until);
  if (c->serving && c->serving->rest_until)
    at = earlier(at, c->serving->rest_until);
  if (c->serving && c->serving->skip.until)
    at = earlier(at, c->serving->skip.until);
  return at;
}

/* The clock is a callback like any other. */
static uint64_t ask_clock(imstls_client *c)
{
  bool outermost = !c->inside;
  enter(c);
  uint64_t now = c->cfg.ports.now_ms(c->cfg.ports.clock_user);
  if (outermost)
    (void)leave(c);
  return now;
}

int64_t imstls_client_timeout_ms(imstls_client *client)
{
  if (!client)
    return -1;
  const imstls_i_flow *flow = client->flow;
  bool leave_later = client->bound && client->state != IMSTLS_STATE_REGISTERED;
  uint32_t now_wanted = client->wanted & ~(leave_later ? (uint32_t)1 << IN_DEREGISTER : 0);
  bool unsent = flow->tx_done < flow->tx_len && !flow->want_write;
  bool resolved = client->resolved && flow->phase == PHASE_RESOLVING;
  bool serving = client->serving && client->serving->more;
  if (now_wanted || flow->more || serving || client->card_done || resolved || unsent)
    return 0;
  uint64_t at = next_deadline(client);
  if (at == NEVER)
    return -1;
  uint64_t now = ask_clock(client); /* the client may be gone from here on */
  uint64_t wait = at > now ? at - now : 0;
  return wait < INT32_MAX ? (int64_t)wait : INT32_MAX;
}

int imstls_client_send(imstls_client *client, const char *message, size_t len)
{
  if (!client || !message || !len)
    return IMSTLS_ERR_USAGE;
  bool open = client->flow->trust && client->flow->phase == PHASE_OPEN;
  if (!client->bound || !open || client->leaving || imstls_i_is_ending(client))
    return IMSTLS_NOT_READY;
  return imstls_i_host_message(client, message, len);
}

int imstls_client_state(const imstls_client *client) { return client ? client->state : IMSTLS_STATE_STOPPED; }
int imstls_client_registered(const imstls_client *client) { return client && client->bound; }
int imstls_client_error(const imstls_client *client) { return client ? client->error : IMSTLS_ERR_USAGE; }
uint32_t imstls_client_sip_status(const imstls_client *client) { return client ? client->sip_status : 0; }
int imstls_client_tls_error(const imstls_client *client) { return client ? client->tls_error : 0; }
int imstls_client_trust(const imstls_client *client) { return client ? client->flow->trust : IMSTLS_TRUST_BY_NONE; }

imstls_text imstls_client_security_verify(const imstls_client *client)
{
  return client && client->listed ? imstls_i_text(client->list.ptr, client->list.len) : (imstls_text){ 0 };
}

imstls_text imstls_client_service_route(const imstls_client *client)
{
  return client ? imstls_i_text(client->routes.ptr, client->service_route_len) : (imstls_text){ 0 };
}

imstls_text imstls_client_associated_uri(const imstls_client *client)
{
  if (!client)
    return (imstls_text){ 0 };
  return imstls_i_text(client->routes.ptr + client->service_route_len, client->routes.len - client->service_route_len);
}

int imstls_client_local_address(const imstls_client *client, imstls_address *out)
{
  if (!client || !out)
    return IMSTLS_ERR_USAGE;
  if (!client->flow->local.family)
    return IMSTLS_ERR_STATE;
  *out = client->flow->local;
  return IMSTLS_OK;
}

int imstls_client_usim_done(imstls_client *client, uint32_t request, int error, const imstls_aka_result *result)
{
  if (!client || (!error && !result))
    return IMSTLS_ERR_USAGE;
  if (!client->card_busy || client->card_done || request != client->request)
    return IMSTLS_ERR_STATE;
  client->card_error = error;
  if (!error) {
    size_t size = result->size < sizeof client->card ? result->size : sizeof client->card;
    memcpy(&client->card, result, size);
  }
  client->card_done = true;
  client->card_busy = false;
  return IMSTLS_OK;
}

int imstls_client_resolved(imstls_client *client, uint32_t request, const imstls_address *addresses, size_t count)
{
  if (!client || (!addresses && count))
    return IMSTLS_ERR_USAGE;
  if (!client->resolving || request != client->request)
    return IMSTLS_ERR_STATE;
  count = count < ADDRESS_MAX ? count : ADDRESS_MAX;
  if (count)
    memcpy(client->addresses, addresses, count * sizeof *addresses);
  client->address_count = (uint8_t)count;
  client->resolving = false;
  client->resolved = true;
  return IMSTLS_OK;
}
