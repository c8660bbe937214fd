"""A class of thirty at work in the trial hub, and what it takes: `nox -s hub_load -- --learners 30`.

Each learner logs in with the form, waits for the server, pulls the course, opens a lesson, runs its cells one after another
with a pause between them, answers exercises, and saves. On the way each loses the connection in the middle of a cell. One
allocates more memory than a learner may have. Then the teacher hands out a new version, and everybody comes back to it.

The learners talk to the hub as JupyterLab does, with HTTP, cookies, and the kernel's WebSocket. Linux only: memory is read
from /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import nbformat
import websockets
from jupyter_client.session import Session

HUB = Path(__file__).resolve().parent
LESSONS = sorted((HUB.parent / "notebooks").glob("[01]*.ipynb"))[1:]
CHECK = re.compile(r'^(?:verdict = )?check\("([\d.]+\w?)"', flags=re.M)
ANSWERS = 2  # exercises that each learner solves
FLOOR = 1.5  # GiB of free memory below which the run ends before the machine suffers
SYSTEM = 2.0  # GiB set aside for the operating system and the hub
SERVER = 24.0  # GiB of the server whose class size is computed
HOG = "import torch\nhog = [torch.ones(2**26) for _ in range(1000)]"  # 256 MiB at a time
UPDATE = "This sentence was added in the middle of the term."


class Failure(Exception):
    """Something that a learner would have noticed."""


class Record:
    """What happened, in seconds and KiB."""

    def __init__(self) -> None:
        self.starts: list[float] = []
        self.waits: list[tuple[float, str]] = []
        self.failures: list[str] = []
        self.counts: dict[str, int] = defaultdict(int)
        self.private: dict[str, int] = {}  # each learner's peak
        self.shared: dict[str, int] = {}
        self.peak: tuple[int, int, int] = (0, 0, 0)  # all proportional sizes, the private part, the number of learners
        self.at_limit: list[str] = []
        self.unmeasured: set[str] = set()
        self.stopped = ""


class Learner:
    """One person with one browser."""

    def __init__(self, name: str, lesson: Path, url: str, record: Record) -> None:
        self.name, self.lesson, self.record = name, lesson, record
        self.base = f"/user/{name}/"
        self.http = httpx.AsyncClient(base_url=url, follow_redirects=True, timeout=600)
        self.session = Session(key=b"", username=name)
        self.socket: websockets.ClientConnection | None = None
        self.kernel = ""
        self.path = f"convolution/notebooks/{lesson.name}"
        self.pull = ""

    # Requests

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """With the token against forged requests that the page would send."""
        tokens = {cookie.path: cookie.value for cookie in self.http.cookies.jar if cookie.name == "_xsrf"}
        home = self.base if path.startswith(self.base) else "/hub/"
        reply = await self.http.request(method, path, headers={"X-XSRFToken": tokens.get(home, "")}, **options)
        if reply.is_error:
            raise Failure(f"{method} {path.split('?')[0]}: {reply.status_code} {reply.text[:200]}")
        return reply

    async def events(self, path: str) -> AsyncIterator[dict]:
        """A stream of events, such as the progress bar's."""
        tokens = {cookie.path: cookie.value for cookie in self.http.cookies.jar if cookie.name == "_xsrf"}
        home = self.base if path.startswith(self.base) else "/hub/"
        async with self.http.stream("GET", path, headers={"X-XSRFToken": tokens.get(home, "")}) as reply:
            if reply.is_error:
                raise Failure(f"GET {path.split('?')[0]}: {reply.status_code}")
            async for line in reply.aiter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))

    # Login and server

    async def log_in(self) -> None:
        """Fill in the form."""
        form = await self.request("GET", "/hub/login")
        token = re.search(r'name="_xsrf" value="([^"]*)"', form.text)[1]
        data = {"username": self.name, "password": "any", "_xsrf": token}
        await self.request("POST", "/hub/login?next=%2Fhub%2Fhome", data=data)

    async def start(self) -> None:
        """Wait at the progress bar, then follow the redirects, which pull the course."""
        begin = time.perf_counter()
        await self.request("GET", "/hub/spawn")
        async for event in self.events(f"/hub/api/users/{self.name}/server/progress"):
            if event.get("failed"):
                raise Failure(f"the server did not start: {event.get('message')}")
        page = await self.request("GET", self.base)
        self.record.starts.append(time.perf_counter() - begin)
        query = urlsplit(str(page.url)).query
        if not page.url.path.endswith("/git-pull"):
            raise Failure(f"the first page is {page.url.path}")
        phases = [event["phase"] async for event in self.events(f"{self.base}git-pull/api?{query}")]
        if phases[-1:] != ["finished"]:
            raise Failure(f"the course was not pulled: {phases}")
        self.record.counts["pulls"] += 1
        await self.request("GET", f"{self.base}lab/tree/{self.path}")

    async def stop(self) -> None:
        """As with the button in the hub's control panel, until the hub says that it has stopped."""
        if self.socket:
            await self.socket.close()
        await self.request("DELETE", f"/hub/api/users/{self.name}/server")
        while (await self.request("GET", f"/hub/api/users/{self.name}")).json()["servers"]:
            await asyncio.sleep(1)

    # Notebook and kernel

    async def read(self) -> nbformat.NotebookNode:
        reply = await self.request("GET", f"{self.base}api/contents/{self.path}?content=1")
        return nbformat.from_dict(reply.json()["content"])

    async def save(self, notebook: nbformat.NotebookNode) -> None:
        content = {"type": "notebook", "format": "json", "content": notebook}
        await self.request("PUT", f"{self.base}api/contents/{self.path}", json=content)

    async def open(self) -> None:
        """Start the lesson's kernel."""
        data = {"path": self.path, "name": self.lesson.name, "type": "notebook", "kernel": {"name": "python3"}}
        reply = await self.request("POST", f"{self.base}api/sessions", json=data)
        self.kernel = reply.json()["kernel"]["id"]
        await self.connect()

    async def connect(self) -> None:
        path = f"{self.base}api/kernels/{self.kernel}/channels?session_id={self.session.session}"
        request = self.http.build_request("GET", path)
        url = str(request.url).replace("http", "ws", 1)
        headers = {"Cookie": request.headers["cookie"]}
        self.socket = await websockets.connect(url, additional_headers=headers, max_size=None, open_timeout=300)

    async def send(self, source: str) -> str:
        content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        message = self.session.msg("execute_request", content)
        await self.socket.send(json.dumps({**message, "channel": "shell", "buffers": []}, default=str))
        return message["header"]["msg_id"]

    async def receive(self, request: str) -> list[nbformat.NotebookNode]:
        """The outputs of a request, once the kernel is idle again."""
        outputs, idle, replied = [], False, False
        while not (idle and replied):
            raw = await self.socket.recv()
            if isinstance(raw, bytes):  # a widget's state, with buffers
                continue
            message = json.loads(raw)
            state = message["content"].get("execution_state", "")
            if state in ("autorestarting", "restarting", "dead"):
                raise Failure(f"the kernel died: {state}")
            if message["parent_header"].get("msg_id") != request:
                continue
            idle |= state == "idle"
            replied |= message["msg_type"] == "execute_reply"
            if message["msg_type"] in ("stream", "display_data", "execute_result", "error"):
                outputs.append(nbformat.v4.output_from_msg(message))
        return outputs

    async def run(self, cell: nbformat.NotebookNode, end: float, drop: bool = False) -> None:
        """Run one cell, but not long past the end; with drop, lose the connection and come back to the same kernel."""
        begin = time.perf_counter()
        request = await self.send(cell.source)
        if drop:
            await self.socket.close()
            await asyncio.sleep(2)
            await self.connect()
            self.record.counts["reconnections"] += 1
        receiving = asyncio.create_task(self.receive(request))
        await asyncio.wait([receiving], timeout=max(30, end - time.time()))
        interrupted = not receiving.done()
        if interrupted:
            await self.request("POST", f"{self.base}api/kernels/{self.kernel}/interrupt")
            self.record.counts["cells interrupted at the end"] += 1
        cell.outputs = await receiving
        if not drop:
            title = f"{self.lesson.name[:2]}, {cell.source.splitlines()[0][:40]}"
            self.record.waits.append((time.perf_counter() - begin, title))
        self.record.counts["cells"] += 1
        errors = [output.ename for output in cell.outputs if output.output_type == "error"]
        if errors and not interrupted and "raises-exception" not in cell.metadata.get("tags", []):
            raise Failure(f"{self.lesson.name}, cell {cell.id}: {errors[0]}")

    # A class

    async def work(self, pause: tuple[float, float], end: float, hog: bool) -> list[str]:
        """Work through the lesson until the class ends; the answers that were given."""
        notebook, solved = await self.read(), solutions(self.lesson)
        await self.open()
        cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
        answered: list[str] = []
        last = min(len(cells) - 1, 12)
        for number, cell in enumerate(cells):
            over = time.time() > end
            exercise = CHECK.search(cell.source)
            if exercise and len(answered) < ANSWERS and exercise[1] in solved and "..." in cell.source:
                cell.source = solved[exercise[1]]
                answered.append(cell.source)
            if not over:
                await self.run(cell, end, drop=number == last)
            if cell.source in answered:
                await self.save(notebook)
                self.record.counts["answers" if not over else "answers typed after class"] += 1
            if hog and len(answered) == ANSWERS:
                await self.allocate_too_much()
                await self.run(cells[0], end)  # the new kernel works
                break
            if not over:
                await asyncio.sleep(random.uniform(*pause))
        await self.save(notebook)
        if not answered:
            raise Failure(f"{self.lesson.name}: no exercise was reached")
        return answered

    async def allocate_too_much(self) -> None:
        """More than a learner may have: the kernel has to die and nothing else."""
        begin = time.perf_counter()
        say = self.record.at_limit.append
        self.record.unmeasured.add(self.name)
        try:
            await self.receive(await self.send(HOG))
            raise Failure("there is no limit: 250 GiB were allocated")
        except Failure as failure:
            if "died" not in str(failure):
                raise
            say(f"{failure} after {time.perf_counter() - begin:.1f} s")
        for _ in range(60):
            kernel = (await self.request("GET", f"{self.base}api/kernels/{self.kernel}")).json()
            if kernel["execution_state"] in ("idle", "starting"):
                break
            await asyncio.sleep(1)
        await self.socket.close()
        await self.connect()
        say(f"the learner's server went on and started the kernel again in {time.perf_counter() - begin:.1f} s in all")

    async def come_back(self, answers: list[str]) -> None:
        """Log in after the teacher's update: the answers and the update are there."""
        await self.start()
        notebook = await self.read()
        sources = [cell.source for cell in notebook.cells]
        missing = [answer for answer in answers if answer not in sources]
        if missing:
            raise Failure(f"{len(missing)} of {len(answers)} saved answers are gone")
        if not any(UPDATE in source for source in sources):
            raise Failure("the update did not arrive")
        nbformat.validate(notebook)
        self.record.counts["came back to answers and update"] += 1


