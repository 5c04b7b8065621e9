"""Entries that no newsroom would send, and names that mean something else: by the issue's list of bad input."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from services.enricher.enrichment import Enricher, load
from services.enricher.figures.find import MOST as MOST_FIGURES
from services.enricher.tests.invariants import check
from shared.records import Entry


@pytest.fixture(scope="module")
def another() -> Enricher:
    return load()


def places(about):
    return [place.name for place in about.places]


def people(about):
    return [person.name for person in about.people]


def figures(about):
    return [(figure.value, figure.unit) for figure in about.figures]


# Empty and one-word entries


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", ".", "?", "\u200b", "\ufeff", "🚨🚨🚨", "-" * 500])
def test_an_entry_without_a_word_says_nothing(enrich, text):
    about = enrich(text)
    assert (about.places, about.people, about.organisations, about.figures) == ((), (), (), ())
    assert (about.topics, about.keywords, about.language) == ((), (), None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Kyiv", ["Kyiv"]), ("Москва", ["Москва"]), ("東京", ["東京"]), ("Goal!", []), ("Reading", []), ("Nice", [])],
)
def test_an_entry_of_one_word(enrich, text, expected):
    about = enrich(text)
    assert places(about) == expected
    assert about.alert == text


def test_an_empty_text_below_a_title(enrich):
    about = enrich("", title="Ferries to Bergen are cancelled")
    assert places(about) == ["Bergen"]
    assert about.alert == "Ferries to Bergen are cancelled"


# 200 kB of text: nothing is read beyond a bound, so no text costs more than one of that length


@pytest.mark.parametrize(
    "piece",
    [
        "Paris and Ana Roth of the Health Ministry saw 12 people killed. ",
        "New York ",
        "Mr. Roth of the ",
        "$1,1 ",
        "<b>&nbsp; ",
        "<script ",
        "東京",
        "(",
        "Chad Sudan Georgia Russia ",
        "\xad",
    ],
)
def test_of_200_kilobytes_only_the_beginning_is_read(enrich, piece):
    text = (piece * (200_000 // len(piece) + 1))[:200_000]
    about = enrich(text)
    assert about == enrich(text[:20_000])
    check(Entry(id="1", text=text), about)
    assert len(about.figures) <= MOST_FIGURES


# Mixed scripts and directions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("انفجارات في كييف Kyiv والسلطات تقول إن 3 قتلى", ["كييف", "Kyiv"]),
        ("Взрыв в Харькове, сообщает агентство from London", ["Харькове", "London"]),
        ("東京で地震、New York でも", ["東京", "New York"]),
        ("Explosion in \u2067كييف\u2069 and Odesa", ["كييف", "Odesa"]),
        ("\u202eneerG si\u202c Explosion in Odesa", ["Odesa"]),
        ("שלום from Tel Aviv", ["Tel Aviv"]),
        ("Fire in Ky\xadiv and in Ode\u2060sa", ["Ky\xadiv", "Ode\u2060sa"]),
        ("Sirens in Ｋｙｉｖ", ["Ｋｙｉｖ"]),
        ("Sirens\u0000\u0001in Kyiv\ufeff", ["Kyiv"]),
    ],
)
def test_scripts_and_directions_that_mix(enrich, text, expected):
    assert places(enrich(text)) == expected


def test_no_direction_leaves_the_alert(enrich):
    assert enrich("\u202eneerG\u202c \u2067كييف\u2069 and Odesa were hit.").alert == "neerG كييف and Odesa were hit."


# Emoji


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("🚨 Explosion in Odesa 🇺🇦 – 3 dead 🙏🏽", ["Odesa"]),
        ("🔥London🔥", ["London"]),
        ("🔴🔴 Explosion à Paris 💥💥 3 morts", ["Paris"]),
        ("👨\u200d👩\u200d👧\u200d👦 family of four killed in Gaza 🇵🇸", ["Gaza"]),
        ("#London @somebody", ["London"]),
    ],
)
def test_emoji_hide_no_name(enrich, text, expected):
    assert places(enrich(text)) == expected


def test_an_alert_cut_among_emoji_stays_whole(enrich):
    shown = enrich("👩\u200d🚒" * 60).alert
    assert len(shown) <= 120
    assert not shown.removesuffix("…").endswith(("\u200d", "\ufe0f"))


# Capitals throughout


@pytest.mark.parametrize(
    ("text", "where", "who"),
    [
        ("EXPLOSION ROCKS KHARKIV AS RUSSIA LAUNCHES MISSILES", ["KHARKIV", "RUSSIA"], []),
        ("FOREIGN MINISTER ANNIKA LINDQVIST SAYS TALKS ARE OVER IN OSLO", ["OSLO"], ["ANNIKA LINDQVIST"]),
        ("PRESIDENT ZELENSKY ARRIVES IN BERLIN FOR TALKS", ["BERLIN"], ["ZELENSKY"]),
        ("MAYOR JOZEF KRALIK RESIGNS AT A MEETING IN NICE", ["NICE"], ["JOZEF KRALIK"]),
        ("TURKEY SENDS RESCUERS TO CHAD", ["TURKEY", "CHAD"], []),
        ("JORDAN AND GEORGIA SIGN DEAL", ["JORDAN", "GEORGIA"], []),
        ("HELP WILL COME IN MAY, IT SAYS", [], []),
    ],
)
def test_capitals_throughout(enrich, text, where, who):
    about = enrich(text)
    assert places(about) == where
    assert people(about) == who


def test_casualties_and_organisations_in_capitals(enrich):
    about = enrich("WORLD HEALTH ORGANIZATION SAYS AT LEAST 12 PEOPLE WERE KILLED")
    assert [one.name for one in about.organisations] == ["WORLD HEALTH ORGANIZATION"]
    assert figures(about) == [(12, "dead")]


# HTML remains


@pytest.mark.parametrize(
    ("text", "expected", "alert"),
    [
        (
            "<p>Fire in <b>Leeds</b></p>&nbsp;&amp; smoke over <a href='x'>York</a>",
            ["Leeds", "York"],
            "Fire in Leeds & smoke over York",
        ),
        ("<div data-place=\"Paris\"><img alt='Berlin'>Fire in Leeds", ["Leeds"], "Fire in Leeds"),
        ("<script>var Paris='London'</script>Fire in Leeds", ["Leeds"], "Fire in Leeds"),
        ("<style>.Paris{}</style>Fire in Leeds", ["Leeds"], "Fire in Leeds"),
        ("<!-- Paris -->Fire in Leeds", ["Leeds"], "Fire in Leeds"),
        ("&lt;p&gt;Fire in Leeds&lt;/p&gt;", ["Leeds"], "Fire in Leeds"),
        ("Fire in Leeds</b", ["Leeds"], "Fire in Leeds"),
        ("a < b, in Paris > London", ["Paris", "London"], "a < b, in Paris > London"),
    ],
)
def test_remains_of_html(enrich, text, expected, alert):
    about = enrich(text)
    assert places(about) == expected
    assert about.alert == alert
    assert not {"nbsp", "div", "script", "style", "var"} & set(about.keywords)


# Numbers with other separators


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Es gab 1.200 Verletzte und 12,5 Millionen Euro Schaden in der Stadt.", [(1200, "injured"), (12.5e6, "EUR")]),
        ("Le bilan est de 1\u202f200 morts, selon les autorités de la ville.", [(1200, "dead")]),
        ("Le bilan est de 1\u00a0200 morts, selon les autorités de la ville.", [(1200, "dead")]),
        ("Die Schweiz zählt 1'200 Verletzte und 3’400 Vermisste.", [(1200, "injured"), (3400, "missing")]),
        ("At least 12,34,567 people were displaced.", [(1_234_567, "evacuated")]),
        ("About 1.234.567 people were displaced.", [(1_234_567, "evacuated")]),
        ("At least ١٬٢٣٤ people were killed.", [(1234, "dead")]),
        ("At least １２ people were killed.", [(12, "dead")]),
        ("At least १२ people were killed.", [(12, "dead")]),
        ("3.000 people were killed.", [(3000, "dead")]),
        ("1.5m people were displaced by waves of 1.5m.", [(1.5e6, "evacuated"), (0.0015, "km")]),
        ("5,5 people dead", []),
        ("1_000 people dead, 1 , 000 people dead, 1e5 people dead", []),
        ("the 9/11 attacks", []),
        ("99999999999999999999999999999999 people dead", []),
    ],
)
def test_numbers_with_other_separators(enrich, text, expected):
    assert figures(enrich(text)) == expected


# Names that are also places and words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jordan said on Tuesday that it would open its border with Syria.", [("Jordan", "JO"), ("Syria", "SY")]),
        ("Talks in Jordan ended without a deal.", [("Jordan", "JO")]),
        ("Michael Jordan said he would sell the team.", []),
        ("Jordan Henderson scored twice.", []),
        ("Chancellor Jordan told reporters he was tired.", []),
        ("Georgia's parliament passed the law in Tbilisi.", [("Georgia", "GE"), ("Tbilisi", "GE")]),
        ("Georgia voters in Atlanta queued for hours.", [("Georgia", "US"), ("Atlanta", "US")]),
        ("Georgia Hale's paintings were sold.", []),
        ("Chad has closed its border with Sudan.", [("Chad", "TD"), ("Sudan", "SD")]),
        ("Rebels in Chad attacked a convoy.", [("Chad", "TD")]),
        ("Chad told the court that he was sorry.", []),
        ("A hanging chad decided the vote.", []),
        ("Police in Reading arrested two men.", [("Reading", "GB")]),
        ("Reading, England: a fire closed the station.", [("Reading", "GB"), ("England", "GB")]),
        ("Reading the report took hours.", []),
        ("Reading and writing are taught here.", []),
        ("Nice, France, was flooded on Monday.", [("Nice", "FR"), ("France", "FR")]),
        ("A nice day in Nice.", [("Nice", "FR")]),
        ("Nice to see so many people here.", []),
        ("Nice work by the crew, the mayor said.", []),
        ("Turkey sent rescue teams to Syria.", [("Turkey", "TR"), ("Syria", "SY")]),
        ("We ate turkey and ham.", []),
        ("Residents of Bath were told to leave.", [("Bath", "GB")]),
        ("Bath time is over.", []),
        ("Troops entered Hope, Arkansas.", [("Hope", "US"), ("Arkansas", "US")]),
        ("Hope is fading for survivors.", []),
    ],
)
def test_names_that_are_also_places_and_words(enrich, text, expected):
    assert [(place.name, place.country) for place in enrich(text).places] == expected


# Whatever comes

_WORDS = st.sampled_from(
    "the in of President Mr Paris Jordan Georgia Chad Reading Nice Turkey Hope, Arkansas JOHN SMITH US U.S. Kyiv Київ "
    "東京 كييف في \u202e \u2067 \xad killed dead 12 ١٢ １２ 1.200 1,234 12,34,567 $3bn 5% New York University Ministry "
    "and , . ' ’s - ( ) \n “ 🚨 👩\u200d🚒 <b> </b> &nbsp; <script> <!-- &lt; St. İstanbul ß magnitude 7.1 said".split(
        " "
    )
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(_WORDS, max_size=40).map(" ".join) | st.lists(_WORDS, max_size=20).map("".join) | st.text(max_size=200),
    st.none() | st.text(max_size=60) | st.lists(_WORDS, max_size=8).map(" ".join),
)
def test_whatever_comes_the_spans_are_true_and_the_answer_is_the_same(enricher, another, text, title):
    entry = Entry(id="1", title=title, text=text)
    about = enricher.enrich(entry)
    check(entry, about)
    assert another.enrich(entry) == about
