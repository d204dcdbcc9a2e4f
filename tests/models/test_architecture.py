from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (an extra, for training)")

from edge.recognize.hand_features import WIDTH  # noqa: E402
from models.training.architecture import HAND, HOLISTIC, Form, Model, get_model  # noqa: E402
from models.training.architecture.stem import eca_kernel  # noqa: E402

PLAIN: dict[str, Any] = {
    "dim": 16, "num_conv_squeeze_blocks": 1, "num_conv_conform_blocks": 1,
    "kernel_sizes": (5, 3), "num_conv_per_block": 2, "dropout_rate": 0.1,
    "heads": 2, "reach": 9, "block_kernel": 7,
}  # fmt: skip
CONFIGURATIONS = {
    "hand": {},
    "holistic": {"sets": HOLISTIC, "heads": 4},
    "two sets": {"sets": HOLISTIC[1:3], "symbols": 60},
    "without attention": {"attention": False},
    "holistic without attention": {"sets": HOLISTIC, "attention": False},
    "Squeezeformer only": {"num_conv_squeeze_blocks": 2, "num_conv_conform_blocks": 0},
    "Conformer only": {"num_conv_squeeze_blocks": 0, "num_conv_conform_blocks": 2},
    "no Conv1D": {"num_conv_per_block": 0},
    "kernels in turn": {"num_conv_per_block": 3, "kernel_sizes": (2, 6)},
    "far reach": {"reach": 25, "num_conv_per_block": 1},
}


def settled(**changes: Any) -> Model:
    """A model whose norms have seen data, with nothing left at zero, so that nothing cancels."""
    torch.manual_seed(0)
    model = get_model(**PLAIN | changes)
    for name, parameter in model.named_parameters():
        if name.endswith("bias") or name.endswith("ahead"):
            torch.nn.init.normal_(parameter, 0, 0.3)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        for form in Form:
            model(sequences(model, 8, 40), form=form)
    return model.eval()


