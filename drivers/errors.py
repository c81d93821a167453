"""What a device can do wrong, one class per mistake. Every message says what to do next."""


class DeviceError(Exception):
    """Something a device did or did not do."""


class NotOpen(DeviceError, RuntimeError):
    """A verb came before open() or after close()."""


class NotArmed(DeviceError, RuntimeError):
    """trigger() came before arm(), or read() before trigger()."""


class OutOfRange(DeviceError, ValueError):
    """The device cannot take this value; the message names the allowed interval."""


class ReadTimeout(DeviceError, TimeoutError):
    """The deadline passed and the device had not answered."""


class DeviceMissing(DeviceError, ConnectionError):
    """No such device, or a system library that it needs is not installed."""


class DeviceBusy(DeviceError, BlockingIOError):
    """Another process holds the device."""


class DeviceLost(DeviceError, ConnectionError):
    """The device was there and is gone."""


class GivenUp(DeviceLost):
    """The device was lost too often, and nothing opens it again before the booth is started anew."""


class Refused(DeviceError):
    """The device understood and would not do it; the message says why."""


class StaleFrame(DeviceError):
    """The camera's frame counter did not advance."""


class BadFrame(DeviceError, ValueError):
    """The frame arrived damaged: wrong size, cut off, not decodable."""


class EndOfRecording(DeviceError, EOFError):
    """A recorded session has no further capture."""


class LinkLost(ConnectionError):
    """The other end of a link between two processes is gone."""
