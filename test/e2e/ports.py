#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A port of loopback for a program that is started a moment later; as a program it prints one. It lies below those that
Linux gives to whoever names none, so that no connection takes it meanwhile."""
import random
import socket

WIDTH = 8000


def lowest_given():
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as text:
        return int(text.read().split()[0])


def is_free(port):
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        try:
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port():
    end = lowest_given()
    ports = range(max(1024, end - WIDTH), end)
    return next(port for port in random.sample(ports, len(ports)) if is_free(port))


if __name__ == "__main__":
    print(free_port())
