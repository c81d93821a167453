"""The composition root: settings in, a running booth out. The only place that may know the simulated booth.

The keeper's process is composed here too, so importing the package must stay free.
"""
