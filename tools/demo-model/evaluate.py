"""Measure the exported model: `/usr/bin/python3 tools/demo-model/evaluate.py`.

Reads models/demo (the files that the server serves, not the checkpoint), asks the questions of
tests/fixtures/demo/heldout.json, and then those over a larger held-out set drawn on the spot
(`--large 0` leaves it out).  Prints JSON and writes it to models/demo/quality.json.
"""

import fast_start

if __name__ == "__main__":
    fast_start.restart()

import argparse
import json
import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import heldout
from dataset import preprocess, to_input, weathered
from export import TARGET as MODEL
from export import load_export
from vocabulary import Vocabulary
from world import is_unseen_pair


class Embedder:
    """Texts and pictures to unit vectors; texts are remembered."""

    def __init__(self, model, vocabulary):
        self.model, self.vocabulary, self.known = model, vocabulary, {}

    @torch.no_grad()
    def texts(self, lines):
        new = sorted({t for t in lines if t not in self.known})
        for at in range(0, len(new), 512):
            rows, last = self.vocabulary.batch(new[at : at + 512])
            e = self.model.encode_text(torch.from_numpy(rows), torch.from_numpy(last))
            self.known.update(zip(new[at : at + 512], F.normalize(e, dim=-1)))
        return torch.stack([self.known[t] for t in lines])

    @torch.no_grad()
    def images(self, pixels):
        e = [self.model.encode_image(torch.from_numpy(to_input(p))) for p in np.array_split(pixels, len(pixels) // 128 + 1)]
        return F.normalize(torch.cat(e), dim=-1)


def ask(embedder, images, tasks):
    """{task: right answers in per cent}; `images`: {file: vector}."""
    out = {}
    for name, task in tasks.items():
        right = 0
        for item in task["items"]:
            texts = embedder.texts(item.get("candidates") or task["candidates"])
            right += int((texts @ images[item["file"]]).argmax()) == item["answer"]
        out[name] = round(100 * right / max(1, len(task["items"])), 1)
    return out


def recall(embedder, images, pairs):
    """{"R@1", "R@5"} of finding the picture by its text."""
    table = embedder.texts([p["text"] for p in pairs]) @ torch.stack(
        [images[p["file"]] for p in pairs]
    ).t()
    rank = (table > table.diagonal()[:, None]).sum(1)
    return {f"R@{k}": round(100 * float((rank < k).float().mean()), 1) for k in (1, 5)}


def committed(embedder):
    document = json.loads((heldout.TARGET / "heldout.json").read_text())
    side = embedder.model.shape.image_size
    files = [p["file"] for p in document["pictures"]]
    pixels = np.stack([preprocess(Image.open(heldout.TARGET / f), side) for f in files])
    images = dict(zip(files, embedder.images(pixels)))
    return {
        "pictures": len(files),
        **ask(embedder, images, document["zero_shot"]),
        "retrieval": recall(embedder, images, document["retrieval"]),
    }


def large(embedder, size):
    """Averages over all frames, and colour x shape apart for what kind of held-out it is."""
    rng = random.Random(99)
    scenes = heldout.scenes(99, size // 2, size // 4, size // 4)
    side = embedder.model.shape.image_size
    pixels = np.stack([preprocess(weathered(s, rng.getrandbits(31)), side) for s in scenes])
    files = [str(i) for i in range(len(scenes))]
    images = dict(zip(files, embedder.images(pixels)))
    items = list(zip(files, scenes))
    results = [ask(embedder, images, heldout.questions(items, f)) for f in heldout.FRAMES]
    out = {"pictures": len(scenes), "frames": len(results)}
    out.update({k: round(float(np.mean([r[k] for r in results])), 1) for k in results[0]})
    for name, wanted in (("pair_never_seen", True), ("size_never_seen", False)):
        some = [(f, s) for f, s in items if not s.second and is_unseen_pair(s.first) is wanted]
        task = {"colour_shape": heldout.questions(some, heldout.FRAMES[1])["colour_shape"]}
        out["colour_shape_" + name] = ask(embedder, images, task)["colour_shape"]
    found = [recall(embedder, images, heldout.retrieval(items, i)) for i in range(5)]
    out["retrieval"] = {k: round(float(np.mean([f[k] for f in found])), 1) for k in found[0]}
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--large", type=int, default=1200, help="pictures of the larger set")
    options = parser.parse_args()
    vocabulary = Vocabulary()
    embedder = Embedder(load_export(options.model, vocabulary), vocabulary)
    result = {"committed": committed(embedder)}
    if options.large:
        result["large"] = large(embedder, options.large)
    text = json.dumps(result, indent=2)
    (options.model / "quality.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
