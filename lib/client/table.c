/* SPDX-License-Identifier: Apache-2.0 */
/* The first row whose state and input match and whose guard holds is taken. doc/registration.svg is made from it. */
#include "client/table.h"

#include "client/actions.h"
#include "client/endings.h"
#include "client/event.h"
#include "client/guards.h"

enum { IMSTLS_STATE_ANY = 127 }; /* from CONNECTING to WAITING */

/* An octet each in a row: a device has the table in flash. */
/* clang-format off */
#define GUARDS(X) X(always) X(is_tls) X(is_plain_allowed) X(may_fall_back) X(may_lower_tls) X(may_stay) \
  X(is_deregistering) X(may_return) X(has_held) X(is_bound)
#define ACTIONS(X) X(begin) X(start_tls) X(send_first) X(answer) X(fall_back) X(lower_tls) X(ask_card) \
  X(restart) X(accept) X(repeat) X(switch_channel) X(answer_bad) X(stay) X(refuse) X(left) X(refresh) \
  X(deregister) X(gave_back) X(lost) X(pause) X(retry) X(give_back) X(moved)
/* clang-format on */

#define GUARD_NAME(name) GUARD_##name,
#define GUARD_OF(name) imstls_i_##name,
#define ACTION_NAME(name) ACTION_##name,
#define ACTION_OF(name) imstls_i_##name,
enum { GUARDS(GUARD_NAME) GUARD_COUNT };
enum { ACTIONS(ACTION_NAME) ACTION_COUNT };
static imstls_i_guard *const guards[GUARD_COUNT] = { GUARDS(GUARD_OF) };
static imstls_i_action *const actions[ACTION_COUNT] = { ACTIONS(ACTION_OF) };

struct row {
  uint8_t state, input, guard, action, next;
};

