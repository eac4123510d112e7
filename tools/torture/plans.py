"""What can be tortured: which promise, by which test, and what one round of them is.

How many rounds the tests go through in every run stands in the tests; the long size stands here.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Plan(NamedTuple):
    """``at_once`` rounds are one run of pytest: something like half a minute."""

    name: str
    promise: str
    a_round: str
    rounds: int
    at_once: int
    test: str


PLANS: Final = (
    Plan(
        "race",
        "a slot has at most one live booking, and a student is in one place",
        "an hour that 200 students want at once over HTTP, one that a student wants twice",
        1_000,
        20,
        "tests/end_to_end/test_one_slot_many_students.py",
    ),
    Plan(
        "race-aws",
        "the same of slots on DynamoDB, through several processes",
        "a slot that 200 students want at once; in each run also one that 1,000 want",
        500,
        12,
        "tests/end_to_end/test_one_slot_many_students_on_dynamodb.py",
    ),
    Plan(
        "model",
        "commands land whole, on the versions they were decided on, as if one after the other",
        "a history of 50 steps in two processes, against a model",
        5_000,
        50,
        "tests/application/test_calendar_booking_student_against_a_model.py",
    ),
    Plan(
        "lost",
        "the same Idempotency-Key has one effect and one answer",
        "a key sent 2 to 5 times over HTTP, 30 % of requests or answers lost",
        10_000,
        1_000,
        "tests/end_to_end/test_lost_requests_and_answers.py",
    ),
    Plan(
        "kill",
        "what was acknowledged survives, and is mailed once",
        "a kill -9 of the service under load",
        10_000,
        20,
        "tests/end_to_end/test_surviving_kill_9.py",
    ),
    Plan(
        "log",
        "who reads the log sees every event once and in order",
        "a history of 5 to 25 commits read in every way, on each log",
        20_000,
        100,
        "tests/contracts/test_event_logs.py::test_any_history_reads_the_same_in_any_way",
    ),
    Plan(
        "lanes",
        "with many lanes no event is skipped, doubled or told before its stream's last one",
        "writes and reads in any interleaving, readers killed anywhere",
        50_000,
        2_500,
        "tests/adapters/test_dynamodb_lanes_in_any_interleaving.py",
    ),
    Plan(
        "rebuild",
        "no projection skips or doubles an event; a rebuilt read model equals the live one",
        "a history in any batches, with restarts and rebuilds at any moment",
        10_000,
        250,
        "tests/contracts/test_read_models_live_and_rebuilt.py"
        "::test_live_in_any_batches_with_restarts_equals_rebuilt[sqlite]",
    ),
    Plan(
        "rebuild-aws",
        "the same of the read models on DynamoDB",
        "a history in any batches, with restarts and rebuilds at any moment",
        2_000,
        40,
        "tests/contracts/test_read_models_live_and_rebuilt.py"
        "::test_live_in_any_batches_with_restarts_equals_rebuilt[dynamodb]",
    ),
    Plan(
        "relay",
        "each public event takes effect once, in order for each booking",
        "120 events, a fifth of the sends refused, the relay killed again and again",
        5_000,
        100,
        "tests/application/test_crashes_of_the_relay.py"
        "::test_killed_and_refused_at_random_every_fact_takes_effect_once_and_in_order",
    ),
    Plan(
        "requests",
        "the API keeps to its OpenAPI document and never fails",
        "a request made from the document, bent",
        50_000,
        2_500,
        "tests/http/test_whatever_is_sent.py",
    ),
    Plan(
        "tokens",
        "tokens can't be forged",
        "a good token, bent in up to three places",
        1_000_000,
        50_000,
        "tests/adapters/test_identity_tokens_that_were_bent.py"
        "::test_none_that_was_bent_at_random_is_accepted",
    ),
    Plan(
        "cells",
        "no cell of a file of ours is a live formula; what was written is read again",
        "a table of up to 24 cells, raw and guarded",
        100_000,
        2_500,
        "tests/application/test_csv_that_is_harmless_in_a_spreadsheet.py",
    ),
    Plan(
        "texts",
        "no text makes us slow",
        "100 KB of a hostile phrase for each regular expression",
        2_000,
        100,
        "tests/end_to_end/test_no_text_makes_us_slow.py",
    ),
    Plan(
        "edits",
        "nobody edits history unnoticed",
        "an edit, deletion or swap in the stored log",
        10_000,
        1_000,
        "tests/adapters/test_sqlite_log_chain.py::test_every_edit_of_the_tables_is_found",
    ),
)
