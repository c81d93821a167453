import numpy as np
import pytest

from booth.scoring.packs.session import ModelUnusable, Session, Tensor
from tests.scoring import tiny


def test_a_model_runs_on_one_core_and_does_not_spin() -> None:
    inner = Session(tiny.model())._session
    options = inner.get_session_options()
    assert inner.get_providers() == ["CPUExecutionProvider"]
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_inputs_and_outputs_are_told_with_their_free_axes() -> None:
    session = Session(tiny.model())
    assert session.inputs == (Tensor("picture", "tensor(uint8)", (None, 4, 6, 3)),)
    assert [tensor.name for tensor in session.outputs] == ["score", "embedding"]


def test_outputs_come_in_the_order_they_were_asked_for() -> None:
    pictures = np.stack([tiny.golden(), tiny.golden() * 2])
    embedding, score = Session(tiny.model()).run({"picture": pictures}, ("embedding", "score"))
    assert embedding.shape == (2, 3)
    assert score == pytest.approx([100 / 255, 200 / 255])


@pytest.mark.parametrize("wrong", [np.zeros((1, 4, 6), np.uint8), np.zeros((1, 5, 6, 3), np.uint8)])
def test_a_picture_of_another_shape_is_refused(wrong: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    with pytest.raises(ModelUnusable):
        Session(tiny.model()).run({"picture": wrong}, ("score",))


def test_the_message_of_a_broken_model_is_one_line() -> None:
    with pytest.raises(ModelUnusable) as raised:
        Session(b"not a network")
    assert str(raised.value)
    assert "\n" not in str(raised.value)
