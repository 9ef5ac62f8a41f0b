"""Training steps in PyTorch at their fastest: eager, or with network and loss compiled.

The networks are those of experiments/models, in the layouts that PyTorch is fastest with.
"""
import os

# Of convolutions max-autotune asks cuDNN alone: trying Triton's too takes about a minute for each of
# ResNet-18's on an H200, and cuDNN won all seven that were seen.
os.environ.setdefault("TORCHINDUCTOR_MAX_AUTOTUNE_CONV_BACKENDS", "ATEN")

import torch
import torch.nn.functional as F
from serve import read_order, serve
from torch import nn


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.output = nn.Linear(dim, dim)

    def forward(self, x):
        batch, tokens, dim = x.shape
        qkv = self.qkv(x).view(batch, tokens, 3, self.heads, dim // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value)
        return self.output(mixed.transpose(1, 2).reshape(batch, tokens, dim))


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim)
        self.attention = Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim)
        self.expand = nn.Linear(dim, 4 * dim)
        self.contract = nn.Linear(4 * dim, dim)

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        hidden = F.gelu(self.expand(self.norm2(x)), approximate="tanh")
        return x + self.contract(hidden)


class VisionTransformer(nn.Module):
    def __init__(self, patch, dim, depth, heads, workload):
        super().__init__()
        self.patch = patch
        self.rows = workload["height"] // patch
        self.columns = workload["width"] // patch
        self.embed = nn.Linear(patch * patch * workload["channels"], dim)
        tokens = self.rows * self.columns
        self.positions = nn.Parameter(torch.randn(1, tokens, dim) * 0.02)
        self.blocks = nn.Sequential(*(Block(dim, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(dim)
        self.classifier = nn.Linear(dim, workload["classes"])

    def forward(self, images):
        batch, channels = images.shape[:2]
        grid = (self.rows, self.patch, self.columns, self.patch)
        patches = images.view(batch, channels, *grid).permute(0, 2, 4, 3, 5, 1)
        x = self.embed(patches.reshape(batch, self.rows * self.columns, -1))
        x = self.blocks(x + self.positions)
        return self.classifier(self.norm(x).mean(1))


def convolution(inputs, outputs, size=3, stride=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = convolution(inputs, outputs, stride=stride)
        self.second = convolution(outputs, outputs)
        same = inputs == outputs and stride == 1
        self.shortcut = (
            nn.Identity() if same else convolution(inputs, outputs, 1, stride)
        )

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))) + self.shortcut(x))


class ResidualNetwork(nn.Module):
    def __init__(self, widths, blocks, stem_stride, workload):
        super().__init__()
        self.stem = convolution(workload["channels"], widths[0], stride=stem_stride)
        stages = []
        inputs = widths[0]
        for stage, outputs in enumerate(widths):
            for block in range(blocks):
                stride = 2 if stage > 0 and block == 0 else 1
                stages.append(ResidualBlock(inputs, outputs, stride))
                inputs = outputs
        self.stages = nn.Sequential(*stages)
        self.classifier = nn.Linear(inputs, workload["classes"])

    def forward(self, images):
        x = self.stages(F.relu(self.stem(images)))
        return self.classifier(x.mean((2, 3)))


def network(variant, workload):
    if variant["model"] == "vit":
        sizes = [variant[f"model.{name}"] for name in ("patch", "dim", "depth", "heads")]
        return VisionTransformer(*sizes, workload)
    widths = [int(width) for width in variant["model.widths"].split("-")]
    stem_stride = variant.get("model.stemStride", 1)
    model = ResidualNetwork(widths, variant["model.blocks"], stem_stride, workload)
    return model.to(memory_format=torch.channels_last)


def training_step(variant, workload):
    batch, classes = workload["batch"], workload["classes"]
    images = torch.randn(
        batch, workload["channels"], workload["height"], workload["width"]
    )
    if variant["model"] == "cnn":
        images = images.contiguous(memory_format=torch.channels_last)
    labels = torch.arange(batch) % classes
    model = network(variant, workload)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-3, weight_decay=1e-2, fused=True
    )

    def loss_of(images, labels):
        return F.cross_entropy(model(images), labels)

    if variant["mode"] == "compile":
        loss_of = torch.compile(loss_of)
    elif variant["mode"] == "max-autotune":
        loss_of = torch.compile(loss_of, mode="max-autotune")

    def take_step():
        optimizer.zero_grad()
        loss = loss_of(images, labels)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return take_step


if __name__ == "__main__":
    workload, variants = read_order()
    torch.manual_seed(0)
    torch.set_num_threads(variants[0]["intraOpThreads"])
    torch.set_default_device(workload.get("device", "cpu"))
    torch.backends.cuda.matmul.allow_tf32 = workload.get("tf32", False)
    torch.backends.cudnn.allow_tf32 = workload.get("tf32", False)
    serve([training_step(variant, workload) for variant in variants])
