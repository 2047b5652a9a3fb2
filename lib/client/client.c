/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls, and step. */
#include "client/client.h"

#include <imstls/outbound.h>

#include "client/endings.h"
#include "client/incoming.h"
#include "client/setup/layout.h"
#include "client/table.h"
#include "client/traffic/reg_event.h"
#include "crypto/crypto.h"

enum { INPUTS_A_STEP = 32 };

size_t imstls_client_size(const imstls_config *config)
{
  size_t len = 0;
  return imstls_i_layout_measure(config, &len) ? 0 : len;
}

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
  size_t len = 0;
  int error = imstls_i_layout_measure(config, &len);
  if (error)
    return error;
  void *storage = imstls_i_calloc(len);
  if (!storage)
    return IMSTLS_ERR_MEMORY;
  imstls_client *made = NULL;
  error = imstls_i_layout_take(storage, len, config, &made);
  if (error) {
    imstls_i_free(storage);
    return error;
  }
  made->block.heap = true;
  *client = made;
  return IMSTLS_OK;
}

static void destroy(imstls_client *c)
{
  bool heap = c->block.heap;
  imstls_wipe(c, c->block.len);
  if (heap)
    imstls_i_free(c);
}

/* Every call that runs callbacks is between enter and leave. What a callback asked for meanwhile, and would pull the
 * ground from under that call, is done here. The client may be gone afterwards.
 * The result of the call: why the registration stopped, if it has stopped with an error. */
static void enter(imstls_client *c) { c->call.inside = true; }

static int leave(imstls_client *c)
{
  if (imstls_i_is_ending(c))
    imstls_i_halt(c); /* its callbacks may ask once more: that changes nothing */
  int result = c->progress.state == IMSTLS_STATE_STOPPED ? c->progress.error : IMSTLS_OK;
  c->call.inside = c->call.stop_wanted = false;
  if (c->call.free_wanted)
    destroy(c);
  return result;
}

static void end(imstls_client *c, bool *wanted)
{
  *wanted = true;
  if (c->call.inside)
    return;
  enter(c);
  (void)leave(c);
}

void imstls_client_free(imstls_client *client)
{
  if (client)
    end(client, &client->call.free_wanted);
}

static bool is_idle(const imstls_client *c)
{
  return c->progress.state == IMSTLS_STATE_IDLE || c->progress.state == IMSTLS_STATE_STOPPED;
}

static bool is_active(const imstls_client *c) { return !is_idle(c) && !imstls_i_is_ending(c); }

static int want(imstls_client *c, enum input in)
{
  imstls_i_progress_want(&c->progress, in);
  return IMSTLS_OK;
}

int imstls_client_register(imstls_client *client)
{
  if (!client)
    return IMSTLS_ERR_USAGE;
  if (!is_idle(client) || imstls_i_is_ending(client))
    return IMSTLS_ERR_STATE;
  imstls_i_progress_want_nothing(&client->progress);
  imstls_i_target_reset(&client->target);
  return want(client, IN_REGISTER);
}

int imstls_client_refresh(imstls_client *client)
{
  if (!client)
    return IMSTLS_ERR_USAGE;
  if (client->progress.state != IMSTLS_STATE_REGISTERED || imstls_i_is_ending(client))
    return IMSTLS_ERR_STATE;
  imstls_i_binding_refresh_at(&client->binding, 0);
  return IMSTLS_OK;
}

int imstls_client_deregister(imstls_client *client)
{
  if (!client)
    return IMSTLS_ERR_USAGE;
  if (!is_active(client))
    return IMSTLS_ERR_STATE;
  return client->progress.deregisters ? IMSTLS_OK : want(client, IN_DEREGISTER);
}

void imstls_client_stop(imstls_client *client)
{
  if (client)
    end(client, &client->call.stop_wanted);
}

int imstls_client_network_changed(imstls_client *client)
{
  if (!client)
    return IMSTLS_ERR_USAGE;
  if (!is_active(client))
    return IMSTLS_ERR_STATE;
  return want(client, IN_MOVED);
}

