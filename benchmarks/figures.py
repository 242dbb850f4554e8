"""Every benchmark there is: its script, the figures of its JSON line, and the goals these must reach.

What is measured, and why so, each script says itself; all.py runs them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import active_learning
import builtin_attributes
import builtin_embedding
import builtin_heads
import builtin_looks
import cache_backends
import catalogue_speed
import decode_speed
import duplicates_found
import duplicates_speed
import extract_speed
import eyes_memory
import eyes_rerun
import eyes_speed
import eyes_workers
import fusion_policy_speed
import nli_speed
import notes_accuracy
import photo_faces
import quality_order
import rerun_speed
import tag_coverage
import tags_speed
import text_accuracy
import text_speed
import text_stage
from fusion_learned import ECE, FEWER, FEWER_UNSEEN, POINTS_BELOW
from fusion_policy import GAINED, POINTS, SHARE

POSTS, CROPS = "../shared/data/tags/danbooru_posts.csv", "../shared/data/faces_hair_eye.parquet"
PICTURES = "../shared/data/illustrations_boxes.parquet"
AT_LEAST, AT_MOST = "≥", "≤"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a benchmark's JSON line: what to call it, its key, and its goal where it has one."""

    title: str
    key: str
    goal: float | None = None
    bound: str = AT_LEAST


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One script with its arguments (`quick`: smaller sizes), the data pack it needs, and the figures it gives."""

    script: str
    figures: tuple[Figure, ...]
    arguments: tuple[str, ...] = ()
    quick: tuple[str, ...] = ()
    needs: str | None = None

    @property
    def command(self) -> str:
        return " ".join(("python", f"benchmarks/{self.script}.py", *self.arguments))

    @property
    def name(self) -> str:
        """Of the file its latest line is kept in."""
        return "_".join([self.script, *(Path(argument).stem for argument in self.arguments)])


def _text_accuracy(file: str) -> Benchmark:
    figures = (
        Figure(f"text, {file}: right of the answered", "right_of_answered", text_accuracy.RIGHT_GOAL),
        Figure("— answered of the stated", "answered_of_stated", text_accuracy.ANSWERED_GOAL),
    )
    return Benchmark("text_accuracy", figures, (f"benchmarks/data/{file}.jsonl",))


def _rerun_figures(which: str) -> tuple[Figure, ...]:
    return (
        Figure(
            f"second run of a {which}: first ÷ second (this or the next)", f"{which}_run_ratio", rerun_speed.GOAL_RATIO
        ),
        Figure("— second ÷ bare reading", f"{which}_times_reading", rerun_speed.GOAL_TIMES_READING, AT_MOST),
        Figure("— whole commands, start of Python included: first ÷ second", f"{which}_command_ratio"),
        Figure("— whole second command, s", f"{which}_second_command_s"),
    )


def _eyes_figures() -> tuple[Figure, ...]:
    goals = eyes_speed.goals(eyes_speed.int8_unit())
    found: list[Figure] = [Figure("decode and resize, pictures a second", "decode_per_s")]
    for precision in eyes_speed.PRECISIONS:
        bound, pipeline = f"{precision}_times_bound", f"{precision}_times_pipeline"
        found += [
            Figure(f"clip {precision}: whole extract, pictures a second", f"extract_{precision}_per_s"),
            Figure("— its network alone", f"model_{precision}_per_s"),
            Figure("— extract ÷ the bound of decoding and network", bound, goals[bound]),
            Figure("— extract ÷ transformers' pipeline, asked per attribute", pipeline, goals.get(pipeline)),
        ]
    return (*found, Figure("clip: extract ÷ torch f32 that encodes once", "times_torch", goals.get("times_torch")))


def _eyes_rerun_figures() -> tuple[Figure, ...]:
    return tuple(
        figure
        for precision in eyes_speed.PRECISIONS
        for figure in (
            Figure(f"clip {precision}, second run: first ÷ second", f"{precision}_run_ratio", eyes_rerun.GOAL),
            Figure("— passes over pixels in the second run", f"{precision}_second_looks", 0, AT_MOST),
            Figure("— passes over pixels with a changed vocabulary", f"{precision}_added_looks", 0, AT_MOST),
        )
    )


def _cache_figures() -> tuple[Figure, ...]:
    put, get = cache_backends.GOAL_PUT_PER_S, cache_backends.GOAL_GET_PER_S
    found: list[Figure] = []
    for name in cache_backends.BACKENDS:
        if name != "two_levels_filling":
            found.append(Figure(f"cache, {name.replace('_', ' ')}: entries put a second", f"{name}_put_per_s", put))
        found.append(Figure(f"— {name.replace('_', ' ')}: got a second", f"{name}_get_per_s", get))
    for name in ("one_file", "sixteen_files"):
        found.append(Figure(f"— {name.replace('_', ' ')}: put a second by four processes", f"{name}_crowd_per_s"))
        found.append(Figure("— longest wait for a batch, s", f"{name}_longest_s"))
    return (*found, Figure("— share that came back byte for byte", "came_back", 1))


BENCHMARKS = (
    Benchmark("tag_coverage", (Figure("uses of judged tags understood", "covered", tag_coverage.GOAL),)),
    Benchmark(
        "tags_speed",
        (
            Figure("tags: posts a second, one core", "posts_per_s", tags_speed.GOAL_PER_S),
            Figure("— a bare dictionary parse is so many times as fast", "times_bare"),
        ),
        quick=("--count", "20000"),
        needs=POSTS,
    ),
    _text_accuracy("descriptions"),
    _text_accuracy("descriptions_heldout"),
    _text_accuracy("descriptions_second"),
    _text_accuracy("descriptions_blind"),
    Benchmark(
        "text_speed",
        (Figure("text: descriptions a second, one core", "descriptions_per_s", text_speed.GOAL_PER_S),),
        quick=("--count", "4000"),
    ),
    Benchmark(
        "extract_speed",
        (
            Figure("whole extract: rows a second", "rows_per_s", extract_speed.GOAL_PER_S),
            Figure("— peak memory ÷ that at a tenth of the rows", "peak_ratio", extract_speed.GOAL_PEAK_RATIO, AT_MOST),
            Figure("— peak memory, MB", "peak_mb", extract_speed.GOAL_PEAK_MB, AT_MOST),
            Figure("— result, bytes a sample", "bytes_a_sample", extract_speed.GOAL_BYTES, AT_MOST),
        ),
        quick=("--rows", "50000"),
        needs=POSTS,
    ),
    Benchmark(
        "rerun_speed",
        (*_rerun_figures("table"), *_rerun_figures("folder")),
        quick=("--rows", "20000", "--pictures", "100"),
        needs=POSTS,
    ),
    Benchmark(
        "histogram_accuracy",
        (
            Figure("hair colour by histogram: accuracy (development figure)", "accuracy"),
            Figure("— chance", "chance"),
            Figure("— always the commonest colour", "commonest_share"),
            Figure("— with red and blue swapped", "swapped_accuracy"),
            Figure("— mean confidence", "mean_confidence"),
            Figure("— ECE, 15 bins", "ece"),
        ),
        quick=("--count", "1000"),
        needs=CROPS,
    ),
    Benchmark(
        "decode_speed",
        (
            Figure("decode and resize to 224, 2 threads: Kyara ÷ bare simplejpeg", "times_bound", decode_speed.GOAL),
            Figure("— pictures a second", "kyara_crop_per_s"),
            Figure("— Pillow draft", "pillow_draft_per_s"),
            Figure("— share of the bound spent in Pillow's resize", "resize_share"),
        ),
        quick=("--pictures", "100"),
        needs=PICTURES,
    ),
    Benchmark(
        "eyes_speed",
        _eyes_figures(),
        quick=("--tiny", "--pictures", "64", "--once", "32", "--asked", "2", "--batches", "2", "--rounds", "1"),
        needs=PICTURES,
    ),
    Benchmark("eyes_rerun", _eyes_rerun_figures(), quick=("--tiny", "--pictures", "64"), needs=PICTURES),
    Benchmark(
        "eyes_memory",
        (
            Figure("clip int8: peak memory at 20,000 pictures ÷ at 1,000", "ratio", eyes_memory.GOAL_RATIO, AT_MOST),
            Figure("— the higher ÷ that of the torch pipeline", "int8_share", eyes_memory.GOAL_SHARE, AT_MOST),
            Figure("— at f32 ÷ that of the torch pipeline", "f32_share", eyes_memory.GOAL_SHARE, AT_MOST),
            Figure("— at 20,000, MB", "many_mb"),
            Figure("— of the torch pipeline, MB", "pipeline_mb"),
        ),
        quick=("--tiny", "--few", "50", "--many", "200", "--asked", "2"),
    ),
    Benchmark(
        "eyes_workers",
        (
            Figure("two workers ÷ one, decode-bound", "ratio", eyes_workers.GOAL),
            Figure("— whole commands", "command_ratio"),
            Figure("— the same bytes", "same_bytes"),
        ),
        quick=("--pictures", "100", "--rounds", "1"),
        needs=PICTURES,
    ),
    Benchmark(
        "photo_faces",
        (
            Figure("faces of real people: recall (development figure)", "recall", photo_faces.RECALL_GOAL),
            Figure("— precision", "precision", photo_faces.PRECISION_GOAL),
            Figure("— faces of 14 px in 1280 found", "tiny_recall"),
            Figure("— share of the head that the box holds", "head_held", photo_faces.HELD_GOAL),
            Figure('— drawn pictures of 100 with a "face"', "drawn_with_a_face"),
        ),
        quick=("--every", "4", "--drawn", "20"),
        needs="../shared/data/models/face_detection_yunet_2026may.onnx",
    ),
    Benchmark(
        "builtin_heads",
        (
            Figure("builtin heads, held-out illustrations: recall", "recall", builtin_heads.RECALL_GOAL),
            Figure("— precision", "precision", builtin_heads.PRECISION_GOAL),
            Figure("— pictures a second, 2 threads, from JPEG to boxes", "per_s", builtin_heads.SPEED_GOAL),
            Figure("— backend", "backend"),
            Figure("— drawn cast (meets no goal): recall", "cast_recall"),
            Figure("— drawn cast (meets no goal): precision", "cast_precision"),
            Figure("— real people in film frames: recall", "filmed_recall"),
        ),
        needs=PICTURES,
    ),
    Benchmark(
        "builtin_attributes",
        (
            *(
                figure
                for name, (noisy, confirmed) in builtin_attributes.GOALS.items()
                for figure in (
                    Figure(f"builtin {name}, held-out faces: right by noisy labels", f"{name}_accuracy", noisy),
                    Figure("— by labels checked by looking (confirmed)", f"{name}_confirmed", confirmed),
                    Figure("— strict", f"{name}_strict"),
                    Figure("— lenient", f"{name}_lenient"),
                    Figure("— macro-F1", f"{name}_macro_f1"),
                    Figure("— ECE", f"{name}_ece", builtin_attributes.ECE_GOAL, AT_MOST),
                )
            ),
            Figure("builtin: heads a second, 2 threads", "heads_per_s", builtin_attributes.SPEED_GOAL),
        ),
        needs=CROPS,
    ),
    Benchmark(
        "builtin_looks",
        (
            Figure(
                "builtin hair, rows it was chosen by: answers that a look saw", "hair_color_seen", builtin_looks.GOAL
            ),
            Figure("— tags named", "hair_color_tag"),
            Figure("— tags named when told what the looks saw", "hair_color_told_0.25"),
            Figure("builtin eyes: answers that a look saw", "eye_color_seen", builtin_looks.GOAL),
            Figure("— tags named", "eye_color_tag"),
            Figure("— tags named when told what the looks saw", "eye_color_told_0.25"),
        ),
        needs=CROPS,
    ),
    Benchmark(
        "builtin_embedding",
        (
            Figure(
                "builtin embedding, characters never seen: ROC-AUC, mean of folds",
                "all_pairs_auc",
                builtin_embedding.GOAL_AUC,
            ),
        ),
        ("--work", "build/builtin/faces"),  # the folds' networks, of `make builtin`
        needs="build/builtin/faces",
    ),
    Benchmark("cache_backends", _cache_figures(), quick=("--entries", "5000")),
    Benchmark(
        "catalogue_speed",
        (
            Figure("catalogue: sightings ingested a second", "ingest_per_s", catalogue_speed.GOAL_INGEST_PER_S),
            Figure("— bytes a sighting, without embeddings", "bytes_a_sighting"),
            Figure("— query, first page and facets: median ms", "query_ms", catalogue_speed.GOAL_QUERY_MS, AT_MOST),
            Figure("— processor time of that, ms", "query_cpu_ms"),
            Figure("— exported to Parquet a second", "export_per_s", catalogue_speed.GOAL_EXPORT_PER_S),
            Figure("— ten nearest of 512 numbers: median ms", "similar_ms", catalogue_speed.GOAL_SIMILAR_MS, AT_MOST),
            Figure("— their recall", "recall_at_10", catalogue_speed.GOAL_RECALL),
            Figure("— making the index, s", "index_s"),
        ),
        quick=("--sightings", "20000"),
    ),
    Benchmark("cast_accuracy", (), quick=("--every", "7")),
    Benchmark(
        "notes_accuracy",
        tuple(
            figure
            for kind in notes_accuracy.JUDGED
            for figure in (
                Figure(f"note {kind}, held out: precision", f"{kind}_precision", notes_accuracy.PRECISION_GOAL),
                Figure("— recall", f"{kind}_recall", notes_accuracy.RECALL_GOAL),
            )
        ),
        quick=("--every", "8"),
        needs=PICTURES,
    ),
    Benchmark(
        "duplicates_found",
        (
            Figure(
                "near duplicates: least recall of resize, JPEG 30, mirror, grayscale, brightness",
                "easy_recall",
                duplicates_found.EASY,
            ),
            Figure("— of crop 10 %, border, rotation 2°, small text", "hard_recall", duplicates_found.HARD),
            Figure("— precision over all", "precision", duplicates_found.PRECISION),
            Figure("— pairs of different pictures of one character taken for duplicates", "same_character_taken"),
            Figure("— of so many such pairs", "same_character_pairs"),
            Figure("— drawn cast (meets no goal): precision", "cast_precision"),
        ),
        quick=("--every", "5", "--faces", "60"),
        needs=PICTURES,
    ),
    Benchmark(
        "nli_speed",
        (
            Figure("nli, same weights: texts a second ÷ transformers' pipeline, nine calls", "times", nli_speed.GOAL),
            Figure("— at float32", "f32_times"),
            Figure("— Kyara, texts a second, nine attributes", "int8_per_s"),
            Figure("— the pipeline", "naive_per_s"),
            Figure("— furthest score at float32", "furthest_score", nli_speed.CLOSE, AT_MOST),
        ),
        quick=("--size", "tiny", "--texts", "1"),
    ),
    Benchmark(
        "text_stage",
        (
            Figure("rules → sentence → nli ÷ the pipeline, hearing by truth", "by_truth_times", text_stage.GOAL),
            Figure("— pairs that nli judges a text", "by_truth_pairs", text_stage.MOST_PAIRS, AT_MOST),
            Figure("— the same texts again, out of the cache: first ÷ second", "again_ratio", text_stage.AGAIN),
            Figure("— with a sentence encoder of random weights", "as_is_times"),
            Figure("— pairs then", "as_is_pairs"),
            Figure("— pairs a text that the goal allows", "pairs_at_goal"),
        ),
        quick=("--size", "tiny", "--texts", "24", "--as-is", "6", "--asked", "1"),
    ),
    Benchmark(
        "fusion_learned",
        (
            Figure("learned fusion: errors saved beside the average, four profiles met", "fewer_errors", FEWER),
            Figure("— on two profiles never met", "fewer_errors_unseen", FEWER_UNSEEN),
            Figure("— share of the gap to the oracle of extractors", "gap_to_oracle"),
            Figure("— worse than plain pooling (lower end of 95 %)", "worse_than_pooling_low", 0.0, AT_MOST),
            Figure("— most below the best strategy on a profile", "points_below_best_strategy", POINTS_BELOW, AT_MOST),
            Figure("— calibration error (ECE)", "ece", ECE, AT_MOST),
            Figure("— area under risk–coverage", "aurc"),
            Figure("— of the best single extractor", "aurc_best_extractor"),
        ),
        quick=("--seeds", "1", "--limit", "300", "--steps", "300"),
        needs=CROPS,
    ),
    Benchmark(
        "fusion_ceiling",
        (
            Figure("told nothing (pooling), all six profiles: errors saved beside the average", "pooling_saves"),
            Figure("— told the profile, a pooling each", "told_saves"),
            Figure("— told profile and rates, by Bayes' rule", "bayes_saves"),
            Figure("— the most that this could be (upper end of 95 %)", "bayes_saves_high"),
        ),
        quick=("--seeds", "1", "--limit", "300"),
        needs=CROPS,
    ),
    Benchmark(
        "fusion_policy",
        (
            Figure("policy: accuracy below asking everybody", "points_below_everybody", POINTS, AT_MOST),
            Figure("— at this share of the cost", "share_of_cost", SHARE, AT_MOST),
            Figure("— least above the cascade without learning", "least_over_aggressive", 0.0),
            Figure("— above the cascade on learned pooling", "least_over_pooling"),
            Figure("— reward gained by learning", "learned", GAINED),
        ),
        quick=("--seeds", "1", "--limit", "300", "--steps", "300"),
        needs=CROPS,
    ),
    Benchmark(
        "fusion_policy_speed",
        (
            Figure("policy: decisions a second, one core", "decisions_per_s", fusion_policy_speed.GOAL_PER_S),
            Figure("— with the states they are made from", "with_states_per_s", fusion_policy_speed.GOAL_PER_S),
            Figure("— a state with its evidence, µs", "state_us"),
        ),
        quick=("--sightings", "512"),
    ),
    Benchmark(
        "active_learning",
        (
            Figure(
                "review next: answers ÷ random's, to put as much right",
                "direct_share",
                active_learning.DIRECT_GOAL,
                AT_MOST,
            ),
            Figure("— to teach the pooling as much", "taught_share", active_learning.TAUGHT_GOAL, AT_MOST),
            Figure("— log loss before", "untaught_loss"),
            Figure("— after 20 % of the answers", "loss_next"),
            Figure("— in random order", "loss_random"),
            Figure("— ÷ those of least sure first, to put as much right", "of_unsure_direct"),
            Figure("— to teach as much", "of_unsure_taught"),
            Figure("— in a film, ÷ random's, to put as much right", "film_direct"),
            Figure("— its frames taught: log loss after 5 % of the answers", "film_loss_next"),
            Figure("— in random order", "film_loss_random"),
            Figure("— least sure first", "film_loss_unsure"),
        ),
        quick=("--heads", "300", "--seeds", "3", "--limit", "400"),
        needs=CROPS,
    ),
    Benchmark(
        "duplicates_speed",
        (
            Figure("1,000,000 fingerprints grouped, s", "seconds", duplicates_speed.GOAL_S, AT_MOST),
            Figure("— CPU seconds", "cpu_seconds"),
            Figure("— peak memory, MB", "peak_mb"),
            Figure("— copies found", "found", duplicates_speed.FOUND),
            Figure("— precision", "precision", duplicates_speed.TRUE),
        ),
        quick=("--count", "50000"),
    ),
    Benchmark(
        "quality_order",
        tuple(
            Figure(f"{fault}: Spearman of {what} with the steps", f"{fault}_{what}", quality_order.GOAL)
            for fault in quality_order.FAULTS
            for what in ("measure", "score")
        ),
        quick=("--every", "20"),
        needs=PICTURES,
    ),
)
