"""The language of the window: a catalogue of Qt, where one was made for the person's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from mmdesk import words
from mmdesk.support.resources import resource


def use_translator(app: QCoreApplication, translator: QTranslator) -> None:
    """Have every sentence put into another language by a loaded catalogue."""
    app.installTranslator(translator)
    words.install(lambda text: QCoreApplication.translate("", text))


def use_own_language(app: QCoreApplication) -> None:
    """Load the catalogue `mmdesk_LANGUAGE.qm` of the system's language; without one, words stay English."""
    translator = QTranslator(app)
    if translator.load(QLocale(), "mmdesk", "_", str(resource("translations"))):
        use_translator(app, translator)
