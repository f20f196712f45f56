"""Windows of token ids, the same ones that tinyllm trains on and evaluates."""
import json
import mmap

import torch

IGNORED = -1  # a target that does not count
STREAM = 0x62617463  # what tinyllm draws windows from
MASK = 0xFFFFFFFF


def philox(counter, key):
    """Four random words of 32 bits: Philox4x32-10 (Salmon et al. 2011)."""
    x0, x1, x2, x3 = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = x0 * 0xD2511F53, x2 * 0xCD9E8D57
        x0, x1, x2, x3 = (p1 >> 32) ^ x1 ^ k0, p1 & MASK, (p0 >> 32) ^ x3 ^ k1, p0 & MASK
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return x0, x1, x2, x3


def random_start(row, seed, starts):
    """Where row number `row` of a run's training begins, below `starts`: two words of the run's seed."""
    block, half = divmod(row, 2)
    words = philox((block & MASK, block >> 32, STREAM, 0), (seed & MASK, seed >> 32))
    high, low = words[2 * half] >> 5, words[2 * half + 1] >> 6
    return int((high * 2**26 + low) / 2**53 * starts)


class Windows:
    """Rows of one split of the token files in `folder`. With a `separator`, no row goes on into the next document."""

    def __init__(self, folder, split, block_size, separator=None):
        self.block_size, self.separator = block_size, separator
        dtype = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["dtype"]
        self.bytes_per_id, self.dtype = (2, torch.int16) if dtype == "uint16" else (4, torch.int32)
        with open(folder / f"{split}.bin", "rb") as file:
            self.ids = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)  # nothing is loaded before it is read
        self.starts = len(self.ids) // self.bytes_per_id - block_size

    def random(self, rows, seed):
        """Inputs and targets, [len(rows), T] each, of the rows of training with these numbers."""
        return self.at([random_start(row, seed, self.starts) for row in rows])

    def even(self, rows, count):
        """Those of the rows with these numbers among `count` that are spread evenly: what evaluations read."""
        return self.at([int((row + 0.5) * self.starts / count) for row in rows])

    def at(self, starts):
        x = torch.full((len(starts), self.block_size), self.separator or 0)
        y = torch.full((len(starts), self.block_size), IGNORED)
        for row, start in enumerate(starts):
            window = self.window(start)  # [T + 1]
            end = self.block_size
            if self.separator is not None:
                found = (window[1:-1] == self.separator).nonzero()
                end = int(found[0]) + 1 if len(found) > 0 else end
            x[row, :end], y[row, :end] = window[:end], window[1 : end + 1]
        return x, y

    def window(self, start):
        offset, count = start * self.bytes_per_id, self.block_size + 1
        ids = torch.frombuffer(self.ids, dtype=self.dtype, count=count, offset=offset)
        return ids.long() & (2 ** (8 * self.bytes_per_id) - 1)  # PyTorch has read them as signed
