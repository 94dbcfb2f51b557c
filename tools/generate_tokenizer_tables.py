#!/usr/bin/env python3
"""
Writes the character tables of src/model/tokenizer from their sources:

    html/html5_entities.json     Python's html.entities.html5 (the WHATWG list of named references)
    ftfy/mojibake_tables.json    ftfy 6.3.1 (Apache-2.0): single-byte code pages and character classes

Run: python3 tools/generate_tokenizer_tables.py      (Python 3.11, `pip install ftfy==6.3.1`)

Character classes are written as the inside of a JavaScript regular expression class.
"""

import html.entities
import json
import pathlib
import re

import ftfy
from ftfy.badness import MOJIBAKE_CATEGORIES
from ftfy.chardata import CHARMAP_ENCODINGS, UTF8_CLUES

TARGET = pathlib.Path(__file__).resolve().parent.parent / "src/model/tokenizer"


def class_ranges(python_class):
    """The members of a regular expression class, as `\\uXXXX` escapes and ranges."""
    member = re.compile("[" + python_class + "]")
    codes = [c for c in range(0x110000) if member.match(chr(c))]
    assert codes and codes[-1] <= 0xFFFF, "a class outside the basic plane needs other escapes"
    out, start = [], 0
    for i, code in enumerate(codes):
        if i + 1 < len(codes) and codes[i + 1] == code + 1:
            continue
        first = codes[start]
        out.append(f"\\u{first:04x}" + ("" if first == code else f"-\\u{code:04x}"))
        start = i + 1
    return "".join(out)


def write(path, value):
    text = json.dumps(value, ensure_ascii=True, indent=2)
    (TARGET / path).write_text(text + "\n", encoding="ascii")


assert ftfy.__version__ == "6.3.1", ftfy.__version__
write("html/html5_entities.json", dict(sorted(html.entities.html5.items())))
write(
    "ftfy/mojibake_tables.json",
    {
        # What bytes 0x80..0xFF decode to.
        "codepages": {
            name: bytes(range(0x80, 0x100)).decode(name) for name in CHARMAP_ENCODINGS
        },
        "categories": {name: class_ranges(c) for name, c in MOJIBAKE_CATEGORIES.items()},
        "clues": {name: class_ranges(c) for name, c in UTF8_CLUES.items()},
    },
)
