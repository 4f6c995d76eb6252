"""The window's words, by the name they have in the guide; services say their own."""

from __future__ import annotations

from typing import Final

TEXTS: Final = {
    "W1": "Store label",
    "W2": "Keep mine, next",
    "W3": "Take the model's",
    "W4": "Refer to a person",
    "W5": "Import {count} cases",
    "W9": (
        "The folder of {name} is not where it was. Nothing is deleted. Find it, or remove it from this list."
    ),
    "W10": (
        "No column matches image files in this folder. Your table is untouched. "
        "Choose the column or another folder."
    ),
    "W18": "Promote {version}? Write why; it goes into the journal.",
    "W18doubt": "{doubt} Promote {version} anyway? Write why; both go into the journal.",
    "W19": "Set {field} for {count} cases? One undo takes it back.",
    "W19one": "Set {field} for 1 case? One undo takes it back.",
    "W21": "No projects yet. Start from a table, or try the demo.",
    "W22": "Nothing left to read in this list. Show all cases, or choose another view.",
    "W23": "No case matches. Remove a filter.",
    "W24": "Only the bundled model so far. Correct about 50 cases, then fine-tune.",
    "W24none": "No model fits these fields yet. Label about 50 cases, then train one here.",
    "W27": "Drop a table or a folder of images here.",
    "W28": "No setting has that name.",
    "W29": "Hidden until you store your label.",
    "W30": "No help on that. Try one word.",
    "W37": "Unlike the training cases: {inputs} looks different. Read it yourself.",
    "W38": "{inputs} missing. Predicted without it.",
    "W38several": "{inputs} missing. Predicted without them.",
    "W39": "{undone} Redo {key}.",
    "W40": "Already saved, {time}.",
    "saved": "Saved {time}",
    "not_saved": "Nothing to save yet",
    "typing": "Typing: label keys off",
    "keys_on": "Label keys on",
    "keys_by_place": "Label keys on, by their place",
    "keys_unknown": "Label keys need a Latin keyboard layout",
    "unknown_key": (
        "The program cannot tell which key this is on your keyboard layout. Nothing was done. "
        "Switch to a Latin layout, or use the mouse."
    ),
    "keys_off": "Label keys switched off",
    "no_model": "No model is in use in this project. Read cases without it, or train one.",
    "research": "Research use only",
    "offline": "Works offline. Nothing leaves this computer.",
    "own_read": "OWN READ FIRST",
    "model_shown": "MODEL SHOWN",
    "too_early": "The case has only just appeared. Nothing was labelled. Look, then press the key again.",
    "bug": "Something went wrong inside mmdesk. Stored labels are safe. Copy the details to report it.",
}


def say(name: str, /, **facts: object) -> str:
    """Return a text with its facts filled in.

    Args:
        name: A key of `TEXTS`.
        facts: Values for the text's places.
    """
    return TEXTS[name].format(**facts)
