"""JupyterHub for a class on one server: README.md in this folder says how to install it."""

import os
import pwd
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

# What a teacher may want to change, here or with environment variables.
MEMORY = os.environ.get("CLASS_MEMORY", "2G")  # each learner's limit; the largest lesson's kernel takes 1.4 GiB
THREADS = os.environ.get("CLASS_THREADS", "1")  # each kernel's; more only if there are more cores than learners
IDLE_MINUTES = int(os.environ.get("CLASS_IDLE_MINUTES", "60"))  # without activity for so long, a server is stopped
TERMINALS = os.environ.get("CLASS_TERMINALS", "no") == "yes"
LOGIN = os.environ.get("CLASS_LOGIN", "pam")  # pam: the server's own accounts; or any authenticator that is installed
LEARNERS = Path(os.environ.get("CLASS_LEARNERS", "learners.txt"))  # a name a line; without it, pam lets every account in
ADDRESS = os.environ.get("CLASS_ADDRESS", "http://127.0.0.1:8000")  # where the web server with HTTPS finds the hub
START = os.environ.get("CLASS_START", "convolution/notebooks/00_start_here.ipynb")

HUB = Path(__file__).resolve().parent
COURSE = HUB.parent
NOTEBOOKS = Path(os.environ.get("CLASS_NOTEBOOKS", HUB / "notebooks"))  # made by hand_out.py
BIN = Path(sys.executable).parent

c = get_config()  # noqa: F821

c.JupyterHub.authenticator_class = LOGIN
if LEARNERS.exists():
    c.Authenticator.allowed_users = set(LEARNERS.read_text(encoding="utf-8").split())
elif LOGIN == "pam":
    c.Authenticator.allow_all = True
c.PAMAuthenticator.admin_groups = {"sudo"}

c.JupyterHub.spawner_class = "systemd"
c.Spawner.mem_limit = MEMORY
c.SystemdSpawner.isolate_tmp = True
c.SystemdSpawner.unit_extra_properties = {"MemorySwapMax": "0"}  # at the limit, a kernel dies instead of swapping


def make_account(spawner) -> None:
    """An account of the system, which nobody can log in to, for a learner from elsewhere."""
    name = f"class-{spawner.user.name}"
    try:
        pwd.getpwnam(name)
    except KeyError:
        command = ("useradd", "--badname", "--create-home", "--key", "HOME_MODE=0700", "--shell", "/usr/sbin/nologin", name)
        subprocess.run(command, check=True)


if LOGIN != "pam":
    c.Spawner.pre_spawn_hook = make_account
    c.SystemdSpawner.username_template = "class-{USERNAME}"

c.JupyterHub.bind_url = ADDRESS
c.JupyterHub.cleanup_servers = False  # a restart of the hub, after a change here, leaves everybody's kernels alone
c.ConfigurableHTTPProxy.command = [str(BIN / "configurable-http-proxy")]

# When thirty learners start at once, the last one waits for minutes on a small server.
c.Spawner.start_timeout = 300
c.Spawner.http_timeout = 300

c.Spawner.cmd = [str(BIN / "jupyterhub-singleuser")]
c.Spawner.environment = {
    "OMP_NUM_THREADS": THREADS,
    "GIT_CONFIG_SYSTEM": str(NOTEBOOKS / "gitconfig"),
    "PATH": f"{BIN}:{os.environ['PATH']}",
}
c.Spawner.args = [
    f"--ServerApp.terminals_enabled={TERMINALS}",
    # The widgets' JavaScript comes from where the kernels' Python comes from, in the same version.
    f"--LabApp.extra_labextensions_path={COURSE / '.venv/share/jupyter/labextensions'}",
    f"--MappingKernelManager.cull_idle_timeout={20 * 60}",  # a kernel whose page is closed
    "--MappingKernelManager.cull_interval=60",
]

# Each login pulls the course: nbgitpuller merges, and where both have changed a line, the learner's stays.
repository = (NOTEBOOKS / "course.git").as_uri()
pull = {"repo": repository, "branch": "main", "targetpath": "convolution", "urlpath": f"lab/tree/{START}"}
c.Spawner.default_url = f"/git-pull?{urlencode(pull)}"

c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    }
]
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={60 * IDLE_MINUTES}"],
    }
]
