/* SPDX-License-Identifier: Apache-2.0 */
/* What an event is worth: judged once, so that the table can be read alone. */
#ifndef IMSTLS_CLIENT_JUDGE_H
#define IMSTLS_CLIENT_JUDGE_H

#include "client/input.h"

imstls_i_input imstls_i_judge_response(imstls_client *c); /* the final response of the REGISTER under way */
imstls_i_input imstls_i_judge_run(imstls_client *c);      /* the USIM's answer */
imstls_i_input imstls_i_judge_card(int error);            /* why the USIM gave none */
imstls_i_input imstls_i_judge_channel(imstls_client *c);  /* the flow is open, and an answer is held for it */

#endif
