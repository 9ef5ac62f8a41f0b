"""Training steps in JAX, each one jitted function whose state is donated to its successor.

The networks are those of experiments/models.
"""
import functools
import os

import numpy as np
from serve import read_order, serve

workload, variants = read_order()
# JAX makes a thread for each core that it may use, and has no setting of its own.
cores = sorted(os.sched_getaffinity(0))[: variants[0]["intraOpThreads"]]
os.sched_setaffinity(0, cores)

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402

LEARNING_RATE, WEIGHT_DECAY = 1e-3, 1e-2
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


class Initializer:
    """Draws normal weights of variance gain / inputs."""

    def __init__(self):
        self.generator = np.random.default_rng(0)

    def normal(self, *shape, gain=1.0):
        deviation = (gain / np.prod(shape[:-1])) ** 0.5
        return jnp.asarray(self.generator.normal(0, deviation, shape), jnp.float32)

    def dense(self, inputs, outputs):
        return {"w": self.normal(inputs, outputs), "b": jnp.zeros(outputs)}

    def norm(self, width):
        return {"scale": jnp.ones(width), "offset": jnp.zeros(width)}

    def convolution(self, inputs, outputs, size=3):
        kernel = self.normal(size, size, inputs, outputs, gain=2.0)
        return {"kernel": kernel, "norm": self.norm(outputs)}


def dense(p, x):
    return x @ p["w"] + p["b"]


def normalize(p, x, axes):
    mean = x.mean(axes, keepdims=True)
    variance = ((x - mean) ** 2).mean(axes, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(variance + 1e-5) * p["scale"] + p["offset"]


def vit_parameters(variant):
    draw = Initializer()
    patch, dim = variant["model.patch"], variant["model.dim"]
    tokens = (workload["height"] // patch) * (workload["width"] // patch)
    blocks = [
        {
            "norm1": draw.norm(dim),
            "qkv": draw.dense(dim, 3 * dim),
            "output": draw.dense(dim, dim),
            "norm2": draw.norm(dim),
            "expand": draw.dense(dim, 4 * dim),
            "contract": draw.dense(4 * dim, dim),
        }
        for _ in range(variant["model.depth"])
    ]
    return {
        "embed": draw.dense(patch * patch * workload["channels"], dim),
        "positions": 0.02 * draw.normal(1, tokens, dim, gain=tokens),
        "blocks": blocks,
        "norm": draw.norm(dim),
        "classifier": draw.dense(dim, workload["classes"]),
    }


def attention(p, x, heads):
    batch, tokens, dim = x.shape
    qkv = dense(p["qkv"], x).reshape(batch, tokens, 3, heads, dim // heads)
    query, key, value = jnp.moveaxis(qkv, 2, 0)
    scores = jnp.einsum("bnhd,bmhd->bhnm", query, key) * (dim // heads) ** -0.5
    mixed = jnp.einsum("bhnm,bmhd->bnhd", jax.nn.softmax(scores), value)
    return dense(p["output"], mixed.reshape(batch, tokens, dim))


def vit(p, images, variant):
    patch, heads = variant["model.patch"], variant["model.heads"]
    batch, height, width, channels = images.shape
    grid = (height // patch, patch, width // patch, patch * channels)
    patches = images.reshape(batch, *grid).transpose(0, 1, 3, 2, 4)
    tokens = (height // patch) * (width // patch)
    x = dense(p["embed"], patches.reshape(batch, tokens, -1)) + p["positions"]
    for block in p["blocks"]:
        x = x + attention(block, normalize(block["norm1"], x, -1), heads)
        hidden = dense(block["expand"], normalize(block["norm2"], x, -1))
        x = x + dense(block["contract"], jax.nn.gelu(hidden))
    return dense(p["classifier"], normalize(p["norm"], x, -1).mean(1))


def stages(variant):
    """Inputs, outputs and stride of every residual block."""
    widths = [int(width) for width in variant["model.widths"].split("-")]
    inputs = widths[0]
    for stage, outputs in enumerate(widths):
        for block in range(variant["model.blocks"]):
            yield inputs, outputs, 2 if stage > 0 and block == 0 else 1
            inputs = outputs


def cnn_parameters(variant):
    draw = Initializer()
    shapes = list(stages(variant))
    blocks = []
    for inputs, outputs, stride in shapes:
        block = {
            "first": draw.convolution(inputs, outputs),
            "second": draw.convolution(outputs, outputs),
        }
        if inputs != outputs or stride != 1:
            block["shortcut"] = draw.convolution(inputs, outputs, 1)
        blocks.append(block)
    return {
        "stem": draw.convolution(workload["channels"], shapes[0][0]),
        "blocks": blocks,
        "classifier": draw.dense(shapes[-1][1], workload["classes"]),
    }


def convolution(p, x, stride=1):
    x = jax.lax.conv_general_dilated(
        x,
        p["kernel"],
        (stride, stride),
        "SAME",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )
    return normalize(p["norm"], x, (0, 1, 2))


def cnn(p, images, variant):
    stem_stride = variant.get("model.stemStride", 1)
    x = jax.nn.relu(convolution(p["stem"], images, stem_stride))
    for block, (_, _, stride) in zip(p["blocks"], stages(variant)):
        y = jax.nn.relu(convolution(block["first"], x, stride))
        y = convolution(block["second"], y)
        shortcut = block.get("shortcut")
        x = jax.nn.relu(y + (convolution(shortcut, x, stride) if shortcut else x))
    return dense(p["classifier"], x.mean((1, 2)))


NETWORKS = {"vit": (vit_parameters, vit), "cnn": (cnn_parameters, cnn)}


def adamw(parameters, gradients, state):
    step, first, second = state
    step = step + 1
    mean = functools.partial(jax.tree.map, lambda m, g: BETA1 * m + (1 - BETA1) * g)
    square = functools.partial(
        jax.tree.map, lambda v, g: BETA2 * v + (1 - BETA2) * g * g
    )
    first, second = mean(first, gradients), square(second, gradients)

    def update(p, m, v):
        denominator = jnp.sqrt(v / (1 - BETA2**step)) + EPSILON
        decayed = p * (1 - LEARNING_RATE * WEIGHT_DECAY)
        return decayed - LEARNING_RATE * (m / (1 - BETA1**step)) / denominator

    return jax.tree.map(update, parameters, first, second), (step, first, second)


def training_step(variant):
    make_parameters, apply = NETWORKS[variant["model"]]
    batch, classes = workload["batch"], workload["classes"]
    shape = (batch, workload["height"], workload["width"], workload["channels"])
    images = jax.random.normal(jax.random.PRNGKey(0), shape)
    labels = jax.nn.one_hot(jnp.arange(batch) % classes, classes)

    def loss_of(parameters, images, labels):
        logits = apply(parameters, images, variant)
        return -(jax.nn.log_softmax(logits) * labels).sum(-1).mean()

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def step(parameters, state, images, labels):
        loss, gradients = jax.value_and_grad(loss_of)(parameters, images, labels)
        return *adamw(parameters, gradients, state), loss

    parameters = make_parameters(variant)
    zeros = functools.partial(jax.tree.map, jnp.zeros_like)
    state = (jnp.zeros(()), zeros(parameters), zeros(parameters))

    def take_step():
        nonlocal parameters, state
        parameters, state, loss = step(parameters, state, images, labels)
        return loss

    return take_step


if __name__ == "__main__":
    serve([training_step(variant) for variant in variants])
