/* SPDX-License-Identifier: Apache-2.0 */
/* A child that was started without some of the descriptors 0, 1 and 2. */
#ifndef TEST_WITHOUT_STD_H
#define TEST_WITHOUT_STD_H

#include <fcntl.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

/* A fresh descriptor as it should be. */
static inline bool moved_up(int fd) { return fd >= 3 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0; }

/* Runs `what` in a child with those of 0, 1 and 2 closed that have their bit in `closed`. 0: `what` returned true, and
 * the numbers are free still. */
static inline int without_std(unsigned closed, bool (*what)(void))
{
  int status = -1;
  pid_t child = fork();
  if (child == 0) {
    for (int fd = 0; fd < 3; fd++) {
      if ((closed & 1u << fd) != 0)
        (void)close(fd);
    }
    bool good = what();
    for (int fd = 0; fd < 3; fd++) {
      if ((closed & 1u << fd) != 0 && fcntl(fd, F_GETFD) != -1)
        good = false;
    }
    _exit(good ? 0 : 1);
  }
  return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

#endif
