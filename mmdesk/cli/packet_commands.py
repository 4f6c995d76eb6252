"""Commands about packets: cases for another workstation in one file, and the answers that come back."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mmdesk.cli.options import Json, ProjectPath, opened
from mmdesk.cli.terminal import Terminal
from mmdesk.words import QT_TR_NOOP, tr


class Images(StrEnum):
    """What becomes of the images."""

    COPY = "copy"
    REFERENCE = "reference"


def add_to(app: typer.Typer) -> None:
    """Add these commands to the program."""
    app.command("packet")(packet)
    app.command("merge")(merge)


def packet(
    project: ProjectPath,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The packet, ending in .mmpacket.")],
    *,
    reader: Annotated[
        str, typer.Option("--reader", metavar="NAME", help="For whom; their assigned cases, or all where none are.")
    ] = "",
    images: Annotated[
        Images, typer.Option("--images", help="Whether images go along, or the packet says where they lie.")
    ] = Images.COPY,
    deidentify: Annotated[
        bool,
        typer.Option("--deidentify", help="Coded names, dates shifted by group, no texts, images as bare pixels."),
    ] = False,
    json: Json = False,
) -> None:
    """Write cases for another workstation, nobody's labels among them; there, write the answers to bring back.

    A project that was made from a packet writes its reader's answers.
    """
    from mmdesk.services.readers.packets import write_packet

    terminal = Terminal(as_json=json)
    with opened(project) as source, terminal.working() as work:
        made = write_packet(source, reader, out, ctx=work, copy=images is Images.COPY, deidentify=deidentify)
    what = tr("Answers") if made.kind == "answers" else tr("Cases")
    cases = tr("1 case") if made.cases == 1 else tr("{cases:,} cases", cases=made.cases)
    words = tr("{what} of {cases} for {reader}: {out}", what=what, cases=cases, reader=made.reader, out=out)
    left_out = [tr("Left out: {line}", line=line) for line in made.left_out]
    terminal.finish({"project": str(project), "out": str(out), **asdict(made)}, words, *left_out)


def merge(
    project: ProjectPath,
    packets: Annotated[
        list[Path], typer.Argument(metavar="PACKET...", help=QT_TR_NOOP("Packets with answers."), show_default=False)
    ],
    json: Json = False,
) -> None:
    """Take back what readers said elsewhere; the order does not matter, nothing made here is overwritten."""
    from mmdesk.services.readers.packets import merge_packets

    terminal = Terminal(as_json=json)
    with opened(project) as target, terminal.working() as work:
        merged, _ = merge_packets(target, packets, ctx=work)
    words = tr(
        "Labels: {labels:,}. Marks: {marks:,}. Referrals: {referrals:,}.",
        labels=merged.labels,
        marks=merged.marks,
        referrals=merged.referrals,
    )
    conflicts = [
        tr("Answered in several ways, all kept: {case}, {target}, {reader}", case=case, target=target, reader=reader)
        for case, target, reader in merged.conflicts
    ]
    digest = tr("All labels: {digest}", digest=merged.digest)
    terminal.finish({"project": str(project), **asdict(merged)}, words, *conflicts, *merged.left_out, digest)
