"""What a sensor makes of the light and the depth that reach it: noise, limits, gaps."""
