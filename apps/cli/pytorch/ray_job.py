"""Trains this folder on a Ray cluster. It must lie where every machine of the cluster sees it, for the result too.

    ray job submit -- python /shared/this-folder/ray_job.py --workers 8 --gpu
"""
import argparse
import sys
from pathlib import Path

from ray.train import ScalingConfig
from ray.train.torch import TorchTrainer

FOLDER = str(Path(__file__).resolve().parent)


def work(options):
    sys.path.insert(0, FOLDER)
    import train  # Ray has joined the processes already

    train.main(FOLDER, **options)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2, help="processes, with --gpu one a card")
    parser.add_argument("--gpu", action="store_true")
    parser.add_argument("--max-iters", type=int)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    flags = parser.parse_args()
    options = {"max_iters": flags.max_iters, "precision": flags.precision, "device": "cuda" if flags.gpu else "cpu"}
    scaling = ScalingConfig(num_workers=flags.workers, use_gpu=flags.gpu)
    TorchTrainer(work, train_loop_config=options, scaling_config=scaling).fit()
