"""Pure geometry of one camera over the tray: pixels, points, planes, views. Shared by inspection and calibration."""
