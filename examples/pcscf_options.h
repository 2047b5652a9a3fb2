/* SPDX-License-Identifier: Apache-2.0 */
/* Options, addresses as text, events as text. */
#ifndef PCSCF_OPTIONS_H
#define PCSCF_OPTIONS_H

#include "option.h"
#include "pcscf.h"

extern const struct option_row pcscf_rows[];
extern const size_t pcscf_row_count;
int take_outbound(void *options, const char *value); /* of option_row.take */

int options_parse(struct options *o, int argc, char **argv); /* 0; EXIT_USAGE; -1: --help or --version was answered */
bool address_parse(const char *text, struct sockaddr_storage *out); /* ADDR:PORT, IPv6 in brackets */
void address_write(const struct sockaddr_storage *address, char *out, size_t cap);

#endif
