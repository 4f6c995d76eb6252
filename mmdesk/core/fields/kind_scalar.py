"""Kinds whose values become one number each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mmdesk.core.fields.field import Field
from mmdesk.core.fields.kind import CONTENT, Form, Kind, T
from mmdesk.core.fields.states import InputState, Limits, Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Scalar(Kind[T]):
    """Base of kinds whose values become one scaled number each."""

    form = Form.SCALAR
    encoder = ("dense", 16)

    @abstractmethod
    def amount(self, value: T) -> float:
        """Return the number that stands for a value."""

    def learn(self, values: Sequence[T], field: Field, limits: Limits) -> InputState:
        """Learn middle and spread, or quantiles; a scale is chosen for amounts alone."""
        from mmdesk.core.fields.arrays import learn_numbers

        known = limits if self.is_amount else replace(limits, suitable=False)
        return learn_numbers(self.name, [self.amount(value) for value in values], known)

    def shapes(self, state: InputState) -> Mapping[str, Shape]:
        """Return one number."""
        return {CONTENT: Shape((1,))}

    def arrays(self, state: InputState, values: Sequence[T | None]) -> dict[str, NDArray[Any]]:
        """Return the scaled numbers."""
        from mmdesk.core.fields.arrays import number_array

        numbers = [None if value is None else self.amount(value) for value in values]
        return {CONTENT: number_array(state, numbers)}
