"""Whether a mentor may be booked, is vouched for, and has an account: what changes that."""

from __future__ import annotations

from mentorbooking.application.answers.mentor import MentorAnswer
from mentorbooking.application.use_cases.mentors.change_standing import ChangeStanding, Standing
from mentorbooking.application.use_cases.mentors.invite_mentor import InviteMentor
from mentorbooking.entrypoints.http import examples
from mentorbooking.entrypoints.http.answer import Answer
from mentorbooking.entrypoints.http.call import Call
from mentorbooking.entrypoints.http.operations import Endpoint, Operation, endpoint
from mentorbooking.entrypoints.http.routes.mentors import TAG


def _standing(verb: str, operation_id: str, summary: str, to: Standing) -> Endpoint:
    """Declare one of the routes that change a mentor's standing."""

    async def change(call: Call[None, None]) -> Answer:
        command = ChangeStanding(
            caller=call.principal,
            mentor_id=call.path["mentor_id"],
            to=to,
            if_match=call.if_match,
        )
        return await call.core.commanding(
            call,
            call.core.commands.change_standing,
            command,
            lambda mentor: Answer(body=mentor, version=mentor.version),
        )

    return Endpoint(
        Operation(
            method="POST",
            path=f"/mentors/{{mentor_id:str}}/{verb}",
            operation_id=operation_id,
            summary=summary,
            tag=TAG,
            answers={200: MentorAnswer},
            refusals={
                403: ("not-yours",),
                404: ("not-found",),
                412: ("version-mismatch",),
            },
            accepts=("If-Match", "Idempotency-Key"),
            sends=("ETag", "Event-Position", "Idempotency-Replayed"),
            answer_examples={200: examples.MENTOR},
        ),
        change,
    )


activate_mentor = _standing(
    "activate", "activate_mentor", "Let a paused mentor be booked again", Standing.ACTIVATED
)
pause_mentor = _standing(
    "pause", "pause_mentor", "Take a mentor off the list; sessions stay", Standing.PAUSED
)
confirm_mentor = _standing(
    "confirm", "confirm_mentor", "Vouch for a self-registered mentor", Standing.CONFIRMED
)


@endpoint(
    Operation(
        method="POST",
        path="/mentors/{mentor_id:str}/invite",
        operation_id="invite_mentor",
        summary="Mail a mentor a new invitation",
        description="For mentors without an account. Earlier invitations stop working.",
        tag=TAG,
        answers={202: MentorAnswer},
        refusals={
            404: ("not-found",),
            409: ("already-has-account",),
            412: ("version-mismatch",),
        },
        accepts=("If-Match", "Idempotency-Key"),
        sends=("ETag", "Event-Position", "Idempotency-Replayed"),
        answer_examples={202: examples.MENTOR},
    )
)
async def invite_mentor(call: Call[None, None]) -> Answer:
    command = InviteMentor(
        caller=call.principal, mentor_id=call.path["mentor_id"], if_match=call.if_match
    )
    return await call.core.commanding(
        call,
        call.core.commands.invite_mentor,
        command,
        lambda mentor: Answer(status=202, body=mentor, version=mentor.version),
    )


ENDPOINTS = (activate_mentor, pause_mentor, confirm_mentor, invite_mentor)
