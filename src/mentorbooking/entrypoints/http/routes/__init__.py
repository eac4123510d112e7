"""Every route of the API."""

from mentorbooking.entrypoints.http.routes import (
    bookings,
    exports,
    identity,
    imports,
    mentor_standing,
    mentors,
    notifications,
    service,
    subscriptions,
    timeslots,
)

ENDPOINTS = (
    *identity.ENDPOINTS,
    *mentors.ENDPOINTS,
    *mentor_standing.ENDPOINTS,
    *timeslots.ENDPOINTS,
    *bookings.ENDPOINTS,
    *notifications.ENDPOINTS,
    *subscriptions.ENDPOINTS,
    *imports.ENDPOINTS,
    *exports.ENDPOINTS,
    *service.ENDPOINTS,
)
