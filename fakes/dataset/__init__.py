"""Labelled data sets of simulated captures: colour, depth, masks, and what is on them."""

from fakes.dataset.make import make
from fakes.dataset.plan import DatasetPlan, DatasetUnfit

__all__ = ["DatasetPlan", "DatasetUnfit", "make"]
