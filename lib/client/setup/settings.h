/* SPDX-License-Identifier: Apache-2.0 */
/* Settings that change while the client runs. */
#ifndef IMSTLS_CLIENT_SETTINGS_H
#define IMSTLS_CLIENT_SETTINGS_H

#include "registration/target.h"

typedef struct imstls_i_settings {
  imstls_i_buffer access_network_info;
  imstls_i_buffer pcscf[2]; /* the list that is used, taken apart, and the next */
  uint8_t pcscf_at;         /* which of them is used */
  bool pcscf_set;           /* the other one is to be used from the next attempt on */
} imstls_i_settings;

/* The configured ones, once the buffers are there, which have room for them. */
void imstls_i_settings_begin(imstls_client *c);
void imstls_i_settings_use(imstls_client *c); /* an attempt begins: with what was set since */

#endif