def sequences(model: Model, count: int, ticks: int) -> torch.Tensor:
    """Random features; every set comes and goes, and what stands in absent ones is garbage."""
    rows = []
    for landmarks in model.shape.sets:
        x = torch.randn(count, ticks, landmarks.width)
        coarse = torch.rand(count, ticks // 5 + 1, 1).repeat_interleave(5, 1)[:, :ticks]
        x[..., -1:] = (coarse > 0.3).float()
        x[..., :-1] = torch.where(x[..., -1:] > 0, x[..., :-1], torch.nan)
        rows.append(x)
    return torch.cat(rows, 2)


@pytest.mark.parametrize("changes", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_steps_give_what_the_window_gives(changes: dict[str, Any]) -> None:
    model = settled(**changes)
    windows = sequences(model, 3, 50)
    state, steps = None, []
    with torch.no_grad():
        for tick in windows.unbind(1):
            logits, state = model.step(tick, state)
            steps.append(logits)
        expected = model(windows)
    assert expected.std() > 0.1
    assert torch.allclose(torch.stack(steps, 1), expected, atol=1e-4)


def test_the_state_of_silence_is_that_before_the_first_tick() -> None:
    model = settled()
    tick = sequences(model, 1, 1)[:, 0]
    with torch.no_grad():
        first, after = model.step(tick)
        again, also = model.step(tick, model.silence())
    assert torch.equal(first, again)
    assert all(torch.equal(a, b) for a, b in zip(after.tensors, also.tensors, strict=True))
    assert not any(t.any() for t in model.silence().tensors)


def test_silence_leaves_a_model_in_training_as_it_is() -> None:
    model = settled().train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.silence()
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("attention", [True, False])
def test_the_streaming_form_is_causal_and_sees_as_far_as_it_says(attention: bool) -> None:
    model = settled(attention=attention).double()
    sees = model.shape.sees
    window = torch.randn(1, 2 * sees, WIDTH, dtype=torch.double)
    window[..., -1] = 1
    changed = window.clone()
    changed[0, 10] += 1
    with torch.no_grad():
        moved = (model(window) != model(changed))[0].any(-1)
    reach = moved.nonzero().flatten()
    # Attention computes its weights at each tick, so the far end of its reach can round to zero.
    assert reach[0] == 10
    assert 10 + 0.8 * sees < reach[-1] <= 10 + sees - 1


@pytest.mark.parametrize("attention", [True, False])
def test_the_full_form_sees_what_comes(attention: bool) -> None:
    model = settled(attention=attention)
    window = sequences(model, 1, 40)
    changed = window.clone()
    changed[0, 30] = 1
    with torch.no_grad():
        moved = (model(window, form=Form.FULL) != model(changed, form=Form.FULL))[0].any(-1)
    assert moved[:30].any()


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("attention", [True, False])
def test_padding_changes_nothing(form: Form, attention: bool) -> None:
    model = settled(attention=attention)
    window = sequences(model, 2, 45)
    lengths = torch.tensor([45, 28])
    with torch.no_grad():
        padded = model(window, lengths, form)
        alone = model(window[1:, :28], form=form)
    assert torch.allclose(padded[1, :28], alone[0], atol=1e-5)


def test_before_training_both_forms_of_the_convolutions_are_the_same() -> None:
    model = get_model(**PLAIN | {"attention": False}).eval()
    window = sequences(model, 2, 30)
    with torch.no_grad():
        assert torch.allclose(model(window), model(window, form=Form.FULL), atol=1e-6)


def test_what_stands_in_an_absent_set_does_not_matter() -> None:
    model = settled(sets=HOLISTIC, heads=4)
    window = sequences(model, 1, 20)
    with torch.no_grad():
        assert torch.equal(model(window), model(window.nan_to_num(7.0)))
        assert torch.equal(model(window), model(window.nan_to_num(0.0)))


def test_each_set_has_an_embedding_of_its_own() -> None:
    model = settled(sets=HOLISTIC, heads=4)
    torch.nn.init.ones_(model.embed.weight)
    model(sequences(model, 2, 20)).square().sum().backward()
    learns = model.embed.weight.grad[..., 0, 0] != 0
    each = len(learns) // len(HOLISTIC)
    column = 0
    for n, landmarks in enumerate(HOLISTIC):
        rows = learns[n * each : (n + 1) * each]
        assert rows.sum() == rows[:, column : column + landmarks.width].sum()
        assert rows.sum() > 0.5 * each * landmarks.width
        column += landmarks.width


@pytest.mark.parametrize("form", list(Form))
def test_every_weight_of_a_form_learns(form: Form) -> None:
    model = get_model(**PLAIN | {"dropout_rate": 0.0})
    model(sequences(model, 4, 40), form=form).square().mean().backward()
    other = "norm.full" if form is Form.STREAMING else "norm.streaming"
    still = {
        name
        for name, parameter in model.named_parameters()
        if other not in name and (parameter.grad is None or not parameter.grad.any())
    }
    expected = {n for n, _ in model.named_parameters() if n.endswith("ahead")}
    assert still == (expected if form is Form.STREAMING else set())


def test_channel_attention_is_as_wide_as_its_paper_says() -> None:
    assert [eca_kernel(c) for c in (64, 128, 256, 512)] == [3, 5, 5, 5]


def test_ishara_has_the_size_it_states() -> None:
    model = get_model(256, 2, 2, [11, 5, 3], 3, 0.2, sets=HOLISTIC, symbols=60)
    live = sum(
        p.numel()
        for n, p in model.named_parameters()
        if "norm.full" not in n and not n.endswith("ahead")
    )
    assert live * 2 == pytest.approx(17.9e6, rel=0.1)


def test_the_hand_is_what_the_recogniser_sees() -> None:
    assert [s.width for s in HAND] == [WIDTH]


@pytest.mark.parametrize(
    "wrong",
    [{"dim": 15}, {"reach": 1}, {"attention": False, "reach": 40}, {"sets": ()}],
)
def test_sizes_that_do_not_fit_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"dim|kernel|sets"):
        get_model(**PLAIN | wrong)
