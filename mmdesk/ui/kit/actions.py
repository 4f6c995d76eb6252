"""Every action, declared once: menu, palette, hints and key sheet come from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mmdesk.ui.kit.pages import PAGES, Page

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
    Action("new_project", "New project from a table", ("Ctrl+N",), _E, "File", synonyms="import create csv"),
    Action("new_from_folder", "New project from a folder", (), _E, "File", synonyms="dicom dicomdir import"),
    Action("open_project", "Open project", ("Ctrl+O",), _E, "File", synonyms="folder load"),
    Action("import_more", "Import more cases", (), _E, "File", synonyms="add table"),
    Action("export", "Export labels and predictions", (), _E, "File", synonyms="csv xlsx save as"),
    Action("export_marks", "Export marks as COCO JSON", (), _E, "File", synonyms="annotations save as"),
    Action("export_marks_sr", "Export marks as DICOM SR", (), _E, "File", synonyms="report measurements"),
    Action("export_marks_gsps", "Export marks as DICOM presentation states", (), _E, "File", synonyms="gsps"),
    Action("restore", "Restore a backup", (), _E, "File", synonyms="go back earlier state damaged recover"),
    Action("print_images", "Print the images as displayed", ("Ctrl+P",), _E, "File", synonyms="paper"),
    Action("save_images", "Save the images as displayed", (), _E, "File", synonyms="pdf png export picture"),
    Action("close_project", "Close project", ("Ctrl+W",), _E, "File"),
    Action("say_saved", "Say when it was saved", ("Ctrl+S",), _E, "File", synonyms="save store"),
    Action("quit", "Quit", ("Ctrl+Q",), _E, "File", synonyms="exit leave"),
    Action("undo", "Undo", ("Ctrl+Z",), _E, "Edit", synonyms="take back revert"),
    Action("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), _E, "Edit"),
    Action("edit_field", "Edit a field", ("F2",), _E, "Edit", synonyms="change record"),
    Action("search", "Search the worklist", ("Ctrl+F",), _E, "Edit", synonyms="filter find"),
    Action("settings", "Settings", ("Ctrl+,",), _E, "Edit", synonyms="preferences options"),
    Action("worklist_strip", "Show or hide the worklist", ("F9",), _E, "View", synonyms="list cases sidebar"),
    Action("zoom_in", "Zoom in", ("Ctrl+=", "Ctrl++"), _E, "View", repeat=True),
    Action("zoom_out", "Zoom out", ("Ctrl+-",), _E, "View", repeat=True),
    Action("zoom_fit", "Fit images to their panes", ("Ctrl+0",), _E, "View"),
    Action("full_screen", "Full screen", ("F11",), _E, "View"),
    Action("images_other_monitor", "Images on the other monitor", ("Shift+F11",), _E, "View"),
    Action("theme", "Change between dark and light", (), _E, "View", synonyms="colour look night"),
    *(_of_page(page) for page in PAGES.values() if page.icon),
    Action("go_to_case", "Go to a case by its name", ("Ctrl+L",), _E, "Go", synonyms="find open"),
    Action("back", "Back", ("Alt+Left",), _E, "Go"),
    Action("forward", "Forward", ("Alt+Right",), _E, "Go"),
    Action("region_next", "Next region of the window", ("F6",), _E, "Go"),
    Action("region_back", "Region before", ("Shift+F6",), _E, "Go"),
    Action("reader", "Change the reader", (), _E, "Model", synonyms="user person name"),
    Action("predict_again", "Predict this case again", ("F5",), _E, "Model", synonyms="refresh run"),
    Action("predict_all", "Predict every case", (), _E, "Model", synonyms="score batch"),
    Action("finetune", "Fine-tune on corrections", (), _E, "Model", synonyms="train learn"),
    Action("help", "Help", ("F1",), _E, "Help"),
    Action("palette", "Find or run", ("Ctrl+Shift+P",), _E, "Help", synonyms="command"),
    Action("jobs", "Show jobs", ("Ctrl+J",), _E, "Help", synonyms="progress running"),
    Action("about", "About mmdesk", (), _E, "Help", synonyms="version licence research"),
    Action("menu", "Show the menu", ("F10",), _E),
    Action("leave", "Leave the field, mode or panel", ("Esc",), _E),
    Action("store_next", "Store and go to the next case", ("Ctrl+Enter",), _E, guarded=True),
    Action("answer", "Answer the active target", _DIGITS, guarded=True, digit=True),
    Action("store", "Store, then keep mine and next", ("Enter",), guarded=True, group="Case"),
    Action("take_one", "Take the model's answer for this target", ("A",), guarded=True, group="Case"),
    Action("take_all", "Take all of the model's answers", ("Shift+A",), guarded=True, group="Case"),
    Action("refer", "Refer to a person", ("R",), guarded=True, group="Case", synonyms="second opinion"),
    Action("refer_why", "Refer with a reason", ("Shift+R",), guarded=True, group="Case"),
    Action("missing", "Missing, or cannot judge", ("M",), guarded=True, group="Case"),
    Action("label_letter", "Label by letter", ("L",), guarded=True, group="Case"),
    Action("target_next", "Next target", ("T",), group="Case"),
    Action("target_back", "Target before", ("Shift+T",), group="Case"),
    Action("case_next", "Next case", ("J",), group="Case"),
    Action("case_back", "Case before", ("K",), group="Case"),
    Action("unread_next", "Next unread case", ("Shift+J",), group="Case"),
    Action("unread_back", "Unread case before", ("Shift+K",), group="Case"),
    Action("what_if", "What if: change an input, keep the case", ("Q",), group="Case"),
    Action("hide_marks", "Hide marks (hold to peek)", ("H",), hold=True, group="Image"),
    Action("fit_or_1to1", "Fit or 1:1", ("Z",), group="Image"),
    Action("reset_view", "Reset the view", ("F",), group="Image"),
    Action("pan", "Move the image", ("Left", "Right", "Up", "Down"), repeat=True),
    Action("next_pane", "Next pane", ("Tab",), native=True),
    Action("link_panes", "Link panes (hold to unlink)", ("S",), hold=True, group="Image"),
    Action("fill_view", "Fill the pane", ("Shift+F",), group="Image", synonyms="zoom cover"),
    Action("real_size", "Real size in millimetres", ("Shift+Z",), group="Image", synonyms="true mm zoom"),
    Action("compare", "Next compare mode", ("V",), group="Image", synonyms="side by side overlay"),
    Action("compare_back", "Compare mode before", ("Shift+V",), group="Image"),
    Action("compare_side", "Compare side by side", (), synonyms="two panes"),
    Action("blink", "Blink", ("B",), group="Image", synonyms="flicker alternate"),
    Action("blink_flip", "Blink once by hand", ("Shift+B",), group="Image", synonyms="flip other"),
    Action("compare_swipe", "Compare by swipe", (), synonyms="curtain slider"),
    Action("compare_fade", "Compare by fading", (), synonyms="overlay opacity blend"),
    Action("compare_difference", "Compare by difference", (), synonyms="subtract change"),
    Action("compare_checkerboard", "Compare on a checkerboard", (), synonyms="chess squares"),
    Action("compare_more", "More of the compare mode", ("Shift+Right",), repeat=True, synonyms="faster rate"),
    Action("compare_less", "Less of the compare mode", ("Shift+Left",), repeat=True, synonyms="slower rate"),
    Action("align", "Align the second image", ("Shift+O",), group="Image", synonyms="register rigid"),
    Action("swap_panes", "Swap with the next pane", ("Shift+X",), group="Image", synonyms="exchange order"),
    Action(
        "previous_images", "Previous reading beside this one", ("Shift+P",), group="Image", synonyms="prior"
    ),
    Action("magnifier", "Magnifier", ("U",), group="Image", synonyms="loupe glass zoom"),
    Action("pixel_values", "Pixel values under the cursor", ("Y",), group="Image", synonyms="probe HU grey"),
    Action("adjust", "Brightness, contrast and gamma", ("Shift+C",), group="Image", synonyms="tone window"),
    Action("keep_hanging", "Keep this arrangement of the images", (), synonyms="hanging protocol layout"),
    Action("forget_hanging", "Arrange the images as the schema says", (), synonyms="hanging protocol"),
    Action("window_next", "Next grey window", ("W",), group="Image"),
    Action("window_back", "Grey window before", ("Shift+W",), group="Image"),
    Action("invert", "Invert", ("I",), group="Image"),
    Action("channel", "Next colour channel", ("C",), group="Image"),
    Action("rotate", "Rotate", ("O",), group="Image"),
    Action("mirror", "Mirror", ("X",), group="Image"),
    Action("frame_back", "Frame before", (",",), repeat=True),
    Action("frame_on", "Next frame", (".",), repeat=True),
    Action("play", "Play or stop the frames", ("P",), synonyms="cine movie"),
    Action("play_faster", "Play frames faster", (">",), repeat=True, synonyms="cine rate"),
    Action("play_slower", "Play frames slower", ("<",), repeat=True, synonyms="cine rate"),
    Action("mark_tool", "Next mark tool", ("D",), group="Image", synonyms="draw annotate measure"),
    Action("mark_point", "Draw a point", (), synonyms="mark annotate"),
    Action("mark_ruler", "Measure a length with a ruler", (), synonyms="mark distance millimetres"),
    Action("mark_angle", "Measure an angle", (), synonyms="mark degrees"),
    Action("mark_line", "Draw a line", (), synonyms="mark annotate way"),
    Action("mark_box", "Draw a box", (), synonyms="mark annotate rectangle area"),
    Action("mark_ellipse", "Draw an ellipse", (), synonyms="mark annotate circle area"),
    Action("mark_polygon", "Draw a polygon", (), synonyms="mark annotate outline area"),
    Action("mark_freehand", "Draw free hand", (), synonyms="mark annotate outline contour area"),
    Action("mark_target", "Say what the mark is of", ("Shift+D",), group="Image", synonyms="target finding"),
    Action("mark_note", "Write a note on the mark", ("Shift+E",), synonyms="comment annotation text"),
    Action("choose_mark", "Choose the next mark", ("Shift+N",), synonyms="select"),
    Action("remove_mark", "Remove the mark", ("Del",), group="Image", synonyms="delete"),
    Action("key_sheet", "Show the keys", ("?",), _E, "Help", synonyms="shortcuts keyboard"),
    Action("open_recent", "Open a recent project", tuple("123456789"), "start", digit=True),
    Action("import_on", "Go on", ("Enter",), "importing"),
    Action("open_case", "Open the case", ("Enter",), "worklist"),
    Action("select_all", "Select all cases", ("Ctrl+A",), "worklist", native=True),
    Action("show_card", "Show the version's card", ("Enter",), "models"),
    Action("train_recipe", "Train a candidate by the recipe", ("T",), "recipe", "Model", synonyms="fit"),
    Action("recipe_default", "Put back the default recipe", ("P",), "recipe", synonyms="reset"),
    Action("recipe_examples", "Show examples of changed images, or the drawing", ("E",), "recipe"),
    Action("examples_draws", "Other draws of the changes", ("D",), "recipe", synonyms="augmentation seed"),
    Action("examples_case", "Examples of the next case", ("C",), "recipe", synonyms="augmentation"),
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
