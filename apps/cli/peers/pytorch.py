"""Answers a request of pytorch.test.ts, a JSON document on standard input, with what an exported folder computes."""
import json
import sys
from pathlib import Path

request = json.load(sys.stdin)
folder = Path(request["folder"])
sys.path.insert(0, str(folder))
import torch
from safetensors_file import read_safetensors, write_safetensors
from train import learning_rate
from windows import Windows, philox


def rows():
    """Inputs and targets of rows of training and of evaluation, in the options that were asked for."""
    for options in request["windows"]:
        windows = Windows(folder / "data", options["split"], options["blockSize"], options.get("separator"))
        drawn = [windows.random(options["rows"], options["seed"]), windows.even(options["rows"], options["count"])]
        yield [[part.flatten().tolist() for part in batch] for batch in drawn]


def round_trip():
    """Whether tensors that are written are read again, one of them from a transposed view."""
    tensors = {"a": torch.arange(6.0).view(2, 3).t(), "b": torch.tensor(-0.5)}
    path = folder / "round-trip.safetensors"
    write_safetensors(path, tensors, {"step": "3"})
    read, metadata = read_safetensors(path)
    path.unlink()
    return metadata == {"step": "3"} and all(torch.equal(read[name], tensor) for name, tensor in tensors.items())


rates = [[learning_rate(step, training) for step in request["steps"]] for training in request["schedules"]]
words = [philox(case["counter"], case["key"]) for case in request["philox"]]
print(json.dumps({"rows": list(rows()), "rates": rates, "philox": words, "roundTrip": round_trip()}))
