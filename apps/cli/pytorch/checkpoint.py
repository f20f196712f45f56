"""Checkpoints of a tinyllm run, which tinyllm and Hugging Face open: reading the newest, writing the next."""
import hashlib
import json
import os
import re
import shutil

import torch
from safetensors_file import read_safetensors, write_safetensors

KEPT = 2  # newest checkpoints that are kept, besides the best


class Checkpoint:
    """The checkpoint that `latest` points at: `trainer`, and tensors by tinyllm's name of their parameter."""

    def __init__(self, run):
        self.folder = run / "checkpoints" / (run / "latest").read_text(encoding="utf-8").strip()
        for name, file in json.loads((self.folder / "MANIFEST.json").read_text(encoding="utf-8"))["files"].items():
            if (self.folder / name).stat().st_size != file["size"] or sha256(self.folder / name) != file["sha256"]:
                raise SystemExit(f"{self.folder} is damaged: {name} is not what was written. Point `latest` at another.")
        self.trainer = json.loads((self.folder / "trainer.json").read_text(encoding="utf-8"))
        self.card = (self.folder / "README.md").read_text(encoding="utf-8")
        self.layout = Layout(
            json.loads((run / "config.json").read_text(encoding="utf-8"))["model"],
            json.loads((self.folder / "config.json").read_text(encoding="utf-8")).get("model_type"),
        )
        self.stored, self.metadata = read_safetensors(self.folder / "model.safetensors")
        self.moments, optimizer = read_safetensors(self.folder / "optimizer.safetensors")
        self.optimizer_step = int(optimizer["step"])

    def parameter(self, name):
        return self.layout.joined(name, self.stored)

    def write(self, run, trainer, parameters, moments, optimizer_step):
        """Writes the next checkpoint of the run: under a temporary name, flushed, then renamed."""
        step = trainer["progress"]["step"]
        folder = run / "checkpoints" / f"step-{step:08d}"
        temporary = folder.with_name("." + folder.name)
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.copytree(self.folder, temporary)  # config, tokenizer, model card
        note = f"\n> After step {step} in PyTorch; `tinyllm import` brings this card up to date.\n"
        (temporary / "README.md").write_text(self.card + note, encoding="utf-8")
        stored = dict(self.stored)  # with the zeros that Hugging Face's GPT-2 has where a run has no biases
        for name, value in parameters.items():
            stored.update(self.layout.parted(name, value, self.stored))
        write_safetensors(temporary / "model.safetensors", stored, self.metadata)
        metadata = {"format": "pt", "step": str(optimizer_step)}
        write_safetensors(temporary / "optimizer.safetensors", moments, metadata)
        write_json(temporary / "trainer.json", trainer)
        names = sorted(path.name for path in temporary.iterdir() if path.name != "MANIFEST.json")
        files = {name: {"size": (temporary / name).stat().st_size, "sha256": sha256(temporary / name)} for name in names}
        write_json(temporary / "MANIFEST.json", {"files": files})
        for path in [*temporary.iterdir(), temporary]:
            flush(path)
        shutil.rmtree(folder, ignore_errors=True)  # of an earlier try, which no pointer knows of
        temporary.rename(folder)
        flush(folder.parent)
        self.folder = folder
        replace(run / "latest", folder.name + "\n")
        best = trainer["progress"].get("best", {}).get("step")
        if best == step:
            replace(run / "best", folder.name + "\n")
        prune(run)


class Layout:
    """Where the tensors of Hugging Face's models are, of which a parameter of tinyllm may be several, transposed."""

    LLAMA = {
        "wte": ["model.embed_tokens"],
        "ln_f": ["model.norm"],
        "lm_head": ["lm_head"],
        "ln_1": ["input_layernorm"],
        "attn.c_attn": ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"],
        "attn.c_proj": ["self_attn.o_proj"],
        "ln_2": ["post_attention_layernorm"],
        "mlp.c_fc": ["mlp.gate_proj", "mlp.up_proj"],
        "mlp.c_proj": ["mlp.down_proj"],
    }

    def __init__(self, config, family):
        self.is_llama = family == "llama"
        self.is_prefixed = family == "gpt2" and not config["tieEmbeddings"]

    def names(self, name):
        """The tensors that hold a parameter, side by side."""
        if not self.is_llama:
            return ["transformer." + name if self.is_prefixed and not name.startswith("lm_head") else name]
        layer, module, kind = re.fullmatch(r"(?:h\.(\d+)\.)?(.+)\.(weight|bias)", name).groups()
        prefix = "" if layer is None else f"model.layers.{layer}."
        return [f"{prefix}{part}.{kind}" for part in self.LLAMA[module]]

    def is_transposed(self, name, tensor):
        return self.is_llama and name.startswith("h.") and tensor.dim() == 2

    def joined(self, name, stored):
        """A parameter of tinyllm from Hugging Face's tensors."""
        tensor = torch.cat([stored[part] for part in self.names(name)])
        return tensor.t().contiguous() if self.is_transposed(name, tensor) else tensor

    def parted(self, name, tensor, like):
        """Hugging Face's tensors, as long as those in `like`, from a parameter of tinyllm."""
        names = self.names(name)
        whole = tensor.t() if self.is_transposed(name, tensor) else tensor
        return dict(zip(names, whole.split([len(like[part]) for part in names])))


def prune(run):
    """Removes all checkpoints but the newest and those that `latest` and `best` point at, and what a kill left."""
    folders = sorted((run / "checkpoints").iterdir())
    kept = {path.name for path in [path for path in folders if path.name.startswith("step-")][-KEPT:]}
    pointers = [path for path in (run / "latest", run / "best") if path.exists()]
    kept |= {path.read_text(encoding="utf-8").strip() for path in pointers}
    for path in folders:
        if path.name not in kept:
            shutil.rmtree(path)


def replace(path, text):
    """Writes a file that has its old content until it has all of the new."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    flush(temporary)
    os.replace(temporary, path)


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def flush(path):
    """Waits until the disk has a file or folder."""
    if os.name == "nt" and path.is_dir():
        return  # a folder cannot be opened there
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for part in iter(lambda: file.read(1 << 20), b""):
            digest.update(part)
    return digest.hexdigest()
