"""Model packs: what is in their folder, whether it holds, and which of them is active."""
