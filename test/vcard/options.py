# SPDX-License-Identifier: Apache-2.0
"""The options of a card, the same for every way to it."""
import argparse
import signal

from card import Card


def parser(about):
    p = argparse.ArgumentParser(description=about)
    p.add_argument("--k", default="465b5ce8b199b49faa5f0a2ee238a6bc", type=bytes.fromhex)
    p.add_argument("--opc", default="cd63cb71954a9f4e48a5994e37a02baf", type=bytes.fromhex)
    p.add_argument("--imsi", default="001010000000001")
    p.add_argument("--mnc-len", default=2, type=int, help="0: EF_AD ends before it")
    p.add_argument("--odd", action="append", default=[], choices=["pcscf", "impi"],
                   help="pcscf: odd records and a good one, 127.0.0.1; impi: a file that was never written")
    p.add_argument("--no-isim", action="store_true", help="a card with a USIM alone")
    p.add_argument("--pin", default="", help="PIN1, enabled when given")
    p.add_argument("--tries", default=3, type=int, help="tries left for the PIN")
    p.add_argument("--tries-untold", action="store_true", help="VERIFY without data is refused")
    p.add_argument("--sqn", default=0, type=lambda t: int(t, 16), help="highest sequence number accepted so far, hex")
    p.add_argument("--t0", action="store_true", help="answers are fetched by GET RESPONSE")
    p.add_argument("--usr1", default="reset", choices=["reset", "pin", "block"],
                   help="what SIGUSR1 does: a reset; before it, the PIN gets another last digit, or is blocked")
    p.add_argument("--slow-ms", default=0, type=int, help="time the card takes for AUTHENTICATE")
    return p


def card(o):
    made = Card(o.k, o.opc, o.imsi, o.mnc_len, not o.no_isim, o.pin, o.t0, o.tries, o.tries_untold, o.odd)
    made.sqn.accept(o.sqn)
    return made


def on_usr1(made, o, reset):
    """Something happens to the card while it is in use, and then it is reset."""
    def happens(_signal, _frame):
        if o.usr1 == "pin":
            made.pin = made.pin[:-1] + str((int(made.pin[-1]) + 1) % 10)
        if o.usr1 == "block":
            made.tries = 0
        reset()
        print("reset", flush=True)
    signal.signal(signal.SIGUSR1, happens)
