/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PHONE_SQN_H
#define PHONE_SQN_H

#include "phone.h"

enum { SQN_PATH_MAX = 4096 };
struct sqn_file {
  char path[SQN_PATH_MAX];
  intptr_t lock; /* as the system has it; -1: none */
};

/* Locks the file and reads the array, which stays as it is when there is no file yet. IMSTLS_ERR_USIM_STORAGE after a
 * line on standard error, also when another program has it. */
int sqn_open(struct sqn_file *file, const char *name, bool only_read, imstls_sqn *sqn);
int sqn_store(void *user, const imstls_sqn *sqn); /* imstls_sqn_store_fn */
void sqn_close(struct sqn_file *file);

/* phone_sqn_posix.c and phone_sqn_windows.c */
bool sqn_name(const char *name, char *out, size_t cap); /* a link is another name for the same array; false: too long */
int sqn_lock(struct sqn_file *file);                    /* error as of sqn_open */
void sqn_unlock(struct sqn_file *file);
/* The file as a whole, on the disk when it returns; false after a line on standard error. */
bool sqn_replace(const char *path, const char *text, size_t len);
int sqn_failed(const char *path, const char *why); /* a line on standard error; the error of sqn_open */

#endif
