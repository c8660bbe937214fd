"""The same hub for a trial on any machine, without systemd, accounts, and passwords: `nox -s hub`."""

import asyncio
import os
from pathlib import Path

from jupyterhub.spawner import SimpleLocalProcessSpawner

HUB = Path(__file__).resolve().parent
load_subconfig(str(HUB / "jupyterhub_config.py"))  # noqa: F821
c = get_config()  # noqa: F821

PYTHON = HUB.parent / ".venv/bin/python"
MEMORY_GROUPS = Path("/sys/fs/cgroup/memory")  # version 1 of the kernel's control groups


def own_group() -> Path | None:
    """The control group that limits memory for this process, if a group below it can be made."""
    if os.geteuid() != 0 or not MEMORY_GROUPS.is_dir():
        return None
    (line,) = [line for line in Path("/proc/self/cgroup").read_text().splitlines() if ":memory:" in line]
    return MEMORY_GROUPS / line.split(":", 2)[2].strip("/")


def readable(path: Path) -> bool:
    """Whether other users may enter every folder above it."""
    return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)


GROUP = own_group()
SEPARATE = os.geteuid() == 0 and readable(PYTHON) and readable(HUB)


class TrialSpawner(SimpleLocalProcessSpawner):
    """A learner's server with a user id and a memory limit of its own, where the system lets us."""

    @property
    def group(self) -> Path:
        return GROUP / f"class-{self.user.id}"

    async def start(self):
        """Make the home and the group first."""
        home = Path(self.home_dir)
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if SEPARATE:
            os.chown(home, 20_000 + self.user.id, 20_000 + self.user.id)
        if GROUP:
            self.group.mkdir(exist_ok=True)
            (self.group / "memory.limit_in_bytes").write_text(str(self.mem_limit))
        return await super().start()

    async def stop(self, now=False):
        """Take the group away, once the last kernel has ended."""
        await super().stop(now=now)
        for _ in range(100):
            if not GROUP or not self.group.exists():
                break
            if not (self.group / "cgroup.procs").read_text():
                self.group.rmdir()
            await asyncio.sleep(0.1)

    def make_preexec_fn(self, name):
        """What the new process does before it becomes the server."""
        identity = 20_000 + self.user.id

        def preexec():
            if GROUP:
                (self.group / "cgroup.procs").write_text(str(os.getpid()))
            if SEPARATE:
                os.setgroups([])
                os.setgid(identity)
                os.setuid(identity)
            os.chdir(self.home_dir)

        return preexec


c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.cleanup_servers = True
c.JupyterHub.spawner_class = TrialSpawner
c.Spawner.pre_spawn_hook = None
c.SimpleLocalProcessSpawner.home_dir_template = str(Path.cwd() / "homes" / "{username}")
if os.geteuid() == 0 and not SEPARATE:
    c.Spawner.args.append("--allow-root")

print(f"A trial on {c.JupyterHub.bind_url}: any name logs in, without a password. Don't open it to a network.")
if not GROUP:
    print("No memory limit: that needs root and version 1 of the control groups here, or systemd on a server.")
if not SEPARATE:
    print("All learners share your user id, so each can read and change everything that you can.")
