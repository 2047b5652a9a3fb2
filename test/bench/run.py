#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks: instruction counts under callgrind, memory, stack. BENCH_JSON=1: one JSON object a line.

Everything that is compared is measured in this run. What cannot be measured here is left out, and said on stderr."""
import functools
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

sys.dont_write_bytecode = True
import chain  # noqa: E402
from callgrind import APPLICATION, TLS, Dump  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = pathlib.Path(os.environ.get("IMSTLS_BUILD", ROOT / "build/default")).resolve()
OUT = BUILD / "bench"
CC = shlex.split(os.environ.get("CC", "cc"))
JSON = os.environ.get("BENCH_JSON") == "1"
RUNS = 20
figures = []


def note(text):
    print(f"bench: {text}", file=sys.stderr)


def run(command, **more):
    done = subprocess.run([str(x) for x in command], capture_output=True, text=True, cwd=ROOT, **more)
    if done.returncode:
        sys.exit(f"bench: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def add(name, value, unit, goal=None, **peers):
    figures.append({"name": name, "value": round(value, 4) if unit == "ratio" else int(round(value)), "unit": unit,
                    "goal": goal, "peers": {k: v for k, v in peers.items() if v is not None}})


def packages(what, *names):
    done = subprocess.run(["pkg-config", what, *names], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"bench: {done.stderr.strip()}: `make deps bench` installs it")
    return shlex.split(done.stdout)


MBEDTLS = shlex.split(os.environ.get("MBEDTLS_CFLAGS", "")), \
    shlex.split(os.environ.get("MBEDTLS_LIBS", "-lmbedtls -lmbedx509 -lmbedcrypto"))


def build(name, sources, *libs, mbedtls=MBEDTLS, folder=BUILD):
    program = OUT / name
    parts = [x for x in ("libpcsclite", "libmnl") if subprocess.run(["pkg-config", "--exists", x]).returncode == 0]
    run([*CC, "-std=c11", "-O2", "-g", "-Wall", "-Wextra", "-Wno-format-nonliteral", "-D_POSIX_C_SOURCE=200809L",
         "-Iinclude", "-Ilib", "-Itest/bench", *mbedtls[0], *[HERE / s for s in sources], folder / "libimstls.a",
         *libs, *mbedtls[1], "-Wl,--as-needed",
         *(packages("--libs", *parts) if parts else []), "-o", program])
    return program


def measure(program, *arguments, tag=""):
    for old in OUT.glob(f"cg.{program.name}{tag}.out*"):
        old.unlink()
    text = run(["valgrind", "--tool=callgrind", "--collect-atstart=no", "--compress-strings=no", "--compress-pos=no",
                f"--callgrind-out-file={OUT}/cg.{program.name}{tag}.out", program, *arguments],
               env=dict(os.environ, LC_ALL="C", LD_BIND_NOW="1"))
    dumps = [Dump(p, ROOT) for p in OUT.glob(f"cg.{program.name}{tag}.out.*")]
    return {d.name: d for d in dumps if d.name}, text


def per_call(dumps, name):
    return dumps[name].total / RUNS


def numbers(text):
    return {k: int(v) for k, v in re.findall(r"^(\S+) (\d+)\b", text, re.M)}


def sip():
    sofia = packages("--cflags", "--libs", "sofia-sip-ua")
    program = build("sip", ["sip.c"], *sofia, *packages("--cflags", "--libs", "libosip2"))
    dumps, _ = measure(program)
    for status, goal in (("401", 8300), ("200", None)):
        add(f"parse_{status}", per_call(dumps, f"own_{status}"), "instr", goal,
            byte_split=round(per_call(dumps, f"split_{status}")), osip=round(per_call(dumps, f"osip_{status}")),
            sofia_sip=round(per_call(dumps, f"sofia_{status}")))


def client():
    program = build("client", ["client.c", "world.c"])
    dumps, text = measure(program)
    found = numbers(text)
    native = numbers(run([program], env=dict(os.environ, LD_BIND_NOW="1")))
    add("build_register", per_call(dumps, "own_register"), "instr", 3200,
        literal_appends=round(per_call(dumps, "append_register")), snprintf=round(per_call(dumps, "snprintf_register")))
    add("stamped_request", per_call(dumps, "own_stamped_request"), "instr", 25000,
        plain=round(per_call(dumps, "own_plain_request")))
    add("allocations_after_new", found["allocations_after_new"], "count", 0)
    # painted stack over register, refresh, deregister with TLS left out; mbedTLS's hash and AES frames are in it
    add("stack_max", native["stack_max"], "bytes", 2048)
    add("client_bytes", found["client_bytes"], "bytes", 4096, buffers=found["client_buffers"])


def aka():
    program = build("aka", ["aka.c"], *packages("--libs", "libosmogsm"))
    soft, _ = measure(program)
    here, _ = measure(program, "hardware", tag="_hw")
    block = soft["floor_blocks"].total
    add("milenage_over_floor", soft["own_milenage"].total / block, "ratio", 1.2, floor_instr=round(block / RUNS),
        libosmogsm=round(soft["osmo_milenage"].total / block, 3),
        this_processor=round(here["own_milenage"].total / here["floor_blocks"].total, 3),
        this_processor_floor_instr=round(here["floor_blocks"].total / RUNS))
    add("tuak_over_floor", soft["own_tuak"].total / soft["floor_keccak"].total, "ratio", None,
        floor_instr=round(soft["floor_keccak"].total / RUNS))


def certificates():
    folder = OUT / "certs"
    if not (folder / "chain3.pem").exists():
        chain.make(folder, run)
    return folder


def registration():
    program = build("register", ["register.c", "server.c", "world.c"])
    certs = certificates()
    dumps, text = measure(program, certs / "leaf.pem", certs / "leaf.key", "12", certs / "root.pem")
    trips = numbers(text.replace("trips ", ""))
    full, resumed, pki = dumps["full"], dumps["resumed"], dumps["pki"]
    records = full.tls("mbedtls_ssl_read", "mbedtls_ssl_write")
    own, bare = full.ours(), full.total - full.ours()
    resumed_bare = resumed.total - resumed.ours()
    add("registration_full_over_bare", full.total / bare, "ratio", 1.0025, bare_instr=bare)
    add("registration_full_over_pki", full.total / (pki.total + records), "ratio", 0.67, pki_instr=pki.total + records)
    add("registration_resumed_over_bare", resumed.total / resumed_bare, "ratio", 1.08, bare_instr=resumed_bare)
    add("reconnect_over_full", resumed.total / full.total, "ratio", 0.030)
    add("own_instructions", own, "instr", 75000, resumed=resumed.ours(),
        **{name: cost for name, cost in full.causes().items() if name not in (TLS, APPLICATION)})
    add("round_trips_tls12", trips["full"], "count", 5, resumed=trips["resumed"])
    chains(program, "12")
    for version in ("12", "13"):
        newer = with_newer("register", ["register.c", "server.c", "world.c"])
        if newer:
            chains(newer, version, f"_36_tls{version}")


def chains(program, version, name=""):
    """The same registration where the server sends 1, 2 and 3 certificates."""
    certs = certificates()
    total = [measure(program, certs / f"chain{n}.pem", certs / "leaf.key", version, tag=f"_{version}_{n}")[0]
             ["full"].total for n in (1, 2, 3)]
    add("registration_chain3_over_leaf" + name, total[2] / total[0], "ratio", 1.02, leaf_instr=total[0],
        chain2=round(total[1] / total[0], 4))


@functools.cache
def newer_mbedtls():
    """mbedTLS 3.6 from Debian's sources and our library over it, as `make matrix` has them; None where it cannot be."""
    source = subprocess.run([ROOT / "test/matrix/mbedtls_src.sh", "3.6"], capture_output=True, text=True)
    if source.returncode:
        return note(f"figures of mbedTLS 3.6 left out: {source.stderr.strip()}")
    at = source.stdout.split()[-1]
    mbedtls = [f"-isystem{at}/include"], [f"{at}/lib/lib{x}.a" for x in ("mbedtls", "mbedx509", "mbedcrypto")]
    folder = OUT / "mbedtls-3.6"
    run(["make", "--no-print-directory", f"B={folder}", f"MBEDTLS_CFLAGS={' '.join(mbedtls[0])}",
         f"MBEDTLS_LIBS={' '.join(mbedtls[1])}", folder / "libimstls.a"])
    return mbedtls, folder


