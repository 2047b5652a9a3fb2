/* SPDX-License-Identifier: Apache-2.0 */
/* The first row whose state and input match and whose guard holds is taken. doc/registration.svg is made from it. */
#include "client/table.h"

#include "client/actions.h"
#include "client/event.h"
#include "client/guards.h"

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
  /* state          input                 guard                action             next                figure */
  { S(IDLE),          IN_REGISTER,          NULL,                G(begin),          S(CONNECTING)    },
  { S(STOPPED),       IN_REGISTER,          NULL,                G(begin),          S(CONNECTING)    },
  { S(WAITING),       IN_DUE,               NULL,                G(begin),          S(CONNECTING)    },

  { S(CONNECTING),    IN_CONNECTED,         G(is_tls),           G(start_tls),      S(SECURING)      },
  { S(CONNECTING),    IN_CONNECTED,         G(is_plain_allowed), G(send_first),     S(REGISTERING)   }, /* 4, 5, 6 */
  { S(CONNECTING),    IN_PROVEN,            NULL,                G(answer),         S(ANSWERING)     }, /* SM7: 3, 5 */
  { S(CONNECTING),    IN_LOST,              G(may_fall_back),    G(fall_back),      S(CONNECTING)    }, /* 5 */
  { S(SECURING),      IN_SECURED,           NULL,                G(send_first),     S(REGISTERING)   }, /* SM1: 2, 3 */
  { S(SECURING),      IN_PROVEN,            NULL,                G(answer),         S(ANSWERING)     }, /* SM7: 4, 6 */
  { S(SECURING),      IN_UNPROVEN,          NULL,                G(refuse),         S(STOPPED)       },
  { S(SECURING),      IN_LOST,              G(may_fall_back),    G(fall_back),      S(CONNECTING)    }, /* 5 */

  { S(REGISTERING),   IN_CHALLENGE,         NULL,                G(ask_card),       S(CHALLENGED)    }, /* SM6 */
  { S(REGISTERING),   IN_CHALLENGE_NO_LIST, NULL,                G(restart),        S(REGISTERING)   },
  { S(REGISTERING),   IN_CHALLENGE_BAD,     NULL,                G(refuse),         S(STOPPED)       },
  { S(REGISTERING),   IN_ACCEPTED,          NULL,                G(accept),         S(REGISTERED)    }, /* refresh */
  { S(REGISTERING),   IN_ACCEPTED_BAD,      NULL,                G(refuse),         S(STOPPED)       },
  { S(REGISTERING),   IN_REPEAT,            NULL,                G(repeat),         S(REGISTERING)   },

  { S(CHALLENGED),    IN_SWITCH,            NULL,                G(switch_channel), S(CONNECTING)    }, /* 3, 4, 5, 6 */
  { S(CHALLENGED),    IN_PROVEN,            NULL,                G(answer),         S(ANSWERING)     }, /* SM7: 2 */
  { S(CHALLENGED),    IN_UNPROVEN,          NULL,                G(refuse),         S(STOPPED)       },
  { S(CHALLENGED),    IN_AKA_BAD,           NULL,                G(answer_bad),     S(ANSWERING)     },
  { S(CHALLENGED),    IN_CARD_FAILED,       NULL,                G(refuse),         S(STOPPED)       },

  { ANY,              IN_ACCEPTED,          G(is_deregistering), G(left),           S(STOPPED)       },
  { ANY,              IN_ACCEPTED_BAD,      G(is_deregistering), G(left),           S(STOPPED)       },
  { ANY,              IN_CHALLENGE_BAD,     G(is_deregistering), G(left),           S(STOPPED)       },
  { ANY,              IN_RATE,              G(is_deregistering), G(left),           S(STOPPED)       },
  { ANY,              IN_AKA_OVER,          G(is_deregistering), G(left),           S(STOPPED)       },
  { ANY,              IN_REPEAT,            G(is_deregistering), G(left),           S(STOPPED)       },
  { ANY,              IN_REFUSED,           G(is_deregistering), G(left),           S(STOPPED)       },
  { ANY,              IN_FINAL,             G(is_deregistering), G(left),           S(STOPPED)       },
  { ANY,              IN_LOST,              G(is_deregistering), G(left),           S(STOPPED)       },
  { ANY,              IN_MOVED,             G(is_deregistering), G(left),           S(STOPPED)       },

  { S(CHALLENGED),    IN_AKA_OVER,          NULL,                G(refuse),         S(STOPPED)       },
  { S(ANSWERING),     IN_CHALLENGE,         NULL,                G(ask_card),       S(CHALLENGED)    },
  { S(ANSWERING),     IN_CHALLENGE_BAD,     NULL,                G(refuse),         S(STOPPED)       },
  { S(ANSWERING),     IN_ACCEPTED,          NULL,                G(accept),         S(REGISTERED)    }, /* SM12 */
  { S(ANSWERING),     IN_ACCEPTED_BAD,      NULL,                G(refuse),         S(STOPPED)       },
  { S(ANSWERING),     IN_REPEAT,            NULL,                G(repeat),         S(REGISTERING)   },
  { S(ANSWERING),     IN_FINAL,             NULL,                G(refuse),         S(STOPPED)       },

  { S(REGISTERED),    IN_DUE,               NULL,                G(refresh),        S(REGISTERING)   },
  { S(REGISTERED),    IN_DEREGISTER,        NULL,                G(deregister),     S(DEREGISTERING) },
  { S(DEREGISTERING), IN_CHALLENGE,         NULL,                G(ask_card),       S(CHALLENGED)    },

  { ANY,              IN_LOST,              G(may_return),       G(lost),           S(CONNECTING)    },
  { ANY,              IN_REFUSED,           G(may_return),       G(lost),           S(CONNECTING)    },
  { ANY,              IN_LOST,              NULL,                G(retry),          S(WAITING)       },
  { ANY,              IN_REFUSED,           NULL,                G(retry),          S(WAITING)       },
  { ANY,              IN_RATE,              NULL,                G(retry),          S(WAITING)       },
  { ANY,              IN_MOVED,             NULL,                G(moved),          S(CONNECTING)    },
  { ANY,              IN_DEREGISTER,        NULL,                G(left),           S(STOPPED)       },
};

