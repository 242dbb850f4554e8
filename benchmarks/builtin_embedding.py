"""The builtin head embedding on characters it never saw: four folds of three, each judged by a network without them.

All pairs of crops from different pictures (twins of a picture count as it): ROC-AUC, TAR at a false-accept rate of 1 %
and 0.1 %; the same on pairs of characters of one hair colour (folds 1 to 3), so that colour alone does not win; beside
it the histogram extractor's embedding and the colours alone (what the fold's network answers for hair and eyes). 95 %
intervals by drawing pictures with replacement in a fold, by Student's t over folds. Identification: rank-1 among all
twelve with 1, 3, 5 enrolled pictures, probes of the fold's three; and how many are found and named at a threshold that
lets 1 % and 10 % of a left-out character's crops pass. The fold networks come from `make builtin`, as the shipped one.
`--broken` deals the names out anew; it must fail. `--draw` writes the distributions as SVG.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from builtin_attributes import asked, softmax
from builtin_splits import FOLDS, IDENTITIES, IDENTITY_GROUPS, PACKS, fold_rows, read
from kyara.extractors.histogram import HistogramExtractor
from kyara.flow import View
from kyara.images import Limits, Picture, probe
from kyara.records import Sample, Sighting
from kyara.vocabulary import load_vocabulary
from kyara.weights import Model, Runtime

WORK = Path(__file__).resolve().parents[1] / "build/builtin/faces"
NUMBERS = {"network": {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}}
GOAL_AUC = 0.85
SIDE_PX, BINS, RESAMPLES, DRAWS, SEED = 96, 4000, 100, 20, 4
STUDENT_3 = 3.182  # 97.5 % point of Student's t with 3 degrees of freedom
FALSE_ACCEPTS = (0.01, 0.001)
ENROLLED = (1, 3, 5)
FIGURES = ("auc", "tar_1", "tar_01")
BUILTIN, COLOURS, HISTOGRAM = "builtin", "its hair and eye answers", "histogram"
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Fold:
    """The judged crops of one fold (`unseen` True) and those of the nine others: character, picture, embeddings."""

    number: int
    names: NDArray[np.str_]
    pictures: NDArray[np.int64]
    unseen: NDArray[np.bool_]
    vectors: dict[str, Vectors]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of crops from different pictures: places of both, the bin of their cosine, whether one character."""

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    place: NDArray[np.int64]
    same: NDArray[np.bool_]


def pixels(image: bytes) -> NDArray[np.uint8]:
    picture = Image.open(io.BytesIO(image)).convert("RGB")
    return np.asarray(picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR))


def histogram(images: list[bytes]) -> Vectors:
    extractor = HistogramExtractor(load_vocabulary())
    rows = []
    for image in images:
        header = probe(image, Limits())
        sample = Sample("", "", "", width=header.width, height=header.height, sightings=(Sighting(),))
        rows.append(extractor.look([View(sample, 0, Picture(image, header, Limits()))])[0]["embedding"])
    return np.stack(rows)


def folds(data: Path, work: Path) -> list[Fold]:
    rows = pq.read_table(data / IDENTITIES).to_pylist()
    tied = {row["source_md5"]: row["group"] for row in read(IDENTITY_GROUPS)}
    group = [tied.get(row["source_md5"], row["source_md5"]) for row in rows]
    number = {name: i for i, name in enumerate(dict.fromkeys(group))}
    crops, simple = np.stack([pixels(row["image"]) for row in rows]), histogram([row["image"] for row in rows])
    made = []
    for fold in sorted({int(row["fold"]) for row in read(FOLDS)}):
        learned, judged = fold_rows(rows, fold)
        kept = np.array(judged + learned)
        model = Model(work / f"fold{fold}.onnx", Runtime("openvino", "cpu", "f32", 2, 1))
        said = asked(model, NUMBERS, crops[kept])
        colours = np.concatenate([np.sqrt(softmax(said[name])) for name in ("hair_color", "eye_color")], 1)
        vectors = {BUILTIN: said["embedding"], COLOURS: colours.astype(np.float32), HISTOGRAM: simple[kept]}
        made.append(
            Fold(
                fold,
                np.array([rows[i]["character"] for i in kept]),
                np.array([number[group[i]] for i in kept]),
                np.arange(len(kept)) < len(judged),
                {name: v / np.linalg.norm(v, axis=1, keepdims=True) for name, v in vectors.items()},
            )
        )
    return made


def pairs(fold: Fold, vectors: Vectors, among: NDArray[np.bool_]) -> Pairs:
    where = np.flatnonzero(among)
    one, other = np.triu_indices(len(where), 1)
    one, other = where[one], where[other]
    apart = fold.pictures[one] != fold.pictures[other]
    one, other = one[apart], other[apart]
    low = where[0]
    cosines = (vectors[where] @ vectors[where].T)[np.searchsorted(where, one), np.searchsorted(where, other)]
    assert low == where.min()
    place = np.clip(((cosines + 1) / 2 * BINS).astype(np.int64), 0, BINS - 1)
    return Pairs(one, other, place, fold.names[one] == fold.names[other])


