"""The frame of a compiled function: its arguments, threads, integers and loops. Knows no vector.

A function is written for the sizes at hand, so that every size is a constant in it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

Value = Any  # of llvmlite, which has no types
Number = Any  # a Value or an int
INTEGER = ir.IntType(64)
INTEGERS, FLOATS = INTEGER.as_pointer(), ir.FloatType().as_pointer()


class Control:
    """A function being written: it takes integers and addresses, and each thread runs it once with its share of the work."""

    def __init__(self, name: str) -> None:
        self.module = ir.Module(name)
        self.function = ir.Function(self.module, ir.FunctionType(ir.VoidType(), [INTEGERS]), name)
        self.builder = ir.IRBuilder(self.function.append_basic_block())
        self._taken = 0

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.function.name)

    def finish(self) -> str:
        """The function as text, which nothing is added to any more."""
        self.builder.ret_void()
        return str(self.module)

    def integer(self) -> Value:
        """The next argument, an integer."""
        self._taken += 1
        return self.builder.load(self.builder.gep(self.function.args[0], [constant(self._taken - 1)]))

    def floats(self) -> Value:
        """The next argument, the address of floats."""
        return self.builder.inttoptr(self.integer(), FLOATS)

    def integers(self) -> Value:
        """The next argument, the address of integers."""
        return self.builder.inttoptr(self.integer(), INTEGERS)

    def share(self, count: Value) -> tuple[Value, Value, Value]:
        """This thread's number, and the first and the end of its share of `count` pieces of work."""
        number, team = self.builder.zext(self.call("omp_get_thread_num", ir.IntType(32)), INTEGER), self.team()
        cut = [self.builder.sdiv(self.builder.mul(count, thread), team) for thread in (number, self.add(number, 1))]
        return number, cut[0], cut[1]

    def team(self) -> Value:
        """How many threads run this."""
        return self.builder.zext(self.call("omp_get_num_threads", ir.IntType(32)), INTEGER)

    def barrier(self) -> None:
        """Wait until all threads are here, and see what they have stored before."""
        self.call("GOMP_barrier", ir.VoidType())

    def call(self, name: str, result: ir.Type, *arguments: Value) -> Value:
        """What a function of LLVM or OpenMP gives."""
        kinds = [argument.type for argument in arguments]
        function = self.module.globals.get(name) or ir.Function(self.module, ir.FunctionType(result, kinds), name)
        return self.builder.call(function, arguments)

    def add(self, *terms: Number) -> Value:
        """The sum of integers."""
        total = constant(sum(term for term in terms if isinstance(term, int)))
        for term in terms:
            total = total if isinstance(term, int) else self.builder.add(total, term)
        return total

    def times(self, factor: Value, size: int) -> Value:
        """An integer times a size."""
        return self.builder.mul(factor, constant(size))

    def divide(self, number: Value, size: int) -> tuple[Value, Value]:
        """An integer divided by a size, and the rest."""
        whole = self.builder.udiv(number, constant(size))
        return whole, self.builder.sub(number, self.times(whole, size))

    def lesser(self, number: Value, limit: int) -> Value:
        """The lesser of an integer and a limit."""
        return self.builder.select(self.builder.icmp_signed("<", number, constant(limit)), number, constant(limit))

    def entry(self, table: Value, place: Value) -> Value:
        """What stands in a table of integers."""
        return self.builder.load(self.builder.gep(table, [place]))

    def part(self, floats: Value, start: Value) -> Value:
        """The address of the floats from `start` on."""
        return self.builder.gep(floats, [start])

    @contextmanager
    def loop(self, start: Number, stop: Number, step: int = 1) -> Iterator[Value]:
        """What is written inside is repeated with the numbers from `start` to before `stop`."""
        builder, before = self.builder, self.builder.block
        first, end = (constant(bound) if isinstance(bound, int) else bound for bound in (start, stop))
        head, body, after = (self.function.append_basic_block() for _ in range(3))
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


def constant(number: int) -> Value:
    """An integer."""
    return ir.Constant(INTEGER, number)
