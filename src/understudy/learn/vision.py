"""Pixels: a recipe that fine-tunes a vision-language model on a dataset, with the libraries that people use for it.

Each step with a picture becomes a short conversation: the picture and the task in words, answered by one action as JSON
with places in thousandths of the picture's sides. transformers loads model and processor, PEFT adds the adapters, TRL
trains. Pictures are unsealed one at a time, in memory; nothing of the dataset is written to disk in the clear, and
nothing is downloaded unless `Recipe.may_download` says so. Needs the extra `vision`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image

from understudy.dataset import Dataset
from understudy.learn.endpoint import Answer, answer_of

SCALE = 1000
"""Places are told in thousandths of the picture: the grid that UI-TARS and Qwen's models are used to."""
MOST_SIDE_PX = 1_280
MOST_DONE = 8
"""Actions told of those that came before: the newest ones."""
INSTRUCTION = (
    "You see a screen. Answer with the next action towards the task as one JSON object: kind, x and y in thousandths "
    "of the picture, to_x and to_y for drag, text for type, keys for hotkey and press, dx and dy for scroll."
)
ADAPTED = "all-linear"
"""PEFT's word for every linear layer but the output's."""


class VisionMissing(Exception):
    """A package of the recipe isn't installed; the message says how to install it."""


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How a model is fine-tuned.

    `base`: a folder that transformers reads, or a name on its hub where `may_download`. `rank` of the adapters; 0 tunes
    the whole model. `most_side_px`: pictures are scaled down so that neither side is longer. `accumulate` batches make
    one optimiser step.
    """

    base: str
    steps: int = 1_000
    batch: int = 1
    accumulate: int = 8
    rate: float = 1e-4
    rank: int = 16
    most_side_px: int = MOST_SIDE_PX
    seed: int = 0
    may_download: bool = False


class Tuned(msgspec.Struct, frozen=True, kw_only=True):
    """What came out: the folder of the adapters (or the model) and its processor, and the loss at each logged step."""

    folder: str
    examples: int
    losses: tuple[float, ...]


# From a dataset to conversations


def conversations(
    dataset: Dataset, *, most_side_px: int = MOST_SIDE_PX, keep: Callable[[Mapping[str, Any]], bool] | None = None
) -> Iterator[dict[str, Any]]:
    """Every step with a picture that can be said, as `prompt`, `completion` and `images` (one PIL picture, RGB).

    `keep` chooses episodes by their row; None takes those that nobody called failed. Steps whose text wasn't kept can't
    be said and are left out, but stand among what was done before.
    """
    for episode in dataset.episodes():
        if not (keep(episode) if keep is not None else episode["outcome"] != "failure"):
            continue
        done: list[str] = []
        for step in dataset.steps(episode["episode_id"]):
            said = action_of(step)
            if said is not None and step["still_id"]:
                picture = dataset.still(step["still_id"]).convert("RGB")
                picture.thumbnail((most_side_px, most_side_px), Image.Resampling.LANCZOS)
                yield conversation(episode["task"], done, picture, said)
            done.append(said if said is not None else json.dumps({"kind": step["kind"]}))


def conversation(task: str, done: Sequence[str], picture: Image.Image, said: str | None = None) -> dict[str, Any]:
    """The conversation about one screen; without `said` it ends where the model is to answer."""
    told = [INSTRUCTION, f"Task: {task}", "Done: " + (" ".join(done[-MOST_DONE:]) or "nothing")]
    asked = [{"type": "image"}, {"type": "text", "text": "\n".join(told)}]
    made: dict[str, Any] = {"prompt": [{"role": "user", "content": asked}], "images": [picture]}
    if said is not None:
        made["completion"] = [{"role": "assistant", "content": [{"type": "text", "text": said}]}]
    return made


def action_of(step: Mapping[str, Any]) -> str | None:
    """A row of `steps` as the JSON that a model is to say; None for what can't be said."""
    kind = step["kind"]
    said: dict[str, object] = {"kind": kind}
    if step["x"] is not None and step["y"] is not None:
        if not step["screen_width"] or not step["screen_height"]:
            return None
        said |= _place(step, "x", "y")
        if kind == "drag":
            if step["to_x"] is None or step["to_y"] is None:
                return None
            said |= _place(step, "to_x", "to_y")
    if kind == "type":
        if not step["text"]:
            return None
        said["text"] = step["text"]
    if kind in ("hotkey", "press"):
        said["keys"] = list(step["keys"])
    if kind == "scroll":
        said |= {"dx": step["scroll_x"], "dy": step["scroll_y"]}
    return json.dumps(said, ensure_ascii=False)


def _place(step: Mapping[str, Any], x: str, y: str) -> dict[str, int]:
    return {
        x: min(SCALE, max(0, round(step[x] * SCALE / step["screen_width"]))),
        y: min(SCALE, max(0, round(step[y] * SCALE / step["screen_height"]))),
    }


# Training


