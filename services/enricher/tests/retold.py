"""Invented news, told again in the ways in which live blogs do: for the tests of stories, and their figure."""

from __future__ import annotations

import random
from collections.abc import Iterator

from msgspec import Struct

TOWNS = ("Esbjerg", "Aarhus", "Odense", "Malmö", "Bergen", "Gdańsk", "Rostock", "Tallinn", "Turku", "Hull")
PEOPLE = ("Mette Holm", "Ole Friis", "Ana Roth", "Kim Dahl", "Jonas Berg", "Ida Lund", "Per Vang", "Eva Strand")
THINGS = (
    "ferry bridge harbour tunnel hospital school airport station factory dyke stadium market refinery depot mill court "
    "library theatre pier lighthouse archive brewery greenhouse quarry shipyard"
).split()
EVENTS = (
    "caught fire", "was evacuated", "collapsed in part", "lost power", "was flooded", "was closed by police",
    "reopened after repairs", "was struck by lightning", "was blocked by lorries", "ran out of fuel", "was searched",
    "was sold to a rival", "cut its hours", "won an award", "was hit by a barge", "stopped taking visitors",
)  # fmt: skip
DETAILS = (
    "Crews from {n} districts worked until {day} on the {thing}",
    "Residents near the {thing} kept windows shut for {n} hours",
    "The mayor spoke of a narrow escape at the {thing} on {day}",
    "Trains were held for {n} minutes on the way to {town}",
    "A helicopter circled above the {thing} until {day}",
    "Insurers put the damage at {n} million by {day}",
    "The cause at the {thing} is not known and {n} experts have begun to look",
    "{n} schools stay closed until {day}",
    "Divers searched the basin behind the {thing} {n} times",
    "The union of {town} asked for {n} more posts",
    "Neighbours brought {n} blankets to the {thing}",
    "A spare generator came from {town} on {day}",
    "The road to {town} reopened on {day} for {n} lorries an hour",
    "Engineers checked {n} pillars of the {thing}",
    "Traffic was sent by way of {town} until {day}",
    "{n} guards at the {thing} noticed the smell first",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
VERBS = ("said", "told reporters", "wrote", "confirmed", "announced", "explained")


class Told(Struct, frozen=True):
    title: str
    text: str


class News:
    """Draws events of a world; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)

    def event(self, town: str | None = None) -> Told:
        draw = self._draw
        town, person = town or draw.choice(TOWNS), draw.choice(PEOPLE)
        thing, happened, count = draw.choice(THINGS), draw.choice(EVENTS), draw.randint(3, 900)
        said = f"{person} {draw.choice(VERBS)}"
        lead = f"The {thing} in {town} {happened} and {count} people were brought to safety, {said}."
        return Told(f"{thing.capitalize()} in {town} {happened}", f"{lead} {self._details(4)}")

    def edited(self, told: Told) -> Told:
        """A few words are others."""
        words = told.text.split()
        for _ in range(max(1, len(words) // 15)):
            words[self._draw.randrange(len(words))] = self._draw.choice(("officials", "late", "again", "reportedly"))
        return Told(told.title, " ".join(words))

    def appended(self, told: Told) -> Told:
        return Told(told.title, f"{told.text} {self._details(5)}")

    def cut(self, told: Told) -> Told:
        sentences = told.text.split(". ")
        return Told(told.title, ". ".join(sentences[: max(2, len(sentences) // 2)]))

    def retitled(self, told: Told) -> Told:
        return Told(f"What we know so far, {self._draw.choice(('briefly', 'in full', 'at noon'))}", told.text)

    def same_text(self, told: Told) -> Iterator[tuple[str, Told]]:
        yield "edited", self.edited(told)
        yield "appended", self.appended(told)
        yield "cut", self.cut(told)
        yield "retitled", self.retitled(told)
        yield "cut and appended", self.appended(self.cut(told))

    def in_other_words(self, told: Told) -> Told:
        """As another newsroom tells it: who, where and how many stay."""
        lead = told.text.split(". ")[0]
        town = next(town for town in TOWNS if town in lead)
        person = next(person for person in PEOPLE if person in lead)
        count = next(word for word in lead.split() if word.isdigit())
        thing = lead.split()[1]
        return Told(
            f"{town}: {count} brought out of {thing}",
            f"According to {person}, {count} people had to leave the {thing} in {town} after it {_happened(lead)}. "
            f"More is expected at a press conference in {town}.",
        )

    def _details(self, count: int) -> str:
        draw = self._draw
        return " ".join(
            one.format(n=draw.randint(2, 90), day=draw.choice(DAYS), thing=draw.choice(THINGS), town=draw.choice(TOWNS))
            + "."
            for one in draw.sample(DETAILS, count)
        )


def _happened(lead: str) -> str:
    return next(event for event in EVENTS if event in lead)
