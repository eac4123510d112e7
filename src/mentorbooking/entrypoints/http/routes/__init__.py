"""Every route of the API."""

from mentorbooking.entrypoints.http.routes import (
    administration,
    bookings,
    identity,
    mentors,
    notifications,
    service,
    subscriptions,
    timeslots,
)

ENDPOINTS = (
    *identity.ENDPOINTS,
    *mentors.ENDPOINTS,
    *timeslots.ENDPOINTS,
    *bookings.ENDPOINTS,
    *notifications.ENDPOINTS,
    *subscriptions.ENDPOINTS,
    *administration.ENDPOINTS,
    *service.ENDPOINTS,
)