def with_newer(name, sources):
    found = newer_mbedtls()
    return found and build(name + "_36", sources, mbedtls=found[0], folder=found[1])


# Arithmetic of the handshake that has to be, where something else than arithmetic asks for it.
ARITHMETIC = re.compile(r"mbedtls_(pk_verify|ecdh_)|psa_(raw_key_agreement|generate_key|export_public_key|verify_hash)")
INSIDE = re.compile(r"psa_|(mbedtls_)?(psa|pk|eckey|ecdh|ecp|ecdsa|rsa)_")
FLOODS = ("alerts_in_the_handshake", "alerts", "trying", "options", "messages", "long_messages", "honest")


def without_arithmetic(dump):
    return dump.total - sum(cost for (caller, callee), cost in dump.edges.items()
                            if ARITHMETIC.match(callee[2]) and not INSIDE.match(caller[2]))


def longest_step(program, version, more, name=""):
    """The longest imstls_client_step of each flood. `honest`: a chain as large as mbedTLS takes one."""
    certs = certificates()
    worst = {}
    for flood in FLOODS + more:
        sent = certs / ("large.pem" if flood == "honest" else "leaf.pem")
        dumps, _ = measure(program, sent, certs / "leaf.key", version, flood, tag=f"_{flood}")
        worst["large_chain" if flood == "honest" else flood] = max(without_arithmetic(d) for d in dumps.values())
    add("longest_step" + name, max(worst.values()), "instr", 2000000, **worst)


