from hypothesis import settings

# A deadline would assert how fast this machine is.
settings.register_profile("booth", deadline=None, print_blob=True)
settings.load_profile("booth")
