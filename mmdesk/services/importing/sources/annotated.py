"""What files of marks tell of one image, whichever program wrote them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

Points = tuple[tuple[float, float], ...]


@dataclass(slots=True)
class Annotated:
    """An image and what is said of it.

    Attributes:
        image: The image's file, as the file of marks names it.
        labels: What is said of the whole image or of something on it, each once.
        marks: Shape, points in pixels, and label of each mark.
        read: Whether anybody has looked at the image, as far as the file tells.
    """

    image: str
    labels: dict[str, None] = field(default_factory=dict)
    marks: list[tuple[str, Points, str]] = field(default_factory=list)
    read: bool = False

    def add(self, shape: str, points: Points, label: str) -> None:
        """Take a mark and its label."""
        self.marks.append((shape, points, label))
        self.say(label)

    def say(self, label: str) -> None:
        """Take a label of the image."""
        self.read = True
        if label:
            self.labels[label] = None


@dataclass(slots=True)
class Annotations:
    """All that a file or a folder of marks tells.

    Attributes:
        form: The form's name, as people call it.
        images: The images, in the order of the file.
        names: All labels that may be given, in order.
        left_out: How many things of each kind cannot be taken, by words for them.
    """

    form: str
    images: list[Annotated] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
