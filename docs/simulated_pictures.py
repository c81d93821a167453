"""Draws the pictures of simulated trays that the docs show; it needs GL and takes half a minute.

`python docs/simulated_pictures.py` writes docs/pictures/contact-sheet.png and docs/pictures/simulated-boxes/.
"""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.frames import Intrinsics
from fakes import props
from fakes.props import Chosen, Drawn, Injury
from fakes.sensors import colour
from fakes.sheets import showing
from fakes.sheets.sheet import contact_sheet
from fakes.stage import Camera, Stage, Studio
from fakes.stage.cameras import looking_at
from fakes.studios.photography import SENSOR

PICTURES = Path(__file__).parent / "pictures"
COLOURS = 144
CELL_PX = 230
Picture = NDArray[np.uint8]

SHOWN = (
    Drawn(101, "one", (Chosen("case", 3),)),
    Drawn(101, "one", (Chosen("case", 3, (Injury("crush", "major"),)),)),
    Drawn(4, "one", (Chosen("diecut", 0, (Injury("hole", "major"),)),)),
    Drawn(3, "one", (Chosen("case-white", 0, (), ("printed-holes",)),)),
    Drawn(102, "one", (Chosen("case", 8, (Injury("deconstruction", "major"), Injury("missing", "minor"))),)),
    Drawn(6, "one", (Chosen("bottles", 0, (Injury("missing", "major"),)),)),
    Drawn(108, "one", (Chosen("mailer", 4, (Injury("tear", "major"),)),)),
    Drawn(9, "one", (Chosen("polybag", 0, (), ("wrinkled-film",)),)),
)
"""A whole case and its crushed twin; a hole, and holes that are printed; something missing; a tear, and wrinkles."""

BESIDE = {
    "intact": (Drawn(201, "one", (Chosen("diecut", 1),)), (330.0, -290.0, 470.0)),
    "crushed": (Drawn(308, "one", (Chosen("case", 8, (Injury("crush", "major"),)),)), (-380.0, -330.0, 430.0)),
    "wet-and-holed": (
        Drawn(408, "one", (Chosen("case", 8, (Injury("hole", "major"), Injury("spillage", "major"))),)),
        (400.0, -350.0, 450.0),
    ),
}
"""Counterparts of the photographs in docs/pictures/real-boxes, and from where each is seen, mm."""
LAMPS = {"ring": 0.8, "left": 0.15, "right": 0.7, "front": 0.5, "back": 0.1}


def main() -> None:
    PICTURES.joinpath("simulated-boxes").mkdir(exist_ok=True)
    sheet = contact_sheet(showing.these(SHOWN, "left", lambda _: None), CELL_PX)
    PICTURES.joinpath("contact-sheet.png").write_bytes(paletted(sheet, COLOURS))
    with Studio() as studio:
        for name, (wanted, place) in BESIDE.items():
            picture = close_up(studio, wanted, place)
            cv2.putText(picture, "SIMULATED", (8, 20), (60, 60, 255), cv2.FontFace("sans"), 14, 600)
            _, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 88])
            PICTURES.joinpath("simulated-boxes", f"{name}.jpg").write_bytes(content.tobytes())


def close_up(studio: Studio, wanted: Drawn, place: tuple[float, float, float]) -> Picture:
    """A carton that fills the picture, with the noise of the simulated colour sensor."""
    camera = Camera(Intrinsics(640, 560, 900, 900, 320, 280, (0.05, -0.1, 0, 0, 0)), looking_at(place, (0, 0, 45)))
    with Stage(props.scene(wanted), studio) as stage:
        radiance = stage.see(camera).lit(LAMPS)
    return np.asarray(colour.expose(radiance, 3.0, (wanted.seed, "close-up", 0), sensor=SENSOR), dtype=np.uint8)


def paletted(picture: Picture, colours: int) -> bytes:
    """As a PNG with a palette: a third of the bytes. Raises nothing: the same picture gives the same bytes."""
    flat = picture.reshape(-1, 3).astype(np.float32)
    cv2.setRNGSeed(1)
    rule = (cv2.TERM_CRITERIA_MAX_ITER | cv2.TERM_CRITERIA_EPS, 12, 0.5)
    _, _, centres = cv2.kmeans(flat[:: max(1, len(flat) // 60_000)], colours, None, rule, 1, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    apart = ((centres**2).sum(axis=1) - 2 * block @ centres.T for block in np.array_split(flat, 64))
    index = np.concatenate([one.argmin(axis=1) for one in apart]).astype(np.uint8).reshape(picture.shape[:2])
    lines = b"".join(b"\0" + line.tobytes() for line in index)
    head = struct.pack(">IIBBBBB", picture.shape[1], picture.shape[0], 8, 3, 0, 0, 0)
    palette = np.clip(np.rint(centres[:, ::-1]), 0, 255).astype(np.uint8).tobytes()
    parts = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


if __name__ == "__main__":
    main()
