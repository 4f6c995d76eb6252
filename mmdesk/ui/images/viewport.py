"""Where an image stands in its pane: scale and centre, without any widget."""

from __future__ import annotations

from dataclasses import dataclass

SMALLEST = 0.05
"""Smallest zoom, as a share of the fitted size."""
LARGEST = 16.0
"""Largest zoom, in screen pixels per image pixel."""


@dataclass(slots=True)
class Viewport:
    """The mapping from an image to a pane, both in screen pixels.

    Attributes:
        pane: Width and height of the pane.
        image: Width and height of the image at full resolution.
        zoom: 1.0 shows the whole image; 2.0 twice that size.
        x: The share of the image's width (0 to 1) that lies in the middle of the pane.
        y: The same for its height.

    Example:
        >>> view = Viewport((400, 400), (2000, 1000))
        >>> view.rect()
        (0.0, 100.0, 400.0, 200.0)
    """

    pane: tuple[int, int] = (1, 1)
    image: tuple[int, int] = (1, 1)
    zoom: float = 1.0
    x: float = 0.5
    y: float = 0.5

    @property
    def fit(self) -> float:
        """Screen pixels per image pixel when the whole image is shown."""
        scale = min(self.pane[0] / self.image[0], self.pane[1] / self.image[1])
        return max(scale, 1e-6)

    @property
    def scale(self) -> float:
        """Screen pixels per image pixel now."""
        return self.fit * self.zoom

    @property
    def fitted(self) -> bool:
        """Whether the whole image is shown, as large as it fits."""
        return abs(self.zoom - 1.0) < 1e-3

    @property
    def filling(self) -> float:
        """The zoom at which no empty border is left."""
        scale = max(self.pane[0] / self.image[0], self.pane[1] / self.image[1])
        return scale / self.fit

    def copy(self, pane: tuple[int, int] | None = None) -> Viewport:
        """Return the same view, on a pane of another size when given."""
        return Viewport(pane or self.pane, self.image, self.zoom, self.x, self.y)

    def visible(self) -> tuple[float, float, float, float]:
        """Return the part of the image (x, y, width, height) that lies in the pane."""
        left, top, width, height = self.rect()
        x0, y0 = max(-left, 0.0), max(-top, 0.0)
        x1, y1 = min(self.pane[0] - left, width), min(self.pane[1] - top, height)
        scale = self.scale
        return x0 / scale, y0 / scale, max(x1 - x0, 0.0) / scale, max(y1 - y0, 0.0) / scale

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return the point of the image that lies at a point of the pane, both in their pixels."""
        left, top, _, _ = self.rect()
        return (x - left) / self.scale, (y - top) / self.scale

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the image lies on the pane."""
        left, top, _, _ = self.rect()
        return left + x * self.scale, top + y * self.scale

    def rect(self) -> tuple[float, float, float, float]:
        """Return left, top, width and height of the image on the pane."""
        width, height = self.image[0] * self.scale, self.image[1] * self.scale
        return (self.pane[0] / 2 - self.x * width, self.pane[1] / 2 - self.y * height, width, height)

    def reset(self) -> None:
        """Show the whole image."""
        self.zoom, self.x, self.y = 1.0, 0.5, 0.5

    def zoom_by(self, factor: float, at: tuple[float, float] | None = None) -> float:
        """Zoom, keeping the image point under `at` where it is.

        Args:
            factor: Above 1 enlarges.
            at: A point of the pane, as shares of its width and height; the middle when None.

        Returns:
            The factor that was applied, between the smallest and the largest zoom.
        """
        most = max(LARGEST / self.fit, 1.0)
        zoom = min(max(self.zoom * factor, SMALLEST), most)
        applied = zoom / self.zoom
        px, py = at or (0.5, 0.5)
        left, top, width, height = self.rect()
        point_x = (px * self.pane[0] - left) / width
        point_y = (py * self.pane[1] - top) / height
        self.zoom = zoom
        width, height = width * applied, height * applied
        self._place(point_x - (px - 0.5) * self.pane[0] / width, point_y - (py - 0.5) * self.pane[1] / height)
        return applied

    def pan_by(self, dx: float, dy: float) -> None:
        """Move the image by shares of its shown width and height."""
        self._place(self.x - dx, self.y - dy)

    def _place(self, x: float, y: float) -> None:
        _, _, width, height = self.rect()
        self.x = min(max(x, 0.0), 1.0) if width > self.pane[0] + 1 else 0.5
        self.y = min(max(y, 0.0), 1.0) if height > self.pane[1] + 1 else 0.5
