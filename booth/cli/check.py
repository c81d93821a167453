"""`booth check`: whether a booth could start, without touching a device."""

from pathlib import Path

from booth.cli.manners import Answer, run
from booth.cli.options import Config, Json


def check(config: Config, as_json: Json = False) -> None:
    """Read the settings, the calibration and the model pack, and say every mistake. Touches no device."""
    run(lambda: _check(config), as_json)


def _check(config: Path) -> Answer:
    from booth.assembly.foundation import lay
    from booth.settings import load

    settings = load(config)
    found = lay(config, settings)
    lines = [
        f"{config}: the settings hold ({found.settings_sha256[:12]})",
        f"{settings.recipe.pack.name}: the model pack holds ({found.pack.sha256[:12]})",
        *(f"{source.name}: the calibration holds ({source.sha256[:12]})" for source in found.calibration_sources()),
    ]
    if settings.simulated:
        lines.append("this booth is a SIMULATION: its records are marked, and no real line may use it")
    data = {"settings_sha256": found.settings_sha256, "pack_sha256": found.pack.sha256, "simulated": settings.simulated}
    return Answer("\n".join(lines), data)
