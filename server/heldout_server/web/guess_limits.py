"""What routes ask for that are told a code, a token or a password: an attempt that may be wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from heldout_server.kit.errors import ProblemError
from heldout_server.web.addresses import network_of
from heldout_server.web.deps import ServicesDep
from heldout_server.web.guesses import GuessBounds, WrongGuesses
from heldout_server.web.security import address_of


@dataclass
class Guess:
    """One attempt; the route says whether it was wrong."""

    was_wrong: bool = False

    @contextmanager
    def wrong_on(self, code: str) -> Iterator[None]:
        """Take a ProblemError of this code for a wrong guess."""
        try:
            yield
        except ProblemError as problem:
            self.was_wrong = problem.code == code
            raise


def guessing(kind: Callable[[GuessBounds], WrongGuesses]) -> Callable[..., AsyncIterator[Guess]]:
    """A dependency that settles the guess once the route is done.

    It stands before sessions among a route's parameters: what stands later is let go of earlier.
    """

    async def made(request: Request, services: ServicesDep) -> AsyncIterator[Guess]:
        guess = Guess()
        try:
            yield guess
        finally:
            if guess.was_wrong:
                await kind(services.guesses).settle(network_of(address_of(request)))

    return made


async def _password(request: Request, services: ServicesDep) -> AsyncIterator[Guess]:
    passwords, network = services.guesses.passwords, network_of(address_of(request))
    guess = Guess()
    async with passwords.lane(network):
        try:
            async with passwords.comparing:
                yield guess
        finally:
            if guess.was_wrong:
                await passwords.settle(network)


JoinGuess = Annotated[Guess, Depends(guessing(lambda kinds: kinds.join_codes), scope="function")]
TeamGuess = Annotated[Guess, Depends(guessing(lambda kinds: kinds.team_codes), scope="function")]
TokenGuess = Annotated[
    Guess, Depends(guessing(lambda kinds: kinds.organizer_tokens), scope="function")
]
PasswordGuess = Annotated[Guess, Depends(_password, scope="function")]
