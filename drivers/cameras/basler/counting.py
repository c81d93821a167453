"""How far a camera's own counter of frames has come: BlockID. Pure."""

UNCOUNTED = (1 << 64) - 1  # "A block ID of value UINT64_MAX indicates that the Block ID is invalid" (PylonGrabResult_t)
WRAPS_AFTER = 65_535  # GigE without extended ids: 1 .. 65535, and 1 again
NEAR_WRAP = 4_096


class BlockCounter:
    """Begins anew whenever grabbing does."""

    def __init__(self) -> None:
        self._last: int | None = None

    def advance(self, block: int) -> int:
        """How many frames after the last one this is. 1: the next one, and the first of all; 0 or less: one that was
        there before."""
        if block == UNCOUNTED:
            return 1
        last, self._last = self._last, block
        if last is None:
            return 1
        if block < NEAR_WRAP and 0 <= WRAPS_AFTER - last < NEAR_WRAP:
            return block + WRAPS_AFTER - last
        if block <= last:
            self._last = last
        return block - last
