"""Restart the interpreter once with settings that make a CPU training several times as fast.

- OpenBLAS built for OpenMP shares torch's threads instead of fighting them.
- Its AVX-512 kernels are chosen where the processor has them (its detection may not know it).
- glibc keeps big buffers (instead of giving them back to the kernel after every use) and asks for
  huge pages: half of the time went into page faults without this.
"""

import os
import sys
from pathlib import Path

_OPENMP_BLAS = "/usr/lib/x86_64-linux-gnu/openblas-openmp"


def restart() -> None:
    """Re-run this command with the settings; returns at once in the restarted process."""
    if os.environ.get("CLIPLINE_DEMO_STARTED"):
        return
    env = dict(os.environ, CLIPLINE_DEMO_STARTED="1")
    env["MALLOC_MMAP_THRESHOLD_"] = str(8 << 30)
    env["MALLOC_TRIM_THRESHOLD_"] = str(16 << 30)
    env["MALLOC_TOP_PAD_"] = str(256 << 20)
    env["GLIBC_TUNABLES"] = "glibc.malloc.hugetlb=1"
    env.setdefault("OMP_NUM_THREADS", str(len(os.sched_getaffinity(0))))
    env["OMP_WAIT_POLICY"] = "passive"
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    if "avx512f" in flags:
        env["OPENBLAS_CORETYPE"] = "SkylakeX"
    if Path(_OPENMP_BLAS).exists():
        env["LD_LIBRARY_PATH"] = _OPENMP_BLAS + ":" + env.get("LD_LIBRARY_PATH", "")
    os.execve(sys.executable, [sys.executable, *sys.argv], env)
