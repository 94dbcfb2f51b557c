"""Which of CLIP's 49408 tokens the toy world uses, and one shared row for all others.

Training keeps an embedding for the used tokens and one row for "any other token".  Random other
tokens are strewn into the training captions, so that row learns to mean nothing in particular; the
export writes it to every unused place of the full table.  A word that the world does not know is
then passed over, as far as possible, instead of hitting random numbers.
"""

import random

import numpy as np

from bpe import END, SIZE, START, Bpe
from captions import caption
from world import draw_scene


class Vocabulary:
    """Texts to rows of the compact embedding; row 0 is "any other token"."""

    def __init__(self):
        self.bpe = Bpe()
        rng = random.Random(0)
        used = {START, END}
        for _ in range(40000):
            used.update(self.bpe.encode(caption(rng, draw_scene(rng))[0]))
        self.used = sorted(used)
        self.row_of = np.zeros(SIZE, np.int64)
        self.row_of[self.used] = np.arange(1, len(self.used) + 1)

    @property
    def rows(self) -> int:
        return len(self.used) + 1

    def batch(self, texts, rng: "random.Random | None" = None):
        """(rows [N, L], end positions [N]); with `rng`, unknown words are strewn in."""
        lines = []
        for text in texts:
            rows = [int(self.row_of[i]) for i in self.bpe.encode(text)]
            if rng is not None and rng.random() < 0.12:
                for _ in range(rng.choice([1, 1, 2, 3])):
                    at = rng.choice([0, len(rows), rng.randrange(len(rows) + 1)])
                    rows.insert(at, 0)
            lines.append([int(self.row_of[START]), *rows[:75], int(self.row_of[END])])
        length = max(map(len, lines))
        out = np.zeros((len(lines), length), np.int64)
        for i, line in enumerate(lines):
            out[i, : len(line)] = line
        return out, np.array([len(line) - 1 for line in lines])
