"""`booth check`: whether a booth could start, without touching a device."""

from dataclasses import asdict
from pathlib import Path

from booth.cli.manners import Answer, Diagnostic, run
from booth.cli.options import Config, Json


def check(config: Config, as_json: Json = False) -> None:
    """Say what is wrong with settings, fault plan, calibration, pack, gallery and camera SDKs. Touches no device."""
    run(lambda: _check(config), as_json)


def _check(config: Path) -> Answer:
    from booth.assembly.foundation import lay, library
    from booth.assembly.simulation import plan
    from booth.settings import load
    from drivers.sdks import installed

    settings = load(config)
    grounds = lay(config, settings).grounds
    instead = ", activated instead of recipe.pack" if library(settings).chosen().sha256 else ""
    lines = [
        f"{config}: the settings hold ({grounds.settings[:12]})",
        f"{grounds.pack.name}: the model pack holds ({grounds.pack.sha256[:12]}){instead}",
        *(f"{source.name}: the calibration holds ({source.sha256[:12]})" for source in grounds.calibrations),
    ]
    if grounds.gallery is not None:
        lines.append(f"{grounds.gallery.name}: the gallery holds ({grounds.gallery.sha256[:12]})")
    sdks = installed()
    lines += [str(sdk) for sdk in sdks]
    if settings.world is not None:
        faults = plan(settings, trays=0).faults
        lines += [f"{settings.world.faults}: the fault plan holds ({len(faults)} planned)"] if faults else []
        lines.append("this booth is a SIMULATION: its records are marked, and no real line may use it")
    data = {**asdict(grounds), "sdks": {sdk.name: sdk.version for sdk in sdks}}
    broken = tuple(Diagnostic("sdk-broken", "warning", str(sdk)) for sdk in sdks if sdk.problem)
    return Answer("\n".join(lines), data, diagnostics=broken)
