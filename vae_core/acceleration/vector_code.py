"""Functions over arrays of floats, written here, compiled by LLVM for this processor and run on PyTorch's own threads.

A function is written once for the sizes at hand, so that every size is a constant in it; compiling takes some tenths of
a second, once on a machine. Knows no convolution.
"""

import ctypes
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache

import llvmlite.binding as llvm
from llvmlite import ir

from vae_core.acceleration import machine_code
from vae_core.acceleration.vector_unit import Tile, Unit, openmp

INTEGER, BYTES = ir.IntType(64), ir.IntType(8).as_pointer()
INTEGERS, FLOATS = INTEGER.as_pointer(), ir.FloatType().as_pointer()
LN2_HIGH, LN2_LOW = 0.693359375, -2.12194440e-4  # their sum is ln(2); the first has few digits, so that whole numbers times it are exact
EXP_RANGE = 87.0  # exp of more or less leaves the normal numbers
EXP_DEGREE = 6
ROUNDING = 1.5 * 2**23  # added, it leaves a whole number in the last bits

Value = ir.Value
Number = ir.Value | int


class Function:
    """Machine code being written: it takes integers and addresses, and each thread runs it once with its share of the work."""

    def __init__(self, name: str) -> None:
        self._module = ir.Module(name)
        self._function = ir.Function(self._module, ir.FunctionType(ir.VoidType(), [INTEGERS]), name)
        self._builder = ir.IRBuilder(self._function.append_basic_block())
        self._taken = 0

    def integer(self) -> Value:
        """The next argument, an integer."""
        self._taken += 1
        return self._builder.load(self._builder.gep(self._function.args[0], [_constant(self._taken - 1)]))

    def floats(self) -> Value:
        """The next argument, the address of floats."""
        return self._builder.inttoptr(self.integer(), FLOATS)

    def integers(self) -> Value:
        """The next argument, the address of integers."""
        return self._builder.inttoptr(self.integer(), INTEGERS)

    def share(self, count: Value) -> tuple[Value, Value, Value]:
        """This thread's number, and the first and the end of its share of `count` pieces of work."""
        number, team = self._builder.zext(self._called("omp_get_thread_num", ir.IntType(32)), INTEGER), self.team()
        cut = [self._builder.sdiv(self._builder.mul(count, thread), team) for thread in (number, self.add(number, 1))]
        return number, cut[0], cut[1]

    def team(self) -> Value:
        """How many threads run this."""
        return self._builder.zext(self._called("omp_get_num_threads", ir.IntType(32)), INTEGER)

    def barrier(self) -> None:
        """Wait until all threads are here, and see what they have stored before."""
        self._called("GOMP_barrier", ir.VoidType())

    def _called(self, name: str, result: ir.Type, *arguments: Value) -> Value:
        kinds = [argument.type for argument in arguments]
        function = self._module.globals.get(name) or ir.Function(self._module, ir.FunctionType(result, kinds), name)
        return self._builder.call(function, arguments)

    def add(self, *terms: Number) -> Value:
        """The sum of integers."""
        total = _constant(sum(term for term in terms if isinstance(term, int)))
        for term in terms:
            total = total if isinstance(term, int) else self._builder.add(total, term)
        return total

    def times(self, factor: Value, size: int) -> Value:
        """An integer times a size."""
        return self._builder.mul(factor, _constant(size))

    def divide(self, number: Value, size: int) -> tuple[Value, Value]:
        """An integer divided by a size, and the rest."""
        whole = self._builder.udiv(number, _constant(size))
        return whole, self._builder.sub(number, self.times(whole, size))

    def lesser(self, number: Value, limit: int) -> Value:
        """The lesser of an integer and a limit."""
        return self._builder.select(self._builder.icmp_signed("<", number, _constant(limit)), number, _constant(limit))

    def entry(self, table: Value, place: Value) -> Value:
        """What stands in a table of integers."""
        return self._builder.load(self._builder.gep(table, [place]))

    def part(self, floats: Value, start: Value) -> Value:
        """The address of the floats from `start` on."""
        return self._builder.gep(floats, [start])

    @contextmanager
    def loop(self, start: Number, stop: Number, step: int = 1) -> Iterator[Value]:
        """What is written inside is repeated with the numbers from `start` to before `stop`."""
        builder, before = self._builder, self._builder.block
        first, end = (_constant(bound) if isinstance(bound, int) else bound for bound in (start, stop))
        head, body, after = (self._function.append_basic_block() for _ in range(3))
        builder.branch(head)
        builder.position_at_end(head)
        number = builder.phi(INTEGER)
        number.add_incoming(first, before)
        builder.cbranch(builder.icmp_signed("<", number, end), body, after)
        builder.position_at_end(body)
        yield number
        number.add_incoming(self.add(number, step), builder.block)
        builder.branch(head)
        builder.position_at_end(after)

    def load(self, floats: Value, place: Value, lanes: int) -> Value:
        """A vector of floats."""
        return self._builder.load(self._vector(floats, place, lanes), align=4)

    def store(self, vector: Value, floats: Value, place: Value) -> None:
        """Put a vector where it belongs."""
        self._builder.store(vector, self._vector(floats, place, vector.type.count), align=4)

    def store_number(self, number: Value, floats: Value, place: Value) -> None:
        """Put one float where it belongs."""
        self._builder.store(number, self.part(floats, place))

    def _vector(self, floats: Value, place: Value, lanes: int) -> Value:
        return self._builder.bitcast(self._builder.gep(floats, [place]), _vectors(lanes).as_pointer())

    def variable(self, value: Value) -> Value:
        """A place for a value that changes; LLVM keeps it in a register."""
        with self._builder.goto_entry_block():
            place = self._builder.alloca(value.type)
        self._builder.store(value, place)
        return place

    def value(self, variable: Value) -> Value:
        """What a variable holds."""
        return self._builder.load(variable)

    def increase(self, variable: Value, vector: Value) -> None:
        """Add a vector to a variable."""
        self._builder.store(self._builder.fadd(self.value(variable), vector), variable)

    def sum(self, one: Value, other: Value) -> Value:
        """The sum of two vectors."""
        return self._builder.fadd(one, other)

    def difference(self, one: Value, other: Value) -> Value:
        """A vector less another."""
        return self._builder.fsub(one, other)

    def product(self, one: Value, other: Value) -> Value:
        """A vector times another."""
        return self._builder.fmul(one, other)

    def multiply_add(self, a: Value, b: Value, c: Value) -> Value:
        """a * b + c of vectors, rounded once."""
        return self._called(f"llvm.fma.v{a.type.count}f32", a.type, a, b, c)

    def reciprocal(self, vector: Value) -> Value:
        """1 / a vector."""
        return self._builder.fdiv(self.vector(1.0, vector.type.count), vector)

    def root(self, vector: Value) -> Value:
        """The square root of a vector."""
        return self._called(f"llvm.sqrt.v{vector.type.count}f32", vector.type, vector)

    def sigmoid(self, vector: Value) -> Value:
        """1 / (1 + exp(-vector)), to some units of the last place; what is not a number stays."""
        return self.reciprocal(self.sum(self.vector(1.0, vector.type.count), self._exp_of_negative(vector)))

    def _exp_of_negative(self, vector: Value) -> Value:
        """exp(-vector) = 2^n * exp(r), n a whole number, |r| <= ln(2) / 2; exp(r) by a polynomial (Cody & Waite 1980)."""
        lanes, builder = vector.type.count, self._builder
        for bound, worse in ((EXP_RANGE, ">"), (-EXP_RANGE, "<")):
            limit = self.vector(bound, lanes)
            vector = builder.select(builder.fcmp_ordered(worse, vector, limit), limit, vector)
        shifter = self.vector(ROUNDING, lanes)
        shifted = self.multiply_add(vector, self.vector(-1 / math.log(2), lanes), shifter)
        n = self.difference(shifted, shifter)
        r = self.multiply_add(n, self.vector(-LN2_LOW, lanes), self.multiply_add(n, self.vector(-LN2_HIGH, lanes), builder.fneg(vector)))
        series = self.vector(1 / math.factorial(EXP_DEGREE), lanes)
        for power in reversed(range(EXP_DEGREE)):
            series = self.multiply_add(series, r, self.vector(1 / math.factorial(power), lanes))
        integers = ir.VectorType(ir.IntType(32), lanes)
        exponent = builder.add(builder.bitcast(shifted, integers), ir.Constant(integers, [127] * lanes))
        power_of_two = builder.bitcast(builder.shl(exponent, ir.Constant(integers, [23] * lanes)), vector.type)
        return self.product(series, power_of_two)

    def zeros(self, lanes: int) -> Value:
        """A vector of zeros."""
        return self.vector(0.0, lanes)

    def vector(self, number: float, lanes: int) -> Value:
        """A vector of one number."""
        return ir.Constant(_vectors(lanes), [_as_float(number)] * lanes)

    def as_vector(self, number: Value, lanes: int) -> Value:
        """A vector of an integer."""
        return self._spread(self._builder.sitofp(number, ir.FloatType()), lanes)

    def where_positive(self, sign: Value, vector: Value) -> Value:
        """The vector where `sign` is above zero, or not a number, and zero elsewhere."""
        zero = self.zeros(vector.type.count)
        return self._builder.select(self._builder.fcmp_unordered(">", sign, zero), vector, zero)

    def positive(self, vector: Value) -> Value:
        """The vector with zero for what is below it; what is not a number stays."""
        zero = self.zeros(vector.type.count)
        return self._builder.select(self._builder.fcmp_ordered(">", zero, vector), zero, vector)

    def copy(self, target: Value, place: Value, source: Value, start: Value, count: int) -> None:
        """Copy `count` floats."""
        memcpy = self._module.declare_intrinsic("llvm.memcpy", [BYTES, BYTES, INTEGER])
        to, of = (self._builder.bitcast(self.part(floats, at), BYTES) for floats, at in ((target, place), (source, start)))
        self._builder.call(memcpy, [to, of, _constant(4 * count), ir.Constant(ir.IntType(1), 0)])

    def multiply(
        self,
        shape: Tile,
        begin: Callable[[int, Value], Value],
        left: tuple[Value, Sequence[Value], tuple[int, int]],
        right: tuple[Value, Value, tuple[int, int]],
        counts: tuple[int, int],
    ) -> list[list[Value]]:
        """The heart: one tile of a matrix product, in registers (Georganas et al. 2018, "Anatomy of high-performance deep
        learning convolutions on SIMD architectures").

        Row r of the result is begin(r, offset) + sum over i < counts[0], j < counts[1] of
        left[starts[r] + i * left_steps[0] + j * left_steps[1]] * the vectors of right from start + i * right_steps[0] + j * right_steps[1].
        """
        (factors, starts, left_steps), (vectors, start, right_steps) = left, right
        offsets = [vector * shape.lanes for vector in range(shape.vectors)]
        sums = [[self.variable(begin(row, _constant(offset))) for offset in offsets] for row in range(shape.rows)]
        with self.loop(0, counts[0]) as i, self.loop(0, counts[1]) as j:
            away = self.add(self.times(i, left_steps[0]), self.times(j, left_steps[1]))
            place = self.add(start, self.times(i, right_steps[0]), self.times(j, right_steps[1]))
            loaded = [self.load(vectors, self.add(place, offset), shape.lanes) for offset in offsets]
            for row in range(shape.rows):
                factor = self._spread(self._builder.load(self.part(factors, self.add(starts[row], away))), shape.lanes)
                for total, vector in zip(sums[row], loaded, strict=True):
                    self._builder.store(self.multiply_add(factor, vector, self.value(total)), total)
        return [[self.value(total) for total in row] for row in sums]

    def dot(
        self,
        lanes: int,
        left: tuple[Value, Sequence[Value], int],
        right: tuple[Value, Value, int],
        counts: tuple[int, int],
    ) -> list[Value]:
        """For each of the starts, the sum over i < counts[0], j < counts[1] of
        left[start + i * left_step + j] * right[first + i * right_step + j]; counts[1] is a multiple of `lanes`."""
        (lefts, starts, left_step), (rights, first, right_step) = left, right
        sums = [self.variable(self.zeros(lanes)) for _ in starts]
        with self.loop(0, counts[0]) as i, self.loop(0, counts[1], lanes) as j:
            factor = self.load(rights, self.add(first, self.times(i, right_step), j), lanes)
            for total, start in zip(sums, starts, strict=True):
                vector = self.load(lefts, self.add(start, self.times(i, left_step), j), lanes)
                self._builder.store(self.multiply_add(vector, factor, self.value(total)), total)
        return [self._total(self.value(total)) for total in sums]

    def _total(self, vector: Value) -> Value:
        """The sum of a vector's floats, halves upon halves."""
        while (lanes := vector.type.count) > 1:
            parts = [range(lanes // 2), range(lanes // 2, lanes)]
            masks = [ir.Constant(ir.VectorType(ir.IntType(32), lanes // 2), list(part)) for part in parts]
            halves = [self._builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), mask) for mask in masks]
            vector = self._builder.fadd(*halves)
        return self._builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))

    def _spread(self, number: Value, lanes: int) -> Value:
        """A vector of one number."""
        empty = ir.Constant(_vectors(lanes), ir.Undefined)
        first = self._builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
        return self._builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes))

    def compile(self, machine: Unit) -> "Compiled":
        """The function, ready to run; compiled unless an earlier process has left the same one. Raises Crashed if it ended one."""
        self._builder.ret_void()
        text = str(self._module)
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
        return Compiled(engine, self._function.name, source)


