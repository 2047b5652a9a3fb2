# SPDX-License-Identifier: Apache-2.0
"""What callgrind wrote: whose instructions they are, and what they were spent on."""
import collections
import re

TLS, APPLICATION = "TLS", "application"     # not ours
# What a function is for, by its file and name: the first that fits. Where nothing fits, it is for whoever calls it.
CAUSES = [(cause, re.compile(regex)) for cause, regex in (
    (APPLICATION, r"^test/bench/"),
    ("HMAC", r":imstls_i_(hmac_\w+|key_mac)$"),
    ("digest", r":imstls_i_md5$|^lib/access/digest\.c:"),
    ("SHA-256", r":imstls_i_sha256$"),
    ("Milenage", r"^lib/aka/"),
    ("TLS watch", r"^lib/port/mbedtls/watch\.c:"),
    ("copies", r"^lib/(port/mbedtls/io|client/feed|link/(queue|receive|link))\.c:"),
    ("TLS part", r"^lib/port/mbedtls/"),
    ("redaction", r":(imstls_i_tell_(sent|received|line)|hide_secrets|show_secrets|is_secret)\b"),
    ("parse and frame", r"^lib/(sip/(?!build|stamp|outbound|refuse|reply)|access/(challenge|secagree|accepted)\.c)"),
    ("build", r"^lib/(sip/|client/register\.c|access/(authorization|response)\.c)"),
    ("step", r"^lib/(client|link|registration)/"),
    ("rest", r"^lib/(?!base/|crypto/)"),
    (TLS, r":mbedtls_ssl_"))]
# These keep what they call, whatever that is for elsewhere.
WHOLE = {"HMAC", "digest", "SHA-256", "redaction", "TLS watch"}


def cause(function):
    _, file, name = function
    return next((c for c, regex in CAUSES if regex.search(f"{file}:{name}")), None)


def is_ours(function):
    return function[1].startswith("lib/")


def is_tls(function):
    return function[2].startswith("mbedtls_ssl_")


# A compiler's cache may have it from another folder.
ELSEWHERE = re.compile(r"^/.*/(?=(lib|test/bench)/[a-z0-9_/]+\.[ch]$)")


class Dump:
    """One named dump. A function is (object, file, name); `own` has its instructions, `edges` the inclusive ones of
    each pair of caller and callee."""

    def __init__(self, path):
        self.name, self.total = None, 0
        self.own, self.edges = collections.Counter(), collections.Counter()
        head, _, body = path.read_text().partition("\nob=")
        named = re.search(r"^desc: Trigger: Client Request: (.*)", head, re.M)
        if named:
            self.name = named[1]
            self.read(iter(("ob=" + body).splitlines()))

    def read(self, lines):
        at = {"ob": "", "fl": "", "fn": ""}
        callee, function = {}, None
        for line in lines:
            key, _, value = line.partition("=")
            value = ELSEWHERE.sub("", value)
            if key in ("fl", "fi", "fe"):
                at["fl"] = value
            elif key in ("cob", "cfi", "cfl", "cfn"):
                callee[{"cob": "ob", "cfn": "fn"}.get(key, "fl")] = value
            elif key == "ob":
                at["ob"] = value
            elif key == "fn":
                function = (at["ob"], at["fl"], value)
            elif key == "calls":
                other = {**at, **callee}
                cost = int(next(lines).split()[1])
                self.edges[function, (other["ob"], other["fl"], other["fn"])] += cost
                callee = {}
            elif line.startswith("totals: "):
                self.total = int(line.split()[1])
            elif line:
                self.own[function] += int(line.split()[1])

    def tls(self, *names):
        """Below our code's calls of mbedTLS, without what that calls of ours; of `names` alone if there are some."""
        into = sum(cost for (caller, callee), cost in self.edges.items()
                   if is_ours(caller) and is_tls(callee) and (not names or callee[2] in names))
        back = sum(cost for (caller, callee), cost in self.edges.items() if is_ours(callee) and not is_known(caller))
        return into if names else into - back

    def ours(self):
        """Of our code and what it calls beside TLS; what the application's callbacks do is theirs."""
        theirs = sum(cost for (caller, callee), cost in self.edges.items()
                     if is_ours(caller) and callee[1].startswith("test/bench/"))
        return self.total - self.tls() - theirs

    def causes(self):
        """Instructions by cause. What several call is shared out as callgrind saw the calls."""
        callers = collections.defaultdict(list)
        for (caller, callee), cost in self.edges.items():
            if caller != callee:
                callers[callee].append((caller, cost))
        functions = set(self.own) | {f for edge in self.edges for f in edge}
        fixed = {f: cause(f) for f in functions}
        share = {f: {fixed[f] or APPLICATION: 1.0} for f in functions}
        for _ in range(60):
            share = {f: self.inherited(fixed[f], share, callers.get(f, ())) for f in functions}
        sums = collections.Counter()
        for f, cost in self.own.items():
            for name, part in share[f].items():
                sums[name] += cost * part
        return {name: round(cost) for name, cost in sums.most_common() if round(cost)}

    @staticmethod
    def inherited(fixed, share, callers):
        whole = sum(cost for _, cost in callers)
        if fixed in WHOLE or fixed in (TLS, APPLICATION) or not whole:
            return {fixed or APPLICATION: 1.0}
        sums = collections.Counter()
        for caller, cost in callers:
            for name, part in share[caller].items():
                sums[fixed if fixed and name not in WHOLE else name] += part * cost / whole
        return sums


def is_known(function):
    """Ours or a benchmark's: the rest is mbedTLS and libc."""
    return function[1].startswith(("lib/", "test/bench/"))
