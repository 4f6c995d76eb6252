"""ONNX Runtime with its telemetry off; everything that needs it takes it from here.

The switch in the environment (`support.offline`) counts on Linux and macOS. On Windows it is this call.
"""

from __future__ import annotations

import onnxruntime

onnxruntime.disable_telemetry_events()

__all__ = ["onnxruntime"]