class Compiled:
    """Machine code, kept as long as this lives."""

    def __init__(self, engine: llvm.ExecutionEngine, name: str, source: str) -> None:
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
        openmp().GOMP_parallel(self._address, (ctypes.c_int64 * len(arguments))(*arguments), threads, 0)


@cache
def _initialize() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    for name in ("omp_get_thread_num", "omp_get_num_threads", "GOMP_barrier"):
        llvm.add_symbol(name, ctypes.cast(getattr(openmp(), name), ctypes.c_void_p).value)


def _compile(text: str, machine: Unit) -> bytes:
    """The object file of a module."""
    module, target = llvm.parse_assembly(text), _target(machine)
    passes = llvm.create_new_module_pass_manager()  # few: loops are written as they should be
    passes.add_sroa_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()
    passes.add_loop_rotate_pass()
    passes.run(module, llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options()))
    return target.emit_object(module)


def _target(machine: Unit) -> llvm.TargetMachine:
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(cpu=machine.cpu, features=machine.features, opt=2)


def _as_float(number: float) -> float:
    """The nearest number in single precision, as LLVM wants its constants."""
    return ctypes.c_float(number).value


def _constant(number: int) -> Value:
    return ir.Constant(INTEGER, number)


def _vectors(lanes: int) -> ir.VectorType:
    return ir.VectorType(ir.FloatType(), lanes)
