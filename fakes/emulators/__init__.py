"""The simulated booth behind the interfaces of real hardware: serial lines, Modbus, camera SDKs."""
