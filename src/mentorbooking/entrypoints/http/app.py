"""The Litestar application, made of declared endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from litestar import Litestar
from prometheus_client import CollectorRegistry

from mentorbooking.application.authorisation import ACCESS, Access
from mentorbooking.entrypoints.http.access_log import AccessLog, JsonAccessLog, log_access
from mentorbooking.entrypoints.http.documents import with_documents
from mentorbooking.entrypoints.http.metrics import RequestMetrics
from mentorbooking.entrypoints.http.middleware import RequestMiddleware, random_request_id
from mentorbooking.entrypoints.http.operations import Endpoint
from mentorbooking.entrypoints.http.problems import EXCEPTION_HANDLERS
from mentorbooking.entrypoints.http.serving import Verify, routes
from mentorbooking.entrypoints.left_out import left_out


def create_app(
    endpoints: Sequence[Endpoint],
    *,
    core: Any,
    verify: Verify,
    registry: CollectorRegistry,
    access: Mapping[str, Access] = ACCESS,
    root_path: str = "",
    version: str = "",
    access_log: AccessLog | None = log_access,
    new_request_id: Callable[[], str] = random_request_id,
    lifespan: Sequence[Any] = (),
) -> Litestar:
    """Build the application.

    ``root_path`` is the path that the whole API is mounted at, without a closing slash. The
    OpenAPI document and its reading page are added to the endpoints. Without an ``access_log``
    requests are not logged. ``state.surround`` puts around another application what surrounds
    this one: for what a server refuses before it comes here.

    Raises ``UnknownAccess`` for an operation that the table of access does not name.
    """
    everything = with_documents(endpoints, access, root_path, version)
    with left_out("attr", "pydantic"):  # no bodies are made of these; Litestar has plugins for both
        app = Litestar(
            routes(everything, core=core, verify=verify, access=access),
            path=root_path or None,
            openapi_config=None,
            logging_config=None,
            debug=False,
            exception_handlers=EXCEPTION_HANDLERS,
            lifespan=list(lifespan),
            on_shutdown=[access_log.flush] if isinstance(access_log, JsonAccessLog) else [],
        )
    app.state.core = core
    app.state.surround = partial(
        RequestMiddleware,
        measure=RequestMetrics(registry),
        access_log=access_log,
        root_path=root_path,
        new_request_id=new_request_id,
    )
    app.asgi_handler = app.state.surround(app.asgi_handler)
    return app
