"""What every driver promises, one suite per kind of device. A suite class is subclassed where a driver is tested;
the subclass says how to play a scenario on that driver's stand."""
