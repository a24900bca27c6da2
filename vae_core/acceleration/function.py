"""Functions over arrays of floats: what can be done with vectors of them. Knows no convolution."""

import ctypes

from llvmlite import ir

from vae_core.acceleration.control import INTEGER, Control, Value, constant

BYTES = ir.IntType(8).as_pointer()


class Function(Control):
    """A function being written whose values are vectors of floats."""

    def load(self, floats: Value, place: Value, lanes: int) -> Value:
        """A vector of floats."""
        return self.builder.load(self._vector(floats, place, lanes), align=4)

    def store(self, vector: Value, floats: Value, place: Value) -> None:
        """Put a vector where it belongs."""
        self.builder.store(vector, self._vector(floats, place, vector.type.count), align=4)

    def store_number(self, number: Value, floats: Value, place: Value) -> None:
        """Put one float where it belongs."""
        self.builder.store(number, self.part(floats, place))

    def _vector(self, floats: Value, place: Value, lanes: int) -> Value:
        return self.builder.bitcast(self.builder.gep(floats, [place]), vector_type(lanes).as_pointer())

    def variable(self, value: Value) -> Value:
        """A place for a value that changes; LLVM keeps it in a register."""
        with self.builder.goto_entry_block():
            place = self.builder.alloca(value.type)
        self.builder.store(value, place)
        return place

    def value(self, variable: Value) -> Value:
        """What a variable holds."""
        return self.builder.load(variable)

    def assign(self, variable: Value, value: Value) -> None:
        """Let a variable hold another value."""
        self.builder.store(value, variable)

    def increase(self, variable: Value, vector: Value) -> None:
        """Add a vector to a variable."""
        self.assign(variable, self.sum(self.value(variable), vector))

    def sum(self, one: Value, other: Value) -> Value:
        """The sum of two vectors."""
        return self.builder.fadd(one, other)

    def difference(self, one: Value, other: Value) -> Value:
        """A vector less another."""
        return self.builder.fsub(one, other)

    def product(self, one: Value, other: Value) -> Value:
        """A vector times another."""
        return self.builder.fmul(one, other)

    def multiply_add(self, a: Value, b: Value, c: Value) -> Value:
        """a * b + c of vectors, rounded once."""
        return self.call(f"llvm.fma.v{a.type.count}f32", a.type, a, b, c)

    def reciprocal(self, vector: Value) -> Value:
        """1 / a vector."""
        return self.builder.fdiv(self.vector(1.0, vector.type.count), vector)

    def root(self, vector: Value) -> Value:
        """The square root of a vector."""
        return self.call(f"llvm.sqrt.v{vector.type.count}f32", vector.type, vector)

    def zeros(self, lanes: int) -> Value:
        """A vector of zeros."""
        return self.vector(0.0, lanes)

    def vector(self, number: float, lanes: int) -> Value:
        """A vector of one number."""
        return ir.Constant(vector_type(lanes), [ctypes.c_float(number).value] * lanes)

    def to_vector(self, number: Value, lanes: int) -> Value:
        """A vector of an integer."""
        return self.broadcast(self.builder.sitofp(number, ir.FloatType()), lanes)

    def where_positive(self, sign: Value, vector: Value) -> Value:
        """The vector where `sign` is above zero, or not a number, and zero elsewhere."""
        zero = self.zeros(vector.type.count)
        return self.builder.select(self.builder.fcmp_unordered(">", sign, zero), vector, zero)

    def positive(self, vector: Value) -> Value:
        """The vector with zero for what is below it; what is not a number stays."""
        zero = self.zeros(vector.type.count)
        return self.builder.select(self.builder.fcmp_ordered(">", zero, vector), zero, vector)

    def copy(self, target: Value, place: Value, source: Value, start: Value, count: int) -> None:
        """Copy `count` floats."""
        memcpy = self.module.declare_intrinsic("llvm.memcpy", [BYTES, BYTES, INTEGER])
        to, of = (self.builder.bitcast(self.part(floats, at), BYTES) for floats, at in ((target, place), (source, start)))
        self.builder.call(memcpy, [to, of, constant(4 * count), ir.Constant(ir.IntType(1), 0)])

    def horizontal_sum(self, vector: Value) -> Value:
        """The sum of a vector's floats, halves upon halves."""
        while (lanes := vector.type.count) > 1:
            parts = [range(lanes // 2), range(lanes // 2, lanes)]
            masks = [ir.Constant(ir.VectorType(ir.IntType(32), lanes // 2), list(part)) for part in parts]
            halves = [self.builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), mask) for mask in masks]
            vector = self.builder.fadd(*halves)
        return self.builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))

    def broadcast(self, number: Value, lanes: int) -> Value:
        """A vector of one number that is not known yet."""
        empty = ir.Constant(vector_type(lanes), ir.Undefined)
        first = self.builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
        return self.builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes))


def vector_type(lanes: int) -> ir.VectorType:
    """The type of vectors of so many floats."""
    return ir.VectorType(ir.FloatType(), lanes)
