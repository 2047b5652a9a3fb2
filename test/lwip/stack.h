/* SPDX-License-Identifier: Apache-2.0 */
/* lwIP in threads of this process, as 10.77.0.2/24 and fd77::2/64. */
#ifndef STACK_H
#define STACK_H

/* At a TAP device of Linux; NULL: at no wire, and lwIP reaches itself alone. */
void stack_start(const char *tap);

#endif
