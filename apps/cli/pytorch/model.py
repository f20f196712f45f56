"""The GPT of a tinyllm run in PyTorch. Parameters have the names and the [in, out] orientation of tinyllm and GPT-2.

Shapes: B batch, T time, C embedding width, H heads, K heads of keys and values, D head size, F width of the MLP, V vocabulary.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F


class Linear(nn.Module):
    """x @ weight + bias, weight [in, out]."""

    def __init__(self, inputs, outputs, bias):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.empty(outputs)) if bias else None

    def forward(self, x):
        y = x @ self.weight
        return y if self.bias is None else y + self.bias


class Norm(nn.Module):
    """Layer normalization as in GPT-2, or root-mean-square normalization as in Llama."""

    def __init__(self, width, config, kind=None):
        super().__init__()
        self.rms, self.epsilon = (kind or config["norm"]) == "rms", config["normEpsilon"]
        self.weight = nn.Parameter(torch.empty(width))
        self.bias = nn.Parameter(torch.empty(width)) if config["bias"] and not self.rms else None

    def forward(self, x):
        if self.rms:
            return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.epsilon)


def rotate(x, theta):
    """Rotary positions of x [B, H, T, D]: the first half of a head pairs with the second."""
    T, D = x.shape[-2:]
    frequencies = 1 / theta ** (torch.arange(0, D, 2, device=x.device).float() / D)
    angles = torch.arange(T, device=x.device).float()[:, None] * frequencies  # [T, D/2]
    a, b = x.float().chunk(2, -1)
    turned = torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], -1)
    return turned.to(x.dtype)


def attend(q, k, v, dropout):
    """Causal attention, each [B, H, T, D]. PyTorch before 2.0 has no fused one."""
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True)
    T = q.shape[-2]
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # [B, H, T, T]
    future = torch.ones(T, T, dtype=torch.bool, device=q.device).triu(1)
    return F.dropout(scores.masked_fill(future, float("-inf")).softmax(-1), dropout) @ v


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        C, H, K = config["nEmbd"], config["nHead"], config["nKvHead"]
        self.c_attn = Linear(C, (H + 2 * K) * (C // H), config["bias"])  # queries, keys, values
        self.c_proj = Linear(C, C, config["bias"])
        if config["qkNorm"]:
            self.q_norm, self.k_norm = Norm(C // H, config, "rms"), Norm(C // H, config, "rms")

    def forward(self, x):
        (B, T, C), H, K = x.shape, self.config["nHead"], self.config["nKvHead"]
        D = C // H
        parts = self.c_attn(x).split([C, K * D, K * D], -1)
        q, k, v = (part.view(B, T, -1, D).transpose(1, 2) for part in parts)  # [B, H or K, T, D]
        if self.config["qkNorm"]:
            q, k = self.q_norm(q), self.k_norm(k)
        if self.config["position"] == "rope":
            q, k = (rotate(part, self.config["ropeTheta"]) for part in (q, k))
        k, v = (part.repeat_interleave(H // K, 1) for part in (k, v))
        y = attend(q, k, v, self.config["dropout"] if self.training else 0.0)
        return self.c_proj(y.transpose(1, 2).reshape(B, T, C))


class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.kind = config["mlp"]
        C, width = config["nEmbd"], config["nInner"]
        self.c_fc = Linear(C, 2 * width if self.kind == "swiglu" else width, config["bias"])
        self.c_proj = Linear(width, C, config["bias"])

    def forward(self, x):
        h = self.c_fc(x)
        if self.kind == "swiglu":
            gate, value = h.chunk(2, -1)
            return self.c_proj(F.silu(gate) * value)
        return self.c_proj(F.gelu(h, approximate="tanh" if self.kind == "gelu_tanh" else "none"))


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln_1, self.attn = Norm(config["nEmbd"], config), Attention(config)
        self.ln_2, self.mlp = Norm(config["nEmbd"], config), MLP(config)
        self.drop = nn.Dropout(config["dropout"])

    def forward(self, x):
        x = x + self.drop(self.attn(self.ln_1(x)))
        return x + self.drop(self.mlp(self.ln_2(x)))


class GPT(nn.Module):
    """Gives the sum of −log p of the targets that count; `config` is `model` of a run's config.json."""

    def __init__(self, config):
        super().__init__()
        V, C = config["vocabSize"], config["nEmbd"]
        self.wte = nn.Embedding(V, C)
        self.wpe = nn.Embedding(config["blockSize"], C) if config["position"] == "learned" else None
        self.drop = nn.Dropout(config["dropout"])
        self.h = nn.ModuleList(Block(config) for _ in range(config["nLayer"]))
        self.ln_f = Norm(C, config)
        self.lm_head = None if config["tieEmbeddings"] else nn.Linear(C, V, bias=False)

    def forward(self, ids, targets):  # both [B, T]; a target of -1 does not count
        x = self.wte(ids)  # [B, T, C]
        if self.wpe is not None:
            x = x + self.wpe(torch.arange(ids.shape[1], device=ids.device))
        x = self.drop(x)
        for block in self.h:
            x = block(x)
        head = self.wte.weight if self.lm_head is None else self.lm_head.weight
        logits = self.ln_f(x) @ head.t()  # [B, T, V]
        return F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten(), ignore_index=-1, reduction="sum")
