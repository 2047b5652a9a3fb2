/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_CC_H
#define ARCH_CC_H

typedef int sys_prot_t;

#endif
