/* SPDX-License-Identifier: Apache-2.0 */
#include "client/endings.h"

#include "client/event.h"
#include "client/optional/optional.h"
#include "client/traffic/reg_event.h"
#include "registration/random.h"

/* ---- what is dropped, and what is told ---- */

/* RES, CK, IK and what was made of them. The Authorization stays for refreshes on the trusted channel. */
void imstls_i_wipe_keys(imstls_client *c)
{
  imstls_i_aka_wipe(&c->run);
  imstls_i_credentials_used(&c->credentials);
}

void imstls_i_drop_everything(imstls_client *c)
{
  imstls_i_aka_cancel(&c->run, &c->usim);
  imstls_i_flow_cancel_resolver(c);
  imstls_i_wipe_keys(c);
  imstls_i_flow_close(c->flow);
  imstls_i_flow_close(c->old_flow);
  imstls_i_served_stop(c);
  imstls_i_sa_drop(&c->sa, &c->ipsec);
  imstls_i_transaction_clear(&c->transaction);
  imstls_i_credentials_wipe(&c->credentials);
  imstls_i_authentication_wipe(&c->authentication);
  imstls_i_agreement_forget(&c->agreement);
  imstls_i_binding_end(&c->binding);
  imstls_i_reg_event_ended(c);
  imstls_i_progress_end(&c->progress);
}

void imstls_i_abort(imstls_client *c, int error)
{
  imstls_i_progress_fail(&c->progress, error);
  imstls_i_session_forget(c); /* whatever went wrong, the next attempt starts with nothing */
  imstls_i_drop_everything(c);
  imstls_i_undelivered(c, error);
  imstls_i_progress_enter(&c->progress, IMSTLS_STATE_STOPPED);
  imstls_i_tell(c, IMSTLS_EVENT_FAILED, error);
}

void imstls_i_halt(imstls_client *c)
{
  imstls_i_progress_want_nothing(&c->progress);
  if (c->progress.state == IMSTLS_STATE_STOPPED)
    return;
  imstls_i_drop_everything(c);
  imstls_i_undelivered(c, IMSTLS_OK);
  imstls_i_progress_fail(&c->progress, IMSTLS_OK);
  imstls_i_progress_enter(&c->progress, IMSTLS_STATE_STOPPED);
}

static int s_token_verdict(int error)
{
  switch (error) {
  case IMSTLS_ERR_S_TOKEN_MISSING: return IMSTLS_S_TOKEN_MISSING;
  case IMSTLS_ERR_S_TOKEN_MALFORMED:
  case IMSTLS_ERR_S_TOKEN_DOUBLED: return IMSTLS_S_TOKEN_MALFORMED;
  case IMSTLS_ERR_S_TOKEN_MISMATCH: return IMSTLS_S_TOKEN_MISMATCH;
  case IMSTLS_ERR_S_TOKEN2_MISMATCH: return IMSTLS_S_TOKEN_OK; /* it was right, and not enough */
  case IMSTLS_ERR_S_TOKEN2_MISSING: return IMSTLS_S_TOKEN_NOT_APPLICABLE;
  default: return -1;
  }
}

static void tell_distrust(imstls_client *c, int error)
{
  int verdict = s_token_verdict(error);
  bool no_pki = error == IMSTLS_ERR_PKI || error == IMSTLS_ERR_CLOCK;
  bool by_policy = no_pki || error == IMSTLS_ERR_NOT_TRUSTED;
  if (verdict < 0 && !by_policy)
    return;
  imstls_i_tell_trust(c, IMSTLS_TRUST_BY_NONE, verdict >= 0 ? verdict : IMSTLS_S_TOKEN_NOT_APPLICABLE, error);
}

/* What came is refused: each reason is told by its own event and error. */
void imstls_i_tell_refusal(imstls_client *c, int error)
{
  bool ran = c->progress.state == IMSTLS_STATE_CHALLENGED && !c->run.error; /* refused for what came after AUTN */
  if (c->authentication.untold)
    imstls_i_tell_challenge(c, ran ? IMSTLS_AUTN_OK : IMSTLS_AUTN_NOT_RUN, error);
  tell_distrust(c, error);
}

int imstls_i_refuse(imstls_client *c, int error)
{
  imstls_i_tell_refusal(c, error);
  return error ? error : IMSTLS_ERR_INTERNAL;
}

/* The application's, its settings' or a defect: another attempt would end in the same way. All else is an attempt's end
 * alone, since a stranger may have caused it. */
bool imstls_i_is_ours(int error)
{
  switch (error) {
  case IMSTLS_ERR_USAGE:
  case IMSTLS_ERR_STATE:
  case IMSTLS_ERR_CONFIG:
  case IMSTLS_ERR_UNSUPPORTED:
  case IMSTLS_ERR_INTERNAL:
  case IMSTLS_ERR_USIM:
  case IMSTLS_ERR_RANDOM: return true;
  default: return false;
  }
}

/* A deregistration without answer counts as done: the network forgets by itself. What was asked for is always told,
 * also when the registration ended before its turn came: the host waits for it. */
