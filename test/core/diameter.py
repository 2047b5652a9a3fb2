# SPDX-License-Identifier: Apache-2.0
"""Diameter on the wire (RFC 6733 3 and 4.1): messages and AVPs to and from octets, as far as Cx needs them."""
import struct

VENDOR = 10415   # 3GPP
CX = 16777216    # TS 29.229 5.3

# name: (AVP code, vendor); a value is octets, a text, a number of 32 bits, or a list of (name, value): a grouped AVP
AVPS = {
    "User-Name": (1, 0), "Host-IP-Address": (257, 0), "Auth-Application-Id": (258, 0), "Session-Id": (263, 0),
    "Vendor-Specific-Application-Id": (260, 0), "Origin-Host": (264, 0), "Supported-Vendor-Id": (265, 0),
    "Vendor-Id": (266, 0), "Result-Code": (268, 0), "Product-Name": (269, 0), "Auth-Session-State": (277, 0),
    "Destination-Realm": (283, 0), "Destination-Host": (293, 0), "Origin-Realm": (296, 0),
    "Experimental-Result": (297, 0), "Experimental-Result-Code": (298, 0),
    # TS 29.229 6.3
    "Public-Identity": (601, VENDOR), "Server-Name": (602, VENDOR), "Server-Capabilities": (603, VENDOR),
    "Mandatory-Capability": (604, VENDOR),
    "User-Data": (606, VENDOR), "SIP-Number-Auth-Items": (607, VENDOR), "SIP-Authentication-Scheme": (608, VENDOR),
    "SIP-Authenticate": (609, VENDOR), "SIP-Authorization": (610, VENDOR), "SIP-Auth-Data-Item": (612, VENDOR),
    "SIP-Item-Number": (613, VENDOR), "Server-Assignment-Type": (614, VENDOR), "Deregistration-Reason": (615, VENDOR),
    "Reason-Code": (616, VENDOR), "Reason-Info": (617, VENDOR), "User-Authorization-Type": (623, VENDOR),
    "Confidentiality-Key": (625, VENDOR), "Integrity-Key": (626, VENDOR),
}
NAMES = {key: name for name, key in AVPS.items()}
NUMBERS = {"Result-Code", "Experimental-Result-Code", "Server-Assignment-Type", "User-Authorization-Type"}
GROUPED = {"SIP-Auth-Data-Item", "Experimental-Result"}

COMMANDS = {257: "CE", 280: "DW", 282: "DP", 300: "UA", 301: "SA", 302: "LI", 303: "MA", 304: "RT"}
CODES = {name: code for code, name in COMMANDS.items()}


def pack(avps):
    out = b""
    for name, value in avps:
        code, vendor = AVPS[name]
        if isinstance(value, list):
            value = pack(value)
        elif isinstance(value, int):
            value = struct.pack(">I", value)
        elif isinstance(value, str):
            value = value.encode()
        flags, head = (0xC0, 12) if vendor else (0x40, 8)
        out += struct.pack(">IB", code, flags) + (head + len(value)).to_bytes(3, "big")
        out += (struct.pack(">I", vendor) if vendor else b"") + value + bytes(-len(value) % 4)
    return out


def unpack(data):
    """{name: value}, the first of each name; AVPs without a name here are left out."""
    out = {}
    while data:
        code, flags = struct.unpack_from(">IB", data)
        length, head = int.from_bytes(data[5:8], "big"), 12 if flags & 0x80 else 8
        if length < head or length > len(data):
            raise ValueError("length of an AVP")
        vendor = struct.unpack_from(">I", data, 8)[0] if head == 12 else 0
        name, value = NAMES.get((code, vendor)), data[head:length]
        if name in GROUPED:
            value = unpack(value)
        elif name in NUMBERS:
            value = int.from_bytes(value, "big")
        out.setdefault(name, value)
        data = data[length + -length % 4:]
    return out


class Message:
    """`command` is two letters, `request` whether R is set, `avps` as unpack gives them."""

    def __init__(self, octets):
        self.request = bool(octets[4] & 0x80)
        self.code = int.from_bytes(octets[5:8], "big")
        self.command = COMMANDS.get(self.code, str(self.code))
        self.application, self.hop, self.end = struct.unpack_from(">III", octets, 8)
        self.avps = unpack(octets[20:])

    def get(self, name):
        """Text of an AVP, empty when it is not there."""
        return self.avps.get(name, b"").decode()

    def answer(self, avps):
        return message(self.code, self.application, self.hop, self.end, avps)


def message(code, application, hop, end, avps, request=False):
    body = pack(avps)
    flags = 0xC0 if request else 0x40 if application else 0
    return (b"\x01" + (20 + len(body)).to_bytes(3, "big") + bytes([flags]) + code.to_bytes(3, "big") +
            struct.pack(">III", application, hop, end) + body)


def read(sock):
    """The next message of a connection; None at its end."""
    head = exactly(sock, 20)
    if not head:
        return None
    length = int.from_bytes(head[1:4], "big")
    if head[0] != 1 or length < 20:
        raise ValueError("not Diameter")
    return Message(head + exactly(sock, length - 20))


def exactly(sock, n):
    data = b""
    while len(data) < n:
        more = sock.recv(n - len(data))
        if not more:
            return b""
        data += more
    return data
