"""References: captures of pristine items, per product, that people chose and no score ever adds to."""
