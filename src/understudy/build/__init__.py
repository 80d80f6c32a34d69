"""From recordings to datasets: consent check, unsealing, pipeline, dataset version; and forgetting.

`build_dataset` makes the next version of a dataset, `open_dataset` opens one by its name, `forget_recording` erases a
recording with what was made from it.
"""

from understudy.build.build import BuildResult, Progress, build_dataset
from understudy.build.choose import LeftOut
from understudy.build.errors import BuildError, NoGrant, StillRecording
from understudy.build.forget import ForgetResult, forget_recording
from understudy.build.opening import open_dataset

__all__ = [
    "BuildError",
    "BuildResult",
    "ForgetResult",
    "LeftOut",
    "NoGrant",
    "Progress",
    "StillRecording",
    "build_dataset",
    "forget_recording",
    "open_dataset",
]
