"""CLIP with a vision transformer: the architecture of openai/CLIP, small.

Pre-LN blocks, QuickGELU, a bias-free patch convolution, a class token, ln_pre and ln_post, a causal
text transformer that is read at the end-of-text token, and bias-free projections.  Heads are
width / 64, so OpenAI's naming alone would identify the model.

Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

HEAD_WIDTH = 64


@dataclass(frozen=True)
class Shape:
    """The sizes of a model; lengths in pixels, tokens or channels."""

    image_size: int = 64
    patch_size: int = 8
    vision_width: int = 128
    vision_layers: int = 4
    text_width: int = 128
    text_layers: int = 3
    embed_dim: int = 128
    context: int = 77
    vocab: int = 49408


def quick_gelu_mlp(x, up: nn.Linear, down: nn.Linear):
    """down(QuickGELU(up(x))), with QuickGELU(x) = x sigmoid(1.702 x) = silu(1.702 x) / 1.702.

    The factor goes into the (small) weights, so one fused kernel serves the (large) activations.
    """
    return F.linear(
        F.silu(F.linear(x, 1.702 * up.weight, 1.702 * up.bias)), down.weight / 1.702, down.bias
    )


class Block(nn.Module):
    """One residual attention block."""

    def __init__(self, width: int, residual_depth: int):
        super().__init__()
        self.heads = width // HEAD_WIDTH
        self.ln_1 = nn.LayerNorm(width)
        self.in_proj = nn.Linear(width, 3 * width)
        self.out_proj = nn.Linear(width, width)
        self.ln_2 = nn.LayerNorm(width)
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)
        # The initialisation of the original: scaled down with depth.
        out_std = width**-0.5 * (2 * residual_depth) ** -0.5
        nn.init.normal_(self.in_proj.weight, std=width**-0.5)
        nn.init.zeros_(self.in_proj.bias)
        nn.init.normal_(self.out_proj.weight, std=out_std)
        nn.init.zeros_(self.out_proj.bias)
        nn.init.normal_(self.c_fc.weight, std=(2 * width) ** -0.5)
        nn.init.normal_(self.c_proj.weight, std=out_std)

    def forward(self, x, mask):
        n, length, width = x.shape
        q, k, v = (
            self.in_proj(self.ln_1(x))
            .view(n, length, 3, self.heads, HEAD_WIDTH)
            .permute(2, 0, 3, 1, 4)
            .contiguous()
            .view(3, n * self.heads, length, HEAD_WIDTH)
        )
        scores = torch.bmm(q * HEAD_WIDTH**-0.5, k.transpose(1, 2))
        if mask is not None:
            scores = scores + mask
        a = torch.bmm(scores.softmax(-1), v)
        a = a.view(n, self.heads, length, HEAD_WIDTH).transpose(1, 2).reshape(n, length, width)
        x = x + self.out_proj(a)
        return x + quick_gelu_mlp(self.ln_2(x), self.c_fc, self.c_proj)


def grid_positions(grid: int, width: int):
    """Position embeddings to start from: sines of row and column, zeros for the class token.

    They are trained like any other weight; starting from neighbours that look alike, a small vision
    transformer finds shapes in a fraction of the steps that it takes from random ones.
    """
    steps = torch.arange(grid, dtype=torch.float32)
    waves = torch.exp(-math.log(50.0) * torch.arange(width // 4) / (width // 4))
    angles = steps[:, None] * waves
    line = torch.cat([angles.sin(), angles.cos()], 1)
    rows = line[:, None].expand(grid, grid, -1)
    columns = line[None].expand(grid, grid, -1)
    table = torch.cat([rows, columns], 2).reshape(grid * grid, width)
    return 0.5 * torch.cat([torch.zeros(1, width), table])


class Clip(nn.Module):
    """Both towers.  `rows` is the number of token embeddings kept while training (see vocabulary.py)."""

    def __init__(self, shape: Shape, rows: int):
        super().__init__()
        self.shape = shape
        vw, tw = shape.vision_width, shape.text_width
        grid = shape.image_size // shape.patch_size
        self.conv1 = nn.Conv2d(3, vw, shape.patch_size, shape.patch_size, bias=False)
        self.class_embedding = nn.Parameter(vw**-0.5 * torch.randn(vw))
        self.vision_positions = nn.Parameter(grid_positions(grid, vw))
        self.ln_pre = nn.LayerNorm(vw)
        self.vision_blocks = nn.ModuleList(
            Block(vw, shape.vision_layers) for _ in range(shape.vision_layers)
        )
        self.ln_post = nn.LayerNorm(vw)
        self.image_projection = nn.Parameter(vw**-0.5 * torch.randn(vw, shape.embed_dim))

        self.token_embedding = nn.Embedding(rows, tw)
        self.text_positions = nn.Parameter(0.01 * torch.randn(shape.context, tw))
        self.text_blocks = nn.ModuleList(Block(tw, shape.text_layers) for _ in range(shape.text_layers))
        self.ln_final = nn.LayerNorm(tw)
        self.text_projection = nn.Parameter(tw**-0.5 * torch.randn(tw, shape.embed_dim))
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        nn.init.normal_(self.token_embedding.weight, std=0.02)

    def _patches(self, pixels):
        """[N, 3, S, S] -> [N, grid * grid, 3 * patch * patch]."""
        n, p = len(pixels), self.shape.patch_size
        grid = self.shape.image_size // p
        patches = pixels.view(n, 3, grid, p, grid, p).permute(0, 2, 4, 1, 3, 5)
        return patches.reshape(n, grid * grid, -1)

    def encode_image(self, pixels):
        """[N, 3, S, S] normalised pixels -> [N, E], not normalised."""
        # The patch convolution as one matrix product: the same numbers, faster on a CPU.
        x = F.linear(self._patches(pixels), self.conv1.weight.view(self.shape.vision_width, -1))
        x = torch.cat([self.class_embedding.expand(len(x), 1, -1), x], 1) + self.vision_positions
        x = self.ln_pre(x)
        for block in self.vision_blocks:
            x = block(x, None)
        return self.ln_post(x[:, 0]) @ self.image_projection

    def encode_text(self, rows, last):
        """[N, L] embedding rows and [N] end-of-text positions -> [N, E], not normalised."""
        length = rows.shape[1]
        causal = torch.full((length, length), float("-inf")).triu(1)
        x = self.token_embedding(rows) + self.text_positions[:length]
        for block in self.text_blocks:
            x = block(x, causal)
        x = self.ln_final(x[torch.arange(len(rows)), last])
        return x @ self.text_projection
