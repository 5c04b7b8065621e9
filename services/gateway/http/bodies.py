"""Bodies are read as the document tells them: by type and strictly, a number is no time and a text no number."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request

from services.gateway.http.problems import ProblemError
from services.gateway.http.wording import worded
from shared.subscriptions.record import APPRISE, WEBHOOK, WEBPUSH

CHANNELS = (WEBHOOK, WEBPUSH, APPRISE)


class TypedRequest(Request[Any, Any, Any]):
    async def json(self) -> Any:
        """The body as what the handler takes. Raises ProblemError that names the field at fault."""
        field = self.route_handler.parsed_data_field
        kind = field.annotation if field is not None else Any
        body = await self.body()
        if not body and field is not None and field.is_optional:
            return None
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.ValidationError as error:
            what, _, where = str(error).partition(" - at `$.")
            named = where.rstrip("`")
            told = worded(what, CHANNELS if named == "channel.type" else ())
            raise ProblemError(400, f"{named or 'The body'}: {told}.") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ProblemError(400, f"The body is no JSON: {error}.") from error
