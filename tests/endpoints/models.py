#!/usr/bin/env python3
"""Makes small models from nothing, each a real GGUF file with a real tokenizer: models.py FOLDER

A real engine loads and runs them, yet what it answers is known beforehand, at any temperature: embeddings are one-hot, the
layers add nothing, and the output matrix is a table that says which token follows which.

  after <|fim_middle|>   FIM_ANSWER and the end: on two lines, with characters of several tokens
  after <|im_sep|>       CHAT_ANSWER and the end: the chat template puts that token last
  after anything else    " tick tock;" on line after line, without end

tiny.gguf   all of this
nofim.gguf  knows no fill-in-the-middle tokens, so /infill is refused
slow.gguf   tiny with many layers of zeros: the same answers at some dozens of tokens a second
"""

import sys
from pathlib import Path

import gguf
import numpy as np

# What a line of a file is in a model: its tokens, in pieces. No piece occurs twice, for each has one successor.
FIM_PIECES = ["let", " sum", " =", " left", " +", " right", ";", " // ", *(bytes([byte]) for byte in "→🦀".encode()),
              "\n   ", " return", " Some", "(", "result", ")"]
CHAT_PIECES = ["//", " Hello", " from", " the", " tiny", " model", "."]
LOOP_PIECES = [" tick", " tock", ";\n"]

FIM_ANSWER = "let sum = left + right; // →🦀\n    return Some(result)"
CHAT_ANSWER = "// Hello from the tiny model."

END, TURN_START, TURN_END, ANSWER_START = "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|im_sep|>"
# The name of a token for llama.cpp, and its text as Qwen2.5-Coder spells it.
FIM_TOKENS = {
    "pre": "<|fim_prefix|>",
    "mid": "<|fim_middle|>",
    "suf": "<|fim_suffix|>",
    "pad": "<|fim_pad|>",
    "rep": "<|repo_name|>",
    "sep": "<|file_sep|>",
}
CHAT_TEMPLATE = (
    "{% for message in messages %}" + TURN_START + "{{ message['role'] }}\n{{ message['content'] }}" + TURN_END
    + "\n{% endfor %}{% if add_generation_prompt %}" + TURN_START + "assistant" + ANSWER_START + "{% endif %}"
)

# The width of the model is the size of its vocabulary, so that a token is a direction of its own.
SIZE = 512
HEADS, HEAD_SIZE = 8, SIZE // 8
# How much likelier the successor is than any other token, as a logit.
CERTAIN = 20.0
WINDOW = 32_768


def spelled(piece):
    """A piece as vocabularies of GPT-2's kind spell it: every byte is a character that can be printed."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printable]
    spelling = {byte: chr(byte) for byte in printable} | {byte: chr(0x100 + at) for at, byte in enumerate(others)}
    return "".join(spelling[byte] for byte in (piece.encode() if isinstance(piece, str) else piece))


class Vocabulary:
    """All bytes, the pieces with what leads to them, and the control tokens at the end."""

    def __init__(self, controls):
        self.tokens = [spelled(bytes([byte])) for byte in range(0x100)]
        self.merges = []
        for piece in FIM_PIECES + CHAT_PIECES + LOOP_PIECES:
            text = spelled(piece)
            for end in range(2, len(text) + 1):
                if text[:end] not in self.tokens:
                    self.tokens.append(text[:end])
                    self.merges.append(f"{text[:end - 1]} {text[end - 1]}")
        self.types = [gguf.TokenType.NORMAL] * len(self.tokens)
        for number in range(SIZE - len(controls) - len(self.tokens)):
            self.tokens.append(f"<|unused_{number}|>")
            self.types.append(gguf.TokenType.UNUSED)
        self.tokens += controls
        self.types += [gguf.TokenType.CONTROL] * len(controls)
        assert len(self.tokens) == len(set(self.tokens)) == SIZE

    def id(self, token):
        """The number of a control token, or of a piece."""
        return self.tokens.index(token if token in self.tokens else spelled(token))


def successors(vocabulary, knows_fim):
    """Which token follows which."""
    follows = [vocabulary.id(LOOP_PIECES[0])] * SIZE

    def chain(tokens):
        for token, successor in zip(tokens, tokens[1:]):
            follows[vocabulary.id(token)] = vocabulary.id(successor)

    chain([*LOOP_PIECES, LOOP_PIECES[0]])
    chain([ANSWER_START, *CHAT_PIECES, TURN_END])
    if knows_fim:
        chain([FIM_TOKENS["mid"], *FIM_PIECES, END])
    return follows


def write(path, knows_fim=True, layers=2, inner=256):
    controls = [END, TURN_START, TURN_END, ANSWER_START] + (list(FIM_TOKENS.values()) if knows_fim else [])
    vocabulary = Vocabulary(controls)
    unfinished = path.with_suffix(".unfinished")
    out = gguf.GGUFWriter(unfinished, "qwen2")
    out.add_name(path.stem)
    out.add_context_length(WINDOW)
    out.add_embedding_length(SIZE)
    out.add_block_count(layers)
    out.add_feed_forward_length(inner)
    out.add_head_count(HEADS)
    out.add_head_count_kv(1)
    out.add_layer_norm_rms_eps(1e-6)
    out.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("qwen2")
    out.add_token_list(vocabulary.tokens)
    out.add_token_types(vocabulary.types)
    out.add_token_merges(vocabulary.merges)
    out.add_bos_token_id(vocabulary.id(END))
    out.add_eos_token_id(vocabulary.id(END))
    out.add_eot_token_id(vocabulary.id(TURN_END))
    out.add_add_bos_token(False)
    out.add_chat_template(CHAT_TEMPLATE)
    for name, token in FIM_TOKENS.items() if knows_fim else ():
        out.add_uint32(f"tokenizer.ggml.fim_{name}_token_id", vocabulary.id(token))

    def matrix(name, values):
        kind = gguf.GGMLQuantizationType.Q8_0
        out.add_tensor(f"{name}.weight", gguf.quants.quantize(values, kind), raw_dtype=kind)

    def vector(name, values):
        out.add_tensor(name, values.astype(np.float32))

    scale = np.float32(np.sqrt(SIZE))
    matrix("token_embd", np.eye(SIZE, dtype=np.float32) * scale)
    table = np.zeros((SIZE, SIZE), np.float32)
    for token, successor in enumerate(successors(vocabulary, knows_fim)):
        table[successor, token] = CERTAIN / scale
    matrix("output", table)
    vector("output_norm.weight", np.ones(SIZE))
    shapes = {
        "attn_q": (SIZE, SIZE),
        "attn_k": (HEAD_SIZE, SIZE),
        "attn_v": (HEAD_SIZE, SIZE),
        "attn_output": (SIZE, SIZE),
        "ffn_gate": (inner, SIZE),
        "ffn_up": (inner, SIZE),
        "ffn_down": (SIZE, inner),
    }
    for layer in range(layers):
        for name in ("attn_norm", "ffn_norm"):
            vector(f"blk.{layer}.{name}.weight", np.ones(SIZE))
        for name, shape in shapes.items():
            matrix(f"blk.{layer}.{name}", np.zeros(shape, np.float32))
        for name in ("attn_q", "attn_k", "attn_v"):
            vector(f"blk.{layer}.{name}.bias", np.zeros(shapes[name][0]))
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()
    unfinished.rename(path)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    write(folder / "tiny.gguf")
    write(folder / "nofim.gguf", knows_fim=False)
    write(folder / "slow.gguf", layers=26, inner=4096)
