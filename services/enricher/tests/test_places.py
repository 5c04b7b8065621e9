"""Which words are places, and which places they are."""

from __future__ import annotations

import pytest


def named(about, *, demonyms=False):
    return [place.name for place in about.places if place.demonym is demonyms]


def one(about, name):
    found = [place for place in about.places if place.name == name]
    assert found, f"{name} was not found among {[place.name for place in about.places]}"
    return found[0]


@pytest.mark.parametrize(
    ("text", "name", "country"),
    [
        ("King Abdullah of Jordan met envoys in Amman.", "Jordan", "JO"),
        ("Protesters gathered in Tbilisi, the capital of Georgia.", "Georgia", "GE"),
        ("Voters in Atlanta, Georgia, queued for hours.", "Georgia", "US"),
        ("Rebels crossed from Sudan into Chad on Monday.", "Chad", "TD"),
        ("Two men were stabbed in Reading on Saturday night.", "Reading", "GB"),
        ("The lorry attack in Nice shocked France.", "Nice", "FR"),
        ("An earthquake shook eastern Turkey.", "Turkey", "TR"),
        ("The mayor of Mobile, Ala., ordered an evacuation.", "Mobile", "US"),
        ("A fire broke out in Paris, Texas.", "Paris", "US"),
        ("The summit in Paris ended without a deal.", "Paris", "FR"),
        ("Police in London, Ontario, are looking for witnesses.", "London", "CA"),
        ("Bath, England: the river has burst its banks in Bath.", "Bath", "GB"),
    ],
)
def test_a_name_that_is_also_a_word_or_another_place(enrich, text, name, country):
    assert one(enrich(text), name).country == country


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Michael Jordan and Chad Smith watched the game.", "Jordan"),
        ("Michael Jordan and Chad Smith watched the game.", "Chad"),
        ("Georgia Hale said she would appeal.", "Georgia"),
        ("Reading the statement took an hour.", "Reading"),
        ("Nice weather is expected at the weekend.", "Nice"),
        ("Turkey and ham were served in the canteen.", "ham"),
        ("Mr London told the court that he was at home.", "London"),
        ("President Lincoln Chavez will speak at noon.", "Lincoln"),
        ("In March the council met again.", "March"),
        ("Real Madrid won the cup.", "Madrid"),
        ("We asked them to leave, and the us in trust vanished.", "us"),
    ],
)
def test_what_is_no_place_is_not_taken_for_one(enrich, text, name):
    assert name not in named(enrich(text))


def test_a_surname_once_introduced_stays_a_person(enrich):
    about = enrich("Paris Hilton arrived late. Hilton was cheered by fans, and Paris waved.")
    assert not about.places


def test_spans_and_fields(enrich):
    text = "Shells fell on Kurakhove, the governor of the Donetsk region said."
    about = enrich(text, title="Ukraine latest")
    place = one(about, "Kurakhove")
    assert f"Ukraine latest\n\n{text}"[place.start : place.end] == "Kurakhove"
    assert place.geoname_id == 704508 or place.geoname_id
    assert place.lat == pytest.approx(47.98, abs=0.1)
    assert place.lon == pytest.approx(37.28, abs=0.1)
    assert one(about, "Donetsk").country == "UA"


@pytest.mark.parametrize("spelling", ["Kyiv", "Kiev", "KYIV", "Київ", "Киев", "Kiew"])
def test_spellings_of_one_city(enrich, spelling):
    place = one(enrich(f"Sirens sounded in {spelling} at dawn."), spelling)
    assert place.country == "UA"
    assert place.lat == pytest.approx(50.45, abs=0.1)


def test_cases_of_russian_names(enrich):
    about = enrich("Взрывы прогремели в Москве и в Одессе, сообщили власти.")
    assert {place.name for place in about.places} == {"Москве", "Одессе"}


def test_scripts_without_spaces(enrich):
    about = enrich("日本政府は、ロシアとウクライナの戦争について声明を出した。")
    assert [place.country for place in about.places] == ["JP", "RU", "UA"]


def test_demonyms_are_flagged_and_count_as_countries(enrich):
    about = enrich("Russian and North Korean troops met Ukrainian fire; Scottish nurses helped.")
    assert named(about) == []
    assert [(place.name, place.country) for place in about.places] == [
        ("Russian", "RU"),
        ("North Korean", "KP"),
        ("Ukrainian", "UA"),
        ("Scottish", "GB"),
    ]


def test_the_longest_name_wins(enrich):
    about = enrich("Officials from South Sudan and New York City met near St. Louis and in Côte d’Ivoire.")
    assert named(about) == ["South Sudan", "New York City", "St. Louis", "Côte d’Ivoire"]


def test_a_place_that_nobody_knows_comes_without_coordinates(enrich):
    about = enrich("Troops entered the village of Qarnovishte and crossed the Bluewater River.")
    assert named(about) == ["Qarnovishte", "Bluewater River"]
    assert all(
        (place.lat, place.lon, place.country, place.geoname_id) == (None, None, None, None) for place in about.places
    )


