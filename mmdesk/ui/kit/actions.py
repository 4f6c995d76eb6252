"""Every action, declared once: menu, palette, hints and key sheet come from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mmdesk.ui.kit.pages import PAGES, Page
from mmdesk.words import QT_TR_NOOP

EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do.

    Attributes:
        name: Identifier.
        words: What it does, a verb with its object.
        keys: Keys in portable text ("Ctrl+Shift+P", "?", "Shift+J").
        scope: `everywhere` (while typing too, unless the key writes a sign into the field) or the page
            whose single keys they are.
        group: Menu it stands in; empty for none.
        guarded: A label key: only on the painted case, and not within its first moments.
        repeat: A held key goes on acting.
        hold: The handler gets True on press and False on release.
        digit: The handler gets the digit that was pressed.
        native: Qt itself does it; listed only.
        synonyms: Other words the palette finds it by.
    """

    name: str
    words: str
    keys: tuple[str, ...]
    scope: str = "reading"
    group: str = ""
    guarded: bool = False
    repeat: bool = False
    hold: bool = False
    digit: bool = False
    native: bool = False
    synonyms: str = ""


_DIGITS = tuple("1234567890")
_E = EVERYWHERE


def _of_page(page: Page) -> Action:
    keys = (page.key,) if page.key else ()
    return Action(page.action, f"{page.title} page", keys, _E, "Go", synonyms=page.synonyms)


