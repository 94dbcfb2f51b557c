"""English captions of scenes, each with the facts it states.

`caption` says some of what a scene shows; the facts are integers in the order of world.FEATURES
(-1: not stated).  `truth` tells which captions of a batch are true of which scenes, so that the
training does not punish a caption for fitting another picture too.
"""

import numpy as np

from world import COLOUR_NAMES, FEATURES, SHAPES, UNNAMED, Scene, couple

AT = {name: i for i, name in enumerate(FEATURES)}

COLOUR_WORDS = {
    "red": ["red", "red", "red", "red", "crimson", "scarlet"],
    "orange": ["orange"],
    "yellow": ["yellow", "yellow", "yellow", "golden"],
    "green": ["green", "green", "green", "emerald"],
    "blue": ["blue", "blue", "blue", "cobalt"],
    "purple": ["purple", "purple", "purple", "violet"],
    "pink": ["pink", "pink", "pink", "rose"],
    "brown": ["brown", "brown", "brown", "chocolate"],
    "black": ["black"],
    "white": ["white"],
}
SHAPE_WORDS = {
    "circle": ["circle", "circle", "circle", "circle", "disc", "disk", "ball", "dot"],
    "square": ["square", "square", "square", "square", "box", "block"],
    "triangle": ["triangle", "triangle", "triangle", "pyramid"],
    "star": ["star"],
    "heart": ["heart"],
    "cross": ["cross", "cross", "cross", "plus", "plus sign"],
    "ring": ["ring", "ring", "ring", "hoop", "donut"],
    "moon": ["moon", "moon", "crescent", "crescent moon", "half moon"],
}
PLURALS = {"box": "boxes", "cross": "crosses", "plus": "pluses"}
GENERIC = ["shape", "object", "thing", "figure"]
SIZE_WORDS = {0: ["small", "small", "little", "tiny"], 1: ["big", "large", "big", "large", "huge"]}
TEXTURE_WORDS = {
    0: ["plain", "solid", "plain"],
    1: ["striped", "striped", "stripy"],
    2: ["dotted", "spotted", "dotted", "polka dot"],
}
COUNT_WORDS = {2: ["two", "two", "2"], 3: ["three", "three", "3"], 4: ["four", "four", "4"],
               5: ["five", "five", "5"]}  # fmt: skip
POSITION_PHRASES = [
    ["in the centre", "in the center", "in the middle", "at the center"],
    ["on the left", "on the left side", "at the left", "to the left"],
    ["on the right", "on the right side", "at the right", "to the right"],
    ["at the top", "on top", "in the upper part", "near the top"],
    ["at the bottom", "in the lower part", "near the bottom", "down at the bottom"],
    ["in the top left corner", "at the top left", "in the upper left corner"],
    ["in the top right corner", "at the top right", "in the upper right corner"],
    ["in the bottom left corner", "at the bottom left", "in the lower left corner"],
    ["in the bottom right corner", "at the bottom right", "in the lower right corner"],
]
BACKGROUND_WORDS = [
    ["white"], ["black"], ["grey", "gray"], ["blue", "light blue"], ["green", "light green"],
    ["yellow", "light yellow"], ["pink", "light pink"], ["purple", "light purple"],
]  # fmt: skip
STYLE_WORDS = [["plain"], ["gradient", "shaded"], ["noisy", "grainy"]]
LEFT = ["left of", "to the left of", "on the left of", "on the left side of"]
RIGHT = ["right of", "to the right of", "on the right of", "on the right side of"]
ABOVE = ["above", "over", "on top of", "higher than"]
BELOW = ["below", "under", "beneath", "underneath"]

FRAMES = [
    "{}", "{}", "{}", "{}", "a photo of {}", "a photo of {}", "a picture of {}", "an image of {}",
    "a drawing of {}", "a painting of {}", "a scene with {}", "a view of {}", "an image showing {}",
    "a picture that shows {}", "there is {}", "this is {}", "here is {}", "I see {}", "it is {}",
    "look at {}", "show me {}", "find {}", "a sketch of {}", "a clean image with {}",
]  # fmt: skip
# Frames, grounds and word orders that training never uses; some of the words are new as well.
HELD_OUT_FRAMES = [
    "a rendering of {}", "an illustration showing {}", "you can see {} here", "a cartoon of {}",
    "we are looking at {}", "{}, drawn by a computer", "my favourite picture has {} in it",
    "a simple graphic with {}", "could this be {}?", "a good photo of {}",
]  # fmt: skip
GROUNDS = ["on a {} background", "on a {} background", "against a {} background", "on {}",
           "with a {} background", "over a {} background"]  # fmt: skip
