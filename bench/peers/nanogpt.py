"""A recipe on the characters of a text in PyTorch, float32 on the CPU: nanoGPT's model, batches and training loop.

Usage: python3 bench/peers/nanogpt.py input.txt RECIPE, a recipe as JSON: what a run's config.json has.
Answers a line of standard input with a line of JSON: `train N` with the seconds of N steps more, `evaluate SPLIT N` with
the loss on N batches of windows that are spread evenly over `train` or `validation`, and `random SPLIT N` with that
on N batches of random windows, as nanoGPT reads them.
"""
import json
import math
import sys
import time

import torch
from torch.nn import functional as F

path, recipe = sys.argv[1], json.loads(sys.argv[2])
model_settings, training = recipe["model"], recipe["training"]
L, H, C = (model_settings[name] for name in ("nLayer", "nHead", "nEmbd"))
rate = model_settings.get("dropout", 0)
B, T = training["batchSize"], training["blockSize"]
torch.manual_seed(training["seed"])
text = open(path, encoding="utf-8").read()
ids = {character: i for i, character in enumerate(sorted(set(text)))}
V = len(ids)
data = torch.tensor([ids[character] for character in text])
border = int(0.9 * len(data))
splits = {"train": data[:border], "validation": data[border:]}


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

    def drop(self, x):
        return F.dropout(x, rate, self.training) if rate > 0 else x

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = (part.view(b, t, H, C // H).transpose(1, 2) for part in self.c_attn(self.ln_1(x)).split(C, 2))
        scores = (q @ k.transpose(-2, -1)) / math.sqrt(C // H)
        weights = self.drop(scores.masked_fill(self.mask[:, :, :t, :t] == 0, float("-inf")).softmax(-1))
        x = x + self.drop(self.attn_c_proj((weights @ v).transpose(1, 2).reshape(b, t, C)))
        return x + self.drop(self.mlp_c_proj(F.gelu(self.c_fc(self.ln_2(x)))))


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
        hidden = F.dropout(hidden, rate, self.training) if rate > 0 else hidden
        for block in self.h:
            hidden = block(hidden)
        return F.cross_entropy((self.ln_f(hidden) @ self.wte.weight.t()).view(-1, V), y.reshape(-1))


def windows(split, starts):
    return (torch.stack([split[s + shift : s + shift + T] for s in starts]) for shift in (0, 1))


def random_batch(split):
    return windows(split, torch.randint(len(split) - T, (B,)))


def learning_rate(step):
    peak, floor, warmup = (training[name] for name in ("learningRate", "minLearningRate", "warmupIters"))
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    progress = min(1, (step - warmup) / (training["lrDecayIters"] - warmup))
    return floor + 0.5 * (1 + math.cos(math.pi * progress)) * (peak - floor)


model = GPT()
matrices = [p for p in model.parameters() if p.dim() >= 2]
vectors = [p for p in model.parameters() if p.dim() < 2]
groups = [{"params": matrices, "weight_decay": training["weightDecay"]}, {"params": vectors, "weight_decay": 0.0}]
optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(training["beta1"], training["beta2"]))


def train(first, last):
    for step in range(first, last):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step)
        loss = model.loss(*random_batch(splits["train"]))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), training["gradClip"])
        optimizer.step()


@torch.no_grad()
def mean_loss(batches):
    model.eval()
    losses = [model.loss(*batch).item() for batch in batches]
    model.train()
    return sum(losses) / len(losses)


def even_batches(split, count):
    starts = [int((i + 0.5) * (len(split) - T) / (count * B)) for i in range(count * B)]
    return (windows(split, starts[i : i + B]) for i in range(0, len(starts), B))


print(json.dumps({"version": f"PyTorch {torch.__version__}"}), flush=True)
done = 0
for line in sys.stdin:
    request, *arguments, count = line.split()
    count = int(count)
    if request == "train":
        start = time.perf_counter()
        train(done, done + count)
        done += count
        answer = {"seconds": time.perf_counter() - start}
    else:
        split = splits[arguments[0]]
        batches = even_batches(split, count) if request == "evaluate" else (random_batch(split) for _ in range(count))
        answer = {"loss": mean_loss(batches)}
    print(json.dumps(answer), flush=True)
