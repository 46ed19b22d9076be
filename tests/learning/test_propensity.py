"""The score that comes with Forbear: monotone, explained, the same alone as in a batch, and as good as its card says."""

from __future__ import annotations

import json
import shutil

import lightgbm
import numpy as np
import pytest

from forbear.learning import (
    FEATURES,
    ForbiddenFeature,
    explain_scores,
    load_model,
    measure,
    predict,
    save_model,
)
from forbear.learning.features import matrix
from forbear.learning.propensity import contributions
from forbear.learning.train import calibrate, main, read_uci, train

UCI_SHA256 = "a0f0ab49d6326671d6cd83be5c88dcf18007025fe9a53ecd699119c871176ca1"


@pytest.fixture(scope="module")
def model():
    return load_model()


def made_up(n, seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.uniform(0, 3, n).round(2).astype(np.float32) for name in FEATURES}


@pytest.fixture(scope="module")
def real(uci_path):
    return read_uci(uci_path)


@pytest.fixture(scope="module")
def retrained(real):
    features, paid, source = real
    return train(features, paid, source=source)


def test_training_on_the_real_data_reaches_the_published_quality(retrained):
    found = retrained.card["measured"]["all"]
    assert retrained.card["data"]["sha256"] == UCI_SHA256
    assert found["rows"] == 30_000
    assert found["auc"] >= 0.77
    assert found["brier"] <= 0.137
    assert found["calibration_error"] <= 0.015
    assert retrained.card["measured"]["past_due_now"]["calibration_error"] <= 0.03


def test_the_shipped_card_says_what_retraining_finds(retrained, model):
    assert model.card["data"] == retrained.card["data"]
    assert model.card["features"] == retrained.card["features"]
    assert model.card["settings"] == retrained.card["settings"]
    for part in ("all", "past_due_now"):
        for figure in ("auc", "brier", "calibration_error"):
            shipped, found = (m.card["measured"][part][figure] for m in (model, retrained))
            assert shipped == pytest.approx(found, abs=1e-3)


def test_the_shipped_trees_score_as_retrained_ones(retrained, model, real):
    features = {name: column[:2000] for name, column in real[0].items()}
    assert predict(model, features) == pytest.approx(predict(retrained, features), abs=1e-6)


def test_what_is_said_happens_in_every_tenth_of_real_accounts(model, real):
    features, paid, _ = real
    for tenth in measure(predict(model, features), paid).tenths:
        assert tenth.said == pytest.approx(tenth.happened, abs=0.04)


def test_shuffled_outcomes_can_not_be_learned(real):
    features, paid, source = real
    part = {name: column[:6000] for name, column in features.items()}
    shuffled = np.random.default_rng(0).permutation(paid[:6000])
    with pytest.raises(ValueError, match="the scores are of no use"):
        train(part, shuffled, source=source)


@pytest.mark.parametrize("name", [name for name, way in FEATURES.items() if way < 0])
def test_more_arrears_never_raise_the_chance_to_pay(model, name):
    better, worse = made_up(3000), made_up(3000)
    worse[name] = worse[name] + 1
    assert (predict(model, worse) <= predict(model, better) + 1e-12).all()


@pytest.mark.parametrize("name", [name for name, way in FEATURES.items() if way > 0])
def test_more_paid_never_lowers_the_chance_to_pay(model, name):
    worse, better = made_up(3000), made_up(3000)
    better[name] = better[name] + 0.5
    assert (predict(model, better) >= predict(model, worse) - 1e-12).all()


def test_an_account_scores_alone_as_in_a_batch(model):
    batch = made_up(50)
    together = predict(model, batch)
    for i in range(50):
        assert predict(model, {name: column[i : i + 1] for name, column in batch.items()})[0] == together[i]


def test_every_chance_lies_between_nought_and_one_even_where_nothing_is_known(model):
    nothing = {name: np.full(1, np.nan) for name in FEATURES}
    assert 0 < predict(model, nothing)[0] < 1
    assert predict(model, {name: column[:0] for name, column in nothing.items()}).shape == (0,)


def test_a_missing_feature_is_named(model):
    features = made_up(2)
    del features["utilisation"]
    with pytest.raises(ValueError, match="utilisation"):
        predict(model, features)


def test_the_reasons_are_the_largest_shares_and_all_shares_add_up_to_the_score(model):
    features = made_up(200)
    shares = contributions(model, matrix(features, list(model.features)))
    chance = predict(model, features)
    assert shares.sum(axis=1) == pytest.approx(np.log(chance / (1 - chance)), abs=1e-6)
    for i, reasons in enumerate(explain_scores(model, features)):
        largest = np.sort(np.abs(shares[i, :-1]))[::-1][:3]
        assert [abs(reason.effect) for reason in reasons] == pytest.approx(largest)


def test_reasons_speak_both_languages(model):
    features = {name: np.zeros(1, np.float32) for name in FEATURES} | {"months_past_due": np.array([4.0])}
    said = {reason.feature: reason for reason in explain_scores(model, features)[0]}
    assert said["months_past_due"].en == "4 months past due now"
    assert said["months_past_due"].zh == "目前逾期4个月"
    assert said["months_past_due"].effect < 0


def test_every_feature_has_words(model):
    unknown = {name: np.full(1, np.nan) for name in FEATURES}
    for features in (made_up(300), unknown):
        for reasons in explain_scores(model, features):
            assert all(reason.en and reason.zh and "{}" not in reason.en + reason.zh for reason in reasons)


def test_a_model_survives_saving(model, tmp_path):
    save_model(model, tmp_path)
    again = load_model(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["propensity.json", "propensity.txt"]
    assert predict(again, made_up(100)).tobytes() == predict(model, made_up(100)).tobytes()


def test_a_card_of_another_model_is_refused(model, tmp_path):
    save_model(model, tmp_path)
    card = json.loads((tmp_path / "propensity.json").read_text())
    card["features"] = card["features"][::-1]
    (tmp_path / "propensity.json").write_text(json.dumps(card))
    with pytest.raises(ValueError, match="not of one model"):
        load_model(tmp_path)


def test_a_model_that_uses_a_forbidden_feature_is_not_loaded(model, tmp_path):
    rng = np.random.default_rng(0)
    data = lightgbm.Dataset(rng.random((200, 1)), rng.integers(0, 2, 200), feature_name=["age"])
    booster = lightgbm.train({"objective": "binary", "verbose": -1}, data, 2)
    save_model(model, tmp_path)
    (tmp_path / "propensity.txt").write_text(booster.model_to_string())
    with pytest.raises(ForbiddenFeature, match="age"):
        load_model(tmp_path)


def test_training_refuses_a_forbidden_and_an_unknown_feature():
    paid = np.array([True, False])
    with pytest.raises(ForbiddenFeature, match="sex"):
        train({"sex": np.zeros(2)}, paid, source={})
    with pytest.raises(ValueError, match="shoe_size"):
        train({"shoe_size": np.zeros(2)}, paid, source={})


def test_calibration_that_would_turn_the_order_round_is_refused():
    raw = np.linspace(-2, 2, 200)
    with pytest.raises(ValueError, match="of no use"):
        calibrate(raw, raw < 0)


def test_the_training_command_writes_both_files_and_twice_the_same(uci_path, tmp_path, capsys):
    for folder in ("one", "two"):
        assert main(["--data", str(uci_path), "--out", str(tmp_path / folder)]) == 0
    assert "AUC 0.78" in capsys.readouterr().out
    for name in ("propensity.txt", "propensity.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    shutil.rmtree(tmp_path)
