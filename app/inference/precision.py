"""Which precision suits this machine: what it can do, tried once and remembered.

A faster form counts only where it is faster than float32 and gives the same labels. Without AMX or
AVX512-bf16, bfloat16 is several times slower than float32; without VNNI, 8-bit products gain
nothing. So these are not even tried there. With a CUDA device its two half forms are tried, and
nothing else beside float32.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from app.errors import ModelError
from app.inference.calibration import Probabilities
from app.inference.dense import Precision, is_on_gpu
from app.inference.engine import Engine
from app.inference.folders import cache_folder
from app.inference.sample import SAMPLE
from app.inference.weights import ModelFolder

AGREES_FROM = 0.99  # of labels equal to those of float32, for a form to be taken
DRIFTS_TO = 0.003  # mean difference of a probability, which foretells labels on borderline texts
GAINS_FROM = 1.15  # times the speed of float32: less is not worth other digits
_FEATURES = ("amx_bf16", "avx512_bf16", "avx512_vnni", "avx_vnni", "avx512_f", "avx2")
_PACKAGES = ("torch", "transformers", "squall")

Make = Callable[[Precision], Engine]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a precision, beside the exact one.

    ``texts_per_s``: by processor time. ``agreement``: share of equal labels. ``drift``: mean
    difference of a probability. ``memory_mb``: what the process grew by; 0 where unknown.
    ``failure``: why it could not be tried at all.
    """

    precision: Precision
    texts_per_s: float
    agreement: float
    drift: float = 0.0
    memory_mb: int = 0
    failure: str | None = None

    def fault(self, exact: Trial) -> str | None:
        """Return why it is not taken in place of the exact one, or None."""
        if self.failure is not None:
            return self.failure
        if self.agreement < AGREES_FROM:
            return f"labels agree on {self.agreement:.1%}, needed {AGREES_FROM:.0%}"
        if self.drift > DRIFTS_TO:
            return f"probabilities drift by {self.drift:.4f}, allowed {DRIFTS_TO:g}"
        if self.texts_per_s < GAINS_FROM * exact.texts_per_s:
            return f"only {self.texts_per_s / exact.texts_per_s:.2f} times the speed of fp32"
        return None


def suited(folder: ModelFolder, make: Make) -> Precision:
    """Return the precision to run a folder's model in.

    Found on ``SAMPLE`` in two or three seconds, and kept in the user's cache for this machine,
    model and these versions.
    """
    precisions = candidates(possible(folder))
    if len(precisions) == 1:
        return precisions[0]
    key = _key(folder, precisions)
    if (kept := _kept(key)) in precisions and kept is not None:
        return kept
    tried = trials(make, precisions)
    chosen = best(tried).precision
    if all(trial.failure is None for trial in tried):  # else it may be there the next time
        _keep(key, chosen)
    return chosen


def require(folder: ModelFolder, precision: Precision) -> None:
    """Raise ModelError where this machine can't run the model in that precision."""
    can = possible(folder)
    if precision not in can:
        raise ModelError(
            f"{folder.manifest.id} can't run in {precision} here, only in {', '.join(can)}:"
            " set scorer.precision to one of these, or to auto"
        )


def possible(folder: ModelFolder) -> list[Precision]:
    """Return what this machine can do, the exact form first and the preferred one last."""
    has = set(features())
    found: list[Precision] = ["fp32"]
    if {"avx512_vnni", "avx_vnni"} & has and folder.manifest.kind == "squall":
        found.append("int8")
    if {"amx_bf16", "avx512_bf16"} & has and _has_bfloat16():
        found.append("bf16")
    return found + _of_the_gpu()


def candidates(can: Sequence[Precision]) -> list[Precision]:
    """Return those worth a trial: where bfloat16 has units of its own, 8 bits gain nothing more.

    Where a GPU is, nothing that the processor does gains more.

    >>> candidates(["fp32", "int8"]), candidates(["fp32", "int8", "bf16"])
    (['fp32', 'int8'], ['fp32', 'bf16'])
    >>> candidates(["fp32", "int8", "bf16", "cuda-fp16"])
    ['fp32', 'cuda-fp16']
    """
    exact, *others = can
    if gpu := [precision for precision in others if is_on_gpu(precision)]:
        return [exact, *gpu]
    return [precision for precision in can if precision != "int8" or "bf16" not in can]


