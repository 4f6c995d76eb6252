"""Faults that no test noticed once, by name; each is noticed now and has to stay so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Named:
    """One fault.

    Attributes:
        name: What no longer holds with it.
        file: The module's file.
        before: The text that is replaced; it stands in the file once.
        after: The text in its stead.
        tests: The files of tests that are to notice it.
    """

    name: str
    file: str
    before: str
    after: str
    tests: tuple[str, ...]


NAMED = (
    Named(
        "an entry of the journal follows the one before",
        "mmdesk/storage/database/journal.py",
        'elif row["previous"] != head.hash:',
        "elif False:",
        ("tests/unit/storage/test_journal.py",),
    ),
    Named(
        "an embedding belongs to its part",
        "mmdesk/storage/embedding_cache.py",
        "yield from connection.execute(_GET, (part, json.dumps(keys)))",
        'yield from connection.execute(_GET.replace("part = ?", "? != \'\'"), (part, json.dumps(keys)))',
        ("tests/unit/inference/test_scorer.py", "tests/unit/storage/test_embedding_cache.py"),
    ),
    Named(
        "an image that is not there does not look unlike the training cases",
        "mmdesk/inference/scorer.py",
        "is_unlike(known, embedded.values[name]) & embedded.present[name]",
        "is_unlike(known, embedded.values[name])",
        ("tests/unit/inference/test_scorer.py",),
    ),
    Named(
        "a sequence keeps its last steps",
        "mmdesk/core/fields/arrays.py",
        "else value[-length:]",
        "else value[:length]",
        ("tests/unit/core/test_prepare.py",),
    ),
    Named(
        "risk against coverage answers the surest cases first",
        "mmdesk/core/judge/curves.py",
        "np.argsort(-np.asarray(sureness, float)",
        "np.argsort(np.asarray(sureness, float)",
        ("tests/unit/core/test_evaluation.py",),
    ),
    Named(
        "a second Enter while storing does nothing",
        "mmdesk/ui/reading/labelling.py",
        "return self._storing[0] == case_id and time.monotonic() - self._storing[1] < STORING",
        "return False",
        ("tests/gui/test_reading.py",),
    ),
    Named(
        "a result of the project before is not delivered to the new one",
        "mmdesk/ui/kit/lanes.py",
        "if then is not None and (project is None or self._project() is project):",
        "if then is not None:",
        ("tests/gui/test_stale_results.py",),
    ),
    Named(
        "a view read before a change is not shown",
        "mmdesk/ui/reading/case_loader.py",
        "if age != self._age_of(case_id):",
        "if False:",
        ("tests/gui/test_stale_results.py",),
    ),
    Named(
        "a neighbour's view read before a change is not kept",
        "mmdesk/ui/reading/case_loader.py",
        "if ages[view.case.id] == self._age_of(view.case.id):",
        "if True:",
        ("tests/gui/test_stale_results.py",),
    ),
    Named(
        "what cannot be promoted has no button for it",
        "mmdesk/ui/models/version_pane.py",
        "self.promote.setEnabled(able and tried and not under_way)",
        "self.promote.setEnabled(True)",
        ("tests/gui/test_models_page.py",),
    ),
    Named(
        "a correction pulls twice as hard",
        "mmdesk/modelling/training/finetune.py",
        "CORRECTION = 2.0",
        "CORRECTION = 1.0",
        ("tests/unit/modelling/test_finetune_rules.py",),
    ),
    Named(
        "unread cases hold the model to what it said",
        "mmdesk/modelling/training/finetune.py",
        "DISTILLATION = 0.3",
        "DISTILLATION = 0.0",
        ("tests/unit/modelling/test_finetune_rules.py",),
    ),
    Named(
        "fine-tuning is pulled towards the starting weights",
        "mmdesk/modelling/training/fit.py",
        "variable.regularizer = _Towards(towards[index], strength)",
        "variable.regularizer = None",
        ("tests/unit/modelling/test_finetune_rules.py",),
    ),
    Named(
        "inputs are hidden now and then while training",
        "mmdesk/modelling/training/fit.py",
        "if training.drop_inputs:",
        "if False:",
        ("tests/unit/modelling/test_finetune_rules.py",),
    ),
)
