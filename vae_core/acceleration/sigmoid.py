"""The sigmoid of vectors, in compiled code."""

import math

from llvmlite import ir

from vae_core.acceleration.control import Value
from vae_core.acceleration.function import Function

LN2_HIGH, LN2_LOW = 0.693359375, -2.12194440e-4  # their sum is ln(2); the first has few digits, so that whole numbers times it are exact
EXP_RANGE = 87.0  # exp of more or less leaves the normal numbers
EXP_DEGREE = 6
ROUNDING = 1.5 * 2**23  # added, it leaves a whole number in the last bits


def sigmoid(code: Function, vector: Value) -> Value:
    """1 / (1 + exp(-vector)), to some units of the last place; what is not a number stays."""
    return code.reciprocal(code.sum(code.vector(1.0, vector.type.count), _exp_of_negative(code, vector)))


def _exp_of_negative(code: Function, vector: Value) -> Value:
    """exp(-vector) = 2^n * exp(r), n a whole number, |r| <= ln(2) / 2; exp(r) by a polynomial (Cody & Waite 1980)."""
    lanes, builder = vector.type.count, code.builder
    for bound, worse in ((EXP_RANGE, ">"), (-EXP_RANGE, "<")):
        limit = code.vector(bound, lanes)
        vector = builder.select(builder.fcmp_ordered(worse, vector, limit), limit, vector)
    shifter = code.vector(ROUNDING, lanes)
    shifted = code.multiply_add(vector, code.vector(-1 / math.log(2), lanes), shifter)
    n = code.difference(shifted, shifter)
    r = code.multiply_add(n, code.vector(-LN2_LOW, lanes), code.multiply_add(n, code.vector(-LN2_HIGH, lanes), builder.fneg(vector)))
    series = code.vector(1 / math.factorial(EXP_DEGREE), lanes)
    for power in reversed(range(EXP_DEGREE)):
        series = code.multiply_add(series, r, code.vector(1 / math.factorial(power), lanes))
    integers = ir.VectorType(ir.IntType(32), lanes)
    exponent = builder.add(builder.bitcast(shifted, integers), ir.Constant(integers, [127] * lanes))
    power_of_two = builder.bitcast(builder.shl(exponent, ir.Constant(integers, [23] * lanes)), vector.type)
    return code.product(series, power_of_two)
