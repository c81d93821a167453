import cv2
import numpy as np
import pytest

from booth.scoring.products.codes import COARSEST_MM_PER_PX, QR_AT_MOST_PX, Sight, codes_in
from drivers.frames import Colour
from fakes.props import ink

EAN = "4000600411615"


def label() -> Colour:
    """A shipping label, 265 x 195 px: bars of 2 px."""
    return np.asarray(ink.shipping_label(np.random.default_rng(0), EAN), np.uint8)


def lying(piece: Colour, turn_deg: float, factor: float, size: int = 700) -> Colour:
    """On a grey tray, turned and scaled."""
    height, width = piece.shape[:2]
    move = cv2.getRotationMatrix2D((width / 2, height / 2), turn_deg, factor)
    move[:, 2] += (size / 2 - width / 2, size / 2 - height / 2)
    out = cv2.warpAffine(piece, move, (size, size), borderValue=(120, 130, 140))
    return np.asarray(out, np.uint8)


@pytest.mark.parametrize("turn_deg", [3, 31, 94, 145, 183, 263])
def test_a_barcode_is_read_however_its_item_lies(turn_deg: float) -> None:
    assert codes_in(Sight(lying(label(), turn_deg, 1.25))) == (EAN,)


def test_a_qr_code_is_read_where_there_is_no_barcode() -> None:
    piece = np.asarray(ink.matrix_code(f"{EAN}/77", 6), np.uint8)
    assert codes_in(Sight(lying(piece, 20, 1.0))) == (f"{EAN}/77",)


def test_nothing_is_read_where_there_is_nothing() -> None:
    assert codes_in(Sight(np.full((300, 400, 3), 90, np.uint8))) == ()


def test_what_a_decoder_stumbles_over_is_no_code() -> None:
    assert codes_in(Sight(np.zeros((0, 0, 3), np.uint8))) == ()


def test_a_picture_that_is_too_coarse_is_not_even_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    sight = Sight(lying(label(), 0, 1.25), COARSEST_MM_PER_PX * 1.01)
    monkeypatch.setattr(cv2.barcode, "BarcodeDetector", lambda: pytest.fail("searched"))
    assert codes_in(sight) == ()


def test_a_large_picture_is_searched_for_qr_codes_at_a_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    class Detector:
        def detectAndDecodeMulti(self, picture: Colour) -> tuple[bool, tuple[str, ...], None, None]:  # noqa: N802
            sizes.append(picture.size)
            return False, (), None, None

    monkeypatch.setattr(cv2, "QRCodeDetector", Detector)
    assert codes_in(Sight(np.full((1500, 1500, 3), 90, np.uint8))) == ()
    assert sizes[0] <= QR_AT_MOST_PX * 1.01
