"""tiktoken and Hugging Face tokenizers, asked by peers.test.ts and `pnpm bench tokenizers`.

Reads one JSON request a line on stdin and answers each with one JSON line on stdout.
Needs: pip install tiktoken tokenizers (and transformers, for AutoTokenizer).
"""

import hashlib
import importlib.metadata
import json
import os
import sys
import time
from array import array


def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def tiktoken_encoder(request):
    """An Encoding of the vocabulary of a tokenizer.json, whose ids ascend with rank."""
    import tiktoken
    from tokenizers.pre_tokenizers import ByteLevel

    data = json.loads(read(request["tokenizer"]))
    special = {token["content"]: token["id"] for token in data["added_tokens"]}
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in printable]
    byte_of = {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(rest)}
    assert set(byte_of) == set(ByteLevel.alphabet())
    ranks = {
        bytes(byte_of[letter] for letter in token): rank
        for token, rank in data["model"]["vocab"].items()
        if token not in special
    }
    encoding = tiktoken.Encoding(
        "peer", pat_str=request["pattern"], mergeable_ranks=ranks, special_tokens=special
    )
    return lambda text: encoding.encode(text, allowed_special="all"), encoding.decode


def tokenizers_encoder(request):
    """From a tokenizer.json, or from GPT-2's own vocab.json and merges.txt."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    if "tokenizer" in request:
        tokenizer = Tokenizer.from_file(request["tokenizer"])
    else:
        tokenizer = Tokenizer(models.BPE.from_file(request["vocab"], request["merges"]))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.add_special_tokens(["<|endoftext|>"])
    return (
        lambda text: tokenizer.encode(text, add_special_tokens=False).ids,
        lambda ids: tokenizer.decode(ids, skip_special_tokens=False),
    )


def auto_encoder(request):
    """AutoTokenizer, from a folder."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(request["folder"])
    return (
        lambda text: tokenizer(text)["input_ids"],
        lambda ids: tokenizer.decode(ids, skip_special_tokens=False),
    )


encoders = {"tiktoken": tiktoken_encoder, "tokenizers": tokenizers_encoder, "transformers": auto_encoder}
made = {}


def encoder(request):
    key = json.dumps({name: request.get(name) for name in ("peer", "tokenizer", "vocab", "folder")})
    if key not in made:
        made[key] = encoders[request["peer"]](request)
    return made[key]


def train(request):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    texts = read(request["file"]).split("<|endoftext|>")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=request["vocabSize"],
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    start = time.perf_counter()
    tokenizer.train_from_iterator(texts, trainer)
    seconds = time.perf_counter() - start
    if "save" in request:
        tokenizer.save(request["save"])
    return {"seconds": seconds}


def answer(request):
    if request["do"] == "versions":
        return {name: version(name) for name in ("tiktoken", "tokenizers", "transformers")}
    if request["do"] == "train":
        return train(request)
    encode, decode = encoder(request)
    if request["do"] == "encode":
        ids = [encode(text) for text in request["texts"]]
        return {"ids": ids, "texts": [decode(row) for row in ids]}
    text = read(request["file"])
    texts = text.split(request["separator"]) if "separator" in request else [text]
    start = time.perf_counter()
    rows = [encode(each) for each in texts]
    seconds = time.perf_counter() - start
    ids = [id for row in rows for id in row]
    return {"seconds": seconds, "count": len(ids), "sha256": hashlib.sha256(array("i", ids).tobytes()).hexdigest()}


os.environ.setdefault("RAYON_NUM_THREADS", "2")
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
