"""Waiting for Azure: the only place where this program sleeps.

COMPLIANCEFLOW_TIME_SCALE (default 1) multiplies every wait. The sandbox, whose durations run on a scale, sets it to
its own, so that a retry or a poll there takes as small a part of the run as it would on Azure.
"""

import asyncio
import os

SCALE = "COMPLIANCEFLOW_TIME_SCALE"
SHORTEST = 0.01  # wall seconds: at a scale of 0 too, nothing is asked in a spin


def time_scale() -> float:
    """The factor for every wait, at least 0. Raises ValueError for what is no such number."""
    text = os.environ.get(SCALE, "1")
    try:
        scale = float(text)
    except ValueError:
        scale = -1.0
    if not 0 <= scale < float("inf"):
        raise ValueError(f"{SCALE} is {text!r}: allowed is a number from 0; unset it for real time")
    return scale


async def wait(seconds: float) -> None:
    """Let everything else go on for that many seconds of Azure's time."""
    await asyncio.sleep(max(SHORTEST, seconds * time_scale()))
