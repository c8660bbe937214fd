"""A real kernel, interrupted by a real client in the middle of a training."""

import time

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
history = train6(net, data, data, 10_000, 0.1, "cpu")
"""
AFTERWARDS = """
assert len(history) >= 2 and history.stopped.startswith("interrupted in epoch")
assert len(history.loss) == len(history.test_acc) == len(history.seconds) == len(history.examples)
assert net(torch.zeros(1, 4)).shape == (1, 3) and not net.training
again = train6(net, data, data, 1, 0.1, "cpu", init=None)
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


def test_interrupting_the_kernel_keeps_history_net_and_figure():
    manager, client = start_new_kernel(kernel_name="python3")
    interrupted = []

    def interrupt_after_the_first_figure(message):
        if message["msg_type"] == "display_data" and not interrupted:
            time.sleep(0.5)
            manager.interrupt_kernel()
            interrupted.append(message)

    try:
        messages = collect(client, client.execute(TRAIN), interrupt_after_the_first_figure)
        after = collect(client, client.execute(AFTERWARDS))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert interrupted
    for message in messages + after:
        assert message["msg_type"] != "error", message["content"]
    figures = [m for m in messages if m["msg_type"] in ("display_data", "update_display_data")]
    assert len(figures) >= 2 and all("image/png" in figure["content"]["data"] for figure in figures)
    printed = "".join(m["content"]["text"] for m in messages + after if m["msg_type"] == "stream")
    assert "interrupted in epoch" in printed and "again: 1" in printed