/* What waits for room to answer it is no reason to come back at once. */
static bool has_more(const imstls_client *c)
{
  const imstls_i_link *link = &c->flow->link;
  bool served = c->serving && c->serving->more;
  return served || (link->more && imstls_i_link_may_take(link));
}

/* What there is to do now, within the budget: a peer that sends without end gets its turn in each step, and no more. */
static void work(imstls_client *c)
{
  c->wire.budget = imstls_i_budget_of_a_step();
  for (int i = 0; i < INPUTS_A_STEP; i++) {
    c->wire.now = c->cfg.ports.now_ms(c->cfg.ports.clock_user);
    imstls_i_input in = { IN_NONE, IMSTLS_OK };
    if (!imstls_i_is_ending(c))
      in = imstls_i_next_input(c);
    if (imstls_i_is_ending(c))
      return;
    if (in.what != IN_NONE)
      imstls_i_dispatch(c, in);
    imstls_i_incoming_done(c);
    if (imstls_i_is_ending(c))
      return;
    if (c->serving) {
      imstls_i_served_greet(c);
      imstls_i_incoming_served(c);
    }
    imstls_i_tell_room(c);
    bool spent = !imstls_i_may_read(&c->wire.budget) || !imstls_i_may_take(&c->wire.budget);
    if (in.what == IN_NONE && (spent || !has_more(c)))
      return;
  }
}

int imstls_client_step(imstls_client *client)
{
  if (!client)
    return IMSTLS_ERR_USAGE;
  if (client->call.inside)
    return IMSTLS_ERR_STATE;
  enter(client);
  imstls_i_feed_seen(client);
  work(client);
  return leave(client);
}

/* Sockets of the flow. */
static size_t flow_waits(const imstls_client *c, imstls_wait out[2])
{
  const imstls_i_flow *flow = c->flow;
  size_t count = 0;
  uint32_t events = flow->phase == PHASE_CONNECTING ? IMSTLS_WAIT_WRITE : imstls_i_link_events(&flow->link);
  if (imstls_i_link_is_open(&flow->link))
    out[count++] = (imstls_wait){ flow->link.socket, events, flow->link.generation };
  bool reads_beside = flow->phase == PHASE_OPEN && !flow->link.rx.len;
  if (flow->link.beside != NO_SOCKET && reads_beside)
    out[count++] = (imstls_wait){ flow->link.beside, IMSTLS_WAIT_READ, flow->link.beside_generation };
  return count;
}

size_t imstls_client_waits(const imstls_client *client, imstls_wait *out, size_t cap)
{
  imstls_wait all[2 + 3];
  size_t count = 0;
  if (client && client->cfg.ports.net) {
    count = flow_waits(client, all);
    count += imstls_i_served_waits(client, all + count);
  } else if (client)
    count = imstls_i_feed_waits(&client->feed, all);
  for (size_t i = 0; out && i < count && i < cap; i++)
    out[i] = all[i];
  return count;
}

static uint64_t next_deadline(const imstls_client *c)
{
  uint64_t timer = imstls_i_earlier(c->transaction.timer_e, c->transaction.timer_f);
  timer = imstls_i_earlier(timer, c->transaction.silent);
  uint64_t at = imstls_i_earlier(c->progress.deadline, timer);
  at = imstls_i_earlier(at, imstls_i_flow_deadline(c));
  at = imstls_i_earlier(at, imstls_i_served_deadline(c));
  at = imstls_i_earlier(at, imstls_i_reg_event_deadline(c));
  if (c->binding.bound)
    at = imstls_i_earlier(at, c->binding.until);
  if (c->progress.state == IMSTLS_STATE_REGISTERED)
    at = imstls_i_earlier(at, c->binding.refresh_at);
  return at;
}

/* The clock is a callback like any other. */
static uint64_t ask_clock(imstls_client *c)
{
  bool outermost = !c->call.inside;
  enter(c);
  uint64_t now = c->cfg.ports.now_ms(c->cfg.ports.clock_user);
  if (outermost)
    (void)leave(c);
  return now;
}

