"""What train6 shows outside a notebook; test_kernel.py looks inside one."""

import re

from d2l_helpers import Animator, History, train6
from d2l_helpers._language import speaking
from d2l_helpers.training import progress
from tests.support.small_nets import batches, small_net


def test_a_terminal_shows_a_bar_per_epoch(capsys):
    train6(small_net(), batches(8, 8), batches(7), 2, 0.1, "cpu")
    bars = capsys.readouterr().err
    assert "epoch 1/2" in bars and "epoch 2/2" in bars and "0/2" in bars and "batch/s" in bars


def test_it_speaks_chinese(capsys):
    with speaking("zh"):
        train6(small_net(), batches(8, 8), batches(7), 2, 0.1, "cpu")
        assert str(History("cpu")) == "一轮也没有完成"
    shown = capsys.readouterr()
    score = r"[01]\.\d{3}"
    scores = rf"损失 \d\.\d{{3}}，训练准确率 {score}，测试准确率 {score}\n[\d.]+ 样本/秒，设备 cpu"
    assert re.fullmatch(rf"在 cpu 上训练\n{scores}\n", shown.out) and "第 1/2 轮" in shown.err


def test_a_notebook_shows_each_curve_under_its_name(monkeypatch):
    made = []

    def recorded(*args, **settings):
        made.append(Animator(*args, **settings))
        return made[-1]

    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    monkeypatch.setattr("d2l_helpers.plotting.Animator", recorded)
    shown, loader = progress.Progress(5), batches(8)
    assert shown.batches(loader, 1) is loader
    shown.show(History("cpu", loss=[2.0], train_acc=[0.1], test_acc=[0.2]))
    legend = [text.get_text() for text in made[0].figure.axes[0].get_legend().get_texts()]
    curves = dict(zip(legend, [list(line.get_ydata()) for line in made[0].figure.axes[0].lines], strict=True))
    assert curves == {"train loss": [2.0], "train acc": [0.1], "test acc": [0.2]}
    assert made[0].figure.axes[0].get_xlim() == (0.7, 5.3) and made[0].figure.axes[0].get_xlabel() == "epoch"