def solutions(lesson: Path) -> dict[str, str]:
    """exercise → the cell that solves it."""
    notebook = nbformat.read(lesson.parent / "solutions" / lesson.name, as_version=4)
    found = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and (match := CHECK.search(cell.source)):
            found.setdefault(match[1], cell.source)
    return found


# Memory


def kibibytes(pid: str) -> dict[str, int]:
    """The sizes that the kernel keeps for a process."""
    text = Path("/proc", pid, "smaps_rollup").read_text()
    return {name: int(size) for name, size in re.findall(r"^(\w+): +(\d+) kB", text, flags=re.M)}


def processes(state: Path) -> dict[str, list[str]]:
    """learner → the ids of their processes, which have the hub's variables in their environment."""
    found = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        names = [variable.split(b"=")[1].decode() for variable in variables if variable.startswith(b"JUPYTERHUB_USER=")]
        if names and f"GIT_CONFIG_SYSTEM={state / 'gitconfig'}".encode() in variables:
            found[names[0]].append(folder.name)
    return found


def sample(record: Record, state: Path) -> tuple[int, int, int]:
    """Add up the proportional set sizes, in which a page that n processes share counts for each as 1/n."""
    total = private = learners = 0
    for name, pids in processes(state).items():
        if name in record.unmeasured:  # on purpose at the limit
            continue
        own = shared = 0
        for pid in pids:
            try:
                size = kibibytes(pid)
            except OSError:
                continue
            mine = size["Private_Clean"] + size["Private_Dirty"]
            total, own, shared = total + size["Pss"], own + mine, shared + size["Rss"] - mine
        private += own
        learners += len(pids) > 1
        if own > record.private.get(name, 0):
            record.private[name], record.shared[name] = own, shared
    now = (total, private, learners)
    record.peak = max(record.peak, now)
    return now


