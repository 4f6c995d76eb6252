"""A decode lane that works when the test says so, and made pictures by file name."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from mmdesk.core.errors import ImageProblem
from mmdesk.ui.images.content import Content
from mmdesk.ui.images.decoded_image import DecodedImage, Source
from mmdesk.ui.images.strips import to_image


class Lane:
    """Stands for the decode lane: work is done when the test says so, in any order."""

    def __init__(self):
        self.waiting = []

    def run(self, name, work, then=None, *, lane="", failed=None, progress=None, urgent=False):
        job = SimpleNamespace(cancelled=False, urgent=urgent, check_cancelled=lambda: None, progress=progress)

        def cancel():
            job.cancelled = True

        job.cancel = cancel
        self.waiting.append((job, work, then, failed))
        return job

    def finish(self, which=0):
        job, work, then, failed = self.waiting.pop(which)
        try:
            result = work(job)
        except ImageProblem as problem:
            failed(problem)
            return
        if not job.cancelled and then is not None:
            then(result)

    def finish_all(self):
        while self.waiting:
            self.finish()


def read(wanted, _ctx=None):
    """Make the picture that a name tells: `100_wide.png` is a 2000 x 1000 grey of shade 100."""
    name, box = wanted.source.path.name, wanted.box
    if "broken" in name:
        raise ImageProblem("This image cannot be read: the file ends early.")
    width, height = full = (2000, 1000) if "wide" in name else (800, 800)
    if box:
        share = min(1.0, box[0] / width, box[1] / height)
        width, height = max(1, round(width * share)), max(1, round(height * share))
    shade = int(name.split("_")[0])
    image = to_image(np.full((height, width, 3), shade, np.uint8))
    return DecodedImage(image, full, whole=(width, height) == full, frame=wanted.frame)


def content(case, name, title="Left eye", side="left", missing=""):
    source = Source(Path(name), "x") if name else None
    return Content(case, f"c{case}", title, title, side, source, missing)