def rates(found: Pairs, weights: NDArray[np.float64] | None = None) -> dict[str, float]:
    """AUC and TAR at FAR of pairs; `weights`: how often each crop was drawn."""
    weigh = None if weights is None else weights[found.one] * weights[found.other]
    same, different = (
        np.bincount(found.place[side], None if weigh is None else weigh[side], BINS).astype(np.float64)
        for side in (found.same, ~found.same)
    )
    same, different = same / same.sum(), different / different.sum()
    below = np.cumsum(different) - different
    tar, far = np.cumsum(same[::-1]), np.cumsum(different[::-1])
    at = {f: float(tar[max(0, np.searchsorted(far, f, "right") - 1)]) for f in FALSE_ACCEPTS}
    return {"auc": float((same * (below + different / 2)).sum()), "tar_1": at[0.01], "tar_01": at[0.001]}


def with_intervals(fold: Fold, found: Pairs) -> dict[str, tuple[float, float, float]]:
    """figure -> (value, low, high): 95 % over draws of pictures with replacement."""
    rng = np.random.default_rng(SEED)
    _, picture = np.unique(fold.pictures, return_inverse=True)
    draws = []
    for _ in range(RESAMPLES):
        times = rng.multinomial(picture.max() + 1, np.full(picture.max() + 1, 1 / (picture.max() + 1)))
        draws.append(rates(found, times[picture].astype(np.float64)))
    value = rates(found)
    return {
        name: (value[name], *(float(np.quantile([d[name] for d in draws], q)) for q in (0.025, 0.975)))
        for name in FIGURES
    }


def equal_hair(fold: Fold) -> NDArray[np.bool_]:
    """The unseen crops of characters that share their hair colour with another one of the fold."""
    hair = {row["character"]: row["hair_color"] for row in read(FOLDS) if int(row["fold"]) == fold.number}
    shared = [name for name, colour in hair.items() if list(hair.values()).count(colour) > 1]
    return fold.unseen & np.isin(fold.names, shared)


def enrolled(fold: Fold, count: int, rng: np.random.Generator) -> tuple[list[str], Vectors, NDArray[np.bool_]]:
    """(names, their prototypes, crops that may still be probes) with `count` pictures of every character enrolled."""
    free = fold.unseen.copy()
    names, prototypes = sorted(set(fold.names.tolist())), []
    for name in names:
        mine = np.flatnonzero(fold.names == name)
        chosen = rng.choice(np.unique(fold.pictures[mine]), count, replace=False)
        rows = [rng.choice(mine[fold.pictures[mine] == picture]) for picture in chosen]
        free &= ~np.isin(fold.pictures, chosen)
        prototypes.append(fold.vectors[BUILTIN][rows].mean(0))
    made = np.stack(prototypes)
    return names, made / np.linalg.norm(made, axis=1, keepdims=True), free


def identified(fold: Fold, count: int) -> dict[str, float]:
    """rank-1 among twelve; and found-and-named shares where 1 % and 10 % of a left-out character pass."""
    rng, vectors = np.random.default_rng(SEED), fold.vectors[BUILTIN]
    tally: dict[str, list[float]] = {"rank_1": [], "named_fpir_10": [], "named_fpir_1": []}
    for _ in range(DRAWS):
        names, prototypes, free = enrolled(fold, count, rng)
        cosines, true = vectors[free] @ prototypes.T, fold.names[free]
        tally["rank_1"].append(float((np.array(names)[cosines.argmax(1)] == true).mean()))
        for unknown in sorted(set(true.tolist())):
            rest = [i for i, name in enumerate(names) if name != unknown]
            best = cosines[:, rest].max(1)
            right = (np.array(names)[rest][cosines[:, rest].argmax(1)] == true)[true != unknown]
            for share, key in ((0.1, "named_fpir_10"), (0.01, "named_fpir_1")):
                bar = np.quantile(best[true == unknown], 1 - share)
                tally[key].append(float((right & (best[true != unknown] > bar)).mean()))
    return {key: float(np.mean(values)) for key, values in tally.items()}


def over_folds(values: list[float]) -> tuple[float, float, float]:
    """Mean and 95 % interval by Student's t over the folds."""
    half = STUDENT_3 * float(np.std(values, ddof=1)) / np.sqrt(len(values)) if len(values) == 4 else float("nan")
    mean = float(np.mean(values))
    return mean, mean - half, min(1.0, mean + half)