def tune(
    examples: Sequence[Mapping[str, Any]] | Callable[[], Iterator[Mapping[str, Any]]],
    recipe: Recipe,
    out: Path,
    tell: Callable[[int, float], None] = lambda _step, _loss: None,
) -> Tuned:
    """Fine-tune `recipe.base` on conversations and write the result to the new folder `out`.

    `examples`: the conversations, or what makes them anew for each pass, so that no more than a few are in memory. Only
    the answers are learnt, not the questions. `tell` hears of each optimiser step and its loss. Raises VisionMissing,
    ValueError without examples, FileExistsError, OSError where the base can't be read.
    """
    if out.exists():
        raise FileExistsError(f"{out}: expected a new folder")
    make = examples if callable(examples) else lambda: iter(examples)
    count = sum(1 for _ in make())
    if not count:
        raise ValueError("no step to learn from: none has a picture and an action that can be said")
    if not recipe.may_download and not Path(recipe.base).is_dir():
        raise FileNotFoundError(
            f"{recipe.base}: no such folder; a model's name is fetched only where may_download says so"
        )
    torch, transformers, peft, trl, datasets = _packages()
    transformers.set_seed(recipe.seed)
    processor = transformers.AutoProcessor.from_pretrained(recipe.base, local_files_only=not recipe.may_download)
    model = transformers.AutoModelForImageTextToText.from_pretrained(
        recipe.base, local_files_only=not recipe.may_download, dtype=_type(torch)
    )

    def endlessly() -> Iterator[Mapping[str, Any]]:
        while True:
            for each in make():
                yield dict(each)  # TRL writes into what it gets

    losses: list[float] = []

    def on_log(_own: object, _args: object, state: Any, _control: object, logs: Mapping[str, Any], **_: object) -> None:  # noqa: ANN401
        if "loss" in logs:
            losses.append(float(logs["loss"]))
            tell(int(state.global_step), losses[-1])

    telling = type("Telling", (transformers.TrainerCallback,), {"on_log": on_log})
    adapters = None
    if recipe.rank:
        adapters = peft.LoraConfig(
            r=recipe.rank, lora_alpha=2 * recipe.rank, lora_dropout=0.05, target_modules=ADAPTED, task_type="CAUSAL_LM"
        )
    trainer = trl.SFTTrainer(
        model=model,
        processing_class=processor,
        # Lazy: a dataset of this library that isn't would lie on disk in the clear.
        train_dataset=datasets.IterableDataset.from_generator(endlessly),
        peft_config=adapters,
        callbacks=[telling()],
        args=trl.SFTConfig(
            output_dir=str(out),
            max_steps=recipe.steps,
            per_device_train_batch_size=recipe.batch,
            gradient_accumulation_steps=recipe.accumulate,
            learning_rate=recipe.rate,
            lr_scheduler_type="cosine",
            warmup_steps=max(1, recipe.steps // 30),
            logging_steps=max(1, recipe.steps // 100),
            disable_tqdm=True,
            completion_only_loss=True,
            max_length=None,  # a picture cut in half fits no model
            bf16=torch.cuda.is_available() and torch.cuda.is_bf16_supported(),
            use_cpu=not torch.cuda.is_available(),
            activation_checkpointing=torch.cuda.is_available(),
            save_strategy="no",
            report_to=[],
            remove_unused_columns=False,
            dataloader_num_workers=0,
            seed=recipe.seed,
        ),
    )
    trainer.train()
    trainer.save_model(str(out))
    processor.save_pretrained(str(out))
    return Tuned(folder=str(out), examples=count, losses=tuple(losses))


class Sight:
    """A tuned model that says what it would do. Raises VisionMissing, OSError."""

    def __init__(self, folder: Path, *, most_tokens: int = 128) -> None:
        torch, transformers, peft, _, _ = _packages()
        self._torch, self._most_tokens = torch, most_tokens
        self._processor = transformers.AutoProcessor.from_pretrained(str(folder), local_files_only=True)
        load = transformers.AutoModelForImageTextToText
        if (folder / "adapter_config.json").exists():
            load = peft.AutoPeftModel
            config = peft.PeftConfig.from_pretrained(str(folder))
            base = transformers.AutoModelForImageTextToText.from_pretrained(
                config.base_model_name_or_path, local_files_only=True, dtype=_type(torch)
            )
            self._model = peft.PeftModel.from_pretrained(base, str(folder))
        else:
            self._model = load.from_pretrained(str(folder), local_files_only=True, dtype=_type(torch))
        self._model.to("cuda" if torch.cuda.is_available() else "cpu").eval()

    def answer(self, task: str, done: Sequence[str], picture: Image.Image) -> Answer:
        """The next action; `x` and `y` in px of `picture`. An Answer without a kind where it says none."""
        asked = conversation(task, done, picture)
        prompt = self._processor.apply_chat_template(asked["prompt"], add_generation_prompt=True)
        given = self._processor(text=[prompt], images=[[picture.convert("RGB")]], return_tensors="pt")
        given = given.to(self._model.device)
        with self._torch.inference_mode():
            made = self._model.generate(**given, max_new_tokens=self._most_tokens, do_sample=False)
        words = self._processor.batch_decode(made[:, given["input_ids"].shape[1] :], skip_special_tokens=True)[0]
        return in_px(answer_of(words), picture.width, picture.height)


def in_px(answer: Answer, width_px: int, height_px: int) -> Answer:
    """An answer's place in px of a picture instead of thousandths."""
    if answer.x is None or answer.y is None:
        return answer
    return msgspec.structs.replace(answer, x=answer.x * width_px / SCALE, y=answer.y * height_px / SCALE)


def _type(torch: Any) -> Any:  # noqa: ANN401 - torch is imported where it is needed
    return torch.bfloat16 if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else torch.float32


def _packages() -> tuple[Any, Any, Any, Any, Any]:
    """torch, transformers, peft, trl and datasets: heavy, so only where they are used."""
    try:
        import datasets
        import peft
        import torch
        import transformers
        import trl
    except ModuleNotFoundError as error:
        raise VisionMissing(f"the package {error.name} is missing: pip install 'understudy[vision]'") from None
    return torch, transformers, peft, trl, datasets
