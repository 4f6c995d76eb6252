"""The naive program: what a good Keras user writes in an afternoon, to compare with.

Keras in a QThread, `model.predict`, `fit` on a `PyDataset` with Pillow, warmed, batch 32,
two workers. It gets its arrays ready-made, which spares it work that mmdesk has to do.

    python -m tests.benchmarks.naive window|predict|finetune FOLDER OUT.json
"""

import json
import math
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

from mmdesk.support.trace import process_age

AGE = process_age() - time.perf_counter()
BATCH = 32
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def load_cases(folder: Path):
    facts = json.loads((folder / "facts.json").read_text())
    return facts, {part: dict(np.load(folder / f"{part}.npz")) for part in ("record", "targets", "weights")}


def read_image(path: str | None, size: int):
    if path is None:
        return np.zeros((size, size, 3), np.float32)
    with Image.open(path) as image:
        picture = image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(picture, np.float32)


def inputs_of(rows, facts, arrays):
    inputs = {name: values[rows] for name, values in arrays["record"].items()}
    for name, paths in facts["images"].items():
        inputs[name] = np.stack([read_image(paths[row], facts["size"]) for row in rows])
    return inputs


def batches(rows, facts, arrays):
    import keras

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return math.ceil(len(rows) / BATCH)

        def __getitem__(self, index):
            part = np.asarray(rows[index * BATCH : (index + 1) * BATCH])
            given = [{n: v[part] for n, v in arrays[kind].items()} for kind in ("targets", "weights")]
            return inputs_of(part, facts, arrays), *given

    return Batches(workers=2, max_queue_size=8)


def finetune(folder: Path) -> dict:
    import keras

    facts, arrays = load_cases(folder)
    keras.utils.set_random_seed(facts["seed"])
    model = keras.saving.load_model(facts["model"], compile=False)
    for name in facts["encoders"]:
        for layer in model.get_layer(name).layers:
            layer.trainable = False
    adam = keras.optimizers.Adam(facts["rate"])
    model.compile(optimizer=adam, loss=facts["losses"], loss_weights=facts["loss_weights"])
    train, validation, test = (batches(facts[p], facts, arrays) for p in ("train", "validation", "test"))
    model.fit(train, validation_data=validation, epochs=facts["epochs"], verbose=0)
    np.savez(folder / "naive-outputs.npz", **model.predict(test, verbose=0))
    model.save(folder / "naive.keras")
    return {"seconds": AGE + time.perf_counter()}


def predict(folder: Path) -> dict:
    import keras
    import tensorflow as tf

    facts, arrays = load_cases(folder)
    model = keras.saving.load_model(facts["model"], compile=False)
    inputs = inputs_of([0], facts, arrays)
    tensors = {name: tf.constant(values) for name, values in inputs.items()}
    function = tf.function(lambda given: model(given, training=False))

    def median(call) -> float:
        times = []
        for _ in range(facts["repeats"]):
            start = time.perf_counter()
            call()
            times.append(time.perf_counter() - start)
        return statistics.median(times[5:])

    outputs = {name: values[0].tolist() for name, values in model.predict(inputs, verbose=0).items()}
    one = median(lambda: model.predict(inputs, verbose=0))
    return {"predict": one, "function": median(lambda: function(tensors)), "outputs": outputs}


def window(folder: Path) -> dict:
    from PySide6.QtCore import Qt, QThread, QTimer, Signal
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget

    app, told = QApplication([]), {"beats": []}
    page, answer, heart = QWidget(), QLabel("predicting"), QTimer()
    row = QHBoxLayout(page)

    class Worker(QThread):
        answered = Signal(str)

        def run(self):
            import keras

            facts, arrays = load_cases(folder)
            model = keras.saving.load_model(facts["model"], compile=False)
            self.answered.emit(str(model.predict(inputs_of([0], facts, arrays), verbose=0)))

    def shown(text):
        answer.setText(text)
        page.repaint()
        told["prediction_shown"] = AGE + time.perf_counter()
        QTimer.singleShot(200, app.quit)

    for paths in json.loads((folder / "facts.json").read_text())["images"].values():
        row.addWidget(picture := QLabel())
        picture.setPixmap(QPixmap(paths[0] or "").scaled(600, 600, Qt.AspectRatioMode.KeepAspectRatio))
    row.addWidget(answer)
    worker = Worker()
    worker.answered.connect(shown)
    heart.setTimerType(Qt.TimerType.PreciseTimer)
    heart.timeout.connect(lambda: told["beats"].append(AGE + time.perf_counter()))
    page.show()
    page.repaint()
    told["window_shown"] = AGE + time.perf_counter()
    heart.start(5)
    worker.start()
    app.exec()
    worker.wait()
    return told


if __name__ == "__main__":
    work = {"window": window, "predict": predict, "finetune": finetune}[sys.argv[1]]
    Path(sys.argv[3]).write_text(json.dumps(work(Path(sys.argv[2]))))