def available() -> float:
    """GiB that new programs could have."""
    return int(re.search(r"MemAvailable: +(\d+)", Path("/proc/meminfo").read_text())[1]) / 2**20


async def watch(record: Record, state: Path, tasks: list[asyncio.Task]) -> None:
    """Measure every few seconds; stop everybody before the machine runs out of memory."""
    while True:
        size, _, learners = await asyncio.to_thread(sample, record, state)
        print(f"{learners} at work: {size / 2**20:.1f} GiB; {available():.1f} GiB are left", flush=True)
        for _ in range(20):
            if available() < FLOOR and not record.stopped:
                record.stopped = f"less than {FLOOR} GiB of memory was left with {record.peak[2]} learners at work"
                for task in tasks:
                    task.cancel()
            await asyncio.sleep(1)


# The class


def update_lessons(repository: Path) -> None:
    """What a teacher does in the middle of a term: each lesson gets a sentence in its first cell."""
    with tempfile.TemporaryDirectory() as folder:
        git = ["git", "-C", folder, "-c", "user.name=teacher", "-c", "user.email=teacher"]
        subprocess.run(["git", "clone", "--quiet", "--depth=1", repository.as_uri(), folder], check=True)
        for path in Path(folder, "notebooks").glob("[0-9]*.ipynb"):
            notebook = nbformat.read(path, as_version=4)
            notebook.cells[0].source += f"\n\n{UPDATE}"
            nbformat.write(notebook, path)
        subprocess.run([*git, "commit", "--quiet", "--all", "--message=An update"], check=True)
        subprocess.run([*git, "push", "--quiet"], check=True)


