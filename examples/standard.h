/* SPDX-License-Identifier: Apache-2.0 */
/* Standard input, output and error for a program that was started without them: what it prints must not go into a file
 * or a connection that got their number. */
#ifndef STANDARD_H
#define STANDARD_H

#include <fcntl.h>
#include <stdbool.h>

/* First thing in main. False: they cannot be had. */
static inline bool open_standard(void)
{
  for (int fd = 0; fd < 3; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
      return false;
  return true;
}

#endif
