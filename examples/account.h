/* SPDX-License-Identifier: Apache-2.0 */
/* What minimal.c shows in full, for examples of something else: a subscriber and its settings from the command line
 * `NAME IMPI DOMAIN K OPC PCSCF[:PORT]`. */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include <imstls/imstls.h>
#include <imstls/mbedtls.h>

struct account {
  char impu[300];
  imstls_soft_usim card;
  imstls_mbedtls *tls;
  imstls_config config; /* borrows from the rest: an account does not move */
};

/* First thing in main. 0, or the exit status after a line on standard error. */
int account_open(struct account *account, int argc, char **argv);

/* For config.callbacks.on_event: registered, lost, deregistered, each on a line of its own. */
void account_show(void *user, imstls_client *client, const imstls_event *event);

/* Frees both, tells of the error that ended it. Exit status. */
int account_close(struct account *account, imstls_client *client, int error);

#endif
