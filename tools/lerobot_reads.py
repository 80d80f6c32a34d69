"""Reads a LeRobot export with LeRobot itself and prints what it found as JSON; run in an environment that has it.

    make lerobot                                     # makes that environment and runs the comparison
    .venv-lerobot/bin/python tools/lerobot_reads.py FOLDER

Every frame is read through `LeRobotDataset`, and one batch through a DataLoader. Pictures are told by the SHA-256 of
their RGB bytes.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any


def main(folder: str) -> None:
    """Read `folder` and print it."""
    import torch

    # torchvision's compiled half is built for CUDA; without it, its Python half asks for the names of these two.
    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            torch.library.define(f"torchvision::{name}", "(Tensor dets, Tensor scores, float iou) -> Tensor")
    from lerobot.datasets.lerobot_dataset import LeRobotDataset
    from lerobot.datasets.utils import dataset_to_policy_features

    dataset = LeRobotDataset("understudy/export", root=folder, delta_timestamps={"action": [0.0, 1.0]})
    plain = LeRobotDataset("understudy/export", root=folder)
    batch = next(iter(torch.utils.data.DataLoader(plain, batch_size=min(4, len(plain)))))
    print(
        json.dumps(
            {
                "episodes": plain.meta.total_episodes,
                "fps": plain.fps,
                "purpose": plain.meta.info["understudy"]["purpose"],
                "frames": [_told(plain[index]) for index in range(len(plain))],
                "next_actions": [dataset[index]["action"][1].tolist() for index in range(len(dataset))],
                "stats": {
                    name: {what: value.tolist() for what, value in one.items()}
                    for name, one in plain.meta.stats.items()
                },
                "policy": sorted(dataset_to_policy_features(plain.features)),
                "batch": {name: list(value.shape) for name, value in batch.items() if hasattr(value, "shape")},
            }
        )
    )


def _told(frame: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in frame.items():
        if name == "observation.images.screen":
            # LeRobot gives float32 (3, height, width) from 0 to 1.
            pixels = (value * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
            told[name] = {"shape": list(value.shape), "sha256": hashlib.sha256(pixels.tobytes()).hexdigest()}
        else:
            told[name] = value if isinstance(value, str) else value.tolist()
    return told


if __name__ == "__main__":
    main(sys.argv[1])
