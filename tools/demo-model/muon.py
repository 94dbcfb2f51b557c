"""Muon: momentum whose matrices are made orthogonal before each step (Jordan et al., 2024).

All directions of a weight matrix then learn at the same pace.  On this task it needs about half the
steps that AdamW needs to tell shapes apart.  For the matrices of the transformer blocks; everything
else stays with AdamW.
"""

import torch

MOMENTUM = 0.95
# Coefficients of the quintic Newton-Schulz iteration, from Jordan's publication.
_A, _B, _C = 3.4445, -4.7750, 2.0315


def orthogonal(matrix):
    """A matrix with the same singular vectors and all singular values near 1."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.t() if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        square = x @ x.t()
        x = _A * x + (_B * square + _C * square @ square) @ x
    return x.t() if tall else x


class Muon:
    """Takes the gradients of the blocks' matrices, so that no other optimiser sees them."""

    def __init__(self, model):
        blocks = [*model.vision_blocks, *model.text_blocks]
        self.whole = [w for b in blocks for w in (b.out_proj.weight, b.c_fc.weight, b.c_proj.weight)]
        self.triple = [b.in_proj.weight for b in blocks]
        self.momenta = [torch.zeros_like(w) for w in self.whole + self.triple]

    def state_dict(self):
        return {"momenta": self.momenta}

    def load_state_dict(self, state):
        self.momenta = state["momenta"]

    @torch.no_grad()
    def step(self, rate):
        """`rate`: spectral size of a step on a square matrix."""
        for i, (weight, momentum) in enumerate(zip(self.whole + self.triple, self.momenta)):
            if weight.grad is None:
                continue
            momentum.mul_(MOMENTUM).add_(weight.grad)
            update = weight.grad + MOMENTUM * momentum
            weight.grad = None
            # Query, key and value are three matrices that share a tensor.
            parts = 1 if i < len(self.whole) else 3
            for part, change in zip(weight.chunk(parts), update.chunk(parts)):
                tallness = max(1, change.shape[0] / change.shape[1]) ** 0.5
                part.mul_(1 - 0.01 * rate).add_(orthogonal(change), alpha=-rate * tallness)
