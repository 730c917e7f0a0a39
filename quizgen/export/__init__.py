"""An exam -> files that learning platforms import."""
