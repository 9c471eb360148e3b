"""What the benchmark scripts share: the machine they run on, the builds, and a program's rate, time and peak memory."""
import json, os, platform, subprocess, sys
from typing import NamedTuple, Optional

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
BENCH, GLIA = (os.path.join(HERE, ".build", "release", program) for program in ("bench", "glia"))
# A process has its parent's memory until its own program is loaded, and that counts in its peak. So the parent is a Python
# without modules, of some 8 MB: no program can be seen to take less.
LAUNCH = """
import posix, sys, time
start = time.perf_counter()
child = posix.posix_spawnp(sys.argv[1], sys.argv[1:], posix.environ)
_, status, usage = posix.wait4(child, 0)
print("\\n", status, time.perf_counter() - start, usage.ru_maxrss)
"""


class Outcome(NamedTuple):
    """What a program said in its JSON line, the seconds from its start to its end, and its peak memory in MB."""
    said: dict
    seconds: float
    megabytes: float


def run(command, threads=None) -> Optional[Outcome]:
    """Runs a program in a process of its own. One that fails is named with its last words, and gives nothing."""
    environment = dict(os.environ) if threads is None else dict(os.environ, GLIA_THREADS=str(threads))
    launched = subprocess.run([sys.executable, "-I", "-S", "-c", LAUNCH, *command], capture_output=True, text=True, env=environment)
    *output, last = [line for line in launched.stdout.splitlines() if line.strip()] or [""]
    said = next((json.loads(line) for line in output if line.startswith("{")), None)
    figures = last.split()
    if len(figures) != 3 or figures[0] != "0" or said is None:
        words = launched.stderr.strip().splitlines() or output or ["it said nothing"]
        print(f"failed: {' '.join(command)}: {words[-1]}", file=sys.stderr)
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return Outcome(said, float(figures[1]), int(figures[2]) * unit * 1e-6)


def build(program):
    subprocess.run(["swift", "build", "-c", "release", "--package-path", HERE, "--product", program], check=True, stdout=sys.stderr)


def bench(work, seconds, threads=None):
    return run([BENCH, work, "--seconds", str(seconds)], threads)


def works():
    return subprocess.run([BENCH, "list"], check=True, capture_output=True, text=True).stdout.split()


def processor():
    for line in open("/proc/cpuinfo") if os.path.exists("/proc/cpuinfo") else []:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def version():
    """Glia's commit, with a word where files differ from it."""
    git = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return git.stdout.strip() or "unknown"


def described():
    return f"{processor()}, {os.cpu_count()} cores, {platform.system()}"


def load():
    return f"load {os.getloadavg()[0]:.1f} at the start"