/* Something can be done without any octet or time. */
static bool is_due(const imstls_client *c)
{
  bool deregisters_later = c->binding.bound && c->progress.state != IMSTLS_STATE_REGISTERED;
  uint32_t later = deregisters_later ? (uint32_t)1 << IN_DEREGISTER : 0;
  const imstls_i_link *link = &c->flow->link;
  bool unsent = imstls_i_link_is_open(link) && imstls_i_has_to_send(c) && !imstls_i_link_is_refused(link);
  bool resolved = c->resolver.answered && c->flow->phase == PHASE_RESOLVING;
  bool answered = c->run.answered || resolved || imstls_i_reg_event_is_ready(c);
  return (c->progress.wanted & ~later) || has_more(c) || answered || unsent || c->feed.news;
}

int64_t imstls_client_timeout_ms(imstls_client *client)
{
  if (!client)
    return -1;
  if (is_due(client))
    return 0;
  uint64_t at = next_deadline(client);
  if (at == NEVER)
    return -1;
  uint64_t now = ask_clock(client); /* the client may be gone from here on */
  uint64_t wait = at > now ? at - now : 0;
  return wait < INT32_MAX ? (int64_t)wait : INT32_MAX;
}

int imstls_client_can_send(const imstls_client *client) { return client && imstls_i_application_may_send(client); }

static int queue_message(imstls_client *client, const char *message, size_t len, bool stamped)
{
  if (!client || !message || !len)
    return IMSTLS_ERR_USAGE;
  if (!imstls_i_application_may_send(client))
    return IMSTLS_NOT_READY;
  return imstls_i_application_message(client, imstls_i_text(message, len), stamped);
}

int imstls_client_send(imstls_client *client, const char *message, size_t len)
{
  return queue_message(client, message, len, false);
}

int imstls_client_send_stamped(imstls_client *client, const char *message, size_t len)
{
  return queue_message(client, message, len, true);
}

int imstls_client_state(const imstls_client *client) { return client ? client->progress.state : IMSTLS_STATE_STOPPED; }
int imstls_client_registered(const imstls_client *client) { return client && client->binding.bound; }
int imstls_client_error(const imstls_client *client) { return client ? client->progress.error : IMSTLS_ERR_USAGE; }
uint32_t imstls_client_sip_status(const imstls_client *client) { return client ? client->progress.sip_status : 0; }
int imstls_client_tls_error(const imstls_client *client) { return client ? client->progress.tls_error : 0; }
int imstls_client_stats(const imstls_client *client, imstls_stats *out)
{
  if (!client || !out || out->size < sizeof out->size)
    return IMSTLS_ERR_USAGE;
  size_t size = out->size < sizeof *out ? out->size : sizeof *out;
  memcpy(out, &client->stats.counts, size);
  out->size = size;
  return IMSTLS_OK;
}

int imstls_client_trust(const imstls_client *client) { return client ? client->flow->trust : IMSTLS_TRUST_BY_NONE; }

imstls_text imstls_client_security_verify(const imstls_client *client)
{
  bool has = client && client->agreement.has_list;
  return has ? imstls_i_buffer_text(&client->agreement.list) : (imstls_text){ 0 };
}

imstls_text imstls_client_service_route(const imstls_client *client)
{
  return client ? imstls_i_binding_service_route(&client->binding) : (imstls_text){ 0 };
}

imstls_text imstls_client_associated_uri(const imstls_client *client)
{
  return client ? imstls_i_binding_associated_uri(&client->binding) : (imstls_text){ 0 };
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

int imstls_client_resume(imstls_client *client)
{
  if (!client)
    return IMSTLS_ERR_USAGE;
  imstls_i_flow_resume(client);
  imstls_i_served_resume(client);
  return IMSTLS_OK;
}

int imstls_client_usim_done(imstls_client *client, uint32_t request, int error, const imstls_aka_result *result)
{
  if (!client || (!error && !result))
    return IMSTLS_ERR_USAGE;
  return imstls_i_aka_done(&client->run, request, error, result);
}

int imstls_client_resolved(imstls_client *client, uint32_t request, const imstls_address *addresses, size_t count)
{
  if (!client || (!addresses && count))
    return IMSTLS_ERR_USAGE;
  return imstls_i_flow_resolved(client, request, addresses, count);
}
