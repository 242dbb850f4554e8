"""`kyara fusion`: versions of the learned fusion: listed, looked at, learned from reviewed values, used and left."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from kyara.cli.options import Catalogue, Config
from kyara.errors import SettingsError
from kyara.fuse.cards import Card, Figures, Played, Score
from kyara.fuse.trust import calibration_in_words, trust
from kyara.fuse.versions import FALLBACK, NONE, Version, Versions
from kyara.settings import NO_CATALOGUE, load_settings
from kyara.vocabulary import Vocabulary, load_vocabulary

if TYPE_CHECKING:
    from kyara.recipes.learning import Lessons

app = typer.Typer(
    no_args_is_help=True, help="How evidence is weighed: learned from what you review, version by version."
)


@app.command("list")
def listed() -> None:
    """List every version, which one is in use, and how it did on values it had not seen."""
    versions = Versions()
    there, current = versions.list(), versions.current()
    console = Console()
    if not there:
        console.print(f"no version yet: values are pooled by {FALLBACK}; kyara fusion learn makes one")
        return
    names = (Column(name, no_wrap=True) for name in ("version", "made"))
    folded = Column("learned from", overflow="fold")
    table = _table("", *names, folded, _number("wrong"), _number("wrong before"), "begun with")
    for one in there:
        mark = "→" if one.name == current else ""
        if one.card is None or one.fault:
            table.add_row(mark, one.name, "", f"[red]damaged: {escape(one.fault or '')}[/]", "", "", "")
        else:
            table.add_row(mark, one.name, _day(one.card), *_told(one.card))
    console.print(table)
    if current == NONE:
        console.print(f"none is in use: values are pooled by {FALLBACK}; kyara fusion use VERSION takes one")


@app.command("show")
def show(
    version: Annotated[str | None, typer.Argument(help="Of kyara fusion list. [default: the one in use]")] = None,
    config: Config = None,
) -> None:
    """Show what a version learned: how far it trusts each extractor, attribute by attribute, and how it was judged."""
    console, versions = Console(), Versions()
    name = version or versions.current()
    if name == NONE:
        console.print(f"none is in use: values are pooled by {FALLBACK}; kyara fusion list shows what there is")
        return
    vocabulary = load_vocabulary(load_settings(config).vocabulary)
    learned, found = versions.load(name, vocabulary)
    _print_card(console, found)
    weights = (_number(name) for name in ("alone", "agreed", "opposed"))
    table = _table("attribute", "extractor", "calibration", *weights, "pooled")
    for attribute in learned.taught:
        after = learned.taught[attribute].after.get("pooling")
        pooled = calibration_in_words(after) if after else ""
        for i, one in enumerate(trust(learned, attribute, vocabulary)):
            told = (f"{weight:.2f}" for weight in (one.alone, one.agreed, one.opposed))
            table.add_row("" if i else attribute, one.extractor, one.calibration, *told, "" if i else pooled)
    console.print(table)
    console.print(
        "[dim]weight of its log probabilities where it speaks alone, where all others agree, where none does[/]"
    )


@app.command("learn")
def learn(
    catalogue: Catalogue = None,
    policy: Annotated[
        bool, typer.Option("--policy", help="Also whom to ask, where a policy is in use. Minutes; needs kyara[train].")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Keep nothing, change nothing.")] = False,
    config: Config = None,
) -> None:
    """Learn from the decisions of a catalogue, going on from the version in use. The new one is kept, and used if it
    beats the other on pictures that neither learned from."""
    from kyara.catalogue import opened  # other commands need no database
    from kyara.recipes.learning import learn as learned_from
    from kyara.recipes.learning import lessons

    settings = load_settings(config, catalogue=catalogue)
    if settings.catalogue == NO_CATALOGUE:
        raise SettingsError("there is no catalogue (--catalogue none); name a file or an address")
    vocabulary, versions = load_vocabulary(settings.vocabulary), Versions()
    console = Console()
    before = versions.in_use(vocabulary)
    if before.warning:
        console.print(f"[yellow]{escape(before.warning)}[/]", highlight=False, soft_wrap=True)
    with Console(stderr=True).status("reading decisions …") as status:

        def watch(count: int) -> None:
            if count % 100 == 0:
                status.update(f"reading decisions … {count:,} sightings")

        with opened(settings.catalogue) as there:
            given = lessons(there, vocabulary, watch)
        status.update(f"learning from {len(given.learning):,} sightings …")
        learnt = learned_from(given, vocabulary, versions, keep=not dry_run)
    _print_lessons(console, given)
    if learnt.card.figures and learnt.card.figures.own.values:
        _print_figures(console, learnt.card.figures, "this one")
    said = _outcome("fusion", learnt.version, learnt.held_back, before.name)
    console.print(said, highlight=False, soft_wrap=True)
    if policy:
        _learn_to_ask(console, given, vocabulary, versions, dry_run)


def _learn_to_ask(console: Console, given: Lessons, vocabulary: Vocabulary, versions: Versions, dry_run: bool) -> None:
    from kyara.recipes.learning_to_ask import learn_to_ask

    before = versions.current()
    with Console(stderr=True).status("learning whom to ask …") as status:

        def progress(said: str) -> None:
            status.update(f"learning whom to ask: {said}")

        done = learn_to_ask(given, vocabulary, versions, not dry_run, progress=progress)
    if done.played is None:
        console.print(f"[yellow]the policy is left as it is[/]: {escape(done.held_back or '')}", soft_wrap=True)
        return
    _print_played(console, done.played)
    said = _outcome("policy", done.version, done.held_back, before)
    console.print(said, highlight=False, soft_wrap=True)


@app.command("use")
def use(version: Annotated[str, typer.Argument(metavar="VERSION|shipped|none", help="Of kyara fusion list.")]) -> None:
    """Use a version from the next run on: one that was learned, the one that came with Kyara, or none."""
    versions = Versions()
    before = versions.current()
    name = versions.use(version)
    said = f"values are pooled by {FALLBACK}" if name == NONE else f"fusion {name} is in use"
    back = f"; kyara fusion use {before} goes back" if before != name else ""
    Console().print(f"{said} from the next run on{back}", highlight=False, soft_wrap=True)


def _outcome(what: str, version: Version | None, held_back: str | None, before: str) -> str:
    if version is None:
        would = f"would not be used: {held_back}" if held_back else "would be used"
        return f"{what}: nothing was kept (--dry-run); it {would}"
    if held_back is None:
        return f"{what} [green]{version.name} is in use[/] from the next run on; kyara fusion use {before} goes back"
    return (
        f"{what} {version.name} is kept, [yellow]not used[/]: {held_back}; "
        f"kyara fusion use {version.name} takes it all the same"
    )


def _print_lessons(console: Console, given: Lessons) -> None:
    def told(count: Counter[str]) -> str:
        return ", ".join(f"{escape(name)} {n:,}" for name, n in count.most_common())

    learning, held = (Counter(name for e in part for name in e.truth) for part in (given.learning, given.held_out))
    console.print(f"learned from {learning.total():,} reviewed values: {told(learning)}", highlight=False)
    console.print(f"held out {held.total():,}: {told(held)}" if held else "held out none", highlight=False)
    for why, count in given.left_out.items():
        console.print(f"left out {count:,}: {why}", highlight=False)


def _print_figures(console: Console, figures: Figures, name: str) -> None:
    columns = ("values", f"{name}: wrong", "Brier", f"{figures.other_name}: wrong", "Brier")
    table = _table("held out", *map(_number, columns))
    for attribute, pair in figures.attributes.items():
        table.add_row(attribute, *_cells(pair.own, pair.other))
    table.add_row("all", *_cells(figures.own, figures.other), style="bold")
    console.print(table)
    console.print(
        f"it alone was wrong in {figures.only_own}, {figures.other_name} alone in {figures.only_other}: "
        f"p = {figures.p:.2g} (exact paired test)",
        highlight=False,
    )


def _table(*columns: Column | str) -> Table:
    return Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)


def _number(name: str) -> Column:
    return Column(name, justify="right", no_wrap=True)


def _print_played(console: Console, played: Played) -> None:
    table = _table(f"{played.sightings:,} held-out sightings", *map(_number, ("reward", "answers", "cost")))
    for name, one in (("this policy", played.own), ("the one before", played.other)):
        table.add_row(name, f"{one.reward:.3f}", f"{one.worth:.3f}", f"{one.spent:.2f}")
    console.print(table)
    console.print(f"p = {played.p:.2g} (exact sign test)", highlight=False)


def _cells(own: Score, other: Score) -> tuple[str, ...]:
    return f"{own.values:,}", f"{own.errors:,}", f"{own.brier:.3f}", f"{other.errors:,}", f"{other.brier:.3f}"


def _print_card(console: Console, version: Version) -> None:
    card = version.card
    if card is None:
        return
    told = f"[bold]{version.name}[/] made {_day(card)} by Kyara {card.kyara}, from {_sources(card)}"
    begun = f", begun with {card.parent}" if card.parent else ""
    policy = ", with a policy" if version.policy else ""
    console.print(told + begun + policy, highlight=False, soft_wrap=True)
    if card.figures:
        _print_figures(console, card.figures, version.name)
    if card.played:
        _print_played(console, card.played)


def _told(card: Card) -> tuple[str, ...]:
    if card.figures is None:
        return _sources(card), "", "", card.parent or ""
    own, other = card.figures.own, card.figures.other
    said = (f"{own.errors:,} of {own.values:,}", f"{other.errors:,} ({card.figures.other_name})")
    return _sources(card), *said, card.parent or ""


def _sources(card: Card) -> str:
    return ", ".join(f"{count:,} {escape(name)}" for name, count in card.examples.items())


def _day(card: Card) -> str:
    return f"{datetime.fromtimestamp(card.at, UTC):%Y-%m-%d %H:%M}"
