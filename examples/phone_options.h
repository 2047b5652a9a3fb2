/* SPDX-License-Identifier: Apache-2.0 */
/* The options of softphone and gateway. */
#ifndef PHONE_OPTIONS_H
#define PHONE_OPTIONS_H

#include "option.h"
#include "phone.h"

enum { OF_SOFTPHONE = 1, OF_GATEWAY = 2 };

extern const struct option_row phone_rows[];
extern const size_t phone_row_count;
extern const char *const phone_exits[]; /* as option_program.exits */

/* Of option_row.take. */
int take_pcscf(void *options, const char *value);
int take_feature(void *options, const char *value);
int take_offer(void *options, const char *value);
int take_aka_version(void *options, const char *value);
int take_config(void *options, const char *value);

/* The row of that name, which is there. */
const struct option_row *phone_row(const char *name);

#endif
