"""A real kernel, interrupted by a real client in the middle of a training."""

import time

import pytest
from jupyter_client.manager import start_new_kernel

TRAIN = """
import time, torch
from torch import nn
from d2l_helpers import train6

class Slow(list):
    def __iter__(self):
        for batch in list.__iter__(self):
            time.sleep(0.02)
            yield batch

data = Slow([(torch.randn(8, 4), torch.randint(3, (8,)))] * 5)
net = nn.Sequential(nn.Linear(4, 3))
history = train6(net, data, data, 200, 0.1, "cpu")
"""
AFTERWARDS = """
assert len(history) >= 2 and history.stopped.startswith("interrupted in epoch")
assert len(history.loss) == len(history.test_acc) == len(history.seconds) == len(history.examples)
assert net(torch.zeros(1, 4)).shape == (1, 3) and not net.training
again = train6(net, data, data, 2, 0.1, "cpu", init=None)
print("again:", len(again))
"""


def collect(client, message_id, on_message=lambda message: None):
    """All messages of one execution, until the kernel is idle."""
    messages = []
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != message_id:
            continue
        messages.append(message)
        on_message(message)
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return messages


@pytest.fixture(scope="module")
def executed():
    """The messages of a training that is interrupted after its first figure, and of the next cell."""
    manager, client = start_new_kernel(kernel_name="python3")
    interrupted = []

    def interrupt_after_the_first_figure(message):
        if message["msg_type"] == "display_data" and not interrupted:
            time.sleep(0.5)
            manager.interrupt_kernel()
            interrupted.append(message)

    try:
        training = collect(client, client.execute(TRAIN), interrupt_after_the_first_figure)
        afterwards = collect(client, client.execute(AFTERWARDS))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert interrupted
    return training, afterwards


def shown(messages):
    """What a cell displays and prints, in order: the content of each figure and stream."""
    kinds = ("display_data", "update_display_data", "stream", "error")
    return [message["content"] for message in messages if message["msg_type"] in kinds]


def test_interrupting_the_kernel_keeps_history_net_and_figure(executed):
    training, afterwards = map(shown, executed)
    assert not [content for content in training + afterwards if "ename" in content]
    figures = [content for content in training if "data" in content]
    assert len(figures) >= 2 and all("image/png" in figure["data"] for figure in figures)
    assert "interrupted in epoch" in "".join(content.get("text", "") for content in training)
    assert "again: 2" in "".join(content.get("text", "") for content in afterwards)


def test_a_notebook_shows_the_last_curves_before_the_scores_and_no_bar(executed):
    training, afterwards = map(shown, executed)
    assert {content["name"] for content in training + afterwards if "name" in content} == {"stdout"}
    figures = [place for place, content in enumerate(afterwards) if "data" in content]
    scores = next(place for place, content in enumerate(afterwards) if "test acc" in content.get("text", ""))
    assert len(figures) == 2 and figures[-1] < scores
