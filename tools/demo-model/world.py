"""The toy world: what a scene can hold, how scenes are drawn by lot, and which are held out.

A scene is a small record.  Three kinds: one object, two to five equal objects, or two different
objects in a spatial relation.  `features` turns a scene into integers, against which captions
(see captions.py) are checked for truth.
"""

import random
from dataclasses import dataclass, replace

COLOURS = {
    "red": (221, 32, 38),
    "orange": (250, 140, 20),
    "yellow": (250, 218, 40),
    "green": (40, 160, 62),
    "blue": (38, 84, 210),
    "purple": (130, 46, 168),
    "pink": (250, 138, 186),
    "brown": (121, 74, 36),
    "black": (18, 18, 20),
    "white": (248, 248, 246),
}
COLOUR_NAMES = list(COLOURS)
SHAPES = ["circle", "square", "triangle", "star", "heart", "cross", "ring", "moon"]
SIZES = ["small", "big", "medium"]  # medium is never named in a caption
TEXTURES = ["plain", "striped", "dotted"]
POSITIONS = [
    "centre", "left", "right", "top", "bottom",
    "top left", "top right", "bottom left", "bottom right",
]  # fmt: skip
POSITION_XY = [
    (0.5, 0.5), (0.26, 0.5), (0.74, 0.5), (0.5, 0.26), (0.5, 0.74),
    (0.26, 0.26), (0.74, 0.26), (0.26, 0.74), (0.74, 0.74),
]  # fmt: skip
BACKGROUNDS = {
    "white": (250, 250, 250),
    "black": (10, 10, 12),
    "grey": (128, 128, 130),
    "blue": (150, 196, 240),
    "green": (158, 214, 150),
    "yellow": (250, 236, 150),
    "pink": (250, 204, 220),
    "purple": (198, 172, 226),
}
BACKGROUND_NAMES = list(BACKGROUNDS)
BACKGROUND_STYLES = ["plain", "gradient", "noisy"]
UNNAMED = -2  # a colour without a name here; the value that no caption can state
AXES = ["beside", "above"]  # first is left of second; first is above second

# Colour and shape pairs that no training scene shows, in any size, number or company ...
UNSEEN_PAIRS = {
    ("red", "moon"), ("orange", "star"), ("yellow", "cross"), ("green", "heart"),
    ("blue", "triangle"), ("purple", "square"), ("pink", "ring"), ("brown", "circle"),
}  # fmt: skip
# ... and pairs that are seen, but never in this size.
UNSEEN_SIZED = {
    ("red", "circle", "small"), ("red", "star", "big"), ("orange", "square", "small"),
    ("orange", "moon", "big"), ("yellow", "heart", "small"), ("yellow", "ring", "big"),
    ("green", "triangle", "small"), ("green", "circle", "big"), ("blue", "cross", "small"),
    ("blue", "square", "big"), ("purple", "ring", "small"), ("purple", "heart", "big"),
    ("pink", "star", "small"), ("pink", "triangle", "big"), ("brown", "moon", "small"),
    ("brown", "cross", "big"), ("black", "heart", "small"), ("black", "square", "big"),
    ("white", "ring", "small"), ("white", "star", "big"),
}  # fmt: skip


@dataclass(frozen=True)
class Thing:
    """One object of a scene; every field is an index into the lists above.

    Colour may be UNNAMED: drawn by lot, far from every named one.
    """

    colour: int
    shape: int
    size: int


@dataclass(frozen=True)
class Scene:
    """One scene.  Field `count` is 1 for the kinds single and pair; `second` is set for pairs only."""

    first: Thing
    count: int = 1
    texture: int = 0
    position: int = 0
    background: int = 0
    style: int = 0
    second: "Thing | None" = None
    axis: int = 0

    @property
    def things(self):
        return [self.first] if self.second is None else [self.first, self.second]


def is_unseen_pair(t: Thing) -> bool:
    return t.colour != UNNAMED and (COLOUR_NAMES[t.colour], SHAPES[t.shape]) in UNSEEN_PAIRS


def is_unseen_sized(t: Thing) -> bool:
    return t.colour != UNNAMED and (COLOUR_NAMES[t.colour], SHAPES[t.shape], SIZES[t.size]) in UNSEEN_SIZED


def is_held_out(scene: Scene) -> bool:
    """Whether no training scene may look like this."""
    return any(is_unseen_pair(t) or is_unseen_sized(t) for t in scene.things)


def is_visible(scene: Scene) -> bool:
    """Whether every object stands out from the background."""
    ground = BACKGROUNDS[BACKGROUND_NAMES[scene.background]]
    for t in scene.things:
        if t.colour == UNNAMED:
            continue
        colour = COLOURS[COLOUR_NAMES[t.colour]]
        if COLOUR_NAMES[t.colour] == BACKGROUND_NAMES[scene.background]:
            return False
        if sum((a - b) ** 2 for a, b in zip(colour, ground)) ** 0.5 < 95:
            return False
    return True


