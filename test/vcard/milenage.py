# SPDX-License-Identifier: Apache-2.0
"""AES-128 and Milenage (TS 35.206), written apart from the library so that one checks the other."""


def _tables():
    """S-box of FIPS 197 from its definition: the inverse in GF(2^8), then the affine map."""
    exp, log, x = [0] * 256, [0] * 256, 1
    for i in range(255):
        exp[i], log[x] = x, i
        x ^= (x << 1) ^ (0x11B if x & 0x80 else 0)
        x &= 0xFF
    box = []
    for a in range(256):
        b = exp[(255 - log[a]) % 255] if a else 0
        s = 0x63
        for shift in range(5):
            s ^= ((b << shift) | (b >> (8 - shift))) & 0xFF
        box.append(s)
    return box


SBOX = _tables()


def _double(a):
    return ((a << 1) ^ (0x1B if a & 0x80 else 0)) & 0xFF


def _round_keys(key):
    words = [list(key[i:i + 4]) for i in range(0, 16, 4)]
    rcon = 1
    for i in range(4, 44):
        t = list(words[i - 1])
        if i % 4 == 0:
            t = [SBOX[b] for b in t[1:] + t[:1]]
            t[0] ^= rcon
            rcon = _double(rcon)
        words.append([a ^ b for a, b in zip(words[i - 4], t)])
    return [sum(words[i:i + 4], []) for i in range(0, 44, 4)]


def aes(key, block):
    keys = _round_keys(key)
    s = [a ^ b for a, b in zip(block, keys[0])]
    for n in range(1, 11):
        s = [SBOX[s[(i + 4 * (i % 4)) % 16]] for i in range(16)]
        if n < 10:
            mixed = []
            for c in range(0, 16, 4):
                col = s[c:c + 4]
                whole = col[0] ^ col[1] ^ col[2] ^ col[3]
                mixed += [col[i] ^ whole ^ _double(col[i] ^ col[(i + 1) % 4]) for i in range(4)]
            s = mixed
        s = [a ^ b for a, b in zip(s, keys[n])]
    return bytes(s)


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


class Milenage:
    def __init__(self, k, opc):
        self.k, self.opc = k, opc

    def _out(self, rand, rot, const):
        temp = xor(aes(self.k, xor(rand, self.opc)), self.opc)
        temp = bytearray(temp[rot // 8:] + temp[:rot // 8])
        temp[15] ^= const
        return xor(aes(self.k, bytes(temp)), self.opc)

    def f1(self, rand, sqn, amf):
        """MAC-A and MAC-S."""
        x = xor((sqn + amf) * 2, self.opc)
        x = x[8:] + x[:8]
        out = xor(aes(self.k, xor(aes(self.k, xor(rand, self.opc)), x)), self.opc)
        return out[:8], out[8:]

    def f2345(self, rand):
        """RES, CK, IK, AK."""
        two = self._out(rand, 0, 1)
        return two[8:], self._out(rand, 32, 2), self._out(rand, 64, 4), two[:6]

    def f5star(self, rand):
        return self._out(rand, 96, 8)[:6]
