/* SPDX-License-Identifier: Apache-2.0 */
/* The registration. The first row whose state and input match and whose guard holds is taken; an input without a row is
 * ignored. `client->why` is the error of the last guard that refused, for the rows that end in `refuse` or `retry`. */
#include "client/client.h"

#define ANY (-1) /* from CONNECTING to WAITING */
#define S(x) IMSTLS_STATE_##x
#define G(x) imstls_i_##x

struct row {
  int state;
  enum input input;
  imstls_i_guard *guard;
  imstls_i_action *action;
  int next;
};

/* clang-format off */
static const struct row table[] = {
  /* state          input          guard               action             next */
  { S(IDLE),        IN_REGISTER,   NULL,               G(begin),          S(CONNECTING) },
  { S(STOPPED),     IN_REGISTER,   NULL,               G(begin),          S(CONNECTING) },
  { S(WAITING),     IN_DUE,        NULL,               G(begin),          S(CONNECTING) },
  { S(CONNECTING),  IN_CONNECTED,  G(is_tls),          G(start_tls),      S(SECURING) },
  { S(CONNECTING),  IN_CONNECTED,  G(answer_waits),    G(answer),         S(ANSWERING) },   /* figure 3, 5: in ESP */
  { S(CONNECTING),  IN_CONNECTED,  G(plain_allowed),   G(send_first),     S(REGISTERING) }, /* figure 4, 5, 6 */
  { S(CONNECTING),  IN_LOST,       G(may_fall_back),   G(fall_back),      S(CONNECTING) },  /* figure 5 */
  { S(SECURING),    IN_LOST,       G(may_fall_back),   G(fall_back),      S(CONNECTING) },  /* figure 5 */
  { S(SECURING),    IN_SECURED,    G(no_answer_waits), G(send_first),     S(REGISTERING) }, /* SM1 in figure 2, 3 */
  { S(SECURING),    IN_SECURED,    G(channel_proven),  G(answer),         S(ANSWERING) },   /* SM7 in figure 4, 6 */
  { S(SECURING),    IN_SECURED,    NULL,               G(refuse),         S(STOPPED) },
  { S(REGISTERING), IN_CHALLENGE,  G(challenge_fits),  G(ask_card),       S(CHALLENGED) },  /* SM6 */
  { S(REGISTERING), IN_CHALLENGE,  G(may_restart),     G(restart),        S(REGISTERING) },
  { S(REGISTERING), IN_CHALLENGE,  G(is_rate),         G(retry),          S(WAITING) },
  { S(REGISTERING), IN_CHALLENGE,  NULL,               G(refuse),         S(STOPPED) },
  { S(REGISTERING), IN_ACCEPTED,   G(accepted_proven), G(accept),         S(REGISTERED) },  /* refresh, resumption */
  { S(REGISTERING), IN_ACCEPTED,   NULL,               G(refuse),         S(STOPPED) },
  { S(CHALLENGED),  IN_CARD_OK,    G(switch_due),      G(switch_channel), S(CONNECTING) },  /* figure 3, 4, 5, 6 */
  { S(CHALLENGED),  IN_CARD_OK,    G(channel_proven),  G(answer),         S(ANSWERING) },   /* SM7 in figure 2 */
  { S(CHALLENGED),  IN_CARD_OK,    NULL,               G(refuse),         S(STOPPED) },
  { S(CHALLENGED),  IN_CARD_BAD,   G(may_answer_bad),  G(answer_bad),     S(ANSWERING) },
  { S(CHALLENGED),  IN_CARD_BAD,   G(is_leaving),      G(left),           S(STOPPED) },
  { S(CHALLENGED),  IN_CARD_BAD,   G(is_rate),         G(retry),          S(WAITING) },
  { S(CHALLENGED),  IN_CARD_BAD,   NULL,               G(refuse),         S(STOPPED) },
  { S(CHALLENGED),  IN_CARD_FAILED, NULL,              G(refuse),         S(STOPPED) },
  { S(ANSWERING),   IN_CHALLENGE,  G(challenge_fits),  G(ask_card),       S(CHALLENGED) },
  { S(ANSWERING),   IN_CHALLENGE,  G(is_leaving),      G(left),           S(STOPPED) },
  { S(ANSWERING),   IN_CHALLENGE,  G(is_rate),         G(retry),          S(WAITING) },
  { S(ANSWERING),   IN_CHALLENGE,  NULL,               G(refuse),         S(STOPPED) },
  { S(ANSWERING),   IN_ACCEPTED,   G(is_leaving),      G(left),           S(STOPPED) },
  { S(ANSWERING),   IN_ACCEPTED,   G(accepted_proven), G(accept),         S(REGISTERED) },  /* SM12 */
  { S(ANSWERING),   IN_ACCEPTED,   NULL,               G(refuse),         S(STOPPED) },
  { ANY,            IN_LOST,       G(is_leaving),      G(left),           S(STOPPED) },
  { ANY,            IN_REFUSED,    G(is_leaving),      G(left),           S(STOPPED) },
  { ANY,            IN_REPEAT,     G(is_leaving),      G(left),           S(STOPPED) },
  { ANY,            IN_MOVED,      G(is_leaving),      G(left),           S(STOPPED) },
  { S(ANSWERING),   IN_REFUSED,    G(is_final),        G(refuse),         S(STOPPED) },
  { S(REGISTERING), IN_REPEAT,     G(may_repeat),      G(repeat),         S(REGISTERING) },
  { S(ANSWERING),   IN_REPEAT,     G(may_repeat),      G(repeat),         S(REGISTERING) },
  { S(REGISTERED),  IN_DUE,        NULL,               G(refresh),        S(REGISTERING) },
  { S(REGISTERED),  IN_DEREGISTER, NULL,               G(leave),          S(DEREGISTERING) },
  { S(DEREGISTERING), IN_CHALLENGE, G(challenge_fits), G(ask_card),       S(CHALLENGED) },
  { S(DEREGISTERING), IN_CHALLENGE, NULL,              G(left),           S(STOPPED) },
  { S(DEREGISTERING), IN_ACCEPTED, NULL,               G(left),           S(STOPPED) },
  { ANY,            IN_LOST,       G(may_return),      G(lost),           S(CONNECTING) },
  { ANY,            IN_REFUSED,    G(may_return),      G(lost),           S(CONNECTING) },
  { ANY,            IN_REPEAT,     G(may_return),      G(lost),           S(CONNECTING) },
  { ANY,            IN_LOST,       NULL,               G(retry),          S(WAITING) },
  { ANY,            IN_REFUSED,    NULL,               G(retry),          S(WAITING) },
  { ANY,            IN_REPEAT,     NULL,               G(retry),          S(WAITING) },
  { ANY,            IN_MOVED,      NULL,               G(moved),          S(CONNECTING) },
  { ANY,            IN_DEREGISTER, NULL,               G(left),           S(STOPPED) },
};

