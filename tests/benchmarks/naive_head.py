"""The naive fine-tuning without its image work, to repeat it over many seeds.

The naive program freezes the backbone, so its embeddings never change: fitting the head on
them trains the same weights on the same cases by the same steps, in seconds.

    python -m tests.benchmarks.naive_head FOLDER OUT.json
"""

import json
import sys
from pathlib import Path

import numpy as np

from tests.benchmarks.naive import BATCH, load_cases


def finetune(folder: Path) -> dict:
    """Fit the head as the naive program does and write its outputs for the test cases."""
    import keras

    facts, arrays = load_cases(folder)
    arrays["record"] |= dict(np.load(folder / "embeddings.npz"))
    keras.utils.set_random_seed(facts["seed"])
    head = keras.saving.load_model(facts["model"], compile=False).get_layer("head")
    adam = keras.optimizers.Adam(facts["rate"])
    head.compile(optimizer=adam, loss=facts["losses"], loss_weights=facts["loss_weights"])

    def part(name: str, kind: str) -> dict:
        return {key: values[facts[name]] for key, values in arrays[kind].items()}

    validation = (part("validation", "record"), part("validation", "targets"), part("validation", "weights"))
    history = head.fit(
        part("train", "record"),
        part("train", "targets"),
        sample_weight=part("train", "weights"),
        validation_data=validation,
        epochs=facts["epochs"],
        batch_size=BATCH,
        verbose=0,
    )
    np.savez(folder / "naive-outputs.npz", **head.predict(part("test", "record"), verbose=0))
    return {"losses": history.history["val_loss"]}


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(finetune(Path(sys.argv[1]))))