int imstls_i_left(imstls_client *c, int error)
{
  bool answered = !c->transaction.open && c->progress.sip_status / 100 == 2;
  if (!c->binding.bound)
    error = c->progress.error;
  else if (answered)
    error = IMSTLS_OK;
  imstls_i_drop_everything(c);
  imstls_i_undelivered(c, error);
  imstls_i_progress_fail(&c->progress, IMSTLS_OK);
  imstls_i_progress_want_nothing(&c->progress);
  imstls_i_tell(c, IMSTLS_EVENT_DEREGISTERED, error);
  return IMSTLS_OK;
}

/* ---- the next attempt ---- */

/* A registration ends. One that held makes good the failures before it and may come back at once. One that did not is a
 * failure itself: what ends it each time cannot drive an endless loop of AKA runs. */
static void settle(imstls_client *c)
{
  if (imstls_i_binding_has_held(&c->binding, c->wire.now))
    imstls_i_target_held(&c->target);
}

/* The network is not authentic, the server not the right one, or the agreement not ours: the range of these codes.
 * imstls_error_class would bring the texts of all errors along. */
static bool is_security(int error)
{
  bool in_range = error <= IMSTLS_ERR_AKA_MAC && error > IMSTLS_ERR_AKA_MAC - 100;
  return in_range && error != IMSTLS_ERR_AKA_RATE; /* nobody is accused */
}

/* Who was refused is not trusted again for a session of before. `now`: as imstls_i_target_refused. */
static void distrust(imstls_client *c, int error, uint64_t now)
{
  if (!is_security(error))
    return;
  imstls_i_target_refused(&c->target, error, now);
  imstls_i_session_forget(c);
}

/* The next attempt begins on a new flow with nothing of the old one. */
static void wait_for_next(imstls_client *c, int error, uint64_t wait_ms)
{
  imstls_i_drop_everything(c);
  imstls_i_target_end_fallback(&c->target);
  imstls_i_progress_fail(&c->progress, error);
  imstls_i_progress_wait_until(&c->progress, c->wire.now + wait_ms);
}

static void tell_retry(imstls_client *c, int error, const imstls_i_turn *turn)
{
  imstls_event event = imstls_i_event(IMSTLS_EVENT_RETRY);
  event.value = turn->round_ended;
  event.error = error;
  event.sip_status = c->progress.refusal;
  event.expires_s = (uint32_t)((turn->wait_ms + 999) / 1000);
  imstls_i_tell_event(c, &event);
}

/* What ended for one has often ended for all that were there: they come back spread over a while, not in one wave. */
static int return_soon(imstls_client *c, imstls_i_turn *turn)
{
  uint32_t random = 0;
  int error = imstls_i_random_number(&c->cfg.ports, &random);
  imstls_i_target_use_quick(&c->target); /* until a registration held */
  *turn = (imstls_i_turn){ .wait_ms = random % c->cfg.timers.return_ms };
  return error;
}

void imstls_i_end_registration(imstls_client *c, int error)
{
  imstls_i_tell_refusal(c, error);
  if (c->binding.bound) {
    imstls_i_stats_lost(&c->stats);
    imstls_i_tell(c, IMSTLS_EVENT_LOST, error);
  }
  settle(c);
}

int imstls_i_wait_turn(imstls_client *c, int error, const imstls_i_turn *turn, int ended)
{
  wait_for_next(c, error, turn->wait_ms);
  imstls_i_undelivered(c, error);
  if (!ended)
    tell_retry(c, error, turn);
  return ended;
}

/* Registered, and now not any more. Who was refused for a security reason is not the first to be asked. */
int imstls_i_lost(imstls_client *c, int error)
{
  imstls_i_turn turn;
  imstls_i_end_registration(c, error);
  distrust(c, error, c->wire.now);
  int failed = return_soon(c, &turn);
  return failed ? failed : imstls_i_wait_turn(c, error, &turn, IMSTLS_OK);
}

/* The application's word is one phone's alone: at once. What it sent and has not left waits for the next flow. */
int imstls_i_moved(imstls_client *c, int error)
{
  imstls_i_target_moved(&c->target);
  imstls_i_end_registration(c, error);
  imstls_i_target_use_quick(&c->target);
  wait_for_next(c, error, 0);
  imstls_i_tell_unanswered(c, error);
  return IMSTLS_OK;
}

/* An established flow that broke is tried once more soon; all else takes its turn with back-off. */
static int take_turn(imstls_client *c, int error, imstls_i_turn *turn)
{
  bool broke = error == IMSTLS_ERR_CONNECTION && c->transaction.cseq && !c->target.quick_used;
  if (broke)
    return return_soon(c, turn);
  return imstls_i_target_next(&c->target, &c->cfg, c->wire.now, error, turn);
}

int imstls_i_retry(imstls_client *c, int error)
{
  imstls_i_turn turn;
  imstls_i_end_registration(c, error);
  distrust(c, error, NEVER);
  int ended = take_turn(c, error, &turn);
  return imstls_i_wait_turn(c, error, &turn, ended);
}

int imstls_i_gave_back(imstls_client *c, int error)
{
  (void)error;
  return imstls_i_retry(c, c->progress.error);
}