static const char *const input_names[IN_COUNT] = { "none", "register", "deregister", "moved", "connected", "secured",
  "challenge", "accepted", "repeat", "refused", "card ok", "card bad", "card failed", "due", "lost" };
/* clang-format on */

static bool matches(int row, int state)
{
  return row == state || (row == ANY && state >= IMSTLS_STATE_CONNECTING && state <= IMSTLS_STATE_WAITING);
}

void imstls_i_dispatch(imstls_client *c, enum input in)
{
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    const struct row *row = &table[i];
    if (row->input != in || !matches(row->state, c->state))
      continue;
    int refused = row->guard ? row->guard(c) : IMSTLS_OK;
    if (refused) {
      c->why = refused > 0 ? c->why : refused; /* above 0: the row is for another case, nothing is wrong */
      continue;
    }
    imstls_i_log(c, "input", input_names[in]);
    int error = row->action(c);
    if (error)
      imstls_i_abort(c, error);
    else
      imstls_i_enter(c, row->next);
    return;
  }
}

void imstls_i_enter(imstls_client *c, int state)
{
  c->state = state;
  if (state == IMSTLS_STATE_REGISTERING || state == IMSTLS_STATE_ANSWERING || state == IMSTLS_STATE_REGISTERED ||
      state == IMSTLS_STATE_DEREGISTERING || state == IMSTLS_STATE_STOPPED)
    c->deadline = NEVER; /* Timer F watches over the transaction, refresh_at over the registration */
}
