"""The index against the naive evaluator: the same subscriptions match, whatever was added, changed and removed."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from services.notifier.matching.index import FilterIndex, Index
from services.notifier.tests.news import enriched, events, filters, subscription, told_as
from shared.filters.evaluate import evaluate
from shared.messages import Enriched
from shared.records import Entry
from shared.subscriptions.record import DISABLED, PENDING, Filter

ids = st.sampled_from([f"sub_{number}" for number in range(8)])


class IndexAgainstEvaluator(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.index = Index()
        self.held: dict[str, Filter] = {}

    @rule(id_=ids, filter_=filters)
    def put(self, id_: str, filter_: Filter) -> None:
        self.index.put(subscription(filter_, id_))
        self.held[id_] = filter_

    @rule(id_=ids, filter_=filters, status=st.sampled_from((PENDING, DISABLED)))
    def put_what_is_not_active(self, id_: str, filter_: Filter, status: str) -> None:
        self.index.put(subscription(filter_, id_, status=status))
        self.held.pop(id_, None)

    @rule(id_=ids)
    def remove(self, id_: str) -> None:
        self.index.remove(id_)
        self.held.pop(id_, None)

    @rule(event=events)
    def match(self, event: Enriched) -> None:
        change = told_as(event)
        expected = {id_ for id_, filter_ in self.held.items() if evaluate(filter_, event, change)}
        found = [one.id for one in self.index.match(event, change)]
        assert len(found) == len(set(found))
        assert set(found) == expected

    @invariant()
    def counts(self) -> None:
        assert len(self.index) == len(self.held)


TestIndexAgainstEvaluator = IndexAgainstEvaluator.TestCase
TestIndexAgainstEvaluator.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)


@given(st.lists(filters, min_size=1, max_size=60), st.lists(events, min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_many_filters_agree_with_the_evaluator(wanted: list[Filter], told: list[Enriched]) -> None:
    index = Index()
    for number, filter_ in enumerate(wanted):
        index.put(subscription(filter_, f"sub_{number}"))
    for event in told:
        change = told_as(event)
        expected = {f"sub_{n}" for n, filter_ in enumerate(wanted) if evaluate(filter_, event, change)}
        assert {one.id for one in index.match(event, change)} == expected
    for number in range(len(wanted)):
        index.remove(f"sub_{number}")
    assert all(index.match(event, told_as(event)) == [] for event in told)


def test_growth_and_reuse_of_rows_and_conditions() -> None:
    index = FilterIndex(keep=lambda one: one.id, group=lambda one: one.id[-1])
    for number in range(3000):
        index.put(subscription(Filter(words=(f"word{number}",)), f"sub_{number}"))
    for number in range(0, 3000, 2):
        index.remove(f"sub_{number}")
    for number in range(3000, 4500):
        index.put(subscription(Filter(all_words=(f"word{number}", "storm")), f"sub_{number}"))
    assert len(index) == 3000
    assert set(index.match(enriched("word1 word2 word4400 storm"), "created")) == {"sub_1", "sub_4400"}


def test_matches_come_by_group() -> None:
    index = FilterIndex(keep=lambda one: one.id, group=lambda one: type(one.channel).__name__)
    for number in range(6):
        index.put(subscription(Filter(words=("storm",)), f"sub_{number}", push=number % 2 == 0))
    index.put(subscription(Filter(words=("storm",)), "sub_1", push=True))
    index.put(subscription(Filter(words=("calm",)), "sub_3"))
    found = index.match_groups(enriched("A storm."), "created")
    assert found == {"WebPushChannel": ["sub_0", "sub_1", "sub_2", "sub_4"], "WebhookChannel": ["sub_5"]}
    assert index.match_groups(enriched("A calm."), "created") == {"WebhookChannel": ["sub_3"]}
    assert index.match_groups(enriched("Rain."), "created") == {}


def test_an_edit_concerns_those_whom_the_entry_concerned_before_it() -> None:
    index = FilterIndex(keep=lambda one: one.id, group=lambda _: "")
    for number, word in enumerate(("bridge", "tunnel", "closed", "ferry")):
        index.put(subscription(Filter(words=(word,), changes=("updated",)), f"sub_{number}"))
    edit = enriched("The tunnel is closed.", change="updated", previous=Entry(id="e1", text="The bridge is closed."))
    assert index.match_groups(replace(edit, before=edit.about), "updated") == {"": ["sub_0", "sub_1", "sub_2"]}


def test_what_is_removed_leaves_nothing_behind() -> None:
    index = Index()
    everything: dict[str, Any] = {"people": ("Ana Roth",), "places": ("Denmark",), "min_urgency": 0.5}
    for number in range(50):
        wanted = Filter(words=(f"a long phrase {number}", "flood"), none_words=("x y z",), **everything)
        index.put(subscription(Filter(all_words=("a b", f"c{number}")), f"sub_{number}"))
        index.put(subscription(wanted, f"sub_{number}"))
    for number in range(50):
        index.remove(f"sub_{number}")
    assert len(index) == 0
    assert index.distinct_conditions == Index().distinct_conditions
