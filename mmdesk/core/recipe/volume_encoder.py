"""What encoders of volumes have in common: they look at so many slices of a size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kind import Form
from mmdesk.core.fields.volume_form import form_of
from mmdesk.core.recipe.encoder import same_of_all
from mmdesk.core.recipe.image_encoder import ImageEncoder
from mmdesk.words import tr


@dataclass(frozen=True)
class VolumeEncoder(ImageEncoder):
    """Takes volumes: the model that looks takes (n, depth, pixels, pixels, channels)."""

    takes: ClassVar[tuple[Form, ...]] = (Form.VOLUME,)
    channels: ClassVar[int] = 1
    """1 for grey, 3 for colours."""

    def check_fields(self, fields: Sequence[Field]) -> None:
        """Volumes that share an encoder have as many slices."""
        super().check_fields(fields)
        if not same_of_all([form_of(field).depth for field in fields]):
            raise self.refused(
                tr("volumes of different depths cannot share an encoder"),
                tr("Give each of them an [[encoder]] of its own, or the same depth in the schema."),
                key="inputs",
            )
