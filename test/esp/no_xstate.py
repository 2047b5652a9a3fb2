#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""no_xstate.py COMMAND...: the command without PTRACE_GETREGSET of the extended processor state, which fails with EIO.

User-mode Linux 6.1 keeps 2.7 KiB of that state for a process. A processor with AMX has 11 KiB, ptrace takes it whole
or not at all, and the guest dies at its first process. Refused, it keeps what FXSAVE holds; AVX is then lost at each
page fault, so uml.sh tells glibc and OpenSSL of the guest to leave AVX alone."""
import ctypes
import os
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE_EIO = 0x7FFF0000, 0x00050005
NUMBER, FIRST, THIRD = 0, 16, 32                      # in struct seccomp_data
PTRACE, GETREGSET, NT_X86_XSTATE = 101, 0x4204, 0x202  # x86-64

FILTER = [(LOAD, 0, 0, NUMBER), (JUMP_EQUAL, 0, 5, PTRACE), (LOAD, 0, 0, FIRST), (JUMP_EQUAL, 0, 3, GETREGSET),
          (LOAD, 0, 0, THIRD), (JUMP_EQUAL, 0, 1, NT_X86_XSTATE), (RETURN, 0, 0, REFUSE_EIO), (RETURN, 0, 0, ALLOW)]


class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def main():
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in FILTER))
    program = Program(len(FILTER), ctypes.addressof(code))
    refused = libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if refused or libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(program), 0, 0):
        sys.exit(f"no_xstate.py: {os.strerror(ctypes.get_errno())}")
    os.execvp(sys.argv[1], sys.argv[1:])


main()
