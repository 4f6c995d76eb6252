"""The import assistant: a table becomes a project, and nothing is dropped in silence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QProgressBar,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mmdesk.core.errors import Situation
from mmdesk.core.fields.schema import Schema
from mmdesk.core.job import JobContext, Progress
from mmdesk.support.policy import policy
from mmdesk.ui.importing.free_folder import free_folder
from mmdesk.ui.importing.image_choice import ImageChoice
from mmdesk.ui.importing.import_check import ImportCheck, lines_of, plain_table
from mmdesk.ui.importing.import_columns import lacks, plan_of, use_of, uses, with_missing, with_use, without_new_targets
from mmdesk.ui.importing.known_cases import KnownCases
from mmdesk.ui.importing.new_target import NewTarget
from mmdesk.ui.importing.table_questions import TableQuestions
from mmdesk.ui.kit.bridge import Bridge
from mmdesk.ui.kit.dropped import Dropped
from mmdesk.ui.kit.keys import Keys
from mmdesk.ui.parts.drop_page import DropPage
from mmdesk.ui.parts.parts import button, label, row
from mmdesk.words import QT_TR_NOOP, tr

if TYPE_CHECKING:
    from mmdesk.jobs.runner import Job
    from mmdesk.services.importing.choices import TableChoices
    from mmdesk.services.importing.from_table import ImportReport, TableLook

_FOLDERS: Final = QT_TR_NOOP("A folder holds images or DICOM files, or a table is in it or beside it.")
STEPS: Final = ("Table", "Columns", "Check")


class ImportPage(DropPage):
    """One step a page; going back never loses what was chosen.

    Signals:
        imported: Folder of the project that was made.
        left: The person stepped back from the first step.
    """

    imported = Signal(str)
    left = Signal()

    def __init__(self, bridge: Bridge, keys: Keys) -> None:
        super().__init__()
        self._bridge = bridge
        self._table: Path | None = None
        self._look: TableLook | None = None
        self._schema: Schema | None = None
        self._images: Path | None = None
        self._into_open = False
        self._job: Job[Any] | None = None
        self._dropped = Dropped(bridge, self._take_dropped, self.imported.emit, self._tell)
        self._build()
        self.setFocusProxy(self.main)
        keys.bind("import_on", self.go_on, page="importing")
        keys.bind("back", self.go_back, page="importing")

    def take_table(self, table: Path) -> None:
        """Look at a table and guess what its columns are."""
        self._table, self._images, self._into_open = table, None, False
        self.name.setText(table.stem)
        self.questions.begin()
        self.choice.begin()
        self.known.begin()
        self._show_step(0)
        self._look_at()

    def take_more(self, table: Path) -> None:
        """Check a table whose cases are to be added to the open project."""
        session = self._bridge.session
        if session is None:
            return
        self._table, self._into_open, self._look = table, True, None
        self._schema = session.schema
        self.questions.begin()
        self.choice.begin()
        self.known.begin()
        self._check()

    def takes_drops(self) -> bool:
        """Tell whether something can be dropped now: not while a job runs."""
        return self._job is None

    def take_path(self, path: Path) -> None:
        """Do what a path asks for that was dropped or chosen."""
        if self._job is None:
            self._tell("")
            self._dropped.take(path)

    def take_folder(self, folder: Path) -> None:
        """Begin a new project from a folder with a table or DICOM files."""
        self._into_open = False
        self._show_step(0)
        self.take_path(folder)

    def go_on(self) -> None:
        """Do what the filled button says."""
        if self.main.isEnabled():
            (self._choose_table, self._check, self._import)[self.steps.currentIndex()]()

    def go_back(self) -> None:
        """Go one step back; what was chosen stays."""
        if self._job is not None:
            self._job.cancel()
            return
        step = self.steps.currentIndex()
        if step == 0 or self._into_open:
            self.left.emit()
        else:
            self._show_step(step - 1)

    # -- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self.title = label(size="section")
        self.problem = label(kind="danger", wrap=True)
        self.problem.hide()
        self.questions = TableQuestions()
        self.questions.chosen.connect(self._on_answer)
        self.questions.moved.connect(self._on_moved)
        self.choice = ImageChoice()
        self.choice.chosen.connect(self._on_answer)
        self.known = KnownCases()
        self.known.chosen.connect(self._on_answer)
        self.check = ImportCheck()
        self.check.as_missing.connect(self._as_missing)
        self.steps = QStackedWidget()
        for step in (self._table_step(), self._columns_step(), self.check):
            self.steps.addWidget(step)
        self.progress = QProgressBar()
        self.progress.setMaximumWidth(260)
        self.progress.hide()
        self.progress_words = label(kind="quiet")
        self.back = button("Back", self.go_back)
        self.main = button(tr("Choose a table…"), self.go_on, primary=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.problem)
        layout.addWidget(self.questions)
        layout.addWidget(self.choice)
        layout.addWidget(self.known)
        layout.addWidget(self.steps, 1)
        layout.addLayout(row(self.progress, self.progress_words, 0, self.back, self.main))
        self._show_step(0)

    def _table_step(self) -> QWidget:
        layout = QVBoxLayout(self.drop)
        layout.addStretch(1)
        layout.addLayout(row(0, label(tr("Drop a table, a folder of images, or a file of marks here.")), 0))
        layout.addLayout(row(0, label(tr(_FOLDERS), kind="quiet", wrap=False), 0))
        layout.addSpacing(12)
        layout.addLayout(row(0, button(tr("Choose a folder…"), self._choose_folder), 0))
        layout.addStretch(2)
        return self.drop

    def _columns_step(self) -> QWidget:
        page = QWidget()
        self.name = QLineEdit()
        self.name.setAccessibleName(tr("Name of the project"))
        self.name.setMaximumWidth(320)
        self.images = button(tr("Choose the images' folder…"), self._choose_images)
        self.columns = QTableWidget(0, 4)
        plain_table(self.columns, ("Column", tr("Use as"), tr("Guess because"), "Example"))
        self.copy = QCheckBox(tr("Copy the images into the project"))
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row(label("Project"), self.name, 0, self.copy, self.images))
        layout.addWidget(self.columns, 1)
        self.assumed = label(kind="quiet", wrap=True)
        layout.addWidget(self.assumed)
        self.target = NewTarget()
        self.target.added.connect(self._add_target)
        self.target.taken_back.connect(self._take_target_back)
        layout.addWidget(self.target)
        return page

    # -- steps --------------------------------------------------------------------------------

    def _show_step(self, step: int) -> None:
        self.steps.setCurrentIndex(step)
        names = [f"{number} {words}" for number, words in enumerate(STEPS, 1)]
        names[step] = f"[ {names[step]} ]"
        self.title.setText("   >   ".join(names))
        self.problem.hide()
        if step < 2:
            self.main.setText((tr("Choose a table…"), "Check")[step])
            self.main.setEnabled(True)
        if step == 1:
            self._say_lacking()

    def _choose_table(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self,
            tr("Choose a table"),
            "",
            tr("Tables and marks (*.csv *.tsv *.txt *.xlsx *.parquet *.jsonl *.json *.xml *.yaml);;All files (*)"),
        )
        if path:
            self.take_table(Path(path))

    def _choose_folder(self) -> None:
        if folder := QFileDialog.getExistingDirectory(self, tr("Choose a folder with images, DICOM files or a table")):
            self.take_path(Path(folder))

    def _take_dropped(self, path: str) -> None:
        if self._into_open and self._bridge.session is not None:
            self.take_more(Path(path))
        else:
            self.take_table(Path(path))

    def _choose_images(self) -> None:
        if folder := QFileDialog.getExistingDirectory(self, tr("Choose the images' folder")):
            self._images = Path(folder)
            self._look_at()

    def _look_at(self) -> None:
        table, images, name = self._table, self._images, self.name.text().strip()
        if table is None:
            return
        choices = self.questions.choices()

        def work(ctx: JobContext) -> TableLook:
            from mmdesk.services.importing.from_table import look_at

            return look_at(table, name=name, images=images, choices=choices, ctx=ctx)

        self._run(tr("Looking at the table"), work, self._looked)

    def _looked(self, look: TableLook) -> None:
        self._ended()
        self._look, self._schema = look, look.schema
        self.questions.offer_look(look)
        self.assumed.setText(lines_of(look.warnings))
        self.assumed.setToolTip("\n".join(look.warnings))
        self.assumed.setVisible(bool(look.warnings))
        self.target.begin()
        self.choice.begin()
        self.name.setText(look.schema.name)
        self._fill_columns(look)
        self._show_step(1)
        self.main.setFocus()

    def _fill_columns(self, look: TableLook) -> None:
        self.columns.setRowCount(len(look.examples))
        for index, (column, examples) in enumerate(look.examples.items()):
            use = QComboBox()
            use.addItems(uses())
            use.setCurrentText(use_of(look.schema, column))
            use.setAccessibleName(tr("Use {column} as", column=column))
            use.textActivated.connect(lambda words, c=column: self._use(c, words))
            self.columns.setItem(index, 0, QTableWidgetItem(column))
            self.columns.setCellWidget(index, 1, use)
            self.columns.setItem(index, 2, QTableWidgetItem(look.because.get(column, "")))
            self.columns.setItem(index, 3, QTableWidgetItem(", ".join(examples)))
        for column_place, width in enumerate((180, 230, 360)):
            self.columns.setColumnWidth(column_place, width)

    def _use(self, column: str, words: str) -> None:
        if self._schema is not None:
            self._schema = with_use(self._schema, column, words)
            for index in range(self.columns.rowCount()):
                box = self.columns.cellWidget(index, 1)
                item = self.columns.item(index, 0)
                if isinstance(box, QComboBox) and item is not None:
                    box.setCurrentText(use_of(self._schema, item.text()))
            self._say_lacking()

    def _add_target(self) -> None:
        if self._schema is not None:
            self._schema = self.target.added_to(self._schema)
            self._say_lacking()

    def _take_target_back(self) -> None:
        """Leave out the targets that no column of the table stands for."""
        if self._schema is not None and self._look is not None:
            self._schema = without_new_targets(self._schema, self._look.examples)
            self.target.begin()
            self._say_lacking()

    def _say_lacking(self) -> None:
        """Say what has to be chosen first; a table without images may be imported all the same."""
        schema = self._schema
        words = lacks(schema) if schema else ""
        no_images = schema is not None and not schema.images
        said = " ".join(
            part
            for part in (
                tr(
                    "No column matches image files in this folder. Your table is untouched. "
                    "Choose the column or another folder."
                )
                if no_images
                else "",
                words,
            )
            if part
        )
        self.target.say_given(schema)
        self.problem.setText(said)
        self.problem.setVisible(bool(said))
        self.main.setEnabled(not words)

    def _check(self) -> None:
        table, schema = self._table, self._schema
        if table is None or schema is None:
            return
        choices, images = self._choices(), self.choice.choices()
        session = self._bridge.session
        project = session.project if session is not None and self._into_open else None

        def work(ctx: JobContext) -> ImportReport:
            from mmdesk.services.importing.from_table import check_table

            return check_table(table, schema, ctx=ctx, choices=choices, images=images, project=project)

        self._run(tr("Checking the table"), work, self._checked)

    def _checked(self, report: ImportReport) -> None:
        self._ended()
        self.questions.offer_report(report)
        self.choice.offer(report.questions)
        self.known.offer(report.names, report.moves)
        images = self._schema is not None and bool(self._schema.images)
        self.check.show_report(report, self._plan(), images=images, new=not self._into_open)
        self._show_step(2)
        self.main.setText(tr("Import {count} cases", count=f"{report.cases:,}"))
        decided = self.choice.decided and self.known.decided and self.questions.decided
        self.main.setEnabled(report.cases > 0 and decided)
        self.main.setFocus()

    def _on_answer(self) -> None:
        """Check again by what was answered, where the check was made already."""
        if self.steps.currentIndex() == 2 and self._job is None:
            self._check()

    def _as_missing(self, name: str, option: str) -> None:
        """Count a class as missing, and check again."""
        if self._schema is not None and self._job is None:
            self._schema = with_missing(self._schema, name, option)
            self._check()

    def _choices(self) -> TableChoices:
        """Return what was decided about the table."""
        found = self.questions.choices()
        return replace(found, same_ids=self.known.same_ids, splits=self.known.splits)

    def _on_moved(self) -> None:
        """Read the sheet or header row that was chosen."""
        if self._job is None:
            (self._check if self._into_open else self._look_at)()

    def _plan(self) -> str:
        """Say what becomes of the columns, and where it is written."""
        schema, table = self._schema, self._table
        if schema is None or table is None:
            return ""
        lines = plan_of(schema)
        if not self._into_open:
            lines.append(tr("Written to {folder}. Your table and images stay as they are.", folder=self._folder(table)))
        return "\n".join(lines)

    def _folder(self, table: Path) -> Path:
        name = self.name.text().strip() or table.stem
        return free_folder(policy().projects_folder or table.parent, name)

    def _import(self) -> None:
        table, schema = self._table, self._schema
        if table is None or schema is None:
            return
        reader = str(self._bridge.preferences.get("reader"))
        copy, choices, images = self.copy.isChecked(), self._choices(), self.choice.choices()
        session = self._bridge.session
        if self._into_open and session is not None:
            project = session.project

            def add(ctx: JobContext) -> ImportReport:
                from mmdesk.services.importing.from_table import import_table

                return import_table(
                    project,
                    table,
                    ctx=ctx,
                    choices=choices,
                    copy_images=copy,
                    images=images,
                    reader=reader,
                )

            self._run(tr("Importing cases"), add, self._added)
            return
        name = self.name.text().strip() or table.stem
        folder = self._folder(table)

        def make(ctx: JobContext) -> ImportReport:
            from mmdesk.services.importing.from_table import new_project

            folder.parent.mkdir(parents=True, exist_ok=True)
            return new_project(
                folder,
                table,
                ctx=ctx,
                schema=schema.renamed(name),
                choices=choices,
                copy_images=copy,
                images=images,
                reader=reader,
            )

        self._run(tr("Importing cases"), make, lambda report: self._made(folder, report))

    def _made(self, folder: Path, report: ImportReport) -> None:
        self._ended()
        said = report.images_words if report.images_unreadable else ""
        self._bridge.notices.tell(
            tr("{added:,} cases are in {stem}. {said}", added=report.added, stem=folder.stem, said=said).strip()
        )
        self.imported.emit(str(folder))

    def _added(self, report: ImportReport) -> None:
        from mmdesk.core.changes import Change
        from mmdesk.support.clock import utc_now

        self._ended()
        said = report.images_words if report.images_unreadable else ""
        words = tr(
            "{added:,} cases added, {updated:,} renewed. {said}", added=report.added, updated=report.updated, said=said
        ).strip()
        self._bridge.tell(Change(worklist=True, saved_at=utc_now(), words=words))
        self.left.emit()

    # -- jobs ---------------------------------------------------------------------------------

    def _run(self, name: str, work, then) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        self.main.setEnabled(False)
        self.back.setText("Cancel")
        self.progress.setRange(0, 0)
        self.progress.show()
        self.problem.hide()
        self._job = self._bridge.run(
            name,
            work,
            then,
            lane="background",
            failed=self._failed,
            progress=self._on_progress,
            cancelled=self._cancelled,
            shown=True,
        )

    def _on_progress(self, progress: Progress) -> None:
        self.progress.setRange(0, progress.total)
        self.progress.setValue(progress.done)
        of = tr(" {done:,} of {total:,}", done=progress.done, total=progress.total) if progress.total else ""
        self.progress_words.setText(f"{progress.words}{of}")

    def _ended(self) -> None:
        self._job = None
        self.progress.hide()
        self.progress_words.clear()
        self.back.setText("Back")
        self.main.setEnabled(True)

    def _cancelled(self) -> None:
        self._ended()
        self._bridge.notices.tell(tr("Cancelled. Nothing was written."))

    def _failed(self, problem: BaseException) -> None:
        self._ended()
        if not isinstance(problem, Situation):
            self._bridge.notices.raised(problem)
            return
        self._tell(problem.say())

    def _tell(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
