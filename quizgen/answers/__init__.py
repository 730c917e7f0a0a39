"""What a student typed: read as numbers, and held against what was expected within a tolerance."""
