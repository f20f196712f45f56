"""Goes on with the tinyllm run in this folder on PyTorch, on as many processes as torchrun starts.

    torchrun --standalone --nproc_per_node=gpu train.py       # every card of this machine
    torchrun --nproc_per_node=2 train.py --device cpu         # two processes without a card
    python train.py                                           # one process

Steps are those of the run: its tokens in its order, its schedule, its evaluation windows. A step's rows are dealt out
among the processes, so their number changes no result but by rounding. Killed, it goes on from the last checkpoint.
"""
import argparse
import contextlib
import json
import math
import os
import time
from pathlib import Path

import torch
import torch.distributed as dist
from checkpoint import Checkpoint, replace
from model import GPT
from torch.nn.parallel import DistributedDataParallel
from windows import Windows


def learning_rate(step, training):
    """The schedule of the run: linear warm-up, then cosine, linear, constant or wsd (warm-up, stable, decay)."""
    peak, kind = training["learningRate"], training["schedule"]
    warmup, end = training["warmupIters"], training["lrDecayIters"]
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    if kind == "constant":
        return peak
    if step >= end:
        return training["minLearningRate"]
    progress = (step - warmup) / (end - warmup)
    if kind == "cosine":
        share = 0.5 * (1 + math.cos(math.pi * progress))
    elif kind == "linear":
        share = 1 - progress
    else:
        stable = (max(warmup, end * 0.8) - warmup) / max(1, end - warmup)
        share = min(1, (1 - progress) / (1 - stable))
    return training["minLearningRate"] + share * (peak - training["minLearningRate"])


