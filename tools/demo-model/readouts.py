"""Linear read-outs of a scene's attributes from its image embedding, for the training alone.

They teach the vision transformer what there is to see: shapes above all, which the contrastive loss
alone finds late, as colours and places already tell most pictures of a batch apart.
"""

import torch
import torch.nn.functional as F
from torch import nn

from world import FEATURES

# Attribute: number of values.  A value of -2 (does not apply) is left out.
VALUES = {
    "count": 6, "size": 3, "texture": 3, "position": 9, "background": 8, "style": 3,
    "c1": 10, "s1": 8, "c2": 10, "s2": 8, "order": 2,
}  # fmt: skip


# Shapes and numbers are hard to see; the rest comes by itself.
WEIGHTS = {
    "count": 1, "size": 0.4, "texture": 0.4, "position": 0.3, "background": 0.2, "style": 0.2,
    "c1": 0.5, "s1": 2, "c2": 0.5, "s2": 1.5, "order": 0.3,
}  # fmt: skip


class Readouts(nn.Module):
    """Weighted sum over the attributes of the cross-entropy of their linear read-out."""

    def __init__(self, width: int):
        super().__init__()
        self.heads = nn.ModuleDict({name: nn.Linear(width, n) for name, n in VALUES.items()})

    def forward(self, images, features):
        total = 0
        for name, head in self.heads.items():
            target = torch.from_numpy(features[:, FEATURES.index(name)])
            if name == "order":  # order is axis * 2 + (which key comes first): the axis is wanted
                target = torch.where(target >= 0, target // 2, target)
            if bool((target >= 0).any()):
                loss = F.cross_entropy(head(images), target, ignore_index=-2)
                total = total + WEIGHTS[name] * loss
        return total
