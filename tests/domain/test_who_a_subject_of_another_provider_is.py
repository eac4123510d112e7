"""A subject of another identity provider: one account, for ever."""

from mentorbooking.domain.external_subject.errors import AlreadyBound
from mentorbooking.domain.external_subject.events import ExternalSubjectBound
from mentorbooking.domain.external_subject.subject import ExternalSubject
from tests.support.fixed import NOW, USER
from tests.support.scenario import given

BOUND = ExternalSubjectBound(at=NOW, user_id=USER)


def subject():
    return ExternalSubject(id="ab" * 32)


def test_the_first_account_is_theirs():
    given(subject()).when(lambda s: s.bind(USER, now=NOW)).then(BOUND)
    assert subject().after(BOUND).user_id == USER


def test_the_same_account_again_is_no_news():
    given(subject(), BOUND).when(lambda s: s.bind(USER, now=NOW)).then_nothing()


def test_there_is_no_second_account():
    given(subject(), BOUND).when(lambda s: s.bind("user_2", now=NOW)).then_refused(AlreadyBound)


def test_its_stream_tells_nothing_but_the_hash():
    assert subject().stream == "external_subject:" + "ab" * 32
