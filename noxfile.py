"""What contributors and maintainers run. List: `.venv/bin/nox --list`. Run: `.venv/bin/nox -s NAME -- arguments`."""

import os
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
PYTHON = ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
WORKERS = ("--numprocesses=auto", "--maxprocesses=4", "--dist=loadscope")
ONE_THREAD = {"OMP_NUM_THREADS": "1"}

nox.options.sessions = []  # nox without a session's name runs nothing
nox.options.error_on_missing_interpreters = True
in_course = nox.session(venv_backend="none")  # these sessions run in .venv and build no other environment


def python(session: nox.Session, *arguments: str, **options) -> None:
    """Run .venv's Python."""
    if not PYTHON.exists():
        session.error("the course is not installed yet: run `make .venv/ready`")
    session.run(PYTHON, *arguments, **options)


@in_course
def notebook(session):
    """Execute a notebook and its solutions in place, derive folding and minutes, check them: -- 03"""
    paths = [str(path) for number in session.posargs for path in sorted(Path("notebooks").rglob(f"{number}_*.ipynb"))]
    if not paths:
        session.error("say which one: nox -s notebook -- 03")
    convert = ("-m", "nbconvert", "--to", "notebook", "--execute", "--inplace")
    settings = ("store_widget_state=False",)
    static = {"D2L_HELPERS_STATIC": "1"}  # a stored stepper without its kernel would be an error message in JupyterLab
    python(session, *convert, *(f"--ExecutePreprocessor.{setting}" for setting in settings), *paths, env=static)
    python(session, "-m", "tools.anatomy", *paths)
    tests = [f"tests/notebooks/test_{name}.py" for name in ("anatomy", "notebooks", "links")]
    python(session, "-m", "pytest", *tests, *paths)


@in_course
def lint(session):
    """Check style and formatting with ruff."""
    python(session, "-m", "ruff", "check", ".")
    python(session, "-m", "ruff", "format", "--check", ".")


@in_course
def imports(session):
    """Check that imports inside the package point only downward."""
    session.run(PYTHON.parent / "lint-imports")


@in_course
def hard(session):
    """Run every notebook offline, read-only, in another locale, each cell twice: half an hour. -- -k nobody"""
    python(
        session,
        "-m",
        "pytest",
        *WORKERS,
        "-m",
        "",
        "-v",
        "-rs",
        "tests/notebooks/test_hard.py",
        *session.posargs,
        env=ONE_THREAD,
    )


@in_course
def mutants(session):
    """Put faults into the helpers, one at a time; the tests must catch them. Slow. -- ops/pooling plotting"""
    python(session, "-m", "tools.mutants", *session.posargs, env=ONE_THREAD)


@nox.session(venv_backend="uv", python="3.11", reuse_venv=True)
def oldest(session):
    """Run all tests with the oldest releases that requirements.txt allows. -- tests/ops"""
    session.install("--resolution", "lowest-direct", "-r", "requirements.txt")
    session.install("--no-deps", "-r", "requirements-d2l.txt", "-e", ".")
    # Error messages and printed forms change from release to release: the cells' asserts decide, not their outputs.
    session.run("python", "-m", "pytest", *WORKERS, "--nbval-lax", *session.posargs, env=ONE_THREAD)


@nox.session(python="3.13", reuse_venv=True)
def colab(session):
    """Run every notebook alone, with Colab's versions. -- 11 (another Python: nox -s colab --force-python 3.12)"""
    session.install("-r", "requirements-colab.txt")
    session.run("python", "-m", "tools.as_on_colab", *session.posargs)


@nox.session(reuse_venv=True)
def audit(session):
    """Compare the installed packages with the published security advisories."""
    session.install("pip-audit")
    installed = Path(session.create_tmp()) / "installed.txt"
    with installed.open("w") as file:
        python(session, "-m", "pip", "freeze", "--exclude-editable", stdout=file, external=True)
    # --strict: a package that the advisory service does not know is a failure.
    session.run("pip-audit", "--strict", "--no-deps", "--disable-pip", "-r", str(installed))


