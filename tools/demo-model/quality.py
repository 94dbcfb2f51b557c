"""Zero-shot classification of held-out scenes while training: a quick look, not the final measure."""

import random
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F

from dataset import preprocess, to_input, weathered
from world import COLOUR_NAMES, SHAPES, draw_scene, is_held_out, is_unseen_pair

NUMBERS = ["one", "two", "three", "four", "five"]
RELATIONS = ["left of", "right of", "above", "below"]


@lru_cache(maxsize=None)
def _held_out_scenes(side, each=160):
    rng = random.Random(77)
    out = {}
    for kind in ("single", "count", "pair"):
        scenes = []
        while len(scenes) < each:
            s = draw_scene(rng, kind)
            if is_held_out(s):
                scenes.append(s)
        pixels = np.stack([preprocess(weathered(s, rng.getrandbits(31)), side) for s in scenes])
        out[kind] = (scenes, torch.from_numpy(to_input(pixels)))
    return out


@torch.no_grad()
def quick_check(model, vocabulary):
    """Accuracies in per cent."""

    def text(lines):
        rows, last = vocabulary.batch(lines)
        e = model.encode_text(torch.from_numpy(rows), torch.from_numpy(last))
        return F.normalize(e, dim=-1)

    sets = _held_out_scenes(model.shape.image_size)
    images = {k: F.normalize(model.encode_image(v[1]), dim=-1) for k, v in sets.items()}
    right = lambda guess, want: round(100 * float((guess == torch.tensor(want)).float().mean()), 1)
    result = {}
    scenes, e = sets["single"][0], images["single"]
    colours = text([f"a good photo of a {c} object" for c in COLOUR_NAMES])
    shapes = text([f"a good photo of a {s}" for s in SHAPES])
    both = text([f"a rendering of a {c} {s}" for c in COLOUR_NAMES for s in SHAPES])
    want = [s.first.colour * 8 + s.first.shape for s in scenes]
    guess = (e @ both.t()).argmax(1)
    result["colour"] = right((e @ colours.t()).argmax(1), [s.first.colour for s in scenes])
    result["shape"] = right((e @ shapes.t()).argmax(1), [s.first.shape for s in scenes])
    result["both"] = right(guess, want)
    unseen = torch.tensor([is_unseen_pair(s.first) for s in scenes])
    result["both_unseen_pair"] = right(guess[unseen], [w for w, u in zip(want, unseen) if u])
    scenes, e = sets["count"][0], images["count"]
    counts = text([f"an illustration showing {n} shapes" for n in NUMBERS[1:]])
    result["count"] = right((e @ counts.t()).argmax(1), [s.count - 2 for s in scenes])
    scenes, e = sets["pair"][0], images["pair"]
    hits = 0
    for s, v in zip(scenes, e):
        a, b = (f"a {COLOUR_NAMES[t.colour]} {SHAPES[t.shape]}" for t in s.things)
        hits += int((text([f"a cartoon of {a} {r} {b}" for r in RELATIONS]) @ v).argmax()) == 2 * s.axis
    result["relation"] = round(100 * hits / len(scenes), 1)
    return result
