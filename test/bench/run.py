#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmarks: instruction counts under callgrind, memory, stack, round trips; over the mbedTLS that is
installed and over 3.6. `run.py [PART...]`: these alone. BENCH_JSON=1: one JSON object a line;
so does bench.json beside the programs.

Everything that is compared is measured in this run. What cannot be measured here is left out, and said on stderr; a
goal that is not met is printed as such. `--strict`: exit 1 in either case."""
import collections
import functools
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent / "parts"))
import chain  # noqa: E402
import frames  # noqa: E402
import table  # noqa: E402
from callgrind import APPLICATION, TLS, Dump  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = pathlib.Path(os.environ.get("IMSTLS_BUILD", ROOT / "build/default")).resolve()
OUT = BUILD / "bench"
CC = shlex.split(os.environ.get("CC", "cc"))
JSON = os.environ.get("BENCH_JSON") == "1"
RUNS = 20
figures, left_out = [], []
os.environ["CCACHE_DISABLE"] = "1"      # it would keep gcc's account of frames back


def note(text):
    print(f"bench: {text}", file=sys.stderr)


def leave_out(text):
    left_out.append(text)
    note(f"left out: {text}")


def run(command, **more):
    done = subprocess.run([str(x) for x in command], capture_output=True, text=True, cwd=ROOT, **more)
    if done.returncode:
        sys.exit(f"bench: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def add(name, value, unit, goal=None, mbedtls=None, tls=None, **peers):
    """`mbedtls`: whose figure it is; `tls`: the version of TLS, where there are two."""
    figure = {"name": name, "value": round(value, 4) if unit in ("ratio", "us") else int(round(value)), "unit": unit,
              "goal": goal, "mbedtls": mbedtls and mbedtls.version, "tls": tls,
              "peers": {k: v for k, v in peers.items() if v is not None}}
    figures.append({k: v for k, v in figure.items() if k != "tls" or v})


def packages(what, *names):
    done = subprocess.run(["pkg-config", what, *names], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"bench: {done.stderr.strip()}: `make deps bench` installs it")
    return shlex.split(done.stdout)


# An mbedTLS with our library over it: `tag` for names of files, `newest` is the highest version of TLS.
Mbedtls = collections.namedtuple("Mbedtls", "version tag cflags libs folder newest")


def version_of(cflags):
    asked = "#include <mbedtls/version.h>\nMBEDTLS_VERSION_STRING\n"
    text = run([*CC, *cflags, "-E", "-P", "-x", "c", "-"], input=asked)
    return text.split()[-1].strip('"')


@functools.cache
def installed():
    cflags = shlex.split(os.environ.get("MBEDTLS_CFLAGS", ""))
    libs = shlex.split(os.environ.get("MBEDTLS_LIBS", "-lmbedtls -lmbedx509 -lmbedcrypto"))
    return Mbedtls(version_of(cflags), "", cflags, libs, BUILD, "12")


@functools.cache
def newer():
    """mbedTLS 3.6 from Debian's sources, as `make matrix` has it, in a library of its own as the installed one is; and
    our library over it. None where it cannot be."""
    source = subprocess.run([ROOT / "test/matrix/mbedtls_src.sh", "3.6"], capture_output=True, text=True)
    if source.returncode:
        return leave_out(f"figures of mbedTLS 3.6: {source.stderr.strip()}")
    at, folder = source.stdout.split()[-1], OUT / "mbedtls-3.6"
    folder.mkdir(parents=True, exist_ok=True)
    shared, cflags = folder / "libmbedtls-3.6.so", [f"-isystem{at}/include"]
    archives = [f"{at}/lib/lib{x}.a" for x in ("mbedtls", "mbedx509", "mbedcrypto")]
    run([*CC, "-shared", "-Wl,--whole-archive", *archives, "-Wl,--no-whole-archive", f"-Wl,-soname,{shared.name}", "-o",
         shared])
    found = Mbedtls(version_of(cflags), "_36", cflags, [shared, f"-Wl,-rpath,{folder}"], folder, "13")
    run(["make", "--no-print-directory", *settings(found, folder), folder / "libimstls.a"])
    return found


def settings(mbedtls, folder):
    """What makes our Makefile build over it, in that folder."""
    return [f"B={folder}", f"EX={folder}/examples", f"MBEDTLS_CFLAGS={shlex.join(mbedtls.cflags)}",
            f"MBEDTLS_LIBS={shlex.join(map(str, mbedtls.libs))}"]


def versions():
    return [m for m in (installed(), newer()) if m]


def build(name, sources, mbedtls, *libs):
    program = OUT / (name + mbedtls.tag)
    parts = [x for x in ("libpcsclite", "libmnl") if subprocess.run(["pkg-config", "--exists", x]).returncode == 0]
    run([*CC, "-std=c11", "-O2", "-g", "-Wall", "-Wextra", "-Wno-format-nonliteral", "-D_POSIX_C_SOURCE=200809L",
         "-Iinclude", "-Ilib", "-Itest/bench", *mbedtls.cflags, *[HERE / s for s in sources],
         mbedtls.folder / "libimstls.a", *libs, *mbedtls.libs, "-Wl,--as-needed",
         *(packages("--libs", *parts) if parts else []), "-o", program])
    return program


def measure(program, *arguments, tag="", aes="hardware"):
    if not shutil.which("valgrind"):
        sys.exit("bench: no valgrind: `make deps bench` installs it")
    for old in OUT.glob(f"cg.{program.name}{tag}.out*"):
        old.unlink()
    text = run(["valgrind", "--tool=callgrind", "--collect-atstart=no", "--compress-strings=no", "--compress-pos=no",
                f"--callgrind-out-file={OUT}/cg.{program.name}{tag}.out", program, *arguments],
               env=dict(os.environ, LC_ALL="C", LD_BIND_NOW="1", BENCH_AES=aes))
    dumps = [Dump(p) for p in OUT.glob(f"cg.{program.name}{tag}.out.*")]
    return {d.name: d for d in dumps if d.name}, text


def per_call(dumps, name):
    return dumps[name].total / RUNS


def numbers(text):
    return {k: int(v) for k, v in re.findall(r"^(\S+) (\d+)\b", text, re.M)}


def sip():
    sofia = packages("--cflags", "--libs", "sofia-sip-ua")
    program = build("sip", ["sip.c"], installed(), *sofia, *packages("--cflags", "--libs", "libosip2"))
    dumps, text = measure(program)
    found = numbers(text)
    for status, goal in (("401", 8300), ("200", None)):
        add(f"parse_{status}", per_call(dumps, f"own_{status}"), "instr", goal, octets=found[f"octets_{status}"],
            byte_split=round(per_call(dumps, f"split_{status}")), osip=round(per_call(dumps, f"osip_{status}")),
            sofia_sip=round(per_call(dumps, f"sofia_{status}")))


def client(mbedtls):
    program = build("client", ["client.c", "world.c"], mbedtls)
    dumps, text = measure(program, tag=mbedtls.tag)
    found = numbers(text)
    add("build_register", per_call(dumps, "own_register"), "instr", 3200, mbedtls, octets=found["register_octets"],
        literal_appends=round(per_call(dumps, "append_register")), snprintf=round(per_call(dumps, "snprintf_register")))
    add("stamp_request", per_call(dumps, "own_stamped_request"), "instr", 25000, mbedtls,
        plain=round(per_call(dumps, "own_plain_request")))
    add("allocations_after_new", found["allocations_after_new"], "count", 0, mbedtls)
    add("client_bytes", found["client_bytes"], "bytes", 4096, mbedtls, client=found["client_own"],
        tls_part=found["tls_own"], buffers=found["client_buffers"])


def stack(mbedtls):
    """From gcc's own account of frames and calls, so that no flow is forgotten; and beside it what a painted stack saw
    in registrations with each algorithm."""
    folder = OUT / f"stack{mbedtls.tag}"
    run(["make", "-j2", "--no-print-directory", *settings(mbedtls, folder), "CFLAGS=-O2 -fcallgraph-info=su",
         folder / "libimstls.a"])
    graphs = sorted((folder / "lib").rglob("*.ci"))
    public = (ROOT / "test/symbols.txt").read_text().split()
    own = frames.Frames(ROOT, graphs)
    if own.unknown:
        sys.exit("bench: no one knows what is called here: " + "\n".join(sorted(own.unknown)))
    others = numbers(run([build("depth", ["depth.c"], mbedtls)], env=dict(os.environ, LD_BIND_NOW="1")))
    once = others.pop("once_aes_tables")
    seen = numbers(run([build("client", ["client.c", "world.c"], mbedtls)], env=dict(os.environ, LD_BIND_NOW="1")))
    for name, goal, found, more in (("stack_max", 2048, own, {}),
                                    ("stack_max_with_mbedtls", 2560, frames.Frames(ROOT, graphs, others),
                                     {"painted": seen["stack_seen"], "aes_tables_once": once})):
        ranked = found.by_public(public)
        add(name, ranked[0][0], "bytes", goal, mbedtls, **more,
            **{path[0].split()[0]: octets for octets, path in ranked if octets > goal})
        for octets, path in ranked:
            if octets > goal:
                note(f"{name} {mbedtls.version}: {octets}: {', '.join(path)}")


def aka(mbedtls):
    program = build("aka", ["aka.c", "software.c"], mbedtls, *packages("--libs", "libosmogsm"))
    soft, _ = measure(program, tag=mbedtls.tag, aes="software")
    here, _ = measure(program, tag=mbedtls.tag + "_hw")
    block = soft["floor_blocks"].total
    add("milenage_over_floor", soft["own_milenage"].total / block, "ratio", 1.2, mbedtls,
        floor_instr=round(block / RUNS), libosmogsm=round(soft["osmo_milenage"].total / block, 3),
        this_processor=round(here["own_milenage"].total / here["floor_blocks"].total, 3),
        this_processor_floor_instr=round(here["floor_blocks"].total / RUNS))
    add("tuak_over_floor", soft["own_tuak"].total / soft["floor_keccak"].total, "ratio", None, mbedtls,
        floor_instr=round(soft["floor_keccak"].total / RUNS))


def certificates():
    folder = OUT / "certs"
    if not (folder / "chain3.pem").exists():
        chain.make(folder, run)
    return folder


def registration(mbedtls):
    program = build("register", ["register.c", "server.c", "software.c", "world.c"], mbedtls)
    certs = certificates()
    for version in ("12", "13")[:1 + (mbedtls.newest == "13")]:
        how = program, certs / "leaf.pem", certs / "leaf.key", version, certs / "root.pem"
        dumps, _ = measure(*how, tag=f"{mbedtls.tag}_{version}")
        software, _ = measure(*how, tag=f"{mbedtls.tag}_{version}_soft", aes="software")
        ratios(mbedtls, {"mbedtls": mbedtls, "tls": f"1.{version[1]}"}, dumps, software)
        chains(program, mbedtls, version)


def over_bare(dump):
    return dump.total / (dump.total - dump.ours())


def ratios(mbedtls, whose, dumps, software):
    full, resumed, pki = dumps["full"], dumps["resumed"], dumps["pki"]
    records = full.tls("mbedtls_ssl_read", "mbedtls_ssl_write")
    add("registration_full_over_bare", over_bare(full), "ratio", 1.0025, **whose, total_instr=full.total,
        software_aes=round(over_bare(software["full"]), 4))
    add("registration_full_over_pki", full.total / (pki.total + records), "ratio", 0.67, **whose,
        pki_instr=pki.total + records)
    add("registration_resumed_over_bare", over_bare(resumed), "ratio", 1.08, **whose, total_instr=resumed.total,
        software_aes=round(over_bare(software["resumed"]), 4))
    add("reconnect_over_full", resumed.total / full.total, "ratio", 0.030, **whose)
    add("own_instructions", full.ours(), "instr", 75000, **whose, resumed=resumed.ours(),
        software_aes=software["full"].ours(),
        **{name: cost for name, cost in full.causes().items() if name not in (TLS, APPLICATION)})


def chains(program, mbedtls, version):
    """The same registration where the server sends 1, 2 and 3 certificates."""
    certs = certificates()
    how = certs / "leaf.key", version
    total = [measure(program, certs / f"chain{n}.pem", *how, tag=f"{mbedtls.tag}_{version}_{n}")[0]["full"].total
             for n in (1, 2, 3)]
    add("registration_chain3_over_leaf", total[2] / total[0], "ratio", 1.02, mbedtls, f"1.{version[1]}",
        leaf_instr=total[0], chain2=round(total[1] / total[0], 4))


# Arithmetic of the handshake that has to be, where something else than arithmetic asks for it.
ARITHMETIC = re.compile(r"mbedtls_(pk_verify|ecdh_)|psa_(raw_key_agreement|generate_key|export_public_key|verify_hash)")
INSIDE = re.compile(r"psa_|(mbedtls_)?(psa|pk|eckey|ecdh|ecp|ecdsa|rsa)_")
FLOODS = ("alerts_in_the_handshake", "alerts", "trying", "contacts", "options", "messages", "long_messages", "reginfo",
          "reginfo_references", "reginfo_parameters", "honest")


def without_arithmetic(dump):
    return dump.total - sum(cost for (caller, callee), cost in dump.edges.items()
                            if ARITHMETIC.match(callee[2]) and not INSIDE.match(caller[2]))


def floods(mbedtls):
    """The longest imstls_client_step of each flood. `honest`: a chain as large as mbedTLS takes one."""
    certs = certificates()
    program = build("flood", ["flood.c", "server.c", "world.c"], mbedtls)
    for version, more in (("12", "hello_requests"), ("13", "tickets"))[:1 + (mbedtls.newest == "13")]:
        worst = {}
        for flood in (*FLOODS, more):
            sent = certs / ("large.pem" if flood == "honest" else "leaf.pem")
            dumps, _ = measure(program, sent, certs / "leaf.key", version, flood, tag=f"_{flood}")
            worst["large_chain" if flood == "honest" else flood] = max(without_arithmetic(d) for d in dumps.values())
        add("longest_step", max(worst.values()), "instr", 2000000, mbedtls, f"1.{version[1]}", **worst)


def round_trips(mbedtls):
    """Counted in packets, in a network namespace with delay."""
    program = build("ue", ["rtt/ue.c"], mbedtls)
    for version, goal in (("12", 5), ("13", 4))[:1 + (mbedtls.newest == "13")]:
        done = subprocess.run([HERE / "rtt/run.py", program, version, certificates()], capture_output=True, text=True)
        if done.returncode:
            return leave_out(f"round trips: {(done.stdout + done.stderr).strip()}")
        found = {x["session"]: x for x in map(json.loads, done.stdout.splitlines())}
        for session, name, most in (("full", f"round_trips_tls{version}", goal), ("resumed", "round_trips_resumed", 4)):
            if session in found:
                add(name, found[session]["round_trips"], "count", most, mbedtls, f"1.{version[1]}",
                    time_over_delay=found[session]["time_over_delay"])
    return None


def anonymous(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Anonymous:\s+(\d+) kB", text, re.M)[1])


def idle(mbedtls):
    examples = mbedtls.folder / "examples"
    run(["make", "-j2", "--no-print-directory", *settings(mbedtls, mbedtls.folder), examples / "pcscf",
         examples / "softphone"])
    bare = build("bare", ["bare.c"], mbedtls)
    ue = ["--impi", "001010000000001@ims.example", "--k", "46" * 16, "--opc", "cd" * 16]
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    started = []
    try:
        started.append(subprocess.Popen([examples / "pcscf", "--listen", "127.0.0.1:0", *ue], **pipes))
        at = started[0].stdout.readline().split()[1]
        started.append(subprocess.Popen([bare, *at.rsplit(":", 1), certificates() / "root.pem"], **pipes))
        if started[1].stdout.readline() != "ready\n":
            return leave_out("idle_anon_over_bare: the bare program does not connect")
        alone = anonymous(started[1].pid)
        started.append(subprocess.Popen(
            [examples / "softphone", "--pcscf", at, "--impu", "sip:001010000000001@ims.example", "--domain",
             "ims.example", *ue, "--stay", "60", "--json"], **pipes))
        for line in started[2].stdout:
            if json.loads(line)["event"] == "registered":
                softphone = anonymous(started[2].pid)
                return add("idle_anon_over_bare", softphone / alone, "ratio", 1.15, mbedtls, softphone_kb=softphone,
                           bare_kb=alone)
        return leave_out("idle_anon_over_bare: the softphone does not register")
    finally:
        for process in started:
            process.kill()
            process.communicate()


def cortex_m4():
    if subprocess.run(["which", "arm-none-eabi-size"], capture_output=True).returncode:
        return leave_out("text_cortex_m4: no arm-none-eabi-gcc (`make deps cross` installs it)")
    text = run(["make", "--no-print-directory", "size"])
    sizes = dict(re.findall(r"^(\w+): (\d+) octets of flash", text, re.M))
    add("text_cortex_m4", int(sizes["all"]), "bytes", 38912)
    add("text_cortex_m4_minimal", int(sizes["minimal"]), "bytes", 26624)
    return None


OVER_MBEDTLS = (registration, floods, client, stack, aka, idle, round_trips)
APART = (sip, cortex_m4)


def show():
    """Under each mbedTLS its figures, then those that have nothing to do with it."""
    for version in table.versions(figures):
        print(f"\n{table.title(version)}")
        for figure in figures:
            if figure["mbedtls"] == version:
                print(table.line(figure))


def tell():
    if JSON:
        print("".join(json.dumps(f) + "\n" for f in figures), end="")
    else:
        show()


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    wanted = [x for x in sys.argv[1:] if x != "--strict"]
    for part in OVER_MBEDTLS + APART:
        if wanted and part.__name__ not in wanted:
            continue
        for mbedtls in versions() if part in OVER_MBEDTLS else (None,):
            part(*([mbedtls] if mbedtls else []))
    (OUT / "bench.json").write_text("".join(json.dumps(f) + "\n" for f in figures))
    tell()
    missed = [f for f in figures if table.missed(f)]
    sys.exit(bool("--strict" in sys.argv and (missed or left_out or not figures)))


if __name__ == "__main__":
    main()