ACTIONS: Final = [
    Action(
        "new_project",
        QT_TR_NOOP("New project from a table"),
        ("Ctrl+N",),
        _E,
        "File",
        synonyms=QT_TR_NOOP("import create csv"),
    ),
    Action(
        "new_from_folder",
        QT_TR_NOOP("New project from a folder"),
        (),
        _E,
        "File",
        synonyms=QT_TR_NOOP("dicom dicomdir import"),
    ),
    Action("open_project", QT_TR_NOOP("Open project"), ("Ctrl+O",), _E, "File", synonyms=QT_TR_NOOP("folder load")),
    Action("import_more", QT_TR_NOOP("Import more cases"), (), _E, "File", synonyms=QT_TR_NOOP("add table")),
    Action(
        "export", QT_TR_NOOP("Export labels and predictions"), (), _E, "File", synonyms=QT_TR_NOOP("csv xlsx save as")
    ),
    Action(
        "export_marks",
        QT_TR_NOOP("Export marks as COCO JSON"),
        (),
        _E,
        "File",
        synonyms=QT_TR_NOOP("annotations save as"),
    ),
    Action(
        "export_marks_sr",
        QT_TR_NOOP("Export marks as DICOM SR"),
        (),
        _E,
        "File",
        synonyms=QT_TR_NOOP("report measurements"),
    ),
    Action(
        "export_marks_gsps", QT_TR_NOOP("Export marks as DICOM presentation states"), (), _E, "File", synonyms="gsps"
    ),
    Action("back_up", QT_TR_NOOP("Back up now"), (), _E, "File", synonyms=QT_TR_NOOP("backup copy safe")),
    Action(
        "restore",
        QT_TR_NOOP("Restore a backup"),
        (),
        _E,
        "File",
        synonyms=QT_TR_NOOP("go back earlier state damaged recover"),
    ),
    Action("print_images", QT_TR_NOOP("Print the images as displayed"), ("Ctrl+P",), _E, "File", synonyms="paper"),
    Action(
        "save_images",
        QT_TR_NOOP("Save the images as displayed"),
        (),
        _E,
        "File",
        synonyms=QT_TR_NOOP("pdf png export picture"),
    ),
    Action("close_project", QT_TR_NOOP("Close project"), ("Ctrl+W",), _E, "File"),
    Action(
        "say_saved", QT_TR_NOOP("Say when it was saved"), ("Ctrl+S",), _E, "File", synonyms=QT_TR_NOOP("save store")
    ),
    Action("quit", "Quit", ("Ctrl+Q",), _E, "File", synonyms=QT_TR_NOOP("exit leave")),
    Action("undo", "Undo", ("Ctrl+Z",), _E, "Edit", synonyms=QT_TR_NOOP("take back revert")),
    Action("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), _E, "Edit"),
    Action("edit_field", QT_TR_NOOP("Edit a field"), ("F2",), _E, "Edit", synonyms=QT_TR_NOOP("change record")),
    Action("search", QT_TR_NOOP("Search the worklist"), ("Ctrl+F",), _E, "Edit", synonyms=QT_TR_NOOP("filter find")),
    Action("settings", "Settings", ("Ctrl+,",), _E, "Edit", synonyms=QT_TR_NOOP("preferences options")),
    Action(
        "worklist_strip",
        QT_TR_NOOP("Show or hide the worklist"),
        ("F9",),
        _E,
        "View",
        synonyms=QT_TR_NOOP("list cases sidebar"),
    ),
    Action("zoom_in", QT_TR_NOOP("Zoom in"), ("Ctrl+=", "Ctrl++"), _E, "View", repeat=True),
    Action("zoom_out", QT_TR_NOOP("Zoom out"), ("Ctrl+-",), _E, "View", repeat=True),
    Action("zoom_fit", QT_TR_NOOP("Fit images to their panes"), ("Ctrl+0",), _E, "View"),
    Action("full_screen", QT_TR_NOOP("Full screen"), ("F11",), _E, "View"),
    Action("images_other_monitor", QT_TR_NOOP("Images on the other monitor"), ("Shift+F11",), _E, "View"),
    Action(
        "theme", QT_TR_NOOP("Change between dark and light"), (), _E, "View", synonyms=QT_TR_NOOP("colour look night")
    ),
    *(_of_page(page) for page in PAGES.values() if page.icon),
    Action(
        "go_to_case", QT_TR_NOOP("Go to a case by its name"), ("Ctrl+L",), _E, "Go", synonyms=QT_TR_NOOP("find open")
    ),
    Action("back", "Back", ("Alt+Left",), _E, "Go"),
    Action("forward", "Forward", ("Alt+Right",), _E, "Go"),
    Action("region_next", QT_TR_NOOP("Next region of the window"), ("F6",), _E, "Go"),
    Action("region_back", QT_TR_NOOP("Region before"), ("Shift+F6",), _E, "Go"),
    Action("reader", QT_TR_NOOP("Change the reader"), (), _E, "Model", synonyms=QT_TR_NOOP("user person name")),
    Action(
        "predict_again", QT_TR_NOOP("Predict this case again"), ("F5",), _E, "Model", synonyms=QT_TR_NOOP("refresh run")
    ),
    Action("predict_all", QT_TR_NOOP("Predict every case"), (), _E, "Model", synonyms=QT_TR_NOOP("score batch")),
    Action("finetune", QT_TR_NOOP("Fine-tune on corrections"), (), _E, "Model", synonyms=QT_TR_NOOP("train learn")),
    Action("help", "Help", ("F1",), _E, "Help"),
    Action("palette", QT_TR_NOOP("Find or run"), ("Ctrl+Shift+P",), _E, "Help", synonyms="command"),
    Action("jobs", QT_TR_NOOP("Show jobs"), ("Ctrl+J",), _E, "Help", synonyms=QT_TR_NOOP("progress running")),
    Action("about", QT_TR_NOOP("About mmdesk"), (), _E, "Help", synonyms=QT_TR_NOOP("version licence research")),
    Action("menu", QT_TR_NOOP("Show the menu"), ("F10",), _E),
    Action("leave", QT_TR_NOOP("Leave the field, mode or panel"), ("Esc",), _E),
    Action("store_next", QT_TR_NOOP("Store and go to the next case"), ("Ctrl+Enter",), _E, guarded=True),
    Action("answer", QT_TR_NOOP("Answer the active target"), _DIGITS, guarded=True, digit=True),
    Action("store", QT_TR_NOOP("Store, then keep mine and next"), ("Enter",), guarded=True, group="Case"),
    Action("take_one", QT_TR_NOOP("Take the model's answer for this target"), ("A",), guarded=True, group="Case"),
    Action("take_all", QT_TR_NOOP("Take all of the model's answers"), ("Shift+A",), guarded=True, group="Case"),
    Action(
        "refer",
        QT_TR_NOOP("Refer to a person"),
        ("R",),
        guarded=True,
        group="Case",
        synonyms=QT_TR_NOOP("second opinion"),
    ),
    Action("refer_why", QT_TR_NOOP("Refer with a reason"), ("Shift+R",), guarded=True, group="Case"),
    Action("missing", QT_TR_NOOP("Missing, or cannot judge"), ("M",), guarded=True, group="Case"),
    Action("label_letter", QT_TR_NOOP("Label by letter"), ("L",), guarded=True, group="Case"),
    Action("target_next", QT_TR_NOOP("Next target"), ("T",), group="Case"),
    Action("target_back", QT_TR_NOOP("Target before"), ("Shift+T",), group="Case"),
    Action("case_next", QT_TR_NOOP("Next case"), ("J",), group="Case"),
    Action("case_back", QT_TR_NOOP("Case before"), ("K",), group="Case"),
    Action("unread_next", QT_TR_NOOP("Next unread case"), ("Shift+J",), group="Case"),
    Action("unread_back", QT_TR_NOOP("Unread case before"), ("Shift+K",), group="Case"),
    Action("what_if", QT_TR_NOOP("What if: change an input, keep the case"), ("Q",), group="Case"),
    Action("hide_marks", QT_TR_NOOP("Hide marks (hold to peek)"), ("H",), hold=True, group="Image"),
    Action("fit_or_1to1", QT_TR_NOOP("Fit or 1:1"), ("Z",), group="Image"),
    Action("reset_view", QT_TR_NOOP("Reset the view"), ("F",), group="Image"),
    Action("pan", QT_TR_NOOP("Move the image"), ("Left", "Right", "Up", "Down"), repeat=True),
    Action("next_pane", QT_TR_NOOP("Next pane"), ("Tab",), native=True),
    Action("link_panes", QT_TR_NOOP("Link panes (hold to unlink)"), ("S",), hold=True, group="Image"),
    Action("fill_view", QT_TR_NOOP("Fill the pane"), ("Shift+F",), group="Image", synonyms=QT_TR_NOOP("zoom cover")),
    Action(
        "real_size",
        QT_TR_NOOP("Real size in millimetres"),
        ("Shift+Z",),
        group="Image",
        synonyms=QT_TR_NOOP("true mm zoom"),
    ),
    Action(
        "compare", QT_TR_NOOP("Next compare mode"), ("V",), group="Image", synonyms=QT_TR_NOOP("side by side overlay")
    ),
    Action("compare_back", QT_TR_NOOP("Compare mode before"), ("Shift+V",), group="Image"),
    Action("compare_side", QT_TR_NOOP("Compare side by side"), (), synonyms=QT_TR_NOOP("two panes")),
    Action("blink", "Blink", ("B",), group="Image", synonyms=QT_TR_NOOP("flicker alternate")),
    Action(
        "blink_flip", QT_TR_NOOP("Blink once by hand"), ("Shift+B",), group="Image", synonyms=QT_TR_NOOP("flip other")
    ),
    Action("compare_swipe", QT_TR_NOOP("Compare by swipe"), (), synonyms=QT_TR_NOOP("curtain slider")),
    Action("compare_fade", QT_TR_NOOP("Compare by fading"), (), synonyms=QT_TR_NOOP("overlay opacity blend")),
    Action("compare_difference", QT_TR_NOOP("Compare by difference"), (), synonyms=QT_TR_NOOP("subtract change")),
    Action("compare_checkerboard", QT_TR_NOOP("Compare on a checkerboard"), (), synonyms=QT_TR_NOOP("chess squares")),
    Action(
        "compare_more",
        QT_TR_NOOP("More of the compare mode"),
        ("Shift+Right",),
        repeat=True,
        synonyms=QT_TR_NOOP("faster rate"),
    ),
    Action(
        "compare_less",
        QT_TR_NOOP("Less of the compare mode"),
        ("Shift+Left",),
        repeat=True,
        synonyms=QT_TR_NOOP("slower rate"),
    ),
    Action(
        "align",
        QT_TR_NOOP("Align the second image"),
        ("Shift+O",),
        group="Image",
        synonyms=QT_TR_NOOP("register rigid"),
    ),
    Action(
        "swap_panes",
        QT_TR_NOOP("Swap with the next pane"),
        ("Shift+X",),
        group="Image",
        synonyms=QT_TR_NOOP("exchange order"),
    ),
    Action(
        "previous_images", QT_TR_NOOP("Previous reading beside this one"), ("Shift+P",), group="Image", synonyms="prior"
    ),
    Action("magnifier", "Magnifier", ("U",), group="Image", synonyms=QT_TR_NOOP("loupe glass zoom")),
    Action(
        "pixel_values",
        QT_TR_NOOP("Pixel values under the cursor"),
        ("Y",),
        group="Image",
        synonyms=QT_TR_NOOP("probe HU grey"),
    ),
    Action(
        "adjust",
        QT_TR_NOOP("Brightness, contrast and gamma"),
        ("Shift+C",),
        group="Image",
        synonyms=QT_TR_NOOP("tone window"),
    ),
    Action(
        "keep_hanging",
        QT_TR_NOOP("Keep this arrangement of the images"),
        (),
        synonyms=QT_TR_NOOP("hanging protocol layout"),
    ),
    Action(
        "forget_hanging",
        QT_TR_NOOP("Arrange the images as the schema says"),
        (),
        synonyms=QT_TR_NOOP("hanging protocol"),
    ),
    Action("window_next", QT_TR_NOOP("Next grey window"), ("W",), group="Image"),
    Action("window_back", QT_TR_NOOP("Grey window before"), ("Shift+W",), group="Image"),
    Action("invert", "Invert", ("I",), group="Image"),
    Action("channel", QT_TR_NOOP("Next colour channel"), ("C",), group="Image"),
    Action("rotate", "Rotate", ("O",), group="Image"),
    Action("mirror", "Mirror", ("X",), group="Image"),
    Action("frame_back", QT_TR_NOOP("Frame before"), (",",), repeat=True),
    Action("frame_on", QT_TR_NOOP("Next frame"), (".",), repeat=True),
    Action("play", QT_TR_NOOP("Play or stop the frames"), ("P",), synonyms=QT_TR_NOOP("cine movie")),
    Action("play_faster", QT_TR_NOOP("Play frames faster"), (">",), repeat=True, synonyms=QT_TR_NOOP("cine rate")),
    Action("play_slower", QT_TR_NOOP("Play frames slower"), ("<",), repeat=True, synonyms=QT_TR_NOOP("cine rate")),
    Action(
        "mark_tool", QT_TR_NOOP("Next mark tool"), ("D",), group="Image", synonyms=QT_TR_NOOP("draw annotate measure")
    ),
    Action("mark_point", QT_TR_NOOP("Draw a point"), (), synonyms=QT_TR_NOOP("mark annotate")),
    Action(
        "mark_ruler", QT_TR_NOOP("Measure a length with a ruler"), (), synonyms=QT_TR_NOOP("mark distance millimetres")
    ),
    Action("mark_angle", QT_TR_NOOP("Measure an angle"), (), synonyms=QT_TR_NOOP("mark degrees")),
    Action("mark_line", QT_TR_NOOP("Draw a line"), (), synonyms=QT_TR_NOOP("mark annotate way")),
    Action("mark_box", QT_TR_NOOP("Draw a box"), (), synonyms=QT_TR_NOOP("mark annotate rectangle area")),
    Action("mark_ellipse", QT_TR_NOOP("Draw an ellipse"), (), synonyms=QT_TR_NOOP("mark annotate circle area")),
    Action("mark_polygon", QT_TR_NOOP("Draw a polygon"), (), synonyms=QT_TR_NOOP("mark annotate outline area")),
    Action(
        "mark_freehand", QT_TR_NOOP("Draw free hand"), (), synonyms=QT_TR_NOOP("mark annotate outline contour area")
    ),
    Action(
        "mark_target",
        QT_TR_NOOP("Say what the mark is of"),
        ("Shift+D",),
        group="Image",
        synonyms=QT_TR_NOOP("target finding"),
    ),
    Action(
        "mark_note",
        QT_TR_NOOP("Write a note on the mark"),
        ("Shift+E",),
        synonyms=QT_TR_NOOP("comment annotation text"),
    ),
    Action("choose_mark", QT_TR_NOOP("Choose the next mark"), ("Shift+N",), synonyms="select"),
    Action("remove_mark", QT_TR_NOOP("Remove the mark"), ("Del",), group="Image", synonyms="delete"),
    Action("key_sheet", QT_TR_NOOP("Show the keys"), ("?",), _E, "Help", synonyms=QT_TR_NOOP("shortcuts keyboard")),
    Action("open_recent", QT_TR_NOOP("Open a recent project"), tuple("123456789"), "start", digit=True),
    Action("import_on", QT_TR_NOOP("Go on"), ("Enter",), "importing"),
    Action("open_case", QT_TR_NOOP("Open the case"), ("Enter",), "worklist"),
    Action("select_all", QT_TR_NOOP("Select all cases"), ("Ctrl+A",), "worklist", native=True),
    Action("show_card", QT_TR_NOOP("Show the version's card"), ("Enter",), "models"),
    Action("train_recipe", QT_TR_NOOP("Train a candidate by the recipe"), ("T",), "recipe", "Model", synonyms="fit"),
    Action("recipe_default", QT_TR_NOOP("Put back the default recipe"), ("P",), "recipe", synonyms="reset"),
    Action("recipe_examples", QT_TR_NOOP("Show examples of changed images, or the drawing"), ("E",), "recipe"),
    Action(
        "examples_draws",
        QT_TR_NOOP("Other draws of the changes"),
        ("D",),
        "recipe",
        synonyms=QT_TR_NOOP("augmentation seed"),
    ),
    Action("examples_case", QT_TR_NOOP("Examples of the next case"), ("C",), "recipe", synonyms="augmentation"),
]
BY_NAME: Final = {action.name: action for action in ACTIONS}
MENUS: Final = ("File", "Edit", "View", "Case", "Image", "Go", "Model", "Help")


def register_page(page: Page, *actions: Action) -> None:
    """Add a page that is not in the table, before a window is made.

    Args:
        page: The page; rail, menu, palette, key sheet, help and pictures have it from now on.
        actions: What can be done on it with single keys; their scope is its name.

    Raises:
        ValueError: There is such a page, or such an action.
    """
    found = (*actions, _of_page(page)) if page.icon else actions
    if page.name in PAGES or any(action.name in BY_NAME for action in found):
        raise ValueError(f"{page.name}: there is a page or an action of that name")
    PAGES[page.name] = page
    ACTIONS.extend(found)
    BY_NAME.update({action.name: action for action in found})


def unregister_page(name: str) -> None:
    """Take a registered page and its actions away again."""
    page = PAGES.pop(name)
    ACTIONS[:] = [action for action in ACTIONS if action.scope != name and action.name != page.action]
    for gone in BY_NAME.keys() - {action.name for action in ACTIONS}:
        del BY_NAME[gone]
