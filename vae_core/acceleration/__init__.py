"""Convolutions and batch norm compiled for this CPU."""
