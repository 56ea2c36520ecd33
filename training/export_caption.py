"""From a checkpoint of the caption model to the files that the reader uses: ONNX with weights in 8 bits, and thresholds.

    python training/export_caption.py --checkpoint FOLDER/checkpoint.pt [--into FOLDER] [--float]

Weights of matrices become 8-bit integers with one scale a row (dynamic quantisation by onnxruntime), and so do the vectors
of word pieces, which lie in a file of their own and are looked up outside the model. ``benchmarks/caption.py --tune`` then
sets the thresholds, on the dev parts of GUM and EWT.

The range of weights is reduced to 7 bits: where a processor has no VNNI, sums of full 8-bit products overflow.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from caption_net import PACKAGED, CaptionNet
from claim_net import BELOW, ClaimNet
from trucewatch.reading.captionmodel import ABOUT, MODEL, PIECES, TOKENS
from trucewatch.reading.captionwords import CASES, MARKS, RELATIONS, TAGS
from trucewatch.reading.claimbranch import TYPES

DATA = Path(__file__).resolve().parents[1] / "src" / "trucewatch" / "reading" / "data"
LABEL = "caption_labels.npz"


class Alone(nn.Module):  # type: ignore[misc]
    """The net for one window without padding, whose word pieces have been looked up."""

    def __init__(self, net: ClaimNet) -> None:
        super().__init__()
        self.net = net

    def forward(
        self, embedded: Tensor, first: Tensor, kind: Tensor, hits: Tensor, breaks: Tensor
    ) -> tuple[Tensor, ...]:
        told = self.net.known(kind, hits, breaks)
        x = self.net.base.encode(first, first, embedded, told, BELOW)
        return (*self.net.base.of_words(x), self.net.heads(x))


def export(net: ClaimNet, into: Path, quantised: bool) -> None:
    """Write the model, its label weights and its tokens."""
    net.eval()
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder, "plain.onnx")
        embedded, first = net.base.words(torch.tensor([[101, 2023, 2003, 2054, 102]])), torch.tensor([[1, 2, 3]])
        told = (torch.zeros_like(first), torch.zeros(1, 3, 2 * len(TYPES)), torch.zeros_like(first))
        by_word = {name: {1: "w"} for name in ("first", "kind", "hits", "breaks")}
        torch.onnx.export(
            Alone(net), (embedded, first, *told), str(plain), input_names=["embedded", *by_word],
            output_names=["flat", "arcs", "root", "dependent", "head", "branch"], opset_version=17, dynamo=False,
            dynamic_axes={"embedded": {1: "s"}, **by_word},
        )  # fmt: skip
        onnx.checker.check_model(str(plain))
        if quantised:
            quantize_dynamic(plain, into / MODEL, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
        else:
            shutil.copy(plain, into / MODEL)
    np.savez_compressed(
        into / LABEL, label=net.base.label.detach().numpy().astype(np.float16), bias=net.bias.detach().numpy()
    )
    table = net.base.words.weight.detach().numpy()
    scale = (np.abs(table).max(axis=1, keepdims=True) / 127).astype(np.float16)
    np.savez(
        into / PIECES, vectors=np.round(table / scale.astype(np.float32)).clip(-127, 127).astype(np.int8), scale=scale
    )
    tokens = json.loads((PACKAGED / "tokenizer.json").read_text(encoding="utf-8"))
    tokens["truncation"] = tokens["padding"] = None
    (into / TOKENS).write_text(json.dumps(tokens, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Export the caption model.")
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--into", type=Path, default=DATA)
    parser.add_argument("--float", action="store_true", help="keep weights in 32 bits (for comparison)")
    options = parser.parse_args()
    state = torch.load(options.checkpoint, map_location="cpu")
    net = ClaimNet(CaptionNet(state["layers"]))
    net.load_state_dict(state["net"])
    export(net, options.into, not options.float)
    about = {
        "marks": MARKS, "cases": CASES, "tags": TAGS, "relations": RELATIONS, "label": LABEL, "step": state["step"],
        "thresholds": {"start": 0.5, "nothing": 1.0, "lower": 1.0},
    }  # fmt: skip
    (options.into / ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    print(f"{options.into / MODEL}: {(options.into / MODEL).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
