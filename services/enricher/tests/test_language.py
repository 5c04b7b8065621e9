from __future__ import annotations

import pytest

from shared.records import Blog


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Police have closed the bridge after the lorry was found on the northern side.", "en"),
        ("Die Polizei hat die Brücke gesperrt, nachdem der Lastwagen gefunden wurde.", "de"),
        ("La police a fermé le pont après la découverte du camion dans la nuit.", "fr"),
        ("La policía ha cerrado el puente tras el hallazgo del camión en la ciudad.", "es"),
        ("La polizia ha chiuso il ponte dopo il ritrovamento del camion nella notte.", "it"),
        ("Полиция закрыла мост после того, как был найден грузовик.", "ru"),
        ("Поліція закрила міст після того, як було знайдено вантажівку.", "uk"),
        ("أغلقت الشرطة الجسر بعد العثور على الشاحنة في المدينة", "ar"),
        ("警察はトラックが見つかった後、橋を閉鎖した。", "ja"),
        ("Polisen har stängt bron efter att lastbilen hittades under natten.", "sv"),
    ],
)
def test_languages(enrich, text, language):
    assert enrich(text).language == language


def test_a_text_too_short_to_tell_has_the_blogs_language(enrich):
    blog = Blog(url=None, title="Der Krieg in der Ukraine und die Lage in Kiew")
    assert enrich("Update", blog=blog).language == "de"
    assert enrich("Update").language is None
    assert enrich("").language is None


def test_filters_know_every_language_that_may_be_told():
    from services.enricher.language import _load_model
    from services.enricher.tables import rows
    from shared.filters.languages import is_told

    told = {str(label) for label in _load_model().labels} | {language for language, _ in rows("small_words.tsv")}
    assert {language for language in told if not is_told(language)} == {"zxx"}, "zxx is no language at all"