#define ROW(state, input, guard, action, next)                                                                         \
  { IMSTLS_STATE_##state, IN_##input, GUARD_##guard, ACTION_##action, IMSTLS_STATE_##next },

/* clang-format off */
static const struct row table[] = {
  /*  state           input               guard              action           next */
  ROW(IDLE,          REGISTER,          always,           begin,          CONNECTING)
  ROW(STOPPED,       REGISTER,          always,           begin,          CONNECTING)
  ROW(WAITING,       DUE,               always,           begin,          CONNECTING)

  ROW(CONNECTING,    CONNECTED,         is_tls,           start_tls,      SECURING)
  ROW(CONNECTING,    CONNECTED,         is_plain_allowed, send_first,     REGISTERING)   /* figure 4, 5, 6 */
  ROW(CONNECTING,    PROVEN,            always,           answer,         ANSWERING)     /* SM7 in figure 3, 5 */
  ROW(CONNECTING,    LOST,              may_fall_back,    fall_back,      CONNECTING)    /* figure 5 */
  ROW(SECURING,      SECURED,           always,           send_first,     REGISTERING)   /* SM1 in figure 2, 3 */
  ROW(SECURING,      PROVEN,            always,           answer,         ANSWERING)     /* SM7 in figure 4, 6 */
  ROW(SECURING,      LOST,              may_lower_tls,    lower_tls,      CONNECTING)    /* RSA-PSS in TLS 1.2 */
  ROW(SECURING,      LOST,              may_fall_back,    fall_back,      CONNECTING)    /* figure 5 */

  ROW(REGISTERING,   CHALLENGE,         always,           ask_card,       CHALLENGED)    /* SM6 */
  ROW(REGISTERING,   CHALLENGE_NO_LIST, always,           restart,        REGISTERING)
  ROW(REGISTERING,   ACCEPTED,          always,           accept,         REGISTERED)    /* refresh, resumption */
  ROW(REGISTERING,   REPEAT,            always,           repeat,         REGISTERING)

  ROW(CHALLENGED,    SWITCH,            always,           switch_channel, CONNECTING)    /* figure 3, 4, 5, 6 */
  ROW(CHALLENGED,    PROVEN,            always,           answer,         ANSWERING)     /* SM7 in figure 2 */
  ROW(CHALLENGED,    AKA_BAD,           always,           answer_bad,     ANSWERING)
  ROW(CHALLENGED,    CARD_SILENT,       may_stay,         stay,           REGISTERED)

  ROW(ANY,           CARD_FINAL,        always,           refuse,         STOPPED)
  ROW(ANY,           ACCEPTED,          is_deregistering, left,           STOPPED)
  ROW(ANY,           ACCEPTED_BAD,      is_deregistering, left,           STOPPED)
  ROW(ANY,           UNUSABLE,          is_deregistering, left,           STOPPED)
  ROW(ANY,           RATE,              is_deregistering, left,           STOPPED)
  ROW(ANY,           REPEAT,            is_deregistering, left,           STOPPED)
  ROW(ANY,           REFUSED,           is_deregistering, left,           STOPPED)
  ROW(ANY,           FINAL,             is_deregistering, left,           STOPPED)
  ROW(ANY,           CARD_SILENT,       is_deregistering, left,           STOPPED)
  ROW(ANY,           LOST,              is_deregistering, left,           STOPPED)
  ROW(ANY,           MOVED,             is_deregistering, left,           STOPPED)
  ROW(ANY,           ANEW,              is_deregistering, left,           STOPPED)
  ROW(ANY,           PAUSE,             is_deregistering, left,           STOPPED)
  ROW(ANY,           DISMISSED,         is_deregistering, left,           STOPPED)

  ROW(ANSWERING,     CHALLENGE,         always,           ask_card,       CHALLENGED)
  ROW(ANSWERING,     ACCEPTED,          always,           accept,         REGISTERED)    /* SM12 */
  ROW(ANSWERING,     REPEAT,            always,           repeat,         REGISTERING)
  ROW(ANSWERING,     FINAL,             always,           refuse,         STOPPED)

  ROW(REGISTERED,    DUE,               always,           refresh,        REGISTERING)
  ROW(REGISTERED,    DEREGISTER,        always,           deregister,     DEREGISTERING)
  ROW(DEREGISTERING, CHALLENGE,         always,           ask_card,       CHALLENGED)
  ROW(DEREGISTERING, GIVEN_BACK,        always,           gave_back,      WAITING)
  ROW(DEREGISTERING, LOST,              always,           gave_back,      WAITING)

  ROW(ANY,           ANEW,              may_return,       lost,           WAITING)       /* TS 24.229 5.1.1.7 */
  ROW(ANY,           ANEW,              always,           pause,          WAITING)
  ROW(ANY,           PAUSE,             always,           pause,          WAITING)
  ROW(ANY,           DISMISSED,         always,           refuse,         STOPPED)       /* TS 24.229 5.1.1.7 */

  ROW(ANY,           LOST,              may_return,       lost,           WAITING)
  ROW(ANY,           REFUSED,           may_return,       lost,           WAITING)
  ROW(ANY,           ACCEPTED_BAD,      has_held,         lost,           WAITING)
  ROW(ANY,           UNUSABLE,          has_held,         lost,           WAITING)
  ROW(ANY,           UNUSABLE,          is_bound,         retry,          WAITING)
  ROW(ANY,           UNUSABLE,          always,           give_back,      DEREGISTERING)
  ROW(ANY,           LOST,              always,           retry,          WAITING)
  ROW(ANY,           REFUSED,           always,           retry,          WAITING)
  ROW(ANY,           ACCEPTED_BAD,      always,           retry,          WAITING)
  ROW(ANY,           CARD_SILENT,       always,           retry,          WAITING)
  ROW(ANY,           RATE,              always,           retry,          WAITING)
  ROW(ANY,           MOVED,             always,           moved,          WAITING)
  ROW(ANY,           DEREGISTER,        always,           left,           STOPPED)
};
/* clang-format on */

static bool matches(const struct row *row, int state)
{
  if (row->state == IMSTLS_STATE_ANY)
    return state >= IMSTLS_STATE_CONNECTING && state <= IMSTLS_STATE_WAITING;
  return row->state == state;
}

static void take(imstls_client *c, const struct row *row, imstls_i_input in)
{
  imstls_i_log_input(c, in);
  if (in.what == IN_LOST)
    imstls_i_flow_note_failure(c);
  int next = row->next, error = actions[row->action](c, in.error);
  bool goes_on = next != IMSTLS_STATE_WAITING && next != IMSTLS_STATE_STOPPED;
  if (error && goes_on && !imstls_i_is_ours(error)) { /* what the network sent could not be used */
    bool leaves = c->progress.deregisters;
    next = leaves ? IMSTLS_STATE_STOPPED : IMSTLS_STATE_WAITING;
    error = leaves ? imstls_i_left(c, error) : imstls_i_retry(c, error);
  }
  if (error)
    imstls_i_abort(c, error);
  else
    imstls_i_progress_enter(&c->progress, next);
}

void imstls_i_dispatch(imstls_client *c, imstls_i_input in)
{
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    const struct row *row = &table[i];
    if (row->input != in.what || !matches(row, c->progress.state))
      continue;
    if (!guards[row->guard](c, in.error))
      continue;
    take(c, row, in);
    return;
  }
}
