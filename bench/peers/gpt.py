"""A GPT as nanoGPT has it, in eager float32 PyTorch: the peer of `pnpm bench train` and `pnpm bench sample`.

Answers one request a line on standard input with one line of JSON: `train N` takes N steps, `sample N` draws N tokens
without a cache; both give seconds. Its argument is a JSON object with the sizes.
"""
import json
import math
import sys
import time

import torch
from torch.nn import functional as F

size = json.loads(sys.argv[1])
B, T, V, C, H, L = (size[k] for k in ("batchSize", "blockSize", "vocabSize", "nEmbd", "nHead", "nLayer"))
torch.manual_seed(1)
torch.set_num_threads(size["threads"])


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = (torch.nn.LayerNorm(C) for _ in range(2))
        self.c_attn, self.c_proj = (torch.nn.Linear(C, n * C, bias=False) for n in (3, 1))
        self.c_fc, self.mlp_proj = torch.nn.Linear(C, 4 * C, bias=False), torch.nn.Linear(4 * C, C, bias=False)
        self.register_buffer("mask", torch.tril(torch.ones(T, T)).view(1, 1, T, T), persistent=False)

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = (part.view(b, t, H, C // H).transpose(1, 2) for part in self.c_attn(self.ln_1(x)).split(C, dim=2))
        scores = (q @ k.transpose(-2, -1)) / math.sqrt(C // H)
        weights = scores.masked_fill(self.mask[:, :, :t, :t] == 0, float("-inf")).softmax(-1)
        x = x + self.c_proj((weights @ v).transpose(1, 2).reshape(b, t, C))
        return x + self.mlp_proj(F.gelu(self.c_fc(self.ln_2(x))))


class GPT(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = torch.nn.Embedding(V, C), torch.nn.Embedding(T, C)
        self.h = torch.nn.ModuleList(Block() for _ in range(L))
        self.ln_f = torch.nn.LayerNorm(C)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                torch.nn.init.normal_(parameter, std=0.02)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
        for block in self.h:
            x = block(x)
        return self.ln_f(x) @ self.wte.weight.t()


model = GPT()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1)


def train(steps):
    for _ in range(steps):
        ids = torch.randint(0, V, (B, T + 1))
        loss = F.cross_entropy(model(ids[:, :-1]).reshape(-1, V), ids[:, 1:].reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()


print(json.dumps({"version": f"PyTorch {torch.__version__}"}), flush=True)
for line in sys.stdin:
    _, count = line.split()
    start = time.perf_counter()
    train(int(count))
    print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
