/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of the table do. `error` is the input's. 0, or the error that ends the registration. */
#ifndef IMSTLS_CLIENT_ACTIONS_H
#define IMSTLS_CLIENT_ACTIONS_H

#include "client/client.h"

typedef int imstls_i_action(imstls_client *c, int error);
imstls_i_action imstls_i_begin, imstls_i_start_tls, imstls_i_send_first, imstls_i_answer, imstls_i_answer_bad,
    imstls_i_ask_card, imstls_i_restart, imstls_i_accept, imstls_i_repeat, imstls_i_refresh, imstls_i_deregister,
    imstls_i_switch_channel, imstls_i_fall_back, imstls_i_lower_tls, imstls_i_stay, imstls_i_give_back;

#endif
