"""What the plots of an evaluation show, as lists: drawn, saved and clicked from the same points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mmdesk.words import tr

if TYPE_CHECKING:
    from mmdesk.core.judge.report import Findings


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one colour.

    Attributes:
        name: In the legend; empty for none.
        x: Of each point.
        y: Of each point.
        line: It is a line, else points.
        quiet: It is a line for the eye, such as a diagonal, or of few cases.
        second: It is of the other version.
        sideways: Intervals are those of x, not of y.
        low: Lower end of each point's interval; none when empty.
        high: Upper end of it.
        ids: The cases of each point; none when empty.
        words: What the cases of each point are.
        thresholds: Of each point of a curve; none when empty.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    line: bool = False
    quiet: bool = False
    second: bool = False
    sideways: bool = False
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    ids: Sequence[Sequence[int]] = ()
    words: Sequence[str] = ()
    thresholds: Sequence[float | None] = ()


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot.

    Attributes:
        name: For file names.
        title: For a person.
        x: What the horizontal axis is.
        y: What the vertical axis is.
        series: What is drawn.
        band: Places, lower and upper edge of a shaded band.
        ticks: Words at places of the vertical axis; numbers when empty.
        unit_square: Both axes go from 0 to 1.
    """

    name: str
    title: str
    x: str
    y: str
    series: tuple[Series, ...]
    band: tuple[Sequence[float], Sequence[float], Sequence[float]] = ((), (), ())
    ticks: Mapping[float, str] = field(default_factory=dict)
    unit_square: bool = False


def plots_of(findings: Findings, version: str, beside: str = "") -> dict[str, list[Plot]]:
    """Return the plots of one question by the title of their tab."""
    made: dict[str, list[Plot]] = {}
    if not findings["ids"]:
        return made
    if findings["kind"] == "binary":
        made[tr("ROC and precision")] = [_roc(findings, version, beside), _precision(findings, version, beside)]
        made[tr("Calibration")] = [_calibration(findings), _spread(findings)]
        made[tr("Refer")] = [_risk(findings)]
    elif findings["kind"] == "number":
        made[tr("Scatter")] = [_scatter(findings), _bland_altman(findings)]
    if findings["groups"]:
        made[tr("Groups")] = [_groups(findings)]
    return made


def to_csv(plot: Plot) -> str:
    """Return a plot's points as a table."""
    import csv
    import io

    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(["series", plot.x, plot.y, "low", "high", "threshold", "label", "cases"])
    for one in plot.series:
        for place, (x, y) in enumerate(zip(one.x, one.y, strict=True)):
            rows.writerow(
                [
                    one.name,
                    x,
                    y,
                    one.low[place] if one.low else "",
                    one.high[place] if one.high else "",
                    one.thresholds[place] if one.thresholds else "",
                    plot.ticks.get(y, ""),
                    len(one.ids[place]) if one.ids else "",
                ]
            )
    for x, low, high in zip(*plot.band, strict=True):
        rows.writerow(["95 %", x, "", low, high, "", "", ""])
    return written.getvalue()


def _curve(findings: Findings, key: str, version: str, beside: str) -> tuple[Series, ...]:
    def one(name: str, curve: Findings, *, second: bool) -> Series:
        return Series(name, curve["x"], curve["y"], line=True, second=second, thresholds=curve["thresholds"])

    other = findings.get("beside") or {}
    return (
        one(version, findings[key], second=False),
        *([one(beside, other[key], second=True)] if key in other else []),
    )


def _roc(findings: Findings, version: str, beside: str) -> Plot:
    band = (findings["roc"]["grid"], findings["roc"]["low"], findings["roc"]["high"])
    chance = Series(tr("chance"), [0, 1], [0, 1], line=True, quiet=True)
    series = (*_curve(findings, "roc", version, beside), chance)
    return Plot("roc", tr("ROC"), tr("1 - specificity"), tr("sensitivity"), series, band, unit_square=True)


def _precision(findings: Findings, version: str, beside: str) -> Plot:
    band = (findings["pr"]["grid"], findings["pr"]["low"], findings["pr"]["high"])
    share = findings["positives"] / max(1, findings["n"])
    chance = Series(tr("share of positive cases"), [0, 1], [share, share], line=True, quiet=True)
    series = (*_curve(findings, "pr", version, beside), chance)
    return Plot(
        "precision-recall", tr("Precision and recall"), tr("recall"), tr("precision"), series, band, unit_square=True
    )