class Training:
    """A run on this process, which is number `rank` of `world`."""

    def __init__(self, folder, device, precision):
        self.folder, self.device = folder, device
        self.rank, self.world = dist.get_rank(), dist.get_world_size()
        self.config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.settings = self.config["recipe"]["training"]
        separator = self.config["exported"].get("separator") if self.settings["withinDocuments"] else None
        block_size = self.settings["blockSize"]
        self.train, self.validation = (Windows(folder / "data", s, block_size, separator) for s in ("train", "val"))
        rows = self.settings["gradientAccumulationSteps"] * self.settings["batchSize"]
        if self.world > rows:
            raise SystemExit(f"A step has {rows} rows, too few for {self.world} processes. Start at most {rows}.")
        self.autocast = contextlib.nullcontext()
        if precision != "float32":
            self.autocast = torch.autocast(device.type, dtype=getattr(torch, precision))
        torch.manual_seed(self.settings["seed"] * self.world + self.rank)  # of dropout
        self.restore()

    def restore(self):
        """Model, moments and progress of the newest checkpoint: the first process reads it, so one needs to have it."""
        gpt = GPT(self.config["model"]).to(self.device)
        self.parameters = dict(gpt.named_parameters())
        matrices = [p for p in gpt.parameters() if p.dim() >= 2]
        vectors = [p for p in gpt.parameters() if p.dim() < 2]
        groups = [
            {"params": matrices, "weight_decay": self.settings["weightDecay"]},
            {"params": vectors, "weight_decay": 0.0},
        ]
        betas = (self.settings["beta1"], self.settings["beta2"])
        self.optimizer = torch.optim.AdamW(groups, lr=0.0, betas=betas, eps=1e-8)
        self.checkpoint = Checkpoint(self.folder) if self.rank == 0 else None
        told = [(self.checkpoint.trainer, self.checkpoint.optimizer_step) if self.checkpoint else None]
        dist.broadcast_object_list(told, 0)
        self.trainer, step = told[0]
        self.progress = self.trainer["progress"]
        for name, parameter in self.parameters.items():
            m, v = torch.zeros_like(parameter), torch.zeros_like(parameter)
            if self.checkpoint:
                parameter.data.copy_(self.checkpoint.parameter(name))
                m.copy_(self.checkpoint.moments[f"m.{name}"])
                v.copy_(self.checkpoint.moments[f"v.{name}"])
            for tensor in (parameter.data, m, v):
                dist.broadcast(tensor, 0)
            state = {"step": torch.tensor(float(step)), "exp_avg": m, "exp_avg_sq": v}
            self.optimizer.state[parameter] = state
        self.model = DistributedDataParallel(gpt)
        self.begun = time.perf_counter()
        if self.rank == 0:
            with open(self.folder / "metrics.jsonl", "ab") as metrics:  # back to what the checkpoint knows of
                metrics.truncate(self.trainer["logs"]["metrics.jsonl"])

    @property
    def seconds(self):
        """How long the run took so far, before this process too."""
        return self.trainer["seconds"] + time.perf_counter() - self.begun

    def share_of(self, count):
        """The first and the last but one of `count` rows that are this process's."""
        return count * self.rank // self.world, count * (self.rank + 1) // self.world

    def batches(self, windows, rows):
        """Batches of at most `batchSize` of the rows, in order."""
        size = self.settings["batchSize"]
        for at in range(0, len(rows), size):
            x, y = windows(rows[at : at + size])
            yield x.to(self.device), y.to(self.device)

    def sum_over_processes(self, *numbers):
        total = torch.tensor(numbers, dtype=torch.float64, device=self.device)
        dist.all_reduce(total)
        return total.tolist()

    @torch.no_grad()
    def evaluate(self, split):
        """Mean loss, in nats per token, of the windows that tinyllm evaluates."""
        count = self.settings["evalIters"] * self.settings["batchSize"]
        first, end = self.share_of(count)
        self.model.eval()
        loss = targets = 0
        for x, y in self.batches(lambda rows: split.even(rows, count), range(first, end)):
            with self.autocast:
                loss += self.model.module(x, y).item()
            targets += (y >= 0).sum().item()
        self.model.train()
        loss, targets = self.sum_over_processes(loss, targets)
        return loss / targets

    def take_step(self):
        """One step; gives its loss and the norm of its gradient."""
        step, settings = self.progress["step"], self.settings
        count = settings["gradientAccumulationSteps"] * settings["batchSize"]
        first, end = self.share_of(count)
        rows = range(step * count + first, step * count + end)
        batches = list(self.batches(lambda rows: self.train.random(rows, settings["seed"]), rows))
        (targets,) = self.sum_over_processes(sum((y >= 0).sum().item() for _, y in batches))
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(step, settings)
        loss = 0
        for i, (x, y) in enumerate(batches):
            with contextlib.nullcontext() if i == len(batches) - 1 else self.model.no_sync():
                with self.autocast:
                    part = self.model(x, y) * (self.world / max(1, targets))
                part.backward()  # whose average over the processes is the gradient of the mean over all targets
            loss += part.item()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), settings["gradClip"] or math.inf).item()
        (loss,) = self.sum_over_processes(loss / self.world)
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise SystemExit(f"Step {step} has the loss {loss} and the gradient norm {norm}. The last checkpoint is good.")
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss, norm

    def tell_evaluation(self):
        """Evaluates, and notes it in the run unless it was noted before."""
        step, before = self.progress["step"], self.progress.get("lastEvaluation")
        train, validation = self.evaluate(self.train), self.evaluate(self.validation)
        event = {"type": "evaluation", "step": step, "train": {"loss": train}, "validation": {"loss": validation}}
        self.say(f"step {step}: train loss {train:.4f}, validation loss {validation:.4f}")
        if before and before["step"] == step:
            known = before["validation"]["loss"]
            self.say(f"tinyllm's validation loss there was {known:.4f}, {abs(known - validation):.1e} away")
            return
        if step % self.settings["evalInterval"] > 0 and step < self.settings["maxIters"]:
            return  # only to see where it begins
        self.note(event)
        improved = "best" not in self.progress or validation < self.progress["best"]["loss"]
        self.progress["lastEvaluation"] = event
        if improved:
            self.progress["best"] = {"step": step, "loss": validation}
        self.progress["evaluationsSinceBest"] = 0 if improved else self.progress["evaluationsSinceBest"] + 1

    def run(self, max_iters):
        settings = self.settings
        tokens = settings["gradientAccumulationSteps"] * settings["batchSize"] * settings["blockSize"]
        self.tell_evaluation()
        last = time.perf_counter(), self.progress["step"]
        while self.progress["step"] < max_iters:
            step = self.progress["step"]
            loss, norm = self.take_step()
            self.progress["step"] += 1
            self.progress["tokensSeen"] += tokens
            if step % settings["logInterval"] == 0 or step == max_iters - 1:
                event = {"type": "step", "step": step, "loss": loss, "learningRate": learning_rate(step, settings)}
                self.note({**event, "gradientNorm": norm, "tokensSeen": self.progress["tokensSeen"]})
                now = time.perf_counter(), step + 1
                rate = tokens * (now[1] - last[1]) / (now[0] - last[0])
                last = now
                self.say(f"step {step}: loss {loss:.4f}, {rate:,.0f} tokens/s")
            if self.progress["step"] % settings["evalInterval"] == 0 or self.progress["step"] == max_iters:
                self.tell_evaluation()
                self.save()

    def save(self):
        if self.rank > 0:
            return
        with open(self.folder / "metrics.jsonl", "ab") as metrics:
            os.fsync(metrics.fileno())
            self.trainer["logs"]["metrics.jsonl"] = metrics.tell()
        states = {name: self.optimizer.state[parameter] for name, parameter in self.parameters.items()}
        moments = {f"m.{name}": state["exp_avg"] for name, state in states.items()}
        moments |= {f"v.{name}": state["exp_avg_sq"] for name, state in states.items()}
        step = int(next(iter(states.values()))["step"])
        trainer = {**self.trainer, "seconds": self.seconds, "progress": self.progress}
        self.checkpoint.write(self.folder, trainer, self.parameters, moments, step)

    def note(self, event):
        if self.rank == 0:
            with open(self.folder / "metrics.jsonl", "a", encoding="utf-8", newline="\n") as metrics:
                metrics.write(json.dumps({**event, "seconds": self.seconds}) + "\n")

    def say(self, text):
        if self.rank == 0:
            print(text, flush=True)


