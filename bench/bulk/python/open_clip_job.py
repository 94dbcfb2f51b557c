"""The same job with open_clip in a loop: a task a line from standard input, an answer a line.

    python open_clip_job.py CHECKPOINT.pt

A task has a text file in `texts` or a folder of pictures in `images`, how many of them are wanted in
`count`, `batch`, the number of `workers` that read and prepare, and the .npy file to write in `out`.
The answer has `items`, `seconds` and `cpuSeconds`, those of the workers too.
"""
import json
import os
import sys
import time

import numpy
import open_clip
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

model, _, preprocess = open_clip.create_model_and_transforms(
    "ViT-B-32-quickgelu", pretrained=sys.argv[1], weights_only=False)
model.eval()
tokenize = open_clip.get_tokenizer("ViT-B-32-quickgelu")


class Captions(Dataset):
    def __init__(self, path, count):
        with open(path, encoding="utf-8") as file:
            self.lines = file.read().splitlines()[:count]

    def __len__(self):
        return len(self.lines)

    def __getitem__(self, index):
        return tokenize([self.lines[index]])[0]


class Photos(Dataset):
    def __init__(self, folder, count):
        self.paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder))[:count]]

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        return preprocess(Image.open(self.paths[index]))


def run(task):
    cpu, began = cpu_seconds(), time.perf_counter()
    texts = "texts" in task
    data = Captions(task["texts"], task["count"]) if texts else Photos(task["images"], task["count"])
    encode = model.encode_text if texts else model.encode_image
    loader = DataLoader(data, batch_size=task["batch"], num_workers=task["workers"])
    with torch.inference_mode():
        numpy.save(task["out"], numpy.concatenate([encode(batch).numpy() for batch in loader]))
    seconds = time.perf_counter() - began
    return {"items": len(data), "seconds": seconds, "cpuSeconds": cpu_seconds() - cpu}


def cpu_seconds():
    """Of this process and of its workers that have ended."""
    return sum(os.times()[:4])


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
