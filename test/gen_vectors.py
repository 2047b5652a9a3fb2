#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""vectors.json and the codes of error.h as C tables: gen_vectors.py VECTORS ERROR_H > vectors.h

A group "x" becomes `static const struct v_x v_x`; an object a struct, a list `.item` and `.count`, a string a `vec`
with its text and, where it reads as hex, its octets. A key that some entries of a list lack is zero there.
"""
import json
import re
import sys

HEAD = """/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from test/vectors.json and include/imstls/error.h. */
#ifndef VECTORS_H
#define VECTORS_H

#include <stddef.h>
#include <stdint.h>

typedef struct vec {
  const char *str;    /* the text as it stands, NUL behind it; NULL: absent */
  size_t str_len;
  const uint8_t *oct; /* the octets when it reads as hex, else NULL */
  size_t len;
} vec;
"""


def c_name(key):
    """Letters, digits and _; a key that is a word of C gets one more _."""
    name = re.sub(r"\W", "_", key)
    return name + "_" if name in ("case", "default", "int", "long", "short", "register", "auto") else name


def literal(data):
    """Octal escapes of three digits: nothing behind them can join in."""
    plain = (chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else "\\%03o" % b for b in data)
    return '"%s"' % "".join(plain)


def kind_of(values):
    values = [v for v in values if v is not None]
    for types, kind in ((dict, "object"), (list, "list"), (str, "text")):
        if any(isinstance(v, types) for v in values):
            return kind
    return "real" if any(isinstance(v, float) for v in values) else "whole"


class Emitter:
    """Declares the types of a schema, then its values, inner arrays before those that point to them."""

    def __init__(self):
        self.types = []
        self.arrays = []

    def schema(self, name, values):
        """(C type, function from value to initialiser) of everything seen in one place."""
        kind = kind_of(values)
        if kind == "object":
            return self.object(name, [v for v in values if v is not None])
        if kind == "list":
            return self.list(name, [v for v in values if v is not None])
        if kind == "text":
            return "vec", self.text
        return ("double" if kind == "real" else "long"), lambda v: "0" if v is None else str(int(v) if v is True else v)

    def object(self, name, values):
        keys = dict.fromkeys(k for v in values for k in v)
        fields = {k: self.schema(name + "_" + c_name(k), [v[k] for v in values if k in v]) for k in keys}
        body = "".join("  %s %s;\n" % (fields[k][0], c_name(k)) for k in keys)
        self.types.append("struct %s {\n%s};\n" % (name, body))

        def value(v):
            return "{ %s }" % ", ".join(fields[k][1]((v or {}).get(k)) for k in keys)
        return "struct " + name, value

    def list(self, name, values):
        item_type, item_value = self.schema(name + "_item", [x for v in values for x in v])
        self.types.append("struct %s {\n  const %s *item;\n  size_t count;\n};\n" % (name, item_type))

        def value(v):
            if not v:
                return "{ NULL, 0 }"
            items = ",\n  ".join(item_value(x) for x in v)
            array = "%s_%d" % (name, len(self.arrays))
            self.arrays.append("static const %s %s[] = {\n  %s\n};\n" % (item_type, array, items))
            return "{ %s, %d }" % (array, len(v))
        return "struct " + name, value

    @staticmethod
    def text(v):
        if v is None:
            return "{ NULL, 0, NULL, 0 }"
        v = str(v)
        data = v.encode()
        if len(v) % 2 == 0 and re.fullmatch(r"[0-9a-fA-F]*", v):
            octets = bytes.fromhex(v)
            return "{ %s, %d, (const uint8_t *)%s, %d }" % (literal(data), len(data), literal(octets), len(octets))
        return "{ %s, %d, NULL, 0 }" % (literal(data), len(data))


def group(key, value):
    emitter = Emitter()
    name = "v_" + c_name(key)
    c_type, initialiser = emitter.schema(name, [value])
    text = initialiser(value)
    return "".join(emitter.types + emitter.arrays) + "static const %s %s = %s;\n" % (c_type, name, text)


def errors(path):
    text = open(path, encoding="utf-8").read()
    codes = re.findall(r"^\s+IMSTLS_((?!CLASS_)\w+) = (-?\d+)", text, re.M)
    rows = ",\n".join('  { %s, "%s" }' % (code, re.sub("^ERR_", "", name).lower()) for name, code in codes)
    return "static const struct { int code; const char *name; } v_error_codes[] = {\n%s\n};\n" % rows


def main(vectors, error_h):
    print(HEAD)
    with open(vectors, encoding="utf-8") as file:
        groups = json.load(file)
    for key, value in groups.items():
        if not key.startswith("_"):
            print(group(key, value))
    print(errors(error_h))
    print("#endif")


if __name__ == "__main__":
    main(*sys.argv[1:])