def draw_scene(rng: random.Random, kind: "str | None" = None, unnamed: float = 0) -> Scene:
    """A scene by lot, held out or not, always visible.

    `unnamed` is the share of scenes of one kind of object whose colour has no name: in training they
    teach shapes apart from colours, for the named ones are never seen in some combinations.
    """
    while True:
        k = kind or rng.choices(["single", "count", "pair"], [0.45, 0.27, 0.28])[0]
        free = k != "pair" and rng.random() < unnamed
        thing = lambda size: Thing(
            UNNAMED if free else rng.randrange(10), rng.randrange(8), size
        )
        background = rng.choices(range(8), [4, 2.5, 2.5, 1, 1, 1, 1, 1])[0]
        style = rng.choices(range(3), [0.5, 0.25, 0.25])[0]
        if k == "single":
            size = rng.choices(range(3), [0.38, 0.38, 0.24])[0]
            scene = Scene(
                thing(size),
                texture=0 if size == 0 else rng.choices(range(3), [0.5, 0.25, 0.25])[0],
                position=rng.choices(range(9), [0.36] + [0.1] * 4 + [0.06] * 4)[0],
                background=background,
                style=style,
            )
        elif k == "count":
            count = rng.choice([2, 3, 4, 5])
            texture = rng.choices(range(3), [0.7, 0.15, 0.15])[0] if count < 4 else 0
            scene = Scene(thing(2), count, texture, background=background, style=style)
        else:
            sizes = rng.choice([(2, 2), (2, 2), (0, 1), (1, 0), (0, 0), (1, 1)])
            a, b = thing(sizes[0]), thing(sizes[1])
            if (a.colour, a.shape) == (b.colour, b.shape):
                continue
            scene = Scene(
                a, second=b, axis=rng.randrange(2), background=background, style=style
            )
        if is_visible(scene):
            return scene


def mutate(rng: random.Random, s: Scene) -> Scene:
    """A scene that differs from `s` in one respect: its hard negative in the same batch."""
    other = lambda n, old: rng.choice([i for i in range(n) if i != old])
    for _ in range(50):
        t = s
        if s.second is not None:
            how = rng.choices(["swap", "bind", "axis", "colour", "shape"], [4, 2, 1, 1, 3])[0]
            a, b = s.first, s.second
            if how == "swap":
                t = replace(s, first=b, second=a)
            elif how == "bind" and a.colour != b.colour and a.shape != b.shape:
                t = replace(
                    s, first=replace(a, colour=b.colour), second=replace(b, colour=a.colour)
                )
            elif how == "axis":
                t = replace(s, axis=1 - s.axis)
            elif how == "colour":
                t = replace(s, first=replace(a, colour=other(10, a.colour)))
            elif how == "shape":
                t = replace(s, second=replace(b, shape=other(8, b.shape)))
        elif s.count > 1:
            how = rng.choices(["count", "colour", "shape"], [5, 1, 2])[0]
            if how == "count":
                count = rng.choice([n for n in (s.count - 1, s.count + 1) if 2 <= n <= 5])
                t = replace(s, count=count, texture=s.texture if count < 4 else 0)
            elif how == "colour":
                t = replace(s, first=replace(s.first, colour=other(10, s.first.colour)))
            else:
                t = replace(s, first=replace(s.first, shape=other(8, s.first.shape)))
        else:
            how = rng.choice(
                ["position", "size", "texture", "colour", "shape", "shape", "background"]
            )
            if how == "position":
                t = replace(s, position=other(9, s.position))
            elif how == "size":
                size = 1 if s.first.size == 0 else 0
                t = replace(
                    s, first=replace(s.first, size=size), texture=s.texture if size else 0
                )
            elif how == "texture" and s.first.size != 0:
                t = replace(s, texture=other(3, s.texture))
            elif how == "colour":
                t = replace(s, first=replace(s.first, colour=other(10, s.first.colour)))
            elif how == "shape":
                t = replace(s, first=replace(s.first, shape=other(8, s.first.shape)))
            elif how == "background":
                t = replace(s, background=other(8, s.background))
        if t == s or not is_visible(t):
            continue
        if t.second and (t.first.colour, t.first.shape) == (t.second.colour, t.second.shape):
            continue
        return t
    return s


# Names of the integers that `features` gives.  -2: does not apply, no caption value equals it.
FEATURES = [
    "count", "colour", "shape", "size", "texture", "position", "background", "style",
    "couple", "order", "low_size", "high_size", "plural", "c1", "s1", "c2", "s2",
]  # fmt: skip


def couple(a: Thing, b: Thing) -> "tuple[int, int, int]":
    """(unordered couple id, its low-key size, its high-key size)."""
    ka, kb = a.colour * 8 + a.shape, b.colour * 8 + b.shape
    lo, hi = (a, b) if ka < kb else (b, a)
    return min(ka, kb) * 80 + max(ka, kb), lo.size, hi.size


def features(s: Scene) -> "list[int]":
    """The scene as integers, in the order of FEATURES."""
    a, b = s.first, s.second
    if b is None:
        single = s.count == 1
        return [
            s.count, a.colour, a.shape, a.size if single else -2, s.texture,
            s.position if single else -2, s.background, s.style,
            -2, -2, -2, -2, int(not single), a.colour, a.shape, -2, -2,
        ]  # fmt: skip
    pair, low, high = couple(a, b)
    forward = a.colour * 8 + a.shape < b.colour * 8 + b.shape
    return [
        2, a.colour if a.colour == b.colour else -2, a.shape if a.shape == b.shape else -2, -2, 0,
        -2, s.background, s.style,
        pair, s.axis * 2 + int(forward), low, high, 1, a.colour, a.shape,
        b.colour, b.shape,
    ]  # fmt: skip