def _calibration(findings: Findings) -> Plot:
    rows, ids = findings["calibration"], findings["ids"]
    words = [tr("cases with a probability near {mean:.0%}", mean=one["mean"]) for one in rows]
    points = Series(
        tr("found in cases (95 %)"),
        [one["mean"] for one in rows],
        [one["share"] for one in rows],
        low=[one["low"] for one in rows],
        high=[one["high"] for one in rows],
        ids=[[ids[row] for row in one["rows"]] for one in rows],
        words=words,
    )
    right = Series(tr("perfect"), [0, 1], [0, 1], line=True, quiet=True)
    return Plot(
        "calibration", tr("Calibration"), tr("probability said"), tr("share found"), (points, right), unit_square=True
    )


def _spread(findings: Findings) -> Plot:
    """Return how many cases each bin of the calibration has."""
    rows, ids = findings["calibration"], findings["ids"]
    bars = Series(
        "",
        [one["mean"] for one in rows],
        [one["n"] for one in rows],
        low=[0.0] * len(rows),
        high=[one["n"] for one in rows],
        ids=[[ids[row] for row in one["rows"]] for one in rows],
        words=[tr("cases with a probability near {mean:.0%}", mean=one["mean"]) for one in rows],
    )
    return Plot("cases", tr("Cases behind the calibration"), tr("probability said"), tr("cases"), (bars,))


def _risk(findings: Findings) -> Plot:
    risk = findings["risk"]
    line = Series(
        tr("wrong among the answered"), risk["coverage"], risk["risk"], line=True, thresholds=risk["sureness"]
    )
    return Plot("risk-coverage", tr("Risk and coverage"), tr("share answered"), tr("share wrong"), (line,))


def _scatter(findings: Findings) -> Plot:
    ids = [[one] for one in findings["ids"]]
    words = [tr("a case of the plot")] * len(ids)
    points = Series(tr("cases"), findings["truth"], findings["answers"], ids=ids, words=words)
    ends = [min(findings["truth"]), max(findings["truth"])]
    same = Series(tr("the same"), ends, ends, line=True, quiet=True)
    return Plot("scatter", tr("Reference and answer"), tr("reference"), tr("answer"), (points, same))


def _bland_altman(findings: Findings) -> Plot:
    pairs = list(zip(findings["truth"], findings["answers"], strict=True))
    means, apart = [(one + other) / 2 for one, other in pairs], [other - one for one, other in pairs]
    ids, words = [[one] for one in findings["ids"]], [tr("a case of the plot")] * len(pairs)
    ends, limits = [min(means), max(means)], findings["agreement"]
    lines = (
        Series(f"{words} {limits[key]:.3g}", ends, [limits[key]] * 2, line=True, quiet=True)
        for key, words in (("bias", tr("bias")), ("low", tr("lower limit")), ("high", tr("upper limit")))
    )
    points = Series(tr("cases"), means, apart, ids=ids, words=words)
    return Plot("bland-altman", tr("Bland-Altman"), tr("mean of both"), tr("answer - reference"), (points, *lines))


def _groups(findings: Findings) -> Plot:
    shown = [(place, one) for place, one in enumerate(findings["groups"]) if one["value"] is not None]
    ids = findings["ids"]

    def bars(name: str, *, few: bool) -> Series:
        some = [(place, one) for place, one in shown if one["few"] is few]
        return Series(
            name,
            [one["value"] for _, one in some],
            [-place for place, _ in some],
            quiet=few,
            sideways=True,
            low=[one["low"] if one["low"] is not None else one["value"] for _, one in some],
            high=[one["high"] if one["high"] is not None else one["value"] for _, one in some],
            ids=[[ids[row] for row in one["rows"]] for _, one in some],
            words=[tr("cases with {title} {group}", title=one["title"], group=one["group"]) for _, one in some],
        )

    ticks = {-float(place): f"{one['title']}: {one['group']}" for place, one in shown}
    figure = next((one["title"] for one in findings["figures"]), "")
    few = any(one["few"] for _, one in shown)
    series = (bars(tr("groups (95 %)") if few else "", few=False), bars(tr("groups of few cases"), few=True))
    return Plot("groups", tr("Groups"), figure, tr("group"), tuple(one for one in series if one.x), ticks=ticks)