def trials(
    make: Make, precisions: Sequence[Precision], texts: Sequence[str] = SAMPLE
) -> list[Trial]:
    """Return a trial of each precision, held against the answers of the first one."""
    found: list[Trial] = []
    exact: list[Probabilities] = []
    for precision in precisions:
        before_mb = _memory_mb()
        try:
            engine = make(precision)
        except ModelError as error:
            if not is_on_gpu(precision):
                raise  # the folder's fault; a full GPU is not, and the processor scores as well
            found.append(Trial(precision=precision, texts_per_s=0, agreement=0, failure=str(error)))
            continue
        answers, spent_s = _timed(engine, texts)
        exact = exact or answers
        trial = _compared(precision, answers, exact, spent_s)
        grown_mb = max(0, _memory_mb() - before_mb)
        found.append(msgspec.structs.replace(trial, memory_mb=grown_mb))
        del engine  # the next one is not to lie beside it
    return found


def _compared(
    precision: Precision,
    answers: Sequence[Probabilities],
    exact: Sequence[Probabilities],
    spent_s: float,
) -> Trial:
    pairs = list(zip(answers, exact, strict=True))
    distance = sum(abs(x - y) for a, b in pairs for x, y in zip(a, b, strict=True))
    return Trial(
        precision=precision,
        texts_per_s=len(answers) / spent_s,
        agreement=sum(_place(a) == _place(b) for a, b in pairs) / len(pairs),
        drift=distance / (3 * len(pairs)),
    )


def best(tried: Sequence[Trial]) -> Trial:
    """Return the last trial that agrees and gains enough; the first where none does.

    >>> exact = Trial(precision="fp32", texts_per_s=50, agreement=1)
    >>> half = Trial(precision="bf16", texts_per_s=150, agreement=0.98)
    >>> best([exact, half]).precision
    'fp32'
    """
    exact, *others = tried
    good = [trial for trial in others if trial.fault(exact) is None]
    # Of two good ones the later in the list, not the faster of the day: a restart must score alike.
    return good[-1] if good else exact


def _timed(engine: Engine, texts: Sequence[str]) -> tuple[list[Probabilities], float]:
    engine.score(texts[:1])  # the first call lays memory out
    started = time.process_time()
    answers = engine.score(texts)
    return answers, time.process_time() - started


def _place(answer: Probabilities) -> int:
    return answer.index(max(answer))


def _memory_mb() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def features() -> list[str]:
    """Return what decides the choice: instruction sets by name, as torch may use them."""
    import torch

    # Missing in older releases of torch, which then score in float32.
    found: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    names = [name for name in _FEATURES if found.get(name, False)]
    return [*names, str(torch.backends.cpu.get_cpu_capability()), *_gpus()]


def _gpus() -> list[str]:
    import torch

    return [f"cuda {torch.cuda.get_device_name(0)}"] if torch.cuda.is_available() else []


def _of_the_gpu() -> list[Precision]:
    import torch

    if not torch.cuda.is_available():
        return []
    # float16 last: it keeps eight times the digits of bfloat16, and the hidden states stay far
    # under its largest number.
    has_bfloat16 = torch.cuda.is_bf16_supported(including_emulation=False)
    return ["cuda-bf16", "cuda-fp16"] if has_bfloat16 else ["cuda-fp16"]


def _has_bfloat16() -> bool:
    import torch

    # False as well where the environment holds torch's products back to an older processor.
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())  # noqa: SLF001 - no other way


def _key(folder: ModelFolder, precisions: Sequence[Precision]) -> str:
    parts = [folder.model, *features(), *precisions]
    parts += [os.environ.get(name, "") for name in ("ONEDNN_MAX_CPU_ISA", "OMP_NUM_THREADS")]
    parts += [_version(package) for package in _PACKAGES]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _kept(key: str) -> Precision | None:
    try:
        content = (cache_folder() / "precisions" / f"{key}.json").read_bytes()
        kept: Precision = msgspec.json.decode(content, type=Precision)
    except (OSError, msgspec.MsgspecError):
        return None  # it is tried again, and the file written anew
    return kept


def _keep(key: str, precision: Precision) -> None:
    folder = cache_folder() / "precisions"
    partial = folder / f"{key}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(msgspec.json.encode(precision))
        partial.replace(folder / f"{key}.json")
    except OSError:
        with suppress(OSError):
            partial.unlink()
