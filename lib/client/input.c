/* SPDX-License-Identifier: Apache-2.0 */
#include "client/input.h"

#include "client/event.h"
#include "client/incoming.h"
#include "client/judge.h"
#include "client/traffic/reg_event.h"
#include "client/traffic/sending.h"

static imstls_i_input none(void) { return imstls_i_input_of(IN_NONE, IMSTLS_OK); }

static imstls_i_input lost(int error) { return imstls_i_input_of(IN_LOST, error); }

static imstls_i_input from_application(imstls_client *c)
{
  static const enum input order[] = { IN_REGISTER, IN_MOVED, IN_DEREGISTER };
  for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
    /* who is registered leaves with a REGISTER of its own, once nothing else is under way */
    bool later = order[i] == IN_DEREGISTER && c->binding.bound && c->progress.state != IMSTLS_STATE_REGISTERED;
    if (!later && imstls_i_progress_take_wanted(&c->progress, order[i]))
      return imstls_i_input_of(order[i], IMSTLS_OK);
  }
  return none();
}

static imstls_i_input from_state_timer(imstls_client *c)
{
  imstls_i_progress_wait_until(&c->progress, NEVER);
  switch (c->progress.state) {
  case IMSTLS_STATE_CONNECTING:
    return lost(c->flow->phase == PHASE_RESOLVING ? IMSTLS_ERR_RESOLVE : IMSTLS_ERR_CONNECT);
  case IMSTLS_STATE_SECURING: return lost(IMSTLS_ERR_TIMEOUT);
  case IMSTLS_STATE_CHALLENGED: return imstls_i_judge_card(IMSTLS_ERR_USIM_TIMEOUT);
  default: return imstls_i_input_of(IN_DUE, IMSTLS_OK);
  }
}

static imstls_i_input from_binding(imstls_client *c)
{
  uint64_t now = c->wire.now;
  if (c->binding.bound && now >= c->binding.until)
    return lost(IMSTLS_ERR_TIMEOUT);
  if (c->progress.state != IMSTLS_STATE_REGISTERED || now < c->binding.refresh_at)
    return none();
  imstls_i_binding_refresh_at(&c->binding, NEVER);
  return imstls_i_input_of(IN_DUE, IMSTLS_OK);
}

/* A P-CSCF that says nothing to a first REGISTER gives its turn to another one, where there is one. */
static imstls_i_input from_silence(imstls_client *c)
{
  if (!imstls_i_transaction_is_silent(&c->transaction, c->wire.now))
    return none();
  if (imstls_i_target_has_other(&c->target, c->wire.now))
    return lost(IMSTLS_ERR_TIMEOUT);
  imstls_i_tell_line(c, IMSTLS_EVENT_POLICY, IMSTLS_ERR_TIMEOUT, IMSTLS_I_LIT("no answer of the P-CSCF so far"));
  return none();
}

static imstls_i_input from_timers(imstls_client *c)
{
  uint64_t now = c->wire.now;
  if (now >= c->progress.deadline)
    return from_state_timer(c);
  if (imstls_i_transaction_failed(&c->transaction, now))
    return lost(IMSTLS_ERR_TIMEOUT); /* also over a stream: a flow that swallows requests is dead */
  if (imstls_i_transaction_repeats(&c->transaction, &c->cfg.timers, now))
    imstls_i_queue_repeat_register(&c->flow->link.tx);
  imstls_i_input in = from_silence(c);
  if (in.what == IN_NONE)
    in = from_binding(c);
  if (in.what != IN_NONE)
    return in;
  int error = imstls_i_flow_keep_alive(c);
  return error ? lost(error) : none();
}

/* A flow that has just opened: does an answer wait for it? */
static imstls_i_input opened(imstls_client *c)
{
  const imstls_i_flow *flow = c->flow;
  bool secured = flow->link.session != NO_SESSION;
  bool protects = secured || flow->kind == FLOW_ESP;
  if (protects && c->credentials.held)
    return imstls_i_judge_channel(c);
  return imstls_i_input_of(secured ? IN_SECURED : IN_CONNECTED, IMSTLS_OK);
}

static imstls_i_input from_flow(imstls_client *c)
{
  if (c->flow->phase == PHASE_OPEN)
    return imstls_i_incoming(c);
  int result = imstls_i_flow_progress(c);
  if (result == IMSTLS_OK)
    return opened(c);
  return result == IMSTLS_PENDING ? none() : lost(result);
}

static imstls_i_input from_reg_event(imstls_client *c)
{
  imstls_text request;
  imstls_i_input in = imstls_i_reg_event_look(c);
  if (in.what == IN_NONE && imstls_i_reg_event_request(c, &request))
    imstls_i_reg_event_sent(c, imstls_i_own_request(c, request));
  return in;
}

/* One at a time: the application's wishes, the USIM, timers, the reg event, the flow and what comes on it. */
imstls_i_input imstls_i_next_input(imstls_client *c)
{
  imstls_i_progress_refused(&c->progress, 0);
  imstls_i_input in = from_application(c);
  if (in.what == IN_NONE && c->run.answered)
    in = imstls_i_judge_run(c);
  if (in.what == IN_NONE)
    in = from_timers(c);
  if (in.what == IN_NONE)
    in = from_reg_event(c);
  return in.what == IN_NONE ? from_flow(c) : in;
}
