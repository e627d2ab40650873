"""Times as people may send them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime


def _within_reach(moment: datetime) -> datetime:
    """No event is planned so far off, and near year 9999 no other zone can hold the moment."""
    if not 2000 <= moment.year <= 2999:
        raise ValueError("the year must be from 2000 to 2999")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_within_reach)]
"""A time with its zone, as it may be sent."""