async def guarded(learner: Learner, record: Record, work) -> Any:
    """Count what goes wrong for one learner, and let the others go on."""
    try:
        return await work
    except asyncio.CancelledError:
        return None
    except Exception as error:
        if not isinstance(error, Failure):
            traceback.print_exc()
        record.failures.append(f"{learner.name} ({learner.lesson.name[:2]}): {type(error).__name__}: {error}")
        return None


async def attend(learner: Learner, options: argparse.Namespace, end: float, delay: float, hog: bool) -> list[str]:
    """One learner's class."""
    await asyncio.sleep(delay)
    await learner.log_in()
    await learner.start()
    return await learner.work(tuple(options.pause), end, hog)


async def hold_class(url: str, state: Path, options: argparse.Namespace) -> Record:
    """Everybody's class, the update, and everybody's return."""
    record = Record()
    lessons = [lesson for lesson in LESSONS if not options.lessons or lesson.name[:2] in options.lessons]
    everybody = [
        Learner(f"learner{number:02}", lessons[number % len(lessons)], url, record) for number in range(options.learners)
    ]
    end = time.time() + 60 * options.minutes
    tasks = [
        asyncio.create_task(
            guarded(learner, record, attend(learner, options, end, number * options.arrive / options.learners, number == 0))
        )
        for number, learner in enumerate(everybody)
    ]
    watching = asyncio.create_task(watch(record, state, tasks))
    answers = await asyncio.gather(*tasks)
    print(f"the class is over: {dict(record.counts)}, {len(record.failures)} failures", flush=True)
    watching.cancel()
    for learner in everybody:
        await guarded(learner, record, learner.stop())
    if not record.stopped:
        update_lessons(state / "course.git")
        back = [(learner, given) for learner, given in zip(everybody, answers, strict=True) if given]
        await asyncio.gather(*(guarded(learner, record, learner.come_back(given)) for learner, given in back))
        for learner in everybody:
            await guarded(learner, record, learner.stop())
    return record


