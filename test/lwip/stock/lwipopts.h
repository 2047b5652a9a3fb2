/* SPDX-License-Identifier: Apache-2.0 */
/* lwIP as a device has it: its own socket headers. What it is built without comes from the command line. */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#define NO_SYS 0
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_COMPAT_SOCKETS 0
#define LWIP_NO_UNISTD_H 1
#define LWIP_PROVIDE_ERRNO 1
#define LWIP_TCPIP_CORE_LOCKING 0

#endif