def join(device):
    """Joins the processes that torchrun, or Ray, started; alone where nobody did. Gives this one's device."""
    if device == "cuda":
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)))
    if not dist.is_initialized():
        backend = "nccl" if device == "cuda" else "gloo"
        alone = {} if "RANK" in os.environ else {"store": dist.HashStore(), "rank": 0, "world_size": 1}
        dist.init_process_group(backend, **alone)
    return torch.device(device, torch.cuda.current_device()) if device == "cuda" else torch.device(device)


def main(folder, max_iters=None, device=None, precision="float32"):
    device = join(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    training = Training(Path(folder).resolve(), device, precision)
    settings, versions = training.settings, training.config["versions"]
    settings["maxIters"] = max_iters or settings["maxIters"]
    name = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
    versions["pytorch"] = f"{torch.__version__} on {training.world} × {name}, {precision}"
    if training.rank == 0:
        replace(training.folder / "config.json", json.dumps(training.config, indent=2) + "\n")
    training.run(settings["maxIters"])
    dist.barrier()  # no process ends while the first one still saves
    training.say(f"Take it back with:  npx @tinyllm/cli import {training.folder}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", default=Path(__file__).parent, help="of the run; default: the one this is in")
    parser.add_argument("--max-iters", type=int, help="steps in all, if not as many as the run's")
    parser.add_argument("--device", choices=["cuda", "cpu"], help="default: cuda where there is a card")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32", help="of activations")
    main(**vars(parser.parse_args()))
    dist.destroy_process_group()
