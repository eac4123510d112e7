"""The read models: how far they are behind while people book, and how fast they are made anew."""

from __future__ import annotations

import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import quantiles
from typing import TYPE_CHECKING

import msgspec

from bench.measuring import load
from bench.report import Figure
from bench.servers import PROGRAM, Server, service_environment

if TYPE_CHECKING:
    from pathlib import Path

    from bench.client import Service
    from bench.measuring import Pace, Requests

LOOK_EVERY = 0.05
_LAG = re.compile(r"^mentorbooking_projection_lag_seconds\{.*\} (.+)$", re.MULTILINE)


def lagging(api: Service, ours: Server, bookings: Requests, pace: Pace, connections: int) -> Figure:
    """Book as many do at once, and look meanwhile for how long any read model has been behind."""
    lags = []
    with ours.workers_aside(), ThreadPoolExecutor(1) as pool:
        seconds = pace.rounds * pace.seconds
        loading = pool.submit(load, ours, bookings, connections, seconds, bookings.left)
        while not loading.done():
            time.sleep(LOOK_EVERY)
            told = api.client.get("/metrics").raise_for_status().text
            lags.append(max(float(lag) for lag in _LAG.findall(told)))
        loading.result()
    p99 = quantiles(lags, n=100)[-1] * 1000
    title = f"read models are behind, {connections} connections booking, p99"
    return Figure(title, p99, "ms", "< 100")


def rebuilding(data_dir: Path) -> Figure:
    """Make all read models anew at once, while nobody serves."""
    environment = service_environment(data_dir)
    listed = subprocess.run(
        [*PROGRAM, "projections", "list", "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    models = msgspec.json.decode(listed.stdout)
    events = max(int(model["position"].partition(":")[2]) for model in models)
    began = time.perf_counter()
    subprocess.run(
        [*PROGRAM, "projections", "rebuild", "--all"],
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    rate = events / (time.perf_counter() - began)
    return Figure(f"all read models made anew from {events} events", rate, "events/s", ">= 50000")
