"""Reading and writing safetensors, so that PyTorch is all that this folder needs. Checkpoints are float32."""
import ctypes
import json
import math
import struct

import torch


def read_safetensors(path):
    """Tensors by name, and the metadata beside them."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, info in header.items():
        if info["dtype"] != "F32":
            raise SystemExit(f"{path}: {name} is {info['dtype']}, and checkpoints of tinyllm are F32.")
        count = math.prod(info["shape"])
        flat = torch.frombuffer(data, dtype=torch.float32, count=count, offset=info["data_offsets"][0])
        tensors[name] = flat.reshape(info["shape"])
    return tensors, metadata


def write_safetensors(path, tensors, metadata):
    header, end = {"__metadata__": metadata}, 0
    for name, tensor in tensors.items():
        start, end = end, end + 4 * tensor.numel()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # so that the values are aligned
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            values = tensor.detach().float().cpu().contiguous()
            file.write(ctypes.string_at(values.data_ptr(), 4 * values.numel()))
