"""Put the course's notebooks into the repository that each learner's copy comes from: `nox -s hand_out`.

Takes what is committed here, without the data, the package, and the tests, which a class shares. Folders and files that are
named stay back until they're no longer named: `nox -s hand_out -- notebooks/solutions`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

HUB = Path(__file__).resolve().parent
FOLDER = Path(os.environ.get("CLASS_NOTEBOOKS", HUB / "notebooks"))
REPOSITORY = FOLDER / "course.git"
BRANCH = "main"


def git(*arguments: str, **variables: str) -> str:
    """What git prints when it works in the repository."""
    author = {f"GIT_{role}_{part}": "convolution" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    command = ["git", "--git-dir", str(REPOSITORY), *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **author, **variables})
    return done.stdout.strip()


def hand_out(withheld: list[str]) -> bool:
    """Commit the notebooks that are committed in the course, but for those withheld; whether anything has changed."""
    if not REPOSITORY.exists():
        git("init", "--quiet", "--bare", f"--initial-branch={BRANCH}", str(REPOSITORY))
    git("fetch", "--quiet", "--depth=1", HUB.parent.as_uri(), "HEAD")
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder, "index")), "GIT_WORK_TREE": folder}
        git("read-tree", "--prefix=notebooks/", "FETCH_HEAD:notebooks", **index)
        for path in withheld:
            git("rm", "-r", "--quiet", "--cached", "--", path, **index)
        tree = git("write-tree", **index)
    before = git("rev-list", "--max-count=1", "--all")
    if before and tree == git("rev-parse", f"{before}^{{tree}}"):
        return False
    parent, subject = (["-p", before] if before else []), git("log", "-1", "--format=%s", "FETCH_HEAD")
    commit = git("commit-tree", tree, *parent, "-m", subject)
    git("update-ref", f"refs/heads/{BRANCH}", commit)
    return True


def main(withheld: list[str]) -> None:
    """Hand out, and let learners read what belongs to somebody else: git refuses that unless it is told."""
    changed = hand_out(withheld)
    (FOLDER / "gitconfig").write_text(f"[safe]\n\tdirectory = {REPOSITORY}\n", encoding="utf-8")
    print("Learners get the changes when they next log in." if changed else "Nothing has changed since the last time.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(f"git could not do it, see above: {' '.join(error.cmd[3:5])}")
