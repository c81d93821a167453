"""How good a score is: readers of data sets, and the figures that scores are judged by."""
