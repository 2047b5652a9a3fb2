# SPDX-License-Identifier: Apache-2.0
"""The deepest stack of any public function, from the frames and calls that gcc wrote down (-fcallgraph-info=su): over
all algorithms, flows and errors, whatever a test reaches. What is not ours (mbedTLS, libc, the application) has no
frame here; calls through pointers go to each function of lib/ that stands in such a member."""
import collections
import functools
import re

# A call that the compiler made itself, such as to the cold part of a function, has no line.
EDGE = re.compile(r'edge: \{ sourcename: "(.*?)" targetname: "(.*?)"(?: label: "(.*?):(\d+):\d+")? \}')
NODE = re.compile(r'node: \{ title: "(.*?)" label: ".*\\n(\d+) bytes \((.*?)\)')
# Of the application: what it hands over, and what a device of its own would be.
THEIRS = set("""on_event on_log on_message now_ms wall_s random store load psk_identity keylog ready done transmit
  open_channel close_channel release mac lookup reserve install remove set_lifetime cancel
  mbedtls_mutex_init mbedtls_mutex_free mbedtls_mutex_lock mbedtls_mutex_unlock""".split())
# Handed over in other ways than by a member's name.
HANDED = {"authenticate": r".*/usim/\w+\.c:authenticate", "take": r".*/card_file\.c:take_\w+",
          "how": r"imstls_sip_stamp\w*"}
# mbedTLS comes back into our code on its way.
BACK = re.compile(r"mbedtls_ssl_(handshake|read|write|close_notify)")


HASH = re.compile(r"imstls_i_(?:hmac_)?(md5|sha1|sha256|sha512)")
THEIR_HASH = re.compile(r"mbedtls_(md5|sha1|sha256|sha512)(_|$)")


class Frames:
    def __init__(self, root, graphs, others=()):
        """`others`: octets by name of functions that are not ours, and are to count."""
        self.root, self.size, self.calls = root, {}, collections.defaultdict(set)
        self.unknown = set()
        self.sources = {str(p.relative_to(root)): p.read_text() for p in sorted((root / "lib").rglob("*.[ch]"))}
        text = "".join(p.read_text() for p in graphs)
        for title, size, kind in NODE.findall(text):
            if kind == "dynamic":
                raise ValueError(f"{title}: its frame has no fixed size")
            self.size[title] = int(size)
        self.own = set(self.size)
        for name, size in dict(others).items():
            self.size[name] = self.size[name + "_ret"] = size       # 2.28 has the latter
        self.by_name = collections.defaultdict(set)
        for title in self.size:
            self.by_name[title.rpartition(":")[2]].add(title)
        for source, target, path, line in EDGE.findall(text):
            self.calls[source] |= self.pointed(path, int(line)) if target == "__indirect_call" else {target}
            if BACK.fullmatch(target):
                self.calls[source] |= self.handed_over("mbedtls_ssl_set_bio")

    def named(self, names):
        return {title for name in names for title in self.by_name.get(name, ())}

    def handed_over(self, function):
        calls = (call for text in self.sources.values() for call in re.findall(rf"{function}\((.*?)\);", text, re.S))
        return self.named(name for call in calls for name in re.findall(r"\w+", call))

    @functools.cache
    def pointed(self, path, line):
        """What may be called through the pointer in this line."""
        text = self.sources[path]
        here = text.splitlines()[line - 1]
        found = re.findall(r"(?:(\w+)\[[^\]]*\]|\b(\w+))\(", here)
        every = "\n".join(self.sources.values())
        targets = set()
        for array, member in found:
            if array:           # array[i](...)
                body = re.search(rf"\b{array}\[[^\]]*\][^=;]* = \{{(.*?)\}};", text, re.S)
                targets |= self.named(re.findall(r"\w+", body[1]) if body else ())
                if array in ("guards", "actions"):
                    rows = re.findall(r"ROW\(\w+, +\w+, +(\w+), +(\w+)", text)
                    targets |= self.named("imstls_i_" + row[array == "actions"] for row in rows)
                continue
            targets |= self.named(re.findall(rf"\.{member} = (\w+)\b", every))
            targets |= {title for title in self.size if re.fullmatch(HANDED.get(member, "-"), title)}
        if not targets and not THEIRS & {name for pair in found for name in pair}:
            self.unknown.add(f"{path}:{line}: {here.strip()}")
        return targets

    @functools.cache
    def deepest(self, title, hashed=None):
        """(octets, path) from here down. There is no recursion in lib/. Below imstls_i_hmac_sha1 is no other hash."""
        entered = HASH.fullmatch(title)
        hashed = entered[1] if entered else hashed
        others = {t for t in self.calls[title] if (m := THEIR_HASH.match(t)) and m[1] != hashed}
        below = max((self.deepest(callee, hashed) for callee in self.calls[title] - others if callee in self.size),
                    default=(0, ()))
        return self.size[title] + below[0], (title, *below[1])

    def by_public(self, names):
        """(octets, "function octets" of the path) of each public function, the deepest first."""
        found = [(*self.deepest(name), name) for name in names if name in self.own]
        return [(octets, [f"{t.rpartition(':')[2]} {self.size[t]}" for t in path])
                for octets, path, _ in sorted(found, reverse=True)]
