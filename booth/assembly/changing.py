"""Another pack for a booth that runs: made ready beside the trays, taken between two of them."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from booth.assembly.foundation import Foundation, library, with_pack
from booth.assembly.recording import Book, run_record
from booth.inspection.controller import Controller
from booth.inspection.examination import Examiner
from booth.scoring.lanes.reference import HELD
from booth.scoring.packs.library import Choice, Library, NothingToUndo
from booth.scoring.packs.pack import Pack, PackInvalid
from booth.service.desk import Refused
from drivers.frames import CameraInfo

Head = dict[str, Any]
Keep = Callable[[Pack, datetime], None]


def examiner_of(foundation: Foundation, infos: Mapping[str, CameraInfo]) -> Examiner:
    """Warm, with the references of as many products as the reference lane holds. Blocking work for a thread. Raises
    CalibrationInvalid."""
    recipe = foundation.settings.recipe
    examiner = Examiner(
        foundation.scored(infos),
        recipe.quality,
        foundation.scorer,
        foundation.valid_until,
        tuple(shot.side for shot in recipe.shots),
        foundation.grounds.pack,
        recipe.arrangements.tray_mm,
    )
    examiner.warm_up(foundation.known.awaited(HELD))
    return examiner


@dataclass(slots=True)
class Changing:
    """One change at a time. What is active is on the disk before it decides: whoever kills the controller meanwhile
    finds it at its next start with the old pack or with the new one, and its records name which.

    Asked at the desk: `{"kind": "activate", "pack": name, "by": who}`, `rollback` with `by`, and `take-active`,
    answered at once with the folder as `pack`. Told when it is done: `{"kind": "pack", "name", "version", "sha256"}`;
    or `pack-refused`, `why`.
    """

    foundation: Foundation
    infos: Mapping[str, CameraInfo]
    controller: Controller
    book: Book
    _work: "asyncio.Task[None] | None" = field(default=None, init=False)

    def grant(self) -> None:
        """Answer wishes from now on. What was activated, or undone, while this controller started is taken, too."""
        self.book.desk.answer_to("activate", self._activate)
        self.book.desk.answer_to("rollback", self._rollback)
        self.book.desk.answer_to("take-active", self._take_active)
        try:
            chosen = self._library.chosen()
        except PackInvalid as error:
            self._refused(error)
            return
        if self.foundation.laid_by not in (None, chosen):
            self._begin(chosen, _kept_already)

    @property
    def _library(self) -> Library:
        return library(self.foundation.settings)

    def _activate(self, asked: Head) -> Head:
        self._refuse_two()
        try:
            folder = self._library.find(str(asked.get("pack")))
        except PackInvalid as error:
            raise Refused(str(error)) from error
        return self._begin(Choice(folder), partial(self._library.activate, by=_who(asked)))

    def _rollback(self, asked: Head) -> Head:
        self._refuse_two()
        try:
            before = self._library.before()
        except (NothingToUndo, PackInvalid) as error:
            raise Refused(str(error)) from error
        by = _who(asked)
        return self._begin(before, lambda _, now: self._library.rollback(before, now, by))

    def _take_active(self, _: Head) -> Head:
        """What somebody wrote down who found no controller."""
        self._refuse_two()
        try:
            return self._begin(self._library.chosen(), _kept_already)
        except PackInvalid as error:
            raise Refused(str(error)) from error

    def _refuse_two(self) -> None:
        if self._work is not None and not self._work.done():
            raise Refused("another pack is being taken; ask again when it is")

    def _begin(self, choice: Choice, keep: Keep) -> Head:
        self._work = asyncio.ensure_future(self._change(choice, keep))
        return {"pack": str(choice.folder)}

    async def _change(self, choice: Choice, keep: Keep) -> None:
        desk, clock, in_thread = self.book.desk, self.book.clock, asyncio.get_running_loop().run_in_executor
        try:
            pack, changed, examiner = await in_thread(None, self._made_ready, choice)
            await in_thread(None, keep, pack, clock.utc())
        except Exception as error:  # noqa: BLE001 a pack that cannot be taken must not cost the line its controller
            self._refused(error)
            return
        self.foundation, self.book.grounds = changed, changed.grounds
        self.controller.use(examiner)
        self.book.journal.put(run_record(changed.grounds, clock))
        desk.tell({"kind": "pack", "name": pack.name, "version": pack.version, "sha256": pack.sha256})

    def _refused(self, error: Exception) -> None:
        """On the log, too: at a start nobody reads at the desk yet."""
        why = str(error) or repr(error)
        self.book.log.warned(f"the pack that scores stays as it is: {why}")
        self.book.desk.tell({"kind": "pack-refused", "why": why})

    def _made_ready(self, choice: Choice) -> tuple[Pack, Foundation, Examiner]:
        pack = choice.load(self.foundation.settings.recipe.pack_signed_by)
        changed = with_pack(self.foundation, pack)
        return pack, changed, examiner_of(changed, self.infos)


def _who(asked: Head) -> str:
    return str(asked.get("by") or "somebody at the desk")


def _kept_already(pack: Pack, now: datetime) -> None:
    """Somebody else has written it down."""