def table(record: Record, options: argparse.Namespace) -> str:
    """The result in two columns."""
    total, private = (size / 2**20 for size in record.peak[:2])
    peaks = [size / 2**20 for size in record.private.values()]
    mean, files = statistics.mean(peaks), statistics.mean(record.shared.values()) / 2**20
    waits = sorted(wait for wait, _ in record.waits)
    middle, high, (worst, where) = statistics.median(waits), waits[int(0.95 * len(waits))], max(record.waits)
    starts, shared = record.starts, total - private
    fit = int((SERVER - SYSTEM - shared) / mean)
    rows = {
        "learners, cores": f"{options.learners}, {os.cpu_count()}",
        "class": f"{options.minutes:g} minutes, {options.pause[0]:g} to {options.pause[1]:g} s between cells",
        "what they did": ", ".join(f"{count} {name}" for name, count in record.counts.items()),
        "memory in all": f"{total:.1f} GiB at the peak, with {record.peak[2]} below the limit (proportional set size)",
        "of it shared": f"{shared:.2f} GiB",
        "private, per learner": f"{mean:.2f} GiB at one's peak on average, {max(peaks):.2f} GiB at most",
        "shared, per learner": f"{files:.2f} GiB on average",
        "wait for a cell": f"{middle:.2f} s median, {high:.1f} s for 95%, {worst:.0f} s at worst ({where})",
        "start of a server": f"{statistics.median(starts):.0f} s median, {max(starts):.0f} s at worst",
        "at the limit": "; ".join(record.at_limit) or "not reached",
        "failures": str(len(record.failures)),
        f"fit in {SERVER:g} GiB": f"{fit} = ({SERVER:g} - {SYSTEM:g} for the system - {shared:.2f} shared) / {mean:.2f}",
    }
    if record.stopped:
        rows["stopped early"] = record.stopped
    width = max(map(len, rows))
    return "\n".join([*(f"{name:{width}}  {value}" for name, value in rows.items()), *record.failures])


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url: str, hub: subprocess.Popen) -> None:
    """Until the hub answers."""
    while hub.poll() is None:
        try:
            httpx.get(f"{url}/hub/health").raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.5)
    raise SystemExit("JupyterHub didn't start; its log says why.")


def main(arguments: list[str]) -> int:
    """Start the trial hub in a folder of its own, hold the class, print the table; 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="nox -s hub_load --")
    parser.add_argument("--learners", type=int, default=30)
    parser.add_argument("--pause", type=float, nargs=2, default=(1.0, 3.0), help="seconds between cells, from and to")
    parser.add_argument("--minutes", type=float, default=20, help="when the class ends")
    parser.add_argument("--arrive", type=float, default=60, help="seconds in which everybody logs in")
    parser.add_argument("--lessons", nargs="*", default=[], help="such as 03 11; all by default")
    options = parser.parse_args(arguments)
    random.seed(0)
    folder = Path(tempfile.mkdtemp(prefix="class-"))
    folder.chmod(0o755)
    url = f"http://127.0.0.1:{free_port()}"
    notebooks = folder / "notebooks"
    environment = {**os.environ, "CLASS_ADDRESS": url, "CLASS_NOTEBOOKS": str(notebooks)}
    subprocess.run([sys.executable, HUB / "hand_out.py"], env=environment, check=True)
    ports = (f"--JupyterHub.hub_port={free_port()}", f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{free_port()}")
    command = [Path(sys.executable).parent / "jupyterhub", "--config", HUB / "trial_config.py", *ports]
    with (folder / "hub.log").open("w") as log:
        hub = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
    failed = True
    try:
        wait_for(url, hub)
        record = asyncio.run(hold_class(url, notebooks, options))
        print(table(record, options))
        failed = bool(record.failures)
    finally:
        hub.send_signal(signal.SIGTERM)
        hub.wait(60)
        if failed:
            print(f"The hub's log: {folder / 'hub.log'}")
        else:
            shutil.rmtree(folder)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
