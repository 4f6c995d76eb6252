"""A bare PySide6 window: the least that any Qt program in Python takes to show itself."""

import json
import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication, QLabel

from mmdesk.support.trace import process_age

if __name__ == "__main__":
    app = QApplication([])
    label = QLabel("bare")
    label.resize(1280, 800)
    label.show()
    label.repaint()
    app.processEvents()
    shown = process_age()
    Path(sys.argv[1]).write_text(json.dumps({"window_shown": shown}))
