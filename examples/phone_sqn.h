/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PHONE_SQN_H
#define PHONE_SQN_H

#include "phone.h"

struct sqn_file {
  char path[4096];
  int lock; /* descriptor; -1: none */
};

/* Locks the file and reads the array, which stays as it is when there is no file yet. IMSTLS_ERR_USIM_STORAGE after a
 * line on standard error, also when another program has it. */
int sqn_open(struct sqn_file *file, const char *name, bool only_read, imstls_sqn *sqn);
int sqn_store(void *user, const imstls_sqn *sqn); /* imstls_sqn_store_fn */
void sqn_close(struct sqn_file *file);

#endif