def floods():
    sources = ["flood.c", "server.c", "world.c"]
    longest_step(build("flood", sources), "12", ("hello_requests",))
    newer = with_newer("flood", sources)
    if newer:
        longest_step(newer, "12", ("hello_requests",), "_36_tls12")
        longest_step(newer, "13", ("tickets",), "_36_tls13")


def anonymous(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Anonymous:\s+(\d+) kB", text, re.M)[1])


def idle():
    examples = pathlib.Path(os.environ.get("EXAMPLES_DIR", ROOT / "build/examples"))
    if not (examples / "pcscf").exists() or not (examples / "softphone").exists():
        return note("idle_anon_over_bare left out: no examples")
    bare = build("bare", ["bare.c"])
    ue = ["--impi", "001010000000001@ims.example", "--k", "46" * 16, "--opc", "cd" * 16]
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    started = []
    try:
        started.append(subprocess.Popen([examples / "pcscf", "--listen", "127.0.0.1:0", *ue], **pipes))
        at = started[0].stdout.readline().split()[1]
        started.append(subprocess.Popen([bare, *at.rsplit(":", 1), certificates() / "root.pem"], **pipes))
        if started[1].stdout.readline() != "ready\n":
            return note("idle_anon_over_bare left out: the bare program does not connect")
        alone = anonymous(started[1].pid)
        started.append(subprocess.Popen(
            [examples / "softphone", "--pcscf", at, "--impu", "sip:001010000000001@ims.example", "--domain",
             "ims.example", *ue, "--stay", "60", "--json"], **pipes))
        for line in started[2].stdout:
            if json.loads(line)["event"] == "registered":
                softphone = anonymous(started[2].pid)
                return add("idle_anon_over_bare", softphone / alone, "ratio", 1.15, softphone_kb=softphone,
                           bare_kb=alone)
        return note("idle_anon_over_bare left out: the softphone does not register")
    finally:
        for process in started:
            process.kill()
            process.communicate()


def cortex_m4():
    if subprocess.run(["which", "arm-none-eabi-size"], capture_output=True).returncode:
        return note("text_cortex_m4 left out: no arm-none-eabi-gcc (`make deps cross` installs it)")
    text = run(["make", "--no-print-directory", "cortexm"])
    linked = re.search(r"^\s*(\d+)\s+(\d+)\s+(\d+)\s.*flash\.elf", text, re.M)
    every = re.search(r"^\s*(\d+)\s.*\(TOTALS\)", text, re.M)
    add("text_cortex_m4", int(linked[1]), "bytes", 20480, data=int(linked[2]), bss=int(linked[3]),
        every_object=int(every[1]))


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["which", "valgrind"], capture_output=True).returncode:
        sys.exit("bench: no valgrind: `make deps bench` installs it")
    for part in (registration, floods, sip, client, aka, idle, cortex_m4):
        part()
    for figure in figures:
        if JSON:
            print(json.dumps(figure))
        else:
            met = "" if figure["goal"] is None else "met" if figure["value"] <= figure["goal"] else "MISSED"
            goal = "-" if figure["goal"] is None else figure["goal"]
            peers = ", ".join(f"{k} {v}" for k, v in figure["peers"].items())
            print(f"{figure['name']:<40}{figure['value']:>12} {figure['unit']:<6} goal {goal:<8} {met:<7} {peers}")


if __name__ == "__main__":
    main()
