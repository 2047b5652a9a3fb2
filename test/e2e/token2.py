# SPDX-License-Identifier: Apache-2.0
"""s_token2 and c_token2 in Python: HMAC from hashlib, bindings from OpenSSL. Shares nothing with lib/.

`python3 token2.py` checks the arithmetic against the published vector.
"""
import ctypes
import hashlib
import hmac
import _ssl

EXPORTER, END_POINT = "tls-exporter", "tls-server-end-point"


def derive(ck, ik, rand, impi, name):
    """TS 33.220 B.2: S = FC || P0 || L0 || P1 || L1 ..."""
    s = b"\xfe"
    for p in (b"libimstls-token-1", rand, impi.encode(), name.lower().encode()):
        s += p + len(p).to_bytes(2, "big")
    return hmac.new(ck + ik, s, hashlib.sha256).digest()


def token(key, side, cb, value, der):
    """32 hex digits; `side` is server or client."""
    text = side.encode() + b"\0" + cb.encode() + b"\0" + len(value).to_bytes(2, "big") + value
    return hmac.new(key, text + hashlib.sha256(der).digest(), hashlib.sha256).hexdigest()[:32]


def exporter(sock):
    """OpenSSL's own tls-exporter value (RFC 9266) of a connection of Python's ssl module."""
    lib = ctypes.CDLL(_ssl.__file__)   # finds the libssl that the module itself uses
    # CPython's PySSLSocket: object head, Socket, SSL *. Held against what Python says of the same connection.
    handle = ctypes.c_void_p.from_address(id(sock._sslobj) + 24)
    lib.SSL_get_version.restype = ctypes.c_char_p
    if lib.SSL_get_version(handle).decode() != sock.version():
        raise RuntimeError("this Python keeps its SSL elsewhere")
    out, label = ctypes.create_string_buffer(32), b"EXPORTER-Channel-Binding"
    if lib.SSL_export_keying_material(handle, out, ctypes.c_size_t(32), label, ctypes.c_size_t(len(label)), b"",
                                      ctypes.c_size_t(0), 1) != 1:
        raise RuntimeError("OpenSSL exports nothing")
    return out.raw


def end_point(der):
    """RFC 5929 4.1."""
    from cryptography import x509
    name = x509.load_der_x509_certificate(der).signature_hash_algorithm.name
    return hashlib.new("sha256" if name in ("md5", "sha1") else name, der).digest()


def binding(cb, sock, der):
    return exporter(sock) if cb == EXPORTER else end_point(der)


def selftest():
    h = bytes.fromhex
    impi = "001010000000001@ims.mnc001.mcc001.3gppnetwork.org"
    key = derive(h("b40ba9a3c58b2a05bbf0d987b21bf8cb"), h("f769bcd751044604127672711c6d3441"),
                 h("23553cbe9637a89d218ae64dae47bf35"), impi, "PCSCF.visited1.net")
    assert key == h("48d0e007ed62896b9e53d3b7fa081743b90262abe5c7632d253608304a103a5c")
    # RFC 5448 case 1 has the same form of key: CK || IK over FC 0x20, two parameters
    s = b"\x20" + b"WLAN" + b"\0\x04" + h("bb52e91c747a") + b"\0\x06"
    assert hmac.new(h("5349fbe098649f948f5d2e973a81c00f") + h("9744871ad32bf9bbd1dd5ce54e3e2e5a"), s,
                    hashlib.sha256).digest() == h("0093962d0dd84aa5684b045c9edffa04ccfc230ca74fcc96c0a5d61164f5a76c")
    print("token2.py: published values reproduced")


if __name__ == "__main__":
    selftest()
