from __future__ import annotations

import pytest

from services.fetcher.app import outgoing_of, product_token
from services.fetcher.settings import Settings
from shared.settings import SettingsError


@pytest.mark.parametrize(
    ("contact", "agent"),
    [
        ("", "Livebell/0.1"),
        ("desk@news.example", "Livebell/0.1 (desk@news.example)"),
        ("https://news.example/bot", "Livebell/0.1 (+https://news.example/bot)"),
    ],
)
def test_the_user_agent_names_the_contact(contact: str, agent: str) -> None:
    assert Settings(contact=contact).full_user_agent == agent


def test_the_product_token_is_the_user_agents_name() -> None:
    assert product_token(Settings().user_agent) == "Livebell"
    assert product_token("Newsdesk bot/2.0 (x)") == "Newsdesk bot"


async def test_a_proxy_that_is_none_is_named_with_its_setting() -> None:
    with pytest.raises(SettingsError, match="LIVEBELL_FETCH_PROXY"):
        outgoing_of(Settings(fetch_proxy="proxy:3128"))
