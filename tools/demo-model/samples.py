"""The playground's sample pictures: `/usr/bin/python3 tools/demo-model/samples.py`.

Writes src/gateway/playground/samples: PNG files of 320 x 320 pixels in pure colours, and samples.json
with what each shows and with sentences worth trying.
"""

import io
import json
from pathlib import Path

from PIL import Image

from draw import render
from world import (
    BACKGROUND_NAMES, COLOUR_NAMES, POSITIONS, SHAPES, SIZES, TEXTURES, Scene, Thing,
)  # fmt: skip

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "src" / "gateway" / "playground" / "samples"
SIDE = 320


def thing(colour, shape, size="medium"):
    return Thing(COLOUR_NAMES.index(colour), SHAPES.index(shape), SIZES.index(size))


def scene(colour, shape, size="big", ground="white", **more):
    at = {"texture": TEXTURES, "position": POSITIONS}
    return Scene(
        thing(colour, shape, size),
        background=BACKGROUND_NAMES.index(ground),
        **{k: at[k].index(v) if k in at else v for k, v in more.items()},
    )


# name, scene, what it shows, seed (chosen by eye)
SAMPLES = [
    ("red-circle", scene("red", "circle"), "a big red circle", 1),
    ("blue-star", scene("blue", "star", ground="yellow"), "a big blue star on a yellow background", 21),
    ("striped-purple-heart", scene("purple", "heart", texture="striped"),
     "a big striped purple heart", 23),
    ("yellow-moon", scene("yellow", "moon", ground="black"), "a big yellow moon on a black background", 4),
    ("dotted-green-square", scene("green", "square", ground="pink", texture="dotted"),
     "a big dotted green square on a pink background", 5),
    ("three-green-triangles", scene("green", "triangle", "medium", count=3),
     "three green triangles", 6),
    ("five-orange-circles", scene("orange", "circle", "medium", "black", count=5),
     "five orange circles on a black background", 17),
    ("two-pink-hearts", scene("pink", "heart", "medium", "grey", count=2),
     "two pink hearts on a grey background", 18),
    ("small-black-cross", scene("black", "cross", "small", "blue", position="top left"),
     "a small black cross in the top left corner on a blue background", 9),
    ("red-square-left-of-blue-circle",
     Scene(thing("red", "square"), second=thing("blue", "circle"), axis=0),
     "a red square to the left of a blue circle", 10),
    ("blue-circle-left-of-red-square",
     Scene(thing("blue", "circle"), second=thing("red", "square"), axis=0),
     "a blue circle to the left of a red square", 11),
    ("orange-ring-above-white-star",
     Scene(thing("orange", "ring"), second=thing("white", "star"), axis=1,
           background=BACKGROUND_NAMES.index("black")),
     "an orange ring above a white star on a black background", 12),
]  # fmt: skip

QUERIES = [
    "a photo of a red circle",
    "three green triangles",
    "a striped heart",
    "a yellow moon on a black background",
    "a red square to the left of a blue circle",
    "a blue circle to the left of a red square",
    "something small in the top left corner",
    "five dots",
    "an orange hoop above a star",
    "a dotted square",
]


def main():
    TARGET.mkdir(parents=True, exist_ok=True)
    listed, size = [], 0
    for name, what, text, seed in SAMPLES:
        # Drawn large and reduced: smoother edges than the training pictures need.
        image = render(what, seed, 4 * SIDE, jitter=0).resize((SIDE, SIDE), Image.LANCZOS)
        image = image.quantize(64, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
        buffer = io.BytesIO()
        image.save(buffer, "PNG", optimize=True)
        (TARGET / f"{name}.png").write_bytes(buffer.getvalue())
        size += len(buffer.getvalue())
        listed.append({"file": f"{name}.png", "caption": text})
    document = {"images": listed, "queries": QUERIES}
    (TARGET / "samples.json").write_text(json.dumps(document, indent=2) + "\n")
    print(f"{len(listed)} samples, {size} bytes")


if __name__ == "__main__":
    main()
