"""Figures for Prometheus: requests summed over all workers, and the data that is served."""

import datetime
import os
from collections.abc import Callable, Iterator
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from shopscope.snapshot.fetch import RemoteState
from shopscope.snapshot.reader import Snapshot

MULTIPROCESS_DIR = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable of prometheus_client: folder where workers keep their figures."""

BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Snapshots(Protocol):
    """Whoever knows the snapshot to answer from, at this moment."""

    @property
    def snapshot(self) -> Snapshot | None:
        """The open snapshot; None: nothing is published yet."""


Remote = Callable[[], RemoteState | None]


class _Served(Collector):
    """The open snapshot, read when asked: no worker has to be told about a switch."""

    def __init__(self, snapshots: Snapshots, remote: Remote) -> None:
        self._snapshots = snapshots
        self._remote = remote

    def collect(self) -> Iterator[Metric]:
        snapshot = self._snapshots.snapshot
        info = GaugeMetricFamily(
            "shopscope_snapshot_info", "Snapshot that is served", labels=["snapshot"]
        )
        as_of = GaugeMetricFamily(
            "shopscope_as_of_timestamp_seconds",
            "Start of the day (UTC) that a region's data ends with",
            labels=["region"],
        )
        products = GaugeMetricFamily(
            "shopscope_products", "Products that are served", labels=["region"]
        )
        if snapshot is not None:
            info.add_metric([snapshot.id], 1)
            for region, data in sorted(snapshot.regions.items()):
                day = datetime.datetime.combine(data.as_of, datetime.time(), datetime.UTC)
                as_of.add_metric([region], day.timestamp())
                products.add_metric([region], data.size)
        yield from (info, as_of, products)
        if (state := self._remote()) is not None:
            yield GaugeMetricFamily(
                "shopscope_snapshots_url_ok",
                "1: snapshots are fetched from snapshots_url; 0: what is published there can't be",
                state.problem is None and state.reached_at is not None,
            )
            yield GaugeMetricFamily(
                "shopscope_snapshots_url_reached_timestamp_seconds",
                "When snapshots_url last answered; 0: never",
                state.reached_at.timestamp() if state.reached_at else 0,
            )


class Metrics:
    """The figures of one worker; where workers share a folder, `render` gives their sum."""

    def __init__(self, snapshots: Snapshots, remote: Remote = lambda: None) -> None:
        """`remote` tells what is known of the URL that is followed; None: there is none."""
        self._registry = CollectorRegistry()
        self._registry.register(_Served(snapshots, remote))
        folder = os.environ.get(MULTIPROCESS_DIR)
        if folder:
            # prometheus_client chooses at import, which a forked worker has inherited.
            values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]
            MultiProcessCollector(self._registry, folder)  # type: ignore[no-untyped-call]
        own = None if folder else self._registry
        self._requests = Counter(
            "shopscope_requests", "Requests answered", ["endpoint", "code"], registry=own
        )
        self._seconds = Histogram(
            "shopscope_request_seconds",
            "Time from a request to its answer",
            ["endpoint"],
            buckets=BUCKETS,
            registry=own,
        )
        self._counters: dict[tuple[str, int], Counter] = {}
        self._histograms: dict[str, Histogram] = {}

    def observe(self, endpoint: str, code: int, seconds: float) -> None:
        """Count one answer. `code` is the HTTP status."""
        counter = self._counters.get((endpoint, code))
        if counter is None:
            counter = self._requests.labels(endpoint, str(code))
            self._counters[endpoint, code] = counter
        counter.inc()
        histogram = self._histograms.get(endpoint)
        if histogram is None:
            histogram = self._histograms[endpoint] = self._seconds.labels(endpoint)
        histogram.observe(seconds)

    def render(self) -> bytes:
        """Everything in the text format of Prometheus."""
        return generate_latest(self._registry)