static const char *const input_names[IN_COUNT] = {
  [IN_NONE] = "none", [IN_REGISTER] = "register", [IN_DEREGISTER] = "deregister", [IN_MOVED] = "moved",
  [IN_CONNECTED] = "connected", [IN_SECURED] = "secured", [IN_LOST] = "lost", [IN_PROVEN] = "proven",
  [IN_UNPROVEN] = "unproven", [IN_SWITCH] = "switch", [IN_CHALLENGE] = "challenge",
  [IN_CHALLENGE_NO_LIST] = "challenge without list", [IN_CHALLENGE_BAD] = "bad challenge", [IN_RATE] = "rate",
  [IN_ACCEPTED] = "accepted", [IN_ACCEPTED_BAD] = "bad acceptance", [IN_REPEAT] = "repeat", [IN_REFUSED] = "refused",
  [IN_FINAL] = "final", [IN_AKA_BAD] = "AKA failed", [IN_AKA_OVER] = "AKA failed too often",
  [IN_CARD_FAILED] = "card failed", [IN_DUE] = "due",
};
/* clang-format on */

static bool matches(int wanted, int state)
{
  bool is_any = wanted == ANY && state >= IMSTLS_STATE_CONNECTING && state <= IMSTLS_STATE_WAITING;
  return wanted == state || is_any;
}

static void take(imstls_client *c, const struct row *row, imstls_i_input in)
{
  imstls_i_log(c, "input", input_names[in.what]);
  int error = row->action(c, in.error);
  if (error)
    imstls_i_abort(c, error);
  else
    imstls_i_progress_enter(&c->progress, row->next);
}

void imstls_i_dispatch(imstls_client *c, imstls_i_input in)
{
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    const struct row *row = &table[i];
    if (row->input != in.what || !matches(row->state, c->progress.state))
      continue;
    if (row->guard && !row->guard(c, in.error))
      continue;
    take(c, row, in);
    return;
  }
}