@in_course
def bench(session):
    """Measure against d2l and PyTorch, a few minutes. -- training helpers"""
    python(session, "-W", "ignore", "-m", "tools.bench", *session.posargs)
    if not session.posargs:
        python(session, "-W", "ignore", "-m", "tools.growth")


@nox.session(venv_backend="uv", reuse_venv=True)
def peers(session):
    """Measure train6 against six other libraries' own training loops, in an environment of its own. -- flax keras"""
    session.install("-e", ".", "-r", "benchmarks/requirements.txt")
    session.install("--no-deps", "-r", "requirements-d2l.txt")
    session.run("python", "-W", "ignore", "-m", "tools.peers", *session.posargs)


@in_course
def memory(session):
    """Measure each notebook's memory for docs/installation.md, five minutes. -- 03 11"""
    python(session, "-m", "tools.memory", *session.posargs)


@in_course
def results(session):
    """Train networks many times for lessons 07, 11, and 13, over an hour. -- kinds"""
    python(session, "-W", "ignore", "-m", "tools.results", *session.posargs)


@in_course
def replies(session):
    """Write down what every exercise says and computes, for the test that compares; read the diff."""
    python(session, "-m", "tools.replies")


@in_course
def chinese(session):
    """List the Chinese cells whose English has changed; -- sync 03 copies programs, -- done 03 says they're right again."""
    python(session, "-m", "tools.editions", *session.posargs)


@in_course
def catalog(session):
    """Collect the package's messages for the translators, in d2l_helpers/locale/, and compile what gettext reads."""
    python(session, "-m", "tools.catalog")


@in_course
def pictures(session):
    """Make the README's images again; needs chromium."""
    python(session, "-m", "tools.pictures")


@in_course
def grade(session):
    """Run a folder of students' notebooks; its grades.csv then says which exercises are solved: -- folder"""
    python(session, "-m", "tools.grade", *session.posargs, env=ONE_THREAD)


def install_hub(session: nox.Session) -> None:
    """JupyterHub in an environment of its own, its proxy beside it, and .venv's Python as its kernel."""
    session.install("-r", "hub/requirements.txt")
    folder = session.virtualenv.location
    proxy = "configurable-http-proxy@^5.3"
    session.run_install("npm", "install", "--global", "--silent", "--prefix", folder, proxy, external=True)
    kernel = ("-m", "ipykernel", "install", "--prefix", folder, "--name", "python3", "--display-name", "Python 3")
    session.run_install(PYTHON, *kernel, external=True, silent=True)
    news = "@jupyterlab/apputils-extension:announcements"  # would ask every learner a question about Jupyter's site
    session.run_install("jupyter", "labextension", "disable", news, silent=True)


@nox.session(reuse_venv=True)
def hub(session):
    """Start JupyterHub here for a trial, or with --install-only get it ready for a server: hub/README.md."""
    install_hub(session)
    session.run("python", "hub/hand_out.py")
    with session.chdir(session.create_tmp()):
        session.run("jupyterhub", "--config", str(ROOT / "hub" / "trial_config.py"))


@nox.session(reuse_venv=True)
def hub_load(session):
    """Thirty learners at work in the trial hub, half an hour: memory, waits, failures. -- --learners 10 --minutes 5"""
    install_hub(session)
    session.run("python", "hub/load.py", *session.posargs)


@in_course
def hand_out(session):
    """Give the class what is committed in notebooks/, but for what is named: -- notebooks/solutions"""
    python(session, "hub/hand_out.py", *session.posargs)


@in_course
def publish(session):
    """Write the course's address, badges and first cells everywhere: -- owner/name v1.0"""
    python(session, "-m", "tools.publish", *session.posargs)


@in_course
def unpublish(session):
    """Take all of that out again."""
    python(session, "-m", "tools.publish", "--undo")
