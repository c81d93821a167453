"""Which thresholds a tray is judged by, as far as its product is known. Pure."""

from collections.abc import Mapping, Sequence

from booth.scoring.products.identity import Identity
from booth.scoring.verdict import Threshold


def in_force(
    identity: Identity, general: Sequence[Threshold], products: Mapping[str, Sequence[Threshold]]
) -> tuple[Threshold, ...]:
    """The thresholds that a tray is judged by. Those of a product replace the general ones for the same lanes if the
    identity is trusted. If it is not they come beside them, of which the lower holds, and only for lanes that have a
    general one: what merely looks like a product can make a verdict stricter, never looser."""
    own = products.get(identity.product, ()) if identity.product is not None else ()
    ruled = [set(threshold.lanes) for threshold in (own if identity.trusted else general)]
    if identity.trusted:
        return (*own, *(threshold for threshold in general if set(threshold.lanes) not in ruled))
    return (*general, *(threshold for threshold in own if set(threshold.lanes) in ruled))
