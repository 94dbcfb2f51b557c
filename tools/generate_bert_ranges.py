"""Writes src/model/tokenizer/pipeline/bert_ranges.ts: asks the library for each character.

    pip install tokenizers==0.22.2 && python tools/generate_bert_ranges.py
"""

from pathlib import Path

from tokenizers import normalizers, pre_tokenizers

FILE = Path(__file__).parent.parent / "src/model/tokenizer/pipeline/bert_ranges.ts"
CHARACTERS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]
HEAD = """/**
 * Classes of characters as the library `tokenizers` has them, whose Unicode tables are older than the
 * runtime's (tools/generate_bert_ranges.py asked tokenizers 0.22.2 for each character). Each word is a
 * range: how far from the end of the one before it begins, and how much longer than one it is, in
 * base 36.
 */
"""


def base36(number: int) -> str:
    text = ""
    while True:
        text = "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36] + text
        number //= 36
        if number == 0:
            return text


def words(characters: list[int]) -> list[str]:
    ranges: list[list[int]] = []
    for c in characters:
        if ranges and ranges[-1][1] == c - 1:
            ranges[-1][1] = c
        else:
            ranges.append([c, c])
    out, last = [], 0
    for first, end in ranges:
        out.append(base36(first - last) + (f"+{base36(end - first)}" if end > first else ""))
        last = end
    return out


def constant(name: str, doc: str, characters: list[int]) -> str:
    lines, line = [], ""
    for word in words(characters):
        if len(line) + len(word) + 1 > 88:
            lines.append(line + " ")
            line = ""
        line += word if line == "" else f" {word}"
    body = " +\n  ".join(f'"{each}"' for each in [*lines, line])
    return f"\n/** {doc} */\nexport const {name} =\n  {body};\n"


def normalised(**on: bool) -> normalizers.BertNormalizer:
    off = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**off, **on})


clean, accents = normalised(clean_text=True), normalised(strip_accents=True)
split = pre_tokenizers.BertPreTokenizer()
around = [(c, f"a{chr(c)}b") for c in CHARACTERS]
FILE.write_text(
    HEAD
    + constant(
        "REMOVED",
        "What `clean_text` removes: controls, formats, private use and some that are not assigned.",
        [c for c, text in around if clean.normalize_str(text) == "ab"],
    )
    + constant(
        "MARKS",
        "What `strip_accents` removes: marks without width.",
        [c for c, text in around if accents.normalize_str(text) == "ab"],
    )
    + constant(
        "PUNCTUATION",
        "What stands alone between words.",
        [c for c, text in around if len(split.pre_tokenize_str(text)) == 3],
    )
)
