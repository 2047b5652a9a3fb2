/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* realpath */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "phone_sqn.h"

bool sqn_name(const char *name, char *out, size_t cap)
{
  char *whole = realpath(name, NULL);
  int len = snprintf(out, cap, "%s", whole ? whole : name);
  free(whole);
  return len >= 0 && (size_t)len < cap;
}

/* The process that holds the lock, as far as the system tells. */
static int in_use(const struct sqn_file *file)
{
  struct flock other = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  char why[64] = "another program uses it";
  if (fcntl((int)file->lock, F_GETLK, &other) == 0 && other.l_type != F_UNLCK && other.l_pid > 0)
    snprintf(why, sizeof why, "another program uses it, process %ld", (long)other.l_pid);
  return sqn_failed(file->path, why);
}

/* The file itself is replaced at each store, so what is locked lies beside it and stays there. The system lets go of
 * the lock when the program ends, however it ends. */
int sqn_lock(struct sqn_file *file)
{
  char path[sizeof file->path + sizeof ".lock"];
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  snprintf(path, sizeof path, "%s.lock", file->path);
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  file->lock = fd;
  if (fd < 0)
    return sqn_failed(path, strerror(errno));
  if (fcntl(fd, F_SETLK, &whole) == 0)
    return IMSTLS_OK;
  return errno == EACCES || errno == EAGAIN ? in_use(file) : sqn_failed(path, strerror(errno));
}

void sqn_unlock(struct sqn_file *file) { close((int)file->lock); }

static bool write_whole(const char *path, const char *text, size_t len)
{
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, S_IRUSR | S_IWUSR);
  if (fd < 0)
    return false;
  errno = ENOSPC; /* where less was written than there is */
  bool written = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
  int error = errno;
  written = close(fd) == 0 && written;
  errno = error;
  return written;
}

bool sqn_replace(const char *path, const char *text, size_t len)
{
  char temporary[SQN_PATH_MAX + sizeof ".new"];
  snprintf(temporary, sizeof temporary, "%s.new", path);
  if (write_whole(temporary, text, len) && rename(temporary, path) == 0)
    return true;
  (void)sqn_failed(temporary, strerror(errno));
  return false;
}