def test_directions_and_divisions_belong_to_the_name(enrich):
    assert named(enrich("Floods hit North London and Fars Province.")) == ["North London", "Fars Province"]


def test_acronyms_count_only_in_capitals(enrich):
    assert named(enrich("The US and the UK told us to wait.")) == ["US", "UK"]
    assert not enrich("They owe us US$40 million.").places


def test_the_company_that_a_name_keeps_decides(enrich):
    about = enrich("Fire crews from Hamilton, Brantford, Guelph and Cambridge were sent to Ontario's lake shore.")
    assert {place.country for place in about.places} == {"CA"}


def test_the_blog_says_where_it_is(enricher):
    from shared.records import Blog, Entry

    entry = Entry(id="1", text="Shops in Birmingham closed early.")
    at_home = enricher.enrich(entry, Blog(url=None, title="UK floods live"))
    abroad = enricher.enrich(entry, Blog(url=None, title="Alabama, Mississippi and Georgia: US storms live"))
    assert one(at_home, "Birmingham").country == "GB"
    assert one(abroad, "Birmingham").country in ("GB", "US")


def test_organisations_named_after_a_place_are_not_the_place(enrich):
    assert "New York" not in named(enrich("The New York Times and Boston University published the study."))


def test_government_by_its_capital(enrich):
    assert named(enrich("Moscow warned Washington on Tuesday.")) == ["Moscow", "Washington"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Residents of Opelika and Auburn were told to boil water.", ["Opelika", "Auburn"]),
        ("Schools in Dover, Deal and Sandwich will close.", ["Dover", "Deal", "Sandwich"]),
        ("A barn burned near Gettysburg and the fire came close to Biglerville.", ["Gettysburg", "Biglerville"]),
        ("Police closed the road between Abergavenny and Brynmawr.", ["Abergavenny", "Brynmawr"]),
        ("A Medford man was arrested on Monday.", ["Medford"]),
        ("A man from Reading has been charged.", ["Reading"]),
        ("Dale Hamilton, 41, of Mobile, died at the scene.", ["Mobile"]),
        ("Police were called to Church Street, Preston, at about 02:30.", ["Church Street", "Preston"]),
        ("Officers were called to a home in Sydney's Blacktown at 3am.", ["Sydney", "Blacktown"]),
        ("A bushfire is burning in central Victoria.", ["Victoria"]),
        ("The River Severn has burst its banks at Tewkesbury.", ["River Severn", "Tewkesbury"]),
        ("His lorry hit a tree east of Sadieville.", ["Sadieville"]),
        ("Floods hit York.", ["York"]),
    ],
)
def test_company_and_custom_tell_a_place(enrich, text, expected):
    assert named(enrich(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Deputy Clint Houston and Tyler Perry spoke to Austin Beckham and Madison Keys.",
        "The New York Times and the Chicago Tribune carried the story.",
        "Brown, Baker and Hunter voted against the bill, Parker said.",
    ],
)
def test_people_and_papers_are_not_drawn_in_by_company(enrich, text):
    assert named(enrich(text)) == []


@pytest.mark.parametrize(
    ("text", "name", "lat"),
    [
        ("Georgia troopers chased the car through Rome and Dalton.", "Georgia", 32.8),
        ("Georgia troopers chased the car through Rome and Dalton.", "Rome", 34.3),
        ("Georgia Governor Brian Kemp declared an emergency.", "Georgia", 32.8),
        ("The protests in Georgia spread from Tbilisi to Batumi.", "Georgia", 42.0),
        ("The crash happened south of Athens in Limestone County, on U.S. 31.", "Athens", 34.8),
    ],
)
def test_which_one_follows_from_what_lies_there(enrich, text, name, lat):
    assert one(enrich(text), name).lat == pytest.approx(lat, abs=0.5)


def test_a_state_says_where_a_town_is_that_the_map_does_not_have_there(enrich):
    about = enrich("HOLLIDAY, Mo. — A farmer from Xyzville, Tenn., was hurt in Paris, Texas.")
    assert named(about) == ["HOLLIDAY", "Mo.", "Xyzville", "Tenn.", "Paris", "Texas"]
    unplaced = one(about, "HOLLIDAY")
    assert (unplaced.lat, unplaced.geoname_id, unplaced.country) == (None, None, "US")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A bomb killed 12 people in Baqqubah, 35 miles northeast of Baghdad.", "Baqqubah"),
        ("Residents of the Galmodag region fled.", "Galmodag"),
        ("Shells fell north of Kostivka.", "Kostivka"),
    ],
)
def test_what_the_text_calls_a_place_comes_without_coordinates_where_it_is_unknown(enrich, text, name):
    assert one(enrich(text), name).lat is None
