"""The held-out set: scenes and phrasings that training never meets, and questions about them.

`/usr/bin/python3 tools/demo-model/heldout.py` writes tests/fixtures/demo: about 160 pictures in PNG,
JPEG and WebP, and heldout.json with the questions.  evaluate.py asks the same questions of a model,
on this set and on a larger one that is not kept.
"""

import io
import json
import random
from pathlib import Path

import numpy as np

from captions import PLURALS, article, caption, truth
from draw import render
from world import (
    BACKGROUND_NAMES, COLOUR_NAMES, SHAPES, SIZES, TEXTURES, POSITIONS, draw_scene, features,
    is_held_out, is_unseen_pair,
)  # fmt: skip

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "tests" / "fixtures" / "demo"
NUMBERS = ["one", "two", "three", "four", "five"]
PLACES = [
    "in the middle", "on the left side", "on the right side", "at the top", "at the bottom",
    "in the top left corner", "in the top right corner", "in the bottom left corner",
    "in the bottom right corner",
]  # fmt: skip
RELATIONS = ["to the left of", "to the right of", "above", "below"]
# One of the phrasings of captions.HELD_OUT_FRAMES for every question.
FRAMES = ["an illustration showing {}", "a rendering of {}", "a cartoon of {}", "a good photo of {}"]
RETRIEVED = 100


def scenes(seed: int, singles: int, counts: int, pairs: int):
    """Held-out scenes without repetition."""
    rng, out = random.Random(seed), []
    for kind, number in (("single", singles), ("count", counts), ("pair", pairs)):
        found = []
        while len(found) < number:
            scene = draw_scene(rng, kind)
            if is_held_out(scene) and scene not in found:
                found.append(scene)
        out += found
    return out


def name_of(thing) -> str:
    return f"{COLOUR_NAMES[thing.colour]} {SHAPES[thing.shape]}"


def questions(items, frame: str):
    """{name: {candidates?, items: [{file, answer, candidates?}]}} over [(file, scene)]."""
    single = [(f, s) for f, s in items if s.second is None and s.count == 1]
    alone = [(f, s) for f, s in items if s.second is None]
    pairs = [(f, s) for f, s in items if s.second is not None]
    sized = [(f, s) for f, s in single if s.first.size != 2]
    textured = [(f, s) for f, s in single if s.first.size != 0]

    def task(texts, members, answer):
        return {
            "candidates": [frame.format(t) for t in texts],
            "items": [{"file": f, "answer": answer(s)} for f, s in members],
        }

    out = {
        "colour": task([article(c) + " object" for c in COLOUR_NAMES], single, lambda s: s.first.colour),
        "shape": task([article(s) for s in SHAPES], single, lambda s: s.first.shape),
        "colour_shape": task(
            [article(f"{c} {s}") for c in COLOUR_NAMES for s in SHAPES],
            single,
            lambda s: s.first.colour * 8 + s.first.shape,
        ),
        "size": task([f"a {z} object" for z in SIZES[:2]], sized, lambda s: s.first.size),
        "texture": task([f"a {t} object" for t in TEXTURES], textured, lambda s: s.texture),
        "position": task([f"an object {p}" for p in PLACES], single, lambda s: s.position),
        "background": task(
            [f"an object on a {b} background" for b in BACKGROUND_NAMES], single, lambda s: s.background
        ),
        "count": task(
            [f"{n} object" + ("s" if i else "") for i, n in enumerate(NUMBERS)],
            alone,
            lambda s: s.count - 1,
        ),
        "relation": {"items": []},
    }
    for f, s in pairs:
        a, b = (article(name_of(t)) for t in s.things)
        texts = [frame.format(f"{a} {r} {b}") for r in RELATIONS]
        out["relation"]["items"].append({"file": f, "answer": 2 * s.axis, "candidates": texts})
    # The same question as "how many red circles": the count alone has to be found.
    counted = {"items": []}
    for f, s in alone:
        noun = name_of(s.first)
        last = SHAPES[s.first.shape]
        many = noun[: -len(last)] + PLURALS.get(last, last + "s")
        texts = [frame.format(f"{n} {many if i else noun}") for i, n in enumerate(NUMBERS)]
        counted["items"].append({"file": f, "answer": s.count - 1, "candidates": texts})
    out["count_of_named"] = counted
    return out


def retrieval(items, seed: int, number: int = RETRIEVED):
    """[{file, text}]: each caption is true of its own picture alone."""
    rng = random.Random(seed)
    order = items[:]
    rng.shuffle(order)
    kept, facts = [], []
    for f, s in order:
        text, stated = caption(rng, s, held_out=True, full=True)
        shown = np.array([features(x) for _, x, _ in kept] + [features(s)])
        table = truth(shown, np.array(facts + [stated]))
        if table.sum() == len(shown):
            kept.append((f, s, text))
            facts.append(stated)
        if len(kept) == number:
            break
    return [{"file": f, "text": text} for f, _, text in kept]


def _labels(s):
    out = {
        "count": 2 if s.second else s.count,
        "background": BACKGROUND_NAMES[s.background],
        "things": [
            {"colour": COLOUR_NAMES[t.colour], "shape": SHAPES[t.shape], "size": SIZES[t.size],
             "unseen_pair": is_unseen_pair(t)} for t in s.things
        ],
    }  # fmt: skip
    if s.second:
        out["relation"] = ["left of", "above"][s.axis]
    else:
        out["texture"] = TEXTURES[s.texture]
        if s.count == 1:
            out["position"] = POSITIONS[s.position]
    return out


def main():
    rng = random.Random(4242)
    (TARGET / "images").mkdir(parents=True, exist_ok=True)
    for old in (TARGET / "images").iterdir():
        old.unlink()
    items, pictures = [], []
    for i, s in enumerate(scenes(4242, 84, 40, 40)):
        side, aspect = rng.randint(128, 160), rng.choice([1, 1, 1, 1.3, 0.75])
        image = render(s, rng.getrandbits(31), side, aspect)
        kinds = ["JPEG", "WEBP"] + ([] if s.style == 2 else ["PNG"])
        kind = rng.choice(kinds)
        file = f"images/{i:03d}.{ {'JPEG': 'jpg', 'WEBP': 'webp', 'PNG': 'png'}[kind]}"
        buffer = io.BytesIO()
        image.save(buffer, kind, **({} if kind == "PNG" else {"quality": rng.randint(70, 92)}))
        (TARGET / file).write_bytes(buffer.getvalue())
        items.append((file, s))
        pictures.append({"file": file, "caption": caption(rng, s, True, True)[0], **_labels(s)})
    document = {
        "about": "Held-out scenes of the toy world; written by tools/demo-model/heldout.py",
        "pictures": pictures,
        "zero_shot": questions(items, FRAMES[0]),
        "retrieval": retrieval(items, 4242),
    }
    (TARGET / "heldout.json").write_text(json.dumps(document, indent=1) + "\n")
    size = sum(p.stat().st_size for p in TARGET.rglob("*") if p.is_file())
    print(f"{len(items)} pictures, {len(document['retrieval'])} to retrieve, {size} bytes in all")


if __name__ == "__main__":
    main()
