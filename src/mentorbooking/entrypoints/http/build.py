"""Put the HTTP API in front of the running service."""

from __future__ import annotations

from functools import partial

from litestar import Litestar
from prometheus_client import CollectorRegistry

from mentorbooking.application.bookings_export.as_of import position_as_of
from mentorbooking.application.mentor_import.reporting import ImportReport
from mentorbooking.entrypoints.http.access_log import AccessLog, log_access
from mentorbooking.entrypoints.http.app import create_app
from mentorbooking.entrypoints.http.authenticating import authenticating
from mentorbooking.entrypoints.http.commanding import Commanding
from mentorbooking.entrypoints.http.core import HttpCore
from mentorbooking.entrypoints.http.health import ServiceState
from mentorbooking.entrypoints.http.routes import ENDPOINTS
from mentorbooking.entrypoints.listing import build_lists
from mentorbooking.entrypoints.service import Service
from mentorbooking.entrypoints.user_pool import pool_callers
from mentorbooking.entrypoints.version import VERSION


def build_app(service: Service, *, access_log: AccessLog | None = log_access) -> Litestar:
    """Return the application that serves every route; without ``access_log`` it logs none."""
    base, core = service.base, service.core
    registry = CollectorRegistry()
    http_core = HttpCore(
        commands=core.commands,
        queries=core.queries,
        notifications=service.notifications,
        lists=build_lists(base, service.views, service.projector),
        commanding=Commanding(base.answered, base.acknowledged, base.clock),
        aggregates=base.aggregates,
        storage=base.storage,
        links=base.links,
        import_report=ImportReport(base.aggregates, base.storage),
        clock=base.clock,
        position_at=partial(position_as_of, base.log),
        service=ServiceState(base.log, service.projector, service.followers, registry),
        lanes=base.lanes,
        subscribing=service.subscribing,
    )

    guests = pool_callers(
        base.settings,
        aggregates=base.aggregates,
        credentials=base.credentials,
        store_key=base.store_key,
        clock=base.clock,
        ids=base.ids,
    )
    return create_app(
        ENDPOINTS,
        core=http_core,
        verify=authenticating(base.tokens, base.clock, guests),
        registry=registry,
        access_log=access_log,
        new_request_id=base.randomness.hex,
        version=VERSION,
        root_path=base.settings.root_path,
    )
