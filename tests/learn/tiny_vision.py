"""A vision-language model of a real class, shrunk and randomly initialised: made here, nothing downloaded."""

from __future__ import annotations

from pathlib import Path

CHAT = (
    "{% for message in messages %}{{ message['role'] }}:"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)
SPECIAL = ("<pad>", "<s>", "<end_of_utterance>", "<fake_token_around_image>", "<image>", "<global-img>")


def make(folder: Path, hidden: int = 48) -> None:
    """Write model and processor: Idefics3 (SmolVLM's class) with two layers, reading bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import (
        Idefics3Config,
        Idefics3ForConditionalGeneration,
        Idefics3Processor,
        PreTrainedTokenizerFast,
        set_seed,
    )
    from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

    set_seed(0)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = Tokenizer(models.BPE(vocab={character: at for at, character in enumerate(alphabet)}, merges=[]))
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words,
        bos_token="<s>",
        eos_token="<end_of_utterance>",
        pad_token="<pad>",
        additional_special_tokens=list(SPECIAL[3:]),
    )
    tokenizer.chat_template = CHAT
    pictures = Idefics3ImageProcessorPil(
        size={"longest_edge": 64}, max_image_size={"longest_edge": 64}, do_image_splitting=False
    )
    processor = Idefics3Processor(pictures, tokenizer, image_seq_len=4, chat_template=CHAT)
    ids = {name: tokenizer.convert_tokens_to_ids(name) for name in SPECIAL}
    config = Idefics3Config(
        image_token_id=ids["<image>"],
        pad_token_id=ids["<pad>"],
        scale_factor=2,
        vision_config={
            **{"hidden_size": hidden, "intermediate_size": 2 * hidden, "num_hidden_layers": 1},
            **{"num_attention_heads": 2, "image_size": 64, "patch_size": 16},
        },
        text_config={
            **{"model_type": "llama", "hidden_size": hidden, "intermediate_size": 2 * hidden, "num_hidden_layers": 2},
            **{"num_attention_heads": 2, "num_key_value_heads": 2, "vocab_size": len(tokenizer)},
            **{"pad_token_id": ids["<pad>"], "bos_token_id": ids["<s>"], "eos_token_id": ids["<end_of_utterance>"]},
        },
    )
    model = Idefics3ForConditionalGeneration(config)
    model.generation_config.eos_token_id = ids["<end_of_utterance>"]
    model.generation_config.pad_token_id = ids["<pad>"]
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
