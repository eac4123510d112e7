"""Every route of the API."""

from mentorbooking.entrypoints.http.routes import (
    administration,
    bookings,
    identity,
    mentors,
    notifications,
    service,
    timeslots,
)

ENDPOINTS = (
    *identity.ENDPOINTS,
    *mentors.ENDPOINTS,
    *timeslots.ENDPOINTS,
    *bookings.ENDPOINTS,
    *notifications.ENDPOINTS,
    *administration.ENDPOINTS,
    *service.ENDPOINTS,
)
