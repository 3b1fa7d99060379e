"""OpenVINO, kept from reporting: every import and conversion would be told to its makers.

The reports go out through a package of their own, without which OpenVINO does the same work.
All of Schakel imports OpenVINO from here.
"""

import sys

sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

import openvino  # noqa: E402
from openvino import opset13 as op  # noqa: E402

__all__ = ["op", "openvino"]
