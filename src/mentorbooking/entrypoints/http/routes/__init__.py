"""Every route of the API."""

from mentorbooking.entrypoints.http.routes import (
    booking_lists,
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
    *booking_lists.ENDPOINTS,
    *notifications.ENDPOINTS,
    *subscriptions.ENDPOINTS,
    *imports.ENDPOINTS,
    *exports.ENDPOINTS,
    *service.ENDPOINTS,
)
