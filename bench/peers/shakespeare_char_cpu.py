"""The recipe shakespeare-char-cpu in PyTorch, float32 on the CPU: what its validation loss is, and how far it strays.

Usage: python3 bench/peers/shakespeare_char_cpu.py input.txt SEED [STEPS]
Prints five means of 20 random validation batches, as nanoGPT reads them, and one of 1,000.

With `serve` for STEPS it is the peer of `pnpm bench time-to-loss`: it answers `train N` on standard input with the
seconds of N steps more, and then the loss on validation windows that are spread evenly, 200 batches of them.
"""
import json
import math
import sys
import time

import torch
from torch.nn import functional as F

path, seed = sys.argv[1], int(sys.argv[2])
serves = sys.argv[3:] == ["serve"]
steps = int(sys.argv[3]) if len(sys.argv) > 3 and not serves else 2000
torch.manual_seed(seed)
text = open(path).read()
ids = {character: i for i, character in enumerate(sorted(set(text)))}
data = torch.tensor([ids[character] for character in text])
train_split, validation = data[: int(0.9 * len(data))], data[int(0.9 * len(data)) :]
B, T, V, C, H, L = 12, 64, len(ids), 128, 4, 4


class LayerNorm(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(C))

    def forward(self, x):
        return F.layer_norm(x, (C,), self.weight, None, 1e-5)


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = LayerNorm(), LayerNorm()
        self.c_attn, self.attn_c_proj = (torch.nn.Linear(C, n * C, bias=False) for n in (3, 1))
        self.c_fc, self.mlp_c_proj = torch.nn.Linear(C, 4 * C, bias=False), torch.nn.Linear(4 * C, C, bias=False)
        self.register_buffer("mask", torch.tril(torch.ones(T, T)).view(1, 1, T, T))

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = (part.view(b, t, H, C // H).transpose(1, 2) for part in self.c_attn(self.ln_1(x)).split(C, 2))
        scores = (q @ k.transpose(-2, -1)) / math.sqrt(C // H)
        weights = scores.masked_fill(self.mask[:, :, :t, :t] == 0, float("-inf")).softmax(-1)
        x = x + self.attn_c_proj((weights @ v).transpose(1, 2).reshape(b, t, C))
        return x + self.mlp_c_proj(F.gelu(self.c_fc(self.ln_2(x))))


class GPT(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = torch.nn.Embedding(V, C), torch.nn.Embedding(T, C)
        self.h = torch.nn.ModuleList(Block() for _ in range(L))
        self.ln_f = LayerNorm()
        for name, parameter in self.named_parameters():
            if parameter.dim() > 1:
                residual = 1 / math.sqrt(2 * L) if name.endswith("c_proj.weight") else 1
                torch.nn.init.normal_(parameter, std=0.02 * residual)

    def loss(self, x, y):
        hidden = self.wte(x) + self.wpe(torch.arange(T))
        for block in self.h:
            hidden = block(hidden)
        return F.cross_entropy((self.ln_f(hidden) @ self.wte.weight.t()).view(-1, V), y.reshape(-1))


def batch(split):
    starts = torch.randint(len(split) - T, (B,))
    return torch.stack([split[i : i + T] for i in starts]), torch.stack([split[i + 1 : i + 1 + T] for i in starts])


def learning_rate(step):
    if step < 100:
        return 1e-3 * (step + 1) / 101
    return 1e-4 + 0.5 * (1 + math.cos(math.pi * min(1, (step - 100) / 1900))) * 9e-4


@torch.no_grad()
def evaluate(batches):
    return sum(model.loss(*batch(validation)).item() for _ in range(batches)) / batches


model = GPT()
matrices = [p for p in model.parameters() if p.dim() >= 2]
vectors = [p for p in model.parameters() if p.dim() < 2]
groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99))


def train(first, last):
    for step in range(first, last):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step)
        loss = model.loss(*batch(train_split))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()


@torch.no_grad()
def evenly(batches):
    starts = [int((i + 0.5) * (len(validation) - T) / (batches * B)) for i in range(batches * B)]
    total = 0.0
    for i in range(0, len(starts), B):
        rows = starts[i : i + B]
        x, y = (torch.stack([validation[s + shift : s + shift + T] for s in rows]) for shift in (0, 1))
        total += model.loss(x, y).item()
    return total / batches


if serves:
    print(json.dumps({"version": f"PyTorch {torch.__version__}"}), flush=True)
    step = 0
    for line in sys.stdin:
        count = int(line.split()[1])
        start = time.perf_counter()
        train(step, step + count)
        seconds = time.perf_counter() - start
        step += count
        print(json.dumps({"seconds": seconds, "loss": evenly(200)}), flush=True)
else:
    train(0, steps)
    means = [round(evaluate(20), 4) for _ in range(5)]
    print("seed", seed, "20 batches", means, "1,000 batches", round(evaluate(1000), 4))
