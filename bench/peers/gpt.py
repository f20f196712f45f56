"""A GPT as nanoGPT has it, in PyTorch: the peer of `pnpm bench train` and, on a graphics card, `pnpm bench gpu`.

Answers one request a line on standard input with one line of JSON: `train N` takes N steps, `sample N` draws N tokens
with a cache; both give seconds. Its argument is a JSON object with the sizes, and, where they are not the defaults, the
`device` (cpu), the `precision` (float32; tf32 or bfloat16) and whether to `compile` the training step.
"""
import contextlib
import json
import math
import sys
import time

import torch
from torch.nn import functional as F

size = json.loads(sys.argv[1])
B, T, V, C, H, L = (size[k] for k in ("batchSize", "blockSize", "vocabSize", "nEmbd", "nHead", "nLayer"))
device, precision = size.get("device", "cpu"), size.get("precision", "float32")
if device == "cuda" and not torch.cuda.is_available():
    sys.exit(f"PyTorch {torch.__version__} sees no card")
torch.manual_seed(1)
torch.set_num_threads(size["threads"])
torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")


def half():
    return torch.autocast(device, torch.bfloat16) if precision == "bfloat16" else contextlib.nullcontext()


def attend(q, k, v, mask):
    """Causal attention, by PyTorch's own operation where it has one."""
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, is_causal=q.shape[2] > 1)
    scores = (q @ k.transpose(-2, -1)) / math.sqrt(C // H)
    return scores.masked_fill(mask == 0, float("-inf")).softmax(-1) @ v


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = (torch.nn.LayerNorm(C) for _ in range(2))
        self.c_attn, self.c_proj = (torch.nn.Linear(C, n * C, bias=False) for n in (3, 1))
        self.c_fc, self.mlp_proj = torch.nn.Linear(C, 4 * C, bias=False), torch.nn.Linear(4 * C, C, bias=False)
        self.register_buffer("mask", torch.tril(torch.ones(T, T)).view(1, 1, T, T), persistent=False)

    def forward(self, x, cache=None, at=0):
        b, t, _ = x.shape
        q, k, v = (part.view(b, t, H, C // H).transpose(1, 2) for part in self.c_attn(self.ln_1(x)).split(C, dim=2))
        if cache is not None:
            cache[0][:, :, at : at + t], cache[1][:, :, at : at + t] = k, v
            k, v = (kept[:, :, : at + t] for kept in cache)
        y = attend(q, k, v, self.mask[:, :, at : at + t, : at + t])
        x = x + self.c_proj(y.transpose(1, 2).reshape(b, t, C))
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

    def forward(self, ids, caches=None, at=0):
        x = self.wte(ids) + self.wpe(torch.arange(at, at + ids.shape[1], device=ids.device))
        for block, cache in zip(self.h, caches or [None] * L):
            x = block(x, cache, at)
        return self.ln_f(x) @ self.wte.weight.t()


model = GPT().to(device)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1)
run = torch.compile(model) if size.get("compile") else model


def train(steps):
    for _ in range(steps):
        ids = torch.randint(0, V, (B, T + 1)).to(device)
        with half():
            loss = F.cross_entropy(run(ids[:, :-1]).reshape(-1, V), ids[:, 1:].reshape(-1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()


@torch.no_grad()
def sample(tokens):
    with half():
        dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        caches = [torch.zeros(2, 1, H, T, C // H, device=device, dtype=dtype) for _ in range(L)]
        token = torch.zeros(1, 1, dtype=torch.long, device=device)
        for at in range(tokens):
            values, ids = (model(token, caches, at)[:, -1].float() / 0.8).topk(min(40, V))
            token = ids.gather(1, torch.multinomial(values.softmax(-1), 1))
            token.item()


print(json.dumps({"version": f"PyTorch {torch.__version__}"}), flush=True)
for line in sys.stdin:
    request, count = line.split()
    start = time.perf_counter()
    (sample if request == "sample" else train)(int(count))
    print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
