"""The enricher that the settings ask for: with the operator's table of urgency and model of names, where named."""

from __future__ import annotations

from pathlib import Path

from services.enricher.enrichment import Enricher, load
from services.enricher.model import ModelError, load_model
from services.enricher.settings import Settings
from services.enricher.urgency_table import UrgencyTableError, read_urgency_table
from shared.settings import SettingsError


def enricher_of(settings: Settings) -> Enricher:
    """Raises SettingsError where a setting names what cannot be used."""
    try:
        table = read_urgency_table(Path(settings.urgency_table) if settings.urgency_table else None)
    except UrgencyTableError as error:
        raise SettingsError(f"LIVEBELL_URGENCY_TABLE: {error}") from error
    try:
        model = load_model(Path(settings.spacy_model)) if settings.spacy_model else None
    except ModelError as error:
        raise SettingsError(f"LIVEBELL_SPACY_MODEL: {error}") from error
    return load(urgency=table, model=model)
