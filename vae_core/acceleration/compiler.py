"""Functions compiled by LLVM for this processor, kept on disk, and run on PyTorch's own threads. Knows no function in particular.

Compiling takes some tenths of a second, once on a machine.
"""

import ctypes
from collections.abc import Sequence
from functools import cache
from typing import Any

import llvmlite.binding as llvm

from vae_core.acceleration import machine_code
from vae_core.acceleration.control import Control
from vae_core.acceleration.vector_unit import Unit, openmp


def compile_function(function: Control, machine: Unit) -> "Compiled":
    """The function, ready to run; compiled unless an earlier process has left the same one. Raises Crashed if it ended one."""
    text = function.finish()
    source = f"{llvm.llvm_version_info} {machine}\n{text}"
    machine_code.refuse_crashed(source)
    _initialize()
    code = machine_code.load(source)
    if code is None:
        with machine_code.trial(source):
            code = _compile(text, machine)
        machine_code.save(source, code)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target(machine))
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return Compiled(engine, function.name, source)


class Compiled:
    """Machine code, kept as long as this lives."""

    def __init__(self, engine: Any, name: str, source: str) -> None:
        self._engine = engine
        self._address = ctypes.c_void_p(engine.get_function_address(name))
        self._untried: str | None = source

    def __call__(self, threads: int, *arguments: int) -> None:
        """Run on so many threads, at most; addresses among the arguments are of memory that the caller keeps."""
        if self._untried is not None:
            with machine_code.trial(self._untried):
                self._run(threads, arguments)
            self._untried = None
        else:
            self._run(threads, arguments)

    def _run(self, threads: int, arguments: Sequence[int]) -> None:
        library = openmp()
        assert library is not None, "there is code only where there is OpenMP"
        library.GOMP_parallel(self._address, (ctypes.c_int64 * len(arguments))(*arguments), threads, 0)


@cache
def _initialize() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    library = openmp()
    for name in ("omp_get_thread_num", "omp_get_num_threads", "GOMP_barrier"):
        llvm.add_symbol(name, ctypes.cast(getattr(library, name), ctypes.c_void_p).value)


def _compile(text: str, machine: Unit) -> bytes:
    """The object file of a module."""
    module, target = llvm.parse_assembly(text), _target(machine)
    passes = llvm.create_new_module_pass_manager()  # few: loops are written as they should be
    passes.add_sroa_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()
    passes.add_loop_rotate_pass()
    passes.run(module, llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options()))
    code: bytes = target.emit_object(module)
    return code


def _target(machine: Unit) -> Any:
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(cpu=machine.cpu, features=machine.features, opt=2)