def svg(curves: dict[str, NDArray[np.float64]], title: str) -> str:
    """Densities of cosines (-1 … 1, binned) as one drawing."""
    colours = ("#1b6ca8", "#d1495b", "#8a8a8a")
    width, height, left, bottom = 720, 300, 40, 260
    most = max(curve.max() for curve in curves.values())
    parts = [f'<text x="{left}" y="20" font-size="14">{title}</text>']
    for (name, curve), colour, line in zip(curves.items(), colours, range(3), strict=False):
        step = (width - 2 * left) / (len(curve) - 1)
        dots = " ".join(f"{left + i * step:.1f},{bottom - 210 * v / most:.1f}" for i, v in enumerate(curve))
        parts.append(f'<polyline points="{dots}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{left + 10}" y="{45 + 18 * line}" font-size="12" fill="{colour}">{name}</text>')
    parts.append(f'<line x1="{left}" y1="{bottom}" x2="{width - left}" y2="{bottom}" stroke="#444"/>')
    for tick in (-1, -0.5, 0, 0.5, 1):
        x = left + (tick + 1) / 2 * (width - 2 * left)
        parts.append(f'<text x="{x:.0f}" y="{bottom + 18}" font-size="12" text-anchor="middle">{tick}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">'
    return "\n".join([head, f'<rect width="{width}" height="{height}" fill="white"/>', *parts, "</svg>", ""])


def density(places: list[NDArray[np.int64]], bins: int = 80) -> NDArray[np.float64]:
    counts = np.bincount(np.concatenate(places) * bins // BINS, minlength=bins).astype(np.float64)
    return counts / counts.sum()


def cell(figure: tuple[float, float, float]) -> str:
    value, low, high = figure
    return f"{value:.3f}" if np.isnan(low) else f"{value:.3f} ({low:.3f}–{high:.3f})"


def measured(every: list[Fold]) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, NDArray[np.float64]]]:
    """(figures, tables, curves)."""
    line: dict[str, Any] = {}
    by_fold, spaces = [], []
    places: dict[str, list[NDArray[np.int64]]] = {"one character": [], "two characters": [], "two of equal hair": []}
    for kind, chosen in (("all pairs", lambda fold: fold.unseen), ("equal hair", equal_hair)):
        held = [fold for fold in every if chosen(fold).any()]
        for space in (BUILTIN, COLOURS, HISTOGRAM):
            found = [pairs(fold, fold.vectors[space], chosen(fold)) for fold in held]
            values = [rates(one) for one in found]
            means = {name: over_folds([value[name] for value in values]) for name in FIGURES}
            spaces.append([f"{kind}: {space}", *(cell(means[name]) for name in FIGURES)])
            if space != BUILTIN:
                line[f"{kind.replace(' ', '_')}_{space.split()[-1]}_auc"] = round(means["auc"][0], 4)
                continue
            for fold, one in zip(held, found, strict=True):
                drawn = with_intervals(fold, one)
                names = ", ".join(sorted(set(fold.names[chosen(fold)].tolist())))
                by_fold.append([f"{fold.number} {kind}: {names}", *(cell(drawn[name]) for name in FIGURES)])
                if kind == "all pairs":
                    places["one character"].append(one.place[one.same])
                    places["two characters"].append(one.place[~one.same])
                else:
                    places["two of equal hair"].append(one.place[~one.same])
            line |= {f"{kind.replace(' ', '_')}_{name}": round(means[name][0], 4) for name in FIGURES}
            line[f"{kind.replace(' ', '_')}_auc_least_fold"] = round(min(value["auc"] for value in values), 4)
    named = []
    for count in ENROLLED:
        values = [identified(fold, count) for fold in every]
        means = {key: over_folds([value[key] for value in values]) for key in values[0]}
        named.append([f"{count}", *(cell(figure) for figure in means.values())])
        line |= {f"{key}_of_{count}": round(figure[0], 4) for key, figure in means.items()}
    heads = ["ROC-AUC", "TAR at FAR 1 %", "TAR at FAR 0.1 %"]
    tables = [
        {"title": "unseen characters, mean of folds (95 %, Student)", "columns": ["pairs", *heads], "rows": spaces},
        {"title": "by fold (95 %, pictures drawn anew)", "columns": ["fold", *heads], "rows": by_fold},
        {
            "title": "naming among 12, probes of the 3 unseen (95 %, Student)",
            "columns": ["pictures enrolled", "rank-1", "named, 10 % of unknown pass", "named, 1 % of unknown pass"],
            "rows": named,
        },
    ]
    return line, tables, {name: density(one) for name, one in places.items()}


def main() -> int:
    """Judge every fold, print the tables and one JSON line; 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=WORK, help="where fold1.onnx to fold4.onnx lie")
    parser.add_argument("--data", type=Path, default=PACKS)
    parser.add_argument("--draw", type=Path, help="write the distributions of cosines as SVG")
    parser.add_argument("--broken", action="store_true", help="deal the names out anew: must fail")
    options = parser.parse_args()
    every = folds(options.data, options.work)
    if options.broken:
        rng = np.random.default_rng(SEED)
        for fold in every:
            fold.names[fold.unseen] = rng.permutation(fold.names[fold.unseen])
    line, tables, curves = measured(every)
    for table in tables:
        print(
            "\n" + "\n".join(" | ".join(row) for row in [table["title"].split("|"), table["columns"], *table["rows"]])
        )
    if options.draw:
        options.draw.write_text(svg(curves, "Cosines of head pairs, characters never seen"), encoding="utf-8")
    passed = line["all_pairs_auc"] >= GOAL_AUC
    result = {"benchmark": "builtin_embedding", "broken": options.broken, **line, "passed": passed}
    print(json.dumps(result | {"heading": "builtin: who is who", "tables": tables}))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