HELD_OUT_GROUNDS = ["in front of a {} background", "upon a {} background", "against {}"]


def article(phrase: str) -> str:
    return ("an " if phrase[0] in "aeiou" else "a ") + phrase


def plural(noun: str) -> str:
    head, _, last = noun.rpartition(" ")
    return (head + " " if head else "") + PLURALS.get(last, last + "s")


def _noun_phrase(rng, facts, thing, *, size, texture, colour, shape, many):
    """"small striped red circle", and notes in `facts` what it says."""
    words = []
    if size and thing.size != 2 and not many:
        words.append(rng.choice(SIZE_WORDS[thing.size]))
        facts["size"] = thing.size
    colour_words = []
    if colour:
        colour_words.append(rng.choice(COLOUR_WORDS[COLOUR_NAMES[thing.colour]]))
        facts["colour"] = thing.colour
    if texture is not None:
        colour_words.append(rng.choice(TEXTURE_WORDS[texture]))
        facts["texture"] = texture
    rng.shuffle(colour_words)
    if shape:
        noun = rng.choice(SHAPE_WORDS[SHAPES[thing.shape]])
        facts["shape"] = thing.shape
    else:
        noun = rng.choice(GENERIC)
    if many:
        noun = plural(noun)
    if colour and texture is None and rng.random() < 0.05:
        late = rng.choice(["coloured ", "colored ", ""]) + colour_words.pop()
        link = rng.choice(["that are", "which are"] if many else ["that is", "which is"])
        return " ".join(words + [noun, link, late])
    return " ".join(words + colour_words + [noun])


def _frame(rng, phrase, held_out, many=False):
    frame = rng.choice(HELD_OUT_FRAMES if held_out else FRAMES)
    if many:
        for one, more in (("this is", "these are"), ("it is", "they are"), (" is ", " are ")):
            frame = frame.replace(one, more)
    text = frame.format(phrase)
    return text + ("." if rng.random() < 0.15 else "")


def _ground(rng, facts, scene, held_out):
    words = rng.choice(BACKGROUND_WORDS[scene.background])
    facts["background"] = scene.background
    frame = rng.choice(HELD_OUT_GROUNDS if held_out else GROUNDS)
    if rng.random() < 0.2 and frame.endswith("background"):
        facts["style"] = scene.style
        words = rng.choice(STYLE_WORDS[scene.style]) + " " + words
        if held_out or rng.random() < 0.8:
            return frame.format(words)
    return frame.format(words)


def _single(rng, scene, held_out, full):
    facts = {"count": 1}
    p = lambda x: full or rng.random() < x
    colour, shape = p(0.9) and scene.first.colour != UNNAMED, p(0.9)
    if not colour and not shape:
        shape = True
    texture = None
    if p(0.75) and (scene.texture or rng.random() < 0.12):
        texture = scene.texture
    phrase = _noun_phrase(
        rng, facts, scene.first, size=p(0.55), texture=texture, colour=colour, shape=shape,
        many=False,
    )  # fmt: skip
    roll = rng.random()
    if roll < 0.78:
        phrase = article(phrase)
    elif roll < 0.85:
        phrase = "one " + phrase
    if p(0.5):
        facts["position"] = scene.position
        place = rng.choice(POSITION_PHRASES[scene.position])
        if rng.random() < 0.15:
            ground = ", " + _ground(rng, facts, scene, held_out) if p(0.3) else ""
            return _frame(rng, f"{place}, {phrase}{ground}", held_out), facts
        phrase += " " + place
    if p(0.4):
        phrase += " " + _ground(rng, facts, scene, held_out)
    return _frame(rng, phrase, held_out), facts


