"""Train the demonstration model: `/usr/bin/python3 tools/demo-model/train.py`.

Writes checkpoints to tools/demo-model/.cache; `--resume` goes on from the last one.  The loss is
CLIP's symmetric cross-entropy over the batch, with two additions that make it learn in minutes:

- a caption that happens to be true of another picture of the batch is left out of that picture's
  negatives;
- the image tower first learns to look: for the first `LOOK` steps it is trained alone, by linear
  read-outs of the picture's attributes (see readouts.py), which then fade out and are thrown away.
"""

import fast_start

if __name__ == "__main__":
    fast_start.restart()

import argparse
import math
import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from captions import caption, truth
from dataset import shifted, to_input, training_set
from model import Clip, Shape
from muon import Muon
from quality import quick_check
from readouts import Readouts
from vocabulary import Vocabulary

CACHE = Path(__file__).parent / ".cache"
SEED = 20261123
BATCH = 128  # pictures, in hard pairs


def contrastive_loss(images, texts, scale, also_true):
    """CLIP's loss; `also_true[i, j]` takes text j out of the negatives of image i."""
    logits = scale * F.normalize(images, dim=-1) @ F.normalize(texts, dim=-1).t()
    own = torch.eye(len(logits), dtype=torch.bool)
    logits = logits.masked_fill(also_true & ~own, float("-inf"))
    target = torch.arange(len(logits))
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.t(), target)) / 2


@dataclass(frozen=True)
class Stage:
    """A part of the training: its steps end at `until`, its schedule runs from `start` to `end`."""

    until: int
    start: int
    end: int
    peak: float
    pairs: int
    rims: bool
    muon: float = 0  # its step, at the peak, for the blocks' matrices; 0: AdamW for all

    def learning_rate(self, step):
        """Linear warm-up where the training begins, then half a cosine down to a hundredth."""
        warm_up = 0 if self.start else WARM_UP
        at = step - self.start
        if at < warm_up:
            return self.peak * (at + 1) / warm_up
        done = (at - warm_up) / (self.end - self.start - warm_up)
        return self.peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))

    def readout_share(self, step):
        """1 while the image tower learns to look, then from a half to 0 at 90 % of the schedule."""
        if step < LOOK:
            return 1
        length = self.end - self.start
        looked = max(0, LOOK - self.start) / length
        return 0.5 * max(0, (0.9 - (step - self.start) / length) / (0.9 - looked))


WARM_UP = 100
LOOK = 700  # first steps, without captions
# The training as it went: the cosine was lengthened twice; the fourth stage has new pictures, whose
# patterns leave the outlines of the shapes alone; the last one takes the better optimiser.
STAGES = (
    Stage(until=1000, start=0, end=1700, peak=1.5e-3, pairs=30000, rims=False),
    Stage(until=1800, start=0, end=2400, peak=1.5e-3, pairs=30000, rims=False),
    Stage(until=2600, start=0, end=3000, peak=8e-4, pairs=30000, rims=False),
    Stage(until=3400, start=2600, end=3800, peak=6e-4, pairs=40000, rims=True),
    Stage(until=4400, start=3400, end=4400, peak=6e-4, pairs=40000, rims=True, muon=0.01),
)


def optimizer_of(model):
    decayed = [p for n, p in model.named_parameters() if p.ndim > 1 and "embedding" not in n]
    other = [p for n, p in model.named_parameters() if not (p.ndim > 1 and "embedding" not in n)]
    groups = [{"params": decayed, "weight_decay": 0.05}, {"params": other, "weight_decay": 0}]
    return torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98), eps=1e-6)


def save(path, step, model, readouts, optimizer, muon):
    parts = {"model": model, "readouts": readouts, "optimizer": optimizer, "muon": muon}
    saved = {name: part.state_dict() for name, part in parts.items()}
    torch.save({**saved, "step": step, "shape": model.shape}, path)


def run(stage, first, model, readouts, optimizer, muon, vocabulary, path):
    """Steps `first` to `stage.until`, with a checkpoint every 200 and at the end."""
    side = model.shape.image_size
    scenes, facts_of_scenes, pixels = training_set(SEED, stage.pairs, side, stage.rims, CACHE)
    optimised = [p for group in optimizer.param_groups for p in group["params"]]
    began, losses = time.time(), []
    batches_per_epoch = len(scenes) // BATCH
    for step in range(first, stage.until):
        rng = random.Random(SEED * 1000 + step)
        order = np.random.default_rng(SEED + step // batches_per_epoch).permutation(len(scenes) // 2)
        at = step % batches_per_epoch * (BATCH // 2)
        index = (2 * order[at : at + BATCH // 2, None] + np.arange(2)).reshape(-1)
        # Two captions of every picture: one that says all, one that says some.
        written = [caption(rng, scenes[i], full=full) for full in (True, False) for i in index]
        stated = np.array([facts for _, facts in written])
        also_true = truth(facts_of_scenes[index], stated)
        lines = [text for text, _ in written]
        shown = shifted(pixels[index], rng) if stage.rims else pixels[index]

        images = model.encode_image(torch.from_numpy(to_input(shown)))
        told = readouts(images, facts_of_scenes[index])
        matched = torch.zeros(())
        if step >= LOOK:
            scale = model.logit_scale.exp()
            halves = (lines[:BATCH], lines[BATCH:])
            for some, true in zip(halves, np.split(also_true, 2, axis=1)):
                rows, last = (torch.from_numpy(v) for v in vocabulary.batch(some, rng))
                texts = model.encode_text(rows, last)
                matched = matched + contrastive_loss(images, texts, scale, torch.from_numpy(true)) / 2
        loss = matched + stage.readout_share(step) * told
        losses.append((matched.item(), told.item()))

        for group in optimizer.param_groups:
            group["lr"] = stage.learning_rate(step)
        for parameter in optimised:
            parameter.grad = None
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        if stage.muon:
            muon.step(stage.muon * stage.learning_rate(step) / stage.peak)
        optimizer.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, math.log(100))

        done = step + 1
        if done % 50 == 0:
            matched_mean, told_mean = np.mean(losses[-50:], 0)
            print(
                f"step {done}: captions {matched_mean:.3f}, read-outs {told_mean:.3f}, "
                f"{(time.time() - began) / (done - first):.2f} s/step",
                flush=True,
            )
        if done % 200 == 0 or done == stage.until:
            save(path, done, model, readouts, optimizer, muon)
            print("  held out:", quick_check(model, vocabulary), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    options = parser.parse_args()

    torch.manual_seed(SEED)
    vocabulary = Vocabulary()
    model = Clip(Shape(), vocabulary.rows)
    readouts = Readouts(model.shape.embed_dim)
    optimizer = optimizer_of(torch.nn.ModuleList([model, readouts]))
    muon = Muon(model)
    path, first = CACHE / "model.pt", 0
    if options.resume and path.exists():
        saved = torch.load(path)
        parts = {"model": model, "readouts": readouts, "optimizer": optimizer, "muon": muon}
        for name, part in parts.items():
            if name in saved:
                part.load_state_dict(saved[name])
        first = saved["step"]
    for stage in STAGES:
        if first < stage.until:
            run(stage, first, model, readouts, optimizer, muon, vocabulary, path)
            first = stage.until


if __name__ == "__main__":
    main()