def _count(rng, scene, held_out, full):
    facts = {"count": scene.count}
    p = lambda x: full or rng.random() < x
    colour, shape = p(0.85) and scene.first.colour != UNNAMED, p(0.85)
    texture = None
    if p(0.6) and (scene.texture or rng.random() < 0.1):
        texture = scene.texture
    phrase = _noun_phrase(
        rng, facts, scene.first, size=False, texture=texture, colour=colour, shape=shape, many=True
    )
    number = rng.choice(COUNT_WORDS[scene.count])
    if scene.count == 2 and rng.random() < 0.1:
        number = "a pair of"
    elif rng.random() < 0.08:
        number = "a group of " + number
    elif not full and rng.random() < 0.08:
        number = rng.choice(["some", "several", "many", "a few", ""])
        del facts["count"]
        facts["plural"] = 1
    phrase = (number + " " + phrase).strip()
    if p(0.35):
        phrase += " " + _ground(rng, facts, scene, held_out)
    return _frame(rng, phrase, held_out, many=True), facts


def _pair(rng, scene, held_out, full, relation=None):
    a, b = scene.first, scene.second
    facts = {}
    facts["couple"], low, high = couple(a, b)
    forward = a.colour * 8 + a.shape < b.colour * 8 + b.shape
    sized = full or rng.random() < 0.6
    say = lambda t: article(
        _noun_phrase(rng, {}, t, size=sized, texture=None, colour=True, shape=True, many=False)
    )
    na, nb = say(a), say(b)
    if sized and a.size != 2:
        facts["low_size"], facts["high_size"] = low, high
    form = relation or ("related" if full else rng.choices(["related", "listed"], [0.8, 0.2])[0])
    if form == "related":
        facts["order"] = scene.axis * 2 + int(forward)
        roll = rng.random()
        if roll < 0.42:
            phrase = f"{na} {rng.choice(ABOVE if scene.axis else LEFT)} {nb}"
        elif roll < 0.84:
            phrase = f"{nb} {rng.choice(BELOW if scene.axis else RIGHT)} {na}"
        elif scene.axis:
            phrase = f"{na} at the top and {nb} at the bottom"
        else:
            phrase = f"{na} on the left and {nb} on the right"
    else:
        if rng.random() < 0.5:
            na, nb = nb, na
        phrase = f"{na} {rng.choice(['and', 'and', 'with', 'next to', 'beside', 'near'])} {nb}"
    if full or rng.random() < 0.3:
        phrase += " " + _ground(rng, facts, scene, held_out)
    return _frame(rng, phrase, held_out), facts


def caption(rng, scene: Scene, held_out: bool = False, full: bool = False):
    """(text, facts): a caption by lot.  `full` states everything that captions can state."""
    if scene.second is not None:
        text, stated = _pair(rng, scene, held_out, full)
    else:
        text, stated = (_count if scene.count > 1 else _single)(rng, scene, held_out, full)
    facts = [-1] * len(FEATURES)
    for name, value in stated.items():
        facts[AT[name]] = value
    return text, facts


# COMPATIBLE[p][q]: "on the left" is not false of a thing in the top left corner.
_PARTS = [set(p.split()) for p in (
    "centre", "left", "right", "top", "bottom", "top left", "top right", "bottom left",
    "bottom right")]  # fmt: skip
COMPATIBLE = np.array([[i == j or (i > 0 and p <= q) for j, q in enumerate(_PARTS)]
                       for i, p in enumerate(_PARTS)])  # fmt: skip


def truth(scenes: np.ndarray, facts: np.ndarray) -> np.ndarray:
    """[N, F] features and [M, F] facts -> [N, M] bool: is caption j true of scene i, or nearly so."""
    ok = np.ones((len(scenes), len(facts)), bool)
    for f, name in enumerate(FEATURES[:13]):
        stated, shown = facts[None, :, f], scenes[:, f, None]
        if name == "position":
            fits = COMPATIBLE[stated, np.maximum(shown, 0)] & (shown >= 0)
        else:
            fits = stated == shown
        ok &= (stated == -1) | fits
    # "a red circle" is not false of a picture that also holds a blue square.
    one = facts[None, :, AT["count"]] == 1
    couple_shown = scenes[:, AT["couple"], None] >= 0
    colour, shape = facts[None, :, AT["colour"]], facts[None, :, AT["shape"]]
    for k in ("1", "2"):
        c, s = scenes[:, AT["c" + k], None], scenes[:, AT["s" + k], None]
        ok |= one & couple_shown & ((colour == -1) | (colour == c)) & ((shape == -1) | (shape == s))
    return ok
